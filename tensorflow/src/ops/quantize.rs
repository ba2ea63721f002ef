//! Quantisation.

use super::elements::{SINGLE_DOUBLE, one};
use crate::arg::{Args, Out, extents};
use crate::error::{Result, invalid};
use crate::{Row, Value, convert};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["quantization.quantize_and_dequantize_v2"],
        "input, input_min, input_max, signed_input=True, num_bits=8, range_given=False, round_mode='HALF_TO_EVEN', \
         name=None, narrow_range=False, axis=None",
        "The tensor rounded to the numbers that few bits hold, and back.",
        quantize_and_dequantize,
    ),
    Row::new(
        &["quantization.fake_quant_with_min_max_args"],
        "inputs, min=-6, max=6, num_bits=8, narrow_range=False, name=None",
        "The tensor rounded to evenly spaced numbers from min to max.",
        |a| {
            let scalar = |name| a.tensor_of(name, brolga::DType::F32);
            fake_quant(a, &scalar("min")?, &scalar("max")?)
        },
    ),
    Row::new(
        &["quantization.fake_quant_with_min_max_vars"],
        "inputs, min, max, num_bits=8, narrow_range=False, name=None",
        "The tensor rounded to evenly spaced numbers from min to max.",
        |a| {
            let scalar = |name| a.tensor_of(name, brolga::DType::F32);
            fake_quant(a, &scalar("min")?, &scalar("max")?)
        },
    ),
    Row::new(
        &["quantization.fake_quant_with_min_max_vars_per_channel"],
        "inputs, min, max, num_bits=8, narrow_range=False, name=None",
        "The tensor rounded to evenly spaced numbers, whose range each channel of the last axis has for itself.",
        |a| {
            let vector = |name| a.tensor_of(name, brolga::DType::F32);
            fake_quant(a, &vector("min")?, &vector("max")?)
        },
    ),
];

/// The least and greatest whole number that the bits hold.
fn levels(signed: bool, bits: i64, narrow: bool) -> (f64, f64) {
    let half = 2f64.powi(i32::try_from(bits).unwrap_or(i32::MAX) - 1);
    match (signed, narrow) {
        (true, true) => (1.0 - half, half - 1.0),
        (true, false) => (-half, half - 1.0),
        (false, _) => (0.0, 2.0 * half - 1.0),
    }
}

/// The range of the input where none is given: its least and greatest element, of each channel where there is an axis.
fn range_of(a: &Args, x: &Value, axis: Option<usize>) -> Result<(Value, Value)> {
    let rank = extents(x)?.len();
    let others: Vec<isize> = (0..rank).filter(|k| Some(*k) != axis).map(|k| k as isize).collect();
    let channel = |value: Value| match axis {
        Some(axis) => {
            let mut shape = vec![1isize; rank];
            shape[axis] = -1;
            value.reshape(&shape)
        }
        None => value,
    };
    if a.flag("range_given")? {
        let (least, most) = (a.tensor_of("input_min", x.dtype())?, a.tensor_of("input_max", x.dtype())?);
        return Ok((channel(least), channel(most)));
    }
    Ok((channel(x.reduce_min(&others)), channel(x.reduce_max(&others))))
}

fn quantize_and_dequantize(a: &Args) -> Result<Out> {
    let x = one(a, "input", SINGLE_DOUBLE)?;
    let bits = a.int("num_bits")?;
    let signed = a.flag("signed_input")?;
    if !(1..=62).contains(&bits) || (signed && bits < 2) {
        return Err(invalid(format!("quantize_and_dequantize_v2: num_bits is out of range: {bits}")));
    }
    let rank = extents(&x)?.len();
    let axis = a.optional_int("axis")?.filter(|axis| *axis != -1);
    let axis = axis.map(|axis| convert::axis(axis, rank)).transpose()?;
    let (low, high) = levels(signed, bits, a.flag("narrow_range")?);
    let (least, most) = range_of(a, &x, axis)?;
    // The side that would be stretched further decides the scale; the other one's range is widened.
    let side = |level: f64, bound: &Value| {
        let scale: Value = level / bound;
        (bound * level).gt(0).select(scale, f64::from(f32::MAX))
    };
    let (from_low, from_high) = (side(low, &least), side(high, &most));
    let by_low = from_low.lt(&from_high);
    let scale = by_low.select(&from_low, &from_high);
    let low_step = if low == 0.0 { least.zeros_like() } else { &least / low };
    let step = by_low.select(low_step, &most / high);
    let input = if a.flag("range_given")? {
        let greatest = by_low.select(&step * high, &most);
        let smallest = by_low.select(&least, &step * low);
        x.minimum(greatest).maximum(smallest)
    } else {
        x
    };
    let rounded = rounded(a, &(input * scale))?;
    Ok((rounded * step).into())
}

fn rounded(a: &Args, x: &Value) -> Result<Value> {
    match a.text("round_mode")? {
        "HALF_TO_EVEN" => Ok(x.round_half_even()),
        "HALF_UP" => Ok((x + 0.5).floor()),
        other => Err(invalid(format!("round mode must be HALF_TO_EVEN or HALF_UP, not {other}"))),
    }
}

/// Rounding to the levels of a range that was nudged so that zero is one of them (Jacob et al. 2017).
fn fake_quant(a: &Args, least: &Value, most: &Value) -> Result<Out> {
    let x = one(a, "inputs", &[brolga::DType::F32])?;
    let bits = a.int("num_bits")?;
    if !(2..=16).contains(&bits) {
        return Err(invalid(format!("{}: num_bits must be between 2 and 16, not {bits}", a.signature.op)));
    }
    let low = f64::from(u8::from(a.flag("narrow_range")?));
    let high = 2f64.powi(i32::try_from(bits).unwrap_or(16)) - 1.0;
    let scale = (most - least) / (high - low);
    let zero: Value = low - least / &scale;
    let nudged = (zero + 0.5).floor().maximum(low).minimum(high);
    let (smallest, greatest): (Value, Value) = ((low - &nudged) * &scale, (high - &nudged) * &scale);
    let held = x.minimum(greatest).maximum(&smallest);
    let steps = ((held - &smallest) / &scale + 0.5).floor();
    Ok((steps * scale + smallest).into())
}
