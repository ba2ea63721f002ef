//! Sums and their kin over the members of segments, and counting.

use super::gathering::{in_range, scattered};
use super::movement::signed;
use crate::arg::{Args, Out, demand, extents, known};
use crate::convert;
use crate::define::{guarded, raised};
use crate::error::{Result, invalid, type_error};
use crate::{Row, Staged, Value};
use brolga::graph::build::Source;
use brolga::{Binary, DType, Tensor};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["math.segment_sum"], "data, segment_ids, name=None", "The sum of each segment; ids ascend.", |a| {
        sorted(a, Fold::Sum)
    })
    .gives(like_data),
    Row::new(&["math.segment_prod"], "data, segment_ids, name=None", "The product of each segment; ids ascend.", |a| {
        sorted(a, Fold::Product)
    })
    .gives(like_data),
    Row::new(&["math.segment_mean"], "data, segment_ids, name=None", "The mean of each segment; ids ascend.", |a| {
        sorted(a, Fold::Mean)
    })
    .gives(like_data),
    Row::new(&["math.segment_max"], "data, segment_ids, name=None", "The greatest of each segment; ids ascend.", |a| {
        sorted(a, Fold::Greatest)
    })
    .gives(like_data),
    Row::new(&["math.segment_min"], "data, segment_ids, name=None", "The least of each segment; ids ascend.", |a| {
        sorted(a, Fold::Least)
    })
    .gives(like_data),
    Row::new(
        &["math.unsorted_segment_sum"],
        "data, segment_ids, num_segments, name=None",
        "The sum of each segment, ids in any order; a negative id belongs to none.",
        |a| unsorted(a, Fold::Sum),
    ),
    Row::new(
        &["math.unsorted_segment_prod"],
        "data, segment_ids, num_segments, name=None",
        "The product of each segment, ids in any order; a negative id belongs to none.",
        |a| unsorted(a, Fold::Product),
    ),
    Row::new(
        &["math.unsorted_segment_mean"],
        "data, segment_ids, num_segments, name=None",
        "The mean of each segment, ids in any order; a negative id belongs to none.",
        |a| unsorted(a, Fold::Mean),
    ),
    Row::new(
        &["math.unsorted_segment_sqrt_n"],
        "data, segment_ids, num_segments, name=None",
        "The sum of each segment over the root of its size; a negative id belongs to none.",
        |a| unsorted(a, Fold::SqrtN),
    ),
    Row::new(
        &["math.unsorted_segment_max"],
        "data, segment_ids, num_segments, name=None",
        "The greatest of each segment, ids in any order; a negative id belongs to none.",
        |a| unsorted(a, Fold::Greatest),
    ),
    Row::new(
        &["math.unsorted_segment_min"],
        "data, segment_ids, num_segments, name=None",
        "The least of each segment, ids in any order; a negative id belongs to none.",
        |a| unsorted(a, Fold::Least),
    ),
    Row::new(
        &["sparse.segment_sum"],
        "data, indices, segment_ids, num_segments=None, sparse_gradient=False, name=None",
        "The sum of chosen rows over each segment.",
        |a| sparse(a, Fold::Sum),
    )
    .gives(like_data),
    Row::new(
        &["sparse.segment_mean"],
        "data, indices, segment_ids, num_segments=None, sparse_gradient=False, name=None",
        "The mean of chosen rows over each segment.",
        |a| sparse(a, Fold::Mean),
    )
    .gives(like_data),
    Row::new(
        &["sparse.segment_sqrt_n"],
        "data, indices, segment_ids, num_segments=None, sparse_gradient=False, name=None",
        "The sum of chosen rows over each segment, over the root of its size.",
        |a| sparse(a, Fold::SqrtN),
    )
    .gives(like_data),
    Row::new(
        &["raw_ops.SparseSegmentSumWithNumSegments"],
        "data, indices, segment_ids, num_segments, sparse_gradient=False, name=None",
        "The sum of chosen rows over each of so many segments.",
        |a| sparse(a, Fold::Sum),
    ),
    Row::new(
        &["raw_ops.SparseSegmentMeanWithNumSegments"],
        "data, indices, segment_ids, num_segments, sparse_gradient=False, name=None",
        "The mean of chosen rows over each of so many segments.",
        |a| sparse(a, Fold::Mean),
    ),
    Row::new(
        &["raw_ops.SparseSegmentSqrtNWithNumSegments"],
        "data, indices, segment_ids, num_segments, sparse_gradient=False, name=None",
        "The sum of chosen rows over each of so many segments, over the root of its size.",
        |a| sparse(a, Fold::SqrtN),
    ),
    Row::new(
        &["math.bincount"],
        "arr, weights=None, minlength=None, maxlength=None, dtype=tf.int32, name=None, axis=None, binary_output=False",
        "How often each number occurs, or the sum of its weights.",
        bincount,
    )
    .gives(|a| Ok(vec![counted_type(a)?])),
    Row::new(
        &["histogram_fixed_width_bins"],
        "values, value_range, nbins=100, dtype=tf.int32, name=None",
        "Into which of so many equal parts of a range each value falls; what lies outside falls into the nearest.",
        |a| Ok(bins(a)?.convert(a.dtype("dtype")?.unwrap_or(DType::I32)).into()),
    ),
    Row::new(
        &["histogram_fixed_width"],
        "values, value_range, nbins=100, dtype=tf.int32, name=None",
        "How many values fall into each of so many equal parts of a range.",
        |a| {
            let (bins, dtype) = (bins(a)?, a.dtype("dtype")?.unwrap_or(DType::I32));
            let ones = Staged.full(&[extents(&bins)?.iter().product()], 1, dtype);
            let start = Staged.zeros(&[a.count("nbins")?], dtype);
            Ok(scattered(&start, &bins.reshape(&[-1, 1]), &ones, Some(Binary::Add)).into())
        },
    ),
    Row::new(
        &["math.confusion_matrix"],
        "labels, predictions, num_classes=None, weights=None, dtype=tf.int32, name=None",
        "How often each label (row) was predicted as each class (column).",
        confusion_matrix,
    )
    .gives(|a| Ok(vec![a.dtype("dtype")?.unwrap_or(DType::I32)])),
];

/// What is made of the members of a segment.
#[derive(Clone, Copy, PartialEq)]
enum Fold {
    Sum,
    Product,
    Mean,
    SqrtN,
    Greatest,
    Least,
}

fn like_data(a: &Args) -> Result<Vec<DType>> {
    Ok(vec![a.tensor("data")?.dtype()])
}

/// The least or greatest number of an element type that is finite.
fn extreme(dtype: DType, greatest: bool) -> Result<Tensor> {
    macro_rules! of {
        ($($name:ident $rust:ty),+) => {
            match dtype {
                $(DType::$name => Ok(Tensor::scalar(if greatest { <$rust>::MAX } else { <$rust>::MIN })),)+
                other => Err(type_error(format!("numbers of dtype {} have no order", other.name()))),
            }
        };
    }
    of! { I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64, F16 half::f16, BF16 half::bf16, F32 f32, F64 f64 }
}

/// Rows combined by segment. A segment without members holds what the fold begins with.
fn folded(rows: &Value, ids: &Value, count: usize, fold: Fold) -> Result<Value> {
    let dtype = rows.dtype();
    if fold == Fold::SqrtN && dtype.is_integer() {
        return Err(type_error(format!(
            "integers of dtype {} have no real root\n  help: convert them with `tf.cast`",
            dtype.name()
        )));
    }
    if dtype == DType::Bool || dtype == DType::String {
        return Err(type_error(format!(
            "segments of dtype {} cannot be combined\n  help: convert them with `tf.cast`",
            dtype.name()
        )));
    }
    let mut shape = extents(rows)?;
    shape[0] = count;
    let (word, start) = match fold {
        Fold::Sum | Fold::Mean | Fold::SqrtN => (Binary::Add, Staged.scalar(0, dtype)),
        Fold::Product => (Binary::Multiply, Staged.scalar(1, dtype)),
        Fold::Greatest => (Binary::Maximum, Staged.constant(extreme(dtype, false)?)),
        Fold::Least => (Binary::Minimum, Staged.constant(extreme(dtype, true)?)),
    };
    let places = ids.expand_dims(&[1]);
    let combined = scattered(&start.broadcast_to(&shape), &places, rows, Some(word));
    if fold != Fold::Mean && fold != Fold::SqrtN {
        return Ok(combined);
    }
    let sizes = sizes(ids, count, shape.len()).maximum(1);
    let sizes = match fold {
        Fold::SqrtN => sizes.convert(DType::F64).sqrt().convert(dtype),
        _ => sizes.convert(dtype),
    };
    Ok(combined / sizes)
}

/// How many members each segment has, beside rows of a rank.
fn sizes(ids: &Value, count: usize, rank: usize) -> Value {
    let members = ids.ty().extents().map_or(0, |extents| extents[0]);
    let ones = Staged.full(&[members], 1, DType::I32);
    let sizes = scattered(&Staged.zeros(&[count], DType::I32), &ids.expand_dims(&[1]), &ones, Some(Binary::Add));
    let mut column = vec![1; rank];
    column[0] = count;
    sizes.reshape(&signed(&column))
}

/// Ids that ascend from 0, which say by the last of them how many segments there are.
fn ascending(ids: &Value) -> Result<usize> {
    let numbers = convert::integers(demand(ids)?)?;
    if let Some(pair) = numbers.windows(2).find(|pair| pair[1] < pair[0]) {
        return Err(invalid(format!("segment ids are not increasing: {} comes after {}", pair[1], pair[0])));
    }
    if numbers.first().is_some_and(|first| *first < 0) {
        return Err(invalid("segment ids must be >= 0"));
    }
    Ok(numbers.last().map_or(0, |last| *last as usize + 1))
}

fn sorted(a: &Args, fold: Fold) -> Result<Out> {
    let (data, ids) = (a.tensor("data")?, a.tensor("segment_ids")?);
    let (shape, over) = (extents(&data)?, extents(&ids)?);
    if over.len() != 1 || shape.first() != over.first() {
        return Err(invalid(format!(
            "segment_ids should be the same size as dimension 0 of input, got {over:?} and {shape:?}"
        )));
    }
    let count = ascending(&ids)?;
    let combined = folded(&data, &ids, count, fold)?;
    if !matches!(fold, Fold::Greatest | Fold::Least) {
        return Ok(combined.into());
    }
    // Segments that no id names hold zero.
    let empty = sizes(&ids, count, shape.len()).eq(0);
    Ok(empty.broadcast_to(&extents(&combined)?).select(combined.zeros_like(), &combined).into())
}

fn unsorted(a: &Args, fold: Fold) -> Result<Out> {
    let (data, ids, count) = (a.tensor("data")?, a.tensor("segment_ids")?, a.count("num_segments")?);
    let (shape, over) = (extents(&data)?, extents(&ids)?);
    if !shape.starts_with(&over) {
        return Err(invalid(format!("data.shape = {shape:?} does not start with segment_ids.shape = {over:?}")));
    }
    let ids = guarded(&ids, format!("segment_ids below {count}"), move |ids| {
        let numbers = convert::integers(ids).map_err(raised)?;
        match numbers.iter().enumerate().find(|(_, id)| **id >= count as i128) {
            Some((place, id)) => {
                Err(raised(invalid(format!("segment_ids[{place}] = {id} is out of range [0, {count})"))))
            }
            None => Ok(()),
        }
    })?;
    let members = over.iter().product();
    let flat: Vec<usize> = [members].into_iter().chain(shape[over.len()..].iter().copied()).collect();
    let (rows, ids) = (data.reshape(&signed(&flat)), ids.reshape(&signed(&[members])));
    if fold == Fold::Mean && data.dtype().is_integer() {
        // The quotient of integers is real.
        let real = if data.dtype().bits() <= 16 { DType::F32 } else { DType::F64 };
        let sizes = sizes(&ids, count, flat.len()).maximum(1).convert(real);
        return Ok((folded(&rows, &ids, count, Fold::Sum)?.convert(real) / sizes).into());
    }
    folded(&rows, &ids, count, fold).map(Out::Value)
}

fn sparse(a: &Args, fold: Fold) -> Result<Out> {
    let data = a.tensor("data")?;
    let whole = |name: &str| {
        let list = a.tensor(name)?;
        // An empty list is of reals.
        Ok(if extents(&list)? == [0] { list.convert(DType::I32) } else { list })
    };
    let (indices, ids) = (whole("indices")?, whole("segment_ids")?);
    let (shape, over) = (extents(&data)?, extents(&indices)?);
    if extents(&ids)? != over || shape.is_empty() {
        return Err(invalid("segment_ids and indices should have same size."));
    }
    let count = match a.optional_int("num_segments")? {
        Some(count) => usize::try_from(count).map_err(|_| invalid("num_segments must be >= 0"))?,
        None => ascending(&ids)?,
    };
    let indices = in_range("indices", &indices, shape[0])?;
    let ids = in_range("segment_ids", &ids, count)?;
    let rows = super::gathering::gathered(&data, &indices, 0, 0)?;
    folded(&rows, &ids, count, fold).map(Out::Value)
}

/// The part of the range that each value falls into.
fn bins(a: &Args) -> Result<Value> {
    let (values, range) = a.pair("values", "value_range")?;
    let count = a.count("nbins")?;
    extents(&values)?;
    if extents(&range)? != [2] || count == 0 {
        return Err(invalid("histogram: value_range must have two elements, and nbins must be positive"));
    }
    let end = |k: usize| range.slice_axis(0, k, k + 1).reshape(&[]).convert(DType::F64);
    let along = (values.convert(DType::F64) - end(0)) / (end(1) - end(0));
    Ok((along * count as f64).floor().clamp(0, count as i64 - 1).convert(DType::I64))
}

fn counted_type(a: &Args) -> Result<DType> {
    match a.optional_tensor("weights")? {
        Some(weights) => Ok(weights.dtype()),
        None => Ok(a.dtype("dtype")?.unwrap_or(DType::I32)),
    }
}

/// So many counters as the greatest number asks for, between the bounds.
fn counters(a: &Args, numbers: &Value) -> Result<usize> {
    let bound = |name: &str| match a.optional_int(name)? {
        Some(bound) if bound < 0 => Err(invalid(format!("bincount: {name} must be non-negative, got {bound}"))),
        bound => Ok(bound.map(|bound| bound as usize)),
    };
    let (least, most) = (bound("minlength")?.unwrap_or(0), bound("maxlength")?);
    if most.is_some_and(|most| most <= least) && known(numbers).is_none() {
        return Ok(most.unwrap_or(least));
    }
    let found = convert::integers(demand(numbers)?)?;
    if found.iter().any(|number| *number < 0) {
        return Err(invalid("Input arr must be non-negative!"));
    }
    let asked = found.iter().max().map_or(0, |greatest| *greatest as usize + 1).max(least);
    Ok(most.map_or(asked, |most| asked.min(most)))
}

fn bincount(a: &Args) -> Result<Out> {
    let (numbers, dtype) = (a.tensor("arr")?, counted_type(a)?);
    let shape = extents(&numbers)?;
    let count = counters(a, &numbers)?;
    let rows = match a.optional_int("axis")? {
        Some(-1) if shape.len() == 2 => shape[0],
        None | Some(0 | -1) => 1,
        Some(axis) => {
            return Err(invalid(format!(
                "Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported."
            )));
        }
    };
    let flat = numbers.reshape(&[-1]).convert(DType::I64);
    let members = shape.iter().product::<usize>();
    let ones = || Staged.full(&[members], 1, dtype);
    let weights = match a.optional_tensor("weights")? {
        Some(weights) if extents(&weights)? == shape => weights.reshape(&[-1]),
        Some(weights) => {
            return Err(invalid(format!(
                "weights must have the shape of arr, {shape:?}, got {:?}",
                extents(&weights)?
            )));
        }
        None => ones(),
    };
    let row = Staged.iota(&[members], 0, DType::I64) / (members / rows.max(1)).max(1) as i64;
    let places = row.expand_dims(&[1]).concat(&[&flat.expand_dims(&[1])], 1);
    let start = Staged.zeros(&[rows, count], dtype);
    let word = if a.flag("binary_output")? { None } else { Some(Binary::Add) };
    let counts = scattered(&start, &places, &if word.is_none() { ones() } else { weights }, word);
    Ok(if shape.len() == 2 && a.optional_int("axis")? == Some(-1) { counts } else { counts.reshape(&[-1]) }.into())
}

fn confusion_matrix(a: &Args) -> Result<Out> {
    let list = |name: &str| {
        let list = a.tensor(name)?;
        extents(&list)?;
        Ok(list.convert(DType::I64).reshape(&[-1]))
    };
    let (labels, predictions) = (list("labels")?, list("predictions")?);
    let dtype = a.dtype("dtype")?.unwrap_or(DType::I32);
    let members = extents(&labels)?;
    if extents(&predictions)? != members {
        return Err(invalid("confusion_matrix: labels and predictions must be as many"));
    }
    let classes = match a.optional_int("num_classes")? {
        Some(classes) => usize::try_from(classes).map_err(|_| invalid("num_classes must be non-negative"))?,
        None => {
            let of = |list: &Value| Ok(convert::integers(demand(list)?)?.into_iter().max().unwrap_or(-1));
            usize::try_from(of(&labels)?.max(of(&predictions)?) + 1)
                .map_err(|_| invalid("`labels` contains negative values"))?
        }
    };
    let labels = in_range("labels", &labels, classes)?;
    let predictions = in_range("predictions", &predictions, classes)?;
    let weights = match a.optional_tensor("weights")? {
        Some(weights) => weights.convert(dtype).broadcast_to(&members),
        None => Staged.full(&members, 1, dtype),
    };
    let places = labels.expand_dims(&[1]).concat(&[&predictions.expand_dims(&[1])], 1);
    Ok(scattered(&Staged.zeros(&[classes, classes], dtype), &places, &weights, Some(Binary::Add)).into())
}
