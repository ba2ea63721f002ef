//! Finished machine code taken apart, as far as Cranelift writes it: what is not known here is not widened.

/// How an instruction says which it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coding {
    /// As before vectors had three operands.
    Legacy,
    /// With the prefix of AVX.
    Vex,
    /// With the prefix of AVX-512.
    Evex,
}

/// What an address counts from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Base {
    /// A register.
    Register(u8),
    /// The end of the instruction.
    Here,
    /// Zero.
    Nothing,
}

/// The operand that a register or memory can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// The instruction has none.
    None,
    /// A register.
    Register(u8),
    /// Memory at base + index · 2^scale + displacement.
    Memory { base: Base, index: Option<u8>, scale: u8, displacement: i32 },
}

/// One instruction.
#[derive(Clone, Copy, Debug)]
pub struct Instruction {
    /// Where it begins, where the operands' bytes, the immediate's, and the next instruction.
    pub at: usize,
    /// The first byte that tells operands.
    pub operands: usize,
    /// The first byte of the immediate.
    pub immediate: usize,
    /// The first byte behind.
    pub end: usize,
    /// How it is written.
    pub coding: Coding,
    /// The table its opcode stands in: 0 for one byte, then those of 0F, 0F38 and 0F3A.
    pub map: u8,
    /// The prefix that belongs to the opcode: none, 66, F3, F2.
    pub prefix: u8,
    /// The bit that widens integers, and tells apart some instructions on vectors.
    pub wide: bool,
    /// The opcode.
    pub opcode: u8,
    /// The operand that is always a register, or more of the opcode.
    pub reg: u8,
    /// The third operand of vectors; 0 where there is none.
    pub other: u8,
    /// The operand that is a register or memory.
    pub rm: Operand,
}

/// Where control goes after an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// On.
    Next,
    /// Elsewhere and back.
    Call,
    /// To a place, or on where it depends.
    Jump { target: usize, always: bool },
    /// Out of the function.
    Return,
    /// Nowhere: it traps.
    Never,
}

/// The stack pointer's number.
pub const STACK: u8 = 4;

impl Instruction {
    /// The instruction that begins at a place, if it is one that is known.
    pub fn read(code: &[u8], at: usize) -> Option<Instruction> {
        match *code.get(at)? {
            0xC4 | 0xC5 => vex(code, at),
            0x62 => evex(code, at),
            _ => legacy(code, at),
        }
    }

    /// Where control goes on. Law: `code` is what the instruction was read from.
    pub fn flow(&self, code: &[u8]) -> Option<Flow> {
        if self.coding != Coding::Legacy {
            return Some(Flow::Next);
        }
        let target = || {
            let by = i32::from_le_bytes(code.get(self.immediate..self.end)?.try_into().ok()?);
            usize::try_from(i64::try_from(self.end).ok()? + i64::from(by)).ok()
        };
        Some(match (self.map, self.opcode) {
            (0, 0xC3) => Flow::Return,
            (0, 0xFF) if self.reg & 7 == 2 => Flow::Call,
            (0, 0xE9) => Flow::Jump { target: target()?, always: true },
            (1, 0x80..=0x8F) => Flow::Jump { target: target()?, always: false },
            (1, 0x0B) => Flow::Never,
            _ => Flow::Next,
        })
    }

    /// Whether an instruction of the older coding has registers of vectors.
    pub fn has_vectors(&self) -> bool {
        self.map == 1 && (matches!(self.opcode, 0x10..=0x11 | 0x28..=0x2F | 0x51..=0x7F))
    }

    /// Whether `reg` is a part of the opcode, of instructions of the older coding.
    pub fn is_group(&self) -> bool {
        match self.map {
            0 => {
                matches!(self.opcode, 0x80..=0x83 | 0xC0 | 0xC1 | 0xC6 | 0xC7 | 0xD0..=0xD3 | 0xF6 | 0xF7 | 0xFE | 0xFF)
            }
            _ => matches!(self.opcode, 0x1F | 0x90..=0x9F | 0xBA),
        }
    }
}

/// The bits of a prefix that make registers' numbers longer.
#[derive(Clone, Copy, Default)]
struct Longer {
    reg: u8,
    index: u8,
    base: u8,
}

fn legacy(code: &[u8], start: usize) -> Option<Instruction> {
    let (mut at, mut prefix, mut rex) = (start, 0, 0);
    loop {
        match *code.get(at)? {
            0x66 if prefix == 0 => prefix = 1,
            0xF3 => prefix = 2,
            0xF2 => prefix = 3,
            _ => break,
        }
        at += 1;
    }
    if code.get(at)? & 0xF0 == 0x40 {
        rex = code[at];
        at += 1;
    }
    let mut map = 0;
    if *code.get(at)? == 0x0F {
        map = 1;
        at += 1;
    }
    let opcode = *code.get(at)?;
    let next = code.get(at + 1).map_or(0, |modrm| modrm >> 3 & 7);
    let word = if prefix == 1 { 2 } else { 4 };
    let (operands, immediate) =
        if map == 0 { one_byte(opcode, next, word, rex & 8 != 0)? } else { two_bytes(opcode, prefix)? };
    let longer = Longer { reg: rex << 1 & 8, index: rex << 2 & 8, base: rex << 3 & 8 };
    let (coding, wide) = (Coding::Legacy, rex & 8 != 0);
    let operands = operands.then_some(longer);
    finish(code, start, at + 1, (coding, map, prefix, wide, opcode), (operands, 0, 1), immediate)
}

/// Whether an opcode has operands to tell, and how long its immediate is.
fn one_byte(opcode: u8, next: u8, word: usize, wide: bool) -> Option<(bool, usize)> {
    Some(match opcode {
        0x00..=0x3F => match opcode & 7 {
            0..=3 => (true, 0),
            4 => (false, 1),
            5 => (false, word),
            _ => return None,
        },
        0x50..=0x5F | 0x90 | 0x98 | 0x99 | 0xC3 => (false, 0),
        0x63 | 0x84..=0x8B | 0x8D | 0xD0..=0xD3 | 0xFE => (true, 0),
        0x69 | 0x81 | 0xC7 => (true, word),
        0x6B | 0x80 | 0x83 | 0xC0 | 0xC1 | 0xC6 => (true, 1),
        0xA8 | 0xB0..=0xB7 => (false, 1),
        0xA9 => (false, word),
        0xB8..=0xBF => (false, if wide { 8 } else { word }),
        0xE9 if word == 4 => (false, 4),
        0xF6 => (true, usize::from(next < 2)),
        0xF7 => (true, if next < 2 { word } else { 0 }),
        0xFF if next < 3 => (true, 0),
        _ => return None,
    })
}

/// The same, of opcodes behind 0F.
fn two_bytes(opcode: u8, prefix: u8) -> Option<(bool, usize)> {
    Some(match opcode {
        0x0B | 0xC8..=0xCF => (false, 0),
        0x10 | 0x11 | 0x28 | 0x29 if prefix < 2 => (true, 0),
        0x6F | 0x7F if matches!(prefix, 1 | 2) => (true, 0),
        _ if is_scalar(opcode, prefix) => (true, 0),
        0x1F | 0x40..=0x4F | 0x90..=0x9F | 0xA3 | 0xA5 | 0xAB | 0xAD | 0xAF | 0xB3 | 0xB6..=0xB8 | 0xBB..=0xBF => {
            (true, 0)
        }
        0xA4 | 0xAC | 0xBA => (true, 1),
        0x80..=0x8F if prefix == 0 => (false, 4),
        _ => return None,
    })
}

/// Whether an instruction behind 0F computes with the lowest element of a vector register, and what registers hold.
fn is_scalar(opcode: u8, prefix: u8) -> bool {
    match prefix {
        0 => matches!(opcode, 0x2E | 0x2F),
        1 => matches!(opcode, 0x2E | 0x2F | 0x6E | 0x7E),
        _ => matches!(opcode, 0x10 | 0x11 | 0x2A | 0x2C | 0x51 | 0x58..=0x5A | 0x5C..=0x5F),
    }
}

fn vex(code: &[u8], start: usize) -> Option<Instruction> {
    let short = code[start] == 0xC5;
    let first = !*code.get(start + 1)?;
    let (last, map, at) =
        if short { (!first & 0x7F, 1, start + 2) } else { (*code.get(start + 2)?, !first & 0x1F, start + 3) };
    let longer = Longer {
        reg: first >> 4 & 8,
        index: if short { 0 } else { first >> 3 & 8 },
        base: if short { 0 } else { first >> 2 & 8 },
    };
    if last & 4 != 0 || !(1..=3).contains(&map) {
        return None;
    }
    let (opcode, other) = (*code.get(at)?, !last >> 3 & 15);
    let what = (Coding::Vex, map, last & 3, !short && last & 0x80 != 0, opcode);
    finish(code, start, at + 1, what, (Some(longer), other, 1), immediate(map, opcode))
}

/// An instruction of AVX-512 on 128 bits, without masks.
fn evex(code: &[u8], start: usize) -> Option<Instruction> {
    let [first, second, third, opcode] = code.get(start + 1..start + 5)?.try_into().ok()?;
    let map = first & 7;
    // The registers are the first sixteen; no mask, no broadcast, 128 bits.
    if first & 0x18 != 0x10 || second & 4 == 0 || third != 0x08 || !(1..=3).contains(&map) {
        return None;
    }
    let longer = Longer { reg: !first >> 4 & 8, index: !first >> 3 & 8, base: !first >> 2 & 8 };
    let what = (Coding::Evex, map, second & 3, second & 0x80 != 0, opcode);
    finish(code, start, start + 5, what, (Some(longer), !second >> 3 & 15, 16), immediate(map, opcode))
}

/// How long the immediate of an instruction on vectors is.
fn immediate(map: u8, opcode: u8) -> usize {
    usize::from(map == 3 || (map == 1 && matches!(opcode, 0x70..=0x73 | 0xC2 | 0xC4..=0xC6)))
}

/// Reads operands, whose short displacements count in `unit`, and the immediate.
fn finish(
    code: &[u8],
    start: usize,
    at: usize,
    (coding, map, prefix, wide, opcode): (Coding, u8, u8, bool, u8),
    (longer, other, unit): (Option<Longer>, u8, i32),
    immediate: usize,
) -> Option<Instruction> {
    let (reg, rm, behind) = match longer {
        Some(longer) => operands(code, at, longer, unit)?,
        None => (0, Operand::None, at),
    };
    let end = behind + immediate;
    (end <= code.len()).then_some(Instruction {
        at: start,
        operands: at,
        immediate: behind,
        end,
        coding,
        map,
        prefix,
        wide,
        opcode,
        reg,
        other,
        rm,
    })
}

fn operands(code: &[u8], mut at: usize, longer: Longer, unit: i32) -> Option<(u8, Operand, usize)> {
    let modrm = *code.get(at)?;
    at += 1;
    let (mode, reg, low) = (modrm >> 6, modrm >> 3 & 7 | longer.reg, modrm & 7);
    if mode == 3 {
        return Some((reg, Operand::Register(low | longer.base), at));
    }
    let (mut base, mut index, mut scale) = (Base::Register(low | longer.base), None, 0);
    if low == 4 {
        let sib = *code.get(at)?;
        at += 1;
        scale = sib >> 6;
        let number = sib >> 3 & 7 | longer.index;
        index = (number != STACK).then_some(number);
        base = if sib & 7 == 5 && mode == 0 { Base::Nothing } else { Base::Register(sib & 7 | longer.base) };
    } else if low == 5 && mode == 0 {
        base = Base::Here;
    }
    let (displacement, long) = match (mode, base) {
        (1, _) => (i32::from(*code.get(at)? as i8) * unit, 1),
        (0, Base::Register(_)) => (0, 0),
        _ => (i32::from_le_bytes(code.get(at..at + 4)?.try_into().ok()?), 4),
    };
    Some((reg, Operand::Memory { base, index, scale, displacement }, at + long))
}
