//! Folds inside lanes: each lane folds for itself, by the same tree, so that nothing is left to combine across them.

use super::lanes::{Lane, Lanes};
use super::layout::Layout;
use super::{Counter, Emitter};
use crate::kernel::{Address, Axis, Buf, Expr, Folded, Order, Stmt};
use crate::library::tree;
use crate::scalar::DType;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{InstBuilder, Value};

/// Statements, roughly, that are written out for a fold in partials, at most.
const WRITTEN_OUT: u64 = 512;

/// Whether a fold inside a lanes loop is emitted lane by lane: one in order, or one whose partials have an element each.
pub(super) fn is_across(order: Order, extent: u64, folds: &[Folded], body: &[Stmt], types: &[DType]) -> bool {
    let partials = |fold: &Folded| tree::partials(types[fold.value.0 as usize]) as u64;
    match order {
        Order::InOrder => (1..=tree::BLOCK as u64).contains(&extent),
        Order::Partials => {
            let few = folds.iter().all(|fold| extent <= partials(fold));
            few && extent > 0 && extent * body.len() as u64 <= WRITTEN_OUT
        }
    }
}

/// A fold inside a lanes loop.
#[derive(Clone, Copy)]
struct Across<'k, 'l> {
    /// The axis whose turns are lanes.
    lanes: Axis,
    layout: &'l Layout,
    /// Where the first vector begins.
    first: i64,
    axis: Axis,
    extent: u64,
    folds: &'k [Folded],
    body: &'k [Stmt],
}

/// Vectors of what is combined: of each fold one after another, those side by side.
type Vectors = Vec<Value>;

impl<'k> Emitter<'k, '_, '_> {
    /// Computes, before a lanes loop over `axis`, what the folds in it need and neither loop changes.
    pub(super) fn hoist_from_folds(&mut self, axis: Axis, body: &'k [Stmt]) {
        let mut varying: Vec<bool> = vec![false; self.kernel.values.len()];
        for stmt in body {
            match stmt {
                Stmt::Let(v, _) => varying[v.0 as usize] = !self.moved[v.0 as usize],
                Stmt::Store(..) | Stmt::For { .. } => {}
                Stmt::Fold { axis: own, folds, body, .. } => {
                    for stmt in body {
                        let Stmt::Let(v, expr) = stmt else { continue };
                        let still = self.is_still(expr, [axis, *own], &varying);
                        varying[v.0 as usize] = !still;
                        if still {
                            self.stmt(stmt);
                            self.moved[v.0 as usize] = true;
                        }
                    }
                    folds.iter().for_each(|fold| varying[fold.result.0 as usize] = true);
                }
            }
        }
    }

    /// Whether an expression is the same in all turns of two loops.
    fn is_still(&self, expr: &Expr, axes: [Axis; 2], varying: &[bool]) -> bool {
        let free =
            |address: &Address| address.index.is_none() && axes.iter().all(|&axis| super::is_free(address, axis));
        match expr {
            Expr::Scalar(scalar) => {
                crate::verify::operands(scalar).into_iter().flatten().all(|v| !varying[v.0 as usize])
            }
            Expr::Load(buffer, address) => self.is_read_only(*buffer) && free(address),
            Expr::Index(address) => free(address),
        }
    }

    pub(super) fn is_read_only(&self, buffer: Buf) -> bool {
        self.kernel.buffers[buffer.0 as usize].access == crate::kernel::Access::Read
    }

    /// Emits a fold for the vectors of `lanes`, which get its results.
    pub(super) fn lane_fold(&mut self, axis: Axis, layout: &Layout, first: i64, lanes: &mut [Lanes], stmt: &'k Stmt) {
        let Stmt::Fold { axis: own, extent, order, folds, body } = stmt else { unreachable!("law: a fold is folded") };
        for stmt in body {
            match stmt {
                Stmt::Let(v, _) if self.moved[v.0 as usize] => {}
                Stmt::Let(_, Expr::Load(buffer, address)) | Stmt::Store(buffer, address, _) => {
                    self.hoist_address(*own, Some(*buffer), address);
                }
                Stmt::Let(_, Expr::Index(address)) => self.hoist_address(*own, None, address),
                Stmt::Let(_, Expr::Scalar(_)) | Stmt::For { .. } | Stmt::Fold { .. } => {}
            }
        }
        let fold = Across { lanes: axis, layout, first, axis: *own, extent: *extent, folds, body };
        let all = match order {
            Order::InOrder => self.across_in_order(&fold, lanes),
            Order::Partials => self.across_in_partials(&fold, lanes, 0, 1).expect("law: such a fold has an element"),
        };
        for (folded, vectors) in folds.iter().zip(all.chunks(lanes.len())) {
            for (lanes, &x) in lanes.iter_mut().zip(vectors) {
                lanes.insert(folded.result, Lane::Vector(x));
            }
        }
    }

    /// The elements at one turn of the fold.
    fn across_elements(&mut self, fold: &Across<'k, '_>, lanes: &[Lanes], turn: Counter) -> Vectors {
        self.axes[fold.axis.0 as usize] = turn;
        let mut own = lanes.to_vec();
        self.lane_block(fold.lanes, fold.layout, fold.first, &mut own, fold.body);
        let mut all = vec![];
        for folded in fold.folds {
            all.extend(own.iter().map(|lanes| self.in_vector(fold.layout, lanes, folded.value)));
        }
        all
    }

    fn across_combined(&mut self, fold: &Across<'k, '_>, count: usize, a: &[Value], b: &[Value]) -> Vectors {
        let mut both = vec![];
        for (k, (&a, &b)) in a.iter().zip(b).enumerate() {
            let folded = &fold.folds[k / count];
            both.push(self.combine(folded.word, self.dtype(folded.value), a, b));
        }
        both
    }

    fn across_in_order(&mut self, fold: &Across<'k, '_>, lanes: &[Lanes]) -> Vectors {
        let count = lanes.len();
        let first = self.across_elements(fold, lanes, Counter::At(0));
        let (from, end) = (self.ops.b.ins().iconst(I64, 1), self.ops.b.ins().iconst(I64, fold.extent as i64));
        let stop = self.counted(from, end, 1, true, &first, |emitter, counter, sums| {
            let xs = emitter.across_elements(fold, lanes, Counter::Value(counter));
            emitter.across_combined(fold, count, sums, &xs)
        });
        stop[1..].to_vec()
    }

    /// Partial `k` once `width` of them are left; `None` where no element joins it. What is folded first is computed
    /// first, so that few vectors live at once.
    fn across_in_partials(&mut self, fold: &Across<'k, '_>, lanes: &[Lanes], k: u64, width: u64) -> Option<Vectors> {
        if width >= fold.extent {
            return (k < fold.extent).then(|| self.across_elements(fold, lanes, Counter::At(k as i64)));
        }
        let low = self.across_in_partials(fold, lanes, k, 2 * width);
        let high = self.across_in_partials(fold, lanes, k + width, 2 * width);
        match (low, high) {
            (Some(a), Some(b)) => Some(self.across_combined(fold, lanes.len(), &a, &b)),
            (one, other) => one.or(other),
        }
    }
}
