"""Ops of TensorFlow's `tf.config.optimizer`."""

# Written by `python/stubs` from the table of ops; do not edit.

from .._function import get_jit as get_jit
from .._function import set_jit as set_jit

__all__ = [
    "get_jit",
    "set_jit",
]
