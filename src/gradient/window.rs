//! Sliding windows.

use super::error::GradientError;
use super::index::gather_flat;
use super::pen::{Pen, signed, word_of};
use super::sweep::Sweep;
use crate::graph::build::word_region;
use crate::graph::{Graph, Node, Op, Region, Value};
use crate::shape::{Axes, TensorType};
use brolga_codegen::attributes::{Offsets, Window};
use brolga_codegen::{Binary, DType, Direction, Unary};

/// A sliding reduction that has no rule of its own as a reduction of the windows laid out side by side, window by
/// window. `None` where it has a rule. `plain`: nothing is asked of the initial value, which changes no element.
pub(super) fn as_reduce(
    window: &Window,
    body: &Region,
    types: &[&TensorType],
    plain: bool,
) -> Result<Option<Graph>, GradientError> {
    if plain && has_rule(window, body, types[0].dtype) {
        return Ok(None);
    }
    let n = types.len() / 2;
    let mut pen = Pen::new("reduce_window", crate::site::Site::unknown());
    let given: Vec<Value> = types.iter().map(|ty| pen.parameter((*ty).clone())).collect();
    let (sources, initials) = given.split_at(n);
    let mut operands = vec![];
    for (&source, &initial) in sources.iter().zip(initials) {
        operands.push(laid_out(&mut pen, source, initial, window));
    }
    operands.extend(initials);
    let rank = window.sizes.len();
    let extents: Axes = pen.extents(operands[0])[..rank].into();
    let types: Vec<TensorType> = types[..n].iter().map(|ty| TensorType::of(ty.dtype, &extents)).collect();
    let op = Op::Reduce { dims: (rank..2 * rank).collect(), body: body.clone() };
    let results = pen.several(op, &operands, &types).to_vec();
    Ok(Some(pen.finish(results)?))
}

fn has_rule(window: &Window, body: &Region, dtype: DType) -> bool {
    let dense = window.base_dilations.iter().chain(&window.window_dilations).all(|&n| n == 1);
    match word_of(body) {
        Some(Binary::Add) => true,
        Some(Binary::Maximum | Binary::Minimum) => dense && dtype.is_float(),
        Some(_) | None => false,
    }
}

/// Every window's elements: the windows' axes, then the axes within a window.
fn laid_out(pen: &mut Pen, x: Value, padding: Value, window: &Window) -> Value {
    let between: Axes = window.base_dilations.iter().map(|n| n - 1).collect();
    let wide = pen.pad(x, padding, &window.low, &window.high, &between);
    let extents = pen.extents(wide);
    let rank = extents.len();
    let reach = |k: usize| (window.sizes[k] - 1) * window.window_dilations[k] + 1;
    let places = |k: usize| if extents[k] < reach(k) { 0 } else { (extents[k] - reach(k)) / window.strides[k] + 1 };
    let shape: Axes = (0..rank).map(places).chain(window.sizes.iter().copied()).collect();
    let mut number = pen.number(0, &TensorType::of(DType::I64, &shape));
    for k in 0..rank {
        let stride: usize = extents[k + 1..].iter().product();
        for (axis, step) in [(k, window.strides[k]), (rank + k, window.window_dilations[k])] {
            let place = pen.iota(&shape, axis);
            let scaled = pen.times(place, signed(step * stride));
            number = pen.add(number, scaled);
        }
    }
    let flat = pen.reshape(wide, &[extents.iter().product()]);
    gather_flat(pen, flat, number)
}

impl Sweep<'_> {
    pub(super) fn reduce_window(&mut self, node: &Node, window: &Window, body: &Region, g: Value) {
        let x = node.inputs[0];
        let cotangent = match word_of(body) {
            Some(word @ (Binary::Maximum | Binary::Minimum)) => {
                let direction = if word == Binary::Maximum { Direction::Ge } else { Direction::Le };
                self.on_selected(x, window, direction, g)
            }
            Some(_) | None => self.over_windows(x, window, g),
        };
        self.give(x, cotangent);
    }

    /// Each window's cotangent to the first of its greatest (or least) elements, as in TensorFlow's pooling.
    fn on_selected(&mut self, x: Value, window: &Window, direction: Direction, g: Value) -> Value {
        let pen = &mut self.pen;
        let ty = pen.ty(x);
        let scalar = TensorType::scalar(ty.dtype);
        let mut inner = pen.inner("select");
        let (a, b) = (inner.parameter(scalar.clone()), inner.parameter(scalar.clone()));
        let stays = inner.compare(direction, a, b);
        let select = pen.close(inner, vec![stays]);
        let zero = pen.number(0, &scalar);
        let scatter = word_region(Binary::Add, ty.dtype);
        pen.put(Op::SelectAndScatter { window: window.clone().into(), select, scatter }, &[x, g, zero], ty)
    }

    /// Each window's cotangent to all its elements: a sliding sum the other way round.
    fn over_windows(&mut self, x: Value, window: &Window, g: Value) -> Value {
        let pen = &mut self.pen;
        let (extents, places) = (pen.extents(x), pen.extents(g));
        if extents.contains(&0) || places.contains(&0) {
            return pen.zeros_like(x);
        }
        let rank = extents.len();
        let padded = |k: usize| {
            let inside = (extents[k] - 1) * window.base_dilations[k] + 1;
            signed(inside) + window.low[k] + window.high[k]
        };
        let mut low: Offsets = (0..rank).map(|k| signed((window.sizes[k] - 1) * window.window_dilations[k])).collect();
        let mut high: Offsets =
            (0..rank).map(|k| padded(k) - signed((places[k] - 1) * window.strides[k] + 1)).collect();
        // Where elements stand side by side, the places of padding need not be summed to be cut away.
        let cut = window.base_dilations.iter().all(|&n| n == 1)
            && (0..rank).all(|k| window.low[k] <= low[k] && window.high[k] <= high[k]);
        if cut {
            (0..rank).for_each(|k| (low[k], high[k]) = (low[k] - window.low[k], high[k] - window.high[k]));
        }
        let turned = Window {
            sizes: window.sizes.clone(),
            strides: smallvec::smallvec![1; rank],
            base_dilations: window.strides.clone(),
            window_dilations: window.window_dilations.clone(),
            low,
            high,
        };
        let dtype = pen.dtype(g);
        let whole: Axes = match cut {
            true => extents,
            false => (0..rank).map(|k| usize::try_from(padded(k)).unwrap_or(0)).collect(),
        };
        let zero = pen.number(0, &TensorType::scalar(dtype));
        let op = Op::ReduceWindow { window: turned.into(), body: word_region(Binary::Add, dtype) };
        let sums = pen.put(op, &[g, zero], TensorType::of(dtype, &whole));
        if cut {
            return sums;
        }
        let between: Axes = window.base_dilations.iter().map(|n| n - 1).collect();
        pen.unpad(sums, &window.low, &window.high, &between)
    }

    /// (operand, source, initial): a sum is linear in the source, whose cotangents are read where the windows select.
    pub(super) fn select_and_scatter(
        &mut self,
        node: &Node,
        window: &Window,
        select: &Region,
        scatter: &Region,
        g: Value,
    ) -> Result<(), GradientError> {
        if word_of(scatter) != Some(Binary::Add) {
            return Err(GradientError::no_rule(node, "its scattering body is no sum"));
        }
        let [x, source, initial] = node.inputs[..] else { unreachable!("law: it has three operands") };
        if self.wants(initial) {
            let sum = self.pen.sum_all(g);
            self.give(initial, sum);
        }
        if self.wants(source) {
            let empty = self.pen.is_empty(source);
            let cotangent = if empty { self.pen.zeros_like(source) } else { self.selected(x, window, select, g) };
            self.give(source, cotangent);
        }
        Ok(())
    }

    /// For each window of x the element of g at the place that `select` selects; what was padded is not selected.
    fn selected(&mut self, x: Value, window: &Window, select: &Region, g: Value) -> Value {
        let pen = &mut self.pen;
        let (kind, truth) = (TensorType::scalar(pen.dtype(x)), TensorType::scalar(DType::Bool));
        let (zero, no) = (pen.number(0, &kind), pen.number(false, &truth));
        let inside = pen.truth(true, &pen.extents(x));
        let operands = [(x, zero), (g, zero), (inside, no)].map(|(of, padding)| laid_out(pen, of, padding, window));
        let [keys, values, there] = operands;
        let mut inner = pen.inner("body");
        let types = [&kind, &kind, &truth, &kind, &kind, &truth];
        let given: Vec<Value> = types.iter().map(|ty| inner.parameter((*ty).clone())).collect();
        let [k0, v0, t0, k1, v1, t1] = given[..] else { unreachable!("law: six parameters were written") };
        let stays = inner.call(select, &[k0, k1])[0];
        let alone = inner.unary(Unary::Not, t1);
        let stays = inner.binary(Binary::Or, alone, stays);
        let stays = inner.binary(Binary::And, t0, stays);
        let (key, value) = (inner.select(stays, k0, k1), inner.select(stays, v0, v1));
        let any = inner.binary(Binary::Or, t0, t1);
        let body = pen.close(inner, vec![key, value, any]);
        let rank = window.sizes.len();
        let places: Axes = pen.extents(keys)[..rank].into();
        let types = [&kind, &kind, &truth].map(|ty| TensorType::of(ty.dtype, &places));
        let op = Op::Reduce { dims: (rank..2 * rank).collect(), body };
        pen.several(op, &[keys, values, there, zero, zero, no], &types)[1]
    }
}
