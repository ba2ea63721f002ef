//! What loops keep of their turns: buffers of as many places as there may be turns, or stacks that grow where nobody can tell
//! how many there will be, or how large what they carry.
//!
//! A stack is two tensors: elements one after the other, with room behind them, and a directory: how many entries there are,
//! how many elements, and for each entry where it begins, its rank and its extents. Both grow to twice their size when the
//! room runs out, and are written in place where nobody else holds them.

use super::error::GradientError;
use super::loops::stack_of;
use super::pen::Pen;
use crate::graph::deferred::{Deferred, DeferredError, Definition, Given, Ran, loosen};
use crate::graph::{Graph, GraphBuilder, Literal, Node, Op, Place, Value};
use crate::shape::{Axes, Shape, TensorType};
use crate::site::Site;
use crate::tensor::Tensor;
use brolga_codegen::DType;
use smallvec::smallvec;
use std::sync::Arc;

/// The greatest rank of an entry.
const MOST_AXES: usize = 8;
/// Numbers of the directory before its entries, and of each entry.
const HEAD: usize = 2;
const ENTRY: usize = 2 + MOST_AXES;

/// Room for something of each turn of a loop.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Room {
    /// Buffers of so many places.
    Places(usize),
    /// Stacks.
    Growing,
}

impl Room {
    /// A stack for values of these types, one of a turn after the other, unless there can be none.
    pub(super) fn growing(types: &[TensorType], node: &Node) -> Result<Room, GradientError> {
        if types.iter().any(|ty| ty.dtype == DType::String || ty.rank().is_some_and(|rank| rank > MOST_AXES)) {
            let reason = "its turns cannot be counted beforehand, and it holds strings, or tensors of more than 8 axes";
            return Err(GradientError::no_rule(node, reason));
        }
        Ok(Room::Growing)
    }

    /// Nothing kept yet, for values of these types.
    pub(super) fn empty(self, pen: &mut Pen, types: &[TensorType]) -> Vec<Value> {
        let mut made = vec![];
        for ty in types {
            match self {
                Room::Places(count) => made.push(pen.empty(&stack_of(ty, count))),
                Room::Growing => {
                    for (dtype, count) in [(ty.dtype, 0), (DType::I64, HEAD)] {
                        let none = pen.empty(&TensorType::of(dtype, &[count]));
                        made.push(pen.loosened(none, &line(dtype)));
                    }
                }
            }
        }
        made
    }

    /// With one value more of each, of turn number `at`.
    pub(super) fn put(self, pen: &mut Pen, kept: &[Value], at: Value, values: &[Value]) -> Vec<Value> {
        let parts = kept.chunks(self.width()).zip(values);
        let one = |(part, &value): (&[Value], &Value)| match self {
            Room::Places(_) => vec![pen.with_place(part[0], at, value)],
            Room::Growing => {
                let types = [line(pen.dtype(part[0])), line(DType::I64)];
                pen.several(op(Push), &[part[0], part[1], value], &types).to_vec()
            }
        };
        parts.flat_map(one).collect()
    }

    /// What was kept of turn number `at`.
    pub(super) fn take(self, pen: &mut Pen, kept: &[Value], at: Value, types: &[TensorType]) -> Vec<Value> {
        let parts = kept.chunks(self.width()).zip(types);
        let one = |(part, ty): (&[Value], &TensorType)| match self {
            Room::Places(_) => pen.place(part[0], at),
            Room::Growing => pen.put(op(At), &[part[0], part[1], at], ty.clone()),
        };
        parts.map(one).collect()
    }

    /// How many tensors hold what is kept of one value.
    pub(super) fn width(self) -> usize {
        match self {
            Room::Places(_) => 1,
            Room::Growing => 2,
        }
    }
}

fn op(definition: impl Definition + 'static) -> Op {
    Op::Deferred(Deferred(Arc::new(definition)))
}

/// The type of one of a stack's tensors.
fn line(dtype: DType) -> TensorType {
    TensorType { dtype, shape: Shape::Ranked(smallvec![None]) }
}

impl Pen {
    /// The value, of which no more is said than a type says.
    pub(super) fn loosened(&mut self, value: Value, ty: &TensorType) -> Value {
        self.put(loosen(), &[value], ty.clone())
    }
}

fn raised(error: impl std::error::Error + Send + Sync + 'static) -> DeferredError {
    DeferredError(Arc::new(error))
}

/// A directory.
struct Directory<'a>(&'a [i64]);

impl<'a> Directory<'a> {
    fn of(tensor: &'a Tensor) -> Directory<'a> {
        Directory(tensor.as_slice::<i64>().expect("law: a directory holds i64"))
    }

    fn number(&self, k: usize) -> usize {
        usize::try_from(self.0[k]).expect("law: a directory holds counts")
    }

    fn entries(&self) -> usize {
        self.number(0)
    }

    fn elements(&self) -> usize {
        self.number(1)
    }

    /// Where an entry begins, and its extents.
    fn entry(&self, k: usize) -> (usize, Axes) {
        let start = HEAD + k * ENTRY;
        let extents = (0..self.number(start + 1)).map(|axis| self.number(start + 2 + axis));
        (self.number(start), extents.collect())
    }
}

/// A tensor with room for `count` elements at least, of which the first `used` are those of another: itself where it may be
/// written and is long enough.
fn with_room(tensor: Tensor, used: usize, count: usize) -> Result<Tensor, DeferredError> {
    let mut tensor = tensor;
    if tensor.len() >= count && tensor.array_mut().is_some() {
        return Ok(tensor);
    }
    let longer = if tensor.len() >= count { tensor.len() } else { count.max(2 * tensor.len()) };
    let size = tensor.dtype().size();
    let made = Tensor::build(tensor.dtype(), &[longer], |out| {
        let (old, rest) = out.bytes().split_at_mut(used * size);
        old.copy_from_slice(&tensor.bytes()[..used * size]);
        rest.fill(0);
    });
    made.map_err(raised)
}

/// (elements, directory, value) → the same with the value as one entry more.
struct Push;

impl Push {
    /// The directory with an entry for a value of these extents.
    fn entered(directory: Tensor, extents: &[usize]) -> Result<Tensor, DeferredError> {
        let (entries, elements) = (Directory::of(&directory).entries(), Directory::of(&directory).elements());
        let start = HEAD + entries * ENTRY;
        let mut directory = with_room(directory, start, start + ENTRY)?;
        let count: usize = extents.iter().product();
        let mut numbers = vec![elements, extents.len()];
        numbers.extend(extents);
        let mut array = directory.array_mut().expect("law: what has room may be written");
        let mut write = |k: usize, number: usize| {
            let number = i64::try_from(number).expect("law: a count fits an i64");
            array.bytes()[8 * k..8 * k + 8].copy_from_slice(&number.to_ne_bytes());
        };
        write(0, entries + 1);
        write(1, elements + count);
        numbers.iter().enumerate().for_each(|(k, &number)| write(start + k, number));
        Ok(directory)
    }
}

impl Definition for Push {
    fn name(&self) -> &str {
        "brolga.push"
    }

    fn attributes(&self) -> String {
        String::new()
    }

    fn place(&self) -> Place {
        Place::Anywhere
    }

    /// What was there, the value, no room: where the push itself is differentiated.
    fn expand(&self, operands: &[Given]) -> Result<Option<Graph>, DeferredError> {
        let [elements, directory, value] = operands else { unreachable!("law: a push takes three operands") };
        let Some(numbers) = directory.value.clone() else { return Ok(None) };
        let (used, extents) = (Directory::of(&numbers).elements(), value.ty.extents().unwrap_or_default());
        let dtype = value.ty.dtype;
        let (mut builder, given) = opened(operands);
        let kept = sliced(&mut builder, given[0], 0, used, dtype);
        let count = extents.iter().product();
        let flat = put(&mut builder, Op::Reshape, &[given[2]], TensorType::of(dtype, &[count]));
        let room = elements.ty.count().unwrap_or(0).saturating_sub(used + count);
        let zeros = Literal::splat(&Tensor::zeros(dtype, &[]).map_err(raised)?, &[room]).map_err(raised)?;
        let room = put(&mut builder, Op::Constant(zeros), &[], TensorType::of(dtype, &[room]));
        let whole = elements.ty.count().unwrap_or(0).max(used + count);
        let whole = TensorType::of(dtype, &[whole]);
        let joined = put(&mut builder, Op::Concatenate { axis: 0 }, &[kept, flat, room], whole);
        let directory = Push::entered(numbers, &extents)?;
        let ty = directory.ty();
        let directory = put(&mut builder, Op::Constant(directory.into()), &[], ty);
        Ok(Some(builder.finish(vec![joined, directory])))
    }

    fn run(&self, operands: Vec<Tensor>) -> Result<Ran, DeferredError> {
        let Ok([elements, directory, value]) = <[Tensor; 3]>::try_from(operands) else {
            unreachable!("law: a push takes three operands")
        };
        let used = Directory::of(&directory).elements();
        let mut elements = with_room(elements, used, used + value.len())?;
        let size = value.dtype().size();
        let mut array = elements.array_mut().expect("law: what has room may be written");
        array.bytes()[used * size..(used + value.len()) * size].copy_from_slice(value.bytes());
        let directory = Push::entered(directory, value.shape())?;
        Ok(Ran::Results(vec![elements, directory]))
    }
}

/// (elements, directory, k) → entry k.
struct At;

/// The number in a scalar.
fn scalar(tensor: &Tensor) -> usize {
    let number = tensor.as_slice::<i64>().expect("law: turns are counted by i64")[0];
    usize::try_from(number).expect("law: turns are counted from 0")
}

impl Definition for At {
    fn name(&self) -> &str {
        "brolga.entry"
    }

    fn attributes(&self) -> String {
        String::new()
    }

    fn place(&self) -> Place {
        Place::Anywhere
    }

    fn expand(&self, operands: &[Given]) -> Result<Option<Graph>, DeferredError> {
        let (Some(directory), Some(k)) = (&operands[1].value, &operands[2].value) else { return Ok(None) };
        let (start, extents) = Directory::of(directory).entry(scalar(k));
        let dtype = operands[0].ty.dtype;
        let (mut builder, given) = opened(operands);
        let flat = sliced(&mut builder, given[0], start, start + extents.iter().product::<usize>(), dtype);
        let made = put(&mut builder, Op::Reshape, &[flat], TensorType::of(dtype, &extents));
        Ok(Some(builder.finish(vec![made])))
    }

    fn run(&self, operands: Vec<Tensor>) -> Result<Ran, DeferredError> {
        let (start, extents) = Directory::of(&operands[1]).entry(scalar(&operands[2]));
        let elements = &operands[0];
        let size = elements.dtype().size();
        let made = Tensor::build(elements.dtype(), &extents, |out| {
            let place = out.bytes();
            let count = place.len();
            place.copy_from_slice(&elements.bytes()[start * size..start * size + count]);
        });
        Ok(Ran::Results(vec![made.map_err(raised)?]))
    }
}

/// A graph of so many operands.
fn opened(operands: &[Given]) -> (GraphBuilder, Vec<Value>) {
    let mut builder = GraphBuilder::new("stack");
    let given = operands.iter().map(|given| builder.parameter(given.ty.clone(), "", Site::unknown())).collect();
    (builder, given)
}

fn put(builder: &mut GraphBuilder, op: Op, inputs: &[Value], ty: TensorType) -> Value {
    builder.push_typed(op, inputs, [ty], "".into(), Site::unknown())[0]
}

fn sliced(builder: &mut GraphBuilder, line: Value, start: usize, limit: usize, dtype: DType) -> Value {
    let op = Op::Slice { starts: smallvec![start], limits: smallvec![limit], strides: smallvec![1] };
    put(builder, op, &[line], TensorType::of(dtype, &[limit - start]))
}
