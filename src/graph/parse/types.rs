//! Types: tensors, functions, and whatever else a text may name.

use super::cursor::{Cursor, is_word};
use super::error::{Parsed, Problem, fault};
use crate::shape::{Dim, Shape, TensorType};
use brolga_codegen::DType;
use smallvec::SmallVec;

/// A type as written.
#[derive(Clone)]
pub(super) enum Type<'a> {
    Tensor(TensorType),
    Function,
    /// Any other, as text: tokens, tuples, quantised tensors, element types …
    Other(&'a str),
}

impl<'a> Type<'a> {
    /// The tensor type, or why the type is none.
    pub(super) fn tensor(&self, at: usize) -> Parsed<&TensorType> {
        match self {
            Type::Tensor(ty) => Ok(ty),
            Type::Function => unsupported(at, "(…) -> …", "functions are not values"),
            Type::Other(text) => unsupported(at, text, reason(text)),
        }
    }
}

impl std::fmt::Display for Type<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Type::Tensor(ty) => ty.fmt(f),
            Type::Function => f.write_str("(…) -> …"),
            Type::Other(text) => f.write_str(text),
        }
    }
}

fn unsupported<T>(at: usize, ty: &str, reason: &'static str) -> Parsed<T> {
    let mut ty: String = ty.chars().take(80).collect();
    if ty.is_empty() {
        ty.push('?');
    }
    fault(at, Problem::UnsupportedType { ty, reason })
}

fn reason(text: &str) -> &'static str {
    if text.contains("!quant.") {
        "quantised elements are not implemented"
    } else if text.starts_with("!stablehlo.token") || text.starts_with("!mhlo.token") {
        "nothing here makes or waits for tokens: ordered effects keep the order of the text"
    } else if text.starts_with("tuple<") {
        "tuples are not values here: give several results instead"
    } else if text.starts_with("tensor<") {
        "its element type or encoding is not implemented"
    } else {
        "values are tensors"
    }
}

impl<'a> Cursor<'a> {
    pub(super) fn ty(&mut self) -> Parsed<Type<'a>> {
        self.nested(|cursor| match cursor.peek() {
            b'(' => {
                cursor.function_type()?;
                Ok(Type::Function)
            }
            b'!' => cursor.dialect_type(),
            _ => cursor.named_type(),
        })
    }

    /// `(types) -> types`.
    pub(super) fn function_type(&mut self) -> Parsed<(Vec<Type<'a>>, Vec<Type<'a>>)> {
        self.expect("(")?;
        let inputs = self.list(")", |cursor| cursor.ty())?;
        self.expect("->")?;
        Ok((inputs, self.result_types()?))
    }

    /// One type, or several in parentheses.
    pub(super) fn result_types(&mut self) -> Parsed<Vec<Type<'a>>> {
        if self.eat("(") { self.list(")", |cursor| cursor.ty()) } else { Ok(vec![self.ty()?]) }
    }

    fn dialect_type(&mut self) -> Parsed<Type<'a>> {
        let start = self.here();
        self.at += 1;
        let name = self.run(is_word);
        if name.is_empty() {
            return self.wrong("the name of a type");
        }
        if let Some(ty) = self.types.get(name) {
            return Ok(ty.clone());
        }
        if self.rest().first() == Some(&b'<') {
            self.balanced()?;
        }
        Ok(Type::Other(&self.text[start..self.at]))
    }

    fn named_type(&mut self) -> Parsed<Type<'a>> {
        let start = self.here();
        let name = self.word("a type")?;
        if self.rest().first() != Some(&b'<') {
            return Ok(Type::Other(name));
        }
        if name != "tensor" {
            self.balanced()?;
            return Ok(Type::Other(&self.text[start..self.at]));
        }
        self.at += 1;
        let shape = self.shape()?;
        let dtype = self.element_type()?;
        let encoded = self.eat(",") && !self.bounds()?;
        self.expect(">")?;
        match dtype {
            Some(dtype) if !encoded => {
                let ty = TensorType { dtype, shape };
                match ty.check() {
                    Ok(()) => Ok(Type::Tensor(ty)),
                    Err(too_large) => fault(start, too_large.into()),
                }
            }
            Some(_) | None => Ok(Type::Other(&self.text[start..self.at])),
        }
    }

    /// `2x?x`, or `*x`.
    fn shape(&mut self) -> Parsed<Shape> {
        if self.eat("*") {
            self.expect("x")?;
            return Ok(Shape::Unranked);
        }
        let mut dims: SmallVec<[Dim; 4]> = SmallVec::new();
        loop {
            let next = self.peek();
            if next == b'?' {
                self.at += 1;
                dims.push(None);
            } else if next.is_ascii_digit() {
                let at = self.at;
                match self.run(|byte| byte.is_ascii_digit()).parse::<usize>() {
                    Ok(extent) => dims.push(Some(extent)),
                    Err(_) => {
                        self.at = at;
                        return self.wrong("an extent below 2^64");
                    }
                }
            } else {
                return Ok(Shape::Ranked(dims));
            }
            self.expect("x")?;
        }
    }

    /// The element type; `None` for one that is not ours.
    fn element_type(&mut self) -> Parsed<Option<DType>> {
        let start = self.here();
        if self.eat("!") {
            self.run(is_word);
        } else {
            self.word("an element type")?;
        }
        if self.rest().first() == Some(&b'<') {
            self.balanced()?;
        }
        let text = &self.text[start..self.at];
        Ok(DType::from_mlir(text).or_else(|| DType::from_mlir(&text.replace([' ', '\n', '\t'], ""))))
    }

    /// An encoding: whether it only bounds unknown extents.
    fn bounds(&mut self) -> Parsed<bool> {
        let start = self.here();
        while !matches!(self.peek(), b'>' | 0) {
            if matches!(self.peek(), b'<' | b'(' | b'[' | b'{') {
                self.balanced()?;
            } else if self.peek() == b'"' {
                self.raw_string()?;
            } else {
                self.at += 1;
            }
        }
        let text = &self.text[start..self.at];
        Ok(text.starts_with("#stablehlo.bounds<") || text.starts_with("#stablehlo.type_extensions<"))
    }
}
