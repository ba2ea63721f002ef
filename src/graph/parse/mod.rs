//! StableHLO text to graphs.

mod attribute;
mod build;
mod cursor;
mod dense;
mod error;
mod function;
mod location;
mod operation;
mod pretty;
mod read;
mod region;
mod syntax;
mod types;

pub use error::{Problem, TextError, TextFault};

use super::Graph;
use crate::site::Name;
use cursor::Cursor;
use error::{Fault, Source};

/// How much a text may ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Levels of nesting of regions, attributes, lists, types, locations and calls.
    pub nesting: usize,
    /// Values of all graphs together.
    pub values: usize,
    /// Faults that are reported.
    pub faults: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { nesting: 256, values: 1 << 24, faults: 100 }
    }
}

/// The function `@main` of a StableHLO module, or its only public function; the functions it calls are shared by all
/// calls. `file` names the text in messages and in the sites of nodes.
///
/// A captured constant is copied into the region that reads it; other captured values become operands (`if`, `case`) or
/// are carried (`while`); regions of other ops may capture constants only.
pub fn parse(text: &str, file: &str) -> Result<Graph, TextError> {
    parse_with(text, file, &Limits::default())
}

/// The same within other limits.
pub fn parse_with(text: &str, file: &str, limits: &Limits) -> Result<Graph, TextError> {
    let file: Name = file.into();
    let longest = u32::MAX as usize - 1;
    if text.len() > longest {
        let problem = Problem::TooLong { bytes: text.len(), limit: longest };
        return Err(Source::new("").error(&file, vec![Fault { at: 0, problem }], limits));
    }
    let shallow = Limits { nesting: limits.nesting.min(SHALLOW), ..*limits };
    let result = parse_here(text, &file, &shallow);
    let is_deep = |error: &TextError| error.faults.iter().any(|fault| matches!(fault.problem, Problem::TooDeep { .. }));
    match result {
        Err(error) if limits.nesting > SHALLOW && is_deep(&error) => parse_on_deep_stack(text, &file, limits, error),
        result => result,
    }
}

/// Levels of nesting that any thread's stack has room for.
const SHALLOW: usize = 64;

/// Bytes of stack for each level of nesting beyond that, also without optimisation.
const STACK_PER_LEVEL: usize = 64 << 10;

fn parse_here(text: &str, file: &Name, limits: &Limits) -> Result<Graph, TextError> {
    let source = Source::new(text);
    let module = Cursor::new(text, limits.nesting).module();
    let module = module.map_err(|fault| source.error(file, vec![*fault], limits))?;
    build::build(&module, &source, file, limits).map_err(|faults| source.error(file, faults, limits))
}

/// Parses on a thread that has room for all levels; `error` stands where there can be no such thread.
fn parse_on_deep_stack(text: &str, file: &Name, limits: &Limits, error: TextError) -> Result<Graph, TextError> {
    let stack = limits.nesting.saturating_mul(STACK_PER_LEVEL).clamp(8 << 20, 1 << 30);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack);
        match thread.spawn_scoped(scope, || parse_here(text, file, limits)) {
            Ok(parsing) => parsing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => Err(error),
        }
    })
}
