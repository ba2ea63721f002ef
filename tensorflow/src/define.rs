//! Calling an op: at once, into the recording, or as a deferred node that waits for shapes and values.

use crate::arg::{Arg, Args, Out, known};
use crate::error::{Kind, OpError, Result, invalid, value_error};
use crate::row::Row;
use crate::{Staged, Value};
use brolga::graph::build::{BuildFault, Builder, TraceFault};
use brolga::graph::deferred::{Deferred, DeferredError, Definition, Given, Ran};
use brolga::graph::{Graph, Op, Place, Reason};
use brolga::site::Site;
use brolga::{Binary, DType, Shape, Tensor, TensorType};
use std::sync::{Arc, Mutex, PoisonError};

/// Calls an op on bound arguments.
pub fn call(row: &'static Row, args: Args) -> Result<Out> {
    let tensors = args.all_tensors();
    let fixed = row.open || tensors.iter().all(|value| value.ty().extents().is_some());
    let certain = || tensors.iter().all(|value| known(value).is_some());
    let out = if fixed && (!row.host || certain()) {
        match attempt(row, &args) {
            Err(OpError { kind: Kind::Waits, .. }) => defer(row, &args)?,
            settled => settled?,
        }
    } else {
        defer(row, &args)?
    };
    Ok(out)
}

/// What [`call`] would give for two known tensors of one element type and shape, without its detours; `None` where the op
/// is more than one word for them.
pub fn call_word(row: &'static Row, x: &Value, y: &Value) -> Option<Value> {
    let (a, b) = (known(x)?, known(y)?);
    let (dtype, word) = (a.dtype(), row.word?);
    let real = !dtype.is_complex() || matches!(word, Binary::Add | Binary::Subtract | Binary::Multiply);
    if dtype != b.dtype() || a.shape() != b.shape() || matches!(dtype, DType::Bool | DType::String) || !real {
        return None;
    }
    let made = Staged.push(Op::Binary(word), &[x.id()?, y.id()?], &[], &Site::unknown()).ok()?;
    let (id, ty) = made.into_iter().next()?;
    Some(brolga::graph::build::Handle::new(&Staged, id, ty))
}

/// Carries a definition out; faults of its nodes are its errors.
fn attempt(row: &Row, args: &Args) -> Result<Out> {
    let made = (row.define)(args);
    let faults = Staged::take_faults();
    match (made, faults.first()) {
        (Err(error), _) => Err(error),
        (Ok(out), None) => Ok(out),
        (Ok(_), Some(fault)) => Err(of_fault(row, fault)),
    }
}

fn of_fault(row: &Row, TraceFault { fault, .. }: &TraceFault) -> OpError {
    if let BuildFault::Unranked { .. } | BuildFault::UnknownExtents { .. } = fault {
        return OpError::waits();
    }
    invalid(format!("{}: {fault}", row.name()))
}

/// An op in a graph that waits: its arguments, tensors that are not known replaced by numbers.
struct Waiting {
    row: &'static Row,
    template: Args,
}

impl Waiting {
    fn args(&self, operands: &[Value]) -> Args {
        let mut fill = |arg: &Arg| match arg {
            Arg::Operand(k) => Some(Arg::Tensor(operands[*k].clone())),
            _ => None,
        };
        let values = self.template.values.iter().map(|arg| arg.map(&mut fill)).collect();
        Args { signature: self.template.signature, values }
    }

    /// The graph for operands of these types, of which some are known, and the structure of what comes out.
    fn written(&self, types: &[TensorType], values: &[Option<Tensor>]) -> Result<(Graph, Out)> {
        let out = Mutex::new(Err(OpError::waits()));
        let graph = Staged::record(self.row.name(), types, |parameters| {
            let given = |(parameter, value): (&Value, &Option<Tensor>)| match value {
                Some(tensor) => Staged::known(tensor.clone()),
                None => parameter.clone(),
            };
            let operands: Vec<Value> = parameters.iter().zip(values).map(given).collect();
            let made = attempt(self.row, &self.args(&operands));
            let results = made.as_ref().map(Out::values).unwrap_or_default();
            *out.lock().unwrap_or_else(PoisonError::into_inner) = made;
            results
        });
        let out = out.into_inner().unwrap_or_else(PoisonError::into_inner)?;
        let graph = graph.map_err(|error| invalid(error.to_string()))?.graph;
        Ok((graph, out))
    }
}

/// A value that passes a test of its data, or the test's error: now where it is known, else when it is run in the
/// interpreter. Native code does not test, as XLA does not. `name` tells tests apart.
pub fn guarded(
    value: &Value,
    name: impl Into<Box<str>>,
    test: impl Fn(&Tensor) -> std::result::Result<(), DeferredError> + Send + Sync + 'static,
) -> Result<Value> {
    if let Some(tensor) = known(value) {
        return match test(tensor) {
            Ok(()) => Ok(value.clone()),
            Err(error) => Err(error.0.downcast_ref::<OpError>().cloned().unwrap_or_else(|| invalid(error.to_string()))),
        };
    }
    put(value, brolga::graph::deferred::guard(name, test))
}

/// As [`guarded`], of a test that whole numbers in a range pass, and no others: then loops with such tests can be native.
pub fn guarded_range(
    value: &Value,
    name: impl Into<Box<str>>,
    range: std::ops::Range<i64>,
    test: impl Fn(&Tensor) -> std::result::Result<(), DeferredError> + Send + Sync + 'static,
) -> Result<Value> {
    if known(value).is_some() {
        return guarded(value, name, test);
    }
    put(value, brolga::graph::deferred::guard_range(name, range, test))
}

/// The value behind a guard.
fn put(value: &Value, guard: Op) -> Result<Value> {
    let ids: Vec<_> = value.id().into_iter().collect();
    let types = [value.ty().clone()];
    let made = Staged.push(guard, &ids, &types, &Site::here());
    let mut made = made.map_err(|fault| invalid(fault.to_string()))?;
    let (id, ty) = made.pop().expect("law: a guard has a result");
    Ok(brolga::graph::build::Handle::new(&Staged, id, ty))
}

/// An error of an op as one of a node that waited.
pub fn raised(error: OpError) -> DeferredError {
    DeferredError(Arc::new(error))
}

impl Definition for Waiting {
    fn name(&self) -> &str {
        self.row.name()
    }

    fn attributes(&self) -> String {
        let parameters = self.template.signature.parameters.iter().zip(&self.template.values);
        let texts = parameters.map(|(parameter, arg)| format!("{} = {arg:?}", parameter.name));
        texts.collect::<Vec<_>>().join(", ")
    }

    fn place(&self) -> Place {
        if self.row.host { Place::Host(Reason::DataDependentShape) } else { Place::Anywhere }
    }

    fn expand(&self, operands: &[Given]) -> std::result::Result<Option<Graph>, DeferredError> {
        let types: Vec<TensorType> = operands.iter().map(|given| given.ty.clone()).collect();
        let values: Vec<Option<Tensor>> = operands.iter().map(|given| given.value.clone()).collect();
        match self.written(&types, &values) {
            Ok((graph, _)) => Ok(Some(graph)),
            Err(OpError { kind: Kind::Waits, .. }) => Ok(None),
            Err(error) => Err(raised(error)),
        }
    }

    fn run(&self, operands: Vec<Tensor>) -> std::result::Result<Ran, DeferredError> {
        Staged::eagerly(|| {
            let operands: Vec<Value> = operands.into_iter().map(Staged::known).collect();
            let out = attempt(self.row, &self.args(&operands)).map_err(raised)?;
            let tensor = |value: &Value| known(value).cloned().expect("law: outside of recordings all is known");
            Ok(Ran::Results(out.values().iter().map(tensor).collect()))
        })
    }
}

/// Leaves the op in the graph, to be expanded once more is known.
fn defer(row: &'static Row, args: &Args) -> Result<Out> {
    let mut operands: Vec<Value> = vec![];
    let mut replace = |arg: &Arg| match arg {
        Arg::Tensor(value) if known(&Staged::watched(value)).is_none() => {
            operands.push(Staged::watched(value));
            Some(Arg::Operand(operands.len() - 1))
        }
        _ => None,
    };
    let values = args.values.iter().map(|arg| arg.map(&mut replace)).collect();
    let waiting = Waiting { row, template: Args { signature: args.signature, values } };
    let (out, types) = foreseen(&waiting, args, &operands)?;
    let ids: Vec<_> = operands.iter().filter_map(Value::id).collect();
    let made = Staged.push(Op::Deferred(Deferred(Arc::new(waiting))), &ids, &types, &Site::here());
    let made = made.map_err(|fault| invalid(fault.to_string()))?;
    let mut values = made.into_iter().map(|(id, ty)| brolga::graph::build::Handle::new(&Staged, id, ty));
    Ok(out.with(&mut values))
}

/// Structure and types of what a waiting op will give: from trials on guessed shapes, else from its row.
fn foreseen(waiting: &Waiting, args: &Args, operands: &[Value]) -> Result<(Out, Vec<TensorType>)> {
    let trials = if waiting.row.host { vec![] } else { trials(waiting, operands) };
    if let Some((last, before)) = trials.split_last() {
        if trials.iter().any(|trial| trial.types.len() != last.types.len()) {
            let name = waiting.row.name();
            return Err(value_error(format!(
                "{name}: how many tensors come out depends on extents that are not known\n  help: give the shape, or `num` where the op takes it"
            )));
        }
        // What one rank gives says nothing of the others, nor do several unknown ranks that are guessed alike; and of one
        // trial any extent may be the guess.
        let open = operands.iter().filter(|value| value.ty().rank().is_none()).count();
        let sure = open < 2 && before.iter().any(|trial| open == 0 || trial.rank != last.rank);
        let together = |types: Vec<TensorType>, trial: &Trial| {
            types.iter().zip(&trial.types).map(|(a, b)| if sure { agreed(a, b) } else { vague(a) }).collect()
        };
        return Ok((last.out.clone(), trials.iter().fold(last.types.clone(), together)));
    }
    // What the values decide are extents and axes, not what comes out.
    if let Some(found) = guessed_values(waiting, operands).or_else(|| rehearsed(waiting, operands)) {
        return Ok(found);
    }
    let like_first = || args.values.iter().find_map(first_dtype).unwrap_or(DType::F32);
    let dtypes = match waiting.row.gives {
        Some(gives) => gives(args)?,
        None => vec![like_first()],
    };
    let nothing = brolga::graph::build::Handle::poisoned(&Staged);
    let mut outs: Vec<Out> = dtypes.iter().map(|_| Out::Value(nothing.clone())).collect();
    let out = if outs.len() == 1 { outs.remove(0) } else { Out::Tuple(outs) };
    Ok((out, dtypes.into_iter().map(TensorType::unranked).collect()))
}

/// The element type of the first tensor or array in an argument.
fn first_dtype(arg: &Arg) -> Option<DType> {
    match arg {
        Arg::Tensor(value) => Some(value.dtype()),
        Arg::Array(array) => Some(array.dtype()),
        Arg::List(args) => args.iter().find_map(first_dtype),
        _ => None,
    }
}

/// Structure and types from trials in which small whole numbers have guessed values.
fn guessed_values(waiting: &Waiting, operands: &[Value]) -> Option<(Out, Vec<TensorType>)> {
    if waiting.row.host {
        return None;
    }
    let whole = |ty: &TensorType| ty.dtype.is_integer() && ty.count().is_some_and(|count| count <= MOST_GUESSED);
    let types = guesses(operands).into_iter().map(|(_, types)| types).take(3);
    let trials = types.flat_map(|types| FILLS.map(|fill| (types.clone(), fill)));
    let made = trials.filter_map(|(types, fill)| {
        let value = |ty: &TensorType| whole(ty).then(|| counted(ty, fill)).flatten();
        let values: Vec<Option<Tensor>> = types.iter().map(value).collect();
        let (graph, out) = waiting.written(&types, &values).ok()?;
        Some((out, graph.result_types().cloned().collect()))
    });
    blind(made.collect(), operands)
}

/// Structure and types from carrying the op out on small numbers, for ops that look at all of their data.
fn rehearsed(waiting: &Waiting, operands: &[Value]) -> Option<(Out, Vec<TensorType>)> {
    let few = |ty: &TensorType| ty.count().is_some_and(|count| count <= MOST_REHEARSED);
    let types = guesses(operands).into_iter().map(|(_, types)| types).filter(|types| types.iter().all(few)).take(10);
    let trials = types.flat_map(|types| [FILLS[0], FILLS[3]].map(|fill| (types.clone(), fill)));
    let made = trials.filter_map(|(types, fill)| {
        let known = |ty: &TensorType| counted(ty, fill).map(Staged::known);
        let operands = types.iter().map(known).collect::<Option<Vec<Value>>>()?;
        let out = Staged::eagerly(|| attempt(waiting.row, &waiting.args(&operands))).ok()?;
        let types = out.values().iter().map(|value| value.ty().clone()).collect();
        Some((out, types))
    });
    blind(made.collect(), operands)
}

/// What trials on guessed values tell: structure, element types, and a rank that all of them have; no extents.
fn blind(trials: Vec<(Out, Vec<TensorType>)>, operands: &[Value]) -> Option<(Out, Vec<TensorType>)> {
    let (out, first) = trials.first()?;
    if trials.iter().any(|(_, types)| types.len() != first.len()) {
        return None;
    }
    let sure = trials.len() > 1 && operands.iter().all(|value| value.ty().rank().is_some());
    let of = |k: usize| match first[k].rank() {
        Some(rank) if sure && trials.iter().all(|(_, types)| types[k].rank() == Some(rank)) => {
            TensorType { dtype: first[k].dtype, shape: Shape::Ranked((0..rank).map(|_| None).collect()) }
        }
        _ => TensorType::unranked(first[k].dtype),
    };
    Some((out.clone(), (0..first.len()).map(of).collect()))
}

/// Numbers by their place and how many there are: axes and counts of one kind or the other, and shapes one of whose
/// extents is whatever is left.
const FILLS: [fn(usize, usize) -> i64; 7] = [
    |_, _| 0,
    |_, _| 1,
    |_, _| -1,
    |k, _| k as i64,
    |_, _| 2,
    |k, _| if k == 0 { -1 } else { 1 },
    |k, n| if k + 1 == n { -1 } else { 1 },
];

/// A rehearsal is small.
const MOST_REHEARSED: usize = 1 << 16;

/// Shapes and axes have few elements.
const MOST_GUESSED: usize = 32;

/// A tensor of whole numbers, by their place.
fn counted(ty: &TensorType, fill: fn(usize, usize) -> i64) -> Option<Tensor> {
    let (shape, count) = (ty.extents()?, ty.count()?);
    if ty.dtype == DType::String {
        return Tensor::zeros(ty.dtype, &shape).ok();
    }
    let numbers: Vec<i64> = (0..count).map(|k| fill(k, count)).collect();
    let numbers = Tensor::from_slice(&shape, &numbers).ok()?;
    Staged::eagerly(|| known(&Staged::known(numbers).convert(ty.dtype)).cloned())
}

/// What an op gave on guessed shapes.
struct Trial {
    /// The rank that operands of unknown rank were guessed to have.
    rank: usize,
    out: Out,
    types: Vec<TensorType>,
}

/// The guesses that an op can be carried out on. Beside guesses of unknown extents all alike stand some where one of
/// them differs: an extent that follows from two of them is not taken for one that always holds.
fn trials(waiting: &Waiting, operands: &[Value]) -> Vec<Trial> {
    let mut found = vec![];
    let mut attempt = |rank: usize, types: &[TensorType]| {
        let made = waiting.written(types, &vec![None; types.len()]);
        let trial = made.map(|(graph, out)| Trial { rank, out, types: graph.result_types().cloned().collect() });
        let done = trial.is_ok();
        found.extend(trial);
        done
    };
    // Of several unknown ranks nothing is foreseen but element types.
    let told = operands.iter().filter(|value| value.ty().rank().is_none()).count() < 2;
    // The second guess that holds for a rank is varied: extents of the first may all be 1, which hides much.
    let (mut held, mut varied) = (None, None);
    for (rank, types) in guesses(operands) {
        if !attempt(rank, &types) {
            continue;
        }
        if told && held == Some(rank) && varied != Some(rank) {
            variations(operands, &types).iter().for_each(|types| _ = attempt(rank, types));
            varied = Some(rank);
        }
        held = Some(rank);
    }
    found
}

fn vague(ty: &TensorType) -> TensorType {
    TensorType::unranked(ty.dtype)
}

/// What two trials agree on.
fn agreed(a: &TensorType, b: &TensorType) -> TensorType {
    match (a.shape.dims(), b.shape.dims()) {
        (Some(x), Some(y)) if x.len() == y.len() => {
            let dims = x.iter().zip(y).map(|(x, y)| if x == y { *x } else { None });
            TensorType { dtype: a.dtype, shape: Shape::Ranked(dims.collect()) }
        }
        _ => TensorType::unranked(a.dtype),
    }
}

/// Types that the operands might have: unknown extents all alike, unknown ranks too; with that rank.
fn guesses(operands: &[Value]) -> Vec<(usize, Vec<TensorType>)> {
    let mut extents = vec![2, 1, 3, 5];
    for dims in operands.iter().filter_map(|value| value.ty().shape.dims()) {
        extents.extend(dims.iter().flatten().copied().filter(|extent| *extent > 0));
    }
    extents.sort_unstable();
    extents.dedup();
    let open = operands.iter().any(|value| value.ty().rank().is_none());
    let ranks = if open { 0..5 } else { 0..1 };
    let guess = |rank: usize, extent: usize| {
        let of = |value: &Value| match value.ty().shape.dims() {
            Some(dims) => {
                TensorType::of(value.dtype(), &dims.iter().map(|dim| dim.unwrap_or(extent)).collect::<Vec<_>>())
            }
            None => TensorType::of(value.dtype(), &vec![extent; rank]),
        };
        (rank, operands.iter().map(of).collect())
    };
    let extents: Vec<usize> = extents.into_iter().take(6).collect();
    ranks.flat_map(|rank| extents.iter().map(move |extent| (rank, *extent))).map(|(r, e)| guess(r, e)).collect()
}

/// A guess with one of the unknown extents changed, for each of them.
fn variations(operands: &[Value], types: &[TensorType]) -> Vec<Vec<TensorType>> {
    let mut all = vec![];
    for (k, value) in operands.iter().enumerate() {
        let mut extents = types[k].extents().map_or_else(Vec::new, |extents| extents.to_vec());
        for axis in 0..extents.len() {
            if value.ty().shape.dims().is_some_and(|dims| dims[axis].is_some()) {
                continue;
            }
            let before = extents[axis];
            extents[axis] = if before == 2 { 3 } else { 2 };
            let mut changed = types.to_vec();
            changed[k] = TensorType::of(value.dtype(), &extents);
            all.push(changed);
            extents[axis] = before;
        }
    }
    all
}
