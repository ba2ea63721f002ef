"""`tf.optimizers.schedules`: learning rates as functions of the count of steps, by Keras's formulas and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ._core import find_op, to_tensor

_cast, _where = find_op("cast"), find_op("where")
_minimum, _floor, _pow, _cos = (find_op(f"math.{name}") for name in ("minimum", "floor", "pow", "cos"))


def _share(step: Any, steps: float, staircase: bool) -> Any:
    share = _cast(to_tensor(step), "float32") / float(steps)
    return _floor(share) if staircase else share


class LearningRateSchedule:
    """A learning rate for each step."""

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        raise NotImplementedError(f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`.")


class ExponentialDecay(LearningRateSchedule):
    """A rate times `decay_rate` every `decay_steps`."""

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool
    name: str

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False, name: str = "ExponentialDecay"
    ) -> None:
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        share = _share(step, self.decay_steps, self.staircase)
        return self.initial_learning_rate * _pow(to_tensor(self.decay_rate, "float32"), share)


class InverseTimeDecay(LearningRateSchedule):
    """A rate over 1 + `decay_rate` times the share of `decay_steps`."""

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool
    name: str

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False, name: str = "InverseTimeDecay"
    ) -> None:
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        return self.initial_learning_rate / (1.0 + self.decay_rate * _share(step, self.decay_steps, self.staircase))


class PolynomialDecay(LearningRateSchedule):
    """A rate that goes to `end_learning_rate` in `decay_steps`, along a power; with `cycle` again and again."""

    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float
    power: float
    cycle: bool
    name: str

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate, self.decay_steps, self.end_learning_rate = initial_learning_rate, decay_steps, end_learning_rate
        self.power, self.cycle, self.name = power, cycle, name

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        share = _share(step, self.decay_steps, False)
        if self.cycle:
            share = share / _where(share == 0.0, 1.0, find_op("math.ceil")(share))
        left = _pow(1.0 - _minimum(share, 1.0), to_tensor(self.power, "float32"))
        return (self.initial_learning_rate - self.end_learning_rate) * left + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """A rate that goes to `alpha` times itself in `decay_steps` along a cosine, after a linear rise where `warmup_target` is given."""

    initial_learning_rate: float
    decay_steps: float
    alpha: float
    name: str
    warmup_target: float | None
    warmup_steps: int

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate, self.decay_steps, self.alpha, self.name = initial_learning_rate, decay_steps, alpha, name
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        first = self.initial_learning_rate if self.warmup_target is None else self.warmup_target
        after = _cast(to_tensor(step), "float32") - (0.0 if self.warmup_target is None else float(self.warmup_steps))
        share = _minimum(after / float(self.decay_steps), 1.0)
        decayed = first * ((1.0 - self.alpha) * 0.5 * (1.0 + _cos(math.pi * share)) + self.alpha)
        if self.warmup_target is None:
            return decayed
        rise = _share(step, self.warmup_steps, False) * (first - self.initial_learning_rate) + self.initial_learning_rate
        return _where(after < 0.0, rise, decayed)


class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[0]` up to and with the first of the `boundaries`, `values[1]` up to the second …"""

    boundaries: Sequence[float]
    values: Sequence[float]
    name: str

    def __init__(self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant") -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of length {len(values)}."
            )
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step."""
        at, rate = _cast(to_tensor(step), "float32"), to_tensor(self.values[-1], "float32")
        for boundary, value in reversed(list(zip(self.boundaries, self.values))):
            rate = _where(at <= float(boundary), to_tensor(value, "float32"), rate)
        return rate
