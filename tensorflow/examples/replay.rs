use brolga::{DType, Function, Tensor, TensorType};
use brolga_tensorflow::arg::{Arg, Out, known};
use brolga_tensorflow::{OpError, Staged, Value, call, find};
use std::io::BufRead;

fn unhex(s: &str) -> Vec<u8> {
    (0..s.len() / 2).map(|i| u8::from_str_radix(&s[2 * i..2 * i + 2], 16).unwrap()).collect()
}
fn dtype(s: &str) -> DType {
    brolga_tensorflow::convert::dtype_named(s).unwrap()
}
fn parse<'a>(t: &mut impl Iterator<Item = &'a str>, ts: &mut Vec<Tensor>) -> Arg {
    match t.next().unwrap() {
        k @ ("T" | "A") => {
            let d = dtype(t.next().unwrap());
            let r: usize = t.next().unwrap().parse().unwrap();
            let s: Vec<usize> = (0..r).map(|_| t.next().unwrap().parse().unwrap()).collect();
            let b = unhex(t.next().unwrap().trim_start_matches('x'));
            let x = Tensor::build(d, &s, |o| o.bytes().copy_from_slice(&b)).unwrap();
            if k == "T" {
                ts.push(x);
                Arg::Operand(ts.len() - 1)
            } else {
                Arg::Array(x)
            }
        }
        "I" => Arg::Int(t.next().unwrap().parse().unwrap()),
        "F" => Arg::Float(f64::from_bits(u64::from_str_radix(t.next().unwrap(), 16).unwrap())),
        "C" => {
            let mut f = || f64::from_bits(u64::from_str_radix(t.next().unwrap(), 16).unwrap());
            let re = f();
            Arg::Complex(num_complex::Complex::new(re, f()))
        }
        "B" => Arg::Bool(t.next().unwrap() == "1"),
        "N" => Arg::None,
        "E" => Arg::Ellipsis,
        "S" => Arg::Text(String::from_utf8(unhex(t.next().unwrap().trim_start_matches('x'))).unwrap().into()),
        "D" => Arg::DType(dtype(t.next().unwrap())),
        "L" => {
            let n: usize = t.next().unwrap().parse().unwrap();
            Arg::List((0..n).map(|_| parse(t, ts)).collect())
        }
        "SL" => Arg::Slice(Box::new([parse(t, ts), parse(t, ts), parse(t, ts)])),
        o => panic!("{o}"),
    }
}
fn fill(a: &Arg, v: &[Value]) -> Arg {
    a.map(&mut |a| if let Arg::Operand(k) = a { Some(Arg::Tensor(v[*k].clone())) } else { None })
}
fn run(op: &str, args: &[Arg], kw: &[(String, Arg)], ts: &[Tensor], mode: &str) -> Result<Vec<Tensor>, String> {
    let row = find(op).ok_or("missing")?;
    let body = |v: &[Value]| -> Result<Out, OpError> {
        let a = row
            .signature()
            .bind(args.iter().map(|a| fill(a, v)).collect(), kw.iter().map(|(k, a)| (k.as_str(), fill(a, v))))?;
        call(row, a)
    };
    let show = |e: OpError| format!("{:?}: {}", e.kind, e.message);
    if mode == "eager" {
        let v: Vec<Value> = ts.iter().cloned().map(Staged::known).collect();
        let out = body(&v).map_err(show)?;
        return Ok(out.values().iter().map(|v| known(v).unwrap().clone()).collect());
    }
    let types: Vec<TensorType> =
        ts.iter().map(|t| if mode == "unknown" { TensorType::unranked(t.dtype()) } else { t.ty() }).collect();
    let mut err = None;
    let g = Staged::record("f", &types, |v| match body(v) {
        Ok(o) => o.values(),
        Err(e) => {
            err = Some(e);
            vec![]
        }
    });
    if let Some(e) = err {
        return Err(show(e));
    }
    let f = Function::from_graph(g.map_err(|e| e.to_string())?.graph).jit_compile(mode == "jit");
    f.call(ts).map_err(|e| e.to_string())
}
fn main() {
    let mode = std::env::args().nth(1).unwrap();
    std::panic::set_hook(Box::new(|_| {}));
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let mut t = line.split(' ');
        let id = t.next().unwrap().to_string();
        let op = t.next().unwrap().to_string();
        let n: usize = t.next().unwrap().parse().unwrap();
        let mut ts = vec![];
        let args: Vec<Arg> = (0..n).map(|_| parse(&mut t, &mut ts)).collect();
        let n: usize = t.next().unwrap().parse().unwrap();
        let kw: Vec<(String, Arg)> = (0..n).map(|_| (t.next().unwrap().to_string(), parse(&mut t, &mut ts))).collect();
        let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&op, &args, &kw, &ts, &mode)))
            .unwrap_or_else(|p| Err(format!("PANIC {:?}", p.downcast_ref::<String>())));
        match r {
            Ok(o) => {
                print!("{id} ok {}", o.len());
                for t in o {
                    print!(" {} {}", t.dtype().name(), t.shape().len());
                    t.shape().iter().for_each(|n| print!(" {n}"));
                    print!(" x");
                    t.bytes().iter().for_each(|b| print!("{b:02x}"));
                }
                println!();
            }
            Err(e) => println!("{id} err {}", e.replace('\n', " | ")),
        }
    }
}
