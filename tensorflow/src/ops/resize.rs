//! Resizing of images: each result pixel is a weighted sum of source pixels, one axis after the other.

use super::elements::{REALS, takes};
use crate::arg::{Args, Out, extents, value};
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::{DType, Tensor};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(
        &["image.resize"],
        "images, size, method='bilinear', preserve_aspect_ratio=False, antialias=False, name=None",
        "Images of another height and width.",
        resize,
    )
    .gives(|a| Ok(vec![result_dtype(a)?])),
    Row::new(
        &["image.resize_with_pad"],
        "image, target_height, target_width, method='bilinear', antialias=False",
        "Images resized with their proportions kept, and zeros around them up to the size asked for.",
        resize_with_pad,
    )
    .gives(|a| Ok(vec![result_dtype(a)?])),
];

fn result_dtype(a: &Args) -> Result<DType> {
    let name = a.signature.parameters[0].name.as_str();
    Ok(if a.text("method")? == "nearest" { a.tensor(name)?.dtype() } else { DType::F32 })
}

fn resize(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let size = a.ints("size")?;
    let &[height, width] = &size[..] else {
        return Err(value_error(format!("{op}: 'size' must be a 1-D Tensor of 2 elements: new_height, new_width")));
    };
    let mut target = [positive(op, height)?, positive(op, width)?];
    let images = a.tensor("images")?;
    if a.flag("preserve_aspect_ratio")? {
        let shape = extents(&images)?;
        target = fitting(image_extents(op, &shape)?, target);
    }
    Ok(resized(a, &images, target)?.into())
}

fn positive(op: &str, extent: i64) -> Result<usize> {
    let extent = usize::try_from(extent).ok().filter(|extent| *extent > 0);
    extent.ok_or_else(|| invalid(format!("{op}: output dimensions must be positive")))
}

/// Height and width of one image or of a batch.
fn image_extents(op: &str, shape: &[usize]) -> Result<[usize; 2]> {
    match shape {
        [height, width, _] | [_, height, width, _] => Ok([*height, *width]),
        _ => Err(value_error(format!("{op}: 'images' must have either 3 or 4 dimensions, got shape {shape:?}"))),
    }
}

/// The greatest extents within `target` that keep the proportions.
fn fitting(source: [usize; 2], target: [usize; 2]) -> [usize; 2] {
    let factor = |k: usize| target[k] as f32 / source[k] as f32;
    let least = factor(0).min(factor(1));
    source.map(|extent| (least * extent as f32).round_ties_even() as usize)
}

fn resize_with_pad(a: &Args) -> Result<Out> {
    let op = a.signature.op;
    let image = a.tensor("image")?;
    let (height, width) = (positive(op, a.int("target_height")?)?, positive(op, a.int("target_width")?)?);
    let shape = extents(&image)?;
    let source = image_extents(op, &shape)?;
    let target = [height, width];
    let ratio = |k: usize| source[k] as f32 / target[k] as f32;
    let ratio = ratio(0).max(ratio(1));
    let exact = source.map(|extent| extent as f32 / ratio);
    let inner = exact.map(|extent| extent.floor() as usize);
    let resized = resized(a, &image, inner)?;
    let before = [0, 1].map(|k| ((target[k] as f32 - exact[k]) / 2.0).floor().max(0.0) as i64);
    let after = [0, 1].map(|k| target[k] as i64 - inner[k] as i64 - before[k]);
    let batched = shape.len() - 3;
    let around = |sides: [i64; 2]| [&vec![0; batched][..], &sides, &[0]].concat();
    Ok(resized.pad(0, &around(before), &around(after), &vec![0; shape.len()]).into())
}

/// Images of another height and width by the argument `method`.
fn resized(a: &Args, images: &Value, target: [usize; 2]) -> Result<Value> {
    let op = a.signature.op;
    takes(a, images, REALS)?;
    let shape = extents(images)?;
    let source = image_extents(op, &shape)?;
    if source.contains(&0) {
        return Err(invalid(format!("{op}: input image must be of non-zero size")));
    }
    let first = shape.len() - 3;
    let method = a.text("method")?;
    if method == "nearest" {
        let along = |x: &Value, k: usize| x.take(&nearest(source[k], target[k]), (first + k) as isize);
        return Ok(along(&along(images, 0), 1));
    }
    let method = Method::named(op, method, a.flag("antialias")?)?;
    let images = images.convert(DType::F32);
    let along = |x: &Value, k: usize| method.taps(source[k], target[k]).apply(x, first + k);
    Ok(along(&along(&images, 0), 1))
}

/// The nearest source pixel of each result pixel.
fn nearest(source: usize, target: usize) -> Value {
    let scale = source as f32 / target as f32;
    let place = |at: usize| (((at as f32 + 0.5) * scale).floor() as i64).clamp(0, source as i64 - 1);
    integers(&[target], &(0..target).map(place).collect::<Vec<i64>>())
}

fn integers(shape: &[usize], elements: &[i64]) -> Value {
    value(Tensor::from_slice(shape, elements).expect("law: places are no more than the pixels they take"))
}

/// Source pixels and their weights for each result pixel; as many for each.
struct Taps {
    count: usize,
    places: Vec<i64>,
    weights: Vec<f32>,
}

impl Taps {
    /// Spans of unequal length, each the place it begins at and its weights.
    fn of(spans: &[(i64, Vec<f32>)], source: usize) -> Taps {
        let count = spans.iter().map(|(_, weights)| weights.len()).max().unwrap_or(1).max(1);
        let (mut places, mut all) = (vec![], vec![]);
        for (start, weights) in spans {
            for tap in 0..count {
                places.push((start + tap as i64).clamp(0, source as i64 - 1));
                all.push(weights.get(tap).copied().unwrap_or(0.0));
            }
        }
        Taps { count, places, weights: all }
    }

    /// The weighted sums along an axis.
    fn apply(&self, x: &Value, axis: usize) -> Value {
        let outputs = self.places.len() / self.count;
        let taken = x.take(&integers(&[outputs, self.count], &self.places), axis as isize);
        let after = x.ty().rank().unwrap_or(0) - axis - 1;
        let shape = [&[outputs, self.count][..], &vec![1; after]].concat();
        let weights = Tensor::from_slice(&shape, &self.weights).expect("law: weights are as many as places");
        let weights = value(weights);
        let terms = taken * &weights;
        // A pixel without weight must not spoil the sum with a NaN or an infinity.
        let terms = if self.weights.contains(&0.0) { weights.eq(0).select(0, terms) } else { terms };
        terms.reduce_sum(&[axis as isize + 1])
    }
}

/// How source pixels are weighed.
enum Method {
    /// The two neighbours.
    Linear,
    /// The four neighbours, by Keys' cubic.
    Cubic,
    /// By the area each source pixel covers.
    Area,
    /// By a kernel, widened where the image shrinks if `antialias`.
    Kernel { kernel: Kernel, antialias: bool },
}

#[derive(Clone, Copy)]
enum Kernel {
    Lanczos(f32),
    Gaussian,
    Triangle,
    KeysCubic,
    MitchellCubic,
}

impl Method {
    fn named(op: &str, name: &str, antialias: bool) -> Result<Method> {
        let by = |kernel: Kernel| Method::Kernel { kernel, antialias };
        Ok(match name {
            "bilinear" if antialias => by(Kernel::Triangle),
            "bicubic" if antialias => by(Kernel::KeysCubic),
            "bilinear" => Method::Linear,
            "bicubic" => Method::Cubic,
            "area" => Method::Area,
            "lanczos3" => by(Kernel::Lanczos(3.0)),
            "lanczos5" => by(Kernel::Lanczos(5.0)),
            "gaussian" => by(Kernel::Gaussian),
            "mitchellcubic" => by(Kernel::MitchellCubic),
            _ => {
                let known = "bilinear, nearest, bicubic, area, lanczos3, lanczos5, gaussian, mitchellcubic";
                return Err(value_error(format!("{op}: Resize method is not implemented: {name:?}\n  help: {known}")));
            }
        })
    }

    fn taps(&self, source: usize, target: usize) -> Taps {
        let scale = source as f32 / target as f32;
        let span = |at: usize| match self {
            Method::Linear => linear((at as f32 + 0.5) * scale - 0.5, source),
            Method::Cubic => cubic((at as f32 + 0.5) * scale - 0.5, source),
            Method::Area => area(at, scale),
            Method::Kernel { kernel, antialias } => kernel.span(at, source, target, *antialias),
        };
        Taps::of(&(0..target).map(span).collect::<Vec<(i64, Vec<f32>)>>(), source)
    }
}

fn linear(place: f32, source: usize) -> (i64, Vec<f32>) {
    let below = place.floor();
    let share = place - below;
    // Beyond the border both neighbours are the border.
    if below < 0.0 || below as usize + 1 >= source {
        return ((below as i64).clamp(0, source as i64 - 1), vec![1.0]);
    }
    (below as i64, vec![1.0 - share, share])
}

/// Weights from a table of 1,024 steps, as TensorFlow's; what lies outside the image weighs nothing.
fn cubic(place: f32, source: usize) -> (i64, Vec<f32>) {
    const STEPS: f32 = 1024.0;
    const A: f32 = -0.5;
    let below = place.floor();
    let step = ((place - below) * STEPS).round_ties_even();
    let near = |step: f32| {
        let x = step / STEPS;
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    };
    let far = |step: f32| {
        let x = step / STEPS + 1.0;
        ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A
    };
    let weights = [far(step), near(step), near(STEPS - step), far(STEPS - step)];
    within(below as i64 - 1, &weights, source)
}

/// The part of a span that lies in the image, its weights scaled to sum to 1.
fn within(start: i64, weights: &[f32], source: usize) -> (i64, Vec<f32>) {
    let inside = |k: &usize| (0..source as i64).contains(&(start + *k as i64));
    let kept: Vec<f32> = (0..weights.len()).filter(inside).map(|k| weights[k]).collect();
    (start.max(0), scaled(kept))
}

fn scaled(weights: Vec<f32>) -> Vec<f32> {
    let sum: f32 = weights.iter().sum();
    if sum.abs() < 1000.0 * f32::MIN_POSITIVE {
        return weights;
    }
    weights.into_iter().map(|weight| weight / sum).collect()
}

fn area(at: usize, scale: f32) -> (i64, Vec<f32>) {
    let (from, to) = (at as f32 * scale, (at as f32 + 1.0) * scale);
    let (start, end) = (from.floor() as i64, to.ceil() as i64);
    let covered = |pixel: i64| {
        let pixel = pixel as f32;
        ((pixel + 1.0).min(to) - pixel.max(from)) / scale
    };
    (start, (start..end).map(covered).collect())
}

impl Kernel {
    fn radius(self) -> f32 {
        match self {
            Kernel::Lanczos(radius) => radius,
            Kernel::Gaussian => 1.5,
            Kernel::Triangle => 1.0,
            Kernel::KeysCubic | Kernel::MitchellCubic => 2.0,
        }
    }

    /// The weight at a distance from the centre, which is not negative.
    fn weight(self, x: f32) -> f32 {
        let pi = std::f32::consts::PI;
        match self {
            Kernel::Lanczos(radius) if x > radius => 0.0,
            Kernel::Lanczos(_) if x <= 1e-3 => 1.0,
            Kernel::Lanczos(radius) => radius * (pi * x).sin() * (pi * x / radius).sin() / (pi * pi * x * x),
            Kernel::Gaussian if x >= 1.5 => 0.0,
            Kernel::Gaussian => (-x * x * 2.0).exp(),
            Kernel::Triangle => (1.0 - x).max(0.0),
            Kernel::KeysCubic | Kernel::MitchellCubic if x >= 2.0 => 0.0,
            Kernel::KeysCubic if x >= 1.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            Kernel::KeysCubic => (1.5 * x - 2.5) * x * x + 1.0,
            Kernel::MitchellCubic if x >= 1.0 => ((-7.0 / 18.0 * x + 2.0) * x - 10.0 / 3.0) * x + 16.0 / 9.0,
            Kernel::MitchellCubic => (7.0 / 6.0 * x - 2.0) * x * x + 8.0 / 9.0,
        }
    }

    fn span(self, at: usize, source: usize, target: usize, antialias: bool) -> (i64, Vec<f32>) {
        let inverse = 1.0 / (target as f32 / source as f32);
        let wide = if antialias { inverse.max(1.0) } else { 1.0 };
        let centre = (at as f32 + 0.5) * inverse;
        if centre < 0.0 || centre > source as f32 {
            return (0, vec![]);
        }
        let (reach, last) = (self.radius() * wide, source as i64 - 1);
        let start = ((centre - reach - 0.5).ceil() as i64).clamp(0, last);
        let end = ((centre + reach - 0.5).floor() as i64).clamp(0, last) + 1;
        let narrow = 1.0 / wide;
        let weight = |pixel: i64| self.weight(((pixel as f32 + 0.5 - centre) * narrow).abs());
        (start, scaled((start..end).map(weight).collect()))
    }
}
