//! Colours: spaces, brightness, contrast, hue; and how alike two images are.

use super::elements::{FLOATS, REALS, takes, wide};
use super::image::{convert_image, weighed};
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
        adjusted(a, "image", |x| Ok(x + real(a, "delta", x.dtype())?))
    }),
    Row::new(
        &["image.adjust_contrast"],
        "images, contrast_factor",
        "Distances from the mean of each channel times a factor.",
        |a| {
            adjusted(a, "images", |x| {
                let rows = rank(x)? as isize - 3;
                if rows < 0 {
                    return Err(invalid(format!("{}: images must be at least 3-D, got {:?}", a.signature.op, x.ty())));
                }
                let mean = compose::mean(&wide(x), &[rows, rows + 1]).expand_dims(&[rows, rows + 1]);
                let factor = real(a, "contrast_factor", DType::F32)?;
                Ok(((wide(x) - &mean) * factor + mean).convert(x.dtype()))
            })
        },
    ),
    Row::new(&["image.adjust_gamma"], "image, gamma=1, gain=1", "gain · image^gamma.", |a| {
        if let Arg::Float(_) | Arg::Int(_) = a.raw("gamma")
            && a.float("gamma")? < 0.0
        {
            return Err(value_error("image.adjust_gamma: Gamma should be a non-negative real number."));
        }
        adjusted(a, "image", |x| {
            let (gamma, gain) = (real(a, "gamma", x.dtype())?, real(a, "gain", x.dtype())?);
            Ok(x.pow(gamma) * gain)
        })
    }),
    Row::new(&["image.adjust_hue"], "image, delta, name=None", "Images with the hue moved round by an amount.", |a| {
        through_hsv(a, |hsv| {
            let hue = channel(hsv, 0) + real(a, "delta", DType::F32)?;
            Ok([&hue - hue.floor(), channel(hsv, 1), channel(hsv, 2)])
        })
    }),
    Row::new(
        &["image.adjust_saturation"],
        "image, saturation_factor, name=None",
        "Images with the saturation times a factor.",
        |a| {
            through_hsv(a, |hsv| {
                let saturation = channel(hsv, 1) * real(a, "saturation_factor", DType::F32)?;
                Ok([channel(hsv, 0), saturation.maximum(0).minimum(1), channel(hsv, 2)])
            })
        },
    ),
    Row::new(&["image.psnr"], "a, b, max_val, name=None", "The ratio of peak signal to noise, in decibels.", psnr),
    Row::new(
        &["image.ssim"],
        "img1, img2, max_val, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03, return_index_map=False",
        "How alike the structures of two images are (Wang et al. 2004).",
        |a| {
            let (x, y, most) = compared(a, "img1", "img2")?;
            let (likeness, _) = structure(a, &x, &y, &most, a.flag("return_index_map")?)?;
            Ok(compose::mean(&likeness, &[-1]).into())
        },
    )
    .gives(|_| Ok(vec![DType::F32])),
    Row::new(
        &["image.ssim_multiscale"],
        "img1, img2, max_val, power_factors=None, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03",
        "How alike the structures of two images are at several scales (Wang et al. 2003).",
        ssim_multiscale,
    )
    .gives(|_| Ok(vec![DType::F32])),
];

/// A number or a tensor, as a tensor of an element type.
fn real(a: &Args, name: &str, dtype: DType) -> Result<Value> {
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

/// An adjustment made on reals, then brought back to the element type of the images.
fn adjusted(a: &Args, name: &str, adjust: impl Fn(&Value) -> Result<Value>) -> Result<Out> {
    let x = a.tensor(name)?;
    let plain = matches!(x.dtype(), DType::F16 | DType::F32);
    let flat = if plain { x.clone() } else { convert_image(&x, DType::F32, false)? };
    Ok(convert_image(&adjust(&flat)?, x.dtype(), true)?.into())
}

fn through_hsv(a: &Args, adjust: impl Fn(&Value) -> Result<[Value; 3]>) -> Result<Out> {
    let shape = extents(&a.tensor("image")?)?;
    if shape.len() < 3 || shape.last() != Some(&3) {
        let op = a.signature.op;
        return Err(invalid(format!("{op}: input must be at least 3-D with 3 channels, got shape {shape:?}")));
    }
    adjusted(a, "image", |x| {
        let parts = adjust(&rgb_to_hsv(&wide(x)))?;
        Ok(hsv_to_rgb(&channels(&parts)).convert(x.dtype()))
    })
}

/// Two images of one shape and the greatest possible number, as f32 on one scale.
fn compared(a: &Args, first: &str, second: &str) -> Result<(Value, Value, Value)> {
    let op = a.signature.op;
    let (x, y) = a.pair(first, second)?;
    let (left, right) = (extents(&x)?, extents(&y)?);
    let alike = left.iter().rev().zip(right.iter().rev()).all(|(x, y)| x == y || *x == 1 || *y == 1);
    if left.len() < 3 || right.len() < 3 || !alike || left[left.len() - 3..] != right[right.len() - 3..] {
        return Err(value_error(format!("{op}: Two images are not compatible: {left:?} vs {right:?}")));
    }
    let most = match a.raw("max_val") {
        Arg::Float(_) | Arg::Int(_) if x.dtype().is_integer() => {
            convert::scalar(&Arg::Float(a.float("max_val")?), DType::F64)?.convert(x.dtype())
        }
        _ => real(a, "max_val", x.dtype())?,
    };
    let flat = |x: &Value| convert_image(x, DType::F32, false);
    Ok((flat(&x)?, flat(&y)?, flat(&most)?))
}

fn psnr(a: &Args) -> Result<Out> {
    let (x, y, most) = compared(a, "a", "b")?;
    let error = compose::mean(&compose::squared_difference(&x, &y), &[-3, -2, -1]);
    let tens = std::f64::consts::LN_10;
    Ok((most.log() * (20.0 / tens) - error.log() * (10.0 / tens)).into())
}

/// Gaussian weights, which sum to 1.
fn gaussian(size: usize, sigma: f64) -> Vec<f64> {
    let middle = (size as f64 - 1.0) / 2.0;
    let weights: Vec<f64> = (0..size).map(|k| (-0.5 * ((k as f64 - middle) / sigma).powi(2)).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Likeness and contrast of each channel: of each place, or their means.
fn structure(a: &Args, x: &Value, y: &Value, most: &Value, map: bool) -> Result<(Value, Value)> {
    let size = a.count("filter_size")?;
    let weights = gaussian(size, a.float("filter_sigma")?);
    let shape = extents(x)?;
    let [height, width] = [shape[shape.len() - 3], shape[shape.len() - 2]];
    if size == 0 || height < size || width < size {
        let text =
            format!("{}: images must be at least as large as the filter: {height} x {width}, {size}", a.signature.op);
        return Err(invalid(text));
    }
    let blur = |x: Value| {
        let rows = weighed(&x, -3, height - size + 1, &weights);
        weighed(&rows, -2, width - size + 1, &weights)
    };
    let (c1, c2) = ((most * a.float("k1")?).square(), (most * a.float("k2")?).square());
    let (mean_x, mean_y) = (blur(x.clone()), blur(y.clone()));
    let (product, squares) = (&mean_x * &mean_y * 2, mean_x.square() + mean_y.square());
    let luminance = (&product + &c1) / (&squares + &c1);
    let (both, each) = (blur(x * y) * 2, blur(x.square() + y.square()));
    let contrast = (both - product + &c2) / (each - squares + c2);
    let likeness = luminance * &contrast;
    let mean = |x: &Value| compose::mean(x, &[-3, -2]);
    Ok((if map { likeness } else { mean(&likeness) }, mean(&contrast)))
}

fn ssim_multiscale(a: &Args) -> Result<Out> {
    let factors = match a.raw("power_factors") {
        Arg::None => vec![0.0448, 0.2856, 0.3001, 0.2363, 0.1333],
        _ => convert::floats(crate::arg::demand(&a.tensor("power_factors")?)?),
    };
    let (mut x, mut y, most) = compared(a, "img1", "img2")?;
    let mut product: Option<Value> = None;
    for (k, factor) in factors.iter().enumerate() {
        if k > 0 {
            (x, y) = (halved(&x)?, halved(&y)?);
        }
        let (likeness, contrast) = structure(a, &x, &y, &most, false)?;
        let part = if k + 1 == factors.len() { likeness } else { contrast };
        let part = part.maximum(0).pow(*factor);
        product = Some(match product {
            Some(product) => product * part,
            None => part,
        });
    }
    let product = product.ok_or_else(|| value_error("image.ssim_multiscale: power_factors must not be empty"))?;
    Ok(compose::mean(&product, &[-1]).into())
}

/// Means of two by two pixels; an odd border is mirrored.
fn halved(x: &Value) -> Result<Value> {
    let along = |x: &Value, axis: isize| -> Result<Value> {
        let shape = extents(x)?;
        let at = (shape.len() as isize + axis) as usize;
        let last = x.slice_axis(axis, shape[at] - 1, shape[at]);
        let x = if shape[at] % 2 == 1 { x.concat(&[&last], axis) } else { x.clone() };
        let (mut split, axis) = (shape.clone(), at as isize);
        split[at] = shape[at].div_ceil(2);
        split.insert(at + 1, 2);
        let split: Vec<isize> = split.into_iter().map(|extent| extent as isize).collect();
        Ok(x.reshape(&split).reduce_sum(&[axis + 1]) * 0.5)
    };
    along(&along(x, -3)?, -2)
}
