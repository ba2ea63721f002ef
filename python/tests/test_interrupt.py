"""Ctrl-C ends what runs: loops without end, native or interpreted, within 0.2 seconds."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

LIMIT = 0.2
"""Seconds between the signal and the exception."""

ENDLESS = """
    import os, signal, sys, threading, time
    import numpy as np
    import brolga as tf

    sent = []

    def interrupt_soon(after=0.3):
        time.sleep(after)
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    def endless(x):
        return tf.while_loop(lambda k: k >= 0.0, lambda k: [k + 1.0], [x])

    def report(run, after=0.3):
        thread = threading.Thread(target=interrupt_soon, args=(after,))
        try:
            thread.start()
            run()
        except KeyboardInterrupt:
            print("interrupted", time.perf_counter() - sent[0])
        else:
            print("went on")
"""


def run(program, **options):
    """What a program prints."""
    text = textwrap.dedent(ENDLESS) + textwrap.dedent(program)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def delay(lines):
    """The seconds between signal and exception, for each line."""
    words = [line.split() for line in lines]
    assert all(word[0] == "interrupted" for word in words), lines
    return [float(word[1]) for word in words]


@pytest.mark.parametrize("jit", [True, False], ids=["native", "interpreted"])
def test_an_endless_loop_ends(jit):
    lines = run(f"f = tf.function(endless, jit_compile={jit}); f.get_concrete_function(1.0); report(lambda: f(tf.constant(1.0)))")
    (took,) = delay(lines)
    assert took < LIMIT


@pytest.mark.parametrize("after", [0.0, 0.002, 0.01, 0.03])
def test_also_one_that_has_just_begun(after):
    (took,) = delay(run(f"""
        f = tf.function(endless)
        f.get_concrete_function(1.0)
        report(lambda: f(tf.constant(1.0)), {after})
    """))
    assert took < LIMIT


def test_again_and_again_and_the_function_stays_usable():
    lines = run("""
        f = tf.function(lambda x, n: tf.while_loop(lambda k: k < n, lambda k: [k + 1.0], [x])[0], jit_compile=True)
        for _ in range(3):
            report(lambda: f(tf.constant(0.0), tf.constant(np.inf, tf.float32)))
            sent.clear()
        print("interrupted", float(f(tf.constant(0.0), tf.constant(5.0))) - 5.0)
    """)
    assert len(lines) == 4 and max(delay(lines)) < LIMIT


def test_a_loop_around_a_callback_ends():
    (took,) = delay(run("""
        @tf.function
        def f(x):
            turn = lambda k: [tf.ensure_shape(tf.numpy_function(lambda a: a, [k], tf.float32), [])]
            return tf.while_loop(lambda k: k >= 0.0, turn, [x])
        report(lambda: f(tf.constant(1.0)))
    """))
    assert took < LIMIT


def test_a_loop_that_a_callback_runs_ends():
    (took,) = delay(run("""
        inner = tf.function(endless, jit_compile=True)
        f = tf.function(lambda x: tf.numpy_function(lambda a: inner(a)[0].numpy(), [x], tf.float32))
        report(lambda: f(tf.constant(1.0)))
    """))
    assert took < LIMIT


def test_python_code_in_a_callback_ends():
    (took,) = delay(run("""
        def forever(a):
            while True:
                time.sleep(0.01)
        report(lambda: tf.function(lambda x: tf.numpy_function(forever, [x], tf.float32))(tf.constant(1.0)))
    """))
    assert took < LIMIT


def test_a_handler_of_the_program_is_called():
    lines = run("""
        class Enough(Exception):
            pass

        def handler(number, frame):
            raise Enough

        signal.signal(signal.SIGINT, handler)
        threading.Thread(target=interrupt_soon).start()
        try:
            tf.function(endless, jit_compile=True)(tf.constant(1.0))
        except Enough:
            print("interrupted", time.perf_counter() - sent[0])
    """)
    assert delay(lines)[0] < LIMIT


def test_importing_installs_nothing_and_starts_no_thread():
    lines = run("""
        print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, threading.active_count())
        print(len(os.listdir("/proc/self/task")))
    """)
    threads = int(lines[1])
    assert lines[0] == "True 1"
    # NumPy's own threads, if any, are there without brolga.
    numpys = subprocess.run(
        [sys.executable, "-c", "import os, numpy, ml_dtypes; print(len(os.listdir('/proc/self/task')))"], capture_output=True, text=True
    )
    assert threads == int(numpys.stdout)


def test_ctrl_c_from_outside_ends_a_program():
    text = textwrap.dedent(ENDLESS) + "print('running', flush=True)\ntf.function(endless, jit_compile=True)(tf.constant(1.0))\n"
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "running\n"
        time.sleep(0.5)
        os.kill(program.pid, signal.SIGINT)
        _, errors = program.communicate(timeout=10)
    assert "KeyboardInterrupt" in errors and program.returncode != 0
