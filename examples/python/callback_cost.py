"""What a callback costs: the time of a call with one, less the time of the same call without.

    python examples/python/callback_cost.py [SECONDS_PER_ROW]
"""

import sys
import time

import numpy as np

import brolga as tf

BUDGET = float(sys.argv[1]) if len(sys.argv) > 1 else 0.2


def median_time(call):
    """The median of the times of a call, in microseconds."""
    begin = time.perf_counter()
    times = []
    while time.perf_counter() - begin < BUDGET or len(times) < 5:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1e6


def row(shape):
    x = tf.ones(shape)
    plain = tf.function(lambda x: tf.identity(x))
    compiled = tf.function(lambda x: x + 1.0, jit_compile=True)
    numpy = tf.function(lambda x: tf.numpy_function(lambda a: a, [x], tf.float32))
    fresh = tf.function(lambda x: tf.numpy_function(np.copy, [x], tf.float32))
    tensors = tf.function(lambda x: tf.py_function(lambda t: t, [x], tf.float32))
    return [median_time(lambda f=f: f(x)) for f in (compiled, plain, numpy, fresh, tensors)]


heads = ["compiled x + 1", "graph", "numpy_function", "… a new array", "py_function"]
print(f"{'microseconds':<14}" + "".join(f"{head:>16}" for head in heads))
for shape in ([], [1_000], [1_000_000]):
    print(f"{f'f32{shape}':<14}" + "".join(f"{each:>16.2f}" for each in row(shape)))
