"""What converted statements and operators do: Python's own meaning over Python's values, a branch or a loop of the graph over tensors.

The statements come as functions of no arguments that read and write the variables around them; `get_state` and `set_state` hand
out and take in those that a statement assigns. Messages are TensorFlow's.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from malt.operators.variables import Undefined, UndefinedReturnValue  # type: ignore[import-untyped]

from . import _nest as nest
from ._control import _narrower, apart, begun, cond, loosened, same_leaves
from ._core import Tensor, branch, find_op, host_call, is_recording, to_tensor, trace_function, turns
from ._shape import TensorShape, as_shape

State = tuple[Any, ...]
_NUMBERS = (bool, int, float, complex, np.ndarray, np.generic)


class _Last(threading.local):
    """What the last calls of `not` and `tf.range` were, for the statement that they may stand in."""

    denied: tuple[Any, Any] = (None, None)
    range: tuple[Any, tuple[Any, Any, Any]] = (None, (0, 0, 1))


_last = _Last()


def forget() -> None:
    """Lets go of the tensors of a trace that is over."""
    _last.__dict__.clear()


def is_staged(value: Any) -> bool:
    """Whether a statement over this value becomes part of the graph."""
    return _has_tensor(value) and is_recording()


def _has_tensor(value: Any) -> bool:
    """Whether a value is a tensor or a variable. The class is asked: an undefined symbol has every attribute."""
    return isinstance(value, Tensor) or hasattr(type(value), "_tf_value")


def _tensor(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value
    return to_tensor(value._tf_value() if _has_tensor(value) else value)


def _is_value(leaf: Any) -> bool:
    """Whether a variable's leaf can be a tensor; others cannot change inside a graph's branches and loops."""
    return isinstance(leaf, _NUMBERS) or _has_tensor(leaf)


def _condition(value: Any, tag: str) -> Any:
    """The tensor as a bool scalar."""
    tensor = _tensor(value)
    hint = "to check for None, use `is not None`"
    if tensor.dtype.name != "bool":
        raise ValueError(
            f"condition of {tag} expected to be `tf.bool` scalar, got {tensor}; to use as boolean Tensor, use `tf.cast`; {hint}"
        )
    if tensor.shape.rank == 0:
        return tensor
    if tensor.shape.rank is not None and any(extent not in (1, None) for extent in tensor.shape.as_list()):
        raise ValueError(f"condition of {tag} expected to be `tf.bool` scalar, got {tensor}; {hint}")
    return find_op("reshape")(tensor, [])


# ---------------------------------------------------------------- if


def if_stmt(
    condition: Any,
    body: Callable[[], Any],
    orelse: Callable[[], Any],
    get_state: Callable[[], State],
    set_state: Callable[[State], None],
    symbol_names: tuple[str, ...],
    nouts: int,
) -> None:
    """`if`."""
    if not is_staged(condition):
        body() if condition else orelse()
        return
    result, operand = _last.denied
    denied = operand if result is condition else None
    predicate = _condition(condition, "if statement")
    entry = get_state()
    # In the else branch of `if not x`, x holds.
    other = tuple(True if denied is not None and value is denied else value for value in entry)

    def ran(block: Callable[[], Any], start: State) -> State:
        set_state(start)
        block()
        return get_state()[:nouts]

    merge = _Merge(symbol_names[:nouts])
    main = lambda: merge.main(ran(body, entry), lambda: apart(lambda _: merge.likes(ran(orelse, other))))  # noqa: E731
    results = branch(predicate, [main, lambda: merge.orelse(ran(orelse, other))])
    set_state((*merge.merged(results), *entry[nouts:]))


class _Merge:
    """The variables after the two branches of an `if`, which must agree."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._ends: list[Any] = []
        self._merged: list[Any] = []
        """What each variable is after the branch where that is known: Python's value."""

    def main(self, values: State, otherwise: Callable[[], list[Any]]) -> list[Any]:
        """The tensors that the main branch ends with. A return value that only the other branch has is zeros, which nobody reads."""
        if any(isinstance(value, UndefinedReturnValue) for value in values):
            likes = otherwise()
            values = tuple(
                _zeros(like) if isinstance(value, UndefinedReturnValue) and like is not None else value
                for value, like in zip(values, likes)
            )
        self._ends = list(values)
        return [_tensor(leaf) for value in values for leaf in nest.flatten(value, expand_composites=True) if _is_value(leaf)]

    @staticmethod
    def likes(values: State) -> list[Any]:
        """What zeros must be like to stand for the values: (dtype, shape) of tensors; None where there is none."""
        return [None if value is None or not _all_values(value) else nest.map_structure(_spec, value) for value in values]

    def orelse(self, values: State) -> list[Any]:
        """The tensors that the else branch ends with, held against those of the main branch."""
        leaves: list[Any] = []
        for index, (name, main, other) in enumerate(zip(self._names, self._ends, values)):
            if isinstance(other, UndefinedReturnValue) and main is not None and _all_values(main):
                other = nest.map_structure(lambda leaf: _zeros(_spec(leaf)), main)
            if isinstance(main, UndefinedReturnValue) and other is None:
                main = self._ends[index] = None
            if isinstance(other, UndefinedReturnValue) and main is None:
                other = None
            if name.startswith(("do_return", "break_", "continue_")) and isinstance(main, bool) and main is other:
                # Still known without running.
                self._merged.append(main)
            else:
                self._merged.append(self._agreed(name, main, other))
            leaves += [_tensor(leaf) for leaf in nest.flatten(other, expand_composites=True) if _is_value(leaf)]
        return leaves

    def _agreed(self, name: str, main: Any, other: Any) -> Any:
        """A place for each leaf that is a tensor; the leaf itself where it is none."""
        for value, there, which in ((main, other, "main"), (other, main, "else")):
            if isinstance(value, Undefined) and not isinstance(there, Undefined):
                raise ValueError(f"'{name}' must also be initialized in the {which} branch")
            if isinstance(value, UndefinedReturnValue) and there is not None and not isinstance(there, UndefinedReturnValue):
                raise ValueError(f"the {which} branch must also have a return statement.")
            if value is None and there is not None and not isinstance(there, UndefinedReturnValue):
                raise ValueError(f"'{name}' is None at the end of the {which} branch.")
        if isinstance(main, (Undefined, UndefinedReturnValue)):
            return None if other is None else main
        try:
            nest.assert_same_structure(main, other)
        except (TypeError, ValueError) as error:
            raise TypeError(f"'{name}' must have the same nested structure in the main and else branches:\n\n{error}") from None
        same_leaves(main, other, "one branch", "the other")
        pairs = zip(nest.flatten(main, expand_composites=True), nest.flatten(other, expand_composites=True))
        return nest.pack_sequence_as(main, [self._leaf(name, *leaves) for leaves in pairs], expand_composites=True)

    @staticmethod
    def _leaf(name: str, main: Any, other: Any) -> Any:
        if not (_is_value(main) and _is_value(other)):
            if main is other or (type(main) is type(other) and main == other):
                return main
            raise TypeError(f"'{name}' is {main!r} in the main branch, but {other!r} in the else branch: only tensors can differ")
        first, second = _tensor(main).dtype, _tensor(other).dtype
        if first != second:
            raise TypeError(f"'{name}' has dtype {first.name} in the main branch, but dtype {second.name} in the else branch")
        return _PLACE

    def merged(self, results: Sequence[Any]) -> list[Any]:
        """The variables after the statement."""
        given = iter(results)
        merged: list[Any] = []
        for main, value in zip(self._ends, self._merged):
            count = sum(map(_is_value, nest.flatten(main, expand_composites=True)))
            own = iter([next(given) for _ in range(count)])
            leaves = [next(own) if leaf is _PLACE else leaf for leaf in nest.flatten(value, expand_composites=True)]
            merged.append(nest.pack_sequence_as(value, leaves, expand_composites=True))
        return merged


def _traced(value: Any) -> Any:
    """A variable, an array as traced functions have it."""
    return value._tf_traced() if nest.is_composite(value) else value


class _Place:
    """Where a tensor stands."""


_PLACE = _Place()


def _all_values(value: Any) -> bool:
    return all(map(_is_value, nest.flatten(value)))


class _Like:
    """The type of a tensor that zeros can stand for."""

    def __init__(self, tensor: Any) -> None:
        self.dtype = tensor.dtype
        self.shape = as_shape(None if tensor.shape.rank is None else tensor.shape.as_list())


def _spec(leaf: Any) -> _Like:
    return _Like(_tensor(leaf))


def _zeros(like: Any) -> Any:
    """Zeros for each type; extents that are not known are none."""
    if not isinstance(like, _Like):
        return nest.map_structure(_zeros, like)
    zeros = find_op("zeros")([extent or 0 for extent in (like.shape.as_list() if like.shape.rank is not None else [])], like.dtype)
    return zeros if like.shape.is_fully_defined() else loosened(zeros, like.shape)


def if_exp(condition: Any, if_true: Callable[[], Any], if_false: Callable[[], Any], expr_repr: str) -> Any:
    """`a if condition else b`."""
    if not is_staged(condition):
        return if_true() if condition else if_false()
    merge = _Merge([expr_repr])
    ran = [lambda: merge.main((if_true(),), list), lambda: merge.orelse((if_false(),))]
    return merge.merged(branch(_condition(condition, "conditional expression"), ran))[0]


# ---------------------------------------------------------------- loops


def while_stmt(
    test: Callable[[], Any],
    body: Callable[[], Any],
    get_state: Callable[[], State],
    set_state: Callable[[State], None],
    symbol_names: tuple[str, ...],
    opts: dict[str, Any],
) -> None:
    """`while`: Python's turns as long as the condition is a Python value, the graph's from where it is a tensor."""

    def now() -> Any:
        return apart(lambda _: _staged_or_value(test())) if is_recording() else test()

    while (goes_on := now()) is not _PLACE:
        if not goes_on:
            return
        body()
    loop = _Loop(get_state, set_state, symbol_names, opts)
    loop.run(lambda _: body(), lambda: _condition(test(), "while loop"), opts.get("maximum_iterations"))


def _staged_or_value(value: Any) -> Any:
    return _PLACE if is_staged(value) else value


def for_stmt(
    iter_: Any,
    extra_test: Callable[[], Any] | None,
    body: Callable[[Any], Any],
    get_state: Callable[[], State],
    set_state: Callable[[State], None],
    symbol_names: tuple[str, ...],
    opts: dict[str, Any],
) -> None:
    """`for`: over a tensor, the graph's turns along its first axis; over anything else, Python's."""
    if not is_staged(iter_):
        _python_for(iter_, extra_test, body, get_state, set_state, symbol_names)
        return
    count, item = _items(iter_)
    if count is None:
        return
    limit = opts.get("maximum_iterations")
    if limit is not None:
        count = find_op("minimum")(count, find_op("cast")(limit, count.dtype))
    goes_on = None if extra_test is None else lambda: _condition(extra_test(), "for loop")
    _Loop(get_state, set_state, symbol_names, opts).run(lambda turn: body(item(turn)), goes_on, count)


def _python_for(
    iter_: Any,
    extra_test: Callable[[], Any] | None,
    body: Callable[[Any], Any],
    get_state: Callable[[], State],
    set_state: Callable[[State], None],
    symbol_names: tuple[str, ...],
) -> None:
    """Python's turns. Once `break` or `return` depends on a tensor, the turns that may be left out are branches."""
    for target in iter_:
        goes_on = True if extra_test is None else extra_test()
        if is_staged(goes_on):
            if_stmt(goes_on, lambda: body(target), lambda: None, get_state, set_state, symbol_names, len(symbol_names))  # noqa: B023
            continue
        if not goes_on:
            return
        body(target)


def _items(iter_: Any) -> tuple[Any, Callable[[Any], Any]]:
    """How many items a tensor has, None where it is known that there are none, and which is the item of a turn."""
    known, (start, limit, delta) = _last.range
    if known is not iter_:
        tensor = _tensor(iter_)
        if tensor.shape.rank == 0:
            raise ValueError(f"cannot iterate over a scalar tensor: {tensor}")
        none = tensor.shape.rank is not None and tensor.shape[0] == 0
        return None if none else find_op("shape")(tensor)[0], lambda turn: tensor[turn]
    dtype, cast = iter_.dtype, find_op("cast")
    if all(isinstance(value, int) for value in (start, limit, delta)):
        count = to_tensor(len(range(start, limit, delta)))
    else:
        count = find_op("maximum")(cast(_turns_between(start, limit, delta, dtype), "int32"), 0)

    def item(turn: Any) -> Any:
        value = cast(turn, dtype)
        value = value if _is_number(delta, 1) else value * cast(delta, dtype)
        return value if _is_number(start, 0) else value + cast(start, dtype)

    return count, item


def _is_number(value: Any, number: int) -> bool:
    return isinstance(value, int) and value == number


def _turns_between(start: Any, limit: Any, delta: Any, dtype: Any) -> Any:
    """How many steps of `delta` lead from `start` up to, not including, `limit`: negative where it lies the other way."""
    cast = find_op("cast")
    length = cast(limit, dtype) if _is_number(start, 0) else cast(limit, dtype) - cast(start, dtype)
    if _is_number(delta, 1) and dtype.is_integer:
        return length
    step = cast(delta, dtype)
    # Rounded up: less what the negative length rounds down to.
    return 0 - (find_op("math.floordiv")(0 - length, step) if dtype.is_integer else find_op("math.floor")((0.0 - length) / step))


class _Loop:
    """A loop of the graph. Its variables are carried from turn to turn as tensors; those that cannot be tensors must stay as they are."""

    def __init__(self, get_state: Callable[[], State], set_state: Callable[[State], None], names: Sequence[str], opts: Any) -> None:
        self._get, self._set, self._names = get_state, set_state, names
        self._entry = get_state()
        given = [(value, shape) for value, shape in opts.get("shape_invariants", ())]
        self._invariants = [next((shape for value, shape in given if value is own), None) for own in self._entry]
        self._unset: list[str] = []
        """The variables that the first turn must give a value."""

    def run(self, turn: Callable[[Any], Any], goes_on: Callable[[], Any] | None, limit: Any) -> None:
        """The loop, with the number of turns counted where there is a limit, or where one turn must be made."""
        self._define(turn)
        self._begin(turn)
        counted = limit is not None or bool(self._unset)
        bound = None if limit is None else _tensor(limit)
        flat = nest.flatten(list(self._entry), expand_composites=True)
        self._carried = [position for position, leaf in enumerate(flat) if _is_value(leaf)]
        initial = [to_tensor(0, None if bound is None else bound.dtype)] if counted else []
        initial += self._loosened([_tensor(flat[position]) for position in self._carried])

        def more(carried: list[Any]) -> Any:
            inside = None if bound is None else carried[0] < bound
            if goes_on is None:
                return inside
            self._set(self._state(carried[counted:]))
            return goes_on() if inside is None else find_op("math.logical_and")(inside, goes_on())

        def step(carried: list[Any]) -> list[Any]:
            before = self._state(carried[counted:])
            self._set(before)
            turn(carried[0] if counted else None)
            after = self._leaves_after(before, self._get())
            return [carried[0] + 1, *after] if counted else after

        results = turns(initial, more, step)
        if self._unset:
            check(results[0] > 0, f"loop must iterate at least once to initialize {', '.join(self._unset)}")
        self._set(self._state(results[counted:]))

    def _state(self, carried: Sequence[Any]) -> State:
        flat = nest.flatten(list(self._entry), expand_composites=True)
        for position, tensor in zip(self._carried, carried):
            flat[position] = tensor
        return tuple(nest.pack_sequence_as(list(self._entry), flat, expand_composites=True))

    def _begin(self, turn: Callable[[Any], Any]) -> None:
        """Gives arrays room for the elements that a turn writes."""

        def turned(state: list[Any]) -> list[Any]:
            self._set(tuple(state))
            turn(to_tensor(0))
            return list(self._get())

        try:
            self._entry = tuple(begun([_traced(value) for value in self._entry], turned))
        finally:
            self._set(self._entry)

    # -------------------------------------------------------- variables without a value

    def _define(self, turn: Callable[[Any], Any]) -> None:
        """Gives variables that have no value yet zeros of the type that a first turn gives them."""
        unset = [value is None or isinstance(value, (Undefined, UndefinedReturnValue)) for value in self._entry]
        if not any(unset):
            return
        likes, failure = self._after_one_turn(turn)
        entry = list(self._entry)
        for index, (name, value) in enumerate(zip(self._names, self._entry)):
            if not unset[index]:
                continue
            if likes[index] is not None:
                entry[index] = _zeros(likes[index])
                self._invariants[index] = self._invariants[index] or _open_shape(likes[index])
                if not isinstance(value, UndefinedReturnValue):
                    self._unset.append(name)
            elif isinstance(value, Undefined):
                raise ValueError(f"'{name}' must be defined before the loop{failure}")
            elif failure and value is None:
                raise ValueError(f"'{name}' is not allowed to be None before the loop{failure}")
        self._entry = tuple(entry)

    def _after_one_turn(self, turn: Callable[[Any], Any]) -> tuple[list[Any], str]:
        """What a turn makes of the variables, or why it fails."""
        start = tuple(nest.map_structure(lambda leaf: _tensor(leaf) if _is_value(leaf) else leaf, value) for value in self._entry)

        def once(counter: Any) -> list[Any]:
            self._set(start)
            turn(counter)
            return _Merge.likes(self._get())

        try:
            return apart(once), ""
        except (KeyError, TypeError, UnboundLocalError, ValueError) as error:
            why = f"\nNote: AutoGraph tried to define it automatically, but ran into a {type(error).__name__}: {error}"
            return [None] * len(self._entry), why
        finally:
            self._set(self._entry)

    # -------------------------------------------------------- types

    def _loosened(self, tensors: list[Any]) -> list[Any]:
        """The first values, of which no more is known than the shape invariants say."""
        owners = self._owners()
        for index, owner in enumerate(owners):
            invariant = self._invariants[owner]
            if invariant is None:
                continue
            shape = as_shape(invariant)
            if not _narrower(shape, tensors[index].shape):
                raise ValueError(
                    f"'{self._names[owner]}' has shape {tensors[index].shape} before the loop, which does not conform with the shape "
                    f"invariant {shape}."
                )
            tensors[index] = loosened(tensors[index], shape)
        return tensors

    def _owners(self) -> list[int]:
        """The number of the variable that each carried leaf belongs to."""
        owners = [index for index, value in enumerate(self._entry) for _ in nest.flatten(value, expand_composites=True)]
        return [owners[position] for position in self._carried]

    def _leaves_after(self, before: State, after: State) -> list[Any]:
        leaves: list[Any] = []
        for index, (name, old, new) in enumerate(zip(self._names, before, after)):
            if new is None and old is not None:
                raise ValueError(f"'{name}' is None at the end of the iteration.")
            try:
                nest.assert_same_structure(old, new)
            except (TypeError, ValueError) as error:
                raise TypeError(f"'{name}' does not have the same nested structure after one iteration.\n\n{error}") from None
            same_leaves(old, new, "a turn of a loop", "before it")
            for one, other in zip(nest.flatten(old, expand_composites=True), nest.flatten(new, expand_composites=True)):
                if _is_value(one):
                    leaves.append(self._kept(name, one, other, self._invariants[index]))
                elif one is not other and not (type(one) is type(other) and one == other):
                    raise TypeError(f"'{name}' is {one!r} before the loop, but {other!r} after one iteration: only tensors can change")
        return leaves

    @staticmethod
    def _kept(name: str, before: Any, after: Any, invariant: Any) -> Any:
        """A loop variable after a turn: of the dtype and shape it had before."""
        if not _is_value(after):
            raise TypeError(f"'{name}' is a tensor before the loop, but {after!r} after one iteration")
        tensor = _tensor(after)
        if before.dtype != tensor.dtype:
            raise TypeError(
                f"'{name}' has dtype {before.dtype.name} before the loop, but dtype {tensor.dtype.name} after one iteration"
            )
        if _narrower(before.shape, tensor.shape):
            return tensor
        if invariant is None:
            raise ValueError(
                f"'{name}' has shape {_shown(before.shape)} before the loop, but shape {_shown(tensor.shape)} after one iteration. Use "
                "tf.autograph.experimental.set_loop_options to set shape invariants."
            )
        raise ValueError(
            f"'{name}' has shape {_shown(tensor.shape)} after one iteration, which does not conform with the shape invariant "
            f"{before.shape}."
        )


def _open_shape(like: Any) -> TensorShape | None:
    return like.shape if isinstance(like, _Like) and not like.shape.is_fully_defined() else None


def _shown(shape: TensorShape) -> str:
    return "<unknown>" if shape.rank is None else str(shape)


# ---------------------------------------------------------------- logic


def not_(value: Any) -> Any:
    """`not`."""
    if not is_staged(value):
        return not value
    result = find_op("math.logical_not")(_tensor(value))
    _last.denied = (result, value)
    return result


def and_(a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """`a and b`: b is computed where a holds."""
    first = a()
    if not is_staged(first):
        return first and b()
    return cond(first, b, lambda: first)


def or_(a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """`a or b`: b is computed where a does not hold."""
    first = a()
    if not is_staged(first):
        return first or b()
    return cond(first, lambda: first, b)


def assert_stmt(condition: Any, message: Callable[[], Any]) -> None:
    """`assert`: over a tensor, checked when the graph runs."""
    if is_staged(condition):
        check(condition, str(message() or "Assertion error"))
    elif (text := None if condition else message()) is not None:
        raise AssertionError(text)
    elif not condition:
        raise AssertionError


def check(condition: Any, message: str) -> None:
    """Fails where the tensor does not hold when the graph runs. Native code checks nothing, as TensorFlow's does not."""
    from . import _function

    if any(open_._function._jit for open_ in _function._stack()):
        return

    def verify(holds: Any) -> None:
        if not np.all(holds):
            raise ValueError(f"assertion failed: [{message}]")

    host_call(verify, [_tensor(condition)], [], [], True, "Assert", "assert", False)


# ---------------------------------------------------------------- builtins


def _package() -> Any:
    """The package itself, whose names `range` and the like are TensorFlow's."""
    return sys.modules["brolga"]


def noted(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A call as it is; of `tf.range` it is remembered what it counts: a loop over it needs no tensor."""
    result = f(*args, **kwargs)
    if f is getattr(_package(), "range", None) and is_recording():
        names = ("start", "limit", "delta")
        given = {**dict(zip(names, args)), **{name: kwargs[name] for name in names if kwargs.get(name) is not None}}
        first, last = (0, given["start"]) if given.get("limit") is None else (given["start"], given["limit"])
        _last.range = (result, (first, last, given.get("delta", 1)))
    return result


def _len(value: Any) -> Any:
    """`len`: the first extent, as a Python number where it is known."""
    if not is_staged(value):
        return len(value)
    shape = value.shape
    if shape.rank == 0:
        raise ValueError(f"len requires a non-scalar tensor, got one of shape {shape}")
    known = None if shape.rank is None else shape[0]
    return find_op("shape")(_tensor(value))[0] if known is None else known


def _range(*args: Any) -> Any:
    return noted(_package().range, args, {}) if any(map(is_staged, args)) else range(*args)


def _float(*args: Any) -> Any:
    return find_op("cast")(_tensor(args[0]), "float32") if args and is_staged(args[0]) else float(*args)


def _int(*args: Any, **kwargs: Any) -> Any:
    return find_op("cast")(_tensor(args[0]), "int32") if args and is_staged(args[0]) else int(*args, **kwargs)


def _extreme(python: Callable[..., Any], reduce: str, pair: str) -> Callable[..., Any]:
    """`max` and `min`: of a vector, or of several scalars."""

    def of(*args: Any, **kwargs: Any) -> Any:
        if kwargs or not any(map(is_staged, args)):
            return python(*args, **kwargs)
        if any(_tensor(value).shape.rank not in ((1, None) if len(args) == 1 else (0, None)) for value in args):
            raise ValueError(f"`{python.__name__}` takes one tensor of rank 1, or several of rank 0")
        if len(args) == 1:
            return find_op(reduce)(_tensor(args[0]))
        result = args[0]
        for value in args[1:]:
            result = find_op(pair)(result, value)
        return result

    return of


def _reduced(python: Callable[..., Any], name: str) -> Callable[..., Any]:
    def of(values: Any) -> Any:
        return find_op(name)(_tensor(values)) if is_staged(values) else python(values)

    return of


def _sorted(values: Any, **kwargs: Any) -> Any:
    if not is_staged(values) or kwargs.get("key") is not None:
        return sorted(values, **kwargs)
    return find_op("sort")(_tensor(values), direction="DESCENDING" if kwargs.get("reverse") else "ASCENDING")


BUILTINS: dict[Any, Callable[..., Any]] = {
    all: _reduced(all, "math.reduce_all"),
    any: _reduced(any, "math.reduce_any"),
    float: _float,
    int: _int,
    len: _len,
    max: _extreme(max, "math.reduce_max", "math.maximum"),
    min: _extreme(min, "math.reduce_min", "math.minimum"),
    range: _range,
    sorted: _sorted,
}
"""What stands for the builtins inside converted code."""
