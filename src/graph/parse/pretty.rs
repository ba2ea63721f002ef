//! The pretty forms, as StableHLO's printer writes them: each becomes the operation its generic form would.

use super::cursor::Cursor;
use super::error::Parsed;
use super::operation::{finish, read};
use super::syntax::{Argument, Attribute, Block, Operation};
use super::types::Type;
use crate::shape::TensorType;

impl<'a> Cursor<'a> {
    /// What follows the name of an operation in its pretty form.
    pub(super) fn pretty(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        let name = op.name.to_string();
        match name.as_str() {
            "module" | "builtin.module" => self.nested_module(op),
            "func" | "func.func" => self.function(op),
            "return" | "func.return" | "stablehlo.return" => {
                op.name = if name == "stablehlo.return" { "stablehlo.return" } else { "func.return" }.into();
                self.simple(op)
            }
            "call" | "func.call" => {
                op.name = "func.call".into();
                self.call(op)
            }
            "stablehlo.constant" => self.constant(op),
            "stablehlo.while" => self.while_loop(op),
            "stablehlo.reduce" => self.reduce(op),
            "stablehlo.custom_call" => self.custom_call(op),
            "stablehlo.composite" => self.composite(op),
            "chlo.scan" => self.scan(op),
            "chlo.constant" => self.constant(op),
            _ if !["stablehlo.", "chlo.", "check.", "brolga."].iter().any(|dialect| name.starts_with(dialect)) => {
                Err(super::operation::unknown(op))
            }
            _ => self.simple(op),
        }
    }

    /// Operands and `key = value`s between commas, perhaps in parentheses, then attributes and types.
    fn simple(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        let parenthesised = self.eat("(");
        loop {
            match self.peek() {
                b'%' => {
                    let operand = self.value()?;
                    op.operands.push(operand);
                    match op.name.as_ref() {
                        "stablehlo.slice" if self.peek() == b'[' => self.slice_ranges(op)?,
                        "stablehlo.get_tuple_element" if self.peek() == b'[' => drop(self.balanced()?),
                        _ => {}
                    }
                }
                _ if self.sees_word() && !self.sees("loc(") => self.keyword(op)?,
                b')' if parenthesised => {
                    self.at += 1;
                    // `convolution(%a, %b) dim_numbers = …` goes on after the parentheses.
                    if self.sees_word() && !self.sees("loc(") {
                        continue;
                    }
                    break;
                }
                _ => break,
            }
            if !(self.eat(",") || parenthesised && self.peek() == b')') {
                break;
            }
        }
        self.maybe_dictionary(op)?;
        self.tail(op)
    }

    fn keyword(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        let start = self.here();
        let word = self.word("an operand or an attribute")?;
        if !self.eat("=") {
            return self.bare_word(op, start, word);
        }
        match word {
            "batching_dims" | "contracting_dims" => {
                let lhs = self.attribute()?;
                self.expect("x")?;
                let rhs = self.attribute()?;
                let (left, right) = if word == "batching_dims" {
                    ("lhs_batching_dimensions", "rhs_batching_dimensions")
                } else {
                    ("lhs_contracting_dimensions", "rhs_contracting_dimensions")
                };
                op.set(left, lhs);
                op.set(right, rhs);
            }
            "format" => self.format(op)?,
            "dim_numbers" => self.convolution_dims(op)?,
            "window" => {
                self.expect("{")?;
                self.list("}", |cursor| {
                    let key = cursor.word("an attribute of a window")?;
                    cursor.expect("=")?;
                    let value = cursor.attribute()?;
                    op.set(attribute_name("stablehlo.convolution", key), value);
                    Ok(())
                })?;
            }
            "algorithm" if op.name.starts_with("stablehlo.dot") => {
                if self.peek() == b'<' {
                    self.balanced()?;
                } else {
                    self.attribute()?;
                }
            }
            _ => {
                let value = self.bare_value()?;
                let name = op.name.to_string();
                op.set(attribute_name(&name, word), value);
            }
        }
        Ok(())
    }

    /// A value behind `key =`: a number takes no type here, for the operation's types may follow.
    fn bare_value(&mut self) -> Parsed<Attribute<'a>> {
        if self.peek().is_ascii_digit() || self.peek() == b'-' {
            return Ok(Attribute::Integer(self.integer()?, None));
        }
        self.attribute()
    }

    /// A word that is no key: a direction, a comparison type, or a constant.
    fn bare_word(&mut self, op: &mut Operation<'a>, start: usize, word: &'a str) -> Parsed<()> {
        match op.name.as_ref() {
            "stablehlo.compare" if op.operands.is_empty() => op.set("comparison_direction", Attribute::Word(word)),
            "stablehlo.compare" => op.set("compare_type", Attribute::Word(word)),
            _ if word == "dense" => {
                let value = self.dense()?;
                op.set("value", value);
            }
            _ => {
                self.at = start;
                return self.wrong("an operand or an attribute");
            }
        }
        Ok(())
    }

    /// `e5m10`.
    fn format(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        let start = self.here();
        let word = self.word("a format such as `e5m10`")?;
        let bits = word.strip_prefix('e').and_then(|rest| rest.split_once('m'));
        let number = |text: &str| text.parse::<i32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
        match bits.map(|(e, m)| (number(e), number(m))) {
            Some((Some(exponent), Some(mantissa))) => {
                op.set("exponent_bits", Attribute::Integer(exponent.into(), None));
                op.set("mantissa_bits", Attribute::Integer(mantissa.into(), None));
                Ok(())
            }
            _ => {
                self.at = start;
                self.wrong("a format such as `e5m10`")
            }
        }
    }

    /// `[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]`, kept as text.
    fn convolution_dims(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        let at = self.here();
        self.balanced()?;
        self.expect("x")?;
        self.balanced()?;
        self.expect("->")?;
        self.balanced()?;
        let body = &self.text[at..self.at];
        op.set("dimension_numbers", Attribute::Custom { name: "stablehlo.conv", body, at, whole: body });
        Ok(())
    }

    /// `[0:8:2, 1:3]`.
    fn slice_ranges(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        self.expect("[")?;
        let (mut starts, mut limits, mut strides) = (vec![], vec![], vec![]);
        self.list("]", |cursor| {
            starts.push(cursor.small_integer()?);
            cursor.expect(":")?;
            limits.push(cursor.small_integer()?);
            strides.push(if cursor.eat(":") { cursor.small_integer()? } else { 1 });
            Ok(())
        })?;
        op.set("start_indices", Attribute::Integers("i64", starts));
        op.set("limit_indices", Attribute::Integers("i64", limits));
        op.set("strides", Attribute::Integers("i64", strides));
        Ok(())
    }

    fn small_integer(&mut self) -> Parsed<i64> {
        let at = self.here();
        i64::try_from(self.integer()?).or_else(|_| {
            self.at = at;
            self.wrong("a number of 64 bits")
        })
    }

    /// `: (types) -> types`, `: types -> types`, or `: types` where operands and results follow from them.
    fn tail(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        let is_check = op.name.starts_with("check.");
        let is_return = op.name.ends_with(".return");
        if !self.eat(":") {
            return if is_check || (is_return && op.operands.is_empty()) {
                Ok(())
            } else {
                self.wrong("`:` and types")
            };
        }
        if self.peek() == b'(' {
            let (inputs, results) = self.function_type()?;
            op.operand_types = Some(inputs);
            op.result_types = results;
            return Ok(());
        }
        let types = self.types()?;
        if self.eat("->") {
            op.operand_types = Some(types);
            op.result_types = self.result_types()?;
            return Ok(());
        }
        if is_return {
            op.operand_types = Some(types);
        } else if is_check {
        } else if matches!(op.name.as_ref(), "stablehlo.optimization_barrier") {
            op.operand_types = Some(types.clone());
            op.result_types = types;
        } else if let Some(last) = types.last() {
            let results = op.results.iter().map(|defined| defined.count as usize).sum::<usize>().clamp(1, 64);
            op.result_types = vec![last.clone(); results];
        }
        Ok(())
    }

    fn types(&mut self) -> Parsed<Vec<Type<'a>>> {
        let mut types = vec![self.ty()?];
        while self.eat(",") {
            types.push(self.ty()?);
        }
        Ok(types)
    }

    /// `@callee(operands) {attributes} : (types) -> types`.
    fn call(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        let callee = self.symbol()?;
        op.set("callee", Attribute::Symbol(callee));
        self.expect("(")?;
        op.operands = self.list(")", |cursor| cursor.value())?;
        self.maybe_dictionary(op)?;
        self.tail(op)
    }

    /// `dense<…> : type`.
    fn constant(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        self.maybe_dictionary(op)?;
        let start = self.here();
        let value = self.attribute()?;
        let ty = match &value {
            Attribute::Dense(literal) => Type::Tensor(literal.ty().clone()),
            Attribute::Custom { whole, name, .. } => {
                let ty = whole.rsplit_once(':').map_or(*name, |(_, ty)| ty.trim());
                if let Ok(ty) = Cursor::new(ty, 64).ty() { ty } else { Type::Other(name) }
            }
            Attribute::Unit
            | Attribute::Bool(_)
            | Attribute::Integer(..)
            | Attribute::Float(..)
            | Attribute::Text(_)
            | Attribute::Symbol(_)
            | Attribute::List(_)
            | Attribute::Integers(..)
            | Attribute::Dictionary(_)
            | Attribute::Word(_) => {
                self.at = start;
                return self.wrong("`dense<…>`");
            }
        };
        op.set("value", value);
        op.result_types = if self.eat(":") { vec![self.ty()?] } else { vec![ty] };
        Ok(())
    }

    /// `(%carried = %initial, …) : types cond {…} do {…}`.
    fn while_loop(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        self.expect("(")?;
        let carried = self.list(")", |cursor| {
            let name = cursor.value_name()?;
            cursor.expect("=")?;
            Ok((name, cursor.value()?))
        })?;
        let types = if self.eat(":") && self.peek() != b'c' { self.types()? } else { vec![] };
        if self.eat_word("attributes") {
            self.maybe_dictionary(op)?;
        }
        if types.len() != carried.len() {
            return self.wrong(format!("{} types before this, one for each carried value", carried.len()));
        }
        let arguments = || {
            let one = |((name, at), ty): (&(&'a str, usize), &Type<'a>)| Argument {
                name,
                at: *at,
                ty: ty.clone(),
                location: None,
            };
            carried.iter().map(|(name, _)| name).zip(&types).map(one).collect::<Vec<_>>()
        };
        self.expect_word("cond")?;
        let at = self.here();
        self.expect("{")?;
        let cond = self.body(at, arguments())?;
        self.expect_word("do")?;
        let at = self.here();
        self.expect("{")?;
        let body = self.body(at, arguments())?;
        op.operands = carried.iter().map(|(_, initial)| *initial).collect();
        op.regions = vec![cond, body];
        op.operand_types = Some(types.clone());
        op.result_types = types;
        Ok(())
    }

    /// `(%x init: %c), … applies op across dimensions = [0] : types`, or with a `reducer(…)` region.
    fn reduce(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        let mut initials = vec![];
        loop {
            self.expect("(")?;
            let input = self.value()?;
            op.operands.push(input);
            self.expect_word("init")?;
            self.expect(":")?;
            initials.push(self.value()?);
            self.expect(")")?;
            if !self.eat(",") {
                break;
            }
        }
        let inputs = op.operands.len();
        op.operands.extend(initials);
        let at = self.here();
        let applied = if self.eat_word("applies") { Some(self.word("an op")?) } else { None };
        self.expect_word("across")?;
        self.expect_word("dimensions")?;
        self.expect("=")?;
        let dims = self.attribute()?;
        op.set("dimensions", dims);
        self.maybe_dictionary(op)?;
        self.tail(op)?;
        let block = match applied {
            Some(name) => self.applied(op, name, at)?,
            None => self.reducer(inputs)?,
        };
        op.regions = vec![block];
        Ok(())
    }

    /// The body that `applies op` stands for.
    fn applied(&mut self, op: &Operation<'a>, name: &'a str, at: usize) -> Parsed<Block<'a>> {
        let element = match op.operand_types.as_deref() {
            Some([Type::Tensor(ty), ..]) => Type::Tensor(TensorType::scalar(ty.dtype)),
            Some([other, ..]) => other.clone(),
            Some([]) | None => return self.wrong("the types of operands and results before this"),
        };
        let argument = |name| Argument { name, at, ty: element.clone(), location: None };
        let mut combine = Operation::new(at, name.into());
        combine.operands = vec![read("lhs", at), read("rhs", at)];
        combine.results = vec![super::syntax::Defined { name: "applied", count: 1, at }];
        combine.result_types = vec![element.clone()];
        let mut end = Operation::new(at, "stablehlo.return".into());
        end.operands = vec![read("applied", at)];
        let (arguments, operations) = (vec![argument("lhs"), argument("rhs")], vec![combine, end]);
        finish(Block { at, arguments, operations, free: vec![] })
    }

    /// `reducer(%a0: t, %b0: t) (%a1: t, %b1: t) {…}`: the block takes all a's, then all b's.
    fn reducer(&mut self, inputs: usize) -> Parsed<Block<'a>> {
        let at = self.here();
        self.expect_word("reducer")?;
        let (mut left, mut right) = (vec![], vec![]);
        for _ in 0..inputs {
            self.expect("(")?;
            left.push(self.argument()?);
            self.expect(",")?;
            right.push(self.argument()?);
            self.expect(")")?;
        }
        left.append(&mut right);
        self.expect("{")?;
        self.body(at, left)
    }

    /// `@target(operands) {attributes} : (types) -> types`.
    fn custom_call(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        let target = self.symbol()?;
        op.set("call_target_name", Attribute::Text(target));
        self.expect("(")?;
        op.operands = self.list(")", |cursor| cursor.value())?;
        self.maybe_dictionary(op)?;
        self.tail(op)
    }

    /// `"name" operands {attributes} : (types) -> types`.
    fn composite(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        let name = self.string()?;
        op.set("name", Attribute::Text(name));
        self.simple(op)
    }

    /// `(inputs) inits (carries) dimension=0 attributes {…} {…} : (types) -> types`.
    fn scan(&mut self, op: &mut Operation<'a>) -> Parsed<()> {
        self.expect("(")?;
        op.operands = self.list(")", |cursor| cursor.value())?;
        self.expect_word("inits")?;
        self.expect("(")?;
        let carries = self.list(")", |cursor| cursor.value())?;
        let sizes = [op.operands.len(), carries.len()].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        op.set("operandSegmentSizes", Attribute::Integers("i32", sizes.to_vec()));
        op.operands.extend(carries);
        self.expect_word("dimension")?;
        self.expect("=")?;
        let axis = self.bare_value()?;
        op.set("dimension", axis);
        if self.eat_word("attributes") {
            self.maybe_dictionary(op)?;
        }
        op.regions = vec![self.region()?];
        self.tail(op)
    }
}

/// The generic name of an attribute that the pretty form of an op spells `key`.
fn attribute_name<'a>(op: &str, key: &'a str) -> &'a str {
    let name = op.rsplit_once('.').map_or(op, |(_, name)| name);
    match (name, key) {
        ("iota" | "dynamic_iota", "dim") => "iota_dimension",
        ("broadcast_in_dim" | "dynamic_broadcast_in_dim", "dims") => "broadcast_dimensions",
        ("broadcast", "sizes") => "broadcast_sizes",
        ("transpose", "dims") => "permutation",
        ("reverse", "dims") => "dimensions",
        ("concatenate" | "get_dimension_size" | "set_dimension_size", "dim") => "dimension",
        ("dynamic_slice", "sizes") => "slice_sizes",
        ("pad", "low") => "edge_padding_low",
        ("pad", "high") => "edge_padding_high",
        ("pad", "interior") => "interior_padding",
        ("fft", "type") => "fft_type",
        ("fft", "length") => "fft_length",
        ("rng", "distribution") => "rng_distribution",
        ("rng_bit_generator", "algorithm") => "rng_algorithm",
        ("convolution", "stride") => "window_strides",
        ("convolution", "pad") => "padding",
        ("convolution", "lhs_dilate") => "lhs_dilation",
        ("convolution", "rhs_dilate") => "rhs_dilation",
        ("convolution", "reverse") => "window_reversal",
        _ => key,
    }
}
