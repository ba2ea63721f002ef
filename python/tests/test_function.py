"""`tf.function`: traces, signatures, structures, and what it tells of itself."""

import functools

import numpy as np
import pytest

import brolga as tf


def counted(body=lambda *arguments: arguments[0], **options):
    """A function, and how often it was traced."""
    traces = []

    def traced(*arguments):
        traces.append(arguments)
        return body(*arguments)

    return tf.function(traced, **options), traces


# ---------------------------------------------------------------- traces


def test_tensors_share_a_trace_by_dtype_and_shape():
    f, traces = counted()
    for x, count in [(tf.constant(1.0), 1), (tf.constant(2.0), 1), (np.float32(9), 1), (tf.constant([1.0]), 2), (tf.constant(1), 3), (np.ones(1, np.float32), 3)]:
        f(x)
        assert len(traces) == count == f.experimental_get_tracing_count()


def test_python_values_are_traced_for_themselves():
    f, traces = counted(lambda x: tf.constant(1.0))
    for x, count in [(10.5, 1), (11.5, 2), (10.5, 2), ("a", 3), ("a", 3), ((1, 2), 4), ((1, 2), 4), ([1, 2], 5), (None, 6)]:
        f(x)
        assert len(traces) == count


@pytest.mark.parametrize("first, second", [(1, True), (True, 1), (1, 1.0), (1.0, 1), (0, False), (0.0, -0.0), (1, np.int32(1))])
def test_values_that_are_equal_but_not_the_same_have_traces_of_their_own(first, second):
    f, traces = counted(lambda x: tf.convert_to_tensor(x))
    for x in (first, second, first, second):
        result = f(x)
        assert result.dtype == tf.convert_to_tensor(x).dtype and str(result.numpy()) == str(tf.convert_to_tensor(x).numpy())
    assert len(traces) == 2


def test_nan_has_one_trace():
    f, traces = counted(lambda x: tf.constant(x))
    f(float("nan"))
    f(float("nan"))
    assert len(traces) == 1


def test_objects_are_told_apart_by_identity_and_not_kept():
    class Thing:
        pass

    f, traces = counted(lambda x: tf.constant(1.0))
    one, two = Thing(), Thing()
    for thing in (one, two, one, two):
        f(thing)
    assert len(traces) == 2
    for _ in range(3):
        f({1})  # Not hashable; a new one each time.
    assert len(traces) == 5


def test_keywords_defaults_and_positions_are_one_signature():
    traces = []

    @tf.function
    def f(x, y=2.0, *, z=3.0):
        traces.append(1)
        return x + y + z

    one = tf.constant(1.0)
    assert [float(f(one)), float(f(one, 2.0)), float(f(x=one, y=2.0)), float(f(one, z=3.0))] == [6.0] * 4
    assert len(traces) == 1
    with pytest.raises(TypeError):
        f(one, q=1)


def test_reduce_retracing_leaves_extents_open():
    f, traces = counted(lambda x: tf.reduce_sum(x), reduce_retracing=True)
    assert [float(f(tf.ones([n]))) for n in (1, 2, 3, 4)] == [1.0, 2.0, 3.0, 4.0]
    assert len(traces) == 2


# ---------------------------------------------------------------- signatures


def test_unknown_rank_takes_every_shape_in_one_trace():
    f, traces = counted(input_signature=[tf.TensorSpec(None, tf.float32)])
    for x in (1.0, 2, True, [1.0, 2.0], tf.ones([2]), tf.ones([3, 3]), np.ones(2), np.ones(2, np.float32)):
        assert f(x).dtype == tf.float32
    assert len(traces) == 1


def test_open_extents():
    f, traces = counted(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    assert f(tf.ones([2, 3])).shape == [2, 3] and f(tf.ones([5, 3])).shape == [5, 3]
    for wrong in ([3, 2], [3], [1, 1, 3]):
        with pytest.raises(TypeError, match="Can not cast TensorSpec"):
            f(tf.ones(wrong))
    assert len(traces) == 1


def test_tensors_are_never_cast():
    f, _ = counted(input_signature=[tf.TensorSpec(None, tf.float32)])
    for wrong in (tf.constant(1), tf.constant(1.0, tf.float64), "a"):
        with pytest.raises(TypeError, match="Binding inputs to tf.function failed"):
            f(wrong)


def test_the_number_of_arguments():
    f = tf.function(lambda x, y: x + y, input_signature=[tf.TensorSpec([], tf.float32)] * 2)
    assert float(f(1.0, 2.0)) == float(f(1.0, y=2.0)) == 3.0
    for arguments in ((1.0,), (1.0, 2.0, 3.0)):
        with pytest.raises(TypeError):
            f(*arguments)


@pytest.mark.parametrize("signature", [[3], tf.TensorSpec([], tf.float32), [tf.TensorSpec([], tf.float32)] * 2, []])
def test_a_signature_that_cannot_be_is_refused_at_once(signature):
    with pytest.raises(TypeError, match="input_signature"):
        tf.function(lambda x: x, input_signature=signature)


def test_nested_signatures():
    spec = tf.TensorSpec([], tf.float32)
    f, traces = counted(lambda pair: pair["a"] + pair["b"][0], input_signature=[{"a": spec, "b": [spec]}])
    assert float(f({"a": 1.0, "b": [2.0]})) == float(f({"a": 2.0, "b": [tf.constant(1.0)]})) == 3.0
    assert len(traces) == 1


# ---------------------------------------------------------------- structures


def test_structures_go_in_and_come_out():
    @tf.function
    def f(nested):
        return {"sum": nested["x"] + nested["y"][1], "all": (nested["y"][0], [nested["x"]]), "none": None, "number": 3}

    result = f({"x": tf.constant(1.0), "y": (tf.constant(2.0), tf.constant(3.0))})
    assert float(result["sum"]) == 4.0 and float(result["all"][0]) == 2.0 and isinstance(result["all"][1], list)
    assert result["none"] is None and isinstance(result["number"], tf.Tensor)
    assert tf.function(lambda: None)() is None


def test_what_is_no_tensor_cannot_be_returned():
    with pytest.raises(TypeError, match="must return zero or more Tensors"):
        tf.function(lambda: object())()


def add_one(x):
    return x + 1.0


class Adder:
    def method(self, x):
        return x + 1.0

    __call__ = method


@pytest.mark.parametrize("callable", [add_one, functools.partial(add_one), Adder(), Adder().method, functools.partial(Adder())])
def test_any_callable(callable):
    assert float(tf.function(callable)(tf.constant(1.0))) == 2.0


def test_the_forms_of_the_decorator():
    @tf.function
    def plain(x):
        """Its text."""
        return x

    @tf.function(jit_compile=True)
    def compiled(x):
        return x

    assert plain.__name__ == "plain" and plain.__doc__ == "Its text." and "plain" in repr(plain)
    assert float(plain(1.0)) == float(compiled(tf.constant(1.0))) == 1.0
    with pytest.raises(TypeError):
        tf.function(3)


def test_closures_are_read_when_traced_and_tensors_are_captured():
    outside = tf.constant(2.0)
    f = tf.function(lambda x: x * outside)
    assert float(f(tf.constant(3.0))) == 6.0


def test_a_tensor_of_a_finished_trace_is_out_of_reach():
    leaked = []
    tf.function(lambda x: (leaked.append(x), x)[1])(tf.constant(1.0))
    with pytest.raises((TypeError, ValueError, tf.errors.OpError), match="another function"):
        leaked[0] + 1.0
    assert not hasattr(leaked[0], "numpy")


@pytest.mark.parametrize("use", [bool, len, iter, list, np.asarray, float], ids=lambda use: use.__name__)
def test_symbolic_tensors_have_no_value(use):
    def body(x):
        use(x)

    with pytest.raises((TypeError, NotImplementedError)):
        tf.function(body, autograph=False)(tf.constant([1.0, 2.0]))


# ---------------------------------------------------------------- what it tells


def test_concrete_functions():
    calls = []
    f = tf.function(lambda x: tf.numpy_function(lambda a: (calls.append(1), a)[1], [x], tf.TensorSpec([None], tf.float32)))
    concrete = f.get_concrete_function(tf.TensorSpec([None], tf.float32))
    assert calls == [] and concrete.structured_outputs == tf.TensorSpec([None], tf.float32)
    assert concrete(tf.constant([1.0])).numpy().tolist() == [1.0] and calls == [1]
    assert "TensorSpec" in concrete.pretty_printed_signature()
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected to be a float32 tensor"):
        concrete(tf.constant([1]))


def test_every_stage_can_be_read():
    f = tf.function(lambda x: tf.tanh(x * 2.0 + 1.0), jit_compile=True)
    f(tf.ones([8]))
    assert "stablehlo.tanh" in f.stablehlo() and "stablehlo" in f.graph() and "function" in f.clif()
    assert f.kernels() and f.asm() and "native code" in f.explain()
    ir = f.experimental_get_compiler_ir(tf.ones([8]))
    assert ir("stablehlo") == f.stablehlo() and ir("clif") == f.clif()
    with pytest.raises(ValueError, match="stage"):
        ir("no_stage")


def test_explain_names_what_runs_on_the_host_and_where_it_was_made():
    @tf.function
    def f(x):
        return tf.numpy_function(np.sin, [x], tf.float32, name="my_node") + 1.0

    f(tf.constant(1.0))
    line = f.python_function.__code__.co_firstlineno + 2
    assert "interpreter" in f.explain() and "`my_node`" in f.explain() and f"{__file__}:{line}" in f.explain()


def test_running_functions_eagerly():
    modes = []
    f = tf.function(lambda x: (modes.append(tf.executing_eagerly()), x)[1])
    f(tf.constant(1.0))
    tf.config.run_functions_eagerly(True)
    try:
        f(tf.constant(1.0))
    finally:
        tf.config.run_functions_eagerly(False)
    f(tf.constant(1.0))
    assert modes == [False, True, False]


@pytest.mark.parametrize("jit", [False, True])
def test_both_ways_give_the_same_bits(jit):
    x = np.linspace(-3, 3, 1000, dtype=np.float32)

    def body(x):
        return tf.nn.softmax(tf.sin(x) * 3.0 + tf.exp(x))

    want = tf.function(body)(tf.constant(x)).numpy()
    assert np.array_equal(tf.function(body, jit_compile=jit)(x).numpy(), want)
