//! Signatures as Python writes them: names and defaults of an op's parameters.

use crate::arg::{Arg, Args};
use crate::convert;
use crate::error::{Result, type_error};

/// The parameters of an op.
#[derive(Debug)]
pub struct Signature {
    /// The op's name, for messages.
    pub op: &'static str,
    /// As Python writes it, without parentheses.
    pub text: &'static str,
    /// In order.
    pub parameters: Vec<Parameter>,
}

/// One parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is where nothing is given; `None` where it must be given.
    pub default: Option<Arg>,
    /// Whether it takes every positional argument from here on, as a list (`*args`).
    pub rest: bool,
}

impl Signature {
    /// Reads a signature.
    ///
    /// # Panics
    /// Where a default is no literal: a mistake of the table.
    pub fn parse(op: &'static str, text: &'static str) -> Signature {
        let parameter = |part: &str| match part.split_once('=') {
            Some((name, default)) => {
                let default = literal(default.trim());
                let default = default.unwrap_or_else(|| panic!("law: the default of `{name}` of `{op}` is a literal"));
                Parameter { name: name.trim().into(), default: Some(default), rest: false }
            }
            None => match part.trim().strip_prefix('*') {
                Some(name) => Parameter { name: name.into(), default: Some(Arg::List(vec![])), rest: true },
                None => Parameter { name: part.trim().into(), default: None, rest: false },
            },
        };
        let parameters = text.split(", ").filter(|part| !part.is_empty()).map(parameter).collect();
        Signature { op, text, parameters }
    }

    /// Binds positional and keyword arguments to the parameters, as Python does.
    pub fn bind<'k>(
        &'static self,
        mut positional: Vec<Arg>,
        named: impl IntoIterator<Item = (&'k str, Arg)>,
    ) -> Result<Args> {
        if let Some(from) = self.parameters.iter().position(|parameter| parameter.rest) {
            let rest = positional.split_off(from.min(positional.len()));
            if positional.len() == from {
                positional.push(Arg::List(rest));
            }
        }
        let (given, takes) = (positional.len(), self.parameters.len());
        if given > takes {
            let op = self.op;
            return Err(type_error(format!("{op}() takes {takes} positional arguments but {given} were given")));
        }
        let mut values: Vec<Option<Arg>> = positional.into_iter().map(Some).collect();
        values.resize(takes, None);
        for (name, arg) in named {
            let position = self.parameters.iter().position(|parameter| parameter.name == name);
            let Some(position) = position else {
                return Err(type_error(format!("{}() got an unexpected keyword argument '{name}'", self.op)));
            };
            if values[position].replace(arg).is_some() {
                return Err(type_error(format!("{}() got multiple values for argument '{name}'", self.op)));
            }
        }
        let filled = values.into_iter().zip(&self.parameters).map(|(value, parameter)| {
            let missing = || type_error(format!("{}() missing required argument: '{}'", self.op, parameter.name));
            value.or_else(|| parameter.default.clone()).ok_or_else(missing)
        });
        Ok(Args { signature: self, values: filled.collect::<Result<_>>()? })
    }
}

/// A literal of Python: `None`, truth values, numbers, strings, `tf.` dtypes.
fn literal(text: &str) -> Option<Arg> {
    Some(match text {
        "None" => Arg::None,
        "True" => Arg::Bool(true),
        "False" => Arg::Bool(false),
        "()" | "[]" => Arg::List(vec![]),
        _ => {
            if let Some(name) = text.strip_prefix("tf.") {
                Arg::DType(convert::dtype_named(name)?)
            } else if let Some(string) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
                Arg::Text(string.into())
            } else if let Ok(int) = text.parse() {
                Arg::Int(int)
            } else {
                Arg::Float(text.parse().ok()?)
            }
        }
    })
}
