"""Ops of TensorFlow's `tf.optimizers`."""

# Written by `python/stubs` from the table of ops; do not edit.

from . import schedules as schedules
from .._optimizers import Adam as Adam
from .._optimizers import Optimizer as Optimizer
from .._optimizers import RMSprop as RMSprop
from .._optimizers import SGD as SGD

__all__ = [
    "Adam",
    "Optimizer",
    "RMSprop",
    "SGD",
    "schedules",
]
