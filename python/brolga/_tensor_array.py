"""`tf.TensorArray`: tensors of one dtype by number, written and read one by one.

In eager code it is a list. In a function being traced it is a buffer that each write replaces by another, in the same memory
where nobody else holds it; of an array that grows the buffer has twice the places when the places run out. Where elements have a
shape that only a run tells (they are what a callback gave), so has the buffer.
"""

from __future__ import annotations

from typing import Any, Self

from ._core import Tensor, branch, find_op, is_recording, to_tensor
from ._dtypes import as_dtype
from ._errors import InvalidArgumentError, OutOfRangeError
from ._shape import TensorShape, as_shape

_write, _put, _read, _count, _within = (find_op(f"_places.{name}") for name in ("write", "put", "read", "count", "within"))
_zeros, _concat, _reshape, _cast, _shape = (find_op(name) for name in ("zeros", "concat", "reshape", "cast", "shape"))
_maximum = find_op("math.maximum")
_FIRST = 8
"""The places that a growing array begins with."""


class TensorArray:
    """Tensors of one dtype, by number.

    `write` gives the array that is to be used from then on. An element that was never written reads as zeros where
    `element_shape` was given, and is an error where it was not; `stack` and `concat` take zeros for it.
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        if handle is not None or flow is not None:
            raise ValueError("TensorArray: `handle` and `flow` belong to TensorFlow 1; give `size`")
        self._dtype = as_dtype(dtype)
        self._dynamic = bool(dynamic_size)
        self._clears = clear_after_read is None or bool(clear_after_read)
        self._infers = infer_shape
        self._declared = element_shape is not None and as_shape(element_shape).is_fully_defined()
        self._element = as_shape(element_shape)
        self._length: Any = 0 if size is None else size
        self._eager: _Elements | None = None
        self._buffer: Any = None
        self._written: Any = None
        """What was written, where an element read before is an error."""
        self._found: list[TensorShape] = []
        """The shape of the elements, once one of the arrays made of this one knows it."""
        if is_recording():
            self._begin()
        else:
            self._eager = _Elements(int(to_tensor(self._length, "int32")), self)

    # ---------------------------------------------------------------- what it is

    @property
    def dtype(self) -> Any:
        """The element type."""
        return self._dtype

    @property
    def element_shape(self) -> TensorShape:
        """The shape of each element, as far as it is known."""
        return self._element

    @property
    def dynamic_size(self) -> bool:
        """Whether writes past the end make it longer."""
        return self._dynamic

    @property
    def handle(self) -> None:
        """Nothing: the array is its elements."""
        return None

    @property
    def flow(self) -> Any:
        """A scalar that stands for what was written so far."""
        return to_tensor(0.0)

    def size(self, name: str | None = None) -> Any:
        """How many elements it has."""
        if self._eager is not None:
            return to_tensor(len(self._eager.values), "int32")
        return to_tensor(self._length, "int32")

    def identity(self) -> TensorArray:
        """The same elements; writes into one leave the other as it is in a traced function."""
        return self

    def mark_used(self) -> None:
        """Nothing is to be said: arrays that are not used are no error."""

    def close(self, name: str | None = None) -> None:
        """Lets the elements go."""
        if self._eager is not None:
            self._eager.values.clear()

    def __repr__(self) -> str:
        return f"<tf.TensorArray dtype={self._dtype.name} element_shape={self._element}>"

    # ---------------------------------------------------------------- one by one

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with `value` at a place."""
        tensor = self._fitting(value)
        if self._eager is not None and not is_recording():
            self._eager.write(_number(index), tensor)
            return self
        return self._traced()._put(_cast(to_tensor(index), "int32"), tensor)

    def read(self, index: Any, name: str | None = None) -> Any:
        """The element at a place."""
        if self._eager is not None and not is_recording():
            return self._eager.read(_number(index))
        array = self._traced()
        array._must_be_shaped("read")
        index = _cast(to_tensor(index), "int32")
        written = None if array._written is None else _read(array._written, index)
        index = _within(index, array._length, False, written)
        return find_op("gather")(array._buffer, index) if array._buffer.shape.rank is None else _read(array._buffer, index)

    # ---------------------------------------------------------------- all at once

    def stack(self, name: str | None = None) -> Any:
        """All elements, along a new first axis."""
        if self._eager is not None and not is_recording():
            return self._eager.stack()
        array = self._traced()
        if array._buffer is None and array._length == 0:
            return _zeros([0, *array._extents()], array._dtype)
        array._must_be_shaped("stack")
        buffer: Any = array._buffer
        return buffer[: array._length] if array._dynamic else buffer

    def gather(self, indices: Any, name: str | None = None) -> Any:
        """The elements at some places, along a new first axis."""
        places = to_tensor(indices)
        if self._eager is not None and not is_recording():
            elements = [self._eager.read(int(place)) for place in places.numpy()]
            return find_op("stack")(elements) if elements else _zeros([0, *self._extents()], self._dtype)
        array = self._traced()
        return find_op("gather")(array.stack(), places)

    def concat(self, name: str | None = None) -> Any:
        """All elements, one after the other along their first axis."""
        if self._eager is not None and not is_recording():
            values = self._eager.all()
            return _concat(values, 0) if values else _zeros([0, *self._extents()[1:]], self._dtype)
        array = self._traced()
        stacked = array.stack()
        if stacked.shape.rank is None:
            return _reshape(stacked, _concat([to_tensor([-1], "int32"), _shape(stacked)[2:]], 0))
        if not array._element.rank:
            raise ValueError("TensorArray.concat: elements must have a first axis, along which they can be joined")
        return _reshape(stacked, [-1, *array._extents()[1:]])

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """The array of the parts of `value` along its first axis."""
        whole = self._tensor(value)
        if whole.shape.rank == 0:
            raise ValueError("TensorArray.unstack: a scalar has no first axis")
        if self._eager is not None and not is_recording():
            self._eager.fill(find_op("unstack")(whole))
            return self
        array = self._traced()._like()
        array._agree(as_shape(whole.shape.as_list()[1:]))
        array._begin()
        array._buffer = array._opened(whole)
        array._length = _count(whole) if whole.shape[0] is None else whole.shape[0]
        array._written = None
        return array

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with the parts of `value` at some places."""
        places, whole = to_tensor(indices), self._tensor(value)
        array: TensorArray = self
        count = places.shape[0] if places.shape.rank == 1 else None
        if count is None:
            raise ValueError(f"TensorArray.scatter: indices must be a vector of known length, not of shape {places.shape}")
        for k in range(count):
            array = array.write(places[k], whole[k])
        return array

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """The array of stretches of `value` along its first axis."""
        whole, parts = self._tensor(value), to_tensor(lengths)
        if whole.shape.rank == 0:
            raise ValueError("TensorArray.split: expected value to be at least a vector, but received a scalar")
        if not hasattr(parts, "numpy"):
            raise ValueError("TensorArray.split: `lengths` must be known while a function is traced")
        pieces = find_op("split")(whole, [int(length) for length in parts.numpy()])
        if self._eager is not None and not is_recording():
            self._eager.fill(pieces)
            return self
        if len({piece.shape[0] for piece in pieces}) > 1:
            raise ValueError("TensorArray.split: in a traced function all lengths must be the same")
        return self.unstack(find_op("stack")(pieces))

    # ---------------------------------------------------------------- values

    def _tensor(self, value: Any) -> Any:
        value = value._tf_value() if hasattr(value, "_tf_value") else value
        tensor = value if isinstance(value, Tensor) else to_tensor(value, self._dtype)
        if tensor.dtype != self._dtype:
            message = f"TensorArray dtype is {self._dtype.name} but op is trying to write dtype {tensor.dtype.name}"
            raise ValueError(message) if is_recording() else InvalidArgumentError(None, None, message)
        return tensor

    def _fitting(self, value: Any) -> Any:
        tensor = self._tensor(value)
        if not self._element.is_compatible_with(tensor.shape):
            raise ValueError(f"Incompatible shape for value ({tensor.shape}), expected ({self._element})")
        if self._eager is not None and not is_recording():
            if self._infers:
                self._agree(tensor.shape)
        elif tensor.shape.rank is None or None in tensor.shape.as_list():
            if not self._element.is_fully_defined():
                if not self._found:
                    self._found.append(TensorShape(None))
                return tensor
            from ._control import ensure_shape

            tensor = ensure_shape(tensor, self._element)
        return tensor

    def _agree(self, shape: TensorShape) -> None:
        if not self._element.is_compatible_with(shape):
            raise ValueError(f"Incompatible shape for value ({shape}), expected ({self._element})")
        self._element = self._element.merge_with(shape)
        if self._element.is_fully_defined():
            self._found[:] = [self._element]

    def _extents(self) -> list[int]:
        return [extent or 0 for extent in self._element.as_list()] if self._element.rank is not None else []

    # ---------------------------------------------------------------- traced

    def _like(self) -> Self:
        """Another with the same elements."""
        other = object.__new__(type(self))
        vars(other).update(vars(self))
        return other

    def _traced(self) -> TensorArray:
        """This, or what an eager array was when the function was traced."""
        if self._eager is None:
            if self._buffer is not None or not self._found:
                return self
            begun = self._like()
            begun._element = self._found[0]
            begun._begin()
            return begun
        made, values = self._like(), self._eager.values
        made._found = []
        made._eager, made._length = None, len(values)
        made._begin()
        for index, value in enumerate(values):
            if value is not None:
                made = made.write(index, value)
        return made

    def _begin(self) -> None:
        """Makes the buffer, where the shape of the elements is known."""
        if isinstance(self._length, Tensor):
            self._length = int(self._length) if hasattr(self._length, "numpy") else _cast(self._length, "int32")
        if self._dynamic:
            self._length = to_tensor(self._length, "int32")
        if self._buffer is not None:
            return
        if not self._element.is_fully_defined():
            if self._found:
                self._buffer = self._unshaped(_zeros([0], self._dtype))
            return
        places = _maximum(self._length, _FIRST) if self._dynamic else self._length
        self._buffer = self._opened(self._empty(places, self._dtype, self._extents()))
        if not self._declared:
            self._written = self._opened(self._empty(places, "bool", []))

    def _empty(self, places: Any, dtype: Any, extents: list[int]) -> Any:
        if not isinstance(places, Tensor) or hasattr(places, "numpy"):
            return _zeros([int(places), *extents], dtype)
        made = _zeros(_concat([_reshape(places, [1]), to_tensor(extents, "int32")], 0), dtype)
        made.set_shape([None, *extents])
        return made

    def _opened(self, buffer: Any) -> Any:
        """The buffer, of whose length nothing is known where it may change."""
        from ._control import loosened

        return loosened(buffer, as_shape([None, *buffer.shape.as_list()[1:]])) if self._dynamic else buffer

    def _unshaped(self, buffer: Any) -> Any:
        """The buffer, of whose shape nothing is known."""
        from ._control import loosened

        return loosened(buffer, TensorShape(None))

    def _must_be_shaped(self, what: str) -> None:
        if self._buffer is None:
            raise ValueError(
                f"TensorArray.{what}: nothing was written yet, and the shape of the elements is not known\n  help: give `element_shape`"
            )

    def _put(self, index: Any, value: Any) -> TensorArray:
        array = self._like()
        if array._buffer is None:
            array._agree(value.shape)
            array._begin()
        held: Any = array._buffer
        late = held.shape.rank is None
        if array._dynamic:
            index = _within(index, 2**31 - 1, True)
            if not late:
                array._grow(index)
            array._length = _maximum(array._length, index + 1)
        else:
            index = _within(index, array._length, True)
        if late:
            array._buffer = array._unshaped(_put(array._buffer, index, value, 0 if array._dynamic else array._length))
        else:
            array._buffer = _write(array._buffer, index, value)
        if array._written is not None:
            array._written = _write(array._written, index, True)
        return array

    def _grow(self, index: Any) -> None:
        """Makes room for a place."""
        buffers = [buffer for buffer in (self._buffer, self._written) if buffer is not None]
        there = _count(buffers[0])
        more = _maximum(there, index + 1 - there)

        def longer() -> list[Any]:
            return [_with_zeros(buffer, more) for buffer in buffers]

        grown = branch(index >= there, [longer, lambda: buffers])
        self._buffer = grown[0]
        if self._written is not None:
            self._written = grown[1]

    # ---------------------------------------------------------------- carried by loops and branches

    def _tf_leaves(self) -> list[Any]:
        """The tensors it is made of."""
        array = self._traced()
        length = [] if isinstance(array._length, int) else [array._length]
        return [*length, *(buffer for buffer in (array._buffer, array._written) if buffer is not None)]

    def _tf_of(self, leaves: Any) -> TensorArray:
        """An array like this one, made of other tensors."""
        array = self._traced()._like()
        if not isinstance(array._length, int):
            array._length = next(leaves)
        if array._buffer is not None:
            array._buffer = next(leaves)
        if array._written is not None:
            array._written = next(leaves)
        return array

    def _tf_traced(self) -> TensorArray:
        """The array as traced functions have it."""
        return self._traced()

    def _tf_shaped(self) -> bool:
        """Whether the shape of its elements is known."""
        return self._buffer is not None


def _with_zeros(buffer: Any, more: Any) -> Any:
    extents = to_tensor(buffer.shape.as_list()[1:], "int32")
    room = _zeros(_concat([_reshape(more, [1]), extents], 0), buffer.dtype)
    longer = _concat([buffer, room], 0)
    longer.set_shape(buffer.shape)
    return longer


def _number(index: Any) -> int:
    return int(index._tf_value() if hasattr(index, "_tf_value") else index)


class _Elements:
    """The elements in eager code."""

    def __init__(self, size: int, array: TensorArray) -> None:
        self.values: list[Any] = [None] * size
        self._array = array
        self._cleared: set[int] = set()

    def write(self, index: int, value: Any) -> None:
        """Puts a value at a place."""
        if index < 0:
            raise OutOfRangeError(None, None, f"TensorArray: writing to negative indices (index {index}) is not allowed")
        count = len(self.values)
        if index >= count:
            if not self._array._dynamic:
                message = f"TensorArray: tried to write to index {index} but array is not resizeable and size is: {count}"
                raise OutOfRangeError(None, None, message)
            self.values.extend([None] * (index + 1 - count))
        self.values[index] = value

    def read(self, index: int) -> Any:
        """The value at a place; it is let go where reading clears."""
        count = len(self.values)
        if not 0 <= index < count:
            raise OutOfRangeError(None, None, f"TensorArray: tried to read from index {index} but array size is: {count}")
        value = self.values[index]
        if value is None and index in self._cleared:
            raise InvalidArgumentError(
                None,
                None,
                f"Could not read index {index} twice because it was cleared after a previous read (perhaps try setting "
                "clear_after_read = false?)",
            )
        if value is None:
            if not self._array._declared:
                raise InvalidArgumentError(
                    None,
                    None,
                    f"index {index} of a TensorArray is read before it is written\n  help: write it first, or give element_shape: then it "
                    "is zeros",
                )
            value = _zeros(self._array._extents(), self._array._dtype)
        if self._array._clears:
            self.values[index] = None
            self._cleared.add(index)
        return value

    def all(self) -> list[Any]:
        """Every value, zeros where nothing was written."""
        shape = self._array._element
        if any(value is None for value in self.values) and not shape.is_fully_defined():
            raise ValueError(f"TensorArray: elements that were not written have no known shape, only {shape}")
        return [_zeros(self._array._extents(), self._array._dtype) if value is None else value for value in self.values]

    def stack(self) -> Any:
        """Every value along a new first axis."""
        values = self.all()
        return find_op("stack")(values) if values else _zeros([0, *self._array._extents()], self._array._dtype)

    def fill(self, values: list[Any]) -> None:
        """Replaces all elements."""
        count = len(self.values)
        if len(values) > count and not self._array._dynamic:
            raise OutOfRangeError(None, None, f"TensorArray: {len(values)} elements do not fit an array that is not resizeable, of size {count}")
        for value in values:
            self._array._fitting(value)
        self.values[: len(values)] = values
