"""`tf.keras.layers`' layers of weights, as plain modules: Keras's arguments, names and beginnings, and nothing of its engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ._core import eagerly, find_op, to_tensor
from ._dtypes import as_dtype
from ._module import Module
from ._variable import Variable

_tensordot, _conv2d, _uniform, _zeros = (find_op(name) for name in ("tensordot", "nn.conv2d", "random.uniform", "zeros"))
_ACTIVATIONS = {name: f"nn.{name}" for name in ("relu", "elu", "selu", "gelu", "silu", "softmax", "softplus", "softsign", "sigmoid", "tanh")}


def _activation(given: Any) -> Callable[[Any], Any] | None:
    """A function of tensors, by itself or by its name."""
    if given is None or given == "linear":
        return None
    if callable(given):
        function: Callable[[Any], Any] = given
        return function
    if given not in _ACTIVATIONS:
        raise ValueError(f"Could not interpret activation function identifier: {given}\n  help: one of {', '.join(_ACTIVATIONS)}, or a function")
    return find_op(_ACTIVATIONS[given])


def _glorot(shape: list[int], dtype: Any) -> Any:
    """Numbers uniform between limits at which signals keep their variance (Glorot and Bengio 2010): Keras's `glorot_uniform`."""
    field = math.prod(shape[:-2])
    limit = math.sqrt(6 / (field * (shape[-2] + shape[-1])))
    return _uniform(shape, -limit, limit, dtype)


class _Weighted(Module):
    """A kernel, a bias and an activation; the kernel is made at the first call, when the number of channels is known."""

    def __init__(self, outputs: int, activation: Any, use_bias: bool, name: str | None, dtype: Any) -> None:
        super().__init__(name)
        if outputs <= 0:
            raise ValueError(f"{type(self).__name__}: a positive number of outputs was expected, got {outputs}")
        self.activation: Callable[[Any], Any] | None = _activation(activation)
        self.use_bias = use_bias
        self.kernel: Any = None
        self.bias: Any = None
        self._outputs, self._dtype = outputs, as_dtype(dtype or "float32")

    @property
    def built(self) -> bool:
        """Whether the weights are there."""
        return self.kernel is not None

    @property
    def weights(self) -> list[Any]:
        """The kernel, then the bias."""
        return [weight for weight in (self.kernel, self.bias) if weight is not None]

    @property
    def trainable_weights(self) -> list[Any]:
        """All weights."""
        return self.weights

    def _kernel_shape(self, channels: int) -> list[int]:
        raise NotImplementedError

    def _apply(self, x: Any) -> Any:
        raise NotImplementedError

    def build(self, input_shape: Any) -> None:
        """Makes the weights for inputs of a shape, whose last extent is the number of channels."""
        channels = list(input_shape)[-1]
        if channels is None:
            raise ValueError(f"{type(self).__name__}: the last extent of the inputs must be known, they have shape {input_shape}")

        def made() -> tuple[Any, Any]:
            kernel = Variable(_glorot(self._kernel_shape(int(channels)), self._dtype), name="kernel")
            return kernel, Variable(_zeros([self._outputs], self._dtype), name="bias") if self.use_bias else None

        self.kernel, self.bias = eagerly(made)

    def __call__(self, inputs: Any) -> Any:
        x = to_tensor(inputs, self._dtype) if not hasattr(inputs, "shape") else to_tensor(inputs)
        if not self.built:
            self.build(x.shape.as_list())
        y = self._apply(x)
        if self.bias is not None:
            y = y + self.bias
        return y if self.activation is None else self.activation(y)


class Dense(_Weighted):
    """activation(inputs · kernel + bias), along the last axis."""

    def __init__(
        self, units: int, activation: Any = None, use_bias: bool = True, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(units, activation, use_bias, name, dtype)
        self.units = units

    def _kernel_shape(self, channels: int) -> list[int]:
        return [channels, self.units]

    def _apply(self, x: Any) -> Any:
        return _tensordot(x, self.kernel, 1)


class Conv2D(_Weighted):
    """activation(inputs convolved with the kernel + bias), of images with channels last."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        dilation_rate: Any = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(filters, activation, use_bias, name, dtype)
        self.filters = filters
        self.kernel_size: tuple[int, int] = _pair(kernel_size)
        self.strides: tuple[int, int] = _pair(strides)
        self.dilation_rate: tuple[int, int] = _pair(dilation_rate)
        self.padding = padding

    def _kernel_shape(self, channels: int) -> list[int]:
        return [*self.kernel_size, channels, self.filters]

    def _apply(self, x: Any) -> Any:
        return _conv2d(x, self.kernel, list(self.strides), self.padding.upper(), dilations=list(self.dilation_rate))


def _pair(given: Any) -> tuple[int, int]:
    rows, columns = (given, given) if isinstance(given, int) else given
    return int(rows), int(columns)
