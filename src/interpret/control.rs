//! Ops that run regions: branches, loops, calls and composites.

use super::plan::Step;
use super::step::Operands;
use super::{Run, RunError, RunFault};
use crate::graph::{Node, Op, Region, Role};
use crate::host::stack;
use crate::islands;
use crate::tensor::Tensor;

impl Run<'_> {
    pub(super) fn control(&self, node: &Node, step: &Step, mut operands: Operands) -> Result<Vec<Tensor>, RunError> {
        room(node)?;
        if let Op::While { cond, body } = &node.op {
            return self.repeat(node, cond, body, operands.into_vec(), step.open);
        }
        let (role, region) = chosen(node, &mut operands);
        if islands::is_again(&node.op) {
            return self.graph(region, operands.into_vec());
        }
        self.region(node, role, region, operands.into_vec(), step.open)
    }

    fn repeat(
        &self,
        node: &Node,
        cond: &Region,
        body: &Region,
        mut carried: Vec<Tensor>,
        open: bool,
    ) -> Result<Vec<Tensor>, RunError> {
        loop {
            if self.cx.cancel.is_cancelled() {
                return Err(RunFault::Cancelled.at(node));
            }
            let go_on = match carried_answer(cond).filter(|_| !open) {
                Some(place) => truth(&carried[place]),
                None => truth(&self.region(node, Role::Condition, cond, carried.clone(), open)?[0]),
            };
            if !go_on {
                return Ok(carried);
            }
            carried = self.region(node, Role::Body, body, carried, open)?;
        }
    }

    /// Runs a region of a node. Where types are `open`, arguments are held against the region's parameters first.
    fn region(
        &self,
        node: &Node,
        role: Role,
        region: &Region,
        arguments: Vec<Tensor>,
        open: bool,
    ) -> Result<Vec<Tensor>, RunError> {
        if open {
            fitting(node, region, &arguments)?;
        }
        self.graph(region, arguments).map_err(|error| error.inside(node, role))
    }
}

/// Which carried value is the answer of a condition that computes nothing.
fn carried_answer(cond: &Region) -> Option<usize> {
    (cond.nodes().len() == cond.parameters().len()).then(|| cond.results()[0].index())
}

#[inline(never)]
fn fitting(node: &Node, region: &Region, arguments: &[Tensor]) -> Result<(), RunError> {
    super::check_arguments(region, arguments).map_err(|fault| fault.at(node))
}

#[inline(never)]
fn room(node: &Node) -> Result<(), RunError> {
    stack::check().map_err(|error| RunFault::from(error).at(node))
}

/// The region to run once; what it was chosen by is taken from the operands.
#[inline(never)]
fn chosen<'n>(node: &'n Node, operands: &mut Operands) -> (Role, &'n Region) {
    if let Op::Call(callee) = &node.op {
        return (Role::Callee, callee);
    }
    if let Op::Composite { decomposition, .. } = &node.op {
        return (Role::Decomposition, decomposition);
    }
    let selector = operands.remove(0);
    if let Op::If { on_true, on_false } = &node.op {
        return if truth(&selector) { (Role::OnTrue, on_true) } else { (Role::OnFalse, on_false) };
    }
    let Op::Case { branches } = &node.op else { unreachable!("law: `{}` runs no region once", node.op.name()) };
    let index = selector.as_slice::<i32>().ok().and_then(|slice| slice.first().copied());
    let last = branches.len() - 1;
    let chosen = index.and_then(|index| usize::try_from(index).ok()).map_or(last, |index| index.min(last));
    (Role::Branch(chosen), &branches[chosen])
}

/// The truth value of a scalar.
fn truth(predicate: &Tensor) -> bool {
    predicate.as_slice::<bool>().is_ok_and(|slice| slice.first() == Some(&true))
}
