"""Ops of TensorFlow's `tf.config`."""

# Written by `python/stubs` from the table of ops; do not edit.

from . import optimizer as optimizer
from . import threading as threading
from .._function import functions_run_eagerly as functions_run_eagerly
from .._function import run_functions_eagerly as run_functions_eagerly

__all__ = [
    "functions_run_eagerly",
    "optimizer",
    "run_functions_eagerly",
    "threading",
]
