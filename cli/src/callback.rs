//! `--callback NAME=LIBRARY:SYMBOL`: host functions from shared libraries.

use brolga::host::{Bindings, HostCallback, LoadError};
use brolga::{Graph, Op};
use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::str::FromStr;

/// A name, and the C function to bind it to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallbackArgument {
    /// The name graphs call it by.
    pub name: String,
    /// The shared library.
    pub library: PathBuf,
    /// The function in it.
    pub symbol: String,
}

/// Why a callback given on the command line cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// It is not spelled `NAME=LIBRARY:SYMBOL`.
    #[error(
        "`{text}` names no callback: {missing} is missing\n  help: write NAME=LIBRARY:SYMBOL, as in sinh=./callbacks.so:sinh_f32"
    )]
    Spelling {
        /// What was given.
        text: String,
        /// What it lacks.
        missing: &'static str,
    },
    /// Two functions for one name.
    #[error("callback `{name}` is given twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// A program names callbacks that nothing is bound to.
    #[error(
        "the program calls back into {}, bound to nothing\n  help: bind each with --callback NAME=LIBRARY:SYMBOL",
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    )]
    Unbound {
        /// The names, in alphabetical order.
        names: Vec<String>,
    },
    /// It could not be loaded.
    #[error("callback `{name}`: {cause}")]
    Load {
        /// The name.
        name: String,
        /// Why.
        #[source]
        cause: LoadError,
    },
}

impl FromStr for CallbackArgument {
    type Err = CallbackError;

    fn from_str(text: &str) -> Result<CallbackArgument, CallbackError> {
        let lacks = |missing| CallbackError::Spelling { text: text.into(), missing };
        let (name, place) = text.split_once('=').ok_or_else(|| lacks("`=`"))?;
        // The last colon: a path may hold others.
        let (library, symbol) = place.rsplit_once(':').ok_or_else(|| lacks("`:` and the symbol"))?;
        for (part, missing) in [(name, "the name"), (library, "the library"), (symbol, "the symbol")] {
            if part.is_empty() {
                return Err(lacks(missing));
            }
        }
        Ok(CallbackArgument { name: name.into(), library: library.into(), symbol: symbol.into() })
    }
}

/// An error that lists every callback of a program that nothing is bound to.
pub fn all_bound(graph: &Graph, bindings: &Bindings) -> Result<(), CallbackError> {
    let mut names = BTreeSet::new();
    collect(graph, &mut HashSet::new(), &mut names);
    names.retain(|name| bindings.get(name).is_none());
    if names.is_empty() { Ok(()) } else { Err(CallbackError::Unbound { names: names.into_iter().collect() }) }
}

/// The names of the callbacks in a graph and its regions, each region looked at once.
fn collect(graph: &Graph, seen: &mut HashSet<*const Graph>, names: &mut BTreeSet<String>) {
    if !seen.insert(std::ptr::from_ref(graph)) {
        return;
    }
    for node in graph.nodes() {
        if let Op::HostCall(callback) = &node.op {
            names.insert(callback.name.to_string());
        }
        node.op.regions().iter().for_each(|(_, region)| collect(region, seen, names));
    }
}

/// Loads what was named on the command line.
pub fn bindings(arguments: &[CallbackArgument]) -> Result<Bindings, CallbackError> {
    let mut bindings = Bindings::new();
    for CallbackArgument { name, library, symbol } in arguments {
        if bindings.get(name).is_some() {
            return Err(CallbackError::Twice { name: name.clone() });
        }
        // SAFETY: whoever wrote the command line asks for this code to run, and answers for the function's type.
        let loaded = unsafe { HostCallback::load(name.as_str(), true, library, symbol) };
        let callback = loaded.map_err(|cause| CallbackError::Load { name: name.clone(), cause })?;
        bindings.bind(name.as_str(), callback);
    }
    Ok(bindings)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_well_spelled_argument_has_three_parts() {
        let found: CallbackArgument = "sinh=C:/lib/my.so:sinh_f32".parse().unwrap();
        let expected =
            CallbackArgument { name: "sinh".into(), library: "C:/lib/my.so".into(), symbol: "sinh_f32".into() };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_misspelled_argument_is_told_what_it_lacks() {
        for (text, missing) in [
            ("sinh", "`=`"),
            ("sinh=lib.so", "`:` and the symbol"),
            ("=lib.so:f", "the name"),
            ("sinh=:f", "the library"),
            ("sinh=lib.so:", "the symbol"),
        ] {
            let message = text.parse::<CallbackArgument>().unwrap_err().to_string();
            assert!(message.contains(&format!("{missing} is missing")), "{message}");
        }
    }

    #[test]
    fn a_library_that_is_not_there_is_an_error() {
        let argument: CallbackArgument = "sinh=/no/such.so:f".parse().unwrap();
        let message = bindings(&[argument]).unwrap_err().to_string();
        assert_eq!(message, "callback `sinh`: there is no file `/no/such.so`");
    }
}
