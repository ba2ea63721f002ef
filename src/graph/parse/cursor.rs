//! The place in a text, and the words and marks that may stand there.

use super::error::{Parsed, Problem, fault};
use super::syntax::{Attribute, Key, Location, Use};
use super::types::Type;
use std::borrow::Cow;
use std::collections::HashMap;

/// A place in a text, with what was said above it.
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) aliases: HashMap<&'a str, Attribute<'a>>,
    pub(super) types: HashMap<&'a str, Type<'a>>,
    pub(super) locations: HashMap<&'a str, Location<'a>>,
    depth: usize,
    nesting: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, nesting: usize) -> Cursor<'a> {
        let (aliases, types, locations) = Default::default();
        Cursor { text, at: 0, aliases, types, locations, depth: 0, nesting }
    }

    /// Goes one level deeper while `f` runs.
    pub(super) fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= self.nesting {
            return fault(self.at, Problem::TooDeep { limit: self.nesting });
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Skips blanks and comments; the offset of what comes next.
    pub(super) fn here(&mut self) -> usize {
        let bytes = self.text.as_bytes();
        loop {
            while bytes.get(self.at).is_some_and(|byte| byte.is_ascii_whitespace()) {
                self.at += 1;
            }
            if !self.rest().starts_with(b"//") {
                return self.at;
            }
            while bytes.get(self.at).is_some_and(|byte| *byte != b'\n') {
                self.at += 1;
            }
        }
    }

    /// The next byte that is not blank; 0 at the end.
    pub(super) fn peek(&mut self) -> u8 {
        self.here();
        self.rest().first().copied().unwrap_or(0)
    }

    /// Whether `mark` comes next.
    pub(super) fn sees(&mut self, mark: &str) -> bool {
        self.here();
        self.rest().starts_with(mark.as_bytes())
    }

    /// Steps over `mark` if it comes next.
    pub(super) fn eat(&mut self, mark: &str) -> bool {
        let found = self.sees(mark);
        if found {
            self.at += mark.len();
        }
        found
    }

    pub(super) fn expect(&mut self, mark: &str) -> Parsed<()> {
        if self.eat(mark) { Ok(()) } else { self.wrong(format!("`{mark}`")) }
    }

    /// The fault that something else was expected here.
    pub(super) fn wrong<T>(&mut self, expected: impl Into<String>) -> Parsed<T> {
        let at = self.here();
        let found = match self.text[at..].chars().next() {
            None => "the end of the text".to_owned(),
            Some(first) if !first.is_ascii() || !is_word(first as u8) => format!("`{}`", first.escape_debug()),
            Some(_) => {
                let word = self.rest().iter().take(40).take_while(|byte| is_word(**byte)).count();
                format!("`{}`", &self.text[at..at + word])
            }
        };
        fault(at, Problem::Syntax { expected: expected.into(), found })
    }

    /// Bytes from here on for which `allowed` holds.
    pub(super) fn run(&mut self, allowed: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        self.at += self.rest().iter().take_while(|byte| allowed(**byte)).count();
        &self.text[start..self.at]
    }

    /// Whether a word comes next.
    pub(super) fn sees_word(&mut self) -> bool {
        let next = self.peek();
        next.is_ascii_alphabetic() || next == b'_'
    }

    /// The word that comes next: letters, digits, `_`, `.` and `$`.
    pub(super) fn word(&mut self, expected: &str) -> Parsed<&'a str> {
        if !self.sees_word() {
            return self.wrong(expected);
        }
        Ok(self.run(is_word))
    }

    /// Steps over the word `word` if it comes next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.sees(word) && !self.rest().get(word.len()).copied().is_some_and(is_word);
        if found {
            self.at += word.len();
        }
        found
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.eat_word(word) { Ok(()) } else { self.wrong(format!("`{word}`")) }
    }

    /// `%name` or `%name#1`.
    pub(super) fn value(&mut self) -> Parsed<Use<'a>> {
        let (name, at) = self.value_name()?;
        let index = if self.rest().first() == Some(&b'#') {
            self.at += 1;
            self.count()?
        } else {
            0
        };
        let key: Key<'a> = (name, index);
        Ok(Use { key, at })
    }

    /// `%name`, without its sign, and where it stands.
    pub(super) fn value_name(&mut self) -> Parsed<(&'a str, usize)> {
        let at = self.here();
        if !self.eat("%") {
            return self.wrong("a value (`%name`)");
        }
        let name = self.run(|byte| is_word(byte) || byte == b'-');
        if name.is_empty() { self.wrong("the name of a value") } else { Ok((name, at)) }
    }

    /// A number without sign that fits in 32 bits.
    pub(super) fn count(&mut self) -> Parsed<u32> {
        let at = self.here();
        match self.run(|byte| byte.is_ascii_digit()).parse() {
            Ok(number) => Ok(number),
            Err(_) => {
                self.at = at;
                self.wrong("a number below 2^32")
            }
        }
    }

    /// An integer, decimal or hexadecimal.
    pub(super) fn integer(&mut self) -> Parsed<i128> {
        let at = self.here();
        let negative = self.eat("-");
        let hexadecimal = self.rest().starts_with(b"0x") && self.rest().get(2).is_some_and(u8::is_ascii_hexdigit);
        let magnitude = if hexadecimal {
            self.at += 2;
            i128::from_str_radix(self.run(|byte| byte.is_ascii_hexdigit()), 16)
        } else {
            self.run(|byte| byte.is_ascii_digit()).parse()
        };
        match magnitude {
            Ok(n) => Ok(if negative { -n } else { n }),
            Err(_) => {
                self.at = at;
                self.wrong("an integer")
            }
        }
    }

    /// `"…"` with its escapes undone. Bytes that are not UTF-8 are replaced.
    pub(super) fn string(&mut self) -> Parsed<Cow<'a, str>> {
        let raw = self.raw_string()?;
        if !raw.contains('\\') {
            return Ok(raw.into());
        }
        Ok(String::from_utf8_lossy(&unescape(raw.as_bytes())).into_owned().into())
    }

    /// What stands between the quotes of a string.
    pub(super) fn raw_string(&mut self) -> Parsed<&'a str> {
        let start = self.here();
        if !self.eat("\"") {
            return self.wrong("a string");
        }
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.at = (self.at + 2).min(bytes.len()),
                Some(b'\n') | None => {
                    self.at = start;
                    return self.wrong("a string that ends on its line");
                }
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        // A backslash may stand before the first byte of a longer character; the slice still ends at quotes.
        Ok(&self.text[start + 1..self.at - 1])
    }

    /// `@name` or `@"name"`, nested names joined by `::`.
    pub(super) fn symbol(&mut self) -> Parsed<Cow<'a, str>> {
        if !self.eat("@") {
            return self.wrong("a symbol (`@name`)");
        }
        let first: Cow<'a, str> = if self.rest().first() == Some(&b'"') {
            self.string()?
        } else {
            let name = self.run(|byte| is_word(byte) || byte == b'-');
            if name.is_empty() {
                return self.wrong("the name of a symbol");
            }
            name.into()
        };
        if !self.rest().starts_with(b"::@") {
            return Ok(first);
        }
        self.at += 2;
        let rest = self.nested(|cursor| cursor.symbol())?;
        Ok(format!("{first}::{rest}").into())
    }

    /// Steps over a bracket and everything up to its partner; what stood between them.
    pub(super) fn balanced(&mut self) -> Parsed<&'a str> {
        let start = self.here();
        let bytes = self.text.as_bytes();
        let mut open: Vec<u8> = vec![];
        if !matches!(bytes.get(start), Some(b'(' | b'[' | b'{' | b'<')) {
            return self.wrong("an open bracket");
        }
        loop {
            match bytes.get(self.at).copied() {
                Some(b'"') => {
                    self.raw_string()?;
                    continue;
                }
                Some(b'-') if bytes.get(self.at + 1) == Some(&b'>') => self.at += 1,
                Some(b @ (b'(' | b'[' | b'{' | b'<')) => open.push(b),
                Some(b @ (b')' | b']' | b'}' | b'>')) => {
                    let partner = match b {
                        b')' => b'(',
                        b']' => b'[',
                        b'}' => b'{',
                        _ => b'<',
                    };
                    if open.pop() != Some(partner) {
                        return self.wrong("the partner of an open bracket");
                    }
                }
                Some(_) => {}
                None => {
                    self.at = start;
                    return self.wrong("a bracket that is closed again");
                }
            }
            if open.len() > self.nesting {
                return fault(self.at, Problem::TooDeep { limit: self.nesting });
            }
            self.at += 1;
            if open.is_empty() {
                return Ok(&self.text[start + 1..self.at - 1]);
            }
        }
    }

    /// `item, item …` up to and with `close`.
    pub(super) fn list<T>(&mut self, close: &str, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![];
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(close) {
                return Ok(items);
            }
            if !self.eat(",") {
                return self.wrong(format!("`,` or `{close}`"));
            }
        }
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$')
}

/// A string's bytes with the escapes `\"`, `\\`, `\n`, `\t` and `\HH` undone.
pub(super) fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut k = 0;
    let hex = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    while k < raw.len() {
        if raw[k] != b'\\' || k + 1 == raw.len() {
            out.push(raw[k]);
            k += 1;
            continue;
        }
        match (raw[k + 1], hex(raw.get(k + 1)), hex(raw.get(k + 2))) {
            (_, Some(high), Some(low)) => {
                out.push(high * 16 + low);
                k += 3;
                continue;
            }
            (b'n', ..) => out.push(b'\n'),
            (b't', ..) => out.push(b'\t'),
            (other, ..) => out.push(other),
        }
        k += 2;
    }
    out
}
