//! Colours: spaces, brightness, contrast, hue.

use super::elements::{FLOATS, REALS, takes, wide};
use super::image::convert_image;
use crate::arg::{Arg, Args, Out, extents, rank, value};
use crate::convert;
use crate::error::{Result, invalid, value_error};
use crate::{Row, Value};
use brolga::{DType, Tensor, compose};

/// The family's table.
pub const OPS: &[Row] = &[
    Row::new(&["image.rgb_to_hsv"], "images, name=None", "Red, green, blue as hue, saturation, value.", |a| {
        Ok(rgb_to_hsv(&coloured(a)?).into())
    }),
    Row::new(&["image.hsv_to_rgb"], "images, name=None", "Hue, saturation, value as red, green, blue.", |a| {
        Ok(hsv_to_rgb(&coloured(a)?).into())
    }),
    Row::new(&["image.rgb_to_yiq"], "images", "Red, green, blue as luma and two chromas (NTSC).", |a| {
        mixed(
            a,
            &[0.299, 0.595_900_59, 0.2115, 0.587, -0.274_556_67, -0.522_736_17, 0.114, -0.321_343_92, 0.311_199_55],
        )
    }),
    Row::new(&["image.yiq_to_rgb"], "images", "Luma and two chromas (NTSC) as red, green, blue.", |a| {
        mixed(a, &[1.0, 1.0, 1.0, 0.955_986_34, -0.272_012_83, -1.106_740_21, 0.620_824_8, -0.647_204_24, 1.704_230_49])
    }),
    Row::new(&["image.rgb_to_yuv"], "images", "Red, green, blue as luma and two chromas (PAL).", |a| {
        mixed(
            a,
            &[
                0.299,
                -0.147_141_19,
                0.614_975_38,
                0.587,
                -0.288_869_16,
                -0.514_965_12,
                0.114,
                0.436_010_35,
                -0.100_010_26,
            ],
        )
    }),
    Row::new(&["image.yuv_to_rgb"], "images", "Luma and two chromas (PAL) as red, green, blue.", |a| {
        mixed(a, &[1.0, 1.0, 1.0, 0.0, -0.394_642_334, 2.032_061_85, 1.139_883_03, -0.580_621_85, 0.0])
    }),
    Row::new(&["image.rgb_to_grayscale"], "images, name=None", "Red, green, blue as one grey.", |a| {
        let x = coloured(a)?;
        let flat = convert_image(&x, DType::F32, false)?;
        let grey = channel(&flat, 0) * 0.2989 + channel(&flat, 1) * 0.587 + channel(&flat, 2) * 0.114;
        Ok(convert_image(&grey, x.dtype(), false)?.into())
    }),
    Row::new(&["image.grayscale_to_rgb"], "images, name=None", "One grey as red, green and blue.", grayscale_to_rgb),
    Row::new(&["image.adjust_brightness"], "image, delta", "Images made brighter by an amount.", |a| {
        adjust(a, "image", "delta", brightness)
    }),
    Row::new(
        &["image.adjust_contrast"],
        "images, contrast_factor",
        "Distances from the mean of each channel times a factor.",
        |a| adjust(a, "images", "contrast_factor", contrast),
    ),
    Row::new(&["image.adjust_gamma"], "image, gamma=1, gain=1", "gain · image^gamma.", |a| {
        if let Arg::Float(_) | Arg::Int(_) = a.raw("gamma")
            && a.float("gamma")? < 0.0
        {
            return Err(value_error("image.adjust_gamma: Gamma should be a non-negative real number."));
        }
        let powered = |x: &Value| Ok(x.pow(real(a, "gamma", x.dtype())?) * real(a, "gain", x.dtype())?);
        Ok(adjusted(&a.tensor("image")?, powered)?.into())
    }),
    Row::new(&["image.adjust_hue"], "image, delta, name=None", "Images with the hue moved round by an amount.", |a| {
        adjust(a, "image", "delta", hue)
    }),
    Row::new(
        &["image.adjust_saturation"],
        "image, saturation_factor, name=None",
        "Images with the saturation times a factor.",
        |a| adjust(a, "image", "saturation_factor", saturation),
    ),
];

/// A number or a tensor, as a tensor of an element type.
pub(super) fn real(a: &Args, name: &str, dtype: DType) -> Result<Value> {
    match a.raw(name) {
        Arg::Float(_) | Arg::Int(_) => convert::scalar(a.raw(name), dtype),
        _ => Ok(a.tensor(name)?.convert(dtype)),
    }
}

/// Images with three channels.
fn coloured(a: &Args) -> Result<Value> {
    let x = a.tensor("images")?;
    takes(a, &x, REALS)?;
    match extents(&x)?.last() {
        Some(3) => Ok(x),
        _ => Err(invalid(format!("{}: input must have 3 channels, got {:?}", a.signature.op, extents(&x)?))),
    }
}

fn channel(x: &Value, k: usize) -> Value {
    x.slice_axis(-1, k, k + 1)
}

fn channels(parts: &[Value; 3]) -> Value {
    parts[0].concat(&[&parts[1], &parts[2]], -1)
}

fn rgb_to_hsv(x: &Value) -> Value {
    let (red, green, blue) = (channel(x, 0), channel(x, 1), channel(x, 2));
    let most = red.maximum(&green).maximum(&blue);
    let range = &most - red.minimum(&green).minimum(&blue);
    let saturation = most.gt(0).select(&range / &most, 0);
    let sixth: Value = 1 / (&range * 6);
    let on_blue = &sixth * (&red - &green) + 4.0 / 6.0;
    let on_green = &sixth * (&blue - &red) + 2.0 / 6.0;
    let hue = red.eq(&most).select(&sixth * (&green - &blue), green.eq(&most).select(on_green, on_blue));
    let hue = range.gt(0).select(hue, 0);
    channels(&[hue.lt(0).select(&hue + 1, &hue), saturation, most])
}

fn hsv_to_rgb(x: &Value) -> Value {
    let (sextant, saturation, most) = (channel(x, 0) * 6, channel(x, 1), channel(x, 2));
    let away = |from: i32| (&sextant - from).abs();
    let held = |x: Value| x.clamp(0, 1);
    let parts = [held(away(3) - 1), held(2 - away(2)), held(2 - away(4))];
    let grey: Value = 1 - &saturation;
    channels(&parts.map(|part| (&grey + &saturation * part) * &most))
}

/// Channels mixed by a matrix, its rows one after another.
fn mixed(a: &Args, matrix: &[f64; 9]) -> Result<Out> {
    let x = coloured(a)?;
    takes(a, &x, FLOATS)?;
    let matrix = Tensor::from_slice(&[3, 3], matrix).expect("law: a small matrix");
    Ok(x.matmul(&value(matrix).convert(x.dtype())).into())
}

fn grayscale_to_rgb(a: &Args) -> Result<Out> {
    let x = a.tensor("images")?;
    let shape = extents(&x)?;
    let Some((1, before)) = shape.split_last() else {
        let op = a.signature.op;
        return Err(value_error(format!("{op}: Last dimension of a grayscale image should be size 1, got {shape:?}")));
    };
    Ok(x.broadcast_to(&[before, &[3]].concat()).into())
}

/// An adjustment of images by a scalar; the name of the op is for its errors.
pub(super) type Adjust = fn(&str, &Value, &Value) -> Result<Value>;

fn adjust(a: &Args, images: &str, amount: &str, by: Adjust) -> Result<Out> {
    Ok(by(a.signature.op, &a.tensor(images)?, &real(a, amount, DType::F32)?)?.into())
}

/// An adjustment made on reals, then brought back to the element type of the images.
fn adjusted(x: &Value, adjust: impl Fn(&Value) -> Result<Value>) -> Result<Value> {
    let plain = matches!(x.dtype(), DType::F16 | DType::F32);
    let flat = if plain { x.clone() } else { convert_image(x, DType::F32, false)? };
    convert_image(&adjust(&flat)?, x.dtype(), true)
}

/// Images made brighter.
pub(super) fn brightness(_op: &str, x: &Value, delta: &Value) -> Result<Value> {
    adjusted(x, |x| Ok(x + delta.convert(x.dtype())))
}

/// Images with distances from the mean of each channel times a factor.
pub(super) fn contrast(op: &str, x: &Value, factor: &Value) -> Result<Value> {
    let rows = rank(x)? as isize - 3;
    if rows < 0 {
        return Err(invalid(format!("{op}: images must be at least 3-D, got {:?}", extents(x)?)));
    }
    adjusted(x, |x| {
        let mean = compose::mean(&wide(x), &[rows, rows + 1]).expand_dims(&[rows, rows + 1]);
        Ok(((wide(x) - &mean) * factor + mean).convert(x.dtype()))
    })
}

/// Images with the hue moved round; 1 is once round.
pub(super) fn hue(op: &str, x: &Value, delta: &Value) -> Result<Value> {
    through_hsv(op, x, |hsv| {
        let hue = channel(hsv, 0) + delta;
        [&hue - hue.floor(), channel(hsv, 1), channel(hsv, 2)]
    })
}

/// Images with the saturation times a factor.
pub(super) fn saturation(op: &str, x: &Value, factor: &Value) -> Result<Value> {
    through_hsv(op, x, |hsv| {
        let saturation = channel(hsv, 1) * factor;
        [channel(hsv, 0), saturation.maximum(0).minimum(1), channel(hsv, 2)]
    })
}

fn through_hsv(op: &str, x: &Value, adjust: impl Fn(&Value) -> [Value; 3]) -> Result<Value> {
    let shape = extents(x)?;
    if shape.len() < 3 || shape.last() != Some(&3) {
        return Err(invalid(format!("{op}: input must be at least 3-D with 3 channels, got shape {shape:?}")));
    }
    adjusted(x, |x| Ok(hsv_to_rgb(&channels(&adjust(&rgb_to_hsv(&wide(x))))).convert(x.dtype())))
}
