"""Loops over the first axis, written down: maps, scans and folds over buffers that are filled turn by turn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from . import _nest as nest
from ._core import find_op, is_recording, to_tensor


def _length(elems: Any) -> Any:
    return find_op("shape")(nest.flatten(elems)[0])[0]


def _at(elems: Any, k: Any) -> Any:
    """The elements at one place of the first axis."""
    return nest.map_structure(lambda value: value[k], elems)


def _put(buffer: Any, position: Any, value: Any) -> Any:
    """The buffer with `value` at `position` of its first axis."""
    if buffer.shape.rank is not None and None not in buffer.shape.as_list()[1:]:
        return find_op("_places.write")(buffer, position, value)
    expand, reshape = find_op("expand_dims"), find_op("reshape")
    return find_op("tensor_scatter_nd_update")(buffer, reshape(position, [1, 1]), expand(value, 0))


def _buffer(length: Any, like: Any) -> Any:
    """Zeros, one for each turn, of the shape of `like`."""
    shape = find_op("shape")(like)
    cast = find_op("cast")
    return find_op("zeros")(find_op("concat")([find_op("reshape")(cast(length, "int32"), [1]), shape], 0), like.dtype)


def _walk(step: Callable[[Any, Any], tuple[Any, Any]], length: Any, state: Any, reverse: bool) -> tuple[Any, Any]:
    """The state after every turn and the stacked results. The first turn stands before the loop: it tells the results' shapes."""
    from ._control import while_loop

    last = length - 1
    place: Callable[[Any], Any] = (lambda k: last - k) if reverse else (lambda k: k)
    first = to_tensor(0)
    state, result = step(place(first), state)
    result = nest.map_structure(to_tensor, result)
    buffers = nest.map_structure(lambda value: _put(_buffer(length, value), place(first), value), result)

    def body(k: Any, state: Any, buffers: Any) -> Any:
        state, result = step(place(k), state)
        flat = [_put(buffer, place(k), to_tensor(value)) for buffer, value in zip(nest.flatten(buffers), nest.flatten(result))]
        return k + 1, state, nest.pack_sequence_as(buffers, flat) if nest.is_nested(buffers) else flat[0]

    _, state, buffers = while_loop(lambda k, *_: k < length, body, (to_tensor(1), state, buffers))
    return state, buffers


def loop_over(fn: Callable[..., Any], flat: list[Any], element: Any, signature: Any) -> Any:
    """`tf.map_fn` inside a function being traced."""
    length = _length(flat)
    if flat[0].shape.rank is not None and flat[0].shape[0] == 0:
        from ._control import _stacked

        return _stacked([], signature)
    _, stacked = _walk(lambda k, state: (state, fn(element(k))), length, (), False)
    return stacked


def scan_over(fn: Callable[..., Any], elems: Any, initial: Any, reverse: bool) -> Any:
    """`tf.scan`."""
    if not is_recording():
        return _eager_scan(fn, elems, initial, reverse)
    count = _length(elems)
    at = partial(_at, elems)
    if initial is not None:
        def step(k: Any, state: Any) -> tuple[Any, Any]:
            after = _like(state, fn(state, at(k)))
            return after, after

        return _walk(step, count, initial, reverse)[1]
    first = at(count - 1 if reverse else 0)
    rest = nest.map_structure(lambda value: value[:-1] if reverse else value[1:], elems)
    running = scan_over(fn, rest, first, reverse)
    concat, expand = find_op("concat"), find_op("expand_dims")

    def join(a: Any, b: Any) -> Any:
        return concat([b, expand(a, 0)] if reverse else [expand(a, 0), b], 0)

    return nest.map_structure(join, first, running)


def _like(state: Any, value: Any) -> Any:
    flat = [to_tensor(leaf) for leaf in nest.flatten(value)]
    return nest.pack_sequence_as(state, flat) if nest.is_nested(state) else flat[0]


def _eager_scan(fn: Callable[..., Any], elems: Any, initial: Any, reverse: bool) -> Any:
    count = len(nest.flatten(elems)[0])
    order = list(range(count))[:: -1 if reverse else 1]
    at = partial(_at, elems)
    state, results = initial, []
    for k in order:
        state = at(k) if state is None else _like(state, fn(state, at(k)))
        results.append(state)
    results = results[::-1] if reverse else results
    stack = find_op("stack")
    if not results:
        return nest.map_structure(lambda value: value, elems)
    flat = [stack(list(values)) for values in zip(*[nest.flatten(result) for result in results])]
    return nest.pack_sequence_as(results[0], flat) if nest.is_nested(results[0]) else flat[0]


def fold_over(fn: Callable[..., Any], elems: Any, initial: Any, reverse: bool) -> Any:
    """`tf.foldl` and `tf.foldr`."""
    from ._control import while_loop

    at = partial(_at, elems)
    count = _length(elems)
    place: Callable[[Any], Any] = (lambda k: count - 1 - k) if reverse else (lambda k: k)
    start = 0
    if initial is None:
        initial, start = at(place(to_tensor(0))), 1

    def step(k: Any, state: Any) -> tuple[Any, Any]:
        return k + 1, _like(state, fn(state, at(place(k))))

    return while_loop(lambda k, state: k < count, step, (to_tensor(start), initial))[1]
