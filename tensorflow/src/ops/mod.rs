//! The ops, a file for each family. To add one: a row in the family's table, and the function it names.
//!
//! Conventions: a definition takes [`Args`](crate::Args), converts them by the parameter's name, and builds with the
//! methods of [`Value`](crate::Value) (and `brolga::compose`). It asks for extents with [`extents`](crate::arg::extents)
//! and for known elements with [`demand`](crate::arg::demand), which let it wait where they are not known yet. What breaks
//! a rule of TensorFlow's is an [`OpError`](crate::OpError) that says what came and what helps.

mod activation;
mod arithmetic;
mod boxes;
mod cast;
mod chance;
mod colour;
mod compare;
mod convolution;
mod create;
mod elements;
mod factors;
mod fourier;
mod gathering;
mod generator;
mod image;
mod indexing;
mod layout;
mod likeness;
mod loss;
mod matrices;
mod morphology;
mod movement;
mod normalise;
mod padding;
mod places;
mod pool;
mod products;
mod quantize;
mod random;
mod range;
mod reduce;
mod resize;
mod scan;
mod segments;
mod selecting;
mod sequence;
mod signal;
mod sorting;
mod unary;

use crate::Row;

/// Every family's table.
pub const TABLES: &[&[Row]] = &[
    activation::OPS,
    arithmetic::FUNCTIONS,
    arithmetic::OTHERS,
    boxes::OPS,
    cast::OPS,
    chance::DROPOUT,
    chance::IMAGES,
    colour::OPS,
    compare::EQUALITY,
    compare::FUNCTIONS,
    convolution::OPS,
    create::OPS,
    create::SHAPES,
    factors::OPS,
    fourier::ALONG_AXES,
    fourier::OPS,
    gathering::OPS,
    generator::OPS,
    image::OPS,
    indexing::OPS,
    likeness::OPS,
    loss::OPS,
    matrices::OPS,
    morphology::OPS,
    movement::OPS,
    normalise::OPS,
    padding::OPS,
    places::OPS,
    pool::OPS,
    products::OPS,
    quantize::OPS,
    random::STATEFUL,
    random::STATELESS,
    range::OPS,
    reduce::OTHERS,
    reduce::REDUCTIONS,
    resize::OPS,
    scan::OPS,
    segments::OPS,
    selecting::OPS,
    sequence::OPS,
    signal::OPS,
    sorting::OPS,
    unary::FUNCTIONS,
    unary::OTHERS,
];
