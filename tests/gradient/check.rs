//! Gradients against central differences in double precision, interpreted and native.

use brolga::function::Function;
use brolga::gradient::{self, Gradient};
use brolga::graph::build::{Bundle, Traced, Tracer};
use brolga::graph::{Graph, GraphBuilder, Op, Value};
use brolga::{DType, Site, Tensor, TensorType};
use num_complex::Complex;

/// A function and where its gradient is checked.
pub struct Case {
    pub name: String,
    pub graph: Graph,
    pub inputs: Vec<Tensor>,
}

impl Case {
    /// A function of the tensors, traced.
    pub fn traced<R: Bundle>(name: &str, inputs: &[Tensor], body: impl FnOnce(&Tracer, &[Traced]) -> R) -> Case {
        let types: Vec<TensorType> = inputs.iter().map(Tensor::ty).collect();
        let graph = Tracer::trace("f", &types, body).unwrap_or_else(|error| panic!("{name}: {error}"));
        Case { name: name.into(), graph, inputs: inputs.to_vec() }
    }

    /// One op on the tensors.
    pub fn op(op: Op, inputs: &[Tensor], declared: &[TensorType]) -> Case {
        let mut builder = GraphBuilder::new("f");
        let given: Vec<Value> = inputs.iter().map(|input| builder.parameter(input.ty(), "", Site::unknown())).collect();
        let name = format!("{}.{}", op.spelling().0, op.spelling().1);
        let made = builder.push(op, &given, declared, "", Site::unknown());
        let made = made.unwrap_or_else(|error| panic!("{name}: {error}"));
        Case { name, graph: builder.finish(made.to_vec()), inputs: inputs.to_vec() }
    }

    /// A program of the language.
    pub fn text(name: &str, text: &str, inputs: &[Tensor]) -> Case {
        let graph = brolga::graph::parse::parse(text, name).unwrap_or_else(|error| panic!("{name}: {error}"));
        Case { name: name.into(), graph, inputs: inputs.to_vec() }
    }

    /// The gradient as a function of its own: of the inputs and of cotangents that are held fast. For second order.
    pub fn gradient(&self) -> Case {
        let made = pulled(self);
        let results: Vec<Value> = made.gradients.iter().flatten().map(|&k| made.graph.results()[k]).collect();
        let graph = made.graph.with_results(results);
        let inputs = self.inputs.iter().cloned().chain(cotangents(&self.graph)).collect();
        Case { name: format!("{} twice", self.name), graph, inputs }
    }
}

pub fn smooth(dtype: DType) -> bool {
    dtype.is_float() || dtype.is_complex()
}

/// The parameters that can have a gradient.
pub fn wanted(graph: &Graph) -> Vec<usize> {
    let types = graph.parameter_types().iter().enumerate();
    types.filter(|(_, ty)| smooth(ty.dtype)).map(|(k, _)| k).collect()
}

fn pulled(case: &Case) -> Gradient {
    gradient::vjp(&case.graph, &wanted(&case.graph)).unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

/// Numbers in [low, high), the same in every run.
pub fn numbers(seed: u64, count: usize, low: f64, high: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        low + (high - low) * ((state >> 11) as f64 / (1u64 << 53) as f64)
    };
    (0..count).map(next).collect()
}

/// A tensor of numbers in [low, high).
pub fn floats(seed: u64, shape: &[usize], low: f64, high: f64) -> Tensor {
    Tensor::from_slice(shape, &numbers(seed, shape.iter().product(), low, high)).unwrap()
}

/// A tensor of complex numbers with both parts in [low, high).
pub fn complexes(seed: u64, shape: &[usize], low: f64, high: f64) -> Tensor {
    let parts = numbers(seed, 2 * shape.iter().product::<usize>(), low, high);
    let elements: Vec<Complex<f64>> = parts.chunks(2).map(|pair| Complex::new(pair[0], pair[1])).collect();
    Tensor::from_slice(shape, &elements).unwrap()
}

fn cotangents(graph: &Graph) -> Vec<Tensor> {
    let types = graph.result_types().enumerate().filter(|(_, ty)| smooth(ty.dtype));
    types.map(|(k, ty)| random(1000 + k as u64, ty)).collect()
}

fn random(seed: u64, ty: &TensorType) -> Tensor {
    let shape = ty.extents().unwrap();
    if double(ty.dtype).is_complex() { complexes(seed, &shape, -1.0, 1.0) } else { floats(seed, &shape, -1.0, 1.0) }
}

/// The type, which must be one of double precision.
fn double(dtype: DType) -> DType {
    assert!([DType::F64, DType::C128].contains(&dtype), "gradients are checked in double precision, not in {dtype}");
    dtype
}

/// The real numbers that a tensor is made of.
pub fn parts(tensor: &Tensor) -> Vec<f64> {
    if double(tensor.dtype()).is_complex() {
        tensor.as_slice::<Complex<f64>>().unwrap().iter().flat_map(|z| [z.re, z.im]).collect()
    } else {
        tensor.as_slice::<f64>().unwrap().to_vec()
    }
}

fn with_parts(like: &Tensor, parts: &[f64]) -> Tensor {
    if double(like.dtype()).is_complex() {
        let elements: Vec<Complex<f64>> = parts.chunks(2).map(|pair| Complex::new(pair[0], pair[1])).collect();
        Tensor::from_slice(like.shape(), &elements).unwrap()
    } else {
        Tensor::from_slice(like.shape(), parts).unwrap()
    }
}

/// The results, the same interpreted and native.
pub fn run(name: &str, graph: &Graph, inputs: &[Tensor]) -> Vec<Tensor> {
    let function = Function::from_graph(graph.clone());
    let interpreted = function.call(inputs).unwrap_or_else(|error| panic!("{name}, interpreted: {error}"));
    let native = function.jit_compile(true).call(inputs).unwrap_or_else(|error| panic!("{name}, native: {error}"));
    for (a, b) in interpreted.iter().zip(&native) {
        assert!(a.same_as(b), "{name}: interpreted and native results differ: {a:?} and {b:?}");
    }
    interpreted
}

/// Checks every gradient of a case against differences; gives how many parameters are connected.
pub fn check(case: &Case) -> usize {
    check_within(case, 1e-6)
}

pub fn check_within(case: &Case, tolerance: f64) -> usize {
    let Case { name, graph, inputs } = case;
    let made = pulled(case);
    assert!(made.severed.is_empty(), "{name}: {:?}", made.severed);
    brolga::graph::verify(&made.graph).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
    let seeds = cotangents(graph);
    let all: Vec<Tensor> = inputs.iter().chain(&seeds).cloned().collect();
    let results = run(name, &made.graph, &all);
    let function = Function::from_graph(graph.clone());
    let loss = |inputs: &[Tensor]| -> f64 {
        let out = function.call(inputs).unwrap_or_else(|error| panic!("{name}: {error}"));
        let smooth = out.iter().filter(|tensor| smooth(tensor.dtype()));
        // Re Σ conj(seed) · result, which for pairs of parts is the sum of products.
        smooth.zip(&seeds).map(|(x, seed)| parts(x).iter().zip(parts(seed)).map(|(x, s)| x * s).sum::<f64>()).sum()
    };
    let mut connected = 0;
    for (&parameter, found) in wanted(graph).iter().zip(&made.gradients) {
        let point = parts(&inputs[parameter]);
        let found = found.map(|k| parts(&results[k]));
        connected += usize::from(found.is_some());
        let found = found.unwrap_or_else(|| vec![0.0; point.len()]);
        assert_eq!(found.len(), point.len(), "{name}: the gradient has the parameter's shape");
        for k in 0..point.len() {
            let at = |distance: f64| {
                let mut moved = point.clone();
                moved[k] += distance;
                let mut inputs = inputs.clone();
                inputs[parameter] = with_parts(&inputs[parameter], &moved);
                loss(&inputs)
            };
            let expected = difference(1e-4 * point[k].abs().max(0.1), at);
            let close = (found[k] - expected).abs() <= tolerance * (1.0 + expected.abs());
            assert!(close, "{name}, parameter {parameter}, part {k}: {} is not {expected}", found[k]);
        }
    }
    connected
}

/// Richardson's extrapolation of two central differences: the error falls with the fourth power of the step.
fn difference(step: f64, at: impl Fn(f64) -> f64) -> f64 {
    let near = (at(step) - at(-step)) / (2.0 * step);
    let far = (at(2.0 * step) - at(-2.0 * step)) / (4.0 * step);
    (4.0 * near - far) / 3.0
}
