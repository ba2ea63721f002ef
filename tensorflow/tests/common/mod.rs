//! Calling ops by name.
#![allow(dead_code, clippy::unwrap_used)]

use brolga::{Element, Tensor};
use brolga_tensorflow::arg::{known, value};
use brolga_tensorflow::{Arg, Out, Result, call, find};

/// Calls the op of a name on positional and named arguments.
pub fn op(name: &str, positional: Vec<Arg>, named: Vec<(&str, Arg)>) -> Result<Out> {
    let row = find(name).unwrap_or_else(|| panic!("there is no op `{name}`"));
    call(row, row.signature().bind(positional, named)?)
}

/// A known tensor as an argument.
pub fn t<T: Element>(shape: &[usize], elements: &[T]) -> Arg {
    Arg::Tensor(value(Tensor::from_slice(shape, elements).unwrap()))
}

/// A list of whole numbers.
pub fn ints(numbers: &[i128]) -> Arg {
    Arg::List(numbers.iter().map(|n| Arg::Int(*n)).collect())
}

/// Text.
pub fn text(text: &str) -> Arg {
    Arg::Text(text.into())
}

/// The tensors that came out.
pub fn tensors(out: &Out) -> Vec<Tensor> {
    out.values().iter().map(|value| known(value).unwrap().clone()).collect()
}

/// Holds what an op gives against shape and elements.
pub fn check<T: Element + PartialEq + std::fmt::Debug>(out: Result<Out>, shape: &[usize], elements: &[T]) {
    let found = tensors(&out.unwrap());
    assert_eq!(found[0].shape(), shape);
    assert_eq!(found[0].as_slice::<T>().unwrap(), elements);
}

/// Holds what an op gives against elements, up to a distance.
pub fn near(found: &Tensor, expected: &[f64], distance: f64) {
    let found = found.as_slice::<f64>().unwrap();
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= distance, "{found:?} is not near {expected:?}");
    }
}
