//! What a plan means: the slow, obvious runner that native code is held against.

use crate::error::RunError;
use crate::evaluate;
use crate::library::{Array, ArrayMut, Owned};
use crate::plan::{ArrayOf, BufferId, Home, Plan, Step};
use crate::scalar::DType;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What scratch and results hold before they are written: nothing a program could count on.
const UNWRITTEN: u8 = 0xA5;

/// Runs a plan, step by step, each step on copies of its buffers. A loop ends where the flag is raised.
///
/// Law: the plan is verified, and inputs and outputs have the sizes of its buffers.
///
/// # Errors
/// The flag was raised, memory could not be had, or a routine could not do its work.
pub fn plan(plan: &Plan, inputs: &[Array], outputs: &mut [ArrayMut], cancel: &AtomicBool) -> Result<(), RunError> {
    let inputs = inputs.iter().map(Array::bytes).collect();
    let results = outputs.iter().map(|output| vec![UNWRITTEN; output.len() * output.dtype().size()]).collect();
    let scratch = unwritten(plan.scratch)?;
    let mut run = Run { plan, inputs, results, scratch, cancel };
    run.steps(&plan.steps)?;
    for (output, result) in outputs.iter_mut().zip(&run.results) {
        let valid = output.dtype() != DType::Bool || result.iter().all(|&byte| byte < 2);
        assert!(valid, "law: a plan writes every element of its results");
        output.bytes().copy_from_slice(result);
    }
    Ok(())
}

fn unwritten(bytes: usize) -> Result<Vec<u8>, RunError> {
    let mut scratch = Vec::new();
    scratch.try_reserve_exact(bytes).map_err(|_| RunError::OutOfMemory { bytes })?;
    scratch.resize(bytes, UNWRITTEN);
    Ok(scratch)
}

struct Run<'a> {
    plan: &'a Plan,
    inputs: Vec<&'a [u8]>,
    results: Vec<Vec<u8>>,
    scratch: Vec<u8>,
    cancel: &'a AtomicBool,
}

impl Run<'_> {
    fn steps(&mut self, steps: &[Step]) -> Result<(), RunError> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> Result<(), RunError> {
        match step {
            Step::Kernel { kernel, buffers } => {
                self.kernel(*kernel, buffers);
                Ok(())
            }
            Step::Library { routine, inputs, outputs, label } => {
                let sources: Vec<Owned> = inputs.iter().map(|of| self.array(of)).collect();
                let mut targets: Vec<Owned> = outputs.iter().map(|of| Owned::zeros(of.dtype, &of.shape)).collect();
                let lent: Vec<Array> = sources.iter().map(Owned::array).collect();
                let mut written: Vec<ArrayMut> = targets.iter_mut().map(Owned::array_mut).collect();
                let failed = |error| RunError::Routine { label: Arc::clone(label), error };
                routine.run(&lent, &mut written).map_err(failed)?;
                drop(written);
                for (of, target) in outputs.iter().zip(&targets) {
                    self.write(of.buffer, target.array().bytes());
                }
                Ok(())
            }
            Step::Copy { from, to } => {
                let bytes = self.read(*from).to_vec();
                self.write(*to, &bytes);
                Ok(())
            }
            Step::Case { index, boolean, branches } => {
                self.steps(&branches[self.branch(*index, *boolean, branches.len())])
            }
            Step::While { cond, go_on, body } => self.turns(cond, *go_on, body),
        }
    }

    fn kernel(&mut self, kernel: usize, buffers: &[BufferId]) {
        let kernel = &self.plan.kernels[kernel];
        let mut copies: Vec<Vec<u8>> = buffers.iter().map(|buffer| self.read(*buffer).to_vec()).collect();
        evaluate::kernel(kernel, &mut copies);
        for ((buffer, copy), declared) in buffers.iter().zip(&copies).zip(&kernel.buffers) {
            if declared.access == crate::kernel::Access::Write {
                self.write(*buffer, copy);
            }
        }
    }

    fn turns(&mut self, cond: &[Step], go_on: BufferId, body: &[Step]) -> Result<(), RunError> {
        loop {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(RunError::Cancelled);
            }
            self.steps(cond)?;
            if self.read(go_on)[0] == 0 {
                return Ok(());
            }
            self.steps(body)?;
        }
    }

    fn branch(&self, index: BufferId, boolean: bool, branches: usize) -> usize {
        let bytes = self.read(index);
        if boolean {
            return usize::from(bytes[0] == 0);
        }
        let number = i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        usize::try_from(number).map_or(branches - 1, |number| number.min(branches - 1))
    }

    fn array(&self, of: &ArrayOf) -> Owned {
        let bytes = of.shape.iter().product::<usize>() * of.dtype.size();
        Owned::from_bytes(of.dtype, &of.shape, &self.read(of.buffer)[..bytes])
    }

    /// The bytes of a buffer.
    fn read(&self, buffer: BufferId) -> &[u8] {
        let buffer = &self.plan.buffers[buffer.0 as usize];
        match &buffer.home {
            Home::Input(k) => &self.inputs[*k][..buffer.bytes],
            Home::Output(k) => &self.results[*k][..buffer.bytes],
            Home::Constant(bytes) => &bytes[..buffer.bytes],
            Home::Scratch(_) if buffer.bytes == 0 => &[],
            Home::Scratch(at) => &self.scratch[*at..*at + buffer.bytes],
        }
    }

    /// Writes a buffer from its start.
    fn write(&mut self, buffer: BufferId, bytes: &[u8]) {
        let to = match &self.plan.buffers[buffer.0 as usize].home {
            Home::Output(k) => &mut self.results[*k][..bytes.len()],
            Home::Scratch(_) if bytes.is_empty() => return,
            Home::Scratch(at) => &mut self.scratch[*at..*at + bytes.len()],
            Home::Input(_) | Home::Constant(_) => panic!("law: a verified plan writes results and scratch only"),
        };
        to.copy_from_slice(bytes);
    }
}
