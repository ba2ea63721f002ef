//! Choices among branches, loops and calls.

use super::{DEEPEST, Maker};
use brolga::graph::{GraphBuilder, Literal, Op, Region, Value};
use brolga::{DType, Site, TensorType};
use brolga_codegen::{Binary, Comparison, Direction, Unary};
use std::sync::Arc;

impl Maker<'_> {
    /// A graph of these parameters, made by `make`, which gives its results.
    pub(super) fn inside(
        &mut self,
        name: &str,
        parameters: &[TensorType],
        make: impl FnOnce(&mut Self, &[Value]) -> Vec<Value>,
    ) -> Region {
        let outer = std::mem::replace(&mut self.builder, GraphBuilder::new(name));
        let (pool, truth) = (std::mem::take(&mut self.pool), self.truth.take());
        self.depth += 1;
        let mut parameter = |ty: &TensorType| self.builder.parameter(ty.clone(), "", Site::unknown());
        let values: Vec<Value> = parameters.iter().map(&mut parameter).collect();
        self.pool.extend(&values);
        let results = make(self, &values);
        self.depth -= 1;
        (self.pool, self.truth) = (pool, truth);
        Arc::new(std::mem::replace(&mut self.builder, outer).finish(results))
    }

    /// A node of a graph that is not the end of it.
    pub(super) fn node(&mut self, op: Op, inputs: &[Value]) -> Value {
        self.builder.push(op, inputs, &[], "", Site::unknown()).unwrap()[0]
    }

    pub(super) fn control(&mut self, x: Value) {
        if self.depth >= DEEPEST {
            return;
        }
        let captured: Vec<Value> = [x].into_iter().chain((0..self.choose(3)).map(|_| self.pick())).collect();
        let types: Vec<TensorType> = captured.iter().map(|&value| self.builder.type_of(value).clone()).collect();
        match self.choose(8) {
            0 => {
                let predicate = self.like(&TensorType::scalar(DType::Bool));
                let (on_true, on_false) = (self.branch("on_true", &types), self.branch("on_false", &types));
                self.push(Op::If { on_true, on_false }, &[&[predicate], &captured[..]].concat(), &[]);
            }
            1 => {
                let index = self.like(&TensorType::scalar(DType::I32));
                let branches = (0..1 + self.choose(4)).map(|_| self.branch("branch", &types)).collect();
                self.push(Op::Case { branches }, &[&[index], &captured[..]].concat(), &[]);
            }
            2 | 3 => self.turns(&captured, &types),
            4 => {
                let callee = self.branch("callee", &types);
                self.push(Op::Call(callee.clone()), &captured, &[]);
                if self.choose(2) == 0 {
                    self.push(Op::Call(callee), &captured, &[]);
                }
            }
            5 => {
                let decomposition = self.branch("meaning", &types);
                let (name, attributes) = ("my.op".into(), "{}".into());
                self.push(Op::Composite { name, attributes, version: 1, decomposition }, &captured, &[]);
            }
            _ => self.scan(&captured, &types),
        }
    }

    /// A graph of a few nodes that takes these types and gives them.
    fn branch(&mut self, name: &str, types: &[TensorType]) -> Region {
        self.inside(name, types, |maker, _| {
            maker.few();
            types.iter().map(|ty| maker.like(ty)).collect()
        })
    }

    fn few(&mut self) {
        for _ in 0..self.choose(5) {
            self.step();
        }
    }

    /// A loop of a few turns.
    fn turns(&mut self, captured: &[Value], types: &[TensorType]) {
        let counter = [DType::I32, DType::I64, DType::U8][self.choose(3)];
        let scalar = TensorType::scalar(counter);
        let carried = [std::slice::from_ref(&scalar), types].concat();
        let turns = self.choose(5) as u8;
        let literal = move |n: u8| {
            if counter == DType::I32 {
                Literal::filled(i32::from(n), &[]).unwrap()
            } else if counter == DType::I64 {
                Literal::filled(i64::from(n), &[]).unwrap()
            } else {
                Literal::filled(n, &[]).unwrap()
            }
        };
        let cond = self.inside("cond", &carried, |maker, values| {
            let bound = maker.literal(literal(turns));
            let less = maker.node(Op::Compare(Direction::Lt, Comparison::of(counter)), &[values[0], bound]);
            if maker.choose(3) > 0 {
                return vec![less];
            }
            maker.few();
            let also = maker.like(&TensorType::scalar(DType::Bool));
            vec![maker.node(Op::Binary(Binary::And), &[less, also])]
        });
        let body = self.inside("body", &carried, |maker, values| {
            maker.few();
            let one = maker.literal(literal(1));
            let next = maker.node(Op::Binary(Binary::Add), &[values[0], one]);
            // What text captures is carried unchanged.
            let carried = values[1..].iter().zip(types);
            let given = carried.map(|(&value, ty)| if maker.choose(3) == 0 { value } else { maker.like(ty) });
            [next].into_iter().chain(given.collect::<Vec<_>>()).collect()
        });
        let zero = self.literal(literal(0));
        self.push(Op::While { cond, body }, &[&[zero], captured].concat(), &[]);
    }

    fn scan(&mut self, captured: &[Value], types: &[TensorType]) {
        let Some(rank) = types[0].rank().filter(|&rank| rank > 0) else { return };
        let axis = self.choose(rank);
        let extent = self.extents(captured[0])[axis];
        if extent > 200 {
            return;
        }
        let second = self.choose(2) == 0;
        let mut inputs = vec![captured[0]];
        if second {
            let dtype = self.dtype();
            inputs.push(self.like(&types[0].with_dtype(dtype)));
        }
        let count = inputs.len();
        let carries: Vec<TensorType> = (0..self.choose(3)).map(|_| self.ty()).collect();
        let mut takes: Vec<TensorType> = vec![];
        for &input in &inputs {
            let mut shape = self.extents(input);
            shape.remove(axis);
            takes.push(TensorType::of(self.dtype_of(input), &shape));
        }
        let given: Vec<TensorType> = takes[..self.choose(count + 1)].iter().chain(&carries).cloned().collect();
        takes.extend(carries.iter().cloned());
        let body = self.inside("step", &takes, |maker, _| {
            maker.few();
            given.iter().map(|ty| maker.like(ty)).collect()
        });
        inputs.extend(carries.iter().map(|ty| self.like(ty)).collect::<Vec<_>>());
        let reverse = self.choose(2) == 0;
        self.push(Op::Scan { axis, reverse, inputs: count, associative: false, body }, &inputs, &[]);
    }

    /// A function of scalars, of a few words, that gives scalars of these types.
    pub(super) fn words(&mut self, parameters: &[DType], results: &[DType]) -> Region {
        let types: Vec<TensorType> = parameters.iter().copied().map(TensorType::scalar).collect();
        self.inside("words", &types, |maker, _| {
            for _ in 0..maker.choose(5) {
                let x = maker.pick();
                let ty = maker.builder.type_of(x).clone();
                match maker.choose(5) {
                    0 => {
                        let word = maker.word(Unary::ALL, |word| word.result(ty.dtype).is_some());
                        maker.push(Op::Unary(word), &[x], &[]);
                    }
                    1 | 2 => {
                        let y = maker.like(&ty);
                        let word = maker.word(Binary::ALL, |word| word.result(ty.dtype).is_some());
                        maker.push(Op::Binary(word), &[x, y], &[]);
                    }
                    3 => maker.compare(x, &ty),
                    _ => maker.select(x, &ty),
                }
            }
            results.iter().map(|&dtype| maker.like(&TensorType::scalar(dtype))).collect()
        })
    }
}
