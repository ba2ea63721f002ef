//! The brolga command line.

// Until `run` takes `--callback`.
#[allow(dead_code)]
mod callback;

fn main() {}
