"""`tf.signal`: windows that are functions of the program's own."""

import numpy as np
import pytest

import brolga as tf

X = np.sin(np.arange(64, dtype=np.float32) / 3)


def own(length, dtype):
    return tf.signal.hamming_window(length, dtype=dtype) * 1.0


@pytest.mark.parametrize("way", [lambda f: f, tf.function], ids=["eager", "graph"])
def test_a_window_may_be_a_function(way):
    signal = tf.signal
    spectra = signal.stft(X, 16, 8, window_fn=signal.hamming_window)
    assert np.array_equal(way(lambda x: signal.stft(x, 16, 8, window_fn=own))(X), spectra)
    assert np.array_equal(
        way(lambda s: signal.inverse_stft(s, 16, 8, window_fn=own))(spectra), signal.inverse_stft(spectra, 16, 8, window_fn=signal.hamming_window)
    )
    cosines = signal.mdct(X, 16, window_fn=signal.kaiser_bessel_derived_window)
    kaiser = lambda length, dtype: signal.kaiser_bessel_derived_window(length, dtype=dtype)  # noqa: E731
    assert np.allclose(way(lambda x: signal.mdct(x, 16, window_fn=kaiser))(X), cosines, atol=1e-5)
    assert np.allclose(
        way(lambda c: signal.inverse_mdct(c, window_fn=kaiser))(cosines),
        signal.inverse_mdct(cosines, window_fn=signal.kaiser_bessel_derived_window),
        atol=1e-5,
    )


def test_what_was_transformed_comes_back():
    spectra = tf.signal.stft(X, 16, 4)
    back = tf.signal.inverse_stft(spectra, 16, 4, window_fn=tf.signal.inverse_stft_window_fn(4))
    assert np.allclose(back[16:-16], X[16 : back.shape[0] - 16], atol=1e-6)
