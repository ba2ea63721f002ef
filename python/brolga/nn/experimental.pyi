"""Ops of TensorFlow's `tf.nn.experimental`."""

# Written by `python/stubs` from the table of ops; do not edit.

from typing import Any

__all__ = [
    "stateless_dropout",
]

def stateless_dropout(x: Any, rate: Any, seed: Any, rng_alg: Any = ..., noise_shape: Any = ..., name: str | None = ...) -> Any: ...
