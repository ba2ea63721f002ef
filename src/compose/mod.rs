//! Ops made of ops: each written once, over any [`crate::graph::build::Builder`], traced or executed at once.

mod activation;
mod factor;
mod integrals;
mod linear;
mod loss;
mod normalise;
mod random;
mod series;
mod spatial;
mod special;
mod spectral;
mod statistics;

pub use activation::*;
pub use factor::*;
pub use integrals::*;
pub use linear::*;
pub use loss::*;
pub use normalise::*;
pub use random::*;
pub use spatial::*;
pub use special::*;
pub use spectral::*;
pub use statistics::*;
