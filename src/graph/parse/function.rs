//! One body: its nodes in order, each read from an operation.

use super::build::Builder;
use super::error::{Fault, Parsed, Problem, fault};
use super::read;
use super::syntax::{Argument, Attribute, Block, Key, Operation, Use};
use super::types::Type;
use crate::graph::{Check, Graph, GraphBuilder, Literal, Op, Region, Value};
use crate::host::HostCallback;
use crate::shape::TensorType;
use crate::site::{Name, Site};
use brolga_codegen::{Binary, Unary};
use smallvec::SmallVec;
use std::collections::HashMap;

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Bound {
    Value(Value),
    Constant(Value, Box<Literal>),
    /// The result of a node that had a fault, which was reported.
    Faulty,
}

/// A graph being built, and what names stand for in it.
pub(super) struct Scope<'a> {
    pub(super) builder: GraphBuilder,
    pub(super) names: HashMap<Key<'a>, Bound>,
}

/// Values of a node; `None` where a fault was reported above.
pub(super) type Values = Option<SmallVec<[Value; 2]>>;

impl<'a> Scope<'a> {
    pub(super) fn new(name: impl Into<Name>) -> Scope<'a> {
        Scope { builder: GraphBuilder::new(name), names: HashMap::new() }
    }

    /// The values read; `None` where one of them is faulty.
    pub(super) fn values(&self, reads: &[Use<'a>]) -> Parsed<Option<Vec<Value>>> {
        let mut values = Vec::with_capacity(reads.len());
        let mut faulty = false;
        for read in reads {
            match self.names.get(&read.key) {
                Some(Bound::Value(value) | Bound::Constant(value, _)) => values.push(*value),
                Some(Bound::Faulty) => faulty = true,
                None => return fault(read.at, Problem::Undefined { name: spelled(read.key) }),
            }
        }
        Ok((!faulty).then_some(values))
    }
}

/// A key as text has it.
pub(super) fn spelled((name, index): Key<'_>) -> String {
    if index == 0 { format!("%{name}") } else { format!("%{name}#{index}") }
}

impl<'p, 'a> Builder<'p, 'a> {
    pub(super) fn function(&mut self, name: &str, operation: &'p Operation<'a>) -> Option<Graph> {
        let Some(block) = operation.regions.first().filter(|_| operation.regions.len() == 1) else {
            self.report(Box::new(Fault { at: operation.at, problem: Problem::NoBody { name: name.to_owned() } }));
            return None;
        };
        let mut scope = Scope::new(name);
        for argument in &block.arguments {
            self.parameter(&mut scope, argument);
        }
        let results = self.body(&mut scope, block, "func.func", "body")?;
        let returned: Vec<&TensorType> = results.iter().map(|value| scope.builder.type_of(*value)).collect();
        let declared: Vec<&TensorType> = operation
            .result_types
            .iter()
            .filter_map(|ty| if let Type::Tensor(ty) = ty { Some(ty) } else { None })
            .collect();
        let agree = declared.len() == returned.len() && declared.iter().zip(&returned).all(|(a, b)| a.compatible(b));
        let has_type = operation.operand_types.is_none() || operation.attribute("function_type").is_some();
        if has_type && !agree {
            let list = |types: &[&TensorType]| types.iter().map(|ty| format!("`{ty}`")).collect::<Vec<_>>().join(", ");
            let (declared, returned) = (list(&declared), list(&returned));
            let problem = Problem::Returned { function: name.to_owned(), declared, returned };
            self.report(Box::new(Fault { at: operation.at, problem }));
            return None;
        }
        Some(scope.builder.finish(results))
    }

    /// Adds a parameter; one whose type is not supported is faulty.
    pub(super) fn parameter(&mut self, scope: &mut Scope<'a>, argument: &Argument<'a>) {
        let bound = match argument.ty.tensor(argument.at).and_then(|ty| self.spend(1, argument.at).map(|()| ty)) {
            Ok(ty) => {
                let (name, site) = self.told(argument.name, argument.at, &argument.location);
                Bound::Value(scope.builder.parameter(ty.clone(), name, site))
            }
            Err(fault) => {
                self.report(fault);
                Bound::Faulty
            }
        };
        scope.names.insert((argument.name, 0), bound);
    }

    /// Counts values against the limit.
    pub(super) fn spend(&mut self, values: usize, at: usize) -> Parsed<()> {
        self.values += values;
        if self.values > self.limits.values {
            return fault(at, Problem::TooManyValues { limit: self.limits.values });
        }
        Ok(())
    }

    /// The nodes of a body; what it returns. `None` where there were faults, all of them reported.
    pub(super) fn body(
        &mut self,
        scope: &mut Scope<'a>,
        block: &'p Block<'a>,
        op: &str,
        role: &str,
    ) -> Option<Vec<Value>> {
        let before = self.faults.len();
        let is_return =
            |operation: &Operation<'_>| matches!(operation.name.as_ref(), "stablehlo.return" | "func.return");
        let no_return =
            |at| Box::new(Fault { at, problem: Problem::NoReturn { op: op.to_owned(), role: role.to_owned() } });
        let Some((last, nodes)) = block.operations.split_last().filter(|(last, _)| is_return(last)) else {
            let at = block.operations.last().map_or(block.at, |last| last.at);
            self.report(no_return(at));
            return None;
        };
        for operation in nodes {
            if is_return(operation) {
                self.report(no_return(operation.at));
                return None;
            }
            self.node(scope, operation);
            if self.values > self.limits.values {
                return None;
            }
        }
        let results = scope.values(&last.operands).and_then(|values| match values {
            Some(values) => self.check_operands(scope, last, &values).map(|()| Some(values)),
            None => Ok(None),
        });
        match results {
            Ok(results) if self.faults.len() == before => results,
            Ok(_) => None,
            Err(fault) => {
                self.report(fault);
                None
            }
        }
    }

    /// One node; its results get their names.
    fn node(&mut self, scope: &mut Scope<'a>, operation: &'p Operation<'a>) {
        let values = match self.values_of(scope, operation) {
            Ok(values) => values,
            Err(fault) => {
                self.report(fault);
                None
            }
        };
        let mut values = values.into_iter().flatten();
        for result in &operation.results {
            for k in 0..result.count {
                let bound = values.next().map_or(Bound::Faulty, |value| bound(&scope.builder, value));
                scope.names.insert((result.name, k), bound);
            }
        }
    }

    fn values_of(&mut self, scope: &mut Scope<'a>, operation: &'p Operation<'a>) -> Parsed<Values> {
        let name = operation.name.as_ref();
        if let Some(reason) = read::unsupported(name) {
            return fault(operation.at, Problem::Unsupported { op: name.to_owned(), reason });
        }
        let Some(inputs) = scope.values(&operation.operands)? else { return Ok(None) };
        self.check_operands(scope, operation, &inputs)?;
        let mut declared = Vec::with_capacity(operation.result_types.len());
        for ty in &operation.result_types {
            declared.push(ty.tensor(operation.at)?.clone());
        }
        match name {
            "stablehlo.while" => self.while_loop(scope, operation, inputs, declared),
            "stablehlo.if" | "stablehlo.case" => self.branches(scope, operation, inputs, declared),
            "stablehlo.custom_call" => self.custom_call(scope, operation, inputs, &declared),
            "func.call" => {
                let Some(callee) = self.callee(operation, "callee")? else { return Ok(None) };
                self.push(scope, operation, Op::Call(callee), &inputs, &declared)
            }
            "stablehlo.composite" => self.composite(scope, operation, &inputs, &declared),
            "check.expect_eq_const" | "check.expect_almost_eq_const" => {
                let Some(Attribute::Dense(value)) = operation.attribute("value") else {
                    return operation.bad("value", "a dense constant");
                };
                let ty = [value.ty().clone()];
                let Some(expected) = self.push(scope, operation, Op::Constant(value.clone()), &[], &ty)? else {
                    return Ok(None);
                };
                let check = if name.contains("almost") { Check::ExpectAlmostEq } else { Check::ExpectEq };
                let inputs: Vec<Value> = inputs.into_iter().chain(expected).collect();
                self.push(scope, operation, Op::Check(check), &inputs, &declared)
            }
            _ => {
                let Some(regions) = self.closed_regions(scope, operation)? else { return Ok(None) };
                let types: Vec<&TensorType> = inputs.iter().map(|value| scope.builder.type_of(*value)).collect();
                let op = read::op(operation, &types, &declared, regions)?;
                self.push(scope, operation, op, &inputs, &declared)
            }
        }
    }

    /// Compares the types written for operands with those they have.
    fn check_operands(&self, scope: &Scope<'a>, operation: &Operation<'a>, inputs: &[Value]) -> Parsed<()> {
        let Some(types) = &operation.operand_types else { return Ok(()) };
        let op = || operation.name.to_string();
        if types.len() != inputs.len() {
            let problem = Problem::OperandCount { op: op(), expected: types.len().to_string(), found: inputs.len() };
            return fault(operation.at, problem);
        }
        for (number, (written, value)) in types.iter().zip(inputs).enumerate() {
            let found = scope.builder.type_of(*value);
            if !written.tensor(operation.at)?.compatible(found) {
                let (written, found) = (written.to_string(), found.clone());
                return fault(operation.operands[number].at, Problem::OperandType { op: op(), number, written, found });
            }
        }
        Ok(())
    }

    /// Adds a node with the name and site its operation has.
    pub(super) fn push(
        &mut self,
        scope: &mut Scope<'a>,
        operation: &Operation<'a>,
        op: Op,
        inputs: &[Value],
        declared: &[TensorType],
    ) -> Parsed<Values> {
        self.spend(declared.len(), operation.at)?;
        let written = operation.results.first().map_or("", |result| result.name);
        let (name, site) = self.told(written, operation.at, &operation.location);
        match scope.builder.push(op, inputs, declared, name, site) {
            Ok(values) => Ok(Some(values)),
            Err(error) => fault(operation.at, error.into()),
        }
    }

    /// Name and site of something: as its location says, else the name and the place it has in the text.
    fn told(&mut self, written: &str, at: usize, location: &Option<super::syntax::Location<'a>>) -> (Name, Site) {
        let told = location.as_ref().map(|location| self.locations.tell(location)).unwrap_or_default();
        let name = told.name.unwrap_or_else(|| if telling(written) { written.into() } else { self.nameless.clone() });
        let site = told.site.unwrap_or_else(|| {
            let (line, column) = self.source.place(at);
            Site { file: self.file.clone(), line, column }
        });
        (name, site)
    }

    fn callee(&mut self, operation: &Operation<'a>, attribute: &'static str) -> Parsed<Option<Region>> {
        let Some(name) = operation.symbol(attribute) else { return operation.bad(attribute, "a symbol") };
        // An unknown function was reported when calls were followed.
        Ok(self.graphs.get(name).cloned().flatten())
    }

    fn composite(
        &mut self,
        scope: &mut Scope<'a>,
        operation: &'p Operation<'a>,
        inputs: &[Value],
        declared: &[TensorType],
    ) -> Parsed<Values> {
        let Some(Attribute::Text(name)) = operation.attribute("name") else { return operation.bad("name", "a string") };
        let Some(decomposition) = self.callee(operation, "decomposition")? else { return Ok(None) };
        let attributes: Name = match operation.attribute("composite_attributes") {
            None => "{}".into(),
            Some(value @ Attribute::Dictionary(_)) => value.to_string().into(),
            Some(_) => return operation.bad("composite_attributes", "a dictionary"),
        };
        let version = if operation.attribute("version").is_some() { operation.integer("version")? } else { 0 };
        let op = Op::Composite { name: name.as_ref().into(), attributes, version, decomposition };
        self.push(scope, operation, op, inputs, declared)
    }

    /// Checks, host calls, older spellings of CHLO, and annotations that mean nothing on one device.
    fn custom_call(
        &mut self,
        scope: &mut Scope<'a>,
        operation: &'p Operation<'a>,
        inputs: Vec<Value>,
        declared: &[TensorType],
    ) -> Parsed<Values> {
        let Some(Attribute::Text(target) | Attribute::Symbol(target)) = operation.attribute("call_target_name") else {
            return operation.bad("call_target_name", "a string");
        };
        let op = match target.as_ref() {
            "brolga.host_call" => {
                let Some(Attribute::Text(name)) = operation.attribute("brolga.name") else {
                    return operation.bad("brolga.name", "a string");
                };
                let stateful = operation.flag("brolga.stateful", true)?;
                Op::HostCall(HostCallback::unbound(name.as_ref(), stateful))
            }
            "check.eq" | "check.expect_eq" => Op::Check(Check::ExpectEq),
            "check.almost_eq" | "check.expect_almost_eq" => Op::Check(Check::ExpectAlmostEq),
            "check.close" | "check.expect_close" => read::expect_close(operation)?,
            "Sharding" | "SPMDFullToShardShape" | "SPMDShardToFullShape" | "annotate_device_placement"
                if inputs.len() == 1 && declared.len() == 1 =>
            {
                return Ok(Some(inputs.into_iter().collect()));
            }
            other => {
                let word = other.strip_prefix("mhlo.").or(other.strip_prefix("chlo."));
                let found = word.and_then(|word| {
                    let unary = Unary::from_name(word).filter(|_| inputs.len() == 1).map(Op::Unary);
                    unary.or_else(|| Binary::from_name(word).filter(|_| inputs.len() == 2).map(Op::Binary))
                });
                match found {
                    Some(op) => op,
                    None if word == Some("topk") => read::old_top_k(operation)?,
                    None => {
                        let op = format!("custom_call @{target}");
                        let reason = "nothing is known by that name";
                        return fault(operation.at, Problem::Unsupported { op, reason });
                    }
                }
            }
        };
        self.push(scope, operation, op, &inputs, declared)
    }
}

/// A value, with what it is where it is a constant.
pub(super) fn bound(builder: &GraphBuilder, value: Value) -> Bound {
    let nodes = builder.graph().nodes();
    let node = nodes.get(nodes.partition_point(|node| node.outputs.end <= value.0));
    match node.map(|node| &node.op) {
        Some(Op::Constant(literal)) => Bound::Constant(value, Box::new(literal.clone())),
        _ => Bound::Value(value),
    }
}

/// Whether a name is one an author gave, not a number or one of the printer's.
fn telling(written: &str) -> bool {
    let stem = written.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    !matches!(stem, "" | "arg" | "c" | "cst" | "iterArg" | "values" | "indices" | "lhs" | "rhs" | "applied")
}
