//! The C door: brolga.h says what the Rust structs are, and a library written in C is loaded, called and checked.
#![allow(clippy::unwrap_used)]

use brolga::host::abi::{self, HostNote, HostStatus, HostString, HostTensor};
use brolga::host::{At, Bindings, ForeignError, HostCallback, HostError, HostFault, LoadError, call};
use brolga::{DType, Site, Tensor, TensorType};
use std::error::Error;
use std::fmt::Write;
use std::mem::offset_of;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs the C compiler, all warnings being errors.
fn cc(arguments: &[&str]) {
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-I"]).arg(root("include")).args(arguments);
    let output = cc.output().unwrap();
    assert!(output.status.success(), "{cc:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// examples/c/callbacks.c as a shared library, built once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callbacks.so");
        let source = root("examples/c/callbacks.c");
        cc(&["-shared", "-fPIC", "-O2", "-o", file.to_str().unwrap(), source.to_str().unwrap(), "-lm"]);
        file
    })
}

fn loaded(symbol: &str) -> HostCallback {
    // SAFETY: the library keeps the promises of `HostFn`: the tests below hold it to them.
    unsafe { HostCallback::load(symbol, true, library(), symbol) }.unwrap()
}

fn run(symbol: &str, args: &[Tensor], declared: &[TensorType]) -> Result<Vec<Tensor>, HostError> {
    let (node, site) = ("".into(), Site::unknown());
    call(&loaded(symbol), &Bindings::new(), At { node: &node, site: &site }, args, declared)
}

macro_rules! layout {
    ($text:ident, $rust:ty, $c:literal $(, $field:ident)*) => {
        writeln!($text, "_Static_assert(sizeof({}) == {}, \"\");", $c, size_of::<$rust>()).unwrap();
        writeln!($text, "_Static_assert(_Alignof({}) == {}, \"\");", $c, align_of::<$rust>()).unwrap();
        $(writeln!(
            $text, "_Static_assert(offsetof({}, {}) == {}, \"\");", $c, stringify!($field), offset_of!($rust, $field)
        ).unwrap();)*
    };
}

#[test]
fn the_header_has_the_layout_and_the_numbers_of_the_rust_side() {
    let mut text = String::from("#include \"brolga.h\"\n");
    layout!(
        text,
        HostTensor,
        "brolga_host_tensor",
        data,
        shape,
        strides,
        owner,
        retain,
        release,
        rank,
        dtype,
        readonly,
        reserved
    );
    layout!(text, HostString, "brolga_host_string", data, length);
    layout!(text, HostNote, "brolga_host_note", message, length, error, release, count);
    layout!(text, HostStatus, "brolga_host_status");
    let mut number = |name: &str, value: i64| writeln!(text, "_Static_assert({name} == {value}, \"\");").unwrap();
    for dtype in DType::ALL {
        number(&format!("BROLGA_{dtype:?}").to_uppercase(), dtype as i64);
    }
    number("BROLGA_UNSET", abi::UNSET.into());
    number("BROLGA_MAX_RANK", abi::MAX_RANK.into());
    number("BROLGA_OK", HostStatus::OK.0.into());
    number("BROLGA_FAILED", HostStatus::FAILED.0.into());
    number("BROLGA_PANICKED", HostStatus::PANICKED.0.into());
    number("BROLGA_WRONG_COUNT", HostStatus::WRONG_COUNT.0.into());
    text.push_str("brolga_host_fn door;\n");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layout.c");
    std::fs::write(&file, text).unwrap();
    cc(&["-fsyntax-only", file.to_str().unwrap()]);
}

#[test]
fn a_c_function_computes_a_result_that_is_adopted_and_freed_at_its_end() {
    let alive =
        || run("alive_results", &[], &[TensorType::scalar(DType::I64)]).unwrap()[0].as_slice::<i64>().unwrap()[0];
    let x = Tensor::from_slice(&[2, 2], &[0f32, 1.0, -1.0, 0.5]).unwrap();
    let y = run("sinh_f32", &[x], &[TensorType::of(DType::F32, &[2, 2])]).unwrap().remove(0);
    let expected = [0f32, 1.0, -1.0, 0.5].map(f32::sinh);
    for (found, expected) in y.as_slice::<f32>().unwrap().iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-6, "{found} is not {expected}");
    }
    assert_eq!(alive(), 1);
    drop(y);
    assert_eq!(alive(), 0);
    let error = run("sinh_f32", &[Tensor::scalar(1f32)], &[TensorType::scalar(DType::F64)]).unwrap_err();
    assert!(error.to_string().contains("`float32`, but `float64` was declared"), "{error}");
    assert_eq!(alive(), 0, "a refused result is freed too");
}

#[test]
fn an_argument_handed_back_is_the_same_tensor() {
    let (x, ty) = (Tensor::from_slice(&[3], &[1i64, 2, 3]).unwrap(), TensorType::of(DType::I64, &[3]));
    let mut y = x.clone();
    for _ in 0..1000 {
        y = run("identity", &[y], std::slice::from_ref(&ty)).unwrap().remove(0);
    }
    assert!(y.shares_memory_with(&x));
    drop(x);
    assert!(y.array_mut().is_some(), "every share the callee took was given back");
}

#[test]
fn a_wrong_number_of_results_is_told_by_the_callee() {
    let error = run("identity", &[Tensor::scalar(1f32)], &[]).unwrap_err();
    assert!(matches!(error.fault, HostFault::Count { declared: 0, returned: 1 }), "{error}");
}

#[test]
fn other_strides_are_copied_into_row_major_order() {
    let x = Tensor::from_slice(&[2, 3], &[1i16, 2, 3, 4, 5, 6]).unwrap();
    let y = run("transposed", &[x], &[TensorType::of(DType::I16, &[3, 2])]).unwrap().remove(0);
    assert_eq!(y.as_slice::<i16>().unwrap(), [1, 4, 2, 5, 3, 6]);
}

#[test]
fn strings_arrive_with_their_lengths() {
    let words = Tensor::from_strings(&[2], vec![b"a\0bc".as_slice().into(), b"".as_slice().into()]).unwrap();
    let lengths = run("string_lengths", &[words], &[TensorType::of(DType::I64, &[2])]).unwrap();
    assert_eq!(lengths[0].as_slice::<i64>().unwrap(), [4, 0]);
}

#[test]
fn a_failure_brings_its_message_and_its_error_object() {
    let error = run("always_fails", &[], &[TensorType::scalar(DType::F32)]).unwrap_err();
    assert_eq!(error.to_string(), "callback `always_fails` failed: no reading from sensor 7");
    let own = error.source().unwrap().downcast_ref::<ForeignError>().unwrap();
    assert!(!own.object().is_null());
    assert_eq!(own.message(), "no reading from sensor 7");
}

#[test]
fn what_cannot_be_loaded_is_a_typed_error() {
    // SAFETY: none of these reaches a function.
    let load = |file: &Path, symbol: &str| unsafe { HostCallback::load("f", true, file, symbol) }.unwrap_err();
    let missing = load(Path::new("/no/such/file.so"), "f");
    assert_eq!(missing.to_string(), "there is no file `/no/such/file.so`");
    assert!(matches!(load(&root("Cargo.toml"), "f"), LoadError::Library { .. }));
    let no_symbol = load(library(), "nothing");
    assert!(no_symbol.to_string().contains("has no symbol `nothing`"), "{no_symbol}");
    assert!(matches!(load(library(), "with\0zero"), LoadError::Symbol { .. }));
}
