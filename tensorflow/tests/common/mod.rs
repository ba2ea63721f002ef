//! Calls of ops as a front end makes them: at once, and inside a function whose shapes are known or are not.

#![allow(clippy::wildcard_enum_match_arm, reason = "whatever is not expected fails the test")]
#![allow(dead_code, clippy::unwrap_used)]

use brolga::{DType, Element, Function, Tensor, TensorType};
use brolga_tensorflow::arg::{Arg, Out, known};
use brolga_tensorflow::convert::floats;
use brolga_tensorflow::{OpError, Staged, Value, call, find};

/// A tensor as an argument.
pub fn tensor<T: Element>(shape: &[usize], elements: &[T]) -> Arg {
    Arg::Tensor(Staged::known(Tensor::from_slice(shape, elements).unwrap()))
}

/// A vector as an argument.
pub fn vector<T: Element>(elements: &[T]) -> Arg {
    tensor(&[elements.len()], elements)
}

/// Calls an op at once.
pub fn out(op: &str, args: &[Arg], named: &[(&str, Arg)]) -> Result<Out, OpError> {
    let row = find(op).unwrap_or_else(|| panic!("there is no op `{op}`"));
    call(row, row.signature().bind(args.to_vec(), named.iter().cloned())?)
}

/// The tensors an op gives, at once.
pub fn eager(op: &str, args: &[Arg], named: &[(&str, Arg)]) -> Result<Vec<Tensor>, OpError> {
    Ok(out(op, args, named)?.values().iter().map(|value| known(value).unwrap().clone()).collect())
}

/// The one tensor an op gives, called at once, in an interpreted function, in native code, and in a function that knows
/// no shape. The three functions agree to the bit; what is called at once rounds products and sums apart.
pub fn everywhere(op: &str, args: &[Arg], named: &[(&str, Arg)]) -> Tensor {
    let expected = eager(op, args, named).unwrap().remove(0);
    let interpreted = staged(op, args, named, false, true).unwrap();
    assert!(alike(&expected, &interpreted), "{op}: {interpreted:?} is not {expected:?}");
    for (jit, ranked) in [(true, true), (false, false)] {
        let found = staged(op, args, named, jit, ranked).unwrap();
        assert!(
            found.same_as(&interpreted),
            "{op}, jit {jit}, shapes known {ranked}: {found:?} is not {interpreted:?}"
        );
    }
    expected
}

/// Whether two tensors differ by no more than rounding.
fn alike(a: &Tensor, b: &Tensor) -> bool {
    if !a.dtype().is_float() {
        return a.same_as(b);
    }
    let bound = if a.dtype() == DType::F64 { 1e-13 } else { 1e-6 };
    let close = |(x, y): (&f64, &f64)| x == y || (x.is_nan() && y.is_nan()) || (x - y).abs() <= bound * x.abs();
    let (x, y) = (floats(a), floats(b));
    a.ty() == b.ty() && x.iter().zip(&y).all(close)
}

/// The one tensor an op gives inside a function whose parameters are the tensors among the arguments.
pub fn staged(op: &str, args: &[Arg], named: &[(&str, Arg)], jit: bool, ranked: bool) -> Result<Tensor, String> {
    let mut tensors: Vec<Tensor> = vec![];
    let mut lift = |arg: &Arg| {
        let Arg::Tensor(value) = arg else { return None };
        tensors.push(known(value).unwrap().clone());
        Some(Arg::Operand(tensors.len() - 1))
    };
    let args: Vec<Arg> = args.iter().map(|arg| arg.map(&mut lift)).collect();
    let named: Vec<(&str, Arg)> = named.iter().map(|(name, arg)| (*name, arg.map(&mut lift))).collect();
    let ty = |tensor: &Tensor| if ranked { tensor.ty() } else { TensorType::unranked(tensor.dtype()) };
    let types: Vec<TensorType> = tensors.iter().map(ty).collect();
    let mut failed = None;
    let written = Staged::record("test", &types, |parameters: &[Value]| {
        let mut fill =
            |arg: &Arg| if let Arg::Operand(k) = arg { Some(Arg::Tensor(parameters[*k].clone())) } else { None };
        let args: Vec<Arg> = args.iter().map(|arg| arg.map(&mut fill)).collect();
        let named: Vec<(&str, Arg)> = named.iter().map(|(name, arg)| (*name, arg.map(&mut fill))).collect();
        match out(op, &args, &named) {
            Ok(out) => out.values(),
            Err(error) => {
                failed = Some(error.to_string());
                vec![]
            }
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let function = Function::from_graph(written.map_err(|error| error.to_string())?.graph).jit_compile(jit);
    Ok(function.call(&tensors).map_err(|error| error.to_string())?.remove(0))
}

/// A list of whole numbers.
pub fn ints(numbers: &[i128]) -> Arg {
    Arg::List(numbers.iter().map(|n| Arg::Int(*n)).collect())
}

/// Text.
pub fn text(text: &str) -> Arg {
    Arg::Text(text.into())
}

/// Holds the first tensor an op gives against shape and elements.
pub fn check<T: Element + PartialEq + std::fmt::Debug>(
    out: Result<Vec<Tensor>, OpError>,
    shape: &[usize],
    elements: &[T],
) {
    let found = out.unwrap();
    assert_eq!(found[0].shape(), shape);
    assert_eq!(found[0].as_slice::<T>().unwrap(), elements);
}

/// Holds elements against others, up to a distance.
pub fn near(found: &Tensor, expected: &[f64], distance: f64) {
    let found = found.as_slice::<f64>().unwrap();
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= distance, "{found:?} is not near {expected:?}");
    }
}
