#!/usr/bin/env python3
"""Writes the tables beside it: linear algebra, random bits, batch norm and Fourier transforms on small operands.

Needs: pip install jax jaxlib numpy. Numbers that have a tolerance come from NumPy (and gradients from JAX) in double precision; random
bits come from XLA's CPU compiler, run on the very text of the case. Operands are multiples of 1/16, so every decimal is exact.
"""
import itertools, json, pathlib
import jax
import jax.numpy as jnp
import numpy as np
from jax._src.lib import xla_client
from jax._src import xla_bridge

jax.config.update("jax_enable_x64", True)
HERE = pathlib.Path(__file__).parent
RANDOM = np.random.default_rng(20)
NAMES = {"float32": "f32", "float64": "f64", "complex64": "complex<f32>", "complex128": "complex<f64>",
         "uint8": "ui8", "uint16": "ui16", "uint32": "ui32", "uint64": "ui64"}
FLOATS = ["float32", "float64", "complex64", "complex128"]
# Largest error allowed, as a part of the largest magnitude in the result.
TOLERANCE = {"float32": 1e-6, "float64": 2e-15, "complex64": 1e-6, "complex128": 2e-15}


def ty(dtype, shape):
    return "tensor<" + "".join(f"{n}x" for n in shape) + NAMES[str(np.dtype(dtype))] + ">"


def numbers(shape, dtype):
    part = lambda: RANDOM.integers(-40, 41, size=shape) / 16
    return (part() + 1j * part() if np.dtype(dtype).kind == "c" else part()).astype(dtype)


def plain(array, known=None):
    flat = np.asarray(array).reshape(-1)
    known = np.ones(flat.shape, bool) if known is None else np.broadcast_to(known, array.shape).reshape(-1)
    one = (lambda v: [v.real.item(), v.imag.item()]) if flat.dtype.kind == "c" else (lambda v: v.item())
    return [one(v) if k else None for v, k in zip(flat, known)]


def tensor(array, known=None):
    dtype = NAMES[str(array.dtype)]
    return {"type": dtype, "shape": list(array.shape), "data": plain(array, known)}


def module(op, inputs, results):
    arguments = ", ".join(f"%a{k}: {t}" for k, t in enumerate(inputs))
    values = ", ".join(f"%a{k}" for k in range(len(inputs)))
    bound = f"%r:{len(results)}" if len(results) > 1 else "%r"
    given = ", ".join(f"%r#{k}" for k in range(len(results))) if len(results) > 1 else "%r"
    out = ", ".join(results)
    name, attributes = op
    return (f"func.func public @main({arguments}) -> ({out}) {{\n"
            f'  {bound} = "stablehlo.{name}"({values}) <{{{attributes}}}> : ({", ".join(inputs)}) -> ({out})\n'
            f"  func.return {given} : {out}\n}}")


def case(op, inputs, outputs, tolerance, known=None):
    """One case. Results are cut to the type of the case; `known` says which elements of the first have a meaning."""
    text = module(op, [ty(x.dtype, x.shape) for x in inputs], [ty(y.dtype, y.shape) for y in outputs])
    results = [tensor(y, known if k == 0 else None) for k, y in enumerate(outputs)]
    return {"text": text, "inputs": [tensor(x) for x in inputs], "results": results, "tolerance": tolerance}


def write(name, cases):
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (HERE / f"{name}.json").write_text(f"[\n{lines}\n]\n")
    print(name, len(cases))


def wide(x):
    return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)


def cholesky():
    for dtype, shape, lower in itertools.product(FLOATS, [(1, 1), (3, 3), (2, 4, 4), (2, 1, 2, 2), (0, 0)], [True, False]):
        m, n = numbers(shape, dtype), shape[-1]
        a = m @ np.conj(np.swapaxes(m, -1, -2)) + np.eye(n, dtype=dtype) * 4
        factor = np.linalg.cholesky(wide(a)) if n else a
        if not lower:
            factor = np.conj(np.swapaxes(factor, -1, -2))
        triangle = np.tril(np.ones((n, n), bool)) if lower else np.triu(np.ones((n, n), bool))
        a = np.where(triangle, a, np.array(77, dtype))  # the other triangle is not read
        attributes = f"lower = {str(lower).lower()}"
        yield case(("cholesky", attributes), [a], [factor.astype(dtype)], TOLERANCE[dtype], triangle)


def triangular_solve():
    flags = itertools.product(FLOATS, [True, False], [True, False], [True, False], ["NO_TRANSPOSE", "TRANSPOSE", "ADJOINT"])
    for k, (dtype, left, lower, unit, transpose) in enumerate(flags):
        batch = (2,) if k % 5 == 0 else ()
        n, m = 3, 2
        a = numbers(batch + (n, n), dtype) + np.eye(n, dtype=dtype) * 6
        b = numbers(batch + ((n, m) if left else (m, n)), dtype)
        read = np.tril(wide(a)) if lower else np.triu(wide(a))
        if unit:
            read = read * (1 - np.eye(n)) + np.eye(n)
        op = {"NO_TRANSPOSE": read, "TRANSPOSE": np.swapaxes(read, -1, -2), "ADJOINT": np.conj(np.swapaxes(read, -1, -2))}[transpose]
        if left:
            x = np.linalg.solve(op, wide(b))
        else:
            x = np.swapaxes(np.linalg.solve(np.swapaxes(op, -1, -2), np.swapaxes(wide(b), -1, -2)), -1, -2)
        word = lambda flag: str(flag).lower()
        attributes = (f"left_side = {word(left)}, lower = {word(lower)}, unit_diagonal = {word(unit)}, "
                      f"transpose_a = #stablehlo<transpose {transpose}>")
        # Unit triangular systems of these operands are less well conditioned.
        yield case(("triangular_solve", attributes), [a, b], [x.astype(dtype)], TOLERANCE[dtype] * (10 if unit else 1))


def xla(text, inputs):
    client = xla_bridge.get_backend("cpu")
    devices = xla_client.DeviceList(tuple(client.local_devices()[:1]))
    program = client.compile_and_load(text, devices, xla_client.CompileOptions())
    buffers = [jax.device_put(x) for x in inputs]
    out = program.execute_sharded(buffers)
    return [np.asarray(shards[0]) for shards in out.disassemble_into_single_device_arrays()]


def rng_bit_generator():
    states = [("THREE_FRY", 2), ("PHILOX", 2), ("PHILOX", 3), ("DEFAULT", 3)]
    shapes = [(), (1,), (2,), (4,), (7,), (3, 5), (2, 3, 4), (0,)]
    for (algorithm, size), dtype in itertools.product(states, ["uint8", "uint16", "uint32", "uint64"]):
        for shape in shapes if algorithm != "DEFAULT" else [(6,)]:
            state = RANDOM.integers(0, 2**64 - 1, size=size, dtype=np.uint64)
            if shape == (4,):
                state[-1] = 2**64 - 1  # the counter wraps
            op = ("rng_bit_generator", f"rng_algorithm = #stablehlo<rng_algorithm {algorithm}>")
            text = module(op, [ty(np.uint64, (size,))], [ty(np.uint64, (size,)), ty(dtype, shape)])
            yield case(op, [state], xla("module @m {\n" + text + "\n}", [state]), 0)


def batch_norm():
    for dtype in ["float32", "float64"]:
        for shape, feature in [((4, 3), 1), ((3, 4), 0), ((2, 3, 4, 2), 1), ((2, 3, 4, 2), 3), ((5,), 0), ((6, 1), 1)]:
            epsilon = np.float32(0.125)
            x, n = numbers(shape, dtype), shape[feature]
            scale, offset, mean = numbers((n,), dtype), numbers((n,), dtype), numbers((n,), dtype)
            variance = np.abs(numbers((n,), dtype)) + 1
            axes = tuple(k for k in range(len(shape)) if k != feature)
            along = lambda v: v.reshape([n if k == feature else 1 for k in range(len(shape))])
            attributes = f"epsilon = 0.125 : f32, feature_index = {feature} : i64"
            one = lambda m, v: (wide(x) - along(m)) / np.sqrt(along(v) + epsilon) * along(wide(scale)) + along(wide(offset))
            tolerance = TOLERANCE[dtype] * 2
            result = one(wide(mean), wide(variance)).astype(dtype)
            yield case(("batch_norm_inference", attributes), [x, scale, offset, mean, variance], [result], tolerance)
            m, v = wide(x).mean(axes), wide(x).var(axes)
            results = [r.astype(dtype) for r in (one(m, v), m, v)]
            yield case(("batch_norm_training", attributes), [x, scale, offset], results, tolerance)
            g = numbers(shape, dtype)
            # With mean and variance of x itself this is the gradient of training; JAX differentiates that.
            if n and axes:
                def loss(x, scale, offset):
                    m, v = x.mean(axes), x.var(axes)
                    y = (x - along(m)) / jnp.sqrt(along(v) + epsilon) * along(scale) + along(offset)
                    return (y * wide(g)).sum()
                grads = jax.grad(loss, (0, 1, 2))(wide(x), wide(scale), wide(offset))
                inputs = [x, scale, m.astype(dtype), v.astype(dtype), g]
                yield case(("batch_norm_grad", attributes), inputs, [np.asarray(r).astype(dtype) for r in grads], tolerance * 2)


def fft():
    lengths = [(n,) for n in (1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 30)] + [(3, 4), (4, 5), (2, 3, 5)]
    for (real, cplx), kind, length in itertools.product(
            [("float32", "complex64"), ("float64", "complex128")], ["FFT", "IFFT", "RFFT", "IRFFT"], lengths):
        batch = (2,) if length[0] in (3, 4, 7) else ()
        axes, half = tuple(range(-len(length), 0)), length[:-1] + (length[-1] // 2 + 1,)
        x = numbers(batch + (half if kind == "IRFFT" else length), real if kind == "RFFT" else cplx)
        do = {"FFT": lambda: np.fft.fftn(wide(x), axes=axes), "IFFT": lambda: np.fft.ifftn(wide(x), axes=axes),
              "RFFT": lambda: np.fft.rfftn(wide(x), axes=axes), "IRFFT": lambda: np.fft.irfftn(wide(x), s=length, axes=axes)}[kind]
        sizes = ", ".join(map(str, length))
        attributes = f"fft_type = #stablehlo<fft_type {kind}>, fft_length = array<i64: {sizes}>"
        out = real if kind == "IRFFT" else cplx
        yield case(("fft", attributes), [x], [do().astype(out)], TOLERANCE[out])


for table in (cholesky, triangular_solve, rng_bit_generator, batch_norm, fft):
    write(table.__name__, list(table()))
