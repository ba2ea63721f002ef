"""The part of the package that is Rust. `./check` compares this file with it (`mypy.stubtest`)."""

from typing import Any

from ._dtypes import DType

__all__ = ["__version__", "_dtype", "_through"]

__version__: str

def _dtype(object: Any) -> tuple[DType, str]: ...
def _through(object: Any, *, copied: bool = False, lent: bool = False) -> Any: ...
