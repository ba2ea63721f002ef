//! The ops, a file for each family. To add one: a row in the family's table, and the function it names.
//!
//! Conventions: a definition takes [`Args`](crate::Args), converts them by the parameter's name, and builds with the
//! methods of [`Value`](crate::Value) (and `brolga::compose`). It asks for extents with [`extents`](crate::arg::extents)
//! and for known elements with [`demand`](crate::arg::demand), which let it wait where they are not known yet. What breaks
//! a rule of TensorFlow's is an [`OpError`](crate::OpError) that says what came and what helps.

mod activation;
mod arithmetic;
mod cast;
mod colour;
mod compare;
mod convolution;
mod create;
mod elements;
mod image;
mod layout;
mod loss;
mod normalise;
mod pool;
mod range;
mod reduce;
mod resize;
mod scan;
mod unary;

use crate::Row;

/// Every family's table.
pub const TABLES: &[&[Row]] = &[
    unary::FUNCTIONS,
    unary::OTHERS,
    arithmetic::FUNCTIONS,
    arithmetic::OTHERS,
    compare::FUNCTIONS,
    compare::EQUALITY,
    cast::OPS,
    create::OPS,
    create::SHAPES,
    reduce::REDUCTIONS,
    reduce::OTHERS,
    scan::OPS,
    range::OPS,
    convolution::OPS,
    pool::OPS,
    activation::OPS,
    normalise::OPS,
    loss::OPS,
    image::OPS,
    resize::OPS,
    colour::OPS,
];
