"""Ops of TensorFlow's `tf.sparse`."""

# Written by `python/stubs` from the table of ops; do not edit.

from typing import Any

__all__ = [
    "segment_mean",
    "segment_sqrt_n",
    "segment_sum",
]

def segment_mean(data: Any, indices: Any, segment_ids: Any, num_segments: Any = ..., sparse_gradient: Any = ..., name: str | None = ...) -> Any: ...
def segment_sqrt_n(data: Any, indices: Any, segment_ids: Any, num_segments: Any = ..., sparse_gradient: Any = ..., name: str | None = ...) -> Any: ...
def segment_sum(data: Any, indices: Any, segment_ids: Any, num_segments: Any = ..., sparse_gradient: Any = ..., name: str | None = ...) -> Any: ...
