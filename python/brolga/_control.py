"""Branches and loops: `tf.cond`, `tf.case`, `tf.switch_case`, `tf.while_loop`, `tf.map_fn`, `tf.scan` and their kin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import _nest as nest
from ._core import Tensor, branch, declared, find_op, is_recording, to_tensor, trace_function, turns, unheard
from ._shape import TensorShape, as_shape


def cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: str | None = None) -> Any:
    """What `true_fn()` gives where `pred` holds, else what `false_fn()` gives; only the branch taken runs."""
    if not callable(true_fn) or not callable(false_fn):
        raise TypeError("'true_fn' and 'false_fn' must be callable.")
    if isinstance(pred, bool) and is_recording():
        raise TypeError("pred must not be a Python bool", pred)
    if not is_recording():
        return _plain(true_fn() if to_tensor(pred) else false_fn())
    return _branches(_predicate(pred), [true_fn, false_fn])


def _plain(value: Any) -> Any:
    """A branch's result in eager code: its leaves as they are, single-element lists as TensorFlow unwraps them."""
    return value


def _predicate(pred: Any) -> Any:
    tensor = to_tensor(pred)
    if tensor.dtype.name != "bool":
        raise TypeError(f"pred must be a bool scalar, got a tensor of dtype {tensor.dtype.name}")
    if tensor.shape.rank not in (0, None):
        tensor = find_op("reshape")(tensor, [])
    elif tensor.shape.rank is None:
        tensor = ensure_shape(tensor, [])
    return tensor


def _branches(selector: Any, functions: Sequence[Callable[[], Any]]) -> Any:
    """Branches written down: they must agree on structure and dtypes."""
    structures: list[Any] = []

    def run(function: Callable[[], Any]) -> Callable[[], list[Any]]:
        def body() -> list[Any]:
            value = function()
            value = None if value is None else nest.map_structure(lambda leaf: _Nothing() if leaf is None else _tensor(leaf), value)
            if structures:
                _same_structure(structures[0], value)
            structures.append(value)
            return [] if value is None else nest.flatten(value, expand_composites=True)

        return body

    results = branch(selector, [run(function) for function in functions])
    return None if structures[0] is None else nest.pack_sequence_as(structures[0], [*results], True)


class _Nothing:
    """None among what a branch gives: made of no tensors."""

    def _tf_leaves(self) -> list[Any]:
        return []

    def _tf_of(self, leaves: Any) -> None:
        return None


def _same_structure(first: Any, other: Any) -> None:
    if (first is None) != (other is None):
        raise TypeError("true_fn and false_fn must return the same structure: one returns None and the other does not")
    if first is None:
        return
    try:
        nest.assert_same_structure(first, other, check_types=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"true_fn and false_fn arguments to tf.cond must have the same structure: {error}") from None
    for one, another in zip(nest.flatten(first), nest.flatten(other)):
        if type(one) is not type(another) and (nest.is_composite(one) or nest.is_composite(another)):
            raise TypeError(f"true_fn and false_fn must return the same structure: one returns {one!r}, the other {another!r}")
        same_leaves(one, another, "one branch", "the other")


def same_leaves(one: Any, another: Any, first: str, second: str) -> None:
    """Raises ValueError where two arrays are not made of the same tensors."""
    if nest.is_composite(one) and len(one._tf_leaves()) != len(another._tf_leaves()):
        raise ValueError(
            f"the shape of the elements of a TensorArray is known after {first} and not after {second}\n  help: give `element_shape`"
        )


def _tensor(value: Any) -> Any:
    """A leaf as a tensor; what is made of tensors stays as it is."""
    if isinstance(value, Tensor):
        return value
    if nest.is_composite(value):
        return value._tf_traced() if is_recording() else value
    return to_tensor(value)


def case(
    pred_fn_pairs: Any, default: Callable[[], Any] | None = None, exclusive: bool = False, strict: bool = False, name: str = "case"
) -> Any:
    """What the function of the first predicate that holds gives, else the default's."""
    pairs = list(pred_fn_pairs.items()) if isinstance(pred_fn_pairs, dict) else list(pred_fn_pairs)
    if not pairs and default is None:
        raise ValueError("`pred_fn_pairs` must not be empty")
    chosen: Callable[[], Any] = pairs.pop()[1] if default is None else default
    for pred, function in reversed(pairs):
        chosen = _chosen(pred, function, chosen)
    return chosen()


def _chosen(pred: Any, function: Callable[[], Any], otherwise: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: cond(pred, function, otherwise)


def switch_case(branch_index: Any, branch_fns: Any, default: Callable[[], Any] | None = None, name: str = "switch_case") -> Any:
    """What the branch with the number `branch_index` gives; a number out of range takes the default, or the last branch."""
    numbered = list(branch_fns.items()) if isinstance(branch_fns, dict) else list(branch_fns)
    if numbered and isinstance(numbered[0], tuple):
        by_number = dict(numbered)
    else:
        by_number = dict(enumerate(numbered))
    if sorted(by_number) != list(range(len(by_number))):
        raise ValueError("`branch_fns` must be numbered 0, 1, 2 …")
    functions = [by_number[number] for number in range(len(by_number))]
    if default is not None:
        functions.append(default)
    index = to_tensor(branch_index)
    if not is_recording():
        number = int(index)
        return functions[number if 0 <= number < len(by_number) else -1]()
    inside = find_op("math.logical_and")(index >= 0, index < len(by_number))
    return _branches(find_op("where")(inside, find_op("cast")(index, "int32"), len(functions) - 1), functions)


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """Runs `body` on the loop variables while `cond` of them holds; their values at the end."""
    if not callable(cond) or not callable(body):
        raise TypeError("'cond' and 'body' must be callable.")
    initial = nest.map_structure(_tensor, loop_vars)
    if maximum_iterations is not None:
        return _bounded(cond, body, initial, shape_invariants, maximum_iterations)
    if not is_recording():
        return _loop(cond, body, initial)
    return _written_loop(cond, body, initial, shape_invariants)


def _bounded(cond: Any, body: Any, initial: Any, shape_invariants: Any, limit: Any) -> Any:
    count = to_tensor(limit)
    start = find_op("zeros_like")(count)
    invariants = None if shape_invariants is None else [as_shape([]), shape_invariants]
    bounded = find_op("math.logical_and")
    _, final = while_loop(
        lambda k, state: bounded(k < count, _predicate(_applied(cond, state))),
        lambda k, state: (k + 1, _repacked(state, _applied(body, state))),
        [start, initial],
        invariants,
    )
    return final


def _applied(function: Callable[..., Any], state: Any) -> Any:
    return function(*state) if isinstance(state, (list, tuple)) and not hasattr(state, "_fields") else function(state)


def _repacked(state: Any, result: Any) -> Any:
    """What a body returned, in the structure of the loop variables."""
    if isinstance(state, (list, tuple)) and len(state) == 1 and not _is_sequence_of_one(result):
        result = [result]
    try:
        leaves = nest.flatten(result)
        return nest.pack_sequence_as(state, [_tensor(leaf) for leaf in leaves])
    except ValueError:
        raise ValueError(
            f"The two structures don't have the same nested structure.\n\nFirst structure: {state}\n\nSecond structure: {result}"
        ) from None


def _is_sequence_of_one(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 1


def _loop(cond: Any, body: Any, state: Any) -> Any:
    while _applied(cond, state):
        state = _repacked(state, _applied(body, state))
    return state


def _written_loop(cond: Any, body: Any, initial: Any, shape_invariants: Any) -> Any:
    initial = begun(initial, lambda state: _repacked(state, _applied(body, state)))
    flat = nest.flatten(initial, expand_composites=True)
    if shape_invariants is not None:
        flat = [loosened(value, as_shape(shape)) for value, shape in zip(flat, _shapes(initial, shape_invariants))]

    def goes_on(carried: list[Any]) -> Any:
        return _predicate(_applied(cond, nest.pack_sequence_as(initial, carried, expand_composites=True)))

    def turn(carried: list[Any]) -> list[Any]:
        state = nest.pack_sequence_as(initial, carried, expand_composites=True)
        after = _repacked(state, _applied(body, state))
        for one, other in zip(nest.flatten(state), nest.flatten(after)):
            same_leaves(one, other, "a turn of a loop", "before it")
        return [_kept(before, value) for before, value in zip(carried, nest.flatten(after, expand_composites=True))]

    return nest.pack_sequence_as(initial, turns(flat, goes_on, turn), expand_composites=True)


def begun(state: Any, turn: Callable[[Any], Any]) -> Any:
    """The variables of a loop, arrays with room for the elements that a turn writes: a loop carries only what has a shape."""
    while True:
        open_ = _without_shape(state)
        if not open_:
            return state
        try:
            unheard(lambda: apart(lambda _: turn(state)))
        except (TypeError, ValueError):
            # What is wrong, the turn will say when it is written down.
            pass
        state = nest.map_structure(lambda leaf: leaf._tf_traced() if nest.is_composite(leaf) else leaf, state)
        if _without_shape(state) == open_:
            return state


def _without_shape(state: Any) -> int:
    """How many arrays wait for the shape of their elements."""
    return sum(nest.is_composite(leaf) and not leaf._tf_shaped() for leaf in nest.flatten(state))


def apart(run: Callable[[Any], Any]) -> Any:
    """What `run` gives in a trace of its own that is thrown away. It gets an int32 scalar that nobody knows."""
    from . import _function
    from ._dtypes import int32

    result: list[Any] = []

    def body(parameters: list[Any]) -> list[Any]:
        with _function._tracing(_function._stack()[-1]._function):
            result.append(run(parameters[0]))
        return []

    trace_function("apart", [(int32, [])], body, False)
    return result[0]


def _kept(before: Any, after: Any) -> Any:
    """A loop variable after a turn: of the dtype and shape it had before."""
    if before.dtype != after.dtype:
        raise TypeError(f"a loop variable has dtype {before.dtype.name} before an iteration and {after.dtype.name} after it")
    if _narrower(before.shape, after.shape):
        return after
    shape = after.shape if after.shape.rank is not None else "<unknown>"
    raise ValueError(
        f"Input tensor enters the loop with shape {before.shape}, but has shape {shape} after one iteration. To allow the shape to vary "
        "across iterations, use the `shape_invariants` argument of tf.while_loop to specify a less-specific shape."
    )


def _narrower(wide: TensorShape, narrow: TensorShape) -> bool:
    """Whether every tensor of the narrow shape has the wide one."""
    if wide.rank is None:
        return True
    if narrow.rank != wide.rank:
        return False
    return all(a is None or a == b for a, b in zip(wide.as_list(), narrow.as_list()))


def _shapes(initial: Any, invariants: Any) -> list[Any]:
    """The invariants, one for each tensor carried. An array has the shapes it has, whatever is said of it."""
    if nest.is_composite(initial):
        return [leaf.shape for leaf in initial._tf_leaves()]
    if not nest.is_nested(initial):
        return [invariants]
    if isinstance(initial, dict):
        return [shape for key in sorted(initial) for shape in _shapes(initial[key], invariants[key])]
    return [shape for value, invariant in zip(initial, invariants) for shape in _shapes(value, invariant)]


def loosened(value: Any, shape: TensorShape) -> Any:
    """The tensor, of which no more than `shape` is known from here on."""
    from ._core import loosen

    if is_recording() and hasattr(value, "numpy"):
        # Of a constant all is known for good; what comes out of a loop is a value of the graph, also where the loop makes no turn.
        value = turns([value], lambda _: to_tensor(False), lambda carried: carried)[0]
    return loosen(value, None if shape.rank is None else shape.as_list())


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Any:
    """The tensor itself, of the given shape: InvalidArgumentError where it turns out to have another."""
    from ._errors import InvalidArgumentError

    tensor, wanted = _tensor(x), as_shape(shape)
    if not tensor.shape.is_compatible_with(wanted):
        raise InvalidArgumentError(
            None, None, f"Shape of tensor {name or 'input'} {tensor.shape} is not compatible with expected shape {wanted}."
        )
    if (result := declared(tensor, None if wanted.rank is None else wanted.as_list())) is None:
        result = find_op("identity")(tensor)
        result.set_shape(wanted)
    return result


def map_fn(
    fn: Callable[..., Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:
    """What `fn` gives for each element of `elems` along its first axis, stacked."""
    elems = nest.map_structure(_tensor, elems)
    flat = nest.flatten(elems)
    signature = fn_output_signature if fn_output_signature is not None else dtype
    length = flat[0].shape[0] if flat[0].shape.rank is not None else None

    def element(k: Any) -> Any:
        return nest.map_structure(lambda value: value[k], elems)

    if not is_recording():
        return _stacked([fn(element(k)) for k in range(length or 0)], signature)
    return _mapped(fn, flat, element, signature)


def _stacked(results: list[Any], signature: Any) -> Any:
    stack = find_op("stack")
    if not results:
        specs = nest.map_structure(lambda spec: spec, signature)
        zeros = find_op("zeros")
        return nest.map_structure(lambda spec: zeros([0], getattr(spec, "dtype", spec) or "float32"), specs)
    flat = zip(*[nest.flatten(result) for result in results])
    stacked = [stack([_tensor(value) for value in values]) for values in flat]
    return nest.pack_sequence_as(results[0], stacked) if nest.is_nested(results[0]) else stacked[0]


def _mapped(fn: Any, flat: list[Any], element: Any, signature: Any) -> Any:
    """A map written down: a loop that puts each result in its place."""
    from ._scans import loop_over

    return loop_over(fn, flat, element, signature)


def scan(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """The running results of `fn(accumulated, element)` along the first axis, stacked."""
    from ._scans import scan_over

    elems = nest.map_structure(_tensor, elems)
    return scan_over(fn, elems, None if initializer is None else nest.map_structure(_tensor, initializer), reverse)


def foldl(fn: Callable[..., Any], elems: Any, initializer: Any = None, **_: Any) -> Any:
    """`fn(accumulated, element)` from the first element to the last."""
    from ._scans import fold_over

    elems = nest.map_structure(_tensor, elems)
    return fold_over(fn, elems, None if initializer is None else nest.map_structure(_tensor, initializer), False)


def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, **_: Any) -> Any:
    """`fn(accumulated, element)` from the last element to the first."""
    from ._scans import fold_over

    elems = nest.map_structure(_tensor, elems)
    return fold_over(fn, elems, None if initializer is None else nest.map_structure(_tensor, initializer), True)


def vectorized_map(fn: Callable[..., Any], elems: Any, fallback_to_while_loop: bool = True, warn: bool = True) -> Any:
    """As `map_fn`: brolga has no vectorised form of a Python function."""
    return map_fn(fn, elems)


def group(*inputs: Any, **_: Any) -> None:
    """Nothing: effects keep the order of the program."""


def no_op(name: str | None = None) -> None:
    """Nothing."""
