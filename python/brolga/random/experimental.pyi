"""Ops of TensorFlow's `tf.random.experimental`."""

# Written by `python/stubs` from the table of ops; do not edit.

from typing import Any

__all__ = [
    "stateless_fold_in",
    "stateless_shuffle",
    "stateless_split",
]

def stateless_fold_in(seed: Any, data: Any, alg: Any = ...) -> Any: ...
def stateless_shuffle(value: Any, seed: Any, alg: Any = ..., name: str | None = ...) -> Any: ...
def stateless_split(seed: Any, num: Any = ..., alg: Any = ...) -> Any: ...
