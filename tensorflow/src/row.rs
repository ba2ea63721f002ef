//! The table of ops: one row each, found by name.

use crate::arg::{Args, Out};
use crate::error::Result;
use crate::ops;
use crate::signature::Signature;
use brolga::{Binary, DType};
use rustc_hash::FxHashMap;
use std::sync::{LazyLock, OnceLock};

/// What an op means.
pub type Define = fn(&Args) -> Result<Out>;

/// The element types of an op's results, where they must be said before shapes are known.
pub type Gives = fn(&Args) -> Result<Vec<DType>>;

/// One op.
pub struct Row {
    /// Its names below `tf.`, the first one for messages.
    pub names: &'static [&'static str],
    /// Its parameters, as Python writes them.
    pub parameters: &'static str,
    /// One sentence on what it does.
    pub doc: &'static str,
    /// Its meaning.
    pub define: Define,
    /// The element types of its results, where a trial on guessed shapes cannot tell.
    pub gives: Option<Gives>,
    /// Whether the shape of its result depends on data: then it never runs in native code.
    pub host: bool,
    /// The word that it is for two tensors of one element type (of numbers) and one shape.
    pub word: Option<Binary>,
    /// Whether it is defined for operands whose extents are open.
    pub open: bool,
}

impl Row {
    /// An op whose result's shape follows from its operands' shapes and the values of its attributes.
    pub const fn new(
        names: &'static [&'static str],
        parameters: &'static str,
        doc: &'static str,
        define: Define,
    ) -> Row {
        Row { names, parameters, doc, define, gives: None, host: false, open: false, word: None }
    }

    /// The same op; its results' element types.
    pub const fn gives(self, gives: Gives) -> Row {
        Row { gives: Some(gives), ..self }
    }

    /// The same op; the shape of its result depends on data.
    pub const fn host(self) -> Row {
        Row { host: true, ..self }
    }

    /// The same op; the word that it is for two tensors of one element type and shape.
    pub const fn word(self, word: Binary) -> Row {
        Row { word: Some(word), ..self }
    }

    /// The same op, which need not wait for its operands' extents.
    pub const fn open(self) -> Row {
        Row { open: true, ..self }
    }

    /// The name used in messages.
    pub fn name(&self) -> &'static str {
        self.names[0]
    }

    /// Its parameters.
    pub fn signature(&'static self) -> &'static Signature {
        static SIGNATURES: LazyLock<FxHashMap<&'static str, OnceLock<Signature>>> =
            LazyLock::new(|| rows().map(|row| (row.name(), OnceLock::new())).collect());
        let cell = SIGNATURES.get(self.name()).expect("law: every row is in the table");
        cell.get_or_init(|| Signature::parse(self.name(), self.parameters))
    }
}

/// Every op.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    ops::TABLES.iter().flat_map(|table| table.iter())
}

/// The op of a name below `tf.`.
pub fn find(name: &str) -> Option<&'static Row> {
    static BY_NAME: LazyLock<FxHashMap<&'static str, &'static Row>> =
        LazyLock::new(|| rows().flat_map(|row| row.names.iter().map(move |name| (*name, row))).collect());
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_can_be_read_and_every_name_is_given_once() {
        let mut seen = std::collections::BTreeSet::new();
        for row in rows() {
            assert!(!row.signature().parameters.is_empty() || row.parameters.is_empty(), "{}", row.name());
            assert!(row.doc.ends_with('.'), "the sentence of {} ends in a full stop", row.name());
            for name in row.names {
                assert!(seen.insert(*name), "`{name}` stands twice in the table");
            }
        }
    }
}
