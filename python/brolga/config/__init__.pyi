"""Ops of TensorFlow's `tf.config`."""

# Written by `python/stubs` from the table of ops; do not edit.

from . import optimizer as optimizer
from . import threading as threading
from .._config import get_visible_devices as get_visible_devices
from .._config import list_logical_devices as list_logical_devices
from .._config import list_physical_devices as list_physical_devices
from .._config import set_visible_devices as set_visible_devices
from .._function import functions_run_eagerly as functions_run_eagerly
from .._function import run_functions_eagerly as run_functions_eagerly

__all__ = [
    "functions_run_eagerly",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "optimizer",
    "run_functions_eagerly",
    "set_visible_devices",
    "threading",
]
