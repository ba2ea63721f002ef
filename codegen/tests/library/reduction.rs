//! Reductions over axes and windows, element by element.

use crate::support::*;
use brolga_codegen::attributes::Window;
use brolga_codegen::kernel::{Scalar, ScalarFn, Val};
use brolga_codegen::library::{Body, Routine, in_partials, monoid, tree};
use brolga_codegen::scalar::{Binary, Comparison, DType, Direction};
use std::sync::Arc;

/// The elements that each result of a reduction combines, in row-major order.
fn parts(shape: &[usize], axes: &[usize]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let kept: Vec<usize> = (0..shape.len()).filter(|a| !axes.contains(a)).collect();
    let result: Vec<usize> = kept.iter().map(|&a| shape[a]).collect();
    let mut parts = vec![vec![]; result.iter().product()];
    for i in indices(shape) {
        let at: Vec<usize> = kept.iter().map(|&a| i[a]).collect();
        parts[flat(&result, &at)].push(flat(shape, &i));
    }
    (result, parts)
}

#[test]
fn whole_numbers_reduce_by_any_body() {
    let mut source = Source(21);
    for round in 0..100 {
        let rank = source.size(0, 4);
        let shape = source.shape(rank, usize::from(round % 9 != 0), 6);
        let mut axes = source.permutation(rank);
        axes.truncate(source.size(0, rank));
        let data = source.ints(shape.iter().product(), -50, 50);
        let (result, parts) = parts(&shape, &axes);
        type Join = fn(i32, i32) -> i32;
        let (body, join): (_, Join) = match round % 5 {
            0 => (word(Binary::Add, DType::I32), |a, b| a.wrapping_add(b)),
            1 => (word(Binary::Multiply, DType::I32), |a, b| a.wrapping_mul(b)),
            2 => (word(Binary::Minimum, DType::I32), |a, b| a.min(b)),
            3 => (word(Binary::Xor, DType::I32), |a, b| a ^ b),
            _ => (disguised(Binary::Subtract, DType::I32), |a, b| a.wrapping_sub(b)),
        };
        let wanted: Vec<i32> = parts.iter().map(|p| p.iter().fold(7, |sum, &i| join(sum, data[i]))).collect();
        let routine = Routine::Reduce(axes.clone().into(), body);
        let found = run(&routine, &[&Tensor::of(&shape, &data), &Tensor::scalar(7i32)], DType::I32, &result);
        assert_eq!(found.to::<i32>(), wanted, "{shape:?} over {axes:?}");
    }
}

#[test]
fn sums_follow_the_tree() {
    let mut source = Source(22);
    for (shape, axes) in [
        (vec![5000], vec![0]),
        (vec![3, 9000], vec![1]),
        (vec![70, 3, 90], vec![0, 2]),
        (vec![9, 11, 13], vec![2, 0, 1]),
        (vec![5000, 3], vec![0]),
        (vec![4, 30, 5, 40, 3], vec![1, 3]),
        (vec![6, 5], vec![0]),
        (vec![6, 5, 1], vec![0, 2]),
    ] {
        let data = source.floats(shape.iter().product());
        let (result, parts) = parts(&shape, &axes);
        let last = in_partials(shape.len(), &axes);
        assert_eq!(last, axes.contains(&(shape.len() - 1)));
        let wanted: Vec<u32> = parts
            .iter()
            .map(|p| {
                let elements: Vec<f32> = p.iter().map(|&i| data[i]).collect();
                let sum = if last {
                    tree::fold_slice(Binary::Add, &elements)
                } else {
                    let mut out = [0f32];
                    tree::fold_rows(Binary::Add, elements.len(), |i| &elements[i..=i], &mut out);
                    out[0]
                };
                (0.5 + sum).to_bits()
            })
            .collect();
        let routine = Routine::Reduce(axes.clone().into(), word(Binary::Add, DType::F32));
        let found = run(&routine, &[&Tensor::of(&shape, &data), &Tensor::scalar(0.5f32)], DType::F32, &result);
        assert_eq!(found.to::<f32>().iter().map(|x| x.to_bits()).collect::<Vec<_>>(), wanted, "{shape:?} {axes:?}");
        let halves: Vec<half::f16> = data.iter().map(|&x| half::f16::from_f32(x)).collect();
        let routine = Routine::Reduce(axes.clone().into(), word(Binary::Add, DType::F16));
        let initial = Tensor::scalar(half::f16::from_f32(0.5));
        let found = run(&routine, &[&Tensor::of(&shape, &halves), &initial], DType::F16, &result);
        for (x, p) in found.to::<half::f16>().iter().zip(&parts) {
            let exact = 0.5 + p.iter().map(|&i| halves[i].to_f64()).sum::<f64>();
            assert!((x.to_f64() - exact).abs() <= exact.abs() / 2048.0 + 1e-3, "{x} {exact}");
        }
    }
}

#[test]
fn reductions_of_nothing_give_the_initial_value() {
    let routine = Routine::Reduce([0].into_iter().collect(), word(Binary::Add, DType::F32));
    let found = run(&routine, &[&Tensor::of::<f32>(&[0, 2], &[]), &Tensor::scalar(3f32)], DType::F32, &[2]);
    assert_eq!(found.to::<f32>(), [3.0, 3.0]);
}

/// (value, index) of the greater value, the lesser index where they are equal.
fn arg_max() -> Body {
    let (f, i, b) = (DType::F32, DType::I32, DType::Bool);
    let function = ScalarFn {
        params: 4,
        values: vec![f, i, f, i, b, f, b, b, b, b, i],
        lets: vec![
            Scalar::Compare(Direction::Ge, Comparison::Float, Val(0), Val(2)),
            Scalar::Select(Val(4), Val(0), Val(2)),
            Scalar::Compare(Direction::Gt, Comparison::Float, Val(0), Val(2)),
            Scalar::Compare(Direction::Lt, Comparison::Signed, Val(1), Val(3)),
            Scalar::Binary(Binary::And, Val(4), Val(7)),
            Scalar::Binary(Binary::Or, Val(6), Val(8)),
            Scalar::Select(Val(9), Val(1), Val(3)),
        ],
        results: vec![Val(5), Val(10)],
    };
    Body { function: Arc::new(function) }
}

#[test]
fn several_operands_reduce_together() {
    let mut source = Source(23);
    let shape = [4, 6, 3];
    let data: Vec<f32> = source.ints(72, 0, 9).iter().map(|&x| x as f32).collect();
    let numbers: Vec<i32> = indices(&shape).map(|i| i[1] as i32).collect();
    let inputs = [
        Tensor::of(&shape, &data),
        Tensor::of(&shape, &numbers),
        Tensor::scalar(f32::NEG_INFINITY),
        Tensor::scalar(0i32),
    ];
    let routine = Routine::Reduce([1].into_iter().collect(), arg_max());
    assert_eq!(monoid(&arg_max().function), None);
    let found = run_all(&routine, &inputs.iter().collect::<Vec<_>>(), &[(DType::F32, &[4, 3]), (DType::I32, &[4, 3])]);
    for (result, part) in parts(&shape, &[1]).1.iter().enumerate() {
        let best = part.iter().map(|&i| data[i]).fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(found[0].to::<f32>()[result], best);
        assert_eq!(found[1].to::<i32>()[result], part.iter().position(|&i| data[i] == best).unwrap() as i32);
    }
}

#[test]
fn bodies_of_one_word_are_recognised_where_they_have_an_identity() {
    assert_eq!(monoid(&word(Binary::Add, DType::F32).function), Some(Binary::Add));
    assert_eq!(monoid(&word(Binary::Maximum, DType::U8).function), Some(Binary::Maximum));
    assert_eq!(monoid(&word(Binary::Subtract, DType::F32).function), None);
    assert_eq!(monoid(&word(Binary::Maximum, DType::C64).function), None);
    assert_eq!(monoid(&second(DType::F32).function), None);
}

fn random_window(source: &mut Source, shape: &[usize], plain: bool) -> (Window, Vec<usize>) {
    let mut window = Window::default();
    let mut result = vec![];
    for &n in shape {
        let size = source.size(1, 3);
        let stride = source.size(1, 3);
        let (base, dilation) = if plain { (1, 1) } else { (source.size(1, 2), source.size(1, 3)) };
        let (low, high) = (source.int(if plain { 0 } else { -1 }, 2), source.int(0, 2));
        let padded = low + if n == 0 { 0 } else { ((n - 1) * base) as i64 + 1 } + high;
        let reach = ((size - 1) * dilation) as i64 + 1;
        result.push(if padded < reach { 0 } else { (padded - reach) as usize / stride + 1 });
        window.sizes.push(size);
        window.strides.push(stride);
        window.base_dilations.push(base);
        window.window_dilations.push(dilation);
        window.low.push(low);
        window.high.push(high);
    }
    (window, result)
}

/// Where the elements of the window at `i` stand, in row-major order; `None` for edges and holes.
fn window_places(w: &Window, shape: &[usize], i: &[usize]) -> Vec<Option<usize>> {
    indices(&w.sizes)
        .map(|k| {
            let mut at = vec![];
            for a in 0..shape.len() {
                let place = (i[a] * w.strides[a] + k[a] * w.window_dilations[a]) as i64 - w.low[a];
                let base = w.base_dilations[a] as i64;
                if place < 0 || place % base != 0 || place / base >= shape[a] as i64 {
                    return None;
                }
                at.push((place / base) as usize);
            }
            Some(flat(shape, &at))
        })
        .collect()
}

#[test]
fn windows_reduce_as_the_specification_pads_them() {
    let mut source = Source(24);
    for round in 0..200 {
        let rank = source.size(0, 3);
        let shape = source.shape(rank, 1, 6);
        let (window, result) = random_window(&mut source, &shape, round % 3 == 0);
        let data = source.ints(shape.iter().product(), -9, 9);
        type Join = fn(i32, i32) -> i32;
        let (body, join, initial): (_, Join, i32) = match round % 5 {
            0 => (word(Binary::Add, DType::I32), |a, b| a + b, 0),
            1 => (word(Binary::Add, DType::I32), |a, b| a + b, 5),
            2 => (word(Binary::Maximum, DType::I32), |a, b| a.max(b), 3),
            3 => (disguised(Binary::Subtract, DType::I32), |a, b| a - b, 1),
            _ => (word(Binary::Multiply, DType::I32), |a, b| a.wrapping_mul(b), 2),
        };
        let wanted: Vec<i32> = indices(&result)
            .map(|i| {
                let places = window_places(&window, &shape, &i);
                places.iter().fold(initial, |sum, place| join(sum, place.map_or(initial, |at| data[at])))
            })
            .collect();
        let routine = Routine::ReduceWindow(window.clone(), body);
        let inputs = [Tensor::of(&shape, &data), Tensor::scalar(initial)];
        let found = run(&routine, &[&inputs[0], &inputs[1]], DType::I32, &result);
        assert_eq!(found.to::<i32>(), wanted, "{shape:?} {window:?}");
    }
}

#[test]
fn running_sums_are_sums_of_all_before() {
    let shape = [3, 50, 4];
    let data: Vec<f32> = Source(25).floats(600);
    for (low, high) in [(49, 0), (0, 49)] {
        let window = Window {
            sizes: [1, 50, 1].into_iter().collect(),
            strides: [1; 3].into_iter().collect(),
            base_dilations: [1; 3].into_iter().collect(),
            window_dilations: [1; 3].into_iter().collect(),
            low: [0, low, 0].into_iter().collect(),
            high: [0, high, 0].into_iter().collect(),
        };
        let routine = Routine::ReduceWindow(window.clone(), word(Binary::Add, DType::F32));
        let inputs = [Tensor::of(&shape, &data), Tensor::scalar(0f32)];
        let found = doubles(&run(&routine, &[&inputs[0], &inputs[1]], DType::F32, &shape).to::<f32>());
        let exact: Vec<f64> = indices(&shape)
            .map(|i| window_places(&window, &shape, &i).into_iter().flatten().map(|at| f64::from(data[at])).sum())
            .collect();
        near(&found, &exact, 50.0 * 50.0 * 6e-8, "running sum");
    }
}

/// A window over a row that reaches back to its first element, or forward to its last.
fn reaching(count: usize, backwards: bool) -> Window {
    let one = || [1].into_iter().collect();
    let reach = |there: bool| [if there { count as i64 - 1 } else { 0 }].into_iter().collect();
    Window {
        sizes: [count].into_iter().collect(),
        strides: one(),
        base_dilations: one(),
        window_dilations: one(),
        low: reach(!backwards),
        high: reach(backwards),
    }
}

/// The running sum of a row as the library's module on scans has it, word for word.
fn running_plainly(elements: &[f32], initial: f32) -> Vec<u32> {
    let (mut out, mut before) = (vec![], initial);
    for block in elements.chunks(tree::BLOCK) {
        let mut carry = -0f32;
        for group in block.chunks(8) {
            let mut sums = group.to_vec();
            for distance in [1, 2, 4] {
                for i in (distance..sums.len()).rev() {
                    sums[i] += sums[i - distance];
                }
            }
            out.extend(sums.iter().map(|sum| (before + (carry + sum)).to_bits()));
            carry += sums[sums.len() - 1];
        }
        before += carry;
    }
    out
}

#[test]
fn running_sums_of_rows_have_one_order() {
    for count in [1, 2, 7, 8, 9, 17, 4095, 4096, 4097, 9000] {
        let data = Source(count as u64).floats(count);
        for (backwards, initial) in [(false, 0f32), (true, 0f32), (false, -0f32)] {
            let routine = Routine::ReduceWindow(reaching(count, backwards), word(Binary::Add, DType::F32));
            let inputs = [Tensor::of(&[count], &data), Tensor::scalar(initial)];
            let found = run(&routine, &[&inputs[0], &inputs[1]], DType::F32, &[count]);
            let mut found: Vec<u32> = found.to::<f32>().iter().map(|x| x.to_bits()).collect();
            let mut taken = data.clone();
            if backwards && count > 1 {
                found.reverse();
                taken.reverse();
            }
            let wanted = if count > 1 { running_plainly(&taken, initial) } else { vec![(initial + data[0]).to_bits()] };
            assert_eq!(found, wanted, "{count} elements, backwards: {backwards}");
        }
    }
}

#[test]
fn selected_elements_collect_their_sources() {
    let mut source = Source(26);
    for round in 0..60 {
        let rank = source.size(1, 3);
        let shape = source.shape(rank, 1, 6);
        let (window, result) = random_window(&mut source, &shape, true);
        let data = source.ints(shape.iter().product(), 0, 4);
        let sources = source.ints(result.iter().product(), -9, 9);
        let mut wanted = vec![10; data.len()];
        for (i, &x) in indices(&result).zip(&sources) {
            let places: Vec<usize> = window_places(&window, &shape, &i).into_iter().flatten().collect();
            // GE keeps the first of equals, GT moves to the last.
            let best = places.into_iter().reduce(|best, at| {
                let stays = if round % 2 == 0 { data[best] >= data[at] } else { data[best] > data[at] };
                if stays { best } else { at }
            });
            if let Some(best) = best {
                wanted[best] += x;
            }
        }
        let direction = if round % 2 == 0 { Direction::Ge } else { Direction::Gt };
        let scatter = if round % 3 == 0 { disguised(Binary::Add, DType::I32) } else { word(Binary::Add, DType::I32) };
        let select = comparator(&[DType::I32], direction, Comparison::Signed);
        let routine = Routine::SelectAndScatter { window, select, scatter };
        let inputs = [Tensor::of(&shape, &data), Tensor::of(&result, &sources), Tensor::scalar(10i32)];
        let found = run(&routine, &inputs.iter().collect::<Vec<_>>(), DType::I32, &shape);
        assert_eq!(found.to::<i32>(), wanted);
    }
}

#[test]
fn the_specifications_example_of_select_and_scatter_holds() {
    let operand = Tensor::of(&[4, 2], &[1i64, 5, 2, 5, 3, 6, 4, 4]);
    let sources = Tensor::of(&[2, 2], &[5i64, 6, 7, 8]);
    let window = Window {
        sizes: [3, 1].into_iter().collect(),
        strides: [2, 1].into_iter().collect(),
        base_dilations: [1, 1].into_iter().collect(),
        window_dilations: [1, 1].into_iter().collect(),
        low: [0, 0].into_iter().collect(),
        high: [1, 0].into_iter().collect(),
    };
    let select = comparator(&[DType::I64], Direction::Ge, Comparison::Signed);
    let routine = Routine::SelectAndScatter { window, select, scatter: word(Binary::Add, DType::I64) };
    let found = run(&routine, &[&operand, &sources, &Tensor::scalar(0i64)], DType::I64, &[4, 2]);
    assert_eq!(found.to::<i64>(), [0, 0, 0, 0, 5, 14, 7, 0]);
}

#[test]
fn short_rows_follow_the_tree_too() {
    let mut source = Source(27);
    for count in 1..=70 {
        let data = source.floats(5 * count);
        for (word_of, zero) in [(Binary::Add, -0f32), (Binary::Multiply, 1.0)] {
            let routine = Routine::Reduce([1].into_iter().collect(), word(word_of, DType::F32));
            let inputs = [Tensor::of(&[5, count], &data), Tensor::scalar(zero)];
            let found = run(&routine, &[&inputs[0], &inputs[1]], DType::F32, &[5]).to::<f32>();
            let wanted = data.chunks(count).map(|row| tree::fold_slice(word_of, row).to_bits());
            assert_eq!(found.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), wanted.collect::<Vec<_>>(), "{count}");
        }
    }
}
