//! Convolutions, pools, activations and losses of `tf.nn`, against values worked out by hand and against each other.

mod calling;

use brolga::DType;
use brolga_tensorflow::{Arg, Kind};
use calling::{again, at_once, elements, everywhere, ints, near, ramp, result, tensor, text, typed};

fn padding(pairs: &[[i128; 2]]) -> Arg {
    Arg::List(pairs.iter().map(|pair| ints(pair)).collect())
}

#[test]
fn a_convolution_sums_the_window() {
    let x = tensor(&[1, 3, 3, 1], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    let ones = tensor(&[2, 2, 1, 1], &[1.0; 4]);
    let valid = everywhere("nn.conv2d", vec![x.clone(), ones.clone(), Arg::Int(1), text("VALID")], &[]);
    near(&valid[0], &[12.0, 16.0, 24.0, 28.0], 0.0, "VALID");
    let same = everywhere("nn.conv2d", vec![x.clone(), ones.clone(), Arg::Int(2), text("SAME")], &[]);
    near(&same[0], &[12.0, 9.0, 15.0, 9.0], 0.0, "SAME with strides");
    let pairs = padding(&[[0, 0], [1, 0], [0, 1], [0, 0]]);
    let given = everywhere("nn.conv2d", vec![x.clone(), ones.clone(), Arg::Int(2), pairs], &[]);
    near(&given[0], &[3.0, 3.0, 24.0, 15.0], 0.0, "explicit padding");
    let apart = everywhere("nn.conv2d", vec![x, ones, Arg::Int(1), text("VALID")], &[("dilations", Arg::Int(2))]);
    near(&apart[0], &[20.0], 0.0, "dilations");
}

#[test]
fn features_may_come_first_and_batches_may_be_many() {
    let (x, k) = (ramp(&[2, 5, 4, 3]), ramp(&[2, 3, 3, 2]));
    let last = at_once("nn.conv2d", vec![x.clone(), k.clone(), ints(&[2, 1]), text("SAME")], &[]);
    let turned = at_once("transpose", vec![x.clone(), ints(&[0, 3, 1, 2])], &[]);
    let args = vec![again(&turned[0]), k.clone(), ints(&[1, 1, 2, 1]), text("SAME")];
    let first = everywhere("nn.conv2d", args, &[("data_format", text("NCHW"))]);
    let back = at_once("transpose", vec![again(&first[0]), ints(&[0, 2, 3, 1])], &[]);
    near(&back[0], &brolga_tensorflow::convert::floats(&last[0]), 1e-6, "NCHW");
    let split = at_once("reshape", vec![x, ints(&[2, 1, 5, 4, 3])], &[]);
    let many = at_once("nn.conv2d", vec![again(&split[0]), k, ints(&[2, 1]), text("SAME")], &[]);
    assert_eq!(many[0].shape(), [2, 1, 3, 4, 2]);
    near(&many[0], &brolga_tensorflow::convert::floats(&last[0]), 0.0, "two batch axes");
}

/// ⟨conv(x, k), y⟩ = ⟨x, transpose(y, k)⟩ for every stride, dilation and padding.
#[test]
fn the_transpose_is_the_adjoint() {
    for (n, stride, dilation, rule) in [
        (7, 2, 1, "SAME"),
        (7, 2, 1, "VALID"),
        (8, 3, 1, "SAME"),
        (9, 1, 2, "VALID"),
        (6, 1, 2, "SAME"),
        (8, 4, 1, "VALID"),
    ] {
        let (x, k) = (ramp(&[2, n, n + 1, 3]), ramp(&[3, 2, 3, 2]));
        let options = [("dilations", Arg::Int(dilation))];
        let forward = vec![x.clone(), k.clone(), Arg::Int(stride), text(rule)];
        let y = ramp(at_once("nn.conv2d", forward.clone(), &options)[0].shape());
        let forward = again(&at_once("nn.conv2d", forward, &options)[0]);
        let shape = ints(&[2, n as i128, n as i128 + 1, 3]);
        let back = everywhere(
            "nn.conv2d_transpose",
            vec![y.clone(), k, shape, Arg::Int(stride), text(rule)],
            &[("dilations", Arg::Int(dilation))],
        );
        let dot = |a: &Arg, b: &Arg| elements(a).iter().zip(elements(b)).map(|(a, b)| a * b).sum::<f64>();
        let (left, right) = (dot(&forward, &y), dot(&x, &again(&back[0])));
        assert!((left - right).abs() < 1e-3, "{rule} {n} {stride} {dilation}: {left} and {right}");
    }
}

#[test]
fn depthwise_filters_belong_to_their_channels() {
    let (x, k) = (ramp(&[1, 4, 4, 2]), ramp(&[2, 2, 2, 3]));
    let both = everywhere("nn.depthwise_conv2d", vec![x.clone(), k.clone(), ints(&[1, 1, 1, 1]), text("SAME")], &[]);
    assert_eq!(both[0].shape(), [1, 4, 4, 6]);
    for channel in 0..2 {
        let of = |arg: &Arg, axis: usize| {
            let begin: Vec<i128> = (0..4).map(|at| if at == axis { channel } else { 0 }).collect();
            let size: Vec<i128> = (0..4).map(|at| if at == axis { 1 } else { -1 }).collect();
            again(&at_once("slice", vec![arg.clone(), ints(&begin), ints(&size)], &[])[0])
        };
        let alone = at_once("nn.conv2d", vec![of(&x, 3), of(&k, 2), Arg::Int(1), text("SAME")], &[]);
        let begin = ints(&[0, 0, 0, channel * 3]);
        let part = at_once("slice", vec![again(&both[0]), begin, ints(&[1, 4, 4, 3])], &[]);
        near(&part[0], &brolga_tensorflow::convert::floats(&alone[0]), 1e-6, "a channel alone");
    }
}

#[test]
fn convolutions_refuse_what_does_not_fit() {
    let x = ramp(&[1, 4, 4, 3]);
    let kind = |args: Vec<Arg>| result("nn.conv2d", args, &[]).map(|_| ()).map_err(|error| error.kind);
    let k = ramp(&[2, 2, 2, 1]);
    assert_eq!(kind(vec![x.clone(), k, Arg::Int(1), text("SAME")]), Err(Kind::InvalidArgument), "3 channels, 2 taken");
    let k = ramp(&[2, 2, 3, 1]);
    assert_eq!(kind(vec![x.clone(), k.clone(), Arg::Int(1), text("same")]), Err(Kind::Value), "a padding's name");
    assert_eq!(kind(vec![x.clone(), k.clone(), Arg::Int(0), text("SAME")]), Err(Kind::Value), "a stride of 0");
    assert_eq!(kind(vec![x.clone(), k, ints(&[1, 1, 1]), text("SAME")]), Err(Kind::Value), "three strides");
    let k = ramp(&[6, 2, 3, 1]);
    assert_eq!(kind(vec![x, k, Arg::Int(1), text("VALID")]), Err(Kind::InvalidArgument), "a filter that is too large");
}

#[test]
fn pools_leave_padding_out() {
    let x = tensor(&[1, 3, 3, 1], &[-1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -8.0, -9.0]);
    let args = vec![x.clone(), Arg::Int(2), Arg::Int(2), text("SAME")];
    near(&everywhere("nn.max_pool2d", args.clone(), &[])[0], &[-1.0, -3.0, -7.0, -9.0], 0.0, "greatest");
    near(&everywhere("nn.avg_pool2d", args.clone(), &[])[0], &[-3.0, -4.5, -7.5, -9.0], 1e-6, "mean");
    let both = everywhere("nn.max_pool_with_argmax", args, &[]);
    near(&both[0], &[-1.0, -3.0, -7.0, -9.0], 0.0, "greatest, with places");
    assert_eq!(both[1].as_slice::<i64>(), Ok(&[0_i64, 2, 6, 8][..]));
    let apart = vec![x.clone(), Arg::Int(2), text("MAX")];
    let apart = everywhere("nn.pool", apart, &[("dilations", Arg::Int(2))]);
    near(&apart[0], &[-1.0], 0.0, "elements apart");
    let patches = vec![x, ints(&[1, 2, 2, 1]), ints(&[1, 1, 1, 1]), ints(&[1, 1, 1, 1]), text("SAME")];
    let patches = everywhere("image.extract_patches", patches, &[]);
    assert_eq!(patches[0].shape(), [1, 3, 3, 4]);
    near(&again_slice(&patches[0], 8), &[-9.0, 0.0, 0.0, 0.0], 0.0, "the last patch");
}

/// Four elements from the k-th place of four on.
fn again_slice(tensor: &brolga::Tensor, k: usize) -> brolga::Tensor {
    let flat = at_once("reshape", vec![again(tensor), ints(&[-1, 4])], &[]);
    let begin = ints(&[k as i128, 0]);
    at_once("slice", vec![again(&flat[0]), begin, ints(&[1, 4])], &[]).remove(0)
}

#[test]
fn activations_at_some_points() {
    let x = tensor(&[5], &[-3.0, -0.5, 0.0, 0.5, 8.0]);
    let expect = |op: &str, named: calling::Named<'_>, values: [f64; 5]| {
        near(&everywhere(op, vec![x.clone()], named)[0], &values, 2e-6, op);
    };
    expect("nn.relu", &[], [0.0, 0.0, 0.0, 0.5, 8.0]);
    expect("nn.relu6", &[], [0.0, 0.0, 0.0, 0.5, 6.0]);
    expect("nn.leaky_relu", &[], [-0.6, -0.1, 0.0, 0.5, 8.0]);
    expect("nn.elu", &[], [-0.950_212_93, -0.393_469_34, 0.0, 0.5, 8.0]);
    expect("nn.gelu", &[], [-0.004_049_694, -0.154_268_77, 0.0, 0.345_731_23, 8.0]);
    expect("nn.gelu", &[("approximate", Arg::Bool(true))], [-0.003_637_39, -0.154_285_99, 0.0, 0.345_714_01, 8.0]);
    expect("nn.silu", &[], [-0.142_277_62, -0.188_770_33, 0.0, 0.311_229_67, 7.997_317_2]);
    expect("nn.silu", &[("beta", Arg::Float(2.0))], [-0.007_417_87, -0.134_470_71, 0.0, 0.365_529_29, 7.999_999_1]);
    expect("nn.softplus", &[], [0.048_587_35, 0.474_076_98, std::f64::consts::LN_2, 0.974_076_98, 8.000_335_4]);
    expect("nn.softsign", &[], [-0.75, -1.0 / 3.0, 0.0, 1.0 / 3.0, 8.0 / 9.0]);
    let whole = everywhere("nn.leaky_relu", vec![typed(DType::I32, &[2], &[-10.0, 5.0])], &[]);
    assert_eq!(whole[0].dtype(), DType::F32, "whole numbers become real");
    near(&whole[0], &[-2.0, 5.0], 1e-6, "leaky_relu of whole numbers");
    let refused = result("nn.elu", vec![typed(DType::I32, &[1], &[1.0])], &[]).map(|_| ()).map_err(|error| error.kind);
    assert_eq!(refused, Err(Kind::InvalidArgument));
}

#[test]
fn losses_and_what_is_asked_of_logits() {
    let logits = tensor(&[2, 3], &[4.0, 2.0, 1.0, 0.0, 5.0, 1.0]);
    let labels = tensor(&[2, 3], &[1.0, 0.0, 0.0, 0.0, 0.8, 0.2]);
    let loss = everywhere("nn.softmax_cross_entropy_with_logits", vec![labels, logits.clone()], &[]);
    near(&loss[0], &[0.169_846, 0.824_747_9], 1e-5, "the example of TensorFlow's page");
    let classes = typed(DType::I32, &[2], &[0.0, 1.0]);
    let op = "nn.sparse_softmax_cross_entropy_with_logits";
    near(&everywhere(op, vec![classes, logits.clone()], &[])[0], &[0.169_846, 0.024_747_9], 1e-5, op);
    let outside = typed(DType::I32, &[2], &[0.0, 3.0]);
    let error = result(op, vec![outside, logits.clone()], &[]).expect_err("label 3 of 3 classes");
    assert_eq!(error.kind, Kind::InvalidArgument);
    let k = Arg::Int(2);
    let targets = typed(DType::I64, &[2], &[2.0, 2.0]);
    let among = everywhere("math.in_top_k", vec![targets, logits.clone(), k], &[]);
    assert_eq!(among[0].as_slice::<bool>(), Ok(&[false, true][..]));
    near(&everywhere("nn.zero_fraction", vec![logits.clone()], &[])[0], &[1.0 / 6.0], 1e-6, "zero_fraction");
    near(&everywhere("nn.l2_loss", vec![logits], &[])[0], &[23.5], 1e-6, "l2_loss");
}

#[test]
fn normalisations() {
    let x = tensor(&[2, 2], &[1.0, 2.0, 3.0, 6.0]);
    let both = everywhere("nn.moments", vec![x.clone(), ints(&[0])], &[]);
    near(&both[0], &[2.0, 4.0], 0.0, "means");
    near(&both[1], &[1.0, 4.0], 0.0, "variances");
    let long = everywhere("nn.l2_normalize", vec![tensor(&[2], &[3.0, 4.0])], &[]);
    near(&long[0], &[0.6, 0.8], 1e-6, "l2_normalize");
    let vector = |elements: [f64; 2]| tensor(&[2], &elements);
    let args = vec![
        x.clone(),
        vector([2.0, 4.0]),
        vector([1.0, 4.0]),
        vector([1.0, 0.0]),
        vector([2.0, 1.0]),
        Arg::Float(0.0),
    ];
    near(&everywhere("nn.batch_normalization", args, &[])[0], &[-1.0, -1.0, 3.0, 1.0], 1e-6, "batch_normalization");
    near(
        &everywhere("nn.bias_add", vec![x.clone(), vector([10.0, 20.0])], &[])[0],
        &[11.0, 22.0, 13.0, 26.0],
        0.0,
        "bias",
    );
    let refused =
        result("nn.bias_add", vec![x, tensor(&[3], &[0.0; 3])], &[]).expect_err("three biases for two channels");
    assert_eq!(refused.kind, Kind::InvalidArgument);
    let row = tensor(&[1, 1, 1, 3], &[1.0, 2.0, 3.0]);
    let lrn = everywhere("nn.lrn", vec![row, Arg::Int(1), Arg::Float(1.0), Arg::Float(1.0), Arg::Float(1.0)], &[]);
    near(&lrn[0], &[1.0 / 6.0, 2.0 / 15.0, 3.0 / 14.0], 1e-6, "lrn");
}

#[test]
fn images_grow_and_shrink_by_a_filter() {
    let x = tensor(&[1, 2, 2, 1], &[1.0, 2.0, 3.0, 4.0]);
    let filter = tensor(&[2, 2, 1], &[0.0, 1.0, 2.0, 0.0]);
    let ones = || ints(&[1, 1, 1, 1]);
    let args = |x: Arg| vec![x, filter.clone(), ones(), text("SAME"), text("NHWC"), ones()];
    near(&everywhere("nn.dilation2d", args(x.clone()), &[])[0], &[5.0, 6.0, 5.0, 4.0], 0.0, "dilation");
    near(&everywhere("nn.erosion2d", args(x.clone()), &[])[0], &[0.0, 2.0, 2.0, 4.0], 0.0, "erosion");
    let whole = typed(DType::I32, &[1, 2, 2, 1], &[-1.0, -2.0, -3.0, -4.0]);
    let filter = typed(DType::I32, &[2, 2, 1], &[0.0, -1.0, 0.0, 0.0]);
    let args = vec![whole, filter, ones(), text("SAME"), text("NHWC"), ones()];
    near(&everywhere("nn.dilation2d", args, &[])[0], &[-1.0, -2.0, -3.0, -4.0], 0.0, "the padding does not wrap round");
}

#[test]
fn dropout_keeps_the_mean_and_its_seed() {
    let ones = tensor(&[4000], &[1.0; 4000]);
    let seed = typed(DType::I32, &[2], &[3.0, 5.0]);
    let op = "nn.experimental.stateless_dropout";
    let made = everywhere(op, vec![ones.clone(), Arg::Float(0.25), seed.clone()], &[]);
    let kept = brolga_tensorflow::convert::floats(&made[0]);
    let count = kept.iter().filter(|x| **x != 0.0).count();
    assert!((2850..3150).contains(&count), "three quarters stay: {count}");
    assert!(kept.iter().all(|x| *x == 0.0 || (x - 4.0 / 3.0).abs() < 1e-6));
    let named = [("noise_shape", Arg::List(vec![Arg::None, Arg::Int(1)]))];
    let rows = everywhere(op, vec![ramp(&[8, 5]), Arg::Float(0.5), seed], &named);
    for row in brolga_tensorflow::convert::floats(&rows[0]).chunks(5) {
        let zeros = row.iter().filter(|x| **x == 0.0).count();
        assert!(zeros <= 1 || zeros == 5, "a row stays or goes as a whole: {row:?}");
    }
    let fresh = at_once("nn.dropout", vec![ones.clone(), Arg::Float(0.5)], &[]);
    let other = at_once("nn.dropout", vec![ones.clone(), Arg::Float(0.5)], &[]);
    assert!(!fresh[0].same_as(&other[0]), "two calls drop other elements");
    let refused = result("nn.dropout", vec![ones, Arg::Float(1.0)], &[]).map(|_| ()).map_err(|error| error.kind);
    assert_eq!(refused, Err(Kind::Value));
}

#[test]
fn losses_are_averaged_over_the_batch() {
    let loss = tensor(&[4], &[1.0, 2.0, 3.0, 6.0]);
    near(&everywhere("nn.compute_average_loss", vec![loss.clone()], &[])[0], &[3.0], 1e-6, "plain");
    let args = vec![loss, tensor(&[4], &[1.0, 0.0, 1.0, 1.0]), Arg::Int(5)];
    near(&everywhere("nn.compute_average_loss", args, &[])[0], &[2.0], 1e-6, "weighed, of a larger batch");
}

#[test]
fn embeddings_are_rows_of_a_table() {
    let (first, second) = (tensor(&[1, 2], &[3.0, 4.0]), tensor(&[2, 2], &[1.0, 0.0, 0.0, 2.0]));
    let ids = || typed(DType::I32, &[2], &[0.0, 2.0]);
    let whole = at_once("concat", vec![Arg::List(vec![first.clone(), second.clone()]), Arg::Int(0)], &[]);
    let rows = everywhere("nn.embedding_lookup", vec![again(&whole[0]), ids()], &[]);
    near(&rows[0], &[3.0, 4.0, 0.0, 2.0], 0.0, "rows");
    let parts = everywhere("nn.embedding_lookup", vec![Arg::List(vec![first, second]), ids()], &[]);
    near(&parts[0], &[3.0, 4.0, 0.0, 2.0], 0.0, "rows of a table in parts");
    let short = everywhere("nn.embedding_lookup", vec![again(&whole[0]), ids()], &[("max_norm", Arg::Float(2.0))]);
    near(&short[0], &[1.2, 1.6, 0.0, 2.0], 1e-6, "no row longer than 2");
    let outside = typed(DType::I32, &[1], &[3.0]);
    let error = result("nn.embedding_lookup", vec![again(&whole[0]), outside], &[]).expect_err("row 3 of 3");
    assert_eq!(error.kind, Kind::InvalidArgument);
}

/// The probability of labels is the sum over all paths that give them.
#[test]
fn ctc_sums_over_all_alignments() {
    let (time, classes) = (4, 3);
    let logits = ramp(&[time, 2, classes]);
    let softmax = elements(&again(&at_once("nn.softmax", vec![logits.clone()], &[])[0]));
    let expected = |row: usize, labels: &[usize], length: usize| -> f64 {
        let mut total = 0.0;
        for path in 0..classes.pow(length as u32) {
            let steps: Vec<usize> = (0..length).map(|t| path / classes.pow(t as u32) % classes).collect();
            let mut merged = steps.clone();
            merged.dedup();
            merged.retain(|class| *class != 0);
            if merged == labels {
                total += (0..length).map(|t| softmax[(t * 2 + row) * classes + steps[t]]).product::<f64>();
            }
        }
        -total.ln()
    };
    let labels = typed(DType::I32, &[2, 2], &[1.0, 1.0, 2.0, 0.0]);
    let (counts, steps) = (typed(DType::I32, &[2], &[2.0, 1.0]), typed(DType::I32, &[2], &[4.0, 3.0]));
    let loss = everywhere("nn.ctc_loss", vec![labels.clone(), logits.clone(), counts.clone(), steps], &[]);
    near(&loss[0], &[expected(0, &[1, 1], 4), expected(1, &[2], 3)], 1e-5, "the sum over paths");
    let short = typed(DType::I32, &[2], &[2.0, 3.0]);
    let loss = everywhere("nn.ctc_loss", vec![labels, logits, counts, short], &[]);
    near(&loss[0], &[f64::INFINITY, expected(1, &[2], 3)], 1e-5, "a label twice needs three steps");
}
