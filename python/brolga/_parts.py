"""Writes to parts of a variable: `scatter_add` and its kin, by rows; `scatter_nd_add` and its kin, by coordinates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from ._core import Tensor, find_op, to_tensor

_gather, _gather_nd = find_op("gather"), find_op("gather_nd")
_expand, _shape, _reshape = (find_op(name) for name in ("expand_dims", "shape", "reshape"))
_WORDS: dict[str, Callable[..., Any]] = {
    **{word: find_op(f"tensor_scatter_nd_{word}") for word in ("update", "add", "sub", "max", "min")},
    "mul": find_op("_places.multiply"),
    "div": find_op("_places.divide"),
}


class IndexedSlices:
    """Rows of a tensor: `values[k]` belongs to row `indices[k]` of a tensor of shape `dense_shape`."""

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self._values, self._indices = to_tensor(values), to_tensor(indices)
        self._dense_shape = None if dense_shape is None else to_tensor(dense_shape)

    @property
    def values(self) -> Tensor:
        """The rows."""
        return self._values

    @property
    def indices(self) -> Tensor:
        """Which rows they are."""
        return self._indices

    @property
    def dense_shape(self) -> Tensor | None:
        """The shape of the whole, where it was said."""
        return self._dense_shape

    @property
    def dtype(self) -> Any:
        """The element type."""
        return self._values.dtype

    def _tf_value(self) -> Any:
        if self._dense_shape is None:
            raise ValueError("IndexedSlices become a tensor only where `dense_shape` is known")
        zeros = find_op("zeros")(self._dense_shape, self.dtype)
        return _WORDS["add"](zeros, _expand(self._indices, -1), self._values)

    def __repr__(self) -> str:
        whole = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{whole})"


class Parts:
    """What a variable does to parts of itself. Indices repeat: each counts, in order. All give the variable."""

    def _read(self) -> Any:
        raise NotImplementedError

    def assign(self, value: Any) -> Any:
        """Puts `value` into it."""
        raise NotImplementedError

    def _at(self, word: str, indices: Any, updates: Any) -> Self:
        held = self._read()
        given = updates if isinstance(updates, Tensor) else to_tensor(updates, held.dtype)
        self.assign(_WORDS[word](held, indices, given))
        return self

    def _rows(self, word: str, sparse_delta: Any) -> Self:
        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(f"Argument `sparse_delta` must be a `tf.IndexedSlices`. Received arg: {sparse_delta}")
        return self._at(word, _expand(sparse_delta.indices, -1), sparse_delta.values)

    def scatter_update(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> Self:
        """Puts rows in the place of its own."""
        return self._rows("update", sparse_delta)

    def scatter_add(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> Self:
        """Adds rows to its own."""
        return self._rows("add", sparse_delta)

    def scatter_sub(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> Self:
        """Subtracts rows from its own."""
        return self._rows("sub", sparse_delta)

    def scatter_mul(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> Self:
        """Multiplies its rows."""
        return self._rows("mul", sparse_delta)

    def scatter_div(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> Self:
        """Divides its rows."""
        return self._rows("div", sparse_delta)

    def scatter_max(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> Self:
        """Keeps the greater of its rows and these."""
        return self._rows("max", sparse_delta)

    def scatter_min(self, sparse_delta: IndexedSlices, use_locking: bool = False, name: str | None = None) -> Self:
        """Keeps the lesser of its rows and these."""
        return self._rows("min", sparse_delta)

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Self:
        """Puts updates at places of several coordinates."""
        return self._at("update", indices, updates)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Self:
        """Adds updates at places of several coordinates."""
        return self._at("add", indices, updates)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Self:
        """Subtracts updates at places of several coordinates."""
        return self._at("sub", indices, updates)

    def scatter_nd_max(self, indices: Any, updates: Any, name: str | None = None) -> Self:
        """Keeps the greater at places of several coordinates."""
        return self._at("max", indices, updates)

    def scatter_nd_min(self, indices: Any, updates: Any, name: str | None = None) -> Self:
        """Keeps the lesser at places of several coordinates."""
        return self._at("min", indices, updates)

    def gather_nd(self, indices: Any, name: str | None = None) -> Any:
        """What stands at places of several coordinates."""
        return _gather_nd(self._read(), indices)

    def sparse_read(self, indices: Any, name: str | None = None) -> Any:
        """Its rows at the indices."""
        return _gather(self._read(), indices)

    def _put(self, key: Any, value: Any) -> Self:
        """Puts `value`, made as wide as the part, where `self[key]` reads."""
        held = self._read()
        shape = _shape(held)
        places = _reshape(find_op("range")(find_op("size")(held)), shape)[key]
        given = value if isinstance(value, Tensor) else to_tensor(value, held.dtype)
        spread = _reshape(find_op("broadcast_to")(given, _shape(places)), [-1])
        flat = _WORDS["update"](_reshape(held, [-1]), _reshape(places, [-1, 1]), spread)
        self.assign(_reshape(flat, shape))
        return self
