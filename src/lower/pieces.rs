//! Pieces of a domain between the edges of padding: where it is known which side of an edge an index is on, nothing
//! needs to be asked in the loop.

use super::place::Index;
use brolga_codegen::kernel::Axis;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::ops::Range;

/// The segments that an axis of a domain falls into.
pub(super) type Segments = Vec<Range<i64>>;

/// Pieces of a domain, at most: each is code of its own.
const MOST_PIECES: usize = 27;
/// Elements of a domain, at least, whose edges are worth code of their own.
const FEWEST: usize = 256;

/// Where axes run, and where indices cross edges.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    /// How many turns each axis takes.
    extents: FxHashMap<Axis, i64>,
    /// Which axis of the domain an axis walks.
    domain: FxHashMap<Axis, usize>,
    /// Axes of the domain and the places from which on an index along them is on the other side of an edge.
    crossed: BTreeSet<(usize, i64)>,
}

impl Edges {
    /// An axis was opened.
    pub(super) fn opened(&mut self, axis: Axis, extent: i64) {
        self.extents.insert(axis, extent);
    }

    /// An open axis walks an axis of the domain, from its beginning.
    pub(super) fn of_domain(&mut self, axis: Axis, of: usize) {
        self.domain.insert(axis, of);
    }

    /// What has been found so far, taken away.
    pub(super) fn take(&mut self) -> Edges {
        std::mem::take(self)
    }

    /// The numbers that an index takes; `None` where not all of it is known.
    pub(super) fn reach(&self, index: &Index) -> Option<Range<i64>> {
        let (mut least, mut most) = (index.base(), index.base());
        for &(axis, step) in index.counters()? {
            let far = (self.extents.get(&axis)? - 1) * step;
            (least, most) = (least + far.min(0), most + far.max(0));
        }
        Some(least..most + 1)
    }

    /// An index crosses an edge: it is below `bound` here and not below there.
    pub(super) fn crossed(&mut self, index: &Index, bound: i64) {
        let Some(&[(axis, step)]) = index.counters() else { return };
        let Some(&of) = self.domain.get(&axis) else { return };
        let distance = bound - index.base();
        // The first turn on the other side.
        let turn = if step > 0 { (distance + step - 1).div_euclid(step) } else { (-distance).div_euclid(-step) + 1 };
        if self.extents.get(&axis).is_some_and(|extent| (1..*extent).contains(&turn)) {
            self.crossed.insert((of, turn));
        }
    }
}

/// A whole domain as one piece.
pub(super) fn whole(domain: &[usize]) -> Vec<Segments> {
    domain.iter().map(|&extent| vec![Range { start: 0, end: extent as i64 }]).collect()
}

/// A domain cut where indices cross edges, in the pieces of its first axis, each as the segments of all axes. `None`
/// where there is nothing to cut, or too much.
pub(super) fn cut(domain: &[usize], edges: &Edges) -> Option<Vec<Vec<Segments>>> {
    let segments = |(k, &extent): (usize, &usize)| {
        let cuts = edges.crossed.iter().filter(|(axis, _)| *axis == k).map(|(_, at)| *at);
        let mut begin = 0;
        let mut segments: Segments = vec![];
        for end in cuts.chain([extent as i64]) {
            segments.push(begin..end);
            begin = end;
        }
        segments
    };
    let all: Vec<Segments> = domain.iter().enumerate().map(segments).collect();
    let pieces = all.iter().fold(1usize, |n, segments| n.saturating_mul(segments.len()));
    if edges.crossed.is_empty() || pieces > MOST_PIECES || domain.iter().product::<usize>() < FEWEST {
        return None;
    }
    let of_first = |first: &Range<i64>| std::iter::once(vec![first.clone()]).chain(all[1..].iter().cloned()).collect();
    Some(all[0].iter().map(of_first).collect())
}
