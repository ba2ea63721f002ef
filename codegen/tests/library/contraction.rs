//! Contractions and convolutions against sums in f64, and the order of summation bit for bit.

use crate::support::*;
use brolga_codegen::attributes::{Axes, Convolution, DotDims, Offsets, Window};
use brolga_codegen::library::Routine;
use brolga_codegen::scalar::{DType, Element};
use num_complex::Complex;

struct Dot {
    dims: DotDims,
    lhs: Vec<usize>,
    rhs: Vec<usize>,
    result: Vec<usize>,
    contracted: Vec<usize>,
}

impl Dot {
    /// Random batch, free and contracted axes, each side's in its own order.
    fn new(source: &mut Source, high: usize) -> Dot {
        let counts = [source.size(0, 2), source.size(0, 2), source.size(0, 2), source.size(0, 2)];
        let [batch, contracted, rows, columns] = counts.map(|n| source.shape(n, 1, high));
        let mut side = |free: &[usize]| {
            let extents: Vec<usize> = batch.iter().chain(&contracted).chain(free).copied().collect();
            let places = source.permutation(extents.len());
            let mut shape = vec![0; extents.len()];
            places.iter().zip(&extents).for_each(|(&p, &n)| shape[p] = n);
            (shape, places)
        };
        let ((lhs, left), (rhs, right)) = (side(&rows), side(&columns));
        let ordered = |shape: &[usize], places: &[usize]| {
            let mut free = places[batch.len() + contracted.len()..].to_vec();
            free.sort_unstable();
            free.into_iter().map(|axis| shape[axis]).collect::<Vec<_>>()
        };
        let part =
            |places: &[usize], from: usize, count: usize| places[from..from + count].iter().copied().collect::<Axes>();
        let mut result = batch.clone();
        result.extend(ordered(&lhs, &left));
        result.extend(ordered(&rhs, &right));
        let dims = DotDims {
            lhs_batch: part(&left, 0, batch.len()),
            rhs_batch: part(&right, 0, batch.len()),
            lhs_contracting: part(&left, batch.len(), contracted.len()),
            rhs_contracting: part(&right, batch.len(), contracted.len()),
        };
        Dot { dims, lhs, rhs, result, contracted }
    }

    /// For an element of the result, the pairs of places whose products are summed, in order.
    fn pairs(&self, i: &[usize]) -> Vec<(usize, usize)> {
        let d = &self.dims;
        let place = |shape: &[usize], batch: &Axes, contracting: &Axes, free: &[usize], k: &[usize]| {
            let mut free = free.iter();
            let at: Vec<usize> = (0..shape.len())
                .map(|axis| {
                    if let Some(b) = batch.iter().position(|&a| a == axis) {
                        i[b]
                    } else if let Some(c) = contracting.iter().position(|&a| a == axis) {
                        k[c]
                    } else {
                        *free.next().unwrap()
                    }
                })
                .collect();
            flat(shape, &at)
        };
        let cut = self.lhs.len() - d.lhs_contracting.len();
        indices(&self.contracted)
            .map(|k| {
                (
                    place(&self.lhs, &d.lhs_batch, &d.lhs_contracting, &i[d.lhs_batch.len()..cut], &k),
                    place(&self.rhs, &d.rhs_batch, &d.rhs_contracting, &i[cut..], &k),
                )
            })
            .collect()
    }

    fn run<A: Element, B: Element>(&self, lhs: &[A], rhs: &[A]) -> Vec<B> {
        let routine = Routine::DotGeneral(self.dims.clone());
        run(&routine, &[&Tensor::of(&self.lhs, lhs), &Tensor::of(&self.rhs, rhs)], B::DTYPE, &self.result).to()
    }

    fn sums<T: Copy, S>(&self, lhs: &[T], rhs: &[T], zero: impl Fn() -> S, join: impl Fn(S, T, T) -> S) -> Vec<S> {
        indices(&self.result)
            .map(|i| self.pairs(&i).into_iter().fold(zero(), |sum, (x, y)| join(sum, lhs[x], rhs[y])))
            .collect()
    }
}

#[test]
fn any_axes_contract_in_any_type() {
    let mut source = Source(11);
    for _ in 0..80 {
        let dot = Dot::new(&mut source, 5);
        let k = dot.contracted.iter().product::<usize>() as f64;
        let (n, m) = (dot.lhs.iter().product(), dot.rhs.iter().product());
        let (a, b) = (source.floats(n), source.floats(m));
        let exact = dot.sums(&a, &b, || 0.0, |s, x, y| s + f64::from(x) * f64::from(y));
        near(&doubles(&dot.run::<f32, f32>(&a, &b)), &exact, k * 6e-8 * k.max(1.0), "f32");
        near(&dot.run::<f32, f64>(&a, &b), &exact, 1e-13, "f32 to f64");
        let halves = |x: &[f32]| x.iter().map(|&x| half::bf16::from_f32(x)).collect::<Vec<_>>();
        let (a16, b16) = (halves(&a), halves(&b));
        let exact = dot.sums(&a16, &b16, || 0.0, |s, x, y| s + x.to_f64() * y.to_f64());
        let found: Vec<f64> = dot.run::<half::bf16, half::bf16>(&a16, &b16).iter().map(|x| x.to_f64()).collect();
        found.iter().zip(&exact).for_each(|(x, y)| assert!((x - y).abs() <= y.abs() / 256.0 + 1e-5, "{x} {y}"));
        near(&doubles(&dot.run::<half::bf16, f32>(&a16, &b16)), &exact, k * 1e-6, "bf16 to f32");
        let complex = |x: &[f32]| x.iter().map(|&x| Complex::new(f64::from(x), 1.0 - f64::from(x))).collect::<Vec<_>>();
        let (ac, bc) = (complex(&a), complex(&b));
        let exact = dot.sums(&ac, &bc, || Complex::new(0.0, 0.0), |s, x, y| s + x * y);
        let found = dot.run::<Complex<f64>, Complex<f64>>(&ac, &bc);
        assert!(found.iter().zip(&exact).all(|(x, y)| (x - y).norm() < 1e-12));
        let bytes = |s: &mut Source, n| s.ints(n, -128, 127).iter().map(|&x| x as i8).collect::<Vec<_>>();
        let (ai, bi) = (bytes(&mut source, n), bytes(&mut source, m));
        assert_eq!(
            dot.run::<i8, i32>(&ai, &bi),
            dot.sums(&ai, &bi, || 0i32, |s, x, y| s + i32::from(x) * i32::from(y))
        );
        assert_eq!(
            dot.run::<i8, i8>(&ai, &bi),
            dot.sums(&ai, &bi, || 0i8, |s, x, y| s.wrapping_add(x.wrapping_mul(y)))
        );
        let truths = |x: &[i8]| x.iter().map(|&x| x > 60).collect::<Vec<_>>();
        let (at, bt) = (truths(&ai), truths(&bi));
        assert_eq!(dot.run::<bool, bool>(&at, &bt), dot.sums(&at, &bt, || false, |s, x, y| s | x & y));
    }
}

#[test]
fn the_order_of_k_is_blocks_or_partial_sums() {
    let mut source = Source(12);
    let fused = std::arch::is_x86_feature_detected!("fma") && std::arch::is_x86_feature_detected!("avx2");
    for (m, k, n) in [
        (1, 1, 1),
        (1, 300, 1),
        (1, 1000, 70),
        (70, 600, 1),
        (2, 257, 33),
        (6, 256, 16),
        (7, 255, 17),
        (5, 0, 3),
        (97, 513, 19),
        (101, 40, 131),
        (3, 300, 2100),
        (64, 64, 64),
        (33, 1030, 9),
        // Enough for several threads.
        (250, 300, 70),
    ] {
        let (a, b) = (source.floats(m * k), source.floats(k * n));
        let join = |x: f32, y: f32, sum: f32| if fused { x.mul_add(y, sum) } else { x * y + sum };
        let in_blocks = |i: usize, j: usize| {
            let block =
                |start: usize| (start..k.min(start + 256)).fold(0f32, |sum, p| join(a[i * k + p], b[p * n + j], sum));
            (0..k).step_by(256).map(block).reduce(|sum, block| sum + block).unwrap_or(0.0)
        };
        // Contiguous lines times one vector.
        let in_partials = |i: usize, j: usize| {
            let mut partials = [0f32; 64];
            (0..k).for_each(|p| partials[p % 64] = join(a[i * k + p], b[p * n + j], partials[p % 64]));
            for half in [32, 16, 8, 4, 2, 1] {
                (0..half).for_each(|i| partials[i] += partials[i + half]);
            }
            partials[0]
        };
        let bits = |x: Vec<f32>| x.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        let turn = |x: &[f32], rows: usize, columns: usize| {
            (0..columns).flat_map(|j| (0..rows).map(move |i| x[i * columns + j])).collect::<Vec<f32>>()
        };
        for (turn_a, turn_b) in [(false, false), (true, false), (false, true), (true, true)] {
            let one = |x: usize| [x].into_iter().collect::<Axes>();
            let dims = DotDims {
                lhs_contracting: one(usize::from(!turn_a)),
                rhs_contracting: one(usize::from(turn_b)),
                ..Default::default()
            };
            let lhs = if turn_a { Tensor::of(&[k, m], &turn(&a, m, k)) } else { Tensor::of(&[m, k], &a) };
            let rhs = if turn_b { Tensor::of(&[n, k], &turn(&b, k, n)) } else { Tensor::of(&[k, n], &b) };
            let found = run(&Routine::DotGeneral(dims), &[&lhs, &rhs], DType::F32, &[m, n]).to::<f32>();
            let partials = k >= 64 && (n == 1 && (m == 1 || !turn_a) || m == 1 && turn_b);
            let sum = |i: Vec<usize>| if partials { in_partials(i[0], i[1]) } else { in_blocks(i[0], i[1]) };
            let wanted = indices(&[m, n]).map(sum).collect();
            assert_eq!(bits(found), bits(wanted), "{m}x{k} by {k}x{n}, turned {turn_a} {turn_b}");
        }
    }
}

/// A batch large enough to be shared among threads holds the products of its parts, each too small for that.
#[test]
fn batches_are_their_products() {
    let mut source = Source(14);
    for (batch, m, k, n) in [(3, 100, 150, 90), (40, 7, 99, 90), (2, 13, 1300, 60)] {
        let (a, b) = (source.floats(batch * m * k), source.floats(batch * k * n));
        let one = |x: usize| [x].into_iter().collect::<Axes>();
        let dims = DotDims { lhs_batch: one(0), rhs_batch: one(0), lhs_contracting: one(2), rhs_contracting: one(1) };
        let (lhs, rhs) = (Tensor::of(&[batch, m, k], &a), Tensor::of(&[batch, k, n], &b));
        let found = run(&Routine::DotGeneral(dims), &[&lhs, &rhs], DType::F32, &[batch, m, n]).to::<f32>();
        for (at, found) in found.chunks(m * n).enumerate() {
            let dims = DotDims { lhs_contracting: one(1), rhs_contracting: one(0), ..Default::default() };
            let lhs = Tensor::of(&[m, k], &a[at * m * k..(at + 1) * m * k]);
            let rhs = Tensor::of(&[k, n], &b[at * k * n..(at + 1) * k * n]);
            let alone = run(&Routine::DotGeneral(dims), &[&lhs, &rhs], DType::F32, &[m, n]).to::<f32>();
            assert_eq!(found, alone, "product {at} of {batch} of {m}x{k} by {k}x{n}");
        }
    }
}

#[test]
fn large_doubles_are_near_exact_sums() {
    let mut source = Source(13);
    let (m, k, n) = (61, 700, 83);
    let (a, b) = (source.units(m * k), source.units(k * n));
    let dims = DotDims {
        lhs_contracting: [1].into_iter().collect(),
        rhs_contracting: [0].into_iter().collect(),
        ..Default::default()
    };
    let found =
        run(&Routine::DotGeneral(dims), &[&Tensor::of(&[m, k], &a), &Tensor::of(&[k, n], &b)], DType::F64, &[m, n]);
    let exact: Vec<f64> = indices(&[m, n]).map(|i| (0..k).map(|p| a[i[0] * k + p] * b[p * n + i[1]]).sum()).collect();
    near(&found.to::<f64>(), &exact, 700.0 * 1.2e-16 * 40.0, "f64");
}

/// A random convolution: the attributes, the operands' shapes and the result's.
fn random_convolution(source: &mut Source) -> (Convolution, Vec<usize>, Vec<usize>, Vec<usize>) {
    let rank = source.size(0, 3);
    let (feature_groups, batch_groups) = match source.int(0, 3) {
        0 => (source.size(2, 3), 1),
        1 => (1, source.size(2, 3)),
        _ => (1, 1),
    };
    let batch = batch_groups * source.size(1, 2);
    let group_features = source.size(1, 3);
    let output_features = feature_groups * batch_groups * source.size(1, 3);
    let mut window = Window::default();
    let (mut spatial, mut results) = (vec![], vec![]);
    for _ in 0..rank {
        let (n, size, stride) = (source.size(1, 5), source.size(1, 3), source.size(1, 3));
        let (base, dilation) = (source.size(1, 2), source.size(1, 2));
        let (low, high) = (source.int(-1, 2), source.int(-1, 2));
        let padded = low + ((n - 1) * base) as i64 + 1 + high;
        let reach = ((size - 1) * dilation) as i64 + 1;
        results.push(if padded < reach { 0 } else { (padded - reach) as usize / stride + 1 });
        spatial.push(n);
        window.sizes.push(size);
        window.strides.push(stride);
        window.base_dilations.push(base);
        window.window_dilations.push(dilation);
        window.low.push(low);
        window.high.push(high);
    }
    let mut layout = |first: usize, second: usize, middle: &[usize]| {
        let places = source.permutation(rank + 2);
        let mut shape = vec![0; rank + 2];
        (shape[places[0]], shape[places[1]]) = (first, second);
        places[2..].iter().zip(middle).for_each(|(&p, &n)| shape[p] = n);
        (shape, places[0], places[1], places[2..].iter().copied().collect::<Axes>())
    };
    let (lhs, input_batch, input_feature, input_spatial) = layout(batch, group_features * feature_groups, &spatial);
    let (rhs, kernel_input_feature, kernel_output_feature, kernel_spatial) =
        layout(group_features, output_features, &window.sizes);
    let (out, output_batch, output_feature, output_spatial) = layout(batch / batch_groups, output_features, &results);
    let spec = Convolution {
        input_batch,
        input_feature,
        input_spatial,
        kernel_input_feature,
        kernel_output_feature,
        kernel_spatial,
        output_batch,
        output_feature,
        output_spatial,
        window,
        reversal: (0..rank).map(|_| source.int(0, 3) == 0).collect(),
        feature_groups,
        batch_groups,
    };
    (spec, lhs, rhs, out)
}

#[test]
fn convolutions_follow_the_specification() {
    let mut source = Source(14);
    for _ in 0..200 {
        let (spec, lhs, rhs, out) = random_convolution(&mut source);
        let a = source.floats(lhs.iter().product());
        let b = source.floats(rhs.iter().product());
        let w = &spec.window;
        let groups = spec.feature_groups * spec.batch_groups;
        let per_group = rhs[spec.kernel_output_feature] / groups;
        let exact: Vec<f64> = indices(&out)
            .map(|i| {
                let group = i[spec.output_feature] / per_group;
                let mut sum = 0.0;
                for k in indices(&rhs).filter(|k| k[spec.kernel_output_feature] == i[spec.output_feature]) {
                    let mut at = vec![0; lhs.len()];
                    at[spec.input_batch] = i[spec.output_batch];
                    at[spec.input_feature] = k[spec.kernel_input_feature];
                    if spec.batch_groups > 1 {
                        at[spec.input_batch] += group * out[spec.output_batch];
                    } else {
                        at[spec.input_feature] += group * rhs[spec.kernel_input_feature];
                    }
                    let inside = (0..w.sizes.len()).all(|s| {
                        let mut offset = k[spec.kernel_spatial[s]];
                        if spec.reversal[s] {
                            offset = w.sizes[s] - 1 - offset;
                        }
                        let place = (i[spec.output_spatial[s]] * w.strides[s] + offset * w.window_dilations[s]) as i64
                            - w.low[s];
                        let base = w.base_dilations[s] as i64;
                        at[spec.input_spatial[s]] = (place / base).max(0) as usize;
                        place >= 0 && place % base == 0 && place / base < lhs[spec.input_spatial[s]] as i64
                    });
                    if inside {
                        sum += f64::from(a[flat(&lhs, &at)]) * f64::from(b[flat(&rhs, &k)]);
                    }
                }
                sum
            })
            .collect();
        let routine = Routine::Convolution(spec.clone());
        let inputs = [Tensor::of(&lhs, &a), Tensor::of(&rhs, &b)];
        let found = run(&routine, &[&inputs[0], &inputs[1]], DType::F32, &out);
        near(&doubles(&found.to::<f32>()), &exact, 81.0 * 6e-8 * 20.0, "f32 convolution");
        let found = run(&routine, &[&inputs[0], &inputs[1]], DType::F64, &out);
        near(&found.to::<f64>(), &exact, 1e-12, "f32 convolution to f64");
        let whole = |x: &[f32]| x.iter().map(|x| (x * 100.0) as i16).collect::<Vec<_>>();
        let (ai, bi) = (whole(&a), whole(&b));
        let found = run(&routine, &[&Tensor::of(&lhs, &ai), &Tensor::of(&rhs, &bi)], DType::I32, &out);
        let as_f32 = |x: &[i16]| x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let exact =
            run(&routine, &[&Tensor::of(&lhs, &as_f32(&ai)), &Tensor::of(&rhs, &as_f32(&bi))], DType::F64, &out);
        assert_eq!(found.to::<i32>().iter().map(|&x| f64::from(x)).collect::<Vec<_>>(), exact.to::<f64>());
        let found = run(&routine, &[&Tensor::of(&lhs, &ai), &Tensor::of(&rhs, &bi)], DType::I64, &out);
        assert_eq!(found.to::<i64>().iter().map(|&x| x as f64).collect::<Vec<_>>(), exact.to::<f64>());
        let halves = |x: &[f32]| x.iter().map(|&x| half::f16::from_f32(x)).collect::<Vec<_>>();
        let inputs = [Tensor::of(&lhs, &halves(&a)), Tensor::of(&rhs, &halves(&b))];
        let wide = run(&routine, &[&inputs[0], &inputs[1]], DType::F32, &out).to::<f32>();
        let narrow = run(&routine, &[&inputs[0], &inputs[1]], DType::F16, &out).to::<half::f16>();
        assert!(narrow.iter().zip(wide).all(|(&x, y)| x == half::f16::from_f32(y)), "f16 rounds once");
    }
}

/// Images that are laid out in several pieces, and a kernel too large for the second cache.
#[test]
fn large_convolutions_are_near_exact_sums() {
    for (n, inputs, outputs) in [(70, 2, 3), (200, 10, 1), (12, 92, 91)] {
        large_convolution(n, inputs, outputs);
    }
}

fn large_convolution(n: usize, from: usize, to: usize) {
    let mut source = Source(15);
    let (a, b) = (source.units(n * n * from), source.units(9 * from * to));
    let same: Offsets = [1, 1].into_iter().collect();
    let ones: Axes = [1, 1].into_iter().collect();
    let window = Window {
        sizes: [3, 3].into_iter().collect(),
        strides: ones.clone(),
        base_dilations: ones.clone(),
        window_dilations: ones,
        low: same.clone(),
        high: same,
    };
    let spatial: Axes = [1, 2].into_iter().collect();
    let spec = Convolution {
        input_batch: 0,
        input_feature: 3,
        input_spatial: spatial.clone(),
        kernel_input_feature: 2,
        kernel_output_feature: 3,
        kernel_spatial: [0, 1].into_iter().collect(),
        output_batch: 0,
        output_feature: 3,
        output_spatial: spatial,
        window,
        reversal: [false, false].into_iter().collect(),
        feature_groups: 1,
        batch_groups: 1,
    };
    let inputs = [Tensor::of(&[1, n, n, from], &a), Tensor::of(&[3, 3, from, to], &b)];
    let found = run(&Routine::Convolution(spec), &[&inputs[0], &inputs[1]], DType::F64, &[1, n, n, to]).to::<f64>();
    let exact: Vec<f64> = indices(&[n, n, to])
        .map(|i| {
            let mut sum = 0.0;
            for k in indices(&[3, 3, from]) {
                let (y, x) = (i[0] + k[0], i[1] + k[1]);
                if (1..=n).contains(&y) && (1..=n).contains(&x) {
                    sum += a[((y - 1) * n + x - 1) * from + k[2]] * b[((k[0] * 3 + k[1]) * from + k[2]) * to + i[2]];
                }
            }
            sum
        })
        .collect();
    near(&found, &exact, 9.0 * from as f64 * 5e-15, "convolution");
}

#[test]
fn wide_windows_of_one_feature_sum_in_blocks() {
    let mut source = Source(16);
    let (n, size, features) = (20, 17, 3);
    for multiplier in [1, 2] {
        let outs = features * multiplier;
        let (a, b) = (source.floats(n * n * features), source.floats(size * size * outs));
        let ones: Axes = [1, 1].into_iter().collect();
        let none: Offsets = [0, 0].into_iter().collect();
        let window = Window {
            sizes: [size, size].into_iter().collect(),
            strides: ones.clone(),
            base_dilations: ones.clone(),
            window_dilations: ones,
            low: none.clone(),
            high: none,
        };
        let spatial: Axes = [1, 2].into_iter().collect();
        let spec = Convolution {
            input_batch: 0,
            input_feature: 3,
            input_spatial: spatial.clone(),
            kernel_input_feature: 2,
            kernel_output_feature: 3,
            kernel_spatial: [0, 1].into_iter().collect(),
            output_batch: 0,
            output_feature: 3,
            output_spatial: spatial,
            window,
            reversal: [false, false].into_iter().collect(),
            feature_groups: features,
            batch_groups: 1,
        };
        let inputs = [Tensor::of(&[1, n, n, features], &a), Tensor::of(&[size, size, 1, outs], &b)];
        let shape = [1, n - size + 1, n - size + 1, outs];
        let found = run(&Routine::Convolution(spec), &[&inputs[0], &inputs[1]], DType::F32, &shape).to::<f32>();
        let exact: Vec<f64> = indices(&shape)
            .map(|i| {
                indices(&[size, size])
                    .map(|k| {
                        let x = a[((i[1] + k[0]) * n + i[2] + k[1]) * features + i[3] / multiplier];
                        f64::from(x) * f64::from(b[(k[0] * size + k[1]) * outs + i[3]])
                    })
                    .sum()
            })
            .collect();
        near(&doubles(&found), &exact, 289.0 * 6e-8 * 20.0, "one feature");
        // The same windows as a matrix product: the same order, so the same bits.
        let positions = shape[1] * shape[2];
        for feature in 0..outs {
            let windows: Vec<f32> = indices(&[shape[1], shape[2], size, size])
                .map(|i| a[((i[0] + i[2]) * n + i[1] + i[3]) * features + feature / multiplier])
                .collect();
            // In two columns: one alone is summed in an order of its own.
            let kernel: Vec<f32> = (0..size * size).flat_map(|k| [b[k * outs + feature], 0.0]).collect();
            let dims = DotDims {
                lhs_contracting: [1].into_iter().collect(),
                rhs_contracting: [0].into_iter().collect(),
                ..Default::default()
            };
            let (windows, kernel) =
                (Tensor::of(&[positions, size * size], &windows), Tensor::of(&[size * size, 2], &kernel));
            let sums = run(&Routine::DotGeneral(dims), &[&windows, &kernel], DType::F32, &[positions, 2]).to::<f32>();
            for (at, sum) in sums.iter().step_by(2).enumerate() {
                assert_eq!(found[at * outs + feature].to_bits(), sum.to_bits());
            }
        }
    }
}
