"""Arrays through the door: what goes in comes out, without a copy where NumPy's memory serves."""

import gc
import resource
import sys
import weakref

import ml_dtypes
import numpy as np
import pytest

from brolga import _core

DENSE = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128", ml_dtypes.bfloat16,
]  # fmt: skip
BOTH = pytest.mark.parametrize("copied", [False, True])


def through(value, *, copied=False, lent=True):
    return _core._through(value, copied=copied, lent=lent)


def same(got, expected):
    assert type(got) is np.ndarray
    assert got.dtype == expected.dtype and got.shape == expected.shape
    np.testing.assert_array_equal(got, expected)


def ramp(dtype, shape=(3, 4)):
    return (np.arange(np.prod(shape)) % 5).reshape(shape).astype(dtype)


@BOTH
@pytest.mark.parametrize("dtype", DENSE)
def test_every_dtype_comes_back_as_it_was(dtype, copied):
    array = ramp(dtype)
    same(through(array, copied=copied), array)


@pytest.mark.parametrize("dtype", DENSE)
def test_every_scalar_comes_back_as_it_was(dtype):
    scalar = np.dtype(dtype).type(1)
    got = through(scalar, lent=False)
    assert type(got) is type(scalar) and got == scalar
    same(through(scalar), np.asarray(scalar))


def test_a_borrowed_array_shares_its_memory_both_ways():
    array = np.arange(6.0)
    got = through(array)
    assert np.shares_memory(got, array)
    array[2] = 9.0
    assert got[2] == 9.0


def test_a_copied_array_does_not():
    array = np.arange(6.0)
    got = through(array, copied=True)
    assert not np.shares_memory(got, array)
    assert got.ctypes.data % 64 == 0


@BOTH
def test_a_lent_array_cannot_be_written(copied):
    got = through(np.arange(3.0), copied=copied)
    assert not got.flags.writeable and not got.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        got[0] = 1.0
    with pytest.raises(ValueError, match="WRITEABLE"):
        got.flags.writeable = True


def test_borrowing_keeps_the_array_alive_and_no_longer():
    class Array(np.ndarray):
        pass

    array = np.arange(1000.0).view(Array)
    alive = weakref.ref(array)
    got = through(array)
    del array
    gc.collect()
    assert alive() is not None and got[999] == 999.0
    del got
    gc.collect()
    assert alive() is None


HIGHEST_RANK = 64 if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else 32
LAYOUTS = {
    "transposed": lambda a: a.T,
    "fortran": np.asfortranarray,
    "strided": lambda a: a[::2, 1::2],
    "reversed": lambda a: a[::-1, ::-1],
    "broadcast": lambda a: np.broadcast_to(a, (2, *a.shape)),
    "one of many": lambda a: a[1:2, 2],
    "read-only": lambda a: (a.setflags(write=False), a)[1],
    "zero-size": lambda a: a[:0],
    "zero-size in front": lambda a: np.zeros((0, 3), a.dtype),
    "rank 0": lambda a: a[1, 1, ...],
    "the highest rank": lambda a: a.reshape((1,) * (HIGHEST_RANK - a.ndim) + a.shape),
}


@BOTH
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "complex128", "bool", ml_dtypes.bfloat16])
def test_every_layout_is_read_right(layout, dtype, copied):
    array = LAYOUTS[layout](ramp(dtype))
    same(through(array, copied=copied), np.ascontiguousarray(array).reshape(array.shape))


def test_unaligned_arrays_are_copied():
    array = np.zeros(17, np.uint8)[1:].view(np.float32)
    array[:] = [1, 2, 3, 4]
    assert not array.flags.aligned
    same(through(array), np.array([1, 2, 3, 4], np.float32))


@BOTH
@pytest.mark.parametrize("dtype", [">i2", ">i4", ">i8", ">u4", ">f2", ">f4", ">f8", ">c8", ">c16"])
def test_big_endian_arrays_are_swapped(dtype, copied):
    array = ramp(dtype)
    same(through(array, copied=copied), array.astype(np.dtype(dtype).newbyteorder("=")))
    same(through(array[::-1, ::2], copied=copied), array[::-1, ::2].astype(np.dtype(dtype).newbyteorder("=")))


@BOTH
@pytest.mark.parametrize("step", [1, 2])
def test_bools_that_are_neither_0_nor_1_are_true(step, copied):
    array = np.array([0, 1, 2, 255], np.uint8).view(bool)[::step]
    assert through(array, copied=copied).view(np.uint8).tolist() == [0, 1, 1, 1][::step]


def test_both_64_bit_integers_of_c_are_int64():
    for dtype in [np.longlong, np.int_]:
        assert through(np.arange(3, dtype=dtype)).dtype == np.int64
    for dtype in [np.ulonglong, np.uint]:
        assert through(np.arange(3, dtype=dtype)).dtype == np.uint64


def test_special_values_keep_their_bits():
    array = np.array([np.nan, -0.0, np.inf, 1e-42], np.float32)
    array[:1].view(np.uint32)[0] = 0xFFC12345
    for copied in [False, True]:
        assert through(array, copied=copied).tobytes() == array.tobytes()


def test_rank_0_is_given_as_a_scalar_and_lent_as_an_array():
    assert type(through(np.float32(1.5), lent=False)) is np.float32
    assert through(np.float32(1.5)).shape == ()
    assert type(through(np.ones(1), lent=False)) is np.ndarray


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_subclasses_leave_their_extras_behind():
    same(through(np.ma.masked_array([1.0, 2.0], mask=[True, False])), np.array([1.0, 2.0]))
    same(through(np.matrix([[1, 2], [3, 4]])), np.array([[1, 2], [3, 4]]))
    same(through(np.ma.masked_array(["a", "b"], mask=[True, False])), np.array([b"a", b"b"], object))
    same(through(np.matrix([["a", "b"]])), np.array([[b"a", b"b"]], object))


STRINGS = {
    "bytes": np.array([b"ab", b"c"]),
    "unicode": np.array(["ab", "c"]),
    "big-endian unicode": np.array(["ab", "c"]).astype(">U2"),
    "objects": np.array([b"ab", "c"], object),
}
if hasattr(np.dtypes, "StringDType"):  # from NumPy 2 on
    STRINGS["variable"] = np.array(["ab", "c"], np.dtypes.StringDType())


@BOTH
@pytest.mark.parametrize("form", STRINGS)
def test_strings_come_back_as_bytes(form, copied):
    same(through(STRINGS[form], copied=copied), np.array([b"ab", b"c"], object))


def test_strings_of_any_shape_and_letters():
    array = np.array([["é", "日本", ""], ["\0x", "y\0", "z"]], object)
    expected = [[text.encode() for text in row] for row in array]
    assert through(array).tolist() == expected
    assert through(array[::-1, ::2]).tolist() == [row[::2] for row in expected[::-1]]
    assert through(np.empty((0, 2), object)).shape == (0, 2)


def test_a_string_alone_is_given_as_bytes():
    for value in ["é", "é".encode(), np.str_("é"), np.bytes_("é".encode()), np.array("é")]:
        assert through(value, lent=False) == "é".encode()
    same(through("é"), np.array("é".encode(), object))


def test_half_a_surrogate_is_refused():
    with pytest.raises(UnicodeEncodeError):
        through(np.array(["\ud800"], object))


REFUSED = {
    "datetime64[D]": (np.array(["2020-01-01"], "M8[D]"), "np.int64"),
    "timedelta64[s]": (np.array([1], "m8[s]"), "np.int64"),
    "longdouble": (np.zeros(2, np.longdouble), "np.float64"),
    "clongdouble": (np.zeros(2, np.clongdouble), "np.complex128"),
    "struct": (np.zeros(2, [("x", "f4"), ("y", "i4")]), "field"),
    "void": (np.zeros(2, "V3"), "np.uint8"),
    "float8_e5m2": (np.zeros(2, ml_dtypes.float8_e5m2), "np.float32"),
}


@BOTH
@pytest.mark.parametrize("name", REFUSED)
def test_other_dtypes_are_refused_by_name_with_the_fix(name, copied):
    array, fix = REFUSED[name]
    for value in [array, array[0], array[::-1]]:
        with pytest.raises(ValueError, match="Failed to convert a NumPy array to a Tensor") as info:
            through(value, copied=copied)
        assert str(array.dtype) in str(info.value) and fix in str(info.value)


@pytest.mark.parametrize("element", [1, None, 1.5, [1], {"a": 1}, object])
def test_objects_that_are_no_strings_are_refused_by_type_and_place(element):
    array = np.array(["a", None, "c"], object)
    array[1] = element
    with pytest.raises(ValueError, match=f"Unsupported object type {type(element).__name__}.*element 1"):
        through(array)


def test_anything_with_array_is_an_array():
    class Holder:
        def __array__(self, dtype=None, copy=None):
            return np.arange(3, dtype=np.int16)

    same(through(Holder()), np.arange(3, dtype=np.int16))


def test_buffers_are_shared():
    memory = bytearray(8)
    got = through(memoryview(memory).cast("i"))
    assert got.dtype == np.int32 and got.shape == (2,)
    memory[0] = 7
    assert got[0] == 7


def test_dlpack_is_shared():
    class Exporter:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **kwargs):
            return self.array.__dlpack__(**kwargs)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    array = np.arange(4, dtype=np.float32)
    assert np.shares_memory(through(Exporter(array)), array)


def test_python_values_are_read_as_numpy_reads_them():
    same(through([[1, 2], [3, 4]]), np.array([[1, 2], [3, 4]]))
    same(through(2.5), np.array(2.5))
    with pytest.raises(ValueError, match="inhomogeneous"):
        through([[1, 2], [3]])


def test_an_error_while_an_array_is_made_passes_through():
    class Bad:
        def __array__(self, dtype=None, copy=None):
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        through(Bad())


def test_scalars_of_a_users_own_class_are_read_as_their_base():
    class Metres(np.float64):
        pass

    got = through(Metres(2.5), lent=False)
    assert type(got) is np.float64 and got == 2.5


def test_no_reference_is_lost_or_kept():
    dtype, array, scalar = np.dtype("float32"), np.ones(3, np.float32), np.float32(1)
    values = [array, array[::2], scalar, np.array("text", object)]

    def counts():
        return [sys.getrefcount(thing) for thing in [dtype, array, scalar, np.dtype(object), np.ndarray]]

    before = counts()
    for _ in range(100):
        for value in values:
            for copied in [False, True]:
                through(value, copied=copied)
                through(value, copied=copied, lent=False)
    assert counts() == before


def test_memory_stays_flat():
    array = np.ones(1 << 20)
    for _ in range(20):
        through(array, copied=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(200):
        through(array, copied=True)
        through(np.float32(1), lent=False)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10
