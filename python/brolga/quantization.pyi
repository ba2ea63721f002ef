"""Ops of TensorFlow's `tf.quantization`."""

# Written by `python/stubs` from the table of ops; do not edit.

from typing import Any

__all__ = [
    "fake_quant_with_min_max_args",
    "fake_quant_with_min_max_vars",
    "fake_quant_with_min_max_vars_per_channel",
    "quantize_and_dequantize_v2",
]

def fake_quant_with_min_max_args(inputs: Any, min: Any = ..., max: Any = ..., num_bits: Any = ..., narrow_range: Any = ..., name: str | None = ...) -> Any: ...
def fake_quant_with_min_max_vars(inputs: Any, min: Any, max: Any, num_bits: Any = ..., narrow_range: Any = ..., name: str | None = ...) -> Any: ...
def fake_quant_with_min_max_vars_per_channel(inputs: Any, min: Any, max: Any, num_bits: Any = ..., narrow_range: Any = ..., name: str | None = ...) -> Any: ...
def quantize_and_dequantize_v2(input: Any, input_min: Any, input_max: Any, signed_input: Any = ..., num_bits: Any = ..., range_given: Any = ..., round_mode: Any = ..., name: str | None = ..., narrow_range: Any = ..., axis: Any = ...) -> Any: ...
