"""`tf.config.optimizer.set_jit("autoclustering")`: native code between callbacks, with the interpreter's meaning."""

import numpy as np
import pytest

import brolga as tf


@pytest.fixture(autouse=True)
def autoclustering():
    tf.config.optimizer.set_jit("autoclustering")
    yield
    tf.config.optimizer.set_jit("")


def test_set_jit_is_told_back():
    assert tf.config.optimizer.get_jit() == "autoclustering"
    tf.config.optimizer.set_jit(False)
    assert tf.config.optimizer.get_jit() == ""
    with pytest.raises(ValueError, match="autoclustering"):
        tf.config.optimizer.set_jit("everything")


def test_a_string_for_jit_compile_names_set_jit():
    with pytest.raises(ValueError, match="set_jit"):
        tf.function(lambda x: x, jit_compile="autoclustering")


def test_jit_compile_still_refuses_callbacks():
    @tf.function(jit_compile=True)
    def f(x):
        return tf.numpy_function(lambda x: x, [x], tf.float32)

    with pytest.raises(tf.errors.InvalidArgumentError, match="host"):
        f(tf.constant(1.0))


def test_a_loop_calls_back_once_a_turn():
    seen = []

    def step(x):
        seen.append(float(x))
        return np.float32(x * 0.5)

    def body(i, x):
        y = tf.numpy_function(step, [tf.sin(x) * 2.0 + 1.0], tf.float32)
        y.set_shape([])
        return i + 1, y + tf.exp(-y)

    @tf.function
    def f(x):
        return tf.while_loop(lambda i, x: i < 10, body, [0, x])[1]

    found, calls = f(tf.constant(0.25)), seen[:]
    text = f.explain()
    assert "island:" in text and "step" in text and "body" in text, text
    tf.config.optimizer.set_jit("")
    seen.clear()
    assert f(tf.constant(0.25)).numpy() == found.numpy()
    assert seen == calls and len(calls) == 10
    assert f.experimental_get_tracing_count() == 1


def test_errors_in_data_are_found():
    seen = []

    @tf.function
    def f(x, y):
        first = tf.numpy_function(lambda x: seen.append("first") or x, [x], tf.int32)
        first.set_shape([])
        z = (first * 3 + 1) // y
        return tf.numpy_function(lambda x: seen.append("second") or x, [z * 2 - x], tf.int32)

    assert f(tf.constant(5), tf.constant(2)).numpy() == 11
    seen.clear()
    with pytest.raises(tf.errors.InvalidArgumentError, match="zero"):
        f(tf.constant(5), tf.constant(0))
    assert seen == ["first"]


def test_gradients_go_through_islands():
    @tf.function
    def f(x, w):
        y = tf.tanh(x * w) + x
        noise = tf.numpy_function(lambda x: np.float32(0.5) * np.ones_like(x), [tf.stop_gradient(x)], tf.float32)
        noise.set_shape([3])
        return tf.reduce_sum(tf.sin(y) * tf.stop_gradient(noise) + w * w)

    def gradient():
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            loss = f(x, w)
        return tape.gradient(loss, [x, w])

    x, w = tf.constant([0.1, 0.2, 0.3]), tf.constant(2.0)
    found = gradient()
    tf.config.optimizer.set_jit("")
    for a, b in zip(found, gradient()):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_unknown_shapes_stay_with_the_interpreter():
    @tf.function
    def f(x):
        y = tf.numpy_function(lambda x: x[x > 0], [tf.sin(x) * 2.0], tf.float32)
        return tf.reduce_sum(y * 2.0 + 1.0)

    x = tf.constant(np.linspace(-3, 3, 64, dtype=np.float32))
    found = f(x)
    assert "shapes are known only when it runs" in f.explain()
    tf.config.optimizer.set_jit("")
    assert f(x).numpy() == found.numpy()
