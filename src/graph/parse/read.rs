//! An op from an operation's name and attributes.

use super::error::{Fault, Parsed, Problem, fault};
use super::syntax::{Attribute, Operation};
use crate::graph::{Check, Op, Region};
use crate::shape::TensorType;
use brolga_codegen::attributes::{
    Axes, Convolution, DotDims, FftKind, Gather, Offsets, RngAlgorithm, RngDistribution, Scatter, TransposeA,
    TriangularSolve, Window,
};
use brolga_codegen::{Binary, Comparison, Direction, Unary};
use smallvec::SmallVec;

/// Why an op of StableHLO is not supported; `None` for ops that may be.
pub(super) fn unsupported(name: &str) -> Option<&'static str> {
    let (dialect, name) = name.split_once('.').unwrap_or(("", name));
    match (dialect, name) {
        (
            "stablehlo",
            "all_gather"
            | "all_reduce"
            | "all_to_all"
            | "collective_broadcast"
            | "collective_permute"
            | "reduce_scatter"
            | "cross-replica-sum"
            | "partition_id"
            | "replica_id",
        ) => Some("a program runs on one device"),
        ("interpreter" | "sdy" | "mpmd", _) => Some("a program runs on one device"),
        ("stablehlo", "infeed" | "outfeed" | "send" | "recv") => {
            Some("there is no queue between host and device: a host callback can stand in (`brolga.host_call`)")
        }
        ("stablehlo", "after_all" | "create_token") => {
            Some("nothing here makes or waits for tokens: ordered effects keep the order of the text")
        }
        ("stablehlo", "tuple" | "get_tuple_element") => {
            Some("tuples are not values here: give several results instead")
        }
        ("stablehlo", "uniform_quantize" | "uniform_dequantize") => Some("quantised elements are not implemented"),
        ("stablehlo", "set_dimension_size") => Some("bounded extents are not implemented"),
        ("stablehlo", "einsum" | "unary_einsum") => Some("StableHLO deprecates it: use `dot_general`"),
        ("stablehlo", "torch_index_select") => Some("StableHLO deprecates it: use `gather`"),
        ("stablehlo", "async_start" | "async_done" | "future") => Some("ops run one after another"),
        ("check", "expect_serialized_eq") => Some("constants are not read from files"),
        _ => None,
    }
}

/// The op of an operation that has no regions but `regions`, which are built already.
pub(super) fn op(
    o: &Operation<'_>,
    types: &[&TensorType],
    declared: &[TensorType],
    regions: Vec<Region>,
) -> Parsed<Op> {
    let (dialect, name) = o.name.split_once('.').unwrap_or(("", &o.name));
    match dialect {
        "stablehlo" => {
            if let Some(body) = regions.first() {
                return with_regions(o, name, types, body.clone(), regions);
            }
            word(dialect, name).map_or_else(|| stablehlo(o, name, types, declared), Ok)
        }
        "chlo" => {
            if let Some(body) = regions.into_iter().next() {
                return scan(o, types, body);
            }
            word(dialect, name).map_or_else(|| chlo(o, name), Ok)
        }
        "check" => match name {
            "expect_eq" => Ok(Op::Check(Check::ExpectEq)),
            "expect_almost_eq" => Ok(Op::Check(Check::ExpectAlmostEq)),
            "expect_close" => expect_close(o),
            _ => Err(super::operation::unknown(o)),
        },
        "brolga" if name == "fma" => Ok(Op::Fma),
        _ => Err(super::operation::unknown(o)),
    }
}

/// The scalar word of that name. Words of one dialect are taken under the other too: JAX has moved some.
fn word(dialect: &str, name: &str) -> Option<Op> {
    let fits = |home: &str| home == dialect || dialect == "chlo" || matches!(name, "tan");
    let unary = Unary::from_name(name).filter(|word| fits(word.dialect())).map(Op::Unary);
    unary.or_else(|| Binary::from_name(name).filter(|word| fits(word.dialect())).map(Op::Binary))
}

fn stablehlo(o: &Operation<'_>, name: &str, types: &[&TensorType], declared: &[TensorType]) -> Parsed<Op> {
    Ok(match name {
        "constant" => match o.attribute("value") {
            Some(Attribute::Dense(literal)) => Op::Constant(literal.clone()),
            Some(Attribute::Custom { name: "dense_resource", .. }) => {
                let reason = "the elements stand elsewhere: print the program with its constants";
                return fault(o.at, Problem::Unsupported { op: "dense_resource".to_owned(), reason });
            }
            Some(_) | None => return o.bad("value", "a dense constant of a supported type"),
        },
        "iota" => Op::Iota { axis: o.count("iota_dimension")? },
        "compare" => compare(o, types)?,
        "select" => Op::Select,
        "clamp" => Op::Clamp,
        "convert" => Op::Convert,
        "bitcast_convert" => Op::BitcastConvert,
        "reduce_precision" => {
            let bits =
                |attribute| o.count(attribute).and_then(|n| u32::try_from(n).or_else(|_| o.bad(attribute, "small")));
            Op::ReducePrecision { exponent_bits: bits("exponent_bits")?, mantissa_bits: bits("mantissa_bits")? }
        }
        "optimization_barrier" => Op::OptimizationBarrier,
        "dot_general" => Op::DotGeneral(Box::new(dot_dims(o, "dot_dimension_numbers")?)),
        "dot" => Op::DotGeneral(plain_dot(types).into()),
        "convolution" => Op::Convolution(Box::new(convolution(o, types)?)),
        "dynamic_conv" => Op::DynamicConv(Box::new(convolution(o, types)?)),
        "triangular_solve" => Op::TriangularSolve(triangular_solve(o)?),
        "cholesky" => Op::Cholesky { lower: o.flag("lower", false)? },
        "fft" => fft(o)?,
        "rng" => Op::Rng(match variant(o, "rng_distribution")? {
            "UNIFORM" => RngDistribution::Uniform,
            "NORMAL" => RngDistribution::Normal,
            _ => return o.bad("rng_distribution", "UNIFORM or NORMAL"),
        }),
        "rng_bit_generator" => Op::RngBitGenerator(match variant(o, "rng_algorithm")? {
            "DEFAULT" => RngAlgorithm::Default,
            "THREE_FRY" => RngAlgorithm::ThreeFry,
            "PHILOX" => RngAlgorithm::Philox,
            _ => return o.bad("rng_algorithm", "DEFAULT, THREE_FRY or PHILOX"),
        }),
        "batch_norm_inference" => {
            Op::BatchNormInference { epsilon: o.float("epsilon")?, feature: o.count("feature_index")? }
        }
        "batch_norm_training" => {
            Op::BatchNormTraining { epsilon: o.float("epsilon")?, feature: o.count("feature_index")? }
        }
        "batch_norm_grad" => Op::BatchNormGrad { epsilon: o.float("epsilon")?, feature: o.count("feature_index")? },
        _ => return movement(o, name, types, declared),
    })
}

fn movement(o: &Operation<'_>, name: &str, types: &[&TensorType], declared: &[TensorType]) -> Parsed<Op> {
    Ok(match name {
        "reshape" => Op::Reshape,
        "transpose" => Op::Transpose { permutation: axes(o, "permutation")? },
        "broadcast_in_dim" => Op::BroadcastInDim { dims: axes(o, "broadcast_dimensions")? },
        "broadcast" => {
            let operand = types.first().and_then(|ty| ty.rank()).unwrap_or(0);
            let result = declared.first().and_then(|ty| ty.rank()).unwrap_or(0);
            Op::BroadcastInDim { dims: (result.saturating_sub(operand)..result).collect() }
        }
        "slice" => {
            let starts = axes(o, "start_indices")?;
            let strides = maybe_axes(o, "strides")?.unwrap_or_else(|| smallvec::smallvec![1; starts.len()]);
            Op::Slice { starts, limits: axes(o, "limit_indices")?, strides }
        }
        "pad" => Op::Pad {
            low: offsets(o, "edge_padding_low")?,
            high: offsets(o, "edge_padding_high")?,
            interior: axes(o, "interior_padding")?,
        },
        "concatenate" => Op::Concatenate { axis: o.count("dimension")? },
        "reverse" => Op::Reverse { dims: axes(o, "dimensions")? },
        "dynamic_slice" => Op::DynamicSlice { sizes: axes(o, "slice_sizes")? },
        "dynamic_update_slice" => Op::DynamicUpdateSlice,
        "gather" => Op::Gather(Box::new(gather(o, axes(o, "slice_sizes")?)?)),
        "dynamic_gather" => Op::DynamicGather(Box::new(gather(o, Axes::new())?)),
        "get_dimension_size" => Op::GetDimensionSize { axis: o.count("dimension")? },
        "dynamic_reshape" => Op::DynamicReshape,
        "dynamic_iota" => Op::DynamicIota { axis: o.count("iota_dimension")? },
        "dynamic_broadcast_in_dim" => Op::DynamicBroadcastInDim {
            dims: axes(o, "broadcast_dimensions")?,
            known_expanding: maybe_axes(o, "known_expanding_dimensions")?.unwrap_or_default(),
            known_nonexpanding: maybe_axes(o, "known_nonexpanding_dimensions")?.unwrap_or_default(),
        },
        "dynamic_pad" => Op::DynamicPad,
        _ => return Err(super::operation::unknown(o)),
    })
}

fn with_regions(o: &Operation<'_>, name: &str, types: &[&TensorType], body: Region, all: Vec<Region>) -> Parsed<Op> {
    Ok(match name {
        "reduce" => Op::Reduce { dims: axes(o, "dimensions")?, body },
        "reduce_window" => {
            let sizes = axes(o, "window_dimensions")?;
            Op::ReduceWindow { window: Box::new(window(o, sizes, ["base_dilations", "window_dilations"])?), body }
        }
        "select_and_scatter" => {
            let rank = types.first().and_then(|ty| ty.rank()).unwrap_or(0);
            let sizes = maybe_axes(o, "window_dimensions")?.unwrap_or_else(|| smallvec::smallvec![1; rank]);
            let window = window(o, sizes, ["base_dilations", "window_dilations"])?;
            let scatter = all.into_iter().nth(1).unwrap_or_else(|| body.clone());
            Op::SelectAndScatter { window: window.into(), select: body, scatter }
        }
        "sort" => Op::Sort { axis: sort_axis(o, types)?, stable: o.flag("is_stable", false)?, comparator: body },
        "map" => Op::Map { body },
        "scatter" => Op::Scatter(Box::new(scatter(o)?), body),
        _ => return Err(super::operation::unknown(o)),
    })
}

fn chlo(o: &Operation<'_>, name: &str) -> Parsed<Op> {
    Ok(match name {
        "top_k" => Op::TopK { k: o.count("k")? },
        "ragged_dot" => {
            let dims = dot_dims(o, "ragged_dot_dimension_numbers")?;
            let field = |name| fields(o, "ragged_dot_dimension_numbers").map(|fields| fields.axes(name));
            let (ragged, group) = (field("lhs_ragged_dimensions")?, field("rhs_group_dimensions")?);
            let [lhs_ragged] = ragged[..] else {
                return o.bad("ragged_dot_dimension_numbers", "numbers with one ragged axis of the left operand");
            };
            let rhs_group = match group[..] {
                [] => None,
                [axis] => Some(axis),
                _ => return o.bad("ragged_dot_dimension_numbers", "numbers with at most one group axis"),
            };
            Op::RaggedDot { dims: dims.into(), lhs_ragged, rhs_group }
        }
        _ => return Err(super::operation::unknown(o)),
    })
}

fn scan(o: &Operation<'_>, types: &[&TensorType], body: Region) -> Parsed<Op> {
    let inputs = match o.maybe_integers("operandSegmentSizes")?.as_deref() {
        Some([inputs, _]) => usize::try_from(*inputs).ok().filter(|inputs| *inputs <= types.len()),
        Some(_) => None,
        None => Some(types.len() / 2),
    };
    let Some(inputs) = inputs else { return o.bad("operandSegmentSizes", "the numbers of inputs and carries") };
    Ok(Op::Scan {
        axis: o.count("dimension")?,
        reverse: o.flag("is_reverse", false)?,
        inputs,
        associative: o.flag("is_associative", false)?,
        body,
    })
}

/// `check.expect_close` with its distances.
pub(super) fn expect_close(o: &Operation<'_>) -> Parsed<Op> {
    let distance = |name, default| o.count_or(name, default).map(|n| n as u64);
    let (min_ulp, max_ulp) = (distance("min_ulp_difference", 0)?, distance("max_ulp_difference", 3)?);
    Ok(Op::Check(Check::ExpectClose { min_ulp, max_ulp }))
}

/// `custom_call @mhlo.topk`, as older JAX wrote it.
pub(super) fn old_top_k(o: &Operation<'_>) -> Parsed<Op> {
    let Some(Attribute::Dictionary(pairs)) = o.attribute("mhlo.attributes") else {
        return o.bad("mhlo.attributes", "a dictionary");
    };
    let mut inner = Operation::new(o.at, "custom_call @mhlo.topk".into());
    inner.attributes = pairs.clone();
    if !inner.flag("largest", true)? {
        return inner.bad("largest", "true");
    }
    Ok(Op::TopK { k: inner.count("k")? })
}

fn compare(o: &Operation<'_>, types: &[&TensorType]) -> Parsed<Op> {
    let direction = variant(o, "comparison_direction")?;
    let Some(direction) = Direction::ALL.into_iter().find(|d| d.name() == direction) else {
        return o.bad("comparison_direction", "EQ, NE, GE, GT, LE or LT");
    };
    let natural = types.first().map_or(Comparison::Float, |ty| Comparison::of(ty.dtype));
    let comparison = match o.attribute("compare_type").map(|value| value.variant()) {
        None | Some(Some("NOTYPE")) => natural,
        Some(name) => match Comparison::ALL.into_iter().find(|c| Some(c.name()) == name) {
            Some(comparison) => comparison,
            None => return o.bad("compare_type", "FLOAT, TOTALORDER, SIGNED or UNSIGNED"),
        },
    };
    Ok(Op::Compare(direction, comparison))
}

fn variant<'o>(o: &'o Operation<'_>, attribute: &'static str) -> Parsed<&'o str> {
    match o.attribute(attribute).and_then(Attribute::variant) {
        Some(variant) => Ok(variant),
        None => o.bad(attribute, "one of its variants"),
    }
}

fn triangular_solve(o: &Operation<'_>) -> Parsed<TriangularSolve> {
    let transpose_a = match o.attribute("transpose_a").map(|value| value.variant()) {
        None | Some(Some("NO_TRANSPOSE" | "TRANSPOSE_INVALID")) => TransposeA::NoTranspose,
        Some(Some("TRANSPOSE")) => TransposeA::Transpose,
        Some(Some("ADJOINT")) => TransposeA::Adjoint,
        Some(_) => return o.bad("transpose_a", "NO_TRANSPOSE, TRANSPOSE or ADJOINT"),
    };
    Ok(TriangularSolve {
        left_side: o.flag("left_side", false)?,
        lower: o.flag("lower", false)?,
        unit_diagonal: o.flag("unit_diagonal", false)?,
        transpose_a,
    })
}

fn fft(o: &Operation<'_>) -> Parsed<Op> {
    let kind = match variant(o, "fft_type")? {
        "FFT" => FftKind::Fft,
        "IFFT" => FftKind::Ifft,
        "RFFT" => FftKind::Rfft,
        "IRFFT" => FftKind::Irfft,
        _ => return o.bad("fft_type", "FFT, IFFT, RFFT or IRFFT"),
    };
    Ok(Op::Fft { kind, lengths: axes(o, "fft_length")? })
}

/// The last axis of the left operand with the first of the right.
fn plain_dot(types: &[&TensorType]) -> DotDims {
    let last = types.first().and_then(|ty| ty.rank()).unwrap_or(0).saturating_sub(1);
    DotDims {
        lhs_contracting: [last].into_iter().collect(),
        rhs_contracting: [0].into_iter().collect(),
        ..DotDims::default()
    }
}

fn sort_axis(o: &Operation<'_>, types: &[&TensorType]) -> Parsed<usize> {
    let axis = if o.attribute("dimension").is_some() { o.integer("dimension")? } else { -1 };
    let rank = types.first().and_then(|ty| ty.rank()).and_then(|rank| i64::try_from(rank).ok());
    let axis = if axis < 0 { rank.map_or(axis, |rank| axis + rank) } else { axis };
    usize::try_from(axis).or_else(|_| o.bad("dimension", "an axis"))
}

fn axes(o: &Operation<'_>, attribute: &'static str) -> Parsed<Axes> {
    match maybe_axes(o, attribute)? {
        Some(axes) => Ok(axes),
        None => o.bad(attribute, "a list of integers"),
    }
}

fn maybe_axes(o: &Operation<'_>, attribute: &'static str) -> Parsed<Option<Axes>> {
    let Some(integers) = o.maybe_integers(attribute)? else { return Ok(None) };
    match integers.into_iter().map(|n| usize::try_from(n).ok()).collect() {
        Some(axes) => Ok(Some(axes)),
        None => o.bad(attribute, "integers that are not negative"),
    }
}

fn offsets(o: &Operation<'_>, attribute: &'static str) -> Parsed<Offsets> {
    Ok(o.integers(attribute)?.into_iter().collect())
}

/// The window over axes of `sizes`, left-out attributes at their defaults.
fn window(o: &Operation<'_>, sizes: Axes, [base, dilation]: [&'static str; 2]) -> Parsed<Window> {
    let n = sizes.len();
    let ones = |attribute| maybe_axes(o, attribute).map(|axes| axes.unwrap_or_else(|| smallvec::smallvec![1; n]));
    let (low, high) = match o.maybe_integers("padding")? {
        None => (smallvec::smallvec![0; n], smallvec::smallvec![0; n]),
        Some(pairs) if pairs.len() == 2 * n => {
            (pairs.iter().step_by(2).copied().collect(), pairs.iter().skip(1).step_by(2).copied().collect())
        }
        Some(_) => return o.bad("padding", "two integers for each axis of the window"),
    };
    let (strides, base_dilations, window_dilations) = (ones("window_strides")?, ones(base)?, ones(dilation)?);
    if [&strides, &base_dilations, &window_dilations].iter().any(|axes| axes.len() != n) {
        return o.bad("window_strides", "(as the dilations) one integer for each axis of the window");
    }
    Ok(Window { sizes, strides, base_dilations, window_dilations, low, high })
}

fn convolution(o: &Operation<'_>, types: &[&TensorType]) -> Parsed<Convolution> {
    const ATTRIBUTE: &str = "dimension_numbers";
    let Some(Attribute::Custom { body, .. }) = o.attribute(ATTRIBUTE) else {
        return o.bad(ATTRIBUTE, "of the form `#stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, f]>`");
    };
    let Some([(input_batch, input_feature, input_spatial), kernel, output]) = convolution_dims(body) else {
        return o.bad(ATTRIBUTE, "of the form `#stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, f]>`");
    };
    let (kernel_input_feature, kernel_output_feature, kernel_spatial) = kernel;
    let (output_batch, output_feature, output_spatial) = output;
    let n = input_spatial.len();
    let dims = types.get(1).and_then(|ty| ty.shape.dims()).unwrap_or(&[]);
    let sizes: Option<Axes> = kernel_spatial.iter().map(|axis| dims.get(*axis).copied().flatten()).collect();
    let Some(sizes) = sizes.filter(|sizes| sizes.len() == n) else {
        return o.bad(ATTRIBUTE, "such that the kernel has a known extent along each spatial axis");
    };
    let reversal: SmallVec<[bool; 6]> = match o.maybe_integers("window_reversal")? {
        None => smallvec::smallvec![false; n],
        Some(flags) if flags.len() == n => flags.iter().map(|flag| *flag != 0).collect(),
        Some(_) => return o.bad("window_reversal", "one truth value for each spatial axis"),
    };
    Ok(Convolution {
        input_batch,
        input_feature,
        input_spatial,
        kernel_input_feature,
        kernel_output_feature,
        kernel_spatial,
        output_batch,
        output_feature,
        output_spatial,
        window: window(o, sizes, ["lhs_dilation", "rhs_dilation"])?,
        reversal,
        feature_groups: o.count_or("feature_group_count", 1)?,
        batch_groups: o.count_or("batch_group_count", 1)?,
    })
}

/// `[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]`: of each part the axes of its two letters and the spatial ones.
fn convolution_dims(text: &str) -> Option<[(usize, usize, Axes); 3]> {
    let (input, rest) = text.split_once('x')?;
    let (kernel, output) = rest.split_once("->")?;
    let part = |text: &str, letters: [&str; 2]| {
        let items: Vec<&str> = text.trim().strip_prefix('[')?.strip_suffix(']')?.split(',').map(str::trim).collect();
        let place = |wanted: &str| {
            let mut places = items.iter().enumerate().filter(|(_, item)| **item == wanted).map(|(k, _)| k);
            places.next().filter(|_| places.next().is_none())
        };
        if items.len() < 2 || items.len() > 64 {
            return None;
        }
        let spatial: Option<Axes> = (0..items.len() - 2).map(|k| place(&k.to_string())).collect();
        Some((place(letters[0])?, place(letters[1])?, spatial?))
    };
    let all = [part(input, ["b", "f"])?, part(kernel, ["i", "o"])?, part(output, ["b", "f"])?];
    (all[0].2.len() == all[1].2.len() && all[1].2.len() == all[2].2.len()).then_some(all)
}

/// The fields of an attribute such as `#stablehlo.gather<offset_dims = [0], index_vector_dim = 1>`.
struct Fields(Vec<(String, Vec<usize>)>);

impl Fields {
    fn axes(&self, name: &str) -> Axes {
        self.0.iter().find(|(key, _)| key == name).map(|(_, axes)| axes.iter().copied().collect()).unwrap_or_default()
    }

    fn number(&self, name: &str) -> usize {
        self.axes(name).first().copied().unwrap_or(0)
    }
}

fn fields(o: &Operation<'_>, attribute: &'static str) -> Parsed<Fields> {
    let Some(Attribute::Custom { body, at, .. }) = o.attribute(attribute) else {
        return o.bad(attribute, "of the form `#stablehlo.…<field = […], …>`");
    };
    let mut cursor = super::cursor::Cursor::new(body, 4);
    let mut found = vec![];
    let mut read = |cursor: &mut super::cursor::Cursor<'_>| -> Parsed<()> {
        while cursor.peek() != 0 {
            let name = cursor.word("a field")?.to_owned();
            cursor.expect("=")?;
            let axis = |cursor: &mut super::cursor::Cursor<'_>| match usize::try_from(cursor.integer()?) {
                Ok(axis) => Ok(axis),
                Err(_) => cursor.wrong("an integer that is not negative"),
            };
            let axes = if cursor.eat("[") { cursor.list("]", axis)? } else { vec![axis(cursor)?] };
            found.push((name, axes));
            if !cursor.eat(",") && cursor.peek() != 0 {
                return cursor.wrong("`,`");
            }
        }
        Ok(())
    };
    match read(&mut cursor) {
        Ok(()) => Ok(Fields(found)),
        Err(inner) => Err(Box::new(Fault { at: inner.at + at, problem: inner.problem })),
    }
}

/// The paired axes, from `#stablehlo.dot<…>` or from the attributes the pretty form has.
fn dot_dims(o: &Operation<'_>, attribute: &'static str) -> Parsed<DotDims> {
    if o.attribute(attribute).is_none() {
        let list = |name| maybe_axes(o, name).map(Option::unwrap_or_default);
        return Ok(DotDims {
            lhs_batch: list("lhs_batching_dimensions")?,
            rhs_batch: list("rhs_batching_dimensions")?,
            lhs_contracting: list("lhs_contracting_dimensions")?,
            rhs_contracting: list("rhs_contracting_dimensions")?,
        });
    }
    let fields = fields(o, attribute)?;
    Ok(DotDims {
        lhs_batch: fields.axes("lhs_batching_dimensions"),
        rhs_batch: fields.axes("rhs_batching_dimensions"),
        lhs_contracting: fields.axes("lhs_contracting_dimensions"),
        rhs_contracting: fields.axes("rhs_contracting_dimensions"),
    })
}

fn gather(o: &Operation<'_>, slice_sizes: Axes) -> Parsed<Gather> {
    let fields = fields(o, "dimension_numbers")?;
    Ok(Gather {
        offset_dims: fields.axes("offset_dims"),
        collapsed_slice_dims: fields.axes("collapsed_slice_dims"),
        operand_batching_dims: fields.axes("operand_batching_dims"),
        start_indices_batching_dims: fields.axes("start_indices_batching_dims"),
        start_index_map: fields.axes("start_index_map"),
        index_vector_dim: fields.number("index_vector_dim"),
        slice_sizes,
        indices_are_sorted: o.flag("indices_are_sorted", false)?,
    })
}

fn scatter(o: &Operation<'_>) -> Parsed<Scatter> {
    let fields = fields(o, "scatter_dimension_numbers")?;
    Ok(Scatter {
        update_window_dims: fields.axes("update_window_dims"),
        inserted_window_dims: fields.axes("inserted_window_dims"),
        input_batching_dims: fields.axes("input_batching_dims"),
        scatter_indices_batching_dims: fields.axes("scatter_indices_batching_dims"),
        scatter_dims_to_operand_dims: fields.axes("scatter_dims_to_operand_dims"),
        index_vector_dim: fields.number("index_vector_dim"),
        indices_are_sorted: o.flag("indices_are_sorted", false)?,
        unique_indices: o.flag("unique_indices", false)?,
    })
}
