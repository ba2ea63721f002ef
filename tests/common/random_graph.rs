//! Random well-typed graphs, made from a list of numbers: each number is one choice, so a failing graph shrinks as its
//! list does.

#[path = "random_graph_contract.rs"]
mod contract;
#[path = "random_graph_control.rs"]
mod control;
#[path = "random_graph_elements.rs"]
pub mod elements;
#[path = "random_graph_index.rs"]
mod index;
#[path = "random_graph_reduce.rs"]
mod reduce;
#[path = "random_graph_runtime.rs"]
mod runtime;

use brolga::graph::{Graph, GraphBuilder, Literal, Op, Value};
use brolga::shape::Axes;
use brolga::{DType, Site, Tensor, TensorType};
use brolga_codegen::{Binary, Comparison, Direction, Unary, with_element};
use elements::{Random, Source};

/// Ops that no random graph has, each with the reason.
pub const LEFT_OUT: [(&str, &str); 6] = [
    ("stablehlo.rng", "it gives other numbers at each run"),
    ("check.expect_eq", "it gives no result"),
    ("check.expect_almost_eq", "it gives no result"),
    ("check.expect_close", "it gives no result"),
    ("brolga.host_call", "native code cannot call back"),
    ("brolga.deferred", "its meaning is a front end's"),
];

/// A value with more elements is not used further.
const MOST: usize = 25_000;

/// Regions within regions.
const DEEPEST: usize = 2;

/// A graph and arguments for it.
pub struct Case {
    pub graph: Graph,
    pub arguments: Vec<Tensor>,
}

/// The case that a list of choices stands for.
pub fn case(choices: &[u32]) -> Case {
    let mut maker =
        Maker { choices: choices.iter(), builder: GraphBuilder::new("main"), pool: vec![], truth: None, depth: 0 };
    let mut arguments = vec![];
    // One truth value is always there: what it selects cannot be folded.
    let mut types = vec![TensorType::scalar(DType::Bool)];
    types.extend((0..1 + maker.choose(3)).map(|_| maker.ty()));
    for (k, ty) in types.into_iter().enumerate() {
        arguments.push(maker.tensor(ty.dtype, &ty.extents().unwrap()));
        let value = maker.builder.parameter(ty, format!("arg{k}"), Site::unknown());
        maker.pool.push(value);
        maker.truth.get_or_insert(value);
    }
    while maker.choices.len() > 0 {
        maker.step();
    }
    let results = maker.unread();
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
    /// A truth value that is an argument; regions have none.
    truth: Option<Value>,
    /// Regions around the graph that is being made.
    depth: usize,
}

impl Maker<'_> {
    /// A number below `n`; 0 once the list is used up.
    fn choose(&mut self, n: usize) -> usize {
        self.choices.next().map_or(0, |&choice| choice as usize % n.max(1))
    }

    /// The values that no node reads, and every seventh that one does: all of the graph is needed.
    fn unread(&self) -> Vec<Value> {
        let mut read = vec![false; self.pool.iter().map(|value| value.index() + 1).max().unwrap_or(0)];
        for &value in &self.pool {
            let inputs = &self.builder.definition(value).inputs;
            inputs.iter().filter(|input| input.index() < value.index()).for_each(|input| read[input.index()] = true);
        }
        let needed = |value: &&Value| !read[value.index()] || value.index() % 7 == 3;
        self.pool.iter().filter(needed).copied().collect()
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
        const LARGE: [&[usize]; 10] = [
            &[20_000],
            &[4097],
            &[8192],
            &[5000, 3],
            &[3, 5000],
            &[130, 129],
            &[64, 64, 4],
            &[1, 16_384],
            &[4096, 1],
            &[2, 97, 101],
        ];
        if self.depth == 0 && self.choose(12) == 11 {
            return LARGE[self.choose(LARGE.len())].into();
        }
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
        let op = &self.builder.definition(value).op;
        let exact = matches!(op, Op::Constant(_)) || (matches!(op, Op::Parameter) && self.depth == 0);
        exact || self.dtype_of(value).is_integer()
    }

    fn dtype_of(&self, value: Value) -> DType {
        self.builder.type_of(value).dtype
    }

    /// Adds a node; one that breaks a rule of its op is left out.
    fn push(&mut self, op: Op, inputs: &[Value], declared: &[TensorType]) -> Option<Value> {
        let results = self.builder.push(op, inputs, declared, "", Site::unknown()).ok()?;
        let small = |value: &Value| self.builder.type_of(*value).count().is_some_and(|count| count <= MOST);
        let kept: Vec<Value> = results.iter().copied().filter(small).collect();
        self.pool.extend(kept);
        results.first().copied()
    }

    /// A value of this type: one of the pool's, else a constant.
    fn like(&mut self, ty: &TensorType) -> Value {
        let fitting: Vec<Value> =
            self.pool.iter().copied().filter(|&value| self.builder.type_of(value) == ty).collect();
        if !fitting.is_empty() && self.choose(8) != 0 {
            return fitting[fitting.len() - 1 - self.choose(fitting.len())];
        }
        let constant = self.constant(ty);
        let Some(truth) = self.unknown() else { return constant };
        let other = self.constant(ty);
        self.push(Op::Select, &[truth, constant, other], &[]).unwrap()
    }

    /// Mostly a truth value that no pass knows.
    fn unknown(&mut self) -> Option<Value> {
        if self.choose(3) == 0 { None } else { self.truth }
    }

    /// A new constant of this type.
    fn constant(&mut self, ty: &TensorType) -> Value {
        let tensor = if self.choose(2) == 0 {
            let element = self.tensor(ty.dtype, &[]);
            Literal::splat(&element, &ty.extents().unwrap()).unwrap()
        } else {
            Literal::from(self.tensor(ty.dtype, &ty.extents().unwrap()))
        };
        self.literal(tensor)
    }

    /// A constant of these elements.
    fn literal(&mut self, literal: Literal) -> Value {
        self.builder.push(Op::Constant(literal), &[], &[], "", Site::unknown()).unwrap()[0]
    }

    /// Another order of `0..n`.
    fn permutation(&mut self, n: usize) -> Axes {
        let mut permutation: Axes = (0..n).collect();
        for k in (1..n).rev() {
            permutation.swap(k, self.choose(k + 1));
        }
        permutation
    }

    /// `count` of `0..n`, ascending.
    fn subset(&mut self, count: usize, n: usize) -> Axes {
        let mut subset: Axes = self.permutation(n).into_iter().take(count).collect();
        subset.sort_unstable();
        subset
    }

    /// A word that fits; where none does, any.
    fn word<T: Copy>(&mut self, words: &[T], fits: impl Fn(T) -> bool) -> T {
        let first = self.choose(words.len());
        let after = words[first..].iter().chain(&words[..first]);
        after.copied().find(|&word| fits(word)).unwrap_or(words[first])
    }

    fn step(&mut self) {
        let x = self.pick();
        let ty = self.builder.type_of(x).clone();
        match self.choose(48) {
            0..=5 => {
                let word = self.word(Unary::ALL, |word| word.result(ty.dtype).is_some());
                self.push(Op::Unary(word), &[x], &[]);
            }
            6..=11 => {
                let y = self.like(&ty);
                let word = self.word(Binary::ALL, |word| word.result(ty.dtype).is_some());
                self.push(Op::Binary(word), &[x, y], &[]);
            }
            12 => self.compare(x, &ty),
            13 => self.select(x, &ty),
            14 | 15 => self.convert(x, &ty),
            16 => self.broadcast(x, &ty),
            17 => self.reshape(x, &ty),
            18 => self.transpose(x),
            19 => self.slice(x),
            20 => self.pad(x, &ty),
            21 | 22 => self.reverse_or_join(x, &ty),
            23 => self.fused(x, &ty),
            24..=26 => self.reduce(x, &ty),
            27 => self.reduce_window(x, &ty),
            28 => self.select_and_scatter(x, &ty),
            29 => self.sort(x, &ty),
            30 => self.map(x, &ty),
            31 => self.normalise(x, &ty),
            32 | 33 => self.dot(x, &ty),
            34 => self.ragged_dot(&ty),
            35 => self.convolution(&ty),
            36 => self.factor(x, &ty),
            37 => self.fourier(&ty),
            38 | 39 => self.gather(x, &ty),
            40 => self.scatter(x, &ty),
            41 => self.dynamic(x, &ty),
            42 => self.runtime_shape(x, &ty),
            43 => self.bits(),
            _ => self.control(x),
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
            2 if dtype != DType::Bool && ty.dtype != DType::Bool && self.keeps_nan_bits(x) => {
                let mut shape = self.extents(x);
                let (from, to) = (ty.dtype.size(), dtype.size());
                if from > to {
                    shape.push(from / to);
                } else if from < to && shape.last() == Some(&(to / from)) {
                    shape.pop();
                }
                self.push(Op::BitcastConvert, &[x], &[TensorType::of(dtype, &shape)]);
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
        let permutation = self.permutation(self.extents(x).len());
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

    fn reverse_or_join(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let rank = shape.len();
        match self.choose(4) {
            0 => {
                let dims = (0..rank).filter(|_| self.choose(2) == 0).collect();
                self.push(Op::Reverse { dims }, &[x], &[]);
            }
            1 if rank > 0 => {
                let axis = self.choose(rank);
                let ty = self.ty_of_extents(ty.dtype, &shape);
                self.push(Op::Iota { axis }, &[], &[ty]);
            }
            2 => {
                let y = self.pick();
                self.push(Op::OptimizationBarrier, &[x, y], &[]);
            }
            _ if rank > 0 => {
                let axis = self.choose(rank);
                let mut other = shape.clone();
                other[axis] = self.choose(4);
                let (y, z) = (self.like(ty), self.like(&TensorType::of(ty.dtype, &other)));
                self.push(Op::Concatenate { axis }, &[x, z, y], &[]);
            }
            _ => {}
        }
    }

    /// A type of these extents, mostly of this element type.
    fn ty_of_extents(&mut self, dtype: DType, shape: &[usize]) -> TensorType {
        let dtype = if self.choose(3) == 0 { self.dtype() } else { dtype };
        TensorType::of(dtype, shape)
    }

    /// a·b + c in one rounding.
    fn fused(&mut self, x: Value, ty: &TensorType) {
        let (y, z) = (self.like(ty), self.like(ty));
        self.push(Op::Fma, &[x, y, z], &[]);
    }
}
