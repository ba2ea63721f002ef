"""`tf.errors`: what running a graph may raise, with TensorFlow's classes and codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._near import missing_from

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """An op failed while it ran. The subclass, and `error_code`, say how."""

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int) -> None:
        super().__init__(node_def, op, message, error_code)
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = error_code

    @property
    def message(self) -> str:
        """What happened."""
        return self._message

    @property
    def error_code(self) -> int:
        """The number of the kind of error."""
        return self._error_code

    @property
    def op(self) -> Any:
        """The op that failed, where it is known."""
        return self._op

    @property
    def node_def(self) -> Any:
        """The node that failed, where it is known."""
        return self._node_def

    @property
    def experimental_payloads(self) -> dict[str, bytes]:
        """Further data; brolga attaches none."""
        return {}

    def __str__(self) -> str:
        return self._message


class _Coded(OpError):
    """An error whose class says its code."""

    _code = UNKNOWN

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, self._code)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._node_def, self._op, self._message)


class CancelledError(_Coded):
    """The work was cancelled."""

    _code = CANCELLED


class UnknownError(_Coded):
    """An error of no other kind; what a callback raised, where its class says no more."""

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int = UNKNOWN) -> None:
        OpError.__init__(self, node_def, op, message, error_code)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._node_def, self._op, self._message, self._error_code)


class InvalidArgumentError(_Coded):
    """An op was given what it does not take: a shape, a dtype, a value."""

    _code = INVALID_ARGUMENT


class DeadlineExceededError(_Coded):
    """The time allowed was over."""

    _code = DEADLINE_EXCEEDED


class NotFoundError(_Coded):
    """Something asked for is not there."""

    _code = NOT_FOUND


class AlreadyExistsError(_Coded):
    """Something to be made is there already."""

    _code = ALREADY_EXISTS


class PermissionDeniedError(_Coded):
    """The caller may not do this."""

    _code = PERMISSION_DENIED


class ResourceExhaustedError(_Coded):
    """There was no memory, or no more of something else."""

    _code = RESOURCE_EXHAUSTED


class FailedPreconditionError(_Coded):
    """Something had to be done before; a variable is not initialized."""

    _code = FAILED_PRECONDITION


class AbortedError(_Coded):
    """The work was given up for other work's sake."""

    _code = ABORTED


class OutOfRangeError(_Coded):
    """The input has ended."""

    _code = OUT_OF_RANGE


class UnimplementedError(_Coded):
    """An op does not do this (yet)."""

    _code = UNIMPLEMENTED


class InternalError(_Coded):
    """A law of the runtime broke."""

    _code = INTERNAL


class UnavailableError(_Coded):
    """The runtime cannot be had now."""

    _code = UNAVAILABLE


class DataLossError(_Coded):
    """Data is lost or damaged."""

    _code = DATA_LOSS


class UnauthenticatedError(_Coded):
    """The caller did not say who it is."""

    _code = UNAUTHENTICATED


class OperatorNotAllowedInGraphError(TypeError):
    """A symbolic tensor was asked for what only a value has: its truth, its items."""


class InaccessibleTensorError(ValueError):
    """A symbolic tensor was used outside the function that made it."""


def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """The class that stands for a code; KeyError where none does."""
    return _BY_CODE[error_code]


_BY_CODE = {cls._code: cls for cls in _Coded.__subclasses__()}


__all__ = [
    "ABORTED",
    "ALREADY_EXISTS",
    "AbortedError",
    "AlreadyExistsError",
    "CANCELLED",
    "CancelledError",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "DataLossError",
    "DeadlineExceededError",
    "FAILED_PRECONDITION",
    "FailedPreconditionError",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "InaccessibleTensorError",
    "InternalError",
    "InvalidArgumentError",
    "NOT_FOUND",
    "NotFoundError",
    "OK",
    "OUT_OF_RANGE",
    "OpError",
    "OperatorNotAllowedInGraphError",
    "OutOfRangeError",
    "PERMISSION_DENIED",
    "PermissionDeniedError",
    "RESOURCE_EXHAUSTED",
    "ResourceExhaustedError",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
    "exception_type_from_error_code",
]

if not TYPE_CHECKING:
    # A type checker finds the missing names by itself.
    __getattr__ = missing_from(__name__, "tf.errors")
