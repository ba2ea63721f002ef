//! Branches and loops. Their closures read values from outside freely: what they read is handed through.

use super::tracer::{Draft, Origin, read_by};
use super::{BuildFault, Builder, Built, Handle, Traced, Tracer};
use crate::graph::{Op, deferred};
use crate::shape::TensorType;
use crate::site::Site;
use std::sync::Arc;

/// Some traced values: one, a tuple, an array, a vector, or none.
pub trait Bundle: Sized {
    /// How many values there are, where the form says so.
    const COUNT: Option<usize>;
    /// The values in order.
    fn flatten(self) -> Vec<Traced>;
    /// The bundle of the same form with other values.
    fn rebuild(values: Vec<Traced>) -> Self;
}

impl Bundle for Traced {
    const COUNT: Option<usize> = Some(1);
    fn flatten(self) -> Vec<Traced> {
        vec![self]
    }
    fn rebuild(mut values: Vec<Traced>) -> Traced {
        values.pop().expect("law: a bundle is rebuilt from as many values as it has")
    }
}

impl Bundle for Vec<Traced> {
    const COUNT: Option<usize> = None;
    fn flatten(self) -> Vec<Traced> {
        self
    }
    fn rebuild(values: Vec<Traced>) -> Vec<Traced> {
        values
    }
}

impl<const N: usize> Bundle for [Traced; N] {
    const COUNT: Option<usize> = Some(N);
    fn flatten(self) -> Vec<Traced> {
        self.into()
    }
    fn rebuild(values: Vec<Traced>) -> [Traced; N] {
        values.try_into().expect("law: a bundle is rebuilt from as many values as it has")
    }
}

macro_rules! each {
    ($name:ident) => {
        Traced
    };
}

macro_rules! tuples {
    ($(($($name:ident),*))+) => { $(
        impl Bundle for ($(each!($name),)*) {
            const COUNT: Option<usize> = Some(<[&str]>::len(&[$(stringify!($name)),*]));
            #[allow(non_snake_case)]
            fn flatten(self) -> Vec<Traced> {
                let ($($name,)*) = self;
                vec![$($name),*]
            }
            #[allow(non_snake_case, unused_mut, unused_variables, clippy::unused_unit)]
            fn rebuild(values: Vec<Traced>) -> Self {
                let mut values = values.into_iter();
                $(let $name = values.next().expect("law: a bundle is rebuilt from as many values as it has");)*
                ($($name,)*)
            }
        }
    )+ };
}

tuples! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }

impl Tracer {
    /// `on_true` where the predicate (a bool scalar) holds, else `on_false`; only the branch taken is run.
    #[track_caller]
    pub fn cond<R: Bundle>(&self, predicate: &Traced, on_true: impl FnOnce() -> R, on_false: impl FnOnce() -> R) -> R {
        let site = Site::here();
        let first = self.draft("on_true", &[], None, &site, |_| on_true().flatten());
        let second = self.draft("on_false", &[], None, &site, |_| on_false().flatten());
        self.branches("if", predicate, vec![first, second], |mut regions| {
            let on_false = regions.pop().expect("law: there are two branches");
            Op::If { on_true: regions.pop().expect("law: there are two branches"), on_false }
        })
    }

    /// The branch of that number (an `i32` scalar); an index out of range takes the last. Only that branch is run.
    #[track_caller]
    pub fn case<R: Bundle>(&self, index: &Traced, branches: Vec<Box<dyn FnOnce() -> R + '_>>) -> R {
        let site = Site::here();
        let trace =
            |branch: Box<dyn FnOnce() -> R + '_>| self.draft("branch", &[], None, &site, |_| branch().flatten());
        let drafts = branches.into_iter().map(trace).collect();
        self.branches("case", index, drafts, |branches| Op::Case { branches })
    }

    #[track_caller]
    fn branches<R: Bundle>(
        &self,
        op: &'static str,
        selector: &Traced,
        drafts: Vec<Built<Draft>>,
        make: impl FnOnce(Vec<Arc<crate::graph::Graph>>) -> Op,
    ) -> R {
        let count = drafts.iter().flatten().map(|draft| draft.result_types().len()).next();
        let built = self.join(op, selector, drafts, make);
        R::rebuild(Handle::settle_many(self, built, R::COUNT.or(count).unwrap_or(0)))
    }

    #[track_caller]
    fn join(
        &self,
        op: &'static str,
        selector: &Traced,
        drafts: Vec<Built<Draft>>,
        make: impl FnOnce(Vec<Arc<crate::graph::Graph>>) -> Op,
    ) -> Built<Vec<Traced>> {
        let mut drafts = drafts.into_iter().collect::<Built<Vec<Draft>>>()?;
        drafts.iter_mut().for_each(|draft| self.keep_up(draft));
        let first = drafts.first().ok_or(BuildFault::Count { op, what: "branches", expected: 1, found: 0 })?;
        let types = first.result_types();
        for draft in &drafts {
            let other = draft.result_types().len();
            if other != types.len() {
                return Err(BuildFault::Branches { op, first: types.len(), other });
            }
        }
        let cells = self.agree_on_cells(&mut drafts)?;
        agree_on_shapes(&mut drafts);
        let taken = read_by(&drafts.iter().collect::<Vec<_>>());
        let regions = drafts.iter().enumerate().map(|(k, draft)| Arc::new(draft.in_order(&role(op, k), &taken)));
        let op = make(regions.collect());
        let mut inputs = vec![selector.clone()];
        for (origin, ty) in &taken {
            inputs.push(self.brought(*origin, ty)?);
        }
        let mut made = Handle::apply(self, op, &inputs.iter().collect::<Vec<_>>(), &[])?.into_vec();
        let contents = made.split_off(types.len());
        cells.iter().zip(contents).for_each(|(cell, content)| self.write_cell(*cell, &content));
        Ok(made)
    }

    /// Runs `body` while `cond` (a bool scalar of the carried values) holds, starting from `initial`; gives back what is
    /// carried at the end. The carried values keep their types from turn to turn.
    #[track_caller]
    pub fn while_loop<R: Bundle>(&self, initial: R, cond: impl FnOnce(R) -> Traced, body: impl FnOnce(R) -> R) -> R {
        let initial = initial.flatten();
        let count = initial.len();
        let built =
            self.turns(&initial, |carried| cond(R::rebuild(carried)), |carried| body(R::rebuild(carried)).flatten());
        R::rebuild(Handle::settle_many(self, built, count))
    }

    #[track_caller]
    fn turns(
        &self,
        initial: &[Traced],
        cond: impl FnOnce(Vec<Traced>) -> Traced,
        body: impl FnOnce(Vec<Traced>) -> Vec<Traced>,
    ) -> Built<Vec<Traced>> {
        let site = Site::here();
        let mut types = vec![];
        for value in initial {
            types.push(value.known()?.clone());
        }
        let cond = self.draft("condition", &types, None, &site, |carried| vec![cond(carried.to_vec())]);
        let body = self.draft("body", &types, None, &site, |carried| body(carried.to_vec()));
        let (mut cond, mut body) = (cond?, body?);
        self.keep_up(&mut cond);
        self.carried(&types, &body.result_types())?;
        let taken = self.taken_by_turns(&mut cond, &mut body);
        body.hand_on(&taken);
        let op = Op::While {
            cond: Arc::new(cond.in_order("condition", &taken)),
            body: Arc::new(body.in_order("body", &taken)),
        };
        let mut inputs = initial.to_vec();
        for (origin, ty) in &taken {
            inputs.push(self.brought(*origin, ty)?);
        }
        let mut made = Handle::apply(self, op, &inputs.iter().collect::<Vec<_>>(), &[])?.into_vec();
        let after = made.split_off(initial.len());
        for ((origin, _), content) in taken.iter().zip(after) {
            if let Origin::Cell(cell) = origin
                && body.written.iter().any(|(written, _)| written == cell)
            {
                self.write_cell(*cell, &content);
            }
        }
        Ok(made)
    }

    fn carried(&self, before: &[TensorType], after: &[TensorType]) -> Built<()> {
        if before.len() != after.len() {
            let (expected, found) = (before.len(), after.len());
            return Err(BuildFault::Count { op: "loop", what: "carried values", expected, found });
        }
        let clash = before.iter().zip(after).position(|(before, after)| !before.compatible(after));
        clash.map_or(Ok(()), |index| {
            let (carried, given) = (before[index].clone(), after[index].clone());
            Err(BuildFault::Carried { index, carried, given })
        })
    }
}

impl<B: Builder> Handle<B> {
    /// Runs `body` while `cond` (a bool scalar of the carried values) holds, starting from `initial`, with any builder; gives
    /// back what is carried at the end. Unlike [`Tracer::while_loop`] the closures read nothing but the carried values.
    #[track_caller]
    pub fn turns(
        initial: &[&Handle<B>],
        mut cond: impl FnMut(&[Traced]) -> Traced,
        mut body: impl FnMut(&[Traced]) -> Vec<Traced>,
    ) -> Vec<Handle<B>> {
        let builder = &initial[0].builder;
        let built = Handle::closed_loop(initial, &mut |carried| vec![cond(carried)], &mut body);
        Handle::settle_many(builder, built, initial.len())
    }

    #[track_caller]
    fn closed_loop(
        initial: &[&Handle<B>],
        cond: &mut dyn FnMut(&[Traced]) -> Vec<Traced>,
        body: &mut dyn FnMut(&[Traced]) -> Vec<Traced>,
    ) -> Built<Vec<Handle<B>>> {
        let (builder, site) = (&initial[0].builder, Site::here());
        let mut types = vec![];
        for value in initial {
            types.push(value.known()?.clone());
        }
        let cond = builder.region("while", &types, &site, cond)?;
        let body = builder.region("while", &types, &site, body)?;
        Ok(Handle::apply(builder, Op::While { cond, body }, initial, &[])?.into_vec())
    }
}

fn role(op: &str, k: usize) -> String {
    match (op, k) {
        ("if", 0) => "on_true".into(),
        ("if", _) => "on_false".into(),
        _ => format!("branch_{k}"),
    }
}

/// Where branches give back different shapes, nothing of the shape is known after them.
fn agree_on_shapes(drafts: &mut [Draft]) {
    let types: Vec<Vec<TensorType>> = drafts.iter().map(Draft::result_types).collect();
    for k in 0..types[0].len() {
        let (first, rest) = types.split_first().expect("law: there are branches");
        let differ = |other: &Vec<TensorType>| first[k].dtype == other[k].dtype && !first[k].compatible(&other[k]);
        if rest.iter().any(differ) {
            let loose = TensorType::unranked(first[k].dtype);
            for draft in drafts.iter_mut() {
                let value = draft.graph.results[k];
                draft.graph.results[k] = draft.graph.append(deferred::loosen(), &[value], loose.clone());
            }
        }
    }
}
