//! Whole plans: steps in order, branches, loops, library calls, cancelling, and freeing.
#![allow(clippy::unwrap_used)]

mod common;

use brolga_codegen::attributes::Axes;
use brolga_codegen::code::{Stage, compile, listing};
use brolga_codegen::error::{CodegenError, RunError};
use brolga_codegen::kernel::*;
use brolga_codegen::library::Routine;
use brolga_codegen::plan::{ArrayOf, BufferId, Home, Plan, PlanBuffer, Step};
use brolga_codegen::scalar::{Binary, Comparison, DType, Direction, Unary};
use common::*;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn buffer(bytes: usize, home: Home) -> PlanBuffer {
    PlanBuffer { bytes, home }
}

fn constant(dtype: DType, elements: &[u128]) -> PlanBuffer {
    let bytes = bytes(dtype, elements);
    buffer(bytes.len(), Home::Constant(bytes.into()))
}

/// A kernel that applies a word to two scalars.
fn scalar_kernel(scalar: Scalar, operand: DType, result: DType) -> Kernel {
    map("scalar".into(), Mode::Serial, &[operand, operand], &[(scalar, result)], 1)
}

fn kernel(number: usize, buffers: &[u32]) -> Step {
    Step::Kernel { kernel: number, buffers: buffers.iter().map(|&b| BufferId(b)).collect() }
}

/// `while n < limit { n = n + 1; total = total * n }`, with `n` and `total` in scratch.
fn factorial() -> Plan {
    let less = Scalar::Compare(Direction::Lt, Comparison::Signed, Val(0), Val(1));
    let buffers = vec![
        buffer(8, Home::Input(0)),
        buffer(8, Home::Output(0)),
        constant(DType::I64, &[1]),
        constant(DType::I64, &[0]),
        buffer(8, Home::Scratch(0)),
        buffer(8, Home::Scratch(16)),
        buffer(8, Home::Scratch(32)),
        buffer(1, Home::Scratch(48)),
    ];
    let copy = |from, to| Step::Copy { from: BufferId(from), to: BufferId(to) };
    Plan {
        name: "factorial".into(),
        buffers,
        scratch: 64,
        kernels: vec![
            scalar_kernel(less, DType::I64, DType::Bool),
            scalar_kernel(Scalar::Binary(Binary::Add, Val(0), Val(1)), DType::I64, DType::I64),
            scalar_kernel(Scalar::Binary(Binary::Multiply, Val(0), Val(1)), DType::I64, DType::I64),
        ],
        steps: vec![
            copy(3, 4),
            copy(2, 1),
            Step::While {
                cond: vec![kernel(0, &[4, 0, 7])],
                go_on: BufferId(7),
                body: vec![kernel(1, &[4, 2, 5]), copy(5, 4), kernel(2, &[1, 4, 6]), copy(6, 1)],
            },
        ],
    }
}

#[test]
fn loops_run_until_their_condition_fails() {
    let code = compile(&factorial()).unwrap();
    for (n, expected) in [(0u128, 1u128), (1, 1), (5, 120), (20, 2_432_902_008_176_640_000)] {
        assert_eq!(run(&code, &[bytes(DType::I64, &[n])], &[8]), [bytes(DType::I64, &[expected])]);
    }
}

#[test]
fn a_raised_flag_ends_an_endless_loop() {
    let mut plan = factorial();
    plan.steps = vec![Step::While { cond: vec![], go_on: BufferId(8), body: vec![] }];
    plan.buffers.push(constant(DType::Bool, &[1]));
    let code = compile(&plan).unwrap();
    let (mut input, mut output) = (Aligned::new(&[0; 8]), Aligned::new(&[0; 8]));
    let (flag, reads, writes) = (AtomicBool::new(true), [input.ptr().cast_const()], [output.ptr()]);
    // SAFETY: one input and one output of 8 bytes, aligned.
    let result = unsafe { code.run(&reads, &writes, &flag) };
    assert_eq!(result, Err(RunError::Cancelled));
}

/// The branch with the number in the input copies its constant to the output.
fn choice(boolean: bool, branches: u32) -> Plan {
    let mut buffers = vec![buffer(if boolean { 1 } else { 4 }, Home::Input(0)), buffer(4, Home::Output(0))];
    buffers.extend((0..branches).map(|k| constant(DType::I32, &[u128::from(10 * k)])));
    let branches = (0..branches).map(|k| vec![Step::Copy { from: BufferId(k + 2), to: BufferId(1) }]).collect();
    let steps = vec![Step::Case { index: BufferId(0), boolean, branches }];
    Plan { name: "choice".into(), buffers, scratch: 0, kernels: vec![], steps }
}

#[test]
fn branches_are_chosen_by_number_and_by_truth() {
    let code = compile(&choice(false, 3)).unwrap();
    for (index, expected) in [(0u128, 0u128), (1, 10), (2, 20), (3, 20), (u128::from(u32::MAX), 20)] {
        assert_eq!(run(&code, &[bytes(DType::I32, &[index])], &[4]), [bytes(DType::I32, &[expected])]);
    }
    let code = compile(&choice(true, 2)).unwrap();
    assert_eq!(run(&code, &[vec![1]], &[4]), [bytes(DType::I32, &[0])]);
    assert_eq!(run(&code, &[vec![0]], &[4]), [bytes(DType::I32, &[10])]);
}

fn array(buffer: u32, dtype: DType, shape: &[usize]) -> ArrayOf {
    ArrayOf { buffer: BufferId(buffer), dtype, shape: Axes::from_slice(shape) }
}

fn library(routine: Routine, inputs: Vec<ArrayOf>, outputs: Vec<ArrayOf>) -> Plan {
    let size = |of: &ArrayOf| of.shape.iter().product::<usize>() * of.dtype.size();
    let mut buffers: Vec<PlanBuffer> =
        inputs.iter().enumerate().map(|(k, of)| buffer(size(of), Home::Input(k))).collect();
    buffers.extend(outputs.iter().enumerate().map(|(k, of)| buffer(size(of), Home::Output(k))));
    let steps = vec![Step::Library { routine: Arc::new(routine), inputs, outputs, label: "here".into() }];
    Plan { name: "library".into(), buffers, scratch: 0, kernels: vec![], steps }
}

#[test]
fn library_steps_run_on_the_plans_buffers() {
    let matrix = array(0, DType::I16, &[2, 3]);
    let plan =
        library(Routine::Transpose(Axes::from_slice(&[1, 0])), vec![matrix], vec![array(1, DType::I16, &[3, 2])]);
    let code = compile(&plan).unwrap();
    let result = run(&code, &[bytes(DType::I16, &[1, 2, 3, 4, 5, 6])], &[12]);
    assert_eq!(result, [bytes(DType::I16, &[1, 4, 2, 5, 3, 6])]);
}

#[test]
fn a_routine_that_panics_is_an_error_with_its_label() {
    let plan = library(Routine::Unary(Unary::Not), vec![array(0, DType::I8, &[2])], vec![array(1, DType::F32, &[2])]);
    let code = compile(&plan).unwrap();
    let (mut input, mut output) = (Aligned::new(&[0; 2]), Aligned::new(&[0; 8]));
    let (flag, reads, writes) = (AtomicBool::new(false), [input.ptr().cast_const()], [output.ptr()]);
    // SAFETY: the buffers are as large as the plan says.
    let result = unsafe { code.run(&reads, &writes, &flag) };
    assert!(
        matches!(result, Err(RunError::Panicked { label, .. } | RunError::Routine { label, .. }) if &*label == "here")
    );
}

#[test]
fn faulty_plans_are_refused_with_every_fault() {
    let mut plan = factorial();
    plan.steps.push(Step::Copy { from: BufferId(0), to: BufferId(2) });
    plan.steps.push(kernel(9, &[]));
    plan.steps.push(Step::Copy { from: BufferId(0), to: BufferId(7) });
    plan.buffers[4].home = Home::Scratch(60);
    let Err(CodegenError::Invalid(faults)) = compile(&plan) else { panic!("the plan is faulty") };
    let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        text,
        [
            "buffers: buffer 4 does not lie well in the scratch arena",
            "step 3: buffer 2 is read only and written",
            "step 4: no kernel 9",
            "step 5: buffer 7 has 1 bytes where 8 are needed",
        ]
    );
}

#[test]
fn faulty_kernels_are_refused() {
    let good = || map("k".into(), Mode::Lanes, &[DType::F32], &[(Scalar::Unary(Unary::Tanh, Val(0)), DType::F32)], 4);
    let faults = |change: &dyn Fn(&mut Kernel)| {
        let mut kernel = good();
        change(&mut kernel);
        brolga_codegen::verify::kernel(&kernel).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(faults(&|_| ()), Vec::<String>::new());
    assert_eq!(faults(&|k| k.buffers[0].len = 3), ["buffer 0 has 3 elements, an address reaches 0..=3"]);
    assert_eq!(faults(&|k| k.buffers[1].access = Access::Read), ["buffer 1 is written but not meant to be"]);
    assert_eq!(faults(&|k| k.values[1] = DType::F64).len(), 2);
    assert_eq!(
        faults(&|k| k.body.push(Stmt::Store(Buf(1), at(0), Val(1)))),
        ["value 1 is used where it is not defined"]
    );
    assert_eq!(faults(&|k| k.axes = 0), ["no axis 0"]);
}

#[test]
fn complex_kernels_are_refused() {
    let kernel = map("c".into(), Mode::Serial, &[DType::C64], &[(Scalar::Unary(Unary::Negate, Val(0)), DType::C64)], 4);
    assert!(matches!(compile(&plan(kernel)), Err(CodegenError::Unsupported { dtype: DType::C64, .. })));
}

#[test]
fn lanes_loops_become_vectors() {
    let body = [(Scalar::Binary(Binary::Add, Val(0), Val(1)), DType::F32)];
    let kernel = map("v".into(), Mode::Lanes, &[DType::F32, DType::F32], &body, 64);
    let text = listing(&plan(kernel.clone()), Stage::Clif).unwrap();
    assert!(text.contains("fadd") && text.contains("f32x4"), "{text}");
    assert!(listing(&plan(kernel), Stage::Asm).unwrap().contains("addps"));
}

#[test]
fn a_thousand_codes_come_and_go() {
    let plan = factorial();
    for _ in 0..1000 {
        let code = compile(&plan).unwrap();
        assert!(code.bytes() > 0);
    }
}

#[test]
fn codes_run_on_several_threads_at_once() {
    let code = compile(&factorial()).unwrap();
    std::thread::scope(|scope| {
        for n in 0..8u128 {
            let code = &code;
            scope.spawn(move || {
                for _ in 0..50 {
                    let product: u128 = (1..=n).product();
                    assert_eq!(run(code, &[bytes(DType::I64, &[n])], &[8]), [bytes(DType::I64, &[product])]);
                }
            });
        }
    });
}

#[test]
fn plans_print_as_text() {
    let text = factorial().to_string();
    for line in ["  #4: 8 bytes, scratch at 0", "  copy #3 to #4", "  while #7 of {", "    run `scalar` on #4, #0, #7"]
    {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    let kernel = map("k".into(), Mode::Lanes, &[DType::F32], &[(Scalar::Unary(Unary::Tanh, Val(0)), DType::F32)], 4);
    assert_eq!(
        kernel.to_string(),
        "kernel `k` (read b0: f32[4], write b1: f32[4]) {\n  for i0 in 0..4 lanes {\n    %0 = b0[i0] : f32\n    \
         %1 = tanh %0 : f32\n    b1[i0] = %1\n  }\n}"
    );
}
