"""The names below `tf.`: every op of the table stands under each of its names, and says what it is."""

import importlib
import inspect
import subprocess
import sys
import types

import pytest

import brolga as tf
from brolga import _core


def found(name):
    value = tf
    for part in name.split("."):
        value = getattr(value, part)
    return value


def test_every_name_of_the_table_is_there():
    rows = _core.op_rows()
    names = [name for row in rows for name in row[0]]
    assert len(names) == len(set(names)) > 300
    for name in names:
        assert callable(found(name)), name


def test_names_of_one_op_are_the_same_op():
    for row in _core.op_rows():
        ops = {found(name).name for name in row[0] if isinstance(found(name), _core.Op)}
        assert len(ops) <= 1, row[0]


def test_an_op_shows_its_parameters_and_a_sentence():
    for names, parameters, sentence, _ in _core.op_rows():
        op = _core.find_op(names[0])
        assert op.__doc__.startswith(f"{op.__name__}({parameters})") and sentence in op.__doc__ and sentence.endswith(".")
        if "(" not in parameters and "[" not in parameters:
            assert list(inspect.signature(op).parameters) == [part.partition("=")[0].lstrip("*") for part in parameters.split(", ")]


def test_wrong_arguments_are_type_errors_that_name_the_op():
    with pytest.raises(TypeError, match="y"):
        tf.add(tf.constant(1.0))
    with pytest.raises(TypeError, match="nothing_such"):
        tf.add(tf.constant(1.0), 2.0, nothing_such=1)


@pytest.mark.parametrize("name", ["math", "nn", "linalg", "bitwise", "random", "signal", "image", "errors", "nest", "dtypes", "compat.v1", "config.threading"])
def test_namespaces_are_modules(name):
    module = found(name)
    assert isinstance(module, types.ModuleType) and module.__all__
    assert all(getattr(module, public) is not None for public in module.__all__)
    if not name.startswith(("errors", "nest")):
        assert importlib.import_module(f"brolga.{name}") is module


def test_missing_names_say_so_and_what_is_near():
    with pytest.raises(AttributeError, match=r"does not have TensorFlow's `tf.math.sinn`; near it: .*tf.math.sinh?"):
        tf.math.sinn
    with pytest.raises(AttributeError, match=r"tf.nn.softmaxx`; near it: .*tf.nn.softmax"):
        tf.nn.softmaxx
    with pytest.raises(AttributeError, match=r"does not have TensorFlow's `tf.distribute`"):
        tf.distribute
    assert not hasattr(tf, "no_such_name_at_all")


def test_names_that_shadow_pythons_do_no_harm_inside():
    # `tf.dtypes.complex` is an op; the dtypes still know Python's class.
    assert tf.as_dtype(complex) == tf.complex128 and tf.as_dtype(bool) == tf.bool
    assert tf.dtypes.complex(1.0, 2.0).numpy() == 1 + 2j


def test_the_smaller_helpers():
    x = tf.constant([1.0])
    assert tf.is_tensor(x) and tf.is_tensor(tf.Variable(1.0)) and not tf.is_tensor(1.0)
    assert tf.executing_eagerly() and not tf.is_symbolic_tensor(x) and tf.get_static_value(x).tolist() == [1.0]
    seen = []
    tf.function(lambda y: seen.extend([tf.is_symbolic_tensor(y), tf.get_static_value(y), tf.executing_eagerly()]))(x)
    assert seen == [True, None, False]
    with tf.name_scope("a") as scope, tf.device("CPU:0"), tf.control_dependencies([x]):
        assert scope == "a"
    assert tf.config.threading.get_intra_op_parallelism_threads() >= 1


def test_numpy_computes_nothing():
    # Ops are brolga's own: a tensor of bfloat16, which NumPy itself has not, goes through all of them alike.
    x = tf.cast([1.0, 2.0], tf.bfloat16)
    assert tf.reduce_sum(tf.exp(x) * x).dtype == tf.bfloat16


def test_the_import_brings_only_what_it_needs():
    program = "import sys, brolga; print([name for name in ('malt', 'difflib', 'scipy', 'tensorflow') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "[]"
