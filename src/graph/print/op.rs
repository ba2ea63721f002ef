//! The text of one op: StableHLO's pretty form where it has one, else the generic form.

use super::{Body, Label, Printer, index, literal, quoted, symbol};
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
        match &node.op {
            Op::Parameter => unreachable!("law: parameters come before other nodes"),
            Op::Constant(value) => {
                self.out.write_str("stablehlo.constant ")?;
                literal::dense(self.out, value)
            }
            Op::Iota { axis } => {
                write!(self.out, "stablehlo.iota dim = {axis} : {}", body.graph.type_of(node.result()))
            }
            Op::Unary(_) | Op::Binary(_) => self.word(body, node),
            Op::Compare(direction, comparison) => {
                write!(self.out, "stablehlo.compare {},", direction.name())?;
                self.operands(body, " ", &node.inputs)?;
                self.with(body, node, &format!(", {}", comparison.name()), Types::Function)
            }
            Op::Select => self.select(body, node),
            Op::Clamp | Op::Fma | Op::Convert | Op::DynamicUpdateSlice => self.plain(body, node, "", Types::Short),
            Op::BitcastConvert
            | Op::Reshape
            | Op::DynamicReshape
            | Op::DynamicPad
            | Op::OptimizationBarrier
            | Op::Check(Check::ExpectEq | Check::ExpectAlmostEq) => self.several(body, node),
            Op::Check(Check::ExpectClose { min_ulp, max_ulp }) => {
                let tail = format!(", max_ulp_difference = {max_ulp}, min_ulp_difference = {min_ulp}");
                self.plain(body, node, &tail, Types::Function)
            }
            Op::ReducePrecision { exponent_bits, mantissa_bits } => {
                let tail = format!(", format = e{exponent_bits}m{mantissa_bits}");
                self.plain(body, node, &tail, Types::Short)
            }
            Op::Transpose { .. }
            | Op::BroadcastInDim { .. }
            | Op::Slice { .. }
            | Op::Pad { .. }
            | Op::Concatenate { .. }
            | Op::Reverse { .. }
            | Op::DynamicSlice { .. }
            | Op::GetDimensionSize { .. }
            | Op::DynamicIota { .. }
            | Op::DynamicBroadcastInDim { .. } => self.movement(body, node),
            Op::DotGeneral(_)
            | Op::RaggedDot { .. }
            | Op::Convolution(_)
            | Op::DynamicConv(_)
            | Op::TriangularSolve(_)
            | Op::Cholesky { .. }
            | Op::Fft { .. } => self.contraction(body, node),
            Op::Rng(_)
            | Op::RngBitGenerator(_)
            | Op::BatchNormInference { .. }
            | Op::BatchNormTraining { .. }
            | Op::BatchNormGrad { .. }
            | Op::Gather(_)
            | Op::DynamicGather(_)
            | Op::TopK { .. } => self.indexed(body, node),
            Op::Reduce { .. }
            | Op::ReduceWindow { .. }
            | Op::SelectAndScatter { .. }
            | Op::Scatter(..)
            | Op::Sort { .. }
            | Op::Map { .. }
            | Op::Scan { .. } => self.with_regions(body, node),
            Op::If { .. } | Op::Case { .. } | Op::While { .. } => self.control(body, node),
            Op::Call(_) | Op::Composite { .. } | Op::HostCall(_) => self.outward(body, node),
        }
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

    fn several(&mut self, body: &Body<'g>, node: &Node) -> fmt::Result {
        self.plain(body, node, "", Types::Function)
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
            _ => self.several(body, node),
        }
    }

    fn movement(&mut self, body: &Body<'g>, node: &Node) -> fmt::Result {
        match &node.op {
            Op::Slice { starts, limits, strides } => {
                self.name(node)?;
                self.operands(body, " ", &node.inputs)?;
                self.out.write_str(" [")?;
                for (k, start) in starts.iter().enumerate() {
                    self.out.write_str(if k > 0 { ", " } else { "" })?;
                    let (limit, stride) = (limits.get(k).copied().unwrap_or(0), strides.get(k).copied().unwrap_or(1));
                    write!(self.out, "{start}:{limit}")?;
                    if stride != 1 {
                        write!(self.out, ":{stride}")?;
                    }
                }
                self.with(body, node, "]", Types::Function)
            }
            Op::Transpose { permutation } => {
                self.plain(body, node, &format!(", dims = {}", bracketed(permutation)), Types::Function)
            }
            Op::BroadcastInDim { dims } => {
                self.plain(body, node, &format!(", dims = {}", bracketed(dims)), Types::Function)
            }
            Op::Reverse { dims } => self.plain(body, node, &format!(", dims = {}", bracketed(dims)), Types::Short),
            Op::DynamicSlice { sizes } => {
                self.plain(body, node, &format!(", sizes = {}", bracketed(sizes)), Types::Function)
            }
            Op::Pad { low, high, interior } => {
                let (low, high, interior) = (bracketed(low), bracketed(high), bracketed(interior));
                let tail = format!(", low = {low}, high = {high}, interior = {interior}");
                self.plain(body, node, &tail, Types::Function)
            }
            Op::DynamicBroadcastInDim { dims, known_expanding, known_nonexpanding } => {
                let mut tail = format!(", dims = {}", bracketed(dims));
                let mut attributes = vec![];
                if !known_expanding.is_empty() {
                    attributes.push(format!("known_expanding_dimensions = {}", array(known_expanding)));
                }
                if !known_nonexpanding.is_empty() {
                    attributes.push(format!("known_nonexpanding_dimensions = {}", array(known_nonexpanding)));
                }
                if !attributes.is_empty() {
                    tail += &format!(" {{{}}}", attributes.join(", "));
                }
                self.plain(body, node, &tail, Types::Function)
            }
            Op::Concatenate { axis } | Op::GetDimensionSize { axis } | Op::DynamicIota { axis } => {
                self.plain(body, node, &format!(", dim = {axis}"), Types::Function)
            }
            other => unreachable!("law: `{}` is printed elsewhere", other.name()),
        }
    }

    fn contraction(&mut self, body: &Body<'g>, node: &Node) -> fmt::Result {
        match &node.op {
            Op::DotGeneral(dims) => {
                let mut tail = String::new();
                if !dims.lhs_batch.is_empty() || !dims.rhs_batch.is_empty() {
                    tail = format!(", batching_dims = {} x {}", bracketed(&dims.lhs_batch), bracketed(&dims.rhs_batch));
                }
                let (lhs, rhs) = (bracketed(&dims.lhs_contracting), bracketed(&dims.rhs_contracting));
                tail += &format!(", contracting_dims = {lhs} x {rhs}");
                self.plain(body, node, &tail, Types::Function)
            }
            Op::RaggedDot { dims, lhs_ragged, rhs_group } => {
                let mut fields = dot_fields(dims);
                fields.push(format!("lhs_ragged_dimensions = [{lhs_ragged}]"));
                fields.extend(rhs_group.map(|axis| format!("rhs_group_dimensions = [{axis}]")));
                let numbers = fields.join(", ");
                self.generic(body, node, &[format!("ragged_dot_dimension_numbers = #chlo.ragged_dot<{numbers}>")], &[])
            }
            Op::Convolution(convolution) => {
                self.out.write_str("stablehlo.convolution(")?;
                self.operands(body, "", &node.inputs)?;
                write!(self.out, ") dim_numbers = {}, window = {{", convolution_dims(convolution))?;
                let window =
                    window(&convolution.window, ["lhs_dilate", "rhs_dilate", "stride", "pad"], bracketed, pairs);
                let reverse = reversal(convolution).map(|flags| format!("reverse = [{flags}]"));
                let window: Vec<String> = window.into_iter().chain(reverse).collect();
                let (batch, feature) = (convolution.batch_groups, convolution.feature_groups);
                let tail = format!(
                    "{}}} {{batch_group_count = {batch} : i64, feature_group_count = {feature} : i64}}",
                    window.join(", ")
                );
                self.with(body, node, &tail, Types::Function)
            }
            Op::DynamicConv(convolution) => {
                let numbers = convolution_dims(convolution);
                let mut attributes = vec![
                    format!("batch_group_count = {} : i64", convolution.batch_groups),
                    format!("dimension_numbers = #stablehlo.conv<{numbers}>"),
                    format!("feature_group_count = {} : i64", convolution.feature_groups),
                ];
                let names = ["lhs_dilation", "rhs_dilation", "window_strides", "padding"];
                attributes.extend(window(&convolution.window, names, array, dense_pairs));
                attributes.extend(reversal(convolution).map(|flags| format!("window_reversal = array<i1: {flags}>")));
                self.generic(body, node, &attributes, &[])
            }
            Op::TriangularSolve(TriangularSolve { left_side, lower, unit_diagonal, transpose_a }) => {
                let transpose = match transpose_a {
                    TransposeA::NoTranspose => "NO_TRANSPOSE",
                    TransposeA::Transpose => "TRANSPOSE",
                    TransposeA::Adjoint => "ADJOINT",
                };
                let attributes = [
                    format!("left_side = {left_side}"),
                    format!("lower = {lower}"),
                    format!("transpose_a = #stablehlo<transpose {transpose}>"),
                    format!("unit_diagonal = {unit_diagonal}"),
                ];
                self.generic(body, node, &attributes, &[])
            }
            Op::Cholesky { lower } => self.plain(body, node, if *lower { ", lower = true" } else { "" }, Types::Short),
            Op::Fft { kind, lengths } => {
                let kind = match kind {
                    FftKind::Fft => "FFT",
                    FftKind::Ifft => "IFFT",
                    FftKind::Rfft => "RFFT",
                    FftKind::Irfft => "IRFFT",
                };
                let tail = format!(", type = {kind}, length = {}", bracketed(lengths));
                self.plain(body, node, &tail, Types::Function)
            }
            other => unreachable!("law: `{}` is printed elsewhere", other.name()),
        }
    }

    fn indexed(&mut self, body: &Body<'g>, node: &Node) -> fmt::Result {
        match &node.op {
            Op::Rng(distribution) => {
                let name = match distribution {
                    RngDistribution::Uniform => "UNIFORM",
                    RngDistribution::Normal => "NORMAL",
                };
                self.plain(body, node, &format!(", distribution = {name}"), Types::Function)
            }
            Op::RngBitGenerator(algorithm) => {
                let name = match algorithm {
                    RngAlgorithm::Default => "DEFAULT",
                    RngAlgorithm::ThreeFry => "THREE_FRY",
                    RngAlgorithm::Philox => "PHILOX",
                };
                self.plain(body, node, &format!(", algorithm = {name}"), Types::Function)
            }
            Op::BatchNormInference { epsilon, feature }
            | Op::BatchNormTraining { epsilon, feature }
            | Op::BatchNormGrad { epsilon, feature } => {
                let mut text = String::new();
                literal::float(&mut text, DType::F32, u64::from(epsilon.to_bits()))?;
                let attributes = [format!("epsilon = {text} : f32"), format!("feature_index = {feature} : i64")];
                self.generic(body, node, &attributes, &[])
            }
            Op::Gather(gather) => {
                let mut attributes = gather_attributes(gather);
                attributes.push(format!("slice_sizes = {}", array(&gather.slice_sizes)));
                self.generic(body, node, &attributes, &[])
            }
            Op::DynamicGather(gather) => self.generic(body, node, &gather_attributes(gather), &[]),
            Op::TopK { k } => {
                self.out.write_str("chlo.top_k(")?;
                self.operands(body, "", &node.inputs)?;
                write!(self.out, ", k = {k}) : ")?;
                self.types(&body.graph.input_types(node))?;
                self.out.write_str(" -> ")?;
                let outputs: Vec<&TensorType> = body.graph.output_types(node).iter().collect();
                self.results(&outputs)
            }
            other => unreachable!("law: `{}` is printed elsewhere", other.name()),
        }
    }

    fn with_regions(&mut self, body: &Body<'g>, node: &'g Node) -> fmt::Result {
        match &node.op {
            Op::Reduce { dims, body: region } => self.reduce(body, node, dims, region),
            Op::ReduceWindow { window: attributes, body: region } => {
                self.generic(body, node, &window_attributes(attributes), &[region])
            }
            Op::SelectAndScatter { window: attributes, select, scatter } => {
                self.generic(body, node, &window_attributes(attributes), &[select, scatter])
            }
            Op::Scatter(scatter, region) => self.generic(body, node, &scatter_attributes(scatter), &[region]),
            Op::Sort { axis, stable, comparator } => {
                let attributes = [format!("dimension = {axis} : i64"), format!("is_stable = {stable}")];
                self.generic(body, node, &attributes, &[comparator])
            }
            Op::Map { body: region } => {
                let rank = body.graph.type_of(node.result()).rank().unwrap_or(0);
                let dims: Axes = (0..rank).collect();
                self.generic(body, node, &[format!("dimensions = {}", array(&dims))], &[region])
            }
            Op::Scan { axis, reverse, inputs, associative, body: region } => {
                let (inputs, carries) = node.inputs.split_at((*inputs).min(node.inputs.len()));
                self.out.write_str("chlo.scan(")?;
                self.operands(body, "", inputs)?;
                self.out.write_str(") inits (")?;
                self.operands(body, "", carries)?;
                write!(
                    self.out,
                    ") dimension={axis} attributes {{is_associative = {associative}, is_reverse = {reverse}}} "
                )?;
                self.region(region)?;
                self.with(body, node, "", Types::Function)
            }
            other => unreachable!("law: `{}` is printed elsewhere", other.name()),
        }
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

    fn control(&mut self, body: &Body<'g>, node: &'g Node) -> fmt::Result {
        match &node.op {
            Op::If { on_true, on_false } => self.branches(body, node, &[on_true, on_false]),
            Op::Case { branches } => self.branches(body, node, &branches.iter().collect::<Vec<_>>()),
            Op::While { cond, body: region } if node.inputs.is_empty() => {
                self.generic(body, node, &[], &[cond, region])
            }
            Op::While { cond, body: region } => {
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
            other => unreachable!("law: `{}` is printed elsewhere", other.name()),
        }
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

    fn outward(&mut self, body: &Body<'g>, node: &'g Node) -> fmt::Result {
        match &node.op {
            Op::Call(callee) => {
                self.out.write_str("func.call ")?;
                self.callee(callee)?;
                self.out.write_str("(")?;
                self.operands(body, "", &node.inputs)?;
                self.with(body, node, ")", Types::Function)
            }
            Op::Composite { name, attributes, version, decomposition } => {
                self.out.write_str("stablehlo.composite ")?;
                quoted(self.out, name.as_bytes())?;
                self.operands(body, " ", &node.inputs)?;
                self.out.write_str(" {")?;
                if &**attributes != "{}" {
                    write!(self.out, "composite_attributes = {attributes}, ")?;
                }
                self.out.write_str("decomposition = ")?;
                self.callee(decomposition)?;
                let version = if *version == 0 { String::new() } else { format!(", version = {version} : i32") };
                self.with(body, node, &format!("{version}}}"), Types::Function)
            }
            Op::HostCall(callback) => {
                self.out.write_str("stablehlo.custom_call @brolga.host_call(")?;
                self.operands(body, "", &node.inputs)?;
                self.out.write_str(") {brolga.name = ")?;
                quoted(self.out, callback.name.as_bytes())?;
                self.with(body, node, &format!(", brolga.stateful = {}}}", callback.stateful), Types::Function)
            }
            other => unreachable!("law: `{}` is printed elsewhere", other.name()),
        }
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
