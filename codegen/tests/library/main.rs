//! Every routine of the library against a plain reference.
#![allow(clippy::unwrap_used, missing_docs)]

mod contraction;
mod elementwise;
mod extreme;
mod linear;
mod movement;
mod random;
mod reduction;
mod sharing;
mod sorting;
mod support;
