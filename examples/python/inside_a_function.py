"""Callbacks inside a function: once for each call and each turn of a loop, in the order of the program."""

import numpy as np

import brolga as tf

rng = np.random.default_rng(0)


@tf.numpy_function(Tout=tf.TensorSpec([], tf.float64))
def measure(estimate):
    return estimate + rng.normal()


@tf.function(input_signature=[tf.TensorSpec([], tf.float64), tf.TensorSpec([], tf.int32)])
def smoothed(start, turns):
    return tf.while_loop(lambda k, x: k < turns, lambda k, x: (k + 1, 0.9 * x + 0.1 * measure(x)), (tf.constant(0), start))[1]


print(f"{smoothed(10.0, 5).numpy():.4f}")
print(f"{smoothed(10.0, 100).numpy():.4f}")
print("traced", smoothed.experimental_get_tracing_count(), "time")


# An exception comes out as TensorFlow's, with the exception itself as its cause and a note that names the node.
@tf.function
def careful(x):
    return tf.numpy_function(lambda a: 1 // int(a), [x], tf.int64, name="divide")


try:
    careful(tf.constant(0))
except tf.errors.UnknownError as error:
    print(type(error).__name__, "from", repr(error.__cause__))

# 10.0203
# 10.9033
# traced 1 time
# UnknownError from ZeroDivisionError('integer division or modulo by zero')
