//! Operations: the module, functions, regions and the generic form.

use super::cursor::Cursor;
use super::error::{Fault, Parsed, Problem, fault};
use super::syntax::{Argument, Attribute, Block, Defined, Key, Operation, Use};
use super::types::Type;
use std::collections::HashSet;

/// A text as read: its functions, and what its locations stand for.
pub(super) struct Module<'a> {
    pub(super) functions: Vec<Operation<'a>>,
    pub(super) cursor: Cursor<'a>,
}

impl<'a> Cursor<'a> {
    /// The whole text.
    pub(super) fn module(mut self) -> Parsed<Module<'a>> {
        let mut functions = vec![];
        while self.peek() != 0 {
            match self.peek() {
                b'#' => self.alias()?,
                b'!' => self.type_alias()?,
                b'{' if self.sees("{-#") => {
                    // Resources at the end: nothing refers to them that could be read.
                    match self.text[self.at..].find("#-}") {
                        Some(end) => self.at += end + 3,
                        None => return self.wrong("`#-}` after `{-#`"),
                    }
                }
                _ => {
                    let operation = self.operation()?;
                    match operation.name.as_ref() {
                        "builtin.module" => {
                            functions.extend(operation.regions.into_iter().flat_map(|block| block.operations));
                        }
                        _ => functions.push(operation),
                    }
                }
            }
        }
        Ok(Module { functions, cursor: self })
    }

    /// `#name = attribute`, or `#name = loc(…)`.
    fn alias(&mut self) -> Parsed<()> {
        self.at += 1;
        let name = self.run(super::cursor::is_word);
        self.expect("=")?;
        if self.eat_word("loc") {
            let location = self.location()?;
            self.locations.insert(name, location);
        } else {
            let value = self.attribute()?;
            self.aliases.insert(name, value);
        }
        Ok(())
    }

    /// `!name = type`.
    fn type_alias(&mut self) -> Parsed<()> {
        self.at += 1;
        let name = self.run(super::cursor::is_word);
        self.expect("=")?;
        let ty = self.ty()?;
        self.types.insert(name, ty);
        Ok(())
    }

    /// One operation in either form, its location included.
    pub(super) fn operation(&mut self) -> Parsed<Operation<'a>> {
        let mut operation = Box::new(Operation::new(0, "".into()));
        self.nested(|cursor| cursor.operation_into(&mut operation))?;
        Ok(*operation)
    }

    fn operation_into(&mut self, operation: &mut Operation<'a>) -> Parsed<()> {
        if self.peek() == b'%' {
            operation.results = self.defined()?;
        }
        operation.at = self.here();
        if self.peek() == b'"' {
            operation.name = self.string()?;
            self.generic(operation)?;
        } else {
            operation.name = self.word("an operation")?.into();
            self.pretty(operation)?;
        }
        operation.location = self.maybe_location()?;
        self.check_names(operation)
    }

    /// `%a, %b:2 =`.
    fn defined(&mut self) -> Parsed<Vec<Defined<'a>>> {
        let results = self.list("=", |cursor| {
            let (name, at) = cursor.value_name()?;
            let count = if cursor.eat(":") { cursor.count()? } else { 1 };
            Ok(Defined { name, count, at })
        })?;
        Ok(results)
    }

    fn check_names(&self, operation: &Operation<'a>) -> Parsed<()> {
        let names = operation.results.iter().map(|defined| defined.count as usize).sum();
        let results = operation.result_types.len();
        if names != results && names != 0 {
            let op = operation.name.to_string();
            return fault(operation.at, Problem::ResultCount { op, results, names });
        }
        Ok(())
    }

    /// `(operands) <{properties}> ({regions}) {attributes} : (types) -> types`, after the name.
    fn generic(&mut self, operation: &mut Operation<'a>) -> Parsed<()> {
        self.expect("(")?;
        operation.operands = self.list(")", |cursor| cursor.value())?;
        if self.peek() == b'[' {
            return self.wrong("no successors: control flow between blocks is not supported");
        }
        if self.eat("<") {
            operation.attributes = self.dictionary()?;
            self.expect(">")?;
        }
        if self.eat("(") {
            operation.regions = self.list(")", |cursor| cursor.region())?;
        }
        self.maybe_dictionary(operation)?;
        self.expect(":")?;
        let (inputs, results) = self.function_type()?;
        operation.operand_types = Some(inputs);
        operation.result_types = results;
        if operation.name == "func.func" {
            self.name_function(operation)?;
        }
        Ok(())
    }

    /// A function's body is its first region; its results are those of its type.
    fn name_function(&mut self, operation: &mut Operation<'a>) -> Parsed<()> {
        if let Some(ty) = operation.attribute("function_type")
            && let Some((_, results)) = super::attribute::function_type(ty, 64)
        {
            operation.result_types = results;
        }
        Ok(())
    }

    pub(super) fn maybe_dictionary(&mut self, operation: &mut Operation<'a>) -> Parsed<()> {
        if self.peek() == b'{' {
            operation.attributes.extend(self.dictionary()?);
        }
        Ok(())
    }

    /// `{ ^name(arguments): operations }`, the head optional.
    pub(super) fn region(&mut self) -> Parsed<Block<'a>> {
        let at = self.here();
        self.expect("{")?;
        let arguments = if self.eat("^") {
            self.run(super::cursor::is_word);
            let arguments = if self.eat("(") { self.list(")", |cursor| cursor.argument())? } else { vec![] };
            self.expect(":")?;
            arguments
        } else {
            vec![]
        };
        self.body(at, arguments)
    }

    /// Operations up to and with `}`.
    pub(super) fn body(&mut self, at: usize, arguments: Vec<Argument<'a>>) -> Parsed<Block<'a>> {
        let mut operations = vec![];
        while !self.eat("}") {
            if self.peek() == b'^' {
                return self.wrong("`}`: control flow between blocks is not supported");
            }
            operations.push(self.operation()?);
        }
        let block = Block { at, arguments, operations, free: vec![] };
        finish(block)
    }

    /// `%name: type {attributes} loc(…)`.
    pub(super) fn argument(&mut self) -> Parsed<Argument<'a>> {
        let (name, at) = self.value_name()?;
        self.expect(":")?;
        let ty = self.ty()?;
        if self.peek() == b'{' {
            self.dictionary()?;
        }
        let location = self.maybe_location()?;
        Ok(Argument { name, at, ty, location })
    }

    /// `func.func public @name(arguments) -> results attributes {…} { body }`, after the name of the op.
    pub(super) fn function(&mut self, operation: &mut Operation<'a>) -> Parsed<()> {
        operation.name = "func.func".into();
        for visibility in ["public", "private", "nested"] {
            if self.eat_word(visibility) {
                operation.set("sym_visibility", Attribute::Word(visibility));
            }
        }
        let name = self.symbol()?;
        operation.set("sym_name", Attribute::Symbol(name));
        self.expect("(")?;
        let is_declaration = !matches!(self.peek(), b'%' | b')');
        let arguments = if is_declaration {
            self.list(")", |cursor| {
                cursor.ty()?;
                if cursor.peek() == b'{' {
                    cursor.dictionary()?;
                }
                Ok(())
            })?;
            vec![]
        } else {
            self.list(")", |cursor| cursor.argument())?
        };
        if self.eat("->") {
            operation.result_types = self.function_results()?;
        }
        if self.eat_word("attributes") {
            self.dictionary()?;
        }
        let at = self.here();
        if !is_declaration && self.eat("{") {
            operation.regions = vec![self.body(at, arguments)?];
        }
        Ok(())
    }

    /// One type, or several in parentheses, each with attributes.
    fn function_results(&mut self) -> Parsed<Vec<Type<'a>>> {
        if !self.eat("(") {
            return Ok(vec![self.ty()?]);
        }
        self.list(")", |cursor| {
            let ty = cursor.ty()?;
            if cursor.peek() == b'{' {
                cursor.dictionary()?;
            }
            Ok(ty)
        })
    }

    /// `module @name attributes {…} { … }`, after the name of the op.
    pub(super) fn nested_module(&mut self, operation: &mut Operation<'a>) -> Parsed<()> {
        operation.name = "builtin.module".into();
        if self.peek() == b'@' {
            self.symbol()?;
        }
        if self.eat_word("attributes") {
            self.dictionary()?;
        }
        operation.regions = vec![self.region()?];
        Ok(())
    }
}

/// The block with the values it reads from outside; a name defined twice in it is a fault.
pub(super) fn finish(mut block: Block<'_>) -> Parsed<Block<'_>> {
    let mut defined: HashSet<Key<'_>> = HashSet::new();
    let mut names: HashSet<&str> = HashSet::new();
    let mut met: HashSet<Key<'_>> = HashSet::new();
    let mut free = vec![];
    let redefined = |at: usize, name: &str| fault(at, Problem::Redefined { name: format!("%{name}") });
    for argument in &block.arguments {
        if !names.insert(argument.name) {
            return redefined(argument.at, argument.name);
        }
        defined.insert((argument.name, 0));
    }
    for operation in &block.operations {
        let inner = operation.regions.iter().flat_map(|region| &region.free);
        // The body of a function reads nothing from outside: what it reads and does not define is undefined.
        let inner = inner.filter(|_| operation.name != "func.func");
        for read in operation.operands.iter().chain(inner) {
            if !defined.contains(&read.key) && met.insert(read.key) {
                free.push(*read);
            }
        }
        for result in &operation.results {
            if !names.insert(result.name) {
                return redefined(result.at, result.name);
            }
            // The count was compared with the number of types, which the text spells out.
            defined.extend((0..result.count).map(|k| (result.name, k)));
        }
    }
    block.free = free;
    Ok(block)
}

/// The reading of the value a name stands for, for forms that make their own.
pub(super) fn read<'a>(name: &'a str, at: usize) -> Use<'a> {
    Use { key: (name, 0), at }
}

/// The fault that an op has no such form.
pub(super) fn unknown(operation: &Operation<'_>) -> Box<Fault> {
    Box::new(Fault { at: operation.at, problem: Problem::UnknownOp { op: operation.name.to_string() } })
}
