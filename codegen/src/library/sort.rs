//! Sorting: stable, by any comparator, and by keys where the comparator compares keys.

use super::body::{Caller, Keyed, keyed};
use super::layout::{reserve, scratch, strides, units, units_mut, with_unit};
use super::radix::{self, Digits};
use super::wide::{self, widest};
use super::{Array, ArrayMut, Body, RoutineError};
use crate::scalar::{Comparison, DType, apply};
use std::ops::{BitAnd, BitXor};

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
    if u32::try_from(count).is_err() {
        let bytes = count.saturating_mul(size_of::<(u64, u32)>());
        return Err(RoutineError::OutOfMemory { routine: NAME, bytes });
    }
    let keys = keyed(&comparator.function);
    if let ([input], [output], Some(keys)) = (inputs, &mut *outputs, &keys)
        && alone(input, output, keys, (count, step))?
    {
        return Ok(());
    }
    let mut lanes = Lanes::new(comparator, inputs, count, step)?;
    for base in bases(inputs[0].len(), count, step) {
        match &keys {
            Some(keys) => lanes.by_keys(keys, base)?,
            None => lanes.by_calls(base)?,
        }
        for (input, output) in inputs.iter().zip(outputs.iter_mut()) {
            let order = &lanes.order;
            with_unit!(input.dtype(), T => {
                let (from, to) = (units::<T>(input.bytes()), units_mut::<T>(output.bytes()));
                for (i, &source) in order.iter().enumerate() {
                    to[base + i * step] = from[base + source as usize * step];
                }
            });
        }
    }
    Ok(())
}

/// Where each lane begins, in row-major order of the other axes.
fn bases(len: usize, count: usize, step: usize) -> impl Iterator<Item = usize> {
    (0..len / count).map(move |lane| lane / step * step * count + lane % step)
}

/// An operand that is sorted by itself: keys that tell the elements need no positions. False where they do not.
fn alone(
    input: &Array,
    output: &mut ArrayMut,
    keys: &Keyed,
    (count, step): (usize, usize),
) -> Result<bool, RoutineError> {
    let Some(ranking) = Ranking::new(keys).filter(|_| keys.key.is_none()) else {
        return Ok(false);
    };
    let bytes = output.bytes();
    let sorted = match input.dtype().size() {
        1 => lanes_alone::<u8, u32>(ranking, units(input.bytes()), units_mut(bytes), count, step)?,
        2 => lanes_alone::<u16, u32>(ranking, units(input.bytes()), units_mut(bytes), count, step)?,
        4 => lanes_alone::<u32, u32>(ranking, units(input.bytes()), units_mut(bytes), count, step)?,
        _ => lanes_alone::<u64, u64>(ranking, units(input.bytes()), units_mut(bytes), count, step)?,
    };
    Ok(sorted)
}

/// The bits of an element, and the number it is sorted by.
trait Bits<K>: Copy + PartialOrd + BitAnd<Output = Self> + BitXor<Output = Self> {
    fn bits(self) -> u64;
    fn of_key(key: K) -> Self;
    fn key(self) -> K;
    fn of(bits: u64) -> Self;
    /// The highest bit in all places.
    fn spread(self) -> Self;
}

macro_rules! bits {
    ($($t:ident $signed:ident $k:ident),+) => { $(
        impl Bits<$k> for $t {
            #[inline(always)]
            fn bits(self) -> u64 {
                u64::from(self)
            }
            #[inline(always)]
            fn of_key(key: $k) -> $t {
                key as $t
            }
            #[inline(always)]
            fn key(self) -> $k {
                self.into()
            }
            #[inline(always)]
            fn of(bits: u64) -> $t {
                bits as $t
            }
            #[inline(always)]
            fn spread(self) -> $t {
                ((self as $signed) >> ($t::BITS - 1)) as $t
            }
        }
    )+ };
}

bits!(u8 i8 u32, u16 i16 u32, u32 i32 u32, u64 i64 u64);

/// A ranking as bits that turn over, which lanes of any width can do: of NaN and −0 it makes numbers of their own.
#[derive(Clone, Copy, Debug)]
struct Turns<T> {
    sign: T,
    magnitude: T,
    /// The largest magnitude that is no NaN.
    infinity: T,
    /// What turns over in elements with the highest bit.
    negative: T,
    /// What turns over in all.
    all: T,
}

impl<T: Copy> Turns<T> {
    fn new<K>(ranking: Ranking) -> Turns<T>
    where
        T: Bits<K>,
    {
        let Ranking { sign, infinity, is_signed, is_descending, .. } = ranking;
        let all = if is_descending { ranking.all() } else { 0 };
        Turns {
            sign: T::of(sign),
            magnitude: T::of(sign - 1),
            infinity: T::of(infinity.unwrap_or(sign - 1)),
            negative: T::of(if infinity.is_some() { sign - 1 } else { 0 }),
            all: T::of(all ^ if infinity.is_some() || is_signed { sign } else { 0 }),
        }
    }
}

/// Elements of a lane become keys; tells whether there is a NaN among them, and a −0.
struct Ranks<'a, T, K> {
    turns: Turns<T>,
    from: &'a [T],
    step: usize,
    keys: &'a mut [K],
}

impl<T: Bits<K>, K> wide::Job for Ranks<'_, T, K> {
    type Output = (bool, bool);
    #[inline(always)]
    fn run(self) -> (bool, bool) {
        let Ranks { turns, from, step, keys } = self;
        let (mut nan, mut zero) = (false, false);
        let mut rank = |key: &mut K, x: T| {
            nan |= x & turns.magnitude > turns.infinity;
            zero |= x == turns.sign;
            *key = (x ^ (x.spread() & turns.negative) ^ turns.all).key();
        };
        if step == 1 {
            keys.iter_mut().zip(from).for_each(|(key, &x)| rank(key, x));
        } else {
            keys.iter_mut().zip(from.iter().step_by(step)).for_each(|(key, &x)| rank(key, x));
        }
        (nan, zero)
    }
}

/// Keys become the elements of a lane.
struct Unranked<'a, T, K> {
    turns: Turns<T>,
    keys: &'a [K],
    to: &'a mut [T],
    step: usize,
}

impl<T: Bits<K>, K: Copy> wide::Job for Unranked<'_, T, K> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Unranked { turns, keys, to, step } = self;
        let element = |key: K| {
            let x = T::of_key(key) ^ turns.all;
            x ^ (x.spread() & turns.negative)
        };
        if step == 1 {
            to.iter_mut().zip(keys).for_each(|(x, &key)| *x = element(key));
        } else {
            to.iter_mut().step_by(step).zip(keys).for_each(|(x, &key)| *x = element(key));
        }
    }
}

fn lanes_alone<T: Bits<K>, K: Digits>(
    ranking: Ranking,
    from: &[T],
    to: &mut [T],
    count: usize,
    step: usize,
) -> Result<bool, RoutineError> {
    let mut keys = scratch(NAME, count, K::default())?;
    let mut spare = scratch(NAME, count, K::default())?;
    let turns = Turns::new(ranking);
    for base in bases(from.len(), count, step) {
        let (nan, zero) = widest(Ranks { turns, from: &from[base..], step, keys: &mut keys });
        let nan = nan && ranking.infinity.is_some();
        if nan && !ranking.has_place_for_nan() {
            return Ok(false);
        }
        let ambiguous = (nan && ranking.one_nan) || (zero && ranking.one_zero);
        let lane = from[base..].iter().step_by(step).take(count).copied();
        if ambiguous {
            let ranks = lane.clone().map(|x| T::of(ranking.rank(x.bits())).key());
            keys.iter_mut().zip(ranks).for_each(|(key, rank)| *key = rank);
        }
        radix::sort(&mut keys, &mut spare, 0, ranking.width);
        widest(Unranked { turns, keys: &keys, to: &mut to[base..], step });
        // Elements that are equal and have other bits stand in a row, in the order they came in.
        for class in [ranking.zero(), ranking.nan()].into_iter().flatten().filter(|_| ambiguous) {
            let rank = T::of(ranking.rank(class)).key();
            let first = keys.partition_point(|&key| key < rank);
            let equal = lane.clone().filter(|x| ranking.canonical(x.bits()) == class);
            equal.enumerate().for_each(|(k, x)| to[base + (first + k) * step] = x);
        }
    }
    Ok(true)
}

/// How elements of a type become numbers that order as the elements compare.
#[derive(Clone, Copy, Debug)]
struct Ranking {
    /// Bits of a number.
    width: u32,
    sign: u64,
    /// The bits of infinity, of a float.
    infinity: Option<u64>,
    is_signed: bool,
    is_descending: bool,
    /// Whether the two zeros are equal.
    one_zero: bool,
    /// Whether all NaN are equal, and have a place: above infinity.
    one_nan: bool,
}

impl Ranking {
    /// How a comparator's keys order; `None` for types without an order.
    fn new(keys: &Keyed) -> Option<Ranking> {
        let float = keys.dtype.is_float();
        Some(Ranking {
            one_zero: float && (keys.comparison != Comparison::TotalOrder || keys.is_canonical),
            one_nan: float && keys.is_canonical,
            ..Ranking::of(keys.dtype, keys.is_descending)?
        })
    }

    /// By total order.
    fn of(dtype: DType, is_descending: bool) -> Option<Ranking> {
        (!dtype.is_complex() && dtype != DType::String).then(|| Ranking {
            width: 8 * dtype.size() as u32,
            sign: 1 << (8 * dtype.size() - 1),
            infinity: infinity(dtype),
            is_signed: matches!(dtype, DType::I8 | DType::I16 | DType::I32 | DType::I64),
            is_descending,
            one_zero: false,
            one_nan: false,
        })
    }

    fn all(self) -> u64 {
        self.sign | (self.sign - 1)
    }

    fn is_nan(self, bits: u64) -> bool {
        self.infinity.is_some_and(|infinity| bits & (self.sign - 1) > infinity)
    }

    /// Whether the element has a place in the order.
    fn is_comparable(self, bits: u64) -> bool {
        self.has_place_for_nan() || !self.is_nan(bits)
    }

    fn has_place_for_nan(self) -> bool {
        !self.one_zero || self.one_nan
    }

    fn zero(self) -> Option<u64> {
        self.one_zero.then_some(0)
    }

    fn nan(self) -> Option<u64> {
        self.infinity.filter(|_| self.one_nan).map(|infinity| infinity + 1)
    }

    /// The bits that stand for all that are equal.
    fn canonical(self, bits: u64) -> u64 {
        if self.one_zero && bits == self.sign {
            0
        } else if self.one_nan && self.is_nan(bits) {
            self.nan().unwrap_or(bits)
        } else {
            bits
        }
    }

    /// The number of an element.
    #[inline(always)]
    fn rank(self, bits: u64) -> u64 {
        let bits = self.canonical(bits);
        let rank = match self.infinity {
            Some(_) if bits & self.sign == 0 => bits | self.sign,
            Some(_) => !bits & self.all(),
            None if self.is_signed => bits ^ self.sign,
            None => bits,
        };
        if self.is_descending { !rank & self.all() } else { rank }
    }
}

/// Lanes whose order is found before their elements are moved.
struct Lanes<'a> {
    inputs: &'a [Array<'a>],
    step: usize,
    caller: Caller<'a>,
    /// Positions along the lane, in the order found.
    order: Vec<u32>,
    /// Keys and positions: beside each other where both fit a word, else as pairs.
    packed: Vec<u64>,
    pairs: Vec<(u64, u32)>,
}

impl<'a> Lanes<'a> {
    fn new(
        comparator: &'a Body,
        inputs: &'a [Array<'a>],
        count: usize,
        step: usize,
    ) -> Result<Lanes<'a>, RoutineError> {
        let caller = Caller::new(&comparator.function);
        Ok(Lanes { inputs, step, caller, order: scratch(NAME, count, 0)?, packed: Vec::new(), pairs: Vec::new() })
    }

    fn bits(&self, operand: usize, place: usize) -> u128 {
        let input = &self.inputs[operand];
        apply::load(input.dtype(), &input.bytes()[place * input.dtype().size()..])
    }

    fn by_keys(&mut self, keys: &Keyed, base: usize) -> Result<(), RoutineError> {
        let Some(ranking) = Ranking::new(keys) else { return self.by_calls(base) };
        let count = self.order.len();
        self.pairs.clear();
        reserve(NAME, &mut self.pairs, count)?;
        let mut caller = keys.key.as_ref().map(Caller::new);
        for i in 0..count {
            let mut bits = self.bits(keys.operand, base + i * self.step);
            if let Some(caller) = &mut caller {
                caller.args.fill(bits);
                caller.call();
                bits = caller.out[0];
            }
            if !ranking.is_comparable(bits as u64) {
                return self.by_calls(base);
            }
            self.pairs.push((ranking.rank(bits as u64), i as u32));
        }
        if ranking.width > 32 {
            // Positions break ties, so that equal keys keep their order.
            self.pairs.sort_unstable();
            self.order.iter_mut().zip(&self.pairs).for_each(|(place, &(_, at))| *place = at);
            return Ok(());
        }
        self.packed.clear();
        reserve(NAME, &mut self.packed, count)?;
        self.packed.extend(self.pairs.iter().map(|&(rank, at)| rank << 32 | u64::from(at)));
        let mut spare = scratch(NAME, count, 0)?;
        radix::sort(&mut self.packed, &mut spare, 32, ranking.width);
        self.order.iter_mut().zip(&self.packed).for_each(|(place, &pair)| *place = pair as u32);
        Ok(())
    }

    fn by_calls(&mut self, base: usize) -> Result<(), RoutineError> {
        for (i, place) in self.order.iter_mut().enumerate() {
            *place = i as u32;
        }
        let mut order = std::mem::take(&mut self.order);
        let mut spare = scratch(NAME, order.len(), 0)?;
        merge_sort(&mut order, &mut spare, &mut |left, right| {
            for operand in 0..self.inputs.len() {
                self.caller.args[2 * operand] = self.bits(operand, base + left as usize * self.step);
                self.caller.args[2 * operand + 1] = self.bits(operand, base + right as usize * self.step);
            }
            self.caller.call();
            self.caller.out[0] != 0
        });
        self.order = order;
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

/// The bits of infinity in a float type.
fn infinity(dtype: DType) -> Option<u64> {
    match dtype {
        DType::F16 => Some(0x7C00),
        DType::BF16 => Some(0x7F80),
        DType::F32 => Some(u64::from(f32::INFINITY.to_bits())),
        DType::F64 => Some(f64::INFINITY.to_bits()),
        DType::Bool | DType::I8 | DType::I16 | DType::I32 | DType::I64 | DType::U8 | DType::U16 | DType::U32 => None,
        DType::U64 | DType::C64 | DType::C128 | DType::String => None,
    }
}

/// The largest `k` along the last axis, by total order (NaN above infinity), and their positions; of equal elements
/// the first comes first. Results (values, positions).
pub(super) fn top_k(k: usize, input: &Array, outputs: &mut [ArrayMut]) -> Result<(), RoutineError> {
    let dtype = input.dtype();
    let Some(ranking) = Ranking::of(dtype, true) else {
        return Err(RoutineError::Unsupported { routine: TOP, dtype });
    };
    let count = input.shape().last().copied().unwrap_or(1);
    let (size, bytes) = (dtype.size(), input.bytes());
    if input.is_empty() || k == 0 {
        return Ok(());
    }
    let mut order: Vec<(u64, usize)> = Vec::new();
    reserve(TOP, &mut order, count)?;
    for (lane, elements) in bytes.chunks_exact(count * size).enumerate() {
        order.clear();
        order.extend(
            elements
                .chunks_exact(size)
                .enumerate()
                .map(|(i, bytes)| (ranking.rank(apply::load(dtype, bytes) as u64), i)),
        );
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
