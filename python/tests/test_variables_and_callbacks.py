"""Variables that callbacks read and write: in the order of the program, and under gradient tapes."""

import numpy as np
import pytest

import brolga as tf


def counter():
    v = tf.Variable(0.0)
    return v, lambda: v.assign_add(1.0) and None


def test_a_variable_first_read_after_a_callback_that_wrote_it():
    v, count = counter()

    @tf.function
    def f():
        tf.while_loop(lambda k: k < 3, lambda k: (tf.numpy_function(count, [], []), k + 1)[1:], [0])
        return v.value()

    assert [float(f()), float(f())] == [3.0, 6.0]


@pytest.mark.parametrize("first", ["read", "call"])
def test_a_variable_that_a_callback_of_the_same_loop_writes(first):
    v, count = counter()

    @tf.function
    def f():
        def turn(k, seen):
            if first == "call":
                tf.numpy_function(count, [], [])
            seen = seen.write(k, v)
            if first == "read":
                tf.numpy_function(count, [], [])
            return k + 1, seen

        return tf.while_loop(lambda k, _: k < 4, turn, (0, tf.TensorArray(tf.float32, 4)))[1].stack(), v.value()

    seen, last = f()
    assert seen.numpy().tolist() == [k + (first == "call") for k in range(4)] and float(last) == 4.0


def test_a_variable_that_the_condition_of_a_loop_reads():
    v, count = counter()
    f = tf.function(lambda: tf.while_loop(lambda k: v < 4.0, lambda k: (tf.numpy_function(count, [], []), k + 1)[1:], [0])[0])
    assert int(f()) == 4 and float(v) == 4.0


def test_a_gradient_for_a_variable_that_is_read_around_callbacks():
    w = tf.Variable([0.5, 2.0])

    @tf.function
    def f(x):
        with tf.GradientTape() as tape:
            def turn(k, x, done):
                done = tf.ensure_shape(tf.numpy_function(lambda k: np.bool_(k >= 3), [k], tf.bool), [])
                return k + 1, x * w, done

            goes_on = lambda k, x, done: tf.logical_and(k < 10, tf.logical_not(done))  # noqa: E731
            y = tf.reduce_sum(tf.while_loop(goes_on, turn, (0, x, tf.constant(False)))[1] + w)
        gradient = tape.gradient(y, w)
        w.assign_sub(gradient)
        return gradient

    assert f(tf.constant([1.0, 3.0])).numpy().tolist() == [4 * 0.5**3 + 1, 3 * 4 * 2.0**3 + 1]
    assert w.numpy().tolist() == [0.5 - 1.5, 2.0 - 97.0]
    assert f(tf.constant([0.0, 0.0])).numpy().tolist() == [1.0, 1.0]


def test_a_callback_that_assigns_what_a_tape_has_read():
    w = tf.Variable(2.0)

    @tf.function
    def f(x):
        with tf.GradientTape() as tape:
            y = x * w
            tf.numpy_function(lambda: w.assign(3.0) and None, [], [])
            y = y * w
        return tape.gradient(y, w)

    with pytest.raises(tf.errors.FailedPreconditionError, match="assigned a variable that a gradient tape around its call has read"):
        f(tf.constant(1.0))


def test_a_shape_said_of_a_callbacks_result_is_checked():
    def f(how):
        x = tf.numpy_function(lambda: np.zeros(3, np.float32), [], tf.float32)
        if how == "set":
            x.set_shape([2])
            return x
        return tf.ensure_shape(x, [2])

    for how in ("set", "ensure"):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"2.*3|3.*2"):
            tf.function(f)(how)
