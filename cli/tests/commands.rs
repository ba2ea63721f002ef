//! The commands as a person types them: what they print, where, and with which exit code.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::{Command, Output};

/// A file of its own for one test.
fn file(name: &str, text: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("brolga-commands-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn brolga(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brolga")).args(arguments).output().unwrap()
}

/// Runs a command; checks its exit code and that every part stands in what it printed (in errors where it failed).
fn check(arguments: &[&str], code: i32, parts: &[&str]) -> String {
    let output = brolga(arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}{err}");
    let text = if code == 0 { &out } else { &err };
    for part in parts {
        assert!(text.contains(part), "{arguments:?}: `{part}` is not in\n{out}{err}");
    }
    assert!(!err.contains("panicked"), "{err}");
    out
}

const SUM: &str = "func.func @main(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<3xf32> {
  %0 = stablehlo.add %a, %b : tensor<3xf32>
  return %0 : tensor<3xf32>
}
";

const CALLS_BACK: &str = r#"func.func @main(%a: tensor<3xf32>) -> tensor<3xf32> {
  %0 = stablehlo.custom_call @brolga.host_call(%a) {brolga.name = "simulate", brolga.stateful = true} : (tensor<3xf32>) -> tensor<3xf32>
  %1 = call @inner(%0) : (tensor<3xf32>) -> tensor<3xf32>
  return %1 : tensor<3xf32>
}
func.func private @inner(%a: tensor<3xf32>) -> tensor<3xf32> {
  %0 = stablehlo.custom_call @brolga.host_call(%a) {brolga.name = "other", brolga.stateful = false} : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
"#;

#[test]
fn a_program_runs_in_every_mode_and_the_modes_agree() {
    let program = file("sum.mlir", SUM);
    let path = program.to_str().unwrap();
    let printed: Vec<String> = ["jit", "interpret", "both"]
        .map(|mode| check(&["run", path, "--random", "7", "--mode", mode], 0, &["result 0: float32[3]"]))
        .into();
    assert!(printed.iter().all(|text| *text == printed[0]));
    check(&["run", path, "--random", "7", "--threads", "1"], 0, &[&printed[0]]);
}

#[test]
fn results_written_are_inputs_read() {
    let program = file("twice.mlir", SUM);
    let results = program.with_file_name("out.npz");
    let (path, results) = (program.to_str().unwrap(), results.to_str().unwrap());
    check(&["run", path, "--random", "1", "--outputs", results], 0, &[]);
    check(&["run", path, "--inputs", results], 1, &["holds 1 arrays, the program takes 2"]);
    check(&["run", path], 1, &["takes 2 inputs", "--random SEED"]);
}

#[test]
fn check_lists_every_rejection() {
    let program = file("calls_back.mlir", CALLS_BACK);
    let path = program.to_str().unwrap();
    let parts = [
        "2 nodes must run on the host",
        "(PyFunc)",
        "(PyFuncStateless)",
        "`simulate`",
        "`other`",
        "inside the callee",
        "help:",
    ];
    check(&["check", path], 1, &parts);
    check(&["run", path, "--random", "1", "--mode", "jit"], 1, &parts);
    check(
        &["run", path, "--random", "1", "--mode", "interpret"],
        1,
        &["calls back into `other`, `simulate`", "--callback"],
    );
    let sum = file("checked.mlir", SUM);
    check(&["check", sum.to_str().unwrap()], 0, &["compiles with jit_compile=true"]);
}

#[test]
fn every_stage_is_shown() {
    let program = file("stages.mlir", SUM);
    let path = program.to_str().unwrap();
    for (stage, part) in [
        ("graph", "stablehlo.add"),
        ("optimized", "stablehlo.add"),
        ("kernels", "kernel `add`"),
        ("clif", "fadd"),
        ("asm", "addss"),
    ] {
        if stage != "asm" || cfg!(target_arch = "x86_64") {
            check(&["emit", path, "--stage", stage], 0, &[part]);
        }
    }
}

#[test]
fn bench_measures_and_writes_json() {
    let program = file("timed.mlir", SUM);
    let json = program.with_file_name("figures.json");
    let arguments =
        ["bench", program.to_str().unwrap(), "--seconds", "0", "--mode", "both", "--json", json.to_str().unwrap()];
    check(&arguments, 0, &["compile ms", "median µs", "timed"]);
    let rows: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    for figure in ["compile_ms", "median_us", "gb_per_s", "gb_per_s_ceiling", "gflop_per_s", "gflop_per_s_ceiling"] {
        assert!(rows[0][figure].as_f64().unwrap() > 0.0, "{figure}");
    }
}

#[test]
fn faults_of_a_program_name_the_place() {
    let wrong = file("wrong.mlir", &SUM.replace("%b: tensor<3xf32>", "%b: tensor<4xf32>"));
    check(
        &["run", wrong.to_str().unwrap(), "--random", "1"],
        1,
        &["wrong.mlir:2:8", "axis 0 is 3 on the left and 4 on the right"],
    );
    let syntax = file("syntax.mlir", &SUM.replace("%a, %b", "%a %b"));
    check(&["run", syntax.to_str().unwrap(), "--random", "1"], 1, &["syntax.mlir:2:25", "expected", "^"]);
    let large = "func.func @main() -> tensor<1099511627776xf32> {
      %0 = stablehlo.iota dim = 0 : tensor<1099511627776xf32>
      return %0 : tensor<1099511627776xf32>
    }";
    let large = file("large.mlir", large);
    for mode in ["jit", "interpret"] {
        check(&["run", large.to_str().unwrap(), "--mode", mode], 1, &["over the limit"]);
    }
    let huge = file("huge.mlir", &SUM.replace("tensor<3xf32>", "tensor<9223372036854775807xf32>"));
    check(&["run", huge.to_str().unwrap(), "--random", "1"], 1, &["more bytes than can be addressed"]);
    check(&["run", "no-such-file.mlir"], 1, &["cannot read `no-such-file.mlir`"]);
}

#[test]
fn a_wrong_command_line_is_told_apart() {
    check(&["run"], 2, &["Usage"]);
    check(&["emit", "x.mlir", "--stage", "nowhere"], 2, &["possible values"]);
    check(&["run", "x.mlir", "--threads", "0"], 2, &["--threads"]);
    check(&["help"], 0, &["Exit codes"]);
}
