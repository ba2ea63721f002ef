//! The words' meanings on real and complex numbers against values from arbitrary-precision arithmetic.
#![allow(clippy::unwrap_used)]

use brolga_codegen::scalar::number::{Cplx, Real};
use brolga_codegen::scalar::special::{complex, digamma, lgamma, polygamma, zeta};
use brolga_codegen::scalar::{Binary, BinaryVisitor, Unary, UnaryVisitor};
use num_complex::Complex;
use std::collections::BTreeMap;

/// Applies a unary word to one element.
struct One<T>(T);

impl<T> UnaryVisitor<T> for One<T> {
    type Output = Option<T>;
    fn visit(self, f: impl Fn(T) -> T + Copy) -> Option<T> {
        Some(f(self.0))
    }
    fn absent(self) -> Option<T> {
        None
    }
}

/// Applies a binary word to two elements.
struct Two<T>(T, T);

impl<T> BinaryVisitor<T> for Two<T> {
    type Output = Option<T>;
    fn visit(self, f: impl Fn(T, T) -> T + Copy) -> Option<T> {
        Some(f(self.0, self.1))
    }
    fn absent(self) -> Option<T> {
        None
    }
}

/// The word's value on real operands.
fn real<T: Real>(word: &str, operands: &[T]) -> T {
    match operands {
        [x] => Unary::from_name(word).unwrap().float(One(*x)).unwrap(),
        [x, y] => Binary::from_name(word).unwrap().float(Two(*x, *y)).unwrap(),
        _ => panic!("a word takes one or two operands"),
    }
}

/// The word's value on complex operands, given as components.
fn pair<T: Real>(word: &str, operands: &[T]) -> [T; 2]
where
    Complex<T>: Cplx,
{
    let value = match operands {
        [a, b] => Unary::from_name(word).unwrap().complex(One(Complex::new(*a, *b))),
        [a, b, c, d] => Binary::from_name(word).unwrap().complex(Two(Complex::new(*a, *b), Complex::new(*c, *d))),
        _ => panic!("a word takes one or two operands"),
    };
    let value = value.unwrap();
    [value.re, value.im]
}

/// The number's place among all numbers of its type: neighbours differ by one, both zeros are at 0.
trait Place: Real + std::str::FromStr {
    fn place(self) -> i64;
}

impl Place for f32 {
    fn place(self) -> i64 {
        let bits = i64::from(self.to_bits() & 0x7FFF_FFFF);
        if self.is_sign_negative() { -bits } else { bits }
    }
}

impl Place for f64 {
    fn place(self) -> i64 {
        let bits = (self.to_bits() & !(1 << 63)) as i64;
        if self.is_sign_negative() { -bits } else { bits }
    }
}

/// How far a value is from the expected one in units in the last place; `None` for a different kind of number.
fn distance<T: Place>(value: T, expected: T, bound: u64) -> Option<u64> {
    if value.is_nan() || expected.is_nan() {
        return (value.is_nan() && expected.is_nan()).then_some(0);
    }
    let signs = bound > 0 || value.is_sign_negative() == expected.is_sign_negative();
    (value.is_infinite() == expected.is_infinite() && signs).then(|| value.place().abs_diff(expected.place()))
}

/// Checks one line in one type and returns the worst distance, or what is wrong.
fn check<T: Place + std::fmt::Debug>(word: &str, bound: u64, fields: &[&str], is_complex: bool) -> Result<u64, String>
where
    Complex<T>: Cplx<Part = T>,
{
    let numbers: Vec<T> = fields.iter().map(|f| f.parse().ok().expect("the table holds numbers")).collect();
    let (operands, expected) = numbers.split_at(numbers.len() - if is_complex { 2 } else { 1 });
    let values = if is_complex { pair(word, operands).to_vec() } else { vec![real(word, operands)] };
    let mut worst = 0;
    for (&value, &expected) in values.iter().zip(expected) {
        match distance(value, expected, bound) {
            Some(d) if d <= bound => worst = worst.max(d),
            d => return Err(format!("{word} {operands:?}: {values:?}, expected {expected:?}, {d:?} > {bound} ulp")),
        }
    }
    Ok(worst)
}

#[test]
fn words_are_within_their_bounds_of_the_table() {
    let mut wrong = Vec::new();
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    for line in include_str!("special.txt").lines().filter(|l| !l.starts_with('#')) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [word, kind, bound, numbers @ ..] = fields.as_slice() else { panic!("short line `{line}`") };
        let bound = bound.parse().unwrap();
        let outcome = match *kind {
            "f32" => check::<f32>(word, bound, numbers, false),
            "f64" => check::<f64>(word, bound, numbers, false),
            "c32" => check::<f32>(word, bound, numbers, true),
            "c64" => check::<f64>(word, bound, numbers, true),
            _ => panic!("unknown type in `{line}`"),
        };
        wrong.extend(outcome.err());
        *lines.entry(word).or_default() += 1;
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(lines.len() >= 32 && lines.values().all(|&n| n >= 10), "the table lost lines: {lines:?}");
}

#[test]
fn gamma_functions_satisfy_their_recurrences() {
    // ψ(x + 1) = ψ(x) + 1/x, ln Γ(x + 1) = ln Γ(x) + ln |x| (DLMF 5.5.1, 5.5.2), at points the table does not hold
    for i in 1..400 {
        let x = f64::from(i) / 16.0 - 12.65625;
        let next = digamma(x) + 1.0 / x;
        let scale = 1.0 + digamma(x).abs() + (1.0 / x).abs();
        assert!((digamma(x + 1.0) - next).abs() <= 4.0 * f64::EPSILON * scale, "digamma at {x}");
        let next = lgamma(x) + x.abs().ln();
        let scale = 1.0 + lgamma(x).abs() + x.abs().ln().abs();
        assert!((lgamma(x + 1.0) - next).abs() <= 4.0 * f64::EPSILON * scale, "lgamma at {x}");
    }
}

#[test]
fn zeta_steps_down_by_its_first_term() {
    // ζ(s, q) = ζ(s, q + 1) + q^-s (DLMF 25.11.3), across the changes of method
    for (s, step) in [(2.0, 0.37), (3.0, 0.73), (7.0, 1.13), (25.0, 2.77)] {
        for i in -20..40 {
            let q = f64::from(i) * step + 0.125;
            let (whole, rest, first) = (zeta(s, q), zeta(s, q + 1.0), q.powf(-s));
            let scale = whole.abs() + rest.abs() + first.abs();
            // q + 1 rounds, which moves a power by s half units
            assert!((whole - rest - first).abs() <= (4.0 + s) * f64::EPSILON * scale, "zeta({s}, {q})");
        }
    }
    assert_eq!(polygamma(0.0, 2.5), digamma(2.5));
}

#[test]
fn functions_end_on_extreme_operands() {
    let extremes = [0.0, -0.0, 1.0, 0.5, 5e-324, 1e-300, 1e9, 1e18, 1e300, f64::MAX, f64::INFINITY, f64::NAN];
    let both: Vec<f64> = extremes.iter().flat_map(|&x| [x, -x, -x - 0.5]).collect();
    for &x in &both {
        for &y in &both {
            // the value is not the point here (the table has values): that each call returns is
            let _ = (zeta(x, y), polygamma(x, y), complex::power(Complex::new(x, y), Complex::new(y, x)));
            let z = complex::divide(Complex::new(x, y), Complex::new(y, x));
            assert!(
                x.is_nan() || y.is_nan() || !(x.is_finite() && y.is_finite()) || y == 0.0 && x == 0.0 || !z.re.is_nan()
            );
        }
    }
}

#[test]
fn odd_complex_functions_are_odd_and_respect_conjugates() {
    type F = fn(Complex<f64>) -> Complex<f64>;
    let odd: [(&str, F); 8] = [
        ("sine", complex::sine),
        ("tan", complex::tan),
        ("sinh", complex::sinh),
        ("tanh", complex::tanh),
        ("asin", complex::asin),
        ("asinh", complex::asinh),
        ("atan", complex::atan),
        ("atanh", complex::atanh),
    ];
    let parts = [0.0, 1e-310, 1e-9, 0.3, 1.0, 2.5, 30.0, 800.0, 1e200, f64::INFINITY];
    let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    for (name, f) in odd {
        for re in parts {
            for im in parts {
                let z = Complex::new(re, im);
                let (there, mirrored, turned) = (f(z), f(z.conj()).conj(), -f(-z));
                assert!(same(there.re, mirrored.re) && same(there.im, mirrored.im), "{name} at the conjugate of {z}");
                assert!(same(there.re, turned.re) && same(there.im, turned.im), "{name} at -{z}");
            }
        }
    }
}
