"""The part of the package that is Rust."""

from typing import Any

__version__: str

def _through(object: Any, *, copied: bool = False, lent: bool = False) -> Any: ...
