//! Operators and methods element by element, with NumPy's broadcasting and without promotion of element types.

use super::shape::Extent;
use super::{BuildFault, Builder, Built, Handle, Operand};
use crate::graph::Op;
use crate::shape::TensorType;
use brolga_codegen::{Binary, Comparison, DType, Direction, Kind, Unary};

macro_rules! unary {
    ($($(#[$meta:meta])* $name:ident $word:ident)+) => {
        /// Functions of each element.
        impl<B: Builder> Handle<B> { $(
            $(#[$meta])*
            #[track_caller]
            pub fn $name(&self) -> Handle<B> {
                self.unary(Unary::$word)
            }
        )+ }
    };
}

unary! {
    /// The distance from zero; of a complex number its modulus, which is real.
    abs Abs
    /// The arc cosine.
    acos Acos
    /// The inverse hyperbolic cosine.
    acosh Acosh
    /// The arc sine.
    asin Asin
    /// The inverse hyperbolic sine.
    asinh Asinh
    /// The arc tangent.
    atan Atan
    /// The inverse hyperbolic tangent.
    atanh Atanh
    /// The modified Bessel function of order 1, scaled by exp(−|x|).
    bessel_i1e BesselI1e
    /// The cube root.
    cbrt Cbrt
    /// The least whole number not below.
    ceil Ceil
    /// The cosine, in radians.
    cos Cosine
    /// The hyperbolic cosine.
    cosh Cosh
    /// How many zero bits stand above the highest one.
    count_leading_zeros CountLeadingZeros
    /// The derivative of the logarithm of the gamma function.
    digamma Digamma
    /// The error function.
    erf Erf
    /// The inverse of the error function.
    erf_inv ErfInv
    /// One minus the error function, without cancellation.
    erfc Erfc
    /// e raised to the element.
    exp Exponential
    /// exp(x) − 1, without cancellation near zero.
    expm1 ExponentialMinusOne
    /// The greatest whole number not above.
    floor Floor
    /// The imaginary part; of a real number, zero.
    imag Imag
    /// Whether the element is neither infinite nor NaN.
    is_finite IsFinite
    /// The logarithm of the absolute value of the gamma function.
    lgamma Lgamma
    /// The natural logarithm.
    log Log
    /// log(1 + x), without cancellation near zero.
    log1p LogPlusOne
    /// 1 / (1 + exp(−x)).
    logistic Logistic
    /// How many bits are one.
    popcnt Popcnt
    /// The real part.
    real Real
    /// The nearest whole number; halves go away from zero.
    round_half_away RoundNearestAfz
    /// The nearest whole number; halves go to the even one.
    round_half_even RoundNearestEven
    /// One over the square root.
    rsqrt Rsqrt
    /// −1, 0 or 1; of a complex number x / |x|.
    sign Sign
    /// The sine, in radians.
    sin Sine
    /// The hyperbolic sine.
    sinh Sinh
    /// The square root, rounded once.
    sqrt Sqrt
    /// The tangent, in radians.
    tan Tan
    /// The hyperbolic tangent.
    tanh Tanh
}

macro_rules! binary {
    ($($(#[$meta:meta])* $name:ident $word:ident)+) => {
        /// Functions of two elements.
        impl<B: Builder> Handle<B> { $(
            $(#[$meta])*
            #[track_caller]
            pub fn $name(&self, other: impl Operand<B>) -> Handle<B> {
                self.binary(Binary::$word, other)
            }
        )+ }
    };
}

binary! {
    /// The angle of the point (other, self), in radians.
    atan2 Atan2
    /// The complex number with these real and imaginary parts.
    complex Complex
    /// The greater; a NaN operand gives NaN.
    maximum Maximum
    /// The lesser; a NaN operand gives NaN.
    minimum Minimum
    /// The upper half of the double-width product.
    mulhi Mulhi
    /// The next representable number towards the other.
    next_after NextAfter
    /// The derivative of digamma of order `self`, at the other.
    polygamma Polygamma
    /// Raised to the other; integers wrap.
    pow Power
    /// Bits moved up; amounts of the width or more give 0.
    shift_left ShiftLeft
    /// Bits moved down, copies of the sign moving in.
    shift_right_arithmetic ShiftRightArithmetic
    /// Bits moved down, zeros moving in.
    shift_right_logical ShiftRightLogical
    /// The Hurwitz zeta function at the other.
    zeta Zeta
}

macro_rules! comparisons {
    ($($(#[$meta:meta])* $name:ident $direction:ident)+) => {
        /// Comparisons of two elements, which give bools. A NaN is unequal to everything and neither less nor greater.
        impl<B: Builder> Handle<B> { $(
            $(#[$meta])*
            #[track_caller]
            pub fn $name(&self, other: impl Operand<B>) -> Handle<B> {
                self.compare(Direction::$direction, Comparison::of(self.dtype()), other)
            }
        )+ }
    };
}

comparisons! {
    /// Whether equal.
    eq Eq
    /// Whether unequal.
    ne Ne
    /// Whether greater or equal.
    ge Ge
    /// Whether greater.
    gt Gt
    /// Whether less or equal.
    le Le
    /// Whether less.
    lt Lt
}

/// Words in general, choice and conversion.
impl<B: Builder> Handle<B> {
    /// A word of one element.
    #[track_caller]
    pub fn unary(&self, word: Unary) -> Handle<B> {
        Handle::settle(&self.builder, Handle::one(&self.builder, Op::Unary(word), &[self], &[]))
    }

    /// A word of two elements.
    #[track_caller]
    pub fn binary(&self, word: Binary, other: impl Operand<B>) -> Handle<B> {
        Handle::settle(&self.builder, self.together(Op::Binary(word), word.name(), other))
    }

    /// A comparison of two elements.
    #[track_caller]
    pub fn compare(&self, direction: Direction, comparison: Comparison, other: impl Operand<B>) -> Handle<B> {
        Handle::settle(&self.builder, self.together(Op::Compare(direction, comparison), "compare", other))
    }

    /// Element by element `on_true` where `self` (bools) holds, else `on_false`. All three are broadcast. One of the two
    /// choices may be a number.
    #[track_caller]
    pub fn select(&self, on_true: impl Operand<B>, on_false: impl Operand<B>) -> Handle<B> {
        Handle::settle(&self.builder, self.try_select(on_true, on_false))
    }

    #[track_caller]
    fn try_select(&self, on_true: impl Operand<B>, on_false: impl Operand<B>) -> Built<Handle<B>> {
        let typed = on_true.handle().or_else(|| on_false.handle()).ok_or(BuildFault::Untyped { op: "select" })?;
        let (on_true, on_false) = (on_true.beside(&typed)?, on_false.beside(&typed)?);
        same_dtype("select", &on_true, &on_false)?;
        let (a, b) = broadcast("select", &on_true, &on_false)?;
        let scalar = self.known()?.rank() == Some(0);
        let (choice, a) = if scalar { (self.clone(), a) } else { broadcast("select", self, &a)? };
        let b = if scalar { b } else { broadcast("select", &choice, &b)?.1 };
        Handle::one(&self.builder, Op::Select, &[&choice, &a, &b], &[])
    }

    /// Held between `least` and `greatest`, which are scalars or of the same shape.
    #[track_caller]
    pub fn clamp(&self, least: impl Operand<B>, greatest: impl Operand<B>) -> Handle<B> {
        Handle::settle(&self.builder, self.try_clamp(least, greatest))
    }

    #[track_caller]
    fn try_clamp(&self, least: impl Operand<B>, greatest: impl Operand<B>) -> Built<Handle<B>> {
        let (least, greatest) = (least.beside(self)?, greatest.beside(self)?);
        same_dtype("clamp", &least, self)?;
        same_dtype("clamp", self, &greatest)?;
        Handle::one(&self.builder, Op::Clamp, &[&least, self, &greatest], &[])
    }

    /// Converted to another element type: to integers towards zero, to bool whether unequal to zero.
    #[track_caller]
    pub fn convert(&self, dtype: DType) -> Handle<B> {
        if self.id.is_some() && self.dtype() == dtype {
            return self.clone();
        }
        let ty = self.ty.with_dtype(dtype);
        Handle::settle(&self.builder, Handle::one(&self.builder, Op::Convert, &[self], &[ty]))
    }

    /// The same value, of which more is known: an error at run time where the type turns out wrong.
    #[track_caller]
    pub fn assume(&self, ty: &TensorType) -> Handle<B> {
        Handle::settle(&self.builder, self.try_assume(ty))
    }

    #[track_caller]
    fn try_assume(&self, ty: &TensorType) -> Built<Handle<B>> {
        let own = self.known()?;
        if own.dtype != ty.dtype {
            return Err(BuildFault::DTypes { op: "assume", left: own.dtype, right: ty.dtype });
        }
        let clash = || BuildFault::Broadcast { op: "assume", left: own.clone(), right: ty.clone() };
        let shape = own.shape.meet(&ty.shape).ok_or_else(clash)?;
        Handle::one(&self.builder, Op::Convert, &[self], &[TensorType { dtype: ty.dtype, shape }])
    }

    /// The same value, of whose shape no more than this is known from here on.
    #[track_caller]
    pub fn loosen(&self, shape: crate::shape::Shape) -> Handle<B> {
        let ty = TensorType { dtype: self.dtype(), shape };
        Handle::settle(&self.builder, Handle::one(&self.builder, crate::graph::deferred::loosen(), &[self], &[ty]))
    }

    /// The same bits read as another element type. A narrower type adds a last axis, a wider one takes it away.
    #[track_caller]
    pub fn bitcast_convert(&self, dtype: DType) -> Handle<B> {
        Handle::settle(&self.builder, self.try_bitcast(dtype))
    }

    #[track_caller]
    fn try_bitcast(&self, dtype: DType) -> Built<Handle<B>> {
        let (from, to) = (self.known()?.dtype.bits().max(1), dtype.bits().max(1));
        let ty = match self.ty.shape.dims() {
            Some(dims) => {
                let mut dims: smallvec::SmallVec<_> = dims.into();
                match from.cmp(&to) {
                    std::cmp::Ordering::Greater => dims.push(Some(from / to)),
                    std::cmp::Ordering::Less => drop(dims.pop()),
                    std::cmp::Ordering::Equal => {}
                }
                TensorType { dtype, shape: crate::shape::Shape::Ranked(dims) }
            }
            None => self.ty.with_dtype(dtype),
        };
        Handle::one(&self.builder, Op::BitcastConvert, &[self], &[ty])
    }

    /// Rounded to fewer bits of exponent and mantissa, and back.
    #[track_caller]
    pub fn reduce_precision(&self, exponent_bits: u32, mantissa_bits: u32) -> Handle<B> {
        let op = Op::ReducePrecision { exponent_bits, mantissa_bits };
        Handle::settle(&self.builder, Handle::one(&self.builder, op, &[self], &[]))
    }

    #[track_caller]
    fn together(&self, op: Op, name: &'static str, other: impl Operand<B>) -> Built<Handle<B>> {
        let other = other.beside(self)?;
        same_dtype(name, self, &other)?;
        let (a, b) = broadcast(name, self, &other)?;
        Handle::one(&self.builder, op, &[&a, &b], &[])
    }
}

/// A fault where the element types differ, or silently where an operand is poisoned.
pub(super) fn same_dtype<B: Builder>(op: &'static str, a: &Handle<B>, b: &Handle<B>) -> Built<()> {
    let (left, right) = (a.known()?.dtype, b.known()?.dtype);
    if left == right { Ok(()) } else { Err(BuildFault::DTypes { op, left, right }) }
}

/// Both operands brought to one shape. An unknown extent is taken to equal what stands beside it, unless that is 1,
/// which is repeated.
#[track_caller]
pub(super) fn broadcast<B: Builder>(op: &'static str, a: &Handle<B>, b: &Handle<B>) -> Built<(Handle<B>, Handle<B>)> {
    let (left, right) = (a.known()?, b.known()?);
    if left.shape == right.shape {
        return Ok((a.clone(), b.clone()));
    }
    let clash = || BuildFault::Broadcast { op, left: left.clone(), right: right.clone() };
    let (Some(x), Some(y)) = (left.shape.dims(), right.shape.dims()) else {
        return Err(clash());
    };
    let rank = x.len().max(y.len());
    let mut extents = vec![];
    for from_end in (0..rank).rev() {
        let place = |len: usize| len.checked_sub(from_end + 1);
        let (i, j) = (place(x.len()), place(y.len()));
        let extent = match (i.map_or(Some(1), |i| x[i]), j.map_or(Some(1), |j| y[j])) {
            (Some(m), Some(1)) => Extent::Known(m),
            (Some(1), Some(n)) => Extent::Known(n),
            (Some(m), Some(n)) if m != n => return Err(clash()),
            (Some(m), _) if m != 1 => Extent::Known(m),
            (_, Some(n)) if n != 1 => Extent::Known(n),
            (None, _) => Extent::Of(a, i.expect("law: an unknown extent has an axis")),
            (_, _) => Extent::Of(b, j.expect("law: an unknown extent has an axis")),
        };
        extents.push(extent);
    }
    Ok((a.try_expand(&extents)?, b.try_expand(&extents)?))
}

macro_rules! operators {
    ($($trait:ident $method:ident $word:ident)+) => { $(
        impl<B: Builder, R: Operand<B>> std::ops::$trait<R> for Handle<B> {
            type Output = Handle<B>;
            #[track_caller]
            fn $method(self, other: R) -> Handle<B> {
                self.binary(Binary::$word, other)
            }
        }

        impl<B: Builder, R: Operand<B>> std::ops::$trait<R> for &Handle<B> {
            type Output = Handle<B>;
            #[track_caller]
            fn $method(self, other: R) -> Handle<B> {
                self.binary(Binary::$word, other)
            }
        }

        operators! { @number $trait $method $word bool i32 i64 f32 f64 }
    )+ };
    (@number $trait:ident $method:ident $word:ident $($number:ty)+) => { $(
        impl<B: Builder> std::ops::$trait<Handle<B>> for $number {
            type Output = Handle<B>;
            #[track_caller]
            fn $method(self, other: Handle<B>) -> Handle<B> {
                number_first(self, Binary::$word, &other)
            }
        }

        impl<B: Builder> std::ops::$trait<&Handle<B>> for $number {
            type Output = Handle<B>;
            #[track_caller]
            fn $method(self, other: &Handle<B>) -> Handle<B> {
                number_first(self, Binary::$word, other)
            }
        }
    )+ };
}

operators! {
    Add add Add
    Sub sub Subtract
    Mul mul Multiply
    Div div Divide
    Rem rem Remainder
    BitAnd bitand And
    BitOr bitor Or
    BitXor bitxor Xor
}

#[track_caller]
fn number_first<B: Builder>(number: impl Operand<B>, word: Binary, other: &Handle<B>) -> Handle<B> {
    match number.beside(other) {
        Ok(number) => number.binary(word, other),
        Err(fault) => Handle::settle(&other.builder, Err(fault)),
    }
}

macro_rules! prefixes {
    ($($trait:ident $method:ident $word:ident)+) => { $(
        impl<B: Builder> std::ops::$trait for Handle<B> {
            type Output = Handle<B>;
            #[track_caller]
            fn $method(self) -> Handle<B> {
                self.unary(Unary::$word)
            }
        }

        impl<B: Builder> std::ops::$trait for &Handle<B> {
            type Output = Handle<B>;
            #[track_caller]
            fn $method(self) -> Handle<B> {
                self.unary(Unary::$word)
            }
        }
    )+ };
}

prefixes! {
    Neg neg Negate
    Not not Not
}

impl<B: Builder> Handle<B> {
    /// Whether the element is NaN; of types without NaN, false.
    #[track_caller]
    pub fn is_nan(&self) -> Handle<B> {
        self.ne(self)
    }

    /// Bits moved down: copies of the sign move in for signed integers, zeros for unsigned ones.
    #[track_caller]
    pub fn shift_right(&self, amount: impl Operand<B>) -> Handle<B> {
        match self.dtype().kind() {
            Kind::Unsigned => self.shift_right_logical(amount),
            Kind::Bool | Kind::Signed | Kind::Float | Kind::Complex | Kind::String => {
                self.shift_right_arithmetic(amount)
            }
        }
    }
}
