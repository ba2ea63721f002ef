"""Callbacks and what they hold go with the function that calls them."""

import copy
import gc
import pickle
import sys
import weakref

import numpy as np
import pytest

import brolga as tf


class Held:
    """Something a callback holds."""


def gone(reference):
    gc.collect()
    return reference() is None


def holding():
    """A callback, and a reference to what it holds."""
    held = Held()

    def cb(a):
        assert held is not None
        return a

    return cb, weakref.ref(held)


def test_an_anonymous_callback_lives_as_long_as_its_function():
    cb, held = holding()
    f = tf.function(lambda x: tf.numpy_function(cb, [x], tf.float32))
    f(tf.constant(1.0))
    f(tf.constant([1.0]))
    del cb
    assert not gone(held) and float(f(tf.constant(2.0))) == 2.0
    del f
    assert gone(held)


def test_traces_that_are_forgotten_free_their_callbacks():
    freed = []

    def make(k):
        cb, held = holding()
        f = tf.function(lambda x: tf.numpy_function(cb, [x], tf.float32))
        f(tf.constant(float(k)))
        freed.append(held)

    for k in range(20):
        make(k)
    assert all(gone(held) for held in freed)


def in_a_loop(cb, x):
    return tf.while_loop(lambda k: k < 2.0, lambda k: [tf.ensure_shape(tf.numpy_function(cb, [k + 1.0], tf.float32), [])], [x])


def in_a_branch(cb, x):
    return tf.cond(x > 0.0, lambda: tf.numpy_function(cb, [x], tf.float32), lambda: x)


def in_a_function(cb, x):
    return tf.function(lambda y: tf.numpy_function(cb, [y], tf.float32))(x) + 1.0


@pytest.mark.parametrize("body", [in_a_loop, in_a_branch, in_a_function])
def test_callbacks_of_regions_and_inner_functions_are_freed(body):
    cb, held = holding()
    f = tf.function(lambda x: body(cb, x))
    f(tf.constant(1.0))
    del cb
    assert not gone(held)
    del f
    assert gone(held)


def test_a_function_that_calls_itself_is_freed():
    cb, held = holding()

    def make(cb):
        @tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
        def f(n):
            return tf.numpy_function(lambda k: cb(f(k - 1).numpy() if k > 0 else k.copy()), [n], tf.int32)

        return f

    assert int(make(cb)(3)) == 0
    del cb
    assert gone(held)


class Model:
    def __init__(self):
        self.calls = 0
        self.as_attribute = tf.function(self.body)

    def body(self, x):
        return tf.numpy_function(self.host, [x], tf.float32)

    def host(self, a):
        self.calls += 1
        return a

    as_method = tf.function(body)


@pytest.mark.parametrize("way", ["as_attribute", "as_method"])
def test_a_cycle_through_self_is_collected(way):
    model = Model()
    assert float(getattr(model, way)(tf.constant(2.0))) == 2.0 and model.calls == 1
    held = weakref.ref(model)
    del model
    assert gone(held)


def test_methods_are_traced_once_for_each_object():
    one, two = Model(), Model()
    for _ in range(3):
        one.as_method(tf.constant(1.0))
    two.as_method(tf.constant(1.0))
    assert (one.calls, two.calls) == (3, 1)
    assert one.as_method is one.as_method and one.as_method is not two.as_method
    assert one.as_method.experimental_get_tracing_count() == 1


class Plain:
    scale = 2.0

    @tf.function
    def scaled(self, x):
        return x * self.scale


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))], ids=["copy", "deepcopy", "pickle"])
def test_a_copy_of_an_object_has_methods_of_its_own(copied):
    one = Plain()
    assert float(one.scaled(tf.constant(3.0))) == 6.0
    two = copied(one)
    two.scale = 5.0
    assert float(two.scaled(tf.constant(3.0))) == 15.0 and float(one.scaled(tf.constant(3.0))) == 6.0


def test_eager_py_function_keeps_nothing():
    cb, held = holding()
    for _ in range(3):
        tf.py_function(cb, [1.0], tf.float32)
    del cb
    assert gone(held)


def test_arguments_and_results_are_freed():
    array = np.ones(1000, np.float32)
    before = sys.getrefcount(array)
    f = tf.function(lambda x: tf.numpy_function(lambda a: a + a, [x], tf.float32))
    f(array)
    result = f(array)
    kept = []
    tf.function(lambda x: tf.numpy_function(lambda a: kept.append(a), [x], []))(array)
    del result, kept
    gc.collect()
    assert sys.getrefcount(array) == before


def test_a_result_outlives_its_function():
    f = tf.function(lambda: tf.numpy_function(lambda: np.full(1000, 3.0), [], tf.float64))
    array = f().numpy()
    del f
    gc.collect()
    assert np.all(array == 3.0)
