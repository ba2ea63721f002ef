//! Compiled programs: a plan's machine code, owned, callable and freed on drop.
//!
//! Kernels are machine code; the steps between them are a flat list of instructions with jumps, so that branches and loops
//! run without coming back to anything above.

mod define;

pub use define::{Stage, listing, widest};

use crate::cost::{self, Split};
use crate::emit::{self, Width};
use crate::error::{CodegenError, RunError};
use crate::library::{Array, ArrayMut, Routine};
use crate::plan::{ArrayOf, BufferId, Home, Plan, Step};
use crate::pool;
use crate::verify;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, default_libcall_names};
use define::{Kernels, machine};
use smallvec::SmallVec;
use std::alloc::Layout;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A kernel's function: buffers' addresses, the plan's vector constants, the range of the outermost loop.
type Entry = unsafe extern "C" fn(*const *mut u8, *const u8, u64, u64);

/// Picoseconds of a byte that is copied.
const COPIED: u64 = 20;
/// Arenas kept for later runs; runs at the same time beyond these allocate anew.
const ARENAS: usize = 4;

/// A plan's machine code. Invariant: the code is freed when this is dropped, and nothing else points into it.
pub struct Code {
    /// `None` only while being dropped.
    module: Option<JITModule>,
    program: Vec<Instruction>,
    calls: Vec<LibraryCall>,
    buffers: Vec<Home>,
    /// For each buffer, its constant's place in `constants`.
    constants: Vec<usize>,
    /// The plan's constants and the vector constants, aligned.
    memory: Memory,
    pool: usize,
    /// What each operand of each kernel step is, one step after another.
    operands: Vec<BufferId>,
    scratch: usize,
    bytes: usize,
    widened: usize,
    widest: Width,
    cost: Option<u64>,
    /// The arena of the last run, or null: what most runs take, without a lock.
    arena: AtomicPtr<Arena>,
    /// Arenas of runs at the same time.
    arenas: Mutex<Vec<Arena>>,
}

// SAFETY: after `compile` the module's pages are only read and run, and everything mutable is behind the mutex.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Code").field("bytes", &self.bytes).field("scratch", &self.scratch).finish_non_exhaustive()
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: the only pointers into the pages are in `program`, which dies with `self`.
            unsafe { module.free_memory() }
        }
        let arena = *self.arena.get_mut();
        if !arena.is_null() {
            // SAFETY: it came from a box, and whoever took it left null.
            drop(unsafe { Box::from_raw(arena) });
        }
    }
}

/// What is done next. Positions are places in the program.
enum Instruction {
    Kernel {
        entry: Entry,
        operands: usize,
        extent: u64,
        split: Option<Split>,
    },
    Library(usize),
    Copy {
        from: BufferId,
        to: BufferId,
        bytes: usize,
    },
    /// Goes on at the position.
    Jump(usize),
    /// Goes on at the position where the bool is false.
    Unless(BufferId, usize),
    /// Goes on at the position with the number in the buffer; the last one where there is none.
    Switch(BufferId, Vec<usize>),
    /// Ends the run where the cancel flag is up.
    Poll,
}

struct LibraryCall {
    routine: Arc<Routine>,
    inputs: Vec<ArrayOf>,
    outputs: Vec<ArrayOf>,
    label: Arc<str>,
}

/// Memory aligned to 64 bytes.
struct Memory {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the memory belongs to its owner alone.
unsafe impl Send for Memory {}
// SAFETY: shared access only reads.
unsafe impl Sync for Memory {}

impl Memory {
    /// Zeroed memory; `None` where it cannot be had.
    fn new(bytes: usize) -> Option<Memory> {
        let layout = Layout::from_size_align(bytes.max(1), 64).ok()?;
        // SAFETY: the size is not zero.
        let start = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) })?;
        Some(Memory { start, layout })
    }

    fn fill(&mut self, at: usize, bytes: &[u8]) {
        assert!(at + bytes.len() <= self.layout.size(), "law: constants fit their memory");
        // SAFETY: the range was checked, and the memory is ours alone.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.start.as_ptr().add(at), bytes.len()) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` with this layout.
        unsafe { std::alloc::dealloc(self.start.as_ptr(), self.layout) }
    }
}

/// What one run needs for itself.
struct Arena {
    scratch: Memory,
    /// Where each buffer of the plan is.
    places: Vec<*mut u8>,
    /// The operands of the kernels' steps.
    table: Vec<*mut u8>,
}

// SAFETY: the pointers are only used by the run that holds the arena, which sets them first.
unsafe impl Send for Arena {}

/// Compiles a plan.
///
/// # Errors
/// The plan is not valid, a kernel holds a type that kernels do not, or the machine has no code generator.
pub fn compile(plan: &Plan) -> Result<Code, CodegenError> {
    compile_for(plan, widest())
}

/// Compiles a plan for vectors of at most a width. Law: it is not more than [`widest`]. The results are the same bits at
/// any width.
///
/// # Errors
/// As [`compile`].
pub fn compile_for(plan: &Plan, width: Width) -> Result<Code, CodegenError> {
    check(plan)?;
    let isa = machine()?;
    let mut module = JITModule::new(JITBuilder::with_isa(isa.clone(), default_libcall_names()));
    let compiled = define::define(plan, width, isa.as_ref(), &mut module);
    match compiled.and_then(|kernels| assemble(plan, &module, kernels)) {
        Ok(mut code) => {
            code.module = Some(module);
            Ok(code)
        }
        Err(error) => {
            // SAFETY: no pointer into the pages was handed out.
            unsafe { module.free_memory() };
            Err(error)
        }
    }
}

fn check(plan: &Plan) -> Result<(), CodegenError> {
    let faults = verify::plan(plan);
    if !faults.is_empty() {
        return Err(CodegenError::Invalid(faults));
    }
    for kernel in &plan.kernels {
        let types = kernel.buffers.iter().map(|buffer| &buffer.dtype).chain(&kernel.values);
        if let Some(&dtype) = types.into_iter().find(|&&dtype| !emit::holds(dtype)) {
            return Err(CodegenError::Unsupported { kernel: kernel.name.clone(), dtype });
        }
    }
    Ok(())
}

fn assemble(plan: &Plan, module: &JITModule, kernels: Kernels) -> Result<Code, CodegenError> {
    let (mut constants, mut end) = (Vec::with_capacity(plan.buffers.len()), 0usize);
    for buffer in &plan.buffers {
        constants.push(end);
        if let Home::Constant(bytes) = &buffer.home {
            end += bytes.len().next_multiple_of(64);
        }
    }
    let pool = end;
    let total = pool + kernels.pool.bytes.len();
    let mut memory = Memory::new(total).ok_or(CodegenError::OutOfMemory { bytes: total })?;
    for (buffer, &at) in plan.buffers.iter().zip(&constants) {
        if let Home::Constant(bytes) = &buffer.home {
            memory.fill(at, bytes);
        }
    }
    memory.fill(pool, &kernels.pool.bytes);
    let mut flat =
        Flat { plan, module, functions: kernels.functions, program: vec![], calls: vec![], operands: vec![] };
    flat.steps(&plan.steps);
    Ok(Code {
        module: None,
        program: flat.program,
        calls: flat.calls,
        operands: flat.operands,
        buffers: plan.buffers.iter().map(|buffer| buffer.home.clone()).collect(),
        constants,
        memory,
        pool,
        scratch: plan.scratch,
        bytes: kernels.bytes,
        widened: kernels.widened,
        widest: kernels.widest,
        cost: cost(plan),
        arena: AtomicPtr::default(),
        arenas: Mutex::new(Vec::new()),
    })
}

/// Picoseconds of a run where it takes each step once and all are kernels or copies.
fn cost(plan: &Plan) -> Option<u64> {
    plan.steps.iter().try_fold(0u64, |sum, step| match step {
        Step::Kernel { kernel, .. } => Some(sum.saturating_add(cost::of(&plan.kernels[*kernel]))),
        Step::Copy { from, .. } => Some(sum.saturating_add(COPIED * plan.buffers[from.0 as usize].bytes as u64)),
        Step::Library { .. } | Step::Case { .. } | Step::While { .. } => None,
    })
}

/// Steps being made flat.
struct Flat<'a> {
    plan: &'a Plan,
    module: &'a JITModule,
    functions: Vec<FuncId>,
    program: Vec<Instruction>,
    calls: Vec<LibraryCall>,
    operands: Vec<BufferId>,
}

impl Flat<'_> {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Kernel { kernel, buffers } => {
                let address = self.module.get_finalized_function(self.functions[*kernel]);
                // SAFETY: the function was emitted with exactly this signature and lives as long as the module.
                let entry = unsafe { std::mem::transmute::<*const u8, Entry>(address) };
                let extent = emit::splits(&self.plan.kernels[*kernel]).unwrap_or(0);
                let split = cost::split(&self.plan.kernels[*kernel]);
                self.program.push(Instruction::Kernel { entry, operands: self.operands.len(), extent, split });
                self.operands.extend_from_slice(buffers);
            }
            Step::Library { routine, inputs, outputs, label } => {
                self.program.push(Instruction::Library(self.calls.len()));
                let (inputs, outputs) = (inputs.clone(), outputs.clone());
                self.calls.push(LibraryCall { routine: routine.clone(), inputs, outputs, label: label.clone() });
            }
            Step::Copy { from, to } => {
                let bytes = self.plan.buffers[from.0 as usize].bytes;
                self.program.push(Instruction::Copy { from: *from, to: *to, bytes });
            }
            Step::Case { index, boolean, branches } => self.case(*index, *boolean, branches),
            Step::While { cond, go_on, body } => {
                let head = self.program.len();
                self.program.push(Instruction::Poll);
                self.steps(cond);
                let test = self.program.len();
                self.program.push(Instruction::Unless(*go_on, 0));
                self.steps(body);
                self.program.push(Instruction::Jump(head));
                self.program[test] = Instruction::Unless(*go_on, self.program.len());
            }
        }
    }

    fn case(&mut self, index: BufferId, boolean: bool, branches: &[Vec<Step>]) {
        let test = self.program.len();
        self.program.push(Instruction::Poll);
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for branch in branches {
            starts.push(self.program.len());
            self.steps(branch);
            ends.push(self.program.len());
            self.program.push(Instruction::Poll);
        }
        let after = self.program.len();
        for end in ends {
            self.program[end] = Instruction::Jump(after);
        }
        self.program[test] =
            if boolean { Instruction::Unless(index, starts[1]) } else { Instruction::Switch(index, starts) };
    }
}

impl Code {
    /// Runs the plan: reads `inputs`, writes `outputs`, in the order of the plan's homes.
    ///
    /// # Safety
    /// There are as many pointers as the plan has inputs and outputs. Each points at memory as large as its buffer,
    /// aligned to 16 bytes (any address where the buffer is empty), holding valid elements (bools are 0 or 1); the
    /// memory of outputs is not read or written by anyone else during the run and overlaps no other.
    ///
    /// # Errors
    /// The cancel flag was raised, memory is short, or a routine of the library failed.
    pub unsafe fn run(&self, inputs: &[*const u8], outputs: &[*mut u8], cancel: &AtomicBool) -> Result<(), RunError> {
        let mut arena = self.arena()?;
        self.place(&mut arena, inputs, outputs);
        // SAFETY: the caller vouches for the arguments, `place` for the rest.
        let result = unsafe { self.steps(&arena, cancel) };
        self.keep(arena);
        result
    }

    /// Bytes of machine code.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many kernels run on vectors wider than Cranelift's.
    pub fn widened(&self) -> usize {
        self.widened
    }

    /// The widest vectors that any kernel runs on.
    pub fn widest(&self) -> Width {
        self.widest
    }

    /// Picoseconds that a run takes on one thread, roughly; `None` where nobody can tell.
    pub fn cost(&self) -> Option<u64> {
        self.cost
    }

    /// Bytes of scratch memory that a run needs.
    pub fn scratch(&self) -> usize {
        self.scratch
    }

    fn arena(&self) -> Result<Box<Arena>, RunError> {
        let last = self.arena.swap(ptr::null_mut(), Ordering::Acquire);
        if !last.is_null() {
            // SAFETY: it came from a box, and null was left in its place.
            return Ok(unsafe { Box::from_raw(last) });
        }
        let kept = self.arenas.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(arena) = kept {
            return Ok(Box::new(arena));
        }
        let scratch = Memory::new(self.scratch).ok_or(RunError::OutOfMemory { bytes: self.scratch })?;
        Ok(Box::new(Arena { scratch, places: Vec::new(), table: Vec::new() }))
    }

    fn keep(&self, arena: Box<Arena>) {
        let arena = Box::into_raw(arena);
        if self.arena.compare_exchange(ptr::null_mut(), arena, Ordering::Release, Ordering::Relaxed).is_ok() {
            return;
        }
        // SAFETY: nobody took it.
        let arena = unsafe { Box::from_raw(arena) };
        let mut arenas = self.arenas.lock().unwrap_or_else(PoisonError::into_inner);
        if arenas.len() < ARENAS {
            arenas.push(*arena);
        }
    }

    fn place(&self, arena: &mut Arena, inputs: &[*const u8], outputs: &[*mut u8]) {
        let Arena { scratch, places, table } = arena;
        places.clear();
        places.extend(self.buffers.iter().zip(&self.constants).map(|(home, &constant)| match home {
            Home::Input(k) => inputs[*k].cast_mut(),
            Home::Output(k) => outputs[*k],
            Home::Constant(_) => self.memory.start.as_ptr().wrapping_add(constant),
            Home::Scratch(at) => scratch.start.as_ptr().wrapping_add(*at),
        }));
        table.clear();
        table.extend(self.operands.iter().map(|buffer| places[buffer.0 as usize]));
    }

    /// # Safety
    /// The arena's places are those of the plan's buffers, as `run` asks of its caller.
    unsafe fn steps(&self, arena: &Arena, cancel: &AtomicBool) -> Result<(), RunError> {
        let place = |buffer: BufferId| arena.places[buffer.0 as usize];
        let pool = self.memory.start.as_ptr().wrapping_add(self.pool);
        let mut at = 0;
        while let Some(instruction) = self.program.get(at) {
            at += 1;
            match instruction {
                Instruction::Kernel { entry, operands, extent, split } => {
                    let call = KernelCall { entry: *entry, table: arena.table[*operands..].as_ptr(), pool };
                    match split {
                        // SAFETY: the table holds the kernel's buffers, whose sizes were verified against the plan's.
                        None => unsafe { call.run(0, *extent) },
                        Some(split) => call.shared(*split),
                    }
                }
                Instruction::Library(call) => {
                    // SAFETY: as for kernels.
                    unsafe { self.calls[*call].run(&place)? }
                }
                Instruction::Copy { from, to, bytes } => {
                    // SAFETY: both buffers have this size, as verified; they may be the same.
                    unsafe { ptr::copy(place(*from), place(*to), *bytes) }
                }
                Instruction::Jump(to) => at = *to,
                Instruction::Unless(flag, to) => {
                    // SAFETY: a bool scalar has one byte, as verified, written by a step before.
                    if unsafe { *place(*flag) } == 0 {
                        at = *to;
                    }
                }
                Instruction::Switch(index, targets) => {
                    // SAFETY: an index has four bytes, as verified.
                    let index = unsafe { place(*index).cast::<i32>().read_unaligned() };
                    let known = usize::try_from(index).ok().filter(|&k| k < targets.len());
                    at = targets[known.unwrap_or(targets.len() - 1)];
                }
                Instruction::Poll => {
                    if cancel.load(Ordering::Relaxed) {
                        return Err(RunError::Cancelled);
                    }
                }
            }
        }
        Ok(())
    }
}

/// A kernel with its buffers. Invariant: the table holds the kernel's buffers, as `run` asks of its caller.
#[derive(Clone, Copy)]
struct KernelCall {
    entry: Entry,
    table: *const *mut u8,
    pool: *const u8,
}

// SAFETY: the table and the constants are only read, and turns of a split loop write apart.
unsafe impl Sync for KernelCall {}

impl KernelCall {
    /// # Safety
    /// The buffers are valid and nobody else touches what these turns write.
    unsafe fn run(&self, begin: u64, end: u64) {
        // SAFETY: the caller vouches for the buffers.
        unsafe { (self.entry)(self.table, self.pool, begin, end) }
    }

    /// Runs all turns, so many at a time, on any thread.
    fn shared(&self, split: Split) {
        let turns = split.turns();
        let parts = split.parts(turns);
        pool::share(usize::try_from(parts).expect("law: parts are few"), &|part| {
            let part = part as u64;
            let end = if part + 1 == parts { split.extent } else { (part + 1) * turns };
            // SAFETY: parts are ranges apart of a loop whose turns are independent.
            unsafe { self.run(part * turns, end) }
        });
    }
}

impl LibraryCall {
    /// # Safety
    /// `place` tells where each buffer is, valid for its size and alone in being written.
    unsafe fn run(&self, place: &dyn Fn(BufferId) -> *mut u8) -> Result<(), RunError> {
        let (reads, writes) = (self.inputs.iter(), self.outputs.iter());
        let mut inputs = SmallVec::<[Array; 4]>::new();
        // SAFETY: the arrays' sizes were verified against the buffers'.
        reads.for_each(|of| inputs.push(unsafe { Array::new(place(of.buffer), of.dtype, &of.shape) }));
        let mut outputs = SmallVec::<[ArrayMut; 2]>::new();
        // SAFETY: as above, and written buffers overlap no other of the step.
        writes.for_each(|of| outputs.push(unsafe { ArrayMut::new(place(of.buffer), of.dtype, &of.shape) }));
        match catch_unwind(AssertUnwindSafe(|| self.routine.run(&inputs, &mut outputs))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(RunError::Routine { label: self.label.clone(), error }),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let message = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
                let message = message.unwrap_or_else(|| "it did not say which".to_owned());
                Err(RunError::Panicked { label: self.label.clone(), message })
            }
        }
    }
}
