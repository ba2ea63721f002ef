//! Gathers and scatters: each is the other's reversal.

use super::error::GradientError;
use super::pen::{Pen, signed};
use super::sweep::Sweep;
use crate::graph::build::word_region;
use crate::graph::{Graph, Node, Op, Region, Value};
use crate::shape::{Axes, TensorType};
use crate::tensor::Tensor;
use brolga_codegen::attributes::{Gather, Offsets, Scatter};
use brolga_codegen::{Binary, DType, Direction};
use smallvec::smallvec;

/// What a scatter does with two values that meet.
#[derive(Clone, Copy, PartialEq)]
enum Meeting {
    Word(Binary),
    /// The update stays.
    Later,
}

impl Sweep<'_> {
    /// What was taken is added where it was taken from; places too far out are moved in, as the gather did.
    pub(super) fn gather(&mut self, node: &Node, gather: &Gather, g: Value) {
        let (x, indices) = (node.inputs[0], node.inputs[1]);
        let sizes = slice_sizes(gather, self.pen.rank(x), &self.pen.extents(g));
        let extents = self.pen.extents(x);
        let most: Vec<i64> = gather.start_index_map.iter().map(|&axis| signed(extents[axis] - sizes[axis])).collect();
        let pen = &mut self.pen;
        let dtype = pen.dtype(indices);
        let most: Vec<i64> = most.iter().map(|&n| n.min(greatest(dtype))).collect();
        let most = per_component(pen, indices, gather.index_vector_dim, &most);
        let most = pen.convert(most, dtype);
        let least = pen.zeros_like(indices);
        let ty = pen.ty(indices);
        let inside = pen.put(Op::Clamp, &[least, indices, most], ty);
        let dims = Scatter {
            update_window_dims: gather.offset_dims.clone(),
            inserted_window_dims: gather.collapsed_slice_dims.clone(),
            input_batching_dims: gather.operand_batching_dims.clone(),
            scatter_indices_batching_dims: gather.start_indices_batching_dims.clone(),
            scatter_dims_to_operand_dims: gather.start_index_map.clone(),
            index_vector_dim: gather.index_vector_dim,
            ..Scatter::default()
        };
        let zeros = pen.zeros_like(x);
        let cotangent = scattered(pen, zeros, inside, g, dims, Binary::Add);
        self.give(x, cotangent);
    }

    /// (inputs …, indices, updates …), each input with its update on its own.
    pub(super) fn scatter(
        &mut self,
        node: &Node,
        dims: &Scatter,
        body: &Region,
        g: &[Option<Value>],
    ) -> Result<(), GradientError> {
        let n = g.len();
        let indices = node.inputs[n];
        let reason = "its body is none of sum, product, maximum, minimum and replacement of each operand on its own";
        let meetings = meetings(body, n).ok_or_else(|| GradientError::no_rule(node, reason))?;
        for (k, result) in node.results().enumerate() {
            let Some(g) = g[k] else { continue };
            let (x, update) = (node.inputs[k], node.inputs[n + 1 + k]);
            let at = Places { indices, dims, update };
            match meetings[k] {
                Meeting::Word(Binary::Add) => {
                    self.give(x, g);
                    self.give_taken(&at, g);
                }
                Meeting::Later => self.replaced(&at, x, g),
                Meeting::Word(Binary::Multiply) => self.multiplied(&at, x, result, g),
                Meeting::Word(Binary::Maximum | Binary::Minimum) => self.extreme_of(&at, x, result, g),
                Meeting::Word(_) => return Err(GradientError::no_rule(node, reason)),
            }
        }
        Ok(())
    }

    fn give_taken(&mut self, at: &Places, g: Value) {
        if self.wants(at.update) {
            let taken = at.taken(&mut self.pen, g);
            self.give(at.update, taken);
        }
    }

    /// Of several updates of one place the last stays: it alone has a gradient.
    fn replaced(&mut self, at: &Places, x: Value, g: Value) {
        let pen = &mut self.pen;
        let extents = pen.extents(at.update);
        let count = extents.iter().product();
        let numbers = pen.iota(&[count], 0);
        let numbers = pen.reshape(numbers, &extents);
        let numbers = pen.plus(numbers, 1);
        let none = pen.number(0, &TensorType::of(DType::I64, &pen.extents(x)));
        let later = later(pen, DType::I64);
        let ty = pen.ty(none);
        let stayed = pen.put(Op::Scatter(at.dims.clone().into(), later), &[none, at.indices, numbers], ty);
        if self.wants(x) {
            let untouched = self.pen.compare_to(Direction::Eq, stayed, 0);
            let cotangent = self.pen.keep(untouched, g);
            self.give(x, cotangent);
        }
        if self.wants(at.update) {
            let pen = &mut self.pen;
            let (winner, taken) = (at.taken(pen, stayed), at.taken(pen, g));
            let stays = pen.compare(Direction::Eq, winner, numbers);
            let cotangent = pen.keep(stays, taken);
            self.give(at.update, cotangent);
        }
    }

    /// Each factor's gradient is the product of all others. Where the program promises that no place is updated twice
    /// these are the operand's; else the whole product is divided by the factor, which must not be 0.
    fn multiplied(&mut self, at: &Places, x: Value, result: Value, g: Value) {
        if self.wants(x) {
            let pen = &mut self.pen;
            let ones = pen.number_like(1, x);
            let factors = scattered(pen, ones, at.indices, at.update, at.dims.clone(), Binary::Multiply);
            let turned = pen.conj(factors);
            let cotangent = pen.mul(g, turned);
            self.give(x, cotangent);
        }
        if self.wants(at.update) {
            let pen = &mut self.pen;
            let others = if at.dims.unique_indices { x } else { result };
            let turned = pen.conj(others);
            let product = pen.mul(g, turned);
            let mut cotangent = at.taken(pen, product);
            if !at.dims.unique_indices {
                let factor = pen.conj(at.update);
                cotangent = pen.div(cotangent, factor);
            }
            self.give(at.update, cotangent);
        }
    }

    /// All that equal the greatest (or least) share equally, as in TensorFlow.
    fn extreme_of(&mut self, at: &Places, x: Value, result: Value, g: Value) {
        let pen = &mut self.pen;
        let dtype = pen.dtype(g);
        let here = at.taken(pen, result);
        let (own, new) = (pen.compare(Direction::Eq, x, result), pen.compare(Direction::Eq, at.update, here));
        let (own_count, new_count) = (pen.convert(own, dtype), pen.convert(new, dtype));
        let count = scattered(pen, own_count, at.indices, new_count, at.dims.clone(), Binary::Add);
        let share = pen.div(g, count);
        let of_x = pen.keep(own, share);
        let taken = at.taken(pen, share);
        let of_update = pen.keep(new, taken);
        self.give(x, of_x);
        self.give(at.update, of_update);
    }
}

/// Where the updates of a scatter go.
struct Places<'a> {
    indices: Value,
    dims: &'a Scatter,
    update: Value,
}

impl Places<'_> {
    /// What stands in `x` at the places of the updates; zero at places out of bounds, which the scatter left out. A
    /// border as wide as a window stands around, so that a window partly outside is not moved in.
    fn taken(&self, pen: &mut Pen, x: Value) -> Value {
        let dims = self.dims;
        let (extents, windows) = (pen.extents(x), pen.extents(self.update));
        let dropped =
            |axis: &usize| dims.inserted_window_dims.contains(axis) || dims.input_batching_dims.contains(axis);
        let mut sizes: Axes = smallvec![1; extents.len()];
        let window = (0..extents.len()).filter(|axis| !dropped(axis));
        window.zip(&dims.update_window_dims).for_each(|(axis, &update)| sizes[axis] = windows[update]);
        let mut border: Offsets = smallvec![0; extents.len()];
        dims.scatter_dims_to_operand_dims.iter().for_each(|&axis| border[axis] = signed(sizes[axis]));
        let none: Axes = smallvec![0; extents.len()];
        let wide = pen.pad_zero(x, &border, &border, &none);
        let indices = pen.convert(self.indices, DType::I64);
        let component = |f: &dyn Fn(usize) -> i64| -> Vec<i64> {
            dims.scatter_dims_to_operand_dims.iter().map(|&axis| f(axis)).collect()
        };
        let least = per_component(pen, indices, dims.index_vector_dim, &component(&|axis| -border[axis]));
        let most = per_component(pen, indices, dims.index_vector_dim, &component(&|axis| signed(extents[axis])));
        let shift = per_component(pen, indices, dims.index_vector_dim, &component(&|axis| border[axis]));
        let ty = pen.ty(indices);
        let held = pen.put(Op::Clamp, &[least, indices, most], ty);
        let shifted = pen.add(held, shift);
        let gather = Gather {
            offset_dims: dims.update_window_dims.clone(),
            collapsed_slice_dims: dims.inserted_window_dims.clone(),
            operand_batching_dims: dims.input_batching_dims.clone(),
            start_indices_batching_dims: dims.scatter_indices_batching_dims.clone(),
            start_index_map: dims.scatter_dims_to_operand_dims.clone(),
            index_vector_dim: dims.index_vector_dim,
            slice_sizes: sizes,
            indices_are_sorted: false,
        };
        let ty = TensorType::of(pen.dtype(x), &windows);
        pen.put(Op::Gather(gather.into()), &[wide, shifted], ty)
    }
}

/// One number for each component of the index vectors, repeated over their shape, as `i64`.
fn per_component(pen: &mut Pen, indices: Value, axis: usize, numbers: &[i64]) -> Value {
    let extents = pen.extents(indices);
    let list = Tensor::from_slice(&[numbers.len()], numbers).expect("law: a short list can be allocated");
    let list = pen.put(Op::Constant(list.into()), &[], TensorType::of(DType::I64, &[numbers.len()]));
    if axis < extents.len() {
        return pen.broadcast(list, &[axis], &extents);
    }
    let one = pen.reshape(list, &[]);
    pen.broadcast(one, &[], &extents)
}

/// The greatest number of an integer type, as far as an `i64` holds it.
fn greatest(dtype: DType) -> i64 {
    let unsigned = matches!(dtype, DType::U8 | DType::U16 | DType::U32 | DType::U64);
    let bits = dtype.bits() - usize::from(!unsigned);
    if bits >= 63 { i64::MAX } else { (1 << bits) - 1 }
}

/// The extents of a gather's slices; a dynamic gather's follow from its result.
fn slice_sizes(gather: &Gather, rank: usize, result: &[usize]) -> Axes {
    if gather.slice_sizes.len() == rank {
        return gather.slice_sizes.clone();
    }
    let mut kept = gather.offset_dims.iter().map(|&axis| result[axis]);
    let dropped =
        |axis: usize| gather.collapsed_slice_dims.contains(&axis) || gather.operand_batching_dims.contains(&axis);
    (0..rank).map(|axis| if dropped(axis) { 1 } else { kept.next().unwrap_or(1) }).collect()
}

/// Updates combined into x by a word.
fn scattered(pen: &mut Pen, x: Value, indices: Value, updates: Value, dims: Scatter, word: Binary) -> Value {
    let ty = pen.ty(x);
    let body = word_region(word, ty.dtype);
    pen.put(Op::Scatter(dims.into(), body), &[x, indices, updates], ty)
}

/// `updates` added to a vector at `places`, of the same shape.
pub(super) fn scatter_flat(pen: &mut Pen, vector: Value, places: Value, updates: Value) -> Value {
    let dims = Scatter {
        inserted_window_dims: smallvec![0],
        scatter_dims_to_operand_dims: smallvec![0],
        index_vector_dim: pen.rank(places),
        ..Scatter::default()
    };
    scattered(pen, vector, places, updates, dims, Binary::Add)
}

/// The elements of a vector at `places`.
pub(super) fn gather_flat(pen: &mut Pen, vector: Value, places: Value) -> Value {
    let dims = Gather {
        collapsed_slice_dims: smallvec![0],
        start_index_map: smallvec![0],
        index_vector_dim: pen.rank(places),
        slice_sizes: smallvec![1],
        ..Gather::default()
    };
    let ty = TensorType::of(pen.dtype(vector), &pen.extents(places));
    pen.put(Op::Gather(dims.into()), &[vector, places], ty)
}

/// A region that gives back the second of two scalars.
fn later(pen: &mut Pen, dtype: DType) -> Region {
    let mut inner = pen.inner("body");
    inner.parameter(TensorType::scalar(dtype));
    let second = inner.parameter(TensorType::scalar(dtype));
    pen.close(inner, vec![second])
}

/// What the body does with each input and its update, where it treats each pair on its own.
fn meetings(body: &Graph, n: usize) -> Option<Vec<Meeting>> {
    let number = |k: usize| u32::try_from(k).map(Value).ok();
    let own = |k: usize| -> Option<Meeting> {
        let (result, old, new) = (body.results()[k], number(k)?, number(n + k)?);
        if result == new {
            return Some(Meeting::Later);
        }
        let node = body.nodes().iter().find(|node| node.results().any(|value| value == result))?;
        let Op::Binary(word) = node.op else { return None };
        (node.inputs[..] == [old, new] || node.inputs[..] == [new, old]).then_some(Meeting::Word(word))
    };
    (0..n).map(own).collect()
}
