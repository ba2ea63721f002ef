"""Python's `if`, `while`, `for`, `break` and `return` over tensors, inside `tf.function`: AutoGraph. Needs `brolga[autograph]`."""

import brolga as tf


@tf.function(jit_compile=True)
def collatz(n):
    """How many steps lead from n to 1. One trace serves every n; the loop and the branch are native code."""
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


@tf.function
def first_above(values, limit):
    """The first value above a limit, by an early return."""
    for value in values:
        if value > limit:
            return value
    return limit


@tf.function
def growing(n):
    """A loop variable whose shape changes says so first."""
    squares = tf.zeros([0], tf.int32)
    for i in tf.range(n):
        tf.autograph.experimental.set_loop_options(shape_invariants=[(squares, tf.TensorShape([None]))])
        squares = tf.concat([squares, [i * i]], 0)
    return squares


@tf.function
def scaled(x, scales):
    """Python values keep Python's meaning: this loop is unrolled, its tensors' branches are not."""
    for scale in scales:
        x = x * scale if x < 100.0 else x
    assert x > 0.0, "x must be positive"
    return x


print("collatz:", [int(collatz(tf.constant(n))) for n in (1, 6, 27)], "traces:", collatz.experimental_get_tracing_count())
values = tf.constant([1.0, 3.0, 7.0])
print("first above 2 and 9:", float(first_above(values, tf.constant(2.0))), float(first_above(values, tf.constant(9.0))))
print("squares:", growing(tf.constant(5)).numpy())
print("scaled:", float(scaled(tf.constant(3.0), [2.0, 30.0, 4.0])))
try:
    scaled(tf.constant(-3.0), [2.0])
except tf.errors.InvalidArgumentError as error:
    print("refused:", str(error).splitlines()[0])

# collatz: [0, 8, 111] traces: 1
# first above 2 and 9: 3.0 9.0
# squares: [ 0  1  4  9 16]
# scaled: 180.0
# refused: ValueError: assertion failed: [x must be positive]
