"""Calls that a trace was made for before find it without Python in between."""

import brolga as tf


def test_a_function_traced_beforehand_is_found_by_later_calls():
    f = tf.function(lambda *a: a[0] + a[1], jit_compile=True, autograph=False)
    x = tf.constant(2.0)
    f.get_concrete_function(x, x)
    assert float(f(x, x)) == 4.0
    slow = []
    f._call = lambda args, kwargs: slow.append(args)  # type: ignore[method-assign]
    assert float(f(x, x)) == 4.0
    assert slow == [] and f.experimental_get_tracing_count() == 1


def test_results_keep_their_structure_on_the_short_way():
    two = tf.function(lambda x: (x + 1.0, x * 2.0))
    both = tf.function(lambda x: [x + 1.0, x * 2.0])
    nested = tf.function(lambda x: {"a": (x, [x + 1.0])})
    mixed = tf.function(lambda x: (x + 1.0, None, 3))
    x = tf.constant(2.0)
    for _ in range(3):
        assert [float(value) for value in two(x)] == [3.0, 4.0] and type(two(x)) is tuple
        assert [float(value) for value in both(x)] == [3.0, 4.0] and type(both(x)) is list
        assert float(nested(x)["a"][1][0]) == 3.0
        first, nothing, number = mixed(x)
        assert float(first) == 3.0 and nothing is None and int(number) == 3
