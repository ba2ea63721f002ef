//! Damaged programs are refused or run, and never bring the process down.
#![allow(clippy::unwrap_used)]

use brolga::cancel::CancelToken;
use brolga::graph::{Graph, parse};
use brolga::interpret::{self, Context, FOLD_LIMIT};
use brolga::{Tensor, lower, passes, shape};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Mutations tried. A longer run by hand: `BROLGA_MUTATIONS=1000000 cargo test --release --test fuzz`.
fn mutations() -> u64 {
    std::env::var("BROLGA_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000)
}

/// Longest time one program may run before it is cancelled.
const PATIENCE: Duration = Duration::from_millis(500);

/// Longest time it may go on after that.
const OBEDIENCE: Duration = Duration::from_secs(60);

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

fn collect(folder: &Path, texts: &mut Vec<String>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "mlir") {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// A number where the text has one, the end of another word, another word: changes that often still parse.
fn mutated(text: &str, texts: &[String], dice: &mut Dice) -> String {
    const NUMBERS: [&str; 14] = [
        "0",
        "1",
        "2",
        "3",
        "7",
        "-1",
        "255",
        "4096",
        "65536",
        "2147483647",
        "4294967296",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999",
    ];
    const TYPES: [&str; 9] = ["f32", "f64", "i32", "i1", "ui8", "i64", "bf16", "complex<f32>", "f16"];
    const WORDS: [&str; 16] = [
        "add",
        "multiply",
        "power",
        "maximum",
        "divide",
        "remainder",
        "atan2",
        "and",
        "shift_left",
        "abs",
        "negate",
        "tanh",
        "sqrt",
        "sign",
        "real",
        "not",
    ];
    let mut text = text.to_owned();
    for _ in 0..1 + dice.below(2) {
        let pieces: Vec<(usize, &str)> = pieces(&text);
        if pieces.is_empty() {
            break;
        }
        let (at, piece) = pieces[dice.below(pieces.len())];
        let is_number = piece.bytes().all(|byte| byte.is_ascii_digit());
        let alike: Option<&[&str]> = if is_number {
            Some(&NUMBERS)
        } else {
            [&TYPES[..], &WORDS].into_iter().find(|words| words.contains(&piece))
        };
        let other = match (alike, dice.below(12)) {
            (Some(alike), 0..10) => alike[dice.below(alike.len())].to_owned(),
            (_, 0 | 10) => pieces[dice.below(pieces.len())].1.to_owned(),
            (_, 1) => String::new(),
            (_, 2) => {
                let words = self::pieces(&texts[dice.below(texts.len())]).into_iter().map(|(_, word)| word.to_owned());
                let words: Vec<String> = words.collect();
                words.get(dice.below(words.len())).cloned().unwrap_or_default()
            }
            (_, 3) => format!("{piece}{piece}"),
            (_, 4) => (b"(){}[]<>%#@!:,=\"x?*-"[dice.below(20)] as char).to_string(),
            _ => continue,
        };
        if alike.is_some() && dice.below(2) == 0 {
            // Everywhere, so that types still agree.
            let places: Vec<usize> = pieces.iter().filter(|(_, word)| *word == piece).map(|(at, _)| *at).collect();
            let length = piece.len();
            places.into_iter().rev().for_each(|at| text.replace_range(at..at + length, &other));
        } else {
            let end = at + piece.len();
            text.replace_range(at..end, &other);
        }
    }
    text
}

/// The words and numbers of a text, and where they stand; an extent is a word of its own.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut found = vec![];
    let mut rest = 0;
    let kind =
        |byte: u8| if byte.is_ascii_digit() { 1 } else { u8::from(byte.is_ascii_alphabetic() || byte == b'_') * 2 };
    let bytes = text.as_bytes();
    while rest < bytes.len() {
        let of = kind(bytes[rest]);
        let mut length = bytes[rest..].iter().take_while(|&&byte| kind(byte) == of).count();
        let after = bytes[rest + length..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        // `f32` is one word, but `x32` an extent.
        if of == 2 && after > 0 && bytes[rest + length - 1] != b'x' {
            length += after;
        }
        if of != 0 {
            found.push((rest, &text[rest..rest + length]));
        }
        rest += length;
    }
    found
}

/// How far a text came.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
enum Reached {
    Parsed,
    Prepared,
    Ran,
}

/// Parses, verifies, prepares and runs a text on zeros, compiled and interpreted.
fn tried(text: &str, cancel: &CancelToken) -> Option<Reached> {
    let graph = match parse::parse(text, "mutated") {
        Ok(graph) => graph,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    let zeros = |ty: &brolga::TensorType| Tensor::zeros(ty.dtype, &ty.extents()?).ok();
    let arguments: Option<Vec<Tensor>> = graph.parameter_types().iter().map(zeros).collect();
    let Some(arguments) = arguments else { return Some(Reached::Parsed) };
    let types: Vec<_> = arguments.iter().map(Tensor::ty).collect();
    // What is folded never comes to native code: half of the texts stay as they are.
    let folds = text.len().is_multiple_of(2);
    let fold = |graph: &Graph| if folds { interpret::fold(graph, FOLD_LIMIT) } else { graph.clone() };
    let prepared = match passes::prepare(&graph, &types, passes::Options::default(), fold) {
        Ok(prepared) => prepared,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return Some(Reached::Parsed);
        }
    };
    native(&prepared, &arguments, cancel);
    let context = Context { cancel: cancel.clone(), ..Context::default() };
    match interpret::run(&prepared, &arguments, &context) {
        Ok(_) => Some(Reached::Ran),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            Some(Reached::Prepared)
        }
    }
}

/// Compiles and runs a graph, where native code takes it.
fn native(graph: &Graph, arguments: &[Tensor], cancel: &CancelToken) {
    match lower::compile(graph).map(|executable| executable.run(arguments, cancel)) {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => assert!(!error.to_string().is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Tries texts on a thread of its own, so that one that does not end is seen.
fn watched(texts: mpsc::Receiver<(String, CancelToken)>, done: mpsc::Sender<Option<Reached>>) {
    for (text, cancel) in texts {
        if done.send(tried(&text, &cancel)).is_err() {
            return;
        }
    }
}

/// One test, for the limit holds for the whole process.
#[test]
fn no_mutation_of_a_program_brings_the_process_down() {
    shape::set_memory_limit(Some(64 << 20));
    let mut texts = vec![];
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files"), &mut texts);
    texts.retain(|text| text.len() < 20_000);
    let (give, given) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let worker = thread::spawn(move || watched(given, tell));
    let seed = std::env::var("BROLGA_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut dice = Dice(seed);
    let (mut parsed, mut ran) = (0, 0);
    for _ in 0..mutations() {
        let text = mutated(&texts[dice.below(texts.len())], &texts, &mut dice);
        let cancel = CancelToken::new();
        give.send((text.clone(), cancel.clone())).unwrap();
        let reached = told.recv_timeout(PATIENCE).or_else(|error| {
            assert!(error == mpsc::RecvTimeoutError::Timeout, "it panics on:\n{text}");
            cancel.cancel();
            told.recv_timeout(OBEDIENCE)
        });
        let reached = reached
            .unwrap_or_else(|error| panic!("{error}; it panics, or does not end where it is cancelled:\n{text}"));
        parsed += u64::from(reached.is_some());
        ran += u64::from(reached == Some(Reached::Ran));
    }
    drop(give);
    worker.join().unwrap();
    assert!(parsed * 20 > mutations() && ran * 50 > mutations(), "{parsed} parsed, {ran} ran: too few to tell");
}
