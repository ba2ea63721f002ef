//! Comparisons, logic, and bits.

use super::elements::{INTEGERS, REALS, TRUTHS, takes, two};
use crate::arg::Args;
use crate::error::Result;
use crate::{Row, Value};
use brolga::DType;

macro_rules! functions {
    ($($taken:ident $word:path, $names:expr, $doc:literal;)+) => {
        &[$(Row::new($names, "x, y, name=None", $doc, |a| {
            let (x, y) = two(a, "x", "y", $taken)?;
            Ok($word(&x, &y).into())
        })),+]
    };
}

/// Orders, logic and bits.
pub const FUNCTIONS: &[Row] = functions! {
    REALS less, &["math.less", "less"], "Whether x < y.";
    REALS less_equal, &["math.less_equal", "less_equal"], "Whether x <= y.";
    REALS greater, &["math.greater", "greater"], "Whether x > y.";
    REALS greater_equal, &["math.greater_equal", "greater_equal"], "Whether x >= y.";
    TRUTHS std::ops::BitAnd::bitand, &["math.logical_and", "logical_and"], "Whether both hold.";
    TRUTHS std::ops::BitOr::bitor, &["math.logical_or", "logical_or"], "Whether one of the two holds, or both.";
    TRUTHS std::ops::BitXor::bitxor, &["math.logical_xor"], "Whether one of the two holds, but not both.";
    INTEGERS std::ops::BitAnd::bitand, &["bitwise.bitwise_and"], "The bits that both have.";
    INTEGERS std::ops::BitOr::bitor, &["bitwise.bitwise_or"], "The bits that one of the two has, or both.";
    INTEGERS std::ops::BitXor::bitxor, &["bitwise.bitwise_xor"], "The bits that one of the two has, but not both.";
    INTEGERS left_shift, &["bitwise.left_shift"], "Bits moved up, by at most the width less one.";
    INTEGERS right_shift, &["bitwise.right_shift"], "Bits moved down, by at most the width less one.";
};

/// Equality, which every element type has.
pub const EQUALITY: &[Row] = &[
    Row::new(&["math.equal", "equal"], "x, y, name=None", "Whether x = y; NaN equals nothing.", |a| {
        let (x, y) = comparable(a)?;
        Ok(x.eq(y).into())
    }),
    Row::new(
        &["math.not_equal", "not_equal"],
        "x, y, name=None",
        "Whether x and y differ; NaN differs from all.",
        |a| {
            let (x, y) = comparable(a)?;
            Ok(x.ne(y).into())
        },
    ),
    Row::new(&["math.is_non_decreasing"], "x, name=None", "Whether no element is less than the one before it.", |a| {
        let (before, after) = neighbours(a)?;
        let holds = before.le(after);
        Ok(holds.reduce_all(&holds.all_axes()).into())
    }),
    Row::new(
        &["math.is_strictly_increasing"],
        "x, name=None",
        "Whether every element exceeds the one before it.",
        |a| {
            let (before, after) = neighbours(a)?;
            let holds = before.lt(after);
            Ok(holds.reduce_all(&holds.all_axes()).into())
        },
    ),
];

fn comparable(a: &Args) -> Result<(Value, Value)> {
    a.pair("x", "y")
}

fn less(x: &Value, y: &Value) -> Value {
    x.lt(y)
}

fn less_equal(x: &Value, y: &Value) -> Value {
    x.le(y)
}

fn greater(x: &Value, y: &Value) -> Value {
    x.gt(y)
}

fn greater_equal(x: &Value, y: &Value) -> Value {
    x.ge(y)
}

/// A shift's amount as TensorFlow takes it: between nothing and the width less one.
fn amount(y: &Value) -> Value {
    let most = (y.dtype().bits() - 1) as i64;
    if matches!(y.dtype(), DType::U8 | DType::U16 | DType::U32 | DType::U64) {
        return y.minimum(most);
    }
    y.clamp(0i64, most)
}

fn left_shift(x: &Value, y: &Value) -> Value {
    x.shift_left(amount(y))
}

fn right_shift(x: &Value, y: &Value) -> Value {
    x.shift_right(amount(y))
}

/// All elements in order, without the last and without the first.
fn neighbours(a: &Args) -> Result<(Value, Value)> {
    let x = a.tensor("x")?;
    takes(a, &x, REALS)?;
    let flat = x.reshape(&[-1]);
    let count = crate::arg::extents(&flat)?[0];
    Ok((flat.slice_axis(0, 0, count.saturating_sub(1)), flat.slice_axis(0, 1.min(count), count)))
}
