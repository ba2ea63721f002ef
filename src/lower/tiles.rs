//! Loops that read across the grain of an array, in tiles: what a cache line holds is used while it is near.

use brolga_codegen::kernel::{Address, Axis, Expr, Kernel, Mode, Stmt};

/// Turns of a tile across the grain: as many lines as a cache holds that lie a page apart.
const ACROSS: u64 = 8;
/// Turns of a tile along the grain: the elements of a cache line.
const ALONG: u64 = 16;
/// Elements of a loop, at least, that do not stay near anyway.
const FEWEST: u64 = 1 << 14;

/// A loop in a chain of loops.
#[derive(Clone, Copy)]
struct Link {
    axis: Axis,
    extent: u64,
    mode: Mode,
}

/// The kernel in tiles, where it is one nest of loops whose innermost steps over what another loop walks along.
pub(super) fn tiled(kernel: &Kernel) -> Option<Kernel> {
    let (mut chain, body) = chain(&kernel.body)?;
    let inner = chain.pop().filter(|link| link.mode == Mode::Lanes)?;
    let at = chain.iter().position(|link| crosses(body, inner.axis, link.axis))?;
    let along = chain[at];
    let size = inner.extent.saturating_mul(along.extent);
    if size < FEWEST || inner.extent % ACROSS != 0 || along.extent % ALONG != 0 {
        return None;
    }
    let (outer_along, outer_across) = (Axis(kernel.axes), Axis(kernel.axes + 1));
    let mut body = body.to_vec();
    let split = |address: &mut Address, axis: Axis, by: u64, outer: Axis| {
        if let Some(step) = step(address, axis) {
            address.terms.push((outer, step * by as i64));
        }
    };
    for stmt in &mut body {
        let (Stmt::Let(_, Expr::Load(_, address) | Expr::Index(address)) | Stmt::Store(_, address, _)) = stmt else {
            continue;
        };
        split(address, along.axis, ALONG, outer_along);
        split(address, inner.axis, ACROSS, outer_across);
    }
    chain[at] = Link { axis: outer_along, extent: along.extent / ALONG, ..along };
    chain.push(Link { axis: outer_across, extent: inner.extent / ACROSS, mode: Mode::Serial });
    chain.push(Link { axis: along.axis, extent: ALONG, mode: Mode::Serial });
    chain.push(Link { axis: inner.axis, extent: ACROSS, mode: Mode::Lanes });
    for link in chain.into_iter().rev() {
        body = vec![Stmt::For { axis: link.axis, extent: link.extent, mode: link.mode, carried: vec![], body }];
    }
    Some(Kernel { axes: kernel.axes + 2, body, ..kernel.clone() })
}

/// The loops of a nest, outermost first, and what the innermost does; `None` where a loop holds anything beside a loop.
fn chain(mut body: &[Stmt]) -> Option<(Vec<Link>, &[Stmt])> {
    let mut links = vec![];
    while let [Stmt::For { axis, extent, mode, carried, body: inner }] = body {
        if !carried.is_empty() {
            return None;
        }
        links.push(Link { axis: *axis, extent: *extent, mode: *mode });
        body = inner;
    }
    let flat = body.iter().all(|stmt| matches!(stmt, Stmt::Let(..) | Stmt::Store(..)));
    flat.then_some((links, body))
}

/// Whether a load steps over elements with each turn of `across` and walks along them with `along`.
fn crosses(body: &[Stmt], across: Axis, along: Axis) -> bool {
    body.iter().any(|stmt| {
        let Stmt::Let(_, Expr::Load(_, address)) = stmt else { return false };
        step(address, across).is_some_and(|step| step.abs() > 1) && step(address, along) == Some(1)
    })
}

fn step(address: &Address, axis: Axis) -> Option<i64> {
    address.terms.iter().find(|(other, _)| *other == axis).map(|(_, step)| *step)
}
