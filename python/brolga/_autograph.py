"""AutoGraph: Python's control flow over tensors as part of the graph, through the library diastatic-malt where it is installed.

Here stands what costs nothing: whether a function has anything to convert is read off its bytecode, and the library is imported
only for one that has. `_autograph_code` rewrites functions, `_autograph_operators` says what the rewritten statements do.
"""

from __future__ import annotations

import dis
import functools
import importlib.util
import inspect
import os
import sys
import sysconfig
import types
from collections.abc import Callable
from typing import Any

UNSPECIFIED = object()

OVERLOADED = frozenset({abs, all, any, eval, float, globals, int, len, locals, max, min, range, sorted, super})
"""The builtins that mean something else inside converted code."""

TAKING_FUNCTIONS = frozenset(
    {"case", "cond", "foldl", "foldr", "map_fn", "scan", "switch_case", "vectorized_map", "while_loop"}
)
"""What of `tf` calls its arguments while tracing: these are converted too."""

_STAYS = "_brolga_do_not_convert"
_LIBRARIES = frozenset({"PIL", "brolga", "malt", "matplotlib", "ml_dtypes", "numpy", "pandas", "scipy", "tensorflow"})
_STANDARD = sysconfig.get_path("stdlib") + os.sep
_LAZY = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def convert(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its control flow turned over to the graph: itself where it has none, or where the library is missing."""
    from ._function import _on_instance

    if isinstance(function, functools.partial) and function.func is _on_instance:
        method, *rest = function.args
        return functools.partial(_on_instance, convert(method), *rest, **function.keywords)
    if is_plain(function, set()) or not installed():
        return function
    from ._autograph_code import converted_call

    @functools.wraps(function, updated=())
    def converted(*args: Any, **kwargs: Any) -> Any:
        return converted_call(function, args, kwargs)

    return converted


@functools.cache
def installed() -> bool:
    """Whether the library is there."""
    return importlib.util.find_spec("malt") is not None


def stays(function: types.FunctionType) -> bool:
    """Whether a function is never converted: it was said so, it is a generator, or it belongs to a library."""
    code = function.__code__
    if hasattr(function, _STAYS) or code.co_flags & _LAZY:
        return True
    # Not `__module__`: decorators copy it from what they wrap.
    if str(function.__globals__.get("__name__", "")).partition(".")[0] in _LIBRARIES:
        return True
    file = code.co_filename
    return file == "<string>" or (file.startswith(_STANDARD) and "site-packages" not in file)


# ---------------------------------------------------------------- what is plain


_NULL = object()
_UNKNOWN = object()
_CHECKED = object()
"""A function made on the spot: its code is checked where it stands."""
_NEUTRAL = frozenset({"CACHE", "COPY_FREE_VARS", "EXTENDED_ARG", "KW_NAMES", "MAKE_CELL", "NOP", "PRECALL", "RESUME"})
_POPPING = frozenset({"POP_TOP", "STORE_DEREF", "STORE_FAST", "STORE_GLOBAL", "STORE_NAME"})
_LOADING = frozenset({"LOAD_CLASSDEREF", "LOAD_DEREF", "LOAD_GLOBAL", "LOAD_NAME"})
_CALLING = {"CALL": 0, "CALL_KW": 1}
_JUMPING = frozenset({"UNARY_NOT", "CALL_FUNCTION_EX"} | {dis.opname[code] for code in {*dis.hasjrel, *dis.hasjabs}})
_COMPREHENSIONS = frozenset({"<dictcomp>", "<genexpr>", "<listcomp>", "<setcomp>"})
_METHODS = frozenset({"as_list", "assign", "assign_add", "assign_sub", "get_shape", "numpy", "read_value", "ref", "set_shape"})
"""Methods of tensors, variables and shapes: they have nothing to convert."""


def is_plain(function: Any, seen: set[Any]) -> bool:
    """Whether converting a function would change nothing, as far as its bytecode tells: it runs straight on, and so does all it calls."""
    function = getattr(function, "__func__", function)
    if not isinstance(function, types.FunctionType):
        return _is_callable_without_code(function)
    if function in seen or stays(function):
        return True
    seen.add(function)
    names = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    return _runs_straight(function.__code__, lambda name: _named(function, names, name), seen)


def branches(code: types.CodeType) -> bool:
    """Whether code branches or loops anywhere."""
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return any(step.opname in _JUMPING for step in dis.get_instructions(code)) or any(map(branches, inner))


def _is_callable_without_code(value: Any) -> bool:
    """Whether a callable that is no Python function is safe to call as it is: a class, a builtin, something of this package."""
    if isinstance(value, (types.BuiltinFunctionType, type)):
        return value not in OVERLOADED
    return type(value).__module__.partition(".")[0] in _LIBRARIES


def _named(function: types.FunctionType, cells: dict[str, Any], name: str) -> Any:
    if name in cells:
        try:
            return cells[name].cell_contents
        except ValueError:
            return _UNKNOWN
    builtins = function.__globals__.get("__builtins__", {})
    inner = builtins if isinstance(builtins, dict) else vars(builtins)
    return function.__globals__.get(name, inner.get(name, _UNKNOWN))


def _runs_straight(code: types.CodeType, named: Callable[[str], Any], seen: set[Any]) -> bool:
    """Walks bytecode without branches, and keeps what of the stack is known, to see what is called."""
    looping = {"FOR_ITER", "JUMP_BACKWARD"} if code.co_name in _COMPREHENSIONS else set()
    local = {*code.co_varnames, *code.co_cellvars}
    stack: list[Any] = []
    for step in dis.get_instructions(code):
        name = step.opname
        if name in _JUMPING and name not in looping:
            return False
        if isinstance(step.argval, types.CodeType) and not _runs_straight(step.argval, named, seen):
            return False
        if name in _CALLING:
            callee = stack[len(stack) - (step.arg or 0) - 2 - _CALLING[name] :][:2]
            # The function, and itself or a null; before Python 3.13 the null comes first.
            if len(callee) < 2 or not _is_safe(callee[callee[0] is _NULL], seen):
                return False
        _move(stack, step, _UNKNOWN if step.argval in local else named)
    return True


def _move(stack: list[Any], step: dis.Instruction, named: Any) -> None:
    """What an instruction does to the known stack; of what is not told here, the results are unknown."""
    name = step.opname
    if name in _NEUTRAL:
        return
    if name in _CALLING:
        del stack[len(stack) - (step.arg or 0) - 2 - _CALLING[name] :]
        stack.append(_UNKNOWN)
        return
    effect = dis.stack_effect(step.opcode, step.arg, jump=False)
    if name == "PUSH_NULL":
        stack.append(_NULL)
    elif name in _LOADING:
        value = _UNKNOWN if named is _UNKNOWN else named(step.argval)
        # A global that is called comes with a null: below it until Python 3.12, then above.
        nulls = [_NULL] * (effect - 1)
        stack.extend([*nulls, value] if sys.version_info < (3, 13) else [value, *nulls])
    elif name in ("LOAD_ATTR", "LOAD_METHOD"):
        stack[-1:] = [_attribute(stack[-1] if stack else _UNKNOWN, step.argval)] * (1 + effect)
    elif name == "MAKE_FUNCTION":
        stack[len(stack) - 1 + effect :] = [_CHECKED]
    elif effect > 0:
        stack.extend([_UNKNOWN] * effect)
    else:
        del stack[len(stack) + effect :]
        if stack and name not in _POPPING:
            stack[-1] = _UNKNOWN


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, types.ModuleType):
        return getattr(value, name, _UNKNOWN)
    return _CHECKED if name in _METHODS else _UNKNOWN


def _is_safe(value: Any, seen: set[Any]) -> bool:
    """Whether a value can be called without conversion."""
    if value is _CHECKED:
        return True
    if value is _UNKNOWN or getattr(value, "__name__", None) in TAKING_FUNCTIONS:
        return False
    return is_plain(value, seen)


# ---------------------------------------------------------------- tf.autograph


def do_not_convert(func: Callable[..., Any] | None = None) -> Any:
    """Leaves a function as it is: its `if` and `while` are Python's, also where a converted function calls it."""
    if func is None:
        return do_not_convert

    @functools.wraps(func, updated=())
    def unconverted(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    setattr(unconverted, _STAYS, True)
    return unconverted


def set_loop_options(
    parallel_iterations: Any = UNSPECIFIED,
    swap_memory: Any = UNSPECIFIED,
    maximum_iterations: Any = UNSPECIFIED,
    shape_invariants: Any = UNSPECIFIED,
) -> None:
    """Says something of the loop in whose body it is the first statement, where that loop becomes part of a graph.

    - `shape_invariants`: pairs of a loop variable and the shape that it has before and after every turn.
    - `maximum_iterations`: the loop ends after so many turns.
    """


def to_graph(entity: Callable[..., Any], recursive: bool = True, experimental_optional_features: Any = None) -> Callable[..., Any]:
    """The function converted, to be called while a graph is traced. Not `recursive`: what it calls stays as it is."""
    _require()
    from ._autograph_code import converted

    return converted(getattr(entity, "python_function", entity), recursive)


def to_code(entity: Callable[..., Any], recursive: bool = True, experimental_optional_features: Any = None) -> str:
    """The Python text that a function is converted to."""
    _require()
    from ._autograph_code import converted_text

    return converted_text(getattr(entity, "python_function", entity), recursive)


def _require() -> None:
    if not installed():
        raise ImportError("AutoGraph needs the library diastatic-malt: pip install 'brolga[autograph]'")
