//! Calls of ops as a front end makes them: at once, and inside a function whose shapes are known or are not.

#![allow(clippy::wildcard_enum_match_arm, reason = "whatever is not expected fails the test")]
#![allow(dead_code, clippy::unwrap_used)]

use brolga::{Element, Function, Tensor, TensorType};
use brolga_tensorflow::arg::{Arg, Out, known};
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
/// no shape; all four agree.
pub fn everywhere(op: &str, args: &[Arg], named: &[(&str, Arg)]) -> Tensor {
    let expected = eager(op, args, named).unwrap().remove(0);
    for (jit, ranked) in [(false, true), (true, true), (false, false)] {
        let found = staged(op, args, named, jit, ranked).unwrap();
        assert!(found.same_as(&expected), "{op}, jit {jit}, shapes known {ranked}: {found:?} is not {expected:?}");
    }
    expected
}

/// The one tensor an op gives inside a function whose parameters are the tensors among the arguments.
pub fn staged(op: &str, args: &[Arg], named: &[(&str, Arg)], jit: bool, ranked: bool) -> Result<Tensor, String> {
    let mut tensors: Vec<Tensor> = vec![];
    let mut lift = |arg: &Arg| match arg {
        Arg::Tensor(value) => {
            tensors.push(known(value).unwrap().clone());
            Some(Arg::Operand(tensors.len() - 1))
        }
        _ => None,
    };
    let args: Vec<Arg> = args.iter().map(|arg| arg.map(&mut lift)).collect();
    let named: Vec<(&str, Arg)> = named.iter().map(|(name, arg)| (*name, arg.map(&mut lift))).collect();
    let ty = |tensor: &Tensor| if ranked { tensor.ty() } else { TensorType::unranked(tensor.dtype()) };
    let types: Vec<TensorType> = tensors.iter().map(ty).collect();
    let mut failed = None;
    let written = Staged::record("test", &types, |parameters: &[Value]| {
        let mut fill = |arg: &Arg| match arg {
            Arg::Operand(k) => Some(Arg::Tensor(parameters[*k].clone())),
            _ => None,
        };
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
