//! Sorting: stable, by any comparator, and by keys where the comparator compares keys.

use super::body::{Caller, Keyed, keyed};
use super::layout::{reserve, scratch, strides, units, units_mut, with_unit};
use super::{Array, ArrayMut, Body, RoutineError};
use crate::scalar::{Comparison, DType, apply};

const NAME: &str = "sort";
const TOP: &str = "top_k";

/// Variadic stable sort along an axis. A comparator that is no order gives some order of the same elements.
pub(super) fn sort(
    axis: usize,
    comparator: &Body,
    inputs: &[Array],
    outputs: &mut [ArrayMut],
) -> Result<(), RoutineError> {
    let shape = inputs[0].shape();
    let (count, step) = (shape[axis], strides(shape)[axis] as usize);
    if inputs[0].is_empty() {
        return Ok(());
    }
    let keys = keyed(&comparator.function);
    let mut lanes = Lanes::new(comparator, inputs, count, step)?;
    for lane in 0..inputs[0].len() / count {
        // Lanes are numbered in row-major order of the other axes.
        let base = lane / step * step * count + lane % step;
        match &keys {
            Some(keys) => lanes.by_keys(keys, base)?,
            None => lanes.by_calls(base)?,
        }
        for (input, output) in inputs.iter().zip(outputs.iter_mut()) {
            let order = &lanes.order;
            with_unit!(input.dtype(), T => {
                let (from, to) = (units::<T>(input.bytes()), units_mut::<T>(output.bytes()));
                for (i, &(_, source)) in order.iter().enumerate() {
                    to[base + i * step] = from[base + source as usize * step];
                }
            });
        }
    }
    Ok(())
}

struct Lanes<'a> {
    inputs: &'a [Array<'a>],
    step: usize,
    caller: Caller<'a>,
    /// Key and position along the lane, in the order found.
    order: Vec<(u64, u32)>,
    spare: Vec<(u64, u32)>,
}

impl<'a> Lanes<'a> {
    fn new(
        comparator: &'a Body,
        inputs: &'a [Array<'a>],
        count: usize,
        step: usize,
    ) -> Result<Lanes<'a>, RoutineError> {
        if u32::try_from(count).is_err() {
            let bytes = count.saturating_mul(size_of::<(u64, u32)>());
            return Err(RoutineError::OutOfMemory { routine: NAME, bytes });
        }
        let caller = Caller::new(&comparator.function);
        Ok(Lanes { inputs, step, caller, order: scratch(NAME, count, (0, 0))?, spare: Vec::new() })
    }

    fn bits(&self, operand: usize, place: usize) -> u128 {
        let input = &self.inputs[operand];
        apply::load(input.dtype(), &input.bytes()[place * input.dtype().size()..])
    }

    fn by_keys(&mut self, keys: &Keyed, base: usize) -> Result<(), RoutineError> {
        let mut caller = keys.key.as_ref().map(Caller::new);
        let mut comparable = true;
        for i in 0..self.order.len() {
            let mut bits = self.bits(keys.operand, base + i * self.step);
            if let Some(caller) = &mut caller {
                caller.args.fill(bits);
                caller.call();
                bits = caller.out[0];
            }
            let key = rank(keys.dtype, keys.comparison, bits);
            comparable &= key.is_some();
            let key = key.unwrap_or(0);
            self.order[i] = (if keys.descending { !key } else { key }, i as u32);
        }
        if !comparable {
            return self.by_calls(base);
        }
        // Positions break ties, so that equal keys keep their order.
        self.order.sort_unstable();
        Ok(())
    }

    fn by_calls(&mut self, base: usize) -> Result<(), RoutineError> {
        for (i, place) in self.order.iter_mut().enumerate() {
            *place = (0, i as u32);
        }
        let mut order = std::mem::take(&mut self.order);
        let mut spare = std::mem::take(&mut self.spare);
        if spare.is_empty() {
            spare = scratch(NAME, order.len(), (0, 0))?;
        }
        merge_sort(&mut order, &mut spare, &mut |left, right| {
            for operand in 0..self.inputs.len() {
                self.caller.args[2 * operand] = self.bits(operand, base + left.1 as usize * self.step);
                self.caller.args[2 * operand + 1] = self.bits(operand, base + right.1 as usize * self.step);
            }
            self.caller.call();
            self.caller.out[0] != 0
        });
        (self.order, self.spare) = (order, spare);
        Ok(())
    }
}

/// Runs shorter than this are sorted by insertion.
const RUN: usize = 8;

/// A stable merge sort that ends, and keeps every element, whatever `before` answers.
fn merge_sort<T: Copy>(items: &mut [T], spare: &mut [T], before: &mut impl FnMut(T, T) -> bool) {
    for run in items.chunks_mut(RUN) {
        for i in 1..run.len() {
            let mut at = i;
            while at > 0 && before(run[at], run[at - 1]) {
                run.swap(at, at - 1);
                at -= 1;
            }
        }
    }
    let mut width = RUN;
    while width < items.len() {
        for (from, to) in items.chunks(2 * width).zip(spare.chunks_mut(2 * width)) {
            let (left, right) = from.split_at(width.min(from.len()));
            let (mut i, mut j) = (0, 0);
            for out in to {
                let take_right = i == left.len() || (j < right.len() && before(right[j], left[i]));
                *out = if take_right { right[j] } else { left[i] };
                if take_right {
                    j += 1;
                } else {
                    i += 1;
                }
            }
        }
        items.copy_from_slice(spare);
        width *= 2;
    }
}

/// A number that orders as the element compares; `None` for what has no place in the order (NaN, complex numbers).
fn rank(dtype: DType, comparison: Comparison, bits: u128) -> Option<u64> {
    let bits = bits as u64;
    match dtype {
        DType::Bool | DType::U8 | DType::U16 | DType::U32 | DType::U64 => Some(bits),
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => Some(bits ^ sign(dtype)),
        DType::F16 | DType::BF16 | DType::F32 | DType::F64 => {
            let sign = sign(dtype);
            let all = sign | (sign - 1);
            let bits = if comparison == Comparison::TotalOrder {
                bits
            } else if is_nan(dtype, bits) {
                return None;
            } else if bits == sign {
                0
            } else {
                bits
            };
            Some(if bits & sign == 0 { bits | sign } else { !bits & all })
        }
        DType::C64 | DType::C128 | DType::String => None,
    }
}

fn sign(dtype: DType) -> u64 {
    1 << (8 * dtype.size() - 1)
}

fn is_nan(dtype: DType, bits: u64) -> bool {
    let infinity = match dtype {
        DType::F16 => 0x7C00,
        DType::BF16 => 0x7F80,
        DType::F32 => u64::from(f32::INFINITY.to_bits()),
        DType::F64 => f64::INFINITY.to_bits(),
        DType::Bool | DType::I8 | DType::I16 | DType::I32 | DType::I64 | DType::U8 | DType::U16 | DType::U32 => {
            return false;
        }
        DType::U64 | DType::C64 | DType::C128 | DType::String => return false,
    };
    bits & (sign(dtype) - 1) > infinity
}

/// The largest `k` along the last axis, by total order (NaN above infinity), and their positions; of equal elements
/// the first comes first. Results (values, positions).
pub(super) fn top_k(k: usize, input: &Array, outputs: &mut [ArrayMut]) -> Result<(), RoutineError> {
    let dtype = input.dtype();
    if dtype.is_complex() || dtype == DType::String {
        return Err(RoutineError::Unsupported { routine: TOP, dtype });
    }
    let count = input.shape().last().copied().unwrap_or(1);
    let (size, bytes) = (dtype.size(), input.bytes());
    if input.is_empty() || k == 0 {
        return Ok(());
    }
    let mut order: Vec<(u64, usize)> = Vec::new();
    reserve(TOP, &mut order, count)?;
    for (lane, elements) in bytes.chunks_exact(count * size).enumerate() {
        order.clear();
        order.extend(elements.chunks_exact(size).enumerate().map(|(i, bytes)| {
            let rank = rank(dtype, Comparison::TotalOrder, apply::load(dtype, bytes));
            (!rank.expect("law: every real element has a place in the total order"), i)
        }));
        if k < count {
            order.select_nth_unstable(k - 1);
        }
        let best = &mut order[..k];
        best.sort_unstable();
        for (place, &(_, i)) in best.iter().enumerate() {
            let at = lane * k + place;
            outputs[0].bytes()[at * size..(at + 1) * size].copy_from_slice(&elements[i * size..(i + 1) * size]);
            outputs[1].slice::<i32>()[at] = i32::try_from(i).unwrap_or(i32::MAX);
        }
    }
    Ok(())
}
