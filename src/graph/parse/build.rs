//! From the syntax tree to graphs: which functions there are, in which order they are built.

use super::Limits;
use super::error::{Fault, Parsed, Problem, Source, fault};
use super::location::Locations;
use super::operation::Module;
use super::syntax::{Block, Operation};
use crate::graph::Graph;
use crate::site::Name;
use std::collections::HashMap;
use std::sync::Arc;

/// Builds graphs from the functions of a module.
pub(super) struct Builder<'p, 'a> {
    pub(super) source: &'p Source<'a>,
    pub(super) file: &'p Name,
    pub(super) limits: &'p Limits,
    pub(super) locations: Locations<'p, 'a>,
    pub(super) functions: HashMap<&'p str, Function<'p, 'a>>,
    /// The functions built so far; `None` for those with faults.
    pub(super) graphs: HashMap<&'p str, Option<Arc<Graph>>>,
    pub(super) faults: Vec<Fault>,
    pub(super) values: usize,
    pub(super) nameless: Name,
}

/// A function as the text has it.
pub(super) struct Function<'p, 'a> {
    pub(super) operation: &'p Operation<'a>,
    calls: Vec<Call<'p>>,
    /// Levels of regions in it, its own not counted.
    depth: usize,
}

#[derive(Clone, Copy)]
struct Call<'p> {
    callee: &'p str,
    at: usize,
    depth: usize,
}

/// Faults kept at most, however many there are.
const MOST_FAULTS: usize = 10_000;

/// The graph of the main function.
pub(super) fn build(
    module: &Module<'_>,
    source: &Source<'_>,
    file: &Name,
    limits: &Limits,
) -> Result<Graph, Vec<Fault>> {
    let mut builder = Builder {
        source,
        file,
        limits,
        locations: Locations::new(&module.cursor.locations),
        functions: HashMap::new(),
        graphs: HashMap::new(),
        faults: vec![],
        values: 0,
        nameless: "".into(),
    };
    let graph = builder.declare(module).and_then(|main| builder.reach(main)).map(|main| builder.graphs.remove(main));
    match graph {
        Ok(Some(Some(graph))) if builder.faults.is_empty() => {
            drop(builder);
            Ok(Arc::try_unwrap(graph).unwrap_or_else(|shared| (*shared).clone()))
        }
        Ok(_) => Err(builder.faults),
        Err(fault) => {
            builder.faults.push(*fault);
            Err(builder.faults)
        }
    }
}

impl<'p, 'a> Builder<'p, 'a> {
    #[expect(clippy::boxed_local, reason = "faults come boxed from where they were met")]
    pub(super) fn report(&mut self, fault: Box<Fault>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(*fault);
        }
    }

    /// Takes note of all functions; the name of the main one.
    fn declare(&mut self, module: &'p Module<'a>) -> Parsed<&'p str> {
        let mut public = vec![];
        for operation in &module.functions {
            if operation.name != "func.func" {
                let reason = "a module holds functions only";
                return fault(operation.at, Problem::Unsupported { op: operation.name.to_string(), reason });
            }
            let Some(name) = operation.symbol("sym_name") else { return operation.bad("sym_name", "a symbol") };
            let mut function = Function { operation, calls: vec![], depth: 0 };
            for block in &operation.regions {
                function.walk(block, 1);
            }
            if self.functions.insert(name, function).is_some() {
                return fault(operation.at, Problem::Redefined { name: format!("@{name}") });
            }
            let visibility = operation.attribute("sym_visibility").and_then(|value| value.variant());
            if visibility.is_none_or(|visibility| visibility == "public") {
                public.push(name);
            }
        }
        if self.functions.contains_key("main") {
            return Ok("main");
        }
        match (public[..].first(), public.len(), module.functions.first()) {
            (Some(only), 1, _) => Ok(only),
            (None, _, Some(only)) if module.functions.len() == 1 => {
                only.symbol("sym_name").map_or_else(|| only.bad("sym_name", "a symbol"), Ok)
            }
            (_, _, first) => fault(first.map_or(0, |first| first.at), Problem::NoMain),
        }
    }

    /// Builds all functions that `main` reaches, callees first.
    fn reach(&mut self, main: &'p str) -> Parsed<&'p str> {
        let mut heights: HashMap<&'p str, usize> = HashMap::new();
        let mut open: Vec<(&'p str, usize)> = vec![(main, 0)];
        let mut on_path: HashMap<&'p str, usize> = HashMap::from([(main, 0)]);
        while let Some((name, next)) = open.pop() {
            let function = &self.functions[name];
            if let Some(call) = function.calls.get(next).copied() {
                open.push((name, next + 1));
                if heights.contains_key(call.callee) {
                    continue;
                }
                if let Some(start) = on_path.get(call.callee) {
                    let path: Vec<String> =
                        open[*start..].iter().take(8).map(|(name, _)| format!("`@{name}`")).collect();
                    let name = call.callee.to_owned();
                    return fault(call.at, Problem::Recursive { name, path: path.join(", ") });
                }
                let Some((callee, _)) = self.functions.get_key_value(call.callee) else {
                    let problem = Problem::UnknownFunction { name: call.callee.to_owned() };
                    self.report(Box::new(Fault { at: call.at, problem }));
                    heights.insert(call.callee, 0);
                    continue;
                };
                on_path.insert(callee, open.len());
                open.push((callee, 0));
                continue;
            }
            let mut height = function.depth;
            for call in &function.calls {
                let below = call.depth + heights.get(call.callee).copied().unwrap_or(0);
                if below > self.limits.nesting {
                    return fault(call.at, Problem::TooDeep { limit: self.limits.nesting });
                }
                height = height.max(below);
            }
            on_path.remove(name);
            heights.insert(name, height);
            let graph = self.function(name, self.functions[name].operation);
            self.graphs.insert(name, graph.map(Arc::new));
        }
        Ok(main)
    }
}

impl<'p> Function<'p, '_> {
    /// Notes calls and depth.
    fn walk(&mut self, block: &'p Block<'_>, depth: usize) {
        self.depth = self.depth.max(depth);
        for operation in &block.operations {
            let callee = match operation.name.as_ref() {
                "func.call" => operation.symbol("callee"),
                "stablehlo.composite" => operation.symbol("decomposition"),
                _ => None,
            };
            if let Some(callee) = callee {
                self.calls.push(Call { callee, at: operation.at, depth });
            }
            for region in &operation.regions {
                self.walk(region, depth + 1);
            }
        }
    }
}
