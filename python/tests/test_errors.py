"""`tf.errors`, and the error for a name that is not there."""

import pickle

import pytest

import brolga as tf

CODES = {
    "CancelledError": 1, "UnknownError": 2, "InvalidArgumentError": 3, "DeadlineExceededError": 4, "NotFoundError": 5,
    "AlreadyExistsError": 6, "PermissionDeniedError": 7, "ResourceExhaustedError": 8, "FailedPreconditionError": 9,
    "AbortedError": 10, "OutOfRangeError": 11, "UnimplementedError": 12, "InternalError": 13, "UnavailableError": 14,
    "DataLossError": 15, "UnauthenticatedError": 16,
}  # fmt: skip


@pytest.mark.parametrize("name", CODES)
def test_each_class_has_its_code_and_keeps_what_it_was_given(name):
    cls = getattr(tf.errors, name)
    error = cls(None, "op", "it broke")
    assert isinstance(error, tf.errors.OpError)
    assert (error.error_code, error.message, error.op, error.node_def) == (CODES[name], "it broke", "op", None)
    assert str(error) == "it broke"
    assert tf.errors.exception_type_from_error_code(CODES[name]) is cls
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls and again.message == "it broke" and again.error_code == error.error_code


def test_the_general_error():
    error = tf.errors.OpError(None, None, "it broke", 2)
    assert error.error_code == tf.errors.UNKNOWN and pickle.loads(pickle.dumps(error)).message == "it broke"
    assert tf.errors.UnknownError(None, None, "x", error_code=77).error_code == 77


def test_the_constants():
    assert tf.errors.OK == 0 and tf.errors.INVALID_ARGUMENT == 3 and tf.errors.UNAUTHENTICATED == 16


def test_misuse_of_symbolic_tensors_is_a_python_error():
    assert issubclass(tf.errors.OperatorNotAllowedInGraphError, TypeError)
    assert issubclass(tf.errors.InaccessibleTensorError, ValueError)


def test_a_missing_name_says_so_and_what_is_near():
    with pytest.raises(AttributeError, match=r"does not have TensorFlow's `tf.TensorSpek`; near it: tf.TensorSpec"):
        tf.TensorSpek
    with pytest.raises(AttributeError, match=r"near it: tf.nest.flatten"):
        tf.flatten
    with pytest.raises(AttributeError, match=r"nothing here has a name near it"):
        tf.qqqqqqqq
    assert not hasattr(tf, "__wrapped__") and not hasattr(tf, "qqqqqqqq")


@pytest.mark.parametrize("module, name", [("errors", "InvalidArgument"), ("nest", "flaten"), ("dtypes", "float23")])
def test_a_name_missing_below_says_where(module, name):
    with pytest.raises(AttributeError, match=f"`tf.{module}.{name}`; near it: tf.{module}"):
        getattr(getattr(tf, module), name)


@pytest.mark.parametrize("module", [tf, tf.errors, tf.nest, tf.dtypes], ids=lambda module: module.__name__)
def test_every_public_name_is_there(module):
    assert len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None or name == "newaxis"
