//! Padding, and moving elements between space, depth and batch.

use super::movement::{list_of, signed};
use crate::arg::{Arg, Args, Out, extents};
use crate::convert;
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["pad"],
        "tensor, paddings, mode='CONSTANT', constant_values=0, name=None",
        "Elements added before and after each axis: a constant, or the tensor mirrored.",
        pad,
    ),
    Row::new(
        &["nn.space_to_depth"],
        "input, block_size, data_format='NHWC', name=None",
        "Blocks of space moved into depth.",
        space_to_depth,
    ),
    Row::new(
        &["nn.depth_to_space"],
        "input, block_size, data_format='NHWC', name=None",
        "Depth moved into blocks of space.",
        depth_to_space,
    ),
    Row::new(
        &["space_to_batch_nd", "space_to_batch", "nn.space_to_batch"],
        "input, block_shape, paddings, name=None",
        "Blocks of space, padded with zeros, moved into the batch.",
        space_to_batch,
    ),
    Row::new(
        &["batch_to_space", "batch_to_space_nd"],
        "input, block_shape, crops, name=None",
        "The batch moved into blocks of space, which is cropped.",
        batch_to_space,
    ),
    Row::new(
        &["required_space_to_batch_paddings", "nn.required_space_to_batch_paddings"],
        "input_shape, block_shape, base_paddings=None, name=None",
        "The paddings and crops with which every extent is a multiple of its block.",
        required_paddings,
    ),
];

/// Pairs (before, after) for each of `count` axes, none negative.
fn pairs(a: &Args, name: &str, count: usize) -> Result<Vec<[usize; 2]>> {
    let given = match a.raw(name) {
        // NumPy makes reals of what TensorFlow takes for integers.
        Arg::Array(array) => convert::floats(array).into_iter().map(|number| number as i64).collect(),
        _ => a.ints(name)?,
    };
    if given.len() != 2 * count {
        let found = given.len();
        return Err(invalid(format!("{name} must be a matrix of {count} rows and 2 columns, it has {found} elements")));
    }
    let pair = |pair: &[i64]| match (usize::try_from(pair[0]), usize::try_from(pair[1])) {
        (Ok(before), Ok(after)) => Ok([before, after]),
        _ => Err(invalid(format!("{name} must be non-negative: {} {}", pair[0], pair[1]))),
    };
    given.chunks(2).map(pair).collect()
}

fn pad(a: &Args) -> Result<Out> {
    let x = a.tensor("tensor")?;
    let shape = extents(&x)?;
    let paddings = pairs(a, "paddings", shape.len())?;
    let reach = match a.text("mode")?.to_ascii_uppercase().as_str() {
        "CONSTANT" => return constant_pad(a, &x, &paddings).map(Out::Value),
        "REFLECT" => 1,
        "SYMMETRIC" => 0,
        other => {
            return Err(value_error(format!(
                "Value of argument `mode` expected to be one of \"CONSTANT\", \"REFLECT\", or \"SYMMETRIC\". Received: {other:?}"
            )));
        }
    };
    let mut padded = x;
    for (axis, [before, after]) in paddings.into_iter().enumerate() {
        let n = shape[axis];
        if before + reach > n.max(reach) || after + reach > n.max(reach) {
            let most = n.saturating_sub(reach);
            return Err(invalid(format!(
                "paddings must be no greater than {most}, the dimension size of axis {axis}: {before}, {after} greater than {most}"
            )));
        }
        padded = mirrored(&padded, axis as isize, n, [before, after], reach);
    }
    Ok(padded.into())
}

/// One axis mirrored at its ends; `reach` is 1 where the end itself is not repeated.
fn mirrored(x: &Value, axis: isize, n: usize, [before, after]: [usize; 2], reach: usize) -> Value {
    let mut parts = vec![];
    if before > 0 {
        parts.push(x.slice_axis(axis, reach, reach + before).reverse(&[axis]));
    }
    parts.push(x.clone());
    if after > 0 {
        parts.push(x.slice_axis(axis, n - reach - after, n - reach).reverse(&[axis]));
    }
    super::movement::joined(&parts, axis)
}

fn constant_pad(a: &Args, x: &Value, paddings: &[[usize; 2]]) -> Result<Value> {
    let zero = || crate::arg::value(brolga::Tensor::zeros(x.dtype(), &[]).expect("law: a scalar can be allocated"));
    let fill = match a.raw("constant_values") {
        Arg::Int(0) => zero(),
        given => convert::tensor(given, Some(x.dtype()))?,
    };
    Ok(padded(x, &fill, paddings))
}

/// The tensor with a scalar around it.
fn padded(x: &Value, fill: &Value, paddings: &[[usize; 2]]) -> Value {
    let side = |k: usize| paddings.iter().map(|pair| pair[k] as i64).collect::<Vec<_>>();
    x.pad(fill, &side(0), &side(1), &vec![0; paddings.len()])
}

/// Whether depth is the last axis; blocks of at least 2.
fn layout(a: &Args) -> Result<(bool, usize)> {
    let block = a.count("block_size")?;
    if block < 2 {
        return Err(invalid(format!("Block size should be > 1, but was: {block}")));
    }
    match a.text("data_format")? {
        "NHWC" => Ok((true, block)),
        "NCHW" => Ok((false, block)),
        other => Err(value_error(format!("data_format must be 'NHWC' or 'NCHW', got {other:?}"))),
    }
}

fn four(x: &Value) -> Result<[usize; 4]> {
    let shape = extents(x)?;
    shape.as_slice().try_into().map_err(|_| invalid(format!("Input rank should be 4 instead of {}", shape.len())))
}

fn space_to_depth(a: &Args) -> Result<Out> {
    let x = a.tensor("input")?;
    let ((last, b), [n, p, q, r]) = (layout(a)?, four(&x)?);
    let (height, width, depth) = if last { (p, q, r) } else { (q, r, p) };
    if height % b != 0 || width % b != 0 {
        return Err(invalid(format!("Image height {height} and width {width} should be divisible by block_size: {b}")));
    }
    let (h, w) = (height / b, width / b);
    Ok(if last {
        let apart = x.reshape(&signed(&[n, h, b, w, b, depth])).transpose(&[0, 1, 3, 2, 4, 5]);
        apart.reshape(&signed(&[n, h, w, b * b * depth]))
    } else {
        let apart = x.reshape(&signed(&[n, depth, h, b, w, b])).transpose(&[0, 3, 5, 1, 2, 4]);
        apart.reshape(&signed(&[n, b * b * depth, h, w]))
    }
    .into())
}

fn depth_to_space(a: &Args) -> Result<Out> {
    let x = a.tensor("input")?;
    let ((last, b), [n, p, q, r]) = (layout(a)?, four(&x)?);
    let (h, w, depth) = if last { (p, q, r) } else { (q, r, p) };
    if depth % (b * b) != 0 {
        return Err(invalid(format!("Input depth dimension {depth} should be divisible by: {}", b * b)));
    }
    let d = depth / (b * b);
    Ok(if last {
        let apart = x.reshape(&signed(&[n, h, w, b, b, d])).transpose(&[0, 1, 3, 2, 4, 5]);
        apart.reshape(&signed(&[n, h * b, w * b, d]))
    } else {
        let apart = x.reshape(&signed(&[n, b, b, d, h, w])).transpose(&[0, 3, 4, 1, 5, 2]);
        apart.reshape(&signed(&[n, d, h * b, w * b]))
    }
    .into())
}

/// The block along each spatial axis; a number stands for two axes alike where the paddings have two rows.
fn blocks(a: &Args, borders: &str, rank: usize) -> Result<Vec<usize>> {
    let mut blocks = a.shape("block_shape")?;
    if matches!(a.raw("block_shape"), Arg::Int(_)) {
        blocks = vec![blocks[0]; a.ints(borders)?.len() / 2];
    }
    if blocks.contains(&0) {
        return Err(invalid("All values in block_shape must be positive, got 0"));
    }
    if rank < blocks.len() + 1 {
        let least = blocks.len() + 1;
        return Err(invalid(format!("input rank should be >= {least} instead of {rank}")));
    }
    Ok(blocks)
}

fn space_to_batch(a: &Args) -> Result<Out> {
    let x = a.tensor("input")?;
    let shape = extents(&x)?;
    let blocks = blocks(a, "paddings", shape.len().max(1))?;
    if blocks.is_empty() {
        return Ok(x.into());
    }
    let m = blocks.len();
    let mut paddings = vec![[0, 0]];
    paddings.extend(pairs(a, "paddings", m)?);
    paddings.resize(shape.len(), [0, 0]);
    let zero = crate::arg::value(brolga::Tensor::zeros(x.dtype(), &[]).expect("law: a scalar can be allocated"));
    let whole: Vec<usize> = shape.iter().zip(&paddings).map(|(n, [before, after])| n + before + after).collect();
    let mut apart = vec![whole[0]];
    for (axis, &block) in blocks.iter().enumerate() {
        let n = whole[axis + 1];
        if !n.is_multiple_of(block) {
            return Err(invalid(format!("padded_shape[{axis}]={n} is not divisible by block_shape[{axis}]={block}")));
        }
        apart.extend([n / block, block]);
    }
    apart.extend(&whole[m + 1..]);
    let offsets = (0..m).map(|k| 2 + 2 * k);
    let order = offsets.chain([0]).chain((0..m).map(|k| 1 + 2 * k)).chain(2 * m + 1..apart.len());
    let order: Vec<isize> = order.map(|axis| axis as isize).collect();
    let mut result = vec![whole[0] * blocks.iter().product::<usize>()];
    result.extend((0..m).map(|k| whole[k + 1] / blocks[k]));
    result.extend(&whole[m + 1..]);
    Ok(padded(&x, &zero, &paddings).reshape(&signed(&apart)).transpose(&order).reshape(&signed(&result)).into())
}

fn batch_to_space(a: &Args) -> Result<Out> {
    let x = a.tensor("input")?;
    let shape = extents(&x)?;
    let blocks = blocks(a, "crops", shape.len().max(1))?;
    if blocks.is_empty() {
        return Ok(x.into());
    }
    let (m, each) = (blocks.len(), blocks.iter().product::<usize>());
    if shape[0] % each != 0 {
        return Err(invalid(format!(
            "Input batch dimension ({}) is not divisible by product of block sizes ({each})",
            shape[0]
        )));
    }
    let apart: Vec<usize> = blocks.iter().copied().chain([shape[0] / each]).chain(shape[1..].iter().copied()).collect();
    let woven = (0..m).flat_map(|k| [m + 1 + k, k]);
    let order: Vec<isize> = [m].into_iter().chain(woven).chain(2 * m + 1..apart.len()).map(|k| k as isize).collect();
    let mut whole = vec![shape[0] / each];
    whole.extend((0..m).map(|k| shape[k + 1] * blocks[k]));
    whole.extend(&shape[m + 1..]);
    let crops = pairs(a, "crops", m)?;
    let (mut starts, mut limits) = (vec![0; whole.len()], whole.clone());
    for (axis, [before, after]) in crops.into_iter().enumerate() {
        let n = whole[axis + 1];
        if before + after > n {
            return Err(invalid(format!("crops {before} and {after} take more than the extent {n}")));
        }
        (starts[axis + 1], limits[axis + 1]) = (before, n - after);
    }
    let grown = x.reshape(&signed(&apart)).transpose(&order).reshape(&signed(&whole));
    Ok(grown.slice(&starts, &limits, &vec![1; whole.len()]).into())
}

fn required_paddings(a: &Args) -> Result<Out> {
    let (shape, blocks) = (a.ints("input_shape")?, a.ints("block_shape")?);
    let base = a.optional_ints("base_paddings")?.unwrap_or_else(|| vec![0; 2 * blocks.len()]);
    if shape.len() != blocks.len() || base.len() != 2 * blocks.len() {
        return Err(value_error("input_shape, block_shape and the rows of base_paddings must be as many"));
    }
    let (mut paddings, mut crops) = (vec![], vec![]);
    for (k, block) in blocks.iter().enumerate() {
        let (before, after) = (base[2 * k], base[2 * k + 1]);
        let more = (-(shape[k] + before + after)).rem_euclid((*block).max(1));
        paddings.extend([before, after + more]);
        crops.extend([0, more]);
    }
    let matrix = |list: &[i64]| list_of(list).convert(brolga::DType::I32).reshape(&[blocks.len() as isize, 2]);
    Ok(Out::tuple([matrix(&paddings), matrix(&crops)]))
}
