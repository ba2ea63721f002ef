"""Ops of TensorFlow's `tf.config.threading`."""

# Written by `python/stubs` from the table of ops; do not edit.

from .._config import get_inter_op_parallelism_threads as get_inter_op_parallelism_threads
from .._config import set_inter_op_parallelism_threads as set_inter_op_parallelism_threads
from .._namespaces import num_threads as get_intra_op_parallelism_threads
from .._namespaces import set_num_threads as set_intra_op_parallelism_threads

__all__ = [
    "get_inter_op_parallelism_threads",
    "get_intra_op_parallelism_threads",
    "set_inter_op_parallelism_threads",
    "set_intra_op_parallelism_threads",
]
