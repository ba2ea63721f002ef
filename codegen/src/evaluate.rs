//! What a kernel means: the slow, obvious evaluator that native code is held against.

use crate::kernel::{Address, Carried, Expr, Kernel, Mode, Scalar, ScalarFn, Stmt, Val};
use crate::library::tree;
use crate::scalar::{DType, Meaning, apply};
use crate::with_element;

impl ScalarFn {
    /// Applies the function to the bits of its arguments; the bits of its results go to `out`. `scratch` is only memory,
    /// kept by the caller from call to call.
    ///
    /// Law: the function is verified; `args` has `params` elements and `out` as many as there are results.
    pub fn call(&self, args: &[u128], out: &mut [u128], scratch: &mut Vec<u128>) {
        scratch.clear();
        scratch.extend_from_slice(args);
        for (k, scalar) in self.lets.iter().enumerate() {
            let x = value(scalar, &self.values, self.values[self.params + k], scratch);
            scratch.push(x);
        }
        for (out, result) in out.iter_mut().zip(&self.results) {
            *out = scratch[result.0 as usize];
        }
    }
}

/// The bits of one scalar of type `result`, from the types and bits of the values before it.
fn value(scalar: &Scalar, types: &[DType], result: DType, values: &[u128]) -> u128 {
    let x = |v: Val| values[v.0 as usize];
    let of = |v: Val| types[v.0 as usize];
    match *scalar {
        Scalar::Constant(bits) => apply::canonical(result, bits),
        Scalar::Unary(word, a) => apply::unary(word, of(a), x(a)),
        Scalar::Binary(word, a, b) => apply::binary(word, of(a), x(a), x(b)),
        Scalar::Compare(direction, comparison, a, b) => {
            u128::from(apply::compare(direction, comparison, of(a), x(a), x(b)))
        }
        Scalar::Select(c, a, b) => x(if x(c) != 0 { a } else { b }),
        Scalar::Fma(a, b, c) => apply::fma(result, x(a), x(b), x(c)),
        Scalar::Convert(a) => apply::convert(of(a), result, x(a)),
        Scalar::Bitcast(a) => apply::canonical(result, x(a)),
        Scalar::ReducePrecision(a, exponent, mantissa) => apply::reduce_precision(result, x(a), exponent, mantissa),
    }
}

/// Runs a kernel on the bytes of its buffers, in the order of its list.
///
/// Law: the kernel is verified and each buffer holds at least its `len` elements; an index out of range is a panic.
pub fn kernel(kernel: &Kernel, buffers: &mut [Vec<u8>]) {
    let (values, axes) = (vec![0; kernel.values.len()], vec![0; kernel.axes as usize]);
    Evaluator { kernel, buffers, values, axes }.block(&kernel.body);
}

struct Evaluator<'a> {
    kernel: &'a Kernel,
    buffers: &'a mut [Vec<u8>],
    values: Vec<u128>,
    axes: Vec<i64>,
}

impl Evaluator<'_> {
    fn block(&mut self, body: &[Stmt]) {
        for stmt in body {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let(v, expr) => self.values[v.0 as usize] = self.expr(*v, expr),
            Stmt::Store(buffer, address, v) => {
                let (buffer, dtype, at) = (buffer.0 as usize, self.kernel.values[v.0 as usize], self.place(address));
                apply::store(dtype, self.values[v.0 as usize], &mut self.buffers[buffer][at * dtype.size()..]);
            }
            Stmt::For { axis, extent, mode, carried, body } => {
                self.turns(axis.0 as usize, *extent, *mode, carried, body);
            }
            Stmt::Fold { axis, extent, order, folds, body } => {
                let count = usize::try_from(*extent).expect("law: a verified extent fits");
                let mut elements = vec![Vec::with_capacity(count); folds.len()];
                for i in 0..count {
                    self.axes[axis.0 as usize] = i as i64;
                    self.block(body);
                    let values = folds.iter().map(|fold| self.values[fold.value.0 as usize]);
                    elements.iter_mut().zip(values).for_each(|(all, x)| all.push(x));
                }
                for (fold, all) in folds.iter().zip(&elements) {
                    self.values[fold.result.0 as usize] = with_element!(
                        self.kernel.values[fold.value.0 as usize],
                        T => tree::fold::<T>(fold.word, *order, count, |i| T::of_bits(all[i])).bits(),
                        strings => panic!("law: strings do not fold")
                    );
                }
            }
        }
    }

    fn turns(&mut self, axis: usize, extent: u64, mode: Mode, carried: &[Carried], body: &[Stmt]) {
        for c in carried {
            self.values[c.inside.0 as usize] = self.values[c.initial.0 as usize];
        }
        for i in 0..extent {
            self.axes[axis] = i as i64;
            self.block(body);
            let next: Vec<u128> = carried.iter().map(|c| self.values[c.next.0 as usize]).collect();
            for (c, next) in carried.iter().zip(next) {
                self.values[c.inside.0 as usize] = next;
            }
            if matches!(mode, Mode::While(more) if self.values[more.0 as usize] == 0) {
                break;
            }
        }
        for c in carried {
            self.values[c.result.0 as usize] = self.values[c.inside.0 as usize];
        }
    }

    fn expr(&self, v: Val, expr: &Expr) -> u128 {
        let dtype = self.kernel.values[v.0 as usize];
        match expr {
            Expr::Scalar(scalar) => value(scalar, &self.kernel.values, dtype, &self.values),
            Expr::Load(buffer, address) => {
                let at = self.place(address) * dtype.size();
                apply::canonical(dtype, apply::load(dtype, &self.buffers[buffer.0 as usize][at..]))
            }
            Expr::Index(address) => u128::from(self.linear(address) as u64),
        }
    }

    fn linear(&self, address: &Address) -> i64 {
        let mut at = address.base;
        for &(axis, stride) in &address.terms {
            at = at.wrapping_add(self.axes[axis.0 as usize].wrapping_mul(stride));
        }
        address.index.map_or(at, |v| at.wrapping_add(self.values[v.0 as usize] as i64))
    }

    fn place(&self, address: &Address) -> usize {
        usize::try_from(self.linear(address)).expect("law: an address is not negative")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::{Binary, Unary};

    #[test]
    fn a_scalar_function_computes_its_results() {
        let function = ScalarFn {
            params: 2,
            values: vec![DType::F32; 4],
            lets: vec![Scalar::Binary(Binary::Multiply, Val(0), Val(1)), Scalar::Unary(Unary::Negate, Val(2))],
            results: vec![Val(3), Val(0)],
        };
        let (mut out, mut scratch) = ([0; 2], Vec::new());
        function.call(&[2f32.bits(), 3f32.bits()], &mut out, &mut scratch);
        assert_eq!(out, [(-6f32).bits(), 2f32.bits()]);
    }
}
