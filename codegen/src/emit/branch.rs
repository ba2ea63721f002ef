//! Choices in loops of scalars, where a turn waits for the one before: those seldom made one way become branches.
//!
//! A branch that is foretold costs nothing, and the next turn need not wait for what decides it; one that is not costs ten
//! times what a choice costs. So only those conditions count that are known to be seldom true of whole numbers in programs
//! (Ball and Larus, "Branch prediction for free", 1993): equal to a constant, or no more than the least of the positive
//! ones. What was masked or is a remainder takes few values, and is left aside.

use super::Emitter;
use crate::kernel::{Scalar, Val};
use crate::scalar::{Binary, Direction};
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value};

impl Emitter<'_, '_, '_> {
    /// The first of two where a condition holds, else the second.
    pub(super) fn choice(&mut self, condition: Val, args: [Value; 3]) -> Value {
        let [holds, a, b] = args;
        match self.seldom(condition) {
            Some(true) => self.branch(holds, a, b, true),
            Some(false) => self.branch(holds, b, a, false),
            None => self.ops.choose(holds, a, b),
        }
    }

    /// `rare` where the condition is `when`, else `common`.
    fn branch(&mut self, condition: Value, rare: Value, common: Value, when: bool) -> Value {
        let ty = self.ops.ty(rare);
        let b = &mut self.ops.b;
        let (detour, join) = (b.create_block(), b.create_block());
        let chosen = b.append_block_param(join, ty);
        b.set_cold_block(detour);
        if when {
            b.ins().brif(condition, detour, &[], join, &[BlockArg::from(common)]);
        } else {
            b.ins().brif(condition, join, &[BlockArg::from(common)], detour, &[]);
        }
        b.switch_to_block(detour);
        b.ins().jump(join, &[BlockArg::from(rare)]);
        b.switch_to_block(join);
        chosen
    }

    /// The truth value that a condition seldom has, in a loop of scalars.
    fn seldom(&self, condition: Val) -> Option<bool> {
        let Scalar::Compare(direction, _, a, b) = **self.turning.get(&condition)? else { return None };
        let bits = *self.constants.get(&b)?;
        if !self.dtype(a).is_integer() || self.takes_few_values(a) {
            return None;
        }
        match direction {
            Direction::Eq => Some(true),
            Direction::Ne => Some(false),
            Direction::Le | Direction::Lt if bits == 1 => Some(true),
            Direction::Gt | Direction::Ge if bits == 1 => Some(false),
            Direction::Le if bits == 0 => Some(true),
            Direction::Gt if bits == 0 => Some(false),
            Direction::Le | Direction::Lt | Direction::Gt | Direction::Ge => None,
        }
    }

    fn takes_few_values(&self, v: Val) -> bool {
        matches!(self.turning.get(&v), Some(Scalar::Binary(Binary::And | Binary::Remainder, ..)))
    }

    /// How numbers are best compared: what a mask leaves is greater than zero where it is not zero, and the machine masks
    /// and asks that in one instruction.
    pub(super) fn direction(&self, direction: Direction, a: Val, b: Val) -> Direction {
        let Some(Scalar::Binary(Binary::And, x, y)) = self.turning.get(&a) else { return direction };
        let top = 1 << (self.dtype(a).bits() - 1);
        let positive = [x, y].into_iter().any(|v| self.constants.get(v).is_some_and(|&bits| bits < top));
        let zero = self.constants.get(&b) == Some(&0);
        if direction == Direction::Gt && zero && positive { Direction::Ne } else { direction }
    }
}
