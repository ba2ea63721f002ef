//! Kernels' functions defined in a module, at the widest vectors the machine and the kernel allow.

use crate::emit::{self, Form, Pool, Width};
use crate::error::CodegenError;
use crate::kernel::{Kernel, Mode, Stmt};
use crate::plan::Plan;
use cranelift_codegen::Context;
use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module};
use std::cell::RefCell;
use std::sync::OnceLock;

/// How far a listing follows a kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Cranelift's intermediate form.
    Clif,
    /// Machine instructions.
    Asm,
}

/// The widest vectors that compiled kernels may use on this machine.
pub fn widest() -> Width {
    #[cfg(all(target_arch = "x86_64", unix))]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        let all = std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx512dq")
            && std::arch::is_x86_feature_detected!("avx512bw");
        return if all { Width::Bits512 } else { Width::Bits256 };
    }
    Width::Bits128
}

/// The code generator for this machine, as quick as it gets.
pub(super) fn machine() -> Result<OwnedTargetIsa, CodegenError> {
    static MACHINE: OnceLock<Result<OwnedTargetIsa, String>> = OnceLock::new();
    MACHINE.get_or_init(|| generator("none")).clone().map_err(CodegenError::Machine)
}

/// The code generator that takes its time, for scalars that wait for each other: constants folded, divisions by them
/// multiplied.
fn optimiser() -> Result<OwnedTargetIsa, CodegenError> {
    static OPTIMISER: OnceLock<Result<OwnedTargetIsa, String>> = OnceLock::new();
    OPTIMISER.get_or_init(|| generator("speed")).clone().map_err(CodegenError::Machine)
}

fn generator(optimised: &str) -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let verifier = if cfg!(debug_assertions) { "true" } else { "false" };
    for (name, value) in [
        ("opt_level", optimised),
        ("is_pic", "false"),
        ("use_colocated_libcalls", "false"),
        ("enable_verifier", verifier),
        ("unwind_info", "false"),
    ] {
        flags.set(name, value).map_err(|error| error.to_string())?;
    }
    let mut builder = cranelift_native::builder().map_err(str::to_owned)?;
    if widest() != Width::Bits128 {
        // Widening knows the few instructions that Cranelift takes from AVX-512's foundation, if all of it is there.
        let basic = ["f", "vl", "dq"].into_iter().filter(|_| widest() == Width::Bits256);
        for feature in basic.chain(["vbmi", "bitalg", "vnni"]) {
            builder.set(&format!("has_avx512{feature}"), "false").map_err(|error| error.to_string())?;
        }
    }
    builder.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())
}

thread_local! {
    /// Kept from compilation to compilation: their memory is most of the cost of small kernels.
    static WORKSHOP: RefCell<(Context, FunctionBuilderContext)> =
        RefCell::new((Context::new(), FunctionBuilderContext::new()));
}

/// The kernels' functions, the vector constants they share, and the bytes of code.
pub(super) struct Kernels {
    pub functions: Vec<FuncId>,
    pub pool: Pool,
    pub bytes: usize,
    /// How many kernels run on vectors wider than 128 bits.
    pub widened: usize,
    /// The widest vectors of any.
    pub widest: Width,
}

/// Defines the functions of a plan's kernels and makes them callable.
pub(super) fn define(
    plan: &Plan,
    width: Width,
    isa: &dyn TargetIsa,
    module: &mut JITModule,
) -> Result<Kernels, CodegenError> {
    let mut kernels =
        Kernels { functions: Vec::new(), pool: Pool::default(), bytes: 0, widened: 0, widest: Width::Bits128 };
    let signature = emit::signature(isa);
    for kernel in &plan.kernels {
        let refused = |reason: String| refusal(kernel, reason);
        let id = module.declare_anonymous_function(&signature).map_err(|error| refused(error.to_string()))?;
        WORKSHOP.with_borrow_mut(|(context, builder)| {
            let wide = prepare(kernel, width, isa, context, builder, &mut kernels.pool)?;
            let Some((bytes, width)) = wide else {
                let defined = module.define_function(id, context).map_err(|error| refused(format!("{error:?}")));
                kernels.bytes += context.compiled_code().map_or(0, |code| code.code_buffer().len());
                return defined;
            };
            kernels.bytes += bytes.len();
            kernels.widened += usize::from(width > Width::Bits128);
            kernels.widest = kernels.widest.max(width);
            let align = width.bytes().unsigned_abs();
            module.define_function_bytes(id, align, &bytes, &[]).map_err(|error| refused(error.to_string()))
        })?;
        kernels.functions.push(id);
    }
    let failed = |error: cranelift_module::ModuleError| CodegenError::Machine(error.to_string());
    module.finalize_definitions().map_err(failed)?;
    Ok(kernels)
}

fn refusal(kernel: &Kernel, reason: String) -> CodegenError {
    CodegenError::Refused { kernel: kernel.name.clone(), reason }
}

/// Machine code for a kernel that is more than its function compiled at once, and how wide its vectors are: on wide vectors,
/// or optimised. Where there is none, its function in the context, for 128 bits.
fn prepare(
    kernel: &Kernel,
    widest: Width,
    isa: &dyn TargetIsa,
    context: &mut Context,
    builder: &mut FunctionBuilderContext,
    pool: &mut Pool,
) -> Result<Option<(Vec<u8>, Width)>, CodegenError> {
    let mut width = widest;
    loop {
        context.clear();
        let form = emit::kernel(kernel, isa, &mut context.func, builder, pool, width);
        if form == Form::Scalar && takes_turns(kernel) {
            return Ok(optimised(kernel, context)?.map(|bytes| (bytes, Width::Bits128)));
        }
        let Some(narrower) = width.narrower() else { return Ok(None) };
        match form {
            Form::Scalar => return Ok(None),
            Form::LaneWise => {
                if let Some(bytes) = widened(kernel, isa, context, width)? {
                    return Ok(Some((bytes, width)));
                }
            }
            Form::Mixed => (),
        }
        width = narrower;
    }
}

/// Whether a kernel is a loop over scalars, each turn of which waits for the one before.
fn takes_turns(kernel: &Kernel) -> bool {
    kernel.body.iter().any(|stmt| matches!(stmt, Stmt::For { mode: Mode::While(_), .. }))
}

/// The context's function compiled by the optimiser.
fn optimised(kernel: &Kernel, context: &mut Context) -> Result<Option<Vec<u8>>, CodegenError> {
    let compiled = context.compile(optimiser()?.as_ref(), &mut Default::default());
    let code = compiled.map_err(|error| refusal(kernel, format!("{:?}", error.inner)))?;
    Ok(code.buffer.relocs().is_empty().then(|| code.code_buffer().to_vec()))
}

/// The context's function compiled and widened, where every instruction of it has a wide form.
#[cfg(target_arch = "x86_64")]
fn widened(
    kernel: &Kernel,
    isa: &dyn TargetIsa,
    context: &mut Context,
    width: Width,
) -> Result<Option<Vec<u8>>, CodegenError> {
    context.compile(isa, &mut Default::default()).map_err(|error| refusal(kernel, format!("{:?}", error.inner)))?;
    let slots = context.func.sized_stack_slots.values().map(|slot| u64::from(slot.size)).sum();
    let code = context.compiled_code().filter(|code| code.buffer.relocs().is_empty());
    Ok(code.and_then(|code| crate::widen::widen(code.code_buffer(), slots, width.bytes() as usize).ok()))
}

#[cfg(not(target_arch = "x86_64"))]
fn widened(_: &Kernel, _: &dyn TargetIsa, _: &mut Context, _: Width) -> Result<Option<Vec<u8>>, CodegenError> {
    Ok(None)
}

/// A plan's kernels as text, as they are before widening.
///
/// # Errors
/// As [`super::compile`].
pub fn listing(plan: &Plan, stage: Stage) -> Result<String, CodegenError> {
    super::check(plan)?;
    let isa = machine()?;
    let (mut pool, mut text) = (Pool::default(), String::new());
    for kernel in &plan.kernels {
        let (mut context, mut builder) = (Context::new(), FunctionBuilderContext::new());
        let wide = prepare(kernel, widest(), isa.as_ref(), &mut context, &mut builder, &mut pool)?;
        let body = match stage {
            Stage::Clif => context.func.display().to_string(),
            Stage::Asm => {
                context.set_disasm(true);
                let isa = if takes_turns(kernel) { optimiser()? } else { isa.clone() };
                let code = context
                    .compile(isa.as_ref(), &mut Default::default())
                    .map_err(|error| refusal(kernel, format!("{:?}", error.inner)))?;
                code.vcode.clone().unwrap_or_default()
            }
        };
        let note = wide.filter(|(_, width)| *width > Width::Bits128).map_or(String::new(), |(_, width)| {
            format!(" (widened: each vector stands for one of {} bits)", 8 * width.bytes())
        });
        text.push_str(&format!("; {}{note}\n{body}\n", kernel.name));
    }
    Ok(text)
}
