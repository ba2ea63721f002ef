"""Ops of TensorFlow's `tf.debugging`."""

# Written by `python/stubs` from the table of ops; do not edit.

from ._debugging import Assert as Assert
from ._debugging import assert_all_finite as assert_all_finite
from ._debugging import assert_equal as assert_equal
from ._debugging import assert_greater as assert_greater
from ._debugging import assert_greater_equal as assert_greater_equal
from ._debugging import assert_integer as assert_integer
from ._debugging import assert_less as assert_less
from ._debugging import assert_less_equal as assert_less_equal
from ._debugging import assert_near as assert_near
from ._debugging import assert_negative as assert_negative
from ._debugging import assert_non_negative as assert_non_negative
from ._debugging import assert_non_positive as assert_non_positive
from ._debugging import assert_none_equal as assert_none_equal
from ._debugging import assert_positive as assert_positive
from ._debugging import assert_rank as assert_rank
from ._debugging import assert_rank_at_least as assert_rank_at_least
from ._debugging import assert_rank_in as assert_rank_in
from ._debugging import assert_same_float_dtype as assert_same_float_dtype
from ._debugging import assert_scalar as assert_scalar
from ._debugging import assert_shapes as assert_shapes
from ._debugging import assert_type as assert_type
from ._debugging import check_numerics as check_numerics
from ._debugging import is_numeric_tensor as is_numeric_tensor

__all__ = [
    "Assert",
    "assert_all_finite",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_shapes",
    "assert_type",
    "check_numerics",
    "is_numeric_tensor",
]
