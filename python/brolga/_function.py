"""`tf.function`: Python traced into graphs, once for each signature."""

from __future__ import annotations

import functools
import inspect
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, overload

import numpy as np

from . import _nest as nest
from ._core import Concrete, Tensor, Traces, clustering, is_recording, set_clustering, to_tensor, trace_function
from ._dtypes import DType
from ._shape import TensorShape, as_shape
from ._spec import TensorSpec

_state = threading.local()
_eagerly = False
"""Whether functions run as plain Python, as `config.run_functions_eagerly` said."""


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Makes every `tf.function` run as plain Python, for debugging; its callbacks too."""
    global _eagerly
    _eagerly = bool(run_eagerly)
    for function in list(_all):
        function._clear()
        function._concrete.clear()


def functions_run_eagerly() -> bool:
    """Whether `run_functions_eagerly(True)` was said."""
    return _eagerly


def set_jit(enabled: bool | str) -> None:
    """With "autoclustering", compiles what lies between callbacks in every `tf.function` without `jit_compile=True`.

    Functions give the same results and errors as before. "" (or False) turns it off; True is an old spelling of "autoclustering".
    """
    if enabled not in (True, False, "autoclustering", ""):
        raise ValueError(f'`enabled` must be "autoclustering", True, False or "", got {enabled!r}')
    set_clustering(enabled in (True, "autoclustering"))


def get_jit() -> str:
    """What `set_jit` said: "autoclustering" or ""."""
    return "autoclustering" if clustering() else ""


_all: weakref.WeakSet[Function] = weakref.WeakSet()


class Function(Traces):
    """A Python function that runs as a graph. Made by `tf.function`.

    Called with tensors or arrays, it runs the graph that was traced for their dtypes and shapes; with other Python values, for
    just these values. `jit_compile=True` runs graphs as native code, and refuses those that must call the host.
    """

    input_signature: tuple[Any, ...] | None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        return super().__new__(cls)

    def __init__(
        self,
        func: Callable[..., Any],
        name: str | None = None,
        input_signature: Sequence[Any] | None = None,
        autograph: bool = True,
        jit_compile: bool | None = None,
        reduce_retracing: bool = False,
    ) -> None:
        if not callable(func):
            raise TypeError(f"tf.function needs a callable, got {func!r} of type {type(func)}")
        if isinstance(jit_compile, str):
            raise ValueError(
                f"`jit_compile` must be True, False or None, got {jit_compile!r}.\n  help: True compiles the whole function or refuses it; "
                'tf.config.optimizer.set_jit("autoclustering") compiles the parts between callbacks of all others'
            )
        self.python_function = func
        self._name: str = name or getattr(func, "__name__", None) or type(func).__name__
        self._signature = _signature_of(func)
        self._jit = bool(jit_compile)
        self._autograph = autograph
        self._reduce_retracing = reduce_retracing
        self._traced = 0
        self._concrete: dict[Any, _Traced] = {}
        self._instance: Callable[[], Any] = lambda: None
        self._lock = threading.RLock()
        self._body: Callable[..., Any] | None = None
        self.input_signature = None if input_signature is None else _checked(func, self._signature, input_signature)
        functools.update_wrapper(self, func, updated=())
        _all.add(self)

    @property
    def name(self) -> str:
        """The name of the function."""
        return self._name

    @property
    def function_spec(self) -> inspect.Signature | None:
        """The Python signature."""
        return self._signature

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        kept = _methods_of(instance)
        bound = kept.get(self)
        if bound is None or bound._instance() is not instance:
            bound = self._bound_to(instance)
            kept[self] = bound
        return bound

    def _bound_to(self, instance: Any) -> Function:
        """The method of one object."""
        reference = _weak(instance)
        method = functools.partial(_on_instance, self.python_function, reference)
        functools.update_wrapper(method, self.python_function)
        method.__signature__ = _without_self(self._signature)  # type: ignore[attr-defined]
        bound = Function(method, self._name, self._spec_argument(), self._autograph, self._jit, self._reduce_retracing)
        bound._unbound_source = self.python_function  # type: ignore[attr-defined]
        bound._instance = reference
        return bound

    def _spec_argument(self) -> Sequence[Any] | None:
        return self.input_signature

    # ---------------------------------------------------------------- calls

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What no traced function was found for: the general way."""
        if _eagerly:
            return self.python_function(*args, **kwargs)
        leaves, key, structure = self._bind(args, kwargs)
        traced = self._found(key)
        if traced is None:
            with self._lock:
                traced = self._found(key) or self._trace(key, leaves, structure, args, kwargs)
        elif not traced.remembered and traced.concrete.closed:
            # It was traced by another way than a plain call.
            self._remember(traced, traced.specs, args, kwargs, leaves)
        return traced.call([leaf for leaf in leaves if isinstance(leaf, Tensor)])

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], Any, Any]:
        """The arguments as leaves (tensors, or Python values), the key of their trace, and their structure."""
        try:
            values = self._arguments(args, kwargs)
        except TypeError as error:
            if self.input_signature is None:
                raise
            raise TypeError(self._failure(str(error), args, kwargs)) from None
        if self.input_signature is not None:
            values = self._fitted(values, args, kwargs)
        leaves = [_leaf(leaf) for leaf in nest.flatten(values)]
        return leaves, self._key_of(leaves, values), values

    def _key_of(self, leaves: list[Any], values: Any) -> Any:
        if self.input_signature is not None:
            return ("signature", tuple(_key(leaf) for leaf in leaves if not isinstance(leaf, Tensor | _Symbol)))
        return tuple(map(_key, leaves)), _skeleton(values)

    def _found(self, key: Any) -> _Traced | None:
        traced = self._concrete.get(key)
        if traced is None and (context := _context()) is not None:
            traced = context.local.get((id(self), key))
        return traced

    def _arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Positional and keyword arguments in the order of the parameters, defaults filled in."""
        if self._signature is None:
            return [list(args), dict(kwargs)]
        bound = self._signature.bind(*args, **kwargs)
        if self.input_signature is None or len(bound.arguments) < len(self._signature.parameters):
            bound.apply_defaults()
        return [list(bound.args), dict(bound.kwargs)]

    def _fitted(self, values: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The arguments as tensors of the specs; Python values and arrays are converted, tensors are not."""
        positional, named = values
        names = list(self._signature.parameters) if self._signature else []
        given = list(positional)
        for name in names[len(given) :]:
            if name in named:
                given.append(named[name])
        specs = self.input_signature or ()
        if len(given) > len(specs):
            rest = given[len(specs) :]
            given = given[: len(specs)]
        else:
            rest = []
        try:
            fitted = _as_specs(list(specs), given)
        except (TypeError, ValueError) as error:
            raise TypeError(self._failure(str(error), args, kwargs)) from None
        return [[*fitted, *rest], {}]

    def _failure(self, why: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        names = list(self._signature.parameters) if self._signature else []
        specs = ", ".join(f"{name}: {spec!r}" for name, spec in zip(names, self.input_signature or ()))
        return (
            f"Binding inputs to tf.function failed due to `{why}`. Received args: {args} and kwargs: {kwargs} "
            f"for signature: ({specs})."
        )

    # ---------------------------------------------------------------- traces

    def _trace(self, key: Any, leaves: list[Any], structure: Any, args: Any, kwargs: Any) -> _Traced:
        specs, generalised = self._specs(leaves, structure)
        traced = self._traced_for(specs, leaves, structure)
        context = _context()
        if context is not None and not traced.concrete.closed:
            # It reads values of the trace around it: it is of no use outside.
            context.local[id(self), key] = traced
            context.keeps.append(self)
            return traced
        self._concrete[key] = traced
        self._remember(traced, specs, args, kwargs, leaves)
        return traced

    def _specs(self, leaves: list[Any], structure: Any) -> tuple[list[TensorSpec], bool]:
        if self.input_signature is not None:
            wanted = nest.flatten(list(self.input_signature))
            return [spec for spec, leaf in zip(wanted, leaves) if isinstance(leaf, Tensor)], False
        own = [TensorSpec(leaf.shape, leaf.dtype) for leaf in leaves if isinstance(leaf, Tensor)]
        if self._reduce_retracing:
            for known in self._concrete.values():
                wider = _wider(known.specs, own)
                if wider is not None:
                    return wider, True
        return own, False

    def _traced_for(self, specs: list[TensorSpec], leaves: list[Any], structure: Any) -> _Traced:
        self._traced += 1
        result: list[Any] = []
        body_function = self._converted()

        def body(tensors: list[Any]) -> list[Any]:
            given = iter(tensors)
            inner = [next(given) if isinstance(leaf, Tensor) else leaf for leaf in leaves]
            positional, named = nest.pack_sequence_as(structure, inner)
            with _tracing(self):
                value = body_function(*positional, **named)
            result.append(nest.map_structure(_returned, value) if value is not None else None)
            return [leaf for leaf in nest.flatten(result[0]) if isinstance(leaf, Tensor)]

        dims = [(spec.dtype, None if spec.shape.rank is None else spec.shape.as_list()) for spec in specs]
        concrete = trace_function(self._name, dims, body, self._jit)
        shape = nest.map_structure(lambda leaf: _HOLE if isinstance(leaf, Tensor) else leaf, result[0])
        return _Traced(concrete, specs, shape, self._name, structure)

    def _converted(self) -> Callable[..., Any]:
        """The function's body, Python's control flow over tensors turned into graphs where AutoGraph is at hand."""
        if self._body is None:
            from ._autograph import convert

            self._body = convert(self.python_function) if self._autograph else self.python_function
        return self._body

    def _remember(self, traced: _Traced, specs: list[TensorSpec], args: Any, kwargs: Any, leaves: list[Any]) -> None:
        """Lets calls with positional tensors and plain values find the trace without coming here."""
        if kwargs or len(args) != len(leaves) or any(nest.is_nested(arg) for arg in args):
            return
        specs = list(specs)
        keys: list[Any] = []
        for leaf in leaves:
            if isinstance(leaf, Tensor):
                spec = specs.pop(0)
                keys.append((spec.dtype, None if spec.shape.rank is None else spec.shape.as_list()))
            else:
                keys.append([leaf])
        if all(_plain(key[0]) for key in keys if isinstance(key, list)):
            traced.remembered = True
            self._add(keys, traced.concrete, traced.packer())

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The function traced for one signature, given as values or as `TensorSpec`s; nothing runs."""
        if self.input_signature is not None and not args and not kwargs:
            args = tuple(self.input_signature)
        values = self._arguments(args, kwargs)
        flat = nest.flatten(values)
        leaves = [_symbol(leaf) if isinstance(leaf, TensorSpec) else _leaf(leaf) for leaf in flat]
        key = self._key_of(leaves, values)
        traced = self._concrete.get(key)
        if traced is None:
            specs = [leaf.spec if isinstance(leaf, _Symbol) else TensorSpec(leaf.shape, leaf.dtype)
                     for leaf in leaves if isinstance(leaf, Tensor | _Symbol)]
            if self.input_signature is not None:
                specs = nest.flatten(list(self.input_signature))
            holes = [_PLACE if isinstance(leaf, _Symbol) else leaf for leaf in leaves]
            with self._lock:
                traced = self._concrete[key] = self._traced_for(specs, holes, values)
        return ConcreteFunction(traced, self)

    def experimental_get_tracing_count(self) -> int:
        """How often the Python function was traced."""
        return self._traced

    # ---------------------------------------------------------------- listings

    def _of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Concrete:
        if not args and not kwargs and self._concrete:
            return next(reversed(self._concrete.values())).concrete
        return self.get_concrete_function(*args, **kwargs)._traced.concrete

    def stablehlo(self, *args: Any, **kwargs: Any) -> str:
        """The graph as StableHLO text: of the last trace, or of the one for these arguments."""
        return self._of(args, kwargs).stablehlo()

    def graph(self, *args: Any, **kwargs: Any) -> str:
        """The graph after all passes, as every runner gets it."""
        return self._of(args, kwargs).prepared()

    def kernels(self, *args: Any, **kwargs: Any) -> str:
        """The loops that native code is made of."""
        return self._of(args, kwargs).listing("kernels")

    def clif(self, *args: Any, **kwargs: Any) -> str:
        """Cranelift's intermediate form."""
        return self._of(args, kwargs).listing("clif")

    def asm(self, *args: Any, **kwargs: Any) -> str:
        """The machine instructions."""
        return self._of(args, kwargs).listing("asm")

    def explain(self, *args: Any, **kwargs: Any) -> str:
        """How it runs: natively or in the interpreter, which nodes must run on the host, and where they were made.

        After `tf.config.optimizer.set_jit("autoclustering")`: its islands of native code, and what lies between them and why.
        """
        concrete = self._of(args, kwargs)
        nodes = concrete.nodes()
        host = [node for node in nodes if node[0] in ("brolga.host_call", "brolga.deferred")]
        if clustering() and not concrete.jit:
            return f"{self._name}: {len(nodes)} nodes, native code between callbacks\n{concrete.islands()}"
        lines = [f"{self._name}: {len(nodes)} nodes, {'native code' if concrete.jit else 'interpreter'}"]
        lines += [f"  {op} `{name}` runs on the host, made at {site}" for op, name, site in host]
        return "\n".join(lines)

    def experimental_get_compiler_ir(self, *args: Any, **kwargs: Any) -> Callable[..., str]:
        """A function of `stage`: `stablehlo`, `hlo` (the graph after all passes), `optimized_hlo` (kernels), `clif`, `asm`."""

        def ir(stage: str = "hlo", **_: Any) -> str:
            stages = {"stablehlo": self.stablehlo, "hlo": self.graph, "optimized_hlo": self.kernels, "clif": self.clif, "asm": self.asm}
            if stage not in stages:
                raise ValueError(f"`stage` is one of {sorted(stages)}, got {stage!r}")
            return stages[stage](*args, **kwargs)

        return ir

    def pretty_printed_concrete_signatures(self, verbose: bool = True) -> str:
        """The signatures it was traced for."""
        return "\n\n".join(traced.describe() for traced in self._concrete.values())

    def __repr__(self) -> str:
        return f"<brolga.Function {self._name}{self._signature or ''}>"


class _Methods(dict[Function, Function]):
    """The traced methods of one object. They stand in the object, so that both go together; copies of it begin anew."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _Methods, ()


def _methods_of(instance: Any) -> dict[Function, Function]:
    own = getattr(instance, "__dict__", None)
    # An object without a dictionary has its methods traced anew each time.
    return _Methods() if own is None else own.setdefault("_tf_methods", _Methods())


class ConcreteFunction:
    """A function traced for one signature."""

    def __init__(self, traced: _Traced, function: Function) -> None:
        self._traced = traced
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = self._function._arguments(args, kwargs)
        leaves = [_leaf(leaf) for leaf in nest.flatten(values)]
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        for position, (tensor, spec) in enumerate(zip(tensors, self._traced.specs)):
            if tensor.dtype != spec.dtype:
                from ._errors import InvalidArgumentError

                raise InvalidArgumentError(
                    None, None,
                    f"cannot compute {self.name} as input #{position}(zero-based) was expected to be a {spec.dtype.name} tensor "
                    f"but is a {tensor.dtype.name} tensor",
                )
        return self._traced.call(tensors)

    @property
    def name(self) -> str:
        """The name of the function."""
        return self._traced.name

    @property
    def structured_input_signature(self) -> Any:
        """The specs of its arguments: positional, then by name."""
        return tuple(self._traced.specs), {}

    @property
    def structured_outputs(self) -> Any:
        """Its result, a `TensorSpec` in place of each tensor."""
        specs = iter(TensorSpec(dims, dtype) for dtype, dims in self._traced.concrete.results())
        return nest.map_structure(lambda leaf: next(specs) if leaf is _HOLE else leaf, self._traced.result)

    @property
    def graph(self) -> str:
        """The graph as StableHLO text."""
        return self._traced.concrete.stablehlo()

    def pretty_printed_signature(self, verbose: bool = True) -> str:
        """The signature it was traced for."""
        return self._traced.describe()

    def __repr__(self) -> str:
        return f"<ConcreteFunction {self._traced.describe()}>"


class _Hole:
    """Where a tensor stands in the structure of a result."""

    def __repr__(self) -> str:
        return "Tensor"


_HOLE = _Hole()


class _Traced:
    """A trace and the structure of its result."""

    single: bool

    def __init__(self, concrete: Concrete, specs: list[TensorSpec], result: Any, name: str, structure: Any) -> None:
        self.concrete = concrete
        self.specs = specs
        self.result = result
        self.name = name
        self.single = result is _HOLE
        self.remembered = False

    def call(self, tensors: list[Any]) -> Any:
        return self.pack(self.concrete.call(tensors))

    def packer(self) -> Callable[[list[Any]], Any] | None:
        """What makes the result of a call of its tensors, as quickly as can be; `None` where it is the one tensor."""
        if self.single:
            return None
        kind = type(self.result)
        flat = kind in (tuple, list) and all(leaf is _HOLE for leaf in self.result)
        return kind if flat else self.pack

    def pack(self, tensors: list[Any]) -> Any:
        if self.single:
            return tensors[0]
        if self.result is None:
            return None
        given = iter(tensors)
        return nest.map_structure(lambda leaf: next(given) if leaf is _HOLE else leaf, self.result)

    def describe(self) -> str:
        specs = ", ".join(map(repr, self.specs))
        return f"{self.name}({specs}) -> {self.result!r}"


class _Symbol:
    def __init__(self, spec: TensorSpec) -> None:
        self.spec = spec


_PLACE = to_tensor(0.0)
"""Stands for a tensor of which only the spec is given."""


def _symbol(spec: TensorSpec) -> _Symbol:
    return _Symbol(spec)


def _leaf(value: Any) -> Any:
    """A tensor for what is one; any other value as it is."""
    if isinstance(value, (Tensor, _Symbol)):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return to_tensor(value)
    return value


def _key(leaf: Any) -> Any:
    """What tells traces apart: dtype and shape of a tensor; the class and value of anything else."""
    if isinstance(leaf, Tensor):
        return (leaf.dtype, _dims(leaf.shape))
    if isinstance(leaf, _Symbol):
        return (leaf.spec.dtype, _dims(leaf.spec.shape))
    try:
        hash(leaf)
    except TypeError:
        return (type(leaf), _Identity(leaf))
    if isinstance(leaf, (float, complex)):
        # -0.0 is equal to 0.0, and a NaN to nothing.
        return (type(leaf), repr(leaf))
    if isinstance(leaf, (bool, int, str, bytes, type(None), DType, TensorShape)):
        return (type(leaf), leaf)
    return (type(leaf), _Identity(leaf))


def _plain(value: Any) -> bool:
    """Whether being equal and of one class makes values the same: zero has two signs."""
    return isinstance(value, (bool, int, str, type(None))) or (isinstance(value, float) and value != 0)


class _Identity:
    """A value compared by being the same object, held weakly where it can be."""

    __slots__ = ("_hash", "_value")

    def __init__(self, value: Any) -> None:
        self._hash = id(value)
        self._value = _weak(value)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self._value() is other._value() and self._hash == other._hash


def _dims(shape: TensorShape) -> Any:
    return None if shape.rank is None else tuple(shape.as_list())


def _skeleton(values: Any) -> Any:
    if isinstance(values, Mapping):
        return (type(values), tuple((key, _skeleton(values[key])) for key in values))
    if nest.is_nested(values):
        return (type(values), tuple(_skeleton(value) for value in values))
    return None


def _weak(value: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(value)
    except TypeError:
        return lambda: value


def _on_instance(function: Callable[..., Any], reference: Callable[[], Any], *args: Any, **kwargs: Any) -> Any:
    instance = reference()
    if instance is None:
        raise ReferenceError("the object whose method this is, is gone")
    return function(instance, *args, **kwargs)


def _without_self(signature: inspect.Signature | None) -> inspect.Signature | None:
    if signature is None:
        return None
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _signature_of(func: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(func)
    except (TypeError, ValueError):
        return None


def _checked(func: Any, signature: inspect.Signature | None, specs: Any) -> tuple[Any, ...]:
    """The input signature, held against the function's parameters."""
    if not isinstance(specs, (list, tuple)):
        raise TypeError(f"input_signature must be either a tuple or a list, got {type(specs)}.")
    wrong = [spec for spec in nest.flatten(list(specs)) if not isinstance(spec, TensorSpec)]
    if wrong:
        kinds = [type(spec) for spec in wrong]
        raise TypeError(
            f"input_signature must be a possibly nested sequence of TensorSpec objects, got invalid args {wrong} with types {kinds}."
        )
    if signature is not None:
        parameters = list(signature.parameters.values())
        takes = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        anything = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        if len(specs) > len(takes) and not anything:
            raise TypeError(f"input_signature contains {len(specs) - len(takes)} extra type constraints.")
        missing = [p.name for p in takes[len(specs) :] if p.default is p.empty]
        if missing:
            raise TypeError(f"input_signature missing type constraint for {missing[0]}")
    return tuple(specs)


def _as_specs(specs: Any, value: Any) -> Any:
    """A structure of arguments as one of tensors; a list where a tensor is asked for becomes one."""
    if isinstance(specs, TensorSpec):
        return _as_spec(specs, value)
    if not nest.is_nested(value) or len(specs) != len(value):
        nest.assert_same_structure(specs, value, check_types=False)
    if isinstance(specs, Mapping):
        if specs.keys() != value.keys():
            nest.assert_same_structure(specs, value, check_types=False)
        return nest.pack_sequence_as(specs, nest.flatten({key: _as_specs(spec, value[key]) for key, spec in specs.items()}))
    fitted = [_as_specs(spec, item) for spec, item in zip(specs, value)]
    return nest.pack_sequence_as(specs, nest.flatten(fitted))


def _as_spec(spec: TensorSpec, value: Any) -> Any:
    """An argument as a tensor of a spec."""
    if not isinstance(value, Tensor):
        value = getattr(value, "_tf_value", lambda: value)()
    if not isinstance(value, Tensor):
        value = to_tensor(_cast(value, spec.dtype), spec.dtype)
    if value.dtype != spec.dtype or not spec.shape.is_compatible_with(value.shape):
        own = TensorSpec(value.shape, value.dtype)
        raise TypeError(f"Can not cast {own!r} to {spec!r}")
    return value


def _cast(value: Any, dtype: DType) -> Any:
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != dtype:
        return np.asarray(value).astype(dtype.as_numpy_dtype)
    if isinstance(value, bool) and dtype is not None and dtype.is_numeric:
        return int(value)
    return value


def _wider(known: list[TensorSpec], own: list[TensorSpec]) -> list[TensorSpec] | None:
    """The specs that take both, where only extents differ."""
    if len(known) != len(own) or any(a.dtype != b.dtype for a, b in zip(known, own)):
        return None
    return [TensorSpec(_common(a.shape, b.shape), a.dtype) for a, b in zip(known, own)]


def _common(a: TensorShape, b: TensorShape) -> TensorShape:
    if a.rank is None or b.rank is None or a.rank != b.rank:
        return as_shape(None)
    return as_shape([x if x == y else None for x, y in zip(a.as_list(), b.as_list())])


def _returned(value: Any) -> Any:
    """A leaf of a function's result: a tensor, or None."""
    if value is None or isinstance(value, Tensor):
        return value
    value = getattr(value, "_tf_value", lambda: value)()
    try:
        return to_tensor(value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "To be compatible with tf.function, Python functions must return zero or more Tensors or ExtensionTypes or None values; "
            f"found return value of type {type(value).__name__}, which is not a Tensor or ExtensionType ({error})."
        ) from None


class _tracing:
    """The function that is being traced on this thread."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self.local: dict[Any, _Traced] = {}
        self.keeps: list[Any] = []

    def __enter__(self) -> None:
        _stack().append(self)

    def __exit__(self, *exception: object) -> None:
        _stack().pop()


def _stack() -> list[_tracing]:
    try:
        return _state.stack  # type: ignore[no-any-return]
    except AttributeError:
        _state.stack = []
        return _state.stack  # type: ignore[no-any-return]


def _context() -> _tracing | None:
    """The trace that is open: functions traced inside may hold its values."""
    return _stack()[-1] if is_recording() and _stack() else None


def is_jit() -> bool:
    """Whether the function being traced, or one around it, is to be native."""
    return any(tracing._function._jit for tracing in _stack())


@overload
def function(
    func: Callable[..., Any],
    input_signature: Sequence[Any] | None = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
) -> Function: ...
@overload
def function(
    func: None = None,
    input_signature: Sequence[Any] | None = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
) -> Callable[[Callable[..., Any]], Function]: ...
def function(
    func: Callable[..., Any] | None = None,
    input_signature: Sequence[Any] | None = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: str | None = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: bool | None = None,
) -> Any:
    """Makes a function run as a graph: `@tf.function`, or `tf.function(func, ...)`.

    - `input_signature`: `TensorSpec`s of the arguments; one trace serves all that fit them.
    - `jit_compile`: True compiles to native code; a graph that must call the host is refused at every call.
    - `reduce_retracing`: later traces leave open the extents in which arguments differed.
    - `autograph`: whether Python's control flow over tensors becomes part of the graph (needs the extra `brolga[autograph]`).
    """
    jit = experimental_compile if jit_compile is None else jit_compile
    relax = reduce_retracing or bool(experimental_relax_shapes)

    def decorated(inner: Callable[..., Any]) -> Function:
        return Function(inner, None, input_signature, autograph, jit, relax)

    return decorated if func is None else decorated(func)


