"""AutoGraph: Python's control flow over tensors as part of the graph, through the library diastatic-malt where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def convert(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its control flow turned over to the graph."""
    return function
