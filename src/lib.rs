//! brolga: a compiler for tensor programs. See the README for a first look and `docs/ARCHITECTURE.md` for the house.

pub mod cancel;
pub mod compose;
pub mod function;
pub mod gradient;
pub mod graph;
pub mod host;
pub mod interpret;
pub mod islands;
pub mod lower;
pub mod passes;
pub mod shape;
pub mod show;
pub mod site;
pub mod tensor;

pub use brolga_codegen::library::set_seed;
pub use brolga_codegen::pool::{set_threads, threads};
pub use brolga_codegen::{Binary, DType, Element, attributes, with_element};
pub use cancel::CancelToken;
pub use function::Function;
pub use graph::{Graph, Op};
pub use shape::{Shape, TensorType};
pub use site::Site;
pub use tensor::Tensor;

/// The README's examples, tested as they stand.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
