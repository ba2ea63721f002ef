"""Bad use of gradients, variables and loops: each is told, with what helps."""

import pytest

import brolga as tf

WAYS = pytest.mark.parametrize("way", [lambda f: f, tf.function], ids=["eager", "graph"])


@WAYS
def test_the_gradient_of_an_integer(way):
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.cast(x * 2.0, tf.int32)
        return tape.gradient(y, x)

    # As TensorFlow, None; a warning says so, and can be made an error.
    with pytest.warns(tf.GradientWarning, match="no gradient of integers"):
        assert way(f)(tf.constant(1.0)) is None
    with pytest.raises(tf.GradientWarning, match="tf.cast"):
        way(f)(tf.constant(2.0)) if way is not tf.function else tf.function(f)(tf.constant(2.0))


@WAYS
def test_a_tape_used_twice(way):
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        return tape.gradient(y, x), tape.gradient(y, x)

    with pytest.raises(RuntimeError, match="A non-persistent GradientTape can only be used to compute one set of gradients"):
        way(f)(tf.constant(1.0))


@WAYS
def test_a_variable_of_the_wrong_shape_or_dtype(way):
    v = tf.Variable([1.0, 2.0])
    for wrong in (lambda: v.assign([1.0, 2.0, 3.0]), lambda: v.assign_add([1.0, 2.0, 3.0]), lambda: v.assign(3.0)):
        with pytest.raises(ValueError, match=r"shape.*\(2,\).*\((3,)?\)"):
            way(lambda: (wrong(), None)[1])()
    with pytest.raises(ValueError, match="of dtype int32 to variable"):
        way(lambda: (v.assign(tf.constant([1, 2])), None)[1])()
    assert v.numpy().tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match=r"initial value's shape \(\(2,\)\) is not compatible with .*\(\(3,\)\)"):
        tf.Variable([1.0, 2.0], shape=[3])


def test_a_loop_whose_shape_changes():
    def f(x):
        return tf.while_loop(lambda k, _: k < 3, lambda k, x: (k + 1, tf.concat([x, x], 0)), (0, x))[1]

    with pytest.raises(ValueError, match=r"enters the loop with shape \(1,\), but has shape \(2,\) after one iteration.*shape_invariants"):
        tf.function(f)(tf.constant([1.0]))
    assert f(tf.constant([1.0])).shape == [8]


def test_a_loop_whose_dtype_changes():
    with pytest.raises(TypeError, match="dtype int32 before an iteration and float32 after it"):
        tf.function(lambda k: tf.while_loop(lambda k: k < 3, lambda k: (tf.cast(k, tf.float32),), [k]))(tf.constant(0))
