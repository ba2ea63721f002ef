//! Random numbers: functions of a seed, and numbers that differ from call to call.

use super::create::stopped;
use super::elements::{FLOATS, takes};
use crate::arg::{Args, Out, extents, rank};
use crate::error::{Kind, OpError, Result, invalid, value_error};
use crate::{Row, Staged, Value};
use brolga::{DType, Tensor, compose};

/// Functions of a seed: the same seed gives the same numbers, everywhere.
pub const STATELESS: &[Row] = &[
    Row::new(
        &["random.stateless_uniform"],
        "shape, seed, minval=0, maxval=None, dtype=tf.float32, name=None, alg='auto_select'",
        "Numbers uniform from minval to below maxval, determined by a seed.",
        stateless_uniform,
    )
    .gives(given_dtype),
    Row::new(
        &["random.stateless_normal"],
        "shape, seed, mean=0.0, stddev=1.0, dtype=tf.float32, name=None, alg='auto_select'",
        "Normal numbers, determined by a seed.",
        |a| located(a, compose::random_normal),
    )
    .gives(given_dtype),
    Row::new(
        &["random.stateless_truncated_normal"],
        "shape, seed, mean=0.0, stddev=1.0, dtype=tf.float32, name=None, alg='auto_select'",
        "Normal numbers within two deviations of the mean, determined by a seed.",
        |a| located(a, compose::random_truncated_normal),
    )
    .gives(given_dtype),
    Row::new(
        &["random.split", "random.experimental.stateless_split"],
        "seed, num=2, alg='auto_select'",
        "Seeds made of a seed.",
        |a| {
            let dtype = a.tensor("seed")?.dtype();
            Ok(compose::random_bits(&seed(a)?, &[a.count("num")?, 2], dtype).into())
        },
    ),
    Row::new(
        &["random.fold_in", "random.experimental.stateless_fold_in"],
        "seed, data, alg='auto_select'",
        "A seed made of a seed and a number.",
        |a| {
            let (seed, data) = (seed(a)?, a.tensor("data")?);
            if rank(&data)? != 0 || !matches!(data.dtype(), DType::I32 | DType::I64) {
                return Err(invalid("random.fold_in: data must be an int32 or int64 scalar"));
            }
            let made = compose::random_bits(&seed, &[1], data.dtype());
            Ok(made.concat(&[&data.reshape(&[1])], 0).into())
        },
    ),
    Row::new(
        &["random.experimental.stateless_shuffle"],
        "value, seed, alg='auto_select', name=None",
        "The tensor with its first axis in an order determined by a seed.",
        |a| {
            let (value, seed) = (a.tensor("value")?, seed(a)?);
            let Some(&count) = extents(&value)?.first() else { return Ok(value.into()) };
            Ok(value.take(&compose::random_bits(&seed, &[count], DType::U32).argsort(0, DType::I32), 0).into())
        },
    ),
    Row::new(
        &["random.stateless_categorical"],
        "logits, num_samples, seed, dtype=tf.int64, name=None",
        "Classes drawn by unnormalised log-probabilities, determined by a seed.",
        |a| categorical(a, &seed(a)?),
    )
    .gives(class_dtype),
];

/// Numbers that differ from call to call.
pub const STATEFUL: &[Row] = &[
    Row::new(&["random.set_seed"], "seed", "Begins the sequence of random numbers of a seed.", |a| {
        brolga::set_seed(a.int("seed")? as u64);
        Ok(Out::None)
    }),
    Row::new(
        &["random.uniform"],
        "shape, minval=0, maxval=None, dtype=tf.float32, seed=None, name=None",
        "Numbers uniform from minval to below maxval, different in each call.",
        |a| {
            let seed = fresh_seed(a)?;
            uniform(a, &seed)
        },
    )
    .gives(given_dtype),
    Row::new(
        &["random.normal"],
        "shape, mean=0.0, stddev=1.0, dtype=tf.float32, seed=None, name=None",
        "Normal numbers, different in each call.",
        |a| {
            let seed = fresh_seed(a)?;
            scaled(a, &compose::random_normal(&seed, &a.shape("shape")?, float_dtype(a)?))
        },
    )
    .gives(given_dtype),
    Row::new(
        &["random.truncated_normal"],
        "shape, mean=0.0, stddev=1.0, dtype=tf.float32, seed=None, name=None",
        "Normal numbers within two deviations of the mean, different in each call.",
        |a| {
            let seed = fresh_seed(a)?;
            scaled(a, &compose::random_truncated_normal(&seed, &a.shape("shape")?, float_dtype(a)?))
        },
    )
    .gives(given_dtype),
    Row::new(
        &["random.categorical"],
        "logits, num_samples, dtype=tf.int64, seed=None, name=None",
        "Classes drawn by unnormalised log-probabilities, different in each call.",
        |a| categorical(a, &fresh_seed(a)?),
    )
    .gives(class_dtype),
    Row::new(
        &["random.shuffle"],
        "value, seed=None, name=None",
        "The tensor with its first axis in an order that differs from call to call.",
        |a| {
            let (value, seed) = (a.tensor("value")?, fresh_seed(a)?);
            let Some(&count) = extents(&value)?.first() else { return Ok(value.into()) };
            Ok(value.take(&compose::random_bits(&seed, &[count], DType::U32).argsort(0, DType::I32), 0).into())
        },
    ),
];

pub(super) fn given_dtype(a: &Args) -> Result<Vec<DType>> {
    Ok(vec![a.dtype("dtype")?.unwrap_or(DType::F32)])
}

/// The seed: two integers, or the key that they are of ThreeFry.
pub(super) fn seed(a: &Args) -> Result<Value> {
    let seed = a.tensor("seed")?;
    if extents(&seed)? != [2] {
        return Err(invalid(format!("{}: seed must have shape [2], not {:?}", a.signature.op, extents(&seed)?)));
    }
    takes(a, &seed, &[DType::I32, DType::I64, DType::U32, DType::U64])?;
    let named = a.signature.parameters.iter().any(|parameter| parameter.name == "alg");
    let alg = if named { a.optional_text("alg")? } else { None };
    let text = match alg {
        None | Some("auto_select" | "philox") => return Ok(seed),
        Some("threefry") => {
            let typed = a.signature.parameters.iter().any(|parameter| parameter.name == "dtype");
            let dtype = if typed { a.dtype("dtype")? } else { None };
            if !matches!(dtype, Some(DType::F16 | DType::BF16)) {
                return Ok(compose::threefry_key(&seed));
            }
            "`threefry` has no numbers of 16 bits\n  help: use alg='philox', or cast"
        }
        Some(_) => "there are the algorithms `philox` and `threefry`",
    };
    Err(OpError::new(Kind::Unimplemented, format!("{}: {text}", a.signature.op)))
}

/// A seed that no other call has; one that is asked for is mixed in.
pub(super) fn fresh_seed(a: &Args) -> Result<Value> {
    let fresh = compose::random_seed(&Staged);
    match a.optional_int("seed")? {
        Some(seed) => {
            let halves = [seed as i32, (seed >> 32) as i32];
            Ok(fresh ^ Tensor::from_slice(&[2], &halves).expect("law: two words can be allocated"))
        }
        None => Ok(fresh),
    }
}

fn class_dtype(a: &Args) -> Result<Vec<DType>> {
    Ok(vec![a.dtype("dtype")?.unwrap_or(DType::I64)])
}

pub(super) fn float_dtype(a: &Args) -> Result<DType> {
    let dtype = a.dtype("dtype")?.unwrap_or(DType::F32);
    if FLOATS.contains(&dtype) {
        return Ok(dtype);
    }
    Err(value_error(format!("{}: dtype must be a float, not {}", a.signature.op, dtype.name())))
}

/// Standard numbers moved to the mean and deviation asked for.
pub(super) fn scaled(a: &Args, standard: &Value) -> Result<Out> {
    let dtype = standard.dtype();
    let (mean, deviation) = (a.tensor_of("mean", dtype)?, a.tensor_of("stddev", dtype)?);
    Ok((standard * deviation + mean).into())
}

fn located(a: &Args, standard: impl Fn(&Value, &[usize], DType) -> Value) -> Result<Out> {
    scaled(a, &standard(&seed(a)?, &a.shape("shape")?, float_dtype(a)?))
}

fn stateless_uniform(a: &Args) -> Result<Out> {
    uniform(a, &seed(a)?)
}

pub(super) fn uniform(a: &Args, seed: &Value) -> Result<Out> {
    let shape = a.shape("shape")?;
    let dtype = a.dtype("dtype")?.unwrap_or(DType::F32);
    if FLOATS.contains(&dtype) {
        let least = a.tensor_of("minval", dtype)?;
        let numbers = compose::random_uniform(seed, &shape, dtype);
        return Ok(match a.optional_tensor_of("maxval", dtype)? {
            Some(most) => numbers * (most - &least) + least,
            None => numbers * (1.0 - &least) + least,
        }
        .into());
    }
    if !matches!(dtype, DType::I32 | DType::I64 | DType::U32 | DType::U64) {
        return Err(value_error(format!("{}: dtype {} is not taken", a.signature.op, dtype.name())));
    }
    let bits = compose::random_bits(seed, &shape, dtype);
    if a.absent("maxval") {
        if a.absent("minval") {
            return Ok(bits.into());
        }
        return Err(value_error(format!("{}: maxval must be given for whole numbers", a.signature.op)));
    }
    let (least, most) = (a.tensor_of("minval", dtype)?, a.tensor_of("maxval", dtype)?);
    let unsigned = if dtype.bits() == 64 { DType::U64 } else { DType::U32 };
    let span = (most - &least).bitcast_convert(unsigned);
    Ok(((bits.bitcast_convert(unsigned) % span).bitcast_convert(dtype) + least).into())
}

/// The greatest of log-probabilities that Gumbel noise was added to.
fn categorical(a: &Args, seed: &Value) -> Result<Out> {
    let logits = stopped(&a.tensor("logits")?)?;
    takes(a, &logits, FLOATS)?;
    let [batch, classes] = extents(&logits)?[..] else {
        return Err(invalid(format!("{}: logits must be a matrix", a.signature.op)));
    };
    let samples = a.count("num_samples")?;
    let uniform = compose::random_uniform(seed, &[batch, samples, classes], DType::F64);
    let noise = -(-uniform.maximum(f64::MIN_POSITIVE).log()).log();
    let drawn = logits.convert(DType::F64).expand_dims(&[1]) + noise;
    Ok(drawn.argmax(2, a.dtype("dtype")?.unwrap_or(DType::I64)).into())
}
