//! Double-double arithmetic: unevaluated sums of two `f64`, for the few places where 53 bits cancel away.
//!
//! The sums and products are the error-free transformations of Dekker (1971) and Knuth (TAOCP 2, 4.2.2), with the
//! product's error taken by a fused multiply-add.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `hi + lo`, with `|lo|` at most half a unit in the last place of `hi`: about 106 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Double {
    pub hi: f64,
    pub lo: f64,
}

/// ln 2.
pub(super) const LN_2: Double = Double { hi: std::f64::consts::LN_2, lo: 2.3190468138462996e-17 };
/// π.
pub(super) const PI: Double = Double { hi: std::f64::consts::PI, lo: 1.2246467991473532e-16 };
/// π/2 beyond [`PI`]'s 106 bits: the third piece of half of π.
const HALF_PI_TAIL: f64 = -1.4973849048591698e-33;

impl Double {
    /// The exact sum of two numbers.
    pub fn sum(a: f64, b: f64) -> Double {
        let hi = a + b;
        let part = hi - a;
        Double { hi, lo: (a - (hi - part)) + (b - part) }
    }

    /// The exact product of two numbers (where nothing underflows).
    pub fn product(a: f64, b: f64) -> Double {
        let hi = a * b;
        Double { hi, lo: a.mul_add(b, -hi) }
    }

    /// The sum where `|a|` is at least `|b|`.
    fn quick(a: f64, b: f64) -> Double {
        let hi = a + b;
        Double { hi, lo: b - (hi - a) }
    }

    /// The nearest single number.
    pub fn round(self) -> f64 {
        self.hi + self.lo
    }

    /// Times a power of two (or any number whose products are exact).
    pub fn scale(self, by: f64) -> Double {
        Double { hi: self.hi * by, lo: self.lo * by }
    }

    /// Divided by a single number.
    pub fn over(self, by: f64) -> Double {
        let first = self.hi / by;
        Double::quick(first, (first.mul_add(-by, self.hi) + self.lo) / by)
    }

    /// The absolute value.
    pub fn abs(self) -> Double {
        if self.hi < 0.0 { -self } else { self }
    }

    /// e^self for arguments between −700 and 700.
    pub fn exp(self) -> Double {
        let k = (self.hi * std::f64::consts::LOG2_E).round();
        // law: |k| <= 1011, so the power of two is normal
        ((self - LN_2 * Double::from(k)).exp_m1() + Double::from(1.0)).scale(2f64.powi(k as i32))
    }

    /// e^self − 1 to full relative accuracy for arguments up to 1: Taylor's series on a 512th, squared back.
    pub fn exp_m1(self) -> Double {
        let r = self.scale(1.0 / 512.0);
        let mut sum = Double::from(0.0);
        for n in (1..=10).rev() {
            sum = (sum + Double::from(1.0)) * r.over(f64::from(n));
        }
        for _ in 0..9 {
            sum = sum.scale(2.0) + sum * sum;
        }
        sum
    }

    /// The natural logarithm of a positive number between 1e-300 and 1e300: one Newton step on `exp`.
    pub fn ln(self) -> Double {
        let guess = self.hi.ln();
        let off = self * Double::from(-guess).exp() - Double::from(1.0);
        Double::from(guess) + (off - (off * off).scale(0.5))
    }

    /// Sine and cosine, reduced by π/2 in three pieces: full accuracy for arguments below about 1e9.
    pub fn sin_cos(self) -> (Double, Double) {
        let k = (self.hi * std::f64::consts::FRAC_2_PI).round();
        let turns = Double::from(k);
        let r = self - PI.scale(0.5) * turns - Double::product(HALF_PI_TAIL, k);
        let (sin, cos) = (r.series(2), r.series(1));
        match (k as i64).rem_euclid(4) {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            3.. => (-cos, sin),
            ..0 => unreachable!("law: a euclidean remainder is not negative"),
        }
    }

    /// Taylor's series of sine (`first` = 2) or cosine (`first` = 1) for arguments up to π/4.
    fn series(self, first: u32) -> Double {
        let square = -(self * self);
        let mut sum = Double::from(1.0);
        for n in (0..14).rev() {
            let n = f64::from(2 * n + first);
            sum = (sum * square).over(n * (n + 1.0)) + Double::from(1.0);
        }
        if first == 2 { sum * self } else { sum }
    }
}

impl From<f64> for Double {
    fn from(hi: f64) -> Double {
        Double { hi, lo: 0.0 }
    }
}

impl Neg for Double {
    type Output = Double;
    fn neg(self) -> Double {
        Double { hi: -self.hi, lo: -self.lo }
    }
}

impl Add for Double {
    type Output = Double;
    fn add(self, other: Double) -> Double {
        let (high, low) = (Double::sum(self.hi, other.hi), Double::sum(self.lo, other.lo));
        let mid = Double::quick(high.hi, high.lo + low.hi);
        Double::quick(mid.hi, mid.lo + low.lo)
    }
}

impl Sub for Double {
    type Output = Double;
    fn sub(self, other: Double) -> Double {
        self + -other
    }
}

impl Mul for Double {
    type Output = Double;
    fn mul(self, other: Double) -> Double {
        let high = Double::product(self.hi, other.hi);
        Double::quick(high.hi, high.lo + self.hi.mul_add(other.lo, self.lo * other.hi))
    }
}

impl Div for Double {
    type Output = Double;
    fn div(self, other: Double) -> Double {
        let first = self.hi / other.hi;
        let rest = self - other * Double::from(first);
        let second = rest.hi / other.hi;
        let rest = rest - other * Double::from(second);
        Double::quick(first, second) + Double::from(rest.hi / other.hi)
    }
}
