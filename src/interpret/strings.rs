//! Ops on strings: whatever moves or compares elements works on their numbers in a table instead.

use super::RunFault;
use crate::graph::routine::routine;
use crate::graph::{Node, Op};
use crate::shape::TensorType;
use crate::tensor::{ByteString, Tensor};
use brolga_codegen::{Comparison, DType, Direction};
use rustc_hash::FxHashMap;

/// The strings of some tensors, each once.
#[derive(Default)]
struct Table<'a> {
    strings: Vec<&'a ByteString>,
    numbers: FxHashMap<&'a ByteString, u64>,
}

/// Carries out a node that has strings among its operands or results.
pub(super) fn on_strings(node: &Node, inputs: &[Tensor], types: &[TensorType]) -> Result<Vec<Tensor>, RunFault> {
    let moves = matches!(
        node.op,
        Op::Reshape | Op::Transpose { .. } | Op::BroadcastInDim { .. } | Op::Slice { .. } | Op::Reverse { .. }
    ) || matches!(node.op, Op::Pad { .. } | Op::Concatenate { .. } | Op::DynamicSlice { .. })
        || matches!(node.op, Op::DynamicUpdateSlice | Op::Gather(_) | Op::Select);
    let op = if let Op::Compare(direction @ (Direction::Eq | Direction::Ne), _) = &node.op {
        Op::Compare(*direction, Comparison::Unsigned)
    } else if moves {
        node.op.clone()
    } else {
        return Err(RunFault::Unsupported(DType::String));
    };
    let mut table = Table::default();
    let numbered = inputs.iter().map(|tensor| table.numbered(tensor)).collect::<Result<Vec<_>, _>>()?;
    let number_of = |ty: &TensorType| if ty.dtype == DType::String { ty.with_dtype(DType::U64) } else { ty.clone() };
    let input_types: Vec<TensorType> = numbered.iter().map(Tensor::ty).collect();
    let input_types: Vec<&TensorType> = input_types.iter().collect();
    let output_types: Vec<TensorType> = types.iter().map(number_of).collect();
    let routine = routine(&op, &input_types, &output_types).ok_or(RunFault::Unsupported(DType::String))?;
    let results = super::step::carry_out(&routine, &numbered, &output_types)?;
    let back =
        |(tensor, ty): (Tensor, &TensorType)| if ty.dtype == DType::String { table.named(&tensor) } else { Ok(tensor) };
    results.into_iter().zip(types).map(back).collect()
}

impl<'a> Table<'a> {
    fn numbered(&mut self, tensor: &'a Tensor) -> Result<Tensor, RunFault> {
        let Some(strings) = tensor.strings() else { return Ok(tensor.clone()) };
        let mut number = |string: &'a ByteString| {
            *self.numbers.entry(string).or_insert_with(|| {
                self.strings.push(string);
                self.strings.len() as u64 - 1
            })
        };
        let numbers: Vec<u64> = strings.iter().map(&mut number).collect();
        Ok(Tensor::build(DType::U64, tensor.shape(), |out| out.slice::<u64>().copy_from_slice(&numbers))?)
    }

    fn named(&self, numbers: &Tensor) -> Result<Tensor, RunFault> {
        let places = numbers.as_slice::<u64>().expect("law: numbers of strings are u64");
        let strings = places.iter().map(|&n| self.strings[n as usize].clone()).collect();
        Ok(Tensor::from_strings(numbers.shape(), strings).expect("law: as many strings as elements"))
    }
}
