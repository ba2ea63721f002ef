//! Masks of lanes in the mask registers of AVX-512, beside the vector registers that Cranelift means.

use super::Step;
use super::decode::{Coding, Flow, Instruction, Operand};
use super::table::Form;

/// The mask register for what is over in an instruction or two.
pub const PASSING: u8 = 7;
/// How far to look for the end of a mask.
const FAR: usize = 64;

/// A mask in a mask register, and whether its lanes have 8 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Mask {
    /// The mask register.
    pub register: u8,
    /// Whether lanes have 8 bytes.
    pub wide: bool,
}

/// Which vector registers' masks stand in mask registers. Invariant: one whose vector was not made is only ever asked for
/// here, as [`is_needed`] found out.
#[derive(Default, Debug)]
pub struct Masks {
    held: [Option<Mask>; 16],
    last: u8,
}

impl Masks {
    /// The mask that a vector register stands for, if a mask register has it.
    pub fn of(&self, register: u8) -> Option<Mask> {
        self.held[usize::from(register & 15)]
    }

    /// A mask register for the mask that a vector register is to stand for.
    pub fn hold(&mut self, register: u8, wide: bool) -> u8 {
        self.last = self.last % (PASSING - 1) + 1;
        for held in &mut self.held {
            *held = held.filter(|mask| mask.register != self.last);
        }
        self.held[usize::from(register & 15)] = Some(Mask { register: self.last, wide });
        self.last
    }

    /// Forgets what a vector register stood for.
    pub fn forget(&mut self, register: u8) {
        self.held[usize::from(register & 15)] = None;
    }

    /// Forgets all: control comes from elsewhere.
    pub fn forget_all(&mut self) {
        self.held = [None; 16];
    }
}

/// Whether a mask is read as a vector by what follows, as far as one can see; until then it lives in a mask register.
pub fn is_needed(register: u8, following: &[Step], is_target: impl Fn(usize) -> bool) -> bool {
    let mut compared = 0;
    for step in following.iter().take(FAR) {
        let i = &step.instruction;
        if step.flow != Flow::Next || is_target(i.at) {
            return true;
        }
        if i.coding == Coding::Legacy && step.form == Form::Alone {
            if i.has_vectors() {
                return true;
            }
            continue;
        }
        compared += u8::from(matches!(step.form, Form::Compare { .. }));
        if compared >= PASSING - 1 || reads(i, step.form, register) {
            return true;
        }
        if result(i, step.form) == Some(register) {
            return false;
        }
    }
    true
}

/// The vector register that an instruction writes.
pub fn result(i: &Instruction, form: Form) -> Option<u8> {
    let of = |operand| match operand {
        Operand::Register(register) => Some(register),
        Operand::None | Operand::Memory { .. } => None,
    };
    match form {
        Form::Move { store: true } => of(i.rm),
        Form::Any | Form::Signs { .. } => None,
        Form::Whole { .. } if is_shift(i) => Some(i.other),
        Form::Alone
        | Form::Move { store: false }
        | Form::Whole { .. }
        | Form::Fused { .. }
        | Form::Low { .. }
        | Form::Repeat
        | Form::UpTo256
        | Form::Compare { .. }
        | Form::Choose { .. }
        | Form::And => Some(i.reg),
    }
}

/// Whether an instruction reads a vector register otherwise than as a mask.
fn reads(i: &Instruction, form: Form, register: u8) -> bool {
    let (rm, other) = (i.rm == Operand::Register(register), i.other == register);
    match form {
        Form::Move { store: true } => i.reg == register,
        Form::Move { store: false } | Form::Repeat | Form::And => rm,
        Form::Signs { .. } => false,
        Form::Whole { .. } if is_shift(i) => rm,
        Form::Whole { .. } | Form::Low { .. } | Form::UpTo256 | Form::Compare { .. } | Form::Choose { .. } => {
            rm || other
        }
        Form::Alone | Form::Fused { .. } | Form::Any => rm || other || i.reg == register,
    }
}

/// Whether an instruction shifts by an immediate, which puts its result elsewhere.
fn is_shift(i: &Instruction) -> bool {
    i.map == 1 && matches!(i.opcode, 0x72 | 0x73)
}
