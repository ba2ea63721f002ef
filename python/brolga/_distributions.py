"""Gamma, Poisson and binomial numbers. A seed determines them, as it does uniform ones; TensorFlow draws other numbers of the same
distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._control import while_loop
from ._core import find_op, to_tensor
from ._dtypes import as_dtype
from ._gradient import custom_gradient

_uniform, _normal, _fold = (find_op(f"random.{name}") for name in ("stateless_uniform", "stateless_normal", "fold_in"))
_where, _cast, _shape, _concat, _stop = (find_op(name) for name in ("where", "cast", "shape", "concat", "stop_gradient"))
_broadcast, _zeros, _ones, _any, _not = (find_op(name) for name in ("broadcast_to", "zeros", "ones", "reduce_any", "math.logical_not"))
_log, _exp, _sqrt, _abs, _floor = (find_op(f"math.{name}") for name in ("log", "exp", "sqrt", "abs", "floor"))
_minimum, _maximum, _lgamma, _igamma = (find_op(f"math.{name}") for name in ("minimum", "maximum", "lgamma", "igamma"))
_dynamic = find_op("broadcast_dynamic_shape")
_MOST_TURNS = 1000
"""Rejections so often in a row do not happen: the loop ends for parameters that are no numbers."""


def _drawn(seed: Any, shape: Any, propose: Callable[[Any, Any], tuple[Any, Any]]) -> Any:
    """For each place the first of many proposals that was accepted. `propose` takes two seeds."""

    def turn(k: Any, found: Any, waits: Any) -> tuple[Any, Any, Any]:
        number, accepted = propose(_fold(seed, 2 * k), _fold(seed, 2 * k + 1))
        return k + 1, _where(waits & accepted, number, found), waits & _not(accepted)

    start = (to_tensor(1, "int32"), _zeros(shape, "float64"), _ones(shape, "bool"))
    return while_loop(lambda k, _, waits: _any(waits) & (k < _MOST_TURNS), turn, start)[1]


def _counted(seed: Any, shape: Any, first: Any, following: Callable[[Any, Any], Any]) -> Any:
    """How many terms of a distribution of whole numbers lie below a uniform number: by its inverse, from `first` on."""
    uniform = _uniform(shape, seed, dtype="float64")

    def turn(k: Any, term: Any, total: Any, count: Any) -> tuple[Any, Any, Any, Any]:
        term = following(term, k)
        return k + 1.0, term, total + term, count + _cast(uniform >= total, "float64")

    def more(k: Any, term: Any, total: Any, count: Any) -> Any:
        return _any(uniform >= total) & (k < float(_MOST_TURNS))

    start = (to_tensor(1.0, "float64"), first, first, _zeros(shape, "float64"))
    return while_loop(more, turn, start)[3]


def _given(shape: Any, *parameters: Any) -> tuple[Any, list[Any]]:
    """A shape as numbers, and parameters in it."""
    extents = _cast(to_tensor(shape, "int32"), "int32") if not isinstance(shape, (list, tuple)) or shape else to_tensor([], "int32")
    return extents, [_broadcast(_cast(to_tensor(parameter), "float64"), extents) for parameter in parameters]


def _standard_gamma(extents: Any, seed: Any, alpha: Any) -> Any:
    """By Marsaglia and Tsang (2000); below 1 by way of alpha + 1."""
    shifted = _where(alpha < 1.0, alpha + 1.0, alpha)
    d = shifted - 1.0 / 3.0
    c = 1.0 / _sqrt(9.0 * d)

    def propose(first: Any, second: Any) -> tuple[Any, Any]:
        normal, uniform = _normal(extents, first, dtype="float64"), _uniform(extents, second, dtype="float64")
        root = 1.0 + c * normal
        cube = _where(root > 0.0, root**3, 1.0)
        limit = 0.5 * normal**2 + d - d * cube + d * _log(cube)
        return d * cube, (root > 0.0) & (_log(uniform) < limit)

    made = _drawn(seed, extents, propose)
    power = _uniform(extents, _fold(seed, 0), dtype="float64") ** (1.0 / alpha)
    return made * _where(alpha < 1.0, power, 1.0)


@custom_gradient
def _reparameterised(alpha: Any, x: Any) -> Any:
    """The gamma numbers x as a function of alpha: at a fixed place of the distribution (Figurnov and others 2018)."""

    def backward(g: Any) -> Any:
        step = 1e-4 * _maximum(alpha, 1e-2)
        slope = (_igamma(alpha + step, x) - _igamma(alpha - step, x)) / (2.0 * step)
        density = _exp((alpha - 1.0) * _log(x) - x - _lgamma(alpha))
        return -g * slope / density, None

    return x, backward


def stateless_gamma(shape: Any, seed: Any, alpha: Any, beta: Any = None, dtype: Any = "float32", name: str | None = None) -> Any:
    """Gamma numbers, determined by a seed; `alpha` and `beta` (the inverse scale) are broadcast to the shape. Gradients pass both."""
    extents, [alpha] = _given(shape, alpha)
    made = _reparameterised(alpha, _stop(_standard_gamma(extents, to_tensor(seed), _stop(alpha))))
    if beta is not None:
        made = made / _cast(to_tensor(beta), "float64")
    return _cast(made, as_dtype(dtype))


def stateless_poisson(shape: Any, seed: Any, lam: Any, dtype: Any = "int32", name: str | None = None) -> Any:
    """Poisson numbers of the rates `lam`, which are broadcast to the shape, determined by a seed."""
    seed = to_tensor(seed)
    extents, [rate] = _given(shape, _stop(to_tensor(lam)))
    low = _minimum(rate, 10.0)
    few = _counted(_fold(seed, 0), extents, _exp(-low), lambda term, k: term * low / k)
    high = _maximum(rate, 10.0)
    b = 0.931 + 2.53 * _sqrt(high)
    a = -0.059 + 0.02483 * b

    def propose(first: Any, second: Any) -> tuple[Any, Any]:
        """By transformed rejection (Hörmann 1993)."""
        u, v = _uniform(extents, first, dtype="float64") - 0.5, _uniform(extents, second, dtype="float64")
        near = 0.5 - _abs(u)
        k = _floor((2.0 * a / near + b) * u + high + 0.43)
        at_once = (near >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2.0))
        below = _log(v) + _log(1.1239 + 1.1328 / (b - 3.4)) - _log(a / (near * near) + b)
        possible = (k >= 0.0) & ((near >= 0.013) | (v <= near))
        k = _maximum(k, 0.0)
        return k, at_once | possible & (below <= k * _log(high) - high - _lgamma(k + 1.0))

    return _cast(_where(rate < 10.0, few, _drawn(seed, extents, propose)), as_dtype(dtype))


def stateless_binomial(
    shape: Any, seed: Any, counts: Any, probs: Any, output_dtype: Any = "int32", name: str | None = None
) -> Any:
    """How many of `counts` tosses succeed that succeed with a chance of `probs` each, determined by a seed."""
    seed = to_tensor(seed)
    extents, [n, chance] = _given(shape, counts, probs)
    p = _minimum(chance, 1.0 - chance)
    odds = p / (1.0 - p)
    small = n * p < 10.0
    m = _where(small, n, 0.0)
    few = _counted(_fold(seed, 0), extents, _exp(m * _log(1.0 - p)), lambda term, k: term * odds * (m - k + 1.0) / k)
    # Where there are few, the rest computes of something that is well behaved.
    n_, p_ = _where(small, 100.0, n), _where(small, 0.5, p)
    spread = _sqrt(n_ * p_ * (1.0 - p_))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p_
    mode = _floor((n_ + 1.0) * p_)

    def weight(k: Any) -> Any:
        return k * _log(p_ / (1.0 - p_)) - _lgamma(k + 1.0) - _lgamma(n_ - k + 1.0)

    def propose(first: Any, second: Any) -> tuple[Any, Any]:
        """By transformed rejection (Hörmann 1993)."""
        u, v = _uniform(extents, first, dtype="float64") - 0.5, _uniform(extents, second, dtype="float64")
        near = 0.5 - _abs(u)
        k = _floor((2.0 * a / near + b) * u + n_ * p_ + 0.5)
        at_once = (near >= 0.07) & (v <= 0.92 - 4.2 / b)
        possible = (k >= 0.0) & (k <= n_)
        k = _minimum(_maximum(k, 0.0), n_)
        scaled = _log(v * (2.83 + 5.1 / b) * spread / (a / (near * near) + b))
        return k, at_once | possible & (scaled <= weight(k) - weight(mode))

    made = _where(small, few, _drawn(seed, extents, propose))
    return _cast(_where(chance > 0.5, n - made, made), as_dtype(output_dtype))


def _fresh(seed: Any) -> Any:
    """A seed that is another one in each call."""
    return find_op("random.uniform")([2], minval=-(2**31), maxval=2**31 - 1, dtype="int32", seed=seed)


def _beside(shape: Any, *parameters: Any) -> Any:
    """A shape before the shape that parameters have together."""
    extents, first, *others = to_tensor(shape, "int32"), *(_shape(to_tensor(parameter)) for parameter in parameters)
    for other in others:
        first = _dynamic(first, other)
    return _concat([find_op("reshape")(extents, [-1]), first], 0)


def gamma(shape: Any, alpha: Any, beta: Any = None, dtype: Any = "float32", seed: Any = None, name: str | None = None) -> Any:
    """Gamma numbers, `shape` of them for each of `alpha` and `beta` (the inverse scale), others in each call."""
    whole = _beside(shape, alpha, *([] if beta is None else [beta]))
    return stateless_gamma(whole, _fresh(seed), alpha, beta, dtype)


def poisson(shape: Any, lam: Any, dtype: Any = "float32", seed: Any = None, name: str | None = None) -> Any:
    """Poisson numbers, `shape` of them for each rate of `lam`, others in each call."""
    return stateless_poisson(_beside(shape, lam), _fresh(seed), lam, dtype)
