//! Boxes cut out of tensors: slices, strided slices, Python's index.

use super::movement::signed;
use crate::arg::{Arg, Args, Out, extents, known, rank};
use crate::convert;
use crate::define::{guarded_range, raised};
use crate::error::{Result, invalid, type_error, value_error};
use crate::{Row, Value};
use brolga::DType;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["slice"],
        "input_, begin, size, name=None",
        "A box: where it begins, and its extents; -1 goes to the end.",
        slice,
    ),
    Row::new(
        &["strided_slice"],
        "input_, begin, end, strides=None, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0, var=None, name=None",
        "A box of every so-manieth element, with masks for what Python's index can say.",
        strided_slice,
    ),
    Row::new(
        &["experimental.getitem"],
        "tensor, index",
        "What Python's index takes out of a tensor: numbers, slices, `...`, `None`, a bool mask.",
        getitem,
    ),
];

fn slice(a: &Args) -> Result<Out> {
    let x = a.tensor("input_")?;
    let shape = extents(&x)?;
    let sizes = a.ints("size")?;
    if sizes.len() != shape.len() {
        let (rank, found) = (shape.len(), sizes.len());
        return Err(invalid(format!(
            "Expected begin and size arguments to be 1-D tensors of size {rank}, but got {found}"
        )));
    }
    if let Some(moving) = moving_start(a, &sizes)? {
        return cut_at(&x, &shape, &moving, &sizes).map(Out::Value);
    }
    let begins = a.ints("begin")?;
    if begins.len() != shape.len() {
        let (rank, found) = (shape.len(), begins.len());
        return Err(invalid(format!(
            "Expected begin and size arguments to be 1-D tensors of size {rank}, but got {found}"
        )));
    }
    let (mut starts, mut limits) = (vec![], vec![]);
    for (axis, (&begin, &size)) in begins.iter().zip(&sizes).enumerate() {
        let n = shape[axis] as i64;
        let size = if size == -1 { n - begin } else { size };
        if begin < 0 || begin > n || size < 0 || begin + size > n {
            return Err(invalid(format!(
                "Expected begin[{axis}] in [0, {n}] and begin + size within the axis, but got begin {begin} and size {size}"
            )));
        }
        starts.push(begin as usize);
        limits.push((begin + size) as usize);
    }
    Ok(x.slice(&starts, &limits, &vec![1; shape.len()]).into())
}

/// The begin of a box whose place is data and whose extents are known.
fn moving_start(a: &Args, sizes: &[i64]) -> Result<Option<Value>> {
    let Arg::Tensor(begin) = a.raw("begin") else { return Ok(None) };
    Ok((known(begin).is_none() && sizes.iter().all(|size| *size >= 0)).then(|| begin.clone()))
}

fn cut_at(x: &Value, shape: &[usize], begin: &Value, sizes: &[i64]) -> Result<Value> {
    if extents(begin)? != [shape.len()] {
        return Err(invalid(format!("begin must be a vector of {} elements", shape.len())));
    }
    let starts: Vec<Value> = (0..shape.len()).map(|k| begin.slice_axis(0, k, k + 1).reshape(&[])).collect();
    let sizes: Vec<usize> = sizes.iter().map(|&size| size as usize).collect();
    if let Some(axis) = (0..shape.len()).find(|&axis| sizes[axis] > shape[axis]) {
        return Err(invalid(format!("size[{axis}] is {}, more than the extent {}", sizes[axis], shape[axis])));
    }
    Ok(x.dynamic_slice(&starts.iter().collect::<Vec<_>>(), &sizes))
}

/// What an index says of one axis, or between axes.
enum Item {
    /// One place; the axis goes away.
    At(i64),
    /// One place, given by data; the axis goes away.
    AtValue(Value),
    /// From start to stop by step; `None` where nothing bounds it.
    Range(Option<i64>, Option<i64>, i64),
    /// A new axis of extent 1.
    NewAxis,
    /// As many whole axes as are left.
    Rest,
}

fn strided_slice(a: &Args) -> Result<Out> {
    let x = a.tensor("input_")?;
    let (begin, end) = (a.ints("begin")?, a.ints("end")?);
    let strides = a.optional_ints("strides")?.unwrap_or_else(|| vec![1; begin.len()]);
    if begin.len() != end.len() || begin.len() != strides.len() {
        return Err(invalid("Expected begin, end, and strides to be 1D equal size tensors"));
    }
    let mask = |name: &str| a.int(name);
    let (begins, ends, rests, news, shrinks) = (
        mask("begin_mask")?,
        mask("end_mask")?,
        mask("ellipsis_mask")?,
        mask("new_axis_mask")?,
        mask("shrink_axis_mask")?,
    );
    let has = |mask: i64, k: usize| k < 63 && mask >> k & 1 == 1;
    let item = |k: usize| match () {
        () if has(rests, k) => Item::Rest,
        () if has(news, k) => Item::NewAxis,
        () if has(shrinks, k) => Item::At(begin[k]),
        () => {
            let bound = |mask: i64, value: i64| (!has(mask, k)).then_some(value);
            Item::Range(bound(begins, begin[k]), bound(ends, end[k]), strides[k])
        }
    };
    let items: Vec<Item> = (0..begin.len()).map(item).collect();
    cut(&x, &items).map(Out::Value)
}

fn getitem(a: &Args) -> Result<Out> {
    let x = a.tensor("tensor")?;
    let index = a.raw("index");
    if let Some(mask) = mask(index) {
        return super::selecting::masked(&x, &convert::tensor(mask, None)?, 0).map(Out::Value);
    }
    let parts = match index {
        Arg::List(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    let items = parts.iter().map(item).collect::<Result<Vec<Item>>>()?;
    cut(&x, &items).map(Out::Value)
}

/// The index, where it is a mask of bools that has axes.
fn mask(index: &Arg) -> Option<&Arg> {
    let is_mask = match index {
        Arg::Tensor(value) => value.dtype() == DType::Bool && value.ty().rank() != Some(0),
        Arg::Array(array) => array.dtype() == DType::Bool && !array.shape().is_empty(),
        _ => false,
    };
    is_mask.then_some(index)
}

fn item(arg: &Arg) -> Result<Item> {
    let refused = || {
        type_error(format!(
            "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are valid indices, got {arg:?}"
        ))
    };
    match arg {
        Arg::None => Ok(Item::NewAxis),
        Arg::Ellipsis => Ok(Item::Rest),
        Arg::Int(place) => Ok(Item::At(i64::try_from(*place).map_err(|_| refused())?)),
        Arg::Tensor(value) if value.dtype().is_integer() && rank(value)? == 0 => match known(value) {
            Some(_) => Ok(Item::At(bound(arg)?.ok_or_else(refused)?)),
            None => Ok(Item::AtValue(value.clone())),
        },
        Arg::Array(array) if array.dtype().is_integer() && array.shape().is_empty() => {
            Ok(Item::At(bound(arg)?.ok_or_else(refused)?))
        }
        Arg::Slice(parts) => {
            let [start, stop, step] = &**parts;
            Ok(Item::Range(bound(start)?, bound(stop)?, bound(step)?.unwrap_or(1)))
        }
        _ => Err(refused()),
    }
}

/// A bound of a slice; waits for a tensor's value.
fn bound(arg: &Arg) -> Result<Option<i64>> {
    if let Arg::None = arg {
        return Ok(None);
    }
    let float = match arg {
        Arg::Float(_) => true,
        Arg::Tensor(value) => !value.dtype().is_integer(),
        _ => false,
    };
    let numbers = if float { vec![] } else { convert::whole_numbers(arg)? };
    let [number] = numbers[..] else {
        return Err(type_error(format!("the bounds of a slice are integers or None, got {arg:?}")));
    };
    // A bound beyond 64 bits lies beyond every extent too.
    Ok(Some(i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })))
}

/// A cut in the making: a slice with positive strides, axes to read backwards, and the shape at the end.
#[derive(Default)]
struct Cut {
    starts: Vec<usize>,
    limits: Vec<usize>,
    strides: Vec<usize>,
    backwards: Vec<usize>,
    moving: Vec<(usize, Value)>,
    result: Vec<usize>,
}

impl Cut {
    fn whole(&mut self, n: usize) {
        self.push(0, n, 1);
        self.result.push(n);
    }

    fn push(&mut self, start: usize, limit: usize, stride: usize) {
        self.starts.push(start);
        self.limits.push(limit);
        self.strides.push(stride);
    }

    fn range(&mut self, n: usize, start: Option<i64>, stop: Option<i64>, step: i64) -> Result<()> {
        if step == 0 {
            return Err(invalid(format!("strides[{}] must be non-zero", self.starts.len())));
        }
        let (start, count) = walk(n as i64, start, stop, step);
        let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
        let span = count.saturating_sub(1) * if count > 1 { stride } else { 0 };
        let (low, high) = match (count, step > 0) {
            (0, _) => (0, 0),
            (_, true) => (start, start + span + 1),
            (_, false) => (start - span, start + 1),
        };
        if step < 0 && count > 1 {
            self.backwards.push(self.starts.len());
        }
        self.push(low, high, if count > 1 { stride } else { 1 });
        self.result.push(count);
        Ok(())
    }

    fn at(&mut self, n: usize, place: i64) -> Result<()> {
        let bound = n as i64;
        if place < -bound || place >= bound {
            let axis = self.starts.len();
            return Err(invalid(format!("slice index {place} of dimension {axis} out of bounds.")));
        }
        let place = if place < 0 { place + bound } else { place } as usize;
        self.push(place, place + 1, 1);
        Ok(())
    }

    fn of(&self, x: &Value, shape: &[usize]) -> Value {
        let mut cut = x.clone();
        for (axis, place) in &self.moving {
            let zero = place.zeros_like();
            let last = shape[*axis] as i64;
            let place = place.lt(&zero).select(&(place + last), place);
            let starts: Vec<&Value> = (0..shape.len()).map(|k| if k == *axis { &place } else { &zero }).collect();
            let mut sizes = extents(&cut).unwrap_or_default();
            sizes[*axis] = 1;
            cut = cut.dynamic_slice(&starts, &sizes);
        }
        let whole = self.strides.iter().all(|stride| *stride == 1)
            && self.starts.iter().all(|start| *start == 0)
            && extents(&cut).is_ok_and(|extents| extents == self.limits);
        if !whole {
            cut = cut.slice(&self.starts, &self.limits, &self.strides);
        }
        if !self.backwards.is_empty() {
            cut = cut.reverse(&signed(&self.backwards));
        }
        cut.reshape(&signed(&self.result))
    }
}

/// Where a walk over `n` places begins and how many it sees, by Python's rules.
fn walk(n: i64, start: Option<i64>, stop: Option<i64>, step: i64) -> (usize, usize) {
    let (least, most) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let within = |place: i64| if place < 0 { place.saturating_add(n).max(least) } else { place.min(most) };
    let start = start.map_or(if step > 0 { least } else { most }, within);
    let stop = stop.map_or(if step > 0 { most } else { least }, within);
    let distance = if step > 0 { stop - start } else { start - stop };
    let count = if distance <= 0 { 0 } else { (distance as u64).div_ceil(step.unsigned_abs()) };
    (start.max(0) as usize, count as usize)
}

/// A place given by data, which counts from the front or from the end.
fn within(place: &Value, axis: usize, n: usize) -> Result<Value> {
    let range = -(n as i64)..n as i64;
    let inside = range.clone();
    guarded_range(place, format!("an index of dimension {axis}, whose extent is {n}"), range, move |place| {
        let out = |place: &i128| !i64::try_from(*place).is_ok_and(|place| inside.contains(&place));
        match convert::integers(place).map_err(raised)?.into_iter().find(out) {
            Some(place) => Err(raised(invalid(format!("slice index {place} of dimension {axis} out of bounds.")))),
            None => Ok(()),
        }
    })
}

/// The box that the items cut out.
fn cut(x: &Value, items: &[Item]) -> Result<Value> {
    let shape = extents(x)?;
    let takes = items.iter().filter(|item| !matches!(item, Item::NewAxis | Item::Rest)).count();
    let rests = items.iter().filter(|item| matches!(item, Item::Rest)).count();
    if rests > 1 {
        return Err(value_error("Multiple ellipses in slice spec not allowed"));
    }
    let Some(left) = shape.len().checked_sub(takes) else {
        let rank = shape.len();
        return Err(invalid(format!("Index out of range using input dim {rank}; input has only {rank} dims")));
    };
    let mut cut = Cut::default();
    for item in items {
        let axis = cut.starts.len();
        match item {
            Item::NewAxis => cut.result.push(1),
            Item::Rest => (axis..axis + left).for_each(|axis| cut.whole(shape[axis])),
            Item::At(place) => cut.at(shape[axis], *place)?,
            Item::AtValue(place) => {
                cut.moving.push((axis, within(place, axis, shape[axis])?));
                cut.push(0, 1, 1);
            }
            Item::Range(start, stop, step) => cut.range(shape[axis], *start, *stop, *step)?,
        }
    }
    (cut.starts.len()..shape.len()).for_each(|axis| cut.whole(shape[axis]));
    Ok(cut.of(x, &shape))
}
