"""Ops of TensorFlow's `tf.autograph.experimental`."""

# Written by `python/stubs` from the table of ops; do not edit.

from .._autograph import do_not_convert as do_not_convert
from .._autograph import set_loop_options as set_loop_options

__all__ = [
    "do_not_convert",
    "set_loop_options",
]
