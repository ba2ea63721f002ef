"""A function that is not yours as an op: `tf.numpy_function` in place."""

import numpy as np

import brolga as tf

print(tf.numpy_function(np.sinh, [tf.constant(1.0)], tf.float32))


# Several results are declared one by one. A `TensorSpec` declares a shape too: it is checked, and known downstream.
@tf.function
def eigen(matrix):
    values, vectors = tf.numpy_function(
        np.linalg.eigh, [matrix], [tf.TensorSpec([2], tf.float64), tf.TensorSpec([2, 2], tf.float64)]
    )
    return values, tf.abs(vectors)


values, vectors = eigen(tf.constant([[2.0, 1.0], [1.0, 2.0]], tf.float64))
print(values.numpy().round(6), vectors.numpy().round(6).tolist())

# tf.Tensor(1.1752012, shape=(), dtype=float32)
# [1. 3.] [[0.707107, 0.707107], [0.707107, 0.707107]]
