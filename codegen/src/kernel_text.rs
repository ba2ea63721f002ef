//! Kernels, scalar functions and plans as text, for people.

use crate::kernel::{Access, Address, Expr, Kernel, Mode, Order, Scalar, ScalarFn, Stmt, Val};
use crate::plan::{ArrayOf, BufferId, Home, Plan, Step};
use crate::scalar::{DType, Kind, Meaning};
use crate::with_element;
use std::fmt::{self, Display, Formatter};

impl Display for Val {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

impl Display for BufferId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for &(axis, stride) in &self.terms {
            let plus = if first { "" } else { " + " };
            first = false;
            match stride {
                1 => write!(f, "{plus}i{}", axis.0)?,
                stride => write!(f, "{plus}{stride}*i{}", axis.0)?,
            }
        }
        if let Some(index) = self.index {
            let plus = if first { "" } else { " + " };
            first = false;
            write!(f, "{plus}{index}")?;
        }
        match self.base {
            base if first => write!(f, "{base}"),
            0 => Ok(()),
            base => write!(f, " {} {}", if base < 0 { '-' } else { '+' }, base.unsigned_abs()),
        }
    }
}

/// The bits of an element as a number.
struct Element(DType, u128);

impl Display for Element {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let &Element(dtype, bits) = self;
        let number = with_element!(dtype, T => format!("{:?}", T::of_bits(bits)), strings => "?".to_owned());
        match dtype.kind() {
            Kind::Complex => write!(f, "{:#x}", bits),
            Kind::Bool | Kind::Signed | Kind::Unsigned | Kind::Float | Kind::String => f.write_str(&number),
        }
    }
}

/// One scalar, with the type of its result.
struct Typed<'a>(&'a Scalar, DType);

impl Display for Typed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let &Typed(scalar, dtype) = self;
        match *scalar {
            Scalar::Constant(bits) => write!(f, "{}", Element(dtype, bits))?,
            Scalar::Unary(word, a) => write!(f, "{} {a}", word.name())?,
            Scalar::Binary(word, a, b) => write!(f, "{} {a}, {b}", word.name())?,
            Scalar::Compare(direction, comparison, a, b) => {
                write!(f, "compare {} {a}, {b}, {}", direction.name(), comparison.name())?;
            }
            Scalar::Select(c, a, b) => write!(f, "select {c}, {a}, {b}")?,
            Scalar::Fma(a, b, c) => write!(f, "fma {a}, {b}, {c}")?,
            Scalar::Convert(a) => write!(f, "convert {a}")?,
            Scalar::Bitcast(a) => write!(f, "bitcast {a}")?,
            Scalar::ReducePrecision(a, exponent, mantissa) => {
                write!(f, "reduce_precision {a}, e{exponent}m{mantissa}")?
            }
        }
        write!(f, " : {dtype}")
    }
}

fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

impl Display for ScalarFn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let params = list((0..self.params).map(|k| format!("{}: {}", Val(k as u32), self.values[k])));
        writeln!(f, "({params}) {{")?;
        for (k, scalar) in self.lets.iter().enumerate() {
            let v = self.params + k;
            writeln!(f, "  {} = {}", Val(v as u32), Typed(scalar, self.values[v]))?;
        }
        write!(f, "  return {}\n}}", list(&self.results))
    }
}

impl Display for Kernel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let buffers = self.buffers.iter().enumerate().map(|(k, buffer)| {
            let access = if buffer.access == Access::Read { "read" } else { "write" };
            format!("{access} b{k}: {}[{}]", buffer.dtype, buffer.len)
        });
        writeln!(f, "kernel `{}` ({}) {{", self.name, list(buffers))?;
        self.block(f, &self.body, 1)?;
        write!(f, "}}")
    }
}

impl Kernel {
    fn block(&self, f: &mut Formatter<'_>, body: &[Stmt], depth: usize) -> fmt::Result {
        body.iter().try_for_each(|stmt| self.stmt(f, stmt, depth))
    }

    fn stmt(&self, f: &mut Formatter<'_>, stmt: &Stmt, depth: usize) -> fmt::Result {
        let dtype = |v: Val| self.values[v.0 as usize];
        write!(f, "{:width$}", "", width = 2 * depth)?;
        match stmt {
            Stmt::Let(v, Expr::Scalar(scalar)) => writeln!(f, "{v} = {}", Typed(scalar, dtype(*v))),
            Stmt::Let(v, Expr::Load(buffer, address)) => writeln!(f, "{v} = b{}[{address}] : {}", buffer.0, dtype(*v)),
            Stmt::Let(v, Expr::Index(address)) => writeln!(f, "{v} = {address} : {}", dtype(*v)),
            Stmt::Store(buffer, address, v) => writeln!(f, "b{}[{address}] = {v}", buffer.0),
            Stmt::For { axis, extent, mode, carried, body } => {
                let mode = match mode {
                    Mode::Serial => "serial".to_owned(),
                    Mode::While(more) => format!("while {more}"),
                    Mode::Lanes => "lanes".to_owned(),
                    Mode::Parallel => "parallel".to_owned(),
                };
                write!(f, "for i{} in 0..{extent} {mode}", axis.0)?;
                if !carried.is_empty() {
                    let carried = carried
                        .iter()
                        .map(|c| format!("{} = {} then {} giving {}", c.inside, c.initial, c.next, c.result));
                    write!(f, " carrying ({})", list(carried))?;
                }
                writeln!(f, " {{")?;
                self.block(f, body, depth + 1)?;
                writeln!(f, "{:width$}}}", "", width = 2 * depth)
            }
            Stmt::Fold { axis, extent, order, folds, body } => {
                let results = list(folds.iter().map(|fold| fold.result));
                let words = list(folds.iter().map(|fold| format!("{} of {}", fold.word.name(), fold.value)));
                let order = if *order == Order::InOrder { " in order" } else { "" };
                writeln!(f, "{results} = fold {words}{order} for i{} in 0..{extent} {{", axis.0)?;
                self.block(f, body, depth + 1)?;
                writeln!(f, "{:width$}}}", "", width = 2 * depth)
            }
        }
    }
}

impl Display for ArrayOf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shape: String = self.shape.iter().map(|extent| format!("{extent}x")).collect();
        write!(f, "{}: {shape}{}", self.buffer, self.dtype)
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "plan `{}`, {} bytes of scratch", self.name, self.scratch)?;
        for (k, buffer) in self.buffers.iter().enumerate() {
            let home = match &buffer.home {
                Home::Input(k) => format!("input {k}"),
                Home::Output(k) => format!("output {k}"),
                Home::Constant(_) => "constant".to_owned(),
                Home::Scratch(at) => format!("scratch at {at}"),
            };
            writeln!(f, "  #{k}: {} bytes, {home}", buffer.bytes)?;
        }
        steps(f, self, &self.steps, 1)?;
        self.kernels.iter().try_for_each(|kernel| write!(f, "\n{kernel}\n"))
    }
}

fn steps(f: &mut Formatter<'_>, plan: &Plan, all: &[Step], depth: usize) -> fmt::Result {
    let indent = " ".repeat(2 * depth);
    for step in all {
        match step {
            Step::Kernel { kernel, buffers } => {
                let name = plan.kernels.get(*kernel).map_or("?", |kernel| &kernel.name);
                writeln!(f, "{indent}run `{name}` on {}", list(buffers))?;
            }
            Step::Library { routine, inputs, outputs, label } => {
                let (inputs, outputs) = (list(inputs), list(outputs));
                writeln!(f, "{indent}{outputs} = {} {inputs} (from `{label}`)", routine.name())?;
            }
            Step::Copy { from, to } => writeln!(f, "{indent}copy {from} to {to}")?,
            Step::Case { index, boolean, branches } => {
                for (k, branch) in branches.iter().enumerate() {
                    let number = if *boolean {
                        ["true", "false"].get(k).copied().unwrap_or("?").to_owned()
                    } else {
                        k.to_string()
                    };
                    writeln!(f, "{indent}where {index} is {number} {{")?;
                    steps(f, plan, branch, depth + 1)?;
                    writeln!(f, "{indent}}}")?;
                }
            }
            Step::While { cond, go_on, body } => {
                writeln!(f, "{indent}while {go_on} of {{")?;
                steps(f, plan, cond, depth + 1)?;
                writeln!(f, "{indent}}} do {{")?;
                steps(f, plan, body, depth + 1)?;
                writeln!(f, "{indent}}}")?;
            }
        }
    }
    Ok(())
}
