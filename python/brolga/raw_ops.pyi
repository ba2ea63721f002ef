"""Ops of TensorFlow's `tf.raw_ops`."""

# Written by `python/stubs` from the table of ops; do not edit.

from typing import Any

__all__ = [
    "SparseSegmentMeanWithNumSegments",
    "SparseSegmentSqrtNWithNumSegments",
    "SparseSegmentSumWithNumSegments",
]

def SparseSegmentMeanWithNumSegments(data: Any, indices: Any, segment_ids: Any, num_segments: Any, sparse_gradient: Any = ..., name: str | None = ...) -> Any: ...
def SparseSegmentSqrtNWithNumSegments(data: Any, indices: Any, segment_ids: Any, num_segments: Any, sparse_gradient: Any = ..., name: str | None = ...) -> Any: ...
def SparseSegmentSumWithNumSegments(data: Any, indices: Any, segment_ids: Any, num_segments: Any, sparse_gradient: Any = ..., name: str | None = ...) -> Any: ...
