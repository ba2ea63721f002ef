//! Gradients inside graphs in the making, functions in two parts, values that bring their own gradient.

use crate::check::{Case, run};
use brolga::gradient::{CUSTOM_GRADIENT, Open, Residual, Wish, extend, grad, split, vjp};
use brolga::graph::build::{Source, Tracer};
use brolga::graph::{Effect, Graph, Op, Value};
use brolga::host::HostCallback;
use brolga::{Tensor, TensorType};

fn vector(elements: &[f64]) -> Tensor {
    Tensor::from_slice(&[elements.len()], elements).unwrap()
}

fn types(inputs: &[Tensor]) -> Vec<TensorType> {
    inputs.iter().map(Tensor::ty).collect()
}

/// sin(x), its square, that times x.
fn chain() -> (Graph, Vec<Tensor>) {
    let inputs = vec![vector(&[0.5, 2.0])];
    let graph = Tracer::trace("chain", &types(&inputs), |_, p| {
        let sine = p[0].sin();
        vec![(&sine * &sine) * &p[0]]
    });
    (graph.unwrap(), inputs)
}

/// The gradients of the graph's last value, after its own results.
fn extended(graph: &Graph, recorded: &[bool], sources: &[Value]) -> (Graph, Vec<Option<usize>>) {
    let target = graph.results()[0];
    let made = extend(graph, &Wish { recorded, targets: &[(target, None)], sources, open: Open::Refused }).unwrap();
    let mut results = vec![made.values[target.index()]];
    let place = |value: Option<Value>| {
        value.map(|value| {
            results.push(value);
            results.len() - 1
        })
    };
    let gradients = made.gradients.into_iter().map(place).collect();
    (made.builder.finish(results), gradients)
}

#[test]
fn any_value_can_be_differentiated_for() {
    let (graph, inputs) = chain();
    let (x, sine, square) = (Value(0), Value(1), Value(2));
    let (made, gradients) = extended(&graph, &[true; 4], &[x, sine, square]);
    assert_eq!(gradients, [Some(1), Some(2), Some(3)]);
    let results = run("chain", &made, &inputs);
    for (k, &x) in [0.5_f64, 2.0].iter().enumerate() {
        let (sin, cos) = x.sin_cos();
        let expected = [sin * sin * x, 2.0 * sin * cos * x + sin * sin, 2.0 * sin * x, x];
        for (result, expected) in results.iter().zip(expected) {
            assert!((result.as_slice::<f64>().unwrap()[k] - expected).abs() < 1e-14);
        }
    }
}

#[test]
fn what_is_not_recorded_counts_as_a_constant() {
    let (graph, inputs) = chain();
    // The sine was computed before the tape was open.
    let (made, gradients) = extended(&graph, &[true, false, true, true], &[Value(0), Value(1)]);
    let results = run("chain", &made, &inputs);
    let sine = 0.5_f64.sin();
    assert_eq!(results[gradients[0].unwrap()].as_slice::<f64>().unwrap()[0], sine * sine);
    assert_eq!(results[gradients[1].unwrap()].as_slice::<f64>().unwrap()[0], 0.5 * sine + 0.5 * sine);
    let (_, gradients) = extended(&graph, &[false; 4], &[Value(0)]);
    assert_eq!(gradients, [None]);
}

#[test]
fn a_loop_is_written_once_and_can_be_where_a_gradient_begins() {
    let inputs = [Tensor::scalar(1.5_f64)];
    let graph = Tracer::trace("turns", &types(&inputs), |t, p| {
        let start = t.scalar(0, brolga::DType::I32);
        let more = |(k, _): (_, _)| -> brolga::graph::build::Traced { brolga::graph::build::Traced::lt(&k, 3) };
        let (_, y) = t.while_loop((start, p[0].clone()), more, |(k, y)| (k + 1, &y * &p[0]));
        vec![&y * &y]
    });
    let graph = graph.unwrap();
    let y = graph.nodes().last().unwrap().inputs[0];
    let all = vec![true; graph.nodes().len()];
    let (made, gradients) = extended(&graph, &all, &[Value(0), y]);
    let results = run("turns", &made, &inputs);
    let found: Vec<f64> = gradients.iter().map(|k| results[k.unwrap()].as_slice::<f64>().unwrap()[0]).collect();
    assert!((found[0] - 8.0 * 1.5_f64.powi(7)).abs() < 1e-12 && (found[1] - 2.0 * 1.5_f64.powi(4)).abs() < 1e-12);
    let before = vec![false; graph.nodes().len() - 1].into_iter().chain([true]).collect::<Vec<_>>();
    let (_, gradients) = extended(&graph, &before, &[Value(0), y]);
    assert_eq!(gradients.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_function_in_two_parts_gives_what_it_gives_whole() {
    let inputs = [vector(&[0.5, 2.0, -1.0]), vector(&[3.0, 1.0, 2.0])];
    let graph = Tracer::trace("f", &types(&inputs), |_, p| {
        let product = p[0].sin() * &p[1];
        vec![product.exp(), p[1].gt(2.0), product.sort(0)]
    });
    let graph = graph.unwrap();
    let parts = split(&graph, &[1, 0]).unwrap();
    let seeds = [vector(&[1.0, -2.0, 0.5]), vector(&[0.25, 4.0, 8.0])];
    let forward = run("forward", &parts.forward, &inputs);
    let residual = |residual: &Residual| match *residual {
        Residual::Argument(k) => inputs[k].clone(),
        Residual::Result(k) => forward[k].clone(),
    };
    let given: Vec<Tensor> = parts.residuals.iter().map(residual).chain(seeds.clone()).collect();
    let backward = run("backward", &parts.backward, &given);
    let whole = vjp(&graph, &[1, 0]).unwrap();
    let results = run("whole", &whole.graph, &[&inputs[..], &seeds].concat());
    for (own, other) in results[..3].iter().zip(&forward) {
        assert!(own.same_as(other));
    }
    for (place, other) in whole.gradients.iter().zip(&parts.gradients) {
        assert!(results[place.unwrap()].same_as(&backward[other.unwrap()]));
    }
}

#[test]
fn what_runs_once_stands_in_the_forward_part() {
    let ty = TensorType::of(brolga::DType::F64, &[2]);
    let graph = Tracer::trace("f", std::slice::from_ref(&ty), |t, p| {
        let read = t.host_call(&HostCallback::unbound("read", true), &[&p[0]], std::slice::from_ref(&ty)).remove(0);
        t.host_call(&HostCallback::unbound("watch", true), &[&read], &[]);
        vec![read * &p[0]]
    });
    let parts = split(&graph.unwrap(), &[0]).unwrap();
    let calls = |graph: &Graph| graph.nodes().iter().filter(|node| matches!(node.op, Op::HostCall(_))).count();
    assert_eq!((calls(&parts.forward), calls(&parts.backward)), (2, 0));
    assert_eq!((parts.forward.effect(), parts.backward.effect()), (Effect::Ordered, Effect::Pure));
    assert_eq!(parts.severed.len(), 1, "the gradient does not pass `read`");
}

#[test]
fn values_bring_their_own_gradient() {
    let text = format!(
        r#"func.func private @with(%y: tensor<2xf64>, %g: tensor<2xf64>, %x: tensor<2xf64>, %r: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>) {{
  %0 = stablehlo.multiply %g, %r : tensor<2xf64>
  return %y, %0 : tensor<2xf64>, tensor<2xf64>
}}
func.func @main(%x: tensor<2xf64>) -> tensor<2xf64> {{
  %0 = stablehlo.sine %x : tensor<2xf64>
  %1 = stablehlo.exponential %x : tensor<2xf64>
  %2:2 = stablehlo.composite "{CUSTOM_GRADIENT}" %0, %0, %x, %1 {{composite_attributes = {{values = 1 : i64}}, decomposition = @with}} : (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>)
  %3 = stablehlo.multiply %2#0, %2#0 : tensor<2xf64>
  return %3 : tensor<2xf64>
}}"#
    );
    let case = Case::text("custom", &text, &[vector(&[0.5, 2.0])]);
    let first = grad(&case.graph, &[0]).unwrap();
    let found = run("custom", &first.graph, &case.inputs)[0].as_slice::<f64>().unwrap().to_vec();
    let twice = grad(&first.graph, &[0]).unwrap();
    let second = run("twice", &twice.graph, &case.inputs)[0].as_slice::<f64>().unwrap().to_vec();
    for (k, x) in [0.5_f64, 2.0].into_iter().enumerate() {
        // 2 y · eˣ, where y = sin x brings the derivative eˣ; then again.
        assert!((found[k] - 2.0 * x.sin() * x.exp()).abs() < 1e-12, "{found:?}");
        let expected = 2.0 * x.exp() * x.exp() + 2.0 * x.sin() * x.exp();
        assert!((second[k] - expected).abs() < 1e-12, "{second:?} is not {expected}");
    }
}
