"""Threads: callbacks run where the call was made, the GIL is free while graphs run, and nothing deadlocks."""

import contextvars
import threading
import time

import numpy as np
import pytest

import brolga as tf

PATIENCE = 60
"""Seconds after which a test counts as hung."""


def in_threads(count, work):
    """Runs `work(number)` on so many threads at once; the exceptions they raised."""
    raised = []
    start = threading.Barrier(count)

    def run(number):
        start.wait()
        try:
            work(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    return raised


variable = contextvars.ContextVar("variable", default="unset")


def test_callbacks_run_on_the_callers_thread_and_in_its_context():
    places = []

    def cb(a):
        places.append((threading.get_ident(), variable.get()))
        return a

    f = tf.function(lambda x: tf.numpy_function(cb, [x], tf.float32, stateful=False) + tf.numpy_function(cb, [x], tf.float32))
    variable.set("main")
    f(tf.constant(1.0))
    assert places == [(threading.get_ident(), "main")] * 2
    places.clear()
    own = []

    def work(_):
        own.append(threading.get_ident())
        variable.set("other")
        f(tf.constant(1.0))

    assert in_threads(1, work) == []
    assert places == [(own[0], "other")] * 2


def test_callbacks_run_eagerly():
    modes = []

    def note():
        modes.append(tf.executing_eagerly())

    tf.function(lambda: tf.numpy_function(note, [], []))()
    assert modes == [True]


def test_recursion_through_a_callback():
    @tf.function(input_signature=[tf.TensorSpec([], tf.int64)])
    def factorial(n):
        return tf.numpy_function(lambda k: factorial(k - 1).numpy() * k if k > 1 else np.int64(1), [n], tf.int64)

    assert int(factorial(20)) == 2432902008176640000


def test_a_recursion_without_end_is_a_recursion_error():
    @tf.function(input_signature=[tf.TensorSpec([], tf.int64)])
    def f(n):
        return tf.numpy_function(lambda k: f(k).numpy(), [n], tf.int64)

    with pytest.raises(RecursionError):
        f(1)
    raised = in_threads(1, lambda _: f(1))
    assert [type(error) for error in raised] == [RecursionError]
    assert float(tf.function(lambda x: x + 1.0)(tf.constant(1.0))) == 2.0


def test_eight_threads_whose_callbacks_call_functions_again():
    compiled = tf.function(lambda x: tf.reduce_sum(tf.sin(x)) * 2.0, jit_compile=True)
    innermost = tf.function(lambda x: tf.numpy_function(lambda a: a + np.float32(1), [x], tf.float32) * 1.0)

    def again(a):
        inner = innermost(tf.constant(a)).numpy() if a.size % 2 else a + np.float32(1)
        return inner + compiled(tf.constant(a)).numpy()

    f = tf.function(lambda x: tf.numpy_function(again, [x], tf.float32) - 1.0)

    def work(number):
        # Threads meet at traces and compilations of new shapes, too.
        for turn in range(60):
            x = np.full(1 + (number + turn) % 5, number + turn / 100, np.float32)
            want = x + np.float32(2) * np.sin(x).sum(dtype=np.float32)
            np.testing.assert_allclose(f(tf.constant(x)).numpy(), want, rtol=1e-5)

    assert in_threads(8, work) == []
    assert f.experimental_get_tracing_count() == 5


def test_eight_threads_whose_callbacks_raise_lie_and_recurse():
    @tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
    def f(n):
        return tf.numpy_function(cb, [n], tf.int32)

    def cb(n):
        if n % 4 == 0:
            raise KeyError(int(n))
        if n % 4 == 1:
            return float(n)
        if n % 4 == 2:
            raise SystemExit(int(n))
        return n + f(n + 4).numpy() if n < 20 else n.copy()

    expected = {0: tf.errors.UnknownError, 1: tf.errors.InvalidArgumentError, 2: SystemExit}

    def work(number):
        for turn in range(40):
            n = (number + turn) % 4
            if n == 3:
                assert int(f(n)) == 3 + 7 + 11 + 15 + 19 + 23
            else:
                with pytest.raises(expected[n]):
                    f(n)

    assert in_threads(8, work) == []


def test_python_goes_on_while_native_code_runs():
    f = tf.function(lambda n: tf.while_loop(lambda k: k < n, lambda k: [k + 1.0], [tf.constant(0.0, tf.float64)]), jit_compile=True)
    f(tf.constant(1.0, tf.float64))
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    begin = time.perf_counter()
    turns = 1e6
    while time.perf_counter() - begin < 0.2:
        begin = time.perf_counter()
        f(tf.constant(turns, tf.float64))
        end = time.perf_counter()
        if end - begin >= 0.2:
            break
        turns *= 4
    done.set()
    thread.join(PATIENCE)
    inside = [moment for moment in ticks if begin < moment < end]
    assert len(inside) > 20


def test_callers_hold_no_lock_that_a_callback_waits_for():
    f = tf.function(lambda x: tf.numpy_function(lambda a: a, [x], tf.float32))
    inside, leave = threading.Event(), threading.Event()

    def slow(a):
        inside.set()
        assert leave.wait(PATIENCE)
        return a

    g = tf.function(lambda x: tf.numpy_function(slow, [x], tf.float32))
    thread = threading.Thread(target=lambda: g(tf.constant(1.0)), daemon=True)
    thread.start()
    assert inside.wait(PATIENCE)
    # While one thread is inside a callback, another traces, runs and calls back.
    assert float(f(tf.constant(2.0))) == 2.0
    leave.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_native_code_made_on_one_thread_runs_on_another():
    f = tf.function(lambda x: tf.tanh(x) * 2.0, jit_compile=True)
    assert in_threads(1, lambda _: f(tf.constant([0.5]))) == []
    want = f(tf.constant([0.5])).numpy()
    results = []
    assert in_threads(4, lambda _: results.append(f(tf.constant([0.5])).numpy())) == []
    assert all(np.array_equal(result, want) for result in results)


def test_many_threads_ask_for_one_function_at_once():
    f = tf.function(lambda x: tf.exp(x) + 1.0, jit_compile=True)
    assert in_threads(8, lambda _: f(tf.constant([0.0, 1.0]))) == []
    assert f.experimental_get_tracing_count() == 1
    assert f.get_concrete_function(tf.TensorSpec([2], tf.float32))._traced.concrete.compilations == 1
