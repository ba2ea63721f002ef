"""Gradients of gradients through functions that call the host."""

import brolga as tf
import numpy as np
import pytest

X = np.array([1.0, 2.0, -3.0, 4.0], np.float32)


def orders(f, x, count):
    """The first so many derivatives of a function."""
    if count == 1:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return [tape.gradient(y, x)]
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = orders(f, x, count - 1)
    return [*found, tape.gradient(found[-1], x)]


def quartic(x):
    return x**4 * tf.reduce_sum(x)


MODES = {
    "eager": lambda f, x, n: orders(f, x, n),
    "inside": lambda f, x, n: tf.function(lambda x: orders(f, x, n))(x),
    "outside": lambda f, x, n: orders(tf.function(f), x, n),
    "closed over": lambda f, x, n: tf.function(lambda: orders(f, x, n))(),
}


@pytest.mark.filterwarnings("error::brolga.GradientWarning")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("Tout", [tf.float32, tf.TensorSpec([4])])
def test_three_orders_through_a_function_of_tensors(mode, Tout):
    x = tf.constant(X)
    expected = orders(quartic, x, 3)
    found = MODES[mode](lambda x: tf.py_function(quartic, [x], Tout), x, 3)
    for one, other in zip(found, expected):
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("Tout", [tf.float32, tf.TensorSpec([4])])
def test_beside_a_callback_without_a_gradient(mode, Tout):
    calls = []

    def doubled(x):
        calls.append(1)
        return x * 2

    with pytest.warns(tf.GradientWarning, match="PyFunc|doubled"):
        found = MODES[mode](lambda x: tf.numpy_function(doubled, [x], Tout) * x**3, tf.constant(X), 3)
    for one, other in zip(found, [6 * X**3, 12 * X**2, 12 * X]):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    assert calls == [1]


@pytest.mark.parametrize("mode", MODES)
def test_a_gradient_of_arrays_is_cut_the_second_time(mode):
    def cubed(x):
        return tf.numpy_function(lambda x: x**3, [x], tf.TensorSpec([4]), gradient=lambda x, g: 3 * x * x * g)

    with pytest.warns(tf.GradientWarning):
        first, second = MODES[mode](lambda x: cubed(x) * x, tf.constant(X), 2)
    np.testing.assert_allclose(first, 4 * X**3, rtol=1e-6)
    # Of 3x² · x, what a callback gave, and x³ the second alone.
    np.testing.assert_allclose(second, 3 * X**2, rtol=1e-6)


def test_more_orders_than_tapes_are_told():
    f = tf.function(lambda x: tf.numpy_function(lambda x: x * 2, [x], tf.TensorSpec([4])) * x**3)
    x = tf.constant(X)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
        with pytest.raises(tf.errors.InvalidArgumentError, match="open a tape for each order"):
            tape.gradient(y, x)
