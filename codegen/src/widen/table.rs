//! What each instruction on 128 bits is on wider vectors: a whitelist; whatever is not here is not widened.
//!
//! The law of the table: the wide instruction does in every part of 128 bits what the narrow one does in its one, on that
//! part of its operands. Instructions that cross parts are here only in the forms that `emit` uses them in: a broadcast
//! fills all parts, a shift's amount and the source of a conversion to wider lanes are the low part of a register. Masks
//! fill whole lanes.

use super::decode::{Coding, Instruction, Operand};

/// How an instruction is widened. `wide` is the bit by which AVX-512 tells lanes of 8 bytes from those of 4.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// It computes with one element, or with no vector, and stays as it is.
    Alone,
    /// It moves a register, or one and memory; `store` says which way.
    Move { store: bool },
    /// The same on whole vectors.
    Whole { wide: bool },
    /// The same, with a result that a source is part of.
    Fused { wide: bool },
    /// The same, the last operand being the low part of a register, or memory as short.
    Low { wide: bool },
    /// The low 8 bytes repeated.
    Repeat,
    /// Whole, in AVX alone.
    UpTo256,
    /// It makes masks of lanes.
    Compare { wide: bool },
    /// It chooses by a mask, which the immediate names.
    Choose { wide: bool },
    /// It takes lanes of the last operand by a mask or what else the other holds.
    And,
    /// It tells whether any lane holds anything.
    Any,
    /// It gathers the lanes' signs in a register.
    Signs { wide: bool },
}

/// How an instruction is widened, if it can be.
pub fn form(i: &Instruction, immediate: &[u8]) -> Option<Form> {
    if i.coding == Coding::Evex {
        return extended(i);
    }
    match i.map {
        1 => scalar(i).or_else(|| floats(i)).or_else(|| integers(i, immediate)),
        2 => longer(i),
        3 => controlled(i),
        _ => None,
    }
}

/// What Cranelift has of AVX-512: products, shifts and magnitudes of 8 bytes, and unsigned integers to floats.
fn extended(i: &Instruction) -> Option<Form> {
    let wide = i.wide;
    match (i.map, i.prefix, i.opcode) {
        (1, 1, 0x72) if i.reg & 7 == 4 => Some(Form::Whole { wide }),
        (1, 1, 0xE2) => Some(Form::Low { wide }),
        (1, 3, 0x7A) | (2, 1, 0x1F | 0x40) => Some(Form::Whole { wide }),
        _ => None,
    }
}

/// Instructions behind 0F on one element.
fn scalar(i: &Instruction) -> Option<Form> {
    let alone = match i.prefix {
        0 => matches!(i.opcode, 0x2E | 0x2F),
        1 => matches!(i.opcode, 0x2E | 0x2F | 0x6E | 0x7E),
        2 if i.opcode == 0x7E => true,
        _ => matches!(i.opcode, 0x10 | 0x11 | 0x2A | 0x2C | 0x51 | 0x58..=0x5A | 0x5C..=0x5F | 0xC2),
    };
    alone.then_some(Form::Alone)
}

fn floats(i: &Instruction) -> Option<Form> {
    let wide = i.prefix == 1;
    Some(match (i.prefix, i.opcode) {
        (0 | 1, 0x10 | 0x28) => Form::Move { store: false },
        (0 | 1, 0x11 | 0x29) => Form::Move { store: true },
        (0 | 1, 0x54) => Form::And,
        // Roots, the other words on bits, and arithmetic.
        (0 | 1, 0x51 | 0x55..=0x59 | 0x5C..=0x5F) => Form::Whole { wide },
        // Conversions between integers and floats of 4 bytes.
        (0 | 2, 0x5B) => Form::Whole { wide: false },
        (0 | 1, 0xC2) => Form::Compare { wide },
        (0 | 1, 0x50) => Form::Signs { wide },
        (3, 0x12) => Form::Repeat,
        _ => return None,
    })
}

fn integers(i: &Instruction, immediate: &[u8]) -> Option<Form> {
    Some(match (i.prefix, i.opcode) {
        (1 | 2, 0x6F) => Form::Move { store: false },
        (1 | 2, 0x7F) => Form::Move { store: true },
        (1, 0xDB) => Form::And,
        // Words on bits, sums and differences of 1, 2 and 4 bytes.
        (1, 0xDF | 0xEB | 0xEF | 0xFA | 0xFC..=0xFE) => Form::Whole { wide: false },
        // The same of 8 bytes, and products of 4 bytes with results of 8.
        (1, 0xD4 | 0xF4 | 0xFB) => Form::Whole { wide: true },
        (1, 0x66 | 0x76) => Form::Compare { wide: false },
        (1, 0x72) if matches!(i.reg & 7, 2 | 4 | 6) => Form::Whole { wide: false },
        (1, 0x73) if matches!(i.reg & 7, 2 | 6) => Form::Whole { wide: true },
        (1, 0xD2 | 0xE2 | 0xF2) => Form::Low { wide: false },
        (1, 0xD3 | 0xF3) => Form::Low { wide: true },
        (1, 0x70) if immediate == [0b01_00_01_00] && matches!(i.rm, Operand::Register(_)) => Form::Repeat,
        _ => return None,
    })
}

/// Instructions behind 0F38.
fn longer(i: &Instruction) -> Option<Form> {
    // Integers in registers.
    if i.opcode == 0xF2 || i.opcode == 0xF3 || matches!(i.opcode, 0xF5..=0xF7) {
        return Some(Form::Alone);
    }
    if i.prefix != 1 {
        return None;
    }
    Some(match i.opcode {
        // Fused products with sums and differences, of which odd ones are of one element.
        0x98 | 0x9A | 0x9C | 0xA8 | 0xAA | 0xAC | 0xB8 | 0xBA | 0xBC => Form::Fused { wide: i.wide },
        0x99 | 0x9B | 0x9D | 0xA9 | 0xAB | 0xAD | 0xB9 | 0xBB | 0xBD => Form::Alone,
        0x40 | 0x1E | 0x39 | 0x3B | 0x3D | 0x3F => Form::Whole { wide: false },
        0x29 | 0x37 => Form::Compare { wide: true },
        0x17 => Form::Any,
        0x18 | 0x58 => Form::Low { wide: false },
        0x59 => Form::Low { wide: true },
        0x30 | 0x33 | 0x35 if matches!(i.rm, Operand::Register(_)) => Form::Low { wide: false },
        _ => return None,
    })
}

/// Instructions behind 0F3A, which an immediate controls.
fn controlled(i: &Instruction) -> Option<Form> {
    Some(match (i.prefix, i.opcode) {
        (3, 0xF0) | (1, 0x0A | 0x0B | 0x22) => Form::Alone,
        (1, 0x08) => Form::Whole { wide: false },
        (1, 0x09) => Form::Whole { wide: true },
        (1, 0x0C | 0x0E) => Form::UpTo256,
        (1, 0x4A | 0x4C) => Form::Choose { wide: false },
        (1, 0x4B) => Form::Choose { wide: true },
        _ => return None,
    })
}
