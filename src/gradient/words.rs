//! Derivatives of the scalar words: every special function has its own.

use super::pen::Pen;
use super::special::bessel_i0e;
use super::sweep::Sweep;
use crate::graph::{Node, Op, Value};
use brolga_codegen::{Binary, Direction, Unary};
use std::f64::consts::{FRAC_2_SQRT_PI, PI};

impl Sweep<'_> {
    /// A word of one element.
    pub(super) fn unary(&mut self, word: Unary, node: &Node, g: Value) {
        let (x, y) = (node.inputs[0], node.result());
        if word == Unary::Sqrt
            && let Some(norm) = Norm::found(&self.pen, x)
        {
            return self.norm(&norm, y, g);
        }
        if let Some(cotangent) = of_unary(&mut self.pen, word, x, y, g) {
            self.give(x, cotangent);
        }
    }

    /// A word of two elements.
    pub(super) fn binary(&mut self, word: Binary, node: &Node, g: Value) {
        let (x, y, z) = (node.inputs[0], node.inputs[1], node.result());
        if word == Binary::Add
            && let Some(inner) = softplus_of(&self.pen, x, y)
        {
            // The derivative of softplus is the logistic function: the parts' own derivatives jump at 0.
            let slope = self.pen.unary(Unary::Logistic, inner);
            let cotangent = self.pen.mul(g, slope);
            return self.give(inner, cotangent);
        }
        if self.wants(x)
            && let Some(cotangent) = of_first(&mut self.pen, word, [x, y, z], g)
        {
            self.give(x, cotangent);
        }
        if self.wants(y)
            && let Some(cotangent) = of_second(&mut self.pen, word, [x, y, z], g)
        {
            self.give(y, cotangent);
        }
    }

    /// √Σx²: x · g / norm, and 0 where the norm is.
    fn norm(&mut self, norm: &Norm, y: Value, g: Value) {
        let pen = &mut self.pen;
        let zero = pen.compare_to(Direction::Eq, y, 0);
        let one = pen.number_like(1, y);
        let divisor = pen.select(zero, one, y);
        let factor = pen.div(g, divisor);
        let factor = pen.drop_where(zero, factor);
        let extents = pen.extents(norm.x);
        let kept: Vec<usize> = (0..extents.len()).filter(|axis| !norm.dims.contains(axis)).collect();
        let factor = pen.broadcast(factor, &kept, &extents);
        let cotangent = pen.mul(factor, norm.x);
        self.give(norm.x, cotangent);
    }
}

/// A sum of squares, whose root is a norm.
struct Norm {
    x: Value,
    dims: Vec<usize>,
}

impl Norm {
    fn found(pen: &Pen, sum: Value) -> Option<Norm> {
        let node = pen.builder.definition(sum);
        let Op::Reduce { dims, body } = &node.op else { return None };
        let zero = is_zero(pen, node.inputs[1]);
        let squares = pen.builder.definition(node.inputs[0]);
        let square = squares.op == Op::Binary(Binary::Multiply) && squares.inputs[0] == squares.inputs[1];
        let real = pen.dtype(sum).is_float() && node.inputs.len() == 2;
        let adds = super::pen::word_of(body) == Some(Binary::Add);
        (zero && square && real && adds).then(|| Norm { x: squares.inputs[0], dims: dims.to_vec() })
    }
}

/// Whether a value is the constant 0.
fn is_zero(pen: &Pen, value: Value) -> bool {
    pen.constant(value).is_some_and(|element| element.bytes().iter().all(|&byte| byte == 0))
}

/// The x of max(x, 0) + log1p(exp(−|x|)).
fn softplus_of(pen: &Pen, first: Value, second: Value) -> Option<Value> {
    let only = |value: Value, word: Unary| {
        let node = pen.builder.definition(value);
        (node.op == Op::Unary(word)).then(|| node.inputs[0])
    };
    let tail =
        |value| only(only(only(only(value, Unary::LogPlusOne)?, Unary::Exponential)?, Unary::Negate)?, Unary::Abs);
    let (head, x) = tail(second).map(|x| (first, x)).or_else(|| tail(first).map(|x| (second, x)))?;
    let node = pen.builder.definition(head);
    let matches = node.op == Op::Binary(Binary::Maximum) && node.inputs[0] == x && is_zero(pen, node.inputs[1]);
    (matches && pen.dtype(x).is_float()).then_some(x)
}

/// g times the conjugate of a derivative.
fn chain(pen: &mut Pen, g: Value, derivative: Value) -> Value {
    let turned = pen.conj(derivative);
    pen.mul(g, turned)
}

/// The cotangent of x, where y = word(x). `None` where no gradient passes.
fn of_unary(pen: &mut Pen, word: Unary, x: Value, y: Value, g: Value) -> Option<Value> {
    let complex = pen.dtype(x).is_complex();
    let derivative = match word {
        Unary::Abs if complex => {
            let sign = pen.unary(Unary::Sign, x);
            let wide = complex_of(pen, g);
            return Some(pen.mul(wide, sign));
        }
        Unary::Real if complex => return Some(complex_of(pen, g)),
        Unary::Imag if complex => {
            let zero = pen.zeros_like(g);
            return Some(pen.binary(Binary::Complex, zero, g));
        }
        Unary::Sign if complex => return Some(of_direction(pen, x, y, g)),
        Unary::Real => return Some(g),
        Unary::Negate => return Some(pen.neg(g)),
        // A step: TensorFlow gives zeros.
        Unary::Sign => return Some(pen.zeros_like(g)),
        Unary::Imag | Unary::Ceil | Unary::Floor | Unary::RoundNearestAfz | Unary::RoundNearestEven => return None,
        Unary::CountLeadingZeros | Unary::IsFinite | Unary::Not | Unary::Popcnt => return None,
        Unary::Abs => pen.unary(Unary::Sign, x),
        Unary::Acos | Unary::Acosh | Unary::Asin | Unary::Asinh | Unary::Atan | Unary::Atanh => {
            of_inverse(pen, word, x)
        }
        Unary::BesselI1e => of_bessel(pen, x, y),
        Unary::Cbrt => {
            let square = pen.mul(y, y);
            let three = pen.times(square, 3);
            pen.over(1, three)
        }
        Unary::Cosh => pen.unary(Unary::Sinh, x),
        Unary::Sinh => pen.unary(Unary::Cosh, x),
        Unary::Cosine => {
            let sine = pen.unary(Unary::Sine, x);
            pen.neg(sine)
        }
        Unary::Sine => pen.unary(Unary::Cosine, x),
        Unary::Tan => {
            let square = pen.mul(y, y);
            pen.plus(square, 1)
        }
        Unary::Tanh => {
            let square = pen.mul(y, y);
            pen.from(1, square)
        }
        Unary::Digamma => {
            let one = pen.number_like(1, x);
            pen.binary(Binary::Polygamma, one, x)
        }
        Unary::Lgamma => pen.unary(Unary::Digamma, x),
        Unary::Erf => gaussian(pen, x, FRAC_2_SQRT_PI, -1),
        Unary::Erfc => gaussian(pen, x, -FRAC_2_SQRT_PI, -1),
        Unary::ErfInv => gaussian(pen, y, PI.sqrt() / 2.0, 1),
        Unary::Exponential => y,
        Unary::ExponentialMinusOne => pen.plus(y, 1),
        Unary::Log => pen.over(1, x),
        Unary::LogPlusOne => {
            let shifted = pen.plus(x, 1);
            pen.over(1, shifted)
        }
        Unary::Logistic => {
            let rest = pen.from(1, y);
            pen.mul(y, rest)
        }
        Unary::Rsqrt => {
            let quotient = pen.div(y, x);
            pen.times(quotient, -0.5)
        }
        Unary::Sqrt => pen.over(0.5, y),
    };
    Some(chain(pen, g, derivative))
}

/// The real number as a complex one.
fn complex_of(pen: &mut Pen, x: Value) -> Value {
    let zero = pen.zeros_like(x);
    pen.binary(Binary::Complex, x, zero)
}

/// The cotangent of z, where y = z / |z|: the part of g across y, over |z|.
fn of_direction(pen: &mut Pen, z: Value, y: Value, g: Value) -> Value {
    let turned = pen.conj(y);
    let product = pen.mul(g, turned);
    let along = pen.unary(Unary::Real, product);
    let along = complex_of(pen, along);
    let along = pen.mul(along, y);
    let across = pen.sub(g, along);
    let size = pen.unary(Unary::Abs, z);
    let zero = pen.compare_to(Direction::Eq, size, 0);
    let one = pen.number_like(1, size);
    let divisor = pen.select(zero, one, size);
    let divisor = complex_of(pen, divisor);
    let quotient = pen.div(across, divisor);
    pen.drop_where(zero, quotient)
}

/// factor · exp(± x²).
fn gaussian(pen: &mut Pen, x: Value, factor: f64, sign: i32) -> Value {
    let square = pen.mul(x, x);
    let exponent = if sign < 0 { pen.neg(square) } else { square };
    let bell = pen.unary(Unary::Exponential, exponent);
    pen.times(bell, factor)
}

/// Derivatives of the inverse trigonometric and hyperbolic functions, written without cancellation near ±1.
fn of_inverse(pen: &mut Pen, word: Unary, x: Value) -> Value {
    let (above, below) = (pen.plus(x, 1), pen.from(1, x));
    let product = pen.mul(above, below);
    let square = pen.mul(x, x);
    let sum = pen.plus(square, 1);
    if word == Unary::Asin {
        pen.unary(Unary::Rsqrt, product)
    } else if word == Unary::Acos {
        let slope = pen.unary(Unary::Rsqrt, product);
        pen.neg(slope)
    } else if word == Unary::Acosh {
        // Two roots, so that the branch cut of a complex argument is that of the function.
        let less = pen.neg(below);
        let roots = (pen.unary(Unary::Sqrt, above), pen.unary(Unary::Sqrt, less));
        let root = pen.mul(roots.0, roots.1);
        pen.over(1, root)
    } else if word == Unary::Asinh {
        pen.unary(Unary::Rsqrt, sum)
    } else {
        pen.over(1, if word == Unary::Atan { sum } else { product })
    }
}

/// i1e′(x) = i0e(x) − i1e(x) · (sign(x) + 1/x), which is 1/2 at 0.
fn of_bessel(pen: &mut Pen, x: Value, y: Value) -> Value {
    let zero = pen.compare_to(Direction::Eq, x, 0);
    let one = pen.number_like(1, x);
    let safe = pen.select(zero, one, x);
    let (sign, inverse) = (pen.unary(Unary::Sign, safe), pen.over(1, safe));
    let factor = pen.add(sign, inverse);
    let rest = pen.mul(y, factor);
    let even = bessel_i0e(pen, safe);
    let slope = pen.sub(even, rest);
    let half = pen.number_like(0.5, x);
    pen.select(zero, half, slope)
}

/// The cotangent of x, where z = word(x, y).
fn of_first(pen: &mut Pen, word: Binary, [x, y, z]: [Value; 3], g: Value) -> Option<Value> {
    Some(match word {
        Binary::Add | Binary::Subtract | Binary::NextAfter | Binary::Remainder => g,
        Binary::Multiply => chain(pen, g, y),
        Binary::Divide => {
            let turned = pen.conj(y);
            pen.div(g, turned)
        }
        Binary::Complex => pen.unary(Unary::Real, g),
        Binary::Atan2 => {
            let factor = over_squares(pen, x, y, y);
            chain(pen, g, factor)
        }
        Binary::Maximum | Binary::Minimum => {
            let first = first_taken(pen, word, x, y);
            pen.keep(first, g)
        }
        Binary::Power => {
            let slope = of_base(pen, x, y);
            chain(pen, g, slope)
        }
        // TensorFlow has no gradient for the order of a special function either.
        Binary::Polygamma | Binary::Zeta => return None,
        Binary::And | Binary::Or | Binary::Xor | Binary::Mulhi => return integers(z),
        Binary::ShiftLeft | Binary::ShiftRightArithmetic | Binary::ShiftRightLogical => return integers(z),
    })
}

/// The cotangent of y, where z = word(x, y).
fn of_second(pen: &mut Pen, word: Binary, [x, y, z]: [Value; 3], g: Value) -> Option<Value> {
    Some(match word {
        Binary::Add => g,
        Binary::Subtract => pen.neg(g),
        Binary::Multiply => chain(pen, g, x),
        Binary::Divide => {
            let quotient = pen.div(z, y);
            let slope = pen.neg(quotient);
            chain(pen, g, slope)
        }
        Binary::Complex => pen.unary(Unary::Imag, g),
        Binary::Atan2 => {
            let factor = over_squares(pen, x, y, x);
            let slope = pen.neg(factor);
            chain(pen, g, slope)
        }
        Binary::Maximum | Binary::Minimum => {
            let first = first_taken(pen, word, x, y);
            pen.drop_where(first, g)
        }
        Binary::Power => {
            let slope = of_exponent(pen, x, z);
            chain(pen, g, slope)
        }
        Binary::Remainder => {
            let quotient = pen.div(x, y);
            let size = pen.unary(Unary::Abs, quotient);
            let (whole, sign) = (pen.unary(Unary::Floor, size), pen.unary(Unary::Sign, quotient));
            let towards_zero = pen.mul(whole, sign);
            let slope = pen.neg(towards_zero);
            pen.mul(g, slope)
        }
        Binary::NextAfter => pen.zeros_like(g),
        Binary::Polygamma => {
            let order = pen.plus(x, 1);
            let slope = pen.binary(Binary::Polygamma, order, y);
            pen.mul(g, slope)
        }
        Binary::Zeta => {
            let order = pen.plus(x, 1);
            let next = pen.binary(Binary::Zeta, order, y);
            let turned = pen.neg(x);
            let slope = pen.mul(turned, next);
            pen.mul(g, slope)
        }
        Binary::And | Binary::Or | Binary::Xor | Binary::Mulhi => return integers(z),
        Binary::ShiftLeft | Binary::ShiftRightArithmetic | Binary::ShiftRightLogical => return integers(z),
    })
}

/// Words of integers and truth values hand nothing on.
fn integers(_: Value) -> Option<Value> {
    None
}

/// part / (x² + y²).
fn over_squares(pen: &mut Pen, x: Value, y: Value, part: Value) -> Value {
    let (a, b) = (pen.mul(x, x), pen.mul(y, y));
    let sum = pen.add(a, b);
    pen.div(part, sum)
}

/// Where a maximum or minimum takes its first operand: also where both are equal, unless the second is the constant 0.
fn first_taken(pen: &mut Pen, word: Binary, x: Value, y: Value) -> Value {
    let rectifies = is_zero(pen, y);
    let direction = match (word == Binary::Maximum, rectifies) {
        (true, false) => Direction::Ge,
        (true, true) => Direction::Gt,
        (false, false) => Direction::Le,
        (false, true) => Direction::Lt,
    };
    pen.compare(direction, x, y)
}

/// y · x^(y − 1), and 0 at 0⁰.
fn of_base(pen: &mut Pen, x: Value, y: Value) -> Value {
    let less = pen.plus(y, -1);
    let power = pen.binary(Binary::Power, x, less);
    let slope = pen.mul(y, power);
    let (a, b) = (pen.compare_to(Direction::Eq, x, 0), pen.compare_to(Direction::Eq, y, 0));
    let both = pen.binary(Binary::And, a, b);
    pen.drop_where(both, slope)
}

/// z · log(x) where that is: of a real x above 0, of a complex one unequal to 0; else 0.
fn of_exponent(pen: &mut Pen, x: Value, z: Value) -> Value {
    let direction = if pen.dtype(x).is_complex() { Direction::Ne } else { Direction::Gt };
    let there = pen.compare_to(direction, x, 0);
    let one = pen.number_like(1, x);
    let safe = pen.select(there, x, one);
    let log = pen.unary(Unary::Log, safe);
    pen.mul(z, log)
}
