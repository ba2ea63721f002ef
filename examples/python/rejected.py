"""`jit_compile=True` refuses a graph that must call back, and says all there is to say before anything runs."""

import brolga as tf


def simulate(x):
    print("never printed")
    return x


@tf.function(jit_compile=True)
def train(x):
    x = tf.numpy_function(simulate, [x], tf.TensorSpec([], tf.float32), name="before")
    return tf.while_loop(
        lambda y: y < 10.0,
        lambda y: [tf.numpy_function(simulate, [y], tf.TensorSpec([], tf.float32), name="in_the_loop")],
        [x],
    )


try:
    train(tf.constant(1.0))
except tf.errors.InvalidArgumentError as error:
    print(str(error).replace(__file__, "rejected.py"))

# Without the callbacks it compiles.
print(tf.function(lambda x: tf.sin(x) * 2.0, jit_compile=True)(tf.constant(0.0)).numpy())

# cannot compile `train` with jit_compile=true: 2 nodes must run on the host
#   node `before` (PyFunc): it calls back into the host function `simulate (rejected.py:6)`, and native code cannot
#     made at rejected.py:13
#     help: use jit_compile=False, or rewrite the callback with graph ops
#   node `in_the_loop` (PyFunc): it calls back into the host function `simulate (rejected.py:6)`, and native code cannot
#     made at rejected.py:16
#     inside the body of `%2` (while), made at rejected.py:14
#     help: use jit_compile=False, or rewrite the callback with graph ops
# 0.0
