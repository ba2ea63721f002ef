"""Ops of TensorFlow's `tf.keras.optimizers.schedules`."""

# Written by `python/stubs` from the table of ops; do not edit.

from ..._schedules import CosineDecay as CosineDecay
from ..._schedules import ExponentialDecay as ExponentialDecay
from ..._schedules import InverseTimeDecay as InverseTimeDecay
from ..._schedules import LearningRateSchedule as LearningRateSchedule
from ..._schedules import PiecewiseConstantDecay as PiecewiseConstantDecay
from ..._schedules import PolynomialDecay as PolynomialDecay

__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
]
