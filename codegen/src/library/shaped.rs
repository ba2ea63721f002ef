//! Ops that read shapes from operands, where the shapes are known: the operands are held against them.

use super::convolution::convolution;
use super::layout::indices;
use super::movement::pad;
use super::{Array, ArrayMut, Routine, RoutineError};
use crate::attributes::{Axes, Convolution, Offsets, Window};

/// The largest number that an edge or a gap may have, so that places in memory stay numbers.
const MOST: i64 = 1 << 31;

/// What an op that reads a shape from an operand becomes once the shape is known.
#[derive(Clone, Debug)]
pub struct Shaped {
    /// StableHLO's name of the op.
    pub name: &'static str,
    /// Which operand says the shape.
    pub operand: usize,
    /// What it has to say.
    pub expected: Axes,
    /// What is done with the other operands.
    pub inner: Routine,
}

/// Runs the inner routine, if the shape operand says what is expected.
pub(super) fn shaped(spec: &Shaped, inputs: &[Array], outputs: &mut [ArrayMut]) -> Result<(), RoutineError> {
    let expected: Offsets = spec.expected.iter().map(|&n| n as i64).collect();
    let found: Offsets = indices(spec.name, &inputs[spec.operand])?.into_iter().collect();
    if found != expected {
        return Err(RoutineError::Shape { routine: spec.name, operand: spec.operand, found, expected: Some(expected) });
    }
    let others = inputs.iter().enumerate().filter(|&(k, _)| k != spec.operand);
    let others: Vec<Array> = others.map(|(_, array)| *array).collect();
    spec.inner.run(&others, outputs)
}

/// The numbers of an operand, `count` of them and none too large.
fn numbers(routine: &'static str, operand: usize, inputs: &[Array], count: usize) -> Result<Offsets, RoutineError> {
    let found: Offsets = indices(routine, &inputs[operand])?.into_iter().collect();
    if found.len() != count || found.iter().any(|n| !(-MOST..=MOST).contains(n)) {
        return Err(RoutineError::Shape { routine, operand, found, expected: None });
    }
    Ok(found)
}

/// Operands (x, value, low, high, interior): `pad` by these, if they give the result's shape.
pub(super) fn dynamic_pad(inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    const NAME: &str = "dynamic_pad";
    let (shape, result) = (inputs[0].shape(), output.shape());
    let read = |operand| numbers(NAME, operand, inputs, shape.len());
    let (low, high, interior) = (read(2)?, read(3)?, read(4)?);
    for axis in 0..shape.len() {
        let gaps = (shape[axis] as i64 - 1).max(0);
        let extent = i128::from(gaps) * i128::from(interior[axis]) + i128::from(low[axis] + high[axis]);
        if interior[axis] < 0 {
            return Err(RoutineError::Shape { routine: NAME, operand: 4, found: interior, expected: None });
        }
        if extent + shape[axis] as i128 != result[axis] as i128 {
            return Err(RoutineError::Shape { routine: NAME, operand: 3, found: high, expected: None });
        }
    }
    // Gaps of an axis with one element or none are nowhere.
    let gap = |(&extent, &gap): (&usize, &i64)| if extent > 1 { gap as usize } else { 0 };
    let interior: Axes = shape.iter().zip(&interior).map(gap).collect();
    pad(&low, &interior, &inputs[0], &inputs[1], output);
    Ok(())
}

/// Operands (x, kernel, padding): `convolution` with this padding, if it gives the result's shape.
pub(super) fn dynamic_conv(spec: &Convolution, inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    const NAME: &str = "dynamic_conv";
    let padding = numbers(NAME, 2, inputs, 2 * spec.input_spatial.len())?;
    let mut spec = spec.clone();
    spec.window.low = padding.iter().step_by(2).copied().collect();
    spec.window.high = padding.iter().skip(1).step_by(2).copied().collect();
    let fits = (0..spec.input_spatial.len()).all(|axis| {
        let (extent, size) =
            (inputs[0].shape()[spec.input_spatial[axis]], inputs[1].shape()[spec.kernel_spatial[axis]]);
        places(&spec.window, axis, extent, size) == output.shape()[spec.output_spatial[axis]] as i128
    });
    if !fits {
        return Err(RoutineError::Shape { routine: NAME, operand: 2, found: padding, expected: None });
    }
    convolution(&spec, &inputs[..2], output)
}

/// How many places a window of `size` has along an axis of `extent`.
fn places(window: &Window, axis: usize, extent: usize, size: usize) -> i128 {
    let reach = |n: usize, dilation: usize| if n == 0 { 0 } else { (n as i128 - 1) * dilation as i128 + 1 };
    let padded = reach(extent, window.base_dilations[axis]) + i128::from(window.low[axis] + window.high[axis]);
    let reach = reach(size, window.window_dilations[axis]);
    let none = padded <= 0 || reach > padded;
    if none { 0 } else { (padded - reach) / window.strides[axis].max(1) as i128 + 1 }
}
