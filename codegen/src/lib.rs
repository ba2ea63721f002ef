//! Loops in, machine code out: brolga's kernel language, its library of heavy routines and its Cranelift back end.

pub mod attributes;
pub mod code;
pub mod code_call;
pub mod cost;
pub mod emit;
pub mod error;
pub mod evaluate;
pub mod evaluate_plan;
pub mod kernel;
mod kernel_text;
pub mod library;
pub mod plan;
pub mod pool;
pub mod recipe;
pub mod scalar;
pub mod verify;
#[cfg(target_arch = "x86_64")]
mod widen;

pub use code_call::{ArrayType, Program};
pub use plan::Plan;
pub use scalar::{Binary, Comparison, DType, Direction, Element, Kind, Unary};
