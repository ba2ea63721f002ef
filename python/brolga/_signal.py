"""`tf.signal`'s transforms of frames, whose windows may be functions of the program's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._core import Op, find_op, to_tensor

_stft, _inverse_stft, _mdct, _inverse_mdct = (find_op(f"signal.{name}") for name in ("stft", "inverse_stft", "mdct", "inverse_mdct"))
_hann, _vorbis = find_op("signal.hann_window"), find_op("signal.vorbis_window")
_Window = Callable[..., Any] | str | None


def _window(window_fn: Any, length: Any, dtype: Any) -> Any:
    """A window that an op takes: a name, or the elements that a function gives for a length and an element type."""
    return window_fn(length, dtype=dtype) if callable(window_fn) and not isinstance(window_fn, Op) else window_fn


def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: _Window = _hann,
    pad_end: bool = False,
    name: str | None = None,
) -> Any:
    """The Fourier transforms of overlapping frames."""
    signals = to_tensor(signals)
    return _stft(signals, frame_length, frame_step, fft_length, _window(window_fn, frame_length, signals.dtype), pad_end)


def inverse_stft(
    stfts: Any, frame_length: Any, frame_step: Any, fft_length: Any = None, window_fn: _Window = _hann, name: str | None = None
) -> Any:
    """The signal of which these are the Fourier transforms of overlapping frames."""
    stfts = to_tensor(stfts)
    return _inverse_stft(stfts, frame_length, frame_step, fft_length, _window(window_fn, frame_length, stfts.dtype.real_dtype))


def mdct(
    signals: Any, frame_length: Any, window_fn: _Window = _vorbis, pad_end: bool = False, norm: str | None = None, name: str | None = None
) -> Any:
    """The modified cosine transforms of frames that overlap by half."""
    signals = to_tensor(signals)
    return _mdct(signals, frame_length, _window(window_fn, frame_length, signals.dtype), pad_end, norm)


def inverse_mdct(mdcts: Any, window_fn: _Window = _vorbis, norm: str | None = None, name: str | None = None) -> Any:
    """The signal of which these are the modified cosine transforms."""
    mdcts = to_tensor(mdcts)
    if callable(window_fn) and not isinstance(window_fn, Op):
        if mdcts.shape.rank is None or mdcts.shape[-1] is None:
            raise ValueError("inverse_mdct: the last axis must have a known extent, from which the length of the window follows")
        window_fn = window_fn(2 * mdcts.shape[-1], dtype=mdcts.dtype)
    return _inverse_mdct(mdcts, window_fn, norm)


def inverse_stft_window_fn(frame_step: Any, forward_window_fn: Callable[..., Any] = _hann, name: str | None = None) -> Callable[..., Any]:
    """The window function of `inverse_stft` with which it undoes an `stft` of the given window."""

    def window(frame_length: Any, dtype: Any) -> Any:
        length, step = int(frame_length), int(frame_step)
        forward = forward_window_fn(length, dtype=dtype)
        frames = -(-length // step)
        squares = find_op("pad")(forward * forward, [[0, frames * step - length]])
        sums = find_op("math.reduce_sum")(find_op("reshape")(squares, [frames, step]), 0)
        return forward / find_op("tile")(sums, [frames])[:length]

    return window
