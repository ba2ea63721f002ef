"""`tf.Variable`: a tensor that can be assigned."""

from __future__ import annotations

import itertools
import threading
import weakref
from typing import TYPE_CHECKING, Any, Self

from ._core import Tensor, VariableCore, is_recording, to_tensor
from ._parts import Parts
from ._shape import TensorShape, as_shape

_numbers: dict[str, itertools.count[int]] = {}
_lock = threading.Lock()
_all: weakref.WeakValueDictionary[int, Variable] = weakref.WeakValueDictionary()
"""Every variable, by number."""


class Variable(VariableCore, Parts):
    """A tensor that can be assigned. Functions that use one read what it holds when they run, in the order of the program.

    `shape` may leave extents open; then tensors of any fitting shape can be assigned.
    """

    def __new__(cls, initial_value: Any = None, *args: Any, **kwargs: Any) -> Self:
        dtype, shape = kwargs.get("dtype"), kwargs.get("shape")
        value = initial_value() if callable(initial_value) else initial_value
        if value is None:
            raise ValueError("`initial_value` must not be None")
        tensor = to_tensor(value, dtype)
        known = tensor.shape if shape is None else as_shape(shape)
        if not known.is_compatible_with(tensor.shape):
            raise ValueError(
                f"The initial value's shape ({tensor.shape}) is not compatible with the explicitly supplied `shape` argument ({known})."
            )
        trainable = args[0] if args else kwargs.get("trainable")
        core = super().__new__(cls, tensor, None if known.rank is None else known.as_list(), trainable is None or bool(trainable))
        _all[core._number] = core
        return core

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = True,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
        **_: Any,
    ) -> None:
        self._trainable = trainable is None or bool(trainable)
        self._name = _fresh(name or "Variable")
        self._static = self._eager().shape if shape is None else as_shape(shape)
        self.constraint = constraint

    def _eager(self) -> Any:
        from ._core import eagerly

        return eagerly(self._read)

    def _tf_value(self) -> Any:
        return self._read()

    @property
    def name(self) -> str:
        """The name, `:0` appended as TensorFlow does."""
        return f"{self._name}:0"

    @property
    def trainable(self) -> bool:
        """Whether gradient tapes watch it by themselves."""
        return self._trainable

    @property
    def shape(self) -> TensorShape:
        """The shape, as far as it is fixed."""
        return self._static

    @property
    def dtype(self) -> Any:
        """The element type."""
        return self._eager().dtype

    def value(self) -> Any:
        """What it holds."""
        return self._read()

    def read_value(self) -> Any:
        """What it holds."""
        return self._read()

    def numpy(self) -> Any:
        """What it holds, as an array."""
        if is_recording():
            raise NotImplementedError("numpy() is only available when eager execution is enabled.")
        return self._read().numpy()

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """Puts `value` into it."""
        tensor = value if isinstance(value, Tensor) else to_tensor(value, self.dtype)
        if tensor.dtype != self.dtype or not self.shape.is_compatible_with(tensor.shape):
            raise ValueError(
                f"Cannot assign value to variable '{self.name}': Shape mismatch. The variable shape {self.shape}, and the assigned "
                f"value shape {tensor.shape} are incompatible."
                if tensor.dtype == self.dtype
                else f"Cannot assign a tensor of dtype {tensor.dtype.name} to variable '{self.name}' of dtype {self.dtype.name}."
            )
        self._write(tensor)
        return self

    def assign_add(self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """Adds to what it holds."""
        self._write(self._read() + self._beside(delta))
        return self

    def assign_sub(self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """Subtracts from what it holds."""
        self._write(self._read() - self._beside(delta))
        return self

    def _beside(self, delta: Any) -> Any:
        tensor = delta if isinstance(delta, Tensor) else to_tensor(delta, self.dtype)
        if not self.shape.is_compatible_with(tensor.shape):
            raise ValueError(f"the variable '{self.name}' has shape {self.shape}, the operand {tensor.shape}")
        return tensor

    def __getitem__(self, key: Any, /) -> Any:
        """A part of what it holds; `v[key].assign(value)` writes there."""
        part: Any = self._read()[key]
        part.assign = lambda value, use_locking=False, name=None, read_value=True: self._put(key, value)
        return part

    def get_shape(self) -> TensorShape:
        """The shape, as far as it is fixed."""
        return self.shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.numpy().__array__() if dtype is None else self.numpy().astype(dtype)

    def __repr__(self) -> str:
        if is_recording():
            return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}>"
        held = repr(self._read().__array__()) if self._read().shape.rank else str(self.numpy())
        return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}, numpy={held}>"

    if TYPE_CHECKING:
        # Made in a loop below.
        def __add__(self, value: Any, /) -> Tensor: ...
        def __radd__(self, value: Any, /) -> Tensor: ...
        def __sub__(self, value: Any, /) -> Tensor: ...
        def __rsub__(self, value: Any, /) -> Tensor: ...
        def __mul__(self, value: Any, /) -> Tensor: ...
        def __rmul__(self, value: Any, /) -> Tensor: ...
        def __truediv__(self, value: Any, /) -> Tensor: ...
        def __rtruediv__(self, value: Any, /) -> Tensor: ...
        def __floordiv__(self, value: Any, /) -> Tensor: ...
        def __mod__(self, value: Any, /) -> Tensor: ...
        def __pow__(self, value: Any, /) -> Tensor: ...
        def __matmul__(self, value: Any, /) -> Tensor: ...
        def __rmatmul__(self, value: Any, /) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __lt__(self, value: Any, /) -> Tensor: ...
        def __le__(self, value: Any, /) -> Tensor: ...
        def __gt__(self, value: Any, /) -> Tensor: ...
        def __ge__(self, value: Any, /) -> Tensor: ...

    def is_initialized(self, name: str | None = None) -> bool:
        """Always: a variable is made with a value."""
        return True

    def __copy__(self) -> Variable:
        return Variable(self._read(), trainable=self._trainable, name=self._name, shape=self.shape)

    def __deepcopy__(self, memo: Any) -> Variable:
        copied = memo[id(self)] = self.__copy__()
        return copied

    def __bool__(self) -> bool:
        return bool(self._read())

    def __int__(self) -> int:
        return int(self._read())

    def __float__(self) -> float:
        return float(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Any:
        return iter(self._read())

    def __hash__(self) -> int:
        return hash(id(self))

    def __eq__(self, other: Any) -> Any:
        return self._read() == other

    def __ne__(self, other: Any) -> Any:
        return self._read() != other


def by_number(number: int) -> Variable | None:
    """The variable of a number, where it still is."""
    return _all.get(number)


def _fresh(name: str) -> str:
    with _lock:
        count = next(_numbers.setdefault(name, itertools.count()))
    return name if count == 0 or name != "Variable" else f"{name}_{count}"


def _operator(name: str) -> Any:
    def operator(self: Variable, *others: Any) -> Any:
        return getattr(self._read(), name)(*others)

    operator.__name__ = name
    return operator


for _name in (
    "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow matmul rmatmul and rand or ror xor rxor "
    "neg pos abs invert lt le gt ge"
).split():
    setattr(Variable, f"__{_name}__", _operator(f"__{_name}__"))

