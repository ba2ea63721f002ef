//! Lane widening: a finished function on 128-bit vectors rewritten for 256.
//!
//! `emit` writes loops whose vectors step over 32 bytes and whose operations never cross lanes; Cranelift, which has no
//! wider vectors, compiles them as if they had 16. Here each instruction becomes its wide form by [`table`]; spilled
//! registers get twice the room, and the upper halves are cleared before anything that may not know of them runs.
//! Instructions that are not in the table make the function a case for 128 bits: nothing is guessed.

mod table;

use iced_x86::{
    BlockEncoder, BlockEncoderOptions, Code, Decoder, DecoderOptions, FlowControl, Instruction, InstructionBlock,
    OpKind, Register,
};
use rustc_hash::FxHashMap;
use table::Wide;

/// Where a function is taken to stand, and where its wide form: apart, so that no address means something in both.
const START: u64 = 0x1000;
const WIDE: u64 = 0x1000_0000;
/// Bytes of the largest frame: Cranelift probes larger ones, so that none steps over the page that guards the stack.
const FRAME: i32 = 4096;
/// Bytes of a constant that Cranelift keeps behind a function's code, at most.
const CONSTANT: usize = 16;

/// Rewrites a function. `slots` is the room of its explicit stack slots, which are as large as wide code wants them.
/// What comes back in place of code is the first instruction that has no wide form.
///
/// # Errors
/// The function cannot be widened.
pub fn widen(code: &[u8], slots: u64) -> Result<Vec<u8>, String> {
    let narrow = instructions(code)?;
    let mut function =
        Function { code, slots, wide: Vec::with_capacity(narrow.len() + 2), constants: Constants::default() };
    for instruction in narrow {
        function.push(instruction).map_err(|instruction| format!("{:?}", instruction.code()))?;
    }
    function.encode()
}

/// The instructions up to where control can no longer go.
fn instructions(code: &[u8]) -> Result<Vec<Instruction>, String> {
    let mut decoder = Decoder::with_ip(64, code, START, DecoderOptions::NONE);
    let (mut all, mut furthest) = (Vec::with_capacity(code.len() / 4), START);
    while decoder.can_decode() {
        let instruction = decoder.decode();
        let ends = match instruction.flow_control() {
            FlowControl::Next | FlowControl::Call | FlowControl::IndirectCall => false,
            FlowControl::ConditionalBranch => {
                furthest = furthest.max(instruction.near_branch_target());
                false
            }
            FlowControl::UnconditionalBranch => {
                furthest = furthest.max(instruction.near_branch_target());
                true
            }
            FlowControl::Return => true,
            FlowControl::Exception if instruction.code() == Code::Ud2 => true,
            FlowControl::Exception
            | FlowControl::IndirectBranch
            | FlowControl::Interrupt
            | FlowControl::XbeginXabortXend => return Err(format!("{:?}", instruction.code())),
        };
        all.push(instruction);
        if ends && decoder.ip() > furthest {
            return Ok(all);
        }
    }
    Err("code without an end".to_owned())
}

/// The constants behind the new code, by their places behind the old.
#[derive(Default)]
struct Constants {
    bytes: Vec<u8>,
    places: FxHashMap<u64, u64>,
}

struct Function<'a> {
    code: &'a [u8],
    slots: u64,
    wide: Vec<Instruction>,
    constants: Constants,
}

impl Function<'_> {
    fn push(&mut self, mut instruction: Instruction) -> Result<(), Instruction> {
        let refused = instruction;
        self.registers(&mut instruction).ok_or(refused)?;
        self.stack(&mut instruction).ok_or(refused)?;
        if instruction.is_ip_rel_memory_operand() {
            self.constant(instruction.ip_rel_memory_address()).ok_or(refused)?;
        }
        let leaves =
            matches!(instruction.flow_control(), FlowControl::Return | FlowControl::Call | FlowControl::IndirectCall);
        if leaves {
            let mut clear = Instruction::with(Code::VEX_Vzeroupper);
            clear.set_ip(instruction.ip());
            instruction.set_ip(0);
            self.wide.push(clear);
        }
        self.wide.push(instruction);
        Ok(())
    }

    /// Gives an instruction its wide form and registers.
    fn registers(&self, instruction: &mut Instruction) -> Option<()> {
        let vector = |k: &u32| instruction.op_kind(*k) == OpKind::Register && instruction.op_register(*k).is_xmm();
        let vectors: Vec<u32> = (0..instruction.op_count()).filter(vector).collect();
        if vectors.is_empty() || table::is_scalar(instruction.code()) {
            return Some(());
        }
        let wide = table::wide(instruction.code()).or_else(|| {
            let controlled = instruction.op_count() == 3 && instruction.op_kind(2) == OpKind::Immediate8;
            let repeated = table::repeats(instruction.code(), controlled.then(|| instruction.immediate8())?);
            repeated.filter(|_| instruction.op_kind(1) == OpKind::Register)
        })?;
        let (code, low) = match wide {
            Wide::Whole(code) => (code, None),
            Wide::Low(code, operand) => (code, Some(operand)),
        };
        let mut wider = *instruction;
        wider.set_code(code);
        if table::repeats(instruction.code(), 0b01_00_01_00).is_some() {
            wider = Instruction::with2(code, instruction.op0_register(), instruction.op1_register()).ok()?;
            wider.set_ip(instruction.ip());
        }
        for operand in vectors.into_iter().filter(|&k| Some(k) != low) {
            let number = instruction.op_register(operand).number();
            wider.set_op_register(operand, Register::YMM0 + number as u32);
        }
        *instruction = wider;
        Some(())
    }

    /// Moves what lies on the stack: explicit slots stay, spilled registers behind them get twice the room.
    fn stack(&self, instruction: &mut Instruction) -> Option<()> {
        let place = |at: u64| if at < self.slots { at } else { self.slots + 2 * (at - self.slots) };
        let code = instruction.code();
        let frame =
            matches!(code, Code::Push_r64 | Code::Pop_r64 | Code::Mov_r64_rm64 | Code::Mov_rm64_r64 | Code::Retnq);
        let sized =
            matches!(code, Code::Sub_rm64_imm8 | Code::Sub_rm64_imm32 | Code::Add_rm64_imm8 | Code::Add_rm64_imm32);
        if sized && instruction.op0_kind() == OpKind::Register && instruction.op0_register() == Register::RSP {
            let room = i32::try_from(place(instruction.immediate(1))).ok().filter(|&room| room <= FRAME)?;
            let add = matches!(code, Code::Add_rm64_imm8 | Code::Add_rm64_imm32);
            let ip = instruction.ip();
            let code = if add { Code::Add_rm64_imm32 } else { Code::Sub_rm64_imm32 };
            *instruction = Instruction::with2(code, Register::RSP, room).ok()?;
            instruction.set_ip(ip);
            return Some(());
        }
        let pointer = |register| matches!(register, Register::RSP | Register::RBP);
        let touched = (0..instruction.op_count())
            .any(|k| instruction.op_kind(k) == OpKind::Register && instruction.op_register(k) == Register::RSP);
        if touched && !frame {
            return None;
        }
        let memory = (0..instruction.op_count()).any(|k| instruction.op_kind(k) == OpKind::Memory);
        if !memory || !pointer(instruction.memory_base()) {
            return Some(());
        }
        if instruction.memory_base() == Register::RBP || instruction.memory_index() != Register::None {
            return None;
        }
        let at = place(instruction.memory_displacement64());
        instruction.set_memory_displacement64(at);
        instruction.set_memory_displ_size(if at == 0 { 0 } else { 8 });
        Some(())
    }

    /// Keeps a constant, repeated for the upper half.
    fn constant(&mut self, address: u64) -> Option<()> {
        if self.constants.places.contains_key(&address) {
            return Some(());
        }
        let at = usize::try_from(address.checked_sub(START)?).ok()?;
        let bytes = self.code.get(at..)?;
        let mut whole = [0; CONSTANT];
        let known = bytes.len().min(CONSTANT);
        whole[..known].copy_from_slice(&bytes[..known]);
        self.constants.places.insert(address, self.constants.bytes.len() as u64);
        self.constants.bytes.extend_from_slice(&whole);
        self.constants.bytes.extend_from_slice(&whole);
        Some(())
    }

    /// The bytes: encoded once to learn how long the code is, and once with the constants where they then stand.
    fn encode(mut self) -> Result<Vec<u8>, String> {
        let mut bytes = self.block()?;
        if self.constants.bytes.is_empty() {
            return Ok(bytes);
        }
        let length = bytes.len();
        let behind = WIDE + length.next_multiple_of(2 * CONSTANT) as u64;
        for instruction in self.wide.iter_mut().filter(|instruction| instruction.is_ip_rel_memory_operand()) {
            let place = self.constants.places[&instruction.ip_rel_memory_address()];
            instruction.set_memory_displacement64(behind + place);
        }
        bytes = self.block()?;
        if bytes.len() != length {
            return Err("code whose length depends on its constants".to_owned());
        }
        bytes.resize((behind - WIDE) as usize, 0xCC);
        bytes.extend_from_slice(&self.constants.bytes);
        Ok(bytes)
    }

    fn block(&self) -> Result<Vec<u8>, String> {
        let block = InstructionBlock::new(&self.wide, WIDE);
        let encoded = BlockEncoder::encode(64, block, BlockEncoderOptions::NONE).map_err(|error| error.to_string())?;
        Ok(encoded.code_buffer)
    }
}
