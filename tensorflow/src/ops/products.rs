//! Products of matrices and sums over paired axes.

use super::movement::{conjugated, signed};
use crate::arg::{Arg, Args, Out, extents};
use crate::convert;
use crate::error::{Result, invalid, type_error, value_error};
use crate::{Row, Staged, Value};
use brolga::DType;
use brolga::attributes::DotDims;
use brolga::graph::build::Source;

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["linalg.matmul", "matmul"],
        "a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, a_is_sparse=False, b_is_sparse=False, output_type=None, grad_a=False, grad_b=False, name=None",
        "The product of matrices; axes before the last two are batches and are broadcast.",
        matmul,
    ),
    Row::new(
        &["linalg.matvec"],
        "a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False, name=None",
        "The product of matrices and vectors.",
        |a| {
            let (x, y) = a.pair("a", "b")?;
            if extents(&y)?.is_empty() {
                return Err(invalid("matvec: b must be at least a vector"));
            }
            let x = turned(x, a.flag("transpose_a")?, a.flag("adjoint_a")?)?;
            Ok(multiplied(&x, &y.expand_dims(&[-1]))?.squeeze(&[-1]).into())
        },
    ),
    Row::new(
        &["tensordot", "linalg.tensordot"],
        "a, b, axes, name=None",
        "The sum of products over pairs of axes.",
        tensordot,
    ),
    Row::new(
        &["einsum", "linalg.einsum"],
        "equation, *inputs, optimize='greedy', name=None",
        "Products and sums as an equation over letters of axes says.",
        einsum,
    ),
    Row::new(&["linalg.cross"], "a, b, name=None", "The cross product of vectors of three along the last axis.", cross),
];

fn cross(a: &Args) -> Result<Out> {
    let (x, y) = a.pair("a", "b")?;
    let (shape, other) = (extents(&x)?, extents(&y)?);
    if shape != other || shape.last() != Some(&3) {
        return Err(invalid(format!("cross: both must have one shape that ends in 3, got {shape:?} and {other:?}")));
    }
    let turn = |x: &Value, by: usize| x.slice_axis(-1, by, 3).concat(&[&x.slice_axis(-1, 0, by)], -1);
    Ok((turn(&x, 1) * turn(&y, 2) - turn(&x, 2) * turn(&y, 1)).into())
}

/// Matrices transposed, or transposed and conjugated.
pub(super) fn turned(x: Value, transpose: bool, adjoint: bool) -> Result<Value> {
    if transpose && adjoint {
        return Err(value_error("Only one of `transpose` and `adjoint` can be True."));
    }
    let shape = extents(&x)?;
    if shape.len() < 2 {
        return Err(invalid(format!(
            "In[0] and In[1] ndims must be >= 2: {}\n  help: `tf.linalg.matvec` multiplies with vectors, `tf.tensordot` with any axes",
            shape.len()
        )));
    }
    Ok(if transpose || adjoint { conjugated(x.matrix_transpose(), adjoint) } else { x })
}

/// The product, of extents that fit.
pub(super) fn multiplied(x: &Value, y: &Value) -> Result<Value> {
    let (m, n) = (extents(x)?, extents(y)?);
    if m[m.len() - 1] != n[n.len() - 2] {
        return Err(invalid(format!("Matrix size-incompatible: In[0]: {m:?}, In[1]: {n:?}")));
    }
    if matches!(x.dtype(), DType::Bool | DType::String) {
        return Err(type_error(format!("matrices of dtype {} cannot be multiplied", x.dtype().name())));
    }
    Ok(x.matmul(y))
}

fn matmul(a: &Args) -> Result<Out> {
    let (x, y) = match a.dtype("output_type")? {
        // Two element types meet where a third is asked for.
        Some(dtype) => (a.tensor("a")?.convert(dtype), a.tensor("b")?.convert(dtype)),
        None => a.pair("a", "b")?,
    };
    let x = turned(x, a.flag("transpose_a")?, a.flag("adjoint_a")?)?;
    let y = turned(y, a.flag("transpose_b")?, a.flag("adjoint_b")?)?;
    multiplied(&x, &y).map(Out::Value)
}

/// The paired axes of both sides, from the front.
fn paired_axes(a: &Args, m: usize, n: usize) -> Result<(Vec<usize>, Vec<usize>)> {
    let from_front = |axes: Vec<i128>, rank: usize| -> Result<Vec<usize>> {
        axes.into_iter().map(|axis| convert::axis(axis as i64, rank)).collect()
    };
    let sides = match a.raw("axes") {
        Arg::List(sides) => {
            let [left, right] = &sides[..] else {
                return Err(value_error("`axes` must be an integer or have length 2."));
            };
            Some((convert::whole_numbers(left)?, convert::whole_numbers(right)?))
        }
        other => match &convert::whole_numbers(other)?[..] {
            [_] => None,
            numbers => {
                let (left, right) = numbers.split_at(numbers.len() / 2);
                Some((left.to_vec(), right.to_vec()))
            }
        },
    };
    let (left, right) = match sides {
        Some((left, right)) => (from_front(left, m)?, from_front(right, n)?),
        None => {
            let count = a.count("axes")?;
            if count > m || count > n {
                return Err(value_error(format!(
                    "`axes` must not be larger than the number of dimensions of a and b: {count}, {m}, {n}"
                )));
            }
            ((m - count..m).collect(), (0..count).collect())
        }
    };
    if left.len() != right.len() {
        return Err(value_error(format!(
            "Different number of contraction axes `a` and `b`, {} != {}.",
            left.len(),
            right.len()
        )));
    }
    Ok((left, right))
}

fn tensordot(a: &Args) -> Result<Out> {
    let (x, y) = a.pair("a", "b")?;
    let (shape, other) = (extents(&x)?, extents(&y)?);
    let (left, right) = paired_axes(a, shape.len(), other.len())?;
    if let Some((&i, &j)) = left.iter().zip(&right).find(|&(&i, &j)| shape[i] != other[j]) {
        return Err(invalid(format!(
            "Matrix size-incompatible: axis {i} of a is {}, axis {j} of b is {}",
            shape[i], other[j]
        )));
    }
    let dims = DotDims {
        lhs_contracting: left.as_slice().into(),
        rhs_contracting: right.as_slice().into(),
        ..DotDims::default()
    };
    Ok(x.dot_general(&y, dims).into())
}

/// A letter of an equation: a character, or an axis that `...` stands for, counted from the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Letter {
    Hidden(std::cmp::Reverse<usize>),
    Named(char),
}

/// An operand whose axes carry letters.
#[derive(Clone)]
struct Term {
    value: Value,
    letters: Vec<Letter>,
}

impl Term {
    fn extents(&self) -> Vec<usize> {
        self.value.ty().extents().map(|extents| extents.to_vec()).unwrap_or_default()
    }

    fn extent(&self, letter: Letter) -> Option<usize> {
        Some(self.extents()[self.letters.iter().position(|own| *own == letter)?])
    }

    /// A letter that stands twice walks along the diagonal.
    fn without_repetition(mut self) -> Result<Term> {
        let repeated = |letters: &[Letter]| {
            letters.iter().enumerate().find_map(|(j, letter)| Some((letters[..j].iter().position(|l| l == letter)?, j)))
        };
        while let Some((i, j)) = repeated(&self.letters) {
            let shape = self.extents();
            let n = shape[i];
            if shape[j] != n {
                return Err(invalid(format!("einsum: a repeated letter has the extents {n} and {}", shape[j])));
            }
            let others: Vec<usize> = (0..shape.len()).filter(|k| *k != i && *k != j).collect();
            let order: Vec<usize> = others.iter().copied().chain([i, j]).collect();
            let mut flat: Vec<usize> = others.iter().map(|&k| shape[k]).collect();
            flat.push(n * n);
            let (starts, mut strides) = (vec![0; flat.len()], vec![1; flat.len()]);
            strides[flat.len() - 1] = n + 1;
            let letter = self.letters[i];
            self.value = self.value.transpose(&signed(&order)).reshape(&signed(&flat)).slice(&starts, &flat, &strides);
            self.letters = others.iter().map(|&k| self.letters[k]).chain([letter]).collect();
        }
        Ok(self)
    }

    /// Summed over the letters that are not kept.
    fn keeping(mut self, keep: impl Fn(Letter) -> bool) -> Term {
        let gone: Vec<usize> = (0..self.letters.len()).filter(|&k| !keep(self.letters[k])).collect();
        if !gone.is_empty() {
            self.value = self.value.reduce_sum(&signed(&gone));
            self.letters.retain(|letter| keep(*letter));
        }
        self
    }

    /// Without the axes of extent 1 that another operand has longer: they are broadcast.
    fn yielding(mut self, other: &Term) -> Term {
        let shape = self.extents();
        let yields = |k: &usize| shape[*k] == 1 && other.extent(self.letters[*k]).is_some_and(|n| n != 1);
        let gone: Vec<usize> = (0..shape.len()).filter(yields).collect();
        if !gone.is_empty() {
            self.value = self.value.squeeze(&signed(&gone));
            self.letters = (0..shape.len()).filter(|k| !gone.contains(k)).map(|k| self.letters[k]).collect();
        }
        self
    }

    /// The sum of products over shared letters that are not kept.
    fn times(self, other: Term, keep: impl Fn(Letter) -> bool) -> Result<Term> {
        let (left, right) = (self.clone().yielding(&other), other.yielding(&self));
        let left = left.keeping(|letter| keep(letter) || right.letters.contains(&letter));
        let right = right.keeping(|letter| keep(letter) || left.letters.contains(&letter));
        let mut dims = DotDims::default();
        let (mut batch, mut rest) = (vec![], vec![]);
        for (i, &letter) in left.letters.iter().enumerate() {
            match right.letters.iter().position(|other| *other == letter) {
                Some(j) if left.extents()[i] != right.extents()[j] => {
                    let (m, n) = (left.extents()[i], right.extents()[j]);
                    return Err(invalid(format!("einsum: {letter:?} is {m} on the left and {n} on the right")));
                }
                Some(j) if keep(letter) => {
                    dims.lhs_batch.push(i);
                    dims.rhs_batch.push(j);
                    batch.push(letter);
                }
                Some(j) => {
                    dims.lhs_contracting.push(i);
                    dims.rhs_contracting.push(j);
                }
                None => rest.push(letter),
            }
        }
        rest.extend(right.letters.iter().filter(|letter| !left.letters.contains(letter)));
        batch.extend(rest);
        Ok(Term { value: left.value.dot_general(&right.value, dims), letters: batch })
    }
}

/// The letters of one side's part; `hidden` axes stand where the dots do.
fn letters(part: &str, hidden: Option<usize>) -> Result<Vec<Letter>> {
    let wrong = || invalid(format!("einsum: `{part}` is no list of letters"));
    let named = |text: &str| -> Result<Vec<Letter>> {
        text.chars().map(|c| if c.is_alphabetic() { Ok(Letter::Named(c)) } else { Err(wrong()) }).collect()
    };
    let Some((before, after)) = part.split_once("...") else { return named(part) };
    let mut all = named(before)?;
    all.extend((0..hidden.unwrap_or(0)).rev().map(|k| Letter::Hidden(std::cmp::Reverse(k))));
    all.extend(named(after)?);
    Ok(all)
}

/// The letters of the result where the equation does not say: those that stand once, in order, behind the hidden ones.
fn implied(terms: &[Term]) -> Vec<Letter> {
    let mut all: Vec<Letter> = terms.iter().flat_map(|term| term.letters.iter().copied()).collect();
    all.sort_unstable();
    let once = |letter: &Letter| match letter {
        Letter::Hidden(_) => true,
        Letter::Named(_) => all.iter().filter(|other| *other == letter).count() == 1,
    };
    let mut found: Vec<Letter> = all.iter().filter(|letter| once(letter)).copied().collect();
    found.dedup();
    found
}

fn einsum(a: &Args) -> Result<Out> {
    let equation: String = a.text("equation")?.chars().filter(|c| !c.is_whitespace()).collect();
    let values = a.tensors_together("inputs")?;
    let (sources, result) = match equation.split_once("->") {
        Some((sources, result)) => (sources, Some(result)),
        None => (equation.as_str(), None),
    };
    let parts: Vec<&str> = sources.split(',').collect();
    if parts.len() != values.len() {
        let (m, n) = (parts.len(), values.len());
        return Err(value_error(format!("einsum: the equation names {m} operands, {n} were given")));
    }
    let mut terms = vec![];
    let mut hidden = 0;
    for (part, value) in parts.iter().zip(values) {
        let rank = extents(&value)?.len();
        let own = part.contains("...").then(|| rank.saturating_sub(part.len() - 3));
        hidden = hidden.max(own.unwrap_or(0));
        let letters = letters(part, own)?;
        if letters.len() != rank {
            return Err(invalid(format!("einsum: `{part}` names {} axes of a tensor of rank {rank}", letters.len())));
        }
        terms.push(Term { value, letters });
    }
    let wanted = match result {
        Some(result) => letters(result, Some(hidden))?,
        None => implied(&terms),
    };
    if let Some(letter) = wanted.iter().find(|letter| terms.iter().all(|term| !term.letters.contains(letter))) {
        return Err(invalid(format!("einsum: {letter:?} of the result stands in no operand")));
    }
    let terms = terms.into_iter().map(Term::without_repetition).collect::<Result<Vec<Term>>>()?;
    Ok(arranged(contracted(terms, &wanted)?, &wanted).into())
}

/// All operands multiplied, from left to right; letters go away as soon as nothing needs them.
fn contracted(terms: Vec<Term>, wanted: &[Letter]) -> Result<Term> {
    let mut left = terms.into_iter();
    let mut whole = left.next().ok_or_else(|| value_error("einsum: there is no operand"))?;
    while let Some(next) = left.next() {
        let rest: Vec<Letter> = left.as_slice().iter().flat_map(|term| term.letters.iter().copied()).collect();
        whole = whole.times(next, |letter| wanted.contains(&letter) || rest.contains(&letter))?;
    }
    Ok(whole.keeping(|letter| wanted.contains(&letter)))
}

/// The axes in the order wanted; a letter wanted twice spreads its axis over a diagonal.
fn arranged(term: Term, wanted: &[Letter]) -> Value {
    let mut once: Vec<Letter> = vec![];
    wanted.iter().for_each(|letter| {
        if !once.contains(letter) {
            once.push(*letter)
        }
    });
    let place = |letter: &Letter| term.letters.iter().position(|own| own == letter).unwrap_or(0);
    let order: Vec<usize> = once.iter().map(place).collect();
    let identity = order.iter().enumerate().all(|(k, &axis)| k == axis);
    let value = if identity { term.value } else { term.value.transpose(&signed(&order)) };
    if once.len() == wanted.len() {
        return value;
    }
    let sizes = value.ty().extents().map(|extents| extents.to_vec()).unwrap_or_default();
    let first = |letter: &Letter| wanted.iter().position(|other| other == letter).unwrap_or(0);
    let of = |letter: &Letter| sizes[once.iter().position(|other| other == letter).unwrap_or(0)];
    let shape: Vec<usize> = wanted.iter().map(of).collect();
    let dims: Vec<usize> = once.iter().map(first).collect();
    let mut spread = value.broadcast_in_dim(&shape, &dims);
    for (axis, letter) in wanted.iter().enumerate().filter(|(axis, letter)| first(letter) != *axis) {
        let here = Staged.iota(&shape, axis, DType::I64).eq(Staged.iota(&shape, first(letter), DType::I64));
        spread = here.select(&spread, spread.zeros_like());
    }
    spread
}
