"""`tf.GradientTape` and its kin: gradients of what was computed."""

from __future__ import annotations

import enum
import functools
import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from . import _nest as nest
from ._core import TapeCore, Tensor, find_op, is_recording, to_tensor, trace_gradients, unheard, with_gradient, write_gradient
from ._variable import Variable, by_number

class UnconnectedGradients(enum.Enum):
    """What stands for the gradient of a source that no target depends on: None, or zeros."""

    NONE = "none"
    ZERO = "zero"


class GradientWarning(UserWarning):
    """A gradient does not pass a call of a Python function, or is asked of integers: what depends on these alone is left out.

    `warnings.filterwarnings("error", category=tf.GradientWarning)` makes it an error.
    """


class GradientTape:
    """Hears what is computed inside its `with` block, for `gradient` to differentiate.

    Trainable variables are watched when they are read, unless `watch_accessed_variables` is False; tensors are watched with `watch`.
    A tape gives one set of gradients; a `persistent` one gives any number. Tapes nest: what an inner tape computes as a gradient, an
    outer one differentiates again. It works in eager code and inside a `tf.function` alike.
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watches = watch_accessed_variables
        self._core = TapeCore(watch_accessed_variables)
        self._recording = False
        self._used = False
        self._watched: tuple[Variable, ...] = ()

    def __enter__(self) -> GradientTape:
        if self._recording:
            raise ValueError("Tape is still recording, This can happen if you try to re-enter an already-active tape.")
        if self._used and not self._persistent:
            self._core, self._used = TapeCore(self._watches), False
        self._core.open()
        self._recording = True
        return self

    def __exit__(self, *exception: object) -> None:
        if self._recording:
            self._stop()

    def _stop(self) -> None:
        self._core.close()
        self._recording = False

    def watch(self, tensor: Any) -> None:
        """Watches a tensor, a variable, or a structure of them."""
        for leaf in nest.flatten(tensor):
            if not isinstance(leaf, (Tensor, Variable)):
                raise ValueError(f"Passed in object {leaf} of type {type(leaf).__name__!r}, not tf.Tensor or tf.Variable or ExtensionType.")
            if not _smooth(leaf):
                _warn_of("watched", leaf, 3)
                continue
            self._core.watch(leaf)

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables it has watched, in the order in which they were first read."""
        if self._used and not self._persistent:
            return self._watched
        found = (by_number(number) for number in self._core.variables())
        return tuple(variable for variable in found if variable is not None)

    def reset(self) -> None:
        """Forgets everything, as if the `with` block began here."""
        self._core.reset()
        self._used = False

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Inside this block the tape hears nothing."""
        if not self._recording:
            raise RuntimeError("Trying to stop recording a tape which is not recording.")
        self._stop()
        try:
            yield
        finally:
            self._core.open()
            self._recording = True

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradient of `target` (of the sum of several) with respect to each of `sources`, in the structure of `sources`.

        - `output_gradients`: the gradient of something else with respect to each target; ones where none is given.
        - `unconnected_gradients`: what a source has that no target depends on: None, or with `ZERO` zeros.

        Raises RuntimeError where a tape that is not persistent is asked twice.
        """
        self._ask()
        if target is None:
            raise TypeError("Argument `target` should be a list or nested structure of Tensors, Variables or CompositeTensors to be "
                            "differentiated, but received None.")
        unconnected = UnconnectedGradients(unconnected_gradients)
        targets, leaves = [_value(leaf) for leaf in nest.flatten(target) if leaf is not None], nest.flatten(sources)
        cotangents = [None] * len(targets) if output_gradients is None else list(nest.flatten(output_gradients))
        gradients = _gradients(self._core.gradient, targets, cotangents, leaves, unconnected)
        self._release()
        return nest.pack_sequence_as(sources, gradients)

    def _release(self) -> None:
        """A tape that gives one set of gradients keeps nothing afterwards but the names of its variables."""
        if not self._persistent:
            self._core.reset()

    def _ask(self) -> None:
        if self._used and not self._persistent:
            raise RuntimeError("A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)")
        if self._recording:
            if not self._persistent:
                self._stop()
        self._watched = self.watched_variables()
        self._used = True

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of each element of `target` with respect to each element of `sources`: their shapes one after the other."""
        self._ask()
        value, leaves = _value(target), nest.flatten(sources)
        shape = value.shape.as_list()
        count = _count(shape, "jacobian")
        rows = []
        for k in range(count):
            seed = find_op("reshape")(find_op("one_hot")(k, count, dtype=value.dtype), shape)
            rows.append(_gradients(self._core.gradient, [value], [seed], leaves, UnconnectedGradients(unconnected_gradients)))
        self._release()
        return nest.pack_sequence_as(sources, [_stacked([row[k] for row in rows], shape) for k in range(len(leaves))])

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The jacobian of each row of `target` with respect to the same row of `source`."""
        self._ask()
        value = _value(target)
        if value.shape.rank in (0, None) or source.shape.rank in (0, None):
            raise ValueError("batch_jacobian needs a target and a source of rank 1 or more")
        batch, *shape = value.shape.as_list()
        if batch != source.shape.as_list()[0]:
            raise ValueError(f"Need first dimension of target shape ({value.shape}) and source shape ({source.shape}) to match.")
        count = _count(shape, "batch_jacobian")
        rows = []
        for k in range(count):
            seed = find_op("broadcast_to")(find_op("reshape")(find_op("one_hot")(k, count, dtype=value.dtype), shape), [batch, *shape])
            rows += _gradients(self._core.gradient, [value], [seed], [source], UnconnectedGradients(unconnected_gradients))
        self._release()
        if any(row is None for row in rows):
            return None
        whole = find_op("stack")(rows, axis=1)
        return find_op("reshape")(whole, [batch, *shape, *source.shape.as_list()[1:]])


def _count(shape: list[int | None], what: str) -> int:
    count = 1
    for extent in shape:
        if extent is None:
            raise ValueError(f"{what} needs a target whose shape is known: {shape}")
        count *= extent
    return count


def _stacked(rows: list[Any], shape: list[Any]) -> Any:
    if not rows or any(row is None for row in rows):
        return None
    return find_op("reshape")(find_op("stack")(rows), [*shape, *rows[0].shape.as_list()])


def _smooth(value: Any) -> bool:
    return bool(value.dtype.is_floating or value.dtype.is_complex)


def _warn_of(what: str, value: Any, level: int) -> None:
    text = f"the dtype of the {what} tensor must be floating (e.g. tf.float32), got {value.dtype!r}: there is no gradient of integers"
    warnings.warn(text + "\n  help: `tf.cast` it to a float before it is computed with", GradientWarning, stacklevel=level)


def _value(value: Any) -> Any:
    return value._tf_value() if isinstance(value, Variable) else value if isinstance(value, Tensor) else to_tensor(value)


def _gradients(ask: Any, targets: list[Any], cotangents: list[Any], sources: list[Any], unconnected: UnconnectedGradients) -> list[Any]:
    """The gradients as a flat list; says what is missing."""
    if len(cotangents) != len(targets):
        raise ValueError(f"there are {len(targets)} targets but {len(cotangents)} output gradients")
    for source in sources:
        if not isinstance(source, (Tensor, Variable)):
            raise TypeError(f"gradients are taken with respect to tensors and variables, got {source!r}")
        if not _smooth(source):
            _warn_of("source", source, 4)
    pairs = []
    for target, cotangent in zip(targets, cotangents):
        if not _smooth(target):
            _warn_of("target", target, 4)
            continue
        pairs.append((target, None if cotangent is None else _cotangent(cotangent, target)))
    gradients, severed = ask([target for target, _ in pairs], [cotangent for _, cotangent in pairs], sources)
    for node, place in severed:
        warnings.warn(
            f"no gradient passes `{node}`, made at {place}: a numpy_function has none; use tf.py_function, whose ops are differentiated, "
            "or tf.custom_gradient around it",
            GradientWarning,
            stacklevel=3,
        )
    if unconnected is UnconnectedGradients.ZERO:
        zeros = find_op("zeros_like")
        gradients = [zeros(_value(source)) if gradient is None else gradient for gradient, source in zip(gradients, sources)]
    return gradients  # type: ignore[no-any-return]


def _cotangent(value: Any, target: Any) -> Any:
    cotangent = _value(value) if isinstance(value, (Tensor, Variable)) else to_tensor(value, target.dtype)
    if cotangent.dtype != target.dtype or not cotangent.shape.is_compatible_with(target.shape):
        raise ValueError(
            f"an output gradient of dtype {cotangent.dtype.name} and shape {cotangent.shape} was given for a target of dtype "
            f"{target.dtype.name} and shape {target.shape}"
        )
    return cotangent


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
) -> list[Any]:
    """The gradients of the sum of `ys` with respect to each of `xs`, inside a `tf.function`."""
    if not is_recording():
        raise RuntimeError("tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead.")
    if stop_gradients is not None:
        raise NotImplementedError("tf.gradients: `stop_gradients` is not supported; use tf.stop_gradient where the value is made")
    targets = [_value(y) for y in nest.flatten(ys)]
    cotangents = [None] * len(targets) if grad_ys is None else list(nest.flatten(grad_ys))
    sources = [_value(x) for x in nest.flatten(xs)]
    return _gradients(trace_gradients, targets, cotangents, sources, UnconnectedGradients(unconnected_gradients))


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a function its own gradient: `f(*args)` returns its result and a function from the gradients of the result to those of
    `args`."""

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        inputs = [_value(arg) for arg in nest.flatten(args)]
        # A copy of each input, so that what `f` makes of it is known by no tape.
        result, backward = unheard(lambda: f(*nest.pack_sequence_as(args, inputs), **kwargs))
        values = [_value(leaf) for leaf in nest.flatten(result)]
        attached = _attached(values, inputs, backward)
        return nest.pack_sequence_as(result, attached)

    return wrapped


def _attached(values: list[Any], inputs: list[Any], backward: Callable[..., Any]) -> list[Any]:
    """The values with a gradient of their own."""
    zeros = find_op("zeros_like")

    def of_inputs(cotangents: list[Any]) -> list[Any]:
        keywords: dict[str, Any] = {"variables": []} if _takes_variables(backward) else {}
        made = backward(*cotangents, **keywords)
        if keywords and isinstance(made, tuple) and len(made) == 2 and isinstance(made[1], (list, tuple)):
            made = made[0]
        made = list(nest.flatten(made))
        if len(made) != len(inputs):
            raise ValueError(
                f"custom_gradient function expected to return {len(inputs)} gradients, but returned {len(made)} instead."
            )
        return [None if gradient is None else _cotangent(gradient, source) if _smooth(source) else None for gradient, source in zip(made, inputs)]

    if not is_recording():
        return with_gradient(values, inputs, lambda given: of_inputs([zeros(v) if g is None else g for g, v in zip(given, values)]))

    smooth = [source for source in inputs if _smooth(source)]

    def written(_values: list[Any], cotangents: list[Any], _inputs: list[Any]) -> list[Any]:
        made = of_inputs(cotangents)
        return [zeros(source) if gradient is None else gradient for gradient, source in zip(made, inputs) if _smooth(source)]

    return write_gradient(values, smooth, written)


def _takes_variables(function: Callable[..., Any]) -> bool:
    try:
        return "variables" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function as it is: what its gradient needs is kept."""
    return f
