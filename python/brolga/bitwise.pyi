"""Ops of TensorFlow's `tf.bitwise`."""

# Written by `python/stubs` from the table of ops; do not edit.

from typing import Any

__all__ = [
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "invert",
    "left_shift",
    "right_shift",
]

def bitwise_and(x: Any, y: Any, name: str | None = ...) -> Any: ...
def bitwise_or(x: Any, y: Any, name: str | None = ...) -> Any: ...
def bitwise_xor(x: Any, y: Any, name: str | None = ...) -> Any: ...
def invert(x: Any, name: str | None = ...) -> Any: ...
def left_shift(x: Any, y: Any, name: str | None = ...) -> Any: ...
def right_shift(x: Any, y: Any, name: str | None = ...) -> Any: ...
