"""Ops of TensorFlow's `tf.keras.losses`."""

# Written by `python/stubs` from the table of ops; do not edit.

from .._losses import BinaryCrossentropy as BinaryCrossentropy
from .._losses import CategoricalCrossentropy as CategoricalCrossentropy
from .._losses import Huber as Huber
from .._losses import Loss as Loss
from .._losses import MeanAbsoluteError as MeanAbsoluteError
from .._losses import MeanSquaredError as MeanSquaredError
from .._losses import Reduction as Reduction
from .._losses import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Huber",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Reduction",
    "SparseCategoricalCrossentropy",
]
