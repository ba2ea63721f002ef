//! Inputs for a program: from an npz file, or random from a seed.

use crate::npz;
use brolga::{DType, Element, Tensor, TensorType};
use std::path::Path;

/// Why inputs could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentError {
    /// The file has more or fewer arrays than the program has parameters.
    #[error("`{file}` holds {found} arrays, the program takes {expected}")]
    Count {
        /// The file.
        file: String,
        /// Parameters.
        expected: usize,
        /// Arrays.
        found: usize,
    },
    /// No inputs were named and the program wants some.
    #[error(
        "the program takes {expected} inputs\n  help: give them with `--inputs FILE.npz`, or random ones with `--random SEED`"
    )]
    None {
        /// Parameters.
        expected: usize,
    },
    /// A parameter's extents are unknown, so nothing random can be made for it.
    #[error(
        "parameter {index} is `{ty}`: its extents are unknown, so no random input can be made\n  help: give inputs with `--inputs FILE.npz`"
    )]
    Unknown {
        /// Which parameter.
        index: usize,
        /// Its type.
        ty: TensorType,
    },
    /// A parameter of strings.
    #[error("parameter {index} is `{ty}`: no random strings are made")]
    Strings {
        /// Which parameter.
        index: usize,
        /// Its type.
        ty: TensorType,
    },
}

/// The inputs for parameters of these types.
pub fn inputs(
    file: Option<&Path>,
    seed: Option<u64>,
    parameters: &[TensorType],
) -> Result<Vec<Tensor>, crate::Failure> {
    let expected = parameters.len();
    match (file, seed) {
        (Some(path), _) => {
            let tensors = npz::read(path)?;
            if tensors.len() != expected {
                let (file, found) = (path.display().to_string(), tensors.len());
                return Err(ArgumentError::Count { file, expected, found }.into());
            }
            Ok(tensors)
        }
        (None, Some(seed)) => random(seed, parameters),
        (None, None) if expected == 0 => Ok(vec![]),
        (None, None) => Err(ArgumentError::None { expected }.into()),
    }
}

/// Random tensors: floats and parts of complex numbers uniform in [-1, 1), integers uniform in 0..8, bools fair.
pub fn random(seed: u64, parameters: &[TensorType]) -> Result<Vec<Tensor>, crate::Failure> {
    let mut source = Source(seed);
    let tensor = |(index, ty): (usize, &TensorType)| -> Result<Tensor, crate::Failure> {
        let shape = ty.extents().ok_or_else(|| ArgumentError::Unknown { index, ty: ty.clone() })?;
        if ty.dtype == DType::String {
            return Err(ArgumentError::Strings { index, ty: ty.clone() }.into());
        }
        Ok(Tensor::build(ty.dtype, &shape, |out| fill(&mut source, ty.dtype, out))?)
    };
    parameters.iter().enumerate().map(tensor).collect()
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and good enough to make up inputs.
struct Source(u64);

impl Source {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// A type that random elements are made of.
trait Random: Element {
    fn random(source: &mut Source) -> Self;
}

macro_rules! random {
    ($($t:ty => |$source:ident| $make:expr;)+) => { $(impl Random for $t { fn random($source: &mut Source) -> $t { $make } })+ };
}

random! {
    bool => |source| source.next() >> 63 == 1;
    i8 => |source| (source.next() >> 61) as i8;
    i16 => |source| (source.next() >> 61) as i16;
    i32 => |source| (source.next() >> 61) as i32;
    i64 => |source| (source.next() >> 61) as i64;
    u8 => |source| (source.next() >> 61) as u8;
    u16 => |source| (source.next() >> 61) as u16;
    u32 => |source| (source.next() >> 61) as u32;
    u64 => |source| source.next() >> 61;
    half::f16 => |source| half::f16::from_f64(source.unit());
    half::bf16 => |source| half::bf16::from_f64(source.unit());
    f32 => |source| source.unit() as f32;
    f64 => |source| source.unit();
    num_complex::Complex<f32> => |source| num_complex::Complex::new(source.unit() as f32, source.unit() as f32);
    num_complex::Complex<f64> => |source| num_complex::Complex::new(source.unit(), source.unit());
}

fn fill(source: &mut Source, dtype: DType, out: &mut brolga::tensor::ArrayMut) {
    brolga::with_element!(dtype, T => out.slice::<T>().iter_mut().for_each(|x| *x = T::random(source)), strings => {});
}
