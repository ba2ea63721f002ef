"""`tf.Module`: an object that owns variables and other modules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from . import _nest as nest
from ._variable import Variable


class Module:
    """An object whose variables can be listed: its own, and those of the modules it holds, in lists and dicts too."""

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])", r"_\1\2", type(self).__name__).lower()
        elif not name.isidentifier():
            raise ValueError(f"{name!r} is not a valid module name. Module names must be valid Python identifiers (e.g. a valid class name).")
        self._name = name

    @property
    def name(self) -> str:
        """The name it was given, or its class's."""
        return self._name

    @property
    def name_scope(self) -> Any:
        """A context in which names would begin with the module's; names have no scopes here."""
        from ._namespaces import name_scope

        return name_scope(self._name)

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        """The method as it is: names have no scopes here."""
        return method

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Its variables, then those of its modules; each once."""
        return tuple(leaf for leaf in _leaves(self) if isinstance(leaf, Variable))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """The variables that gradient tapes watch by themselves."""
        return tuple(variable for variable in self.variables if variable.trainable)

    @property
    def non_trainable_variables(self) -> tuple[Variable, ...]:
        """The other variables."""
        return tuple(variable for variable in self.variables if not variable.trainable)

    @property
    def submodules(self) -> tuple[Module, ...]:
        """The modules it holds, and theirs; each once."""
        return tuple(leaf for leaf in _leaves(self) if isinstance(leaf, Module))


def _leaves(module: Module) -> Iterator[Any]:
    """What the module's attributes hold, in order of their names, then what its modules hold; each object once."""
    seen, waiting = {id(module)}, [module]
    while waiting:
        inner: list[Module] = []
        current = waiting.pop(0)
        for name in sorted(vars(current)):
            for leaf in nest.flatten(_listed(vars(current)[name])):
                if isinstance(leaf, (Variable, Module)) and id(leaf) not in seen:
                    seen.add(id(leaf))
                    yield leaf
                    if isinstance(leaf, Module):
                        inner.append(leaf)
        waiting = inner + waiting


def _listed(value: Any) -> Any:
    """A structure whose leaves can be listed: dicts whose keys have no order count as they stand."""
    if isinstance(value, dict):
        return [_listed(child) for child in value.values()]
    return value
