//! Kernels run both ways: by the evaluator and as machine code.
#![allow(dead_code, clippy::unwrap_used, missing_docs)]

use brolga_codegen::code::{Code, compile_for, widest};
use brolga_codegen::emit::Width;
use brolga_codegen::kernel::*;
use brolga_codegen::plan::{BufferId, Home, Plan, PlanBuffer, Step};
use brolga_codegen::scalar::{Binary, DType, apply};
use brolga_codegen::{evaluate, verify};
use std::sync::atomic::AtomicBool;

/// Bytes aligned as native code wants them.
pub struct Aligned {
    words: Vec<u128>,
    len: usize,
}

impl Aligned {
    pub fn new(bytes: &[u8]) -> Aligned {
        let mut words = vec![0u128; bytes.len() / 16 + 1];
        for (word, chunk) in words.iter_mut().zip(bytes.chunks(16)) {
            let mut all = [0; 16];
            all[..chunk.len()].copy_from_slice(chunk);
            *word = u128::from_le_bytes(all);
        }
        Aligned { words, len: bytes.len() }
    }
    pub fn ptr(&mut self) -> *mut u8 {
        self.words.as_mut_ptr().cast()
    }
    pub fn bytes(&self) -> Vec<u8> {
        self.words.iter().flat_map(|word| word.to_le_bytes()).take(self.len).collect()
    }
}

/// Runs code on inputs; what comes back are the outputs, of these sizes.
pub fn run(code: &Code, inputs: &[Vec<u8>], outputs: &[usize]) -> Vec<Vec<u8>> {
    let mut inputs: Vec<Aligned> = inputs.iter().map(|bytes| Aligned::new(bytes)).collect();
    let mut outputs: Vec<Aligned> = outputs.iter().map(|&len| Aligned::new(&vec![0xA5; len])).collect();
    let reads: Vec<*const u8> = inputs.iter_mut().map(|x| x.ptr().cast_const()).collect();
    let writes: Vec<*mut u8> = outputs.iter_mut().map(Aligned::ptr).collect();
    // SAFETY: the buffers are aligned and as large as the plan says.
    unsafe { code.run(&reads, &writes, &AtomicBool::new(false)) }.unwrap();
    outputs.iter().map(Aligned::bytes).collect()
}

/// A fold of one value, in partials.
pub fn fold(axis: Axis, extent: u64, word: Binary, body: Vec<Stmt>, value: Val, result: Val) -> Stmt {
    Stmt::Fold { axis, extent, order: Order::Partials, folds: vec![Folded { word, value, result }], body }
}

/// A plan of one kernel: read buffers are inputs, written ones outputs.
pub fn plan(kernel: Kernel) -> Plan {
    let (mut inputs, mut outputs) = (0, 0);
    let buffers = kernel
        .buffers
        .iter()
        .map(|buffer| {
            let count = if buffer.access == Access::Read { &mut inputs } else { &mut outputs };
            *count += 1;
            let k = *count - 1;
            let home = if buffer.access == Access::Read { Home::Input(k) } else { Home::Output(k) };
            PlanBuffer { bytes: buffer.len as usize * buffer.dtype.size(), home }
        })
        .collect();
    let step = Step::Kernel { kernel: 0, buffers: (0..kernel.buffers.len() as u32).map(BufferId).collect() };
    Plan { name: kernel.name.clone(), buffers, scratch: 0, kernels: vec![kernel], steps: vec![step] }
}

/// Whether two elements are the same bits, or both NaN.
pub fn same(dtype: DType, a: u128, b: u128) -> bool {
    let nan = |x| {
        dtype.is_float()
            && apply::compare(brolga_codegen::Direction::Ne, brolga_codegen::Comparison::Float, dtype, x, x)
    };
    a == b || (nan(a) && nan(b))
}

/// Runs a kernel both ways, natively at each width, on bytes for its read buffers and holds the results against each other.
pub fn check(kernel: Kernel, inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
    assert_eq!(verify::kernel(&kernel), [], "{}", kernel.name);
    let mut given = inputs.iter();
    let mut buffers: Vec<Vec<u8>> = kernel
        .buffers
        .iter()
        .map(|buffer| match buffer.access {
            Access::Read => given.next().unwrap().clone(),
            Access::Write => vec![0xA5; buffer.len as usize * buffer.dtype.size()],
        })
        .collect();
    evaluate::kernel(&kernel, &mut buffers);
    let sizes: Vec<usize> = kernel
        .buffers
        .iter()
        .filter(|buffer| buffer.access == Access::Write)
        .map(|buffer| buffer.len as usize * buffer.dtype.size())
        .collect();
    let plan = plan(kernel);
    let widths = [Width::Bits128, Width::Bits256, Width::Bits512].into_iter().filter(|&width| width <= widest());
    let mut results = vec![];
    for width in widths {
        let code = compile_for(&plan, width).unwrap();
        results = run(&code, inputs, &sizes);
        agree(&plan, width, &buffers, &results);
    }
    results
}

/// Holds what a kernel wrote against what it was meant to leave in its buffers.
fn agree(plan: &Plan, width: Width, buffers: &[Vec<u8>], native: &[Vec<u8>]) {
    let kernel = &plan.kernels[0];
    let written = kernel.buffers.iter().zip(buffers).filter(|(buffer, _)| buffer.access == Access::Write);
    for ((buffer, meant), got) in written.zip(native) {
        let size = buffer.dtype.size();
        for (k, (a, b)) in meant.chunks(size).zip(got.chunks(size)).enumerate() {
            let (a, b) = (apply::load(buffer.dtype, a), apply::load(buffer.dtype, b));
            assert!(
                same(buffer.dtype, a, b),
                "{} {width:?} [{k}]: meant {a:#x}, native {b:#x}\n{}",
                kernel.name,
                brolga_codegen::code::listing(plan, brolga_codegen::code::Stage::Clif).unwrap()
            );
        }
    }
}

/// An address that walks one axis.
pub fn along(axis: u32, stride: i64) -> Address {
    Address { base: 0, terms: [(Axis(axis), stride)].into_iter().collect(), index: None }
}

/// The address of the first element.
pub fn at(base: i64) -> Address {
    Address { base, ..Address::default() }
}

pub fn read(dtype: DType, len: usize) -> Buffer {
    Buffer { dtype, len: len as u64, access: Access::Read }
}

pub fn write(dtype: DType, len: usize) -> Buffer {
    Buffer { dtype, len: len as u64, access: Access::Write }
}

/// Elements of a type that are likely to go wrong.
pub fn edges(dtype: DType) -> Vec<u128> {
    let bits = dtype.size() as u32 * 8;
    let all = if bits == 128 { u128::MAX } else { (1 << bits) - 1 };
    if dtype == DType::Bool {
        return vec![0, 1];
    }
    if dtype.is_integer() {
        let mut values = vec![0, 1, 2, 3, 5, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 100];
        values.extend([all, all - 1, all - 6, all >> 1, (all >> 1) + 1, (all >> 1) - 1, all / 3, all / 5]);
        return values.into_iter().map(|x| x & all).collect();
    }
    let floats = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        3.0,
        0.1,
        -0.3,
        7.25,
        -100.0,
        127.5,
        128.0,
        -129.0,
        255.0,
        256.0,
        40000.0,
        65504.0,
        65520.0,
        1e9,
        2147483648.0,
        -2147483649.0,
        4294967296.0,
        9.3e18,
        -9.3e18,
        1.9e19,
        1e30,
        -1e300,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        -f64::NAN,
        1e-40,
        -1e-310,
        5e-324,
        1e-8,
        6e-8,
        f64::MAX,
        1e-45,
    ];
    let mut values: Vec<u128> =
        floats.iter().map(|x| apply::convert(DType::F64, dtype, u128::from(x.to_bits()))).collect();
    values.push(all);
    values.sort_unstable();
    values.dedup();
    values
}

/// Elements as bytes.
pub fn bytes(dtype: DType, elements: &[u128]) -> Vec<u8> {
    elements.iter().flat_map(|x| x.to_le_bytes().into_iter().take(dtype.size())).collect()
}

pub const REAL: [DType; 13] = [
    DType::Bool,
    DType::I8,
    DType::I16,
    DType::I32,
    DType::I64,
    DType::U8,
    DType::U16,
    DType::U32,
    DType::U64,
    DType::F16,
    DType::BF16,
    DType::F32,
    DType::F64,
];

/// A loop that computes one buffer from others of the same extent, element by element. `lets` use the loads as values
/// 0, 1, … and their own results after them; the last is stored.
pub fn map(name: String, mode: Mode, inputs: &[DType], lets: &[(Scalar, DType)], len: usize) -> Kernel {
    let mut values = inputs.to_vec();
    values.extend(lets.iter().map(|(_, dtype)| *dtype));
    let result = *values.last().unwrap();
    let mut buffers: Vec<Buffer> = inputs.iter().map(|&dtype| read(dtype, len)).collect();
    buffers.push(write(result, len));
    let mut body: Vec<Stmt> =
        (0..inputs.len() as u32).map(|k| Stmt::Let(Val(k), Expr::Load(Buf(k), along(0, 1)))).collect();
    for (k, (scalar, _)) in lets.iter().enumerate() {
        body.push(Stmt::Let(Val((inputs.len() + k) as u32), Expr::Scalar(*scalar)));
    }
    body.push(Stmt::Store(Buf(inputs.len() as u32), along(0, 1), Val(values.len() as u32 - 1)));
    let body = vec![Stmt::For { axis: Axis(0), extent: len as u64, mode, carried: vec![], body }];
    Kernel { name, buffers, values, axes: 1, body }
}
