//! Where in the user's program something was made.

use std::cell::RefCell;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// A name shared by many holders.
pub type Name = Arc<str>;

/// A place in a source file: of Rust code, of a program's text, or of the program the text was made from.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Site {
    /// The file, as its author would name it; empty where unknown.
    pub file: Name,
    /// Line, from 1; 0 where unknown.
    pub line: u32,
    /// Column, from 1; 0 where unknown.
    pub column: u32,
}

impl Site {
    /// The place of the caller: what the innermost [`within`] says, else the place in Rust.
    #[track_caller]
    pub fn here() -> Site {
        if let Some(site) = FOREIGN.with_borrow(Option::clone) {
            return site;
        }
        let at = Location::caller();
        Site { file: shared(at.file()), line: at.line(), column: at.column() }
    }

    /// No known place.
    pub fn unknown() -> Site {
        Site { file: "".into(), line: 0, column: 0 }
    }

    /// Whether the place is known.
    pub fn is_known(&self) -> bool {
        !self.file.is_empty()
    }
}

/// The name of a source file, made once for as long as the thread asks for the same one: eager ops do.
fn shared(file: &'static str) -> Name {
    LAST.with_borrow_mut(|last| match last {
        Some((known, name)) if std::ptr::eq(*known, file) => name.clone(),
        _ => {
            let name: Name = file.into();
            *last = Some((file, name.clone()));
            name
        }
    })
}

thread_local! {
    static LAST: RefCell<Option<(&'static str, Name)>> = const { RefCell::new(None) };
    /// The place in the user's program, where that is not written in Rust.
    static FOREIGN: RefCell<Option<Site>> = const { RefCell::new(None) };
}

/// Runs `f`; what it makes on this thread is said to be made at `site`. For front ends of other languages.
pub fn within<R>(site: Site, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<Site>);
    impl Drop for Restore {
        fn drop(&mut self) {
            FOREIGN.set(self.0.take());
        }
    }
    let _restore = Restore(FOREIGN.replace(Some(site)));
    f()
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_known(), self.line, self.column) {
            (false, ..) => f.write_str("an unknown place"),
            (true, 0, _) => write!(f, "{}", self.file),
            (true, line, 0) => write!(f, "{}:{line}", self.file),
            (true, line, column) => write!(f, "{}:{line}:{column}", self.file),
        }
    }
}
