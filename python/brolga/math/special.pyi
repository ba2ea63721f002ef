"""Ops of TensorFlow's `tf.math.special`."""

# Written by `python/stubs` from the table of ops; do not edit.

from typing import Any

__all__ = [
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
]

def bessel_i0(x: Any, name: str | None = ...) -> Any: ...
def bessel_i0e(x: Any, name: str | None = ...) -> Any: ...
def bessel_i1(x: Any, name: str | None = ...) -> Any: ...
def bessel_i1e(x: Any, name: str | None = ...) -> Any: ...
