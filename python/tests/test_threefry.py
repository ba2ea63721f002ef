"""`alg="threefry"`: the numbers that TensorFlow 2.21 draws where XLA compiles it (elsewhere it has none)."""

import brolga as tf
import numpy as np
import pytest

SEED = [1, 2]
NORMAL = {
    (5,): [-0.5546244978904724, -1.8799735307693481, 1.1058804988861084, -0.22600825130939484, -0.815455436706543],
    (4,): [-0.35351940989494324, -1.9279348850250244, 1.0784025192260742, -0.22039256989955902],
    (2, 3): [[-0.5546244978904724, 1.1058804988861084, -0.815455436706543], [-1.8799735307693481, -0.22600825130939484, -0.6288714408874512]],
    (): -0.5546244978904724,
}
TRUNCATED = {
    (5,): [-0.98401939868927, 0.10945896804332733, 0.06911209225654602, -0.5475519895553589, 0.21328549087047577],
    (2, 3): [[-0.98401939868927, 0.06911209225654602, 0.21328549087047577], [0.10945896804332733, -0.5475519895553589, 0.35533085465431213]],
}
WHOLE = {
    "int32": [629071667, -1951382812, -2023517645, 1211544305, -1767492697],
    "uint32": [629071667, 2343584484, 2271449651, 1211544305, 2527474599],
    "int64": [-8381125358887444685, 5203543169901498931, -6540346156820057177, 3776481513594039979, -7111642324849423431],
    "uint64": [10065618714822106931, 5203543169901498931, 11906397916889494439, 3776481513594039979, 11335101748860128185],
}


def drawn(op, jit, shape, seed=SEED, **options):
    """A stateless op in eager code, or in a native function."""
    call = getattr(tf.random, f"stateless_{op}")
    made = tf.function(lambda: call(shape, seed, alg="threefry", **options), jit_compile=jit)() if jit else call(shape, seed, alg="threefry", **options)
    return made.numpy()


EACH = pytest.mark.parametrize("jit", [False, True])


@EACH
def test_uniform_numbers(jit):
    found = drawn("uniform", jit, [2, 3], [-7, 123456789])
    assert found.tolist() == [[0.2169361114501953, 0.5244752168655396, 0.8041477203369141], [0.4010995626449585, 0.4421948194503784, 0.46874165534973145]]
    assert drawn("uniform", jit, [5], dtype="float64").tolist() == [0.5456582839010438, 0.28208464047146564, 0.6454471243984237, 0.2047234730695, 0.6144770970729194]


@EACH
@pytest.mark.parametrize("dtype", WHOLE)
def test_whole_numbers(dtype, jit):
    assert drawn("uniform", jit, [5], minval=None, maxval=None, dtype=dtype).tolist() == WHOLE[dtype]


@EACH
def test_whole_numbers_between_two(jit):
    assert drawn("uniform", jit, [5], minval=-3, maxval=100, dtype="int32").tolist() == [91, 40, 21, 4, 32]
    assert drawn("uniform", jit, [5], minval=-3, maxval=100, dtype="int64").tolist() == [19, 50, 52, 61, 59]


@EACH
@pytest.mark.parametrize("shape", NORMAL)
def test_normal_numbers(shape, jit):
    np.testing.assert_allclose(drawn("normal", jit, shape), NORMAL[shape], rtol=2e-6)


@EACH
@pytest.mark.parametrize("shape", TRUNCATED)
def test_truncated_normal_numbers(shape, jit):
    np.testing.assert_allclose(drawn("truncated_normal", jit, shape), TRUNCATED[shape], rtol=2e-6)


def test_seeds_of_a_seed():
    assert tf.random.split(tf.constant(SEED), 2, alg="threefry").numpy().tolist() == [[629071667, -2023517645], [-1951382812, 1211544305]]


def test_what_there_is_not():
    with pytest.raises(tf.errors.UnimplementedError, match="threefry.*16 bits"):
        tf.random.stateless_uniform([2], SEED, alg="threefry", dtype="float16")
    with pytest.raises(tf.errors.UnimplementedError, match="`philox` and `threefry`"):
        tf.random.stateless_uniform([2], SEED, alg="xorshift")
