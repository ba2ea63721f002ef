//! Regions over scalars as straight-line functions: what reductions, sorts and scatters do to elements.

use super::{Graph, Literal, Node, Op, Region};
use crate::shape::TensorType;
use brolga_codegen::kernel::{Scalar, ScalarFn, Val};
use brolga_codegen::{Binary, Comparison, DType, Direction};

/// Longest function made; a region that unfolds to more (calls of calls of calls) is no scalar function.
const LONGEST: usize = 1 << 14;
/// Deepest nesting of calls and branches unfolded.
const DEEPEST: usize = 64;

/// The region as a straight-line function of scalars: words, constants, choices (`select`, `clamp`, `if`, `case`),
/// conversions, and calls and composites of such. `None` where it holds anything else, or anything but scalars.
pub fn scalar_fn(region: &Graph) -> Option<ScalarFn> {
    let mut maker = Maker { values: vec![], lets: vec![] };
    let parameters: Vec<Val> =
        region.parameter_types().iter().map(|ty| Some(maker.value(scalar_type(ty)?))).collect::<Option<_>>()?;
    let results = maker.region(region, &parameters, 0)?;
    Some(ScalarFn { params: parameters.len(), values: maker.values, lets: maker.lets, results })
}

/// The element type of a dense scalar.
fn scalar_type(ty: &TensorType) -> Option<DType> {
    (ty.rank() == Some(0) && ty.dtype != DType::String).then_some(ty.dtype)
}

struct Maker {
    values: Vec<DType>,
    lets: Vec<Scalar>,
}

impl Maker {
    fn value(&mut self, dtype: DType) -> Val {
        self.values.push(dtype);
        Val(u32::try_from(self.values.len() - 1).expect("law: a scalar function is short"))
    }

    fn define(&mut self, dtype: DType, scalar: Scalar) -> Option<Val> {
        self.lets.push(scalar);
        (self.lets.len() <= LONGEST).then(|| self.value(dtype))
    }

    fn dtype(&self, value: Val) -> DType {
        self.values[value.0 as usize]
    }

    /// Unfolds a region over `arguments`; gives its results.
    fn region(&mut self, region: &Graph, arguments: &[Val], depth: usize) -> Option<Vec<Val>> {
        if depth > DEEPEST || arguments.len() != region.parameter_types().len() {
            return None;
        }
        let mut known: Vec<Val> = arguments.to_vec();
        for node in &region.nodes()[arguments.len()..] {
            let inputs: Vec<Val> = node.inputs.iter().map(|value| known[value.index()]).collect();
            let outputs = region.output_types(node);
            let made = self.node(node, &inputs, outputs, depth)?;
            if made.len() != outputs.len() {
                return None;
            }
            known.extend(made);
        }
        Some(region.results().iter().map(|value| known[value.index()]).collect())
    }

    fn node(&mut self, node: &Node, inputs: &[Val], outputs: &[TensorType], depth: usize) -> Option<Vec<Val>> {
        match (&node.op, inputs) {
            (Op::Call(callee), _) => return self.region(callee, inputs, depth + 1),
            (Op::Composite { decomposition, .. }, _) => return self.region(decomposition, inputs, depth + 1),
            (Op::OptimizationBarrier, _) => return Some(inputs.to_vec()),
            (Op::If { on_true, on_false }, [predicate, captured @ ..]) => {
                let on_true = self.region(on_true, captured, depth + 1)?;
                let on_false = self.region(on_false, captured, depth + 1)?;
                return self.choose(*predicate, &on_true, &on_false);
            }
            (Op::Case { branches }, [index, captured @ ..]) => return self.case(branches, *index, captured, depth),
            _ => {}
        }
        let dtype = scalar_type(outputs.first()?)?;
        let scalar = match (&node.op, inputs) {
            (Op::Constant(literal), []) => Scalar::Constant(scalar_bits(literal)?),
            (Op::Unary(word), &[x]) => Scalar::Unary(*word, x),
            (Op::Binary(word), &[x, y]) => Scalar::Binary(*word, x, y),
            (Op::Compare(direction, comparison), &[x, y]) => Scalar::Compare(*direction, *comparison, x, y),
            (Op::Select, &[predicate, x, y]) => Scalar::Select(predicate, x, y),
            (Op::Clamp, &[low, x, high]) => {
                let above = self.define(dtype, Scalar::Binary(Binary::Maximum, x, low))?;
                Scalar::Binary(Binary::Minimum, above, high)
            }
            (Op::Fma, &[a, b, c]) => Scalar::Fma(a, b, c),
            (Op::Convert | Op::BitcastConvert, &[x]) if self.dtype(x) == dtype => return Some(vec![x]),
            (Op::Convert, &[x]) => Scalar::Convert(x),
            (Op::BitcastConvert, &[x]) if self.dtype(x).bits() == dtype.bits() => Scalar::Bitcast(x),
            (Op::ReducePrecision { exponent_bits, mantissa_bits }, &[x]) => {
                Scalar::ReducePrecision(x, *exponent_bits, *mantissa_bits)
            }
            (Op::Reshape | Op::Transpose { .. } | Op::BroadcastInDim { .. } | Op::Reverse { .. }, &[x]) => {
                return Some(vec![x]);
            }
            _ => return None,
        };
        Some(vec![self.define(dtype, scalar)?])
    }

    fn choose(&mut self, predicate: Val, on_true: &[Val], on_false: &[Val]) -> Option<Vec<Val>> {
        let pair = |(&x, &y): (&Val, &Val)| {
            let dtype = self.dtype(x);
            self.define(dtype, Scalar::Select(predicate, x, y))
        };
        on_true.iter().zip(on_false).map(pair).collect()
    }

    fn case(&mut self, branches: &[Region], index: Val, captured: &[Val], depth: usize) -> Option<Vec<Val>> {
        let (last, others) = branches.split_last()?;
        let mut results = self.region(last, captured, depth + 1)?;
        for (k, branch) in others.iter().enumerate().rev() {
            let these = self.region(branch, captured, depth + 1)?;
            let number = self.define(DType::I32, Scalar::Constant(u128::try_from(k).ok()?))?;
            let here = Scalar::Compare(Direction::Eq, Comparison::Signed, index, number);
            let here = self.define(DType::Bool, here)?;
            results = self.choose(here, &these, &results)?;
        }
        Some(results)
    }
}

/// The bits of a dense constant of rank 0.
fn scalar_bits(literal: &Literal) -> Option<u128> {
    scalar_type(literal.ty())?;
    let mut bits = [0; 16];
    let element = literal.as_splat()?.bytes();
    bits[..element.len()].copy_from_slice(element);
    Some(u128::from_le_bytes(bits))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graph::GraphBuilder;
    use crate::site::Site;
    use std::sync::Arc;

    fn f32s() -> TensorType {
        TensorType::scalar(DType::F32)
    }

    fn add() -> Graph {
        let mut b = GraphBuilder::new("add");
        let x = b.parameter(f32s(), "x", Site::unknown());
        let y = b.parameter(f32s(), "y", Site::unknown());
        let sum = b.push_typed(Op::Binary(Binary::Add), &[x, y], [f32s()], "".into(), Site::unknown())[0];
        b.finish(vec![sum])
    }

    #[test]
    fn calls_are_unfolded() {
        let mut b = GraphBuilder::new("twice");
        let x = b.parameter(f32s(), "x", Site::unknown());
        let callee = Arc::new(add());
        let sum = b.push_typed(Op::Call(callee.clone()), &[x, x], [f32s()], "".into(), Site::unknown())[0];
        let sum = b.push_typed(Op::Call(callee), &[sum, x], [f32s()], "".into(), Site::unknown())[0];
        let f = scalar_fn(&b.finish(vec![sum])).unwrap();
        assert_eq!(f.params, 1);
        let sums = vec![Scalar::Binary(Binary::Add, Val(0), Val(0)), Scalar::Binary(Binary::Add, Val(1), Val(0))];
        assert_eq!(f.lets, sums);
        assert_eq!(f.results, vec![Val(2)]);
    }

    #[test]
    fn calls_that_double_at_each_level_end() {
        let mut callee = Arc::new(add());
        for _ in 0..60 {
            let mut b = GraphBuilder::new("level");
            let x = b.parameter(f32s(), "x", Site::unknown());
            let y = b.parameter(f32s(), "y", Site::unknown());
            let a = b.push_typed(Op::Call(callee.clone()), &[x, y], [f32s()], "".into(), Site::unknown())[0];
            let a = b.push_typed(Op::Call(callee.clone()), &[a, y], [f32s()], "".into(), Site::unknown())[0];
            callee = Arc::new(b.finish(vec![a]));
        }
        assert_eq!(scalar_fn(&callee), None);
    }

    #[test]
    fn tensors_are_no_scalars() {
        let mut b = GraphBuilder::new("id");
        let x = b.parameter(TensorType::of(DType::F32, &[1]), "x", Site::unknown());
        assert_eq!(scalar_fn(&b.finish(vec![x])), None);
    }
}
