//! Random well-typed graphs, made from a list of numbers: each number is one choice, so a failing graph shrinks as its
//! list does.

use brolga::graph::{Graph, GraphBuilder, Literal, Op, Region, Value};
use brolga::shape::Axes;
use brolga::{DType, Element, Site, Tensor, TensorType};
use brolga_codegen::attributes::{DotDims, Window};
use brolga_codegen::{Binary, Comparison, Direction, Unary, with_element};
use num_complex::Complex;
use std::sync::Arc;

/// A graph and arguments for it.
pub struct Case {
    pub graph: Graph,
    pub arguments: Vec<Tensor>,
}

/// The case that a list of choices stands for.
pub fn case(choices: &[u32]) -> Case {
    let mut maker = Maker { choices: choices.iter(), builder: GraphBuilder::new("main"), pool: vec![] };
    let mut arguments = vec![];
    for k in 0..1 + maker.choose(3) {
        let ty = maker.ty();
        arguments.push(maker.tensor(ty.dtype, &ty.extents().unwrap()));
        let value = maker.builder.parameter(ty, format!("arg{k}"), Site::unknown());
        maker.pool.push(value);
    }
    while maker.choices.len() > 0 {
        maker.step();
    }
    let mut results: Vec<Value> = (0..1 + maker.choose(3)).map(|_| maker.pick()).collect();
    results.extend(maker.pool.last().copied());
    Case { graph: maker.builder.finish(results), arguments }
}

const DTYPES: [DType; 15] = {
    let mut dense = [DType::Bool; 15];
    let mut k = 0;
    while k < 15 {
        dense[k] = DType::ALL[k];
        k += 1;
    }
    dense
};

struct Maker<'a> {
    choices: std::slice::Iter<'a, u32>,
    builder: GraphBuilder,
    pool: Vec<Value>,
}

impl Maker<'_> {
    /// A number below `n`; 0 once the list is used up.
    fn choose(&mut self, n: usize) -> usize {
        self.choices.next().map_or(0, |&choice| choice as usize % n.max(1))
    }

    fn pick(&mut self) -> Value {
        let k = self.choose(self.pool.len());
        self.pool[self.pool.len() - 1 - k]
    }

    fn dtype(&mut self) -> DType {
        // Half of all values are of the types that most programs use.
        const USUAL: [DType; 4] = [DType::F32, DType::F64, DType::I32, DType::Bool];
        if self.choose(2) == 0 { USUAL[self.choose(4)] } else { DTYPES[self.choose(15)] }
    }

    fn shape(&mut self) -> Axes {
        const EXTENTS: [usize; 12] = [1, 2, 3, 4, 5, 7, 8, 16, 33, 65, 0, 130];
        let mut left = 5000;
        (0..self.choose(4))
            .map(|_| {
                let bound = if self.choose(4) == 0 { 12 } else { 8 };
                let extent = EXTENTS[self.choose(bound)];
                let extent = if extent > left { 1 } else { extent };
                left /= extent.max(1);
                extent
            })
            .collect()
    }

    fn ty(&mut self) -> TensorType {
        let dtype = self.dtype();
        TensorType::of(dtype, &self.shape())
    }

    fn tensor(&mut self, dtype: DType, shape: &[usize]) -> Tensor {
        let seed = self.choices.next().copied().unwrap_or(0);
        let mut source = Source(u64::from(seed));
        Tensor::build(dtype, shape, |out| {
            with_element!(dtype, T => out.slice::<T>().iter_mut().for_each(|x| *x = T::random(&mut source)), strings => {})
        })
        .unwrap()
    }

    fn extents(&self, value: Value) -> Axes {
        self.builder.type_of(value).extents().unwrap()
    }

    /// Whether the value's bits are the same for every runner even where it is NaN: sign and payload of a computed NaN are
    /// open, so what shows them (total order, the bits themselves) is asked only of arguments and integers.
    fn keeps_nan_bits(&self, value: Value) -> bool {
        let exact = matches!(self.builder.definition(value).op, Op::Parameter | Op::Constant(_));
        exact || self.dtype_of(value).is_integer()
    }

    fn dtype_of(&self, value: Value) -> DType {
        self.builder.type_of(value).dtype
    }

    /// Adds a node; one that breaks a rule of its op is left out.
    fn push(&mut self, op: Op, inputs: &[Value], declared: &[TensorType]) -> Option<Value> {
        let results = self.builder.push(op, inputs, declared, "", Site::unknown()).ok()?;
        self.pool.extend(results.iter().copied());
        results.first().copied()
    }

    /// A value of this type: one of the pool's, else a constant.
    fn like(&mut self, ty: &TensorType) -> Value {
        let fitting: Vec<Value> =
            self.pool.iter().copied().filter(|&value| self.builder.type_of(value) == ty).collect();
        if !fitting.is_empty() && self.choose(8) != 0 {
            return fitting[fitting.len() - 1 - self.choose(fitting.len())];
        }
        let tensor = if self.choose(2) == 0 {
            let element = self.tensor(ty.dtype, &[]);
            Literal::splat(&element, &ty.extents().unwrap()).unwrap()
        } else {
            Literal::from(self.tensor(ty.dtype, &ty.extents().unwrap()))
        };
        self.builder.push(Op::Constant(tensor), &[], std::slice::from_ref(ty), "", Site::unknown()).unwrap()[0]
    }

    fn step(&mut self) {
        let x = self.pick();
        let ty = self.builder.type_of(x).clone();
        match self.choose(24) {
            0..=3 => {
                let word = Unary::ALL[self.choose(Unary::ALL.len())];
                self.push(Op::Unary(word), &[x], &[]);
            }
            4..=8 => {
                let y = self.like(&ty);
                let word = Binary::ALL[self.choose(Binary::ALL.len())];
                let word = if word.result(ty.dtype).is_some() { word } else { Binary::Add };
                self.push(Op::Binary(word), &[x, y], &[]);
            }
            9 => self.compare(x, &ty),
            10 => self.select(x, &ty),
            11 => self.convert(x, &ty),
            12 => self.broadcast(x, &ty),
            13 => self.reshape(x, &ty),
            14 => self.transpose(x),
            15 => self.slice(x),
            16 => self.pad(x, &ty),
            17 => self.reverse_or_concatenate(x, &ty),
            18 | 19 => self.reduce(x, &ty),
            20 => self.contract(x, &ty),
            21 => self.window_or_sort(x, &ty),
            22 => self.dynamic(x, &ty),
            _ => self.control(x, &ty),
        }
    }

    fn compare(&mut self, x: Value, ty: &TensorType) {
        let y = self.like(ty);
        let direction = Direction::ALL[self.choose(6)];
        let total = ty.dtype.is_float() && self.choose(4) == 0 && self.keeps_nan_bits(x) && self.keeps_nan_bits(y);
        let comparison = if total { Comparison::TotalOrder } else { Comparison::of(ty.dtype) };
        self.push(Op::Compare(direction, comparison), &[x, y], &[]);
    }

    fn select(&mut self, x: Value, ty: &TensorType) {
        let y = self.like(ty);
        if self.choose(3) == 0 && !ty.dtype.is_complex() {
            let least = self.like(ty);
            self.push(Op::Clamp, &[least, x, y], &[]);
            return;
        }
        let predicate = if self.choose(3) == 0 { TensorType::scalar(DType::Bool) } else { ty.with_dtype(DType::Bool) };
        let predicate = self.like(&predicate);
        self.push(Op::Select, &[predicate, x, y], &[]);
    }

    fn convert(&mut self, x: Value, ty: &TensorType) {
        let dtype = self.dtype();
        match self.choose(4) {
            0 if dtype.size() == ty.dtype.size()
                && dtype != DType::Bool
                && ty.dtype != DType::Bool
                && self.keeps_nan_bits(x) =>
            {
                self.push(Op::BitcastConvert, &[x], &[ty.with_dtype(dtype)]);
            }
            1 if ty.dtype.is_float() => {
                let (exponent_bits, mantissa_bits) = (1 + self.choose(11) as u32, self.choose(52) as u32);
                self.push(Op::ReducePrecision { exponent_bits, mantissa_bits }, &[x], &[]);
            }
            _ => drop(self.push(Op::Convert, &[x], &[ty.with_dtype(dtype)])),
        }
    }

    fn broadcast(&mut self, x: Value, ty: &TensorType) {
        let mut shape = self.extents(x);
        let dims: Axes = if shape.len() < 3 {
            let at = self.choose(shape.len() + 1);
            let dims = (0..shape.len()).map(|axis| if axis < at { axis } else { axis + 1 }).collect();
            shape.insert(at, 1 + self.choose(5));
            dims
        } else {
            (0..shape.len()).collect()
        };
        for extent in shape.iter_mut().filter(|extent| **extent == 1) {
            *extent = 1 + self.choose(4);
        }
        self.push(Op::BroadcastInDim { dims }, &[x], &[TensorType::of(ty.dtype, &shape)]);
    }

    fn reshape(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let mut flat: Axes = [shape.iter().product::<usize>()].as_slice().into();
        for divisor in [2, 3, 5] {
            if flat[0] > 0 && flat[0].is_multiple_of(divisor) && self.choose(2) == 0 {
                flat[0] /= divisor;
                flat.push(divisor);
            }
        }
        self.push(Op::Reshape, &[x], &[TensorType::of(ty.dtype, &flat)]);
    }

    fn transpose(&mut self, x: Value) {
        let mut permutation: Axes = (0..self.extents(x).len()).collect();
        for k in (1..permutation.len()).rev() {
            permutation.swap(k, self.choose(k + 1));
        }
        self.push(Op::Transpose { permutation }, &[x], &[]);
    }

    fn slice(&mut self, x: Value) {
        let (mut starts, mut limits, mut strides) = (Axes::new(), Axes::new(), Axes::new());
        for extent in self.extents(x) {
            let start = self.choose(extent + 1);
            starts.push(start);
            limits.push(start + self.choose(extent - start + 1));
            strides.push(1 + self.choose(3));
        }
        self.push(Op::Slice { starts, limits, strides }, &[x], &[]);
    }

    fn pad(&mut self, x: Value, ty: &TensorType) {
        let rank = self.extents(x).len();
        let low = (0..rank).map(|_| self.choose(5) as i64 - 2).collect();
        let high = (0..rank).map(|_| self.choose(5) as i64 - 2).collect();
        let inner = self.choose(4) == 0;
        let interior = (0..rank).map(|_| if inner { self.choose(3) } else { 0 }).collect();
        let padding = self.like(&TensorType::scalar(ty.dtype));
        self.push(Op::Pad { low, high, interior }, &[x, padding], &[]);
    }

    fn reverse_or_concatenate(&mut self, x: Value, ty: &TensorType) {
        let rank = self.extents(x).len();
        if self.choose(2) == 0 {
            let dims = (0..rank).filter(|_| self.choose(2) == 0).collect();
            self.push(Op::Reverse { dims }, &[x], &[]);
        } else if rank > 0 {
            let y = self.like(ty);
            let axis = self.choose(rank);
            self.push(Op::Concatenate { axis }, &[x, y, x], &[]);
        }
    }

    fn reduce(&mut self, x: Value, ty: &TensorType) {
        let rank = self.extents(x).len();
        let dims: Axes = (0..rank).filter(|_| self.choose(2) == 0).collect();
        let body = self.body(ty.dtype);
        let initial = self.like(&TensorType::scalar(ty.dtype));
        self.push(Op::Reduce { dims, body }, &[x, initial], &[]);
    }

    /// A function of two scalars: mostly a word that reductions know, sometimes one that depends on order.
    fn body(&mut self, dtype: DType) -> Region {
        const WORDS: [Binary; 8] = [
            Binary::Add,
            Binary::Maximum,
            Binary::Minimum,
            Binary::Multiply,
            Binary::And,
            Binary::Or,
            Binary::Xor,
            Binary::Subtract,
        ];
        let word = WORDS[self.choose(8)];
        let word = if word.result(dtype).is_some() { word } else { Binary::Maximum };
        let word = if word.result(dtype).is_some() { word } else { Binary::Add };
        let mut builder = GraphBuilder::new("body");
        let scalar = TensorType::scalar(dtype);
        let a = builder.parameter(scalar.clone(), "", Site::unknown());
        let b = builder.parameter(scalar, "", Site::unknown());
        let operands = if self.choose(5) == 0 { [b, a] } else { [a, b] };
        let c = builder.push(Op::Binary(word), &operands, &[], "", Site::unknown()).unwrap()[0];
        Arc::new(builder.finish(vec![c]))
    }

    fn contract(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let Some(&k) = shape.last() else { return };
        let y = self.like(&TensorType::of(ty.dtype, &[k, 1 + k % 7]));
        let dims = DotDims {
            lhs_contracting: [shape.len() - 1].as_slice().into(),
            rhs_contracting: [0].as_slice().into(),
            ..DotDims::default()
        };
        let mut result: Axes = shape[..shape.len() - 1].into();
        result.push(1 + k % 7);
        self.push(Op::DotGeneral(dims), &[x, y], &[TensorType::of(ty.dtype, &result)]);
    }

    fn window_or_sort(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let rank = shape.len();
        if rank > 0 && self.choose(2) == 0 {
            let axis = self.choose(rank);
            let mut builder = GraphBuilder::new("comparator");
            let scalar = TensorType::scalar(ty.dtype);
            let a = builder.parameter(scalar.clone(), "", Site::unknown());
            let b = builder.parameter(scalar, "", Site::unknown());
            let op = Op::Compare(Direction::Lt, Comparison::of(ty.dtype));
            let Ok(less) = builder.push(op, &[a, b], &[], "", Site::unknown()) else { return };
            let comparator = Arc::new(builder.finish(vec![less[0]]));
            self.push(Op::Sort { axis, stable: true, comparator }, &[x], &[]);
            return;
        }
        let ones: Axes = shape.iter().map(|_| 1).collect();
        let window = Window {
            sizes: shape.iter().map(|_| 1 + self.choose(3)).collect(),
            strides: shape.iter().map(|_| 1 + self.choose(2)).collect(),
            base_dilations: ones.clone(),
            window_dilations: ones,
            low: shape.iter().map(|_| self.choose(2) as i64).collect(),
            high: shape.iter().map(|_| self.choose(2) as i64).collect(),
        };
        let body = self.body(ty.dtype);
        let initial = self.like(&TensorType::scalar(ty.dtype));
        self.push(Op::ReduceWindow { window, body }, &[x, initial], &[]);
    }

    fn dynamic(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let starts: Vec<Value> = shape.iter().map(|_| self.like(&TensorType::scalar(DType::I32))).collect();
        let sizes: Axes = shape.iter().map(|&extent| self.choose(extent + 1)).collect();
        if self.choose(2) == 0 {
            let inputs: Vec<Value> = [x].into_iter().chain(starts).collect();
            self.push(Op::DynamicSlice { sizes }, &inputs, &[]);
        } else {
            let update = self.like(&TensorType::of(ty.dtype, &sizes));
            let inputs: Vec<Value> = [x, update].into_iter().chain(starts).collect();
            self.push(Op::DynamicUpdateSlice, &inputs, &[]);
        }
    }

    /// A branch on a bool, or a loop of a few turns, around a graph of a few nodes.
    fn control(&mut self, x: Value, ty: &TensorType) {
        if self.choose(2) == 0 {
            let predicate = self.like(&TensorType::scalar(DType::Bool));
            let (on_true, on_false) = (self.region("on_true", ty, None), self.region("on_false", ty, None));
            self.push(Op::If { on_true, on_false }, &[predicate, x], &[]);
            return;
        }
        let counter = TensorType::scalar(DType::I32);
        let mut cond = GraphBuilder::new("cond");
        let n = cond.parameter(counter.clone(), "", Site::unknown());
        cond.parameter(ty.clone(), "", Site::unknown());
        let turns = 1 + self.choose(4) as i32;
        let bound = Op::Constant(Literal::filled(turns, &[]).unwrap());
        let bound = cond.push(bound, &[], &[], "", Site::unknown()).unwrap()[0];
        let less = Op::Compare(Direction::Lt, Comparison::Signed);
        let less = cond.push(less, &[n, bound], &[], "", Site::unknown()).unwrap()[0];
        let cond = Arc::new(cond.finish(vec![less]));
        let body = self.region("body", ty, Some(&counter));
        let zero = Op::Constant(Literal::filled(0i32, &[]).unwrap());
        let zero = self.builder.push(zero, &[], &[], "", Site::unknown()).unwrap()[0];
        self.push(Op::While { cond, body }, &[zero, x], &[]);
    }

    /// A graph from `ty` to `ty`; with a counter, one that also counts.
    fn region(&mut self, name: &str, ty: &TensorType, counter: Option<&TensorType>) -> Region {
        let outer = std::mem::replace(&mut self.builder, GraphBuilder::new(name));
        let pool = std::mem::take(&mut self.pool);
        let count = counter.map(|ty| self.builder.parameter(ty.clone(), "", Site::unknown()));
        let x = self.builder.parameter(ty.clone(), "", Site::unknown());
        self.pool.push(x);
        for _ in 0..self.choose(4) {
            let value = self.pick();
            let ty = self.builder.type_of(value).clone();
            let other = self.like(&ty);
            let word = [Binary::Add, Binary::Multiply, Binary::Maximum][self.choose(3)];
            self.push(Op::Binary(word), &[value, other], &[]);
        }
        let result = self.like(ty);
        let next = count.map(|n| {
            let one = Op::Constant(Literal::filled(1i32, &[]).unwrap());
            let one = self.builder.push(one, &[], &[], "", Site::unknown()).unwrap()[0];
            self.builder.push(Op::Binary(Binary::Add), &[n, one], &[], "", Site::unknown()).unwrap()[0]
        });
        self.pool = pool;
        let inner = std::mem::replace(&mut self.builder, outer);
        Arc::new(inner.finish(next.into_iter().chain([result]).collect()))
    }
}

/// SplitMix64.
pub struct Source(pub u64);

impl Source {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Mostly numbers near 1, sometimes the edges of floating point.
    fn float(&mut self) -> f64 {
        const EDGES: [f64; 10] = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e-40, -1e300, 1.0, -1.0, 0.5];
        let n = self.next();
        if n.is_multiple_of(8) {
            EDGES[(n >> 32) as usize % EDGES.len()]
        } else {
            ((n >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * 4.0
        }
    }
}

/// A type that random elements are made of.
pub trait Random: Element {
    fn random(source: &mut Source) -> Self;
}

macro_rules! random {
    ($($t:ty => |$source:ident| $make:expr;)+) => { $(impl Random for $t { fn random($source: &mut Source) -> $t { $make } })+ };
}

macro_rules! integers {
    ($($t:ty)+) => { $(impl Random for $t {
        fn random(source: &mut Source) -> $t {
            let n = source.next();
            match n % 8 { 0 => n as $t, 1 => <$t>::MIN, 2 => <$t>::MAX, _ => ((n >> 32) % 8) as $t }
        }
    })+ };
}

integers!(i8 i16 i32 i64 u8 u16 u32 u64);

random! {
    bool => |source| source.next() >> 63 == 1;
    half::f16 => |source| half::f16::from_f64(source.float());
    half::bf16 => |source| half::bf16::from_f64(source.float());
    f32 => |source| source.float() as f32;
    f64 => |source| source.float();
    Complex<f32> => |source| Complex::new(source.float() as f32, source.float() as f32);
    Complex<f64> => |source| Complex::new(source.float(), source.float());
}
