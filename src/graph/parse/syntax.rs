//! The syntax tree: MLIR operations, the same for the pretty and the generic form.

use super::types::Type;
use crate::graph::Literal;
use std::borrow::Cow;

/// A value as text names it: its name without `%`, and which result of that name.
pub(super) type Key<'a> = (&'a str, u32);

/// A reading of a value.
#[derive(Clone, Copy)]
pub(super) struct Use<'a> {
    pub(super) key: Key<'a>,
    pub(super) at: usize,
}

/// Results defined under one name.
pub(super) struct Defined<'a> {
    pub(super) name: &'a str,
    pub(super) count: u32,
    pub(super) at: usize,
}

/// One operation.
pub(super) struct Operation<'a> {
    pub(super) at: usize,
    pub(super) name: Cow<'a, str>,
    pub(super) results: Vec<Defined<'a>>,
    pub(super) operands: Vec<Use<'a>>,
    pub(super) attributes: Vec<(Cow<'a, str>, Attribute<'a>)>,
    pub(super) regions: Vec<Block<'a>>,
    /// The types written for the operands, where the form has them all.
    pub(super) operand_types: Option<Vec<Type<'a>>>,
    pub(super) result_types: Vec<Type<'a>>,
    pub(super) location: Option<Location<'a>>,
}

/// A region of one block.
pub(super) struct Block<'a> {
    pub(super) at: usize,
    pub(super) arguments: Vec<Argument<'a>>,
    pub(super) operations: Vec<Operation<'a>>,
    /// Values read in it, or in regions inside, that are not defined in it, in order of first reading.
    pub(super) free: Vec<Use<'a>>,
}

/// A parameter of a block.
pub(super) struct Argument<'a> {
    pub(super) name: &'a str,
    pub(super) at: usize,
    pub(super) ty: Type<'a>,
    pub(super) location: Option<Location<'a>>,
}

/// An attribute.
#[derive(Clone)]
pub(super) enum Attribute<'a> {
    Unit,
    Bool(bool),
    /// An integer and its type as written.
    Integer(i128, Option<&'a str>),
    /// A float as written and its type as written.
    Float(&'a str, Option<&'a str>),
    Text(Cow<'a, str>),
    Symbol(Cow<'a, str>),
    List(Vec<Attribute<'a>>),
    /// `array<i64: …>`, its element type first.
    Integers(&'a str, Vec<i64>),
    Dictionary(Vec<(Cow<'a, str>, Attribute<'a>)>),
    Dense(Literal),
    /// A bare word.
    Word(&'a str),
    /// `#name<body>`, and whatever else is only kept as text.
    Custom {
        name: &'a str,
        body: &'a str,
        at: usize,
        whole: &'a str,
    },
}

/// A location.
#[derive(Clone)]
pub(super) enum Location<'a> {
    Unknown,
    Alias(&'a str),
    File(Cow<'a, str>, u32, u32),
    Name(Cow<'a, str>, Option<Box<Location<'a>>>),
    /// Several places, the most telling first.
    Several(Vec<Location<'a>>),
}

impl<'a> Operation<'a> {
    pub(super) fn new(at: usize, name: Cow<'a, str>) -> Operation<'a> {
        Operation {
            at,
            name,
            results: vec![],
            operands: vec![],
            attributes: vec![],
            regions: vec![],
            operand_types: None,
            result_types: vec![],
            location: None,
        }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub(super) fn set(&mut self, name: &'a str, value: Attribute<'a>) {
        self.attributes.push((name.into(), value));
    }

    pub(super) fn symbol(&self, name: &str) -> Option<&str> {
        match self.attribute(name) {
            Some(Attribute::Symbol(symbol) | Attribute::Text(symbol)) => Some(symbol),
            _ => None,
        }
    }
}
