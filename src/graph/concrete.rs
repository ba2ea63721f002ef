//! Ops that read shapes from operands, made into their static kin once those operands are known.

use super::infer::{self, Fault};
use super::{Literal, Op};
use crate::shape::{Axes, TensorType};
use crate::tensor::Tensor;
use brolga_codegen::DType;
use brolga_codegen::attributes::Offsets;
use smallvec::{SmallVec, smallvec};

/// An op without shape operands.
#[derive(Clone, PartialEq, Debug)]
pub struct Concrete {
    /// The op.
    pub op: Op,
    /// Which of the former operands it takes, in order.
    pub inputs: SmallVec<[usize; 3]>,
    /// The type of its result.
    pub result: TensorType,
}

/// Why numbers found at run time make no shape.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ShapeFault {
    /// An extent, or a number of elements between others, is negative or too large.
    #[error("operand {operand} gives {number} at position {position}, which is no extent")]
    Extent {
        /// Which operand.
        operand: usize,
        /// Where in it.
        position: usize,
        /// What stands there.
        number: i128,
    },
    /// Too few or too many numbers.
    #[error("operand {operand} gives {found} numbers, {expected} are needed")]
    Count {
        /// Which operand.
        operand: usize,
        /// How many it has.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// The shape breaks a rule of the op.
    #[error("{}", infer::listed(.0))]
    Rules(Vec<Fault>),
    /// The shape is not the declared one.
    #[error("the result is `{found}`, declared is `{declared}`")]
    Declared {
        /// The type as declared.
        declared: TensorType,
        /// The type it has.
        found: TensorType,
    },
}

/// Which operands of an op say what shape its result has. Empty for ops whose result type follows from operand types.
pub fn shape_operands(op: &Op) -> &'static [usize] {
    if let Op::DynamicIota { .. } = op {
        &[0]
    } else if let Op::DynamicReshape | Op::DynamicBroadcastInDim { .. } = op {
        &[1]
    } else if let Op::DynamicPad = op {
        &[2, 3, 4]
    } else if let Op::DynamicGather(_) | Op::DynamicConv(_) = op {
        &[2]
    } else {
        &[]
    }
}

/// The op without shape operands, `shapes` being the values of [`shape_operands`] in order and `inputs` the operands'
/// types. `None` for an op that has no shape operands, and for `get_dimension_size` of an unknown extent.
pub fn concrete(
    op: &Op,
    inputs: &[&TensorType],
    shapes: &[Tensor],
    declared: &TensorType,
) -> Option<Result<Concrete, ShapeFault>> {
    Some(match (op, shapes) {
        (Op::GetDimensionSize { axis }, _) => {
            let extent = (*inputs.first()?.shape.dims()?.get(*axis)?)?;
            let number = i32::try_from(extent).unwrap_or(i32::MAX);
            let op = Op::Constant(Literal::from(Tensor::scalar(number)));
            Ok(Concrete { op, inputs: smallvec![], result: TensorType::scalar(DType::I32) })
        }
        (Op::DynamicIota { axis }, [shape]) => {
            sized(Op::Iota { axis: *axis }, &[], inputs, 0, &integers(shape), declared)
        }
        (Op::DynamicReshape, [shape]) => sized(Op::Reshape, &[0], inputs, 1, &integers(shape), declared),
        (Op::DynamicBroadcastInDim { dims, .. }, [shape]) => {
            sized(Op::BroadcastInDim { dims: dims.clone() }, &[0], inputs, 1, &integers(shape), declared)
        }
        (Op::DynamicPad, [low, high, interior]) => {
            pad(inputs, &integers(low), &integers(high), &integers(interior), declared)
        }
        (Op::DynamicGather(gather), [sizes]) => extents(2, &integers(sizes)).and_then(|slice_sizes| {
            let op = Op::Gather(Box::new(brolga_codegen::attributes::Gather { slice_sizes, ..(**gather).clone() }));
            typed(op, &[0, 1], inputs, &[], declared)
        }),
        (Op::DynamicConv(convolution), [padding]) => {
            let mut convolution = convolution.clone();
            let padding = integers(padding);
            let expected = 2 * convolution.input_spatial.len();
            if padding.len() != expected {
                return Some(Err(ShapeFault::Count { operand: 2, found: padding.len(), expected }));
            }
            let signed = |n: &i128| i64::try_from(*n).unwrap_or(if *n < 0 { i64::MIN } else { i64::MAX });
            convolution.window.low = padding.iter().step_by(2).map(signed).collect();
            convolution.window.high = padding.iter().skip(1).step_by(2).map(signed).collect();
            let result = declared.clone();
            typed(Op::Convolution(convolution), &[0, 1], inputs, &[result], declared)
        }
        _ => return None,
    })
}

/// The elements of an integer tensor; of a tensor of any other type none.
pub fn integers(tensor: &Tensor) -> Vec<i128> {
    macro_rules! widened {
        ($($t:ident)+) => { match tensor.dtype() {
            $(dtype if dtype == <$t as brolga_codegen::Element>::DTYPE => {
                tensor.as_slice::<$t>().map(|s| s.iter().map(|&n| i128::from(n)).collect()).unwrap_or_default()
            })+
            _ => vec![],
        } };
    }
    widened!(i8 i16 i32 i64 u8 u16 u32 u64)
}

fn extents(operand: usize, numbers: &[i128]) -> Result<Axes, ShapeFault> {
    let extent = |(position, &number): (usize, &i128)| {
        usize::try_from(number).map_err(|_| ShapeFault::Extent { operand, position, number })
    };
    numbers.iter().enumerate().map(extent).collect()
}

/// An op whose result has the extents that an operand lists.
fn sized(
    op: Op,
    keep: &[usize],
    inputs: &[&TensorType],
    operand: usize,
    numbers: &[i128],
    declared: &TensorType,
) -> Result<Concrete, ShapeFault> {
    let result = TensorType::of(declared.dtype, &extents(operand, numbers)?);
    typed(op, keep, inputs, &[result], declared)
}

fn pad(
    inputs: &[&TensorType],
    low: &[i128],
    high: &[i128],
    interior: &[i128],
    declared: &TensorType,
) -> Result<Concrete, ShapeFault> {
    let expected = inputs.first().and_then(|ty| ty.rank()).unwrap_or(0);
    for (operand, found) in [(2, low.len()), (3, high.len()), (4, interior.len())] {
        if found != expected {
            return Err(ShapeFault::Count { operand, found, expected });
        }
    }
    let signed = |operand: usize, numbers: &[i128]| -> Result<Offsets, ShapeFault> {
        let one = |(position, &number): (usize, &i128)| {
            i64::try_from(number).map_err(|_| ShapeFault::Extent { operand, position, number })
        };
        numbers.iter().enumerate().map(one).collect()
    };
    let op = Op::Pad { low: signed(2, low)?, high: signed(3, high)?, interior: extents(4, interior)? };
    typed(op, &[0, 1], inputs, &[], declared)
}

/// The op, its result checked against the rules and against what the text declares.
fn typed(
    op: Op,
    keep: &[usize],
    inputs: &[&TensorType],
    wanted: &[TensorType],
    declared: &TensorType,
) -> Result<Concrete, ShapeFault> {
    let kept: SmallVec<[&TensorType; 3]> = keep.iter().map(|&k| inputs[k]).collect();
    let results = infer::result_types(&op, &kept, wanted).map_err(ShapeFault::Rules)?;
    let found = results.into_iter().next().unwrap_or_else(|| declared.clone());
    if !found.compatible(declared) {
        return Err(ShapeFault::Declared { declared: declared.clone(), found });
    }
    Ok(Concrete { op, inputs: keep.into(), result: found })
}
