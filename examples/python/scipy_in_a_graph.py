"""A routine of SciPy inside a graph: the rest stays tensors, and arrays cross without copies."""

import numpy as np
from scipy import optimize

import brolga as tf


@tf.numpy_function(Tout=tf.TensorSpec([], tf.float64))
def root(coefficients):
    """Where the polynomial is zero between 0 and 2."""
    return optimize.brentq(lambda x: np.polyval(coefficients, x), 0.0, 2.0)


@tf.function
def circle_through_root(coefficients):
    radius = root(coefficients)
    angles = tf.linspace(tf.constant(0.0, tf.float64), 2.0 * np.pi, 5)
    return radius * tf.stack([tf.cos(angles), tf.sin(angles)], axis=1)


# x² - 2
print(circle_through_root(tf.constant([1.0, 0.0, -2.0], tf.float64)).numpy().round(6) + 0.0)

# [[ 1.414214  0.      ]
#  [ 0.        1.414214]
#  [-1.414214  0.      ]
#  [ 0.       -1.414214]
#  [ 1.414214  0.      ]]
