"""`tf.Variable`: read and assigned at once and in functions, in the order of the program."""

import copy

import numpy as np
import pytest

import brolga as tf


def test_what_it_holds():
    v = tf.Variable([1.0, 2.0], name="weights")
    assert v.name == "weights:0" and v.shape == [2] and v.dtype == tf.float32 and v.trainable
    assert v.numpy().tolist() == v.value().numpy().tolist() == v.read_value().numpy().tolist() == [1.0, 2.0]
    assert tf.Variable(lambda: 3).dtype == tf.int32 and not tf.Variable(1.0, trainable=False).trainable
    assert tf.Variable(1, dtype=tf.float64).dtype == tf.float64
    assert np.asarray(v).tolist() == [1.0, 2.0] and "numpy=" in repr(v)


def test_it_is_assigned_and_acts_as_a_tensor():
    v = tf.Variable([1.0, 2.0])
    v.assign([3.0, 4.0])
    v.assign_add([1.0, 1.0])
    v.assign_sub(tf.constant([0.5, 0.5]))
    assert v.numpy().tolist() == [3.5, 4.5]
    assert (v + 1.0).numpy().tolist() == [4.5, 5.5] and (2.0 * v)[1].numpy() == 9.0 and float(tf.reduce_sum(v)) == 8.0
    assert (-v).numpy().tolist() == [-3.5, -4.5] and (v > 4.0).numpy().tolist() == [False, True]


def test_it_keeps_dtype_and_shape():
    v = tf.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match="[Ss]hape"):
        v.assign([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="int32"):
        v.assign(tf.constant([1, 2]))
    open_ended = tf.Variable([1.0], shape=[None])
    open_ended.assign([1.0, 2.0, 3.0])
    assert open_ended.numpy().tolist() == [1.0, 2.0, 3.0]


def test_what_was_read_before_stays():
    v = tf.Variable([1.0])
    before = v.value()
    v.assign([2.0])
    assert before.numpy().tolist() == [1.0]


@pytest.mark.parametrize("jit", [False, True])
def test_functions_read_and_write_it_without_a_new_trace(jit):
    v = tf.Variable(1.0)

    @tf.function(jit_compile=jit)
    def f(x):
        before = v * x
        v.assign_add(x)
        return before, v * x

    assert [float(y) for y in f(tf.constant(2.0))] == [2.0, 6.0]
    v.assign(10.0)
    assert [float(y) for y in f(tf.constant(2.0))] == [20.0, 24.0]
    assert float(v.numpy()) == 12.0 and f.experimental_get_tracing_count() == 1


def test_functions_inside_functions_share_it():
    v = tf.Variable(1.0)
    add = tf.function(lambda x: v.assign_add(x))

    @tf.function
    def f():
        add(1.0)
        add(1.0)
        return v.value()

    assert float(f()) == 3.0 == float(v.numpy())


def test_loops_and_branches_write_it():
    v = tf.Variable(0.0)

    @tf.function
    def f(n):
        def body(k):
            v.assign_add(2.0)
            return [k + 1]

        tf.while_loop(lambda k: k < n, body, [tf.constant(0)])
        tf.cond(n > 3, lambda: v.assign_add(100.0).value(), lambda: v.value())

    f(tf.constant(3))
    assert float(v.numpy()) == 6.0
    f(tf.constant(4))
    assert float(v.numpy()) == 114.0


def test_callbacks_see_what_the_program_has_assigned_so_far():
    v = tf.Variable(0.0)
    seen = []

    @tf.function
    def f():
        v.assign(1.0)
        tf.numpy_function(lambda: seen.append(float(v.numpy())), [], [])
        v.assign(2.0)
        tf.numpy_function(lambda: seen.append(float(v.numpy())), [], [])
        tf.numpy_function(lambda a: seen.append(float(a)), [v], [])
        v.assign(3.0)

    f()
    assert seen == [1.0, 2.0, 2.0] and float(v.numpy()) == 3.0


def test_what_a_callback_assigns_is_read_after_it():
    v = tf.Variable(1.0)

    @tf.function
    def f():
        before = v * 1.0
        tf.numpy_function(lambda: v.assign(v + 10.0) and None, [], [])
        return before, v * 1.0

    assert [float(y) for y in f()] == [1.0, 11.0]
    assert [float(y) for y in f()] == [11.0, 21.0]


def test_a_callback_that_fails_leaves_what_came_before():
    v = tf.Variable(0.0)

    @tf.function
    def f():
        v.assign(1.0)
        tf.numpy_function(lambda: 1 / 0, [], [])
        v.assign(2.0)

    with pytest.raises(tf.errors.UnknownError):
        f()
    assert float(v.numpy()) == 1.0


def test_a_lent_array_keeps_the_old_value():
    v = tf.Variable([1.0])
    kept = []
    f = tf.function(lambda: tf.numpy_function(kept.append, [v], []))
    f()
    v.assign([2.0])
    assert kept[0].tolist() == [1.0]


def test_rows_of_it_are_written():
    v = tf.Variable([[8.0, 8.0], [3.0, 4.0]])
    twice = tf.IndexedSlices([[2.0, 2.0], [4.0, 4.0]], [0, 0])
    assert v.scatter_div(twice) is v and v.numpy().tolist() == [[1.0, 1.0], [3.0, 4.0]]
    v.scatter_mul(twice)
    v.scatter_add(tf.IndexedSlices([[1.0, 0.0]], [1]))
    v.scatter_sub(tf.IndexedSlices([[0.0, 1.0]], [1]))
    assert v.numpy().tolist() == [[8.0, 8.0], [4.0, 3.0]]
    v.scatter_max(tf.IndexedSlices([[9.0, 0.0]], [0]))
    v.scatter_min(tf.IndexedSlices([[9.0, 0.0]], [1]))
    v.scatter_update(tf.IndexedSlices([[5.0, 5.0]], [0]))
    assert v.numpy().tolist() == [[5.0, 5.0], [4.0, 0.0]]
    assert v.sparse_read([1]).numpy().tolist() == [[4.0, 0.0]] and v.gather_nd([[0, 1]]).numpy().tolist() == [5.0]
    with pytest.raises(TypeError, match="IndexedSlices"):
        v.scatter_add(3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="5"):
        v.scatter_add(tf.IndexedSlices([[1.0, 1.0]], [5]))
    assert v.numpy().tolist() == [[5.0, 5.0], [4.0, 0.0]]


def test_places_and_slices_of_it_are_written_in_order_in_functions_too():
    v = tf.Variable(tf.zeros([2, 3]))

    def write(x):
        v.scatter_nd_update([[0, 0]], [x])
        v.scatter_nd_add([[0, 0], [0, 0]], [1.0, 1.0])
        v[1, ::2].assign(v[0, :1] * 2.0)
        v[..., 1].assign([7.0, 8.0])
        return v[:, 0]

    for f in (write, tf.function(write), tf.function(write, jit_compile=True)):
        v.assign(tf.zeros([2, 3]))
        assert f(tf.constant(3.0)).numpy().tolist() == [5.0, 10.0]
        assert v.numpy().tolist() == [[5.0, 7.0, 0.0], [10.0, 8.0, 10.0]]
    with pytest.raises(tf.errors.InvalidArgumentError):
        v[0].assign([1.0, 2.0])


def test_copies_are_variables_of_their_own():
    v = tf.Variable([1.0], name="w", trainable=False)
    other = copy.deepcopy(v)
    v.assign([2.0])
    assert other.numpy().tolist() == [1.0] and other.name == "w:0" and not other.trainable and v.is_initialized()
