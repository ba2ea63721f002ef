"""`tf.optimizers`: rules that move variables against their gradients, by Keras's formulas and names."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

from ._core import eagerly, find_op
from ._variable import Variable

_sqrt, _cast, _zeros, _maximum = find_op("math.sqrt"), find_op("cast"), find_op("zeros"), find_op("math.maximum")


class Optimizer:
    """What all optimisers have: a count of steps, a learning rate, and variables beside those they move."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    iterations: Any

    def __init__(
        self,
        learning_rate: Any,
        name: str,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        self.name = name
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
                f"clipnorm={clipnorm}, clipvalue={clipvalue}, global_clipnorm={global_clipnorm}."
            )
        self._rate = learning_rate if callable(learning_rate) else eagerly(lambda: Variable(float(learning_rate), trainable=False, name="learning_rate"))
        self.iterations = eagerly(lambda: Variable(0, trainable=False, name="iterations", dtype="int64"))
        self._slots: dict[tuple[int, str], Variable] = {}

    @property
    def learning_rate(self) -> Any:
        """How far a step goes: a variable, or a function of the count of steps."""
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value) or not isinstance(self._rate, Variable):
            self._rate = value
        else:
            self._rate.assign(float(value))

    @property
    def variables(self) -> list[Variable]:
        """The count of steps, the learning rate, and what is kept for each variable."""
        return [self.iterations, *([self._rate] if isinstance(self._rate, Variable) else []), *self._slots.values()]

    def build(self, var_list: Iterable[Variable]) -> None:
        """Makes what is kept for each variable, zeros at first."""
        for variable in var_list:
            for name in self._kept():
                self._slot(variable, name)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]], name: str | None = None) -> Any:
        """Moves each variable against its gradient, and counts the step. A variable without a gradient stays, with a warning."""
        pairs = list(grads_and_vars)
        missing = [variable.name for gradient, variable in pairs if gradient is None]
        pairs = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
        if not pairs:
            raise ValueError(f"No gradients provided for any variable: {missing}.")
        if missing:
            warnings.warn(f"Gradients do not exist for variables {missing} when minimizing the loss.", stacklevel=2)
        for gradient, variable in pairs:
            if gradient.dtype.is_floating and not variable.shape.is_compatible_with(gradient.shape):
                raise ValueError(f"the gradient for variable '{variable.name}' of shape {variable.shape} has shape {gradient.shape}")
        pairs = list(zip(self._clipped([gradient for gradient, _ in pairs]), [variable for _, variable in pairs]))
        rate = self._rate(self.iterations._tf_value()) if callable(self._rate) else self._rate._tf_value()
        step = self.iterations._tf_value() + 1
        for gradient, variable in pairs:
            dtype = variable.dtype
            self._move(variable, gradient, _cast(rate, dtype), _cast(step, dtype))
        self.iterations.assign_add(1)
        return self.iterations

    def minimize(self, loss: Any, var_list: Any, tape: Any = None) -> Any:
        """One step: `loss` is a function of nothing, or a tensor that `tape` has heard."""
        from ._gradient import GradientTape

        if tape is None:
            if not callable(loss):
                raise ValueError("`tape` is required when a `Tensor` loss is passed.")
            with GradientTape() as tape:
                value = loss()
        else:
            value = loss
        given: Any = var_list() if callable(var_list) else var_list
        variables: list[Variable] = list(given)
        return self.apply_gradients(zip(tape.gradient(value, variables), variables))

    def _clipped(self, gradients: list[Any]) -> list[Any]:
        """The gradients within the limits that were set."""
        if self.clipnorm is not None:
            return [find_op("clip_by_norm")(gradient, self.clipnorm) for gradient in gradients]
        if self.global_clipnorm is not None:
            return list(find_op("clip_by_global_norm")(gradients, self.global_clipnorm)[0])
        if self.clipvalue is not None:
            return [find_op("clip_by_value")(gradient, -self.clipvalue, self.clipvalue) for gradient in gradients]
        return gradients

    def _kept(self) -> tuple[str, ...]:
        return ()

    def _slot(self, variable: Variable, name: str) -> Variable:
        key = (variable._number, name)
        if key not in self._slots:
            make: Callable[[], Variable] = lambda: Variable(_zeros(variable.shape, variable.dtype), trainable=False, name=name)
            self._slots[key] = eagerly(make)
        return self._slots[key]

    def _move(self, variable: Variable, gradient: Any, rate: Any, step: Any) -> None:
        raise NotImplementedError


class SGD(Optimizer):
    """Gradient descent, with momentum where one is given."""

    momentum: float
    nesterov: bool

    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, name: str = "SGD", **limits: Any) -> None:
        super().__init__(learning_rate, name, **limits)
        if not 0 <= momentum <= 1:
            raise ValueError("`momentum` must be a float between [0, 1].")
        self.momentum, self.nesterov = momentum, nesterov

    def _kept(self) -> tuple[str, ...]:
        return ("momentum",) if self.momentum else ()

    def _move(self, variable: Variable, gradient: Any, rate: Any, step: Any) -> None:
        if not self.momentum:
            variable.assign_sub(rate * gradient)
            return
        kept = self._slot(variable, "momentum")
        pace = self.momentum * kept._tf_value() - rate * gradient
        kept.assign(pace)
        variable.assign_add(self.momentum * pace - rate * gradient if self.nesterov else pace)


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square."""

    beta_1: float
    beta_2: float
    epsilon: float
    amsgrad: bool

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-07,
        amsgrad: bool = False,
        name: str = "adam",
        **limits: Any,
    ) -> None:
        super().__init__(learning_rate, name, **limits)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def _kept(self) -> tuple[str, ...]:
        return ("momentum", "velocity", "velocity_hat") if self.amsgrad else ("momentum", "velocity")

    def _move(self, variable: Variable, gradient: Any, rate: Any, step: Any) -> None:
        power = find_op("math.pow")
        one = find_op("ones_like")(step)
        first, second = power(one * self.beta_1, step), power(one * self.beta_2, step)
        alpha = rate * _sqrt(1 - second) / (1 - first)
        means, squares = self._slot(variable, "momentum"), self._slot(variable, "velocity")
        mean = means._tf_value() + (gradient - means._tf_value()) * (1 - self.beta_1)
        square = squares._tf_value() + (gradient * gradient - squares._tf_value()) * (1 - self.beta_2)
        means.assign(mean)
        squares.assign(square)
        if self.amsgrad:
            largest = self._slot(variable, "velocity_hat")
            square = _maximum(largest._tf_value(), square)
            largest.assign(square)
        variable.assign_sub(mean * alpha / (_sqrt(square) + self.epsilon))


class RMSprop(Optimizer):
    """Steps scaled by a running mean of the gradient's square."""

    rho: float
    momentum: float
    epsilon: float
    centered: bool

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-07,
        centered: bool = False,
        name: str = "rmsprop",
        **limits: Any,
    ) -> None:
        super().__init__(learning_rate, name, **limits)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    def _kept(self) -> tuple[str, ...]:
        return ("velocity", *(("momentum",) if self.momentum else ()), *(("average",) if self.centered else ()))

    def _move(self, variable: Variable, gradient: Any, rate: Any, step: Any) -> None:
        squares = self._slot(variable, "velocity")
        square = self.rho * squares._tf_value() + (1 - self.rho) * gradient * gradient
        squares.assign(square)
        if self.centered:
            averages = self._slot(variable, "average")
            average = self.rho * averages._tf_value() + (1 - self.rho) * gradient
            averages.assign(average)
            square = square - average * average
        pace = rate * gradient / _sqrt(square + self.epsilon)
        if self.momentum:
            kept = self._slot(variable, "momentum")
            pace = self.momentum * kept._tf_value() + pace
            kept.assign(pace)
        variable.assign_sub(pace)
