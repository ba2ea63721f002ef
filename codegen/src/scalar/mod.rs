//! Words: the element types and the functions of elements, declared once for every floor above.

mod dtype;
pub mod number;
mod words;

pub use dtype::{DType, Element, Kind};
pub use words::{Binary, BinaryVisitor, Comparison, Direction, Unary, UnaryVisitor, modulus};
