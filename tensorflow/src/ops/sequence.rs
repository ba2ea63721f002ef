//! Losses of sequences whose alignment is not known.

use super::elements::{FLOATS, takes, wide};
use crate::arg::{Args, Out, extents};
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::graph::build::{Number, Source};
use brolga::{DType, compose};

/// The family's table.
pub const OPS: &[Row] = &[Row::new(
    &["nn.ctc_loss"],
    "labels, logits, label_length, logit_length, logits_time_major=True, unique=None, blank_index=None, name=None",
    "−log of the probability of labels in whichever alignment (connectionist temporal classification, Graves et al. 2006).",
    ctc_loss,
)
.gives(|a| Ok(vec![a.tensor("logits")?.dtype()]))];

/// The logarithm of what is impossible: finite, so that differences of it are.
const NEVER: f64 = -1e30;

fn ctc_loss(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let logits = a.tensor("logits")?;
    takes(a, &logits, FLOATS)?;
    let logits_first = if a.flag("logits_time_major")? { logits.clone() } else { logits.transpose(&[1, 0, 2]) };
    let labels = a.tensor("labels")?.convert(DType::I32);
    let (shape, label_shape) = (extents(&logits_first)?, extents(&labels)?);
    let (&[time, batch, classes], &[rows, _]) = (&shape[..], &label_shape[..]) else {
        let text = format!("labels must be [batch, labels] and logits of 3 dimensions, got {label_shape:?}, {shape:?}");
        return Err(invalid(format!("{op}: {text}")));
    };
    if rows != batch || time == 0 {
        return Err(invalid(format!("{op}: {rows} rows of labels do not fit logits of shape {shape:?}")));
    }
    let blank = a.optional_int("blank_index")?.unwrap_or(0);
    let blank = if blank < 0 { blank + classes as i64 } else { blank };
    if !(0..classes as i64).contains(&blank) {
        return Err(value_error(format!("{op}: blank_index must be below the {classes} classes, got {blank}")));
    }
    let states = States::of(&labels, label_shape[1], blank);
    let logarithms = compose::log_softmax(&wide(&logits_first), -1);
    let seen = states.seen(&logarithms, [time, batch, classes]);
    let lengths = |name: &str| Ok::<Value, crate::OpError>(a.tensor(name)?.convert(DType::I32).expand_dims(&[1]));
    let last = states.walked(&seen, time, &lengths("logit_length")?);
    let end = lengths("label_length")? * 2;
    let ends = states.numbers.eq(&end) | states.numbers.eq(end - 1);
    let total = compose::log_sum_exp(&ends.select(last, NEVER), &[1]);
    let possible = total.gt(0.5 * NEVER);
    Ok(possible.select(-total, f64::INFINITY).convert(logits.dtype()).into())
}

/// The states of an alignment: a blank, then each label with a blank after it.
struct States {
    /// (batch, states): the class of each.
    classes: Value,
    /// (states): 0, 1, 2 …
    numbers: Value,
    /// Whether a state may follow the one before its neighbour: its class is no blank and another than that one's.
    skips: Value,
}

impl States {
    fn of(labels: &Value, count: usize, blank: i64) -> States {
        let make = labels.builder();
        let blanks = labels.zeros_like() + blank;
        let pairs = blanks.expand_dims(&[2]).concat(&[&labels.expand_dims(&[2])], 2);
        let batch = labels.ty().extents().map_or(0, |extents| extents[0]);
        let pairs = pairs.reshape(&[batch as isize, 2 * count as isize]);
        let first = make.full(&[batch, 1], Number::Int(blank), DType::I32);
        let classes = pairs.concat(&[&first], 1);
        let skips = classes.ne(blank) & classes.ne(later(&classes, 2, Number::Int(blank)));
        States { skips, numbers: make.iota(&[2 * count + 1], 0, DType::I32), classes }
    }

    /// (time, batch, states): the logarithm of each state's class.
    fn seen(&self, logarithms: &Value, [time, batch, classes]: [usize; 3]) -> Value {
        let first = self.classes.builder().iota(&[batch, 1], 0, DType::I32) * (classes as i64);
        logarithms.reshape(&[time as isize, (batch * classes) as isize]).take(&(&self.classes + first), 1)
    }

    /// (batch, states): the logarithm of being in each state after the last step of each sequence.
    fn walked(&self, seen: &Value, time: usize, lengths: &Value) -> Value {
        let at = |t: usize| seen.slice_axis(0, t, t + 1).squeeze(&[0]);
        let mut now = self.numbers.lt(2).select(at(0), NEVER);
        for t in 1..time {
            let skipped = self.skips.select(later(&now, 2, Number::Float(NEVER)), NEVER);
            let ways = [now.clone(), later(&now, 1, Number::Float(NEVER)), skipped].map(|way| way.expand_dims(&[2]));
            let all = compose::log_sum_exp(&ways[0].concat(&[&ways[1], &ways[2]], 2), &[2]);
            now = lengths.gt(t as i64).select((all + at(t)).maximum(NEVER), &now);
        }
        now
    }
}

/// Moved on along the last of two axes by some places, which `fill` takes.
fn later(x: &Value, places: i64, fill: Number) -> Value {
    x.pad(fill, &[0, places], &[0, -places], &[0, 0])
}
