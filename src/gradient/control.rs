//! Branches and calls: their reversals compute their forward part again, so that nothing need be kept.

use super::error::GradientError;
use super::loops::Saved;
use super::sweep::{Reversal, Sweep};
use crate::graph::{Node, Op, Region, Value};
use crate::shape::TensorType;
use std::sync::Arc;

impl Sweep<'_> {
    /// (selector, captured …): the branch that was taken is reversed.
    pub(super) fn branches(&mut self, node: &Node, g: &[Option<Value>]) -> Result<(), GradientError> {
        let captured = &node.inputs[1..];
        let (wanted, seeded) = (self.wanted(captured), present(g));
        let mut reversals = vec![];
        for (_, region) in node.op.regions() {
            reversals.push(Reversal::of(self.shared, region, &wanted, &seeded)?);
        }
        let mask: Vec<bool> =
            (0..captured.len()).map(|k| reversals.iter().any(|branch| branch.cotangents[k].is_some())).collect();
        if !mask.contains(&true) {
            return Ok(());
        }
        let mut regions = vec![];
        for reversal in reversals {
            regions.push(Arc::new(reversal.finish(&mask)?));
        }
        let op = if let (Op::If { .. }, [on_true, on_false]) = (&node.op, &regions[..]) {
            Op::If { on_true: on_true.clone(), on_false: on_false.clone() }
        } else {
            Op::Case { branches: regions }
        };
        let inputs: Vec<Value> = node.inputs.iter().copied().chain(g.iter().flatten().copied()).collect();
        self.give_made(op, &inputs, captured, &mask);
        Ok(())
    }

    /// A call that was not unfolded, for its size or because it records what its replay reads.
    pub(super) fn callee(&mut self, node: &Node, callee: &Region, g: &[Option<Value>]) -> Result<(), GradientError> {
        let first = node.results().next().expect("law: a call that is reversed has results");
        let mut operands = node.inputs.to_vec();
        let (callee, g) = match self.saved.remove(&first) {
            Some(Saved::Replay(replay)) => {
                let own = replay.results().len();
                operands.extend(node.results().skip(own));
                (replay, &g[..own])
            }
            Some(Saved::Kept(..) | Saved::Counted(_) | Saved::Bounded(..)) | None => (callee.clone(), g),
        };
        let reversal = Reversal::of(self.shared, &callee, &self.wanted(&operands), &present(g))?;
        let mask: Vec<bool> = reversal.cotangents.iter().map(Option::is_some).collect();
        let op = Op::Call(Arc::new(reversal.finish(&mask)?));
        let inputs: Vec<Value> = operands.iter().copied().chain(g.iter().flatten().copied()).collect();
        self.give_made(op, &inputs, &operands, &mask);
        Ok(())
    }

    /// Writes a node that gives a cotangent for each of `operands` in `mask`, and hands them on.
    fn give_made(&mut self, op: Op, inputs: &[Value], operands: &[Value], mask: &[bool]) {
        let receivers: Vec<Value> = operands.iter().zip(mask).filter(|(_, m)| **m).map(|(&value, _)| value).collect();
        let types: Vec<TensorType> = receivers.iter().map(|&value| self.pen.ty(value)).collect();
        let made = self.pen.several(op, inputs, &types);
        for (&value, &cotangent) in receivers.iter().zip(&made) {
            self.give(value, cotangent);
        }
    }

    pub(super) fn wanted(&self, values: &[Value]) -> Vec<bool> {
        values.iter().map(|&value| self.wants(value)).collect()
    }
}

/// Which cotangents there are.
pub(super) fn present(g: &[Option<Value>]) -> Vec<bool> {
    g.iter().map(Option::is_some).collect()
}
