//! Compiled programs give back their memory when dropped, and runs leave nothing behind.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use brolga::cancel::CancelToken;
use brolga::graph::{Graph, parse};
use brolga::interpret::{self, Context};
use brolga::{Tensor, lower, passes};

/// Growth that is still called flat, in bytes: the allocator's own wavering. A compiled program takes a page at least,
/// so ten thousand that stay would take forty times this.
const BOUND: usize = 1 << 20;

/// Turns before memory is first measured: pools and tables fill.
const WARM_UP: usize = 500;

/// Small, so that ten thousand are compiled in seconds.
const PROGRAM: &str = "
func.func @main(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %d = stablehlo.subtract %x, %y : tensor<8xf32>
  %m = stablehlo.multiply %d, %d : tensor<8xf32>
  func.return %m : tensor<8xf32>
}";

fn prepared() -> (Graph, Vec<Tensor>) {
    let graph = parse::parse(PROGRAM, "memory").unwrap();
    let types = graph.parameter_types().to_vec();
    let prepared = passes::prepare(&graph, &types, passes::Options::default(), Graph::clone).unwrap();
    let arguments = vec![Tensor::from_slice(&[8], &[0.5f32; 8]).unwrap(); 2];
    (prepared, arguments)
}

/// Bytes of memory the process has resident.
fn resident() -> usize {
    let pages: usize = std::fs::read_to_string("/proc/self/statm").unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    // A page has 4096 bytes or more: growth may be underrated, but a leak of pages is not hidden by it.
    pages * 4096
}

/// Turns done: `BROLGA_CYCLES` sets another number.
fn cycles(default: usize) -> usize {
    std::env::var("BROLGA_CYCLES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

fn stays_flat(turns: usize, mut turn: impl FnMut()) {
    (0..WARM_UP.min(turns)).for_each(|_| turn());
    let before = resident();
    (0..turns).for_each(|_| turn());
    let grown = resident().saturating_sub(before);
    assert!(grown <= BOUND, "{turns} turns left {grown} bytes behind");
}

/// One test, so that nothing else in the process allocates meanwhile.
#[test]
fn compiling_and_running_leave_nothing_behind() {
    let (graph, arguments) = prepared();
    let cancel = CancelToken::new();
    let expected = interpret::run(&graph, &arguments, &Context::default()).unwrap();
    stays_flat(cycles(10_000), || {
        let executable = lower::compile(&graph).unwrap();
        assert!(executable.code_bytes() > 0);
    });
    let executable = lower::compile(&graph).unwrap();
    stays_flat(cycles(2_000), || {
        let native = executable.run(&arguments, &cancel).unwrap();
        assert!(native[0].same_as(&expected[0]));
        let interpreted = interpret::run(&graph, &arguments, &Context::default()).unwrap();
        assert!(interpreted[0].same_as(&expected[0]));
    });
}
