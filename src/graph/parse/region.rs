//! Regions: text lets them read outer values, graphs do not; here they are closed.

use super::build::Builder;
use super::error::{Parsed, Problem, fault};
use super::function::{Bound, Scope, Values, bound, spelled};
use super::syntax::{Block, Key, Operation};
use crate::graph::{Op, Region, Role, Value};
use crate::shape::TensorType;
use crate::site::{Name, Site};
use std::collections::HashMap;
use std::sync::Arc;

/// What the regions of a node read from outside, constants aside.
struct Captures<'a> {
    /// Where in `values` the value of a name is.
    names: HashMap<Key<'a>, usize>,
    values: Vec<Value>,
    types: Vec<TensorType>,
}

/// Whether a region gives back what it captured.
#[derive(Clone, Copy, PartialEq)]
enum Gives {
    Results,
    ResultsAndCaptures,
}

impl<'p, 'a> Builder<'p, 'a> {
    /// The regions of an op whose regions may read constants only.
    pub(super) fn closed_regions(
        &mut self,
        scope: &Scope<'a>,
        operation: &'p Operation<'a>,
    ) -> Parsed<Option<Vec<Region>>> {
        let roles: &[Role] = match operation.name.as_ref() {
            "stablehlo.reduce" | "stablehlo.reduce_window" | "stablehlo.scatter" | "stablehlo.map" | "chlo.scan" => {
                &[Role::Body]
            }
            "stablehlo.sort" => &[Role::Comparator],
            "stablehlo.select_and_scatter" => &[Role::Select, Role::Scatter],
            _ => &[],
        };
        expect_regions(operation, roles.len())?;
        let none = Captures { names: HashMap::new(), values: vec![], types: vec![] };
        let mut regions = vec![];
        for (block, role) in operation.regions.iter().zip(roles) {
            for read in &block.free {
                if let Some(Bound::Value(_)) = scope.names.get(&read.key) {
                    let (op, name) = (operation.name.to_string(), spelled(read.key));
                    return fault(read.at, Problem::Captured { op, role: *role, name });
                }
            }
            match self.region(scope, operation, block, *role, &none, Gives::Results)? {
                Some(region) => regions.push(region),
                None => return Ok(None),
            }
        }
        Ok(Some(regions))
    }

    /// A loop; captured values are carried along.
    pub(super) fn while_loop(
        &mut self,
        scope: &mut Scope<'a>,
        operation: &'p Operation<'a>,
        mut inputs: Vec<Value>,
        mut declared: Vec<TensorType>,
    ) -> Parsed<Values> {
        expect_regions(operation, 2)?;
        let captures = captures(scope, &operation.regions);
        let [cond, body] = &operation.regions[..] else { return Ok(None) };
        let cond = self.region(scope, operation, cond, Role::Condition, &captures, Gives::Results)?;
        let body = self.region(scope, operation, body, Role::Body, &captures, Gives::ResultsAndCaptures)?;
        let (Some(cond), Some(body)) = (cond, body) else { return Ok(None) };
        inputs.extend(captures.values);
        declared.extend(captures.types);
        self.push(scope, operation, Op::While { cond, body }, &inputs, &declared)
    }

    /// `if` and `case`; captured values are operands.
    pub(super) fn branches(
        &mut self,
        scope: &mut Scope<'a>,
        operation: &'p Operation<'a>,
        mut inputs: Vec<Value>,
        declared: Vec<TensorType>,
    ) -> Parsed<Values> {
        if inputs.len() != 1 {
            let (op, expected) = (operation.name.to_string(), "1".to_owned());
            return fault(operation.at, Problem::OperandCount { op, expected, found: inputs.len() });
        }
        let is_if = operation.name == "stablehlo.if";
        expect_regions(operation, if is_if { 2 } else { operation.regions.len().max(1) })?;
        let captures = captures(scope, &operation.regions);
        let mut branches = vec![];
        for (k, block) in operation.regions.iter().enumerate() {
            let role = match (is_if, k) {
                (true, 0) => Role::OnTrue,
                (true, _) => Role::OnFalse,
                (false, k) => Role::Branch(k),
            };
            branches.push(self.region(scope, operation, block, role, &captures, Gives::Results)?);
        }
        let Some(mut branches) = branches.into_iter().collect::<Option<Vec<Region>>>() else { return Ok(None) };
        let op = match (is_if, branches.pop()) {
            (true, Some(on_false)) => match branches.pop() {
                Some(on_true) => Op::If { on_true, on_false },
                None => return Ok(None),
            },
            (_, last) => {
                branches.extend(last);
                Op::Case { branches }
            }
        };
        inputs.extend(captures.values);
        self.push(scope, operation, op, &inputs, &declared)
    }

    /// One region, closed: its own parameters, then what is captured; constants it reads are copied into it.
    fn region(
        &mut self,
        outer: &Scope<'a>,
        operation: &Operation<'a>,
        block: &'p Block<'a>,
        role: Role,
        captures: &Captures<'a>,
        gives: Gives,
    ) -> Parsed<Option<Region>> {
        let mut scope = Scope::new(role.to_string());
        for argument in &block.arguments {
            self.parameter(&mut scope, argument);
        }
        self.spend(captures.values.len(), operation.at)?;
        let mut carried = vec![];
        for (ty, value) in captures.types.iter().zip(&captures.values) {
            let (name, site) = self.origin(outer, *value);
            carried.push(scope.builder.parameter(ty.clone(), name, site));
        }
        for read in &block.free {
            let known = match (captures.names.get(&read.key), outer.names.get(&read.key)) {
                (Some(k), _) => Bound::Value(carried[*k]),
                (None, Some(Bound::Constant(original, literal))) => {
                    self.spend(1, operation.at)?;
                    let (name, site) = self.origin(outer, *original);
                    let ty = literal.ty().clone();
                    let copy = scope.builder.push_typed(Op::Constant(literal.as_ref().clone()), &[], [ty], name, site);
                    bound(&scope.builder, copy[0])
                }
                (None, Some(Bound::Faulty)) => Bound::Faulty,
                (None, Some(Bound::Value(_)) | None) => continue,
            };
            // A parameter of the block hides an outer value of its name.
            scope.names.entry(read.key).or_insert(known);
        }
        let Some(mut results) = self.body(&mut scope, block, &operation.name, &role.to_string()) else {
            return Ok(None);
        };
        if gives == Gives::ResultsAndCaptures {
            results.extend(carried);
        }
        Ok(Some(Arc::new(scope.builder.finish(results))))
    }
}

impl Builder<'_, '_> {
    /// Name and site of the node that made a value.
    fn origin(&self, scope: &Scope<'_>, value: Value) -> (Name, Site) {
        let nodes = scope.builder.graph().nodes();
        let node = nodes.get(nodes.partition_point(|node| node.outputs.end <= value.0));
        node.map_or_else(|| (self.nameless.clone(), Site::unknown()), |node| (node.name.clone(), node.site.clone()))
    }
}

/// What blocks read from outside, each value once, in order of first reading.
fn captures<'a>(scope: &Scope<'a>, blocks: &[Block<'a>]) -> Captures<'a> {
    let mut places: HashMap<Value, usize> = HashMap::new();
    let mut found = Captures { names: HashMap::new(), values: vec![], types: vec![] };
    for read in blocks.iter().flat_map(|block| &block.free) {
        if let Some(Bound::Value(value)) = scope.names.get(&read.key) {
            let place = *places.entry(*value).or_insert_with(|| {
                found.values.push(*value);
                found.types.push(scope.builder.type_of(*value).clone());
                found.values.len() - 1
            });
            found.names.insert(read.key, place);
        }
    }
    found
}

fn expect_regions(operation: &Operation<'_>, expected: usize) -> Parsed<()> {
    let found = operation.regions.len();
    if found == expected {
        return Ok(());
    }
    fault(operation.at, Problem::RegionCount { op: operation.name.to_string(), expected, found })
}
