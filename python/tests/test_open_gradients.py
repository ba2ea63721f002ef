"""Gradients of what has a shape only when it runs: results of callbacks that declare none, elements picked by a mask."""

import brolga as tf
import numpy as np
import pytest

X = np.array([1.0, 2.0, -3.0, 4.0], np.float32)


def doubled(x):
    """Twice `x` by a callback, of which not even the rank is known."""
    return tf.numpy_function(lambda x: x * 2, [x], tf.float32)


def of_a_callback(x):
    return tf.reduce_sum(doubled(x) * x)


def of_products(x):
    rows = tf.reshape(x, [2, 2])
    weights = tf.ensure_shape(doubled(rows), [None, 2])
    return tf.reduce_sum(tf.nn.softmax(tf.matmul(weights, rows, transpose_b=True)) * rows)


def of_a_mask(x):
    return tf.reduce_sum(tf.boolean_mask(x, x > 0) ** 3)


def of_places(x):
    picked = tf.gather_nd(x, tf.where(x > 0))
    return tf.reduce_sum(picked**3 / tf.cast(tf.shape(picked)[0], tf.float32))


def of_joined_parts(x):
    kept = tf.boolean_mask(x, x > 0)
    whole = tf.concat([kept, x, kept[:1]], 0)
    return tf.reduce_max(whole) * tf.reduce_mean(whole[1:]) + tf.norm(tf.sort(whole)[::2])


def of_a_loop(x):
    def body(k, total):
        return k + 1, total + tf.reduce_sum(tf.boolean_mask(x, x > tf.cast(k, tf.float32)) ** 3)

    return tf.while_loop(lambda k, total: k < 3, body, [0, 0.0])[1]


def of_a_branch(x):
    return tf.cond(x[0] > 0, lambda: tf.reduce_sum(tf.boolean_mask(x, x > 0) ** 3), lambda: tf.reduce_sum(x))


def of_branches_of_two_shapes(x):
    y = tf.cond(x[0] > 0, lambda: x[:2] ** 3, lambda: x)
    return tf.reduce_sum(y * y)


def of_a_function(x):
    return tf.function(of_a_mask)(x) * tf.function(of_a_callback)(x)


def of_what_stops(x):
    kept = tf.boolean_mask(x, x > 0)
    return tf.reduce_sum(tf.stop_gradient(kept * kept) * kept * doubled(tf.constant(1.0)))


def of_its_own_gradient(x):
    @tf.custom_gradient
    def clipped(y):
        return y * y, lambda g: tf.clip_by_value(g, -1.0, 1.0)

    return tf.reduce_sum(clipped(tf.boolean_mask(x, x > 0)) * 0.5 * x[3])


PROGRAMS = [
    of_a_callback,
    of_products,
    of_a_mask,
    of_places,
    of_joined_parts,
    of_a_loop,
    of_a_branch,
    of_branches_of_two_shapes,
    of_a_function,
    of_what_stops,
    of_its_own_gradient,
]


def slope(f, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


def slopes(f, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        first = slope(f, x)
    return first, tape.gradient(first, x)


@pytest.mark.filterwarnings("ignore::brolga.GradientWarning")
@pytest.mark.parametrize("program", PROGRAMS)
def test_gradients_are_those_of_eager_code(program):
    expected = slope(program, tf.constant(X)).numpy()
    assert np.any(expected != 0)
    inside = tf.function(lambda x: slope(program, x))
    outside = tf.function(program)
    for x, wanted in ((X, expected), (X[::-1], slope(program, tf.constant(X[::-1])).numpy()), (X, expected)):
        x = tf.constant(x)
        np.testing.assert_allclose(inside(x), wanted, rtol=1e-6)
        np.testing.assert_allclose(slope(outside, x), wanted, rtol=1e-6)


@pytest.mark.parametrize("program", [of_a_mask, of_places, of_a_loop, of_a_branch, of_branches_of_two_shapes])
def test_gradients_have_gradients(program):
    expected = slopes(program, tf.constant(X))
    for found, wanted in zip(tf.function(lambda x: slopes(program, x))(tf.constant(X)), expected):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_tape_inside_a_loop():
    @tf.function
    def descend(x):
        def body(k, x):
            return k + 1, x - 0.1 * slope(of_a_mask, x)

        return tf.while_loop(lambda k, x: k < 3, body, [0, x])[1]

    expected = X.astype(np.float64)
    for _ in range(3):
        expected = expected - 0.1 * np.where(expected > 0, 3 * expected**2, 0)
    np.testing.assert_allclose(descend(tf.constant(X)), expected, rtol=1e-5)


def test_variables_learn_from_what_callbacks_give():
    weights = tf.Variable(2.0)
    calls = []

    def read(n):
        calls.append(int(n))
        return np.ones(n, np.float32)

    @tf.function
    def f(n):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.numpy_function(read, [n], tf.float32) * weights**2)
        return tape.gradient(loss, weights)

    assert [float(f(tf.constant(n))) for n in (3, 5, 3)] == [12.0, 20.0, 12.0]
    assert calls == [3, 5, 3]


def test_what_the_tape_does_not_hear_counts_as_constant():
    @tf.function
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            kept = tf.boolean_mask(x, x > 0)
            with tape.stop_recording():
                scale = tf.reduce_sum(tf.identity(kept))
            y = tf.reduce_sum(kept * scale)
        return tape.gradient(y, x)

    assert list(f(tf.constant(X)).numpy()) == [7.0, 7.0, 0.0, 7.0]


def test_cotangents_and_parts_of_unknown_shape():
    @tf.function
    def f(x):
        with tf.GradientTape() as tape:
            kept = tf.boolean_mask(x, x > 0)
            tape.watch(kept)
            y = kept * kept
        return tape.gradient(y, kept, output_gradients=kept), kept

    found, kept = f(tf.constant(X))
    np.testing.assert_allclose(found, 2 * kept.numpy() ** 2)


@pytest.mark.filterwarnings("ignore::brolga.GradientWarning")
@pytest.mark.parametrize("bound", [3, None])
def test_loops_that_call_the_host_on_unknown_shapes(bound):
    @tf.function
    def f(x):
        def body(k, y):
            return k + 1, y * tf.reduce_sum(tf.numpy_function(lambda y: y * 2, [y], tf.float32))

        more = (lambda k, y: k < 3) if bound else (lambda k, y: y < 200.0)
        return slope(lambda x: tf.while_loop(more, body, [0, x])[1], x)

    assert float(f(tf.constant(2.0))) == 4.0 * 16.0 * 256.0
