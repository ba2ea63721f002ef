//! Methods for matrices and signals: products, convolutions, factorisations, transforms.

use super::elementwise::same_dtype;
use super::reduce::WindowOptions;
use super::{BuildFault, Builder, Built, Handle};
use crate::graph::Op;
use crate::shape::{Axes, TensorType};
use brolga_codegen::attributes::{Convolution, DotDims, FftKind, TriangularSolve};

/// How [`Handle::convolve`] goes over its input; the default is one step, no padding, one group.
#[derive(Clone, PartialEq, Debug)]
pub struct ConvolutionOptions {
    /// Strides, dilations and padding along the spatial axes; `sizes` is taken from the kernel.
    pub window: WindowOptions,
    /// Groups the input features are split into.
    pub feature_groups: usize,
    /// Groups the batch is split into.
    pub batch_groups: usize,
}

impl Default for ConvolutionOptions {
    fn default() -> ConvolutionOptions {
        ConvolutionOptions { window: WindowOptions::default(), feature_groups: 1, batch_groups: 1 }
    }
}

impl<B: Builder> Handle<B> {
    /// StableHLO's `dot_general`.
    #[track_caller]
    pub fn dot_general(&self, other: &Handle<B>, dims: DotDims) -> Handle<B> {
        Handle::settle(&self.builder, self.contracted(other, dims))
    }

    #[track_caller]
    fn contracted(&self, other: &Handle<B>, dims: DotDims) -> Built<Handle<B>> {
        same_dtype("multiply", self, other)?;
        Handle::one(&self.builder, Op::DotGeneral(dims.into()), &[self, other], &[])
    }

    /// The matrix product as NumPy's `matmul`: vectors are rows on the left and columns on the right, axes before the
    /// last two are batches and are broadcast.
    #[track_caller]
    pub fn matmul(&self, other: &Handle<B>) -> Handle<B> {
        Handle::settle(&self.builder, self.try_matmul(other))
    }

    #[track_caller]
    fn try_matmul(&self, other: &Handle<B>) -> Built<Handle<B>> {
        same_dtype("multiply", self, other)?;
        let (m, n) = (self.rank_for("matmul")?, other.rank_for("matmul")?);
        if m == 0 || n == 0 {
            return Err(BuildFault::Axis { op: "matmul", axis: -1, rank: 0 });
        }
        let inner = |rank: usize| if rank == 1 { 0 } else { rank - 2 };
        if m <= 2 || n <= 2 {
            return self.plain_product(other, m, n, inner(n));
        }
        let (a, b) = self.batches_together(other, m - 2, n - 2)?;
        let rank = m.max(n);
        let batch: Axes = (0..rank - 2).collect();
        let dims = DotDims {
            lhs_batch: batch.clone(),
            rhs_batch: batch,
            lhs_contracting: Axes::from_slice(&[rank - 1]),
            rhs_contracting: Axes::from_slice(&[rank - 2]),
        };
        Handle::one(&self.builder, Op::DotGeneral(dims.into()), &[&a, &b], &[])
    }

    /// A product without batches on one side at least: the axes of the right matrix come last, which is right unless
    /// the right side alone has batches.
    #[track_caller]
    fn plain_product(&self, other: &Handle<B>, m: usize, n: usize, inner: usize) -> Built<Handle<B>> {
        let dims = DotDims {
            lhs_contracting: Axes::from_slice(&[m - 1]),
            rhs_contracting: Axes::from_slice(&[inner]),
            ..DotDims::default()
        };
        let product = Handle::one(&self.builder, Op::DotGeneral(dims.into()), &[self, other], &[])?;
        if n <= 2 || m == 1 {
            return Ok(product);
        }
        // (rows, batches …, columns) → (batches …, rows, columns)
        let permutation = (1..n - 1).chain([0, n - 1]).collect();
        Handle::one(&self.builder, Op::Transpose { permutation }, &[&product], &[])
    }

    /// Both operands with their batch axes broadcast to one shape.
    #[track_caller]
    fn batches_together(&self, other: &Handle<B>, m: usize, n: usize) -> Built<(Handle<B>, Handle<B>)> {
        let clash = || BuildFault::Broadcast { op: "matmul", left: self.ty.clone(), right: other.ty.clone() };
        let dims = |handle: &Handle<B>| handle.ty.shape.dims().map(<[_]>::to_vec).unwrap_or_default();
        let (x, y) = (dims(self), dims(other));
        if x[..m] == y[..n] {
            return Ok((self.clone(), other.clone()));
        }
        let (x, y) = (self.extents_for("matmul")?, other.extents_for("matmul")?);
        let rank = m.max(n);
        let mut batch = vec![];
        for from_end in (1..=rank).rev() {
            let at = |extents: &[usize], len: usize| len.checked_sub(from_end).map_or(1, |k| extents[k]);
            batch.push(match (at(&x, m), at(&y, n)) {
                (a, b) if a == b || b == 1 => a,
                (1, b) => b,
                (_, _) => return Err(clash()),
            });
        }
        let whole = |extents: &[usize], len: usize| [&batch[..], &extents[len..]].concat();
        Ok((self.repeated(&whole(&x, m))?, other.repeated(&whole(&y, n))?))
    }

    #[track_caller]
    fn repeated(&self, shape: &[usize]) -> Built<Handle<B>> {
        let rank = self.rank_for("broadcast")?;
        let target = TensorType::of(self.dtype(), shape);
        if self.ty == target {
            return Ok(self.clone());
        }
        let dims = (shape.len() - rank..shape.len()).collect();
        Handle::one(&self.builder, Op::BroadcastInDim { dims }, &[self], &[target])
    }

    /// StableHLO's `convolution`.
    #[track_caller]
    pub fn convolution(&self, kernel: &Handle<B>, attributes: Convolution) -> Handle<B> {
        Handle::settle(
            &self.builder,
            Handle::one(&self.builder, Op::Convolution(attributes.into()), &[self, kernel], &[]),
        )
    }

    /// A convolution with the layout of TensorFlow: input (batch, spatial …, features), kernel
    /// (spatial …, input features / groups, output features), output as the input. The kernel is not read backwards.
    #[track_caller]
    pub fn convolve(&self, kernel: &Handle<B>, options: ConvolutionOptions) -> Handle<B> {
        Handle::settle(&self.builder, self.try_convolve(kernel, options))
    }

    #[track_caller]
    fn try_convolve(&self, kernel: &Handle<B>, options: ConvolutionOptions) -> Built<Handle<B>> {
        same_dtype("convolve", self, kernel)?;
        let rank = self.rank_for("convolve")?;
        let extents = kernel.extents_for("convolve")?;
        if rank < 2 || extents.len() != rank {
            return Err(BuildFault::Count {
                op: "convolve",
                what: "kernel axes",
                expected: rank,
                found: extents.len(),
            });
        }
        let spatial: Axes = (1..rank - 1).collect();
        let attributes = Convolution {
            input_batch: 0,
            input_feature: rank - 1,
            input_spatial: spatial.clone(),
            kernel_input_feature: rank - 2,
            kernel_output_feature: rank - 1,
            kernel_spatial: (0..rank - 2).collect(),
            output_batch: 0,
            output_feature: rank - 1,
            output_spatial: spatial,
            window: WindowOptions { sizes: extents[..rank - 2].into(), ..options.window }.window(),
            reversal: smallvec::smallvec![false; rank - 2],
            feature_groups: options.feature_groups,
            batch_groups: options.batch_groups,
        };
        Handle::one(&self.builder, Op::Convolution(attributes.into()), &[self, kernel], &[])
    }

    /// The Cholesky factor of the last two axes: lower, else upper.
    #[track_caller]
    pub fn cholesky(&self, lower: bool) -> Handle<B> {
        Handle::settle(&self.builder, Handle::one(&self.builder, Op::Cholesky { lower }, &[self], &[]))
    }

    /// x with a·x = b (or x·a = b), where `self` is the triangular a.
    #[track_caller]
    pub fn triangular_solve(&self, b: &Handle<B>, attributes: TriangularSolve) -> Handle<B> {
        let op = Op::TriangularSolve(attributes);
        Handle::settle(&self.builder, Handle::one(&self.builder, op, &[self, b], &[]))
    }

    /// The Fourier transform over the trailing axes, of these extents.
    #[track_caller]
    pub fn fft(&self, kind: FftKind, lengths: &[usize]) -> Handle<B> {
        let op = Op::Fft { kind, lengths: lengths.into() };
        Handle::settle(&self.builder, Handle::one(&self.builder, op, &[self], &[]))
    }
}
