//! Ops made of ops: each written once, over any [`crate::graph::build::Builder`], traced or executed at once.

mod activation;
mod linear;
mod loss;
mod normalise;
mod spatial;
mod special;
mod statistics;

pub use activation::*;
pub use linear::*;
pub use loss::*;
pub use normalise::*;
pub use spatial::*;
pub use special::*;
pub use statistics::*;
