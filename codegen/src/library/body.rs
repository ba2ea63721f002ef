//! What regions do: calling them on elements, and recognising the few that have faster ways.

use crate::kernel::{Scalar, ScalarFn, Val};
use crate::scalar::{Binary, Comparison, DType, Direction};
use smallvec::SmallVec;

/// A scalar function with room for its arguments and results.
#[derive(Debug)]
pub(super) struct Caller<'a> {
    function: &'a ScalarFn,
    /// The arguments' bits.
    pub args: Vec<u128>,
    /// The results' bits after [`Caller::call`].
    pub out: Vec<u128>,
    values: Vec<u128>,
}

impl<'a> Caller<'a> {
    /// Room for a function.
    pub fn new(function: &'a ScalarFn) -> Caller<'a> {
        Caller { function, args: vec![0; function.params], out: vec![0; function.results.len()], values: Vec::new() }
    }

    /// Runs the function.
    pub fn call(&mut self) {
        self.function.call(&self.args, &mut self.out, &mut self.values);
    }

    /// Makes the results the first arguments of the next call.
    pub fn accumulate(&mut self) {
        let count = self.out.len();
        self.args[..count].copy_from_slice(&self.out);
    }

    /// The type of parameter `k`.
    pub fn param(&self, k: usize) -> DType {
        self.function.values[k]
    }
}

/// The word a body applies to its two parameters, in either order, where the reduction tree may combine by it: the word
/// has an identity on the type and the order of its operands does not matter.
pub fn monoid(body: &ScalarFn) -> Option<Binary> {
    let word = two_params(body)?;
    let dtype = body.values[0];
    (word.on(dtype) && word.identity(dtype).is_some()).then_some(word)
}

/// The word of a body of two parameters that is one commutative word.
fn two_params(body: &ScalarFn) -> Option<Binary> {
    if body.params != 2 || body.results.len() != 1 || body.values[0] != body.values[1] {
        return None;
    }
    let Scalar::Binary(word, a, b) = defined(body, body.results[0])? else { return None };
    ((a, b) == (Val(0), Val(1)) || (a, b) == (Val(1), Val(0))).then_some(word)
}

/// What defines a value; `None` for a parameter.
fn defined(body: &ScalarFn, value: Val) -> Option<Scalar> {
    (value.0 as usize).checked_sub(body.params).map(|k| body.lets[k])
}

/// Whether a body of parameters (old, new) gives back the new.
pub(super) fn replaces(body: &ScalarFn) -> bool {
    body.params == 2 && body.results.as_slice() == [Val(1)]
}

/// The comparison a body makes between its only two parameters, in that order.
pub(super) fn comparison(body: &ScalarFn) -> Option<(Direction, Comparison)> {
    if body.params != 2 || body.results.len() != 1 {
        return None;
    }
    let Scalar::Compare(direction, comparison, Val(0), Val(1)) = defined(body, body.results[0])? else { return None };
    Some((direction, comparison))
}

/// A comparator that looks at one operand and compares two keys, each the same function of one element.
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    /// Which operand is looked at.
    pub operand: usize,
    /// Whether the greatest key comes first.
    pub is_descending: bool,
    /// How keys compare.
    pub comparison: Comparison,
    /// The key's type.
    pub dtype: DType,
    /// Computes the key of an element handed in for every parameter; `None` where the element is its own key, or has a
    /// canonical one.
    pub key: Option<ScalarFn>,
    /// Whether the key is the element with −0 as 0 and every NaN as one NaN, compared by total order.
    pub is_canonical: bool,
}

/// The keys of a comparator that is `key(left) < key(right)` or `>`.
pub(super) fn keyed(body: &ScalarFn) -> Option<Keyed> {
    if body.results.len() != 1 {
        return None;
    }
    let Scalar::Compare(direction, comparison, a, b) = defined(body, body.results[0])? else { return None };
    let descending = match direction {
        Direction::Lt => false,
        Direction::Gt => true,
        Direction::Eq | Direction::Ne | Direction::Ge | Direction::Le => return None,
    };
    let (left, right) = (only_param(body, a)?, only_param(body, b)?);
    if left / 2 != right / 2 || left == right || !alike(body, a, b) {
        return None;
    }
    // `key(right) < key(left)` is the greater first.
    let turned = left % 2 == 1;
    let dtype = body.values[a.0 as usize];
    let plain = a.0 as usize == left;
    let is_canonical = comparison == Comparison::TotalOrder && canonical(body, a) == Some(left);
    let key = (!plain && !is_canonical).then(|| ScalarFn { results: vec![a], ..body.clone() });
    Some(Keyed { operand: left / 2, is_descending: descending != turned, comparison, dtype, key, is_canonical })
}

/// The parameter x whose canonical form a value is: z where z = z, else a positive NaN, z being 0 where x = 0, else x.
fn canonical(body: &ScalarFn, value: Val) -> Option<usize> {
    let dtype = body.values[value.0 as usize];
    let bits = |value: Val| {
        let Scalar::Constant(bits) = defined(body, value)? else { return None };
        Some(bits)
    };
    let chosen = |value: Val, direction: Direction, constant: fn(DType, u128) -> bool| {
        let Scalar::Select(test, instead, x) = defined(body, value)? else { return None };
        let Scalar::Compare(found, Comparison::Float, a, b) = defined(body, test)? else { return None };
        let beside = if direction == Direction::Ne { b == x } else { bits(b)? == 0 };
        (found == direction && a == x && beside && constant(dtype, bits(instead)?)).then_some(x)
    };
    let plain = chosen(value, Direction::Ne, is_positive_nan)?;
    let x = chosen(plain, Direction::Eq, |_, bits| bits == 0)?;
    (dtype.is_float() && (x.0 as usize) < body.params).then_some(x.0 as usize)
}

fn is_positive_nan(dtype: DType, bits: u128) -> bool {
    let sign = 1u128 << (8 * dtype.size() - 1);
    let infinity = Binary::Minimum.identity(dtype);
    bits & sign == 0 && infinity.is_some_and(|infinity| bits > infinity)
}

/// The operands of a scalar, in order.
fn operands(scalar: Scalar) -> [Option<Val>; 3] {
    match scalar {
        Scalar::Constant(_) => [None; 3],
        Scalar::Unary(_, a) | Scalar::Convert(a) | Scalar::Bitcast(a) | Scalar::ReducePrecision(a, ..) => {
            [Some(a), None, None]
        }
        Scalar::Binary(_, a, b) | Scalar::Compare(_, _, a, b) => [Some(a), Some(b), None],
        Scalar::Select(a, b, c) | Scalar::Fma(a, b, c) => [Some(a), Some(b), Some(c)],
    }
}

/// The same scalar with its operands forgotten.
fn shape_of(scalar: Scalar) -> Scalar {
    let none = Val(0);
    match scalar {
        Scalar::Constant(bits) => Scalar::Constant(bits),
        Scalar::Unary(word, _) => Scalar::Unary(word, none),
        Scalar::Binary(word, ..) => Scalar::Binary(word, none, none),
        Scalar::Compare(direction, comparison, ..) => Scalar::Compare(direction, comparison, none, none),
        Scalar::Select(..) => Scalar::Select(none, none, none),
        Scalar::Fma(..) => Scalar::Fma(none, none, none),
        Scalar::Convert(_) => Scalar::Convert(none),
        Scalar::Bitcast(_) => Scalar::Bitcast(none),
        Scalar::ReducePrecision(_, exponent, mantissa) => Scalar::ReducePrecision(none, exponent, mantissa),
    }
}

/// Most values a key may be made of; longer comparators take the general way.
const LONGEST_KEY: usize = 64;

/// The one parameter a value depends on; `None` where it is none or several.
fn only_param(body: &ScalarFn, value: Val) -> Option<usize> {
    let (mut found, mut waiting, mut seen) = (None, SmallVec::<[Val; 16]>::from_slice(&[value]), 0);
    while let Some(value) = waiting.pop() {
        seen += 1;
        if seen > LONGEST_KEY {
            return None;
        }
        match defined(body, value) {
            None if found.is_some_and(|f| f != value.0 as usize) => return None,
            None => found = Some(value.0 as usize),
            Some(scalar) => waiting.extend(operands(scalar).into_iter().flatten()),
        }
    }
    found
}

/// Whether two values are the same function, each of its own parameter.
fn alike(body: &ScalarFn, a: Val, b: Val) -> bool {
    let mut waiting = SmallVec::<[(Val, Val); 16]>::from_slice(&[(a, b)]);
    while let Some((a, b)) = waiting.pop() {
        if body.values[a.0 as usize] != body.values[b.0 as usize] {
            return false;
        }
        match (defined(body, a), defined(body, b)) {
            (None, None) => {}
            (Some(x), Some(y)) if shape_of(x) == shape_of(y) => {
                waiting.extend(operands(x).into_iter().flatten().zip(operands(y).into_iter().flatten()));
            }
            (Some(_), Some(_)) | (None, Some(_)) | (Some(_), None) => return false,
        }
    }
    true
}
