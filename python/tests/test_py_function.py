"""`tf.py_function`: callbacks over tensors, whose results are cast to `Tout`."""

import numpy as np
import pytest

import brolga as tf

BOTH = pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "graph"])


@BOTH
def test_a_callback_gets_tensors_and_may_use_ops(wrap):
    kinds = []

    def cb(x):
        kinds.append((isinstance(x, tf.Tensor), tf.executing_eagerly()))
        return tf.reduce_sum(x * 2.0)

    assert float(wrap(lambda x: tf.py_function(cb, [x], tf.float32))(tf.constant([1.0, 2.0]))) == 6.0
    assert kinds == [(True, True)]


@BOTH
@pytest.mark.parametrize("value, tout", [(2.5, tf.float32), (np.float64(2.5), tf.float32), (2, tf.float32), (np.array([1.0, 2.0]), tf.float32), ([1, 2], [tf.int32, tf.float32])])
def test_results_are_cast(wrap, value, tout):
    result = wrap(lambda: tf.py_function(lambda: value, [], tout))()
    if isinstance(tout, list):
        assert [x.dtype for x in result] == tout and [float(x) for x in result] == [1.0, 2.0]
    else:
        assert result.dtype == tout and np.array_equal(result.numpy(), value)


@BOTH
@pytest.mark.parametrize("value", [2.5, tf.constant(2.5)], ids=["a fraction", "a tensor of another dtype"])
def test_what_would_lose_something_is_refused(wrap, value):
    with pytest.raises(tf.errors.InvalidArgumentError, match="int32"):
        wrap(lambda: tf.py_function(lambda: value, [], tf.int32))()


@BOTH
def test_exceptions_are_mapped_in_eager_code_too(wrap):
    with pytest.raises(tf.errors.UnknownError, match="KeyError") as info:
        wrap(lambda: tf.py_function(lambda: {}["x"], [], tf.int32))()
    assert isinstance(info.value.__cause__, KeyError)


@BOTH
def test_nothing_returned(wrap):
    with pytest.raises(tf.errors.InvalidArgumentError, match="returns 0 values"):
        wrap(lambda: tf.py_function(lambda: None, [], tf.float32))()
    log = []
    wrap(lambda: tf.py_function(log.append, [tf.constant(1.0)], []))()
    assert len(log) == 1


def test_more_results_than_declared_are_left_out_as_tensorflow_does():
    assert float(tf.py_function(lambda: [1.0, 2.0], [], tf.float32)) == 1.0


def test_a_spec_declares_a_shape_that_is_checked():
    f = tf.function(lambda x: tf.py_function(lambda a: a, [x], tf.TensorSpec([2], tf.float32)))
    assert f.get_concrete_function(tf.TensorSpec(None, tf.float32)).structured_outputs.shape == [2]
    with pytest.raises(tf.errors.InvalidArgumentError):
        f(tf.ones([3]))


def test_the_decorator_and_the_missing_argument():
    @tf.py_function(Tout=tf.float32)
    def double(x):
        return x + x

    assert float(tf.function(lambda x: double(x))(tf.constant(2.0))) == 4.0
    with pytest.raises(TypeError, match="Tout"):
        tf.py_function(lambda: 1.0, [])


def test_a_tensor_may_be_kept():
    kept = []
    tf.function(lambda x: tf.py_function(kept.append, [x * 2.0], []))(tf.constant([1.0, 2.0]))
    assert kept[0].numpy().tolist() == [2.0, 4.0]
