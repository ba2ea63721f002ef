"""`TensorShape`: what is known of a shape, and what follows from it."""

import pickle

import numpy as np
import pytest

import brolga as tf

S = tf.TensorShape
UNKNOWN = S(None)


@pytest.mark.parametrize(
    "dims, text, representation",
    [
        (None, "<unknown>", "TensorShape(None)"),
        ([], "()", "TensorShape([])"),
        (3, "(3,)", "TensorShape([3])"),
        ([2, None], "(2, None)", "TensorShape([2, None])"),
        ((2, np.int64(3)), "(2, 3)", "TensorShape([2, 3])"),
        (np.array([4, 5]), "(4, 5)", "TensorShape([4, 5])"),
        (S([1]), "(1,)", "TensorShape([1])"),
    ],
)
def test_made_and_printed(dims, text, representation):
    shape = S(dims)
    assert (str(shape), repr(shape)) == (text, representation)
    assert pickle.loads(pickle.dumps(shape)) == shape


def test_what_is_no_shape():
    with pytest.raises(ValueError, match="Dimension -1 must be >= 0"):
        S([-1])
    with pytest.raises(TypeError, match="must be integer or None or have an __index__ method, got value '1.5'"):
        S([1.5])
    with pytest.raises(TypeError, match="__index__"):
        S("ab")


def test_rank_and_count():
    assert S([2, 3]).rank == S([2, 3]).ndims == len(S([2, 3])) == 2
    assert UNKNOWN.rank is None
    assert S([2, 3]).num_elements() == 6 and S([]).num_elements() == 1 and S([2, 0]).num_elements() == 0
    assert S([2, None]).num_elements() is None and UNKNOWN.num_elements() is None
    assert S([2, 3]).is_fully_defined() and not S([None]).is_fully_defined() and not UNKNOWN.is_fully_defined()
    assert S([2, None]).as_list() == [2, None]
    assert S([]) and not UNKNOWN


def test_an_unknown_rank_has_no_length_list_or_items():
    with pytest.raises(ValueError, match=r"as_list\(\) is not defined on an unknown TensorShape."):
        UNKNOWN.as_list()
    with pytest.raises(ValueError, match="Cannot take the length of shape with unknown rank."):
        len(UNKNOWN)
    with pytest.raises(ValueError, match="Cannot iterate over a shape with unknown rank."):
        iter(UNKNOWN)
    with pytest.raises(ValueError, match="Shape <unknown> is not fully defined"):
        UNKNOWN.assert_is_fully_defined()


def test_items_and_slices():
    shape = S([2, None, 4])
    assert (shape[0], shape[1], shape[-1]) == (2, None, 4)
    assert shape[1:] == S([None, 4]) and shape[::2] == S([2, 4])
    assert list(shape) == [2, None, 4]
    with pytest.raises(IndexError):
        shape[3]
    assert UNKNOWN[0] is None and UNKNOWN[1:3] == S([None, None]) and UNKNOWN[1:] == UNKNOWN
    assert UNKNOWN[-2:] == UNKNOWN and UNKNOWN[:2] == S([None, None])


def test_dims_are_dimensions():
    dims = S([2, None]).dims
    assert dims[0].value == 2 and dims[0] == 2 and int(dims[0]) == 2 and dims[1].value is None
    assert repr(dims) == "[Dimension(2), Dimension(None)]"
    assert UNKNOWN.dims is None
    assert S(dims) == S([2, None])


def test_equality():
    assert S([2, 3]) == [2, 3] == S([2, 3]) and S([2, 3]) == (2, 3)
    assert S([2, None]) == [2, None] and S([2, None]) != [2, 3]
    assert UNKNOWN == None and S([]) != None and S([2]) != "ab" and S([2]) != [-1]  # noqa: E711
    assert hash(S([2, None])) == hash(S((2, None)))


def test_compatible():
    assert S([2, None]).is_compatible_with([2, 3]) and S([2, None]).is_compatible_with(None)
    assert not S([2, None]).is_compatible_with([3, 3]) and not S([2]).is_compatible_with([2, 2])
    S([2]).assert_is_compatible_with([None])
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(3,\) are incompatible"):
        S([2]).assert_is_compatible_with(S([3]))


def test_merging():
    assert S([2, None]).merge_with([None, 3]) == [2, 3]
    assert UNKNOWN.merge_with([2]) == [2] == S([2]).merge_with(None)
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(3,\) are not compatible"):
        S([2]).merge_with([3])
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(2, 2\) are not compatible"):
        S([2]).merge_with([2, 2])


def test_what_describes_both():
    assert S([2, 3]).most_specific_compatible_shape([2, 4]) == [2, None]
    assert S([2, 3]).most_specific_compatible_shape([2]) == UNKNOWN
    assert S([2, 3]).most_specific_common_supertype([S([2, 4]), S([3, 4])]) == [None, None]
    assert S([2]).most_specific_common_supertype([3]) is None
    assert S([2, 3]).is_subtype_of(S([None, 3])) and S([2]).is_subtype_of(UNKNOWN)
    assert not S([None]).is_subtype_of(S([2])) and not UNKNOWN.is_subtype_of(S([2]))


def test_joining():
    assert S([2]).concatenate([None, 3]) == [2, None, 3]
    assert S([2]) + [3] == [2, 3] and [1] + S([2]) == [1, 2]
    assert S([2]).concatenate(None) == UNKNOWN and UNKNOWN + [2] == UNKNOWN


def test_ranks_demanded():
    assert UNKNOWN.with_rank(2) == [None, None] and S([2, 3]).with_rank(2) == [2, 3]
    assert S([2]).with_rank_at_least(1) == [2] == S([2]).with_rank_at_most(1)
    with pytest.raises(ValueError, match=r"Shape \(2,\) must have rank 2"):
        S([2]).with_rank(2)
    with pytest.raises(ValueError, match=r"Shape \(2,\) must have rank at least 2"):
        S([2]).with_rank_at_least(2)
    with pytest.raises(ValueError, match=r"Shape \(2,\) must have rank at most 0"):
        S([2]).with_rank_at_most(0)
    with pytest.raises(ValueError, match=r"Shape \(2,\) must have rank 3"):
        S([2]).assert_has_rank(3)
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(2, 3\) must have the same rank"):
        S([2]).assert_same_rank([2, 3])
