"""`TensorSpec`: what it says, and what satisfies it."""

import pickle

import numpy as np
import pytest

import brolga as tf

Spec = tf.TensorSpec


def test_printed_as_tensorflow_prints_it():
    assert repr(Spec([None, 3], tf.float32)) == "TensorSpec(shape=(None, 3), dtype=tf.float32, name=None)"
    assert repr(Spec(None, "int32", "x")) == "TensorSpec(shape=<unknown>, dtype=tf.int32, name='x')"
    assert repr(Spec([])) == "TensorSpec(shape=(), dtype=tf.float32, name=None)"


def test_defaults_and_parts():
    spec = Spec(3, name="x")
    assert (spec.shape, spec.dtype, spec.name) == ([3], tf.float32, "x")
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_what_is_no_spec():
    with pytest.raises(TypeError, match="shape"):
        Spec()
    with pytest.raises(ValueError, match="Dimension -1 must be >= 0"):
        Spec([-1])
    with pytest.raises(TypeError, match="Cannot convert the argument `type_value`: 'no'"):
        Spec([], "no")


def test_compatible():
    spec = Spec([None, 3], tf.float32)
    assert spec.is_compatible_with(Spec([2, 3])) and spec.is_compatible_with(Spec(None))
    assert spec.is_compatible_with(np.zeros((5, 3), np.float32))
    assert not spec.is_compatible_with(np.zeros((5, 3))) and not spec.is_compatible_with(np.zeros(3, np.float32))
    assert not spec.is_compatible_with("a")


def test_from_tensors_and_specs():
    assert Spec.from_tensor(np.zeros((2, 3), np.int8), name="x") == Spec([2, 3], tf.int8, "x")
    assert Spec.from_spec(Spec([2], name="x")) == Spec([2], name="x")
    assert Spec.from_spec(Spec([2], name="x"), name="y").name == "y"
    with pytest.raises(ValueError, match="`tensor` should be a tf.Tensor, but got type <class 'str'>"):
        Spec.from_tensor("a")


def test_what_describes_both():
    assert Spec([2, 3]).most_specific_compatible_type(Spec([2, 4])) == Spec([2, None])
    assert Spec([2], name="x").most_specific_common_supertype([Spec([2], name="y")]) == Spec([2])
    assert Spec([2]).most_specific_common_supertype([Spec([2], tf.int32)]) is None
    with pytest.raises(ValueError, match="No TypeSpec is compatible with both"):
        Spec([2]).most_specific_compatible_type(Spec([2], tf.int32))
    assert Spec([2]).is_subtype_of(Spec([None])) and not Spec([None]).is_subtype_of(Spec([2]))
    assert not Spec([2]).is_subtype_of(Spec([2], tf.int32))


def test_equality():
    assert Spec([2]) == Spec((2,), "float32") and hash(Spec([2])) == hash(Spec((2,)))
    assert Spec([2]) != Spec([3]) and Spec([2]) != Spec([2], tf.int32) and Spec([2]) != Spec([2], name="x")
    assert Spec([2]) != 3
