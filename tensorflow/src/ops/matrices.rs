//! Matrices by their parts: diagonals, bands, identities, norms.

use super::movement::{at_least, conjugated, list_of, signed};
use crate::arg::{Arg, Args, Out, extents};
use crate::convert;
use crate::error::{Result, invalid, value_error};
use crate::{Row, Staged, Value};
use brolga::graph::build::Source;
use brolga::{DType, Tensor, compose};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["eye", "linalg.eye"],
        "num_rows, num_columns=None, batch_shape=None, dtype=tf.float32, name=None",
        "Matrices with ones on their diagonal.",
        |a| {
            let rows = a.count("num_rows")?;
            let columns = if a.absent("num_columns") { rows } else { a.count("num_columns")? };
            let mut shape = if a.absent("batch_shape") { vec![] } else { a.shape("batch_shape")? };
            shape.extend([rows, columns]);
            let dtype = a.dtype("dtype")?.unwrap_or(DType::F32);
            Ok(compose::eye(&Staged, rows, columns, dtype).broadcast_to(&shape).into())
        },
    ),
    Row::new(
        &["linalg.band_part"],
        "input, num_lower, num_upper, name=None",
        "The matrices with zeros outside of a band; a negative width keeps the whole triangle.",
        band_part,
    ),
    Row::new(
        &["linalg.diag_part"],
        "input, name='diag_part', k=0, padding_value=0, align='RIGHT_LEFT'",
        "The diagonals of matrices.",
        diag_part,
    ),
    Row::new(
        &["linalg.diag"],
        "diagonal, name='diag', k=0, num_rows=-1, num_cols=-1, padding_value=0, align='RIGHT_LEFT'",
        "Matrices with these diagonals.",
        diag,
    ),
    Row::new(
        &["linalg.set_diag"],
        "input, diagonal, name='set_diag', k=0, align='RIGHT_LEFT'",
        "The matrices with these diagonals in place of their own.",
        set_diag,
    ),
    Row::new(&["linalg.tensor_diag"], "diagonal, name=None", "A tensor whose diagonal is another.", |a| {
        let x = a.tensor("diagonal")?;
        let shape = extents(&x)?;
        Ok(compose::diagonal(&x.reshape(&[-1])).reshape(&signed(&[shape.clone(), shape].concat())).into())
    }),
    Row::new(&["linalg.tensor_diag_part"], "input, name=None", "The diagonal of a tensor.", |a| {
        let x = a.tensor("input")?;
        let shape = extents(&x)?;
        let (left, right) = shape.split_at(shape.len() / 2);
        if left != right || left.is_empty() {
            return Err(invalid(format!("Invalid shape {shape:?}: dimensions must repeat themselves")));
        }
        let n: usize = left.iter().product();
        let sources: Vec<Option<usize>> = (0..n).map(|k| Some(k * (n + 1))).collect();
        Ok(placed(&x.reshape(&[-1]), &sources, &[n], None)?.reshape(&signed(left)).into())
    }),
    Row::new(&["linalg.trace"], "x, name=None", "The sum of the diagonals of matrices.", |a| {
        Ok(compose::trace(&at_least(a.tensor("x")?, 2)?).into())
    }),
    Row::new(
        &["linalg.norm", "norm"],
        "tensor, ord='euclidean', axis=None, keepdims=None, name=None",
        "The norm of vectors, or of matrices where two axes are given.",
        |a| {
            let (norm, axes) = norm(a)?;
            Ok(if a.flag("keepdims")? { norm } else { norm.squeeze(&axes) }.into())
        },
    ),
    Row::new(
        &["linalg.normalize"],
        "tensor, ord='euclidean', axis=None, name=None",
        "The tensor over its norm, and the norm.",
        |a| {
            let (norm, _) = norm(a)?;
            Ok(Out::tuple([a.tensor("tensor")? / &norm, norm]))
        },
    ),
];

fn band_part(a: &Args) -> Result<Out> {
    let x = at_least(a.tensor("input")?, 2)?;
    let (lower, upper) = (a.int("num_lower")?, a.int("num_upper")?);
    let shape = extents(&x)?;
    let [.., rows, columns] = shape[..] else { return Ok(x.into()) };
    if lower > rows as i64 || upper > columns as i64 {
        return Err(invalid(format!(
            "num_lower and num_upper must not exceed {rows} and {columns}, got {lower} and {upper}"
        )));
    }
    let row = Staged.iota(&[rows, columns], 0, DType::I64);
    let column = Staged.iota(&[rows, columns], 1, DType::I64);
    let mut inside = None;
    if lower >= 0 {
        inside = Some((&row - &column).le(lower));
    }
    if upper >= 0 {
        let above = (&column - &row).le(upper);
        inside = Some(inside.map_or(above.clone(), |below: Value| below & above));
    }
    Ok(inside.map_or(x.clone(), |inside| inside.select(&x, x.zeros_like())).into())
}

/// A range of diagonals and where short ones stand among the longest.
struct Band {
    low: i64,
    high: i64,
    above_left: bool,
    below_left: bool,
}

impl Band {
    fn of(a: &Args) -> Result<Band> {
        let (low, high) = match a.ints("k")?[..] {
            [k] => (k, k),
            [low, high] if low <= high => (low, high),
            [low, high] => {
                return Err(invalid(format!(
                    "lower_diag_index must not be larger than upper_diag_index: {low} > {high}"
                )));
            }
            _ => return Err(invalid("k must be a number or a pair")),
        };
        let (above_left, below_left) = match a.text("align")? {
            "RIGHT_LEFT" => (false, true),
            "LEFT_RIGHT" => (true, false),
            "LEFT_LEFT" => (true, true),
            "RIGHT_RIGHT" => (false, false),
            other => {
                return Err(value_error(format!(
                    "align must be LEFT_RIGHT, RIGHT_LEFT, LEFT_LEFT or RIGHT_RIGHT, got {other:?}"
                )));
            }
        };
        Ok(Band { low, high, above_left, below_left })
    }

    fn count(&self) -> usize {
        (self.high - self.low + 1) as usize
    }

    /// The extents of the diagonals of a matrix, packed: one row each, unless there is one.
    fn packed(&self, longest: usize) -> Vec<usize> {
        if self.low == self.high { vec![longest] } else { vec![self.count(), longest] }
    }

    fn length(d: i64, rows: usize, columns: usize) -> i64 {
        (rows as i64 + d.min(0)).min(columns as i64 - d.max(0))
    }

    fn longest(&self, rows: usize, columns: usize) -> Result<usize> {
        let (rows_, columns_) = (rows as i64, columns as i64);
        let fits = |d: i64| (-rows_ < d && d < columns_) || d == 0;
        if !fits(self.low) || !fits(self.high) {
            let (low, high) = (self.low, self.high);
            return Err(invalid(format!("diagonals {low} to {high} lie outside of a matrix of {rows} x {columns}")));
        }
        Ok((rows_ + self.high.min(0)).min(columns_ - self.low.max(0)).max(0) as usize)
    }

    /// Where diagonal `d` begins in its row of the packed form.
    fn offset(&self, d: i64, length: i64, longest: usize) -> i64 {
        let left = (d >= 0 && self.above_left) || (d <= 0 && self.below_left);
        if left { 0 } else { longest as i64 - length }
    }

    /// The matrix place (row-major) that each packed place shows.
    fn unpack(&self, rows: usize, columns: usize, longest: usize) -> Vec<Option<usize>> {
        let mut places = vec![];
        for d in (self.low..=self.high).rev() {
            let length = Band::length(d, rows, columns);
            let offset = self.offset(d, length, longest);
            places.extend((0..longest as i64).map(|n| {
                let along = n - offset;
                let (row, column) = (along + (-d).max(0), along + d.max(0));
                (0..length).contains(&along).then(|| row as usize * columns + column as usize)
            }));
        }
        places
    }

    /// The packed place that each matrix place shows.
    fn pack(&self, rows: usize, columns: usize, longest: usize) -> Vec<Option<usize>> {
        let mut places = vec![None; rows * columns];
        for (packed, place) in self.unpack(rows, columns, longest).into_iter().enumerate() {
            if let Some(place) = place {
                places[place] = Some(packed);
            }
        }
        places
    }
}

/// The elements of the last axis at known places, under a shape; where there is none, `other`.
fn placed(x: &Value, sources: &[Option<usize>], shape: &[usize], other: Option<&Value>) -> Result<Value> {
    let mut whole = extents(x)?;
    let available = whole.pop().unwrap_or(1);
    whole.extend(shape);
    let holes = sources.iter().any(Option::is_none);
    if whole.contains(&0) || available == 0 {
        return Ok(match other {
            Some(other) => other.broadcast_to(&whole),
            None => Staged.zeros(&whole, x.dtype()),
        });
    }
    let places: Vec<i64> = sources.iter().map(|source| source.unwrap_or(0) as i64).collect();
    let taken = x.take(&list_of(&places), -1).reshape(&signed(&whole));
    let Some(other) = other.filter(|_| holes) else { return Ok(taken) };
    let here: Vec<bool> = sources.iter().map(Option::is_some).collect();
    let here = Tensor::from_slice(shape, &here).map_err(|error| invalid(error.to_string()))?;
    Ok(Staged.constant(here).select(&taken, other))
}

/// The last `count` axes as one.
fn flat(x: &Value, count: usize) -> Result<Value> {
    let shape = extents(x)?;
    let (outer, inner) = shape.split_at(shape.len() - count);
    let whole: Vec<usize> = outer.iter().copied().chain([inner.iter().product()]).collect();
    Ok(x.reshape(&signed(&whole)))
}

fn padding(a: &Args, dtype: DType) -> Result<Value> {
    match a.raw("padding_value") {
        Arg::Int(0) => Ok(Staged.zeros(&[], dtype)),
        given => convert::tensor(given, Some(dtype)),
    }
}

fn diag_part(a: &Args) -> Result<Out> {
    let x = at_least(a.tensor("input")?, 2)?;
    let (band, shape) = (Band::of(a)?, extents(&x)?);
    let [.., rows, columns] = shape[..] else { return Ok(x.into()) };
    let longest = band.longest(rows, columns)?;
    let sources = band.unpack(rows, columns, longest);
    placed(&flat(&x, 2)?, &sources, &band.packed(longest), Some(&padding(a, x.dtype())?)).map(Out::Value)
}

fn diag(a: &Args) -> Result<Out> {
    let x = at_least(a.tensor("diagonal")?, 1)?;
    let (band, shape) = (Band::of(a)?, extents(&x)?);
    let packed = band.packed(0).len();
    if shape.len() < packed || (packed == 2 && shape[shape.len() - 2] != band.count()) {
        return Err(invalid(format!("diag: {} diagonals need as many rows, got the shape {shape:?}", band.count())));
    }
    let longest = shape[shape.len() - 1];
    let least_rows = longest as i64 - band.high.min(0);
    let least_columns = longest as i64 + band.low.max(0);
    let (rows, columns) = match (a.int("num_rows")?, a.int("num_cols")?) {
        (-1, -1) => (least_rows.max(least_columns), least_rows.max(least_columns)),
        (-1, columns) => (least_rows, columns),
        (rows, -1) => (rows, least_columns),
        (rows, columns) => (rows, columns),
    };
    if rows < least_rows || columns < least_columns || (rows != least_rows && columns != least_columns) {
        return Err(invalid(format!(
            "The number of rows or columns is not consistent with the specified d_lower, d_upper, and diagonal: {rows} x {columns} for a longest diagonal of {longest}"
        )));
    }
    let (rows, columns) = (rows as usize, columns as usize);
    let sources = band.pack(rows, columns, longest);
    placed(&flat(&x, packed)?, &sources, &[rows, columns], Some(&padding(a, x.dtype())?)).map(Out::Value)
}

fn set_diag(a: &Args) -> Result<Out> {
    let (x, diagonal) = a.pair("input", "diagonal")?;
    let x = at_least(x, 2)?;
    let (band, shape, given) = (Band::of(a)?, extents(&x)?, extents(&diagonal)?);
    let (outer, inner) = shape.split_at(shape.len() - 2);
    let (rows, columns) = (inner[0], inner[1]);
    let longest = band.longest(rows, columns)?;
    let packed = band.packed(longest);
    if given != [outer, &packed].concat() {
        return Err(invalid(format!(
            "set_diag: diagonals of {shape:?} have the shape {:?}, got {given:?}",
            [outer, &packed].concat()
        )));
    }
    let sources = band.pack(rows, columns, longest);
    placed(&flat(&diagonal, packed.len())?, &sources, &[rows, columns], Some(&x)).map(Out::Value)
}

/// Which norm is asked for.
enum Order {
    Euclidean,
    Power(f64),
}

fn order(a: &Args) -> Result<Order> {
    match a.raw("ord") {
        Arg::Text(text) if matches!(&**text, "euclidean" | "fro") => Ok(Order::Euclidean),
        Arg::Text(text) => Err(value_error(format!("'ord' must be a supported norm, got {text:?}"))),
        _ => match a.float("ord")? {
            power if power > 0.0 => Ok(Order::Power(power)),
            power => Err(value_error(format!("'ord' must be positive, got {power}"))),
        },
    }
}

/// The norm, whose axes have the extent 1, and which they are.
fn norm(a: &Args) -> Result<(Value, Vec<isize>)> {
    let x = a.tensor("tensor")?;
    let shape = extents(&x)?;
    let order = order(a)?;
    let given = a.optional_ints("axis")?;
    let matrix = given.as_ref().is_some_and(|axes| axes.len() == 2);
    let axes = match given {
        Some(axes) if axes.len() > 2 => {
            return Err(value_error("'axis' must be None, an integer, or a tuple of 2 unique integers"));
        }
        Some(axes) => axes.into_iter().map(|axis| convert::axis(axis, shape.len())).collect::<Result<Vec<usize>>>()?,
        None => (0..shape.len()).collect(),
    };
    let all = signed(&axes);
    let norm = match order {
        Order::Euclidean => (&x * conjugated(x.clone(), true)).reduce_sum(&all).sqrt().expand_dims(&sorted(&all)),
        Order::Power(power) if matrix => matrix_norm(&x.abs(), &x, power, [all[0], all[1]])?,
        Order::Power(power) => vector_norm(&x.abs(), power, &sorted(&all)),
    };
    Ok((norm, sorted(&all)))
}

fn sorted(axes: &[isize]) -> Vec<isize> {
    let mut axes = axes.to_vec();
    axes.sort_unstable();
    axes
}

fn vector_norm(sizes: &Value, power: f64, axes: &[isize]) -> Value {
    let norm = match power {
        1.0 => sizes.reduce_sum(axes),
        2.0 => (sizes * sizes).reduce_sum(axes).sqrt(),
        f64::INFINITY => sizes.reduce_max(axes),
        _ => sizes.pow(power).reduce_sum(axes).pow(1.0 / power),
    };
    norm.expand_dims(axes)
}

/// The norm of matrices whose rows and columns are two axes: greatest column sum, row sum or singular value.
fn matrix_norm(sizes: &Value, x: &Value, power: f64, [rows, columns]: [isize; 2]) -> Result<Value> {
    let sums = |first: isize, then: isize| {
        sizes.reduce_sum(&[first]).expand_dims(&[first]).reduce_max(&[then]).expand_dims(&[then])
    };
    match power {
        1.0 => Ok(sums(rows, columns)),
        f64::INFINITY => Ok(sums(columns, rows)),
        2.0 => {
            let rank = extents(x)?.len() as isize;
            let order: Vec<isize> = (0..rank).filter(|k| *k != rows && *k != columns).chain([rows, columns]).collect();
            let values = super::factors::singular_values(&x.transpose(&order))?;
            Ok(values.reduce_max(&[-1]).expand_dims(&sorted(&[rows, columns])))
        }
        _ => Err(value_error(format!(
            "'ord' must be a supported matrix norm in ['euclidean', 'fro', 1, 2, inf], got {power}"
        ))),
    }
}
