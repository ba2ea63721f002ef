"""`tf.GradientTape`: eager code, functions called under a tape, tapes inside functions."""

import math

import brolga as tf
import numpy as np
import pytest

EITHER = pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "function"])


def numbers(value):
    return tf.nest.map_structure(lambda leaf: None if leaf is None else np.asarray(leaf).tolist(), value)


@EITHER
def test_gradients_of_tensors_and_variables(wrap):
    v = tf.Variable([1.0, 2.0])
    frozen = tf.Variable(3.0, trainable=False)

    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(x * x * v * frozen)
        return tape.gradient(y, {"x": x, "v": [v, frozen]})

    found = numbers(wrap(f)(tf.constant([2.0, 5.0])))
    assert found == {"x": [12.0, 60.0], "v": [[12.0, 75.0], None]}


@EITHER
def test_tapes_nest(wrap):
    def f(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = x * x * tf.sin(x)
            first = inner.gradient(y, x)
        return first, outer.gradient(first, x)

    first, second = numbers(wrap(f)(tf.constant(0.5, tf.float64)))
    s, c = math.sin(0.5), math.cos(0.5)
    assert first == pytest.approx(s + 0.25 * c, abs=1e-15)
    assert second == pytest.approx(2 * s + 4 * 0.5 * c - 0.25 * s, abs=1e-15)


def test_a_function_under_tapes_is_differentiated_twice():
    cube = tf.function(lambda x: x * x * x)
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = cube(x)
        first = inner.gradient(y, x)
    assert (float(first), float(outer.gradient(first, x))) == (27.0, 18.0)


@pytest.mark.parametrize("jit", [False, True])
def test_a_function_under_a_tape(jit):
    w = tf.Variable([[1.0, -2.0], [0.5, 1.0]])

    @tf.function(jit_compile=jit)
    def net(x):
        return tf.nn.relu(tf.matmul(x, w)), tf.shape(x)

    x = tf.constant([[1.0, 2.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, _ = net(x * 2.0)
        loss = tf.reduce_sum(y)
    assert tape.watched_variables() == (w,)
    assert numbers(tape.gradient(loss, [x, w])) == [[[2.0, 1.0]], [[2.0, 0.0], [4.0, 0.0]]]
    assert numbers(tape.gradient(y, w, output_gradients=tf.constant([[10.0, 1.0]]))) == [[20.0, 0.0], [40.0, 0.0]]


def test_a_function_of_open_shape_under_a_tape():
    f = tf.function(lambda x: tf.reduce_sum(x * x), input_signature=[tf.TensorSpec([None], tf.float32)])
    for elements in ([1.0, 2.0], [3.0]):
        x = tf.constant(elements)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        assert numbers(tape.gradient(y, x)) == [2 * element for element in elements]


@pytest.mark.parametrize("jit", [False, True])
def test_open_shapes_inside_a_function(jit):
    v = tf.Variable(2.0, dtype=tf.float64)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float64)], jit_compile=jit)
    def f(x):
        before = x * x
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = tf.reduce_sum(x * before * v)
            z = tf.sort(x) * x
        first = tape.gradient(y, [x, v])
        v.assign_sub(0.1 * first[1])
        return first, tape.gradient(z, [x, v], output_gradients=z)

    held = 2.0
    for elements in ([1.0, 3.0, 2.0], [1.5], [4.0, -1.0]):
        x = np.array(elements)
        (of_x, of_v), (of_sorted, none) = f(tf.constant(x))
        assert np.allclose(of_x, x * x * held) and np.allclose(of_v, (x**3).sum())
        order = np.argsort(x)
        seed = np.sort(x) * x
        expected = seed * np.sort(x)
        expected[order] += seed * x
        assert np.allclose(of_sorted, expected) and none is None
        held -= 0.1 * (x**3).sum()
        assert v.numpy() == pytest.approx(held)


def test_open_shapes_are_differentiated_twice():
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float64)])
    def f(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = x * x * x
            first = inner.gradient(y, x)
        return first, outer.gradient(first, x)

    assert numbers(f(tf.constant([1.0, 2.0], tf.float64))) == ([3.0, 12.0], [6.0, 12.0])


def test_callbacks_run_once():
    calls = []

    def read(x):
        calls.append(float(x))
        return x * 2

    @tf.function
    def step(x):
        return tf.numpy_function(read, [x], tf.TensorSpec([], tf.float32)) * x

    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = step(x)
    with pytest.warns(tf.GradientWarning, match="PyFunc.*test_gradient_tape.py"):
        assert float(tape.gradient(y, x)) == 6.0
    assert calls == [3.0]

    @tf.function
    def loop(count, v):
        def body(k, v):
            with tf.GradientTape() as tape:
                tape.watch(v)
                loss = v * v * tf.numpy_function(read, [tf.cast(k, tf.float32)], tf.TensorSpec([], tf.float32))
            return k + 1, v - 0.25 * tape.gradient(loss, v)

        return tf.while_loop(lambda k, v: k < count, body, [0, v])

    calls.clear()
    _, v = loop(tf.constant(3), tf.constant(1.0))
    assert calls == [0.0, 1.0, 2.0] and float(v) == 1.0 * (1 - 1.0) * (1 - 2.0)


def test_a_cut_is_warned_of_in_eager_code_too():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.numpy_function(np.square, [x], tf.float32) + x
    with pytest.warns(tf.GradientWarning, match="square"):
        assert float(tape.gradient(y, x)) == 1.0


@EITHER
def test_py_function_has_a_gradient(wrap):
    def f(x, y):
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            z = tf.py_function(lambda a, b: a * a * b, [x, y], tf.TensorSpec([], tf.float32))
            loss = z * 2.0
        return tape.gradient(loss, [x, y])

    assert numbers(wrap(f)(tf.constant(3.0), tf.constant(5.0))) == [60.0, 18.0]


@EITHER
def test_numpy_function_may_bring_a_gradient(wrap):
    def f(x, k):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.numpy_function(
                lambda a, k: np.sin(a) * np.float32(k), [x, k], tf.TensorSpec([2], tf.float32), gradient=lambda a, k, g: g * np.cos(a) * np.float32(k)
            )
            loss = tf.reduce_sum(y * y)
        return tape.gradient(loss, x)

    x = np.array([0.5, 2.0], np.float32)
    found = wrap(f)(tf.constant(x), tf.constant(3))
    assert np.allclose(found, 18 * np.sin(x) * np.cos(x), rtol=1e-5)


@EITHER
def test_custom_gradient(wrap):
    @tf.custom_gradient
    def clipped(x):
        return x * x, lambda up: tf.clip_by_value(up * 2.0 * x, -1.0, 1.0)

    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = clipped(x) * 1.0
        return y, tape.gradient(y, x)

    assert numbers(wrap(f)(tf.constant(3.0))) == (9.0, 1.0)
    assert numbers(wrap(f)(tf.constant(0.25))) == (0.0625, 0.5)


@EITHER
def test_what_the_tape_does_not_hear_is_constant(wrap):
    def f(x):
        before = x * x
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = before * x
            with tape.stop_recording():
                unheard = x * x
            z = unheard * x
            stopped = tf.stop_gradient(x) * x
        after = y * 2.0
        return [tape.gradient(target, x) for target in (y, z, stopped, after)]

    assert numbers(wrap(f)(tf.constant(3.0))) == [9.0, 9.0, 3.0, None]


def test_variables_with_one_content_are_two():
    zeros = tf.zeros([2])
    a, b = tf.Variable(zeros), tf.Variable(zeros)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(a * 3.0 + b * 2.0)
    assert numbers(tape.gradient(y, [a, b])) == [[3.0, 3.0], [2.0, 2.0]]


def test_training_inside_a_native_function():
    v = tf.Variable(2.0)

    @tf.function(jit_compile=True)
    def train(x):
        with tf.GradientTape() as tape:
            loss = (v * x - 6.0) ** 2
        v.assign_sub(0.05 * tape.gradient(loss, v))
        return loss

    losses = [float(train(tf.constant(2.0))) for _ in range(12)]
    assert losses[0] == 4.0 and losses[-1] < 1e-3 and v.numpy() == pytest.approx(3.0, abs=0.01)


@EITHER
def test_jacobians(wrap):
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        whole = tape.jacobian(y, x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.sin(x) * x[:, :1]
        return whole, tape.batch_jacobian(y, x)

    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    whole, batch = wrap(f)(tf.constant(x))
    assert np.array_equal(whole, np.diag(2 * x.ravel()).reshape(2, 2, 2, 2))
    for row, found in zip(x, np.asarray(batch)):
        expected = np.diag(np.cos(row) * row[0])
        expected[:, 0] += np.sin(row)
        assert np.allclose(found, expected, atol=1e-14)


def test_gradients_in_functions():
    @tf.function
    def f(x):
        y = x * x
        return tf.gradients([y, y * x], [x, y], grad_ys=[None, tf.constant(10.0)])

    assert numbers(f(tf.constant(3.0))) == [6.0 + 270.0, 1.0 + 30.0]
    with pytest.raises(RuntimeError, match="GradientTape"):
        tf.gradients(tf.constant(1.0), tf.constant(1.0))


def test_branches_between_the_tape_and_its_use():
    v = tf.Variable(2.0)

    @tf.function
    def f(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = tf.cond(x > 0, lambda: x * v, lambda: x * x)
        return tf.cond(x > 0, lambda: tape.gradient(y, v), lambda: tape.gradient(y, x))

    assert (float(f(tf.constant(3.0))), float(f(tf.constant(-3.0)))) == (3.0, -6.0)


def test_a_loop_written_anew_between_branches():
    @tf.function
    def f(x, k):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            _, y = tf.while_loop(lambda i, y: i < k, lambda i, y: (i + 1, y * x), [0, x])
            unrelated = x + 100.0
        branches = [lambda: unrelated, lambda: tape.gradient(y, x), lambda: tape.gradient(y * 1.0, x), lambda: unrelated]
        with pytest.raises(ValueError, match="branch, loop or body that is finished"):
            tf.switch_case(k, branches)
        branches[2] = lambda: tape.gradient([y, unrelated], x)
        return tf.switch_case(k, branches)

    found = [float(f(tf.constant(3.0), tf.constant(k))) for k in range(4)]
    assert found == [103.0, 6.0, 27.0 + 1.0, 103.0]


def test_misuse_is_told():
    x, k = tf.constant(3.0), tf.constant(3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        whole = tf.cast(x, tf.int32)
    assert float(tape.gradient(y, x)) == 6.0
    with pytest.raises(RuntimeError, match="non-persistent"):
        tape.gradient(y, x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        with pytest.raises(ValueError, match="still recording"):
            tape.__enter__()
    with pytest.warns(tf.GradientWarning, match="target tensor must be floating"):
        assert tape.gradient(whole, x) is None
    with pytest.warns(tf.GradientWarning, match="watched tensor must be floating"):
        tape.watch(k)
    with pytest.warns(tf.GradientWarning, match="source tensor must be floating"):
        assert tape.gradient(y, [x, k], unconnected_gradients=tf.UnconnectedGradients.ZERO)[0].numpy() == 0.0
    with pytest.raises(ValueError, match="Passed in object"):
        tape.watch(3.0)
    with pytest.raises(TypeError, match="tensors and variables"):
        tape.gradient(y, "x")
    with pytest.raises(RuntimeError, match="not recording"), tape.stop_recording():
        pass


def test_reset_forgets():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tape.reset()
        tape.watch(x)
        z = y * x
    assert float(tape.gradient(z, x)) == 9.0


def test_errors_of_gradient_functions_come_out():
    @tf.custom_gradient
    def f(x):
        def backward(up):
            raise KeyError("mine")

        return x * x, backward

    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    with pytest.raises(KeyError, match="mine"):
        tape.gradient(y, x)
