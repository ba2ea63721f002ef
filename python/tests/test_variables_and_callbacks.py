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


@pytest.mark.filterwarnings("ignore::brolga.GradientWarning")
@pytest.mark.parametrize("place", ["before", "between", "in a loop", "in a branch", "in a function"])
@pytest.mark.parametrize("assigns", [False, True])
def test_a_tape_around_a_function_that_reads_a_variable_after_a_callback(place, assigns):
    v, x = tf.Variable([1.0, 2.0]), tf.constant([3.0, -4.0])

    def callback(x):
        if assigns:
            v.assign([5.0, 6.0])
        return x * 2

    def called(x):
        return tf.numpy_function(callback, [x], tf.TensorSpec([2]))

    def f(x):
        if place == "before":
            return tf.reduce_sum(called(x) * v**2)
        if place == "between":
            first = v * x
            return tf.reduce_sum(first + called(x) * v**2)
        if place == "in a loop":
            return tf.while_loop(lambda k, s: k < 3, lambda k, s: (k + 1, s + tf.reduce_sum(called(x) * v**2)), [0, 0.0])[1]
        if place == "in a branch":
            return tf.cond(x[0] > 0, lambda: tf.reduce_sum(called(x) * v**2), lambda: 0.0)
        return tf.reduce_sum(v) + tf.function(lambda x: tf.reduce_sum(called(x) * v**2))(x)

    with tf.GradientTape() as tape:
        expected = f(x)
    expected = expected, tape.gradient(expected, v)
    v.assign([1.0, 2.0])
    with tf.GradientTape() as tape:
        found = tf.function(f)(x)
    found = found, tape.gradient(found, v)
    for one, other in zip(found, expected):
        np.testing.assert_allclose(one, other)
    held = np.array([5.0, 6.0] if assigns else [1.0, 2.0])
    assert v.numpy().tolist() == held.tolist()
    several = {"between": (1, x.numpy()), "in a loop": (3, 0), "in a function": (1, 1)}
    times, more = several.get(place, (1, 0))
    np.testing.assert_allclose(found[1], times * 4 * x.numpy() * held + more)
