//! Every word, each in its own domain.

use crate::check::{Case, complexes, floats};
use brolga::Tensor;
use brolga::graph::Op;
use brolga::graph::build::Source;
use brolga_codegen::{Binary, Unary};

/// Where a word of one real number is checked; `None` where it has no derivative or no meaning.
fn domain(word: Unary) -> Option<(f64, f64)> {
    Some(match word {
        Unary::Abs | Unary::Atan | Unary::Asinh | Unary::Sine | Unary::Cosine | Unary::Tanh => (-2.0, 2.0),
        Unary::Acos | Unary::Asin | Unary::Atanh | Unary::ErfInv => (-0.9, 0.9),
        Unary::Acosh => (1.2, 3.0),
        Unary::BesselI1e => (-11.0, 11.0),
        Unary::Cbrt | Unary::Log | Unary::Rsqrt | Unary::Sqrt => (0.3, 3.0),
        Unary::Cosh | Unary::Sinh | Unary::Erf | Unary::Erfc | Unary::Exponential => (-2.0, 2.0),
        Unary::Digamma | Unary::Lgamma => (0.6, 4.0),
        Unary::ExponentialMinusOne | Unary::Logistic | Unary::Negate | Unary::Real | Unary::Sign => (-2.0, 2.0),
        Unary::LogPlusOne => (-0.7, 2.0),
        Unary::Tan => (-1.2, 1.2),
        Unary::Imag | Unary::Ceil | Unary::Floor | Unary::RoundNearestAfz | Unary::RoundNearestEven => return None,
        Unary::CountLeadingZeros | Unary::IsFinite | Unary::Not | Unary::Popcnt => return None,
    })
}

/// Where a word of two real numbers is checked.
fn domains(word: Binary) -> Option<[(f64, f64); 2]> {
    Some(match word {
        Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Maximum | Binary::Minimum => {
            [(-2.0, 2.0), (-2.0, 2.0)]
        }
        Binary::Complex => [(-2.0, 2.0), (-2.0, 2.0)],
        Binary::Atan2 => [(0.3, 2.0), (-2.0, -0.3)],
        Binary::Divide => [(-2.0, 2.0), (0.4, 2.0)],
        Binary::Power => [(0.3, 2.0), (-2.0, 3.0)],
        Binary::Remainder => [(-7.0, 7.0), (1.1, 1.9)],
        // The order has no gradient, as in TensorFlow: it is checked as a constant in `orders`.
        Binary::Polygamma | Binary::Zeta => return None,
        // A step of one unit in the last place: checked in `api`.
        Binary::NextAfter => return None,
        Binary::And | Binary::Or | Binary::Xor | Binary::Mulhi => return None,
        Binary::ShiftLeft | Binary::ShiftRightArithmetic | Binary::ShiftRightLogical => return None,
    })
}

/// Words of one complex number, with the region of the plane they are checked in.
fn complex_domain(word: Unary) -> Option<(f64, f64)> {
    let holds = word.result(brolga::DType::C128).is_some();
    holds.then_some(if word == Unary::Tan { (0.2, 0.9) } else { (0.3, 0.9) })
}

pub fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for &word in Unary::ALL {
        if let Some((low, high)) = domain(word) {
            cases.push(Case::op(Op::Unary(word), &[floats(1, &[9], low, high)], &[]));
        }
        if let Some((low, high)) = complex_domain(word) {
            let mut case = Case::op(Op::Unary(word), &[complexes(2, &[5], low, high)], &[]);
            case.name += " of complex numbers";
            cases.push(case);
        }
    }
    for &word in Binary::ALL {
        if let Some([(a, b), (c, d)]) = domains(word) {
            cases.push(Case::op(Op::Binary(word), &[floats(3, &[9], a, b), floats(4, &[9], c, d)], &[]));
        }
    }
    for word in [Binary::Add, Binary::Subtract, Binary::Multiply, Binary::Divide, Binary::Power, Binary::Atan2] {
        let mut case = Case::op(Op::Binary(word), &[complexes(5, &[5], 0.3, 0.9), complexes(6, &[5], 0.2, 0.7)], &[]);
        case.name += " of complex numbers";
        cases.push(case);
    }
    cases.extend(orders());
    cases
}

/// Special functions at constant orders.
fn orders() -> Vec<Case> {
    let x = floats(7, &[6], 0.7, 4.0);
    let order = |x: &[f64]| Tensor::from_slice(&[6], x).unwrap();
    let polygamma = order(&[0.0, 1.0, 2.0, 3.0, 1.0, 2.0]);
    let zeta = order(&[2.0, 3.0, 4.5, 2.5, 3.5, 6.0]);
    vec![
        Case::traced("chlo.polygamma", std::slice::from_ref(&x), |t, p| t.constant(polygamma).polygamma(&p[0])),
        Case::traced("chlo.zeta", &[x], |t, p| t.constant(zeta).zeta(&p[0])),
    ]
}
