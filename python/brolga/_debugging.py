"""`tf.debugging`, `tf.print` and `tf.Assert`: what a program says of itself while it runs.

An assertion about tensors that are known is checked at once. In a function being traced it is checked whenever the function runs, in the
order of the program, as an effect on the host; native code leaves assertions out, as TensorFlow's does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import _errors as errors
from . import _nest as nest
from ._core import Tensor, find_op, host_call, is_recording, to_tensor
from ._function import is_jit


NAMES = (
    "assert_all_finite assert_equal assert_greater assert_greater_equal assert_integer assert_less assert_less_equal assert_near "
    "assert_negative assert_non_negative assert_non_positive assert_none_equal assert_positive assert_rank assert_rank_at_least "
    "assert_rank_in assert_same_float_dtype assert_scalar assert_shapes assert_type check_numerics is_numeric_tensor"
).split()
"""What stands under `tf.debugging`."""


def _tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else to_tensor(value)


def _demand(name: str, holds: Any, data: list[Any], text: str, message: str | None) -> None:
    """Holds a program to a condition: a tensor of truth values, all of which must be true."""
    words = f"{message}\n{text}" if message else text

    def broken(condition: Any, values: Any) -> str | None:
        return None if np.all(condition) else "\n".join([words, *map(str, values)])

    def check(condition: Any, *values: Any) -> None:
        # A callback's ValueError comes out as InvalidArgumentError.
        if (fault := broken(condition, values)) is not None:
            raise ValueError(fault)

    if hasattr(holds, "numpy"):
        known = [value.numpy() for value in data if hasattr(value, "numpy")]
        if (fault := broken(holds.numpy(), known)) is not None:
            raise errors.InvalidArgumentError(None, None, fault)
    elif not is_jit():
        host_call(check, [holds, *data], [], [], True, name, f"tf.debugging.{name}", False)


def _pairwise(name: str, op: str, words: str) -> Callable[..., None]:
    def assertion(x: Any, y: Any, message: str | None = None, summarize: int | None = None, name: str | None = None) -> None:
        x = _tensor(x)
        y = y if isinstance(y, Tensor) else to_tensor(y, x.dtype)
        _demand(label, find_op(op)(x, y), [x, y], f"Condition x {words} y did not hold.", message)

    label = name
    assertion.__name__ = assertion.__qualname__ = name
    assertion.__doc__ = f"InvalidArgumentError unless x {words} y, element by element."
    return assertion


def _single(name: str, op: str, words: str) -> Callable[..., None]:
    def assertion(x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None) -> None:
        x = _tensor(x)
        _demand(label, find_op(op)(x, find_op("zeros_like")(x)), [x], f"Condition x {words} 0 did not hold element-wise:", message)

    label = name
    assertion.__name__ = assertion.__qualname__ = name
    assertion.__doc__ = f"InvalidArgumentError unless x {words} 0, element by element."
    return assertion


assert_equal: Callable[..., None] = _pairwise("assert_equal", "math.equal", "==")
assert_none_equal: Callable[..., None] = _pairwise("assert_none_equal", "math.not_equal", "!=")
assert_less: Callable[..., None] = _pairwise("assert_less", "math.less", "<")
assert_less_equal: Callable[..., None] = _pairwise("assert_less_equal", "math.less_equal", "<=")
assert_greater: Callable[..., None] = _pairwise("assert_greater", "math.greater", ">")
assert_greater_equal: Callable[..., None] = _pairwise("assert_greater_equal", "math.greater_equal", ">=")
assert_positive: Callable[..., None] = _single("assert_positive", "math.greater", ">")
assert_negative: Callable[..., None] = _single("assert_negative", "math.less", "<")
assert_non_negative: Callable[..., None] = _single("assert_non_negative", "math.greater_equal", ">=")
assert_non_positive: Callable[..., None] = _single("assert_non_positive", "math.less_equal", "<=")


def assert_near(
    x: Any, y: Any, rtol: Any = None, atol: Any = None, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """InvalidArgumentError unless |x − y| <= atol + rtol |y|, element by element; both are 10 machine epsilons unless given."""
    x = _tensor(x)
    y = y if isinstance(y, Tensor) else to_tensor(y, x.dtype)
    epsilon = 10 * float(np.finfo(x.dtype.as_numpy_dtype).eps)
    rtol, atol = (epsilon if bound is None else bound for bound in (rtol, atol))
    bound = find_op("abs")(y) * to_tensor(rtol, x.dtype) + to_tensor(atol, x.dtype)
    _demand("assert_near", find_op("abs")(x - y) <= bound, [x, y], "x and y not equal to tolerance", message)


def assert_rank(x: Any, rank: Any, message: str | None = None, name: str | None = None) -> None:
    """ValueError where the rank is known to be another; while a function runs, InvalidArgumentError."""
    _ranked(x, lambda known: known == int(rank), f"must have rank {rank}", message)


def assert_rank_at_least(x: Any, rank: Any, message: str | None = None, name: str | None = None) -> None:
    """ValueError where the rank is known to be less; while a function runs, InvalidArgumentError."""
    _ranked(x, lambda known: known >= int(rank), f"must have rank at least {rank}", message)


def assert_rank_in(x: Any, ranks: Any, message: str | None = None, name: str | None = None) -> None:
    """ValueError where the rank is known to be none of `ranks`; while a function runs, InvalidArgumentError."""
    allowed = [int(rank) for rank in ranks]
    _ranked(x, lambda known: known in allowed, f"must have one of the ranks {allowed}", message)


def assert_scalar(tensor: Any, message: str | None = None, name: str | None = None) -> Tensor:
    """The tensor, which must have rank 0."""
    scalar = _tensor(tensor)
    _ranked(scalar, lambda known: known == 0, "must be a scalar", message)
    return scalar


def _ranked(x: Any, holds: Callable[[int], bool], words: str, message: str | None) -> None:
    x = _tensor(x)
    prefix = f"{message}. " if message else ""
    if x.shape.rank is not None:
        if not holds(x.shape.rank):
            raise ValueError(f"{prefix}Tensor {words}. Received rank {x.shape.rank}, shape {x.shape}")
    elif not is_jit():

        def check(value: Any) -> None:
            if not holds(value.ndim):
                raise ValueError(f"{prefix}Tensor {words}. Received shape {value.shape}")

        host_call(check, [x], [], [], True, "assert_rank", "tf.debugging.assert_rank", False)


def assert_type(tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None) -> None:
    """TypeError unless the tensor has this dtype."""
    tensor = _tensor(tensor)
    if tensor.dtype != tf_type:
        raise TypeError(f"{f'{message}. ' if message else ''}tensor must be of type {tf_type!r}; got {tensor.dtype!r}")


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> None:
    """TypeError unless the tensor holds integers."""
    dtype = _tensor(x).dtype
    if not dtype.is_integer:
        raise TypeError(f"{f'{message}. ' if message else ''}Expected x to be integer type. Found type: {dtype!r}")


def assert_shapes(shapes: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None) -> None:
    """ValueError unless shapes fit: pairs (tensor, dimensions), where equal names stand for equal extents."""
    pairs = list(shapes.items()) if isinstance(shapes, dict) else list(shapes)
    extents: dict[Any, int] = {}
    for value, dims in pairs:
        own = _tensor(value).shape
        wanted = [dims] if isinstance(dims, (str, int)) else list(dims)
        if own.rank is None:
            continue
        if own.rank != len(wanted):
            raise ValueError(f"{f'{message}. ' if message else ''}a tensor of shape {own} must have rank {len(wanted)}")
        for extent, symbol in zip(own.as_list(), wanted):
            if extent is None or symbol is None or symbol == ".":
                continue
            expected = extents.setdefault(symbol, extent) if isinstance(symbol, str) else symbol
            if expected != extent:
                raise ValueError(f"{f'{message}. ' if message else ''}a tensor of shape {own} must have {symbol} = {expected}")


def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> Any:
    """The floating-point dtype that all tensors have; ValueError where they differ."""
    found = {_tensor(value).dtype for value in tensors or []} | ({dtype} if dtype is not None else set())
    if len(found) > 1 or any(not one.is_floating for one in found):
        raise ValueError(f"Expected floating point tensors of one dtype, got {sorted(one.name for one in found)}.")
    from ._dtypes import float32

    return next(iter(found), float32)


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """The tensor; InvalidArgumentError where it holds a NaN or an infinity."""
    tensor = _tensor(tensor)
    _demand("check_numerics", find_op("math.is_finite")(tensor), [], f"{message} : Tensor had Inf or NaN values", None)
    return find_op("identity")(tensor)  # type: ignore[no-any-return]


def assert_all_finite(x: Any, message: str, name: str | None = None) -> Tensor:
    """As `check_numerics`."""
    return check_numerics(x, message, name)


def Assert(condition: Any, data: Any, summarize: int | None = None, name: str | None = None) -> None:
    """InvalidArgumentError, with `data`, unless the condition holds."""
    values = [_tensor(value) for value in data]
    _demand("Assert", _tensor(condition), values, "assertion failed:", None)


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether `tensor` is a tensor of numbers."""
    return isinstance(tensor, Tensor) and bool(tensor.dtype.is_numeric)


def print_v2(*inputs: Any, output_stream: Any = None, summarize: int = 3, sep: str = " ", end: str = "\n", name: str | None = None) -> None:
    """Prints tensors and other values when the program gets there: to stderr, unless `output_stream` says otherwise.

    `output_stream` is a stream, `sys.stdout`, or `"file://PATH"`, to which lines are appended.
    """
    if isinstance(output_stream, str) and not output_stream.startswith("file://"):
        raise ValueError(f'tf.print: `output_stream` is a stream, sys.stdout or "file://PATH", not {output_stream!r}')
    leaves: list[Any] = nest.flatten(list(inputs))
    tensors: list[Any] = [leaf for leaf in leaves if isinstance(leaf, Tensor) or hasattr(leaf, "_tf_value")]

    def show(*arrays: Any) -> None:
        given = iter(arrays)
        filled = [next(given) if isinstance(leaf, Tensor) or hasattr(leaf, "_tf_value") else leaf for leaf in leaves]
        structure = nest.pack_sequence_as(list(inputs), [_Plain(_shown(value, summarize)) for value in filled])
        _write(sep.join(str(part) if nest.is_nested(part) else part for part in structure) + end, output_stream)

    if is_recording():
        host_call(show, [_tensor(value._tf_value() if hasattr(value, "_tf_value") else value) for value in tensors], [], [], True, "PrintV2", "tf.print", False)
    else:
        show(*[value.numpy() for value in tensors])


class _Plain(str):
    """Text that a list or dict shows without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _shown(value: Any, summarize: int) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (np.ndarray, np.generic)):
        edge = summarize if summarize >= 0 else sys.maxsize
        threshold = sys.maxsize if summarize < 0 else 2 * edge
        return np.array2string(np.asarray(value), threshold=threshold, edgeitems=edge) if np.ndim(value) else str(value)
    return str(value)


def _write(text: str, stream: Any) -> None:
    if isinstance(stream, str):
        with open(stream.removeprefix("file://"), "a", encoding="utf-8") as file:
            file.write(text)
        return
    out: Any = sys.stderr if stream is None else stream
    out.write(text)
    out.flush()
