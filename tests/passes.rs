//! What the passes leave out, and that what they leave means the same.
#![allow(clippy::unwrap_used)]

use brolga::graph::deferred::guard;
use brolga::graph::parse::parse;
use brolga::graph::verify::verify;
use brolga::graph::{Graph, GraphBuilder, Node, Op};
use brolga::{DType, Site, TensorType, passes};

/// A program of `%x`, `%y`: 4 numbers each, `%n`: whole and `%p`: true or not.
fn graph(results: usize, body: &str) -> Graph {
    let types = vec!["tensor<4xf32>"; results].join(", ");
    let parameters = "%x: tensor<4xf32>, %y: tensor<4xf32>, %n: tensor<i32>, %p: tensor<i1>";
    let text = format!("func.func @main({parameters}) -> ({types}) {{\n{body}\n}}\n");
    parse(&text, "t.mlir").unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn pruned(results: usize, body: &str) -> Graph {
    let pruned = passes::prune(&graph(results, body));
    verify(&pruned).unwrap();
    pruned
}

/// The only node of a kind.
fn only(graph: &Graph, is: impl Fn(&Op) -> bool) -> &Node {
    let mut found = graph.nodes().iter().filter(|node| is(&node.op));
    let node = found.next().unwrap_or_else(|| panic!("there is none in\n{graph}"));
    assert!(found.next().is_none(), "there are several in\n{graph}");
    node
}

fn turns(op: &Op) -> bool {
    matches!(op, Op::While { .. })
}

/// A loop of %i, %a, %b and %c, which begin as %n, %x, %y and %x, while `%i < 0` and what `cond` makes of it, and what its
/// turns make of them.
fn looped(cond: &str, answer: &str, body: &str, next: [&str; 4]) -> String {
    let [i, a, b, c] = next;
    let f = "tensor<4xf32>";
    format!(
        "%zero = stablehlo.constant dense<0> : tensor<i32>
         %0:4 = stablehlo.while(%i = %n, %a = %x, %b = %y, %c = %x) : tensor<i32>, {f}, {f}, {f}
         cond {{
           %less = stablehlo.compare LT, %i, %zero, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
           {cond}
           stablehlo.return {answer} : tensor<i1>
         }} do {{
           %j = stablehlo.add %i, %i : tensor<i32>
           {body}
           stablehlo.return {i}, {a}, {b}, {c} : tensor<i32>, {f}, {f}, {f}
         }}"
    )
}

const DOUBLE: &str = "%double = stablehlo.add %b, %b : tensor<4xf32>";

#[test]
fn a_loop_carries_what_somebody_reads() {
    let both = format!("{DOUBLE}\n%sum = stablehlo.add %a, %c : tensor<4xf32>");
    let host = "%h = stablehlo.custom_call @brolga.host_call(%c) {brolga.name = \"f\", brolga.stateful = true} : (tensor<4xf32>) -> tensor<4xf32>";
    let large = "%all = stablehlo.constant dense<0.0> : tensor<f32>
        %most = stablehlo.reduce(%c init: %all) applies stablehlo.maximum across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
        %more = stablehlo.compare GT, %most, %all : (tensor<f32>, tensor<f32>) -> tensor<i1>";
    // What the loop does, which result is read, and how much is carried.
    let loops = [
        ("a result and the counter", looped("", "%less", DOUBLE, ["%j", "%a", "%double", "%c"]), 2, 2),
        ("two that feed each other for nobody", looped("", "%less", DOUBLE, ["%j", "%c", "%double", "%a"]), 2, 2),
        ("two that feed each other", looped("", "%less", DOUBLE, ["%j", "%c", "%double", "%a"]), 1, 3),
        ("a chain", looped("", "%less", &both, ["%j", "%double", "%sum", "%b"]), 1, 4),
        ("the end of a chain", looped("", "%less", &both, ["%j", "%double", "%double", "%sum"]), 2, 2),
        ("the middle of a chain", looped("", "%less", &both, ["%j", "%double", "%double", "%sum"]), 1, 3),
        ("what decides", looped(large, "%more", DOUBLE, ["%j", "%a", "%double", "%double"]), 1, 3),
        ("what a callback sees", looped("", "%less", host, ["%j", "%a", "%b", "%c"]), 1, 3),
        ("what a callback gives to nobody", looped("", "%less", host, ["%j", "%h", "%b", "%c"]), 2, 3),
    ];
    for (name, text, result, carried) in loops {
        let pruned = pruned(1, &format!("{text}\nreturn %0#{result} : tensor<4xf32>"));
        let node = only(&pruned, turns);
        assert_eq!(node.inputs.len(), carried, "{name}:\n{pruned}");
        assert_eq!(node.results().len(), carried, "{name}");
    }
}

#[test]
fn a_loop_that_nobody_reads_goes() {
    let text = looped("", "%less", DOUBLE, ["%j", "%a", "%double", "%c"]);
    let pruned = pruned(1, &format!("{text}\nreturn %x : tensor<4xf32>"));
    assert_eq!(pruned.nodes().len(), 4, "{pruned}");
}

#[test]
fn a_loop_within_a_loop_carries_what_the_outer_one_reads() {
    let inner = "
        %k:3 = stablehlo.while(%d = %b, %e = %a, %t = %p) : tensor<4xf32>, tensor<4xf32>, tensor<i1>
        cond {
          stablehlo.return %t : tensor<i1>
        } do {
          %s = stablehlo.add %d, %d : tensor<4xf32>
          %m = stablehlo.multiply %e, %d : tensor<4xf32>
          %f = stablehlo.not %t : tensor<i1>
          stablehlo.return %s, %m, %f : tensor<4xf32>, tensor<4xf32>, tensor<i1>
        }";
    let text = looped("", "%less", inner, ["%j", "%k#1", "%k#0", "%c"]);
    for (result, outer, within) in [(1, 4, 3), (2, 3, 2)] {
        let pruned = pruned(1, &format!("{text}\nreturn %0#{result} : tensor<4xf32>"));
        let node = only(&pruned, turns);
        // What text captures is carried: %p.
        assert_eq!(node.inputs.len(), outer, "{pruned}");
        let Op::While { body, .. } = &node.op else { unreachable!() };
        assert_eq!(only(body, turns).inputs.len(), within, "{pruned}");
    }
}

#[test]
fn branches_make_what_somebody_reads_of_what_they_take_for_it() {
    let text = "%0:2 = \"stablehlo.if\"(%p) ({
          %1 = stablehlo.add %x, %x : tensor<4xf32>
          %2 = stablehlo.multiply %y, %y : tensor<4xf32>
          stablehlo.return %1, %2 : tensor<4xf32>, tensor<4xf32>
        }, {
          stablehlo.return %y, %x : tensor<4xf32>, tensor<4xf32>
        }) : (tensor<i1>) -> (tensor<4xf32>, tensor<4xf32>)";
    let same = text.replace("stablehlo.return %y, %x", "stablehlo.return %x, %x");
    for (text, results, inputs) in [(text, "%0#0", 3), (text, "%0#1", 3), (&same, "%0#0", 2), (&same, "%0#1", 3)] {
        let pruned = pruned(1, &format!("{text}\nreturn {results} : tensor<4xf32>"));
        let node = only(&pruned, |op| matches!(op, Op::If { .. }));
        assert_eq!((node.inputs.len(), node.results().len()), (inputs, 1), "{pruned}");
    }
}

#[test]
fn a_known_extent_is_read_from_nothing() {
    let text = "func.func @main(%x: tensor<4xf32>) -> tensor<i32> {
        %0 = stablehlo.exponential %x : tensor<4xf32>
        %1 = stablehlo.get_dimension_size %0, dim = 0 : (tensor<4xf32>) -> tensor<i32>
        return %1 : tensor<i32>
      }";
    let simple = passes::prune(&passes::simplify(&parse(text, "t.mlir").unwrap()));
    assert_eq!(simple.nodes().len(), 2, "{simple}");
    assert!(simple.nodes()[1].inputs.is_empty(), "{simple}");
}

/// A graph without what is computed twice.
fn shared(results: usize, body: &str) -> Graph {
    let shared = passes::prune(&passes::share(&graph(results, body)));
    verify(&shared).unwrap();
    shared
}

/// How many nodes two ops of `%x` and `%y` come to, both being results.
fn nodes(first: &str, second: &str) -> usize {
    let four = "tensor<4xf32>";
    shared(2, &format!("{first}\n{second}\nreturn %0, %1 : {four}, {four}")).nodes().len() - 4
}

#[test]
fn what_is_dear_is_computed_once() {
    let exp = |value: &str| format!("stablehlo.exponential {value} : tensor<4xf32>");
    assert_eq!(nodes(&format!("%0 = {}", exp("%x")), &format!("%1 = {}", exp("%x"))), 1);
    assert_eq!(nodes(&format!("%0 = {}", exp("%x")), &format!("%1 = {}", exp("%y"))), 2);
    // Behind equal views and sums.
    let viewed = |name: &str, x: &str, y: &str| {
        format!(
            "%r{name} = stablehlo.reverse {x}, dims = [0] : tensor<4xf32>
             %s{name} = stablehlo.add %r{name}, {y} : tensor<4xf32>
             %{name} = stablehlo.tanh %s{name} : tensor<4xf32>"
        )
    };
    assert_eq!(nodes(&viewed("0", "%x", "%y"), &viewed("1", "%x", "%y")), 3);
    assert_eq!(nodes(&viewed("0", "%x", "%y"), &viewed("1", "%y", "%x")), 6);
}

#[test]
fn equal_means_the_same_op_of_the_same() {
    let pairs = [
        ("add %x, %y", "add %y, %x", 1),
        ("subtract %x, %y", "subtract %x, %y", 1),
        ("subtract %x, %y", "subtract %y, %x", 2),
        ("maximum %x, %y", "minimum %x, %y", 2),
        ("reverse %x, dims = [0]", "reverse %x, dims = []", 2),
        ("constant dense<0.0>", "constant dense<0.0>", 1),
        ("constant dense<0.0>", "constant dense<-0.0>", 2),
        ("constant dense<[0.0, 1.0, 2.0, 3.0]>", "constant dense<[0.0, 1.0, 2.0, 4.0]>", 2),
    ];
    for (first, second, expected) in pairs {
        let text = |k: usize, op: &str| format!("%{k} = stablehlo.{op} : tensor<4xf32>");
        assert_eq!(nodes(&text(0, first), &text(1, second)), expected, "{first}, {second}");
    }
}

#[test]
fn reductions_are_equal_where_axes_and_functions_are() {
    let reduction = |name: &str, word: &str, dim: usize| {
        format!(
            "%b{name} = stablehlo.broadcast_in_dim %x, dims = [{}] : (tensor<4xf32>) -> tensor<4x4xf32>
             %c{name} = stablehlo.constant dense<0.0> : tensor<f32>
             %{name} = stablehlo.reduce(%b{name} init: %c{name}) applies stablehlo.{word} across dimensions = [{dim}] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>",
            1 - dim
        )
    };
    assert_eq!(nodes(&reduction("0", "add", 0), &reduction("1", "add", 0)), 3);
    assert_eq!(nodes(&reduction("0", "add", 0), &reduction("1", "maximum", 0)), 5);
    assert_eq!(nodes(&reduction("0", "add", 0), &reduction("1", "add", 1)), 5);
}

#[test]
fn what_is_cheap_and_long_stays_where_it_is_read() {
    for (extent, expected) in [(64, 3), (65, 4)] {
        let ty = format!("tensor<{extent}xf32>");
        let text = format!(
            "func.func @main(%x: {ty}) -> ({ty}, {ty}) {{
               %0 = stablehlo.multiply %x, %x : {ty}
               %1 = stablehlo.multiply %x, %x : {ty}
               %2 = stablehlo.tanh %0 : {ty}
               %3 = stablehlo.tanh %1 : {ty}
               %4 = stablehlo.abs %1 : {ty}
               return %3, %4 : {ty}, {ty}
             }}"
        );
        let shared = passes::prune(&passes::share(&parse(&text, "t.mlir").unwrap()));
        assert_eq!(shared.nodes().len() - 1, expected, "{shared}");
    }
}

#[test]
fn callbacks_and_random_numbers_are_never_shared() {
    let call = |k: usize| {
        format!(
            "%{k} = stablehlo.custom_call @brolga.host_call(%x) {{brolga.name = \"f\", brolga.stateful = false}} : (tensor<4xf32>) -> tensor<4xf32>"
        )
    };
    assert_eq!(nodes(&call(0), &call(1)), 2);
    let draw = |k: usize| {
        format!(
            "%l{k} = stablehlo.constant dense<0.0> : tensor<f32>
             %h{k} = stablehlo.constant dense<1.0> : tensor<f32>
             %s{k} = stablehlo.constant dense<4> : tensor<1xi64>
             %{k} = stablehlo.rng %l{k}, %h{k}, %s{k}, distribution = UNIFORM : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<4xf32>"
        )
    };
    assert_eq!(nodes(&draw(0), &draw(1)), 5);
}

#[test]
fn tests_of_data_are_made_once() {
    let ty = TensorType::scalar(DType::I64);
    let mut builder = GraphBuilder::new("f");
    let x = builder.parameter(ty.clone(), "x", Site::unknown());
    let mut test = |name: &str| {
        builder.push(guard(name, |_| Ok(())), &[x], std::slice::from_ref(&ty), "", Site::unknown()).unwrap()[0]
    };
    let tested = vec![test("small"), test("small"), test("even")];
    let shared = passes::prune(&passes::share(&builder.finish(tested)));
    assert_eq!(shared.nodes().len(), 3, "{shared}");
    assert_eq!(shared.results()[0], shared.results()[1]);
}
