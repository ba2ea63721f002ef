//! Ops called by name, at once and later: what they give must not depend on when it is known.

#![allow(clippy::wildcard_enum_match_arm, reason = "whatever is not expected fails the test")]
#![allow(dead_code, reason = "each test file calls a part of it")]

use brolga::{DType, Function, Tensor, TensorType};
use brolga_tensorflow::arg::{known, value};
use brolga_tensorflow::convert::floats;
use brolga_tensorflow::{Arg, OpError, Out, Staged, call, find};

/// Arguments by name.
pub type Named<'a> = &'a [(&'a str, Arg)];

/// A tensor of f32.
pub fn tensor(shape: &[usize], elements: &[f64]) -> Arg {
    Arg::Tensor(value(Tensor::from_slice(shape, elements).expect("it is small")).convert(DType::F32))
}

/// A tensor of another element type.
pub fn typed(dtype: DType, shape: &[usize], elements: &[f64]) -> Arg {
    Arg::Tensor(value(Tensor::from_slice(shape, elements).expect("it is small")).convert(dtype))
}

/// 0, 1, 2 … scaled and wrapped into small numbers of either sign.
pub fn ramp(shape: &[usize]) -> Arg {
    let count: usize = shape.iter().product();
    tensor(shape, &(0..count).map(|k| ((k * 7919) % 23) as f64 * 0.25 - 2.5).collect::<Vec<f64>>())
}

/// A list of whole numbers.
pub fn ints(elements: &[i128]) -> Arg {
    Arg::List(elements.iter().map(|element| Arg::Int(*element)).collect())
}

/// Text.
pub fn text(text: &str) -> Arg {
    Arg::Text(text.into())
}

/// What an op gives.
pub fn result(op: &str, positional: Vec<Arg>, named: Named<'_>) -> Result<Out, OpError> {
    let row = find(op).unwrap_or_else(|| panic!("there is an op `{op}`"));
    call(row, row.signature().bind(positional, named.iter().cloned())?)
}

/// What an op gives at once.
pub fn at_once(op: &str, positional: Vec<Arg>, named: Named<'_>) -> Vec<Tensor> {
    let out = result(op, positional, named).unwrap_or_else(|error| panic!("{op}: {error}"));
    out.values().iter().map(|value| known(value).expect("outside of recordings all is known").clone()).collect()
}

/// What an op gives at once; as native code; and where no shape is known when the function is written.
pub fn everywhere(op: &str, positional: Vec<Arg>, named: Named<'_>) -> Vec<Tensor> {
    let expected = at_once(op, positional.clone(), named);
    for (ranked, jit) in [(true, true), (true, false), (false, false)] {
        let mut operands = vec![];
        for arg in &positional {
            let mut found = vec![];
            arg.tensors(&mut found);
            operands.extend(found.into_iter().map(|value| known(value).expect("test data are known").clone()));
        }
        let ty = |tensor: &Tensor| if ranked { tensor.ty() } else { TensorType::unranked(tensor.dtype()) };
        let types: Vec<TensorType> = operands.iter().map(ty).collect();
        let written = Staged::record(op, &types, |parameters| {
            let mut next = parameters.iter();
            let mut replace = |arg: &Arg| {
                let known = matches!(arg, Arg::Tensor(_));
                known.then(|| Arg::Tensor(next.next().expect("as many as operands").clone()))
            };
            let args = positional.iter().map(|arg| arg.map(&mut replace)).collect();
            result(op, args, named).map(|out| out.values()).unwrap_or_else(|error| panic!("{op}, later: {error}"))
        });
        let graph = written.unwrap_or_else(|error| panic!("{op}: {error}")).graph;
        let function = Function::from_graph(graph).jit_compile(jit);
        let got = function.call(&operands).unwrap_or_else(|error| panic!("{op}, jit {jit}: {error}"));
        assert_eq!(got.len(), expected.len(), "{op}: results");
        for (got, expected) in got.iter().zip(&expected) {
            assert_eq!(got.ty(), expected.ty(), "{op}, ranked {ranked}, jit {jit}");
            near(got, &floats(expected), 1e-4, &format!("{op}, ranked {ranked}, jit {jit}"));
        }
    }
    expected
}

/// Demands elements within a tolerance; a NaN for a NaN.
pub fn near(got: &Tensor, expected: &[f64], tolerance: f64, what: &str) {
    close(&floats(got), expected, tolerance, what);
}

/// Demands numbers within a tolerance; a NaN for a NaN.
pub fn close(got: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}: {got:?}");
    for (k, (x, y)) in got.iter().zip(expected).enumerate() {
        let close = x == y || (x.is_nan() && y.is_nan()) || (x - y).abs() <= tolerance * (1.0 + y.abs());
        assert!(close, "{what}: element {k} is {x}, expected {y}\n{got:?}");
    }
}

/// The elements of an argument.
pub fn elements(arg: &Arg) -> Vec<f64> {
    let Arg::Tensor(value) = arg else { panic!("not a tensor") };
    floats(known(value).expect("test data are known"))
}

/// A result as an argument.
pub fn again(tensor: &Tensor) -> Arg {
    Arg::Tensor(value(tensor.clone()))
}
