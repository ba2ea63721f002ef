//! How often a loop turns, where that can be told beforehand.

use super::pen::Pen;
use crate::graph::concrete::integers;
use crate::graph::{Graph, Literal, Node, Op, Value};
use brolga_codegen::{Binary, Direction};

/// How often a loop turns that counts from a constant in constant steps to a constant, or that never turns.
pub(super) fn trips(pen: &Pen, initial: &[Value], cond: &Graph, body: &Graph) -> Option<usize> {
    let (carried, holds) = (Carried { pen, initial, body }, *cond.results().first()?);
    counted(&carried, cond, holds).or_else(|| fewest(&carried, cond, holds).filter(|&most| most == 0))
}

/// The most often that a loop can turn, where one of the comparisons that must all hold counts its turns; not less than
/// once, so that what is kept of its turns has a place to be written to.
pub(super) fn most(pen: &Pen, initial: &[Value], cond: &Graph, body: &Graph) -> Option<usize> {
    fewest(&Carried { pen, initial, body }, cond, *cond.results().first()?).map(|most| most.max(1))
}

fn fewest(carried: &Carried, cond: &Graph, holds: Value) -> Option<usize> {
    let node = definition(cond, holds)?;
    if node.op != Op::Binary(Binary::And) {
        return counted(carried, cond, holds);
    }
    node.inputs.iter().filter_map(|&both| fewest(carried, cond, both)).min()
}

/// How often a comparison holds.
fn counted(carried: &Carried, cond: &Graph, holds: Value) -> Option<usize> {
    let node = definition(cond, holds)?;
    let Op::Compare(direction, _) = node.op else { return None };
    let [x, y] = node.inputs[..] else { return None };
    let (counter, limit, direction) = match carried.number(cond, y) {
        Some(limit) => (x, limit, direction),
        None => (y, carried.number(cond, x)?, turned(direction)),
    };
    let start = constant(carried.pen, *carried.initial.get(parameter(cond, counter)?)?)?;
    let step = carried.step(parameter(cond, counter)?)?;
    usize::try_from(turns(start, limit, step, direction)?).ok()
}

struct Carried<'a> {
    pen: &'a Pen,
    initial: &'a [Value],
    body: &'a Graph,
}

impl Carried<'_> {
    /// The number that a value of one of the loop's regions is in every turn.
    fn number(&self, region: &Graph, value: Value) -> Option<i128> {
        match parameter(region, value) {
            Some(k) => (self.body.results()[k].index() == k).then(|| constant(self.pen, self.initial[k]))?,
            None => whole(definition(region, value)?),
        }
    }

    /// What a turn adds to the counter.
    fn step(&self, counter: usize) -> Option<i128> {
        let node = definition(self.body, self.body.results()[counter])?;
        let Op::Binary(word) = node.op else { return None };
        let is_counter = |value: Value| value.index() == counter;
        match (word, &node.inputs[..]) {
            (Binary::Add, &[x, y]) if is_counter(x) => self.number(self.body, y),
            (Binary::Add, &[x, y]) if is_counter(y) => self.number(self.body, x),
            (Binary::Subtract, &[x, y]) if is_counter(x) => self.number(self.body, y).map(|step| -step),
            (_, _) => None,
        }
    }
}

fn parameter(region: &Graph, value: Value) -> Option<usize> {
    (value.index() < region.parameter_types().len()).then(|| value.index())
}

fn definition(region: &Graph, value: Value) -> Option<&Node> {
    region.nodes().iter().find(|node| node.results().any(|result| result == value))
}

fn constant(pen: &Pen, value: Value) -> Option<i128> {
    integers(pen.constant(value)?).first().copied()
}

/// The whole number that a constant node repeats.
fn whole(node: &Node) -> Option<i128> {
    let Op::Constant(literal) = &node.op else { return None };
    integers(Literal::as_splat(literal)?).first().copied()
}

fn turned(direction: Direction) -> Direction {
    match direction {
        Direction::Eq => Direction::Eq,
        Direction::Ne => Direction::Ne,
        Direction::Ge => Direction::Le,
        Direction::Gt => Direction::Lt,
        Direction::Le => Direction::Ge,
        Direction::Lt => Direction::Gt,
    }
}

/// How often a counter passes a comparison with the limit; `None` where that never ends or is no matter of counting.
fn turns(start: i128, limit: i128, step: i128, direction: Direction) -> Option<i128> {
    let (distance, step) = match (direction, step) {
        (Direction::Lt, 1..) => (limit - start, step),
        (Direction::Le, 1..) => (limit - start + 1, step),
        (Direction::Gt, ..0) => (start - limit, -step),
        (Direction::Ge, ..0) => (start - limit + 1, -step),
        (Direction::Ne, _) if step != 0 && (limit - start) % step == 0 && (limit - start) / step >= 0 => {
            ((limit - start) / step, 1)
        }
        (Direction::Eq | Direction::Ne | Direction::Ge | Direction::Gt | Direction::Le | Direction::Lt, _) => {
            return None;
        }
    };
    Some(if distance <= 0 { 0 } else { (distance + step - 1) / step })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_counted_as_the_loop_turns() {
        for (start, limit, step) in [(0, 10, 1), (0, 10, 3), (5, 5, 1), (7, 5, 2), (-3, 4, 2), (10, 0, -3), (0, 9, 3)] {
            for direction in [Direction::Lt, Direction::Le, Direction::Gt, Direction::Ge, Direction::Ne] {
                let Some(found) = turns(start, limit, step, direction) else { continue };
                let (mut counter, mut expected) = (start, 0);
                while direction.holds(Some(counter.cmp(&limit))) {
                    counter += step;
                    expected += 1;
                    assert!(expected < 100, "{start} {limit} {step} {direction:?} does not end");
                }
                assert_eq!(found, expected, "{start} {limit} {step} {direction:?}");
            }
        }
    }
}
