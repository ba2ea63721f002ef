//! The text of one op: StableHLO's pretty form where it has one, else the generic form.

use super::{Body, Label, Printer, index, literal, quoted, symbol};
use crate::graph::deferred::Deferred;
use crate::graph::{Check, Graph, Node, Op, Region};
use crate::shape::TensorType;
use brolga_codegen::DType;
use brolga_codegen::attributes::{
    Axes, Convolution, DotDims, FftKind, Gather, RngAlgorithm, RngDistribution, Scatter, TransposeA, TriangularSolve,
    Window,
};
use std::fmt;

/// What stands between the types of an op.
#[derive(Clone, Copy, PartialEq)]
enum Types {
    /// `: type` where all are the same, else as a function.
    Short,
    /// `: (types) -> types`.
    Function,
}

impl<'g> Printer<'_, 'g> {
    /// From the op's name to its types.
    pub(super) fn op(&mut self, body: &Body<'g>, node: &'g Node) -> fmt::Result {
        let pretty = |tail: String| (tail, Types::Function);
        let (tail, types) = match &node.op {
            Op::Parameter => unreachable!("law: parameters come before other nodes"),
            Op::Constant(value) => {
                self.out.write_str("stablehlo.constant ")?;
                return literal::dense(self.out, value);
            }
            Op::Iota { axis } => {
                return write!(self.out, "stablehlo.iota dim = {axis} : {}", body.graph.type_of(node.result()));
            }
            Op::Unary(_) | Op::Binary(_) => return self.word(body, node),
            Op::Compare(direction, comparison) => return self.compare(body, node, direction.name(), comparison.name()),
            Op::Select => return self.select(body, node),
            Op::Clamp | Op::Fma | Op::Convert | Op::DynamicUpdateSlice => (String::new(), Types::Short),
            Op::BitcastConvert
            | Op::Reshape
            | Op::DynamicReshape
            | Op::DynamicPad
            | Op::OptimizationBarrier
            | Op::Check(Check::ExpectEq | Check::ExpectAlmostEq) => pretty(String::new()),
            Op::Check(Check::ExpectClose { min_ulp, max_ulp }) => {
                pretty(format!(", max_ulp_difference = {max_ulp}, min_ulp_difference = {min_ulp}"))
            }
            Op::ReducePrecision { exponent_bits, mantissa_bits } => {
                (format!(", format = e{exponent_bits}m{mantissa_bits}"), Types::Short)
            }
            Op::Transpose { permutation } => pretty(format!(", dims = {}", bracketed(permutation))),
            Op::BroadcastInDim { dims } => pretty(format!(", dims = {}", bracketed(dims))),
            Op::Reverse { dims } => (format!(", dims = {}", bracketed(dims)), Types::Short),
            Op::DynamicSlice { sizes } => pretty(format!(", sizes = {}", bracketed(sizes))),
            Op::Slice { starts, limits, strides } => pretty(ranges(starts, limits, strides)),
            Op::Pad { low, high, interior } => {
                let (low, high, interior) = (bracketed(low), bracketed(high), bracketed(interior));
                pretty(format!(", low = {low}, high = {high}, interior = {interior}"))
            }
            Op::DynamicBroadcastInDim { dims, known_expanding, known_nonexpanding } => {
                pretty(dynamic_broadcast(dims, known_expanding, known_nonexpanding))
            }
            Op::Concatenate { axis } | Op::GetDimensionSize { axis } | Op::DynamicIota { axis } => {
                pretty(format!(", dim = {axis}"))
            }
            Op::DotGeneral(dims) => pretty(dot(dims)),
            Op::Cholesky { lower } => ((if *lower { ", lower = true" } else { "" }).to_owned(), Types::Short),
            Op::Fft { kind, lengths } => {
                pretty(format!(", type = {}, length = {}", fft_kind(*kind), bracketed(lengths)))
            }
            Op::Rng(distribution) => pretty(format!(", distribution = {}", distribution_name(*distribution))),
            Op::RngBitGenerator(algorithm) => pretty(format!(", algorithm = {}", algorithm_name(*algorithm))),
            Op::Convolution(convolution) => return self.convolution(body, node, convolution),
            Op::DynamicConv(convolution) => return self.generic(body, node, &conv_attributes(convolution), &[]),
            Op::RaggedDot { dims, lhs_ragged, rhs_group } => {
                return self.generic(body, node, &[ragged(dims, *lhs_ragged, *rhs_group)], &[]);
            }
            Op::TriangularSolve(solve) => return self.generic(body, node, &solve_attributes(solve), &[]),
            Op::BatchNormInference { epsilon, feature }
            | Op::BatchNormTraining { epsilon, feature }
            | Op::BatchNormGrad { epsilon, feature } => {
                let attributes = norm_attributes(*epsilon, *feature)?;
                return self.generic(body, node, &attributes, &[]);
            }
            Op::Gather(gather) => {
                let mut attributes = gather_attributes(gather);
                attributes.push(format!("slice_sizes = {}", array(&gather.slice_sizes)));
                return self.generic(body, node, &attributes, &[]);
            }
            Op::DynamicGather(gather) => return self.generic(body, node, &gather_attributes(gather), &[]),
            Op::TopK { k } => return self.top_k(body, node, *k),
            Op::Reduce { dims, body: region } => return self.reduce(body, node, dims, region),
            Op::ReduceWindow { window, body: region } => {
                return self.generic(body, node, &window_attributes(window), &[region]);
            }
            Op::SelectAndScatter { window, select, scatter } => {
                return self.generic(body, node, &window_attributes(window), &[select, scatter]);
            }
            Op::Scatter(scatter, region) => return self.generic(body, node, &scatter_attributes(scatter), &[region]),
            Op::Sort { axis, stable, comparator } => {
                let attributes = [format!("dimension = {axis} : i64"), format!("is_stable = {stable}")];
                return self.generic(body, node, &attributes, &[comparator]);
            }
            Op::Map { body: region } => {
                let rank = body.graph.type_of(node.result()).rank().unwrap_or(0);
                let dims: Axes = (0..rank).collect();
                return self.generic(body, node, &[format!("dimensions = {}", array(&dims))], &[region]);
            }
            Op::Scan { axis, reverse, inputs, associative, body: region } => {
                let flags = format!("{{is_associative = {associative}, is_reverse = {reverse}}}");
                return self.scan(body, node, *inputs, &format!("dimension={axis} attributes {flags} "), region);
            }
            Op::If { on_true, on_false } => return self.branches(body, node, &[on_true, on_false]),
            Op::Case { branches } => return self.branches(body, node, &branches.iter().collect::<Vec<_>>()),
            Op::While { cond, body: region } => return self.while_loop(body, node, cond, region),
            Op::Call(callee) => return self.call(body, node, callee),
            Op::Composite { name, attributes, version, decomposition } => {
                return self.composite(body, node, [name, attributes], *version, decomposition);
            }
            Op::Deferred(deferred) => return self.deferred(body, node, deferred),
            Op::HostCall(callback) => {
                return self.host_call(body, node, callback.name.as_bytes(), callback.stateful);
            }
        };
        self.plain(body, node, &tail, types)
    }

    fn name(&mut self, node: &Node) -> fmt::Result {
        let (dialect, name) = node.op.spelling();
        write!(self.out, "{dialect}.{name}")
    }

    /// `name operands tail : types`.
    fn plain(&mut self, body: &Body<'g>, node: &Node, tail: &str, types: Types) -> fmt::Result {
        self.name(node)?;
        self.operands(body, " ", &node.inputs)?;
        self.with(body, node, tail, types)
    }

    /// `tail : types`.
    fn with(&mut self, body: &Body<'g>, node: &Node, tail: &str, types: Types) -> fmt::Result {
        write!(self.out, "{tail} : ")?;
        let (inputs, outputs) = (body.graph.input_types(node), body.graph.output_types(node));
        if let ([one], Types::Short) = (outputs, types)
            && inputs.iter().all(|ty| *ty == one)
        {
            return write!(self.out, "{one}");
        }
        self.function_type(&inputs, outputs)
    }

    fn function_type(&mut self, inputs: &[&TensorType], outputs: &[TensorType]) -> fmt::Result {
        self.out.write_str("(")?;
        self.types(inputs)?;
        self.out.write_str(") -> ")?;
        let outputs: Vec<&TensorType> = outputs.iter().collect();
        self.results(&outputs)
    }

    fn word(&mut self, body: &Body<'g>, node: &Node) -> fmt::Result {
        if node.op.spelling().0 != "chlo" {
            return self.plain(body, node, "", Types::Short);
        }
        self.name(node)?;
        self.operands(body, " ", &node.inputs)?;
        self.out.write_str(" : ")?;
        self.types(&body.graph.input_types(node))?;
        write!(self.out, " -> {}", body.graph.type_of(node.result()))
    }

    fn select(&mut self, body: &Body<'g>, node: &Node) -> fmt::Result {
        let inputs = body.graph.input_types(node);
        let result = body.graph.type_of(node.result());
        match inputs[..] {
            [predicate, a, b] if a == result && b == result => {
                self.name(node)?;
                self.operands(body, " ", &node.inputs)?;
                write!(self.out, " : {predicate}, {result}")
            }
            _ => self.plain(body, node, "", Types::Function),
        }
    }

    fn compare(&mut self, body: &Body<'g>, node: &Node, direction: &str, comparison: &str) -> fmt::Result {
        write!(self.out, "stablehlo.compare {direction},")?;
        self.operands(body, " ", &node.inputs)?;
        self.with(body, node, &format!(", {comparison}"), Types::Function)
    }

    fn convolution(&mut self, body: &Body<'g>, node: &Node, convolution: &Convolution) -> fmt::Result {
        self.out.write_str("stablehlo.convolution(")?;
        self.operands(body, "", &node.inputs)?;
        let names = ["lhs_dilate", "rhs_dilate", "stride", "pad"];
        let mut window = window(&convolution.window, names, bracketed, pairs);
        window.extend(reversal(convolution).map(|flags| format!("reverse = [{flags}]")));
        let (batch, feature) = (convolution.batch_groups, convolution.feature_groups);
        let tail = format!(
            ") dim_numbers = {}, window = {{{}}} {{batch_group_count = {batch} : i64, feature_group_count = {feature} : i64}}",
            convolution_dims(convolution),
            window.join(", ")
        );
        self.with(body, node, &tail, Types::Function)
    }

    fn top_k(&mut self, body: &Body<'g>, node: &Node, k: usize) -> fmt::Result {
        self.out.write_str("chlo.top_k(")?;
        self.operands(body, "", &node.inputs)?;
        write!(self.out, ", k = {k}) : ")?;
        self.types(&body.graph.input_types(node))?;
        self.out.write_str(" -> ")?;
        let outputs: Vec<&TensorType> = body.graph.output_types(node).iter().collect();
        self.results(&outputs)
    }

    fn scan(&mut self, body: &Body<'g>, node: &Node, inputs: usize, how: &str, region: &'g Graph) -> fmt::Result {
        let (inputs, carries) = node.inputs.split_at(inputs.min(node.inputs.len()));
        self.out.write_str("chlo.scan(")?;
        self.operands(body, "", inputs)?;
        self.out.write_str(") inits (")?;
        self.operands(body, "", carries)?;
        write!(self.out, ") {how}")?;
        self.region(region)?;
        self.with(body, node, "", Types::Function)
    }

    fn reduce(&mut self, body: &Body<'g>, node: &Node, dims: &Axes, region: &'g Graph) -> fmt::Result {
        let n = node.inputs.len() / 2;
        let fits = n > 0 && node.inputs.len() == 2 * n && region.parameters().len() == 2 * n;
        if !fits {
            return self.generic(body, node, &[format!("dimensions = {}", array(dims))], &[region]);
        }
        self.name(node)?;
        for k in 0..n {
            let (input, initial) = (body.label(node.inputs[k]), body.label(node.inputs[n + k]));
            write!(self.out, "{}({input} init: {initial})", if k > 0 { ", " } else { "" })?;
        }
        let applied = applied(body.graph, node, region);
        if let Some((dialect, name)) = applied {
            write!(self.out, " applies {dialect}.{name}")?;
        }
        self.with(body, node, &format!(" across dimensions = {}", bracketed(dims)), Types::Function)?;
        if applied.is_some() {
            return Ok(());
        }
        let labels = self.arguments(2 * n);
        self.out.write_str("\n")?;
        self.indent += 1;
        self.pad()?;
        self.indent -= 1;
        self.out.write_str("reducer")?;
        for k in 0..n {
            let (a, b) = (&region.parameter_types()[k], &region.parameter_types()[n + k]);
            let (left, right) = (labels[k], labels[n + k]);
            write!(self.out, "({left}: {a}")?;
            self.place(&region.nodes()[k])?;
            write!(self.out, ", {right}: {b}")?;
            self.place(&region.nodes()[n + k])?;
            self.out.write_str(") ")?;
        }
        self.out.write_str("{\n")?;
        self.body(region, labels, "stablehlo.return")?;
        self.pad()?;
        self.out.write_str("}")
    }

    fn while_loop(&mut self, body: &Body<'g>, node: &Node, cond: &'g Region, region: &'g Region) -> fmt::Result {
        if node.inputs.is_empty() {
            return self.generic(body, node, &[], &[cond, region]);
        }
        let labels = self.arguments(node.inputs.len());
        self.out.write_str("stablehlo.while(")?;
        for (k, (label, input)) in labels.iter().zip(&node.inputs).enumerate() {
            write!(self.out, "{}{label} = {}", if k > 0 { ", " } else { "" }, body.label(*input))?;
        }
        self.out.write_str(") : ")?;
        self.types(&body.graph.input_types(node))?;
        self.out.write_str("\n")?;
        self.pad()?;
        self.out.write_str("cond {\n")?;
        self.body(cond, labels.clone(), "stablehlo.return")?;
        self.pad()?;
        self.out.write_str("} do {\n")?;
        self.body(region, labels, "stablehlo.return")?;
        self.pad()?;
        self.out.write_str("}")
    }

    /// `if` and `case`: branches read captured values from outside.
    fn branches(&mut self, body: &Body<'g>, node: &Node, branches: &[&'g Region]) -> fmt::Result {
        let (chooser, captured) = node.inputs.split_at(1);
        let labels: Vec<Label> = captured.iter().map(|value| body.label(*value)).collect();
        write!(self.out, "\"stablehlo.{}\"(", node.op.name())?;
        self.operands(body, "", chooser)?;
        self.out.write_str(") (")?;
        for (k, branch) in branches.iter().enumerate() {
            self.out.write_str(if k > 0 { ", {\n" } else { "{\n" })?;
            self.body(branch, labels.clone(), "stablehlo.return")?;
            self.pad()?;
            self.out.write_str("}")?;
        }
        self.out.write_str(") : ")?;
        let chooser: Vec<&TensorType> = chooser.iter().map(|value| body.graph.type_of(*value)).collect();
        self.function_type(&chooser, body.graph.output_types(node))
    }

    fn call(&mut self, body: &Body<'g>, node: &Node, callee: &Region) -> fmt::Result {
        self.out.write_str("func.call ")?;
        self.callee(callee)?;
        self.out.write_str("(")?;
        self.operands(body, "", &node.inputs)?;
        self.with(body, node, ")", Types::Function)
    }

    fn composite(
        &mut self,
        body: &Body<'g>,
        node: &Node,
        [name, attributes]: [&str; 2],
        version: i64,
        decomposition: &Region,
    ) -> fmt::Result {
        self.out.write_str("stablehlo.composite ")?;
        quoted(self.out, name.as_bytes())?;
        self.operands(body, " ", &node.inputs)?;
        self.out.write_str(" {")?;
        if attributes != "{}" {
            write!(self.out, "composite_attributes = {attributes}, ")?;
        }
        self.out.write_str("decomposition = ")?;
        self.callee(decomposition)?;
        let version = if version == 0 { String::new() } else { format!(", version = {version} : i32") };
        self.with(body, node, &format!("{version}}}"), Types::Function)
    }

    fn host_call(&mut self, body: &Body<'g>, node: &Node, name: &[u8], stateful: bool) -> fmt::Result {
        self.out.write_str("stablehlo.custom_call @brolga.host_call(")?;
        self.operands(body, "", &node.inputs)?;
        self.out.write_str(") {brolga.name = ")?;
        quoted(self.out, name)?;
        self.with(body, node, &format!(", brolga.stateful = {stateful}}}"), Types::Function)
    }

    /// For listings: a definition cannot be read back.
    fn deferred(&mut self, body: &Body<'g>, node: &Node, deferred: &Deferred) -> fmt::Result {
        self.out.write_str("stablehlo.custom_call @brolga.deferred(")?;
        self.operands(body, "", &node.inputs)?;
        self.out.write_str(") {brolga.name = ")?;
        quoted(self.out, deferred.0.name().as_bytes())?;
        self.out.write_str(", brolga.attributes = ")?;
        quoted(self.out, deferred.0.attributes().as_bytes())?;
        self.with(body, node, "}", Types::Function)
    }

    fn callee(&mut self, callee: &Region) -> fmt::Result {
        let name = self.symbols.get(&super::as_key(callee)).expect("law: every callee was gathered");
        symbol(self.out, name)
    }

    /// `"name"(operands) <{attributes}> ({regions}) : types`.
    fn generic(&mut self, body: &Body<'g>, node: &Node, attributes: &[String], regions: &[&'g Graph]) -> fmt::Result {
        let (dialect, name) = node.op.spelling();
        write!(self.out, "\"{dialect}.{name}\"(")?;
        self.operands(body, "", &node.inputs)?;
        self.out.write_str(")")?;
        if !attributes.is_empty() {
            write!(self.out, " <{{{}}}>", attributes.join(", "))?;
        }
        for (k, region) in regions.iter().enumerate() {
            self.out.write_str(if k > 0 { ", " } else { " (" })?;
            self.region(region)?;
        }
        self.with(body, node, if regions.is_empty() { "" } else { ")" }, Types::Function)
    }

    /// `{ ^bb0(arguments): … }`.
    fn region(&mut self, region: &'g Graph) -> fmt::Result {
        let labels = self.arguments(region.parameters().len());
        self.out.write_str("{\n")?;
        if !labels.is_empty() {
            self.pad()?;
            self.out.write_str("^bb0(")?;
            self.typed(region, &labels)?;
            self.out.write_str("):\n")?;
        }
        self.body(region, labels, "stablehlo.return")?;
        self.pad()?;
        self.out.write_str("}")
    }
}

/// The one op a reducer consists of, applied to its parameters in order, where text can say so.
fn applied(graph: &Graph, node: &Node, region: &Graph) -> Option<(&'static str, &'static str)> {
    let [a, b, combine] = region.nodes() else { return None };
    let Op::Binary(word) = &combine.op else { return None };
    let scalar = TensorType::scalar(graph.type_of(*node.inputs.first()?).dtype);
    let plain = combine.inputs[..] == [a.result(), b.result()]
        && region.results() == [combine.result()]
        && (0..3).all(|k| *region.type_of(super::Value(index(k))) == scalar);
    plain.then_some((word.dialect(), word.name()))
}

/// ` [0:8:2, 1:3]`, after the operand.
fn ranges(starts: &Axes, limits: &Axes, strides: &Axes) -> String {
    let range = |((start, limit), stride): ((&usize, &usize), &usize)| match stride {
        1 => format!("{start}:{limit}"),
        stride => format!("{start}:{limit}:{stride}"),
    };
    let all: Vec<String> = starts.iter().zip(limits).zip(strides).map(range).collect();
    format!(" [{}]", all.join(", "))
}

fn dynamic_broadcast(dims: &Axes, expanding: &Axes, nonexpanding: &Axes) -> String {
    let known = [("known_expanding_dimensions", expanding), ("known_nonexpanding_dimensions", nonexpanding)];
    let full = known.iter().filter(|(_, axes)| !axes.is_empty());
    let attributes: Vec<String> = full.map(|(name, axes)| format!("{name} = {}", array(axes))).collect();
    let tail = format!(", dims = {}", bracketed(dims));
    if attributes.is_empty() { tail } else { format!("{tail} {{{}}}", attributes.join(", ")) }
}

fn dot(dims: &DotDims) -> String {
    let pair = |name: &str, lhs: &Axes, rhs: &Axes| format!(", {name} = {} x {}", bracketed(lhs), bracketed(rhs));
    let contracting = pair("contracting_dims", &dims.lhs_contracting, &dims.rhs_contracting);
    if dims.lhs_batch.is_empty() && dims.rhs_batch.is_empty() {
        return contracting;
    }
    pair("batching_dims", &dims.lhs_batch, &dims.rhs_batch) + &contracting
}

fn fft_kind(kind: FftKind) -> &'static str {
    match kind {
        FftKind::Fft => "FFT",
        FftKind::Ifft => "IFFT",
        FftKind::Rfft => "RFFT",
        FftKind::Irfft => "IRFFT",
    }
}

fn distribution_name(distribution: RngDistribution) -> &'static str {
    match distribution {
        RngDistribution::Uniform => "UNIFORM",
        RngDistribution::Normal => "NORMAL",
    }
}

fn algorithm_name(algorithm: RngAlgorithm) -> &'static str {
    match algorithm {
        RngAlgorithm::Default => "DEFAULT",
        RngAlgorithm::ThreeFry => "THREE_FRY",
        RngAlgorithm::Philox => "PHILOX",
    }
}

fn ragged(dims: &DotDims, lhs_ragged: usize, rhs_group: Option<usize>) -> String {
    let mut fields = dot_fields(dims);
    fields.push(format!("lhs_ragged_dimensions = [{lhs_ragged}]"));
    fields.extend(rhs_group.map(|axis| format!("rhs_group_dimensions = [{axis}]")));
    format!("ragged_dot_dimension_numbers = #chlo.ragged_dot<{}>", fields.join(", "))
}

fn conv_attributes(convolution: &Convolution) -> Vec<String> {
    let mut attributes = vec![
        format!("batch_group_count = {} : i64", convolution.batch_groups),
        format!("dimension_numbers = #stablehlo.conv<{}>", convolution_dims(convolution)),
        format!("feature_group_count = {} : i64", convolution.feature_groups),
    ];
    let names = ["lhs_dilation", "rhs_dilation", "window_strides", "padding"];
    attributes.extend(window(&convolution.window, names, array, dense_pairs));
    attributes.extend(reversal(convolution).map(|flags| format!("window_reversal = array<i1: {flags}>")));
    attributes
}

fn solve_attributes(solve: &TriangularSolve) -> [String; 4] {
    let transpose = match solve.transpose_a {
        TransposeA::NoTranspose => "NO_TRANSPOSE",
        TransposeA::Transpose => "TRANSPOSE",
        TransposeA::Adjoint => "ADJOINT",
    };
    [
        format!("left_side = {}", solve.left_side),
        format!("lower = {}", solve.lower),
        format!("transpose_a = #stablehlo<transpose {transpose}>"),
        format!("unit_diagonal = {}", solve.unit_diagonal),
    ]
}

fn norm_attributes(epsilon: f32, feature: usize) -> Result<[String; 2], fmt::Error> {
    let mut text = String::new();
    literal::float(&mut text, DType::F32, u64::from(epsilon.to_bits()))?;
    Ok([format!("epsilon = {text} : f32"), format!("feature_index = {feature} : i64")])
}

fn joined<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

fn bracketed<T: ToString>(items: &[T]) -> String {
    format!("[{}]", joined(items))
}

fn array(items: &[usize]) -> String {
    if items.is_empty() { "array<i64>".to_owned() } else { format!("array<i64: {}>", joined(items)) }
}

fn pairs(low: &[i64], high: &[i64]) -> String {
    let pairs: Vec<String> = low.iter().zip(high).map(|(low, high)| format!("[{low}, {high}]")).collect();
    format!("[{}]", pairs.join(", "))
}

fn dense_pairs(low: &[i64], high: &[i64]) -> String {
    format!("dense<{}> : tensor<{}x2xi64>", pairs(low, high), low.len())
}

/// The attributes of a window that are not at their defaults: base dilations, window dilations, strides and padding
/// under these names.
fn window(
    window: &Window,
    [base, dilation, stride, pad]: [&str; 4],
    list: fn(&[usize]) -> String,
    pairs: fn(&[i64], &[i64]) -> String,
) -> Vec<String> {
    let mut all = vec![];
    let ones = |axes: &Axes| axes.iter().all(|n| *n == 1);
    for (name, axes) in
        [(stride, &window.strides), (base, &window.base_dilations), (dilation, &window.window_dilations)]
    {
        if !ones(axes) {
            all.push(format!("{name} = {}", list(axes)));
        }
    }
    if window.low.iter().chain(&window.high).any(|n| *n != 0) {
        all.push(format!("{pad} = {}", pairs(&window.low, &window.high)));
    }
    all
}

fn window_attributes(attributes: &Window) -> Vec<String> {
    let names = ["base_dilations", "window_dilations", "window_strides", "padding"];
    let mut all = vec![format!("window_dimensions = {}", array(&attributes.sizes))];
    all.extend(window(attributes, names, array, dense_pairs));
    all
}

fn reversal(convolution: &Convolution) -> Option<String> {
    convolution.reversal.contains(&true).then(|| joined(&convolution.reversal))
}

fn convolution_dims(convolution: &Convolution) -> String {
    let part = |letters: [(usize, &str); 2], spatial: &Axes| {
        let mut items: Vec<(usize, String)> =
            letters.iter().map(|(axis, letter)| (*axis, (*letter).to_owned())).collect();
        items.extend(spatial.iter().enumerate().map(|(k, axis)| (*axis, k.to_string())));
        items.sort_unstable();
        format!("[{}]", items.into_iter().map(|(_, item)| item).collect::<Vec<_>>().join(", "))
    };
    let c = convolution;
    format!(
        "{}x{}->{}",
        part([(c.input_batch, "b"), (c.input_feature, "f")], &c.input_spatial),
        part([(c.kernel_input_feature, "i"), (c.kernel_output_feature, "o")], &c.kernel_spatial),
        part([(c.output_batch, "b"), (c.output_feature, "f")], &c.output_spatial)
    )
}

/// `name = [axes]` for the lists that are not empty.
fn listed(lists: &[(&str, &Axes)]) -> Vec<String> {
    let full = lists.iter().filter(|(_, axes)| !axes.is_empty());
    full.map(|(name, axes)| format!("{name} = {}", bracketed(axes))).collect()
}

fn dot_fields(dims: &DotDims) -> Vec<String> {
    listed(&[
        ("lhs_batching_dimensions", &dims.lhs_batch),
        ("rhs_batching_dimensions", &dims.rhs_batch),
        ("lhs_contracting_dimensions", &dims.lhs_contracting),
        ("rhs_contracting_dimensions", &dims.rhs_contracting),
    ])
}

fn gather_attributes(gather: &Gather) -> Vec<String> {
    let mut fields = listed(&[
        ("offset_dims", &gather.offset_dims),
        ("collapsed_slice_dims", &gather.collapsed_slice_dims),
        ("operand_batching_dims", &gather.operand_batching_dims),
        ("start_indices_batching_dims", &gather.start_indices_batching_dims),
        ("start_index_map", &gather.start_index_map),
    ]);
    fields.push(format!("index_vector_dim = {}", gather.index_vector_dim));
    vec![
        format!("dimension_numbers = #stablehlo.gather<{}>", fields.join(", ")),
        format!("indices_are_sorted = {}", gather.indices_are_sorted),
    ]
}

fn scatter_attributes(scatter: &Scatter) -> Vec<String> {
    let mut fields = listed(&[
        ("update_window_dims", &scatter.update_window_dims),
        ("inserted_window_dims", &scatter.inserted_window_dims),
        ("input_batching_dims", &scatter.input_batching_dims),
        ("scatter_indices_batching_dims", &scatter.scatter_indices_batching_dims),
        ("scatter_dims_to_operand_dims", &scatter.scatter_dims_to_operand_dims),
    ]);
    fields.push(format!("index_vector_dim = {}", scatter.index_vector_dim));
    vec![
        format!("indices_are_sorted = {}", scatter.indices_are_sorted),
        format!("scatter_dimension_numbers = #stablehlo.scatter<{}>", fields.join(", ")),
        format!("unique_indices = {}", scatter.unique_indices),
    ]
}
