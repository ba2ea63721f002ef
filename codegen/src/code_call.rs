//! Compiled programs as safe functions of arrays.

use crate::attributes::Axes;
use crate::code::{Code, compile};
use crate::error::{CodegenError, RunError};
use crate::library::{Array, ArrayMut};
use crate::plan::{Home, Plan};
use crate::scalar::DType;
use smallvec::SmallVec;
use std::sync::atomic::AtomicBool;

/// Alignment that machine code may count on, in bytes.
pub const ALIGNMENT: usize = 16;

/// Type and extents of an argument or a result.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ArrayType {
    /// Type of the elements.
    pub dtype: DType,
    /// The extents.
    pub shape: Axes,
}

impl ArrayType {
    fn bytes(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.size()
    }

    fn fits(&self, dtype: DType, shape: &[usize]) -> bool {
        self.dtype == dtype && self.shape.as_slice() == shape
    }
}

/// A compiled plan together with the types of its arguments and results.
///
/// Invariant: every input and output buffer of the plan is as large as its type says.
#[derive(Debug)]
pub struct Program {
    code: Code,
    inputs: Vec<ArrayType>,
    outputs: Vec<ArrayType>,
}

impl Program {
    /// Compiles a plan for arguments and results of these types.
    ///
    /// # Errors
    /// As [`compile`].
    ///
    /// # Panics
    /// Where the plan's buffers are not as large as the types say: a law of whoever made the plan.
    pub fn compile(plan: &Plan, inputs: Vec<ArrayType>, outputs: Vec<ArrayType>) -> Result<Program, CodegenError> {
        for buffer in &plan.buffers {
            let ty = match &buffer.home {
                Home::Input(k) => &inputs[*k],
                Home::Output(k) => &outputs[*k],
                Home::Constant(_) | Home::Scratch(_) => continue,
            };
            assert!(buffer.bytes == ty.bytes(), "law: a plan's arguments and results have the sizes of their types");
        }
        Ok(Program { code: compile(plan)?, inputs, outputs })
    }

    /// The code.
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// Types of the arguments.
    pub fn inputs(&self) -> &[ArrayType] {
        &self.inputs
    }

    /// Types of the results.
    pub fn outputs(&self) -> &[ArrayType] {
        &self.outputs
    }

    /// Runs the program. Arguments need not be aligned beyond their element type: what is not gets copied first.
    ///
    /// # Errors
    /// As [`Code::run`].
    ///
    /// # Panics
    /// Where arguments or results have other types than the program's: a law of the caller.
    pub fn call(&self, inputs: &[Array], outputs: &mut [ArrayMut], cancel: &AtomicBool) -> Result<(), RunError> {
        let inputs_fit = inputs.len() == self.inputs.len()
            && inputs.iter().zip(&self.inputs).all(|(array, ty)| ty.fits(array.dtype(), array.shape()));
        let outputs_fit = outputs.len() == self.outputs.len()
            && outputs.iter().zip(&self.outputs).all(|(array, ty)| ty.fits(array.dtype(), array.shape()));
        assert!(inputs_fit && outputs_fit, "law: a program is called with arrays of its own types");
        let mut copies: SmallVec<[Vec<u128>; 1]> = SmallVec::new();
        // One by one: what is collected moves when it is done, which small calls notice.
        let mut sources = SmallVec::<[*const u8; 8]>::new();
        for array in inputs {
            sources.push(aligned(array, &mut copies));
        }
        let mut targets = SmallVec::<[*mut u8; 8]>::new();
        for array in outputs {
            targets.push(array.bytes().as_mut_ptr());
        }
        // SAFETY: counts, types and extents are the program's, so sizes are the buffers' (invariant); arrays hold valid
        // elements and outputs are borrowed alone; sources are aligned, and results are brolga's own, aligned memory.
        unsafe { self.code.run(&sources, &targets, cancel) }
    }
}

/// Where an array's bytes stand aligned: its own memory, or a copy.
fn aligned(array: &Array, copies: &mut SmallVec<[Vec<u128>; 1]>) -> *const u8 {
    let bytes = array.bytes();
    if bytes.as_ptr().align_offset(ALIGNMENT) == 0 {
        return bytes.as_ptr();
    }
    let mut copy = vec![0u128; bytes.len().div_ceil(ALIGNMENT)];
    for (place, chunk) in copy.iter_mut().zip(bytes.chunks(ALIGNMENT)) {
        let mut whole = [0; ALIGNMENT];
        whole[..chunk.len()].copy_from_slice(chunk);
        *place = u128::from_ne_bytes(whole);
    }
    copies.push(copy);
    copies[copies.len() - 1].as_ptr().cast()
}
