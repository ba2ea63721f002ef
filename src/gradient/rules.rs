//! The one rule of each op: how the cotangents of its results become those of its operands.

use super::error::GradientError;
use super::sweep::Sweep;
use crate::graph::{Node, Op, Value};

impl Sweep<'_> {
    /// Hands the cotangents `g` of a node's results on to its operands.
    pub(super) fn rule(&mut self, node: &Node, g: &[Option<Value>]) -> Result<(), GradientError> {
        let inputs = &node.inputs;
        if g.iter().flatten().all(|&g| self.pen.is_empty(g)) {
            // Sums of nothing, whatever the op.
            for &input in inputs.iter().filter(|input| self.wants(**input)).collect::<Vec<_>>() {
                let zeros = self.pen.zeros_like(input);
                self.give(input, zeros);
            }
            return Ok(());
        }
        let kept = node.results().next().is_some_and(|first| self.saved.contains_key(&first));
        if !kept && super::late::waits(self.pen.builder.graph(), node) {
            self.rule_late(node, g);
            return Ok(());
        }
        // Of an op with one result: its cotangent has arrived, or there would be nothing to do.
        let one = || g[0].expect("law: a node with one result is reversed when its cotangent has arrived");
        match &node.op {
            Op::Unary(word) => self.unary(*word, node, one()),
            Op::Binary(word) => self.binary(*word, node, one()),
            Op::Select => self.select(node, one()),
            Op::Clamp => self.clamp(node, one()),
            Op::Fma => self.fma(node, one()),
            Op::Convert => self.convert(node, one()),
            Op::ReducePrecision { .. } => self.reduce_precision(node, one()),
            Op::Reshape | Op::DynamicReshape => self.reshape(node, one()),
            Op::Transpose { permutation } => self.transpose(node, permutation, one()),
            Op::BroadcastInDim { dims } | Op::DynamicBroadcastInDim { dims, .. } => {
                self.broadcast_in_dim(node, dims, one());
            }
            Op::Slice { starts, strides, .. } => self.slice(node, starts, strides, one()),
            Op::Pad { low, high, interior } => self.pad(node, low, high, interior, one()),
            Op::Concatenate { axis } => self.concatenate(node, *axis, one()),
            Op::Reverse { dims } => self.reverse(node, dims, one()),
            Op::DynamicSlice { .. } => self.dynamic_slice(node, one()),
            Op::DynamicUpdateSlice => self.dynamic_update_slice(node, one()),
            Op::Gather(gather) | Op::DynamicGather(gather) => self.gather(node, gather, one()),
            Op::Scatter(scatter, body) => self.scatter(node, scatter, body, g)?,
            Op::Reduce { dims, body } => self.reduce(node, dims, body, g),
            Op::ReduceWindow { window, body } => self.reduce_window(node, window, body, one()),
            Op::SelectAndScatter { window, select, scatter } => {
                self.select_and_scatter(node, window, select, scatter, one())?;
            }
            Op::Sort { axis, .. } => self.sort(node, *axis, g),
            Op::TopK { .. } => self.top_k(node, g),
            Op::DotGeneral(dims) => self.dot_general(node, dims, one()),
            Op::Convolution(convolution) => self.convolution(node, convolution, one()),
            Op::TriangularSolve(solve) => self.triangular_solve(node, *solve, one()),
            Op::Cholesky { lower } => self.cholesky(node, *lower, one()),
            Op::Fft { kind, lengths } => self.fft(node, *kind, lengths, one()),
            Op::If { .. } | Op::Case { .. } => self.branches(node, g)?,
            Op::Composite { decomposition, .. } if self.custom(node, decomposition, g)? => {}
            Op::Call(callee) | Op::Composite { decomposition: callee, .. } => self.callee(node, callee, g)?,
            Op::While { .. } | Op::Scan { .. } => self.turns(node, g)?,
            Op::OptimizationBarrier => {
                for (&input, &g) in inputs.iter().zip(g) {
                    g.into_iter().for_each(|g| self.give(input, g));
                }
            }
            // Written in other forms before they are reversed.
            Op::Map { .. }
            | Op::RaggedDot { .. }
            | Op::BatchNormInference { .. }
            | Op::BatchNormTraining { .. }
            | Op::BatchNormGrad { .. } => unreachable!("law: `{}` is rewritten on the way forward", node.op.name()),
            Op::Deferred(_) | Op::DynamicPad | Op::DynamicConv(_) => {
                unreachable!("law: `{}` waits for what decides its shape", node.op.name())
            }
            // No operand, or none that the results depend on smoothly.
            Op::Parameter
            | Op::Constant(_)
            | Op::Iota { .. }
            | Op::Compare(..)
            | Op::BitcastConvert
            | Op::Rng(_)
            | Op::RngBitGenerator(_)
            | Op::GetDimensionSize { .. }
            | Op::DynamicIota { .. }
            | Op::Check(_)
            | Op::HostCall(_) => {}
        }
        Ok(())
    }
}
