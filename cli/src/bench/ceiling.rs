//! What this machine gives at best: memory walked by the simplest loop, and arithmetic that never waits for memory.

use crate::{Failure, arguments};
use brolga::{DType, Function, TensorType};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long each ceiling is looked for.
const TIME: Duration = Duration::from_millis(60);
/// Elements of the arithmetic loop's argument: they stay in the first cache.
const RESIDENT: usize = 4096;
/// Multiply-adds for each of them.
const DEPTH: usize = 64;
/// Least and most bytes that the memory loop walks.
const BYTES: (usize, usize) = (1 << 12, 1 << 28);

/// Ceilings found so far, by what they depend on.
#[derive(Default)]
pub struct Ceilings {
    /// By the power of two of the bytes walked.
    memory: BTreeMap<u32, f64>,
    /// By the bytes of an element.
    arithmetic: BTreeMap<usize, f64>,
}

impl Ceilings {
    /// 10⁹ bytes per second through `2.5·x + y` over about as many bytes as a program touches: which cache they lie in
    /// decides.
    pub fn gigabytes_per_second(&mut self, bytes: usize) -> Result<f64, Failure> {
        let power = bytes.clamp(BYTES.0, BYTES.1).ilog2();
        if let Some(known) = self.memory.get(&power) {
            return Ok(*known);
        }
        let ty = TensorType::of(DType::F32, &[(1 << power) / 12]);
        let triad = Function::new("triad", &[ty.clone(), ty.clone()], |_, x| &x[0] * 2.5 + &x[1])?;
        let seconds = best(&triad, &[ty.clone(), ty])?;
        let rate = f64::from(1u32 << power) / seconds / 1e9;
        self.memory.insert(power, rate);
        Ok(rate)
    }

    /// 10⁹ operations per second of multiply-adds on what lies in the first cache.
    pub fn gigaflops_per_second(&mut self, dtype: DType) -> Result<f64, Failure> {
        if let Some(known) = self.arithmetic.get(&dtype.size()) {
            return Ok(*known);
        }
        let ty = TensorType::of(dtype, &[RESIDENT]);
        let chain = Function::new("horner", std::slice::from_ref(&ty), |_, x| {
            (0..DEPTH).fold(x[0].clone(), |sum, k| sum * &x[0] + 1.0 / (k + 2) as f64)
        })?;
        let seconds = best(&chain, &[ty])?;
        let rate = (2 * DEPTH * RESIDENT) as f64 / seconds / 1e9;
        self.arithmetic.insert(dtype.size(), rate);
        Ok(rate)
    }
}

/// The shortest call of a compiled function, in seconds.
fn best(function: &Function, types: &[TensorType]) -> Result<f64, Failure> {
    let function = function.clone().jit_compile(true);
    let inputs = arguments::random(0, types)?;
    function.call(&inputs)?;
    let end = Instant::now() + TIME;
    let mut shortest = f64::INFINITY;
    while Instant::now() < end {
        let start = Instant::now();
        function.call(&inputs)?;
        shortest = shortest.min(start.elapsed().as_secs_f64());
    }
    Ok(shortest)
}
