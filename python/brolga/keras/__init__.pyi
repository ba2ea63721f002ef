"""Ops of TensorFlow's `tf.keras`."""

# Written by `python/stubs` from the table of ops; do not edit.

from . import layers as layers
from . import losses as losses
from . import optimizers as optimizers

__all__ = [
    "layers",
    "losses",
    "optimizers",
]
