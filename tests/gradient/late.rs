//! Gradients of programs whose shapes nobody says: written with rules that wait, they are those of known shapes.

use crate::check::{Case, numbers, parts, wanted};
use brolga::gradient::vjp;
use brolga::graph::build::Tracer;
use brolga::graph::deferred::loosen;
use brolga::graph::{Graph, GraphBuilder, Op, Value};
use brolga::interpret::{Context, run};
use brolga::{DType, Function, Shape, Site, Tensor, TensorType};

/// The graph in which the shapes of what may have gradients are forgotten, and those of what is computed from it.
fn forgetful(graph: &Graph) -> Graph {
    let mut open = GraphBuilder::new("open");
    let types = graph.parameter_types();
    let given: Vec<Value> = types.iter().map(|ty| open.parameter(ty.clone(), "", Site::unknown())).collect();
    let mut values: Vec<Value> = vec![];
    for (&value, ty) in given.iter().zip(types) {
        let less = [TensorType::unranked(ty.dtype)];
        let forgets = wanted(graph).contains(&values.len());
        values.push(if forgets {
            open.push_typed(loosen(), &[value], less, "".into(), Site::unknown())[0]
        } else {
            value
        });
    }
    for node in &graph.nodes()[given.len()..] {
        let inputs: Vec<Value> = node.inputs.iter().map(|value| values[value.index()]).collect();
        let types = graph.output_types(node);
        let read = inputs.iter().any(|value| open.type_of(*value).extents().is_none());
        let types: Vec<TensorType> = match read && follows(graph, node) {
            true => types.iter().map(|ty| TensorType::unranked(ty.dtype)).collect(),
            false => types.to_vec(),
        };
        values.extend(open.push_typed(node.op.clone(), &inputs, types, node.name.clone(), node.site.clone()));
    }
    open.finish(graph.results().iter().map(|value| values[value.index()]).collect())
}

/// Whether a node's result types follow from its operands'.
fn follows(graph: &Graph, node: &brolga::graph::Node) -> bool {
    let mut alone = GraphBuilder::new("alone");
    let types = graph.input_types(node).into_iter();
    let inputs: Vec<Value> = types.map(|ty| alone.parameter(ty.clone(), "", Site::unknown())).collect();
    let made = alone.push(node.op.clone(), &inputs, &[], "", Site::unknown());
    made.is_ok_and(|made| made.iter().map(|value| alone.type_of(*value)).eq(graph.output_types(node)))
}

/// Cotangents for all results, then what the results and gradients are; each gradient where there is one.
fn pulled(case: &Case, graph: &Graph) -> Vec<Tensor> {
    let made = vjp(graph, &wanted(graph)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let seeds = case.graph.result_types().filter(|ty| ty.dtype.is_float() || ty.dtype.is_complex()).map(|ty| {
        let shape = ty.extents().unwrap();
        let count = shape.iter().product();
        let real = Tensor::from_slice(&shape, &numbers(7, count, -1.0, 1.0)).unwrap();
        let convert = |_: &Tracer, p: &[brolga::graph::build::Traced]| p[0].convert(ty.dtype);
        Function::new("seed", &[real.ty()], convert).unwrap().call(&[real]).unwrap().remove(0)
    });
    let all: Vec<Tensor> = case.inputs.iter().cloned().chain(seeds).collect();
    let results = run(&made.graph, &all, &Context::default());
    let results = results.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let gradients = made.gradients.iter().map(|place| place.map(|k| results[k].clone()));
    let zeros =
        wanted(graph).into_iter().map(|k| Tensor::zeros(case.inputs[k].dtype(), case.inputs[k].shape()).unwrap());
    gradients.zip(zeros).map(|(gradient, zeros)| gradient.unwrap_or(zeros)).collect()
}

#[test]
fn gradients_of_unknown_shapes_are_those_of_known_ones() {
    let mut waited = 0;
    for case in crate::all() {
        let open = forgetful(&case.graph);
        waited += usize::from(open.nodes().iter().any(|node| matches!(node.op, Op::Deferred(_))));
        for (found, expected) in pulled(&case, &open).iter().zip(pulled(&case, &case.graph)) {
            // Some rules look at the nodes around theirs for a better form; a rule that waits cannot.
            let close = |(a, b): (f64, f64)| a == b || (a - b).abs() <= 1e-12 * (1.0 + b.abs());
            let all = parts(found).into_iter().zip(parts(&expected)).all(close);
            assert!(all, "{}: {found} is not {expected}\n{}", case.name, case.graph);
        }
    }
    assert!(waited > 150, "{waited} cases");
}

#[test]
fn open_parameters_are_specialised_to_the_same_gradient() {
    let open = TensorType { dtype: DType::F64, shape: Shape::Ranked([None, None].into_iter().collect()) };
    let traced = |ty: &TensorType| {
        let body = |_: &Tracer, p: &[brolga::graph::build::Traced]| vec![(&p[0] * p[0].tanh()).exp()];
        let graph = Tracer::trace("f", std::slice::from_ref(ty), body).unwrap();
        Function::from_graph(brolga::gradient::grad(&graph, &[0]).unwrap().graph)
    };
    let x = Tensor::from_slice(&[2, 3], &numbers(1, 6, -1.0, 1.0)).unwrap();
    let known = traced(&x.ty()).jit_compile(true).call(std::slice::from_ref(&x)).unwrap();
    let late = traced(&open).jit_compile(true).call(&[x]).unwrap();
    assert!(known[0].same_as(&late[0]), "{known:?} and {late:?}");
}
