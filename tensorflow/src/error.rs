//! Why an op could not be carried out, by the classes of errors that TensorFlow has.

use std::fmt;

/// What an op gives back.
pub type Result<T> = std::result::Result<T, OpError>;

/// TensorFlow's (or Python's) class of an error.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// `tf.errors.InvalidArgumentError`.
    InvalidArgument,
    /// `tf.errors.OutOfRangeError`.
    OutOfRange,
    /// `tf.errors.FailedPreconditionError`.
    FailedPrecondition,
    /// `tf.errors.UnimplementedError`.
    Unimplemented,
    /// `tf.errors.ResourceExhaustedError`.
    ResourceExhausted,
    /// Python's `TypeError`.
    Type,
    /// Python's `ValueError`.
    Value,
    /// No error: a shape or value that the definition needs is not known yet.
    Waits,
}

/// An error of an op: its class and what it says.
#[derive(Clone, PartialEq, Debug)]
pub struct OpError {
    /// The class.
    pub kind: Kind,
    /// What happened and how to mend it.
    pub message: String,
}

impl OpError {
    /// An error of a class.
    pub fn new(kind: Kind, message: impl Into<String>) -> OpError {
        OpError { kind, message: message.into() }
    }

    /// The definition must wait for a shape or a value.
    pub fn waits() -> OpError {
        OpError::new(Kind::Waits, "a shape or value is not known yet")
    }
}

/// `tf.errors.InvalidArgumentError`.
pub fn invalid(message: impl Into<String>) -> OpError {
    OpError::new(Kind::InvalidArgument, message)
}

/// Python's `TypeError`.
pub fn type_error(message: impl Into<String>) -> OpError {
    OpError::new(Kind::Type, message)
}

/// Python's `ValueError`.
pub fn value_error(message: impl Into<String>) -> OpError {
    OpError::new(Kind::Value, message)
}

impl fmt::Display for OpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for OpError {}
