//! Words: the element types and the functions of elements, declared once for every floor above.

pub mod apply;
pub mod convert;
mod dtype;
pub mod meaning;
pub mod number;
pub mod special;
mod words;

pub use convert::{ConvertTo, convert};
pub use dtype::{DType, Element, Kind};
pub use meaning::{Meaning, compare};
pub use words::{Binary, BinaryVisitor, Comparison, Direction, Unary, UnaryVisitor, modulus};
