//! Choices among the ops that fold, slide, sort or normalise.

use super::Maker;
use brolga::graph::{Op, Region, Value};
use brolga::shape::Axes;
use brolga::{DType, TensorType};
use brolga_codegen::attributes::Window;
use brolga_codegen::{Binary, Comparison, Direction};

impl Maker<'_> {
    pub(super) fn reduce(&mut self, x: Value, ty: &TensorType) {
        let rank = self.extents(x).len();
        let dims: Axes = (0..rank).filter(|_| self.choose(2) == 0).collect();
        let (inputs, body) = match self.choose(4) {
            0 => {
                let index = [DType::I32, DType::I64][self.choose(2)];
                let shape = self.extents(x);
                let counted = TensorType::of(index, &shape);
                let second = match dims.first() {
                    Some(&axis) if self.choose(3) > 0 => {
                        let iota = self.push(Op::Iota { axis }, &[], std::slice::from_ref(&counted));
                        iota.unwrap_or_else(|| self.like(&counted))
                    }
                    Some(_) | None => self.like(&counted),
                };
                let Some(body) = self.greatest(ty.dtype, index) else { return };
                (vec![x, second], body)
            }
            1 => {
                let dtype = self.dtype();
                let y = self.like(&ty.with_dtype(dtype));
                let body = self.words(&[ty.dtype, dtype, ty.dtype, dtype], &[ty.dtype, dtype]);
                (vec![x, y], body)
            }
            _ => (vec![x], self.body(ty.dtype)),
        };
        let mut operands = inputs;
        let results: Vec<DType> = body.result_types().map(|ty| ty.dtype).collect();
        operands.extend(results.into_iter().map(|dtype| self.like(&TensorType::scalar(dtype))).collect::<Vec<_>>());
        self.push(Op::Reduce { dims, body }, &operands, &[]);
    }

    /// Arg-max or arg-min, in one of its spellings.
    fn greatest(&mut self, dtype: DType, index: DType) -> Option<Region> {
        if dtype.is_complex() {
            return None;
        }
        let types = [dtype, index, dtype, index].map(TensorType::scalar);
        let direction = [Direction::Gt, Direction::Lt, Direction::Ge, Direction::Le][self.choose(4)];
        let ties = self.choose(3) > 0;
        let nans = dtype.is_float() && self.choose(2) == 0;
        Some(self.inside("greatest", &types, |maker, values| {
            let &[a, i, b, j] = values else { unreachable!("law: as many values as types") };
            let compare = |direction, dtype| Op::Compare(direction, Comparison::of(dtype));
            let mut first = maker.node(compare(direction, dtype), &[a, b]);
            if nans {
                let nan = maker.node(compare(Direction::Ne, dtype), &[a, a]);
                first = maker.node(Op::Binary(Binary::Or), &[first, nan]);
            }
            let value = maker.node(Op::Select, &[first, a, b]);
            if ties {
                let equal = maker.node(compare(Direction::Eq, dtype), &[a, b]);
                let earlier = maker.node(compare(Direction::Lt, index), &[i, j]);
                let tie = maker.node(Op::Binary(Binary::And), &[equal, earlier]);
                first = maker.node(Op::Binary(Binary::Or), &[first, tie]);
            }
            vec![value, maker.node(Op::Select, &[first, i, j])]
        }))
    }

    /// A function of two scalars: mostly a word that reductions know, sometimes one that depends on order, sometimes of a
    /// wider type.
    pub(super) fn body(&mut self, dtype: DType) -> Region {
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
        let dtype = if self.choose(6) == 5 { self.wider(dtype) } else { dtype };
        if self.choose(6) == 5 {
            return self.words(&[dtype, dtype], &[dtype]);
        }
        let word = WORDS[self.choose(8)];
        let word = if word.result(dtype).is_some() { word } else { Binary::Maximum };
        let word = if word.result(dtype).is_some() { word } else { Binary::Add };
        let swapped = self.choose(5) == 0;
        self.inside("body", &[TensorType::scalar(dtype), TensorType::scalar(dtype)], |maker, values| {
            let operands = if swapped { [values[1], values[0]] } else { [values[0], values[1]] };
            vec![maker.node(Op::Binary(word), &operands)]
        })
    }

    /// A type that the type widens to.
    pub(super) fn wider(&self, dtype: DType) -> DType {
        match dtype {
            DType::F16 | DType::BF16 => DType::F32,
            DType::F32 => DType::F64,
            DType::I8 | DType::I16 => DType::I32,
            DType::U8 | DType::U16 => DType::U32,
            DType::I32 => DType::I64,
            DType::U32 => DType::U64,
            DType::C64 => DType::C128,
            DType::I64 | DType::U64 | DType::F64 | DType::C128 | DType::Bool | DType::String => dtype,
        }
    }

    /// A window over these extents.
    fn window(&mut self, shape: &[usize], dilated: bool) -> Window {
        let mut sizes = |n: usize| -> Axes { shape.iter().map(|_| 1 + self.choose(n)).collect() };
        let (sizes, strides) = (sizes(3), sizes(2));
        let mut dilation =
            |n: usize| -> Axes { shape.iter().map(|_| if dilated { 1 + self.choose(n) } else { 1 }).collect() };
        let (base_dilations, window_dilations) = (dilation(2), dilation(3));
        let mut padding = || shape.iter().map(|_| self.choose(4) as i64 - 1).collect();
        let (low, high) = (padding(), padding());
        Window { sizes, strides, base_dilations, window_dilations, low, high }
    }

    pub(super) fn reduce_window(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let dilated = self.choose(2) == 0;
        let mut window = self.window(&shape, dilated);
        if let Some(axis) = (0..shape.len()).find(|_| self.choose(6) == 5)
            && shape[axis] <= 130
        {
            // A running sum.
            window.sizes[axis] = shape[axis].max(1);
            window.low[axis] = shape[axis] as i64 - 1;
            window.high[axis] = 0;
        }
        if self.choose(4) == 0 {
            let dtype = self.dtype();
            let y = self.like(&ty.with_dtype(dtype));
            let body = self.words(&[ty.dtype, dtype, ty.dtype, dtype], &[ty.dtype, dtype]);
            let (a, b) = (self.like(&TensorType::scalar(ty.dtype)), self.like(&TensorType::scalar(dtype)));
            self.push(Op::ReduceWindow { window: window.into(), body }, &[x, y, a, b], &[]);
            return;
        }
        let body = self.body(ty.dtype);
        let dtype = body.result_types().next().unwrap().dtype;
        let initial = self.like(&TensorType::scalar(dtype));
        self.push(Op::ReduceWindow { window: window.into(), body }, &[x, initial], &[]);
    }

    pub(super) fn select_and_scatter(&mut self, x: Value, ty: &TensorType) {
        let shape = self.extents(x);
        let mut window = self.window(&shape, false);
        window.low.iter_mut().chain(&mut window.high).for_each(|n| *n = (*n).max(0));
        let places: Axes = (0..shape.len())
            .map(|axis| {
                let padded = shape[axis] + (window.low[axis] + window.high[axis]) as usize;
                if window.sizes[axis] > padded { 0 } else { (padded - window.sizes[axis]) / window.strides[axis] + 1 }
            })
            .collect();
        let source = self.like(&TensorType::of(ty.dtype, &places));
        let initial = self.like(&TensorType::scalar(ty.dtype));
        let directions = [Direction::Ge, Direction::Gt, Direction::Le, Direction::Ne];
        let direction = if ty.dtype.is_complex() { Direction::Ne } else { directions[self.choose(4)] };
        let scalar = TensorType::scalar(ty.dtype);
        let select = self.inside("select", &[scalar.clone(), scalar], |maker, values| {
            vec![maker.node(Op::Compare(direction, Comparison::of(ty.dtype)), values)]
        });
        let scatter = self.body(ty.dtype);
        self.push(Op::SelectAndScatter { window: window.into(), select, scatter }, &[x, source, initial], &[]);
    }

    pub(super) fn sort(&mut self, x: Value, ty: &TensorType) {
        let Some(rank) = ty.rank().filter(|&rank| rank > 0) else { return };
        // The largest by total order: NaNs by their bits.
        if self.choose(3) == 0 && self.keeps_nan_bits(x) {
            let k = self.choose(self.extents(x)[rank - 1].min(8) + 1);
            self.push(Op::TopK { k }, &[x], &[]);
            return;
        }
        let mut operands = vec![x];
        for _ in 0..self.choose(3) {
            let dtype = self.dtype();
            operands.push(self.like(&ty.with_dtype(dtype)));
        }
        let twice =
            |value: &Value| [TensorType::scalar(self.dtype_of(*value)), TensorType::scalar(self.dtype_of(*value))];
        let parameters: Vec<TensorType> = operands.iter().flat_map(twice).collect();
        let direction = [Direction::Lt, Direction::Gt, Direction::Le, Direction::Ge][self.choose(4)];
        let direction = if ty.dtype.is_complex() { Direction::Ne } else { direction };
        let second = operands.len() > 1 && !self.dtype_of(operands[1]).is_complex() && self.choose(2) == 0;
        let comparator = self.inside("comparator", &parameters, |maker, values| {
            let compare = |direction, ty: &TensorType| Op::Compare(direction, Comparison::of(ty.dtype));
            let less = maker.node(compare(direction, &parameters[0]), &values[..2]);
            if !second {
                return vec![less];
            }
            let equal = maker.node(compare(Direction::Eq, &parameters[0]), &values[..2]);
            let then = maker.node(compare(Direction::Lt, &parameters[2]), &values[2..4]);
            vec![maker.node(Op::Select, &[equal, then, less])]
        });
        let (axis, stable) = (self.choose(rank), self.choose(2) == 0);
        self.push(Op::Sort { axis, stable, comparator }, &operands, &[]);
    }

    pub(super) fn map(&mut self, x: Value, ty: &TensorType) {
        let (dtype, result) = (self.dtype(), self.dtype());
        let y = self.like(&ty.with_dtype(dtype));
        let body = self.words(&[ty.dtype, dtype], &[result]);
        self.push(Op::Map { body }, &[x, y], &[]);
    }

    pub(super) fn normalise(&mut self, x: Value, ty: &TensorType) {
        let Some(rank) = ty.rank().filter(|&rank| rank > 0 && ty.dtype.is_float()) else { return };
        let feature = self.choose(rank);
        let vector = TensorType::of(ty.dtype, &[self.extents(x)[feature]]);
        let epsilon = [0.0, 1e-3, 1.0][self.choose(3)];
        let mut vectors = |n: usize| (0..n).map(|_| self.like(&vector)).collect::<Vec<_>>();
        let of = vectors(4);
        match self.choose(3) {
            0 => self.push(Op::BatchNormInference { epsilon, feature }, &[&[x], &of[..]].concat(), &[]),
            1 => self.push(Op::BatchNormTraining { epsilon, feature }, &[&[x], &of[..2]].concat(), &[]),
            _ => {
                let gradient = self.like(ty);
                self.push(Op::BatchNormGrad { epsilon, feature }, &[&[x], &of[..3], &[gradient]].concat(), &[])
            }
        };
    }
}
