"""Programs whose gradients JAX took, written here forwards only: their results come from brolga's own gradients.

Inputs and expected results stand outside the repository, in the folder that `BROLGA_CONFORMANCE` names (or beside the project).
The forward parts were written from the listings of the exported programs.
"""

import json
import os
from pathlib import Path

import brolga as tf
import numpy as np
import pytest

FOLDER = Path(os.environ.get("BROLGA_CONFORMANCE", Path(__file__).parents[3] / "shared" / "conformance")) / "jax_stablehlo"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the conformance data are not there")


def relu(x):
    return tf.maximum(x, 0.0)


def convnet_grad(c1, c2, d, x):
    """Two convolutions, the greatest of each 2 by 2, a dense layer; the gradient of the sum of its sines."""
    with tf.GradientTape() as tape:
        tape.watch([c1, c2, d])
        y = relu(tf.nn.conv2d(x, c1, 1, "SAME"))
        y = relu(tf.nn.conv2d(y, c2, 2, "SAME"))
        y = tf.nn.max_pool2d(y, 2, 2, "VALID")
        loss = tf.reduce_sum(tf.sin(tf.matmul(tf.reshape(y, [x.shape[0], -1]), d)))
    return tape.gradient(loss, [c1, c2, d])


def mlp_train_step(*arguments):
    """Three dense layers, cross-entropy with labels, one step of plain descent."""
    *parameters, x, labels = arguments
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        w1, b1, w2, b2, w3, b3 = parameters
        y = tf.tanh(tf.matmul(x, w1) + b1)
        y = tf.tanh(tf.matmul(y, w2) + b2)
        chances = tf.nn.log_softmax(tf.matmul(y, w3) + b3)
        rows = tf.range(x.shape[0])
        loss = -tf.reduce_mean(tf.gather_nd(chances, tf.stack([rows, labels], axis=1)))
    steps = tape.gradient(loss, parameters)
    return [loss] + [p - 0.1 * g for p, g in zip(parameters, steps)]


def normalised(x):
    mean = tf.reduce_mean(x, -1, keepdims=True)
    return (x - mean) * tf.math.rsqrt(tf.math.reduce_variance(x, -1, keepdims=True) + 1e-5)


def block(o, qkv, w1, w2, x, heads=2):
    """A transformer's block: causal attention and a gated layer, each after a normalisation, each added to its input."""
    batch, length, width = x.shape

    def split(part):
        return tf.transpose(tf.reshape(part, [batch, length, heads, width // heads]), [0, 2, 1, 3])

    q, k, v = map(split, tf.split(tf.tensordot(normalised(x), qkv, 1), 3, axis=-1))
    scores = tf.matmul(q, k, transpose_b=True) / tf.sqrt(float(width // heads))
    causal = tf.cast(tf.linalg.band_part(tf.ones([length, length]), -1, 0), tf.bool)
    mixed = tf.matmul(tf.nn.softmax(tf.where(causal, scores, -1e9)), v)
    x = x + tf.tensordot(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), x.shape), o, 1)
    return x + tf.tensordot(tf.nn.silu(tf.tensordot(normalised(x), w1, 1)), w2, 1)


def transformer_adam_step(*arguments):
    """The mean square of a block's results, and Adam's first step."""
    *parameters, x = arguments
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        loss = tf.reduce_mean(block(*parameters, x) ** 2)
    new = []
    for p, g in zip(parameters, tape.gradient(loss, parameters)):
        first, second = 0.1 * g / 0.1, 0.001 * g * g / 0.001
        new.append(p - 0.01 * first / (tf.sqrt(second) + 1e-8))
    return new


@pytest.mark.parametrize("mode", ["eager", "function", "jit"])
@pytest.mark.parametrize("program", [convnet_grad, mlp_train_step, transformer_adam_step])
def test_gradients_are_those_of_jax(program, mode):
    folder = FOLDER / program.__name__
    meta = json.loads((folder / "meta.json").read_text())
    inputs, expected = (list(np.load(folder / name).values()) for name in ("inputs.npz", "expected.npz"))
    function = program if mode == "eager" else tf.function(program, jit_compile=mode == "jit")
    results = function(*map(tf.constant, inputs))
    assert len(results) == len(expected) == len(meta["outputs"])
    for result, wanted in zip(results, expected):
        assert result.dtype.as_numpy_dtype == wanted.dtype and result.shape == wanted.shape
        np.testing.assert_allclose(result.numpy(), wanted, rtol=meta["rtol"], atol=meta["atol"])
