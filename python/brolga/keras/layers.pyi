"""Ops of TensorFlow's `tf.keras.layers`."""

# Written by `python/stubs` from the table of ops; do not edit.

from .._layers import Conv2D as Conv2D
from .._layers import Dense as Dense

__all__ = [
    "Conv2D",
    "Dense",
]
