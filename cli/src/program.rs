//! Programs from files.

use crate::Failure;
use brolga::Graph;
use std::path::{Path, PathBuf};

/// A file that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`: {cause}", path.display())]
pub struct Unreadable {
    path: PathBuf,
    cause: std::io::Error,
}

/// The program in a file of StableHLO text.
pub fn load(path: &Path) -> Result<Graph, Failure> {
    let text = std::fs::read_to_string(path).map_err(|cause| Unreadable { path: path.to_owned(), cause })?;
    Ok(brolga::graph::parse::parse(&text, &path.display().to_string())?)
}
