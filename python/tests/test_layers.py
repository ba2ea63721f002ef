"""`tf.keras.layers`: the layers of weights, as modules."""

import brolga as tf
import numpy as np
import pytest


class Net(tf.Module):
    """A convolution, a pooling, a dense layer."""

    def __init__(self):
        super().__init__()
        self.convolution = tf.keras.layers.Conv2D(4, 3, padding="same", activation="relu")
        self.dense = tf.keras.layers.Dense(2)

    def __call__(self, images):
        y = tf.nn.max_pool2d(self.convolution(images), 2, 2, "VALID")
        return self.dense(tf.reshape(y, [images.shape[0], -1]))


def test_a_dense_layer():
    layer = tf.keras.layers.Dense(3, activation=tf.tanh, name="head")
    assert layer.weights == [] and not layer.built and layer.name == "head"
    x = np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4)
    y = layer(tf.constant(x))
    kernel, bias = layer.kernel.numpy(), layer.bias.numpy()
    assert kernel.shape == (4, 3) and not bias.any() and np.abs(kernel).max() <= np.sqrt(6 / 7) and kernel.std() > 0.1
    np.testing.assert_allclose(y, np.tanh(x @ kernel), rtol=1e-6, atol=1e-7)
    assert len(layer.trainable_variables) == 2 and layer.weights[0] is layer.kernel
    assert len(tf.keras.layers.Dense(3, use_bias=False)(x).shape) == 3


def test_a_convolution():
    layer = tf.keras.layers.Conv2D(5, (3, 2), strides=2, padding="valid")
    x = tf.random.stateless_normal([2, 8, 9, 3], [1, 2])
    y = layer(x)
    assert layer.kernel.shape == [3, 2, 3, 5]
    np.testing.assert_allclose(y, tf.nn.conv2d(x, layer.kernel, 2, "VALID") + layer.bias, rtol=1e-6)


@pytest.mark.parametrize("jit", [False, True])
def test_a_net_learns(jit):
    tf.random.set_seed(1)
    numbers = np.random.default_rng(1)
    labels = numbers.integers(0, 2, 64)
    stripes = np.indices((8, 8))[:, None] % 2
    images = np.stack([stripes[label][0] for label in labels])[..., None] + numbers.normal(0, 0.3, (64, 8, 8, 1))
    images, labels = tf.constant(images.astype(np.float32)), tf.constant(labels)
    net, optimizer = Net(), tf.optimizers.Adam(0.01)
    net(images[:1])

    @tf.function(jit_compile=jit)
    def step(images, labels):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, net(images)))
        optimizer.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
        return loss

    losses = [float(step(images, labels)) for _ in range(30)]
    assert losses[-1] < 0.2 * losses[0]
    assert float(tf.reduce_mean(tf.cast(tf.argmax(net(images), 1) == labels, tf.float32))) > 0.95


def test_weights_may_be_made_inside_a_function():
    layer = tf.keras.layers.Dense(2)
    f = tf.function(lambda x: layer(x))
    x = tf.ones([3, 4])
    np.testing.assert_allclose(f(x), layer(x))
    assert len(layer.variables) == 2


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="activation function identifier: rleu"):
        tf.keras.layers.Dense(2, activation="rleu")
    with pytest.raises(ValueError, match="positive number of outputs"):
        tf.keras.layers.Dense(0)
    with pytest.raises(ValueError, match="last extent of the inputs must be known"):
        tf.keras.layers.Dense(2).build([3, None])
