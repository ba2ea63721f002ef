//! Checks a kernel, a scalar function and a plan before they are run or emitted.
//!
//! A scalar function:
//! (S1) has as many types as parameters and lets together, all dense;
//! (S2) uses only values defined before, and names results that exist;
//! (S3) computes each scalar from operands of the types the word allows, into the type of its value.
//!
//! A kernel:
//! (K1) names only values, axes and buffers that exist, of dense types;
//! (K2) defines each value once, before its uses, in the block that uses it or one around it;
//! (K3) computes each scalar as (S3);
//! (K4) loads a value of the buffer's type and stores one into a buffer that is written;
//! (K5) uses a loop's counter only in its body, opens no axis twice in a nest, and no term twice or with stride 0;
//! (K6) has only `I64` values as computed indices and for [`Expr::Index`];
//! (K7) reaches only elements that exist, by every address without a computed index;
//! (K8) carries values of one type through serial loops only; lanes loops hold no loops but folds, parallel ones stand
//! outermost;
//! (K9) folds by words with an identity on their values' types, over a body of lets and stores only;
//! (K10) nests at most [`DEEPEST`] loops.
//!
//! A plan:
//! (P1) names only buffers and kernels that exist, and passes a kernel as many buffers as it lists, of its sizes;
//! (P2) writes neither inputs nor constants, and nothing that overlaps another buffer of the same step;
//! (P3) keeps scratch buffers inside the scratch arena, aligned to 16 bytes, and constants as long as their buffers;
//! (P4) gives a library step buffers as large as their arrays;
//! (P5) copies between buffers of one size, branches on an `I32` or bool scalar over at least one branch (two, on a
//! bool), loops on a bool scalar;
//! (P6) nests at most [`DEEPEST`] steps.

use crate::kernel::{Access, Address, Axis, Buf, Carried, Expr, Kernel, Mode, Scalar, ScalarFn, Stmt, Val};
use crate::plan::{ArrayOf, BufferId, Home, Plan, Step};
use crate::scalar::{Binary, Comparison, DType, Kind};

/// How deep loops and steps may nest.
pub const DEEPEST: usize = 64;

/// What is wrong, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Fault {
    /// The kernel or step.
    pub place: String,
    /// What is wrong there.
    pub what: Wrong,
}

/// A broken rule of the kernel language or of plans.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Wrong {
    /// (S1) The type list does not match the definitions.
    #[error("{types} types for {definitions} definitions")]
    Count {
        /// Types listed.
        types: usize,
        /// Parameters and lets.
        definitions: usize,
    },
    /// (K1) A value that does not exist.
    #[error("no value {0}")]
    NoValue(u32),
    /// (K1) An axis that does not exist.
    #[error("no axis {0}")]
    NoAxis(u32),
    /// (K1) A buffer that does not exist.
    #[error("no buffer {0}")]
    NoBuffer(u32),
    /// (K1) Strings have no dense form.
    #[error("strings are not dense")]
    Strings,
    /// (K2) A value used where it is not defined.
    #[error("value {0} is used where it is not defined")]
    Undefined(u32),
    /// (K2) A value defined twice.
    #[error("value {0} is defined twice")]
    Twice(u32),
    /// (S3) A scalar that is not allowed on these types.
    #[error("value {value}: `{scalar:?}` does not give `{result}`")]
    Typed {
        /// The value.
        value: u32,
        /// What defines it.
        scalar: Scalar,
        /// Its type.
        result: DType,
    },
    /// (K4) A load or store whose value has another type than the buffer.
    #[error("value {value} has another type than buffer {buffer}")]
    Element {
        /// The value.
        value: u32,
        /// The buffer.
        buffer: u32,
    },
    /// (K4) A store into a buffer that is read only.
    #[error("buffer {0} is written but not meant to be")]
    ReadOnly(u32),
    /// (K5) A counter used outside its loop, opened twice, or with a term twice or of stride 0.
    #[error("axis {0} is misused")]
    Axis(u32),
    /// (K6) A computed index of another type than `I64`.
    #[error("index {0} is not `i64`")]
    Index(u32),
    /// (K7) An address that leaves its buffer.
    #[error("buffer {buffer} has {len} elements, an address reaches {least}..={most}")]
    Range {
        /// The buffer.
        buffer: u32,
        /// Its elements.
        len: u64,
        /// The least address.
        least: i128,
        /// The greatest.
        most: i128,
    },
    /// (K8) A loop whose mode does not allow what it holds or where it stands.
    #[error("a {0:?} loop holds what its mode forbids, or stands where it must not")]
    Mode(Mode),
    /// (K8) Carried values of different types.
    #[error("value {0} is carried with another type")]
    Carried(u32),
    /// (K9) A fold by a word without an identity, or with loops in its body.
    #[error("`{0:?}` does not fold this value")]
    Fold(Binary),
    /// (K9) A fold that combines nothing.
    #[error("a fold combines nothing")]
    Nothing,
    /// (K10, P6) Nested too deep.
    #[error("nested deeper than {DEEPEST}")]
    Deep,
    /// An extent that does not fit `i64`.
    #[error("extent {0} is too large")]
    Extent(u64),
    /// (P1) A kernel that does not exist.
    #[error("no kernel {0}")]
    NoKernel(usize),
    /// (P1) A kernel given another number of buffers than it lists.
    #[error("{given} buffers for a kernel of {listed}")]
    Buffers {
        /// How many the step gives.
        given: usize,
        /// How many the kernel lists.
        listed: usize,
    },
    /// (P1, P3, P4, P5) A buffer whose size does not fit its use.
    #[error("buffer {buffer} has {bytes} bytes where {needed} are needed")]
    Size {
        /// The buffer.
        buffer: u32,
        /// Its size.
        bytes: usize,
        /// What the use needs.
        needed: u128,
    },
    /// (P2) An input or constant written.
    #[error("buffer {0} is read only and written")]
    Written(u32),
    /// (P2) Buffers of one step that overlap though one is written.
    #[error("buffers {0} and {1} overlap, and one is written")]
    Overlap(u32, u32),
    /// (P3) A scratch buffer outside the arena or not aligned.
    #[error("buffer {0} does not lie well in the scratch arena")]
    Scratch(u32),
    /// (P5) A case without branches, or a bool one without two.
    #[error("a case with {0} branches")]
    Branches(usize),
}

/// All faults of a scalar function.
pub fn scalar_fn(function: &ScalarFn) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let definitions = function.params + function.lets.len();
    if function.values.len() != definitions {
        return vec![Wrong::Count { types: function.values.len(), definitions }];
    }
    if function.values.contains(&DType::String) {
        wrong.push(Wrong::Strings);
    }
    for (k, scalar) in function.lets.iter().enumerate() {
        let value = function.params + k;
        let late = operands(scalar).into_iter().flatten().find(|v| v.0 as usize >= value);
        match late {
            Some(v) => wrong.push(Wrong::Undefined(v.0)),
            None if !typed(scalar, function.values[value], &function.values) => {
                wrong.push(Wrong::Typed { value: value as u32, scalar: *scalar, result: function.values[value] })
            }
            None => (),
        }
    }
    wrong.extend(function.results.iter().filter(|v| v.0 as usize >= definitions).map(|v| Wrong::NoValue(v.0)));
    wrong
}

/// The values a scalar is computed from.
pub fn operands(scalar: &Scalar) -> [Option<Val>; 3] {
    match *scalar {
        Scalar::Constant(_) => [None; 3],
        Scalar::Unary(_, a) | Scalar::Convert(a) | Scalar::Bitcast(a) | Scalar::ReducePrecision(a, ..) => {
            [Some(a), None, None]
        }
        Scalar::Binary(_, a, b) | Scalar::Compare(_, _, a, b) => [Some(a), Some(b), None],
        Scalar::Select(a, b, c) | Scalar::Fma(a, b, c) => [Some(a), Some(b), Some(c)],
    }
}

/// Whether a scalar gives `result`. Law: its operands exist.
fn typed(scalar: &Scalar, result: DType, types: &[DType]) -> bool {
    let of = |v: Val| types[v.0 as usize];
    match *scalar {
        Scalar::Constant(_) => true,
        Scalar::Unary(word, a) => word.result(of(a)) == Some(result),
        Scalar::Binary(word, a, b) => of(a) == of(b) && word.result(of(a)) == Some(result),
        Scalar::Compare(direction, comparison, a, b) => {
            let (kind, ordered) = (of(a).kind(), !matches!(direction.name(), "EQ" | "NE"));
            of(a) == of(b)
                && result == DType::Bool
                && match comparison {
                    Comparison::Float => kind == Kind::Float || (kind == Kind::Complex && !ordered),
                    Comparison::TotalOrder => kind == Kind::Float,
                    Comparison::Signed => kind == Kind::Signed,
                    Comparison::Unsigned => matches!(kind, Kind::Unsigned | Kind::Bool),
                }
        }
        Scalar::Select(c, a, b) => of(c) == DType::Bool && of(a) == result && of(b) == result,
        Scalar::Fma(a, b, c) => [a, b, c].into_iter().all(|v| of(v) == result),
        Scalar::Convert(a) => of(a) != DType::String && result != DType::String,
        Scalar::Bitcast(a) => of(a).size() == result.size(),
        Scalar::ReducePrecision(a, ..) => of(a) == result && result.is_float(),
    }
}

/// All faults of a kernel.
pub fn kernel(kernel: &Kernel) -> Vec<Wrong> {
    let mut checker = Checker {
        kernel,
        state: vec![State::Fresh; kernel.values.len()],
        scope: Vec::new(),
        open: vec![None; kernel.axes as usize],
        wrong: Vec::new(),
    };
    if kernel.values.contains(&DType::String) || kernel.buffers.iter().any(|b| b.dtype == DType::String) {
        checker.wrong.push(Wrong::Strings);
    }
    checker.block(&kernel.body, 0);
    checker.wrong
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Fresh,
    Live,
    Gone,
}

struct Checker<'a> {
    kernel: &'a Kernel,
    state: Vec<State>,
    /// Values defined in the blocks that are open, in order.
    scope: Vec<Val>,
    /// Extents of the open axes.
    open: Vec<Option<u64>>,
    wrong: Vec<Wrong>,
}

impl Checker<'_> {
    fn block(&mut self, body: &[Stmt], depth: usize) {
        if depth > DEEPEST {
            self.wrong.push(Wrong::Deep);
            return;
        }
        for stmt in body {
            self.stmt(stmt, depth);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, depth: usize) {
        match stmt {
            Stmt::Let(v, expr) => {
                self.expr(*v, expr);
                self.define(*v);
            }
            Stmt::Store(buffer, address, v) => {
                self.used(*v);
                self.element(*buffer, *v, address);
                if self.kernel.buffers.get(buffer.0 as usize).is_some_and(|b| b.access == Access::Read) {
                    self.wrong.push(Wrong::ReadOnly(buffer.0));
                }
            }
            Stmt::For { axis, extent, mode, carried, body } => self.turns(*axis, *extent, *mode, carried, body, depth),
            Stmt::Fold { axis, extent, folds, body, .. } => {
                self.inside(*axis, *extent, |checker| {
                    checker.block(body, depth + 1);
                    folds.iter().for_each(|fold| checker.used(fold.value));
                });
                let lets = body.iter().all(|stmt| matches!(stmt, Stmt::Let(..) | Stmt::Store(..)));
                if folds.is_empty() {
                    self.wrong.push(Wrong::Nothing);
                }
                for fold in folds {
                    match (self.dtype(fold.value), self.dtype(fold.result)) {
                        (Some(a), Some(b)) if a == b && lets && fold.word.identity(a).is_some() => (),
                        _ => self.wrong.push(Wrong::Fold(fold.word)),
                    }
                    self.define(fold.result);
                }
            }
        }
    }

    fn turns(&mut self, axis: Axis, extent: u64, mode: Mode, carried: &[Carried], body: &[Stmt], depth: usize) {
        let loops = body.iter().any(|stmt| matches!(stmt, Stmt::For { .. }));
        let allowed = match mode {
            Mode::Serial => true,
            Mode::While(more) => self.dtype(more) == Some(DType::Bool) && depth == 0 && !carried.is_empty(),
            Mode::Lanes => carried.is_empty() && !loops,
            Mode::Parallel => carried.is_empty() && depth == 0,
        };
        if !allowed {
            self.wrong.push(Wrong::Mode(mode));
        }
        for c in carried {
            self.used(c.initial);
            let types = [c.inside, c.initial, c.next, c.result].map(|v| self.dtype(v));
            if types.iter().any(|&t| t != types[0]) {
                self.wrong.push(Wrong::Carried(c.inside.0));
            }
        }
        self.inside(axis, extent, |checker| {
            for c in carried {
                checker.define(c.inside);
            }
            checker.block(body, depth + 1);
            for c in carried {
                checker.used(c.next);
            }
            if let Mode::While(more) = mode {
                checker.used(more);
            }
        });
        for c in carried {
            self.define(c.result);
        }
    }

    /// Runs `body` with an axis open; what it defines is gone afterwards.
    fn inside(&mut self, axis: Axis, extent: u64, body: impl FnOnce(&mut Self)) {
        if i64::try_from(extent).is_err() {
            self.wrong.push(Wrong::Extent(extent));
        }
        let before = self.scope.len();
        match self.open.get(axis.0 as usize) {
            None => self.wrong.push(Wrong::NoAxis(axis.0)),
            Some(Some(_)) => self.wrong.push(Wrong::Axis(axis.0)),
            Some(None) => {
                self.open[axis.0 as usize] = Some(extent);
                body(self);
                self.open[axis.0 as usize] = None;
            }
        }
        for v in self.scope.drain(before..) {
            self.state[v.0 as usize] = State::Gone;
        }
    }

    fn dtype(&self, v: Val) -> Option<DType> {
        self.kernel.values.get(v.0 as usize).copied()
    }

    fn used(&mut self, v: Val) {
        let fault = match self.state.get(v.0 as usize) {
            Some(State::Live) => return,
            Some(State::Fresh | State::Gone) => Wrong::Undefined(v.0),
            None => Wrong::NoValue(v.0),
        };
        self.wrong.push(fault);
    }

    fn define(&mut self, v: Val) {
        match self.state.get_mut(v.0 as usize) {
            Some(state @ State::Fresh) => {
                *state = State::Live;
                self.scope.push(v);
            }
            Some(State::Live | State::Gone) => self.wrong.push(Wrong::Twice(v.0)),
            None => self.wrong.push(Wrong::NoValue(v.0)),
        }
    }

    fn expr(&mut self, v: Val, expr: &Expr) {
        match expr {
            Expr::Scalar(scalar) => {
                let faults = self.wrong.len();
                operands(scalar).into_iter().flatten().for_each(|v| self.used(v));
                let defined = self.wrong.len() == faults;
                let Some(result) = self.dtype(v) else { return };
                if defined && !typed(scalar, result, &self.kernel.values) {
                    self.wrong.push(Wrong::Typed { value: v.0, scalar: *scalar, result });
                }
            }
            Expr::Load(buffer, address) => self.element(*buffer, v, address),
            Expr::Index(address) => {
                self.reach(address);
                if self.dtype(v).is_some_and(|dtype| dtype != DType::I64) {
                    self.wrong.push(Wrong::Index(v.0));
                }
            }
        }
    }

    fn element(&mut self, buffer: Buf, v: Val, address: &Address) {
        let reach = self.reach(address);
        let Some(place) = self.kernel.buffers.get(buffer.0 as usize) else {
            self.wrong.push(Wrong::NoBuffer(buffer.0));
            return;
        };
        if self.dtype(v).is_some_and(|dtype| dtype != place.dtype) {
            self.wrong.push(Wrong::Element { value: v.0, buffer: buffer.0 });
        }
        if let Some((least, most)) = reach.filter(|_| address.index.is_none())
            && (least < 0 || most >= i128::from(place.len))
        {
            self.wrong.push(Wrong::Range { buffer: buffer.0, len: place.len, least, most });
        }
    }

    /// The least and greatest value of an address without its computed part; `None` where it is never computed.
    fn reach(&mut self, address: &Address) -> Option<(i128, i128)> {
        if let Some(index) = address.index {
            self.used(index);
            if self.dtype(index).is_some_and(|dtype| dtype != DType::I64) {
                self.wrong.push(Wrong::Index(index.0));
            }
        }
        let (mut least, mut most) = (i128::from(address.base), i128::from(address.base));
        for (k, &(axis, stride)) in address.terms.iter().enumerate() {
            let twice = address.terms[..k].iter().any(|(other, _)| *other == axis);
            let Some(Some(extent)) = self.open.get(axis.0 as usize).copied() else {
                self.wrong.push(Wrong::Axis(axis.0));
                return None;
            };
            if twice || stride == 0 {
                self.wrong.push(Wrong::Axis(axis.0));
            }
            let far = i128::from(extent.saturating_sub(1)) * i128::from(stride);
            (least, most) = (least + far.min(0), most + far.max(0));
        }
        let empty = self.open.contains(&Some(0));
        (!empty).then_some((least, most))
    }
}

/// All faults of a plan, its kernels among them.
pub fn plan(plan: &Plan) -> Vec<Fault> {
    let mut faults = Vec::new();
    for item in &plan.kernels {
        let place = || format!("kernel `{}`", item.name);
        faults.extend(kernel(item).into_iter().map(|what| Fault { place: place(), what }));
    }
    let mut checker = PlanChecker { plan, faults, place: String::from("buffers") };
    checker.buffers();
    checker.steps(&plan.steps, 0);
    checker.faults
}

struct PlanChecker<'a> {
    plan: &'a Plan,
    faults: Vec<Fault>,
    place: String,
}

impl PlanChecker<'_> {
    fn fault(&mut self, what: Wrong) {
        self.faults.push(Fault { place: self.place.clone(), what });
    }

    fn buffers(&mut self) {
        for (k, buffer) in self.plan.buffers.iter().enumerate() {
            let number = k as u32;
            match &buffer.home {
                Home::Input(_) | Home::Output(_) => (),
                Home::Constant(bytes) if bytes.len() != buffer.bytes => {
                    let needed = buffer.bytes as u128;
                    self.fault(Wrong::Size { buffer: number, bytes: bytes.len(), needed });
                }
                Home::Constant(_) => (),
                Home::Scratch(at) => {
                    let inside = at.checked_add(buffer.bytes).is_some_and(|end| end <= self.plan.scratch);
                    if !inside || at % 16 != 0 {
                        self.fault(Wrong::Scratch(number));
                    }
                }
            }
        }
    }

    fn steps(&mut self, steps: &[Step], depth: usize) {
        if depth > DEEPEST {
            self.fault(Wrong::Deep);
            return;
        }
        for (k, step) in steps.iter().enumerate() {
            let outer = std::mem::take(&mut self.place);
            self.place = if depth == 0 { format!("step {k}") } else { format!("{outer}.{k}") };
            self.step(step, depth);
            self.place = outer;
        }
    }

    fn step(&mut self, step: &Step, depth: usize) {
        match step {
            Step::Kernel { kernel, buffers } => self.kernel(*kernel, buffers),
            Step::Library { routine: _, inputs, outputs, label: _ } => {
                self.arrays(inputs);
                self.arrays(outputs);
                let reads: Vec<BufferId> = inputs.iter().map(|array| array.buffer).collect();
                let writes: Vec<BufferId> = outputs.iter().map(|array| array.buffer).collect();
                self.apart(&reads, &writes);
            }
            Step::Copy { from, to } => {
                if let (Some(source), Some(target)) = (self.bytes(*from), self.bytes(*to))
                    && source != target
                {
                    self.fault(Wrong::Size { buffer: to.0, bytes: target, needed: source as u128 });
                }
                self.written(*to);
            }
            Step::Case { index, boolean, branches } => {
                self.sized(*index, if *boolean { 1 } else { 4 });
                if branches.is_empty() || (*boolean && branches.len() != 2) {
                    self.fault(Wrong::Branches(branches.len()));
                }
                for branch in branches {
                    self.steps(branch, depth + 1);
                }
            }
            Step::While { cond, go_on, body } => {
                self.sized(*go_on, 1);
                self.steps(cond, depth + 1);
                self.steps(body, depth + 1);
            }
        }
    }

    fn kernel(&mut self, number: usize, buffers: &[BufferId]) {
        let plan = self.plan;
        let Some(kernel) = plan.kernels.get(number) else {
            self.fault(Wrong::NoKernel(number));
            return;
        };
        if kernel.buffers.len() != buffers.len() {
            self.fault(Wrong::Buffers { given: buffers.len(), listed: kernel.buffers.len() });
            return;
        }
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        for (item, &buffer) in kernel.buffers.iter().zip(buffers) {
            self.sized(buffer, u128::from(item.len) * item.dtype.size() as u128);
            if item.access == Access::Write { writes.push(buffer) } else { reads.push(buffer) }
        }
        self.apart(&reads, &writes);
    }

    fn bytes(&mut self, buffer: BufferId) -> Option<usize> {
        let found = self.plan.buffers.get(buffer.0 as usize).map(|b| b.bytes);
        if found.is_none() {
            self.fault(Wrong::NoBuffer(buffer.0));
        }
        found
    }

    fn sized(&mut self, buffer: BufferId, needed: u128) {
        if let Some(bytes) = self.bytes(buffer).filter(|&bytes| (bytes as u128) < needed) {
            self.fault(Wrong::Size { buffer: buffer.0, bytes, needed });
        }
    }

    fn arrays(&mut self, arrays: &[ArrayOf]) {
        for array in arrays {
            let elements = array.shape.iter().try_fold(1u128, |n, &extent| n.checked_mul(extent as u128));
            let needed = elements.and_then(|n| n.checked_mul(array.dtype.size() as u128)).unwrap_or(u128::MAX);
            if array.dtype == DType::String {
                self.fault(Wrong::Strings);
            }
            self.sized(array.buffer, needed);
        }
    }

    fn written(&mut self, buffer: BufferId) {
        let home = self.plan.buffers.get(buffer.0 as usize).map(|b| &b.home);
        if matches!(home, Some(Home::Input(_) | Home::Constant(_))) {
            self.fault(Wrong::Written(buffer.0));
        }
    }

    /// Whether written buffers are writable and overlap no other.
    fn apart(&mut self, reads: &[BufferId], writes: &[BufferId]) {
        for (k, &write) in writes.iter().enumerate() {
            self.written(write);
            for &other in reads.iter().chain(&writes[k + 1..]) {
                if self.overlap(write, other) {
                    self.fault(Wrong::Overlap(write.0, other.0));
                }
            }
        }
    }

    fn overlap(&self, a: BufferId, b: BufferId) -> bool {
        let (Some(x), Some(y)) = (self.plan.buffers.get(a.0 as usize), self.plan.buffers.get(b.0 as usize)) else {
            return false;
        };
        let filled = x.bytes > 0 && y.bytes > 0;
        match (&x.home, &y.home) {
            (Home::Scratch(p), Home::Scratch(q)) => filled && *p < q + y.bytes && *q < p + x.bytes,
            (Home::Output(p), Home::Output(q)) => filled && p == q,
            (Home::Input(_) | Home::Output(_) | Home::Constant(_) | Home::Scratch(_), _) => filled && a == b,
        }
    }
}
