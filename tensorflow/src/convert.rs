//! Arguments as tensors, by TensorFlow's rules: which element type a number takes, alone and beside a tensor.

use crate::Value;
use crate::arg::{Arg, demand, value};
use crate::error::{Result, invalid, type_error, value_error};
use brolga::graph::build::Handle;
use brolga::{DType, Tensor, with_element};
use half::{bf16, f16};
use num_complex::Complex;

/// The element type of a name, TensorFlow's or NumPy's.
pub fn dtype_named(name: &str) -> Option<DType> {
    let name = match name {
        "half" => "float16",
        "float" => "float32",
        "double" => "float64",
        "int" => "int64",
        other => other,
    };
    DType::ALL.into_iter().find(|dtype| dtype.name() == name)
}

/// TensorFlow's name of an element type in C++, as its messages have it.
pub fn cpp_name(dtype: DType) -> &'static str {
    match dtype {
        DType::F16 => "half",
        DType::F32 => "float",
        DType::F64 => "double",
        DType::Bool
        | DType::I8
        | DType::I16
        | DType::I32
        | DType::I64
        | DType::U8
        | DType::U16
        | DType::U32
        | DType::U64
        | DType::BF16
        | DType::C64
        | DType::C128
        | DType::String => dtype.name(),
    }
}

/// An axis from the front.
pub fn axis(axis: i64, rank: usize) -> Result<usize> {
    let bound = rank as i64;
    if axis < -bound || axis >= bound {
        return Err(invalid(format!("axis {axis} is out of the range [{}, {bound})", -bound)));
    }
    Ok(if axis < 0 { axis + bound } else { axis } as usize)
}

/// An argument as a tensor; what has no element type of its own takes `hint`, else TensorFlow's default.
pub fn tensor(arg: &Arg, hint: Option<DType>) -> Result<Value> {
    match arg {
        Arg::Tensor(value) => match hint {
            Some(dtype) if dtype != value.dtype() => Err(value_error(format!(
                "Tensor conversion requested dtype {} for Tensor with dtype {}",
                dtype.name(),
                value.dtype().name()
            ))),
            _ => Ok(value.clone()),
        },
        Arg::Array(array) => match hint {
            Some(dtype) if dtype != array.dtype() => yielded(array, dtype),
            _ => Ok(value(array.clone())),
        },
        Arg::List(args) if args.iter().any(has_tensor) => stacked(args, hint),
        Arg::Shape(shape) => from_shape(shape.as_deref(), hint),
        Arg::Bool(_) | Arg::Int(_) | Arg::Float(_) | Arg::Complex(_) | Arg::Text(_) | Arg::Bytes(_) | Arg::List(_) => {
            literal(arg, hint)
        }
        Arg::None | Arg::DType(_) | Arg::Slice(_) | Arg::Ellipsis | Arg::Operand(_) => {
            Err(value_error(format!("Attempt to convert a value ({}) to a Tensor.", shown(arg))))
        }
    }
}

fn shown(arg: &Arg) -> String {
    match arg {
        Arg::None => "None".into(),
        Arg::DType(dtype) => format!("tf.{}", dtype.name()),
        Arg::Ellipsis => "Ellipsis".into(),
        other => format!("{other:?}"),
    }
}

fn has_tensor(arg: &Arg) -> bool {
    match arg {
        Arg::Tensor(_) | Arg::Array(_) => true,
        Arg::List(args) => args.iter().any(has_tensor),
        _ => false,
    }
}

fn from_shape(shape: Option<&[Option<usize>]>, hint: Option<DType>) -> Result<Value> {
    let dims = shape.and_then(|dims| dims.iter().copied().collect::<Option<Vec<usize>>>());
    let dims = dims.ok_or_else(|| value_error("Cannot convert a partially known TensorShape to a Tensor."))?;
    literal(&Arg::List(dims.into_iter().map(|dim| Arg::Int(dim as i128)).collect()), hint.or(Some(DType::I32)))
}

/// Numbers in a list that holds a tensor take that tensor's element type.
fn stacked(args: &[Arg], hint: Option<DType>) -> Result<Value> {
    let parts = match hint {
        Some(_) => args.iter().map(|arg| tensor(arg, hint)).collect::<Result<Vec<Value>>>()?,
        None => together(&args.iter().collect::<Vec<_>>())?,
    };
    stack(&parts, 0)
}

/// Tensors of one shape put beside each other along a new axis.
pub fn stack(parts: &[Value], axis: isize) -> Result<Value> {
    let shape = crate::arg::extents(&parts[0])?;
    for part in parts {
        let other = crate::arg::extents(part)?;
        if other != shape {
            return Err(invalid(format!("Shapes of all inputs must match: {shape:?} and {other:?}")));
        }
    }
    let raised: Vec<Value> = parts.iter().map(|part| part.expand_dims(&[axis])).collect();
    let (first, rest) = raised.split_first().expect("law: there is a part");
    Ok(first.concat(&rest.iter().collect::<Vec<_>>(), axis))
}

/// An array that stands beside a tensor takes its element type, where that is of the same kind or holds more.
fn yielded(array: &Tensor, dtype: DType) -> Result<Value> {
    let from = array.dtype();
    let fits = match (from.is_float(), dtype.is_float()) {
        (true, true) => true,
        (false, true) => from.is_integer(),
        (true, false) => dtype.is_complex(),
        (false, false) => from.is_integer() && dtype.is_integer() || from.is_complex() && dtype.is_complex(),
    };
    if !fits {
        let (from, to) = (from.name(), dtype.name());
        return Err(type_error(format!("Cannot convert an array of dtype {from} to a Tensor of dtype {to}")));
    }
    let converted = value(array.clone()).convert(dtype);
    if from.is_integer() && dtype.is_integer() && crate::arg::known(&converted.convert(from)) != Some(array) {
        return Err(type_error(format!("an element of the array does not fit into dtype {}", dtype.name())));
    }
    Ok(converted)
}

/// Whether an argument has an element type that others follow.
fn own_dtype(arg: &Arg) -> Option<DType> {
    match arg {
        Arg::Tensor(value) => Some(value.dtype()),
        Arg::List(args) => args.iter().find_map(own_dtype),
        _ => None,
    }
}

fn array_dtype(arg: &Arg) -> Option<DType> {
    match arg {
        Arg::Array(array) => Some(array.dtype()),
        Arg::List(args) => args.iter().find_map(array_dtype),
        _ => None,
    }
}

/// Arguments as tensors of one element type: that of the first tensor, else of the first array, else the widest of the
/// defaults.
pub fn together(args: &[&Arg]) -> Result<Vec<Value>> {
    let first = args.iter().find_map(|arg| own_dtype(arg)).or_else(|| args.iter().find_map(|arg| array_dtype(arg)));
    let dtype = match first {
        Some(dtype) => dtype,
        None => match args.first() {
            Some(first) => {
                let alone = tensor(first, None)?.dtype();
                // 1 + 2.5 is real: the first number would take the second's type with it.
                let wider = args.iter().map(|arg| tensor(arg, None).map(|value| value.dtype()));
                let mut widest = alone;
                for dtype in wider {
                    let dtype = dtype?;
                    if rank_of_default(dtype) > rank_of_default(widest) {
                        widest = dtype;
                    }
                }
                widest
            }
            None => return Ok(vec![]),
        },
    };
    let converted: Vec<Value> = args
        .iter()
        .map(|arg| match arg {
            Arg::Tensor(value) => Ok(value.clone()),
            _ => tensor(arg, Some(dtype)),
        })
        .collect::<Result<_>>()?;
    match converted.iter().find(|value| value.dtype() != dtype) {
        Some(other) => Err(invalid(format!(
            "the element types differ: {} and {}\n  help: convert one of them: `tf.cast(x, tf.{})`",
            dtype.name(),
            other.dtype().name(),
            dtype.name()
        ))),
        None => Ok(converted),
    }
}

fn rank_of_default(dtype: DType) -> u8 {
    match dtype {
        DType::I64 => 1,
        DType::F32 => 2,
        DType::C128 => 3,
        _ => 0,
    }
}

/// A list of tensors, each by itself; a tensor is taken apart along its first axis.
pub fn list(arg: &Arg) -> Result<Vec<Value>> {
    match arg {
        Arg::List(args) => args.iter().map(|arg| tensor(arg, None)).collect(),
        _ => {
            let whole = tensor(arg, None)?;
            let shape = crate::arg::extents(&whole)?;
            let Some(&count) = shape.first() else { return Err(type_error("Cannot iterate over a scalar tensor.")) };
            Ok((0..count).map(|k| whole.slice_axis(0, k, k + 1).squeeze(&[0])).collect())
        }
    }
}

/// The whole numbers of an argument, flattened; waits for tensors' values.
pub fn whole_numbers(arg: &Arg) -> Result<Vec<i128>> {
    Ok(match arg {
        Arg::Int(value) => vec![*value],
        Arg::Bool(value) => vec![i128::from(*value)],
        Arg::List(args) => {
            let parts = args.iter().map(whole_numbers).collect::<Result<Vec<_>>>()?;
            parts.into_iter().flatten().collect()
        }
        Arg::Tensor(value) => integers(demand(value)?)?,
        Arg::Array(tensor) => integers(tensor)?,
        Arg::Shape(Some(dims)) => {
            let dims = dims.iter().map(|dim| dim.map(|dim| dim as i128)).collect::<Option<Vec<_>>>();
            dims.ok_or_else(|| value_error("the shape is not wholly known"))?
        }
        other => return Err(type_error(format!("expected integers, got {}", shown(other)))),
    })
}

/// The elements of a tensor of integers or truth values.
pub fn integers(tensor: &Tensor) -> Result<Vec<i128>> {
    if tensor.is_empty() {
        // An empty list is of no type: NumPy makes float64 of it.
        return Ok(vec![]);
    }
    macro_rules! read {
        ($($dtype:ident $rust:ty),+) => {
            match tensor.dtype() {
                $(DType::$dtype => Ok(slice::<$rust>(tensor).iter().map(|&x| i128::from(x)).collect()),)+
                other => Err(type_error(format!("expected integers, got a tensor of dtype {}", other.name()))),
            }
        };
    }
    read! { Bool bool, I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64 }
}

fn slice<T: brolga::Element>(tensor: &Tensor) -> &[T] {
    tensor.as_slice().expect("law: the element type was looked at")
}

/// The elements of a tensor as real numbers; of complex ones the real part; none of strings.
pub fn floats(tensor: &Tensor) -> Vec<f64> {
    match tensor.dtype() {
        DType::F16 => slice::<f16>(tensor).iter().map(|x| x.to_f64()).collect(),
        DType::BF16 => slice::<bf16>(tensor).iter().map(|x| x.to_f64()).collect(),
        DType::F32 => slice::<f32>(tensor).iter().map(|&x| f64::from(x)).collect(),
        DType::F64 => slice::<f64>(tensor).to_vec(),
        DType::C64 => slice::<Complex<f32>>(tensor).iter().map(|x| f64::from(x.re)).collect(),
        DType::C128 => slice::<Complex<f64>>(tensor).iter().map(|x| x.re).collect(),
        _ => integers(tensor).unwrap_or_default().into_iter().map(|x| x as f64).collect(),
    }
}

/// A number or a nested list of them.
fn literal(arg: &Arg, hint: Option<DType>) -> Result<Value> {
    let mut shape = vec![];
    let mut level = arg;
    while let Arg::List(args) = level {
        shape.push(args.len());
        let Some(first) = args.first() else { break };
        level = first;
    }
    let mut leaves = vec![];
    flatten(arg, &shape, 0, &mut leaves)?;
    let dtype = hint.map_or_else(|| default_dtype(&leaves), Ok)?;
    filled(&shape, &leaves, dtype)
}

fn flatten<'a>(arg: &'a Arg, shape: &[usize], depth: usize, leaves: &mut Vec<&'a Arg>) -> Result<()> {
    let ragged = || value_error("Can't convert non-rectangular Python sequence to Tensor.");
    match (arg, shape.get(depth)) {
        (Arg::List(args), Some(&count)) if args.len() == count => {
            args.iter().try_for_each(|arg| flatten(arg, shape, depth + 1, leaves))
        }
        (Arg::List(_), _) | (_, Some(_)) => Err(ragged()),
        (leaf, None) => {
            leaves.push(leaf);
            Ok(())
        }
    }
}

fn default_dtype(leaves: &[&Arg]) -> Result<DType> {
    let mut found: Option<DType> = None;
    for leaf in leaves {
        let dtype = match leaf {
            Arg::Bool(_) => DType::Bool,
            Arg::Int(value) if i32::try_from(*value).is_ok() => DType::I32,
            Arg::Int(_) => DType::I64,
            Arg::Float(_) => DType::F32,
            Arg::Complex(_) => DType::C128,
            Arg::Text(_) | Arg::Bytes(_) => DType::String,
            other => return Err(value_error(format!("Attempt to convert a value ({}) to a Tensor.", shown(other)))),
        };
        found = Some(match found {
            None => dtype,
            Some(known) if known == dtype => known,
            Some(known)
                if known == DType::Bool || dtype == DType::Bool || known == DType::String || dtype == DType::String =>
            {
                return Err(value_error("Can't convert Python sequence with mixed types to Tensor."));
            }
            Some(known) => {
                if rank_of_default(dtype) > rank_of_default(known) {
                    dtype
                } else {
                    known
                }
            }
        });
    }
    Ok(found.unwrap_or(DType::F32))
}

fn filled(shape: &[usize], leaves: &[&Arg], dtype: DType) -> Result<Value> {
    let refused =
        |leaf: &Arg| type_error(format!("Cannot convert {} to EagerTensor of dtype {}", plain(leaf), cpp_name(dtype)));
    if dtype == DType::String {
        let text = |leaf: &&Arg| match leaf {
            Arg::Text(text) => Ok(text.as_bytes().into()),
            Arg::Bytes(bytes) => Ok((&**bytes).into()),
            other => Err(refused(other)),
        };
        let strings = leaves.iter().map(text).collect::<Result<Vec<_>>>()?;
        return Ok(value(Tensor::from_strings(shape, strings).map_err(|error| invalid(error.to_string()))?));
    }
    with_element!(dtype, T => {
        let elements = leaves.iter().map(|leaf| T::of(leaf).ok_or_else(|| refused(leaf))).collect::<Result<Vec<T>>>()?;
        Ok(value(Tensor::from_slice(shape, &elements).map_err(|error| invalid(error.to_string()))?))
    }, strings => Err(refused(&Arg::None)))
}

fn plain(leaf: &Arg) -> String {
    match leaf {
        Arg::Bool(value) => {
            if *value {
                "True".into()
            } else {
                "False".into()
            }
        }
        Arg::Int(value) => value.to_string(),
        Arg::Float(value) => format!("{value:?}"),
        Arg::Complex(value) => format!("({}+{}j)", value.re, value.im),
        Arg::Text(text) => format!("'{text}'"),
        other => shown(other),
    }
}

/// Element types that Python's numbers become.
trait FromNumber: Sized {
    /// The number, where the type can hold it.
    fn of(arg: &Arg) -> Option<Self>;
}

macro_rules! from_number {
    (int $($rust:ty),+) => { $(
        impl FromNumber for $rust {
            fn of(arg: &Arg) -> Option<Self> {
                match arg {
                    Arg::Int(value) => Self::try_from(*value).ok(),
                    Arg::Bool(value) => Some(Self::from(*value)),
                    _ => None,
                }
            }
        }
    )+ };
    (float $($rust:ty, $from:expr, $of_bool:expr);+) => { $(
        impl FromNumber for $rust {
            fn of(arg: &Arg) -> Option<Self> {
                match arg {
                    Arg::Int(value) => Some($from(*value as f64)),
                    Arg::Float(value) => Some($from(*value)),
                    Arg::Bool(value) => $of_bool(*value),
                    _ => None,
                }
            }
        }
    )+ };
    (complex $($real:ty),+) => { $(
        impl FromNumber for Complex<$real> {
            fn of(arg: &Arg) -> Option<Self> {
                match arg {
                    Arg::Int(value) => Some(Complex::new(*value as $real, 0.0)),
                    Arg::Float(value) => Some(Complex::new(*value as $real, 0.0)),
                    Arg::Complex(value) => Some(Complex::new(value.re as $real, value.im as $real)),
                    _ => None,
                }
            }
        }
    )+ };
}

from_number! { int i8, i16, i32, i64, u8, u16, u32, u64 }
from_number! {
    float f16, f16::from_f64, |x: bool| Some(f16::from(u8::from(x)));
    bf16, bf16::from_f64, |_| None;
    f32, |x| x as f32, |x: bool| Some(f32::from(u8::from(x)));
    f64, |x| x, |x: bool| Some(f64::from(u8::from(x)))
}
from_number! { complex f32, f64 }

impl FromNumber for bool {
    fn of(arg: &Arg) -> Option<bool> {
        if let Arg::Bool(value) = arg { Some(*value) } else { None }
    }
}

/// A number as a scalar of an element type.
pub fn scalar(number: &Arg, dtype: DType) -> Result<Value> {
    literal(number, Some(dtype))
}

/// A poisoned value never leaves an op: its fault is the op's error.
pub fn is_poisoned(value: &Value) -> bool {
    Handle::is_poisoned(value)
}
