"""`tf.TensorArray`: eager, in graphs, as a loop variable, around callbacks, differentiated, and what is refused."""

import numpy as np
import pytest

import brolga as tf

WAYS = {"eager": lambda f: f, "graph": tf.function, "compiled": lambda f: tf.function(f, jit_compile=True)}
EACH_WAY = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
INTERPRETED = pytest.mark.parametrize("way", [WAYS["eager"], WAYS["graph"]], ids=["eager", "graph"])


@EACH_WAY
def test_write_read_stack_and_gather(way):
    def f(x):
        ta = tf.TensorArray(tf.float32, size=4, clear_after_read=False)
        for k in range(4):
            ta = ta.write(k, x * float(k))
        return ta.read(2), ta.stack(), ta.gather([3, 1]), ta.size(), ta.concat()

    read, stacked, gathered, size, joined = way(f)(tf.constant([1.0, 2.0]))
    whole = np.outer(np.arange(4.0), [1.0, 2.0])
    assert read.numpy().tolist() == [2.0, 4.0] and np.array_equal(stacked, whole) and int(size) == 4
    assert np.array_equal(gathered, whole[[3, 1]]) and np.array_equal(joined, whole.reshape(-1))


@EACH_WAY
def test_unstack_scatter_and_split(way):
    def f(x):
        first = tf.TensorArray(tf.float32, size=3).unstack(x)
        second = tf.TensorArray(tf.float32, size=3).scatter([2, 0, 1], x)
        third = tf.TensorArray(tf.float32, size=2).split(tf.reshape(x, [-1]), [3, 3])
        return first.read(1), second.stack(), third.stack()

    x = np.arange(6, dtype=np.float32).reshape(3, 2)
    read, scattered, split = way(f)(tf.constant(x))
    assert np.array_equal(read, x[1]) and np.array_equal(scattered, x[[1, 2, 0]]) and np.array_equal(split, x.reshape(2, 3))


def test_eager_elements_may_differ_in_shape():
    ta = tf.TensorArray(tf.int32, size=0, dynamic_size=True, infer_shape=False)
    ta = ta.split(tf.range(6), [1, 2, 3])
    assert ta.concat().numpy().tolist() == list(range(6)) and ta.read(2).numpy().tolist() == [3, 4, 5]


@EACH_WAY
def test_it_is_a_loop_variable(way):
    def f(x):
        ta = tf.TensorArray(tf.float32, size=5)
        _, ta, s = tf.while_loop(lambda k, *_: k < 5, lambda k, ta, s: (k + 1, ta.write(k, s), s * x), (0, ta, x))
        return ta.stack(), s

    stacked, s = way(f)(tf.constant(2.0))
    assert stacked.numpy().tolist() == [2.0, 4.0, 8.0, 16.0, 32.0] and float(s) == 64.0


@INTERPRETED
def test_it_grows_in_a_loop_around_a_callback(way):
    def f(n):
        ta = {"squares": tf.TensorArray(tf.float32, size=0, dynamic_size=True), "twice": tf.TensorArray(tf.int32, size=2, dynamic_size=True)}

        def body(k, ta):
            square = tf.numpy_function(lambda k: np.float32(k * k), [k], tf.TensorSpec([], tf.float32))
            return k + 1, {"squares": ta["squares"].write(k, tf.ensure_shape(square, [])), "twice": ta["twice"].write(k, 2 * k)}

        _, ta = tf.while_loop(lambda k, _: k < n, body, (tf.constant(0), ta))
        return ta["squares"].stack(), ta["squares"].size(), ta["twice"].stack()

    f = way(f)
    for n in (1, 8, 9, 100):
        squares, size, twice = f(tf.constant(n))
        assert squares.numpy().tolist() == [float(k * k) for k in range(n)] and int(size) == n
        assert twice.numpy().tolist() == ([0, 0] if n == 1 else [2 * k for k in range(n)])


def test_a_size_that_is_a_tensor():
    @tf.function
    def f(n):
        ta = tf.TensorArray(tf.float32, size=n)
        _, ta = tf.while_loop(lambda k, _: k < n, lambda k, ta: (k + 1, ta.write(k, tf.cast(k, tf.float32))), (tf.constant(0), ta))
        return ta.stack(), ta.size()

    assert f(tf.constant(3))[0].numpy().tolist() == [0.0, 1.0, 2.0] and int(f(tf.constant(7))[1]) == 7


@INTERPRETED
def test_in_a_branch(way):
    def f(p):
        ta = tf.TensorArray(tf.float32, size=2, element_shape=[])
        return tf.cond(p, lambda: ta.write(0, 1.0), lambda: ta.write(1, 2.0)).stack()

    f = way(f)
    assert f(tf.constant(True)).numpy().tolist() == [1.0, 0.0]
    if way is not WAYS["eager"]:
        assert f(tf.constant(False)).numpy().tolist() == [0.0, 2.0]


def test_in_loops_of_pythons():
    pytest.importorskip("malt")

    @tf.function
    def f(n):
        ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for k in tf.range(n):
            if k % 2 == 0:
                continue
            ta = ta.write(ta.size(), tf.cast(k, tf.float32))
            if k > 6:
                break
        return ta.stack()

    assert f(tf.constant(100)).numpy().tolist() == [1.0, 3.0, 5.0, 7.0] and f(tf.constant(4)).numpy().tolist() == [1.0, 3.0]


@EACH_WAY
def test_a_gradient_through_its_elements(way):
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            ta = tf.TensorArray(tf.float32, size=6, clear_after_read=False)
            _, ta = tf.while_loop(lambda k, _: k < 6, lambda k, ta: (k + 1, ta.write(k, x * tf.cast(k, tf.float32))), (0, ta))
            y = tf.reduce_sum(ta.stack() ** 2) + tf.reduce_sum(ta.read(2)) + tf.reduce_sum(ta.gather([1, 1]))
        return tape.gradient(y, x)

    x = np.array([1.0, -2.0], np.float32)
    assert np.allclose(way(f)(tf.constant(x)), 2 * 55 * x + 2 + 2)


def test_an_eager_gradient_of_an_array_that_grows():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for k in range(4):
            ta = ta.write(k, x ** float(k))
        y = tf.reduce_sum(ta.stack())
    assert float(tape.gradient(y, x)) == 1 + 6 + 27


@INTERPRETED
def test_read_before_written(way):
    def f(k, shape):
        return tf.TensorArray(tf.float32, size=3, element_shape=shape).write(0, [1.0, 2.0]).read(k)

    with pytest.raises(tf.errors.InvalidArgumentError, match="index 1 of a TensorArray is read before it is written"):
        way(lambda k: f(k, None))(tf.constant(1))
    assert way(lambda k: f(k, [2]))(tf.constant(1)).numpy().tolist() == [0.0, 0.0]
    assert way(lambda: tf.TensorArray(tf.float32, size=3).write(1, 5.0).stack())().numpy().tolist() == [0.0, 5.0, 0.0]


def test_nothing_written_has_no_shape():
    with pytest.raises(ValueError, match="give `element_shape`"):
        tf.function(lambda: tf.TensorArray(tf.float32, size=3).stack())()
    with pytest.raises(ValueError, match="no known shape"):
        tf.TensorArray(tf.float32, size=3).stack()
    for way in (WAYS["eager"], WAYS["graph"]):
        assert way(lambda: tf.TensorArray(tf.float32, size=0, element_shape=[2]).stack())().shape == [0, 2]


@INTERPRETED
def test_places_out_of_range(way):
    write = way(lambda k: tf.TensorArray(tf.float32, size=3).write(k, 1.0).stack())
    grow = way(lambda k: tf.TensorArray(tf.float32, size=3, dynamic_size=True).write(k, 1.0).stack())
    read = way(lambda k: tf.TensorArray(tf.float32, size=3, element_shape=[]).read(k))
    assert grow(tf.constant(4)).numpy().tolist() == [0, 0, 0, 0, 1]
    for f, k, message in [
        (write, 3, "tried to write to index 3 but array is not resizeable and size is: 3"),
        (write, -1, "negative indices"),
        (grow, -1, "negative indices"),
        (read, 3, "tried to read from index 3 but array size is: 3"),
    ]:
        with pytest.raises(tf.errors.OutOfRangeError, match=message):
            f(tf.constant(k))


def test_an_element_is_read_once_unless_it_is_kept():
    ta = tf.TensorArray(tf.float32, size=1).write(0, 1.0)
    assert float(ta.read(0)) == 1.0
    with pytest.raises(tf.errors.InvalidArgumentError, match="cleared after a previous read"):
        ta.read(0)
    kept = tf.TensorArray(tf.float32, size=1, clear_after_read=False).write(0, 1.0)
    assert float(kept.read(0)) + float(kept.read(0)) == 2.0


@INTERPRETED
def test_shapes_and_dtypes_that_do_not_fit(way):
    refused = ValueError if way is tf.function else tf.errors.InvalidArgumentError
    with pytest.raises(refused, match="dtype is float32 but op is trying to write dtype int32"):
        way(lambda: tf.TensorArray(tf.float32, size=1).write(0, tf.constant(1)).stack())()
    with pytest.raises(ValueError, match="Incompatible shape"):
        way(lambda: tf.TensorArray(tf.float32, size=2).write(0, [1.0]).write(1, 1.0).stack())()
    with pytest.raises(ValueError, match="Incompatible shape"):
        way(lambda: tf.TensorArray(tf.float32, size=2, element_shape=[3]).write(0, [1.0]).stack())()


def test_a_shape_that_a_graph_does_not_know():
    def given(k, shape):
        return tf.numpy_function(lambda k: np.full(shape, k, np.float32), [k], tf.float32)

    for shape in ([], [2], [2, 3]):
        for options in ({"size": 0, "dynamic_size": True}, {"size": 11}):

            @tf.function
            def f(x):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    ta = tf.TensorArray(tf.float32, clear_after_read=False, **options)
                    _, ta = tf.while_loop(lambda k, _: k < 11, lambda k, ta: (k + 1, ta.write(k, given(k, shape) * x)), (0, ta))
                    y = tf.reduce_sum(ta.stack()) + tf.reduce_sum(ta.read(3))
                return ta.stack(), ta.gather([4, 2]), ta.size(), tape.gradient(y, x)

            whole, some, size, slope = f(tf.constant(2.0))
            expected = np.broadcast_to(2.0 * np.arange(11.0).reshape([11] + [1] * len(shape)), [11, *shape])
            assert whole.shape == expected.shape and np.array_equal(whole, expected) and np.array_equal(some, expected[[4, 2]])
            assert int(size) == 11 and float(slope) == (55 + 3) * np.prod(shape)

    declared = tf.function(lambda: tf.TensorArray(tf.float32, size=1, element_shape=[]).write(0, given(1, [])).stack())
    assert declared().numpy().tolist() == [1.0]
    with pytest.raises(ValueError, match="element_shape"):
        ta = lambda: tf.TensorArray(tf.float32, size=1)  # noqa: E731
        tf.function(lambda p: tf.cond(p, lambda: ta().write(0, 1.0), ta).stack())(tf.constant(True))

    @tf.function
    def joined():
        ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        return ta.write(0, given(1, [2])).write(1, given(2, [2])).concat()

    assert joined().numpy().tolist() == [1.0, 1.0, 2.0, 2.0]

    @tf.function
    def unlike():
        return tf.TensorArray(tf.float32, size=2).write(0, given(1, [2])).write(1, given(2, [3])).stack()

    with pytest.raises(tf.errors.InvalidArgumentError, match=r"value of shape \[3\] is written among elements of shape \[2\]"):
        unlike()


def test_one_write_leaves_the_others_as_they_are():
    @tf.function
    def f(x):
        ta = tf.TensorArray(tf.float32, size=2, element_shape=[]).write(0, x)
        return ta.write(1, x + 1.0).stack(), ta.write(1, x + 2.0).stack(), ta.stack()

    assert [part.numpy().tolist() for part in f(tf.constant(1.0))] == [[1.0, 2.0], [1.0, 3.0], [1.0, 0.0]]
