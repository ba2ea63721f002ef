"""Gamma, Poisson and binomial numbers: held against their distributions."""

import math

import brolga as tf
import numpy as np
import pytest

COUNT = 20_000


def far(found, expected_mean, expected_variance, fourth=3.0):
    """How many deviations mean and variance are off."""
    deviation = math.sqrt(expected_variance / COUNT)
    of_variance = expected_variance * math.sqrt((fourth - 1) / COUNT)
    return abs(found.mean() - expected_mean) / deviation, abs(found.var() - expected_variance) / of_variance


@pytest.mark.parametrize("alpha", [0.3, 1.0, 2.5, 30.0])
@pytest.mark.parametrize("seed", [[1, 2], [7, -8]])
def test_gamma_numbers(alpha, seed):
    x = tf.random.stateless_gamma([COUNT], seed, alpha, beta=2.0, dtype="float64").numpy()
    assert max(far(x, alpha / 2, alpha / 4, 3 + 6 / alpha)) < 4
    # Kolmogorov and Smirnov's distance from uniform numbers, below 1.95 / √n in 999 cases of 1000.
    places = np.sort(tf.math.igamma(tf.constant(alpha, tf.float64), tf.constant(2 * x[:2000])).numpy())
    assert np.abs(places - (np.arange(2000) + 0.5) / 2000).max() < 1.95 / math.sqrt(2000)


def pmf_of_binomial(n, p):
    return lambda k: math.comb(n, k) * p**k * (1 - p) ** (n - k)


@pytest.mark.parametrize("rate", [0.0, 0.5, 9.9, 10.0, 35.0, 1000.0])
def test_poisson_numbers(rate):
    x = tf.random.stateless_poisson([COUNT], [1, 2], rate, dtype="int64").numpy()
    if rate == 0:
        assert not x.any()
        return
    assert max(far(x, rate, rate, 3 + 1 / rate)) < 4
    likely(x, lambda k: math.exp(k * math.log(rate) - rate - math.lgamma(k + 1)))


@pytest.mark.parametrize(("n", "p"), [(5, 0.3), (100, 0.02), (100, 0.5), (1000, 0.9), (40, 0.26)])
def test_binomial_numbers(n, p):
    x = tf.random.stateless_binomial([COUNT], [3, 4], n, p).numpy()
    assert x.dtype == np.int32 and max(far(x, n * p, n * p * (1 - p))) < 4
    likely(x, pmf_of_binomial(n, p))


def likely(x, pmf):
    """Pearson's χ² over the values that are expected often enough."""
    values = [k for k in range(int(x.max()) + 1) if COUNT * pmf(k) > 20]
    expected = np.array([COUNT * pmf(k) for k in values])
    found = np.array([(x == k).sum() for k in values])
    freedom = len(values) - 1
    assert ((found - expected) ** 2 / expected).sum() < freedom + 5 * math.sqrt(2 * freedom) + 5


def test_what_is_certain():
    assert tf.random.stateless_binomial([3], [1, 2], [10, 10, 0], [1.0, 0.0, 0.5]).numpy().tolist() == [10, 0, 0]


@pytest.mark.parametrize("name", ["gamma", "poisson", "binomial"])
def test_a_seed_says_all(name):
    parameters = {"gamma": ([0.5, 2.0, 30.0],), "poisson": ([0.5, 9.0, 30.0],), "binomial": (50, [0.1, 0.5, 0.9])}[name]

    def f(seed):
        return getattr(tf.random, f"stateless_{name}")([4, 3], seed, *parameters)

    first = f([1, 2]).numpy()
    for way in (tf.function(f), tf.function(f, jit_compile=True)):
        assert np.array_equal(way(tf.constant([1, 2])).numpy(), first)
    assert not np.array_equal(f([1, 3]).numpy(), first)


def test_other_numbers_in_each_call():
    def shapes():
        return tf.random.gamma([2], [1.0, 2.0, 3.0], [[1.0], [2.0]]), tf.random.poisson([5], [[1.0], [20.0]])

    tf.random.set_seed(5)
    first, second = shapes(), shapes()
    assert [x.shape.as_list() for x in first] == [[2, 2, 3], [5, 2, 1]]
    assert not np.array_equal(first[0].numpy(), second[0].numpy())
    tf.random.set_seed(5)
    assert all(np.array_equal(a.numpy(), b.numpy()) for a, b in zip(first, shapes()))
    generator = tf.random.Generator.from_seed(1)
    drawn = generator.binomial([1000], 10, 0.5), generator.binomial([1000], 10, 0.5)
    assert not np.array_equal(*(x.numpy() for x in drawn)) and abs(float(tf.reduce_mean(tf.cast(drawn[0], tf.float32))) - 5) < 0.25


def test_gradients_of_gamma_numbers():
    alpha, beta = tf.constant(2.0, tf.float64), tf.constant(3.0, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([alpha, beta])
        mean = tf.reduce_mean(tf.random.stateless_gamma([2000], [1, 2], alpha, beta, dtype="float64"))
    of_alpha, of_beta = tape.gradient(mean, [alpha, beta])
    # The mean is alpha / beta.
    assert float(of_alpha) == pytest.approx(1 / 3, rel=0.05) and float(of_beta) == pytest.approx(-2 / 9, rel=0.05)
