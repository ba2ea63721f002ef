"""`jit_compile=True` refuses what must run on the host: at every call, all of it at once, and before anything ran."""

import numpy as np
import pytest

import brolga as tf


def refusal(function, *arguments):
    with pytest.raises(tf.errors.InvalidArgumentError) as info:
        function(*arguments)
    return str(info.value)


def host(a):
    return a


def other_host(a):
    return a


def line_of(function):
    return f"{__file__}:{function.__code__.co_firstlineno}"


def test_the_refusal_names_node_function_lines_and_a_way_out():
    @tf.function(jit_compile=True)
    def train(x):
        return tf.numpy_function(host, [x], tf.float32, name="my_host") + 1.0

    text = refusal(train, tf.constant(1.0))
    made = train.python_function.__code__.co_firstlineno + 2
    assert "`train`" in text and "`my_host` (PyFunc)" in text and "`host (" in text
    assert line_of(host) in text and f"made at {__file__}:{made}" in text
    assert "help: use jit_compile=False" in text


def test_every_callback_is_listed_with_what_is_around_it():
    @tf.function
    def inner(x):
        return tf.numpy_function(other_host, [x], tf.float32, stateful=False)

    @tf.function(jit_compile=True)
    def f(x):
        def body(k, acc):
            return k + 1, tf.ensure_shape(tf.numpy_function(host, [acc], tf.float32, name="in_loop"), [])

        _, y = tf.while_loop(lambda k, _: k < 3, body, [tf.constant(0), x])
        z = tf.cond(x > 0.0, lambda: inner(x), lambda: x)
        return y + tf.ensure_shape(z, []) + tf.py_function(host, [x], tf.float32)

    text = refusal(f, tf.constant(1.0))
    assert "3 nodes" in text
    assert "`in_loop` (PyFunc)" in text and "inside the body of" in text and "(while)" in text
    assert "(PyFuncStateless)" in text and "inside the callee of" in text and "(call)" in text
    assert "inside the true branch of" in text and "(if)" in text
    assert "EagerPyFunc" in text
    assert line_of(host) in text and line_of(other_host) in text


def test_each_call_is_refused_and_nothing_runs():
    log = []

    @tf.function(jit_compile=True)
    def f(x):
        return tf.numpy_function(lambda a: (log.append(1), a)[1], [x], tf.float32)

    f.get_concrete_function(tf.TensorSpec([], tf.float32))
    assert refusal(f, tf.constant(1.0)) == refusal(f, tf.constant(2.0)) == refusal(f, tf.constant(3.0))
    assert log == []


@pytest.mark.parametrize("stateful", [True, False])
def test_also_a_callback_whose_result_nobody_reads(stateful):
    @tf.function(jit_compile=True)
    def f(x):
        tf.numpy_function(host, [x], tf.float32, stateful=stateful)
        return x + 1.0

    assert "PyFunc" in refusal(f, tf.constant(1.0))


def test_also_a_branch_that_is_never_taken():
    @tf.function(jit_compile=True)
    def f(x):
        return tf.cond(tf.constant(False), lambda: tf.numpy_function(host, [x], tf.float32), lambda: x)

    assert "`host (" in refusal(f, tf.constant(1.0))


def test_the_decorated_form():
    sinh = tf.numpy_function(Tout=tf.float32)(np.sinh)
    assert "sinh" in refusal(tf.function(lambda x: sinh(x), jit_compile=True), tf.constant(1.0))


def test_a_compiled_function_inside_another_is_refused_before_the_other_runs():
    log = []
    inner = tf.function(lambda x: tf.numpy_function(host, [x], tf.float32), jit_compile=True)

    @tf.function
    def outer(x):
        tf.numpy_function(lambda: log.append("ran"), [], [])
        return inner(x)

    assert "`host (" in refusal(outer, tf.constant(1.0))
    assert log == []


def test_the_function_is_usable_once_the_callback_is_gone():
    on_the_host = [True]

    @tf.function(jit_compile=True)
    def f(x):
        return tf.numpy_function(np.negative, [x], tf.float32) if on_the_host[0] else -x

    refusal(f, tf.constant(1.0))
    on_the_host[0] = False
    assert f(tf.constant([1.0])).numpy().tolist() == [-1.0]
    assert float(tf.function(f.python_function, jit_compile=True)(tf.constant(1.0))) == -1.0


def test_ops_whose_result_shape_depends_on_data_are_refused_by_name():
    f = tf.function(lambda x: tf.unique(x)[0], jit_compile=True)
    assert "unique" in refusal(f, tf.constant([1, 1, 2]))
    assert tf.function(f.python_function)(tf.constant([1, 1, 2])).numpy().tolist() == [1, 2]


def test_running_functions_eagerly_runs_even_these():
    f = tf.function(lambda x: tf.numpy_function(np.negative, [x], tf.float32), jit_compile=True)
    tf.config.run_functions_eagerly(True)
    try:
        assert f(tf.constant([1.0])).numpy().tolist() == [-1.0]
    finally:
        tf.config.run_functions_eagerly(False)
    refusal(f, tf.constant([1.0]))


def test_what_needs_no_host_is_compiled_and_agrees():
    def body(x):
        return tf.reduce_sum(tf.sin(x) * 2.0 + x, axis=1)

    x = tf.constant(np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4))
    compiled = tf.function(body, jit_compile=True)
    np.testing.assert_array_equal(compiled(x).numpy(), tf.function(body)(x).numpy())
    assert "native code" in compiled.explain()
