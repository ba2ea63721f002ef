"""Ops of TensorFlow's `tf.autograph`."""

# Written by `python/stubs` from the table of ops; do not edit.

from . import experimental as experimental
from .._autograph import to_code as to_code
from .._autograph import to_graph as to_graph

__all__ = [
    "experimental",
    "to_code",
    "to_graph",
]
