//! Lane widening: a finished function on 128-bit vectors rewritten for 256 or 512.
//!
//! `emit` writes loops whose vectors step over 32 or 64 bytes and whose operations never cross lanes; Cranelift, which has
//! no wider vectors, compiles them as if they had 16. Here each instruction becomes its wide form by [`table`]; spilled
//! registers get as much more room, and the upper parts are cleared before anything that may not know of them runs.
//! Instructions that are not in the table make the function a case for narrower vectors: nothing is guessed.

mod decode;
mod encode;
mod masks;
mod table;

use decode::{Base, Coding, Flow, Instruction, Operand, STACK};
use encode::{Gap, Wide, Writer};
use masks::{Masks, PASSING};
use table::Form;

/// Bytes of the largest frame: Cranelift probes larger ones, so that none steps over the page that guards the stack.
const FRAME: u64 = 4096;
/// Bytes of a constant that Cranelift keeps behind a function's code, at most.
const CONSTANT: usize = 16;

/// Rewrites a function for vectors of `bytes` bytes, 32 or 64. `slots` is the room of its explicit stack slots, which are
/// as large as wide code wants them. What comes back in place of code is the first instruction that has no wide form.
///
/// # Errors
/// The function cannot be widened.
pub fn widen(code: &[u8], slots: u64, bytes: usize) -> Result<Vec<u8>, String> {
    let steps = steps(code)?;
    let mut targets = vec![false; code.len() + 1];
    for step in &steps {
        if let Flow::Jump { target, .. } = step.flow {
            *targets.get_mut(target).ok_or("a jump out of the code")? = true;
        }
    }
    let function = Function {
        code,
        slots,
        parts: bytes / CONSTANT,
        steps: &steps,
        targets,
        out: Writer { bytes: Vec::with_capacity(code.len() * 3 / 2) },
        masks: Masks::default(),
        places: vec![u32::MAX; code.len() + 1],
        jumps: Vec::new(),
        constants: Vec::new(),
    };
    function.finish()
}

/// An instruction, how it is widened, and where control goes on.
#[derive(Clone, Copy, Debug)]
struct Step {
    instruction: Instruction,
    form: Form,
    flow: Flow,
}

/// The instructions up to where control can no longer go.
fn steps(code: &[u8]) -> Result<Vec<Step>, String> {
    let (mut all, mut at, mut furthest) = (Vec::with_capacity(code.len() / 4), 0, 0);
    loop {
        let step = step(code, at).ok_or_else(|| refusal(code, at))?;
        at = step.instruction.end;
        all.push(step);
        let ends = match step.flow {
            Flow::Next | Flow::Call => false,
            Flow::Jump { target, always } => {
                furthest = furthest.max(target);
                always
            }
            Flow::Return | Flow::Never => true,
        };
        if ends && at > furthest {
            return Ok(all);
        }
    }
}

fn step(code: &[u8], at: usize) -> Option<Step> {
    let instruction = Instruction::read(code, at)?;
    let flow = instruction.flow(code)?;
    let form = if instruction.coding == Coding::Legacy && !instruction.has_vectors() {
        Form::Alone
    } else {
        table::form(&instruction, &code[instruction.immediate..instruction.end])?
    };
    Some(Step { instruction, form, flow })
}

fn refusal(code: &[u8], at: usize) -> String {
    let shown = &code[at.min(code.len())..code.len().min(at + 8)];
    format!("no wide form of the instruction that begins with {shown:02x?}")
}

struct Function<'a> {
    code: &'a [u8],
    slots: u64,
    /// How many times 128 bits.
    parts: usize,
    steps: &'a [Step],
    /// Where jumps go.
    targets: Vec<bool>,
    out: Writer,
    masks: Masks,
    /// Where the instruction that began at a place begins now.
    places: Vec<u32>,
    /// Displacements of jumps, and where they went.
    jumps: Vec<(Gap, usize)>,
    /// Displacements of constants, and where those stood.
    constants: Vec<(Gap, usize)>,
}

impl Function<'_> {
    fn finish(mut self) -> Result<Vec<u8>, String> {
        for (k, step) in self.steps.iter().enumerate() {
            let at = step.instruction.at;
            if self.targets[at] {
                self.masks.forget_all();
            }
            self.places[at] = u32::try_from(self.out.bytes.len()).map_err(|_| "code beyond 4 GiB")?;
            self.step(k).ok_or_else(|| refusal(self.code, at))?;
        }
        for (gap, target) in std::mem::take(&mut self.jumps) {
            let place =
                self.places.get(target).filter(|&&place| place != u32::MAX).ok_or("a jump into an instruction")?;
            self.close(gap, *place as usize);
        }
        self.append_constants()?;
        Ok(self.out.bytes)
    }

    fn close(&mut self, gap: Gap, place: usize) {
        let by = place as i64 - gap.end as i64;
        self.out.bytes[gap.at..gap.at + 4].copy_from_slice(&(by as i32).to_le_bytes());
    }

    /// Puts the constants behind the code, repeated for all parts.
    fn append_constants(&mut self) -> Result<(), String> {
        let mut known: Vec<(usize, usize)> = Vec::new();
        for (gap, address) in std::mem::take(&mut self.constants) {
            let place = match known.iter().find(|(other, _)| *other == address) {
                Some(&(_, place)) => place,
                None => {
                    let bytes = self.code.get(address..).filter(|bytes| !bytes.is_empty());
                    let bytes = bytes.ok_or("a constant outside of the code")?;
                    let mut whole = [0; CONSTANT];
                    let length = bytes.len().min(CONSTANT);
                    whole[..length].copy_from_slice(&bytes[..length]);
                    let place = self.out.bytes.len().next_multiple_of(CONSTANT * self.parts);
                    self.out.bytes.resize(place, 0xCC);
                    (0..self.parts).for_each(|_| self.out.bytes.extend_from_slice(&whole));
                    known.push((address, place));
                    place
                }
            };
            self.close(gap, place);
        }
        Ok(())
    }

    /// The wide form of one instruction.
    fn step(&mut self, k: usize) -> Option<()> {
        let Step { instruction, form, flow } = self.steps[k];
        match flow {
            Flow::Jump { target, .. } => {
                self.out.bytes.extend_from_slice(&self.code[instruction.at..instruction.immediate]);
                let at = self.out.bytes.len();
                self.out.bytes.extend([0; 4]);
                self.jumps.push((Gap { at, end: at + 4 }, target));
                return Some(());
            }
            // vzeroupper
            Flow::Return | Flow::Call => self.out.bytes.extend([0xC5, 0xF8, 0x77]),
            Flow::Next | Flow::Never => (),
        }
        if instruction.coding == Coding::Legacy && form == Form::Alone {
            return self.plain(&instruction);
        }
        let gap = if self.parts == 4 { self.step_512(k)? } else { self.step_256(&instruction, form)? };
        if let Some(gap) = gap {
            self.refer(gap, &instruction);
        }
        Some(())
    }

    /// Notes a displacement to the constant that an instruction referred to.
    fn refer(&mut self, gap: Gap, instruction: &Instruction) {
        if let Operand::Memory { displacement, .. } = instruction.rm {
            let address = instruction.end as i64 + i64::from(displacement);
            self.constants.push((gap, usize::try_from(address).unwrap_or(usize::MAX)));
        }
    }

    /// An instruction that stays, but for where it finds what lies on the stack.
    fn plain(&mut self, i: &Instruction) -> Option<()> {
        if i.has_vectors() {
            self.masks.forget_all();
            let gap = self.alone(i)?;
            gap.into_iter().for_each(|gap| self.refer(gap, i));
            return Some(());
        }
        let stack = Operand::Register(STACK);
        if i.map == 0 && matches!(i.opcode, 0x81 | 0x83) && i.rm == stack && i.wide {
            return self.frame(i);
        }
        let touched = i.rm == stack || (!i.is_group() && i.operands != i.immediate && i.reg == STACK);
        let moves = i.map == 0 && matches!(i.opcode, 0x89 | 0x8B) && i.wide && matches!(i.rm, Operand::Register(_));
        if touched && !moves {
            return None;
        }
        if let Some(gap) = self.alone(i)? {
            self.refer(gap, i);
        }
        Some(())
    }

    /// The frame made or given up.
    fn frame(&mut self, i: &Instruction) -> Option<()> {
        let code = match i.reg & 7 {
            0 => 0xC4,
            5 => 0xEC,
            _ => return None,
        };
        let room = match self.code[i.immediate..i.end] {
            [room] => u64::try_from(room as i8).ok()?,
            [a, b, c, d] => u64::try_from(i32::from_le_bytes([a, b, c, d])).ok()?,
            _ => return None,
        };
        let room = self.place(room);
        let room = i32::try_from(room).ok().filter(|_| room <= FRAME)?;
        self.out.bytes.extend([0x48, 0x81, code]);
        self.out.bytes.extend(room.to_le_bytes());
        Some(())
    }

    /// Where stands what lay at a distance from the stack pointer: explicit slots stay, what is behind gets more room.
    fn place(&self, at: u64) -> u64 {
        if at < self.slots { at } else { self.slots + self.parts as u64 * (at - self.slots) }
    }

    /// An operand, moved where it lies on the stack.
    fn moved(&self, operand: Operand) -> Option<Operand> {
        const FRAME_POINTER: u8 = 5;
        match operand {
            Operand::Memory { base: Base::Register(STACK), index: None, displacement, .. } => {
                let displacement = i32::try_from(self.place(u64::try_from(displacement).ok()?)).ok()?;
                Some(Operand::Memory { base: Base::Register(STACK), index: None, scale: 0, displacement })
            }
            Operand::Memory { base: Base::Register(STACK | FRAME_POINTER), .. } => None,
            Operand::None | Operand::Register(_) | Operand::Memory { .. } => Some(operand),
        }
    }

    /// An instruction copied, but for its operand in memory.
    #[expect(clippy::option_option, reason = "refused, done, or done with a displacement left open")]
    fn alone(&mut self, i: &Instruction) -> Option<Option<Gap>> {
        let rm = self.moved(i.rm)?;
        let here = matches!(i.rm, Operand::Memory { base: Base::Here, .. });
        if rm == i.rm && !here {
            self.out.bytes.extend_from_slice(&self.code[i.at..i.end]);
            return Some(None);
        }
        self.out.bytes.extend_from_slice(&self.code[i.at..i.operands]);
        let unit = if i.coding == Coding::Evex { 0 } else { 1 };
        Some(self.out.rest(i.reg, rm, unit, &self.code[i.immediate..i.end]))
    }

    /// The instruction with its operands, for AVX-512 with a bit for the lanes and short displacements in `unit`.
    fn same(&self, i: &Instruction, wide: bool, unit: i32) -> Option<Wide> {
        let rm = self.moved(i.rm)?;
        let Instruction { map, prefix, opcode, reg, other, .. } = *i;
        Some(Wide { map, prefix, wide, opcode, reg, other, rm, unit, mask: (0, false) })
    }

    #[expect(clippy::option_option, reason = "refused, done, or done with a displacement left open")]
    fn step_256(&mut self, i: &Instruction, form: Form) -> Option<Option<Gap>> {
        let immediate = &self.code[i.immediate..i.end];
        if i.coding == Coding::Evex {
            let unit = if matches!(form, Form::Low { .. }) { 0 } else { 32 };
            let same = self.same(i, i.wide, unit)?;
            return Some(self.out.evex(1, &same, immediate));
        }
        let same = self.same(i, i.wide, 1)?;
        Some(match form {
            Form::Alone => self.alone(i)?,
            Form::Move { store } => self.out.vex(1, &moving(same, store), &[]),
            Form::Repeat => self.out.vex(1, &Wide { wide: false, ..repeating(same) }, &[]),
            Form::Whole { .. }
            | Form::Fused { .. }
            | Form::Low { .. }
            | Form::UpTo256
            | Form::Compare { .. }
            | Form::Choose { .. }
            | Form::And
            | Form::Any
            | Form::Signs { .. } => self.out.vex(1, &same, immediate),
        })
    }

    #[expect(clippy::option_option, reason = "refused, done, or done with a displacement left open")]
    fn step_512(&mut self, k: usize) -> Option<Option<Gap>> {
        let Step { instruction, form, .. } = self.steps[k];
        let i = &instruction;
        let immediate = &self.code[i.immediate..i.end];
        if let Form::Compare { wide } = form {
            return self.compare(k, wide);
        }
        let gap = match form {
            Form::Alone => self.alone(i)?,
            Form::Move { store } => {
                let same = self.same(i, false, 64)?;
                self.out.evex(2, &moving(same, store), &[])
            }
            Form::Whole { wide } | Form::Fused { wide } => {
                let same = self.same(i, wide, 64)?;
                self.out.evex(2, &same, immediate)
            }
            Form::Low { wide } => {
                let same = self.same(i, wide, 0)?;
                self.out.evex(2, &same, immediate)
            }
            Form::Repeat => {
                let same = self.same(i, true, 0)?;
                self.out.evex(2, &repeating(same), &[])
            }
            Form::UpTo256 | Form::Compare { .. } => return None,
            Form::Choose { wide } => self.choose(i, wide)?,
            Form::And => self.and(i)?,
            Form::Any => {
                let tested = self.same(i, false, 64)?;
                let (map, opcode, reg, other) = (2, 0x27, PASSING, i.reg);
                let gap = self.out.evex(2, &Wide { map, prefix: 1, opcode, reg, other, ..tested }, &[]);
                self.out.vex(0, &Wide::between(1, 0, false, 0x98, (PASSING, 0, PASSING)), &[]);
                gap
            }
            Form::Signs { wide } => {
                let Operand::Register(register) = i.rm else { return None };
                let (mask, _) = self.mask(register, wide);
                self.out.vex(0, &Wide::between(1, 0, false, 0x93, (i.reg, 0, mask)), &[]);
                None
            }
        };
        if let Some(register) = masks::result(i, form) {
            self.masks.forget(register);
        }
        Some(gap)
    }

    /// The mask register with the mask that a vector register stands for, and whether its lanes have 8 bytes.
    fn mask(&mut self, register: u8, wide: bool) -> (u8, bool) {
        if let Some(mask) = self.masks.of(register) {
            return (mask.register, mask.wide);
        }
        self.out.evex(2, &Wide::between(2, 2, wide, 0x39, (PASSING, 0, register)), &[]);
        (PASSING, wide)
    }

    #[expect(clippy::option_option, reason = "refused, done, or done with a displacement left open")]
    fn compare(&mut self, k: usize, wide: bool) -> Option<Option<Gap>> {
        let i = &self.steps[k].instruction;
        if i.opcode == 0x76 && i.rm == Operand::Register(i.other) {
            // What equals itself: all ones.
            self.out.evex(2, &Wide::between(3, 1, false, 0x25, (i.reg, i.reg, i.reg)), &[0xFF]);
            self.masks.forget(i.reg);
            return Some(None);
        }
        let same = self.same(i, wide, 64)?;
        let mask = self.masks.hold(i.reg, wide);
        let gap = self.out.evex(2, &Wide { reg: mask, ..same }, &self.code[i.immediate..i.end]);
        if masks::is_needed(i.reg, &self.steps[k + 1..], |at| self.targets[at]) {
            self.out.evex(2, &Wide::between(2, 2, wide, 0x38, (i.reg, 0, mask)), &[]);
        }
        Some(gap)
    }

    #[expect(clippy::option_option, reason = "refused, done, or done with a displacement left open")]
    fn choose(&mut self, i: &Instruction, wide: bool) -> Option<Option<Gap>> {
        let &[immediate] = &self.code[i.immediate..i.end] else { return None };
        let (mask, wide) = self.mask(immediate >> 4, wide);
        let same = self.same(i, wide, 64)?;
        Some(self.out.evex(2, &Wide { map: 2, opcode: 0x64, mask: (mask, false), ..same }, &[]))
    }

    /// Lanes by a mask, if that is what the first operand is known to be; else bits by bits.
    #[expect(clippy::option_option, reason = "refused, done, or done with a displacement left open")]
    fn and(&mut self, i: &Instruction) -> Option<Option<Gap>> {
        let Some(mask) = self.masks.of(i.other) else {
            let same = self.same(i, false, 64)?;
            return Some(self.out.evex(2, &Wide { prefix: 1, opcode: 0xDB, ..same }, &[]));
        };
        let same = self.same(i, mask.wide, 64)?;
        let (prefix, mask) = (u8::from(mask.wide), (mask.register, true));
        Some(self.out.evex(2, &Wide { prefix, opcode: 0x10, other: 0, mask, ..same }, &[]))
    }
}

/// A move of a whole register, whatever it is taken to hold, to or from any address.
fn moving(same: Wide, store: bool) -> Wide {
    Wide { map: 1, prefix: 0, wide: false, opcode: if store { 0x11 } else { 0x10 }, other: 0, ..same }
}

/// A broadcast of 8 bytes.
fn repeating(same: Wide) -> Wide {
    Wide { map: 2, prefix: 1, opcode: 0x59, other: 0, ..same }
}

#[cfg(test)]
mod tests {
    use super::widen;

    /// Whatever bytes it is given, it widens or refuses them.
    #[test]
    fn any_bytes_are_widened_or_refused() {
        let (mut state, mut widened) = (0x9E37_79B9_7F4A_7C15u64, 0);
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        // Starts of instructions that are known, then whatever comes, and often a return.
        let starts: [&[u8]; 8] = [
            &[0xC5, 0xF8],
            &[0xC4, 0xE2, 0x79],
            &[0x62, 0xF2, 0xFD, 0x08],
            &[0x48, 0x8B],
            &[0x0F, 0x8C],
            &[0x48, 0x83, 0xEC],
            &[0xC4, 0xC3, 0x71],
            &[0xE9],
        ];
        for _ in 0..200_000 {
            let mut code = starts[next() as usize % starts.len()].to_vec();
            code.extend(next().to_le_bytes().iter().take(next() as usize % 9));
            code.extend([0xC3; 12]);
            for bytes in [32, 64] {
                widened += u32::from(widen(&code, 0, bytes).is_ok());
            }
        }
        assert!(widened > 1000, "only {widened} were widened");
    }
}
