"""Branches, loops and maps: at once, in graphs, compiled, and around callbacks."""

import numpy as np
import pytest

import brolga as tf

WAYS = {"eager": lambda f: f, "graph": tf.function, "compiled": lambda f: tf.function(f, jit_compile=True)}
EACH_WAY = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


@EACH_WAY
def test_cond(way):
    f = way(lambda p, x: tf.cond(p, lambda: {"a": x + 1.0}, lambda: {"a": x - 1.0}))
    assert float(f(tf.constant(True), tf.constant(1.0))["a"]) == 2.0
    assert float(f(tf.constant(False), tf.constant(1.0))["a"]) == 0.0


@EACH_WAY
def test_switch_case_and_case(way):
    f = way(lambda k, x: tf.switch_case(k, [lambda: x, lambda: x * 2.0], default=lambda: x * 0.0))
    assert [float(f(tf.constant(k), tf.constant(3.0))) for k in (0, 1, 2, -1)] == [3.0, 6.0, 0.0, 0.0]
    g = way(lambda x: tf.case([(x < 0.0, lambda: x * 0.0), (x < 10.0, lambda: x * 2.0)], default=lambda: x))
    assert [float(g(tf.constant(x))) for x in (-1.0, 4.0, 20.0)] == [0.0, 8.0, 20.0]


@EACH_WAY
def test_while_loop(way):
    def f(n):
        return tf.while_loop(lambda k, s: k < n, lambda k, s: (k + 1, s + tf.cast(k, tf.float32)), (tf.constant(0), tf.constant(0.0)))

    k, s = way(f)(tf.constant(5))
    assert (int(k), float(s)) == (5, 10.0)


@EACH_WAY
def test_a_loop_that_is_bounded(way):
    f = way(lambda x: tf.while_loop(lambda k: k >= 0, lambda k: [k + 1], [x], maximum_iterations=7))
    assert int(f(tf.constant(0))[0]) == 7


@EACH_WAY
def test_maps_scans_and_folds(way):
    x = tf.constant([1.0, 2.0, 3.0])
    assert way(lambda x: tf.map_fn(lambda e: e * e, x))(x).numpy().tolist() == [1.0, 4.0, 9.0]
    assert way(lambda x: tf.scan(lambda a, e: a + e, x))(x).numpy().tolist() == [1.0, 3.0, 6.0]
    assert way(lambda x: tf.scan(lambda a, e: a + e, x, tf.constant(10.0), reverse=True))(x).numpy().tolist() == [16.0, 15.0, 13.0]
    assert float(way(lambda x: tf.foldl(lambda a, e: a * 10.0 + e, x))(x)) == 123.0
    assert float(way(lambda x: tf.foldr(lambda a, e: a * 10.0 + e, x))(x)) == 321.0


@pytest.mark.parametrize("way", [WAYS["eager"], WAYS["graph"]], ids=["eager", "graph"])
def test_only_the_branch_taken_calls_back(way):
    calls = []

    def host(name):
        return lambda a: (calls.append(name), a)[1]

    @way
    def f(p, x):
        return tf.cond(p, lambda: tf.numpy_function(host("yes"), [x], tf.float32), lambda: tf.numpy_function(host("no"), [x], tf.float32))

    for p in (True, False, False):
        f(tf.constant(p), tf.constant(1.0))
    assert calls == ["yes", "no", "no"]


def test_a_callback_in_a_loop_is_called_once_a_turn_and_in_order():
    turns, asked = [], []

    def goes_on(k):
        return tf.ensure_shape(tf.numpy_function(lambda a: (asked.append(int(a)), np.bool_(a < 4))[1], [k], tf.bool), [])

    def body(k):
        tf.numpy_function(lambda a: turns.append(("first", int(a))), [k], [])
        tf.numpy_function(lambda a: turns.append(("second", int(a))), [k], [])
        return [k + 1]

    f = tf.function(lambda x: tf.while_loop(goes_on, body, [x]))
    assert int(f(tf.constant(0))[0]) == 4
    assert asked == [0, 1, 2, 3, 4] and turns == [(name, k) for k in range(4) for name in ("first", "second")]


def test_a_callback_in_a_map():
    seen = []
    f = tf.function(lambda x: tf.map_fn(lambda e: tf.ensure_shape(tf.numpy_function(lambda a: (seen.append(float(a)), a * 2)[1], [e], tf.float32), []), x))
    assert f(tf.constant([1.0, 2.0, 3.0])).numpy().tolist() == [2.0, 4.0, 6.0] and seen == [1.0, 2.0, 3.0]


def test_a_loop_variable_keeps_its_shape_unless_it_is_said():
    def body(shape_invariants):
        grow = lambda v: [tf.concat([v, v], 0)]  # noqa: E731
        return lambda x: tf.while_loop(lambda v: tf.size(v) < 8, grow, [x], shape_invariants=shape_invariants)[0]

    with pytest.raises(ValueError, match="shape_invariants"):
        tf.function(body(None))(tf.constant([1.0]))
    assert tf.function(body([tf.TensorShape([None])]))(tf.constant([1.0])).shape == [8]


def test_a_loop_variable_out_of_a_callback_has_no_shape_until_it_is_said():
    host = lambda v: [tf.numpy_function(lambda a: a + 1, [v], tf.float32)]  # noqa: E731
    with pytest.raises(ValueError, match="<unknown> after one iteration"):
        tf.function(lambda x: tf.while_loop(lambda v: v < 3.0, host, [x]))(tf.constant(0.0))


def test_what_is_refused():
    with pytest.raises(TypeError, match="Python bool"):
        tf.function(lambda x: tf.cond(True, lambda: x, lambda: x))(tf.constant(1.0))
    with pytest.raises(TypeError, match="callable"):
        tf.cond(tf.constant(True), 1, 2)
    with pytest.raises(TypeError, match="structure"):
        tf.function(lambda p, x: tf.cond(p, lambda: x, lambda: (x, x)))(tf.constant(True), tf.constant(1.0))
    with pytest.raises(TypeError, match="bool scalar"):
        tf.function(lambda x: tf.cond(x, lambda: x, lambda: x))(tf.constant(1.0))
