//! Losses, and what is asked of logits and labels.

use super::elements::{FLOATS, takes, wide};
use crate::arg::{Arg, Args, Out, extents, known, rank};
use crate::convert;
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::{DType, Tensor, compose};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["nn.l2_loss"], "t, name=None", "Half the sum of squares.", |a| {
        let x = a.tensor("t")?;
        takes(a, &x, FLOATS)?;
        let axes: Vec<isize> = (0..rank(&x)? as isize).collect();
        Ok((x.square().reduce_sum(&axes) * 0.5).into())
    }),
    Row::new(
        &["nn.softmax_cross_entropy_with_logits"],
        "labels, logits, axis=-1, name=None",
        "−Σ labels · log_softmax(logits) along an axis.",
        softmax_cross_entropy,
    ),
    Row::new(
        &["nn.sparse_softmax_cross_entropy_with_logits"],
        "labels, logits, name=None",
        "−log_softmax(logits) at the labelled class.",
        sparse_softmax_cross_entropy,
    )
    .gives(|a| Ok(vec![a.tensor("logits")?.dtype()])),
    Row::new(
        &["nn.sigmoid_cross_entropy_with_logits"],
        "labels=None, logits=None, name=None",
        "−z · log(sigmoid(x)) − (1 − z) · log(1 − sigmoid(x)), z labels, x logits.",
        |a| {
            let (labels, logits) = alike(a, "labels", "logits")?;
            Ok(compose::sigmoid_cross_entropy(&labels, &logits).into())
        },
    ),
    Row::new(
        &["nn.weighted_cross_entropy_with_logits"],
        "labels, logits, pos_weight, name=None",
        "The sigmoid cross-entropy, where positive labels weigh `pos_weight`.",
        weighted_cross_entropy,
    ),
    Row::new(
        &["nn.log_poisson_loss"],
        "targets, log_input, compute_full_loss=False, name=None",
        "exp(c) − c · z, with Stirling's term for z! where asked; z targets, c the logarithm of the prediction.",
        log_poisson_loss,
    ),
    Row::new(
        &["nn.compute_average_loss"],
        "per_example_loss, sample_weight=None, global_batch_size=None",
        "The sum of losses, which weights scale, over the size of the batch.",
        average_loss,
    ),
    Row::new(
        &["nn.scale_regularization_loss"],
        "regularization_loss",
        "The sum of a loss: there is one replica.",
        |a| {
            let loss = a.tensor("regularization_loss")?;
            Ok(loss.reduce_sum(&(0..rank(&loss)? as isize).collect::<Vec<_>>()).into())
        },
    ),
    Row::new(
        &["math.zero_fraction", "nn.zero_fraction"],
        "value, name=None",
        "Which part of the elements is zero.",
        zero_fraction,
    )
    .gives(|_| Ok(vec![DType::F32])),
    Row::new(
        &["math.in_top_k", "nn.in_top_k"],
        "targets, predictions, k, name=None",
        "Whether the prediction for each target is among the k greatest of its row.",
        in_top_k,
    )
    .gives(|_| Ok(vec![DType::Bool])),
    Row::new(
        &["nn.embedding_lookup"],
        "params, ids, max_norm=None, name=None",
        "The rows of a table at the ids; where `max_norm` is given no row is longer.",
        embedding_lookup,
    ),
];

/// Two arguments of one shape.
fn alike(a: &Args, x: &str, y: &str) -> Result<(Value, Value)> {
    let op = a.signature.op;
    for name in [x, y] {
        if a.absent(name) {
            return Err(value_error(format!("{op}: both {x} and {y} must be provided")));
        }
    }
    let (first, second) = a.pair(x, y)?;
    takes(a, &second, FLOATS)?;
    let (left, right) = (extents(&first)?, extents(&second)?);
    if left != right {
        return Err(value_error(format!("{op}: {x} and {y} must have the same shape, got {left:?} vs {right:?}")));
    }
    Ok((first, second))
}

fn softmax_cross_entropy(a: &Args) -> Result<Out> {
    let logits = a.tensor("logits")?;
    takes(a, &logits, FLOATS)?;
    let labels = a.tensor("labels")?;
    let precise = wide(&logits);
    let labels = labels.convert(precise.dtype());
    let axis = a.axis("axis", rank(&logits)?)?;
    let (given, shape) = (extents(&labels)?, extents(&logits)?);
    let fits = given.len() == shape.len() && given.iter().zip(&shape).all(|(x, y)| x == y || *x == 1 || *y == 1);
    if !fits {
        let op = a.signature.op;
        return Err(invalid(format!(
            "{op}: logits and labels must be broadcastable: logits_size={shape:?} labels_size={given:?}"
        )));
    }
    Ok(compose::softmax_cross_entropy(&labels, &precise, axis as isize).convert(logits.dtype()).into())
}

fn sparse_softmax_cross_entropy(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let (labels, logits) = (a.tensor("labels")?, a.tensor("logits")?);
    takes(a, &logits, FLOATS)?;
    if !matches!(labels.dtype(), DType::I32 | DType::I64) {
        return Err(invalid(format!("{op}: labels must be int32 or int64, got {}", labels.dtype().name())));
    }
    let (places, shape) = (extents(&labels)?, extents(&logits)?);
    let Some((&classes, batch)) = shape.split_last() else {
        return Err(value_error(format!("{op}: Logits cannot be scalars - received shape ()")));
    };
    if places != batch {
        let text = format!("{op}: labels must be of shape {batch:?} for logits of shape {shape:?}, got {places:?}");
        return Err(value_error(text));
    }
    if let Some(labels) = known(&labels) {
        for label in convert::integers(labels)? {
            if !(0..classes as i128).contains(&label) {
                let range = format!("outside the valid range of [0, {classes})");
                return Err(invalid(format!("{op}: Received a label value of {label} which is {range}.")));
            }
        }
    }
    let loss = compose::sparse_softmax_cross_entropy(&labels, &wide(&logits));
    // A label out of range has no loss.
    let inside = labels.ge(0) & labels.lt(classes as i64);
    Ok(inside.select(loss, f64::NAN).convert(logits.dtype()).into())
}

fn weighted_cross_entropy(a: &Args) -> Result<Out> {
    let (labels, logits) = alike(a, "labels", "logits")?;
    let weight = a.tensor_of("pos_weight", logits.dtype())?;
    let weight = (weight - 1) * &labels + 1;
    let tail = (-logits.abs()).exp().log1p() + (-&logits).maximum(0);
    let rest: Value = (1 - labels) * logits;
    Ok((rest + weight * tail).into())
}

fn log_poisson_loss(a: &Args) -> Result<Out> {
    let (targets, logarithm) = alike(a, "targets", "log_input")?;
    let loss = logarithm.exp() - &logarithm * &targets;
    if !a.flag("compute_full_loss")? {
        return Ok(loss.into());
    }
    let stirling = &targets * targets.log() - &targets + (&targets * std::f64::consts::TAU).log() * 0.5;
    let small = targets.ge(0) & targets.le(1);
    Ok((loss + small.select(0, stirling)).into())
}

fn average_loss(a: &Args) -> Result<Out> {
    let mut loss = a.tensor("per_example_loss")?;
    takes(a, &loss, FLOATS)?;
    if let Some(weights) = a.optional_tensor_of("sample_weight", loss.dtype())? {
        let missing: Vec<isize> = (rank(&weights)?..rank(&loss)?).map(|axis| axis as isize).collect();
        loss = loss * weights.expand_dims(&missing);
    }
    let shape = extents(&loss)?;
    let size = match a.optional_int("global_batch_size")? {
        Some(size) => size as f64,
        None => shape.first().map_or(1.0, |extent| *extent as f64),
    };
    Ok((loss.reduce_sum(&(0..shape.len() as isize).collect::<Vec<_>>()) / size).into())
}

fn zero_fraction(a: &Args) -> Result<Out> {
    let x = a.tensor("value")?;
    let shape = extents(&x)?;
    let zeros = x.eq(x.zeros_like()).convert(DType::I64);
    let axes: Vec<isize> = (0..shape.len() as isize).collect();
    let count = shape.iter().product::<usize>() as f64;
    Ok((zeros.reduce_sum(&axes).convert(DType::F32) / count).into())
}

fn in_top_k(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let (targets, predictions) = (a.tensor("targets")?, a.tensor_of("predictions", DType::F32)?);
    if !matches!(targets.dtype(), DType::I32 | DType::I64) {
        return Err(invalid(format!("{op}: targets must be int32 or int64, got {}", targets.dtype().name())));
    }
    let (rows, shape) = (extents(&targets)?, extents(&predictions)?);
    if rows.len() != 1 || shape.len() != 2 || rows[0] != shape[0] {
        return Err(invalid(format!(
            "{op}: targets must be [n] and predictions [n, classes], got {rows:?}, {shape:?}"
        )));
    }
    let chosen = compose::one_hot(&targets, shape[1], DType::Bool);
    let target = chosen.select(&predictions, f64::NEG_INFINITY).reduce_max(&[1]).expand_dims(&[1]);
    let greater = predictions.gt(target).convert(DType::I64).reduce_sum(&[1]);
    // Of a row that is not finite, or a target outside of it, nothing can be said.
    let sure = predictions.is_finite().reduce_all(&[1]) & chosen.reduce_any(&[1]);
    Ok((sure & greater.lt(a.int("k")?)).into())
}

fn embedding_lookup(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let (params, ids) = (table(a)?, a.tensor("ids")?);
    if !ids.dtype().is_integer() {
        return Err(invalid(format!("{op}: ids must be integers, got {}", ids.dtype().name())));
    }
    let shape = extents(&params)?;
    let Some(&rows) = shape.first() else { return Err(value_error(format!("{op}: params must not be a scalar"))) };
    if let Some(ids) = known(&ids) {
        check_ids(op, ids, rows)?;
    }
    let taken = params.take(&ids, 0);
    if a.absent("max_norm") {
        return Ok(taken.into());
    }
    let inner: Vec<isize> = (rank(&ids)? as isize..rank(&taken)? as isize).collect();
    Ok(compose::clip_by_norm(&taken, &inner, a.float("max_norm")?).into())
}

/// The table of an embedding; one that comes in parts is put together.
fn table(a: &Args) -> Result<Value> {
    match a.raw("params") {
        Arg::List(parts) if parts.iter().all(|part| matches!(part, Arg::Tensor(_))) && !parts.is_empty() => {
            let parts = a.tensors_together("params")?;
            let (first, rest) = parts.split_first().expect("law: there is a part");
            Ok(first.concat(&rest.iter().collect::<Vec<_>>(), 0))
        }
        _ => a.tensor("params"),
    }
}

fn check_ids(op: &str, ids: &Tensor, rows: usize) -> Result<()> {
    match convert::integers(ids)?.into_iter().find(|id| !(0..rows as i128).contains(id)) {
        Some(id) => Err(invalid(format!("{op}: index {id} is not in [0, {rows})"))),
        None => Ok(()),
    }
}
