//! Every op and every scalar word by its name, with a sentence on what it means.

use super::Op;

/// Dialect and name of every op and scalar word, each with one sentence. Words stand last, as in their tables.
pub const ALL: &[(&str, &str)] = &[
    ("func.parameter", "A value the graph is given."),
    ("stablehlo.constant", "A tensor known from the start."),
    ("stablehlo.iota", "Counts up from 0 along an axis."),
    ("stablehlo.compare", "Whether a comparison holds between two elements."),
    ("stablehlo.select", "The element of one tensor where a predicate holds, of the other where it does not."),
    ("stablehlo.clamp", "The element, but no less than the least and no more than the greatest."),
    ("brolga.fma", "a * b + c, rounded once."),
    ("stablehlo.convert", "The element in another type: rounded to nearest, or cut towards zero to an integer."),
    ("stablehlo.bitcast_convert", "The same bits read as another type."),
    ("stablehlo.reduce_precision", "The element rounded to fewer bits of exponent and mantissa, and back."),
    ("stablehlo.reshape", "The same elements in the same order under another shape."),
    ("stablehlo.transpose", "The axes in another order."),
    ("stablehlo.broadcast_in_dim", "Axes placed among those of a larger shape, and repeated along the others."),
    ("stablehlo.slice", "A box of elements with a step along each axis."),
    ("stablehlo.pad", "More elements around and between, or fewer around where padding is negative."),
    ("stablehlo.concatenate", "Tensors one after another along an axis."),
    ("stablehlo.reverse", "Axes read backwards."),
    ("stablehlo.dynamic_slice", "A box of fixed size from a place known when the program runs; clamped to fit."),
    (
        "stablehlo.dynamic_update_slice",
        "The tensor with a box overwritten at a place known when the program runs; clamped to fit.",
    ),
    ("stablehlo.gather", "Slices from the places that an index tensor names; clamped to fit."),
    (
        "stablehlo.scatter",
        "The tensor with updates combined in at the places that an index tensor names; those outside are skipped.",
    ),
    ("stablehlo.reduce", "Elements along axes combined into one."),
    ("stablehlo.reduce_window", "Elements under a sliding window combined into one."),
    ("stablehlo.select_and_scatter", "Values sent back to the element that each window selects, and combined there."),
    ("stablehlo.sort", "Tensors put in order together along an axis."),
    ("stablehlo.map", "A scalar function of the elements at one place of each tensor."),
    ("chlo.top_k", "The largest elements along the last axis, in order, and their indices."),
    ("chlo.scan", "A function carried along an axis, with an output at each place."),
    ("stablehlo.dot_general", "Products summed over paired axes, for each place of paired batch axes."),
    ("chlo.ragged_dot", "A contraction whose groups along one axis have sizes known when the program runs."),
    ("stablehlo.convolution", "Products of a sliding kernel with what it covers, summed."),
    ("stablehlo.triangular_solve", "The solution of linear equations whose matrix is triangular."),
    ("stablehlo.cholesky", "The triangular factor of a positive definite matrix."),
    ("stablehlo.fft", "The discrete Fourier transform over the trailing axes."),
    ("stablehlo.rng", "Random numbers of a distribution."),
    ("stablehlo.rng_bit_generator", "Random bits that follow from a state, and the next state."),
    ("stablehlo.batch_norm_inference", "The tensor normalised per feature with a given mean and variance."),
    ("stablehlo.batch_norm_training", "The tensor normalised per feature with its own mean and variance, and these."),
    ("stablehlo.batch_norm_grad", "The gradients of a batch normalisation in training."),
    ("stablehlo.if", "The results of one of two branches, chosen by a truth value."),
    (
        "stablehlo.case",
        "The results of one of several branches, chosen by an index; the last where there is none for it.",
    ),
    ("stablehlo.while", "A body repeated as long as a condition holds of what it carries."),
    ("func.call", "The results of another function."),
    ("stablehlo.composite", "An op made of ops, under a name."),
    ("stablehlo.optimization_barrier", "The operands, which nothing is moved across."),
    ("stablehlo.get_dimension_size", "The extent of an axis."),
    ("stablehlo.dynamic_reshape", "A reshape to a shape known when the program runs."),
    ("stablehlo.dynamic_iota", "An iota of a shape known when the program runs."),
    ("stablehlo.dynamic_broadcast_in_dim", "A broadcast to a shape known when the program runs."),
    ("stablehlo.dynamic_pad", "A pad by amounts known when the program runs."),
    ("stablehlo.dynamic_gather", "A gather of slices whose size is known when the program runs."),
    ("stablehlo.dynamic_conv", "A convolution whose padding is known when the program runs."),
    ("check.expect_eq", "An error unless two tensors are equal; NaN equals NaN."),
    ("check.expect_almost_eq", "An error unless two tensors are equal within 1e-4 or 3 units in the last place."),
    ("check.expect_close", "An error unless two tensors are so many units in the last place apart."),
    ("brolga.deferred", "An op of a front end that waits for the shapes or values of its operands."),
    ("brolga.host_call", "The results of a function of the host."),
    ("stablehlo.abs", "The distance from zero; of a complex number its modulus, which is real."),
    ("chlo.acos", "The arc cosine."),
    ("chlo.acosh", "The inverse hyperbolic cosine."),
    ("chlo.asin", "The arc sine."),
    ("chlo.asinh", "The inverse hyperbolic sine."),
    ("chlo.atan", "The arc tangent."),
    ("chlo.atanh", "The inverse hyperbolic tangent."),
    ("chlo.bessel_i1e", "The modified Bessel function of order 1, scaled by exp(-|x|)."),
    ("stablehlo.cbrt", "The cube root."),
    ("stablehlo.ceil", "The least whole number not below."),
    ("chlo.cosh", "The hyperbolic cosine."),
    ("stablehlo.cosine", "The cosine, in radians."),
    ("stablehlo.count_leading_zeros", "How many zero bits stand above the highest one."),
    ("chlo.digamma", "The derivative of the logarithm of the gamma function."),
    ("chlo.erf", "The error function."),
    ("chlo.erf_inv", "The inverse of the error function."),
    ("chlo.erfc", "One minus the error function, without cancellation."),
    ("stablehlo.exponential", "e raised to the element."),
    ("stablehlo.exponential_minus_one", "exp(x) - 1, without cancellation near zero."),
    ("stablehlo.floor", "The greatest whole number not above."),
    ("stablehlo.imag", "The imaginary part; of a real number, zero."),
    ("stablehlo.is_finite", "Whether the element is neither infinite nor NaN."),
    ("chlo.lgamma", "The logarithm of the absolute value of the gamma function."),
    ("stablehlo.log", "The natural logarithm."),
    ("stablehlo.log_plus_one", "log(1 + x), without cancellation near zero."),
    ("stablehlo.logistic", "1 / (1 + exp(-x))."),
    ("stablehlo.negate", "The element with its sign turned; integers wrap."),
    ("stablehlo.not", "The opposite truth value, or every bit turned over."),
    ("stablehlo.popcnt", "How many bits are one."),
    ("stablehlo.real", "The real part."),
    ("stablehlo.round_nearest_afz", "The nearest whole number; halves go away from zero."),
    ("stablehlo.round_nearest_even", "The nearest whole number; halves go to the even one."),
    ("stablehlo.rsqrt", "One over the square root."),
    ("stablehlo.sign", "-1, 0 or 1; of a complex number x / |x|."),
    ("stablehlo.sine", "The sine, in radians."),
    ("chlo.sinh", "The hyperbolic sine."),
    ("stablehlo.sqrt", "The square root, rounded once."),
    ("stablehlo.tan", "The tangent, in radians."),
    ("stablehlo.tanh", "The hyperbolic tangent."),
    ("stablehlo.add", "The sum; integers wrap; on truth values, or."),
    ("stablehlo.and", "Both: bit by bit, or of truth values."),
    ("stablehlo.atan2", "The angle of the point (y, x), in radians."),
    ("stablehlo.complex", "The complex number with these real and imaginary parts."),
    ("stablehlo.divide", "The quotient; of integers rounded towards zero, x/0 is all ones, MIN/-1 is MIN."),
    ("stablehlo.maximum", "The greater; a NaN operand gives NaN, -0 < +0."),
    ("stablehlo.minimum", "The lesser; a NaN operand gives NaN, -0 < +0."),
    ("chlo.mulhi", "The upper half of the double-width product."),
    ("stablehlo.multiply", "The product; integers wrap; on truth values, and."),
    ("chlo.next_after", "The next representable number from the first towards the second."),
    ("stablehlo.or", "Either: bit by bit, or of truth values."),
    ("chlo.polygamma", "The derivative of digamma, of the order of the first operand, at the second."),
    ("stablehlo.power", "The first raised to the second; integers wrap."),
    ("stablehlo.remainder", "What division towards zero leaves, with the dividend's sign; x rem 0 is x for integers."),
    ("stablehlo.shift_left", "Bits moved up; amounts of the width or more give 0."),
    ("stablehlo.shift_right_arithmetic", "Bits moved down, copies of the sign moving in."),
    ("stablehlo.shift_right_logical", "Bits moved down, zeros moving in."),
    ("stablehlo.subtract", "The difference; integers wrap."),
    ("stablehlo.xor", "One but not both: bit by bit, or of truth values."),
    ("chlo.zeta", "The Hurwitz zeta function of order x at q = y."),
];

impl Op {
    /// One sentence on what the op means.
    pub fn doc(&self) -> &'static str {
        match self {
            Op::Unary(word) => word.doc(),
            Op::Binary(word) => word.doc(),
            other @ Op::Parameter
            | other @ Op::Constant(_)
            | other @ Op::Iota { .. }
            | other @ Op::Compare(..)
            | other @ Op::Select
            | other @ Op::Clamp
            | other @ Op::Fma
            | other @ Op::Convert
            | other @ Op::BitcastConvert
            | other @ Op::ReducePrecision { .. }
            | other @ Op::Reshape
            | other @ Op::Transpose { .. }
            | other @ Op::BroadcastInDim { .. }
            | other @ Op::Slice { .. }
            | other @ Op::Pad { .. }
            | other @ Op::Concatenate { .. }
            | other @ Op::Reverse { .. }
            | other @ Op::DynamicSlice { .. }
            | other @ Op::DynamicUpdateSlice
            | other @ Op::Gather(_)
            | other @ Op::Scatter(..)
            | other @ Op::Reduce { .. }
            | other @ Op::ReduceWindow { .. }
            | other @ Op::SelectAndScatter { .. }
            | other @ Op::Sort { .. }
            | other @ Op::Map { .. }
            | other @ Op::TopK { .. }
            | other @ Op::Scan { .. }
            | other @ Op::DotGeneral(_)
            | other @ Op::RaggedDot { .. }
            | other @ Op::Convolution(_)
            | other @ Op::TriangularSolve(_)
            | other @ Op::Cholesky { .. }
            | other @ Op::Fft { .. }
            | other @ Op::Rng(_)
            | other @ Op::RngBitGenerator(_)
            | other @ Op::BatchNormInference { .. }
            | other @ Op::BatchNormTraining { .. }
            | other @ Op::BatchNormGrad { .. }
            | other @ Op::If { .. }
            | other @ Op::Case { .. }
            | other @ Op::While { .. }
            | other @ Op::Call(_)
            | other @ Op::Composite { .. }
            | other @ Op::OptimizationBarrier
            | other @ Op::GetDimensionSize { .. }
            | other @ Op::DynamicReshape
            | other @ Op::DynamicIota { .. }
            | other @ Op::DynamicBroadcastInDim { .. }
            | other @ Op::DynamicPad
            | other @ Op::DynamicGather(_)
            | other @ Op::DynamicConv(_)
            | other @ Op::Check(_)
            | other @ Op::HostCall(_)
            | other @ Op::Deferred(_) => {
                let (dialect, name) = other.spelling();
                let named = |row: &&(&str, &str)| row.0.split_once('.') == Some((dialect, name));
                ALL.iter().find(named).expect("law: every op has a sentence in the vocabulary").1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::graph::infer::samples;
    use brolga_codegen::{Binary, Unary};
    use std::collections::HashSet;

    #[test]
    fn every_op_and_word_has_one_sentence() {
        let names: HashSet<&str> = ALL.iter().map(|row| row.0).collect();
        assert_eq!(names.len(), ALL.len(), "no name stands twice");
        for (name, doc) in ALL {
            assert!(doc.ends_with('.') && doc.len() > 10, "{name}: {doc}");
        }
        let unary = Unary::ALL.iter().map(|word| (word.dialect(), word.name(), word.doc()));
        let binary = Binary::ALL.iter().map(|word| (word.dialect(), word.name(), word.doc()));
        for (dialect, name, doc) in unary.chain(binary) {
            assert!(
                ALL.contains(&(&format!("{dialect}.{name}"), doc)),
                "{dialect}.{name} has the sentence of its table"
            );
        }
        for (op, ..) in samples() {
            let (dialect, name) = op.spelling();
            assert!(names.contains(format!("{dialect}.{name}").as_str()), "{dialect}.{name}");
            assert!(!op.doc().is_empty());
        }
        let spelled: HashSet<String> =
            samples().iter().map(|(op, ..)| op.spelling()).map(|(d, n)| format!("{d}.{n}")).collect();
        assert_eq!(spelled.len(), ALL.len(), "the samples have every op and word");
    }
}
