//! The words over whole arrays.

use super::body::Caller;
use super::{Array, ArrayMut, Body, RoutineError};
use crate::scalar::{
    Binary, BinaryVisitor, Comparison, ConvertTo, DType, Direction, Element, Meaning, Unary, UnaryVisitor, apply,
    compare, convert, modulus,
};
use crate::with_element;
use num_complex::Complex;

/// Runs a loop, compiled so that products are fused by instructions where the machine has them; elsewhere each is a call.
#[inline]
fn fused(work: impl FnOnce()) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        fn run(work: impl FnOnce()) {
            work();
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            // SAFETY: the machine has what the function is compiled for.
            return unsafe { run(work) };
        }
    }
    work();
}

struct Over1<'a, T> {
    x: &'a [T],
    out: &'a mut [T],
}

impl<T: Meaning> UnaryVisitor<T> for Over1<'_, T> {
    type Output = bool;
    fn visit(self, f: impl Fn(T) -> T + Copy) -> bool {
        fused(|| self.out.iter_mut().zip(self.x).for_each(|(out, &x)| *out = f(x)));
        true
    }
    fn absent(self) -> bool {
        false
    }
}

struct Over2<'a, T> {
    x: &'a [T],
    y: &'a [T],
    out: &'a mut [T],
}

impl<T: Meaning> BinaryVisitor<T> for Over2<'_, T> {
    type Output = bool;
    fn visit(self, f: impl Fn(T, T) -> T + Copy) -> bool {
        fused(|| self.out.iter_mut().zip(self.x).zip(self.y).for_each(|((out, &x), &y)| *out = f(x, y)));
        true
    }
    fn absent(self) -> bool {
        false
    }
}

fn map<A: Element, B: Element>(input: &Array, output: &mut ArrayMut, f: impl Fn(A) -> B) {
    for (out, &x) in output.slice::<B>().iter_mut().zip(input.slice::<A>()) {
        *out = f(x);
    }
}

fn refuse(routine: &'static str, dtype: DType) -> Result<(), RoutineError> {
    Err(RoutineError::Unsupported { routine, dtype })
}

/// A unary word.
pub(super) fn unary(word: Unary, input: &Array, output: &mut ArrayMut) -> Result<(), RoutineError> {
    let dtype = input.dtype();
    match (word, dtype) {
        (Unary::IsFinite, DType::F16) => map(input, output, half::f16::is_finite),
        (Unary::IsFinite, DType::BF16) => map(input, output, half::bf16::is_finite),
        (Unary::IsFinite, DType::F32) => map(input, output, f32::is_finite),
        (Unary::IsFinite, DType::F64) => map(input, output, f64::is_finite),
        (Unary::Abs, DType::C64) => map(input, output, modulus::<f32>),
        (Unary::Abs, DType::C128) => map(input, output, modulus::<f64>),
        (Unary::Real, DType::C64) => map(input, output, |z: Complex<f32>| z.re),
        (Unary::Real, DType::C128) => map(input, output, |z: Complex<f64>| z.re),
        (Unary::Imag, DType::C64) => map(input, output, |z: Complex<f32>| z.im),
        (Unary::Imag, DType::C128) => map(input, output, |z: Complex<f64>| z.im),
        (word, dtype) => {
            let done = with_element!(
                dtype,
                T => T::unary(word, Over1 { x: input.slice::<T>(), out: output.slice::<T>() }),
                strings => false
            );
            if !done {
                return refuse(word.name(), dtype);
            }
        }
    }
    Ok(())
}

fn pair<T: Element>(inputs: &[Array], output: &mut ArrayMut)
where
    Complex<T>: Element,
{
    let (re, im) = (inputs[0].slice::<T>(), inputs[1].slice::<T>());
    for ((out, &re), &im) in output.slice::<Complex<T>>().iter_mut().zip(re).zip(im) {
        *out = Complex::new(re, im);
    }
}

/// A binary word.
pub(super) fn binary(word: Binary, inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let dtype = inputs[0].dtype();
    match (word, dtype) {
        (Binary::Complex, DType::F32) => pair::<f32>(inputs, output),
        (Binary::Complex, DType::F64) => pair::<f64>(inputs, output),
        (word, dtype) => {
            let done = with_element!(
                dtype,
                T => T::binary(word, Over2 { x: inputs[0].slice(), y: inputs[1].slice(), out: output.slice::<T>() }),
                strings => false
            );
            if !done {
                return refuse(word.name(), dtype);
            }
        }
    }
    Ok(())
}

/// An elementwise comparison.
pub(super) fn comparison(
    direction: Direction,
    comparison: Comparison,
    inputs: &[Array],
    output: &mut ArrayMut,
) -> Result<(), RoutineError> {
    let dtype = inputs[0].dtype();
    with_element!(
        dtype,
        T => {
            let both = inputs[0].slice::<T>().iter().zip(inputs[1].slice::<T>());
            let out = output.slice::<bool>().iter_mut().zip(both);
            // One loop per direction, so that the choice is made once.
            match direction {
                Direction::Eq => out.for_each(|(o, (&a, &b))| *o = compare(Direction::Eq, comparison, a, b)),
                Direction::Ne => out.for_each(|(o, (&a, &b))| *o = compare(Direction::Ne, comparison, a, b)),
                Direction::Ge => out.for_each(|(o, (&a, &b))| *o = compare(Direction::Ge, comparison, a, b)),
                Direction::Gt => out.for_each(|(o, (&a, &b))| *o = compare(Direction::Gt, comparison, a, b)),
                Direction::Le => out.for_each(|(o, (&a, &b))| *o = compare(Direction::Le, comparison, a, b)),
                Direction::Lt => out.for_each(|(o, (&a, &b))| *o = compare(Direction::Lt, comparison, a, b)),
            }
        },
        strings => return refuse("compare", dtype)
    );
    Ok(())
}

/// The second operand where the first holds, else the third; the predicate may be a scalar.
pub(super) fn select(inputs: &[Array], output: &mut ArrayMut) {
    let (predicate, size) = (inputs[0].slice::<bool>(), output.dtype().size());
    let (on_true, on_false) = (inputs[1].bytes(), inputs[2].bytes());
    if inputs[0].shape().is_empty() && !output.is_empty() {
        return output.bytes().copy_from_slice(if predicate[0] { on_true } else { on_false });
    }
    let dtype = output.dtype();
    if size == 0 {
        return;
    }
    super::layout::with_unit!(dtype, T => {
        let (a, b) = (super::layout::units::<T>(on_true), super::layout::units::<T>(on_false));
        let out = super::layout::units_mut::<T>(output.bytes());
        for (((out, &p), &a), &b) in out.iter_mut().zip(predicate).zip(a).zip(b) {
            *out = if p { a } else { b };
        }
    });
}

struct Clamp<'a, T> {
    low: &'a [T],
    x: &'a [T],
    high: &'a [T],
    out: &'a mut [T],
}

impl<T: Meaning> BinaryVisitor<T> for Clamp<'_, T> {
    type Output = bool;
    /// `f` is the maximum; the minimum is looked up per element only where the bounds are arrays.
    fn visit(self, maximum: impl Fn(T, T) -> T + Copy) -> bool {
        T::binary(Binary::Minimum, ClampTo { clamp: self, maximum })
    }
    fn absent(self) -> bool {
        false
    }
}

struct ClampTo<'a, T, F> {
    clamp: Clamp<'a, T>,
    maximum: F,
}

impl<T: Meaning, F: Fn(T, T) -> T + Copy> BinaryVisitor<T> for ClampTo<'_, T, F> {
    type Output = bool;
    fn visit(self, minimum: impl Fn(T, T) -> T + Copy) -> bool {
        let (Clamp { low, x, high, out }, maximum) = (self.clamp, self.maximum);
        let at = |bound: &[T], i: usize| if bound.len() == 1 { bound[0] } else { bound[i] };
        for (i, (out, &x)) in out.iter_mut().zip(x).enumerate() {
            *out = minimum(maximum(at(low, i), x), at(high, i));
        }
        true
    }
    fn absent(self) -> bool {
        false
    }
}

/// min(max(x, low), high); operands (low, x, high), the bounds may be scalars.
pub(super) fn clamp(inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let dtype = output.dtype();
    let done = with_element!(
        dtype,
        T => {
            let (low, x, high) = (inputs[0].slice::<T>(), inputs[1].slice::<T>(), inputs[2].slice::<T>());
            T::binary(Binary::Maximum, Clamp { low, x, high, out: output.slice::<T>() })
        },
        strings => false
    );
    if done { Ok(()) } else { refuse("clamp", dtype) }
}

/// a·b + c, rounded once.
pub(super) fn fma(inputs: &[Array], output: &mut ArrayMut) -> Result<(), RoutineError> {
    let dtype = output.dtype();
    with_element!(
        dtype,
        T => {
            let (a, b, c) = (inputs[0].slice::<T>(), inputs[1].slice::<T>(), inputs[2].slice::<T>());
            for (((out, &a), &b), &c) in output.slice::<T>().iter_mut().zip(a).zip(b).zip(c) {
                *out = T::fma(a, b, c);
            }
        },
        strings => return refuse("fma", dtype)
    );
    Ok(())
}

fn convert_slice<A: Element + ConvertTo<B>, B: Element>(input: &Array, out: &mut [B]) {
    for (out, &x) in out.iter_mut().zip(input.slice::<A>()) {
        *out = convert(x);
    }
}

/// The elements of an array as another type, written to a slice.
pub(super) fn convert_into<B: Element>(input: &Array, out: &mut [B])
where
    bool: ConvertTo<B>,
    i8: ConvertTo<B>,
    i16: ConvertTo<B>,
    i32: ConvertTo<B>,
    i64: ConvertTo<B>,
    u8: ConvertTo<B>,
    u16: ConvertTo<B>,
    u32: ConvertTo<B>,
    u64: ConvertTo<B>,
    half::f16: ConvertTo<B>,
    half::bf16: ConvertTo<B>,
    f32: ConvertTo<B>,
    f64: ConvertTo<B>,
    Complex<f32>: ConvertTo<B>,
    Complex<f64>: ConvertTo<B>,
{
    with_element!(
        input.dtype(),
        A => convert_slice::<A, B>(input, out),
        strings => panic!("law: strings have no dense form")
    );
}

/// Elements as the result's type.
pub(super) fn conversion(input: &Array, output: &mut ArrayMut) -> Result<(), RoutineError> {
    let dtype = output.dtype();
    with_element!(dtype, B => convert_into::<B>(input, output.slice::<B>()), strings => return refuse("convert", dtype));
    Ok(())
}

/// Rounding to fewer bits.
pub(super) fn reduce_precision(
    exponent_bits: u32,
    mantissa_bits: u32,
    input: &Array,
    output: &mut ArrayMut,
) -> Result<(), RoutineError> {
    let dtype = input.dtype();
    with_element!(
        dtype,
        T => map(input, output, |x: T| x.reduce_precision(exponent_bits, mantissa_bits)),
        strings => return refuse("reduce_precision", dtype)
    );
    Ok(())
}

/// 0, 1, 2 … along one axis.
pub(super) fn iota(axis: usize, output: &mut ArrayMut) -> Result<(), RoutineError> {
    let (shape, dtype) = (output.shape(), output.dtype());
    let inner: usize = shape[axis + 1..].iter().product();
    if output.is_empty() {
        return Ok(());
    }
    with_element!(
        dtype,
        T => for (i, run) in output.slice::<T>().chunks_exact_mut(inner).enumerate() {
            run.fill(convert((i % shape[axis]) as i64));
        },
        strings => return refuse("iota", dtype)
    );
    Ok(())
}

/// A scalar function of the operands, element by element.
pub(super) fn mapped(body: &Body, inputs: &[Array], outputs: &mut [ArrayMut]) {
    let mut caller = Caller::new(&body.function);
    let count = outputs.first().map_or(0, ArrayMut::len);
    let reads: Vec<(&[u8], DType)> = inputs.iter().map(|input| (input.bytes(), input.dtype())).collect();
    for i in 0..count {
        for (k, (bytes, dtype)) in reads.iter().enumerate() {
            caller.args[k] = apply::load(*dtype, &bytes[i * dtype.size()..]);
        }
        caller.call();
        for (k, output) in outputs.iter_mut().enumerate() {
            let dtype = output.dtype();
            apply::store(dtype, caller.out[k], &mut output.bytes()[i * dtype.size()..]);
        }
    }
}
