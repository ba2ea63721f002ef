"""`tf.random.Generator` and its kin. Expected numbers were printed by TensorFlow 2.21 for the same states."""

import numpy as np
import pytest

import brolga as tf

Generator = tf.random.Generator
WAYS = {"eager": lambda f: f, "graph": tf.function, "compiled": lambda f: tf.function(f, jit_compile=True)}
EACH_WAY = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


@EACH_WAY
def test_the_numbers_are_tensorflows(way):
    g = Generator.from_seed(1234)
    draw = way(lambda: (g.normal([2, 3]), g.uniform([3]), g.uniform([3], dtype=tf.float64), g.uniform([5], -10, 10, tf.int32),
                        g.uniform([3], 0, 10**12, tf.int64), g.uniform_full_int([3]), g.uniform_full_int([2], tf.int32), g.make_seeds(2)))  # fmt: skip
    normal, uniform, double, whole, long, full, full32, seeds = [value.numpy() for value in draw()]
    expected = [[0.9356608986854553, 1.0854305028915405, -0.937883734703064], [-0.5061547160148621, 1.3169702291488647, 0.7137578725814819]]
    # Sines and cosines are not TensorFlow's to the last bit.
    assert np.allclose(normal, expected, rtol=1.5e-7)
    assert uniform.tolist() == [0.6512613296508789, 0.9295905828475952, 0.508733868598938]
    assert double.tolist() == [0.2869995133963541, 0.22940199742042267, 0.7207693928798229]
    assert whole.tolist() == [-5, -5, 0, -9, -7] and long.tolist() == [646012143564, 555947291834, 125373717994]
    assert full.tolist() == [17076350626590882191, 14548306856240949877, 556505008530348446] and full.dtype == np.uint64
    assert full32.tolist() == [438542264, -1028743054]
    assert seeds.tolist() == [[4349126154814514282, 4892826930973716513], [0, 0]]
    assert g.state.numpy().tolist() == [1234 + 256 * (6 + 3 + 3 + 5 + 3 + 3 + 2 + 2), 0, 0]


def test_streams_part():
    g = Generator.from_state([8146, 0, 0], "philox")
    assert [each.state.numpy().tolist() for each in g.split(2)] == [[0, 0, -3063682911872935615], [0, 0, 5995408302285105301]]
    assert g.skip(7).numpy().tolist() == [8658, 0, 0] and g.state.numpy().tolist() == [10450, 0, 0] and int(g.key) == 0
    cut = g.truncated_normal([1000]).numpy()
    assert np.abs(cut).max() <= 2 and abs(cut.mean()) < 0.1 and g.state.numpy().tolist() == [10450 + 256_000, 0, 0]


def test_states():
    for seed, state in [(5, [5, 0, 0]), (2**64 + 3, [3, 1, 0]), (-1, [-1, -1, -1]), ([1, 2], [0, 1, 2]), ([1, 2, 3], [1, 2, 3]),
                        ((7 << 128) + (5 << 64) + 2**63, [-(2**63), 5, 7])]:  # fmt: skip
        assert tf.random.create_rng_state(seed, "philox").numpy().tolist() == state
    carried = Generator.from_state([-1, 4, 9], "philox")
    carried.uniform([3])
    assert carried.state.numpy().tolist() == [767, 5, 9]
    g = Generator.from_key_counter(3, [4, 5], "philox")
    assert g.state.numpy().tolist() == [4, 5, 3] and g.uniform([2]).numpy().tolist() == [0.43236243724823, 0.14693260192871094]
    copy = Generator(g)
    assert copy.uniform([4]).numpy().tolist() == g.uniform([4]).numpy().tolist()
    g.reset_from_seed(7)
    assert g.state.numpy().tolist() == [7, 0, 0]
    g.reset_from_key_counter(1, [2, 3])
    assert g.state.numpy().tolist() == [2, 3, 1]
    g.reset([4, 5, 6])
    assert g.state.numpy().tolist() == [4, 5, 6] and g.algorithm == 1
    assert not np.array_equal(*[Generator.from_non_deterministic_state().state.numpy() for _ in range(2)])


def test_each_call_of_a_function_goes_on_in_the_order_of_the_program():
    g = Generator.from_seed(3)

    @tf.function
    def three():
        return tf.while_loop(lambda k, _: k < 3, lambda k, a: (k + 1, a.write(k, g.uniform([]))), (0, tf.TensorArray(tf.float32, 3)))[1].stack()

    drawn = [*three().numpy(), *three().numpy(), g.uniform([]).numpy()]
    again = Generator.from_seed(3)
    assert drawn == [float(again.uniform([])) for _ in range(7)]


def test_the_programs_generator():
    before = tf.random.get_global_generator()
    try:
        tf.random.set_global_generator(Generator.from_seed(1234))
        assert np.allclose(tf.random.get_global_generator().normal([1]), [0.9356609], rtol=3e-7)
    finally:
        tf.random.set_global_generator(before)
    assert tf.random.get_global_generator() is before


def test_what_is_refused():
    g = Generator.from_seed(1)
    for make, error, message in [
        (lambda: Generator.from_seed(1, alg="threefry"), NotImplementedError, "alg='philox'"),
        (lambda: Generator(), ValueError, "needs a `state`"),
        (lambda: Generator.from_state([1, 2], "philox").reset([1, 2]), ValueError, "shape"),
        (lambda: g.uniform([2], dtype=tf.int32), ValueError, "both `None` or both non-`None`"),
        (lambda: g.normal([2], dtype=tf.int32), ValueError, "must be a float"),
    ]:
        with pytest.raises(error, match=message):
            make()


@EACH_WAY
def test_categorical_draws_by_the_logits(way):
    tf.random.set_seed(0)
    logits = tf.math.log([[0.1, 0.6, 0.3], [1.0, 1e-30, 1e-30]])
    drawn = way(lambda: tf.random.categorical(logits, 4000))().numpy()
    assert drawn.shape == (2, 4000) and drawn.dtype == np.int64 and not drawn[1].any()
    assert np.allclose(np.bincount(drawn[0]) / 4000, [0.1, 0.6, 0.3], atol=0.04)
    assert way(lambda: tf.random.categorical(logits, 1, dtype=tf.int32))().dtype == tf.int32
