"""Exceptions of callbacks: which error they become, and what of them is kept."""

import contextlib

import numpy as np
import pytest

import brolga as tf


class Odd(Exception):
    """An exception of the user's own."""


def raising(error, **options):
    """A function whose callback raises."""

    def cb(x):
        raise error

    return tf.function(lambda x: tf.numpy_function(cb, [x], tf.float32, **options)), cb


CLASSES = [
    (ValueError, "InvalidArgumentError"), (TypeError, "InvalidArgumentError"), (UnicodeError, "InvalidArgumentError"),
    (np.linalg.LinAlgError, "InvalidArgumentError"), (StopIteration, "OutOfRangeError"), (MemoryError, "ResourceExhaustedError"),
    (NotImplementedError, "UnimplementedError"), (KeyError, "UnknownError"), (IndexError, "UnknownError"), (RuntimeError, "UnknownError"),
    (OSError, "UnknownError"), (ZeroDivisionError, "UnknownError"), (AssertionError, "UnknownError"), (Odd, "UnknownError"),
]  # fmt: skip


@pytest.mark.parametrize("kind, name", CLASSES, ids=[kind.__name__ for kind, _ in CLASSES])
def test_the_class_is_tensorflows_and_the_cause_is_the_exception_itself(kind, name):
    original = kind("needle")
    f, cb = raising(original, name="my_node")
    with pytest.raises(getattr(tf.errors, name)) as info:
        f(tf.constant(1.0))
    assert type(info.value) is getattr(tf.errors, name)
    assert info.value.__cause__ is original
    text = str(info.value)
    assert kind.__name__ in text and "needle" in text and "my_node" in text
    # The line that raised, as a traceback shows it.
    assert f'File "{__file__}", line {cb.__code__.co_firstlineno + 1}, in cb' in text


def test_a_note_names_the_node_and_its_line():
    original = ValueError("needle")
    f, _ = raising(original, name="my_node")
    with pytest.raises(tf.errors.InvalidArgumentError):
        f(tf.constant(1.0))
    (note,) = original.__notes__
    line = raising.__code__.co_firstlineno + 6
    assert "my_node" in note and f"{__file__}:{line}" in note


def test_the_traceback_of_the_cause_leads_to_the_callback():
    f, cb = raising(KeyError("x"))
    with pytest.raises(tf.errors.UnknownError) as info:
        f(tf.constant(1.0))
    frame = info.value.__cause__.__traceback__
    while frame.tb_next is not None:
        frame = frame.tb_next
    assert frame.tb_frame.f_code is cb.__code__


@pytest.mark.parametrize("error", [KeyboardInterrupt("stop"), SystemExit(3), GeneratorExit()], ids=lambda error: type(error).__name__)
def test_what_ends_programs_passes_through(error):
    f, _ = raising(error)
    with pytest.raises(type(error)) as info:
        f(tf.constant(1.0))
    assert info.value is error


def test_eager_calls_raise_the_exception_itself():
    error = KeyError("x")

    def cb(x):
        raise error

    with pytest.raises(KeyError) as info:
        tf.numpy_function(cb, [1.0], tf.float32)
    assert info.value is error and not hasattr(error, "__notes__")


def test_a_callback_that_takes_other_arguments():
    f = tf.function(lambda x: tf.numpy_function(lambda a, b: a, [x], tf.float32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="argument") as info:
        f(tf.constant(1.0))
    assert isinstance(info.value.__cause__, TypeError)


def test_a_function_stays_usable():
    def cb(a):
        if a < 0:
            raise ValueError("negative")
        return a

    f = tf.function(lambda x: tf.numpy_function(cb, [x], tf.float32))
    assert float(f(tf.constant(1.0))) == 1.0
    with pytest.raises(tf.errors.InvalidArgumentError):
        f(tf.constant(-1.0))
    assert float(f(tf.constant(2.0))) == 2.0 and f.experimental_get_tracing_count() == 1


def test_nothing_after_the_failure_runs():
    log = []
    v = tf.Variable(0.0)

    @tf.function
    def f():
        v.assign(1.0)
        tf.numpy_function(lambda: log.append("first"), [], [])
        tf.numpy_function(lambda: {}["x"], [], [])
        tf.numpy_function(lambda: log.append("after"), [], [])
        v.assign(2.0)

    with pytest.raises(tf.errors.UnknownError):
        f()
    assert log == ["first"] and float(v.numpy()) == 1.0


def test_the_regions_around_a_failure_are_told():
    def body(k):
        return [tf.ensure_shape(tf.numpy_function(lambda a: 1 // 0, [k], tf.int32, name="inside"), [])]

    f = tf.function(lambda x: tf.while_loop(lambda k: k < 3, body, [x]))
    with pytest.raises(tf.errors.UnknownError) as info:
        f(tf.constant(0))
    text = str(info.value)
    assert "node inside" in text and "inside the body" in text and text.count(f"{__file__}:") >= 2


def test_errors_of_graphs_called_by_callbacks_are_chained_and_told_once():
    inner, _ = raising(ValueError("needle"))
    f = tf.function(lambda x: tf.numpy_function(lambda a: inner(a).numpy(), [x], tf.float32, name="outer_node"))
    with pytest.raises(tf.errors.UnknownError) as info:
        f(tf.constant(1.0))
    first = info.value.__cause__
    assert type(first) is tf.errors.InvalidArgumentError and type(first.__cause__) is ValueError
    assert str(info.value).count(str(first)) == 1 and "outer_node" in str(info.value)


def test_a_tensor_of_the_enclosing_trace_is_out_of_reach():
    @tf.function
    def f(x):
        y = x * 2.0
        return tf.numpy_function(lambda: (y + 1.0).numpy(), [], tf.float32)

    with pytest.raises(tf.errors.OpError, match="belongs to another function"):
        f(tf.constant(1.0))


def test_an_exception_raised_again_and_again_is_freed_again():
    f, _ = raising(ValueError("x"))
    for _ in range(50):
        with contextlib.suppress(tf.errors.InvalidArgumentError):
            f(tf.constant(1.0))
    assert f.experimental_get_tracing_count() == 1
