//! Locations: what the author called a node, and where it was made.

use super::cursor::Cursor;
use super::error::Parsed;
use super::syntax::Location;
use crate::site::{Name, Site};
use std::collections::HashMap;

impl<'a> Cursor<'a> {
    /// `loc(…)`, where it comes next.
    pub(super) fn maybe_location(&mut self) -> Parsed<Option<Location<'a>>> {
        if self.peek() == b'l' && self.eat_word("loc") { Ok(Some(self.location()?)) } else { Ok(None) }
    }

    /// `(…)` after `loc`.
    pub(super) fn location(&mut self) -> Parsed<Location<'a>> {
        self.expect("(")?;
        let location = self.place()?;
        self.expect(")")?;
        Ok(location)
    }

    fn place(&mut self) -> Parsed<Location<'a>> {
        self.nested(|cursor| match cursor.peek() {
            b'#' => {
                cursor.at += 1;
                Ok(Location::Alias(cursor.run(super::cursor::is_word)))
            }
            b'"' => cursor.named_or_file(),
            _ if cursor.eat_word("unknown") => Ok(Location::Unknown),
            _ if cursor.eat_word("callsite") => {
                cursor.expect("(")?;
                let callee = cursor.place()?;
                cursor.expect_word("at")?;
                let caller = cursor.place()?;
                cursor.expect(")")?;
                Ok(Location::Several(vec![callee, caller]))
            }
            _ if cursor.eat_word("fused") => {
                if cursor.sees("<") {
                    cursor.balanced()?;
                }
                cursor.expect("[")?;
                Ok(Location::Several(cursor.list("]", |cursor| cursor.place())?))
            }
            _ if cursor.eat_word("loc") => cursor.location(),
            _ => cursor.wrong("a location"),
        })
    }

    fn named_or_file(&mut self) -> Parsed<Location<'a>> {
        let text = self.string()?;
        if self.eat(":") {
            let line = self.count()?;
            let column = if self.eat(":") { self.count()? } else { 0 };
            if self.eat_word("to") {
                if self.peek().is_ascii_digit() {
                    self.count()?;
                }
                self.expect(":")?;
                self.count()?;
            }
            return Ok(Location::File(text, line, column));
        }
        if self.eat("(") {
            let child = self.place()?;
            self.expect(")")?;
            return Ok(Location::Name(text, Some(Box::new(child))));
        }
        Ok(Location::Name(text, None))
    }
}

/// Name and site, as far as a location tells them.
#[derive(Clone, Default)]
pub(super) struct Told {
    pub(super) name: Option<Name>,
    pub(super) site: Option<Site>,
}

/// Answers what locations tell, each alias once.
pub(super) struct Locations<'p, 'a> {
    aliases: &'p HashMap<&'a str, Location<'a>>,
    known: HashMap<&'a str, Told>,
    files: HashMap<String, Name>,
}

impl<'p, 'a> Locations<'p, 'a> {
    pub(super) fn new(aliases: &'p HashMap<&'a str, Location<'a>>) -> Locations<'p, 'a> {
        Locations { aliases, known: HashMap::new(), files: HashMap::new() }
    }

    pub(super) fn tell(&mut self, location: &Location<'a>) -> Told {
        self.tell_within(location, 0)
    }

    /// The outermost name and the first file: aliases more than 200 deep or in a circle tell nothing.
    fn tell_within(&mut self, location: &Location<'a>, depth: usize) -> Told {
        if depth > 200 {
            return Told::default();
        }
        match location {
            Location::Unknown => Told::default(),
            Location::File(file, line, column) => {
                let name = match self.files.get(file.as_ref()) {
                    Some(name) => name.clone(),
                    None => {
                        let name: Name = file.as_ref().into();
                        self.files.insert(file.as_ref().to_owned(), name.clone());
                        name
                    }
                };
                Told { name: None, site: Some(Site { file: name, line: *line, column: *column }) }
            }
            Location::Name(name, child) => {
                let site = child.as_ref().and_then(|child| self.tell_within(child, depth + 1).site);
                Told { name: Some(name.as_ref().into()), site }
            }
            Location::Several(places) => {
                let mut told = Told::default();
                for place in places {
                    let one = self.tell_within(place, depth + 1);
                    told = Told { name: told.name.or(one.name), site: told.site.or(one.site) };
                    if told.name.is_some() && told.site.is_some() {
                        break;
                    }
                }
                told
            }
            Location::Alias(alias) => {
                if let Some(told) = self.known.get(alias) {
                    return told.clone();
                }
                let aliases = self.aliases;
                let Some(target) = aliases.get(alias) else { return Told::default() };
                self.known.insert(alias, Told::default());
                let told = self.tell_within(target, depth + 1);
                self.known.insert(alias, told.clone());
                told
            }
        }
    }
}
