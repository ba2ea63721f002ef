//! Elementary and special functions against tables of correct values, interpreted and compiled.
//!
//! The tables stand outside the repository; `BROLGA_CONFORMANCE` names their folder. NumPy's hold correctly rounded values
//! and a limit in units in the last place for each; Boost's, as SciPy carries them, hold values good to double precision.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "accuracy/distance.rs"]
mod distance;
#[allow(dead_code, reason = "shared with tests that list their arrays")]
#[path = "conformance/npz.rs"]
mod npz;
#[path = "common/runners.rs"]
mod runners;
#[path = "accuracy/special.rs"]
mod special;
#[path = "accuracy/umath.rs"]
mod umath;

use brolga::Tensor;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The arrays of a table, or `None` where the tables are not there; then it prints how many points are left out.
fn table(file: &str, points: usize) -> Option<BTreeMap<String, Tensor>> {
    match std::env::var_os("BROLGA_CONFORMANCE") {
        Some(folder) => Some(npz::read(&PathBuf::from(folder).join("accuracy").join(file))),
        None => {
            println!("left out: {points} points of {file}, BROLGA_CONFORMANCE is not set");
            None
        }
    }
}
