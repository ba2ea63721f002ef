"""Ops of TensorFlow's `tf.experimental`."""

# Written by `python/stubs` from the table of ops; do not edit.

from typing import Any

__all__ = [
    "getitem",
]

def getitem(tensor: Any, index: Any) -> Any: ...
