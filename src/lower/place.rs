//! Places: where in a tensor an element is, as sums of loop counters.

use super::nest::Code;
use crate::graph::Op;
use brolga_codegen::Binary;
use brolga_codegen::DType;
use brolga_codegen::kernel::{Address, Axis, Expr, Scalar, Stmt, Val};
use smallvec::{SmallVec, smallvec};

/// An index along one axis: `base + Σ counter · step + Σ value · step`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Index {
    base: i64,
    counters: SmallVec<[(Axis, i64); 2]>,
    computed: SmallVec<[(Val, i64); 1]>,
}

/// An index along each axis of a tensor.
pub(super) type Place = SmallVec<[Index; 4]>;

impl Index {
    /// A loop's counter.
    pub(super) fn of(axis: Axis) -> Index {
        Index { base: 0, counters: smallvec![(axis, 1)], computed: smallvec![] }
    }

    /// A place whose last index counts tiles of so many, at one of them.
    pub(super) fn tiled(place: &[Index], tile: i64, inside: &Index) -> Place {
        let mut place: Place = place.into();
        if let Some(last) = place.last_mut() {
            *last = last.times(tile);
            last.base += inside.base;
            last.counters.extend(inside.counters.iter().copied());
        }
        place
    }

    /// A computed value of type `I64`.
    pub(super) fn computed(val: Val) -> Index {
        Index { base: 0, counters: smallvec![], computed: smallvec![(val, 1)] }
    }

    /// The part that does not move.
    pub(super) fn base(&self) -> i64 {
        self.base
    }

    /// The counters and their steps; `None` where a part is computed.
    pub(super) fn counters(&self) -> Option<&[(Axis, i64)]> {
        self.computed.is_empty().then_some(&self.counters)
    }

    /// The index moved.
    pub(super) fn plus(&self, by: i64) -> Index {
        Index { base: self.base + by, ..self.clone() }
    }

    /// The index multiplied.
    fn times(&self, by: i64) -> Index {
        Index {
            base: self.base * by,
            counters: self.counters.iter().map(|&(axis, step)| (axis, step * by)).collect(),
            computed: self.computed.iter().map(|&(val, step)| (val, step * by)).collect(),
        }
    }
}

/// The place in a view's operand that the view, of extents `shown`, shows at `place`. Padding and iota are not such views.
pub(super) fn through(op: &Op, operand: &[usize], shown: &[usize], place: &[Index]) -> Place {
    if let Op::BroadcastInDim { dims } = op {
        let at = |(&axis, &extent): (&usize, &usize)| if extent == 1 { Index::default() } else { place[axis].clone() };
        return dims.iter().zip(operand).map(at).collect();
    }
    if let Op::Transpose { permutation } = op {
        let mut inner: Place = smallvec![Index::default(); place.len()];
        permutation.iter().zip(place).for_each(|(&axis, index)| inner[axis] = index.clone());
        return inner;
    }
    if let Op::Slice { starts, strides, .. } = op {
        let steps = starts.iter().zip(strides);
        let at = |(index, (&start, &step)): (&Index, (&usize, &usize))| index.times(step as i64).plus(start as i64);
        return place.iter().zip(steps).map(at).collect();
    }
    if *op == Op::Reshape {
        // Only extents of 1 come and go.
        let mut along = place.iter().zip(shown).filter(|(_, extent)| **extent != 1).map(|(index, _)| index);
        let mut at = |&extent: &usize| if extent == 1 { None } else { along.next() }.cloned().unwrap_or_default();
        return operand.iter().map(&mut at).collect();
    }
    let Op::Reverse { dims } = op else { unreachable!("law: `{}` is not a plain view", op.name()) };
    let turned = |axis: usize, index: &Index| index.times(-1).plus(operand[axis] as i64 - 1);
    let at = |(axis, index): (usize, &Index)| if dims.contains(&axis) { turned(axis, index) } else { index.clone() };
    place.iter().enumerate().map(at).collect()
}

/// The address of a place in a dense tensor of these extents. Computed parts are added up at the end of `body`.
pub(super) fn address(place: &[Index], extents: &[usize], code: &mut Code, body: &mut Vec<Stmt>) -> Address {
    let mut address = Address::default();
    let mut stride = 1i64;
    for (index, &extent) in place.iter().zip(extents).rev() {
        address.base += index.base * stride;
        for &(axis, step) in &index.counters {
            match address.terms.iter_mut().find(|(other, _)| *other == axis) {
                Some((_, sum)) => *sum += step * stride,
                None => address.terms.push((axis, step * stride)),
            }
        }
        for &(val, step) in &index.computed {
            address.index = Some(added(address.index, val, step * stride, code, body));
        }
        stride *= extent as i64;
    }
    address.terms.retain(|(_, step)| *step != 0);
    address
}

fn added(so_far: Option<Val>, val: Val, step: i64, code: &mut Code, body: &mut Vec<Stmt>) -> Val {
    let mut define = |scalar: Scalar| code.define(DType::I64, Expr::Scalar(scalar), body);
    let part = if step == 1 {
        val
    } else {
        let step = define(Scalar::Constant(u128::from(step.cast_unsigned())));
        define(Scalar::Binary(Binary::Multiply, val, step))
    };
    match so_far {
        Some(sum) => define(Scalar::Binary(Binary::Add, sum, part)),
        None => part,
    }
}

/// Joins neighbouring loops, given outermost first, that every address in `body` walks as one.
pub(super) fn collapse(loops: &mut Vec<(Axis, u64)>, body: &mut [Stmt]) {
    let mut k = loops.len().saturating_sub(1);
    while k > 0 {
        let ((outer, count), (inner, extent)) = (loops[k - 1], loops[k]);
        let mut as_one = true;
        visit(body, &mut |address| {
            as_one &= step(address, outer) == step(address, inner).wrapping_mul(extent as i64);
        });
        if as_one {
            visit(body, &mut |address| address.terms.retain(|(axis, _)| *axis != outer));
            loops[k] = (inner, count * extent);
            loops.remove(k - 1);
        }
        k -= 1;
    }
}

fn step(address: &Address, axis: Axis) -> i64 {
    address.terms.iter().find(|(other, _)| *other == axis).map_or(0, |(_, step)| *step)
}

fn visit(body: &mut [Stmt], f: &mut impl FnMut(&mut Address)) {
    for stmt in body {
        match stmt {
            Stmt::Let(_, Expr::Load(_, address) | Expr::Index(address)) | Stmt::Store(_, address, _) => f(address),
            Stmt::Let(_, Expr::Scalar(_)) => {}
            Stmt::For { body, .. } | Stmt::Fold { body, .. } => visit(body, f),
        }
    }
}
