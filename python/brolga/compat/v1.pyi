"""Ops of TensorFlow's `tf.compat.v1`."""

# Written by `python/stubs` from the table of ops; do not edit.

from .._numpy_function import numpy_function as numpy_function
from .._numpy_function import numpy_function as py_func
from .._numpy_function import py_function as py_function

__all__ = [
    "numpy_function",
    "py_func",
    "py_function",
]
