//! What may stand where a tensor is expected: handles, tensors, and numbers, which take the tensor's element type.

use super::{BuildFault, Builder, Built, Handle};
use crate::graph::{Literal, Op};
use crate::tensor::Tensor;
use brolga_codegen::DType;
use half::{bf16, f16};
use num_complex::Complex;
use std::fmt;

/// A number of the host language, before it takes an element type.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Number {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f64),
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Bool(value) => write!(f, "{value}"),
            Number::Int(value) => write!(f, "{value}"),
            Number::Float(value) => write!(f, "{value:?}"),
        }
    }
}

impl Number {
    /// The number as a scalar of `dtype`, rounded where that is a floating-point type; `None` where an integer type
    /// cannot hold it exactly, and between truth values and numbers.
    pub fn tensor(self, dtype: DType) -> Option<Tensor> {
        let (real, whole) = match self {
            Number::Bool(value) => return (dtype == DType::Bool).then(|| Tensor::scalar(value)),
            Number::Int(value) => (value as f64, Some(i128::from(value))),
            Number::Float(value) => (value, whole(value)),
        };
        match dtype {
            DType::Bool | DType::String => None,
            DType::I8 => Some(Tensor::scalar(i8::try_from(whole?).ok()?)),
            DType::I16 => Some(Tensor::scalar(i16::try_from(whole?).ok()?)),
            DType::I32 => Some(Tensor::scalar(i32::try_from(whole?).ok()?)),
            DType::I64 => Some(Tensor::scalar(i64::try_from(whole?).ok()?)),
            DType::U8 => Some(Tensor::scalar(u8::try_from(whole?).ok()?)),
            DType::U16 => Some(Tensor::scalar(u16::try_from(whole?).ok()?)),
            DType::U32 => Some(Tensor::scalar(u32::try_from(whole?).ok()?)),
            DType::U64 => Some(Tensor::scalar(u64::try_from(whole?).ok()?)),
            DType::F16 => Some(Tensor::scalar(f16::from_f64(real))),
            DType::BF16 => Some(Tensor::scalar(bf16::from_f64(real))),
            DType::F32 => Some(Tensor::scalar(real as f32)),
            DType::F64 => Some(Tensor::scalar(real)),
            DType::C64 => Some(Tensor::scalar(Complex::new(real as f32, 0.0))),
            DType::C128 => Some(Tensor::scalar(Complex::new(real, 0.0))),
        }
    }
}

/// The whole number a float is, where it is one that some integer type could hold.
fn whole(value: f64) -> Option<i128> {
    (value.fract() == 0.0 && value.abs() < 1e30).then_some(value as i128)
}

macro_rules! numbers {
    ($($rust:ty => $variant:ident),+) => { $(
        impl From<$rust> for Number {
            fn from(value: $rust) -> Number {
                Number::$variant(value.into())
            }
        }
    )+ };
}

numbers! { bool => Bool, i32 => Int, i64 => Int, f32 => Float, f64 => Float }

/// What may stand beside a handle: another handle, a tensor, a number.
pub trait Operand<B: Builder> {
    /// The operand as a handle of the same builder; a number takes the element type of `like`.
    fn beside(self, like: &Handle<B>) -> Result<Handle<B>, BuildFault>;

    /// The operand, where it has an element type of its own by being a handle.
    fn handle(&self) -> Option<Handle<B>> {
        None
    }
}

impl<B: Builder> Operand<B> for Handle<B> {
    fn beside(self, _like: &Handle<B>) -> Built<Handle<B>> {
        Ok(self)
    }
    fn handle(&self) -> Option<Handle<B>> {
        Some(self.clone())
    }
}

impl<B: Builder> Operand<B> for &Handle<B> {
    fn beside(self, _like: &Handle<B>) -> Built<Handle<B>> {
        Ok(self.clone())
    }
    fn handle(&self) -> Option<Handle<B>> {
        Some((*self).clone())
    }
}

impl<B: Builder> Operand<B> for Tensor {
    #[track_caller]
    fn beside(self, like: &Handle<B>) -> Built<Handle<B>> {
        Handle::one(like.builder(), Op::Constant(self.into()), &[], &[])
    }
}

impl<B: Builder> Operand<B> for &Tensor {
    #[track_caller]
    fn beside(self, like: &Handle<B>) -> Built<Handle<B>> {
        self.clone().beside(like)
    }
}

impl<B: Builder> Operand<B> for Number {
    #[track_caller]
    fn beside(self, like: &Handle<B>) -> Built<Handle<B>> {
        let ty = like.known()?;
        let element = self.tensor(ty.dtype).ok_or(BuildFault::Number { number: self, dtype: ty.dtype })?;
        // A constant of the whole shape is a splat: it costs one element and saves a broadcast.
        let shape = ty.extents().unwrap_or_default();
        Handle::one(like.builder(), Op::Constant(Literal::splat(&element, &shape)?), &[], &[])
    }
}

macro_rules! number_operands {
    ($($rust:ty),+) => { $(
        impl<B: Builder> Operand<B> for $rust {
            #[track_caller]
            fn beside(self, like: &Handle<B>) -> Built<Handle<B>> {
                Number::from(self).beside(like)
            }
        }
    )+ };
}

number_operands! { bool, i32, i64, f32, f64 }
