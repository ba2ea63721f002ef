"""A forked process computes with threads of its own."""

import os
import signal

import numpy as np
import pytest

import brolga as tf

PATIENCE = 60
"""Seconds after which a forked process counts as hung."""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_forked_process_computes_as_its_parent():
    x = tf.constant(np.random.default_rng(1).standard_normal((500, 500)).astype(np.float32))
    f = tf.function(lambda x: tf.reduce_sum(tf.exp(tf.matmul(x, x) * 0.01)), jit_compile=True)
    expected = f(x).numpy()
    child = os.fork()
    if child == 0:
        good = False
        try:
            signal.alarm(PATIENCE)
            good = f(x).numpy() == expected and tf.matmul(x, x).shape == (500, 500)
        finally:
            # Leaves without running anything of the test runner's.
            os._exit(0 if good else 1)
    assert os.waitpid(child, 0) == (child, 0)
    assert f(x).numpy() == expected
