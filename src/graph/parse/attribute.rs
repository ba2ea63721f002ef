//! Attributes: reading them, and asking an operation for them.

use super::cursor::{Cursor, is_word};
use super::error::{Fault, Parsed, Problem};
use super::syntax::{Attribute, Operation};
use super::types::Type;
use std::borrow::Cow;

impl<'a> Cursor<'a> {
    pub(super) fn attribute(&mut self) -> Parsed<Attribute<'a>> {
        self.nested(|cursor| cursor.attribute_here())
    }

    fn attribute_here(&mut self) -> Parsed<Attribute<'a>> {
        match self.peek() {
            b'"' => {
                let text = self.string()?;
                Ok(Attribute::Text(text))
            }
            b'@' => Ok(Attribute::Symbol(self.symbol()?)),
            b'[' => {
                self.at += 1;
                Ok(Attribute::List(self.list("]", |cursor| cursor.attribute())?))
            }
            b'{' => Ok(Attribute::Dictionary(self.dictionary()?)),
            b'#' => self.dialect_attribute(),
            b'-' | b'0'..=b'9' => self.number_attribute(),
            b'!' | b'(' => self.type_attribute(),
            _ => self.word_attribute(),
        }
    }

    /// `{name = value, name}`.
    pub(super) fn dictionary(&mut self) -> Parsed<Vec<(Cow<'a, str>, Attribute<'a>)>> {
        self.expect("{")?;
        self.list("}", |cursor| {
            let name =
                if cursor.peek() == b'"' { cursor.string()? } else { cursor.word("the name of an attribute")?.into() };
            let value = if cursor.eat("=") { cursor.attribute()? } else { Attribute::Unit };
            Ok((name, value))
        })
    }

    fn type_attribute(&mut self) -> Parsed<Attribute<'a>> {
        let start = self.here();
        self.ty()?;
        let whole = &self.text[start..self.at];
        Ok(Attribute::Custom { name: "type", body: whole, at: start, whole })
    }

    fn dialect_attribute(&mut self) -> Parsed<Attribute<'a>> {
        let start = self.here();
        self.at += 1;
        let name = self.run(is_word);
        if name.is_empty() {
            return self.wrong("the name of an attribute");
        }
        if self.rest().first() != Some(&b'<') {
            if let Some(value) = self.aliases.get(name) {
                return Ok(value.clone());
            }
            let whole = &self.text[start..self.at];
            return Ok(Attribute::Custom { name, body: "", at: self.at, whole });
        }
        let at = self.at + 1;
        let body = self.balanced()?;
        Ok(Attribute::Custom { name, body, at, whole: &self.text[start..self.at] })
    }

    /// An integer or a float, with its type where one is written.
    fn number_attribute(&mut self) -> Parsed<Attribute<'a>> {
        let start = self.here();
        self.eat("-");
        let is_hex = self.rest().starts_with(b"0x");
        let digits = self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        if digits.ends_with(['e', 'E']) && !is_hex && matches!(self.rest().first(), Some(b'-' | b'+')) {
            self.at += 1;
            self.run(|byte| byte.is_ascii_digit());
        }
        let text = &self.text[start..self.at];
        let is_float = !is_hex && text.contains(['.', 'e', 'E']);
        let ty = if self.eat(":") { Some(self.type_text()?) } else { None };
        let float_bits = is_hex && ty.is_some_and(|ty| ty.starts_with(['f', 'b']));
        if is_float || float_bits {
            return Ok(Attribute::Float(text, ty));
        }
        let (end, mut number) = (self.at, Cursor::new(text, 1));
        match number.integer() {
            Ok(n) if number.at == text.len() => Ok(Attribute::Integer(n, ty)),
            Ok(_) | Err(_) => {
                self.at = start;
                let result = self.wrong("a number");
                self.at = end;
                result
            }
        }
    }

    fn type_text(&mut self) -> Parsed<&'a str> {
        let start = self.here();
        self.ty()?;
        Ok(&self.text[start..self.at])
    }

    fn word_attribute(&mut self) -> Parsed<Attribute<'a>> {
        let start = self.here();
        let word = self.word("an attribute")?;
        let opens = self.rest().first() == Some(&b'<');
        match word {
            "true" => Ok(Attribute::Bool(true)),
            "false" => Ok(Attribute::Bool(false)),
            "unit" => Ok(Attribute::Unit),
            "dense" if opens => self.dense(),
            "array" if opens => self.typed_array(),
            _ if opens => {
                let at = self.at + 1;
                let body = self.balanced()?;
                // An attribute of a tensor type carries its type behind it: `dense_resource<x> : tensor<…>`.
                if self.eat(":") {
                    self.ty()?;
                }
                Ok(Attribute::Custom { name: word, body, at, whole: &self.text[start..self.at] })
            }
            "loc" if self.sees("(") => {
                self.location()?;
                Ok(Attribute::Unit)
            }
            _ => Ok(Attribute::Word(word)),
        }
    }

    /// `array<i64: 1, 2>`.
    fn typed_array(&mut self) -> Parsed<Attribute<'a>> {
        self.expect("<")?;
        let element = self.word("the element type of an array")?;
        if self.eat(">") {
            return Ok(Attribute::Integers(element, vec![]));
        }
        self.expect(":")?;
        if element.starts_with('f') || element == "bf16" {
            return Ok(Attribute::List(self.list(">", |cursor| cursor.number_attribute())?));
        }
        let integers = self.list(">", |cursor| {
            if cursor.sees_word() {
                return Ok(i64::from(if cursor.eat_word("true") {
                    true
                } else {
                    cursor.expect_word("false")?;
                    false
                }));
            }
            let at = cursor.here();
            i64::try_from(cursor.integer()?).or_else(|_| {
                cursor.at = at;
                cursor.wrong("a number of 64 bits")
            })
        })?;
        Ok(Attribute::Integers(element, integers))
    }
}

/// The longest list of integers an attribute may hold as a repeated element.
const LONGEST: usize = 4096;

impl<'a> Attribute<'a> {
    /// The integers of a list, an array or a dense constant.
    pub(super) fn integers(&self) -> Option<Vec<i64>> {
        match self {
            Attribute::Integers(_, integers) => Some(integers.clone()),
            Attribute::List(items) => {
                let mut all = vec![];
                for item in items {
                    match item {
                        Attribute::Integer(n, _) => all.push(i64::try_from(*n).ok()?),
                        Attribute::Bool(b) => all.push(i64::from(*b)),
                        // One level is enough: the pairs of a padding.
                        Attribute::List(_) | Attribute::Integers(..) => all.extend(item.flat_integers()?),
                        Attribute::Unit
                        | Attribute::Float(..)
                        | Attribute::Text(_)
                        | Attribute::Symbol(_)
                        | Attribute::Dictionary(_)
                        | Attribute::Dense(_)
                        | Attribute::Word(_)
                        | Attribute::Custom { .. } => return None,
                    }
                }
                Some(all)
            }
            Attribute::Integer(n, _) => Some(vec![i64::try_from(*n).ok()?]),
            Attribute::Dense(literal) => {
                if literal.ty().count()? > LONGEST && literal.as_splat().is_some() {
                    return None;
                }
                super::dense::integers(&literal.to_tensor().ok()?)
            }
            Attribute::Unit
            | Attribute::Bool(_)
            | Attribute::Float(..)
            | Attribute::Text(_)
            | Attribute::Symbol(_)
            | Attribute::Dictionary(_)
            | Attribute::Word(_)
            | Attribute::Custom { .. } => None,
        }
    }

    fn flat_integers(&self) -> Option<Vec<i64>> {
        match self {
            Attribute::List(items) => items
                .iter()
                .map(|item| {
                    let Attribute::Integer(n, _) = item else { return None };
                    i64::try_from(*n).ok()
                })
                .collect(),
            Attribute::Integers(_, integers) => Some(integers.clone()),
            Attribute::Unit
            | Attribute::Bool(_)
            | Attribute::Integer(..)
            | Attribute::Float(..)
            | Attribute::Text(_)
            | Attribute::Symbol(_)
            | Attribute::Dictionary(_)
            | Attribute::Dense(_)
            | Attribute::Word(_)
            | Attribute::Custom { .. } => None,
        }
    }

    fn integer(&self) -> Option<i64> {
        match self {
            Attribute::Integer(n, _) => i64::try_from(*n).ok(),
            Attribute::Bool(b) => Some(i64::from(*b)),
            Attribute::Dense(_) | Attribute::Integers(..) | Attribute::List(_) => match self.integers()?[..] {
                [one] => Some(one),
                _ => None,
            },
            Attribute::Unit
            | Attribute::Float(..)
            | Attribute::Text(_)
            | Attribute::Symbol(_)
            | Attribute::Dictionary(_)
            | Attribute::Word(_)
            | Attribute::Custom { .. } => None,
        }
    }

    /// The last word of `#stablehlo<comparison_direction LT>`, of `"LT"`, or of `LT`.
    pub(super) fn variant(&self) -> Option<&str> {
        match self {
            Attribute::Word(word) => Some(word),
            Attribute::Text(text) => Some(text),
            Attribute::Custom { body, .. } => body.split_ascii_whitespace().next_back(),
            Attribute::Unit
            | Attribute::Bool(_)
            | Attribute::Integer(..)
            | Attribute::Float(..)
            | Attribute::Symbol(_)
            | Attribute::List(_)
            | Attribute::Integers(..)
            | Attribute::Dictionary(_)
            | Attribute::Dense(_) => None,
        }
    }

    fn describe(&self) -> String {
        let text: String = self.to_string().chars().take(60).collect();
        format!("`{text}` is given")
    }
}

/// Asking an operation for its attributes: what is missing or wrong is a fault that names op and attribute.
impl<'a> Operation<'a> {
    pub(super) fn bad<T>(&self, attribute: &'static str, expected: &'static str) -> Parsed<T> {
        let found = self.attribute(attribute).map_or("none is given".to_owned(), Attribute::describe);
        let problem = Problem::Attribute { op: self.name.to_string(), attribute, expected, found };
        Err(Box::new(Fault { at: self.at, problem }))
    }

    pub(super) fn maybe_integers(&self, attribute: &'static str) -> Parsed<Option<Vec<i64>>> {
        match self.attribute(attribute) {
            None => Ok(None),
            Some(value) => match value.integers() {
                Some(integers) => Ok(Some(integers)),
                None => self.bad(attribute, "a list of integers"),
            },
        }
    }

    pub(super) fn integers(&self, attribute: &'static str) -> Parsed<Vec<i64>> {
        match self.maybe_integers(attribute)? {
            Some(integers) => Ok(integers),
            None => self.bad(attribute, "a list of integers"),
        }
    }

    pub(super) fn integer(&self, attribute: &'static str) -> Parsed<i64> {
        match self.attribute(attribute).and_then(Attribute::integer) {
            Some(integer) => Ok(integer),
            None => self.bad(attribute, "an integer"),
        }
    }

    pub(super) fn count_or(&self, attribute: &'static str, default: usize) -> Parsed<usize> {
        if self.attribute(attribute).is_none() { Ok(default) } else { self.count(attribute) }
    }

    /// A number that is not negative.
    pub(super) fn count(&self, attribute: &'static str) -> Parsed<usize> {
        match self.attribute(attribute).and_then(Attribute::integer).and_then(|n| usize::try_from(n).ok()) {
            Some(count) => Ok(count),
            None => self.bad(attribute, "an integer that is not negative"),
        }
    }

    pub(super) fn flag(&self, attribute: &'static str, default: bool) -> Parsed<bool> {
        match self.attribute(attribute) {
            None => Ok(default),
            Some(Attribute::Unit) => Ok(true),
            Some(value) => match value.integer() {
                Some(0) => Ok(false),
                Some(1 | -1) => Ok(true),
                Some(_) | None => self.bad(attribute, "true or false"),
            },
        }
    }

    pub(super) fn float(&self, attribute: &'static str) -> Parsed<f32> {
        let value = match self.attribute(attribute) {
            Some(Attribute::Float(text, _)) => match text.strip_prefix("0x") {
                Some(bits) => u32::from_str_radix(bits, 16).ok().map(f32::from_bits),
                None => text.parse().ok(),
            },
            Some(Attribute::Integer(n, _)) => Some(*n as f32),
            _ => None,
        };
        match value {
            Some(value) => Ok(value),
            None => self.bad(attribute, "a float"),
        }
    }
}

impl std::fmt::Display for Attribute<'_> {
    /// As MLIR writes it, so that it can be read again.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let typed = |f: &mut std::fmt::Formatter<'_>, ty: &Option<&str>| match ty {
            Some(ty) => write!(f, " : {ty}"),
            None => Ok(()),
        };
        match self {
            Attribute::Unit => f.write_str("unit"),
            Attribute::Bool(value) => write!(f, "{value}"),
            Attribute::Integer(value, ty) => write!(f, "{value}").and_then(|()| typed(f, ty)),
            Attribute::Float(text, ty) => f.write_str(text).and_then(|()| typed(f, ty)),
            Attribute::Text(text) => crate::graph::print::quoted(f, text.as_bytes()),
            Attribute::Symbol(name) => crate::graph::print::symbol(f, name),
            Attribute::List(items) => {
                f.write_str("[")?;
                commas(f, items, |f, item| write!(f, "{item}"))?;
                f.write_str("]")
            }
            Attribute::Integers(element, integers) => {
                write!(f, "array<{element}")?;
                f.write_str(if integers.is_empty() { "" } else { ": " })?;
                commas(f, integers, |f, n| match (*element, n) {
                    ("i1", n) => write!(f, "{}", *n != 0),
                    (_, n) => write!(f, "{n}"),
                })?;
                f.write_str(">")
            }
            Attribute::Dictionary(pairs) => {
                f.write_str("{")?;
                commas(f, pairs, |f, (name, value)| {
                    if !name.is_empty() && name.bytes().all(is_word) && !name.as_bytes()[0].is_ascii_digit() {
                        f.write_str(name)?;
                    } else {
                        crate::graph::print::quoted(f, name.as_bytes())?;
                    }
                    if matches!(value, Attribute::Unit) { Ok(()) } else { write!(f, " = {value}") }
                })?;
                f.write_str("}")
            }
            Attribute::Dense(literal) => crate::graph::print::dense(f, literal),
            Attribute::Word(word) => f.write_str(word),
            Attribute::Custom { whole, .. } => f.write_str(whole),
        }
    }
}

fn commas<T>(
    f: &mut std::fmt::Formatter<'_>,
    items: &[T],
    mut one: impl FnMut(&mut std::fmt::Formatter<'_>, &T) -> std::fmt::Result,
) -> std::fmt::Result {
    for (k, item) in items.iter().enumerate() {
        if k > 0 {
            f.write_str(", ")?;
        }
        one(f, item)?;
    }
    Ok(())
}

/// The type of an attribute that is one.
pub(super) fn function_type<'a>(attribute: &Attribute<'a>, nesting: usize) -> Option<(Vec<Type<'a>>, Vec<Type<'a>>)> {
    match attribute {
        Attribute::Custom { name: "type", body, .. } => Cursor::new(body, nesting).function_type().ok(),
        Attribute::Unit
        | Attribute::Bool(_)
        | Attribute::Integer(..)
        | Attribute::Float(..)
        | Attribute::Text(_)
        | Attribute::Symbol(_)
        | Attribute::List(_)
        | Attribute::Integers(..)
        | Attribute::Dictionary(_)
        | Attribute::Dense(_)
        | Attribute::Word(_)
        | Attribute::Custom { .. } => None,
    }
}
