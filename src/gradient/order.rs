//! Sorting: what was moved is moved back.

use super::sweep::Sweep;
use crate::graph::{Node, Op, Region, Value};
use crate::shape::TensorType;
use brolga_codegen::{DType, Direction};

impl Sweep<'_> {
    /// A sort that also gives the places its elements came from, last.
    pub(super) fn sort_with_places(
        &mut self,
        axis: usize,
        stable: bool,
        comparator: &Region,
        inputs: &[Value],
    ) -> Vec<Value> {
        let pen = &mut self.pen;
        let places = pen.iota(&pen.extents(inputs[0]), axis);
        let mut inner = pen.inner("comparator");
        let given: Vec<Value> = comparator.parameter_types().iter().map(|ty| inner.parameter(ty.clone())).collect();
        inner.parameter(TensorType::scalar(DType::I64));
        inner.parameter(TensorType::scalar(DType::I64));
        let less = inner.call(comparator, &given)[0];
        let comparator = pen.close(inner, vec![less]);
        let all: Vec<Value> = inputs.iter().copied().chain([places]).collect();
        let types: Vec<TensorType> = all.iter().map(|&value| pen.ty(value)).collect();
        let made = pen.several(Op::Sort { axis, stable, comparator }, &all, &types);
        self.activate_results(&made, &all);
        made[..inputs.len()].to_vec()
    }

    /// Cotangents sorted by the places that the elements came from.
    pub(super) fn sort(&mut self, node: &Node, axis: usize, g: &[Option<Value>]) {
        let given: Vec<(Value, Value)> = node.inputs.iter().zip(g).filter_map(|(&x, g)| Some((x, (*g)?))).collect();
        let places = node.results().last().expect("law: a sort gives the places its elements came from");
        let pen = &mut self.pen;
        let all: Vec<Value> = [places].into_iter().chain(given.iter().map(|&(_, g)| g)).collect();
        let types: Vec<TensorType> = all.iter().map(|&value| pen.ty(value)).collect();
        let mut inner = pen.inner("comparator");
        let scalars = types.iter().flat_map(|ty| vec![TensorType::scalar(ty.dtype); 2]);
        let pairs: Vec<Value> = scalars.map(|ty| inner.parameter(ty)).collect();
        let less = inner.compare(Direction::Lt, pairs[0], pairs[1]);
        let comparator = pen.close(inner, vec![less]);
        let back = pen.several(Op::Sort { axis, stable: true, comparator }, &all, &types);
        for (&(x, _), &cotangent) in given.iter().zip(&back[1..]) {
            self.give(x, cotangent);
        }
    }

    /// Cotangents added where the elements were taken from.
    pub(super) fn top_k(&mut self, node: &Node, g: &[Option<Value>]) {
        let Some(g) = g[0] else { return };
        let x = node.inputs[0];
        let along = node.results().nth(1).expect("law: `top_k` gives places");
        let (extents, whole) = (self.pen.extents(g), self.pen.extents(x));
        let strides: Vec<usize> = (0..whole.len()).map(|k| whole[k + 1..].iter().product()).collect();
        let starts = self.line_starts(&extents, &strides, whole.len() - 1);
        let along = self.pen.convert(along, DType::I64);
        let places = self.pen.add(starts, along);
        let cotangent = self.added_at(x, places, g);
        self.give(x, cotangent);
    }
}
