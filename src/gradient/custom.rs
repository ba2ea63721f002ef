//! Values that bring their own gradient: TensorFlow's `custom_gradient`.
//!
//! A composite of that name takes (values …, the same values again …, inputs …, whatever else …) and gives (values …,
//! cotangents of the inputs …). Its decomposition gives the cotangents of the inputs for any cotangents of the values, which
//! stand in the second place; in the program, where there are none, nobody reads what it makes of the values there. So
//! the gradient is a call of the decomposition with the cotangents in their place.

use super::error::GradientError;
use super::sweep::Sweep;
use crate::graph::{Node, Op, Region, Value};
use crate::site::Name;
use smallvec::SmallVec;

/// The composite of values that bring their own gradient.
pub const CUSTOM_GRADIENT: &str = "brolga.custom_gradient";

/// The op that gives so many values a gradient of their own.
pub fn custom_gradient(values: usize, decomposition: Region) -> Op {
    let attributes = format!("{{values = {values} : i64}}").into();
    Op::Composite { name: CUSTOM_GRADIENT.into(), attributes, version: 0, decomposition }
}

/// How many values a composite gives a gradient of their own; `None` for all other ops.
fn values(op: &Op) -> Option<usize> {
    let Op::Composite { name, attributes, .. } = op else { return None };
    if &**name == CUSTOM_GRADIENT { counted(attributes) } else { None }
}

fn counted(attributes: &Name) -> Option<usize> {
    let text = attributes.split_once("values")?.1.split_once('=')?.1.trim_start();
    text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
}

/// Whether the op brings its own gradient.
pub(super) fn is_custom(op: &Op) -> bool {
    values(op).is_some()
}

/// The operands that a gradient goes on to: of an op that brings its own gradient, its inputs alone.
pub(super) fn reached(node: &Node) -> &[Value] {
    match values(&node.op) {
        Some(values) => &node.inputs[2 * values..values + node.outputs.len()],
        None => &node.inputs,
    }
}

impl Sweep<'_> {
    /// Hands on what the decomposition makes of the cotangents; false for ops without a gradient of their own.
    pub(super) fn custom(
        &mut self,
        node: &Node,
        decomposition: &Region,
        g: &[Option<Value>],
    ) -> Result<bool, GradientError> {
        let Some(values) = values(&node.op) else { return Ok(false) };
        let mut operands: SmallVec<[Value; 8]> = node.inputs[..values].into();
        for (&value, &cotangent) in node.inputs.iter().zip(&g[..values]) {
            operands.push(cotangent.unwrap_or_else(|| self.pen.zeros_like(value)));
        }
        operands.extend(node.inputs[2 * values..].iter().copied());
        let made = self.pen.call(decomposition, &operands);
        let inputs: Vec<Value> = reached(node).to_vec();
        for (&input, &cotangent) in inputs.iter().zip(&made[values..]) {
            self.give(input, cotangent);
        }
        Ok(true)
    }
}
