"""Ops of TensorFlow's `tf.dtypes`."""

# Written by `python/stubs` from the table of ops; do not edit.

from ._dtypes import DType as DType
from ._dtypes import as_dtype as as_dtype
from ._dtypes import bfloat16 as bfloat16
from ._dtypes import bool as bool
from ._dtypes import complex128 as complex128
from ._dtypes import complex64 as complex64
from ._dtypes import double as double
from ._dtypes import float16 as float16
from ._dtypes import float32 as float32
from ._dtypes import float64 as float64
from ._dtypes import half as half
from ._dtypes import int16 as int16
from ._dtypes import int32 as int32
from ._dtypes import int64 as int64
from ._dtypes import int8 as int8
from ._dtypes import string as string
from ._dtypes import uint16 as uint16
from ._dtypes import uint32 as uint32
from ._dtypes import uint64 as uint64
from ._dtypes import uint8 as uint8
from typing import Any

__all__ = [
    "DType",
    "as_dtype",
    "bfloat16",
    "bool",
    "cast",
    "complex",
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
    "saturate_cast",
    "string",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
]

def cast(x: Any, dtype: Any, name: str | None = ...) -> Any: ...
def complex(real: Any, imag: Any, name: str | None = ...) -> Any: ...
def saturate_cast(value: Any, dtype: Any, name: str | None = ...) -> Any: ...
