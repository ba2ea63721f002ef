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
from ._tensor_array import TensorArray
from ._variable import Variable

__all__ = [
    "DType",
    "Function",
    "Tensor",
    "TensorArray",
    "TensorShape",
    "TensorSpec",
    "Variable",
    "__version__",
    "as_dtype",
    "bfloat16",
    "bool",
    "case",
    "complex128",
    "complex64",
    "cond",
    "double",
    "dtypes",
    "ensure_shape",
    "errors",
    "float16",
    "float32",
    "float64",
    "foldl",
    "foldr",
    "function",
    "group",
    "half",
    "int16",
    "int32",
    "int64",
    "int8",
    "map_fn",
    "nest",
    "no_op",
    "numpy_function",
    "py_function",
    "scan",
    "string",
    "switch_case",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "vectorized_map",
    "while_loop",
]

_namespaces.fill()

if not TYPE_CHECKING:
    # A type checker finds the missing names by itself.
    __getattr__ = missing_from(__name__, "tf")
