//! Gradients of `tf.nn`, `tf.image` and `tf.signal`, against differences of values.

mod calling;

use brolga::{DType, Function, Tensor, gradient};
use brolga_tensorflow::arg::value;
use brolga_tensorflow::convert::floats;
use brolga_tensorflow::{Arg, OpError, Out, Staged, Value};
use calling::{ints, result, text, typed};

/// Numbers that lie apart from each other and from places where functions bend.
fn spread(shape: &[usize]) -> Vec<f64> {
    let count: usize = shape.iter().product();
    (0..count).map(|k| ((k * 37) % 101) as f64 * 0.0397 - 1.9713).collect()
}

fn known(shape: &[usize], elements: &[f64]) -> Tensor {
    Tensor::from_slice(shape, elements).expect("it is small")
}

/// The sum of an op's results, each element with a weight of its own.
fn weighed(out: &Out) -> Value {
    let parts = out.values().into_iter().map(|part| {
        let shape = part.ty().extents().expect("shapes are known").to_vec();
        let axes: Vec<isize> = (0..shape.len() as isize).collect();
        let weights: Vec<f64> = spread(&shape).iter().map(|x| x + 0.3).collect();
        let part = if part.dtype().is_complex() { part.real() - part.imag() * 0.5 } else { part };
        (part.convert(DType::F64) * value(known(&shape, &weights))).reduce_sum(&axes)
    });
    parts.reduce(|sum, part| sum + part).expect("there is a result")
}

/// Demands that the gradient by the first argument is that of central differences.
fn differentiable(op: &str, shape: &[usize], rest: Vec<Arg>, named: calling::Named<'_>) {
    slopes(op, shape, |x| result(op, [vec![x], rest.clone()].concat(), named));
}

/// Demands that the gradient of a function is that of central differences.
fn slopes(op: &str, shape: &[usize], function: impl Fn(Arg) -> Result<Out, OpError>) {
    let at = spread(shape);
    let x = known(shape, &at);
    let written = Staged::record(op, &[x.ty()], |parameters| {
        let made = function(Arg::Tensor(parameters[0].clone()));
        vec![weighed(&made.unwrap_or_else(|error| panic!("{op}: {error}")))]
    });
    let graph = written.unwrap_or_else(|error| panic!("{op}: {error}")).graph;
    let made = gradient::grad(&graph, &[0]).unwrap_or_else(|error| panic!("{op}: {error}"));
    let place = made.gradients[0].unwrap_or_else(|| panic!("{op} has a gradient"));
    let run = |function: &Function, x: &Tensor| function.call(std::slice::from_ref(x)).expect("it runs");
    let slopes = floats(&run(&Function::from_graph(made.graph), &x)[place]);
    let function = Function::from_graph(graph);
    for k in (0..at.len()).step_by(at.len().div_ceil(12)) {
        let moved = |by: f64| {
            let mut at = at.clone();
            at[k] += by;
            floats(&run(&function, &known(shape, &at))[0])[0]
        };
        let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        let close = (slopes[k] - expected).abs() <= 1e-5 * (1.0 + expected.abs());
        assert!(close, "{op}: slope {k} is {}, differences give {expected}", slopes[k]);
    }
}

fn real(shape: &[usize]) -> Arg {
    typed(DType::F64, shape, &spread(shape))
}

#[test]
fn activations_have_slopes() {
    for op in ["relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "softsign", "crelu"] {
        differentiable(&format!("nn.{op}"), &[3, 5], vec![], &[]);
    }
    differentiable("nn.gelu", &[3, 5], vec![Arg::Bool(true)], &[]);
    for op in ["softmax", "log_softmax", "l2_loss", "l2_normalize"] {
        differentiable(&format!("nn.{op}"), &[3, 5], vec![], &[]);
    }
}

#[test]
fn convolutions_and_pools_have_slopes() {
    let two = || vec![Arg::Int(2), text("SAME")];
    let with = |filters: Arg, rest: Vec<Arg>| [vec![filters], rest].concat();
    differentiable("nn.conv2d", &[2, 5, 4, 3], with(real(&[3, 2, 3, 2]), two()), &[]);
    differentiable(
        "nn.conv1d",
        &[2, 9, 2],
        with(real(&[3, 2, 2]), vec![Arg::Int(1), text("VALID")]),
        &[("dilations", Arg::Int(2))],
    );
    let rest = vec![ints(&[1, 7, 6, 2]), Arg::Int(2), text("SAME")];
    differentiable("nn.conv2d_transpose", &[1, 4, 3, 3], with(real(&[3, 3, 2, 3]), rest), &[]);
    let rest = vec![ints(&[1, 2, 2, 1]), text("SAME")];
    differentiable("nn.depthwise_conv2d", &[1, 5, 4, 2], with(real(&[3, 3, 2, 2]), rest), &[]);
    for op in ["nn.max_pool2d", "nn.avg_pool2d"] {
        differentiable(op, &[2, 5, 4, 3], [vec![Arg::Int(3)], two()].concat(), &[]);
    }
    differentiable("nn.lrn", &[1, 2, 2, 5], vec![Arg::Int(2)], &[]);
}

#[test]
fn losses_and_normalisations_have_slopes() {
    let chances = || typed(DType::F64, &[3, 4], &[0.1, 0.2, 0.3, 0.4, 1.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.5, 0.0]);
    let logits = |op: &str, labels: Arg| {
        slopes(op, &[3, 4], |logits| result(op, vec![], &[("labels", labels.clone()), ("logits", logits)]));
    };
    logits("nn.softmax_cross_entropy_with_logits", chances());
    logits("nn.sigmoid_cross_entropy_with_logits", chances());
    logits("nn.sparse_softmax_cross_entropy_with_logits", typed(DType::I32, &[3], &[0.0, 3.0, 1.0]));
    let ctc = |logits: Arg| {
        let labels = typed(DType::I32, &[1, 2], &[1.0, 2.0]);
        let (count, steps) = (typed(DType::I32, &[1], &[2.0]), typed(DType::I32, &[1], &[4.0]));
        result("nn.ctc_loss", vec![labels, logits, count, steps], &[])
    };
    slopes("nn.ctc_loss", &[5, 1, 3], ctc);
    differentiable("nn.moments", &[4, 3], vec![ints(&[0])], &[]);
    let vector = || typed(DType::F64, &[3], &[0.5, 1.5, 2.5]);
    let rest = vec![vector(), vector(), vector(), vector(), Arg::Float(0.1)];
    differentiable("nn.batch_normalization", &[4, 3], rest, &[]);
    differentiable("nn.embedding_lookup", &[4, 3], vec![typed(DType::I32, &[3], &[1.0, 1.0, 3.0])], &[]);
}

#[test]
fn images_and_signals_have_slopes() {
    for op in ["flip_left_right", "rot90", "sobel_edges", "total_variation"] {
        differentiable(&format!("image.{op}"), &[1, 3, 4, 2], vec![], &[]);
    }
    let patches = vec![ints(&[1, 2, 2, 1]), ints(&[1, 1, 1, 1]), ints(&[1, 1, 1, 1]), text("SAME")];
    differentiable("image.extract_patches", &[1, 3, 4, 2], patches, &[]);
    differentiable("signal.rfft", &[2, 6], vec![], &[]);
    differentiable("signal.dct", &[2, 6], vec![], &[]);
    differentiable("signal.frame", &[9], vec![Arg::Int(4), Arg::Int(2)], &[]);
    differentiable("signal.stft", &[24], vec![Arg::Int(8), Arg::Int(4)], &[]);
    differentiable("signal.overlap_and_add", &[3, 4], vec![Arg::Int(2)], &[]);
}
