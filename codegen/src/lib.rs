//! Loops in, machine code out: brolga's kernel language, its library of heavy routines and its Cranelift back end.

pub mod attributes;
pub mod code;
pub mod code_call;
pub mod emit;
pub mod error;
pub mod evaluate;
pub mod kernel;
pub mod library;
pub mod plan;
pub mod scalar;
pub mod special;
pub mod verify;

pub use code_call::{ArrayType, Program};
pub use plan::Plan;
pub use scalar::{Binary, Comparison, DType, Direction, Element, Kind, Unary};
