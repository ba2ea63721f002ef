//! What the passes leave out, and that what they leave means the same.
#![allow(clippy::unwrap_used)]

use brolga::graph::parse::parse;
use brolga::graph::verify::verify;
use brolga::graph::{Graph, Node, Op};
use brolga::passes;

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
