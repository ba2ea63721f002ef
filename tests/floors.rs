//! Imports go down, never up or sideways; `unsafe` stays in the rooms that may have it.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms of `src/`, bottom first. Rooms on one floor may not see each other.
const FLOORS: &[&[&str]] = &[
    &["shape", "site", "cancel"],
    &["tensor"],
    &["show", "host"],
    &["graph"],
    &["compose"],
    &["passes"],
    &["gradient"],
    &["lower"],
    &["islands"],
    &["interpret"],
    &["function"],
];

/// Rooms of `codegen/src/`, bottom first: the words, then the kernel language, then what runs it.
const BACK_END: &[&[&str]] = &[
    &["attributes", "recipe", "pool"],
    &["scalar"],
    &["kernel"],
    &["library"],
    &["evaluate", "plan"],
    &["verify", "kernel_text"],
    &["error", "emit", "widen"],
    &["evaluate_plan", "cost"],
    &["code"],
    &["code_call"],
];

/// The sources of every crate.
const CRATES: [&str; 5] = ["src", "codegen/src", "tensorflow/src", "cli/src", "python/src"];

/// What a crate's sources may not name: the doors that stand above it.
const ABOVE: &[(&str, &[&str])] = &[
    ("codegen/src", &["brolga::", "brolga_tensorflow", "pyo3"]),
    ("src", &["brolga_tensorflow", "pyo3"]),
    ("tensorflow/src", &["pyo3", "numpy::"]),
    ("cli/src", &["pyo3"]),
];

/// Where `unsafe` may stand.
const UNSAFE: &[&str] = &[
    "src/tensor.rs",
    "src/tensor/",
    "src/host/",
    "codegen/src/code",
    "codegen/src/pool",
    "codegen/src/library/",
    // Loads the libraries that a command line names.
    "cli/src/callback.rs",
    // Reads and lends the memory of NumPy's arrays.
    "python/src/array.rs",
    // Puts a handler before Python's for Ctrl-C.
    "python/src/interrupt.rs",
];

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = vec![];
    collect(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).as_path(), &mut files);
    files.into_iter().map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The room a file belongs to: the first part of its path below the folder.
fn room(file: &Path, folder: &str) -> String {
    let inside = file.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn upward_imports(folder: &str, floors: &[&[&str]]) -> Vec<String> {
    let floor = |room: &str| floors.iter().position(|rooms| rooms.contains(&room));
    let mut faults = vec![];
    for (file, text) in sources(folder) {
        let here = room(&file, folder);
        if here == "lib" {
            continue;
        }
        let Some(height) = floor(&here) else {
            faults.push(format!("{}: the room `{here}` stands on no floor", file.display()));
            continue;
        };
        let tested = text.find("#[cfg(test)]").unwrap_or(text.len());
        for (number, line) in
            text[..tested].lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for seen in line.split("crate::").skip(1) {
                let seen: String = seen.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if seen != here && floor(&seen).is_some_and(|there| there >= height) {
                    faults.push(format!("{}:{}: `{here}` may not use `{seen}`", file.display(), number + 1));
                }
            }
        }
    }
    faults
}

#[test]
fn imports_go_down() {
    let mut faults = upward_imports("src", FLOORS);
    faults.extend(upward_imports("codegen/src", BACK_END));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn crates_know_nothing_of_the_doors_above_them() {
    let mut faults = vec![];
    for (folder, above) in ABOVE {
        for (file, text) in sources(folder) {
            let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
            for (number, line) in code {
                if above.iter().any(|name| line.contains(name)) {
                    faults.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn unsafe_stays_in_its_rooms() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults = vec![];
    for folder in CRATES {
        for (file, text) in sources(folder) {
            let name = file.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let holds = code.into_iter().any(|line| line.contains("unsafe {") || line.contains("unsafe impl"));
            if holds && !UNSAFE.iter().any(|room| name.starts_with(room)) {
                faults.push(name);
            }
        }
    }
    assert!(faults.is_empty(), "unsafe code outside its rooms: {}", faults.join(", "));
}

#[test]
fn files_stay_short() {
    let mut faults = vec![];
    for folder in CRATES {
        for (file, text) in sources(folder) {
            let lines = text.lines().count();
            if lines > 800 {
                faults.push(format!("{}: {lines} lines", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "files over 800 lines:\n{}", faults.join("\n"));
}
