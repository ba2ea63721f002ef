"""`tf.numpy_function`: its forms, what a callback is given, and what it may give back."""

import numpy as np
import pytest

import brolga as tf


def graph(cb, tout, inp=(), **options):
    """A callback's results, called from a graph."""
    return tf.function(lambda: tf.numpy_function(cb, list(inp), tout, **options))()


def seen_by(*inp):
    """The arguments a callback in a graph is called with."""
    got = []
    graph(lambda *arguments: got.extend(arguments), [], inp)
    return got


# ---------------------------------------------------------------- forms


def test_in_place_in_eager_code():
    result = tf.numpy_function(np.sinh, [tf.constant([0.0, 1.0])], tf.float32)
    np.testing.assert_allclose(result.numpy(), np.sinh(np.float32([0, 1])))


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "graph"])
def test_as_a_decorator(wrap):
    @tf.numpy_function(Tout=tf.float32)
    def double(x):
        """Twice x."""
        assert isinstance(x, np.ndarray)
        return x * np.float32(2)

    assert double.__name__ == "double" and double.__doc__ == "Twice x."
    assert wrap(lambda x: double(x))(tf.constant([1.0, 2.0])).numpy().tolist() == [2.0, 4.0]


def test_one_decorator_serves_many_functions():
    host = tf.numpy_function(Tout=tf.float32)
    up, down = host(lambda x: x + 1), host(lambda x: x - 1)
    f = tf.function(lambda x: (up(x), down(x)))
    assert [float(y) for y in f(tf.constant(5.0))] == [6.0, 4.0]


def test_a_decorated_function_may_be_a_callback_itself():
    @tf.numpy_function(Tout=tf.float32)
    def sinh(x):
        return np.sinh(x)

    f = tf.function(lambda x: tf.numpy_function(sinh, [x], tf.float32), input_signature=[tf.TensorSpec(None, tf.float32)])
    for shape in ([], [2], [2, 3]):
        result = f(tf.ones(shape))
        assert tuple(result.shape) == tuple(shape)
        np.testing.assert_allclose(result.numpy(), np.sinh(np.ones(shape, np.float32)))


def test_the_name_for_old_programs_is_the_same_function():
    assert tf.compat.v1.numpy_function is tf.numpy_function


@pytest.mark.parametrize(
    "call, missing",
    [
        (lambda: tf.numpy_function(np.sin, [1.0]), "Tout"),
        (lambda: tf.numpy_function(), "Tout"),
        (lambda: tf.numpy_function(np.sin, Tout=tf.float32), "inp"),
        (lambda: tf.numpy_function(inp=[1.0], Tout=tf.float32), "inp"),
    ],
)
def test_a_missing_argument_is_named(call, missing):
    with pytest.raises(TypeError, match=missing):
        call()


def test_what_is_refused_while_tracing():
    with pytest.raises(ValueError, match="Expected func to be callable. Received func=3"):
        graph(3, tf.float32)
    with pytest.raises(ValueError, match="not a valid root scope name"):
        graph(np.ones, tf.float32, name="bad name!")
    for tout in ("no_dtype", [[tf.float32]], {"a": tf.float32}):
        with pytest.raises(TypeError, match="to a TensorFlow DType"):
            graph(np.ones, tout)


def test_eager_calls_ignore_tout_as_tensorflow_does():
    assert tf.numpy_function(lambda x: x, [1.0], tf.float32).dtype == tf.float64


# ---------------------------------------------------------------- arguments


def test_arguments_share_memory_with_tensors_and_are_read_only():
    x = tf.constant(np.arange(6.0).reshape(2, 3))
    (array,) = seen_by(x)
    assert type(array) is np.ndarray and array.dtype == np.float64 and array.shape == (2, 3)
    assert np.shares_memory(array, x.numpy())
    assert not array.flags.writeable and not array.flags.owndata and array.ctypes.data % 64 == 0


def test_intermediate_values_are_lent_too():
    kept = []
    f = tf.function(lambda x: tf.numpy_function(lambda a: (kept.append(a), a)[1], [x * 2.0], tf.float32) + 0.0)
    result = f(tf.constant([1.0, 2.0]))
    assert kept[0].tolist() == [2.0, 4.0] and not kept[0].flags.writeable
    assert result.numpy().tolist() == [2.0, 4.0]


def test_writing_an_argument_is_an_error_and_changes_nothing():
    def spoil(a):
        a[0] = 9
        return a

    x = tf.constant([1.0, 2.0])
    f = tf.function(lambda x: tf.numpy_function(spoil, [x], tf.float32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="read-only"):
        f(x)
    assert x.numpy().tolist() == [1.0, 2.0]


def test_a_kept_argument_keeps_its_values():
    v = tf.Variable([1.0, 2.0])
    kept = []
    f = tf.function(lambda: tf.numpy_function(kept.append, [v], []))
    f()
    v.assign([7.0, 8.0])
    f()
    assert [a.tolist() for a in kept] == [[1.0, 2.0], [7.0, 8.0]]


def test_arrays_given_to_a_function_are_read_where_they_lie():
    x = np.arange(1000, dtype=np.float32)
    kept = []
    f = tf.function(lambda x: tf.numpy_function(kept.append, [x], []))
    f(x)  # Traces.
    f(x)
    assert np.shares_memory(kept[1], x) and not kept[1].flags.writeable


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("body", [lambda x: x, lambda x: tf.reshape(x, [10, 100])], ids=["identity", "reshape"])
def test_results_do_not_lie_in_the_callers_array(jit, body):
    f = tf.function(body, jit_compile=jit)
    x = np.ones(1000, np.float32)
    f(x)
    result = f(x)
    x[:] = 5
    assert np.all(result.numpy() == 1)


def test_a_variable_does_not_lie_in_the_callers_array():
    v = tf.Variable(np.zeros(1000, np.float32))
    f = tf.function(lambda x: v.assign(x))
    x = np.ones(1000, np.float32)
    f(x)
    f(x)
    x[:] = 5
    assert np.all(v.numpy() == 1)


@pytest.mark.parametrize(
    "value, dtype, shape",
    [
        (1.5, "float32", ()), (3, "int32", ()), (True, "bool", ()), ([1, 2], "int32", (2,)), ([[1.0], [2.0]], "float32", (2, 1)),
        (np.float64(1), "float64", ()), (np.arange(3), "int64", (3,)), (np.ones((2, 0), np.float16), "float16", (2, 0)), ([], "float32", (0,)),
    ],
)  # fmt: skip
def test_inputs_are_converted_as_tensors_are(value, dtype, shape):
    (array,) = seen_by(value)
    assert array.dtype == dtype and array.shape == shape and np.array_equal(array, value)


def test_inputs_keep_their_order_and_may_be_none_at_all():
    assert [a.dtype.name for a in seen_by(1, 2.0, [True])] == ["int32", "float32", "bool"]
    assert seen_by() == []


def test_strings_are_bytes():
    (one,), (many,) = seen_by("é"), seen_by(["a", b"b\0"])
    assert one[()] == "é".encode() and many.tolist() == [b"a", b"b\0"]


def test_a_bare_tensor_is_no_list_of_inputs():
    f = tf.function(lambda x: tf.numpy_function(np.sin, x, tf.float32))
    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
        f(tf.ones([2]))


# ---------------------------------------------------------------- results

NUMBERS = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64 complex64 complex128".split()


@pytest.mark.parametrize("name", NUMBERS)
def test_every_dtype_goes_in_and_comes_out(name):
    dtype = getattr(tf, name)
    source = np.array([0, 1, 3]).astype(dtype.as_numpy_dtype)
    result = graph(lambda a: a.copy(), dtype, [tf.constant(source)])
    assert result.dtype == dtype and np.array_equal(result.numpy(), source)


BASE = np.arange(12, dtype=np.float32).reshape(3, 4)
LAYOUTS = {
    "transposed": BASE.T, "fortran": np.asfortranarray(BASE), "reversed": BASE[::-1, ::-1], "sliced": BASE[:, ::2],
    "broadcast": np.broadcast_to(np.float32([1, 2]), (3, 2)), "unaligned": np.frombuffer(b"x" + BASE.tobytes(), np.float32, offset=1),
    "empty": BASE[:0], "scalar": np.array(7, np.float32), "nonfinite": np.float32([np.nan, np.inf, -0.0]),
    "big endian": BASE.astype(">f4"), "masked": np.ma.masked_array(BASE, BASE > 3),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_a_result_is_read_rightly(layout):
    array = LAYOUTS[layout]
    result = graph(lambda: array, tf.float32).numpy()
    np.testing.assert_array_equal(result, np.asarray(array))
    assert np.array_equal(np.signbit(result), np.signbit(np.asarray(array)))


def test_a_fresh_result_is_adopted_without_a_copy():
    places = []

    def fresh():
        array = np.ones(100_000, np.float32)
        places.append(array.ctypes.data)
        return array

    assert graph(fresh, tf.float32).numpy().ctypes.data == places[0]


def test_a_result_that_somebody_keeps_is_copied():
    kept = np.ones(1000, np.float32)
    for result in (graph(lambda: kept, tf.float32), graph(lambda: kept[:500], tf.float32)):
        assert not np.shares_memory(result.numpy(), kept)
    result = graph(lambda: kept, tf.float32)
    kept[:] = 7
    assert np.all(result.numpy() == 1)


def test_one_buffer_returned_twice_gives_two_values():
    buffer = np.zeros(64, np.float32)

    def fill(k):
        buffer[:] = k
        return buffer

    f = tf.function(lambda: [tf.numpy_function(fill, [k], tf.float32) for k in (1.0, 2.0)])
    assert [result.numpy()[0] for result in f()] == [1.0, 2.0]


def test_an_argument_given_back_is_the_tensor_itself():
    x = tf.constant(np.arange(1000, dtype=np.float32))
    assert np.shares_memory(graph(lambda a: a, tf.float32, [x]).numpy(), x.numpy())
    assert graph(lambda a: a[10:13], tf.float32, [x]).numpy().tolist() == [10.0, 11.0, 12.0]


@pytest.mark.parametrize(
    "value, dtype", [(1.5, tf.float64), (3, tf.int64), (True, tf.bool), (1j, tf.complex128), (np.float32(2), tf.float32), (b"x", tf.string), ("é", tf.string)]
)
def test_scalars_have_numpys_dtypes(value, dtype):
    result = graph(lambda: value, dtype)
    assert result.shape == [] and result.numpy() == (value.encode() if isinstance(value, str) else value)


def test_tensors_and_variables_are_taken():
    assert graph(lambda: tf.constant([1.0, 2.0]), tf.float32).numpy().tolist() == [1.0, 2.0]
    v = tf.Variable([3.0])
    assert graph(lambda: v, tf.float32).numpy().tolist() == [3.0]


def test_a_single_tout_gives_a_tensor_and_a_list_gives_a_list():
    one, many = graph(lambda: np.ones(2, np.float32), tf.float32), graph(lambda: np.ones(2, np.float32), [tf.float32])
    assert isinstance(one, tf.Tensor) and isinstance(many, list) and len(many) == 1
    a, b = graph(lambda: (np.float32(1), np.int32([2])), (tf.float32, "int32"))
    assert (float(a), b.numpy().tolist()) == (1.0, [2])
    assert graph(lambda: [[1.0, 2.0]], tf.float64).numpy().tolist() == [1.0, 2.0]


def test_no_tout_at_all_runs_for_the_effect():
    calls = []

    @tf.function
    def f(x):
        tf.numpy_function(calls.append, [x], [])
        return x + 1.0

    assert float(f(1.0)) == 2.0 and len(calls) == 1


def liar(*returned):
    return returned[0] if len(returned) == 1 else list(returned)


@pytest.mark.parametrize(
    "value, tout, came, declared",
    [
        (np.ones(2), tf.float32, "double", "float"), (1.5, tf.float32, "double", "float"), (3, tf.int32, "int64", "int32"),
        (np.ones(1, np.float32), tf.float64, "float", "double"), (np.array([True]), tf.float32, "bool", "float"),
    ],
)  # fmt: skip
def test_another_dtype_is_refused_with_all_there_is_to_say(value, tout, came, declared):
    def returns_it():
        return value

    with pytest.raises(tf.errors.InvalidArgumentError) as info:
        graph(returns_it, tout, name="my_node")
    text = str(info.value)
    line = returns_it.__code__.co_firstlineno
    assert f"is {came}, but expects {declared}" in text and "0-th value" in text
    assert "returns_it" in text and f"{__file__}:{line}" in text and "my_node" in text
    assert f".astype(np.{tout.name})" in text


def test_the_position_of_a_wrong_result_is_told():
    with pytest.raises(tf.errors.InvalidArgumentError, match="1-th value"):
        graph(lambda: (np.float32(1), 1.0), [tf.float32, tf.float32])


@pytest.mark.parametrize("count, wanted", [(2, 1), (3, 2), (1, 2), (0, 1), (1, 0)])
def test_another_number_of_results_is_refused(count, wanted):
    def returns_some():
        return [np.float32(1)] * count

    tout = tf.float32 if wanted == 1 else [tf.float32] * wanted
    with pytest.raises(tf.errors.InvalidArgumentError) as info:
        graph(returns_some, tout)
    text = str(info.value)
    assert f"returns {count} values, but expects to see {wanted} values" in text
    assert "returns_some" in text and f"{__file__}:{returns_some.__code__.co_firstlineno}" in text


def test_nothing_returned_for_something_declared():
    with pytest.raises(tf.errors.InvalidArgumentError, match="returns 0 values, but expects to see 1"):
        graph(lambda: None, tf.float32)


@pytest.mark.parametrize(
    "value, hint",
    [
        (np.array([1, 2], object), "object"), (np.zeros(2, [("a", "f4")]), "one by one"), (np.zeros(2, "M8[s]"), "int64"),
        (np.zeros(2, np.longdouble), "float64"), ({1}, "set"), ({"a": 1}, "dict"), ([None], "NoneType"), (object(), "object"),
    ],
    ids=["objects", "fields", "times", "long double", "set", "dict", "none", "an object"],
)  # fmt: skip
def test_what_is_no_tensor_is_refused_never_misread(value, hint):
    with pytest.raises(tf.errors.InternalError, match=hint):
        graph(lambda: value, tf.float32)


def test_objects_that_are_strings_are_strings():
    assert graph(lambda: np.array(["a", b"\xff"], object), tf.string).numpy().tolist() == [b"a", b"\xff"]


def test_big_endian_integers_are_converted():
    assert graph(lambda: np.array([1, 2], ">i4"), tf.int32).numpy().tolist() == [1, 2]


def test_denormals_are_what_numpy_makes_of_them():
    tiny = graph(lambda a: a * np.float32(1e-3), tf.float32, [[1e-38]]).numpy()
    assert tiny[0] == np.float32(1e-38) * np.float32(1e-3) != 0


# ---------------------------------------------------------------- shapes


def test_the_shape_of_a_result_is_unknown_until_it_is_said():
    ranks = []

    @tf.function
    def f(x):
        y = tf.numpy_function(lambda a: a, [x], tf.float32)
        ranks.append(y.shape.rank)
        y.set_shape([None, 3])
        ranks.append(y.shape.as_list())
        return y

    assert f(tf.ones([2, 3])).shape == [2, 3] and ranks == [None, [None, 3]]


def test_one_trace_serves_results_of_every_shape():
    f = tf.function(
        lambda n: tf.numpy_function(lambda k: np.ones(int(k), np.float32), [n], tf.float32) * 2.0,
        input_signature=[tf.TensorSpec([], tf.int32)],
    )
    assert [f(k).shape.as_list() for k in (0, 1, 5)] == [[0], [1], [5]]
    assert f.experimental_get_tracing_count() == 1


def test_a_spec_as_tout_is_known_downstream():
    known = []

    @tf.function
    def f(x):
        y = tf.numpy_function(lambda a: a, [x], tf.TensorSpec([None, 3], tf.float32))
        known.append((y.shape.as_list(), (y + 1.0).shape.as_list(), tf.transpose(y).shape.as_list()))
        return y

    assert f(tf.ones([2, 3])).shape == [2, 3]
    assert known == [([None, 3], [None, 3], [3, None])]


def test_a_spec_as_tout_is_checked():
    def returns_it():
        return np.ones([2, 4], np.float32)

    with pytest.raises(tf.errors.InvalidArgumentError) as info:
        graph(returns_it, tf.TensorSpec([None, 3], tf.float32), name="my_node")
    text = str(info.value)
    assert "returns_it" in text and "my_node" in text and f"{__file__}:" in text and "4" in text and "3" in text


def test_a_shape_that_lies_is_an_error_and_nothing_downstream_believes_it():
    @tf.function
    def f(shape_only):
        y = tf.numpy_function(lambda: np.ones(2, np.float32), [], tf.float32)
        y.set_shape([3])
        return tf.shape(y) if shape_only else y

    for shape_only in (True, False):
        with pytest.raises(tf.errors.InvalidArgumentError, match="2"):
            f(shape_only)


def test_a_shape_that_cannot_be_is_an_error_at_once():
    def body():
        y = tf.numpy_function(np.ones, [], tf.TensorSpec([2], tf.float64))
        y.set_shape([3])

    with pytest.raises(ValueError, match="not compatible with supplied shape"):
        tf.function(body)()


def test_ensure_shape_is_checked():
    f = tf.function(lambda: tf.ensure_shape(tf.numpy_function(lambda: np.ones(2, np.float32), [], tf.float32), [3]))
    with pytest.raises(tf.errors.InvalidArgumentError):
        f()


# ---------------------------------------------------------------- order and state


def test_tracing_calls_nothing_and_each_call_calls_once():
    calls = []
    f = tf.function(lambda x: tf.numpy_function(lambda a: (calls.append(1), a)[1], [x], tf.float32))
    f.get_concrete_function(tf.TensorSpec([], tf.float32))
    assert calls == []
    for k in range(1, 4):
        f(tf.constant(float(k)))
        assert len(calls) == k


@pytest.mark.parametrize("stateful, calls", [(True, 2), (False, 0)])
def test_unused_results(stateful, calls):
    log = []

    @tf.function
    def f(x):
        tf.numpy_function(lambda a: (log.append(1), a)[1], [x], tf.float32, stateful=stateful)
        return x + 1.0

    f(tf.constant(1.0))
    f(tf.constant(1.0))
    assert len(log) == calls


def test_stateful_callbacks_keep_the_programs_order():
    log = []

    def note(k):
        return lambda a: (log.append(k), a)[1]

    inner = tf.function(lambda x: tf.numpy_function(note("inner"), [x], tf.float32))

    @tf.function
    def f(x):
        late = tf.numpy_function(note("first"), [tf.sin(x) * 3.0], tf.float32)
        inner(x)
        tf.cond(x > 0.0, lambda: tf.numpy_function(note("branch"), [x], tf.float32), lambda: x)
        early = tf.numpy_function(note("last"), [x], tf.float32)
        return early, late

    for _ in range(5):
        f(tf.constant(1.0))
    assert log == ["first", "inner", "branch", "last"] * 5


def test_a_stateful_callback_without_inputs_runs_every_time():
    numbers = iter(range(9))
    f = tf.function(lambda: tf.numpy_function(lambda: next(numbers), [], tf.int64))
    assert [int(f()) for _ in range(3)] == [0, 1, 2]


def test_two_nodes_of_one_name():
    @tf.function
    def f(x):
        tf.numpy_function(np.sin, [x], tf.float32, name="foo")
        tf.numpy_function(np.sin, [x], tf.float32, name="foo")

    f(tf.constant(1.0))
    assert "`foo`" in f.explain() and "`foo_1`" in f.explain()
