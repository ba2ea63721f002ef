"""Gradients of loops whose turns nobody can count beforehand, or that carry what grows: arrays, tensors of changing shape."""

import brolga as tf
import numpy as np
import pytest

X = np.array([1.5, 0.5, -0.25, 0.75], np.float32)
INVARIANT = tf.TensorShape([None])


def growing():
    return tf.TensorArray(tf.float32, size=0, dynamic_size=True)


def weighed(stacked):
    return tf.reduce_sum(stacked * tf.cast(tf.range(1, tf.shape(stacked)[0] + 1), tf.float32))


def counted(x):
    _, ta = tf.while_loop(lambda k, ta: k < 12, lambda k, ta: (k + 1, ta.write(k, x[k % 4] * x[0])), (0, growing()))
    return weighed(ta.stack())


def until_it_is_large(x):
    def body(k, s, ta):
        return k + 1, s * x[0], ta.write(k, s * x[1])

    return weighed(tf.while_loop(lambda k, s, ta: s < 100.0, body, (0, x[0], growing()))[2].stack())


def rows(x):
    _, ta = tf.while_loop(lambda k, ta: k < 9, lambda k, ta: (k + 1, ta.write(k, x * tf.cast(k, tf.float32))), (0, growing()))
    return tf.reduce_sum(tf.tanh(ta.stack()) @ tf.reshape(x, [4, 1]))


def read_while_it_grows(x):
    def body(k, ta):
        return k + 1, ta.write(k, ta.read(k - 1) * x[1] + ta.read(k - 2))

    start = tf.TensorArray(tf.float32, size=2, dynamic_size=True, clear_after_read=False).write(0, x[0]).write(1, x[3])
    return weighed(tf.while_loop(lambda k, ta: k < 11, body, (2, start))[1].stack())


def one_in_another(x):
    def outer(k, ta):
        _, inner = tf.while_loop(lambda j, a: j < k + 1, lambda j, a: (j + 1, a.write(j, x[0] * tf.cast(j + k, tf.float32))), (0, growing()))
        return k + 1, ta.write(k, weighed(inner.stack()) * x[k % 4])

    return weighed(tf.while_loop(lambda k, ta: k < 5, outer, (0, growing()))[1].stack())


def some_turns(x):
    def body(k, ta):
        return k + 1, tf.cond(k % 2 == 0, lambda: ta.write(ta.size(), x[k % 4] ** 2), lambda: ta)

    return weighed(tf.while_loop(lambda k, ta: k < 20, body, (0, growing()))[1].stack())


def doubled_and_doubled(x):
    return weighed(tf.while_loop(lambda y: tf.size(y) < 30, lambda y: tf.concat([y, y * x[0]], 0), [x], shape_invariants=[INVARIANT])[0])


def shorter_and_shorter(x):
    def body(y, s):
        return y[1:] * x[1], s + tf.reduce_sum(y)

    return tf.while_loop(lambda y, s: tf.size(y) > 0, body, (x, 0.0), shape_invariants=(INVARIANT, tf.TensorShape([])))[1]


def around_a_callback(x):
    def body(k, s, more, ta):
        s, more = tf.numpy_function(lambda k, s: (s, np.bool_(k < 10)), [k, s], [tf.TensorSpec([]), tf.TensorSpec([], tf.bool)])
        action = tf.tanh(s * x[1] + tf.cast(k, tf.float32) * x[2])
        return k + 1, s, more, ta.write(k, action * x[0])

    return weighed(tf.while_loop(lambda k, s, more, ta: more, body, (0, tf.constant(2.0), True, growing()))[3].stack())


def around_a_callback_of_unknown_shape(x):
    def body(k, s):
        seen = tf.numpy_function(lambda k: np.arange(k + 1, dtype=np.float32), [k], tf.float32)
        return k + 1, s * x[1] + tf.reduce_sum(seen * x[0])

    return tf.while_loop(lambda k, s: s < 20.0, body, (0, tf.constant(1.0)))[1]


def turned(x):
    """What a loop carries, of which a callback of unknown bound decides the end; a branch around the callback."""

    def body(k, s, more):
        more = tf.cond(k % 2 == 0, lambda: tf.numpy_function(lambda k: np.bool_(k < 8), [k], tf.TensorSpec([], tf.bool)), lambda: more)
        return k + 1, s * x[0], more

    return tf.while_loop(lambda k, s, more: more, body, (0, x[1], tf.constant(True)))[1]


PURE = [
    counted,
    until_it_is_large,
    rows,
    read_while_it_grows,
    one_in_another,
    some_turns,
    doubled_and_doubled,
    shorter_and_shorter,
]
CALLING = [around_a_callback, around_a_callback_of_unknown_shape, turned]


def slope(f, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


def slopes(f, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        first = slope(f, x)
    return tape.gradient(first, x)


@pytest.mark.filterwarnings("ignore::brolga.GradientWarning")
@pytest.mark.parametrize("program", PURE + CALLING)
def test_gradients_are_those_of_eager_code(program):
    x = tf.constant(X)
    expected = slope(program, x)
    assert np.any(expected.numpy() != 0)
    np.testing.assert_allclose(tf.function(lambda x: slope(program, x))(x), expected, rtol=2e-6)
    np.testing.assert_allclose(slope(tf.function(program), x), expected, rtol=2e-6)


@pytest.mark.parametrize("program", PURE)
def test_gradients_have_gradients(program):
    x = tf.constant(X)
    expected = slopes(program, x)
    assert np.any(expected.numpy() != 0)
    np.testing.assert_allclose(tf.function(lambda x: slopes(program, x))(x), expected, rtol=1e-5, atol=1e-6)


def test_callbacks_in_them_run_once():
    calls = []

    @tf.function
    def f(x):
        def body(k, s, more):
            kept, more = tf.numpy_function(lambda k: (calls.append(int(k)), (k, k < 2))[1], [k], [tf.TensorSpec([], tf.int32), tf.bool])
            return kept + 1, s * 2.0, tf.ensure_shape(more, [])

        return slope(lambda x: tf.while_loop(lambda k, s, more: more, body, (0, x, True))[1], x)

    assert float(f(tf.constant(1.0))) == 8.0
    assert calls == [0, 1, 2]


def test_an_episode_as_the_tutorial_writes_it():
    weights = tf.Variable(np.linspace(-1, 1, 8).reshape(4, 2), dtype=tf.float32)
    state = np.array([0.1, -0.2, 0.3, 0.4], np.float32)

    def step(action):
        return (state * (1 + action)).astype(np.float32), np.array(1, np.int32), np.array(action > 3, np.int32)

    def run_episode(start, most):
        chances = tf.TensorArray(dtype=tf.float32, size=0, dynamic_size=True)
        rewards = tf.TensorArray(dtype=tf.int32, size=0, dynamic_size=True)
        shape, now = start.shape, start
        for t in tf.range(most):
            logits = tf.matmul(tf.expand_dims(now, 0), weights)
            chances = chances.write(t, tf.nn.softmax(logits)[0, t % 2])
            now, reward, done = tf.numpy_function(step, [t], [tf.float32, tf.int32, tf.int32])
            now.set_shape(shape)
            rewards = rewards.write(t, reward)
            if tf.cast(done, tf.bool):
                break
        return chances.stack(), rewards.stack()

    def train(start, most):
        with tf.GradientTape() as tape:
            chances, rewards = run_episode(start, most)
            loss = -tf.reduce_sum(tf.math.log(chances) * tf.cast(tf.cumsum(rewards, reverse=True), tf.float32))
        return loss, tape.gradient(loss, weights), tf.size(rewards)

    arguments = tf.constant(state), tf.constant(500)
    loss, gradient, count = tf.function(train)(*arguments)
    expected = train(*arguments)
    assert int(count) == int(expected[2]) == 5
    np.testing.assert_allclose(loss, expected[0], rtol=1e-6)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-5)


@pytest.mark.parametrize(
    "use",
    [
        lambda ta, x: ta.unstack(x * x).read(1) * 3.0,
        lambda ta, x: tf.reduce_sum(ta.unstack(x * x).gather([2, 0])),
        lambda ta, x: weighed(ta.split(x * x, [1, 1, 1, 1]).concat()),
        lambda ta, x: weighed(ta.scatter([3, 1, 0, 2], x * x).stack()),
        lambda ta, x: weighed(tf.reshape(ta.unstack(x * x).write(2, x[0]).stack(), [-1])),
        lambda ta, x: weighed(tf.reshape(ta.write(5, x).stack(), [-1])),
    ],
    ids=["unstack", "gather", "split", "scatter", "write", "past the end"],
)
def test_arrays_that_grow_outside_of_loops(use):
    x = tf.constant(X)

    def f(x):
        return use(growing(), x)

    expected = slope(f, x)
    np.testing.assert_allclose(tf.function(lambda x: slope(f, x))(x), expected, rtol=1e-6)
    np.testing.assert_allclose(slope(tf.function(f), x), expected, rtol=1e-6)
