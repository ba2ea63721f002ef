//! Running combinations along an axis.

use super::elements::{FLOATS, NUMBERS, one};
use crate::arg::{Args, Out, extents};
use crate::error::Result;
use crate::{Row, Value};
use brolga::compose;

const PARAMETERS: &str = "x, axis=0, exclusive=False, reverse=False, name=None";

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["math.cumsum", "cumsum"], PARAMETERS, "The running sum along an axis.", |a| {
        running(a, one(a, "x", NUMBERS)?, 0.0, compose::cumsum)
    }),
    Row::new(&["math.cumprod"], PARAMETERS, "The running product along an axis.", |a| {
        running(a, one(a, "x", NUMBERS)?, 1.0, compose::cumprod)
    }),
    Row::new(&["math.cumulative_logsumexp"], PARAMETERS, "log of the running sum of exp(x) along an axis.", |a| {
        running(a, one(a, "x", FLOATS)?, f64::NEG_INFINITY, compose::cumulative_log_sum_exp)
    }),
];

/// A scan from either end; an exclusive one leaves each element itself out and begins with `neutral`.
fn running(a: &Args, x: Value, neutral: f64, scan: impl FnOnce(&Value, isize) -> Value) -> Result<Out> {
    let shape = extents(&x)?;
    let axis = a.axis("axis", shape.len())?;
    let along = [axis as isize];
    let turned = if a.flag("reverse")? { x.reverse(&along) } else { x };
    let taken = if a.flag("exclusive")? && shape[axis] > 0 {
        let mut low = vec![0; shape.len()];
        let mut high = low.clone();
        (low[axis], high[axis]) = (1, -1);
        turned.pad(neutral, &low, &high, &vec![0; shape.len()])
    } else {
        turned
    };
    let scanned = scan(&taken, along[0]);
    Ok(if a.flag("reverse")? { scanned.reverse(&along) } else { scanned }.into())
}
