//! Linear algebra and Fourier transforms.

use super::pen::Pen;
use super::sweep::Sweep;
use crate::graph::{Node, Op, Value};
use crate::shape::{Axes, TensorType};
use crate::tensor::Tensor;
use brolga_codegen::attributes::{FftKind, TransposeA, TriangularSolve};
use brolga_codegen::{DType, Direction};

/// Which elements of a matrix are meant.
#[derive(Clone, Copy, PartialEq)]
enum Triangle {
    Lower,
    Upper,
    Diagonal,
}

/// Whether an element of a matrix of the type of `like` belongs to a triangle, its diagonal included.
fn triangle(pen: &mut Pen, like: Value, which: Triangle) -> Value {
    let extents = pen.extents(like);
    let rank = extents.len();
    let (row, column) = (pen.iota(&extents, rank - 2), pen.iota(&extents, rank - 1));
    let direction = match which {
        Triangle::Lower => Direction::Ge,
        Triangle::Upper => Direction::Le,
        Triangle::Diagonal => Direction::Eq,
    };
    pen.compare(direction, row, column)
}

fn solved(pen: &mut Pen, a: Value, b: Value, solve: TriangularSolve) -> Value {
    let ty = pen.ty(b);
    pen.put(Op::TriangularSolve(solve), &[a, b], ty)
}

impl Sweep<'_> {
    /// op(A) X = B, or X op(A) = B: the cotangent of B solves the adjoint equations, that of op(A) is −B̄ Xᴴ (−Xᴴ B̄).
    pub(super) fn triangular_solve(&mut self, node: &Node, solve: TriangularSolve, g: Value) {
        let (a, b, x) = (node.inputs[0], node.inputs[1], node.result());
        let pen = &mut self.pen;
        let (matrix, transpose_a) = match solve.transpose_a {
            TransposeA::NoTranspose => (a, TransposeA::Adjoint),
            TransposeA::Transpose => (pen.conj(a), TransposeA::NoTranspose),
            TransposeA::Adjoint => (a, TransposeA::NoTranspose),
        };
        let of_b = solved(pen, matrix, g, TriangularSolve { transpose_a, ..solve });
        self.give(b, of_b);
        if self.wants(a) {
            let pen = &mut self.pen;
            let turned = pen.adjoint(x);
            let product = if solve.left_side { pen.matmul(of_b, turned) } else { pen.matmul(turned, of_b) };
            let product = pen.neg(product);
            let of_a = match solve.transpose_a {
                TransposeA::NoTranspose => product,
                TransposeA::Transpose => pen.matrix_transpose(product),
                TransposeA::Adjoint => pen.adjoint(product),
            };
            let kept = triangle(pen, a, if solve.lower { Triangle::Lower } else { Triangle::Upper });
            let mut of_a = pen.keep(kept, of_a);
            if solve.unit_diagonal {
                let diagonal = triangle(pen, a, Triangle::Diagonal);
                of_a = pen.drop_where(diagonal, of_a);
            }
            self.give(a, of_a);
        }
    }

    /// A = L Lᴴ: Ā = L⁻ᴴ Φ(Lᴴ L̄) L⁻¹ made Hermitian, where Φ takes the lower triangle and half the diagonal
    /// (Murray 2016). Half of it stands on either side of the diagonal, though the op reads one side alone: as in
    /// TensorFlow.
    pub(super) fn cholesky(&mut self, node: &Node, lower: bool, g: Value) {
        let pen = &mut self.pen;
        let (mut l, mut g) = (node.result(), g);
        if !lower {
            (l, g) = (pen.adjoint(l), pen.adjoint(g));
        }
        let turned = pen.adjoint(l);
        let product = pen.matmul(turned, g);
        let below = triangle(pen, l, Triangle::Lower);
        let kept = pen.keep(below, product);
        let half = pen.times(kept, 0.5);
        let diagonal = triangle(pen, l, Triangle::Diagonal);
        let middle = pen.select(diagonal, half, kept);
        let plain =
            TriangularSolve { left_side: true, lower: true, unit_diagonal: false, transpose_a: TransposeA::Adjoint };
        let left = solved(pen, l, middle, plain);
        let both = TriangularSolve { left_side: false, transpose_a: TransposeA::NoTranspose, ..plain };
        let inner = solved(pen, l, left, both);
        let other = pen.adjoint(inner);
        let sum = pen.add(inner, other);
        let cotangent = pen.times(sum, 0.5);
        self.give(node.inputs[0], cotangent);
    }

    /// The adjoint of a transform is the other one, scaled; of half spectra the inner frequencies count twice.
    pub(super) fn fft(&mut self, node: &Node, kind: FftKind, lengths: &[usize], g: Value) {
        let x = node.inputs[0];
        let count: usize = lengths.iter().product();
        let pen = &mut self.pen;
        let ty = pen.ty(x);
        let transform = |kind| Op::Fft { kind, lengths: lengths.into() };
        let cotangent = match kind {
            FftKind::Fft => {
                let made = pen.put(transform(FftKind::Ifft), &[g], ty);
                pen.times(made, count as f64)
            }
            FftKind::Ifft => {
                let made = pen.put(transform(FftKind::Fft), &[g], ty);
                pen.times(made, 1.0 / count as f64)
            }
            FftKind::Rfft => {
                let weighted = weighted(pen, g, lengths, 0.5 * count as f64, count as f64);
                pen.put(transform(FftKind::Irfft), &[weighted], ty)
            }
            FftKind::Irfft => {
                let made = pen.put(transform(FftKind::Rfft), &[g], ty);
                weighted(pen, made, lengths, 2.0 / count as f64, 1.0 / count as f64)
            }
        };
        self.give(x, cotangent);
    }
}

/// Half a spectrum times a weight for the inner frequencies and another for those that are their own mirror images.
fn weighted(pen: &mut Pen, half: Value, lengths: &[usize], inner: f64, own: f64) -> Value {
    let extents = pen.extents(half);
    let (last, n) = (extents.len() - 1, lengths[lengths.len() - 1]);
    let mirrored = |k: usize| k != 0 && 2 * k != n;
    let weights: Vec<f64> = (0..extents[last]).map(|k| if mirrored(k) { inner } else { own }).collect();
    let list = Tensor::from_slice(&[weights.len()], &weights).expect("law: a checked type fits");
    let list = pen.put(Op::Constant(list.into()), &[], TensorType::of(DType::F64, &[weights.len()]));
    let list = pen.convert(list, pen.dtype(half));
    let axes: Axes = [last].into_iter().collect();
    let wide = pen.broadcast(list, &axes, &extents);
    pen.mul(half, wide)
}
