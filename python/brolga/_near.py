"""Names that are not here: which are near."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NoReturn

_PACKAGE = "brolga"
_MOST = 4


def missing_from(module: str, title: str) -> Callable[[str], NoReturn]:
    """A `__getattr__` for the module that users know as `title` (`tf`, `tf.nn`)."""

    def __getattr__(name: str) -> NoReturn:
        # Python itself asks for these, often and by hasattr: no search for them.
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=sys.modules.get(module))
        raise AttributeError(_message(f"{title}.{name}"), name=name)

    return __getattr__


def _message(wanted: str) -> str:
    found = near(wanted, list(_names(sys.modules[_PACKAGE], "tf", set())))
    hint = f"near it: {', '.join(found)}" if found else "nothing here has a name near it"
    return f"brolga does not have TensorFlow's `{wanted}`; {hint}"


def near(wanted: str, names: list[str]) -> list[str]:
    """The dotted names most like the one wanted: those that end alike first, then those that are spelled alike."""
    # Imported when a name is missing, for the sake of those whose names are all there.
    from difflib import get_close_matches

    last = wanted.rpartition(".")[2]
    same = [name for name in names if name.rpartition(".")[2] == last]
    ends = {name.rpartition(".")[2]: name for name in reversed(names)}
    spelled = [ends[end] for end in get_close_matches(last, ends, n=_MOST, cutoff=0.7)]
    close = get_close_matches(wanted, names, n=_MOST, cutoff=0.7)
    return list(dict.fromkeys([*same, *spelled, *close]))[:_MOST]


def _names(namespace: Any, title: str, seen: set[int]) -> Iterator[str]:
    """Every public dotted name below a module of the package."""
    seen.add(id(namespace))
    for name in getattr(namespace, "__all__", None) or vars(namespace):
        if name.startswith("_"):
            continue
        yield f"{title}.{name}"
        value = vars(namespace).get(name)
        if isinstance(value, ModuleType) and value.__name__.startswith(_PACKAGE) and id(value) not in seen:
            yield from _names(value, f"{title}.{name}", seen)
