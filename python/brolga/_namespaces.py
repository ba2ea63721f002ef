"""What stands below `tf.` besides its ops: functions made of other functions, and the modules of TensorFlow's layout."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import _autograph, _config, _debugging, _distributions, _function, _generator, _layers, _losses, _ops, _optimizers, _schedules, _signal
from ._core import Tensor, find_op, is_recording, to_tensor
from ._numpy_function import numpy_function, py_function
from ._parts import IndexedSlices
from ._variable import Variable


def executing_eagerly() -> bool:
    """Whether ops run at once: outside of functions, and inside callbacks."""
    return not is_recording()


@contextlib.contextmanager
def name_scope(name: str) -> Iterator[str]:
    """Names have no scopes here: the name is given back."""
    yield name


@contextlib.contextmanager
def device(device_name: Any) -> Iterator[None]:
    """There is one device: the CPU."""
    yield None


@contextlib.contextmanager
def control_dependencies(control_inputs: Any) -> Iterator[None]:
    """Effects keep the order of the program: nothing is to be said."""
    yield None


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor or a variable."""
    return isinstance(x, Tensor) or hasattr(x, "_tf_value")


def is_symbolic_tensor(tensor: Any) -> bool:
    """Whether `tensor` is a value of a function being traced."""
    return isinstance(tensor, Tensor) and not hasattr(tensor, "numpy")


def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None) -> Any:
    """The value as a tensor; `dtype` must be its dtype, or one that Python's numbers can take."""
    if dtype is None and dtype_hint is not None:
        try:
            return to_tensor(value, dtype_hint)
        except (TypeError, ValueError):
            pass
    return to_tensor(value, dtype)


@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """Runs eagerly what stands inside, also while a function is traced: not here, where a trace is one Python call."""
    yield None


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The elements as an array where they are known while a function is traced; else None."""
    return tensor.numpy() if hasattr(tensor, "numpy") else None


def set_num_threads(threads: int) -> None:
    """How many threads native code may use; 0 for as many as there are processors."""
    from ._core import set_threads

    set_threads(threads)


def num_threads() -> int:
    """How many threads native code may use."""
    from ._core import threads

    return threads()


def timestamp(name: str | None = None) -> Any:
    """Seconds since 1970 when the program gets there, as float64."""
    if not is_recording():
        return to_tensor(time.time(), "float64")
    return numpy_function(lambda: np.float64(time.time()), [], "float64", name=name or "timestamp")


_METHODS = {"get_shape": lambda self: self.shape, "ref": lambda self: Reference(self)}


class Reference:
    """A tensor as a key: two of one tensor are equal."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def deref(self) -> Any:
        """The tensor."""
        return self._value

    def __hash__(self) -> int:
        return id(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and self._value is other._value


def fill() -> None:
    """Puts everything under its names."""
    _ops.publish_all()
    own: dict[str, Callable[..., Any] | Any] = {
        "executing_eagerly": executing_eagerly,
        "name_scope": name_scope,
        "device": device,
        "control_dependencies": control_dependencies,
        "is_tensor": is_tensor,
        "is_symbolic_tensor": is_symbolic_tensor,
        "convert_to_tensor": convert_to_tensor,
        "init_scope": init_scope,
        "get_static_value": get_static_value,
        "autograph.experimental.do_not_convert": _autograph.do_not_convert,
        "autograph.experimental.set_loop_options": _autograph.set_loop_options,
        "autograph.to_code": _autograph.to_code,
        "autograph.to_graph": _autograph.to_graph,
        "compat.v1.numpy_function": numpy_function,
        "compat.v1.py_func": numpy_function,
        "compat.v1.py_function": py_function,
        **{f"debugging.{name}": getattr(_debugging, name) for name in _debugging.NAMES},
        "Assert": _debugging.Assert,
        "debugging.Assert": _debugging.Assert,
        "print": _debugging.print_v2,
        "newaxis": None,
        "timestamp": timestamp,
        "IndexedSlices": IndexedSlices,
        "dtypes.cast": find_op("cast"),
        "dtypes.saturate_cast": find_op("saturate_cast"),
        "config.run_functions_eagerly": _function.run_functions_eagerly,
        "config.functions_run_eagerly": _function.functions_run_eagerly,
        "config.list_physical_devices": _config.list_physical_devices,
        "config.list_logical_devices": _config.list_logical_devices,
        "config.get_visible_devices": _config.get_visible_devices,
        "config.set_visible_devices": _config.set_visible_devices,
        "config.threading.set_inter_op_parallelism_threads": _config.set_inter_op_parallelism_threads,
        "config.threading.get_inter_op_parallelism_threads": _config.get_inter_op_parallelism_threads,
        "config.optimizer.set_jit": _function.set_jit,
        "config.optimizer.get_jit": _function.get_jit,
        "config.threading.set_intra_op_parallelism_threads": set_num_threads,
        "config.threading.get_intra_op_parallelism_threads": num_threads,
    }
    for name in ("stft", "inverse_stft", "inverse_stft_window_fn", "mdct", "inverse_mdct"):
        own[f"signal.{name}"] = getattr(_signal, name)
    for name in ("Generator", "get_global_generator", "set_global_generator", "create_rng_state"):
        own[f"random.{name}"] = own[f"random.experimental.{name}"] = getattr(_generator, name)
    for name in ("gamma", "poisson", "stateless_gamma", "stateless_poisson", "stateless_binomial"):
        own[f"random.{name}"] = getattr(_distributions, name)
    for name, value in own.items():
        _ops.publish(name, value)
    for room, module in (("optimizers", _optimizers), ("optimizers.schedules", _schedules), ("losses", _losses)):
        for kind in vars(module).values():
            if isinstance(kind, type) and kind.__module__ == module.__name__ and not kind.__name__.startswith("_"):
                _ops.publish(f"{room}.{kind.__name__}", kind)
                _ops.publish(f"keras.{room}.{kind.__name__}", kind)
    for layer in (_layers.Dense, _layers.Conv2D):
        _ops.publish(f"keras.layers.{layer.__name__}", layer)
    for name, method in _METHODS.items():
        setattr(Tensor, name, method)
    # NumPy's arrays leave their operators to ours.
    Tensor.__array_priority__ = Variable.__array_priority__ = 100


