"""Element types: TensorFlow's `DType`, for the types that brolga has."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Final

import ml_dtypes
import numpy as np

from ._near import missing_from


class DType:
    """The type of the elements of a tensor. There is one object for each type, so `is` works.

    `DType(n)` is the type with TensorFlow's enum number `n`. A `DType` equals whatever `as_dtype` turns into it:
    `tf.float32 == "float32"`, `tf.float32 == np.float32`.
    """

    __slots__ = ("_code", "_name", "_numpy", "_enum")

    _code: int
    """Position in `brolga::DType::ALL`, which the Rust side reads."""
    _name: str
    _numpy: type
    _enum: int

    def __new__(cls, type_enum: int) -> DType:
        try:
            return _BY_ENUM[type_enum]
        except (KeyError, TypeError):
            raise TypeError(f"{type_enum!r} is not the enum number of a type that brolga has") from None

    @property
    def name(self) -> str:
        """The type's name, as `tf` spells it."""
        return self._name

    @property
    def as_numpy_dtype(self) -> Any:
        """NumPy's scalar type; `object` for strings."""
        return self._numpy

    @property
    def as_datatype_enum(self) -> int:
        """The number of the type in TensorFlow's `types.proto`."""
        return self._enum

    @property
    def size(self) -> int:
        """Bytes of one element; 0 for strings."""
        return 0 if self is string else np.dtype(self._numpy).itemsize

    @property
    def base_dtype(self) -> DType:
        """The type itself: there are no reference types."""
        return self

    @property
    def real_dtype(self) -> DType:
        """The type of the real part."""
        return {complex64: float32, complex128: float64}.get(self, self)

    @property
    def is_bool(self) -> builtins.bool:
        """Whether this is `tf.bool`."""
        return self is bool

    @property
    def is_floating(self) -> builtins.bool:
        """Whether this is a real floating-point type."""
        return self in (float16, bfloat16, float32, float64)

    @property
    def is_complex(self) -> builtins.bool:
        """Whether this is a complex type."""
        return self in (complex64, complex128)

    @property
    def is_integer(self) -> builtins.bool:
        """Whether this is an integer type, signed or not; `tf.bool` is none."""
        return issubclass(self._numpy, np.integer)

    @property
    def is_unsigned(self) -> builtins.bool:
        """Whether this is an unsigned integer type."""
        return issubclass(self._numpy, np.unsignedinteger)

    @property
    def is_numeric(self) -> builtins.bool:
        """Whether the elements are numbers: neither bools nor strings."""
        return self is not bool and self is not string

    @property
    def is_quantized(self) -> builtins.bool:
        """False: brolga has no quantized types."""
        return False

    @property
    def is_numpy_compatible(self) -> builtins.bool:
        """True: every type here has a form in NumPy."""
        return True

    @property
    def min(self) -> Any:
        """The least finite value."""
        return self._limits("minimum").min

    @property
    def max(self) -> Any:
        """The greatest finite value."""
        return self._limits("maximum").max

    @property
    def limits(self) -> tuple[Any, Any]:
        """The range of an image's intensities: 0 and the type's maximum, 1 for floats and bools."""
        if self.is_integer:
            return 0, self.max
        if self in (float32, float64, bool):
            return 0, 1
        raise KeyError(self._numpy)

    def _limits(self, which: str) -> Any:
        if self.is_integer:
            return np.iinfo(self._numpy)
        if self.is_floating:
            return ml_dtypes.finfo(self._numpy)  # type: ignore[no-untyped-call]
        raise TypeError(f"Cannot find {which} value of {self}.")

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Whether `other` is this type."""
        return self is as_dtype(other)

    def __eq__(self, other: object) -> builtins.bool:
        if self is other:
            return True
        if other is None or type(other) is DType:
            return False
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    def __hash__(self) -> int:
        return self._enum

    def __int__(self) -> int:
        return self._enum

    def __repr__(self) -> str:
        return f"tf.{self._name}"

    def __str__(self) -> str:
        return f"<dtype: '{self._name}'>"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return as_dtype, (self._name,)


_ALL: Final[list[DType]] = []
"""The types in the order of `brolga::DType::ALL`."""
_BY_ENUM: Final[dict[int, DType]] = {}


def _make(name: str, numpy: type, enum: int) -> DType:
    dtype = object.__new__(DType)
    dtype._code, dtype._name, dtype._numpy, dtype._enum = len(_ALL), name, numpy, enum
    _ALL.append(dtype)
    _BY_ENUM[enum] = dtype
    return dtype


bool: DType = _make("bool", np.bool_, 10)
int8: DType = _make("int8", np.int8, 6)
int16: DType = _make("int16", np.int16, 5)
int32: DType = _make("int32", np.int32, 3)
int64: DType = _make("int64", np.int64, 9)
uint8: DType = _make("uint8", np.uint8, 4)
uint16: DType = _make("uint16", np.uint16, 17)
uint32: DType = _make("uint32", np.uint32, 22)
uint64: DType = _make("uint64", np.uint64, 23)
float16: DType = _make("float16", np.float16, 19)
half: DType = float16
bfloat16: DType = _make("bfloat16", ml_dtypes.bfloat16, 14)
float32: DType = _make("float32", np.float32, 1)
float64: DType = _make("float64", np.float64, 2)
double: DType = float64
complex64: DType = _make("complex64", np.complex64, 8)
complex128: DType = _make("complex128", np.complex128, 18)
string: DType = _make("string", object, 7)

_FROM_ANY: Final[dict[Any, DType]] = {
    **_BY_ENUM,
    **{dtype._name: dtype for dtype in _ALL},
    **{dtype._numpy: dtype for dtype in _ALL},
    "half": float16,
    "float": float32,
    "double": float64,
    builtins.float: float32,
    builtins.bool: bool,
    builtins.complex: complex128,
    builtins.str: string,
    builtins.bytes: string,
    np.str_: string,
    np.bytes_: string,
    np.longlong: int64,
    np.ulonglong: uint64,
}


def as_dtype(type_value: Any) -> DType:
    """The `DType` that a value names.

    A value may be a `DType`, its name, its enum number, a NumPy dtype or scalar type, a Python type, or anything with a
    `dtype`.
    """
    if type(type_value) is DType:
        return type_value
    if isinstance(type_value, np.dtype):
        type_value = type_value.type
    try:
        return _FROM_ANY[type_value]
    except (KeyError, TypeError):
        pass
    if not isinstance(type_value, type) and hasattr(type_value, "dtype"):
        return as_dtype(type_value.dtype)
    message = f"Cannot convert the argument `type_value`: {type_value!r} to a TensorFlow DType."
    if type_value is int:
        message += " A Python int may be tf.int32 or tf.int64: say which."
    raise TypeError(message)


__all__ = [
    "DType",
    "as_dtype",
    "bfloat16",
    "bool",
    "complex128",
    "complex64",
    "double",
    "float16",
    "float32",
    "float64",
    "half",
    "int16",
    "int32",
    "int64",
    "int8",
    "string",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
]

if not TYPE_CHECKING:
    # A type checker finds the missing names by itself.
    __getattr__ = missing_from(__name__, "tf.dtypes")
