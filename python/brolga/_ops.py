"""The ops under TensorFlow's names: a module for each namespace, made of the table that the Rust part holds."""

from __future__ import annotations

import inspect
import math
import sys
from types import ModuleType
from typing import Any

from ._core import find_op, op_names
from ._near import missing_from

_PACKAGE = "brolga"


def namespace(path: str) -> ModuleType:
    """The module of a namespace below `tf`, made where it is not there yet."""
    name = f"{_PACKAGE}.{path}"
    module = sys.modules.get(name)
    if module is None:
        module = ModuleType(name, f"Ops of TensorFlow's `tf.{path}`.")
        vars(module)["__getattr__"] = missing_from(name, f"tf.{path}")
        sys.modules[name] = module
        parent, _, last = path.rpartition(".")
        above = namespace(parent) if parent else sys.modules[_PACKAGE]
        # Ops stand beside what a file of the package defines (`tf.dtypes`), in a module apart: `complex` is an op there.
        if isinstance(written := vars(above).get(last), ModuleType):
            for known in written.__all__:
                _put(module, known, getattr(written, known))
        _put(above, last, module)
    return module


def _put(module: ModuleType, name: str, value: Any) -> None:
    setattr(module, name, value)
    public = vars(module).setdefault("__all__", [])
    if name not in public:
        public.append(name)


def publish(name: str, value: Any) -> None:
    """Puts a value under a name below `tf`."""
    path, _, last = name.rpartition(".")
    _put(namespace(path) if path else sys.modules[_PACKAGE], last, value)


def signature(parameters: str) -> inspect.Signature:
    """The parameters of an op, which the table writes as Python does."""
    return inspect.signature(eval(f"lambda {parameters}: None", {"tf": sys.modules[_PACKAGE], "inf": math.inf}))


def publish_all() -> None:
    """Puts every op under each of its names, but for those that the package's own files define."""
    own = vars(sys.modules[_PACKAGE])
    for name in op_names():
        if name not in own:
            publish(name, find_op(name))
