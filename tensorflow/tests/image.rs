//! `tf.image` against values worked out by hand and against each other.

mod calling;

use brolga::DType;
use brolga_tensorflow::convert::floats;
use brolga_tensorflow::{Arg, Kind};
use calling::{again, at_once, close, everywhere, ints, near, ramp, result, tensor, text, typed};

#[test]
fn every_method_keeps_a_flat_image_flat() {
    let flat = tensor(&[2, 5, 7, 1], &[3.0; 70]);
    for method in ["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"] {
        for size in [[3, 4], [11, 9]] {
            for antialias in [false, true] {
                let named = [("method", text(method)), ("antialias", Arg::Bool(antialias))];
                let made = everywhere("image.resize", vec![flat.clone(), ints(&size)], &named);
                assert_eq!(made[0].shape(), [2, size[0] as usize, size[1] as usize, 1]);
                near(&made[0], &vec![3.0; made[0].len()], 1e-5, method);
            }
        }
    }
}

#[test]
fn resizing_by_halves_and_doubles() {
    let x = tensor(&[1, 4, 1], &[0.0, 4.0, 8.0, 12.0]);
    let wide = |x: &Arg, method: &str, width: i128| {
        everywhere("image.resize", vec![x.clone(), ints(&[1, width])], &[("method", text(method))]).remove(0)
    };
    near(&wide(&x, "bilinear", 8), &[0.0, 1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 12.0], 1e-6, "bilinear");
    near(&wide(&x, "nearest", 8), &[0.0, 0.0, 4.0, 4.0, 8.0, 8.0, 12.0, 12.0], 0.0, "nearest");
    near(&wide(&x, "area", 2), &[2.0, 10.0], 1e-6, "area");
    near(&wide(&x, "area", 3), &[1.0, 6.0, 11.0], 1e-6, "area by 4/3");
    near(&wide(&x, "bilinear", 2), &[2.0, 10.0], 1e-6, "bilinear by half");
    let whole = typed(DType::U8, &[1, 4, 1], &[0.0, 4.0, 8.0, 12.0]);
    assert_eq!(wide(&whole, "nearest", 2).dtype(), DType::U8, "nearest keeps the element type");
    assert_eq!(wide(&whole, "area", 2).dtype(), DType::F32);
    let image = ramp(&[10, 20, 1]);
    let named = [("preserve_aspect_ratio", Arg::Bool(true))];
    let made = everywhere("image.resize", vec![image.clone(), ints(&[5, 5])], &named);
    assert_eq!(made[0].shape(), [2, 5, 1], "2.5 rows round to an even number of them");
    let padded = everywhere("image.resize_with_pad", vec![image, Arg::Int(6), Arg::Int(8)], &[]);
    assert_eq!(padded[0].shape(), [6, 8, 1]);
    near(&padded[0], &[vec![0.0; 8], floats(&padded[0])[8..40].to_vec(), vec![0.0; 8]].concat(), 0.0, "rows of zeros");
}

#[test]
fn resize_refuses_unknown_methods_and_empty_sizes() {
    let x = ramp(&[4, 4, 1]);
    let kind = |size: &[i128], method: &str| {
        let made = result("image.resize", vec![x.clone(), ints(size)], &[("method", text(method))]);
        made.map(|_| ()).map_err(|error| error.kind)
    };
    assert_eq!(kind(&[2, 2], "sharp"), Err(Kind::Value));
    assert_eq!(kind(&[2], "area"), Err(Kind::Value));
    assert_eq!(kind(&[0, 2], "area"), Err(Kind::InvalidArgument));
}

#[test]
fn turning_cutting_and_padding() {
    let x = tensor(&[2, 3, 1], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let made = |op: &str, rest: &[i128], expected: &[f64]| {
        let args = [vec![x.clone()], rest.iter().map(|n| Arg::Int(*n)).collect()].concat();
        near(&everywhere(op, args, &[])[0], expected, 0.0, op);
    };
    made("image.rot90", &[1], &[3.0, 6.0, 2.0, 5.0, 1.0, 4.0]);
    made("image.rot90", &[2], &[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
    made("image.rot90", &[-1], &[4.0, 1.0, 5.0, 2.0, 6.0, 3.0]);
    made("image.transpose", &[], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    made("image.flip_left_right", &[], &[3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
    made("image.flip_up_down", &[], &[4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
    made("image.crop_to_bounding_box", &[1, 1, 1, 2], &[5.0, 6.0]);
    made("image.pad_to_bounding_box", &[0, 1, 2, 4], &[0.0, 1.0, 2.0, 3.0, 0.0, 4.0, 5.0, 6.0]);
    made("image.resize_with_crop_or_pad", &[3, 1], &[2.0, 5.0, 0.0]);
    let error = result("image.crop_to_bounding_box", [vec![x], vec![Arg::Int(2); 4]].concat(), &[]);
    assert_eq!(error.map(|_| ()).map_err(|error| error.kind), Err(Kind::Value), "a box that leaves the image");
}

#[test]
fn element_types_keep_their_range() {
    let to = |x: Arg, dtype: DType, saturate: bool| {
        let named = [("saturate", Arg::Bool(saturate))];
        everywhere("image.convert_image_dtype", vec![x, Arg::DType(dtype)], &named).remove(0)
    };
    let x = tensor(&[4], &[0.0, 0.5, 1.0, 2.0]);
    near(&to(x, DType::U8, true), &[0.0, 127.0, 255.0, 255.0], 0.0, "to bytes");
    let bytes = typed(DType::U8, &[2], &[0.0, 255.0]);
    near(&to(bytes.clone(), DType::F32, false), &[0.0, 1.0], 1e-6, "to reals");
    near(&to(bytes, DType::U16, false), &[0.0, 65_280.0], 0.0, "to more bits");
    near(&to(typed(DType::I16, &[2], &[32_767.0, 256.0]), DType::U8, false), &[255.0, 2.0], 0.0, "to fewer bits");
}

#[test]
fn colours_there_and_back() {
    let x = at_once("cast", vec![ramp(&[2, 4, 3]), Arg::DType(DType::F64)], &[]);
    let x = at_once("math.sigmoid", vec![again(&x[0])], &[]).remove(0);
    for (there, back) in [("rgb_to_hsv", "hsv_to_rgb"), ("rgb_to_yiq", "yiq_to_rgb"), ("rgb_to_yuv", "yuv_to_rgb")] {
        let made = everywhere(&format!("image.{there}"), vec![again(&x)], &[]);
        let made = everywhere(&format!("image.{back}"), vec![again(&made[0])], &[]);
        // The constants of the two directions have four digits in common.
        near(&made[0], &floats(&x), 5e-5, there);
    }
    let red = tensor(&[1, 1, 3], &[1.0, 0.0, 0.0]);
    near(&everywhere("image.rgb_to_hsv", vec![red.clone()], &[])[0], &[0.0, 1.0, 1.0], 0.0, "red");
    near(&everywhere("image.rgb_to_grayscale", vec![red.clone()], &[])[0], &[0.2989], 1e-6, "the grey of red");
    let turned = everywhere("image.adjust_hue", vec![red.clone(), Arg::Float(1.0 / 3.0)], &[]);
    near(&turned[0], &[0.0, 1.0, 0.0], 1e-5, "red turned to green");
    let pale = everywhere("image.adjust_saturation", vec![red, Arg::Float(0.5)], &[]);
    near(&pale[0], &[1.0, 0.5, 0.5], 1e-6, "pale red");
    let x = tensor(&[1, 2, 1], &[1.0, 3.0]);
    near(&everywhere("image.adjust_contrast", vec![x.clone(), Arg::Float(2.0)], &[])[0], &[0.0, 4.0], 1e-6, "contrast");
    near(&everywhere("image.adjust_gamma", vec![x, Arg::Int(2), Arg::Int(3)], &[])[0], &[3.0, 27.0], 1e-5, "gamma");
}

#[test]
fn likeness_of_images() {
    let x = at_once("math.sigmoid", vec![ramp(&[1, 16, 16, 2])], &[]).remove(0);
    let args = |y: Arg| vec![again(&x), y, Arg::Float(1.0)];
    near(&everywhere("image.ssim", args(again(&x)), &[])[0], &[1.0], 1e-5, "an image is like itself");
    let moved = at_once("math.add", vec![again(&x), Arg::Float(0.1)], &[]);
    near(&everywhere("image.psnr", args(again(&moved[0])), &[])[0], &[20.0], 1e-4, "a tenth off is 20 dB");
    let less = floats(&everywhere("image.ssim", args(again(&moved[0])), &[])[0])[0];
    assert!(less < 0.999 && less > 0.9, "a moved image is less like it: {less}");
    let edges = everywhere("image.sobel_edges", vec![tensor(&[1, 2, 2, 1], &[0.0, 1.0, 2.0, 4.0])], &[]);
    near(&edges[0], &[0.0; 8], 0.0, "mirrored at the border, two rows have no slope");
    let total = everywhere("image.total_variation", vec![tensor(&[2, 2, 1], &[1.0, 2.0, 4.0, 8.0])], &[]);
    near(&total[0], &[14.0], 0.0, "1 + 4 across, 3 + 6 down");
}

fn boxes() -> Arg {
    let rows = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.1], [1.0, 1.0, 0.0, 0.0], [0.0, 10.0, 1.0, 11.0]];
    tensor(&[4, 4], &rows.concat())
}

#[test]
fn overlapping_boxes_are_suppressed() {
    let scores = tensor(&[4], &[0.9, 0.75, 0.9, 0.95]);
    let args = vec![boxes(), scores.clone(), Arg::Int(3)];
    let made = at_once("image.non_max_suppression", args.clone(), &[]);
    assert_eq!(made[0].as_slice::<i32>(), Ok(&[3, 0][..]), "the far one, then the first of two equals");
    let named = [("pad_to_max_output_size", Arg::Bool(true))];
    let padded = everywhere("image.non_max_suppression_padded", args.clone(), &named);
    assert_eq!(padded[0].as_slice::<i32>(), Ok(&[3, 0, 0][..]));
    assert_eq!(padded[1].as_slice::<i32>(), Ok(&[2][..]));
    let soft = [("soft_nms_sigma", Arg::Float(0.5)), ("iou_threshold", Arg::Float(1.0))];
    let soft = at_once("image.non_max_suppression_with_scores", args, &soft);
    assert_eq!(soft[0].as_slice::<i32>(), Ok(&[3, 0, 1][..]), "the third, the first's equal, is lessened most");
    let shape = |arg: &Arg, shape: &[i128]| again(&at_once("reshape", vec![arg.clone(), ints(shape)], &[])[0]);
    let args = vec![shape(&boxes(), &[1, 4, 1, 4]), shape(&scores, &[1, 4, 1]), Arg::Int(3), Arg::Int(3)];
    let best = everywhere("image.combined_non_max_suppression", args, &[("clip_boxes", Arg::Bool(false))]);
    near(&best[1], &[0.95, 0.9, 0.0], 1e-6, "scores");
    near(&best[3], &[2.0], 0.0, "how many");
}

#[test]
fn crops_of_boxes() {
    let x = tensor(&[1, 3, 3, 1], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    let whole = tensor(&[2, 4], &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 2.0, 0.5]);
    let args = vec![x, whole, typed(DType::I32, &[2], &[0.0, 0.0]), ints(&[2, 2])];
    let made = everywhere("image.crop_and_resize", args, &[("extrapolation_value", Arg::Float(-1.0))]);
    near(&made[0], &[1.0, 3.0, 7.0, 9.0, 1.0, 2.0, -1.0, -1.0], 1e-6, "corners, and what lies outside");
}

#[test]
fn chance_changes_images_within_bounds() {
    let x = at_once("math.sigmoid", vec![ramp(&[6, 4, 5, 3])], &[]).remove(0);
    let seed = typed(DType::I32, &[2], &[1.0, 2.0]);
    let flipped = everywhere("image.stateless_random_flip_left_right", vec![again(&x), seed.clone()], &[]);
    let mirrored = at_once("image.flip_left_right", vec![again(&x)], &[]);
    let (all, plain, turned) = (floats(&flipped[0]), floats(&x), floats(&mirrored[0]));
    for k in 0..6 {
        let part = 60 * k..60 * (k + 1);
        assert!(all[part.clone()] == plain[part.clone()] || all[part.clone()] == turned[part], "image {k}");
    }
    let args = vec![again(&x), Arg::Float(0.2), seed.clone()];
    let bright = floats(&everywhere("image.stateless_random_brightness", args, &[])[0]);
    let delta = bright[0] - plain[0];
    assert!(delta.abs() <= 0.2 && bright.iter().zip(&plain).all(|(a, b)| (a - b - delta).abs() < 1e-6), "one delta");
    let cropped = everywhere("image.stateless_random_crop", vec![again(&x), ints(&[2, 4, 3, 3]), seed], &[]);
    assert_eq!(cropped[0].shape(), [2, 4, 3, 3]);
    assert!(floats(&cropped[0]).iter().all(|pixel| plain.contains(pixel)));
    for (op, rest) in [
        ("image.random_hue", vec![0.1]),
        ("image.random_contrast", vec![0.5, 1.5]),
        ("image.random_saturation", vec![0.5, 1.5]),
    ] {
        let args = [vec![again(&x)], rest.into_iter().map(Arg::Float).collect()].concat();
        assert_eq!(at_once(op, args, &[])[0].shape(), x.shape(), "{op}");
    }
}

/// Values of the examples on TensorFlow's pages.
#[test]
fn examples_of_the_documentation() {
    let counted: Vec<f64> = (1..13).map(f64::from).collect();
    let x = tensor(&[2, 2, 3], &counted);
    let seed = || typed(DType::I32, &[2], &[1.0, 2.0]);
    let bright = everywhere("image.stateless_random_brightness", vec![x.clone(), Arg::Float(0.2), seed()], &[]);
    near(&bright[0], &counted.iter().map(|x| x + 0.137_624_1).collect::<Vec<f64>>(), 1e-6, "brightness");
    let args = vec![x.clone(), Arg::Float(0.2), Arg::Float(0.5), seed()];
    let contrast = everywhere("image.stateless_random_contrast", args, &[]);
    let expected = [3.460_518_4, 4.460_518_4, 5.460_518_4, 4.820_173, 5.820_173, 6.820_173];
    close(&floats(&contrast[0])[..6], &expected, 1e-6, "contrast");
    let standard = everywhere("image.per_image_standardization", vec![typed(DType::I32, &[2, 2, 3], &counted)], &[]);
    close(&floats(&standard[0])[..3], &[-1.593_255, -1.303_572_3, -1.013_889_6], 1e-6, "standardization");
    let gamma = everywhere("image.adjust_gamma", vec![x, Arg::Float(0.2)], &[]);
    close(&floats(&gamma[0])[..4], &[1.0, 1.148_698_3, 1.245_730_9, 1.319_508], 1e-6, "gamma");
    let deep = typed(DType::I16, &[4], &[1000.0, 2000.0, 3000.0, 4000.0]);
    let bytes = at_once("image.convert_image_dtype", vec![deep, Arg::DType(DType::U8)], &[]);
    let back = at_once("image.convert_image_dtype", vec![again(&bytes[0]), Arg::DType(DType::I16)], &[]);
    near(&back[0], &[896.0, 1920.0, 2944.0, 3968.0], 0.0, "to bytes and back");
}
