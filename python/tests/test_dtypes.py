"""`DType`: TensorFlow's names, numbers and equalities."""

import copy
import pickle

import ml_dtypes
import numpy as np
import pytest

import brolga as tf
from brolga import _core, _dtypes

ALL = _dtypes._ALL
NAMES = [dtype.name for dtype in ALL]


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_there_and_prints_as_tensorflows_does(name):
    dtype = getattr(tf, name)
    assert dtype is getattr(tf.dtypes, name)
    assert dtype.name == name
    assert repr(dtype) == f"tf.{name}"
    assert str(dtype) == f"<dtype: '{name}'>"


def test_the_numbers_are_those_of_types_proto():
    assert [dtype.as_datatype_enum for dtype in ALL] == [10, 6, 5, 3, 9, 4, 17, 22, 23, 19, 14, 1, 2, 8, 18, 7]
    assert [tf.DType(dtype.as_datatype_enum) for dtype in ALL] == ALL
    with pytest.raises(TypeError, match="21"):
        tf.DType(21)


def test_rust_has_the_same_types_in_the_same_order():
    assert [_core._dtype(dtype) for dtype in ALL] == [(dtype, dtype.name) for dtype in ALL]
    assert _core._dtype("half") == (tf.float16, "float16")
    with pytest.raises(TypeError, match="Cannot convert the argument `type_value`: 'no'"):
        _core._dtype("no")


def test_a_type_has_one_object():
    assert tf.half is tf.float16 and tf.double is tf.float64
    for dtype in ALL:
        assert copy.deepcopy(dtype) is dtype
        assert pickle.loads(pickle.dumps(dtype)) is dtype


@pytest.mark.parametrize(
    "value, name",
    [
        ("float32", "float32"), ("half", "float16"), ("float", "float32"), ("double", "float64"),
        ("bfloat16", "bfloat16"), (np.float32, "float32"), (np.dtype("f8"), "float64"), (np.dtype(">i4"), "int32"),
        (np.longlong, "int64"), (np.dtype(np.ulonglong), "uint64"), (ml_dtypes.bfloat16, "bfloat16"),
        (np.dtype(ml_dtypes.bfloat16), "bfloat16"), (float, "float32"), (bool, "bool"), (complex, "complex128"),
        (object, "string"), (str, "string"), (bytes, "string"),
        (np.str_, "string"), (np.dtype("S3"), "string"), (np.dtype("U3"), "string"), (np.zeros(2, np.int8), "int8"),
        (1, "float32"), (tf.int16, "int16"),
    ],
)  # fmt: skip
def test_as_dtype_takes_every_name_of_a_type(value, name):
    assert tf.as_dtype(value) is getattr(tf, name)


@pytest.mark.parametrize(
    "value", ["notadtype", None, 3.5, [tf.float32], {"a": tf.int32}, np.longdouble, int, object(), "<f4"]
)
def test_as_dtype_refuses_the_rest(value):
    with pytest.raises(TypeError, match="Cannot convert the argument `type_value`: .* to a TensorFlow DType"):
        tf.as_dtype(value)


def test_a_dtype_equals_what_names_it():
    assert tf.float32 == "float32" == tf.float32
    assert tf.float32 == np.float32 and np.dtype("float32") == tf.float32.as_numpy_dtype
    assert tf.float32 == np.dtype("float32")
    assert tf.string == object
    for other in ["float64", None, "nonsense", [1], 1.5]:
        assert tf.float32 != other
    assert {tf.float32: 1}[tf.as_dtype("float32")] == 1
    assert len(set(ALL)) == 16


def test_families():
    def names(question):
        return {dtype.name for dtype in ALL if getattr(dtype, question)}

    assert names("is_floating") == {"float16", "bfloat16", "float32", "float64"}
    assert names("is_complex") == {"complex64", "complex128"}
    assert names("is_unsigned") == {"uint8", "uint16", "uint32", "uint64"}
    assert names("is_integer") == names("is_unsigned") | {"int8", "int16", "int32", "int64"}
    assert names("is_bool") == {"bool"}
    assert names("is_numpy_compatible") == set(NAMES)
    assert names("is_quantized") == set()
    assert set(NAMES) - names("is_numeric") == {"bool", "string"}


def test_numpy_types_and_sizes():
    assert tf.bfloat16.as_numpy_dtype is ml_dtypes.bfloat16
    assert tf.string.as_numpy_dtype is object
    assert tf.bool.as_numpy_dtype is np.bool_
    assert [dtype.size for dtype in ALL] == [1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16, 0]


def test_limits():
    assert (tf.int8.min, tf.int8.max) == (-128, 127)
    assert tf.uint64.max == 2**64 - 1
    assert tf.float32.max == np.finfo(np.float32).max and tf.float32.min == -tf.float32.max
    assert float(tf.bfloat16.max) == float.fromhex("0x1.FEp127")
    assert tf.uint8.limits == (0, 255) and tf.float32.limits == (0, 1)
    for dtype in [tf.bool, tf.string, tf.complex64]:
        with pytest.raises(TypeError, match="Cannot find minimum value of <dtype"):
            dtype.min
        with pytest.raises(TypeError, match="Cannot find maximum value of <dtype"):
            dtype.max


def test_real_and_compatible():
    assert tf.complex64.real_dtype is tf.float32 and tf.complex128.real_dtype is tf.float64
    assert tf.int8.real_dtype is tf.int8 and tf.int8.base_dtype is tf.int8
    assert tf.float32.is_compatible_with("float32") and not tf.float32.is_compatible_with(tf.float64)
