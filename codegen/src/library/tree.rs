//! The one reduction tree: the order in which elements are combined, wherever a reduction runs.
//!
//! Extent n is cut into blocks of [`BLOCK`]; in a block, element i joins partial i mod P (P = [`partials`]), in order of i,
//! starting from the word's identity; partials fold by halving (partial i takes partial i + P/2, and so on down to 1);
//! blocks fold pairwise (neighbours combine until one is left, an odd last one passes through); the initial value
//! comes last, on the left. A reduction that leaves out the minor axis combines whole rows in order within blocks
//! instead of in partials.

use crate::scalar::DType;

/// Elements of one block.
pub const BLOCK: usize = 4096;

/// Partial results per block: 64, or 32 where elements have 8 bytes or more.
pub const fn partials(dtype: DType) -> usize {
    if dtype.size() >= 8 { 32 } else { 64 }
}
