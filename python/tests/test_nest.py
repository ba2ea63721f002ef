"""`tf.nest`: apart and together again."""

from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

from brolga import nest

Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    "structure, leaves",
    [
        (3, [3]),
        (None, [None]),
        ("ab", ["ab"]),
        (b"ab", [b"ab"]),
        ([], []),
        ([1, (2, [3])], [1, 2, 3]),
        ({"b": 2, "a": [1]}, [1, 2]),
        (OrderedDict([("z", 1), ("a", 2)]), [2, 1]),
        (Point(1, {"k": 2}), [1, 2]),
    ],
)
def test_flat_and_back(structure, leaves):
    assert nest.flatten(structure) == leaves
    again = nest.pack_sequence_as(structure, leaves)
    assert again == structure and type(again) is type(structure)


def test_arrays_are_leaves_and_ranges_are_not():
    array = np.arange(3)
    assert nest.flatten([array])[0] is array
    assert nest.flatten(range(3)) == [0, 1, 2]
    assert nest.pack_sequence_as(range(2), [5, 6]) == [5, 6]


def test_dicts_keep_their_order_and_kind():
    assert list(nest.pack_sequence_as({"b": 0, "a": 0}, [1, 2]).items()) == [("b", 2), ("a", 1)]
    packed = nest.pack_sequence_as(defaultdict(list, a=1), [2])
    assert packed["a"] == 2 and packed["new"] == []
    with pytest.raises(TypeError, match="sortable keys"):
        nest.flatten({1: 1, "a": 2})


def test_packing_counts():
    with pytest.raises(ValueError, match="Structure had 2 atoms, but flat_sequence had 1 items"):
        nest.pack_sequence_as([1, 2], [1])
    with pytest.raises(TypeError, match="flat_sequence must be a sequence"):
        nest.pack_sequence_as([1], 1)


def test_mapping():
    assert nest.map_structure(lambda x: x + 1, {"a": [1, 2]}) == {"a": [2, 3]}
    assert nest.map_structure(lambda x, y: x * y, Point(2, 3), Point(4, 5)) == Point(8, 15)
    assert nest.map_structure(lambda x, y: x + y, [1], (2,), check_types=False) == [3]
    with pytest.raises(TypeError, match="func must be callable"):
        nest.map_structure(3, [1])
    with pytest.raises(ValueError, match="at least one structure"):
        nest.map_structure(abs)
    with pytest.raises(ValueError, match="`foo`"):
        nest.map_structure(abs, [1], foo=1)


@pytest.mark.parametrize(
    "a, b, error, text",
    [
        ([1, 2], [1], ValueError, "same number of elements"),
        ([1], 1, ValueError, "is a sequence, while"),
        ({"a": 1}, {"b": 1}, ValueError, "same set of keys"),
        ([1], (1,), TypeError, "same sequence type"),
        ([[1]], [(1,)], TypeError, "same sequence type"),
    ],
)
def test_structures_that_differ(a, b, error, text):
    with pytest.raises(error, match=f"(?s)don't have the same nested structure.*{text}"):
        nest.assert_same_structure(a, b)


def test_structures_that_are_the_same():
    nest.assert_same_structure([1, {"a": 2}], ["x", {"a": None}])
    nest.assert_same_structure([1], (1,), check_types=False)
