//! Loops over scalars alone: many turns in registers, in one kernel.

use super::loops::loopable;
use crate::graph::Graph;
use crate::graph::scalar_fn::scalar_fn;
use brolga_codegen::DType;
use brolga_codegen::kernel::{
    Access, Address, Axis, Buf, Buffer, Carried, Expr, Kernel, Mode, Scalar, ScalarFn, Stmt, Val,
};

/// Turns that the kernel takes, at most, before the plan around it asks whether the run was cancelled.
const TURNS: u64 = 1 << 14;
/// Scalars of a turn, at most.
const LONGEST: usize = 512;

/// The kernel of a loop whose carried values are all scalars: it reads them all, takes turns as long as `cond` holds and
/// at least one, and writes those that change, in order. `None` where a turn is no function of scalars.
pub(super) fn turns_kernel(cond: &Graph, body: &Graph, unchanged: &[bool]) -> Option<Kernel> {
    let types = body.parameter_types();
    if !types.iter().all(|ty| ty.rank() == Some(0) && loopable(ty.dtype)) || unchanged.iter().all(|&same| same) {
        return None;
    }
    let (turn, test) = (scalar_fn(body)?, scalar_fn(cond)?);
    let all = || turn.values.iter().chain(&test.values);
    if turn.lets.len() + test.lets.len() > LONGEST || !all().all(|&dtype| loopable(dtype)) {
        return None;
    }
    let mut code = Code::default();
    let mut stmts = vec![];
    let dtypes: Vec<DType> = types.iter().map(|ty| ty.dtype).collect();
    let buffer = |k: usize| Buf(u32::try_from(k).expect("law: a loop carries few values"));
    let load = |k: usize| Expr::Load(buffer(k), Address::default());
    let initial: Vec<Val> = (0..dtypes.len()).map(|k| code.define(dtypes[k], load(k), &mut stmts)).collect();
    let entering = |k: usize, code: &mut Code| if unchanged[k] { initial[k] } else { code.value(dtypes[k]) };
    let inside: Vec<Val> = (0..dtypes.len()).map(|k| entering(k, &mut code)).collect();
    let mut inner = vec![];
    let next = code.apply(&turn, &inside, &mut inner);
    let more = code.apply(&test, &next, &mut inner)[0];
    let changing: Vec<usize> = (0..dtypes.len()).filter(|&k| !unchanged[k]).collect();
    let carry = |&k: &usize| {
        let result = code.value(dtypes[k]);
        Carried { inside: inside[k], initial: initial[k], next: next[k], result }
    };
    let carried: Vec<Carried> = changing.iter().map(carry).collect();
    let results: Vec<Val> = carried.iter().map(|c| c.result).collect();
    stmts.push(Stmt::For { axis: Axis(0), extent: TURNS, mode: Mode::While(more), carried, body: inner });
    let store = |(j, &val): (usize, &Val)| Stmt::Store(buffer(dtypes.len() + j), Address::default(), val);
    stmts.extend(results.iter().enumerate().map(store));
    let read = dtypes.iter().map(|&dtype| Buffer { dtype, len: 1, access: Access::Read });
    let written = changing.iter().map(|&k| Buffer { dtype: dtypes[k], len: 1, access: Access::Write });
    let buffers = read.chain(written).collect();
    Some(Kernel { name: "while".to_owned(), buffers, values: code.values, axes: 1, body: stmts })
}

/// The values of a kernel in the making.
#[derive(Default)]
struct Code {
    values: Vec<DType>,
}

impl Code {
    fn value(&mut self, dtype: DType) -> Val {
        self.values.push(dtype);
        Val(u32::try_from(self.values.len() - 1).expect("law: a kernel has fewer than 2^32 values"))
    }

    fn define(&mut self, dtype: DType, expr: Expr, body: &mut Vec<Stmt>) -> Val {
        let val = self.value(dtype);
        body.push(Stmt::Let(val, expr));
        val
    }

    /// A function written out over arguments; gives its results.
    fn apply(&mut self, function: &ScalarFn, arguments: &[Val], body: &mut Vec<Stmt>) -> Vec<Val> {
        let mut known = arguments.to_vec();
        for (scalar, &dtype) in function.lets.iter().zip(&function.values[function.params..]) {
            let renamed = renamed(*scalar, |val| known[val.0 as usize]);
            known.push(self.define(dtype, Expr::Scalar(renamed), body));
        }
        function.results.iter().map(|val| known[val.0 as usize]).collect()
    }
}

/// A scalar of other operands.
fn renamed(scalar: Scalar, of: impl Fn(Val) -> Val) -> Scalar {
    match scalar {
        Scalar::Constant(bits) => Scalar::Constant(bits),
        Scalar::Unary(word, a) => Scalar::Unary(word, of(a)),
        Scalar::Binary(word, a, b) => Scalar::Binary(word, of(a), of(b)),
        Scalar::Compare(direction, comparison, a, b) => Scalar::Compare(direction, comparison, of(a), of(b)),
        Scalar::Select(a, b, c) => Scalar::Select(of(a), of(b), of(c)),
        Scalar::Fma(a, b, c) => Scalar::Fma(of(a), of(b), of(c)),
        Scalar::Convert(a) => Scalar::Convert(of(a)),
        Scalar::Bitcast(a) => Scalar::Bitcast(of(a)),
        Scalar::ReducePrecision(a, exponent, mantissa) => Scalar::ReducePrecision(of(a), exponent, mantissa),
    }
}
