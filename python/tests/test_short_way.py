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
