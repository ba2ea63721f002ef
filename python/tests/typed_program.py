"""A program as users write it, for type checkers: `./check` has mypy and pyright read it, both strictly."""

from typing import Any

import numpy as np
import numpy.typing as npt

import brolga as tf

Array = npt.NDArray[np.float32]


def host(x: Array) -> Array:
    return np.sinh(x)


@tf.numpy_function(Tout=tf.TensorSpec([None], tf.float32))
def decorated(x: Array) -> Array:
    return np.cosh(x)


@tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
def in_graph(x: tf.Tensor) -> tf.Tensor:
    y: tf.Tensor = tf.numpy_function(host, [x], tf.float32, name="host")
    y.set_shape([None])
    z: tf.Tensor = tf.math.sin(x)
    return (y * 2.0 + z)[..., None]


def train(steps: int) -> float:
    weights = tf.Variable(tf.zeros([3]), name="weights")
    for _ in range(steps):
        weights.assign_add(tf.nn.softmax(weights + 1.0))
    total: tf.Tensor = tf.reduce_sum(weights)
    return float(total)


def shapes(x: tf.Tensor) -> tuple[int | None, tf.DType]:
    rank: int | None = x.shape.rank
    return rank, x.dtype


def handled(f: Any) -> str:
    try:
        f(tf.constant([1.0]))
    except tf.errors.InvalidArgumentError as error:
        return error.message
    return ""
