//! Linear algebra made of products and sums.

use crate::graph::build::{Builder, Handle, Source};
use brolga_codegen::DType;

/// The product of every element of the vector a with every one of the vector b: a column times a row.
#[track_caller]
pub fn outer<B: Builder>(a: &Handle<B>, b: &Handle<B>) -> Handle<B> {
    a.expand_dims(&[-1]) * b.expand_dims(&[-2])
}

/// A matrix of `rows` × `columns` with ones on its diagonal.
#[track_caller]
pub fn eye<B: Builder>(builder: &B, rows: usize, columns: usize, dtype: DType) -> Handle<B> {
    on_diagonal(builder, rows, columns).convert(dtype)
}

/// The sum of the diagonal of the last two axes.
#[track_caller]
pub fn trace<B: Builder>(x: &Handle<B>) -> Handle<B> {
    match x.ty().extents().as_deref() {
        Some([.., rows, columns]) => {
            let diagonal = on_diagonal(x.builder(), *rows, *columns);
            diagonal.broadcast_like(x).select(x, x.zeros_like()).reduce_sum(&[-2, -1])
        }
        // Fewer axes or unknown extents: the reduction records what is missing.
        Some(_) | None => x.reduce_sum(&[-2, -1]),
    }
}

/// A square matrix with the vector x on its diagonal.
#[track_caller]
pub fn diagonal<B: Builder>(x: &Handle<B>) -> Handle<B> {
    let n = x.ty().extents().and_then(|extents| extents.last().copied()).unwrap_or(1);
    let here = on_diagonal(x.builder(), n, n);
    let rows = x.expand_dims(&[-1]);
    here.select(&rows, rows.zeros_like())
}

/// The lower triangle of the last two axes: zeros above diagonal number `k` (0 the main one, positive above it).
#[track_caller]
pub fn lower_triangle<B: Builder>(x: &Handle<B>, k: i64) -> Handle<B> {
    match x.ty().extents().as_deref() {
        Some([.., rows, columns]) => {
            let builder = x.builder();
            let row = builder.iota(&[*rows, *columns], 0, DType::I64);
            let column = builder.iota(&[*rows, *columns], 1, DType::I64);
            column.le(row + k).broadcast_like(x).select(x, x.zeros_like())
        }
        Some(_) | None => x.matrix_transpose().matrix_transpose(),
    }
}

fn on_diagonal<B: Builder>(builder: &B, rows: usize, columns: usize) -> Handle<B> {
    let row = builder.iota(&[rows, columns], 0, DType::I64);
    row.eq(builder.iota(&[rows, columns], 1, DType::I64))
}
