//! The same elements under other shapes and in another order.

use crate::arg::{Arg, Args, Out, extents, rank};
use crate::convert;
use crate::error::{Result, invalid, value_error};
use crate::{Row, Staged, Value};
use brolga::Tensor;
use brolga::graph::build::Source;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["reshape"], "tensor, shape, name=None", "The same elements under another shape.", reshape),
    Row::new(
        &["transpose"],
        "a, perm=None, conjugate=False, name='transpose'",
        "The axes in another order; without one they are reversed.",
        transpose,
    ),
    Row::new(
        &["linalg.matrix_transpose"],
        "a, name='matrix_transpose', conjugate=False",
        "The last two axes exchanged.",
        |a| {
            let x = at_least(a.tensor("a")?, 2)?;
            Ok(conjugated(x.matrix_transpose(), a.flag("conjugate")?).into())
        },
    ),
    Row::new(
        &["linalg.adjoint"],
        "matrix, name=None",
        "The conjugate of the matrices, with the last two axes exchanged.",
        |a| Ok(conjugated(at_least(a.tensor("matrix")?, 2)?.matrix_transpose(), true).into()),
    ),
    Row::new(&["expand_dims"], "input, axis, name=None", "An axis of extent 1 put in before `axis`.", expand_dims),
    Row::new(&["squeeze"], "input, axis=None, name=None", "Axes of extent 1 taken out.", squeeze),
    Row::new(&["concat"], "values, axis, name='concat'", "Tensors one after another along an axis.", concat),
    Row::new(
        &["stack"],
        "values, axis=0, name='stack'",
        "Tensors of one shape beside each other, along a new axis.",
        stack,
    ),
    Row::new(
        &["unstack"],
        "value, num=None, axis=0, name='unstack'",
        "The tensors that stand beside each other along an axis.",
        unstack,
    )
    .gives(|a| Ok(vec![a.tensor("value")?.dtype(); a.count("num")?])),
    Row::new(
        &["split"],
        "value, num_or_size_splits, axis=0, num=None, name='split'",
        "Pieces along an axis: so many of one size, or of the sizes given.",
        split,
    )
    .gives(|a| Ok(vec![a.tensor("value")?.dtype(); pieces(a)?])),
    Row::new(&["tile"], "input, multiples, name=None", "The tensor repeated as a whole along each axis.", |a| {
        let (x, multiples) = (a.tensor("input")?, a.shape("multiples")?);
        tile(&x, &multiples).map(Out::Value)
    }),
    Row::new(
        &["repeat"],
        "input, repeats, axis=None, name=None",
        "Each element (row, plane …) along an axis repeated.",
        repeat,
    ),
    Row::new(&["reverse"], "tensor, axis, name=None", "The axes read backwards.", reverse),
    Row::new(
        &["roll"],
        "input, shift, axis, name=None",
        "The elements moved along axes; what leaves at one end enters at the other.",
        roll,
    ),
    Row::new(
        &["broadcast_to"],
        "input, shape, name=None",
        "The tensor repeated to a shape, as NumPy broadcasts.",
        |a| {
            let (x, shape) = (a.tensor("input")?, a.shape("shape")?);
            extents(&x)?;
            Ok(x.broadcast_to(&shape).into())
        },
    ),
    Row::new(
        &["broadcast_dynamic_shape"],
        "shape_x, shape_y",
        "The shape two shapes broadcast to, as a tensor.",
        |a| {
            let like = a.pair("shape_x", "shape_y")?.0.dtype();
            let shape: Vec<i64> =
                common_shape(&a.shape("shape_x")?, &a.shape("shape_y")?)?.iter().map(|&n| n as i64).collect();
            Ok(list_of(&shape).convert(like).into())
        },
    ),
    Row::new(&["broadcast_static_shape"], "shape_x, shape_y", "The shape two shapes broadcast to.", |a| {
        let shape = common_shape(&a.shape("shape_x")?, &a.shape("shape_y")?)?;
        Ok(Out::Shape(Some(shape.into_iter().map(Some).collect())))
    }),
    Row::new(
        &["meshgrid"],
        "*args, indexing='xy', name=None",
        "The coordinates of a grid, a tensor for each axis.",
        meshgrid,
    ),
];

/// Extents as reshape takes them.
pub(super) fn signed(shape: &[usize]) -> Vec<isize> {
    shape.iter().map(|&n| isize::try_from(n).unwrap_or(isize::MAX)).collect()
}

/// A known list of whole numbers.
pub(super) fn list_of(numbers: &[i64]) -> Value {
    Staged.constant(
        Tensor::from_slice(&[numbers.len()], numbers).expect("law: a list of numbers in memory is no tensor too large"),
    )
}

/// The tensor, of at least this rank.
pub(super) fn at_least(x: Value, least: usize) -> Result<Value> {
    match rank(&x)? {
        rank if rank >= least => Ok(x),
        rank => Err(value_error(format!("Shape must be at least rank {least} but is rank {rank}"))),
    }
}

/// The conjugate of complex numbers, where asked for.
pub(super) fn conjugated(x: Value, asked: bool) -> Value {
    if asked && x.dtype().is_complex() { x.real().complex(-x.imag()) } else { x }
}

/// The shape two shapes broadcast to.
fn common_shape(x: &[usize], y: &[usize]) -> Result<Vec<usize>> {
    let rank = x.len().max(y.len());
    let at = |shape: &[usize], from_end: usize| shape.len().checked_sub(from_end).map_or(1, |k| shape[k]);
    let join = |from_end: usize| match (at(x, from_end), at(y, from_end)) {
        (m, n) if m == n || n == 1 => Ok(m),
        (1, n) => Ok(n),
        _ => Err(invalid(format!("Incompatible shapes: {x:?} vs. {y:?}"))),
    };
    (1..=rank).rev().map(join).collect()
}

fn reshape(a: &Args) -> Result<Out> {
    let shape: Vec<isize> = a.ints("shape")?.into_iter().map(|extent| extent as isize).collect();
    let tensor = a.tensor("tensor")?;
    extents(&tensor)?;
    Ok(tensor.reshape(&shape).into())
}

fn transpose(a: &Args) -> Result<Out> {
    let x = a.tensor("a")?;
    let rank = rank(&x)?;
    let permutation: Vec<isize> = match a.optional_ints("perm")? {
        Some(axes) => axes.into_iter().map(|axis| axis as isize).collect(),
        None => (0..rank as isize).rev().collect(),
    };
    if permutation.len() != rank {
        let found = permutation.len();
        return Err(invalid(format!(
            "transpose expects a vector of size {rank}. But input(1) is a vector of size {found}"
        )));
    }
    Ok(conjugated(x.transpose(&permutation), a.flag("conjugate")?).into())
}

fn expand_dims(a: &Args) -> Result<Out> {
    let x = a.tensor("input")?;
    let rank = rank(&x)? as i64;
    let axes = a.ints("axis")?;
    let [axis] = axes[..] else {
        return Err(invalid(format!("expand_dims takes one axis, {} were given", axes.len())));
    };
    if axis < -(rank + 1) || axis > rank {
        return Err(invalid(format!("Tried to expand dim index {axis} for tensor with {rank} dimensions.")));
    }
    Ok(x.expand_dims(&[axis as isize]).into())
}

fn squeeze(a: &Args) -> Result<Out> {
    let x = a.tensor("input")?;
    let shape = extents(&x)?;
    let axes = match a.optional_ints("axis")?.filter(|axes| !axes.is_empty()) {
        Some(axes) => axes.into_iter().map(|axis| convert::axis(axis, shape.len())).collect::<Result<Vec<usize>>>()?,
        None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
    };
    if let Some(&axis) = axes.iter().find(|&&axis| shape[axis] != 1) {
        let found = shape[axis];
        return Err(invalid(format!("Can not squeeze dim[{axis}], expected a dimension of 1, got {found}")));
    }
    let mut axes = axes;
    axes.sort_unstable();
    axes.dedup();
    Ok(x.squeeze(&signed(&axes)).into())
}

fn concat(a: &Args) -> Result<Out> {
    let parts = match a.raw("values") {
        Arg::List(_) => a.tensors_together("values")?,
        _ => vec![a.tensor("values")?],
    };
    let Some(first) = parts.first() else {
        return Err(value_error("concat: the list of tensors is empty\n  help: give at least one tensor"));
    };
    let shape = extents(first)?;
    let axes = a.ints("axis")?;
    let [axis] = axes[..] else { return Err(invalid("concat takes one axis, a scalar")) };
    if parts.len() == 1 {
        return Ok(first.clone().into());
    }
    let axis = convert::axis(axis, shape.len())?;
    for part in &parts[1..] {
        let other = extents(part)?;
        let agree = |k: usize| k == axis || other[k] == shape[k];
        if other.len() != shape.len() || !(0..shape.len()).all(agree) {
            return Err(invalid(format!(
                "ConcatOp : Dimensions of inputs should match: shape[0] = {shape:?} vs. {other:?}"
            )));
        }
    }
    Ok(joined(&parts, axis as isize).into())
}

/// Tensors one after another along an axis.
pub(super) fn joined(parts: &[Value], axis: isize) -> Value {
    let (first, rest) = parts.split_first().expect("law: there is a part");
    if rest.is_empty() { first.clone() } else { first.concat(&rest.iter().collect::<Vec<_>>(), axis) }
}

fn stack(a: &Args) -> Result<Out> {
    let parts = match a.raw("values") {
        Arg::List(args) if args.iter().all(is_number) => {
            convert::together(&args.iter().map(number).collect::<Result<Vec<_>>>()?.iter().collect::<Vec<_>>())?
        }
        _ => a.tensors_together("values")?,
    };
    let Some(first) = parts.first() else {
        return Err(value_error("stack: the list of tensors is empty\n  help: give at least one tensor"));
    };
    let (axis, rank) = (a.int("axis")?, rank(first)? as i64);
    if axis < -(rank + 1) || axis > rank {
        return Err(value_error(format!("Argument `axis` = {axis} not in range [{}, {})", -(rank + 1), rank + 1)));
    }
    convert::stack(&parts, axis as isize).map(Out::Value)
}

/// Whether an argument is a whole number, also one that another library holds.
fn is_number(arg: &Arg) -> bool {
    match arg {
        Arg::Int(_) => true,
        Arg::Array(array) => array.shape().is_empty() && array.dtype().is_integer(),
        _ => false,
    }
}

/// Numbers in a list are Python's: they are `int32` where they fit.
fn number(arg: &Arg) -> Result<Arg> {
    let numbers = convert::whole_numbers(arg)?;
    Ok(numbers.first().map_or(Arg::None, |number| Arg::Int(*number)))
}

fn unstack(a: &Args) -> Result<Out> {
    let x = a.tensor("value")?;
    let shape = extents(&x)?;
    let axis = a.axis("axis", shape.len())?;
    let count = shape[axis];
    match a.optional_int("num")? {
        Some(num) if num != count as i64 => {
            Err(value_error(format!("unstack: `num` is {num}, but axis {axis} has the extent {count}")))
        }
        _ => {
            let along = axis as isize;
            Ok(Out::list((0..count).map(|k| x.slice_axis(along, k, k + 1).squeeze(&[along]))))
        }
    }
}

fn split(a: &Args) -> Result<Out> {
    let x = a.tensor("value")?;
    let shape = extents(&x)?;
    let axis = a.axis("axis", shape.len())?;
    let sizes = piece_sizes(a, shape[axis], axis)?;
    if let Some(num) = a.optional_int("num")?.filter(|num| *num != sizes.len() as i64) {
        return Err(value_error(format!("split: `num` is {num}, but {} sizes are given", sizes.len())));
    }
    let mut start = 0;
    let piece = |size: usize| {
        start += size;
        x.slice_axis(axis as isize, start - size, start)
    };
    Ok(Out::list(sizes.into_iter().map(piece).collect::<Vec<_>>()))
}

/// How many pieces there are, where the sizes are not known.
fn pieces(a: &Args) -> Result<usize> {
    let sizes = a.raw("num_or_size_splits");
    match (a.optional_int("num")?, sizes) {
        (Some(num), _) => usize::try_from(num).map_err(|_| value_error(format!("split: `num` is {num}"))),
        (None, Arg::Int(count)) => usize::try_from(*count).map_err(|_| value_error(format!("split: {count} pieces"))),
        (None, Arg::List(sizes)) => Ok(sizes.len()),
        (None, sizes) => match extents(&convert::tensor(sizes, None)?)?.as_slice() {
            [count] => Ok(*count),
            _ => Err(value_error("Cannot infer argument `num` from the sizes of a split\n  help: give `num`")),
        },
    }
}

/// The sizes of the pieces of an axis; one may be −1: what is left.
fn piece_sizes(a: &Args, extent: usize, axis: usize) -> Result<Vec<usize>> {
    let sizes = a.ints("num_or_size_splits")?;
    let many = match a.raw("num_or_size_splits") {
        Arg::Int(_) => false,
        Arg::Tensor(value) => rank(value)? > 0,
        Arg::Array(array) => !array.shape().is_empty(),
        _ => true,
    };
    if !many {
        let count = usize::try_from(sizes[0]).ok().filter(|count| *count > 0 && extent.is_multiple_of(*count));
        let count = count.ok_or_else(|| {
            let wanted = sizes[0];
            invalid(format!("Dimension size must be evenly divisible by {wanted} but is {extent}, along axis {axis}"))
        })?;
        return Ok(vec![extent / count; count]);
    }
    let given: i64 = sizes.iter().filter(|size| **size >= 0).sum();
    let open = sizes.iter().filter(|size| **size < 0).count();
    let rest = extent as i64 - given;
    if open > 1 || rest < 0 || (open == 0 && rest != 0) || sizes.iter().any(|size| *size < -1) {
        return Err(invalid(format!(
            "Split: the sizes {sizes:?} do not add up to the extent {extent} of axis {axis}\n  help: one of them may be -1"
        )));
    }
    Ok(sizes.into_iter().map(|size| if size < 0 { rest } else { size } as usize).collect())
}

/// The tensor repeated as a whole along each axis.
pub(super) fn tile(x: &Value, multiples: &[usize]) -> Result<Value> {
    let shape = extents(x)?;
    if multiples.len() != shape.len() {
        let (rank, found) = (shape.len(), multiples.len());
        return Err(invalid(format!(
            "Expected multiples argument to be a vector of length {rank} but got length {found}"
        )));
    }
    let whole: Vec<usize> = multiples.iter().zip(&shape).flat_map(|(&times, &n)| [times, n]).collect();
    let own: Vec<usize> = (0..shape.len()).map(|axis| 2 * axis + 1).collect();
    let result: Vec<usize> = multiples.iter().zip(&shape).map(|(times, n)| times * n).collect();
    Ok(x.broadcast_in_dim(&whole, &own).reshape(&signed(&result)))
}

fn repeat(a: &Args) -> Result<Out> {
    let mut x = a.tensor("input")?;
    let counts = a.shape("repeats")?;
    let axis = match a.optional_int("axis")? {
        Some(axis) => convert::axis(axis, rank(&x)?)?,
        None => {
            extents(&x)?;
            x = x.reshape(&[-1]);
            0
        }
    };
    let mut shape = extents(&x)?;
    let along = axis as isize;
    if let [count] = counts[..] {
        let mut whole = shape.clone();
        whole.insert(axis + 1, count);
        let own: Vec<usize> = (0..whole.len()).filter(|k| *k != axis + 1).collect();
        shape[axis] *= count;
        return Ok(x.broadcast_in_dim(&whole, &own).reshape(&signed(&shape)).into());
    }
    if counts.len() != shape[axis] {
        let (extent, found) = (shape[axis], counts.len());
        return Err(invalid(format!("repeats must have the length of axis {axis}, which is {extent}; it has {found}")));
    }
    let places = counts.iter().enumerate().flat_map(|(k, &count)| std::iter::repeat_n(k as i64, count));
    Ok(x.take(&list_of(&places.collect::<Vec<_>>()), along).into())
}

fn reverse(a: &Args) -> Result<Out> {
    let x = a.tensor("tensor")?;
    let rank = rank(&x)?;
    let axes = a.ints("axis")?.into_iter().map(|axis| convert::axis(axis, rank)).collect::<Result<Vec<usize>>>()?;
    Ok(x.reverse(&signed(&axes)).into())
}

fn roll(a: &Args) -> Result<Out> {
    let mut x = a.tensor("input")?;
    let shape = extents(&x)?;
    let (shifts, axes) = (a.ints("shift")?, a.ints("axis")?);
    if shifts.len() != axes.len() {
        let (m, n) = (shifts.len(), axes.len());
        return Err(invalid(format!("shift and axis must have the same size, they have {m} and {n}")));
    }
    if shape.is_empty() {
        return Err(invalid("input must be 1-D or higher"));
    }
    for (shift, axis) in shifts.into_iter().zip(axes) {
        let axis = convert::axis(axis, shape.len())?;
        let (n, along) = (shape[axis], axis as isize);
        let shift = if n == 0 { 0 } else { shift.rem_euclid(n as i64) as usize };
        if shift > 0 {
            x = x.slice_axis(along, n - shift, n).concat(&[&x.slice_axis(along, 0, n - shift)], along);
        }
    }
    Ok(x.into())
}

fn meshgrid(a: &Args) -> Result<Out> {
    let parts = a.tensors("args")?;
    let first_two = match a.text("indexing")? {
        "xy" => parts.len() > 1,
        "ij" => false,
        other => return Err(value_error(format!("indexing must be 'xy' or 'ij', got {other:?}"))),
    };
    let mut flat = vec![];
    let mut shape = vec![];
    for part in &parts {
        shape.push(extents(part)?.iter().product::<usize>());
        flat.push(part.reshape(&[-1]));
    }
    if first_two {
        shape.swap(0, 1);
    }
    let axis = |k: usize| if first_two && k < 2 { 1 - k } else { k };
    Ok(Out::list(flat.iter().enumerate().map(|(k, part)| part.broadcast_in_dim(&shape, &[axis(k)]))))
}
