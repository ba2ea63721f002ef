"""brolga: a compiler for tensor programs, under TensorFlow's names. `import brolga as tf`."""

from typing import TYPE_CHECKING

from . import _dtypes as dtypes
from . import _errors as errors
from . import _nest as nest
from ._core import __version__
from ._dtypes import (
    DType,
    as_dtype,
    bfloat16,
    bool,
    complex64,
    complex128,
    double,
    float16,
    float32,
    float64,
    half,
    int8,
    int16,
    int32,
    int64,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
)
from ._near import missing_from
from ._shape import TensorShape
from ._spec import TensorSpec

# isort: split
from . import _namespaces
from ._control import (
    case,
    cond,
    ensure_shape,
    foldl,
    foldr,
    group,
    map_fn,
    no_op,
    scan,
    switch_case,
    vectorized_map,
    while_loop,
)
from ._core import Tensor
from ._function import Function, function
from ._gradient import GradientTape, GradientWarning, UnconnectedGradients, custom_gradient, gradients, recompute_grad
from ._numpy_function import numpy_function, py_function
from ._module import Module
from ._variable import Variable

_namespaces.fill()

__all__ = [
    "DType",
    "TensorShape",
    "TensorSpec",
    "__version__",
    "as_dtype",
    "bfloat16",
    "bool",
    "complex128",
    "complex64",
    "double",
    "dtypes",
    "errors",
    "float16",
    "float32",
    "float64",
    "half",
    "int16",
    "int32",
    "int64",
    "int8",
    "nest",
    "string",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
]

if not TYPE_CHECKING:
    # A type checker finds the missing names by itself.
    __getattr__ = missing_from(__name__, "tf")
