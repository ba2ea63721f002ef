//! Functions: a graph with a choice of runner, specialised to the types of its arguments and kept.

mod cache;
pub mod eager;
mod runner;
pub mod staged;
pub mod tape;
mod values;

use crate::cancel::CancelToken;
use crate::graph::Graph;
use crate::graph::build::{Bundle, TraceError, Traced, Tracer};
use crate::host::{Bindings, HostCallback};
use crate::interpret::{Context, RunError};
use crate::islands::{Explanation, Islands};
use crate::lower::admit::{self, CompileError};
use crate::lower::{LowerError, NativeError};
use crate::passes::{Options, PassError};
use crate::shape::TensorType;
use crate::site::Name;
use crate::tensor::Tensor;
use cache::Cache;
use runner::Runner;
pub use runner::settled;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Who carries a function out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Jit {
    /// The interpreter.
    Off,
    /// Native code between callbacks, which the interpreter calls: it carries out what only it can, and looks for errors in
    /// data as ever. Nothing is refused.
    Islands,
    /// Native code, for every node: a function that holds a node for the host is refused, and nothing of it runs.
    Required,
}

/// Why a function could not be made ready for its arguments. The same call gives the same error again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PrepareError {
    /// Its body, traced for these arguments, has faults.
    #[error(transparent)]
    Trace(TraceError),
    /// Native code is required and a node must run on the host.
    #[error(transparent)]
    Admission(Arc<CompileError>),
    /// The arguments do not fit it.
    #[error(transparent)]
    Arguments(Box<PassError>),
    /// Native code is required and could not be made.
    #[error(transparent)]
    Lower(Arc<LowerError>),
}

/// Why a call failed. The function stays usable.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nothing ran.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// Something failed while it ran in the interpreter.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Something failed while native code ran.
    #[error(transparent)]
    Native(#[from] NativeError),
}

/// A function of tensors. Clones share what was compiled. It may be called from many threads at once.
#[derive(Clone)]
pub struct Function {
    shared: Arc<Shared>,
    context: Context,
}

struct Shared {
    name: Name,
    source: Source,
    jit: Jit,
    options: Options,
    /// Of a graph; what is traced anew is judged anew.
    admission: OnceLock<Result<(), PrepareError>>,
    cache: Cache<Result<Runner, PrepareError>>,
    traces: AtomicUsize,
    compilations: AtomicUsize,
}

type Body = dyn Fn(&Tracer, &[Traced]) -> Vec<Traced> + Send + Sync;

/// Where the graph comes from.
#[derive(Clone)]
enum Source {
    /// It is there.
    Graph(Arc<Graph>),
    /// It is traced for each new combination of argument types.
    Body {
        /// How many it takes.
        parameters: usize,
        /// What is traced.
        body: Arc<Body>,
    },
}

impl Function {
    /// Traces `body` once, for arguments of these types; unknown extents take any argument that fits.
    #[track_caller]
    pub fn new<R: Bundle>(
        name: &str,
        signature: &[TensorType],
        body: impl FnOnce(&Tracer, &[Traced]) -> R,
    ) -> Result<Function, TraceError> {
        let graph = Tracer::trace(name, signature, body)?;
        Ok(Function::of(graph.name().clone(), Source::Graph(Arc::new(graph)), Jit::Off, Options::default(), 1))
    }

    /// Traces `body`, a function of so many parameters, at the first call with each new combination of argument types. It
    /// must depend on nothing but
    /// its parameters, and must not call the function itself.
    pub fn polymorphic<R: Bundle>(
        name: &str,
        parameters: usize,
        body: impl Fn(&Tracer, &[Traced]) -> R + Send + Sync + 'static,
    ) -> Function {
        let body = Arc::new(move |tracer: &Tracer, parameters: &[Traced]| body(tracer, parameters).flatten());
        Function::of(name.into(), Source::Body { parameters, body }, Jit::Off, Options::default(), 0)
    }

    /// A finished graph, such as one read from text, as a function.
    pub fn from_graph(graph: impl Into<Arc<Graph>>) -> Function {
        let graph = graph.into();
        Function::of(graph.name().clone(), Source::Graph(graph), Jit::Off, Options::default(), 0)
    }

    fn of(name: Name, source: Source, jit: Jit, options: Options, traces: usize) -> Function {
        let shared = Shared {
            name,
            source,
            jit,
            options,
            admission: OnceLock::new(),
            cache: Cache::new(),
            traces: AtomicUsize::new(traces),
            compilations: AtomicUsize::new(0),
        };
        Function { shared: Arc::new(shared), context: Context::default() }
    }

    /// The same function, which must run as native code (`true`) or runs in the interpreter (`false`). Arguments that decide
    /// shapes (axes, extents) are constants of native code, which is made anew for other values.
    pub fn jit_compile(self, required: bool) -> Function {
        self.with_jit(if required { Jit::Required } else { Jit::Off })
    }

    /// The same function, carried out by this runner.
    pub fn with_jit(self, jit: Jit) -> Function {
        let options = self.shared.options;
        self.again(jit, options)
    }

    /// The same function with other pass options.
    pub fn options(self, options: Options) -> Function {
        let jit = self.shared.jit;
        self.again(jit, options)
    }

    fn again(self, jit: Jit, options: Options) -> Function {
        if jit == self.shared.jit && options == self.shared.options {
            return self;
        }
        let Shared { name, source, .. } = &*self.shared;
        let function = Function::of(name.clone(), source.clone(), jit, options, self.traces());
        Function { context: self.context, ..function }
    }

    /// The same function, where callbacks that are only named `name` mean this one. What was compiled stays.
    pub fn bind(mut self, name: &str, callback: HostCallback) -> Function {
        self.context.bindings.bind(name, callback);
        self
    }

    /// The same function with other bindings.
    pub fn with_bindings(mut self, bindings: Bindings) -> Function {
        self.context.bindings = bindings;
        self
    }

    /// What it is called.
    pub fn name(&self) -> &Name {
        &self.shared.name
    }

    /// Its graph; `None` where it is traced anew for each combination of argument types.
    pub fn graph(&self) -> Option<&Arc<Graph>> {
        match &self.shared.source {
            Source::Graph(graph) => Some(graph),
            Source::Body { .. } => None,
        }
    }

    /// Who carries it out.
    pub fn jit(&self) -> Jit {
        self.shared.jit
    }

    /// How often its body was traced.
    pub fn traces(&self) -> usize {
        self.shared.traces.load(Ordering::Relaxed)
    }

    /// How often native code was made of it.
    pub fn compilations(&self) -> usize {
        self.shared.compilations.load(Ordering::Relaxed)
    }

    /// For how many combinations of argument types it is kept.
    pub fn specialisations(&self) -> usize {
        self.shared.cache.len()
    }

    /// Calls it.
    pub fn call(&self, arguments: &[Tensor]) -> Result<Vec<Tensor>, CallError> {
        self.run(arguments, &self.context)
    }

    /// Calls it; the token ends the run from outside.
    pub fn call_with(&self, arguments: &[Tensor], cancel: &CancelToken) -> Result<Vec<Tensor>, CallError> {
        let context = Context { cancel: cancel.clone(), bindings: self.context.bindings.clone() };
        self.run(arguments, &context)
    }

    /// Calls it where it is ready for these arguments as native code that takes a few microseconds at the most; else nothing
    /// runs, and there is no result.
    pub fn call_short(&self, arguments: &[Tensor]) -> Option<Result<Vec<Tensor>, CallError>> {
        self.shared.cache.find(arguments)?.made()?.as_ref().ok()?.run_short(arguments)
    }

    /// Makes it ready for arguments of these types, whose extents are all known, without running it.
    ///
    /// # Panics
    /// Where an extent is unknown.
    pub fn compile(&self, types: &[TensorType]) -> Result<(), PrepareError> {
        self.shared.admitted()?;
        let known = |ty: &TensorType| (ty.dtype, ty.extents().expect("law: functions are compiled for known extents"));
        let keys: Vec<_> = types.iter().map(known).collect();
        let entry = self.shared.cache.entry(&keys);
        entry.get(|types| self.shared.specialise(types)).as_ref().map(|_| ()).map_err(PrepareError::clone)
    }

    /// The graph that runs for arguments of these types, after all passes.
    pub fn prepared(&self, types: &[TensorType]) -> Result<Graph, PrepareError> {
        runner::prepared(&*self.shared.written(types)?, types, self.shared.options)
    }

    /// What would be native with [`Jit::Islands`] for arguments of these types, and what would not, in the order in which it
    /// runs.
    pub fn explain(&self, types: &[TensorType]) -> Result<Explanation, PrepareError> {
        Ok(Islands::new(&self.prepared(types)?).explanation().clone())
    }

    fn run(&self, arguments: &[Tensor], context: &Context) -> Result<Vec<Tensor>, CallError> {
        self.shared.admitted()?;
        let entry = self.shared.cache.entry(arguments);
        match entry.get(|types| self.shared.specialise(types)) {
            Ok(runner) => runner.run(arguments, context),
            Err(error) => Err(error.clone().into()),
        }
    }
}

impl Shared {
    /// The judgement on the graph as written, before anything else.
    fn admitted(&self) -> Result<(), PrepareError> {
        let Source::Graph(graph) = &self.source else { return Ok(()) };
        match self.jit {
            Jit::Off | Jit::Islands => Ok(()),
            Jit::Required => self.admission.get_or_init(|| admitted(graph)).clone(),
        }
    }

    /// The graph as written; a body is traced for these types.
    fn written(&self, types: &[TensorType]) -> Result<Arc<Graph>, PrepareError> {
        match &self.source {
            Source::Graph(graph) => Ok(graph.clone()),
            Source::Body { parameters, .. } if *parameters != types.len() => {
                let (expected, found) = (*parameters, types.len());
                let fault = PassError::Arity { function: self.name.clone(), expected, found };
                Err(PrepareError::Arguments(Box::new(fault)))
            }
            Source::Body { body, .. } => {
                self.traces.fetch_add(1, Ordering::Relaxed);
                let graph = Tracer::trace(&self.name, types, |tracer, parameters| body(tracer, parameters));
                graph.map(Arc::new).map_err(PrepareError::Trace)
            }
        }
    }

    /// The runner for arguments of these types.
    fn specialise(&self, types: &[TensorType]) -> Result<Runner, PrepareError> {
        let graph = self.written(types)?;
        if self.jit == Jit::Required && matches!(self.source, Source::Body { .. }) {
            admitted(&graph)?;
        }
        let runner = Runner::whole(&graph, types, self.jit, self.options)?;
        if self.jit != Jit::Off {
            self.compilations.fetch_add(1, Ordering::Relaxed);
        }
        Ok(runner)
    }
}

fn admitted(graph: &Graph) -> Result<(), PrepareError> {
    admit::check(graph).map_err(|error| PrepareError::Admission(Arc::new(error)))
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { name, jit, .. } = &*self.shared;
        f.debug_struct("Function").field("name", name).field("jit", jit).finish_non_exhaustive()
    }
}
