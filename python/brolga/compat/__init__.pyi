"""Ops of TensorFlow's `tf.compat`."""

# Written by `python/stubs` from the table of ops; do not edit.

from . import v1 as v1

__all__ = [
    "v1",
]
