"""`tf.nest`: structures of lists, tuples, named tuples and dicts, as flat lists and back.

Dicts go in the order of their sorted keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._near import missing_from

_ATOMS = (str, bytes, bytearray, memoryview)


def is_nested(structure: Any) -> bool:
    """Whether the value is a structure: a sequence other than a string, or a mapping."""
    kind = type(structure)
    if kind is list or kind is tuple or kind is dict:
        return True
    return isinstance(structure, (Sequence, Mapping)) and not isinstance(structure, _ATOMS)


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of a structure from left to right; a leaf alone is a list of one.

    `expand_composites` takes the tensors of what is made of tensors, as `tf.TensorArray` is.
    """
    leaves: list[Any] = []
    _flatten(structure, leaves, expand_composites)
    return leaves


def _flatten(structure: Any, leaves: list[Any], expand: bool) -> None:
    if is_nested(structure):
        for child in _children(structure):
            _flatten(child, leaves, expand)
    elif expand and is_composite(structure):
        leaves += structure._tf_leaves()
    else:
        leaves.append(structure)


def is_composite(value: Any) -> bool:
    """Whether a leaf is made of tensors."""
    return hasattr(type(value), "_tf_leaves")


def _children(structure: Any) -> Any:
    return [structure[key] for key in _keys(structure)] if isinstance(structure, Mapping) else structure


def _keys(mapping: Mapping[Any, Any]) -> list[Any]:
    try:
        return sorted(mapping)
    except TypeError:
        raise TypeError(f"nest only supports dicts with sortable keys: {list(mapping)!r}") from None


def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """The leaves in the structure of another value: what `flatten` took apart."""
    if not is_nested(flat_sequence):
        raise TypeError(f"flat_sequence must be a sequence, got {type(flat_sequence)}: {flat_sequence!r}")
    flat = list(flat_sequence)
    count = len(flatten(structure, expand_composites))
    if count != len(flat):
        raise ValueError(
            f"Could not pack sequence. Structure had {count} atoms, but flat_sequence had {len(flat)} items.  "
            f"Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    return _pack(structure, iter(flat), expand_composites)


def _pack(structure: Any, leaves: Iterator[Any], expand: bool) -> Any:
    if is_nested(structure):
        return _like(structure, [_pack(child, leaves, expand) for child in _children(structure)])
    return structure._tf_of(leaves) if expand and is_composite(structure) else next(leaves)


def _like(structure: Any, children: list[Any]) -> Any:
    """A structure of the same type around other children."""
    if isinstance(structure, Mapping):
        found = dict(zip(_keys(structure), children))
        items = [(key, found[key]) for key in structure]
        if isinstance(structure, defaultdict):
            return defaultdict(structure.default_factory, items)
        return type(structure)(items)  # type: ignore[call-arg]
    if _is_namedtuple(structure):
        return type(structure)(*children)
    return children if isinstance(structure, range) else type(structure)(children)


def _is_namedtuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


def map_structure(func: Callable[..., Any], *structure: Any, check_types: bool = True, **kwargs: Any) -> Any:
    """The function's results for the leaves, in their structure. Several structures give several arguments."""
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    expand = bool(kwargs.get("expand_composites"))
    if kwargs:
        known = "Only valid keyword arguments are `check_types` and `expand_composites`, not: "
        unknown = kwargs.keys() - {"expand_composites"}
        if unknown:
            raise ValueError(f"{known}`{'`, `'.join(sorted(unknown))}`")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types=check_types)
    results = [func(*leaves) for leaves in zip(*[flatten(each, expand) for each in structure])]
    return pack_sequence_as(structure[0], results, expand)


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False) -> None:
    """Raises ValueError where the structures differ, TypeError where only the types of their sequences do."""
    try:
        _same(nest1, nest2, check_types)
    except (ValueError, TypeError) as error:
        raise type(error)(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: type={type(nest1).__name__} str={nest1}\n\n"
            f"Second structure: type={type(nest2).__name__} str={nest2}\n\n"
            f"More specifically: {error}"
        ) from None


def _same(a: Any, b: Any, check_types: bool) -> None:
    if is_nested(a) != is_nested(b):
        nested, leaf = (a, b) if is_nested(a) else (b, a)
        raise ValueError(
            f'Substructure "type={type(nested).__name__} str={nested}" is a sequence, '
            f'while substructure "type={type(leaf).__name__} str={leaf}" is not'
        )
    if not is_nested(a):
        return
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        if a.keys() != b.keys():
            raise ValueError(
                "The two dictionaries don't have the same set of keys. "
                f"First structure has keys {_keys(a)}, while second structure has keys {_keys(b)}"
            )
    elif check_types and not _same_type(a, b):
        raise TypeError(
            "The two namedtuples or sequences don't have the same sequence type. "
            f"First structure {a} has type {type(a).__name__}, while second structure {b} has type {type(b).__name__}"
        )
    if len(a) != len(b):
        raise ValueError(
            "The two structures don't have the same number of elements. "
            f"First structure has {len(a)}, second structure has {len(b)}"
        )
    for x, y in zip(_children(a), _children(b)):
        _same(x, y, check_types)


def _same_type(a: Any, b: Any) -> bool:
    if _is_namedtuple(a) and _is_namedtuple(b):
        return type(a).__name__ == type(b).__name__ and a._fields == b._fields
    return type(a) is type(b)


__all__ = [
    "assert_same_structure",
    "flatten",
    "is_nested",
    "map_structure",
    "pack_sequence_as",
]

if not TYPE_CHECKING:
    # A type checker finds the missing names by itself.
    __getattr__ = missing_from(__name__, "tf.nest")
