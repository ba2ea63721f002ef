//! Instructions put together.

use super::decode::{Base, Operand};

/// An instruction on vectors, to be written.
#[derive(Clone, Copy, Debug)]
pub struct Wide {
    /// The table of the opcode.
    pub map: u8,
    /// The opcode's prefix.
    pub prefix: u8,
    /// The bit that tells apart lanes of 4 and 8 bytes.
    pub wide: bool,
    /// The opcode.
    pub opcode: u8,
    /// The operand that is always a register.
    pub reg: u8,
    /// The third operand, or 0.
    pub other: u8,
    /// The operand that is a register or memory.
    pub rm: Operand,
    /// What the short displacements of AVX-512 count in; 0 where none is short.
    pub unit: i32,
    /// The mask that lanes are written by, or 0, and whether the others become zero.
    pub mask: (u8, bool),
}

impl Wide {
    /// An instruction of AVX-512 between registers, without a mask.
    pub fn between(map: u8, prefix: u8, wide: bool, opcode: u8, (reg, other, rm): (u8, u8, u8)) -> Wide {
        Wide { map, prefix, wide, opcode, reg, other, rm: Operand::Register(rm), unit: 0, mask: (0, false) }
    }
}

/// A displacement to what is not placed yet.
#[derive(Clone, Copy, Debug)]
pub struct Gap {
    /// Where its four bytes are.
    pub at: usize,
    /// Where the instruction ends.
    pub end: usize,
}

/// Bytes being written.
#[derive(Default, Debug)]
pub struct Writer {
    /// What was written.
    pub bytes: Vec<u8>,
}

impl Writer {
    /// An instruction of AVX: `lanes` is 0 for 128 bits, 1 for 256. What comes back is the displacement to a constant.
    pub fn vex(&mut self, lanes: u8, i: &Wide, immediate: &[u8]) -> Option<Gap> {
        let (index, base) = tops(i.rm);
        let last = u8::from(i.wide) << 7 | (!i.other & 15) << 3 | lanes << 2 | i.prefix;
        let reg = !i.reg << 4 & 0x80;
        if i.map == 1 && !i.wide && !index && !base {
            self.bytes.extend([0xC5, reg | last]);
        } else {
            self.bytes.extend([0xC4, reg | u8::from(!index) << 6 | u8::from(!base) << 5 | i.map, last]);
        }
        self.bytes.push(i.opcode);
        self.rest(i.reg, i.rm, 1, immediate)
    }

    /// An instruction of AVX-512: `lanes` is 0 for 128 bits, 1 for 256, 2 for 512.
    pub fn evex(&mut self, lanes: u8, i: &Wide, immediate: &[u8]) -> Option<Gap> {
        let (index, base) = tops(i.rm);
        let first = !i.reg << 4 & 0x80 | u8::from(!index) << 6 | u8::from(!base) << 5 | 0x10 | i.map;
        let second = u8::from(i.wide) << 7 | (!i.other & 15) << 3 | 4 | i.prefix;
        let third = u8::from(i.mask.1) << 7 | lanes << 5 | 8 | i.mask.0;
        self.bytes.extend([0x62, first, second, third, i.opcode]);
        self.rest(i.reg, i.rm, i.unit, immediate)
    }

    /// The operands, whose short displacements count in `unit`, and the immediate.
    pub fn rest(&mut self, reg: u8, rm: Operand, unit: i32, immediate: &[u8]) -> Option<Gap> {
        let gap = self.operands(reg & 7, rm, unit);
        self.bytes.extend_from_slice(immediate);
        gap.map(|at| Gap { at, end: self.bytes.len() })
    }

    fn operands(&mut self, reg: u8, rm: Operand, unit: i32) -> Option<usize> {
        let (base, index, scale, displacement) = match rm {
            Operand::None => return None,
            Operand::Register(number) => {
                self.bytes.push(0xC0 | reg << 3 | number & 7);
                return None;
            }
            Operand::Memory { base, index, scale, displacement } => (base, index, scale, displacement),
        };
        let sib = scale << 6 | index.map_or(4, |index| index & 7) << 3;
        let base = match base {
            Base::Register(base) => base,
            Base::Here => {
                self.bytes.push(reg << 3 | 5);
                self.bytes.extend([0; 4]);
                return Some(self.bytes.len() - 4);
            }
            Base::Nothing => {
                self.bytes.extend([reg << 3 | 4, sib | 5]);
                self.bytes.extend(displacement.to_le_bytes());
                return None;
            }
        };
        let short = (unit > 0 && displacement % unit == 0).then(|| i8::try_from(displacement / unit).ok()).flatten();
        let mode = match short {
            _ if displacement == 0 && base & 7 != 5 => 0,
            Some(_) => 1,
            None => 2,
        };
        if index.is_some() || base & 7 == 4 {
            self.bytes.extend([mode << 6 | reg << 3 | 4, sib | base & 7]);
        } else {
            self.bytes.push(mode << 6 | reg << 3 | base & 7);
        }
        match (mode, short) {
            (0, _) => (),
            (1, Some(short)) => self.bytes.extend(short.to_le_bytes()),
            _ => self.bytes.extend(displacement.to_le_bytes()),
        }
        None
    }
}

/// Whether the numbers of the index, and of the base or the register, need their fourth bits.
fn tops(rm: Operand) -> (bool, bool) {
    match rm {
        Operand::None => (false, false),
        Operand::Register(number) => (false, number & 8 != 0),
        Operand::Memory { base, index, .. } => {
            let base = matches!(base, Base::Register(number) if number & 8 != 0);
            (index.is_some_and(|index| index & 8 != 0), base)
        }
    }
}
