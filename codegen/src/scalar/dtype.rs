//! Element types: the closed list, and the trait that ties each to a Rust type.

#![expect(clippy::wildcard_enum_match_arm, reason = "most element types answer these questions alike")]

use half::{bf16, f16};
use num_complex::Complex;
use std::fmt;

/// The type of one element of a tensor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum DType {
    /// A truth value, one byte, 0 or 1.
    Bool = 0,
    /// Signed integer, 8 bits.
    I8 = 1,
    /// Signed integer, 16 bits.
    I16 = 2,
    /// Signed integer, 32 bits.
    I32 = 3,
    /// Signed integer, 64 bits.
    I64 = 4,
    /// Unsigned integer, 8 bits.
    U8 = 5,
    /// Unsigned integer, 16 bits.
    U16 = 6,
    /// Unsigned integer, 32 bits.
    U32 = 7,
    /// Unsigned integer, 64 bits.
    U64 = 8,
    /// IEEE 754 half precision.
    F16 = 9,
    /// bfloat16: the upper half of an `f32`.
    BF16 = 10,
    /// IEEE 754 single precision.
    F32 = 11,
    /// IEEE 754 double precision.
    F64 = 12,
    /// Two `f32`: real and imaginary part.
    C64 = 13,
    /// Two `f64`: real and imaginary part.
    C128 = 14,
    /// A string of bytes. Interpreted and eager paths only: native code rejects it.
    String = 15,
}

/// The family a [`DType`] belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Truth values.
    Bool,
    /// Signed integers.
    Signed,
    /// Unsigned integers.
    Unsigned,
    /// Real floating point.
    Float,
    /// Complex floating point.
    Complex,
    /// Strings of bytes.
    String,
}

impl DType {
    /// Every element type, in order of its number.
    pub const ALL: [DType; 16] = [
        DType::Bool,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::U8,
        DType::U16,
        DType::U32,
        DType::U64,
        DType::F16,
        DType::BF16,
        DType::F32,
        DType::F64,
        DType::C64,
        DType::C128,
        DType::String,
    ];

    /// The family of the type.
    pub const fn kind(self) -> Kind {
        match self {
            DType::Bool => Kind::Bool,
            DType::I8 | DType::I16 | DType::I32 | DType::I64 => Kind::Signed,
            DType::U8 | DType::U16 | DType::U32 | DType::U64 => Kind::Unsigned,
            DType::F16 | DType::BF16 | DType::F32 | DType::F64 => Kind::Float,
            DType::C64 | DType::C128 => Kind::Complex,
            DType::String => Kind::String,
        }
    }

    /// Bytes per element in a dense buffer; 0 for strings, which have no dense form.
    pub const fn size(self) -> usize {
        match self {
            DType::Bool | DType::I8 | DType::U8 => 1,
            DType::I16 | DType::U16 | DType::F16 | DType::BF16 => 2,
            DType::I32 | DType::U32 | DType::F32 => 4,
            DType::I64 | DType::U64 | DType::F64 | DType::C64 => 8,
            DType::C128 => 16,
            DType::String => 0,
        }
    }

    /// Bits per element as StableHLO counts them: 1 for bool.
    pub const fn bits(self) -> usize {
        match self {
            DType::Bool => 1,
            _ => self.size() * 8,
        }
    }

    /// The spelling in StableHLO text: `i1`, `ui8`, `bf16`, `complex<f32>` …
    pub const fn mlir(self) -> &'static str {
        match self {
            DType::Bool => "i1",
            DType::I8 => "i8",
            DType::I16 => "i16",
            DType::I32 => "i32",
            DType::I64 => "i64",
            DType::U8 => "ui8",
            DType::U16 => "ui16",
            DType::U32 => "ui32",
            DType::U64 => "ui64",
            DType::F16 => "f16",
            DType::BF16 => "bf16",
            DType::F32 => "f32",
            DType::F64 => "f64",
            DType::C64 => "complex<f32>",
            DType::C128 => "complex<f64>",
            DType::String => "!brolga.string",
        }
    }

    /// The type whose StableHLO spelling is `text`.
    pub fn from_mlir(text: &str) -> Option<DType> {
        DType::ALL.into_iter().find(|dtype| dtype.mlir() == text)
    }

    /// The name NumPy and TensorFlow give the type: `bool`, `int32`, `bfloat16`, `complex64` …
    pub const fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::I8 => "int8",
            DType::I16 => "int16",
            DType::I32 => "int32",
            DType::I64 => "int64",
            DType::U8 => "uint8",
            DType::U16 => "uint16",
            DType::U32 => "uint32",
            DType::U64 => "uint64",
            DType::F16 => "float16",
            DType::BF16 => "bfloat16",
            DType::F32 => "float32",
            DType::F64 => "float64",
            DType::C64 => "complex64",
            DType::C128 => "complex128",
            DType::String => "string",
        }
    }

    /// The type whose NumPy name is `text`.
    pub fn from_name(text: &str) -> Option<DType> {
        DType::ALL.into_iter().find(|dtype| dtype.name() == text)
    }

    /// Whether the type is a real floating-point type.
    pub const fn is_float(self) -> bool {
        matches!(self.kind(), Kind::Float)
    }

    /// Whether the type is complex.
    pub const fn is_complex(self) -> bool {
        matches!(self.kind(), Kind::Complex)
    }

    /// Whether the type is a signed or unsigned integer (bool is not).
    pub const fn is_integer(self) -> bool {
        matches!(self.kind(), Kind::Signed | Kind::Unsigned)
    }

    /// The type of a component: `f32` of `complex64`, `f64` of `complex128`, else the type itself.
    pub const fn real(self) -> DType {
        match self {
            DType::C64 => DType::F32,
            DType::C128 => DType::F64,
            _ => self,
        }
    }

    /// The complex type with components of this type.
    pub const fn complex(self) -> Option<DType> {
        match self {
            DType::F32 => Some(DType::C64),
            DType::F64 => Some(DType::C128),
            _ => None,
        }
    }

    /// The type with number `number`, as the C door counts them.
    pub fn from_number(number: u8) -> Option<DType> {
        DType::ALL.get(usize::from(number)).copied()
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mlir())
    }
}

/// A Rust type whose values are elements of dense tensors.
pub trait Element: Copy + Send + Sync + PartialEq + fmt::Debug + Default + 'static {
    /// The element type it stands for.
    const DTYPE: DType;
}

macro_rules! elements {
    ($($rust:ty => $dtype:ident),+ $(,)?) => { $(impl Element for $rust { const DTYPE: DType = DType::$dtype; })+ };
}

elements! {
    bool => Bool, i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32, u64 => U64,
    f16 => F16, bf16 => BF16, f32 => F32, f64 => F64, Complex<f32> => C64, Complex<f64> => C128,
}

/// Runs a block with `$T` standing for the Rust type of a dense dtype; `$strings` answers for strings.
#[macro_export]
macro_rules! with_element {
    ($dtype:expr, $T:ident => $body:expr, strings => $strings:expr) => {
        match $dtype {
            $crate::DType::Bool => {
                type $T = bool;
                $body
            }
            $crate::DType::I8 => {
                type $T = i8;
                $body
            }
            $crate::DType::I16 => {
                type $T = i16;
                $body
            }
            $crate::DType::I32 => {
                type $T = i32;
                $body
            }
            $crate::DType::I64 => {
                type $T = i64;
                $body
            }
            $crate::DType::U8 => {
                type $T = u8;
                $body
            }
            $crate::DType::U16 => {
                type $T = u16;
                $body
            }
            $crate::DType::U32 => {
                type $T = u32;
                $body
            }
            $crate::DType::U64 => {
                type $T = u64;
                $body
            }
            $crate::DType::F16 => {
                type $T = half::f16;
                $body
            }
            $crate::DType::BF16 => {
                type $T = half::bf16;
                $body
            }
            $crate::DType::F32 => {
                type $T = f32;
                $body
            }
            $crate::DType::F64 => {
                type $T = f64;
                $body
            }
            $crate::DType::C64 => {
                type $T = num_complex::Complex<f32>;
                $body
            }
            $crate::DType::C128 => {
                type $T = num_complex::Complex<f64>;
                $body
            }
            $crate::DType::String => $strings,
        }
    };
}
