"""`tf.Module`, `tf.optimizers`, `tf.losses`."""

import brolga as tf
import numpy as np
import pytest


class Dense(tf.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.w = tf.Variable(np.linspace(-1, 1, inputs * outputs).reshape(inputs, outputs), name="w")
        self.b = tf.Variable(np.zeros(outputs), name="b")

    def __call__(self, x):
        return tf.matmul(x, self.w) + self.b


class Net(tf.Module):
    def __init__(self):
        super().__init__("net")
        self.layers = {"second": Dense(3, 1), "first": [Dense(2, 3)]}
        self.steps = tf.Variable(0, trainable=False)

    def __call__(self, x):
        return self.layers["second"](tf.nn.relu(self.layers["first"][0](x)))


def test_modules_list_their_variables():
    net = Net()
    first, second = net.layers["first"][0], net.layers["second"]
    assert net.name == "net" and first.name == "dense"
    assert net.submodules == (second, first)
    assert net.variables == (net.steps, second.b, second.w, first.b, first.w)
    assert net.trainable_variables == net.variables[1:] and net.non_trainable_variables == (net.steps,)
    with pytest.raises(ValueError, match="identifiers"):
        tf.Module("not a name")


def reference(kind, gradients, start, rate):
    """What NumPy makes of Keras's formulas."""
    x, m, v = start, 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        if kind == "sgd":
            x -= rate * g
        elif kind in ("momentum", "nesterov"):
            m = 0.9 * m - rate * g
            x += m if kind == "momentum" else 0.9 * m - rate * g
        elif kind == "adam":
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            x -= rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)
        else:
            v = 0.9 * v + 0.1 * g * g
            x -= rate * g / np.sqrt(v + 1e-7)
    return x


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function, lambda f: tf.function(f, jit_compile=True)], ids=["eager", "function", "jit"])
@pytest.mark.parametrize("kind", ["sgd", "momentum", "nesterov", "adam", "rmsprop"])
def test_optimizers_follow_their_formulas(kind, wrap):
    optimizer = {
        "sgd": lambda: tf.optimizers.SGD(0.1),
        "momentum": lambda: tf.optimizers.SGD(0.1, momentum=0.9),
        "nesterov": lambda: tf.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        "adam": lambda: tf.keras.optimizers.Adam(learning_rate=0.1),
        "rmsprop": lambda: tf.optimizers.RMSprop(0.1),
    }[kind]()
    x = tf.Variable([3.0, -2.0], dtype=tf.float64)
    step = wrap(lambda g: (optimizer.apply_gradients([(g, x)]), None)[1])
    gradients = np.array([[1.0, -2.0], [0.5, 1.0], [-3.0, 0.25]])
    for gradient in gradients:
        step(tf.constant(gradient))
    assert np.allclose(x.numpy(), reference(kind, gradients, np.array([3.0, -2.0]), np.float64(np.float32(0.1))), rtol=1e-12)
    assert int(optimizer.iterations) == 3


def test_a_network_learns():
    net, optimizer = Net(), tf.optimizers.Adam(0.05)
    x = np.random.default_rng(0).normal(size=(32, 2))
    y = x[:, :1] - 2 * x[:, 1:]

    @tf.function(jit_compile=True)
    def train(x, y):
        with tf.GradientTape() as tape:
            loss = tf.losses.MeanSquaredError()(y, net(x))
        variables = net.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    losses = [float(train(x, y)) for _ in range(200)]
    assert losses[-1] < 0.05 * losses[0] and int(optimizer.iterations) == 200


def test_optimizers_tell_what_is_missing():
    x, y = tf.Variable(1.0), tf.Variable(2.0)
    optimizer = tf.optimizers.SGD(0.5)
    with pytest.raises(ValueError, match="No gradients provided"):
        optimizer.apply_gradients([(None, x)])
    with pytest.warns(UserWarning, match="do not exist"):
        optimizer.apply_gradients([(None, x), (tf.constant(1.0), y)])
    assert float(y) == 1.5
    optimizer.minimize(lambda: x * x, [x])
    assert float(x) == 0.0
    optimizer.learning_rate = 0.25
    assert float(optimizer.learning_rate) == 0.25


def test_losses():
    true, predicted = np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([[0.5, 1.0], [-1.0, 0.25]])
    error = np.abs(true - predicted)
    huber = np.where(error <= 1, error**2 / 2, error - 0.5).mean(-1)
    assert float(tf.losses.Huber()(true, predicted)) == pytest.approx(huber.mean(), abs=1e-15)
    assert float(tf.keras.losses.Huber(reduction=tf.keras.losses.Reduction.SUM)(true, predicted)) == pytest.approx(huber.sum(), abs=1e-15)
    none = tf.losses.MeanAbsoluteError(reduction="none")(true, predicted, sample_weight=[1.0, 2.0])
    assert np.allclose(none, error.mean(-1) * [1, 2])
    logits = np.array([[2.0, -1.0, 0.5]])
    softmax = np.exp(logits) / np.exp(logits).sum()
    for loss in (
        tf.losses.SparseCategoricalCrossentropy(from_logits=True)(np.array([2]), logits),
        tf.losses.SparseCategoricalCrossentropy()(np.array([2]), softmax),
        tf.losses.CategoricalCrossentropy()(np.eye(3)[[2]], softmax),
        tf.losses.CategoricalCrossentropy(from_logits=True)(np.eye(3)[[2]], logits),
    ):
        assert float(loss) == pytest.approx(-np.log(softmax[0, 2]), abs=1e-6)
    sigmoid = 1 / (1 + np.exp(-logits))
    expected = -np.log([1 - sigmoid[0, 0], sigmoid[0, 1], sigmoid[0, 2]]).mean()
    for loss in (
        tf.losses.BinaryCrossentropy()(np.array([[0, 1, 1]]), sigmoid),
        tf.losses.BinaryCrossentropy(from_logits=True)(np.array([[0, 1, 1]]), logits),
    ):
        assert float(loss) == pytest.approx(expected, abs=1e-6)
    with pytest.raises(ValueError, match="reduction"):
        tf.losses.Huber(reduction="most")


def test_gradients_are_kept_within_limits():
    for limits, first, second in [
        ({"clipnorm": 1.0}, [2.4, 4.8], [0.8]),
        ({"global_clipnorm": 1.0}, [2.400479316711426, 4.799360752105713], [0.9600319862365723]),
        ({"clipvalue": 0.5}, [2.5, 4.5], [0.8]),
    ]:
        x, y = tf.Variable([3.0, 4.0]), tf.Variable([1.0])
        tf.optimizers.SGD(1.0, **limits).apply_gradients([(tf.constant([3.0, -4.0]), x), (tf.constant([0.2]), y)])
        assert np.allclose(x.numpy(), first, rtol=1e-6) and np.allclose(y.numpy(), second, rtol=1e-6)
    with pytest.raises(ValueError, match="Only one of"):
        tf.optimizers.Adam(clipnorm=1.0, clipvalue=1.0)
    with pytest.raises(ValueError, match="has shape"):
        tf.optimizers.SGD(1.0).apply_gradients([(tf.constant([1.0]), tf.Variable([3.0, 4.0]))])


def test_schedules():
    schedules = tf.optimizers.schedules
    for schedule, rates in [
        (schedules.ExponentialDecay(0.1, 10, 0.5), [0.1, 0.08122523874044418, 0.05, 0.01767767034471035]),
        (schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True), [0.1, 0.1, 0.05, 0.025]),
        (schedules.InverseTimeDecay(0.1, 10, 0.5), [0.1, 0.08695652335882187, 0.06666667014360428, 0.04444444552063942]),
        (schedules.PolynomialDecay(0.1, 10, 0.01, 2.0), [0.1, 0.054099999368190765, 0.01, 0.01]),
        (schedules.PolynomialDecay(0.1, 10, 0.01, 2.0, cycle=True), [0.1, 0.054099999368190765, 0.01, 0.012500000186264515]),
        (schedules.CosineDecay(0.1, 10, 0.1), [0.1, 0.08145033568143845, 0.01, 0.01]),
        (schedules.CosineDecay(0.1, 10, 0.1, warmup_target=0.5, warmup_steps=4), [0.1, 0.4, 0.20547112822532654, 0.05]),
        (schedules.PiecewiseConstantDecay([3, 8], [1.0, 0.5, 0.1]), [1.0, 1.0, 0.1, 0.1]),
    ]:
        assert np.allclose([float(schedule(tf.constant(step))) for step in (0, 3, 10, 25)], rates, rtol=1e-6)
    with pytest.raises(ValueError, match="1 less"):
        schedules.PiecewiseConstantDecay([1], [1.0])


@pytest.mark.parametrize("way", [lambda f: f, tf.function, lambda f: tf.function(f, jit_compile=True)], ids=["eager", "function", "jit"])
def test_a_rate_follows_its_schedule(way):
    x, optimizer = tf.Variable(10.0), tf.optimizers.SGD(tf.optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.5]))
    step = way(lambda: (optimizer.apply_gradients([(tf.constant(1.0), x)]), None)[1])
    for _ in range(3):
        step()
    assert float(x) == 10 - 1 - 0.5 - 0.5


def test_smoothed_labels():
    true, logits = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.array([[2.0, -1.0, 0.5], [0.0, 1.0, 2.0]])
    for kind, expected in [(tf.losses.CategoricalCrossentropy, 2.699458599090576), (tf.losses.BinaryCrossentropy, 1.3704339265823364)]:
        assert float(kind(from_logits=True, label_smoothing=0.1)(true, logits)) == pytest.approx(expected, rel=1e-6)


def test_devices_and_threads():
    assert [device.device_type for device in tf.config.list_physical_devices()] == ["CPU"]
    assert tf.config.list_physical_devices("GPU") == [] and tf.config.list_logical_devices("CPU")[0].name == "/device:CPU:0"
    tf.config.set_visible_devices([], "GPU")
    with pytest.raises(ValueError, match="CPU"):
        tf.config.set_visible_devices([], "CPU")
    before = tf.config.threading.get_inter_op_parallelism_threads()
    tf.config.threading.set_inter_op_parallelism_threads(2)
    assert tf.config.threading.get_inter_op_parallelism_threads() == 2
    tf.config.threading.set_inter_op_parallelism_threads(before)
