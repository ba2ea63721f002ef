"""Ops of TensorFlow's `tf.random.experimental`."""

# Written by `python/stubs` from the table of ops; do not edit.

from .._generator import Generator as Generator
from .._generator import create_rng_state as create_rng_state
from .._generator import get_global_generator as get_global_generator
from .._generator import set_global_generator as set_global_generator
from typing import Any

__all__ = [
    "Generator",
    "create_rng_state",
    "get_global_generator",
    "set_global_generator",
    "stateless_fold_in",
    "stateless_shuffle",
    "stateless_split",
]

def stateless_fold_in(seed: Any, data: Any, alg: Any = ...) -> Any: ...
def stateless_shuffle(value: Any, seed: Any, alg: Any = ..., name: str | None = ...) -> Any: ...
def stateless_split(seed: Any, num: Any = ..., alg: Any = ...) -> Any: ...
