"""Converted functions: rewritten by diastatic-malt's transformers, compiled under the user's file and lines.

Imported when a function with control flow is first traced.
"""

from __future__ import annotations

import __future__

import ast
import functools
import linecache
import threading
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any, cast

# isort: split
from malt.converters import (  # type: ignore[import-untyped]
    break_statements,
    call_trees,
    conditional_expressions,
    continue_statements,
    control_flow,
    directives,
    functions,
    logical_expressions,
    return_statements,
    variables,
)
from malt.core import converter, unsupported_features_checker  # type: ignore[import-untyped]
from malt.impl import api  # type: ignore[import-untyped]
from malt.lang import directives as library_directives  # type: ignore[import-untyped]
from malt.operators import py_builtins  # type: ignore[import-untyped]
from malt.operators.variables import Undefined, UndefinedReturnValue, ld, ldu  # type: ignore[import-untyped]
from malt.pyct import anno, cfg, naming, origin_info, parser, qual_names, templates, transformer  # type: ignore[import-untyped]
from malt.pyct import errors as library_errors
from malt.pyct.static_analysis import (  # type: ignore[import-untyped]
    activity,
    liveness,
    reaching_definitions,
    reaching_fndefs,
)

from . import _autograph_operators as operators
from ._autograph import _STAYS, OVERLOADED, TAKING_FUNCTIONS, branches, is_plain, set_loop_options, stays

forget = operators.forget
_lock = threading.RLock()
_FUTURES = functools.reduce(lambda mask, name: mask | getattr(__future__, name).compiler_flag, __future__.all_feature_names, 0)


# ---------------------------------------------------------------- calls


class FunctionScope:
    """What a converted function hands to the calls in it."""

    def __init__(self, function_name: str, scope_name: str, options: Any) -> None:
        self.name = scope_name
        self.recursive = options.recursive

    def __enter__(self) -> FunctionScope:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def ret(self, value: Any, did_return: Any) -> Any:
        """The result of the function, whose every path must return one, or none."""
        if isinstance(value, UndefinedReturnValue):
            return None
        if value is not None and operators.is_staged(did_return):
            raise ValueError(
                "a `return` depends on a tensor, and the function ends without one where it is not taken: "
                "the else branch must also have a return statement."
            )
        return value


def with_function_scope(thunk: Callable[[FunctionScope], Any], scope_name: str, options: Any) -> Any:
    """A lambda's body in its scope."""
    return thunk(FunctionScope("lambda_", scope_name, options))


def converted_call(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None, scope: FunctionScope | None = None) -> Any:
    """A call inside converted code: the function is converted too, if it is one of the user's."""
    kwargs = kwargs or {}
    if isinstance(f, functools.partial):
        return converted_call(f.func, (*f.args, *args), {**f.keywords, **kwargs}, scope)
    if isinstance(f, (types.BuiltinFunctionType, type)):
        if f in OVERLOADED:
            return _builtin(f, args, kwargs, scope)
        return f(*args, **kwargs)
    function, bound = _function_of(f)
    if function is None or hasattr(f, _STAYS):
        return operators.noted(f, args, kwargs)
    if getattr(function, "__module__", None) == "brolga._control" and function.__name__ in TAKING_FUNCTIONS:
        return f(*map(_convertible, args), **{key: _convertible(value) for key, value in kwargs.items()})
    if scope is not None and not scope.recursive or (rewritten := _rewritten(function)) is None:
        return f(*args, **kwargs)
    return rewritten(function)(*bound, *args, **kwargs)


def _function_of(f: Any) -> tuple[types.FunctionType | None, tuple[Any, ...]]:
    """The Python function behind a callable, and the arguments it comes with."""
    if isinstance(f, types.FunctionType):
        return f, ()
    if isinstance(f, types.MethodType):
        return (f.__func__, (f.__self__,)) if isinstance(f.__func__, types.FunctionType) else (None, ())
    call = getattr(type(f), "__call__", None)
    return (call, (f,)) if isinstance(call, types.FunctionType) else (None, ())


def _builtin(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], scope: FunctionScope | None) -> Any:
    if scope is not None and f is eval:
        return py_builtins.eval_in_original_context(f, args, scope)
    if scope is not None and f is super:
        return py_builtins.super_in_original_context(f, args, scope)
    if scope is not None and f is globals:
        return py_builtins.globals_in_original_context(scope)
    if scope is not None and f is locals:
        return py_builtins.locals_in_original_context(scope)
    builtins: dict[Any, Any] = operators.BUILTINS
    return builtins.get(f, f)(*args, **kwargs)


def _convertible(value: Any) -> Any:
    """A function that `tf` is given to call, such that its body is converted."""
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(map(_convertible, value))
    if isinstance(value, dict):
        return {key: _convertible(inner) for key, inner in value.items()}
    if not isinstance(value, (types.FunctionType, types.MethodType, functools.partial)) or is_plain(value, set()):
        return value
    return lambda *args, **kwargs: converted_call(value, args, kwargs)


# ---------------------------------------------------------------- functions


class _Rewritten:
    """A function's code, rewritten; functions of the same code share it."""

    def __init__(self, code: types.CodeType, text: str) -> None:
        self._code = code
        self.text = text

    def __call__(self, function: types.FunctionType) -> types.FunctionType:
        """The function with this code: its globals, closure and defaults are the original's."""
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        cells["ag__"] = types.CellType(_NAMESPACE)
        closure = tuple(cells[name] for name in self._code.co_freevars)
        made = types.FunctionType(self._code, function.__globals__, function.__name__, function.__defaults__, closure)
        made.__kwdefaults__ = function.__kwdefaults__
        return made


_known: dict[tuple[int, bool], tuple[weakref.ref[types.CodeType], _Rewritten | None]] = {}


def _rewritten(function: types.FunctionType) -> _Rewritten | None:
    """The function's rewritten code; None where it stays as it is."""
    found = _known.get((id(function.__code__), True))
    if found is not None and not hasattr(function, _STAYS):
        return found[1]
    if stays(function):
        return None
    try:
        return _known_or_made(function, True)
    except Exception as error:
        _keep(function.__code__, True, None)
        # Where nothing can be read and nothing branches, nothing is missed.
        if branches(function.__code__) or not isinstance(error, library_errors.InaccessibleSourceCodeError):
            warnings.warn(
                f"AutoGraph could not transform {function} and will run it as-is.\nCause: {error}\n"
                "To silence this warning, decorate the function with @tf.autograph.experimental.do_not_convert",
                stacklevel=3,
            )
        return None


def _known_or_made(function: types.FunctionType, recursive: bool) -> _Rewritten | None:
    with _lock:
        found = _known.get((id(function.__code__), recursive))
        if found is None:
            return _keep(function.__code__, recursive, _rewrite(function, recursive))
        return found[1]


def _keep(code: types.CodeType, recursive: bool, rewritten: _Rewritten | None) -> _Rewritten | None:
    key = (id(code), recursive)
    _known[key] = (weakref.ref(code, lambda _: _known.pop(key, None)), rewritten)
    return rewritten


def _rewrite(function: types.FunctionType, recursive: bool) -> _Rewritten:
    none: Any = ()
    options = converter.ConversionOptions(recursive=recursive, optional_features=none)
    node, context = _Transpiler().rewrite(function, converter.ProgramContext(options=options))
    text = parser.unparse(node, include_encoding_marker=False)
    if isinstance(node, ast.Lambda):
        node = ast.Assign(targets=[ast.Name(context.info.name, ctx=ast.Store())], value=node)
        text = f"{context.info.name} = {text}"
    return _Rewritten(_compiled(function, node), text)


def _compiled(function: types.FunctionType, node: ast.stmt) -> types.CodeType:
    """The code of a function in the place of the original's: the same free names, the same file, the same lines."""
    free = "".join(f" {name} = None\n" for name in function.__code__.co_freevars)
    module = ast.parse(f"def ag__outer():\n{free} def ag__inner(ag__):\n  pass\n return ag__inner\n")
    outer = cast(ast.FunctionDef, module.body[0])
    cast(ast.FunctionDef, outer.body[-2]).body.insert(0, node)
    original = function.__code__
    _place(node, original.co_firstlineno)
    node.lineno = original.co_firstlineno
    flags = original.co_flags & _FUTURES
    code: types.CodeType = compile(module, original.co_filename, "exec", flags=flags, dont_inherit=True)
    for _ in range(3):
        code = next(constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return code.replace(co_name=original.co_name, co_qualname=original.co_qualname)


def _place(node: ast.AST, line: int) -> None:
    """Gives every node the line of the user's file it was made of: its own, else that of the first node in it, else its parent's."""
    line = next(_lines(node), line)
    if "lineno" in node._attributes:
        # No columns: those of the generated text mean nothing.
        node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
        node.col_offset = node.end_col_offset = -1  # type: ignore[attr-defined]
    for child in ast.iter_child_nodes(node):
        _place(child, line)


def _lines(node: ast.AST) -> Iterator[int]:
    for inner in ast.walk(node):
        origin: Any = anno.getanno(inner, anno.Basic.ORIGIN, default=None)
        # Nodes without a place, `Load` and `Add`, are shared by all trees, with what was noted on them elsewhere.
        if origin is not None and "lineno" in inner._attributes:
            yield origin.loc.lineno


class _Asserts(converter.Base):  # type: ignore[misc]
    """`assert` as a call, whatever its message is."""

    def visit_Assert(self, node: ast.Assert) -> Any:
        self.generic_visit(node)
        message = node.msg if node.msg is not None else ast.Constant(None)
        made = templates.replace("ag__.assert_stmt(test, lambda: msg)", test=node.test, msg=message)
        origin_info.copy_origin(node, made)
        return made


class _Directives(directives.DirectivesTransformer):  # type: ignore[misc]
    """Knows this package's `set_loop_options`."""

    def visit_Name(self, node: ast.Name) -> Any:
        return self._known(super().visit_Name(node))

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        return self._known(super().visit_Attribute(node))

    def _known(self, node: ast.AST) -> ast.AST:
        if anno.getanno(node, directives.STATIC_VALUE, default=None) is set_loop_options:
            anno.setanno(node, directives.STATIC_VALUE, library_directives.set_loop_options)
        return node


class _Conditionals(conditional_expressions.ConditionalExpressionTransformer):  # type: ignore[misc]
    """Conditional expressions, also those inside of others."""

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        inner: Any = self.generic_visit(node)
        return super().visit_IfExp(inner)

    @classmethod
    def transform(cls, node: ast.AST, ctx: Any) -> ast.AST:
        """The rewriting."""
        return cast(ast.AST, cls(ctx).visit(node))


class _ControlFlow(control_flow.ControlFlowTransformer):  # type: ignore[misc]
    """Statements that assign globals keep doing so, also where nothing after them reads what they assign."""

    def _get_block_basic_vars(self, modified: Any, live_in: Any, live_out: Any) -> frozenset[Any]:
        assigned = {name for name in modified if name in self.state[control_flow._Function].scope.globals}
        return frozenset(super()._get_block_basic_vars(modified, live_in, live_out) | assigned)

    @classmethod
    def transform(cls, node: ast.AST, ctx: Any) -> ast.AST:
        """The analyses that it needs, then the rewriting."""
        graphs = cfg.build(node)
        tree: Any = activity.resolve(qual_names.resolve(node), ctx, None)
        for analysis in (reaching_definitions, reaching_fndefs, liveness):
            tree = analysis.resolve(tree, ctx, graphs)
        return cast(ast.AST, cls(ctx).visit(tree))


class _Transpiler(api.PyToPy):  # type: ignore[misc]
    """The library's transformers in its order, on a function's syntax tree."""

    def rewrite(self, function: types.FunctionType, program: Any) -> tuple[Any, Any]:
        """The function's tree, rewritten, and what it was rewritten with."""
        code = function.__code__
        node, source, first = _parsed_lambda(function) if code.co_name == "<lambda>" else _parsed(function)
        origin_info.OriginResolver(node, source.split("\n"), {}, first, 0, code.co_filename).visit(node)
        namespace = _namespace_of(function)
        namer = naming.Namer(namespace)
        name = namer.new_symbol(self.get_transformed_name(node), ())
        info = transformer.EntityInfo(
            name=name, source_code=source, source_file=code.co_filename, future_features=(), namespace=namespace
        )
        context = transformer.Context(info, namer, program)
        node = self.transform_ast(_bare(self._erase_arg_defaults(node)), context)
        if isinstance(node, ast.FunctionDef):
            node.name = name
        return node, context

    def transform_ast(self, node: ast.AST, ctx: Any) -> ast.AST:
        """Every rewriting, one after the other."""
        unsupported_features_checker.verify(node)
        tree: Any = self.initial_analysis(node, ctx)
        tree = functions.transform(tree, ctx)
        tree = _Directives(ctx).visit(tree)
        tree = break_statements.transform(tree, ctx)
        tree = _Asserts(ctx).visit(tree)
        tree = continue_statements.transform(tree, ctx)
        for step in (
            return_statements,
            call_trees,
            _ControlFlow,
            _Conditionals,
            logical_expressions,
            variables,
        ):
            tree = step.transform(tree, ctx)
        return cast(ast.AST, tree)


def _parsed(function: types.FunctionType) -> tuple[ast.AST, str, int]:
    """A function's tree, its text, and the line of the file that it begins in."""
    node, source = parser.parse_entity(function, future_features=())
    return node, source, function.__code__.co_firstlineno


def _parsed_lambda(function: types.FunctionType) -> tuple[ast.AST, str, int]:
    """As `_parsed`, of the innermost lambda in the file around all that its code says of places: others may stand in its line."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        raise library_errors.InaccessibleSourceCodeError(f"no source for {code.co_filename}")
    source = "".join(lines)
    places = [(line, column) for line, _, column, _ in code.co_positions() if line is not None and column]
    first, last = min(places, default=(0, 0)), max(places, default=(0, 0))

    def holds(node: ast.AST) -> bool:
        return isinstance(node, ast.Lambda) and _begin(node) <= first and last <= _end(node)

    found = [node for node in ast.walk(ast.parse(source)) if holds(node)]
    if not found:
        raise library_errors.UnsupportedLanguageElementError("the lambda is not where its code says")
    node = max(found, key=_begin)
    return node, source, node.lineno  # type: ignore[attr-defined]


def _begin(node: Any) -> tuple[int, int]:
    return node.body.lineno, node.body.col_offset


def _end(node: Any) -> tuple[int, int]:
    return node.body.end_lineno, node.body.end_col_offset


def _bare(node: Any) -> Any:
    """Without annotations: they would be evaluated again."""
    arguments = node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None:
            argument.annotation = None
    if isinstance(node, ast.FunctionDef):
        node.returns = None
    return node


def _namespace_of(function: types.FunctionType) -> dict[str, Any]:
    namespace = dict(function.__globals__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            namespace[name] = cell.cell_contents
        except ValueError:
            # Not bound yet.
            pass
    return namespace


# ---------------------------------------------------------------- tf.autograph


def _original(entity: Callable[..., Any]) -> types.FunctionType:
    function = getattr(entity, "__func__", entity)
    if not isinstance(function, types.FunctionType):
        raise ValueError(f"Cannot apply autograph to a function that doesn't expose a __code__ object: {entity!r}")
    return function


def converted(entity: Callable[..., Any], recursive: bool) -> Callable[..., Any]:
    """`tf.autograph.to_graph`."""
    function = _original(entity)
    rewritten = _known_or_made(function, recursive) or _rewrite(function, recursive)
    made = rewritten(function)
    setattr(made, _STAYS, True)
    return made


def converted_text(entity: Callable[..., Any], recursive: bool) -> str:
    """`tf.autograph.to_code`."""
    function = _original(entity)
    return (_known_or_made(function, recursive) or _rewrite(function, recursive)).text


def _artifact(function: Any) -> Any:
    """Marks a function that stands in converted code: it is converted with it."""
    try:
        setattr(function, _STAYS, True)
    except AttributeError:
        pass
    return function


_NAMESPACE = types.SimpleNamespace(
    ConversionOptions=converter.ConversionOptions,
    Feature=converter.Feature,
    FunctionScope=FunctionScope,
    STD=converter.STANDARD_OPTIONS,
    Undefined=Undefined,
    UndefinedReturnValue=UndefinedReturnValue,
    and_=operators.and_,
    assert_stmt=operators.assert_stmt,
    autograph_artifact=_artifact,
    converted_call=converted_call,
    for_stmt=operators.for_stmt,
    if_exp=operators.if_exp,
    if_stmt=operators.if_stmt,
    ld=ld,
    ldu=ldu,
    not_=operators.not_,
    or_=operators.or_,
    while_stmt=operators.while_stmt,
    with_function_scope=with_function_scope,
)
"""What rewritten code calls `ag__`."""
