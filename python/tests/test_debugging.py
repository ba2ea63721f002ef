"""Assertions and prints, at once and in graphs."""

import sys

import numpy as np
import pytest

import brolga as tf


def test_an_assertion_about_known_tensors_is_checked_at_once():
    tf.debugging.assert_equal(tf.constant([1, 2]), [1, 2])
    with pytest.raises(tf.errors.InvalidArgumentError, match="x == y did not hold"):
        tf.debugging.assert_equal(tf.constant([1, 2]), [1, 3])
    with pytest.raises(tf.errors.InvalidArgumentError, match="mine"):
        tf.debugging.assert_positive(tf.constant([1.0, -1.0]), message="mine")
    with pytest.raises(tf.errors.InvalidArgumentError, match="weights : Tensor had Inf or NaN"):
        tf.debugging.check_numerics(tf.constant([1.0, np.nan]), "weights")


def test_an_assertion_in_a_function_is_checked_when_it_runs():
    @tf.function
    def f(x):
        tf.debugging.assert_less(x, 10.0, message="too large")
        return x + 1.0

    assert float(f(tf.constant(1.0))) == 2.0
    with pytest.raises(tf.errors.InvalidArgumentError, match="too large"):
        f(tf.constant(11.0))
    assert float(f(tf.constant(2.0))) == 3.0


def test_native_code_leaves_assertions_out():
    @tf.function(jit_compile=True)
    def f(x):
        tf.debugging.assert_less(x, 10.0)
        return x + 1.0

    assert float(f(tf.constant(11.0))) == 12.0


def test_ranks_and_types_are_known_while_tracing():
    @tf.function
    def f(x):
        tf.debugging.assert_rank(x, 2)
        tf.debugging.assert_integer(x)
        return x

    with pytest.raises(ValueError, match="must have rank 2"):
        f(tf.constant([1]))
    with pytest.raises(TypeError, match="integer"):
        f(tf.constant([[1.0]]))
    with pytest.raises(ValueError, match="N = 2"):
        tf.debugging.assert_shapes([(tf.zeros([2, 3]), ("N", 3)), (tf.zeros([4]), ("N",))])
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.debugging.assert_near(1.0, 1.1)
    tf.debugging.assert_near(1.0, 1.0 + 1e-7)


def test_print_writes_values_in_program_order(capsys):
    tf.print("x:", tf.constant([1, 2]), {"a": tf.constant(1.5)}, output_stream=sys.stdout)
    assert capsys.readouterr().out == "x: [1 2] {'a': 1.5}\n"

    @tf.function
    def f(x):
        tf.print("before", x, output_stream=sys.stdout)
        y = x * 2.0
        tf.print("after", y, output_stream=sys.stdout)
        return y

    f(tf.constant(3.0))
    assert capsys.readouterr().out == "before 3.0\nafter 6.0\n"


def test_print_goes_to_streams_and_files_and_nowhere_else(tmp_path):
    path = tmp_path / "log"
    tf.print("a", output_stream=f"file://{path}")
    tf.print("b", output_stream=f"file://{path}")
    assert path.read_text() == "a\nb\n"
    with pytest.raises(ValueError, match="file://PATH"):
        tf.print("a", output_stream="stdout")


def test_an_op_may_be_given_for_its_name():
    signal = tf.constant(np.arange(64, dtype=np.float32))
    named = tf.signal.stft(signal, 16, 8, window_fn=tf.signal.hann_window)
    np.testing.assert_array_equal(named.numpy(), tf.signal.stft(signal, 16, 8).numpy())


def test_a_new_axis_has_its_name():
    assert tuple(tf.ones([3])[:, tf.newaxis].shape) == (3, 1)
