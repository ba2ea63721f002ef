//! Choice, conversion and rounding, element by element.

use super::sweep::Sweep;
use crate::graph::{Node, Value};
use brolga_codegen::{Binary, Direction};

impl Sweep<'_> {
    pub(super) fn select(&mut self, node: &Node, g: Value) {
        let [predicate, on_true, on_false] = node.inputs[..] else { unreachable!("law: `select` has three operands") };
        if self.wants(on_true) {
            let cotangent = self.pen.keep(predicate, g);
            self.give(on_true, cotangent);
        }
        if self.wants(on_false) {
            let cotangent = self.pen.drop_where(predicate, g);
            self.give(on_false, cotangent);
        }
    }

    /// min(max(x, least), greatest): at a bound, x keeps its gradient, as in TensorFlow's `clip_by_value`.
    pub(super) fn clamp(&mut self, node: &Node, g: Value) {
        let [least, x, greatest] = node.inputs[..] else { unreachable!("law: `clamp` has three operands") };
        let pen = &mut self.pen;
        let (low, high) = (pen.spread(least, x), pen.spread(greatest, x));
        let raised = pen.binary(Binary::Maximum, x, low);
        let above = pen.compare(Direction::Gt, raised, high);
        let below = pen.compare(Direction::Lt, x, low);
        let of_high = pen.keep(above, g);
        let rest = pen.drop_where(above, g);
        let (of_low, of_x) = (pen.keep(below, rest), pen.drop_where(below, rest));
        for (bound, cotangent) in [(least, of_low), (greatest, of_high)] {
            if self.wants(bound) {
                let sum = self.pen.gather_spread(cotangent, bound);
                self.give(bound, sum);
            }
        }
        self.give(x, of_x);
    }

    pub(super) fn fma(&mut self, node: &Node, g: Value) {
        let [a, b, c] = node.inputs[..] else { unreachable!("law: `fma` has three operands") };
        let (of_a, of_b) = (self.pen.mul(g, b), self.pen.mul(g, a));
        self.give(a, of_a);
        self.give(b, of_b);
        self.give(c, g);
    }

    /// Between real and complex numbers a conversion takes the real part, or adds none: so does its adjoint.
    pub(super) fn convert(&mut self, node: &Node, g: Value) {
        let x = node.inputs[0];
        let cotangent = self.pen.convert(g, self.pen.dtype(x));
        self.give(x, cotangent);
    }

    /// The gradient is rounded as the number is.
    pub(super) fn reduce_precision(&mut self, node: &Node, g: Value) {
        let ty = self.pen.ty(g);
        let cotangent = self.pen.put(node.op.clone(), &[g], ty);
        self.give(node.inputs[0], cotangent);
    }
}
