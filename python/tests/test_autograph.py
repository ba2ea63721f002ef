"""AutoGraph: Python's statements over tensors inside `tf.function`."""

import functools
import gc
import subprocess
import sys
import traceback
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import brolga as tf

pytest.importorskip("malt")


def constant(value, dtype=None):
    return tf.constant(value, dtype)


def check(function, *cases):
    """The function gives the same traced as in plain Python, for each case's arguments; one trace serves them all."""
    traced = tf.function(function)
    for case in cases:
        arguments = [constant(value) for value in case]
        expected = function(*arguments)
        np.testing.assert_array_equal(traced(*arguments).numpy(), np.asarray(expected))
    return traced


# ---------------------------------------------------------------- if


def test_if_and_else():
    def f(x):
        if x > 0:
            y = x * 2
        else:
            y = -x
        return y

    traced = check(f, [3], [-4], [0])
    assert traced.experimental_get_tracing_count() == 1
    assert "stablehlo.if" in traced.stablehlo() or "stablehlo.case" in traced.stablehlo()


def test_if_without_else_keeps_what_was_there():
    def f(x):
        y = x
        if x > 10:
            y = y - 10
        return y

    check(f, [3], [14])


def test_only_the_branch_taken_runs():
    seen = []

    @tf.function
    def f(x):
        if x > 0:
            return tf.numpy_function(lambda v: seen.append("main") or v, [x], tf.int32)
        return tf.numpy_function(lambda v: seen.append("else") or -v, [x], tf.int32)

    assert f(constant(3)) == 3 and f(constant(-3)) == 3
    assert seen == ["main", "else"]


def test_structures_come_out_of_branches():
    @tf.function
    def f(x):
        if x > 0:
            pair, more = (x, x + 1), {"a": [x]}
        else:
            pair, more = (-x, x), {"a": [x * 5]}
        return pair, more

    pair, more = f(constant(-2))
    assert ([int(v) for v in pair], int(more["a"][0])) == ([2, -2], -10)


def test_early_returns():
    def f(x):
        if x > 0:
            if x > 10:
                return x
        if x < -10:
            return x * 100
        return -x

    check(f, [20], [5], [-5], [-20])


def test_a_function_that_ends_without_a_result():
    total = tf.Variable(0)

    @tf.function
    def f(x):
        if x > 0:
            total.assign_add(x)
            return
        total.assign_sub(100)

    assert f(constant(5)) is None and int(total.read_value()) == 5
    assert f(constant(-5)) is None and int(total.read_value()) == -95


def test_conditional_expressions_and_logic():
    def f(x, y):
        a = 1 if 0 < x < 3 and not x == y else 0
        b = 10 if x > 2 or y > 2 else 20
        c = 100 if x < 0 else 200 if x < 2 else (300 if y > 1 else 400)
        return a + b + c

    check(f, [1, 1], [1, 2], [2, 3], [5, 0], [-1, -1])


def test_the_second_operand_waits_for_the_first():
    calls = []

    @tf.function
    def f(x):
        return x > 0 and tf.numpy_function(lambda v: calls.append(int(v)) or np.bool_(v > 5), [x], tf.bool)

    assert [bool(f(constant(value))) for value in (-1, 3, 7)] == [False, False, True]
    assert calls == [3, 7]


def test_python_values_keep_pythons_meaning():
    @tf.function
    def f(x, flag, items):
        if flag and items:
            x = x + len(items)
        for item in items:
            if item is None:
                continue
            x = x * item
            if item == 3:
                break
        while flag:
            flag = False
        return x if flag is False else None

    assert int(f(constant(1), True, [2, None, 3, 100])) == 30
    assert "stablehlo.while" not in f.stablehlo()


def test_names_of_outer_scopes_are_assigned():
    global assigned
    assigned = 0
    count = 0

    @tf.function
    def f(x, flag):
        global assigned
        nonlocal count
        if flag:
            assigned = 7
            count += 2
        if x > 0:
            x = -x
        return x

    f(constant(1), True)
    assert (assigned, count) == (7, 2)


# ---------------------------------------------------------------- loops


def test_for_over_a_range():
    def sum_to(n):
        s = 0
        for i in tf.range(n):
            s += i
        return s

    check(sum_to, [5], [0], [1])


@pytest.mark.parametrize("first, last, step", [(2, 9, 3), (9, 2, -3), (5, 5, 1), (0, 7, 7)])
def test_ranges_of_three(first, last, step):
    def f(a, b, c):
        out = 0
        for i in tf.range(a, b, c):
            out = out * 10 + i
        return out

    check(f, [first, last, step])

    def g(x):
        for i in tf.range(first, last, step):
            x = x * 10 + i
        return x

    check(g, [0])


def test_a_range_of_floats():
    def f(n):
        s = 0.0
        for i in tf.range(0.5, n, 0.75):
            s += i
        return s

    check(f, [3.0], [0.5], [2.75])


def test_a_loop_over_a_range_is_native_code():
    @tf.function(jit_compile=True)
    def f(n, x):
        for i in tf.range(n):
            if i % 2 == 0:
                x = x * 2.0
            else:
                x = x + 1.0
        return x

    assert float(f(constant(5), constant(1.0))) == 14.0


def test_pythons_range_over_a_tensor():
    @tf.function
    def f(n):
        s = 0
        for i in range(n):
            s += i
        return s

    assert int(f(constant(6))) == 15


def test_for_over_rows():
    def f(x):
        s = tf.zeros([2])
        for row in x:
            s = s * 10.0 + row
        return s

    check(f, [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])


def test_for_over_rows_of_which_the_number_is_not_known():
    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
    def f(x):
        s = tf.zeros([2])
        for row in x:
            s += row
        return s, len(x)

    s, n = f(constant([[1.0, 2.0], [3.0, 4.0]]))
    assert s.numpy().tolist() == [4.0, 6.0] and int(n) == 2


def test_while_with_break_and_continue():
    def f(n):
        i = 0
        s = 0
        while i < n:
            i += 1
            if i % 2 == 0:
                continue
            if i > 7:
                break
            s += i
        return s

    check(f, [4], [100], [0])


def test_return_out_of_loops():
    def f(x, limit):
        for row in x:
            for value in row:
                if value > limit:
                    return value
        return -limit

    check(f, [[[1, 2], [3, 4]], 2], [[[1, 2], [3, 4]], 9])


def test_a_python_loop_that_a_tensor_ends():
    def forever(x):
        while True:
            x = x * 2
            if x > 100:
                break
        return x

    def some(x):
        for k in [1, 2, 3, 4]:
            if x > 5:
                break
            x = x + k
        return x

    check(forever, [3], [200])
    check(some, [0], [4], [50])


def test_nested_loops():
    def f(n):
        s = 0
        for i in tf.range(n):
            for j in tf.range(i):
                s += i * j
        return s

    check(f, [5])


def test_attributes_and_items_are_carried():
    class Counter:
        pass

    @tf.function
    def f(n):
        counter, totals = Counter(), {"sum": constant(0)}
        counter.value = constant(0)
        for i in tf.range(n):
            counter.value += 1
            totals["sum"] += i
        return counter.value, totals["sum"]

    assert [int(v) for v in f(constant(4))] == [4, 6]


def test_a_variable_that_the_loop_defines():
    @tf.function
    def f(n):
        for i in tf.range(n):
            last = i * 10
        return last

    assert int(f(constant(3))) == 20
    with pytest.raises(tf.errors.InvalidArgumentError, match="loop must iterate at least once to initialize last"):
        f(constant(0))


def test_loop_options():
    @tf.function
    def grown(n):
        v = constant([0])
        for i in tf.range(n):
            tf.autograph.experimental.set_loop_options(shape_invariants=[(v, tf.TensorShape([None]))])
            v = tf.concat([v, [i]], 0)
        return v

    assert grown(constant(3)).numpy().tolist() == [0, 0, 1, 2]

    @tf.function
    def bounded(n):
        count = 0
        for _ in tf.range(n):
            tf.autograph.experimental.set_loop_options(maximum_iterations=3)
            count += 1
        while n > 0:
            tf.autograph.experimental.set_loop_options(maximum_iterations=4)
            n -= 1
        return count, n

    assert [int(v) for v in bounded(constant(10))] == [3, 6]
    assert [int(v) for v in bounded(constant(2))] == [2, 0]


# ---------------------------------------------------------------- errors


def refused(error, match, function, *values):
    with pytest.raises(error, match=match):
        tf.function(function)(*map(constant, values))


def test_a_variable_of_one_branch_only():
    def only_main(x):
        if x > 0:
            y = x
        return y

    def only_else(x):
        if x > 0:
            pass
        else:
            y = x
        return y

    refused(ValueError, "'y' must also be initialized in the else branch", only_main, 1)
    refused(ValueError, "'y' must also be initialized in the main branch", only_else, 1)


def test_branches_that_disagree():
    def dtype(x):
        if x > 0:
            y = 1
        else:
            y = 1.0
        return y

    def none(x):
        if x > 0:
            y = None
        else:
            y = x
        return y

    def structure(x):
        if x > 0:
            y = (x, x)
        else:
            y = x
        return y

    def unreturned(x):
        if x > 0:
            return x

    refused(TypeError, "'y' has dtype int32 in the main branch, but dtype float32 in the else branch", dtype, 1)
    refused(ValueError, "'y' is None at the end of the main branch", none, 1)
    refused(TypeError, "'y' must have the same nested structure in the main and else branches", structure, 1)
    refused(ValueError, "the else branch must also have a return statement", unreturned, 1)


def test_loop_variables_that_change_their_type():
    def shape(x):
        s = x
        for _ in tf.range(3):
            s = tf.stack([s, s])
        return s

    def unknown(x):
        s = constant(0.0)
        for _ in tf.range(3):
            s = tf.numpy_function(lambda v: v, [x], tf.float32)
        return s

    def dtype(x):
        s = 0
        while x > 0:
            s, x = 0.5, x - 1
        return s

    def none(x):
        s = x
        while x > 0:
            x, s = x - 1, None
        return s

    def undefined(x):
        while x > 0:
            s = s + 1  # noqa: F821, F823
            x -= 1
        return s

    advice = "Use tf.autograph.experimental.set_loop_options to set shape invariants"
    refused(ValueError, rf"'s' has shape \(\) before the loop, but shape \(2,\) after one iteration. {advice}", shape, 1)
    refused(ValueError, rf"'s' has shape \(\) before the loop, but shape <unknown> after one iteration. {advice}", unknown, 1.0)
    refused(TypeError, "'s' has dtype int32 before the loop, but dtype float32 after one iteration", dtype, 1)
    refused(ValueError, "'s' is None at the end of the iteration", none, 1)
    refused(ValueError, "'s' must be defined before the loop", undefined, 1)


def test_conditions_that_are_no_bool_scalar():
    def number(x):
        if x:
            return x
        return -x

    def vector(x):
        while x > 0:
            x -= 1
        return x

    refused(ValueError, "condition of if statement expected to be `tf.bool` scalar, got .*; to use as boolean Tensor", number, 1)
    refused(ValueError, "condition of while loop expected to be `tf.bool` scalar", vector, [1, 2])


def test_assert():
    @tf.function
    def f(x, y):
        assert x > 0, f"x must be positive, not {'negative'}"
        assert y
        return x

    assert int(f(constant(3), True)) == 3
    with pytest.raises(tf.errors.InvalidArgumentError, match="x must be positive, not negative"):
        f(constant(-3), True)
    with pytest.raises(AssertionError):
        f(constant(3), False)


def test_errors_show_the_users_line():
    def inner(x):
        if x > 0:
            raise KeyError("here")  # the line
        return x

    @tf.function
    def outer(x):
        while x > 0:
            x = inner(x)
        return x

    with pytest.raises(KeyError) as caught:
        outer(constant(1))
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert (frames[-1].filename, frames[-1].line) == (__file__, 'raise KeyError("here")  # the line')
    own = [(frame.name, frame.line) for frame in frames if frame.filename == __file__]
    assert ("inner", "if x > 0:") in own and ("outer", "while x > 0:") in own


def test_nodes_know_the_users_line():
    @tf.function
    def f(x):
        if x > 0:
            x = tf.numpy_function(lambda v: v, [x], tf.int32)  # the line
        return x

    f(constant(1))
    lines = Path(__file__).read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.endswith("[x], tf.int32)  # the line"))
    assert f"test_autograph.py:{line}" in f.explain()


# ---------------------------------------------------------------- what is converted


def absolute(x):
    if x < 0:
        return -x
    return x


class Layer:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, x):
        return self.scaled(x) if x > 0 else x

    def scaled(self, x):
        while x < 100:
            x *= self.scale
        return x

    @tf.function
    def traced(self, x):
        if x > 5:
            return self(x)
        return x * 0


class Child(Layer):
    def scaled(self, x):
        if x > 50:
            return x
        return super().scaled(x) + 1


def test_called_functions_are_converted_too():
    @tf.function
    def plain(x):
        return absolute(x)

    @tf.function
    def partial(x):
        return functools.partial(absolute)(x)

    assert int(plain(constant(-2))) == 2 and int(partial(constant(-2))) == 2
    layer, child = Layer(3), Child(3)
    assert [int(tf.function(layer)(constant(value))) for value in (2, -2)] == [162, -2]
    assert [int(tf.function(child.scaled)(constant(value))) for value in (2, 60)] == [163, 60]
    assert [int(child.traced(constant(value))) for value in (2, 6, 60)] == [0, 163, 60]


def test_functions_given_to_ops_are_converted_too():
    @tf.function
    def f(x):
        return tf.map_fn(absolute, x), tf.map_fn(lambda v: v if v > 0 else v * 10, x)

    first, second = f(constant([-1, 2]))
    assert first.numpy().tolist() == [1, 2] and second.numpy().tolist() == [-10, 2]


def test_closures_defaults_and_recursion():
    scale = 3

    def power(x, n=2, *, offset=1):
        if n == 0:
            return x * 0 + offset
        if x > 100:
            return x
        return power(x * scale, n - 1, offset=offset)

    assert int(tf.function(power)(constant(1))) == 1
    scale = 200
    assert int(tf.function(power)(constant(1), 5)) == 200


def test_lambdas():
    assert int(tf.function(lambda x: x if x > 0 else -x)(constant(-4))) == 4
    # fmt: off
    several = [lambda x: x if x > 0 else -x, lambda x: x if x > 0 else (lambda x: 5 if x < -4 else x)(x), lambda x: 1 if (
        x > 2) else (
            x * 10)]
    # fmt: on
    traced = [tf.function(function) for function in several]
    for value in (-5, -3, 2, 3):
        assert [int(f(constant(value))) for f in traced] == [f(value) for f in several]


def test_do_not_convert():
    @tf.autograph.experimental.do_not_convert
    def left(x):
        return 1 if x > 0 else 2

    @tf.function
    def f(x):
        if x > 0:
            x = x + left(x)
        return x

    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
        f(constant(1))
    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
        tf.function(lambda x: x if x > 0 else -x, autograph=False)(constant(1))


def test_callbacks_are_never_converted():
    lines = []

    def callback(v):
        if v > 0:
            lines.append(sys._getframe().f_code)
        return v

    @tf.function
    def f(x):
        if x > 0:
            x = tf.numpy_function(callback, [x], tf.int32)
        return x

    f(constant(1))
    assert lines == [callback.__code__]


def test_what_cannot_be_converted_runs_as_it_is_and_says_so():
    def f(x, items):
        for item in items:
            x = x + item
        else:
            x = x * 2
        return x

    with pytest.warns(UserWarning, match="could not transform"):
        assert int(tf.function(f)(constant(1), [1, 2])) == 8


def test_to_graph_and_to_code():
    code = tf.autograph.to_code(absolute)
    assert code.startswith("def ag__absolute(x):") and "ag__.if_stmt" in code
    converted = tf.autograph.to_graph(absolute)
    assert int(tf.function(converted, autograph=False)(constant(-3))) == 3
    assert int(converted(constant(-3))) == 3

    def calls(x):
        return absolute(x) if x != 0 else x

    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
        tf.function(tf.autograph.to_graph(calls, recursive=False), autograph=False)(constant(-3))


def test_builtins():
    @tf.function
    def f(x, n):
        if n > 0:
            n = n + len(x) + int(max(x)) + int(min(x))
        return n, float(n), max(n, 3), min(n, 3), abs(-n), any(x > 2.0), all(x > 2.0)

    got = [value.numpy().tolist() for value in f(constant([1.0, 4.0]), constant(1))]
    assert got == [8, 8.0, 8, 3, 8, True, False]


# ---------------------------------------------------------------- what it costs


def run(program):
    return subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)


def test_the_library_is_imported_only_where_it_is_needed(tmp_path):
    (tmp_path / "program.py").write_text(
        "import sys, brolga as tf\n"
        "def helper(x, y):\n    return tf.nn.relu(x) + tf.reduce_sum([v * 2.0 for v in (x, y)])\n"
        "@tf.function\n"
        "def plain(x):\n    y = helper(x, tf.math.abs(x))\n    y.set_shape([])\n    return {'y': y[..., None], 'x': x.shape}\n"
        "@tf.function\ndef branching(x):\n    return x if x > 0 else -x\n"
        "plain.get_concrete_function(tf.TensorSpec([], tf.float32)) if False else plain(tf.constant(1.0))\n"
        "assert 'malt' not in sys.modules\n"
        "branching(tf.constant(1.0))\n"
        "assert 'malt' in sys.modules\n"
    )
    result = subprocess.run([sys.executable, tmp_path / "program.py"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_without_the_library_the_error_is_tensorflows():
    result = run(
        "import sys; sys.modules['malt'] = None\n"
        "import importlib.util, brolga as tf\n"
        "from brolga import _autograph\n"
        "_autograph.installed = lambda: False\n"
        "try:\n    tf.function(lambda x: x if x > 0 else -x)(tf.constant(1))\n"
        "except tf.errors.OperatorNotAllowedInGraphError as error:\n    print(error)\n"
    )
    assert "brolga[autograph]" in result.stdout, result.stderr


def test_no_warning_where_nothing_branches_and_no_source_is_to_be_had():
    space = {"tf": tf}
    exec(compile("def f(x):\n    return x.ref().deref() + 1", "<input>", "exec"), space)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert int(tf.function(space["f"])(constant(1))) == 2


def names_what_is_not_global(x):
    absolute = lambda v: v if v > 0 else -v  # noqa: E731
    return (lambda v: absolute(v))(x)


def test_local_names_are_not_mistaken_for_global_ones():
    def through(fn):
        return lambda x: fn(x)

    assert int(tf.function(names_what_is_not_global)(constant(-3))) == 3
    assert int(tf.function(through(absolute))(constant(-3))) == 3
    assert int(tf.function(through(through(lambda x: x + 1)))(constant(-3))) == -2


def test_traces_are_let_go():
    def callback(v):
        return v

    held = []

    def run():
        local = functools.partial(callback)

        @tf.function
        def f(n):
            if not n > 5:
                n = tf.numpy_function(local, [n], tf.int32)
            r = tf.range(n)
            held.extend([weakref.ref(r), weakref.ref(local)])
            return n + tf.size(r)

        assert int(f(constant(3))) == 6

    run()
    gc.collect()
    assert [reference() for reference in held] == [None, None]


def test_several_threads_convert_at_once():
    def function(k):
        def f(x):
            s = x * 0
            while x > 0:
                if x % 2 == 0:
                    s += k
                x -= 1
            return s

        return f

    functions = [tf.function(function(k)) for k in range(16)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda f: int(f(constant(10))), functions))
    assert results == [5 * k for k in range(16)]


@tf.function
def inner(x):
    return x + 1.0


def test_global_names_are_the_programs():
    @tf.function
    def f(x):
        return inner(x) * 2.0 if x > 0.0 else x

    assert float(f(tf.constant(2.0))) == 6.0
