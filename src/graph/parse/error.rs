//! What is wrong with a text, and where.

use super::Limits;
use crate::graph::{GraphError, Role};
use crate::shape::{TensorType, TooLarge};
use crate::site::Name;
use brolga_codegen::DType;
use std::fmt;

/// Why a text is not a program: the first fault of its form, or every fault of its meaning.
#[derive(Clone, PartialEq, Debug)]
pub struct TextError {
    /// The file, as the caller named it.
    pub file: Name,
    /// The faults in the order they were met; at least one.
    pub faults: Vec<TextFault>,
    /// How many more there are than are listed.
    pub more: usize,
}

/// One fault of a text.
#[derive(Clone, PartialEq, Debug)]
pub struct TextFault {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The line itself; of a long line the part around the column.
    pub excerpt: String,
    /// Characters of `excerpt` before the column.
    pub caret: usize,
    /// What is wrong.
    pub problem: Problem,
}

impl std::error::Error for TextError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.faults.first().map(|fault| &fault.problem as _)
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file.is_empty() { "text" } else { &self.file };
        for (k, fault) in self.faults.iter().enumerate() {
            if k > 0 {
                f.write_str("\n")?;
            }
            let TextFault { line, column, excerpt, caret, problem } = fault;
            write!(f, "{file}:{line}:{column}: {problem}\n  | {excerpt}\n  | {:caret$}^", "")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more faults", self.more)?;
        }
        Ok(())
    }
}

/// What can be wrong with a text.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Problem {
    /// It does not have the form it must have here.
    #[error("expected {expected}, found {found}")]
    Syntax {
        /// What can stand here.
        expected: String,
        /// What stands here.
        found: String,
    },
    /// Regions, attributes, types, locations or calls are nested too deeply.
    #[error("nested more than {limit} levels deep")]
    TooDeep {
        /// Levels allowed.
        limit: usize,
    },
    /// The text is longer than positions can be told.
    #[error("the text has {bytes} bytes, over the limit of {limit}")]
    TooLong {
        /// Bytes of the text.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The program has too many values, most of them probably captured by nested regions.
    #[error("the program defines more than {limit} values")]
    TooManyValues {
        /// Values allowed.
        limit: usize,
    },
    /// A type is too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A value that is not defined, or not yet.
    #[error("`{name}` is not defined here")]
    Undefined {
        /// The value as written.
        name: String,
    },
    /// A value that is defined twice.
    #[error("`{name}` is already defined")]
    Redefined {
        /// The value as written.
        name: String,
    },
    /// As many names as results were not given.
    #[error("`{op}` has {results} results, {names} are named")]
    ResultCount {
        /// The op.
        op: String,
        /// Results it has.
        results: usize,
        /// Results that got a name.
        names: usize,
    },
    /// The op has another number of operands.
    #[error("`{op}` takes {expected} operands, {found} are given")]
    OperandCount {
        /// The op.
        op: String,
        /// Operands it takes.
        expected: String,
        /// Operands it is given.
        found: usize,
    },
    /// The type written for an operand is not the type it has.
    #[error("operand {number} of `{op}` is a `{found}`, `{written}` is written")]
    OperandType {
        /// The op.
        op: String,
        /// Which operand, from 0.
        number: usize,
        /// The type in the text.
        written: String,
        /// The type of the value.
        found: TensorType,
    },
    /// An attribute is missing or is no such thing.
    #[error("attribute `{attribute}` of `{op}` must be {expected}, {found}")]
    Attribute {
        /// The op.
        op: String,
        /// The attribute.
        attribute: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is, if it is there.
        found: String,
    },
    /// The op has another number of regions.
    #[error("`{op}` takes {expected} regions, {found} are given")]
    RegionCount {
        /// The op.
        op: String,
        /// Regions it takes.
        expected: usize,
        /// Regions it is given.
        found: usize,
    },
    /// An op of StableHLO that brolga does not run.
    #[error("`{op}` is not supported, because {reason}")]
    Unsupported {
        /// The op, or what of it.
        op: String,
        /// Why not.
        reason: &'static str,
    },
    /// A type of StableHLO that brolga does not have.
    #[error("type `{ty}` is not supported, because {reason}")]
    UnsupportedType {
        /// The type.
        ty: String,
        /// Why not.
        reason: &'static str,
    },
    /// An op that is not known.
    #[error("`{op}` is not an op of StableHLO, CHLO, func, check or brolga")]
    UnknownOp {
        /// The op.
        op: String,
    },
    /// An element of a constant that its type cannot hold.
    #[error("`{element}` is not a `{dtype}`")]
    Element {
        /// The element as written.
        element: String,
        /// The type it should have.
        dtype: DType,
    },
    /// A constant with more or fewer elements than its type says.
    #[error("`{ty}` wants {expected} {what}, {found} are given")]
    ElementCount {
        /// The type of the constant.
        ty: TensorType,
        /// What is counted: elements along an axis, or bytes.
        what: String,
        /// As many as the type wants.
        expected: String,
        /// As many as there are.
        found: usize,
    },
    /// A region that must be closed reads a value from outside that is not a constant.
    #[error("the {role} of `{op}` reads `{name}` from outside\n  help: only constants can be read from outside here")]
    Captured {
        /// The op.
        op: String,
        /// Which of its regions.
        role: Role,
        /// The value.
        name: String,
    },
    /// A region that does not end in a return.
    #[error("the {role} of `{op}` must end in a return")]
    NoReturn {
        /// The op.
        op: String,
        /// What the region is.
        role: String,
    },
    /// The results a function returns are not those it declares.
    #[error("`@{function}` declares the results ({declared}) and returns ({returned})")]
    Returned {
        /// The function.
        function: String,
        /// Types declared.
        declared: String,
        /// Types returned.
        returned: String,
    },
    /// There is no function to start with.
    #[error("the module has no function `@main` and no other single public function")]
    NoMain,
    /// A call of a function that is not there.
    #[error("there is no function `@{name}`")]
    UnknownFunction {
        /// The function.
        name: String,
    },
    /// A function that has no body.
    #[error("function `@{name}` is declared without a body")]
    NoBody {
        /// The function.
        name: String,
    },
    /// A function that calls itself, directly or not.
    #[error("function `@{name}` calls itself (through {path})")]
    Recursive {
        /// The function.
        name: String,
        /// The calls that lead back.
        path: String,
    },
    /// A node that breaks the rules of its op.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// A fault with its place as an offset in bytes.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) problem: Problem,
}

/// What parsing gives; boxed, for faults are rare and large.
pub(super) type Parsed<T> = Result<T, Box<Fault>>;

pub(super) fn fault<T>(at: usize, problem: Problem) -> Parsed<T> {
    Err(Box::new(Fault { at, problem }))
}

/// A text with its lines counted.
pub(super) struct Source<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Source<'a> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(k, _)| k + 1);
        Source { text, starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// Line and column of an offset, from 1. Columns count characters on lines of ordinary length, else bytes.
    pub(super) fn place(&self, at: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= at) - 1;
        let before = &self.text.as_bytes()[self.starts[line]..at.min(self.text.len())];
        let is_long = before.len() > 4096;
        let column = if is_long { before.len() } else { before.iter().filter(|byte| **byte & 0xC0 != 0x80).count() };
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (small(line + 1), small(column + 1))
    }

    fn locate(&self, fault: Fault) -> TextFault {
        let (line, column) = self.place(fault.at);
        let start = self.starts[line as usize - 1];
        let end = self.starts.get(line as usize).map_or(self.text.len(), |next| next - 1);
        let at = fault.at.clamp(start, end);
        let mut from = at.saturating_sub(120).max(start);
        let mut to = (at + 80).min(end);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        while !self.text.is_char_boundary(to) {
            to -= 1;
        }
        let clean = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
        let mut middle = at.clamp(from, to);
        while !self.text.is_char_boundary(middle) {
            middle -= 1;
        }
        let head = clean(&self.text[from..middle.max(from)]);
        let head = if from == start { head.trim_start().to_owned() } else { head };
        let excerpt = format!("{head}{}", clean(&self.text[middle.max(from)..to]).trim_end());
        TextFault { line, column, caret: head.chars().count(), excerpt, problem: fault.problem }
    }

    pub(super) fn error(&self, file: &Name, mut faults: Vec<Fault>, limits: &Limits) -> TextError {
        let more = faults.len().saturating_sub(limits.faults.max(1));
        faults.truncate(limits.faults.max(1));
        TextError { file: file.clone(), faults: faults.into_iter().map(|fault| self.locate(fault)).collect(), more }
    }
}
