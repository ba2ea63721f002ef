//! Boxes in images, as (y1, x1, y2, x2): which of them stand for the others, and what is inside.

use super::elements::{REALS, takes};
use crate::arg::{Arg, Args, Out, demand, extents, known, rank, value};
use crate::convert;
use crate::error::{OpError, Result, invalid, value_error};
use crate::{Row, Staged, Value};
use brolga::graph::build::{Number, Source};
use brolga::{DType, Tensor};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["image.non_max_suppression"],
        "boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=-inf, name=None",
        "The boxes of the greatest scores, without those that overlap one of them.",
        |a| Ok(Out::Value(chosen(a, "iou_threshold")?.0)),
    )
    .gives(|_| Ok(vec![DType::I32]))
    .host(),
    Row::new(
        &["image.non_max_suppression_overlaps"],
        "overlaps, scores, max_output_size, overlap_threshold=0.5, score_threshold=-inf, name=None",
        "The boxes of the greatest scores, without those that overlap one of them, as a matrix says.",
        |a| Ok(Out::Value(chosen(a, "overlap_threshold")?.0)),
    )
    .gives(|_| Ok(vec![DType::I32]))
    .host(),
    Row::new(
        &["image.non_max_suppression_with_scores"],
        "boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=-inf, soft_nms_sigma=0.0, name=None",
        "The boxes of the greatest scores and these scores, lessened by overlaps where a sigma is given.",
        |a| {
            let (indices, scores) = chosen(a, "iou_threshold")?;
            Ok(Out::tuple([indices, scores]))
        },
    )
    .gives(|_| Ok(vec![DType::I32, DType::F32]))
    .host(),
    Row::new(
        &["image.non_max_suppression_padded"],
        "boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=-inf, pad_to_max_output_size=False, \
         name=None, sorted_input=False, canonicalized_coordinates=False, tile_size=512",
        "The boxes of the greatest scores without those that overlap one of them, zeros after them, and how many.",
        padded,
    )
    .gives(|_| Ok(vec![DType::I32, DType::I32])),
    Row::new(
        &["image.combined_non_max_suppression"],
        "boxes, scores, max_output_size_per_class, max_total_size, iou_threshold=0.5, score_threshold=-inf, \
         pad_per_class=False, clip_boxes=True, name=None",
        "The best boxes of each class, the best of these in each image.",
        combined,
    )
    .gives(|_| Ok(vec![DType::F32, DType::F32, DType::F32, DType::I32])),
    Row::new(
        &["image.crop_and_resize"],
        "image, boxes, box_indices, crop_size, method='bilinear', extrapolation_value=0.0, name=None",
        "The insides of boxes, each brought to one size.",
        crop_and_resize,
    )
    .gives(|_| Ok(vec![DType::F32])),
];

/// Repeats `body` of what is carried while `cond` holds: at once on known values, else as a loop of the recording.
fn repeat(
    initial: Vec<Value>,
    cond: impl Fn(&[Value]) -> Value,
    body: impl Fn(&[Value]) -> Vec<Value>,
) -> Result<Vec<Value>> {
    if Staged::is_recording() {
        return Staged::turns(&initial, |x| Ok::<Value, OpError>(cond(x)), |x| Ok(body(x)));
    }
    let mut carried = initial;
    while demand(&cond(&carried))?.as_slice::<bool>().is_ok_and(|holds| holds == [true]) {
        carried = body(&carried);
    }
    Ok(carried)
}

/// What a suppression is asked for, over a batch of images.
struct Question<'a> {
    /// (batch, boxes, 4), or the overlaps themselves: (batch, boxes, boxes).
    boxes: &'a Value,
    /// Whether `boxes` are overlaps.
    given: bool,
    /// (batch, boxes).
    scores: Value,
    /// How many boxes are wanted.
    count: usize,
    /// Above it, an overlap suppresses; a scalar.
    overlap: Value,
    /// A score must lie above it; a scalar.
    score: Value,
    /// Where positive, overlaps lessen scores instead: exp(−overlap² / (2 · sigma)).
    sigma: f64,
}

/// (batch, count) indices and scores, zeros after the last, and how many of them there are.
struct Answer {
    indices: Value,
    scores: Value,
    valid: Value,
}

impl Question<'_> {
    fn answer(&self) -> Result<Answer> {
        let shape = extents(&self.scores)?;
        let &[batch, boxes] = &shape[..] else { unreachable!("law: scores are (batch, boxes)") };
        let make = self.scores.builder();
        if boxes == 0 || self.count == 0 {
            let zeros = |dtype: DType| make.zeros(&[batch, self.count], dtype);
            return Ok(Answer {
                indices: zeros(DType::I32),
                scores: zeros(DType::F32),
                valid: make.zeros(&[batch], DType::I32),
            });
        }
        let alive = self.scores.gt(&self.score);
        let initial = vec![
            make.scalar(Number::Int(0), DType::I32),
            alive,
            self.scores.clone(),
            make.zeros(&[batch, self.count], DType::I32),
            make.zeros(&[batch, self.count], DType::F32),
            make.zeros(&[batch], DType::I32),
        ];
        let last = self.count as i64;
        let cond = |x: &[Value]| x[0].lt(last) & x[1].reduce_any(&[0, 1]);
        let mut carried = repeat(initial, cond, |x| self.turn(x, boxes))?.into_iter().skip(3);
        let mut next = || carried.next().expect("law: six are carried");
        Ok(Answer { indices: next(), scores: next(), valid: next() })
    }

    /// Chooses the best box of each image that has one left, and lessens what it overlaps.
    fn turn(&self, carried: &[Value], boxes: usize) -> Vec<Value> {
        let [k, alive, scores, indices, kept, valid] = carried else { unreachable!("law: six are carried") };
        let best = alive.select(scores, f64::NEG_INFINITY).argmax(1, DType::I32);
        let some = alive.reduce_any(&[1]);
        let places = scores.builder().iota(&[boxes], 0, DType::I32);
        let here = places.eq(best.expand_dims(&[1]));
        let overlaps = self.overlaps(&here);
        let over = overlaps.gt(&self.overlap);
        let (scores_after, alive_after) = if self.sigma > 0.0 {
            let weight = (overlaps.square() * (-0.5 / self.sigma)).exp();
            let lessened = scores * over.select(0, weight);
            let alive = alive & lessened.gt(&self.score);
            (lessened, alive)
        } else {
            (scores.clone(), alive & !over)
        };
        let column = scores.builder().iota(&[self.count], 0, DType::I32).eq(k) & some.expand_dims(&[1]);
        let score = here.select(scores, 0).reduce_sum(&[1]).expand_dims(&[1]);
        vec![
            k + 1,
            alive_after & !here,
            scores_after,
            column.select(best.expand_dims(&[1]), indices),
            column.select(score, kept),
            valid + some.convert(DType::I32),
        ]
    }

    /// How much each box overlaps the marked one: intersection over union.
    fn overlaps(&self, here: &Value) -> Value {
        let marked = here.expand_dims(&[2]).select(self.boxes, 0).reduce_sum(&[1]);
        if self.given {
            return marked;
        }
        let corner = |x: &Value, k: usize| x.slice_axis(-1, k, k + 1);
        let ordered = |x: &Value, k: usize| {
            let (one, other) = (corner(x, k), corner(x, k + 2));
            (one.minimum(&other).squeeze(&[-1]), one.maximum(other).squeeze(&[-1]))
        };
        let marked = marked.expand_dims(&[1]);
        let ((top, bottom), (left, right)) = (ordered(self.boxes, 0), ordered(self.boxes, 1));
        let ((y1, y2), (x1, x2)) = (ordered(&marked, 0), ordered(&marked, 1));
        let (area, own) = ((&bottom - &top) * (&right - &left), (&y2 - &y1) * (&x2 - &x1));
        let height = (bottom.minimum(y2) - top.maximum(y1)).maximum(0);
        let width = (right.minimum(x2) - left.maximum(x1)).maximum(0);
        let shared = height * width;
        let real = area.gt(0) & own.gt(0);
        real.select(&shared / (area + own - &shared), 0)
    }
}

/// A scalar argument, whose value need not be known, as f32.
fn scalar(a: &Args, name: &str) -> Result<Value> {
    match a.raw(name) {
        Arg::Int(_) | Arg::Float(_) => convert::scalar(&Arg::Float(a.float(name)?), DType::F32),
        _ => Ok(a.tensor(name)?.convert(DType::F32).reshape(&[])),
    }
}

fn floating(a: &Args, name: &str) -> Result<Value> {
    let x = if let Arg::Tensor(_) = a.raw(name) { a.tensor(name)? } else { a.tensor_of(name, DType::F32)? };
    takes(a, &x, &[DType::F16, DType::F32])?;
    Ok(x.convert(DType::F32))
}

/// The indices and scores of the boxes chosen in one image, no more than there are.
fn chosen(a: &Args, overlap: &str) -> Result<(Value, Value)> {
    let op = a.signature.op;
    let matrix = overlap == "overlap_threshold";
    let boxes = floating(a, if matrix { "overlaps" } else { "boxes" })?;
    let scores = floating(a, "scores")?;
    let (shape, count) = (extents(&boxes)?, extents(&scores)?);
    let wide = if matrix { count.first().copied() } else { Some(4) };
    if shape.len() != 2 || count.len() != 1 || shape[0] != count[0] || Some(shape[1]) != wide {
        let text = format!("boxes must be [n, 4] (overlaps [n, n]) and scores [n], got {shape:?} and {count:?}");
        return Err(invalid(format!("{op}: {text}")));
    }
    let threshold = a.float(overlap)?;
    if !(0.0..=1.0).contains(&threshold) && !matrix {
        return Err(invalid(format!("{op}: iou_threshold must be in [0, 1], got {threshold}")));
    }
    let wanted = a.int("max_output_size")?.max(0) as usize;
    let question = Question {
        boxes: &boxes.expand_dims(&[0]),
        given: matrix,
        scores: scores.expand_dims(&[0]),
        count: wanted.min(count[0]),
        overlap: scalar(a, overlap)?,
        score: scalar(a, "score_threshold")?,
        sigma: if op.ends_with("with_scores") { a.float("soft_nms_sigma")? } else { 0.0 },
    };
    let answer = question.answer()?;
    let valid = convert::integers(demand(&answer.valid)?)?[0] as usize;
    let cut = |x: Value| x.squeeze(&[0]).slice_axis(0, 0, valid);
    Ok((cut(answer.indices), cut(answer.scores)))
}

fn padded(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let (boxes, scores) = (floating(a, "boxes")?, floating(a, "scores")?);
    let (shape, counts) = (extents(&boxes)?, extents(&scores)?);
    if shape.len() < 2 || shape[..shape.len() - 1] != counts[..] || shape[shape.len() - 1] != 4 {
        return Err(invalid(format!("{op}: boxes must be [..., n, 4] and scores [..., n], got {shape:?}, {counts:?}")));
    }
    let (batch, n) = (counts[..counts.len() - 1].iter().product::<usize>(), counts[counts.len() - 1]);
    let count = a.int("max_output_size")?.max(0) as usize;
    let question = Question {
        boxes: &boxes.reshape(&[batch as isize, n as isize, 4]),
        given: false,
        scores: scores.reshape(&[batch as isize, n as isize]),
        count,
        overlap: scalar(a, "iou_threshold")?,
        score: scalar(a, "score_threshold")?,
        sigma: 0.0,
    };
    let answer = question.answer()?;
    let outer: Vec<isize> = counts[..counts.len() - 1].iter().map(|&n| n as isize).collect();
    let valid = answer.valid.reshape(&outer);
    let mut indices = answer.indices.reshape(&[&outer[..], &[count as isize]].concat());
    if !a.flag("pad_to_max_output_size")? && shape.len() == 2 {
        let valid = convert::integers(demand(&valid)?)?[0] as usize;
        indices = indices.slice_axis(0, 0, valid);
    }
    Ok(Out::tuple([indices, valid]))
}

fn combined(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let (boxes, scores) = (floating(a, "boxes")?, floating(a, "scores")?);
    let (shape, counts) = (extents(&boxes)?, extents(&scores)?);
    let (&[b, n, q, 4], &[batch, per_image, classes]) = (&shape[..], &counts[..]) else {
        let text =
            format!("boxes must be [batch, n, q, 4] and scores [batch, n, classes], got {shape:?} and {counts:?}");
        return Err(invalid(format!("{op}: {text}")));
    };
    if b != batch || n != per_image || (q != 1 && q != classes) {
        let text = format!("boxes {shape:?} and scores {counts:?} do not fit; q must be 1 or the number of classes");
        return Err(invalid(format!("{op}: {text}")));
    }
    let (wanted, total) = (a.count("max_output_size_per_class")?, a.count("max_total_size")?);
    if total == 0 {
        return Err(invalid(format!("{op}: max_total_size must be > 0")));
    }
    let each = wanted.min(n);
    let all = boxes.broadcast_to(&[batch, n, classes, 4]).transpose(&[0, 2, 1, 3]);
    let all = all.reshape(&[(batch * classes) as isize, n as isize, 4]);
    let question = Question {
        boxes: &all,
        given: false,
        scores: scores.transpose(&[0, 2, 1]).reshape(&[(batch * classes) as isize, n as isize]),
        count: each,
        overlap: scalar(a, "iou_threshold")?,
        score: scalar(a, "score_threshold")?,
        sigma: 0.0,
    };
    let answer = question.answer()?;
    let size = if a.flag("pad_per_class")? { total.min(wanted * classes) } else { total };
    best_of_classes(&all, answer, [batch, classes, each], n, size, a.flag("clip_boxes")?)
}

/// The best of what was chosen in each class: boxes, scores, classes, and how many there are.
fn best_of_classes(
    all: &Value,
    answer: Answer,
    [batch, classes, each]: [usize; 3],
    n: usize,
    size: usize,
    clip: bool,
) -> Result<Out> {
    let make = all.builder();
    let rows = (batch * classes) as isize;
    let there = make.iota(&[each], 0, DType::I32).lt(answer.valid.expand_dims(&[1]));
    let first = make.iota(&[batch * classes, each], 0, DType::I32) * (n as i64);
    let flat = [batch as isize, (classes * each) as isize];
    let index = (answer.indices + first).reshape(&flat);
    let scores = there.select(answer.scores, f64::NEG_INFINITY).reshape(&flat);
    let class = (make.iota(&[batch, classes * each], 1, DType::I32) / (each.max(1) as i64)).convert(DType::F32);
    let valid = answer.valid.reshape(&[batch as isize, classes as isize]).reduce_sum(&[1]).minimum(size as i64);
    // Fewer candidates than places: the rest stays empty.
    let missing = size.saturating_sub(classes * each) as i64;
    let filled = |x: Value, fill: Number| x.pad(fill, &[0, 0], &[0, missing], &[0, 0]);
    let (scores, index) = (filled(scores, Number::Float(f64::NEG_INFINITY)), filled(index, Number::Int(0)));
    let class = filled(class, Number::Int(0));
    let order = (-&scores).argsort(1, DType::I32).slice_axis(1, 0, size);
    let width = classes * each + missing as usize;
    let order = order + make.iota(&[batch, size], 0, DType::I32) * (width as i64);
    let pick = |x: &Value| x.reshape(&[-1]).take(&order, 0);
    let within = make.iota(&[size], 0, DType::I32).lt(valid.expand_dims(&[1]));
    let boxes = all.reshape(&[rows * n as isize, 4]).take(&pick(&index), 0);
    let boxes = if clip { boxes.clamp(0, 1) } else { boxes };
    let boxes = within.expand_dims(&[2]).select(boxes, 0);
    Ok(Out::Named(
        "CombinedNonMaxSuppression",
        vec![
            ("nmsed_boxes", boxes.into()),
            ("nmsed_scores", within.select(pick(&scores), 0).into()),
            ("nmsed_classes", within.select(pick(&class), 0).into()),
            ("valid_detections", valid.into()),
        ],
    ))
}

fn crop_and_resize(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let image = a.tensor("image")?;
    takes(a, &image, REALS)?;
    let (boxes, indices) = (floating(a, "boxes")?, a.tensor("box_indices")?);
    let shape = extents(&image)?;
    let size = a.ints("crop_size")?;
    let (&[batch, height, width, depth], &[rows, columns]) = (&shape[..], &size[..]) else {
        return Err(invalid(format!("{op}: image must be 4-D and crop_size of 2 elements, got {shape:?}, {size:?}")));
    };
    if rows <= 0 || columns <= 0 {
        return Err(invalid(format!("{op}: crop dimensions must be positive, got {size:?}")));
    }
    if rank(&boxes)? != 2 || extents(&boxes)?[1] != 4 || extents(&indices)? != extents(&boxes)?[..1] {
        return Err(invalid(format!("{op}: boxes must be [n, 4] and box_indices [n]")));
    }
    if let Some(tensor) = known(&indices)
        && convert::integers(tensor)?.iter().any(|k| !(0..batch as i128).contains(k))
    {
        return Err(invalid(format!("{op}: box_indices has values outside [0, {batch})")));
    }
    let nearest = match a.text("method")? {
        "bilinear" => false,
        "nearest" => true,
        other => return Err(value_error(format!("{op}: method must be bilinear or nearest, got {other:?}"))),
    };
    let flat = image.convert(DType::F32).reshape(&[(batch * height * width) as isize, depth as isize]);
    let down = Line::of(&boxes, 0, height, rows as usize, nearest);
    let right = Line::of(&boxes, 1, width, columns as usize, nearest);
    let first = indices.convert(DType::I64).expand_dims(&[1, 2]) * ((height * width) as i64);
    let pixel =
        |y: &Value, x: &Value| flat.take(&(y.expand_dims(&[2]) * (width as i64) + x.expand_dims(&[1]) + &first), 0);
    let across = |y: &Value| {
        let (from, to) = (pixel(y, &right.low), pixel(y, &right.high));
        &from + (to - &from) * right.share.expand_dims(&[1, 3])
    };
    let (top, bottom) = (across(&down.low), across(&down.high));
    let crops = &top + (bottom - &top) * down.share.expand_dims(&[2, 3]);
    let inside = (down.inside.expand_dims(&[2]) & right.inside.expand_dims(&[1])).expand_dims(&[3]);
    Ok(inside.select(crops, a.float("extrapolation_value")?).into())
}

/// Where the pixels of crops come from along one axis, each (boxes, pixels).
struct Line {
    low: Value,
    high: Value,
    share: Value,
    inside: Value,
}

impl Line {
    fn of(boxes: &Value, k: usize, extent: usize, count: usize, nearest: bool) -> Line {
        let corner = |k: usize| boxes.slice_axis(1, k, k + 1);
        let last = extent as f64 - 1.0;
        let (from, to) = (corner(k), corner(k + 2));
        let steps: Vec<f32> = (0..count).map(|at| at as f32).collect();
        let steps = value(Tensor::from_slice(&[1, count], &steps).expect("law: crops are of a size that fits"));
        let place = if count > 1 {
            let scale = (&to - &from) * (last / (count as f64 - 1.0));
            from * last + steps * scale
        } else {
            (from + to) * (0.5 * last)
        };
        let inside = place.ge(0) & place.le(last);
        let held = inside.select(&place, 0);
        let (low, high) =
            if nearest { (held.round_half_away(), held.round_half_away()) } else { (held.floor(), held.ceil()) };
        let share = if nearest { held.zeros_like() } else { &held - &low };
        Line { low: low.convert(DType::I64), high: high.convert(DType::I64), share, inside }
    }
}
