"""Ops of TensorFlow's `tf.random`."""

# Written by `python/stubs` from the table of ops; do not edit.

from . import experimental as experimental
from .._distributions import gamma as gamma
from .._distributions import poisson as poisson
from .._distributions import stateless_binomial as stateless_binomial
from .._distributions import stateless_gamma as stateless_gamma
from .._distributions import stateless_poisson as stateless_poisson
from .._generator import Generator as Generator
from .._generator import create_rng_state as create_rng_state
from .._generator import get_global_generator as get_global_generator
from .._generator import set_global_generator as set_global_generator
from typing import Any

__all__ = [
    "Generator",
    "categorical",
    "create_rng_state",
    "experimental",
    "fold_in",
    "gamma",
    "get_global_generator",
    "normal",
    "poisson",
    "set_global_generator",
    "set_seed",
    "shuffle",
    "split",
    "stateless_binomial",
    "stateless_categorical",
    "stateless_gamma",
    "stateless_normal",
    "stateless_poisson",
    "stateless_truncated_normal",
    "stateless_uniform",
    "truncated_normal",
    "uniform",
]

def categorical(logits: Any, num_samples: Any, dtype: Any = ..., seed: Any = ..., name: str | None = ...) -> Any: ...
def fold_in(seed: Any, data: Any, alg: Any = ...) -> Any: ...
def normal(shape: Any, mean: Any = ..., stddev: Any = ..., dtype: Any = ..., seed: Any = ..., name: str | None = ...) -> Any: ...
def set_seed(seed: Any) -> Any: ...
def shuffle(value: Any, seed: Any = ..., name: str | None = ...) -> Any: ...
def split(seed: Any, num: Any = ..., alg: Any = ...) -> Any: ...
def stateless_categorical(logits: Any, num_samples: Any, seed: Any, dtype: Any = ..., name: str | None = ...) -> Any: ...
def stateless_normal(shape: Any, seed: Any, mean: Any = ..., stddev: Any = ..., dtype: Any = ..., name: str | None = ..., alg: Any = ...) -> Any: ...
def stateless_truncated_normal(shape: Any, seed: Any, mean: Any = ..., stddev: Any = ..., dtype: Any = ..., name: str | None = ..., alg: Any = ...) -> Any: ...
def stateless_uniform(shape: Any, seed: Any, minval: Any = ..., maxval: Any = ..., dtype: Any = ..., name: str | None = ..., alg: Any = ...) -> Any: ...
def truncated_normal(shape: Any, mean: Any = ..., stddev: Any = ..., dtype: Any = ..., seed: Any = ..., name: str | None = ...) -> Any: ...
def uniform(shape: Any, minval: Any = ..., maxval: Any = ..., dtype: Any = ..., seed: Any = ..., name: str | None = ...) -> Any: ...
