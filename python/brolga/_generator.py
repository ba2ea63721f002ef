"""`tf.random.Generator`: random numbers of streams whose state is a variable."""

from __future__ import annotations

import math
import os
import threading
from typing import Any, Self

from ._core import eagerly, find_op, to_tensor
from ._dtypes import as_dtype
from ._variable import Variable

_WORD = 1 << 64
_skip = find_op("_generator.skip")
_uniform, _normal, _truncated = (find_op(f"_generator.{name}") for name in ("uniform", "normal", "truncated_normal"))
_PHILOX = 1
"""The number of the one algorithm there is."""


def _algorithm(alg: Any) -> int:
    if alg in (None, "philox", "auto_select", _PHILOX, 3) or getattr(alg, "value", None) in (_PHILOX, 3):
        return _PHILOX
    raise NotImplementedError(f"random.Generator: there is no algorithm but `philox`, got {alg!r}\n  help: use alg='philox'")


def _signed(number: int) -> int:
    """A word as the integer that an int64 holds."""
    number %= _WORD
    return number - _WORD if number >= _WORD // 2 else number


def create_rng_state(seed: Any, alg: Any = None) -> Any:
    """The state that a seed stands for: a number is the count that the stream begins with, a vector is the end of the state."""
    _algorithm(alg)
    words = [seed % _WORD, (seed >> 64) % _WORD, (seed >> 128) % _WORD] if isinstance(seed, int) else _words(seed)
    return to_tensor([_signed(word) for word in [0] * (3 - len(words)) + words[:3]], "int64")


def _words(state: Any) -> list[int]:
    value = state._tf_value() if hasattr(state, "_tf_value") else state
    if not isinstance(value, (list, tuple)):
        value = to_tensor(value).numpy().reshape(-1)
    return [int(word) for word in value]


class Generator:
    """Random numbers, each call's from where the last one's ended. What it draws is TensorFlow's for the same state.

    The state is a variable of three words: how many were drawn (two words), and the key. Functions read and write it in the order
    of the program.
    """

    def __init__(self, copy_from: Generator | None = None, state: Any = None, alg: Any = None) -> None:
        self._algorithm = _algorithm(alg)
        if copy_from is not None:
            state = copy_from.state._eager()
        if state is None:
            raise ValueError("random.Generator needs a `state`, or a generator to copy\n  help: Generator.from_seed(seed)")
        self._state = state if isinstance(state, Variable) else eagerly(lambda: _variable(state))
        if self._state.shape.as_list() != [3]:
            raise ValueError(f"random.Generator: the state must have shape (3,), got {self._state.shape}")

    @classmethod
    def from_state(cls, state: Any, alg: Any) -> Self:
        """The generator of a state."""
        return cls(alg=alg, state=state)

    @classmethod
    def from_seed(cls, seed: Any, alg: Any = None) -> Self:
        """The generator of a seed: a number, or a vector of up to three words."""
        return cls(alg=alg, state=create_rng_state(seed, alg))

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Self:
        """A generator that is another one each time."""
        words = [int.from_bytes(os.urandom(8), "little") for _ in range(3)]
        return cls(alg=alg, state=[_signed(word) for word in words])

    @classmethod
    def from_key_counter(cls, key: Any, counter: Any, alg: Any) -> Self:
        """The generator of a key and a count of two words."""
        return cls(alg=alg, state=[*_words(counter), *_words(key)])

    def reset(self, state: Any) -> None:
        """Goes to a state."""
        self._state.assign(to_tensor([_signed(word) for word in _words(state)], "int64"))

    def reset_from_seed(self, seed: Any) -> None:
        """Goes to the state of a seed."""
        self._state.assign(create_rng_state(seed))

    def reset_from_key_counter(self, key: Any, counter: Any) -> None:
        """Goes to the state of a key and a count of two words."""
        self.reset([*_words(counter), *_words(key)])

    @property
    def state(self) -> Variable:
        """The state: a variable."""
        return self._state

    @property
    def algorithm(self) -> int:
        """The number of the algorithm: 1, Philox."""
        return self._algorithm

    @property
    def key(self) -> Any:
        """The key of the stream."""
        return self._state._tf_value()[2]

    def skip(self, delta: Any) -> Any:
        """Goes on as if so many numbers had been drawn; the state before."""
        before = self._state._tf_value()
        self._state.assign(_skip(before, delta))
        return before

    def _drawn(self, shape: Any) -> Any:
        """The state from which numbers of a shape are drawn."""
        if isinstance(shape, (list, tuple)) and all(isinstance(extent, int) for extent in shape):
            return self.skip(math.prod(shape))
        return self.skip(find_op("math.reduce_prod")(to_tensor(shape, "int64")))

    def normal(self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", name: str | None = None) -> Any:
        """Normal numbers."""
        return _normal(self._drawn(shape), shape, mean, stddev, as_dtype(dtype))

    def truncated_normal(self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", name: str | None = None) -> Any:
        """Normal numbers within two deviations of the mean."""
        return _truncated(self._drawn(shape), shape, mean, stddev, as_dtype(dtype))

    def uniform(self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32", name: str | None = None) -> Any:
        """Numbers uniform from `minval` to below `maxval`; whole numbers of the full range where both are None."""
        dtype = as_dtype(dtype)
        if dtype.is_integer and (minval is None) != (maxval is None):
            raise ValueError(
                f"For integer dtype {dtype!r}, minval and maxval must be both `None` or both non-`None`; got minval={minval} and "
                f"maxval={maxval}"
            )
        return _uniform(self._drawn(shape), shape, minval, maxval, dtype)

    def binomial(self, shape: Any, counts: Any, probs: Any, dtype: Any = "int32", name: str | None = None) -> Any:
        """How many of `counts` tosses succeed that succeed with a chance of `probs` each; TensorFlow draws other numbers."""
        from ._distributions import stateless_binomial

        return stateless_binomial(shape, self.make_seeds()[:, 0], counts, probs, dtype)

    def uniform_full_int(self, shape: Any, dtype: Any = "uint64", name: str | None = None) -> Any:
        """Whole numbers of the full range."""
        return self.uniform(shape, None, None, dtype)

    def make_seeds(self, count: int = 1) -> Any:
        """Seeds for stateless ops: a matrix with a column for each."""
        keys = self.uniform_full_int([count], "int64")
        return find_op("stack")([keys, find_op("zeros_like")(keys)])

    def split(self, count: int = 1) -> list[Generator]:
        """Generators of streams of their own."""
        keys = self.uniform_full_int([count], "int64").numpy()
        return [Generator(state=[0, 0, int(key)], alg=self._algorithm) for key in keys]

    def __repr__(self) -> str:
        return f"<tf.random.Generator state={self._state!r}>"


def _variable(state: Any) -> Variable:
    return Variable(to_tensor([_signed(word) for word in _words(state)], "int64"), trainable=False, name="StateVar")


_global: Generator | None = None
_lock = threading.Lock()


def get_global_generator() -> Generator:
    """The program's generator, another one in each run."""
    global _global
    with _lock:
        if _global is None:
            _global = Generator.from_non_deterministic_state()
        return _global


def set_global_generator(generator: Generator) -> None:
    """Replaces the program's generator; functions traced before keep the old one."""
    global _global
    with _lock:
        _global = generator
