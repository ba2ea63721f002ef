"""`tf.numpy_function` and `tf.py_function`: Python functions as ops."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, overload

import numpy as np

from . import _nest as nest
from ._core import Tensor, host_call, is_recording, note_cut, to_tensor, with_gradient, write_gradient
from ._dtypes import DType, as_dtype
from ._spec import TensorSpec

_NAME = r"^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$"


_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


@overload
def numpy_function(
    func: Callable[..., Any],
    inp: Any,
    Tout: Any,
    stateful: bool = True,
    name: str | None = None,
    gradient: Callable[..., Any] | None = None,
) -> Any: ...
@overload
def numpy_function(
    func: None = None,
    inp: None = None,
    *,
    Tout: Any = ...,
    stateful: bool = True,
    name: str | None = None,
    gradient: Callable[..., Any] | None = None,
) -> _Decorator: ...
def numpy_function(
    func: Callable[..., Any] | None = None,
    inp: Any = None,
    Tout: Any = None,
    stateful: bool = True,
    name: str | None = None,
    gradient: Callable[..., Any] | None = None,
) -> Any:
    """Calls a Python function of NumPy arrays as an op, or makes one of it.

    In place, `tf.numpy_function(func, [x], tf.float32)` calls `func` with the tensors of `inp` as arrays: at once in eager code, and
    whenever the graph runs inside a `tf.function`. As a decorator, `@tf.numpy_function(Tout=tf.float32)`, the function may be called
    with tensors.

    - `Tout`: the dtype of the result, or a list of dtypes of several; a `tf.TensorSpec` declares a shape too. In a graph results
      have just these dtypes: nothing is cast.
    - `stateful`: a function without effects may say False; then calls whose results nobody reads are left out.
    - `name`: the name of the node, in errors.
    - `gradient` (brolga's own): a function of the arrays of `inp` followed by the gradients of the results, which gives the gradient of
      each real or complex array of `inp`.

    In a graph, arrays are lent: they are read-only and share memory with tensors. The function runs on the thread that called the
    graph and holds the GIL while it does. Without `gradient` it has none; it is not saved with a graph, and is refused under `jit_compile=True`.

    Raises TypeError where `Tout` or `inp` is missing. While a graph runs, an exception of the function comes out as the class of
    `tf.errors` that TensorFlow has for it, with the exception itself as its cause.
    """
    return _forms("tf.numpy_function", functools.partial(_numpy_call, gradient=gradient), func, inp, Tout, stateful, name)


@overload
def py_function(func: Callable[..., Any], inp: Any, Tout: Any, name: str | None = None) -> Any: ...
@overload
def py_function(func: None = None, inp: None = None, *, Tout: Any = ..., name: str | None = None) -> _Decorator: ...
def py_function(func: Callable[..., Any] | None = None, inp: Any = None, Tout: Any = None, name: str | None = None) -> Any:
    """Calls a Python function of tensors as an op, or makes one of it, as `tf.numpy_function` does; results are cast to `Tout`."""
    return _forms("tf.py_function", _tensor_call, func, inp, Tout, True, name)


def _forms(title: str, call: Callable[..., Any], func: Any, inp: Any, Tout: Any, stateful: bool, name: str | None) -> Any:
    """The two forms: in place, and as a decorator."""
    if Tout is None:
        raise TypeError(
            f"Missing required argument: 'Tout'\n  If using {title} as a decorator, set `Tout`\n  **by name** above the function:\n"
            f"  `@{title}(Tout=tout)`"
        )
    if func is not None:
        if inp is None:
            raise TypeError(
                "Missing argument `inp`:\n  You must set the `inp` argument (the list of arguments to the\n  function), unless you use "
                f"`{title}` as a decorator(`func=None`)."
            )
        return call(func, inp, Tout, stateful, name)
    if inp is not None:
        raise TypeError(f"Don't set the `inp` argument when using {title} as a decorator (`func=None`).")

    def decorator(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any) -> Any:
            return call(function, args, Tout, stateful, name)

        return wrapper

    return decorator


def _numpy_call(func: Any, inp: Any, Tout: Any, stateful: bool, name: str | None, gradient: Any = None) -> Any:
    if is_recording():
        return _in_graph(func, inp, Tout, stateful, name or ("PyFunc" if stateful else "PyFuncStateless"), False, gradient)
    if not callable(func):
        raise TypeError(f"{type(func).__name__!r} object is not callable")
    result = func(*[np.array(_eager_value(value)) for value in inp])
    if result is None:
        return None
    tensors = [leaf if isinstance(leaf, Tensor) or leaf is None else _result(leaf) for leaf in nest.flatten(result)]
    inputs = [to_tensor(value) for value in inp]
    if gradient is not None:
        tensors = _with_gradient(gradient, inputs, tensors)
    else:
        note_cut(label(func), inputs, [tensor for tensor in tensors if tensor is not None])
    return tensors[0] if len(tensors) == 1 else tensors


def _result(leaf: Any) -> Any:
    try:
        return to_tensor(leaf)
    except TypeError as error:
        # What TensorFlow raises for an object that is no tensor.
        raise ValueError(str(error)) from None


def _eager_value(value: Any) -> Any:
    read = getattr(value, "_tf_value", None)
    return read() if read is not None else value


def _tensor_call(func: Any, inp: Any, Tout: Any, stateful: bool, name: str | None) -> Any:
    if is_recording():
        return _in_graph(func, inp, Tout, stateful, name or "EagerPyFunc", True)
    # The kernel's way in eager code too: the exceptions and casts are those of a graph.
    from ._function import Function

    inputs = [to_tensor(value) for value in inp]
    return Function(lambda *args: _in_graph(func, list(args), Tout, True, name or "EagerPyFunc", True), "py_function", autograph=False)(
        *inputs
    )


def _in_graph(func: Any, inp: Any, Tout: Any, stateful: bool, name: str, tensors: bool, gradient: Any = None) -> Any:
    if not callable(func):
        raise ValueError(f"Expected func to be callable. Received func={func} of type {type(func)}.")
    _check_name(name)
    many = isinstance(Tout, (list, tuple))
    specs = [_declared(spec) for spec in (Tout if many else [Tout])]
    dtypes = [spec.dtype for spec in specs]
    dims = [None if spec.shape.rank is None else spec.shape.as_list() for spec in specs]
    inputs = [to_tensor(value) for value in inp]
    results = host_call(func, inputs, dtypes, dims, bool(stateful), name, label(func), tensors)
    if tensors:
        results = _differentiable(_again(func, inputs), inputs, results, f"{name}_grad", label(func), True)
    elif gradient is not None:
        results = _differentiable(gradient, inputs, results, f"{name}_grad", label(gradient), False)
    if many:
        return results
    return results[0]


def _smooth(inputs: list[Any]) -> list[int]:
    """Which inputs can have a gradient."""
    return [k for k, value in enumerate(inputs) if value.dtype.is_floating or value.dtype.is_complex]


def _with_gradient(gradient: Any, inputs: list[Any], tensors: list[Any]) -> list[Any]:
    """The results of a call in eager code, whose gradient is a function of arrays."""

    def backward(given: list[Any]) -> list[Any]:
        zeros = [np.zeros_like(value.numpy()) if cotangent is None else cotangent.numpy() for value, cotangent in zip(tensors, given)]
        made = gradient(*[value.numpy() for value in inputs], *zeros)
        found = iter(made if isinstance(made, (list, tuple)) else [made])
        smooth = _smooth(inputs)
        cotangents = [to_tensor(next(found), value.dtype) if k in smooth else None for k, value in enumerate(inputs)]
        # The arrays know nothing of where they come from.
        made = [cotangent for cotangent in cotangents if cotangent is not None]
        note_cut(label(gradient), [*inputs, *(cotangent for cotangent in given if cotangent is not None)], made)
        return cotangents

    return with_gradient(tensors, inputs, backward)


_ORDERS = 3
"""How often a function of tensors can be differentiated in a graph, where each order is a callback of its own."""


def _again(func: Any, inputs: list[Any]) -> Callable[..., Any]:
    """The gradient of a function of tensors: it runs again, heard by a tape. Takes its inputs, then cotangents."""
    smooth = _smooth(inputs)

    def again(*given: Any) -> Any:
        from ._gradient import GradientTape

        own, cotangents = given[: len(inputs)], given[len(inputs) :]
        with GradientTape() as tape:
            tape.watch([own[k] for k in smooth])
            values = nest.flatten(func(*own))
        pairs = [(to_tensor(value), cotangent) for value, cotangent in zip(values, cotangents)]
        pairs = [(value, cotangent) for value, cotangent in pairs if value.dtype.is_floating or value.dtype.is_complex]
        targets, seeds = [value for value, _ in pairs], [cotangent for _, cotangent in pairs]
        return tape.gradient(targets, [own[k] for k in smooth], seeds, "zero")

    return again


def _differentiable(
    gradient: Any, inputs: list[Any], results: list[Any], name: str, title: str, tensors: bool, orders: int = _ORDERS
) -> list[Any]:
    """The results of a callback whose gradient is a callback too: of the inputs, then the cotangents of the results."""
    smooth = _smooth(inputs)
    if not smooth or not results:
        return results

    def backward(_values: list[Any], cotangents: list[Any], own: list[Any]) -> list[Any]:
        given = list(inputs)
        for k, value in zip(smooth, own):
            given[k] = value
        dims = [None if value.shape.rank is None else value.shape.as_list() for value in own]
        taken = [*given, *cotangents]
        made = host_call(gradient, taken, [value.dtype for value in own], dims, False, name, title, tensors)
        if tensors and orders > 1:
            made = _differentiable(_again(gradient, taken), taken, made, f"{name}_grad", title, True, orders - 1)
        return made

    return write_gradient(results, [inputs[k] for k in smooth], backward)


def _check_name(name: str) -> None:
    import re

    if not re.match(_NAME, name):
        raise ValueError(
            f"'{name}' is not a valid root scope name. A root scope name has to match the following pattern: {_NAME}"
        )


def _declared(spec: Any) -> TensorSpec:
    if isinstance(spec, TensorSpec):
        return spec
    if isinstance(spec, (list, tuple, dict)):
        raise TypeError(f"Cannot convert the argument `type_value`: {spec!r} to a TensorFlow DType.")
    if not isinstance(spec, DType):
        try:
            spec = as_dtype(spec)
        except TypeError:
            raise TypeError(f"Cannot convert the argument `type_value`: {spec!r} to a TensorFlow DType.") from None
    return TensorSpec(None, spec)


def label(func: Any) -> str:
    """A callback as messages call it: name, file and line."""
    inner = func
    while isinstance(inner, functools.partial):
        inner = inner.func
    inner = inspect.unwrap(inner) if callable(inner) else inner
    name = getattr(inner, "__qualname__", None) or getattr(inner, "__name__", None) or type(inner).__name__
    code = getattr(inner, "__code__", None) or getattr(getattr(inner, "__func__", None), "__code__", None)
    if code is None:
        code = getattr(getattr(type(inner), "__call__", None), "__code__", None)
    return f"{name} ({code.co_filename}:{code.co_firstlineno})" if code is not None else str(name)
