//! From a graph to native code.

pub mod admit;
