//! Arguments as a front door brings them, bound to the parameters of an op; and what an op gives back.

use crate::convert;
use crate::error::{OpError, Result, type_error, value_error};
use crate::signature::Signature;
use crate::{Staged, Value};
use brolga::function::staged::StagedId;
use brolga::{DType, Tensor};
use num_complex::Complex;
use std::sync::Arc;

/// An argument.
#[derive(Clone, Debug)]
pub enum Arg {
    /// `None`, also a new axis in an index.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A real number.
    Float(f64),
    /// A complex number.
    Complex(Complex<f64>),
    /// Text.
    Text(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// An element type.
    DType(DType),
    /// A tensor.
    Tensor(Value),
    /// An array of another library: known, and of an element type that may yield to a tensor's.
    Array(Tensor),
    /// A list or tuple.
    List(Vec<Arg>),
    /// A shape; `None` where the rank is unknown.
    Shape(Option<Vec<Option<usize>>>),
    /// A slice: start, stop, step.
    Slice(Box<[Arg; 3]>),
    /// `...`.
    Ellipsis,
    /// In a template: the tensor with this number.
    Operand(usize),
}

/// What an op gives back.
#[derive(Clone, Debug)]
pub enum Out {
    /// A tensor.
    Value(Value),
    /// A list.
    List(Vec<Out>),
    /// A tuple.
    Tuple(Vec<Out>),
    /// A named tuple: its name and fields.
    Named(&'static str, Vec<(&'static str, Out)>),
    /// A shape; `None` where the rank is unknown.
    Shape(Option<Vec<Option<usize>>>),
    /// Nothing.
    None,
}

impl From<Value> for Out {
    fn from(value: Value) -> Out {
        Out::Value(value)
    }
}

impl Out {
    /// A list of tensors.
    pub fn list(values: impl IntoIterator<Item = Value>) -> Out {
        Out::List(values.into_iter().map(Out::Value).collect())
    }

    /// A tuple of tensors.
    pub fn tuple(values: impl IntoIterator<Item = Value>) -> Out {
        Out::Tuple(values.into_iter().map(Out::Value).collect())
    }

    /// Every tensor in it, in order.
    pub fn values(&self) -> Vec<Value> {
        let mut values = vec![];
        self.visit(&mut |value| values.push(value.clone()));
        values
    }

    fn visit(&self, see: &mut impl FnMut(&Value)) {
        match self {
            Out::Value(value) => see(value),
            Out::List(outs) | Out::Tuple(outs) => outs.iter().for_each(|out| out.visit(see)),
            Out::Named(_, fields) => fields.iter().for_each(|(_, out)| out.visit(see)),
            Out::Shape(_) | Out::None => {}
        }
    }

    /// The same structure with other tensors, taken in order.
    pub fn with(&self, values: &mut impl Iterator<Item = Value>) -> Out {
        match self {
            Out::Value(_) => {
                Out::Value(values.next().expect("law: a structure is filled with as many values as it has"))
            }
            Out::List(outs) => Out::List(outs.iter().map(|out| out.with(values)).collect()),
            Out::Tuple(outs) => Out::Tuple(outs.iter().map(|out| out.with(values)).collect()),
            Out::Named(name, fields) => {
                Out::Named(name, fields.iter().map(|(field, out)| (*field, out.with(values))).collect())
            }
            Out::Shape(shape) => Out::Shape(shape.clone()),
            Out::None => Out::None,
        }
    }
}

impl Arg {
    /// Every tensor in it, in order.
    pub fn tensors<'a>(&'a self, found: &mut Vec<&'a Value>) {
        match self {
            Arg::Tensor(value) => found.push(value),
            Arg::List(args) => args.iter().for_each(|arg| arg.tensors(found)),
            Arg::Slice(parts) => parts.iter().for_each(|arg| arg.tensors(found)),
            Arg::None
            | Arg::Bool(_)
            | Arg::Int(_)
            | Arg::Float(_)
            | Arg::Complex(_)
            | Arg::Text(_)
            | Arg::Bytes(_)
            | Arg::DType(_)
            | Arg::Array(_)
            | Arg::Shape(_)
            | Arg::Ellipsis
            | Arg::Operand(_) => {}
        }
    }

    /// The same argument with every tensor replaced.
    pub fn map(&self, replace: &mut impl FnMut(&Arg) -> Option<Arg>) -> Arg {
        if let Some(other) = replace(self) {
            return other;
        }
        match self {
            Arg::List(args) => Arg::List(args.iter().map(|arg| arg.map(replace)).collect()),
            Arg::Slice(parts) => {
                let [start, stop, step] = &**parts;
                Arg::Slice(Box::new([start.map(replace), stop.map(replace), step.map(replace)]))
            }
            other @ (Arg::None
            | Arg::Bool(_)
            | Arg::Int(_)
            | Arg::Float(_)
            | Arg::Complex(_)
            | Arg::Text(_)
            | Arg::Bytes(_)
            | Arg::DType(_)
            | Arg::Tensor(_)
            | Arg::Array(_)
            | Arg::Shape(_)
            | Arg::Ellipsis
            | Arg::Operand(_)) => other.clone(),
        }
    }
}

/// The tensor behind a value, where it is known.
pub fn known(value: &Value) -> Option<&Tensor> {
    match value.id() {
        Some(StagedId::Known(tensor)) => Some(tensor),
        Some(StagedId::Node(_)) | None => None,
    }
}

/// The tensor behind a value; waits where it is not known.
pub fn demand(value: &Value) -> Result<&Tensor> {
    known(value).ok_or_else(OpError::waits)
}

/// The extents of a value; waits where they are not known.
pub fn extents(value: &Value) -> Result<Vec<usize>> {
    value.ty().extents().map(|extents| extents.to_vec()).ok_or_else(OpError::waits)
}

/// The rank of a value; waits where it is not known.
pub fn rank(value: &Value) -> Result<usize> {
    value.ty().rank().ok_or_else(OpError::waits)
}

/// The arguments of one call, one for each parameter of the op.
#[derive(Clone, Debug)]
pub struct Args {
    /// The op's signature.
    pub signature: &'static Signature,
    /// In order of the parameters.
    pub values: Vec<Arg>,
}

impl Args {
    /// The argument as it came.
    ///
    /// # Panics
    /// Where the op has no parameter of that name: a mistake of its definition.
    pub fn raw(&self, name: &str) -> &Arg {
        let position = self.signature.parameters.iter().position(|parameter| &*parameter.name == name);
        &self.values[position.unwrap_or_else(|| panic!("law: `{}` has a parameter `{name}`", self.signature.op))]
    }

    /// Whether nothing was given.
    pub fn absent(&self, name: &str) -> bool {
        matches!(self.raw(name), Arg::None)
    }

    /// A tensor; numbers and lists become one by TensorFlow's rules (`int32`, `float32` …).
    pub fn tensor(&self, name: &str) -> Result<Value> {
        self.named(name, convert::tensor(self.raw(name), None))
    }

    /// A tensor; numbers, lists and arrays become one of this element type.
    pub fn tensor_of(&self, name: &str, dtype: DType) -> Result<Value> {
        self.named(name, convert::tensor(self.raw(name), Some(dtype)))
    }

    /// A tensor, or `None`.
    pub fn optional_tensor(&self, name: &str) -> Result<Option<Value>> {
        if self.absent(name) { Ok(None) } else { self.tensor(name).map(Some) }
    }

    /// A tensor of an element type, or `None`.
    pub fn optional_tensor_of(&self, name: &str, dtype: DType) -> Result<Option<Value>> {
        if self.absent(name) { Ok(None) } else { self.tensor_of(name, dtype).map(Some) }
    }

    /// Two tensors of one element type: numbers, lists and arrays take that of the tensor beside them.
    pub fn pair(&self, x: &str, y: &str) -> Result<(Value, Value)> {
        let mut all = self.together(&[x, y])?.into_iter();
        let mut next = || all.next().expect("law: two go in, two come out");
        Ok((next(), next()))
    }

    /// Tensors of one element type, as in [`Args::pair`].
    pub fn together(&self, names: &[&str]) -> Result<Vec<Value>> {
        let args: Vec<&Arg> = names.iter().map(|name| self.raw(name)).collect();
        convert::together(&args)
            .map_err(|error| OpError::new(error.kind, format!("{}: {}", self.signature.op, error.message)))
    }

    /// A list of tensors, each by itself; a tensor is taken apart along its first axis.
    pub fn tensors(&self, name: &str) -> Result<Vec<Value>> {
        self.named(name, convert::list(self.raw(name)))
    }

    /// A list of tensors of one element type.
    pub fn tensors_together(&self, name: &str) -> Result<Vec<Value>> {
        match self.raw(name) {
            Arg::List(args) => self.named(name, convert::together(&args.iter().collect::<Vec<_>>())),
            _ => self.tensors(name),
        }
    }

    /// A truth value.
    pub fn flag(&self, name: &str) -> Result<bool> {
        match self.raw(name) {
            Arg::Bool(value) => Ok(*value),
            Arg::None => Ok(false),
            Arg::Int(value) => Ok(*value != 0),
            _ => Ok(self.scalar(name)? != 0),
        }
    }

    /// A whole number; waits for a tensor's value.
    pub fn int(&self, name: &str) -> Result<i64> {
        let value = match self.raw(name) {
            Arg::Int(value) => *value,
            Arg::Bool(value) => i128::from(*value),
            _ => self.scalar(name)?,
        };
        i64::try_from(value).map_err(|_| self.expected(name, "a number of 64 bits"))
    }

    /// A whole number, or `None`.
    pub fn optional_int(&self, name: &str) -> Result<Option<i64>> {
        if self.absent(name) { Ok(None) } else { self.int(name).map(Some) }
    }

    /// A count: a whole number that is not negative.
    pub fn count(&self, name: &str) -> Result<usize> {
        usize::try_from(self.int(name)?).map_err(|_| self.expected(name, "a number that is not negative"))
    }

    /// A real number.
    pub fn float(&self, name: &str) -> Result<f64> {
        match self.raw(name) {
            Arg::Float(value) => Ok(*value),
            Arg::Int(value) => Ok(*value as f64),
            Arg::Bool(value) => Ok(f64::from(u8::from(*value))),
            _ => {
                let value = self.tensor(name)?;
                let values = convert::floats(demand(&value)?);
                values.first().copied().ok_or_else(|| self.expected(name, "a number"))
            }
        }
    }

    fn scalar(&self, name: &str) -> Result<i128> {
        let values = self.whole_numbers(name)?;
        if let [value] = values[..] { Ok(value) } else { Err(self.expected(name, "an integer")) }
    }

    fn whole_numbers(&self, name: &str) -> Result<Vec<i128>> {
        self.named(name, convert::whole_numbers(self.raw(name)))
    }

    /// A list of whole numbers (a number is a list of one); waits for tensors' values.
    pub fn ints(&self, name: &str) -> Result<Vec<i64>> {
        let narrow = |value: i128| i64::try_from(value).map_err(|_| self.expected(name, "numbers of 64 bits"));
        self.whole_numbers(name)?.into_iter().map(narrow).collect()
    }

    /// A list of whole numbers, or `None`.
    pub fn optional_ints(&self, name: &str) -> Result<Option<Vec<i64>>> {
        if self.absent(name) { Ok(None) } else { self.ints(name).map(Some) }
    }

    /// A shape whose extents are all given.
    pub fn shape(&self, name: &str) -> Result<Vec<usize>> {
        let extent =
            |extent: i64| usize::try_from(extent).map_err(|_| value_error(format!("Dimension {extent} must be >= 0")));
        self.ints(name)?.into_iter().map(extent).collect()
    }

    /// Axes of a tensor of `rank`, from the front and ascending; all of them where nothing was given.
    pub fn axes(&self, name: &str, rank: usize) -> Result<Vec<isize>> {
        let Some(axes) = self.optional_ints(name)? else { return Ok((0..rank as isize).collect()) };
        let mut found = axes.into_iter().map(|axis| convert::axis(axis, rank)).collect::<Result<Vec<usize>>>()?;
        found.sort_unstable();
        if found.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(crate::error::invalid("Invalid reduction arguments: Axes contains duplicate dimension"));
        }
        Ok(found.into_iter().map(|axis| axis as isize).collect())
    }

    /// One axis of a tensor of `rank`, from the front.
    pub fn axis(&self, name: &str, rank: usize) -> Result<usize> {
        convert::axis(self.int(name)?, rank)
    }

    /// An element type, or `None`.
    pub fn dtype(&self, name: &str) -> Result<Option<DType>> {
        match self.raw(name) {
            Arg::None => Ok(None),
            Arg::DType(dtype) => Ok(Some(*dtype)),
            Arg::Text(text) => {
                let dtype = convert::dtype_named(text);
                dtype.map(Some).ok_or_else(|| type_error(format!("Cannot convert {text:?} to a TensorFlow DType.")))
            }
            _ => Err(self.expected(name, "a DType")),
        }
    }

    /// Text.
    pub fn text(&self, name: &str) -> Result<&str> {
        if let Arg::Text(text) = self.raw(name) { Ok(text) } else { Err(self.expected(name, "a string")) }
    }

    /// Text, or `None`.
    pub fn optional_text(&self, name: &str) -> Result<Option<&str>> {
        if self.absent(name) { Ok(None) } else { self.text(name).map(Some) }
    }

    /// Every tensor among the arguments.
    pub fn all_tensors(&self) -> Vec<&Value> {
        let mut found = vec![];
        self.values.iter().for_each(|arg| arg.tensors(&mut found));
        found
    }

    fn expected(&self, name: &str, what: &str) -> OpError {
        type_error(format!("{}: argument `{name}` must be {what}", self.signature.op))
    }

    fn named<T>(&self, name: &str, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            let message = format!("{}: argument `{name}`: {}", self.signature.op, error.message);
            OpError::new(error.kind, message)
        })
    }
}

/// A known tensor as a value.
pub fn value(tensor: Tensor) -> Value {
    Staged::known(tensor)
}
