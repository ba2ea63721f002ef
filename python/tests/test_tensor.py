"""`tf.Tensor`: operators, indices, and the ways in and out."""

import operator

import numpy as np
import pytest

import brolga as tf

A = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def both(body, *arguments):
    """What `body` gives at once, in a graph and compiled: the same."""
    at_once = body(*arguments)
    for jit in (False, True):
        again = tf.function(body, autograph=False, jit_compile=jit)(*arguments)
        np.testing.assert_array_equal(at_once.numpy(), again.numpy())
    return at_once.numpy()


def test_an_array_is_copied_in_and_lent_out():
    array = A.copy()
    t = tf.constant(array)
    array[:] = 0
    assert np.array_equal(t.numpy(), A)
    out = t.numpy()
    assert not out.flags.writeable and np.shares_memory(out, t.numpy()) and np.shares_memory(out, np.asarray(t))
    with pytest.raises(ValueError, match="read-only"):
        out[0] = 1


@pytest.mark.parametrize(
    "value, dtype, shape",
    [(1.5, "float32", []), (3, "int32", []), (2**40, "int64", []), (True, "bool", []), (1j, "complex128", []), ([1, 2.5], "float32", [2]),
     ("a", "string", []), ([], "float32", [0]), (np.arange(3), "int64", [3]), (np.float16(1), "float16", []), (range(3), "int32", [3])],
)  # fmt: skip
def test_what_becomes_what(value, dtype, shape):
    t = tf.constant(value)
    assert t.dtype == dtype and t.shape == shape and isinstance(t, tf.Tensor)


def test_dtypes_that_do_not_fit_are_refused():
    with pytest.raises(TypeError, match="3.5"):
        tf.constant(3.5, tf.int32)
    with pytest.raises((TypeError, ValueError)):
        tf.constant([[1, 2], [3]])
    with pytest.raises(ValueError, match="unsupported|Attempt to convert"):
        tf.convert_to_tensor(None)
    with pytest.raises(ValueError, match="dtype int32"):
        tf.convert_to_tensor(tf.constant(1.0), tf.int32)


BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.lt, operator.ge, operator.eq, operator.ne]


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.__name__)
def test_operators_in_both_directions(op):
    x, y = np.float32([7, -7, 2.5]), np.float32([2, 2, -2])
    np.testing.assert_allclose(both(op, tf.constant(x), tf.constant(y)), op(x, y))
    np.testing.assert_allclose(both(lambda t: op(t, 2.0), tf.constant(x)), op(x, np.float32(2)))
    np.testing.assert_allclose(both(lambda t: op(2.0, t), tf.constant(y)), op(np.float32(2), y))


def test_the_other_operators():
    x, y = tf.constant([1, 2, 3]), tf.constant([3, 2, 1])
    assert both(lambda x, y: x & y, x, y).tolist() == [1, 2, 1] and both(lambda x, y: x | y, x, y).tolist() == [3, 2, 3]
    assert both(lambda x, y: x ^ y, x, y).tolist() == [2, 0, 2] and both(lambda x: ~x, x).tolist() == [-2, -3, -4]
    assert both(lambda x: -abs(x - 2), x).tolist() == [-1, 0, -1] and both(lambda x: x**2, x).tolist() == [1, 4, 9]
    assert both(lambda p, q: p & ~q | (p ^ q), x > 1, y > 1).tolist() == [True, False, True]
    m = tf.constant(A[0])
    np.testing.assert_allclose(both(lambda m: m @ tf.transpose(m), m), A[0] @ A[0].T)


def test_arrays_of_numpy_step_aside():
    assert isinstance(np.float32([1, 2]) + tf.constant([1.0, 2.0]), tf.Tensor)
    assert isinstance(np.float32(2) * tf.constant([1.0]), tf.Tensor)


INDICES = {
    "one": 1, "from the end": -1, "slice": slice(0, 1), "steps": (slice(None), slice(None, None, 2)), "backwards": (Ellipsis, slice(None, None, -1)),
    "ellipsis": (Ellipsis, 0), "new axis": (0, np.newaxis, Ellipsis, np.newaxis), "many": (1, slice(1, None), 3), "none": slice(2, 2),
}  # fmt: skip


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES.keys())
def test_indices_are_pythons(index):
    np.testing.assert_array_equal(both(lambda t: t[index], tf.constant(A)), A[index])


def test_indices_that_are_tensors():
    assert both(lambda t, k: t[k, 1:], tf.constant(A), tf.constant(1)).tolist() == A[1, 1:].tolist()
    t = tf.constant([1.0, -2.0, 3.0])
    assert t[t > 0].numpy().tolist() == [1.0, 3.0]
    assert tf.function(lambda t: t[t > 0])(t).numpy().tolist() == [1.0, 3.0]


def test_an_index_out_of_range():
    with pytest.raises((IndexError, ValueError, tf.errors.InvalidArgumentError)):
        tf.constant([1.0])[3]


def test_a_scalar_is_a_number():
    t = tf.constant(2.5)
    assert float(t) == 2.5 and int(t) == 2 and bool(t) and complex(t) == 2.5 and f"{float(t):.1f}" == "2.5"
    assert list(range(3))[tf.constant(1)] == 1
    with pytest.raises(TypeError, match="len|scalar"):
        len(t)
    with pytest.raises(TypeError):
        iter(t)
    with pytest.raises((TypeError, ValueError)):
        bool(tf.constant([True, False]))


def test_rows_are_items():
    rows = list(tf.constant(A))
    assert len(tf.constant(A)) == len(rows) == 2 and np.array_equal(rows[1].numpy(), A[1])
    a, b = tf.constant([1.0, 2.0])
    assert (float(a), float(b)) == (1.0, 2.0)


def test_it_is_no_key_but_has_a_reference():
    t = tf.constant(1.0)
    with pytest.raises(TypeError, match="unhashable"):
        hash(t)
    assert {t.ref(): 1}[t.ref()] == 1 and t.ref().deref() is t


def test_it_prints_as_tensorflows_does():
    assert repr(tf.constant([1.0, 2.0])) == "<tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>"
    assert repr(tf.constant(3)) == "<tf.Tensor: shape=(), dtype=int32, numpy=3>"
    assert str(tf.constant([1.0, 2.0])) == "tf.Tensor([1. 2.], shape=(2,), dtype=float32)"
    assert str(tf.constant(0.1)) == "tf.Tensor(0.1, shape=(), dtype=float32)"
    assert "numpy=0.1>" in repr(tf.constant(0.1)) and "numpy=b'a'>" in repr(tf.constant("a"))
    seen = []
    tf.function(lambda x: seen.append(repr(x)))(tf.constant([1.0]))
    assert "shape=(1,)" in seen[0] and "dtype=float32" in seen[0] and "numpy" not in seen[0]


def test_other_libraries_read_it():
    t = tf.constant(A)
    assert np.array_equal(np.from_dlpack(t), A)
    assert np.array_equal(np.frombuffer(memoryview(t), np.float32).reshape(A.shape), A) and memoryview(t).readonly
    assert np.array(t, dtype=np.float64).dtype == np.float64
    assert np.array_equal(np.add(t, 1.0), A + 1)


def test_equality_is_elementwise_and_none_is_nothing():
    t = tf.constant([1.0, 2.0])
    assert (t == [1.0, 3.0]).numpy().tolist() == [True, False]
    assert (t == None) is False and (t != None) is True  # noqa: E711


def test_shapes_that_cannot_meet():
    with pytest.raises(tf.errors.InvalidArgumentError, match="3"):
        tf.constant([1.0, 2.0]) + tf.constant([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="not compatible"):
        tf.constant([1.0, 2.0]).set_shape([3])
