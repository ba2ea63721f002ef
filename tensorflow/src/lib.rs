//! TensorFlow's ops by TensorFlow's names: what their arguments may be, how dtypes meet, which axes they take.
//!
//! An op is one row of a table ([`ops`]): names, Python signature, and a function over [`Value`]s. That one definition is
//! executed at once on known tensors, writes nodes while a function is recorded, and, where shapes or values are not known
//! yet, waits in the graph as a deferred node that is expanded later ([`define`]). Front doors (Python, importers of
//! TensorFlow's files) find ops by name and bring arguments; nothing here knows Python.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "an argument or dtype that an op does not expect is an error, whatever it is"
)]

pub mod arg;
pub mod convert;
pub mod define;
pub mod error;
pub mod ops;
pub mod row;
pub mod signature;

pub use arg::{Arg, Args, Out};
pub use brolga::function::staged::{Staged, StagedHandle as Value};
pub use define::{call, call_word};
pub use error::{Kind, OpError, Result};
pub use row::{Row, find, rows};
