//! Branches, loops, scans, calls and composites.

use crate::check::{Case, floats, numbers};
use brolga::graph::build::{Source, Traced};
use brolga::{DType, Tensor};
use std::sync::Arc;

fn x(seed: u64, shape: &[usize]) -> Tensor {
    floats(seed, shape, -1.0, 1.0)
}

pub fn cases() -> Vec<Case> {
    [branches(), loops(), scans(), calls(), models()].into_iter().flatten().collect()
}

fn branches() -> Vec<Case> {
    let mut cases = vec![];
    for taken in [true, false] {
        // The second branch does not read one of the operands.
        let inputs = [Tensor::scalar(taken), x(1, &[3]), x(2, &[3])];
        cases.push(Case::traced("if", &inputs, |t, p| {
            let (a, b) = (&p[1], &p[2]);
            t.cond(&p[0], || (a * b.sin(), a.exp()), || (a * a, a.tanh()))
        }));
    }
    for index in [0, 2, -7] {
        let inputs = [Tensor::scalar(index), x(3, &[2]), x(4, &[2])];
        cases.push(Case::traced("case", &inputs, |t, p| {
            let (a, b) = (&p[1], &p[2]);
            let branches: Vec<Box<dyn FnOnce() -> Traced>> =
                vec![Box::new(|| a * b), Box::new(|| a.sin()), Box::new(|| b.cos() * 3.0)];
            t.case(&p[0], branches)
        }));
    }
    cases
}

fn loops() -> Vec<Case> {
    let mut cases = vec![];
    // Counted beforehand, from either side.
    cases.push(Case::traced("a loop of five turns", &[x(1, &[3]), x(2, &[3])], |t, p| {
        let start = (t.scalar(0, DType::I32), p[0].clone());
        t.while_loop(start, |(i, _)| i.lt(5), |(i, a)| (&i + 1, a.sin() * &p[1] + i.convert(DType::F64) * 0.1)).1
    }));
    cases.push(Case::traced("a loop downwards", &[x(3, &[2])], |t, p| {
        let start = (t.scalar(9, DType::I64), p[0].clone());
        t.while_loop(start, |(i, _)| i.ge(3), |(i, a)| (i - 2, a.tanh() + &p[0])).1
    }));
    // Known only when the program runs: none, one, few, and more than a buffer of checkpoints has places.
    cases.extend([0, 1, 2, 63, 64, 65, 200].map(turning));
    cases.push(Case::traced("a loop until it is enough", &[floats(6, &[], 1.1, 1.3)], |_, p| {
        let t = p[0].builder();
        t.while_loop(p[0].clone(), |a| a.lt(50.0), |a| &a * &p[0] + 0.3)
    }));
    // At most so many turns, of which not all are made; all of them; and none.
    let bounded = [
        ("a loop that may end early", 7, 3.0),
        ("a loop that might have ended early", 7, 1e9),
        ("a loop that never turns", 0, 3.0),
    ];
    for (name, limit, enough) in bounded {
        cases.push(Case::traced(name, &[floats(8, &[2], 1.1, 1.3)], |t, p| {
            let start = (t.scalar(0, DType::I32), p[0].clone());
            let more = |(i, a): (Traced, Traced)| i.lt(limit) & a.reduce_sum(&[0]).lt(enough);
            t.while_loop(start, more, |(i, a)| (i + 1, &a * &p[0].sin() * 1.5 + a.cos() * 0.1)).1
        }));
    }
    cases.push(Case::traced("a branch in a loop in a loop", &[x(7, &[2]), Tensor::scalar(3i32)], |t, p| {
        let outer = (t.scalar(0, DType::I32), p[0].clone());
        let body = |(i, a): (Traced, Traced)| {
            let inner = (t.scalar(0, DType::I32), a.clone());
            let (_, b) = t.while_loop(
                inner,
                |(j, _)| j.lt(&i),
                |(j, b)| {
                    let next = t.cond(&b.reduce_sum(&[0]).gt(0.3), || &b * 0.7, || b.sin() + &a * 0.4);
                    (j + 1, next)
                },
            );
            (i + 1, b + &p[0])
        };
        t.while_loop(outer, |(i, _)| i.lt(&p[1]), body).1
    }));
    cases
}

/// A loop that turns so often, which it is told when it runs.
fn turning(turns: i32) -> Case {
    let inputs = [Tensor::scalar(turns), floats(4, &[2], 0.2, 0.9), floats(5, &[2], 0.1, 0.3)];
    Case::traced(&format!("{turns} turns"), &inputs, |t, p| {
        let start = (t.scalar(0, DType::I32), p[1].clone(), p[2].clone());
        let turn = |(i, a, b): (Traced, Traced, Traced)| {
            let next = a.sin() + &p[2] * &a.cos();
            (i + 1, next, b * 0.99 + a * 0.01)
        };
        let (_, a, b) = t.while_loop(start, |(i, ..)| i.lt(&p[0]), turn);
        vec![a, b]
    })
}

/// More turns than two passes of checkpoints reach one by one.
pub fn long() -> Case {
    turning(64 * 64 + 70)
}

fn scans() -> Vec<Case> {
    let texts = [("forwards", "false", 1), ("backwards", "true", 1), ("along the first axis", "false", 0)];
    let scan = |(name, reverse, axis): (&str, &str, usize)| {
        let text = SCAN.replace("REVERSE", reverse).replace("AXIS", &axis.to_string());
        let (text, shape) = if axis == 0 { (text.replace("2x4xf64", "4x2xf64"), [4, 2]) } else { (text, [2, 4]) };
        Case::text(&format!("scan {name}"), &text, &[x(1, &shape), x(2, &[2]), x(3, &[2])])
    };
    texts.into_iter().map(scan).collect()
}

const SCAN: &str = r#"func.func @main(%x: tensor<2x4xf64>, %c: tensor<2xf64>, %w: tensor<2xf64>)
    -> (tensor<2x4xf64>, tensor<2xf64>) {
  %0:3 = chlo.scan(%x) inits (%c, %w) dimension=AXIS attributes {is_reverse = REVERSE} {
    ^bb0(%e: tensor<2xf64>, %s: tensor<2xf64>, %v: tensor<2xf64>):
      %a = stablehlo.multiply %s, %v : tensor<2xf64>
      %b = stablehlo.sine %e : tensor<2xf64>
      %d = stablehlo.add %a, %b : tensor<2xf64>
      %y = stablehlo.multiply %d, %e : tensor<2xf64>
      stablehlo.return %y, %d, %v : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>
  } : (tensor<2x4xf64>, tensor<2xf64>, tensor<2xf64>) -> (tensor<2x4xf64>, tensor<2xf64>, tensor<2xf64>)
  return %0#0, %0#1 : tensor<2x4xf64>, tensor<2xf64>
}"#;

fn calls() -> Vec<Case> {
    let callee = Case::traced("callee", &[x(1, &[2]), x(2, &[2])], |_, p| (p[0].sin() * &p[1], p[1].exp()));
    let callee = Arc::new(callee.graph);
    let composite = r#"func.func private @twice(%a: tensor<2xf64>) -> tensor<2xf64> {
  %0 = stablehlo.multiply %a, %a : tensor<2xf64>
  return %0 : tensor<2xf64>
}
func.func @main(%x: tensor<2xf64>) -> tensor<2xf64> {
  %0 = stablehlo.composite "my.square" %x {decomposition = @twice} : (tensor<2xf64>) -> tensor<2xf64>
  return %0 : tensor<2xf64>
}"#;
    vec![
        Case::traced("calls", &[x(3, &[2]), x(4, &[2])], |t, p| {
            let first = t.call(&callee, &[&p[0], &p[1]]);
            t.call(&callee, &[&first[1], &first[0]])
        }),
        Case::text("composite", composite, &[x(5, &[2])]),
    ]
}

/// Whole functions.
fn models() -> Vec<Case> {
    use brolga::compose;
    let labels = Tensor::from_slice(&[3], &[2i64, 0, 1]).unwrap();
    let images = Tensor::from_slice(&[2, 6, 6, 1], &numbers(9, 72, -1.0, 1.0)).unwrap();
    vec![
        Case::traced("two layers", &[x(1, &[3, 4]), x(2, &[4, 5]), x(3, &[5, 3])], |t, p| {
            let hidden = compose::gelu(&compose::layer_norm(&p[0].matmul(&p[1]), &[-1], None, None, 1e-3));
            let logits = hidden.matmul(&p[2]);
            compose::sparse_softmax_cross_entropy(&t.constant(labels), &logits)
        }),
        Case::traced("convolution and pooling", &[images, x(4, &[3, 3, 1, 2])], |_, p| {
            let wide = compose::convolve(&p[0], &p[1], &[1, 1], &[], compose::Padding::Same);
            compose::max_pool(&wide.tanh(), &[2, 2], &[2, 2], compose::Padding::Valid)
        }),
        Case::traced("softmax and its kin", &[floats(5, &[2, 4], -3.0, 3.0)], |_, p| {
            let x = &p[0];
            (compose::softmax(x, 1), compose::log_softmax(x, 1), compose::log_sum_exp(x, &[0]), compose::norm(x, &[1]))
        }),
        Case::traced(
            "sigmoid cross entropy",
            &[floats(6, &[2, 4], 0.0, 1.0), floats(7, &[2, 4], -3.0, 3.0)],
            |_, p| compose::sigmoid_cross_entropy(&p[0], &p[1]),
        ),
    ]
}
