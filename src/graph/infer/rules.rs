//! What the rules of one node are checked with: the operands, what was declared, and the faults found so far.

use super::fault::{Fault, Part, Side, Typed};
use crate::graph::{Graph, Op, Role};
use crate::shape::{Dim, Shape, TensorType};
use brolga_codegen::DType;
use smallvec::SmallVec;

/// Extents, as far as they are known.
pub(super) type Dims = SmallVec<[Dim; 4]>;

/// What was inferred; `None` where a fault left nothing to infer from.
pub(super) type Inferred = Option<Outcome>;

/// Result types, and the rule they follow from.
pub(super) struct Outcome {
    pub types: Vec<TensorType>,
    pub rule: &'static str,
}

/// The types of the results by a rule.
pub(super) fn results(rule: &'static str, types: Vec<TensorType>) -> Inferred {
    Some(Outcome { types, rule })
}

/// The type of the only result by a rule.
pub(super) fn result(rule: &'static str, ty: TensorType) -> Inferred {
    results(rule, vec![ty])
}

/// A part with its type, borrowed.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub part: Part,
    pub ty: &'a TensorType,
}

impl<'a> Of<'a> {
    pub fn new(name: &'static str, ty: &'a TensorType) -> Of<'a> {
        Of { part: Part::one(name), ty }
    }

    /// An extent, where it is known and the axis is there.
    pub fn dim(self, axis: usize) -> Dim {
        dim(self.ty, axis)
    }

    fn owned(self) -> Box<Typed> {
        Box::new(Typed { part: self.part, ty: self.ty.clone() })
    }
}

/// An extent, where it is known and the axis is there.
pub(super) fn dim(ty: &TensorType, axis: usize) -> Dim {
    ty.shape.dims().and_then(|dims| dims.get(axis).copied()).flatten()
}

pub(super) struct Rules<'a> {
    pub op: &'a Op,
    pub inputs: &'a [&'a TensorType],
    pub declared: &'a [TensorType],
    pub faults: Vec<Fault>,
}

impl<'a> Rules<'a> {
    /// The op's spelling.
    pub fn name(&self) -> &'static str {
        self.op.spelling().1
    }

    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// An operand under its name.
    pub fn input(&self, k: usize, name: &'static str) -> Of<'a> {
        Of { part: Part::one(name), ty: self.inputs[k] }
    }

    /// Operands `range` under one name.
    pub fn group(&self, range: std::ops::Range<usize>, name: &'static str) -> Vec<Of<'a>> {
        self.inputs[range].iter().enumerate().map(|(k, ty)| Of { part: Part::of(name, k), ty }).collect()
    }

    /// The only result type as declared, for ops that need it declared.
    pub fn needed(&mut self) -> Option<&'a TensorType> {
        match self.declared {
            [ty] => Some(ty),
            [] => {
                self.fault(Fault::Undeclared { op: self.name() });
                None
            }
            more => {
                self.fault(Fault::Results { op: self.name(), declared: more.len(), inferred: 1 });
                None
            }
        }
    }

    /// Demands that the element type is one of `allowed`.
    pub fn element(&mut self, of: Of, holds: fn(DType) -> bool, allowed: &'static str, rule: &'static str) {
        if !holds(of.ty.dtype) {
            self.fault(Fault::Element { part: of.part, dtype: of.ty.dtype, allowed, rule });
        }
    }

    /// Demands elements that are not strings.
    pub fn dense(&mut self, of: Of) {
        self.element(of, |dtype| dtype != DType::String, "numbers or truth values", "");
    }

    /// Demands one element type.
    pub fn same_elements(&mut self, a: Of, b: Of, rule: &'static str) {
        if a.ty.dtype != b.ty.dtype {
            let op = self.name();
            self.fault(Fault::Elements { op, left: a.owned(), right: b.owned(), rule });
        }
    }

    /// Demands one shape, and gives what both say of it.
    pub fn same_shape(&mut self, a: Of, b: Of, rule: &'static str) -> Shape {
        if let (Some(left), Some(right)) = (a.ty.shape.dims(), b.ty.shape.dims()) {
            if left.len() != right.len() {
                let op = self.name();
                self.fault(Fault::Ranks { op, left: a.owned(), right: b.owned(), rule });
            } else {
                (0..left.len()).for_each(|axis| self.same_extent(a, axis, b, axis, rule));
            }
        }
        a.ty.shape.meet(&b.ty.shape).unwrap_or_else(|| a.ty.shape.clone())
    }

    /// Demands one shape of all, and gives what all say of it.
    pub fn same_shapes(&mut self, parts: &[Of], rule: &'static str) -> Shape {
        let Some((&first, rest)) = parts.split_first() else { return Shape::Unranked };
        rest.iter().fold(first.ty.shape.clone(), |shape, &other| {
            let said = TensorType { dtype: first.ty.dtype, shape };
            self.same_shape(Of { part: first.part, ty: &said }, other, rule)
        })
    }

    /// Demands one type, and gives what both say of it.
    pub fn same_type(&mut self, a: Of, b: Of, rule: &'static str) -> TensorType {
        self.same_elements(a, b, rule);
        TensorType { dtype: a.ty.dtype, shape: self.same_shape(a, b, rule) }
    }

    /// Demands that two axes have one extent.
    pub fn same_extent(&mut self, a: Of, m: usize, b: Of, n: usize, rule: &'static str) {
        if let (Some(left), Some(right)) = (a.dim(m), b.dim(n))
            && left != right
        {
            let op = self.name();
            self.fault(Fault::Extents { op, left: a.owned(), right: b.owned(), axes: (m, n), rule });
        }
    }

    /// Demands an extent, where it is known and the axis is there.
    pub fn extent(&mut self, of: Of, axis: usize, expected: usize, rule: &'static str) {
        if of.dim(axis).is_some_and(|n| n != expected) {
            self.fault(Fault::Extent { part: of.part, ty: Box::new(of.ty.clone()), axis, expected, rule });
        }
    }

    /// Demands a rank between bounds; whether it holds, as far as is known.
    pub fn rank(&mut self, of: Of, least: usize, most: usize, rule: &'static str) -> bool {
        let holds = of.ty.rank().is_none_or(|rank| (least..=most).contains(&rank));
        if !holds {
            self.fault(Fault::Rank { part: of.part, ty: Box::new(of.ty.clone()), least, most, rule });
        }
        holds
    }

    /// Demands rank 0.
    pub fn scalar(&mut self, of: Of, rule: &'static str) {
        self.rank(of, 0, 0, rule);
    }

    /// Demands a type, as far as it is known.
    pub fn typed(&mut self, of: Of, expected: &TensorType, rule: &'static str) {
        if !of.ty.compatible(expected) {
            let (ty, expected) = (Box::new(of.ty.clone()), Box::new(expected.clone()));
            self.fault(Fault::Type { part: of.part, ty, expected, rule });
        }
    }

    /// Demands one number in a list for each of `expected`; whether it holds.
    pub fn length(&mut self, name: &'static str, found: usize, expected: Option<usize>, rule: &'static str) -> bool {
        match expected {
            Some(expected) if expected != found => {
                self.fault(Fault::Length { attribute: Part::one(name), found, expected, rule });
                false
            }
            Some(_) | None => true,
        }
    }

    /// Demands an axis within a rank; whether it holds, as far as is known.
    pub fn axis(&mut self, attribute: Part, axis: usize, rank: Option<usize>, rule: &'static str) -> bool {
        match rank {
            Some(rank) if axis >= rank => {
                self.fault(Fault::Axis { attribute, axis, rank, rule });
                false
            }
            Some(_) | None => true,
        }
    }

    /// Demands axes within a rank; whether it holds, as far as is known.
    pub fn axes(&mut self, name: &'static str, axes: &[usize], rank: Option<usize>, rule: &'static str) -> bool {
        axes.iter().fold(true, |holds, &axis| self.axis(Part::one(name), axis, rank, rule) & holds)
    }

    /// Demands that no axis is named twice; whether it holds.
    pub fn unique(&mut self, name: &'static str, axes: &[usize], rule: &'static str) -> bool {
        let twice = twice(axes.iter().copied());
        for &axis in &twice {
            self.fault(Fault::Duplicate { attribute: Part::one(name), axis, rule });
        }
        twice.is_empty()
    }

    /// Demands that no axis is named twice in either or both of two lists; whether it holds.
    pub fn disjoint(&mut self, a: (&'static str, &[usize]), b: (&'static str, &[usize]), rule: &'static str) -> bool {
        let each = self.unique(a.0, a.1, rule) & self.unique(b.0, b.1, rule);
        let common = twice(distinct(a.1).into_iter().chain(distinct(b.1)));
        for &axis in &common {
            self.fault(Fault::Overlap { left: Part::one(a.0), right: Part::one(b.0), axis, rule });
        }
        each && common.is_empty()
    }

    /// Demands an ascending list.
    pub fn sorted(&mut self, name: &'static str, axes: &[usize], rule: &'static str) {
        if !axes.is_sorted() {
            self.fault(Fault::Unsorted { attribute: Part::one(name), rule });
        }
    }

    /// Demands that every number of a list is at least `least`; whether it holds.
    pub fn least(&mut self, name: &'static str, numbers: &[usize], least: usize, rule: &'static str) -> bool {
        for (k, &found) in numbers.iter().enumerate().filter(|(_, n)| **n < least) {
            self.fault(Fault::Least { attribute: Part::of(name, k), found, least, rule });
        }
        numbers.iter().all(|&n| n >= least)
    }

    /// Demands that a number of a list is at most `most`, where that is known.
    pub fn most(&mut self, name: &'static str, index: usize, found: usize, most: Dim, rule: &'static str) {
        if let Some(most) = most
            && found > most
        {
            self.fault(Fault::Most { attribute: Part::of(name, index), found, most, rule });
        }
    }

    /// Demands that elements of one type widen to another.
    pub fn promotes(&mut self, part: Part, from: DType, to: DType, rule: &'static str) {
        if !promotable(from, to) {
            self.fault(Fault::Promotion { part, from, to, rule });
        }
    }

    /// Demands the number of a region's parameters or results; whether it holds.
    pub fn region_arity(
        &mut self,
        (role, side): (Role, Side),
        found: usize,
        expected: usize,
        rule: &'static str,
    ) -> bool {
        if found != expected {
            self.fault(Fault::RegionArity { role, side, expected, found, rule });
        }
        found == expected
    }

    /// Demands the types of a region's parameters, as far as they are known.
    pub fn region_takes(&mut self, role: Role, region: &Graph, expected: &[TensorType], rule: &'static str) {
        if self.region_arity((role, Side::Parameter), region.parameters().len(), expected.len(), rule) {
            for (index, (found, expected)) in region.parameter_types().iter().zip(expected).enumerate() {
                self.region_type((role, Side::Parameter), index, found, expected, rule);
            }
        }
    }

    /// Demands the types of a region's results, as far as they are known.
    pub fn region_gives(&mut self, role: Role, region: &Graph, expected: &[TensorType], rule: &'static str) {
        if self.region_arity((role, Side::Result), region.results().len(), expected.len(), rule) {
            for (index, (found, expected)) in region.result_types().zip(expected).enumerate() {
                self.region_type((role, Side::Result), index, found, expected, rule);
            }
        }
    }

    fn region_type(
        &mut self,
        (role, side): (Role, Side),
        index: usize,
        found: &TensorType,
        expected: &TensorType,
        rule: &'static str,
    ) {
        // A function of scalars runs on elements one by one, so that it must say that it takes scalars.
        let scalar = expected.rank() == Some(0) && found.rank() != Some(0);
        if scalar || !found.compatible(expected) {
            let (expected, found) = (Box::new(expected.clone()), Box::new(found.clone()));
            self.fault(Fault::RegionType { role, side, index, expected, found, rule });
        }
    }

    /// Demands a function of two groups of scalars that gives one, to which `inputs` widen; its element types.
    pub fn reducer(&mut self, role: Role, body: &Graph, inputs: &[Of], rule: &'static str) -> Option<Vec<DType>> {
        if !self.region_arity((role, Side::Result), body.results().len(), inputs.len(), rule) {
            self.region_arity((role, Side::Parameter), body.parameters().len(), inputs.len() * 2, rule);
            return None;
        }
        let dtypes: Vec<DType> = body.result_types().map(|ty| ty.dtype).collect();
        let scalars: Vec<TensorType> = dtypes.iter().map(|&dtype| TensorType::scalar(dtype)).collect();
        self.region_gives(role, body, &scalars, rule);
        self.region_takes(role, body, &[&scalars[..], &scalars[..]].concat(), rule);
        for (input, &to) in inputs.iter().zip(&dtypes) {
            self.promotes(input.part, input.ty.dtype, to, rule);
        }
        Some(dtypes)
    }
}

/// Whether elements widen: to the same kind of number, of no fewer bits.
pub(super) fn promotable(from: DType, to: DType) -> bool {
    let wider = from.bits() <= to.bits();
    from == to
        || (from.is_integer() && to.is_integer() && wider)
        || (from.is_float() && to.is_float() && wider)
        || (from.is_complex() && to.is_complex() && wider)
}

/// The axes without repetitions, ascending.
fn distinct(axes: &[usize]) -> Vec<usize> {
    let mut axes = axes.to_vec();
    axes.sort_unstable();
    axes.dedup();
    axes
}

/// The axes that occur more than once, each once, ascending.
fn twice(axes: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut axes: Vec<usize> = axes.collect();
    axes.sort_unstable();
    let mut twice: Vec<usize> = axes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    twice.dedup();
    twice
}
