//! Movement, gather and scatter, index by index as the specification writes them.

use crate::support::*;
use brolga_codegen::attributes::{Gather, Scatter};
use brolga_codegen::library::Routine;
use brolga_codegen::scalar::{Binary, DType};
use num_complex::Complex;

/// Checks a movement of `from` to a result of `shape`, given where each result element comes from (`None`: the pad).
fn check(
    routine: &Routine,
    from: &[usize],
    others: &[&Tensor],
    shape: &[usize],
    source: impl Fn(&[usize]) -> Option<usize>,
) {
    fn one<T: brolga_codegen::Element>(
        routine: &Routine,
        from: &[usize],
        others: &[&Tensor],
        shape: &[usize],
        source: &dyn Fn(&[usize]) -> Option<usize>,
        element: impl Fn(usize) -> T,
    ) {
        let data: Vec<T> = (0..from.iter().product()).map(&element).collect();
        let input = Tensor::of(from, &data);
        let pad = Tensor::scalar(element(250));
        let mut inputs = vec![&input];
        if matches!(routine, Routine::Pad { .. }) {
            inputs.push(&pad);
        } else {
            inputs.extend(others);
        }
        let found = run(routine, &inputs, T::DTYPE, shape).to::<T>();
        let wanted: Vec<T> = indices(shape).map(|i| source(&i).map_or(element(250), |at| data[at])).collect();
        assert_eq!(found, wanted, "{routine:?} of {from:?} to {shape:?}");
    }
    one::<u8>(routine, from, others, shape, &source, |i| i as u8);
    one::<bool>(routine, from, others, shape, &source, |i| i % 3 == 1);
    one::<half::bf16>(routine, from, others, shape, &source, |i| half::bf16::from_bits(i as u16));
    one::<f32>(routine, from, others, shape, &source, |i| i as f32);
    one::<i64>(routine, from, others, shape, &source, |i| i as i64);
    one::<Complex<f32>>(routine, from, others, shape, &source, |i| Complex::new(i as f32, 1.0));
    one::<Complex<f64>>(routine, from, others, shape, &source, |i| Complex::new(i as f64, 1.0));
}

#[test]
fn transposes_permute_axes() {
    let mut source = Source(1);
    for round in 0..60 {
        let rank = source.size(0, 5);
        let from = source.shape(rank, usize::from(round % 10 != 0), 5);
        let axes = source.permutation(rank);
        let shape: Vec<usize> = axes.iter().map(|&a| from[a]).collect();
        check(&Routine::Transpose(axes.clone().into()), &from, &[], &shape, |i| {
            let mut at = vec![0; rank];
            axes.iter().zip(i).for_each(|(&a, &i)| at[a] = i);
            Some(flat(&from, &at))
        });
    }
    check(&Routine::Transpose([1, 0].into_iter().collect()), &[37, 53], &[], &[53, 37], |i| Some(i[1] * 53 + i[0]));
}

#[test]
fn broadcasts_repeat_axes() {
    let mut source = Source(2);
    for _ in 0..60 {
        let rank = source.size(0, 5);
        let shape = source.shape(rank, 1, 4);
        let mut dims = source.permutation(rank);
        dims.truncate(source.size(0, rank));
        let from: Vec<usize> = dims.iter().map(|&d| if source.int(0, 2) == 0 { 1 } else { shape[d] }).collect();
        check(&Routine::BroadcastInDim(dims.clone().into()), &from, &[], &shape, |i| {
            let at: Vec<usize> = dims.iter().zip(&from).map(|(&d, &n)| if n == 1 { 0 } else { i[d] }).collect();
            Some(flat(&from, &at))
        });
    }
}

#[test]
fn slices_and_reversals_step_through() {
    let mut source = Source(3);
    for _ in 0..60 {
        let rank = source.size(0, 4);
        let from = source.shape(rank, 1, 7);
        let starts: Vec<usize> = from.iter().map(|&n| source.size(0, n)).collect();
        let steps: Vec<usize> = from.iter().map(|_| source.size(1, 3)).collect();
        let shape: Vec<usize> = (0..rank).map(|a| (from[a] - starts[a]).div_ceil(steps[a])).collect();
        let routine = Routine::Slice { starts: starts.clone().into(), strides: steps.clone().into() };
        check(&routine, &from, &[], &shape, |i| {
            Some(flat(&from, &(0..rank).map(|a| starts[a] + i[a] * steps[a]).collect::<Vec<_>>()))
        });
        let mut axes = source.permutation(rank);
        axes.truncate(source.size(0, rank));
        check(&Routine::Reverse(axes.clone().into()), &from, &[], &from, |i| {
            let at: Vec<usize> = (0..rank).map(|a| if axes.contains(&a) { from[a] - 1 - i[a] } else { i[a] }).collect();
            Some(flat(&from, &at))
        });
    }
}

#[test]
fn pads_frame_cut_and_spread() {
    let mut source = Source(4);
    for _ in 0..200 {
        let rank = source.size(0, 3);
        let from = source.shape(rank, 0, 5);
        let interior: Vec<usize> = from.iter().map(|_| source.size(0, 2)).collect();
        let low: Vec<i64> = from.iter().map(|_| source.int(-3, 3)).collect();
        let spread: Vec<i64> = (0..rank).map(|a| (from[a] + from[a].saturating_sub(1) * interior[a]) as i64).collect();
        let high: Vec<i64> = (0..rank).map(|a| source.int(-3, 3).max(-(low[a] + spread[a]))).collect();
        let shape: Vec<usize> = (0..rank).map(|a| (low[a] + spread[a] + high[a]) as usize).collect();
        let routine = Routine::Pad { low: low.clone().into(), high: high.into(), interior: interior.clone().into() };
        check(&routine, &from, &[], &shape, |i| {
            let mut at = vec![];
            for a in 0..rank {
                let (place, step) = (i[a] as i64 - low[a], interior[a] as i64 + 1);
                if place < 0 || place % step != 0 || place / step >= from[a] as i64 {
                    return None;
                }
                at.push((place / step) as usize);
            }
            Some(flat(&from, &at))
        });
    }
}

#[test]
fn concatenation_keeps_the_order_of_operands() {
    let mut source = Source(5);
    for _ in 0..40 {
        let rank = source.size(1, 4);
        let mut shape = source.shape(rank, 1, 4);
        let axis = source.size(0, rank - 1);
        let parts: Vec<Tensor> = (0..source.size(1, 4))
            .map(|k| {
                shape[axis] = source.size(0, 3);
                let count: usize = shape.iter().product();
                Tensor::of(&shape, &(0..count).map(|i| (1000 * k + i) as i32).collect::<Vec<_>>())
            })
            .collect();
        shape[axis] = parts.iter().map(|t| t.shape[axis]).sum();
        let wanted: Vec<i32> = indices(&shape)
            .map(|mut i| {
                let part = parts
                    .iter()
                    .find(|t| {
                        i[axis] < t.shape[axis] || {
                            i[axis] -= t.shape[axis];
                            false
                        }
                    })
                    .unwrap();
                part.to::<i32>()[flat(&part.shape, &i)]
            })
            .collect();
        let found = run(&Routine::Concatenate { axis }, &parts.iter().collect::<Vec<_>>(), DType::I32, &shape);
        assert_eq!(found.to::<i32>(), wanted);
    }
}

#[test]
fn dynamic_boxes_are_clamped() {
    let mut source = Source(6);
    for _ in 0..60 {
        let rank = source.size(0, 3);
        let from = source.shape(rank, 1, 6);
        let shape: Vec<usize> = from.iter().map(|&n| source.size(0, n)).collect();
        let starts: Vec<i64> = from.iter().map(|_| source.int(-3, 8)).collect();
        let scalars: Vec<Tensor> = starts.iter().map(|&s| Tensor::scalar(s)).collect();
        let at = |a: usize| starts[a].clamp(0, (from[a] - shape[a]) as i64) as usize;
        check(&Routine::DynamicSlice, &from, &scalars.iter().collect::<Vec<_>>(), &shape, |i| {
            Some(flat(&from, &(0..rank).map(|a| at(a) + i[a]).collect::<Vec<_>>()))
        });
        let count = from.iter().product::<usize>();
        let data: Vec<i32> = (0..count as i32).collect();
        let update: Vec<i32> = (0..shape.iter().product::<usize>() as i32).map(|x| -1 - x).collect();
        let mut wanted = data.clone();
        for (i, &x) in indices(&shape).zip(&update) {
            wanted[flat(&from, &(0..rank).map(|a| at(a) + i[a]).collect::<Vec<_>>())] = x;
        }
        let (operand, update) = (Tensor::of(&from, &data), Tensor::of(&shape, &update));
        let mut inputs = vec![&operand, &update];
        inputs.extend(&scalars);
        assert_eq!(run(&Routine::DynamicUpdateSlice, &inputs, DType::I32, &from).to::<i32>(), wanted);
    }
}

/// A random pairing of an operand with an array of indices, as gather and scatter share it.
struct Pairing {
    operand: Vec<usize>,
    indices_shape: Vec<usize>,
    vector_dim: usize,
    batching: Vec<usize>,
    indices_batching: Vec<usize>,
    dropped: Vec<usize>,
    map: Vec<usize>,
    slice: Vec<usize>,
    /// Axes of the slices' side (result of gather, updates of scatter) that walk inside a slice.
    offset_dims: Vec<usize>,
    side: Vec<usize>,
    numbers: Vec<i64>,
}

impl Pairing {
    fn new(source: &mut Source) -> Pairing {
        let rank = source.size(1, 4);
        let operand = source.shape(rank, 1, 5);
        let order = source.permutation(rank);
        let batch_count = source.size(0, rank - 1);
        let mut batching: Vec<usize> = order[..batch_count].to_vec();
        batching.sort_unstable();
        let rest = &order[batch_count..];
        let mut dropped: Vec<usize> = rest[..source.size(0, rest.len())].to_vec();
        dropped.sort_unstable();
        let mapped = source.permutation(rest.len());
        let map: Vec<usize> = mapped[..source.size(1, rest.len())].iter().map(|&k| rest[k]).collect();
        let slice: Vec<usize> = (0..rank)
            .map(|a| if dropped.contains(&a) || batching.contains(&a) { 1 } else { source.size(1, operand[a]) })
            .collect();
        // Batch axes of the indices: the batching ones and some more, in any order.
        let extra = source.size(0, 2);
        let mut batch: Vec<usize> = batching.iter().map(|&a| operand[a]).collect();
        batch.extend((0..extra).map(|_| source.size(1, 3)));
        let places = source.permutation(batch.len());
        let mut batch_shape = vec![0; batch.len()];
        (0..batch.len()).for_each(|k| batch_shape[places[k]] = batch[k]);
        let implicit = map.len() == 1 && source.int(0, 1) == 0;
        let vector_dim = if implicit { batch_shape.len() } else { source.size(0, batch_shape.len()) };
        let mut indices_shape = batch_shape.clone();
        if !implicit {
            indices_shape.insert(vector_dim, map.len());
        }
        let shift = |k: usize| if !implicit && k >= vector_dim { k + 1 } else { k };
        let indices_batching = (0..batching.len()).map(|k| shift(places[k])).collect();
        let kept: Vec<usize> = (0..rank).filter(|a| !dropped.contains(a) && !batching.contains(a)).collect();
        let side_rank = batch_shape.len() + kept.len();
        let mut offset_dims = source.permutation(side_rank);
        offset_dims.truncate(kept.len());
        offset_dims.sort_unstable();
        let (mut offsets, mut batches) = (kept.iter().map(|&a| slice[a]), batch_shape.iter().copied());
        let side = (0..side_rank)
            .map(|a| if offset_dims.contains(&a) { offsets.next() } else { batches.next() }.unwrap())
            .collect();
        let count = indices_shape.iter().product::<usize>();
        let numbers = (0..count).map(|_| source.int(-2, 6)).collect();
        Pairing {
            operand,
            indices_shape,
            vector_dim,
            batching,
            indices_batching,
            dropped,
            map,
            slice,
            offset_dims,
            side,
            numbers,
        }
    }

    /// The operand index that an index of the slices' side stands for, before any check of bounds.
    fn operand_index(&self, side: &[usize], clamped: bool) -> Vec<i64> {
        let batch: Vec<usize> = (0..side.len()).filter(|a| !self.offset_dims.contains(a)).map(|a| side[a]).collect();
        let mut offsets = self.offset_dims.iter().map(|&a| side[a] as i64);
        (0..self.operand.len())
            .map(|a| {
                let mut at = 0;
                if let Some(k) = self.map.iter().position(|&m| m == a) {
                    let mut index = batch.clone();
                    if self.vector_dim < self.indices_shape.len() {
                        index.insert(self.vector_dim, k);
                    }
                    at = self.numbers[flat(&self.indices_shape, &index)];
                    if clamped {
                        at = at.clamp(0, (self.operand[a] - self.slice[a]) as i64);
                    }
                }
                if let Some(k) = self.batching.iter().position(|&b| b == a) {
                    let d = self.indices_batching[k];
                    at += batch[d - usize::from(d >= self.vector_dim)] as i64;
                } else if !self.dropped.contains(&a) {
                    at += offsets.next().unwrap();
                }
                at
            })
            .collect()
    }
}

#[test]
fn gathers_follow_the_specification() {
    let mut source = Source(7);
    for _ in 0..300 {
        let p = Pairing::new(&mut source);
        let data: Vec<i32> = (0..p.operand.iter().product::<usize>() as i32).collect();
        let spec = Gather {
            offset_dims: p.offset_dims.clone().into(),
            collapsed_slice_dims: p.dropped.clone().into(),
            operand_batching_dims: p.batching.clone().into(),
            start_indices_batching_dims: p.indices_batching.clone().into(),
            start_index_map: p.map.clone().into(),
            index_vector_dim: p.vector_dim,
            slice_sizes: p.slice.clone().into(),
            indices_are_sorted: false,
        };
        let wanted: Vec<i32> = indices(&p.side)
            .map(|i| {
                let at: Vec<usize> = p.operand_index(&i, true).into_iter().map(|x| x as usize).collect();
                data[flat(&p.operand, &at)]
            })
            .collect();
        let (operand, numbers) = (Tensor::of(&p.operand, &data), Tensor::of(&p.indices_shape, &p.numbers));
        let found = run(&Routine::Gather(spec.clone()), &[&operand, &numbers], DType::I32, &p.side);
        assert_eq!(found.to::<i32>(), wanted, "{spec:?}");
        let sizes = Tensor::of(&[p.slice.len()], &p.slice.iter().map(|&n| n as i64).collect::<Vec<_>>());
        let dynamic = Gather { slice_sizes: Default::default(), ..spec };
        let found = run(&Routine::Gather(dynamic), &[&operand, &numbers, &sizes], DType::I32, &p.side);
        assert_eq!(found.to::<i32>(), wanted);
    }
}

#[test]
fn scatters_follow_the_specification() {
    let mut source = Source(8);
    for round in 0..300 {
        let p = Pairing::new(&mut source);
        let data: Vec<i32> = (0..p.operand.iter().product::<usize>() as i32).collect();
        let updates: Vec<i32> = (0..p.side.iter().product::<usize>() as i32).map(|x| 1000 + x).collect();
        let spec = Scatter {
            update_window_dims: p.offset_dims.clone().into(),
            inserted_window_dims: p.dropped.clone().into(),
            input_batching_dims: p.batching.clone().into(),
            scatter_indices_batching_dims: p.indices_batching.clone().into(),
            scatter_dims_to_operand_dims: p.map.clone().into(),
            index_vector_dim: p.vector_dim,
            indices_are_sorted: false,
            unique_indices: false,
        };
        type Join = fn(i32, i32) -> i32;
        let (body, join): (_, Join) = match round % 4 {
            0 => (second(DType::I32), |_, new| new),
            1 => (word(Binary::Add, DType::I32), |old, new| old + new),
            2 => (word(Binary::Maximum, DType::I32), |old, new| old.max(new)),
            _ => (disguised(Binary::Subtract, DType::I32), |old, new| old - new),
        };
        let mut wanted = data.clone();
        for (i, &x) in indices(&p.side).zip(&updates) {
            let at = p.operand_index(&i, false);
            if at.iter().zip(&p.operand).all(|(&i, &n)| (0..n as i64).contains(&i)) {
                let at: Vec<usize> = at.into_iter().map(|x| x as usize).collect();
                let old = &mut wanted[flat(&p.operand, &at)];
                *old = join(*old, x);
            }
        }
        let inputs =
            [Tensor::of(&p.operand, &data), Tensor::of(&p.indices_shape, &p.numbers), Tensor::of(&p.side, &updates)];
        let routine = Routine::Scatter(spec.clone(), body);
        let found = run(&routine, &inputs.iter().collect::<Vec<_>>(), DType::I32, &p.operand);
        assert_eq!(found.to::<i32>(), wanted, "{spec:?}");
    }
}

#[test]
fn scatter_at_the_ends_of_i64_stays_out() {
    let spec = Scatter {
        update_window_dims: [1].into_iter().collect(),
        scatter_dims_to_operand_dims: [0].into_iter().collect(),
        index_vector_dim: 1,
        ..Default::default()
    };
    let inputs = [
        Tensor::of(&[3], &[1i32, 2, 3]),
        Tensor::of(&[3, 1], &[i64::MIN, i64::MAX, 1]),
        Tensor::of(&[3, 2], &[9i32, 9, 9, 9, 7, 8]),
    ];
    let routine = Routine::Scatter(spec, second(DType::I32));
    let found = run(&routine, &inputs.iter().collect::<Vec<_>>(), DType::I32, &[3]);
    assert_eq!(found.to::<i32>(), [1, 7, 8]);
}
