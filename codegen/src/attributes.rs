//! Attributes of the heavy ops, in StableHLO's words: shared by the graph above and the library below.

use smallvec::SmallVec;

/// A short list of axes or of sizes along axes.
pub type Axes = SmallVec<[usize; 4]>;
/// A short list of signed sizes along axes (padding may be negative).
pub type Offsets = SmallVec<[i64; 4]>;

/// Which axes `dot_general` pairs.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct DotDims {
    /// Batch axes of the left operand.
    pub lhs_batch: Axes,
    /// Batch axes of the right operand, in the same order.
    pub rhs_batch: Axes,
    /// Summed axes of the left operand.
    pub lhs_contracting: Axes,
    /// Summed axes of the right operand, in the same order.
    pub rhs_contracting: Axes,
}

/// Where a window goes: `reduce_window`, and the spatial part of `convolution`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Window {
    /// Extent along each axis, before dilation.
    pub sizes: Axes,
    /// Step along each axis.
    pub strides: Axes,
    /// Distance between neighbouring elements of the operand (`base_dilations`, `lhs_dilation`).
    pub base_dilations: Axes,
    /// Distance between neighbouring elements of the window (`window_dilations`, `rhs_dilation`).
    pub window_dilations: Axes,
    /// Elements added before each axis; negative removes them.
    pub low: Offsets,
    /// Elements added after each axis; negative removes them.
    pub high: Offsets,
}

/// The attributes of `convolution`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Convolution {
    /// Batch axis of the input.
    pub input_batch: usize,
    /// Feature axis of the input.
    pub input_feature: usize,
    /// Spatial axes of the input.
    pub input_spatial: Axes,
    /// Input-feature axis of the kernel.
    pub kernel_input_feature: usize,
    /// Output-feature axis of the kernel.
    pub kernel_output_feature: usize,
    /// Spatial axes of the kernel.
    pub kernel_spatial: Axes,
    /// Batch axis of the output.
    pub output_batch: usize,
    /// Feature axis of the output.
    pub output_feature: usize,
    /// Spatial axes of the output.
    pub output_spatial: Axes,
    /// The window over the spatial axes; `sizes` repeats the kernel's spatial extents.
    pub window: Window,
    /// Whether the kernel is read backwards along each spatial axis.
    pub reversal: SmallVec<[bool; 6]>,
    /// Groups the input features are split into.
    pub feature_groups: usize,
    /// Groups the batch is split into.
    pub batch_groups: usize,
}

/// The attributes of `gather` and `dynamic_gather`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Gather {
    /// Axes of the result that walk inside a slice.
    pub offset_dims: Axes,
    /// Slice axes of extent 1 that the result drops.
    pub collapsed_slice_dims: Axes,
    /// Operand axes paired with axes of the start indices.
    pub operand_batching_dims: Axes,
    /// Their partners.
    pub start_indices_batching_dims: Axes,
    /// Which operand axis each component of an index starts on.
    pub start_index_map: Axes,
    /// The axis of the start indices that holds an index's components; the rank means scalars.
    pub index_vector_dim: usize,
    /// Extents of a slice. Empty for `dynamic_gather`, which takes them as an operand.
    pub slice_sizes: Axes,
    /// Promised by the program: indices ascend. No meaning here.
    pub indices_are_sorted: bool,
}

/// The attributes of `scatter`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Scatter {
    /// Axes of the updates that walk inside a window.
    pub update_window_dims: Axes,
    /// Window axes of extent 1 that the updates lack.
    pub inserted_window_dims: Axes,
    /// Operand axes paired with axes of the indices.
    pub input_batching_dims: Axes,
    /// Their partners.
    pub scatter_indices_batching_dims: Axes,
    /// Which operand axis each component of an index addresses.
    pub scatter_dims_to_operand_dims: Axes,
    /// The axis of the indices that holds an index's components; the rank means scalars.
    pub index_vector_dim: usize,
    /// Promised by the program: indices ascend. No meaning here.
    pub indices_are_sorted: bool,
    /// Promised by the program: no index twice. No meaning here.
    pub unique_indices: bool,
}

/// The four kinds of `fft`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FftKind {
    /// Complex to complex, forward.
    Fft,
    /// Complex to complex, inverse, scaled by 1/n.
    Ifft,
    /// Real to the non-redundant half of its spectrum.
    Rfft,
    /// Half a spectrum back to reals, scaled by 1/n.
    Irfft,
}

/// How `triangular_solve` reads its matrix.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TransposeA {
    /// As it is.
    NoTranspose,
    /// Transposed.
    Transpose,
    /// Transposed and conjugated.
    Adjoint,
}

/// The attributes of `triangular_solve`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TriangularSolve {
    /// Solves a·x = b, else x·a = b.
    pub left_side: bool,
    /// Reads the lower triangle, else the upper.
    pub lower: bool,
    /// Takes the diagonal to be ones.
    pub unit_diagonal: bool,
    /// How the matrix is read.
    pub transpose_a: TransposeA,
}

/// The generators of `rng_bit_generator`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RngAlgorithm {
    /// The implementation's choice: Philox here, as in XLA:CPU.
    Default,
    /// Threefry 2x32.
    ThreeFry,
    /// Philox 4x32, 10 rounds.
    Philox,
}

/// The distributions of `rng`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RngDistribution {
    /// Uniform on [a, b).
    Uniform,
    /// Normal with mean a and standard deviation b.
    Normal,
}
