//! StableHLO text: what it parses to, that it prints back, and that no text brings the parser down.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use brolga::graph::parse::{Problem, TextError, parse};
use brolga::graph::print::with_locations;
use std::path::{Path, PathBuf};

/// The text prints, with places and without, as a program equal to what it parsed to.
fn round_trip(text: &str, file: &str) -> Result<brolga::Graph, TextError> {
    let graph = parse(text, file)?;
    for printed in [graph.to_string(), with_locations(&graph)] {
        match parse(&printed, "printed") {
            Ok(again) => assert!(again == graph, "{file}: printed differently:\n{printed}"),
            Err(error) => panic!("{file}: does not read back: {error}\n{printed}"),
        }
    }
    Ok(graph)
}

/// The conformance folder, where one is given.
fn conformance() -> Option<PathBuf> {
    std::env::var_os("BROLGA_CONFORMANCE").map(PathBuf::from)
}

#[test]
fn programs_of_jax_parse_in_both_forms() {
    let Some(folder) = conformance() else {
        println!("left out: 48 programs of JAX, for BROLGA_CONFORMANCE is not set");
        return;
    };
    let mut count = 0;
    let mut faults = vec![];
    for entry in std::fs::read_dir(folder.join("jax_stablehlo")).unwrap() {
        let folder = entry.unwrap().path();
        let read = |name: &str| {
            let path = folder.join(name);
            let text = std::fs::read_to_string(&path).unwrap();
            round_trip(&text, &path.display().to_string()).map_err(|error| error.to_string())
        };
        match (read("program.mlir"), read("program.generic.mlir")) {
            (Ok(pretty), Ok(generic)) => {
                if pretty != generic {
                    faults.push(format!("{}: the two forms differ", folder.display()));
                }
            }
            (pretty, generic) => faults.extend(pretty.err().into_iter().chain(generic.err())),
        }
        count += 2;
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(count >= 48, "{count} programs");
}

#[test]
fn interpreter_cases_parse_or_say_why_not() {
    let Some(folder) = conformance() else {
        println!("left out: 2774 programs of StableHLO, for BROLGA_CONFORMANCE is not set");
        return;
    };
    let (mut parsed, mut refused) = (0, 0);
    let mut faults = vec![];
    for name in ["cases_a", "cases_b"] {
        let lines = std::fs::read_to_string(folder.join("stablehlo_interp").join(name).join("cases.jsonl")).unwrap();
        for line in lines.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let id = case["id"].as_str().unwrap();
            match round_trip(case["mlir"].as_str().unwrap(), id) {
                Ok(_) => parsed += 1,
                Err(error) => {
                    let refusal = |problem: &Problem| {
                        matches!(problem, Problem::Unsupported { .. } | Problem::UnsupportedType { .. })
                    };
                    if error.faults.iter().all(|fault| refusal(&fault.problem)) {
                        refused += 1;
                    } else {
                        faults.push(error.to_string());
                    }
                }
            }
        }
    }
    println!("{parsed} parsed, {refused} refused, {} faults", faults.len());
    let first = faults.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{} faults:\n{first}", faults.len());
    assert!(parsed >= 2700 && refused <= 60, "{parsed} parsed, {refused} refused");
}

/// The files of this folder.
fn own_files() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/text");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn own_files_print_back() {
    for (path, text) in own_files() {
        if let Err(error) = round_trip(&text, &path.display().to_string()) {
            panic!("{error}");
        }
    }
}

/// The text's faults, as printed.
fn rejected(text: &str) -> TextError {
    match parse(text, "t.mlir") {
        Err(error) => error,
        Ok(graph) => panic!("was taken:\n{graph}"),
    }
}

/// A function `@main` over some usual arguments around `lines`.
fn main_with(lines: &str) -> String {
    format!(
        "func.func @main(%x: tensor<4xf32>, %i: tensor<i32>, %p: tensor<i1>) -> tensor<4xf32> {{\n{lines}\n  return %x : tensor<4xf32>\n}}\n"
    )
}

#[test]
fn faults_say_where_and_what() {
    let error =
        rejected(&main_with("  %0 = stablehlo.add %x, %y : tensor<4xf32>\n  %1 = stablehlo.abs %z : tensor<4xf32>"));
    let places: Vec<(u32, u32)> = error.faults.iter().map(|fault| (fault.line, fault.column)).collect();
    assert_eq!(places, [(2, 26), (3, 22)]);
    assert_eq!(
        error.to_string().lines().take(3).collect::<Vec<_>>(),
        [
            "t.mlir:2:26: `%y` is not defined here",
            "  | %0 = stablehlo.add %x, %y : tensor<4xf32>",
            "  |                        ^"
        ]
    );
    let cases = [
        ("%0 = stablehlo.add %x %x : tensor<4xf32>", "expected `:` and types"),
        ("%0 = stablehlo.add %x, %x : tensor<4xf32", "expected `>`"),
        ("%0:2 = stablehlo.add %x, %x : tensor<4xf32>", "has 1 result"),
        ("%0:2 = \"stablehlo.abs\"(%x) : (tensor<4xf32>) -> tensor<4xf32>", "has 1 results, 2 are named"),
        ("%0 = stablehlo.bogus %x : tensor<4xf32>", "`stablehlo.bogus` is not an op"),
        ("%0 = arith.constant 0 : i32", "`arith.constant` is not an op"),
        (
            "%0 = \"stablehlo.abs\"(%i) : (tensor<4xf32>) -> tensor<4xf32>",
            "is a `tensor<i32>`, `tensor<4xf32>` is written",
        ),
        ("%0 = stablehlo.constant dense<[1, 2]> : tensor<3xi32>", "3 elements along axis 0, 2 are given"),
        ("%0 = stablehlo.constant dense<[[1], [2]]> : tensor<2xi32>", "expected an element"),
        ("%0 = stablehlo.constant dense<300> : tensor<i8>", "`300` is not a `i8`"),
        ("%0 = stablehlo.constant dense<-1> : tensor<ui8>", "`-1` is not a `ui8`"),
        ("%0 = stablehlo.constant dense<\"0x00\"> : tensor<3xi32>", "12 bytes, 1 are given"),
        ("%0 = stablehlo.constant dense_resource<big> : tensor<3xi32>", "`dense_resource` is not supported"),
        ("%0 = stablehlo.transpose %x, dims = [-1] : (tensor<4xf32>) -> tensor<4xf32>", "attribute `permutation`"),
        ("%0 = \"stablehlo.transpose\"(%x) : (tensor<4xf32>) -> tensor<4xf32>", "none is given"),
        ("%0 = stablehlo.replica_id : tensor<ui32>", "runs on one device"),
        ("%0 = stablehlo.after_all : !stablehlo.token", "tokens"),
        (
            "%0 = stablehlo.custom_call @mystery(%x) : (tensor<4xf32>) -> tensor<4xf32>",
            "`custom_call @mystery` is not supported",
        ),
        ("%0 = stablehlo.convert %x : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32, 1.0>>", "quantised"),
        ("%0 = func.call @nobody(%x) : (tensor<4xf32>) -> tensor<4xf32>", "no function `@nobody`"),
        (
            "%0 = func.call @main(%x, %i, %p) : (tensor<4xf32>, tensor<i32>, tensor<i1>) -> tensor<4xf32>",
            "calls itself",
        ),
        ("%x = stablehlo.abs %x : tensor<4xf32>", "`%x` is already defined"),
        (
            "%0 = \"stablehlo.if\"(%p) ({\n stablehlo.return %x : tensor<4xf32>\n}) : (tensor<i1>) -> tensor<4xf32>",
            "2 regions, 1 are given",
        ),
        (
            "%0 = \"stablehlo.map\"(%x) ({\n^bb0(%e: tensor<f32>):\n stablehlo.return %i : tensor<i32>\n}) {dimensions = array<i64: 0>} : (tensor<4xf32>) -> tensor<4xi32>",
            "reads `%i` from outside",
        ),
        (
            "%0 = \"stablehlo.map\"(%x) ({\n^bb0(%e: tensor<f32>):\n}) {dimensions = array<i64: 0>} : (tensor<4xf32>) -> tensor<4xi32>",
            "must end in a return",
        ),
        ("%0 = stablehlo.iota dim = 0 : tensor<9223372036854775807xf32>", "more bytes than can be addressed"),
        ("%0 = stablehlo.iota dim = 0 : tensor<99999999999999999999xf32>", "expected an extent"),
        ("return %x : tensor<4xf32>", "must end in a return"),
    ];
    for (line, expected) in cases {
        let error = rejected(&main_with(line)).to_string();
        assert!(error.contains(expected), "{line}\nwants: {expected}\nfound: {error}");
    }
    assert!(matches!(rejected("").faults[0].problem, Problem::NoMain));
    assert!(rejected("func.func @main() -> tensor<f32>").to_string().contains("without a body"));
    assert!(
        rejected(&"func.func @main() {\n return\n}\n".repeat(2)).to_string().contains("`@main` is already defined")
    );
}

#[test]
fn captures_become_operands_and_constants_are_copied() {
    let text = main_with(
        "  %c = stablehlo.constant dense<2.0> : tensor<4xf32>
  %0 = stablehlo.while(%a = %i) : tensor<i32>
  cond {
    stablehlo.return %p : tensor<i1>
  } do {
    %2 = \"stablehlo.if\"(%p) ({
      %3 = stablehlo.add %x, %c : tensor<4xf32>
      stablehlo.return %3 : tensor<4xf32>
    }, {
      stablehlo.return %x : tensor<4xf32>
    }) : (tensor<i1>) -> tensor<4xf32>
    stablehlo.return %a : tensor<i32>
  }",
    );
    let graph = parse(&text, "t").unwrap();
    let node = graph.nodes().iter().find(|node| node.op.name() == "while").unwrap();
    assert_eq!(node.inputs.len(), 3, "the index, and %p and %x carried along");
    assert_eq!(node.outputs.len(), 3);
    let inner = node.op.regions()[1].1.clone();
    let branch = inner.nodes().iter().find(|node| node.op.name() == "if").unwrap();
    assert_eq!(branch.inputs.len(), 2, "the predicate and %x");
    let on_true = branch.op.regions()[0].1.clone();
    assert!(on_true.nodes().iter().any(|node| node.op.name() == "constant"));
}

#[test]
fn names_and_sites_come_from_locations() {
    let file = own_files().into_iter().find(|(path, _)| path.ends_with("control.mlir")).unwrap();
    let graph = parse(&file.1, "control.mlir").unwrap();
    let node = graph.nodes().iter().find(|node| node.op.name() == "while").unwrap();
    assert_eq!((&*node.name, node.site.to_string().as_str()), ("inner", "control.py:3:4"));
    let compare = &node.op.regions()[0].1.nodes().last().unwrap();
    assert_eq!((&*compare.name, compare.site.to_string().as_str()), ("compare", "control.py:9:1"));
    let choice = graph.nodes().iter().find(|node| node.op.name() == "if").unwrap();
    assert_eq!(choice.site.to_string(), "control.mlir:17:12");
    let shown = with_locations(&graph);
    assert!(shown.contains("loc(\"inner\"(\"control.py\":3:4))"), "{shown}");
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = 100_000;
    let open = |text: &str| text.repeat(deep);
    let texts = [
        main_with(&format!("%0 = stablehlo.constant dense<{}", open("["))),
        main_with(&format!("%0 = stablehlo.constant {}", open("["))),
        main_with(&format!("%0 = stablehlo.abs %x {{a = {}", open("{a = "))),
        main_with(&format!("%0 = stablehlo.abs %x : {}", open("("))),
        main_with(&format!("%0 = stablehlo.abs %x : {}", open("tensor<1xcomplex<"))),
        main_with(&format!("%0 = stablehlo.abs %x : tensor<4xf32> loc({}", open("callsite("))),
        main_with(&format!("%0 = stablehlo.abs %x : tensor<4xf32> loc({}", open("\"a\"("))),
        main_with(&open("\"stablehlo.if\"(%p) ({ ")),
        main_with(&open("%0 = stablehlo.while(%a = %x) : tensor<4xf32> cond {")),
        open("module {"),
        main_with(&format!("func.call @a{}", open("::@a"))),
    ];
    for text in texts {
        let problem = rejected(&text).faults[0].problem.clone();
        assert!(matches!(problem, Problem::TooDeep { .. }), "{problem}");
    }
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    let depth = 250;
    let head = "\"stablehlo.case\"(%i) ({\n";
    let tail = "stablehlo.return\n}) : (tensor<i32>) -> ()\n";
    let graph = round_trip(&main_with(&(head.repeat(depth) + &tail.repeat(depth))), "deep").unwrap();
    drop(graph);
    // A chain of calls is nesting too.
    let chain = |n: usize| {
        let mut text = "func.func @main(%x: tensor<f32>) -> tensor<f32> {\n %0 = call @f0(%x) : (tensor<f32>) -> tensor<f32>\n return %0 : tensor<f32>\n}\n".to_owned();
        for k in 0..n {
            text += &format!(
                "func.func private @f{k}(%x: tensor<f32>) -> tensor<f32> {{\n %0 = call @f{}(%x) : (tensor<f32>) -> tensor<f32>\n return %0 : tensor<f32>\n}}\n",
                k + 1
            );
        }
        text + &format!("func.func private @f{n}(%x: tensor<f32>) -> tensor<f32> {{\n return %x : tensor<f32>\n}}\n")
    };
    round_trip(&chain(250), "chain").unwrap();
    assert!(matches!(rejected(&chain(5000)).faults[0].problem, Problem::TooDeep { .. }));
}

#[test]
fn long_texts_take_linear_time() {
    let lines: String = (0..20_000).map(|k| format!("  %{k} = stablehlo.add %x, %x : tensor<4xf32>\n")).collect();
    let elements = vec!["1.5, 2.5"; 100_000].join(", ");
    let constant = format!("  %big = stablehlo.constant dense<[{elements}]> : tensor<200000xf32>\n");
    let start = std::time::Instant::now();
    let graph = parse(&main_with(&(lines + &constant)), "long").unwrap();
    assert_eq!(graph.nodes().len(), 3 + 20_000 + 1);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

/// A small generator: the sequence is the seed's alone.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// One change of a text: a byte, a word, a line, or the end.
fn mutated(text: &str, dice: &mut Dice) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=dice.below(2) {
        let (at, n) = (dice.below(bytes.len()), bytes.len());
        match dice.below(6) {
            0 if n > 0 => bytes[at] ^= 1 << dice.below(7),
            1 => bytes.insert(at, b"(){}[]<>%#@!:,=\"x0-"[dice.below(19)]),
            2 => drop(bytes.drain(at..(at + dice.below(12)).min(n))),
            3 => bytes.truncate(at),
            4 => {
                let piece: Vec<u8> = bytes[at..(at + dice.below(40)).min(n)].to_vec();
                let to = dice.below(n);
                bytes.splice(to..to, piece);
            }
            _ => {
                let mut words: Vec<&[u8]> = bytes.split(|byte| *byte == b' ').collect();
                let (a, b) = (dice.below(words.len()), dice.below(words.len()));
                words.swap(a, b);
                bytes = words.join(&b' ');
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn no_mutation_of_a_text_brings_the_parser_down() {
    let files = own_files();
    let mut dice = Dice(20_260_101);
    let mut taken = 0;
    for k in 0..12_000 {
        let (_, text) = &files[k % files.len()];
        // Whole files are slow to read: mostly a window of lines inside a function.
        let lines: Vec<&str> = text.lines().collect();
        let from = dice.below(lines.len());
        let piece = lines[from..(from + 1 + dice.below(8)).min(lines.len())].join("\n");
        let text = if k % 12 == 0 { text.clone() } else { main_with(&piece) };
        let text = mutated(&text, &mut dice);
        match parse(&text, "mutated") {
            Ok(graph) => {
                taken += 1;
                drop(graph.to_string());
            }
            Err(error) => assert!(!error.to_string().is_empty() && !error.faults.is_empty()),
        }
    }
    assert!(taken > 10, "{taken}");
}
