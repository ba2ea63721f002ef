//! NumPy's validation tables.

use crate::distance::{doubles, subnormal, ulps};
use crate::{runners, table};
use brolga::graph::{GraphBuilder, Literal};
use brolga::{DType, Graph, Op, Site, Tensor, TensorType};
use brolga_codegen::{Binary, Unary};

/// Points of the tables.
const POINTS: usize = 26_610;
/// Functions without an op of their own or a way to write them in one.
const WITHOUT: [&str; 2] = ["log10", "log2"];

/// How a function of the tables is written.
enum Written {
    Word(Unary),
    /// 2 raised to it.
    PowerOfTwo,
}

fn written(function: &str) -> Written {
    let word = match function {
        "arccos" => Unary::Acos,
        "arccosh" => Unary::Acosh,
        "arcsin" => Unary::Asin,
        "arcsinh" => Unary::Asinh,
        "arctan" => Unary::Atan,
        "arctanh" => Unary::Atanh,
        "cbrt" => Unary::Cbrt,
        "cos" => Unary::Cosine,
        "cosh" => Unary::Cosh,
        "exp" => Unary::Exponential,
        "exp2" => return Written::PowerOfTwo,
        "expm1" => Unary::ExponentialMinusOne,
        "log" => Unary::Log,
        "log1p" => Unary::LogPlusOne,
        "sin" => Unary::Sine,
        "sinh" => Unary::Sinh,
        "tan" => Unary::Tan,
        "tanh" => Unary::Tanh,
        other => panic!("the tables have a function more: {other}"),
    };
    Written::Word(word)
}

fn graph(function: &str, ty: &TensorType) -> Graph {
    let mut builder = GraphBuilder::new(function);
    let x = builder.parameter(ty.clone(), "x", Site::unknown());
    let y = match written(function) {
        Written::Word(word) => builder.push(Op::Unary(word), &[x], &[], "y", Site::unknown()),
        Written::PowerOfTwo => {
            let shape = ty.extents().unwrap();
            let two = match ty.dtype == DType::F32 {
                true => Literal::filled(2f32, &shape),
                false => Literal::filled(2f64, &shape),
            };
            let two = builder.push(Op::Constant(two.unwrap()), &[], &[], "two", Site::unknown()).unwrap()[0];
            builder.push(Op::Binary(Binary::Power), &[two, x], &[], "y", Site::unknown())
        }
    };
    let y = y.unwrap()[0];
    builder.finish(vec![y])
}

/// What stands against a function, if anything.
fn fault(name: &str, x: &Tensor, correct: &Tensor, limits: &[i32]) -> Option<String> {
    let (function, _) = name.split_once('.').unwrap();
    let got = match runners::results(&graph(function, &x.ty()), std::slice::from_ref(x)) {
        Ok(results) => doubles(&results[0]),
        Err(error) => return Some(format!("{name}: {error}")),
    };
    let (mut worst, mut over, mut tiny, mut flushed) = (0, vec![], 0, 0);
    let points = doubles(x).into_iter().zip(doubles(correct)).zip(got).zip(limits);
    for (((x, correct), got), &limit) in points {
        let distance = ulps(correct_type(name), got, correct);
        let is_tiny = [x, correct].iter().any(|&v| subnormal(correct_type(name), v));
        tiny += usize::from(is_tiny);
        flushed += usize::from(subnormal(correct_type(name), correct) && got == 0.0 && distance > limit as u64);
        worst = distance.max(worst);
        if distance > limit as u64 {
            over.push(format!("{name}({x:e}) = {got:e}, correct is {correct:e}, {distance} ulp, allowed {limit}"));
        }
    }
    let (points, allowed) = (limits.len(), limits.iter().max().unwrap());
    println!(
        "{name:12} {points:5} points, {worst:2} ulp of {allowed}, {} over, {tiny} subnormal, {flushed} flushed",
        over.len()
    );
    over.truncate(5);
    (!over.is_empty()).then(|| over.join("\n"))
}

fn correct_type(name: &str) -> DType {
    if name.ends_with(".f32") { DType::F32 } else { DType::F64 }
}

#[test]
fn no_function_is_over_its_limit() {
    let Some(arrays) = table("umath.npz", POINTS) else { return };
    let names: Vec<&str> = arrays.keys().filter_map(|name| name.strip_suffix(".x")).collect();
    let (mut points, mut run, mut faults) = (0, 0, vec![]);
    for name in &names {
        let [x, correct, limits] = ["x", "y", "ulp"].map(|part| &arrays[&format!("{name}.{part}")]);
        points += x.len();
        if WITHOUT.iter().any(|function| name.starts_with(&format!("{function}."))) {
            println!("{name:12} {:5} points, no op", x.len());
            continue;
        }
        assert_eq!(x.dtype(), correct_type(name));
        run += 1;
        faults.extend(fault(name, x, correct, limits.as_slice::<i32>().unwrap()));
    }
    assert!(faults.is_empty(), "functions over their limit: {}\n{}", faults.len(), faults.join("\n"));
    assert_eq!((points, run), (POINTS, 36), "every table is there");
}
