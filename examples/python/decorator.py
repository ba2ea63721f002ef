"""A Python function as an op: `@tf.numpy_function`."""

import numpy as np

import brolga as tf


@tf.numpy_function(Tout=tf.float32)
def my_numpy_func(x):
    # x is a NumPy array with the contents of the tensor.
    print(f"executing eagerly, {x=}")
    return np.sinh(x).astype(np.float32)


print(my_numpy_func(1.0).numpy())


# It does the same inside a function that runs as a graph: once for each call.
@tf.function
def twice_the_sinh(x):
    return 2.0 * my_numpy_func(x)


print(twice_the_sinh(tf.constant([0.0, 1.0])).numpy())

# executing eagerly, x=array(1.)
# 1.1752012
# executing eagerly, x=array([0., 1.], dtype=float32)
# [0.        2.3504024]
