//! Morphology: images grown and shrunk by a filter.

use super::elements::{REALS, takes};
use super::pool::{image_window, least, taps};
use crate::arg::{Args, Out, extents};
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::attributes::Axes;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["nn.dilation2d"],
        "input, filters, strides, padding, data_format, dilations, name=None",
        "The greatest sum of a pixel and a filter's element in each window.",
        |a| {
            let (x, filters) = a.pair("input", "filters")?;
            Ok(dilated(a, &x, &filters)?.into())
        },
    ),
    Row::new(
        &["nn.erosion2d"],
        "value, filters, strides, padding, data_format, dilations, name=None",
        "The least difference of a pixel and a filter's element in each window.",
        |a| {
            let (x, filters) = a.pair("value", "filters")?;
            if extents(&filters)?.len() != 3 {
                return Err(invalid("nn.erosion2d: filters must be 3-dimensional"));
            }
            Ok(Out::Value(-dilated(a, &-x, &filters.reverse(&[0, 1]))?))
        },
    ),
];

fn dilated(a: &Args, x: &Value, filters: &Value) -> Result<Value> {
    let op = a.signature.op;
    takes(a, x, REALS)?;
    if a.text("data_format")? != "NHWC" {
        return Err(value_error(format!("{op}: Data formats other than NHWC are not yet supported")));
    }
    let shape = extents(filters)?;
    let &[rows, columns, depth] = &shape[..] else {
        return Err(invalid(format!("{op}: filter must be 3-dimensional: {shape:?}")));
    };
    let (window, extents) = image_window(a, x, Axes::from_slice(&[rows, columns]), Some("dilations"))?;
    if extents[3] != depth {
        return Err(invalid(format!("{op}: input and filter must have the same depth: {} vs {depth}", extents[3])));
    }
    let lowest = least(x.dtype());
    let (taken, places) = taps(x, &window, &extents, lowest);
    let mut sums = taken + filters.reshape(&[(rows * columns) as isize, depth as isize]);
    if places.iter().any(|place| *place < 0) && x.dtype().is_integer() {
        // The least integer plus a filter's element may have wrapped round.
        sums = super::pool::inside(&window, &places).select(&sums, lowest);
    }
    let shape = [extents[0], window.outputs[0], window.outputs[1], depth].map(|extent| extent as isize);
    Ok(sums.reduce_max(&[2]).reshape(&shape))
}
