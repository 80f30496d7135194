//! `#[pooled(name = value, ..)]` above a type.
//!
//! A mistake in one option does not hide those in the next: reading goes on after the next comma that
//! an option's name follows.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Data, Error, Field, Ident, LitStr, Meta, Path, Result, Token};

use crate::ast::Declaration;
use crate::mistakes::Mistakes;
use crate::tokens::{begins_option, ends_option, rest_of_option, rest_of_unknown, skip_option};
use crate::{nearest, value};

/// The name of an option.
#[derive(Clone, Copy, PartialEq)]
enum Name {
    Create,
    Recycle,
    Reset,
    Reusable,
    Close,
    Crate,
}

impl Name {
    const ALL: [Self; 6] =
        [Self::Create, Self::Recycle, Self::Reset, Self::Reusable, Self::Close, Self::Crate];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Recycle => "recycle",
            Self::Reset => "reset",
            Self::Reusable => "reusable",
            Self::Close => "close",
            Self::Crate => "crate",
        }
    }

    /// What messages show as the way to write it.
    const fn example(self) -> &'static str {
        match self {
            Self::Create => value::CREATE_EXAMPLE,
            Self::Recycle => "recycle = async Self::ping",
            Self::Reset => "reset = async Self::roll_back",
            Self::Reusable => "reusable = Self::is_open",
            Self::Close => "close = async Self::quit",
            Self::Crate => "crate = my_crate::pool",
        }
    }

    fn from_ident(ident: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|name| ident == name.as_str())
    }
}

/// Whether an attribute is ours.
pub(crate) fn is_annotation(attribute: &Attribute) -> bool {
    attribute.path().is_ident("pooled")
}

/// Reports what is annotated inside a type, as only the whole type can be.
pub(crate) fn refuse_inside(data: &Data, mistakes: &mut Mistakes) {
    let (variants, fields): (Vec<_>, Vec<&Field>) = match data {
        Data::Struct(data) => (Vec::new(), data.fields.iter().collect()),
        Data::Union(data) => (Vec::new(), data.fields.named.iter().collect()),
        Data::Enum(data) => (
            data.variants.iter().collect(),
            data.variants.iter().flat_map(|it| &it.fields).collect(),
        ),
    };
    let attributes = variants.into_iter().flat_map(|variant| &variant.attrs);
    let attributes = attributes.chain(fields.into_iter().flat_map(|field| &field.attrs));
    for annotation in attributes.filter(|attribute| is_annotation(attribute)) {
        let message = format!(
            "put this above the type, as it says how the whole type is made: `#[pooled({})]`",
            value::CREATE_EXAMPLE
        );
        mistakes.report(annotation, message);
    }
}

/// Reads all annotations of a type, and reports a missing `create`.
pub(crate) fn read(
    annotations: &[&Attribute],
    library: Path,
    mistakes: &mut Mistakes,
) -> Declaration {
    let mut options = Options { declaration: Declaration::new(library), given: Vec::new() };
    let mut is_readable = true;
    for annotation in annotations {
        is_readable &= options.read_annotation(annotation, mistakes);
    }
    if is_readable && !options.given.contains(&Name::Create) {
        let message = format!("`create` is missing: add `{}`", value::CREATE_EXAMPLE);
        mistakes.report(annotations.first(), message);
    }
    options.declaration
}

/// Reads the arguments of `#[pooled(..)]` on an impl block: only `crate` has a meaning there.
pub(crate) fn read_of_impl(
    arguments: TokenStream,
    library: Path,
    mistakes: &mut Mistakes,
) -> Declaration {
    let mut options = Options { declaration: Declaration::new(library), given: Vec::new() };
    let list = |input: ParseStream<'_>| {
        options.read_list(input, mistakes, Where::Impl);
        Ok(())
    };
    if let Err(error) = list.parse2(arguments) {
        mistakes.add(error);
    }
    Declaration::new(options.declaration.library)
}

/// What the annotation is on.
#[derive(Clone, Copy, PartialEq)]
enum Where {
    Type,
    Impl,
}

/// What was read so far.
struct Options {
    declaration: Declaration,
    /// Every option that was named, even if its value could not be read.
    given: Vec<Name>,
}

impl Options {
    /// Returns whether a missing `create` is worth a report.
    fn read_annotation(&mut self, annotation: &Attribute, mistakes: &mut Mistakes) -> bool {
        match &annotation.meta {
            Meta::Path(_) => true,
            Meta::NameValue(_) => {
                let message = format!(
                    "options are written in parentheses: `#[pooled({})]`",
                    value::CREATE_EXAMPLE
                );
                mistakes.report(annotation, message);
                false
            }
            Meta::List(_) => {
                let mut is_readable = true;
                let read = annotation.parse_args_with(|input: ParseStream<'_>| {
                    is_readable = self.read_list(input, mistakes, Where::Type);
                    Ok(())
                });
                read.map_err(|error| mistakes.add(error)).is_ok() && is_readable
            }
        }
    }

    /// Returns whether every name was known.
    fn read_list(&mut self, input: ParseStream<'_>, mistakes: &mut Mistakes, at: Where) -> bool {
        let mut are_known = true;
        while !input.is_empty() {
            let option = self.read_option(input, mistakes, at).and_then(|is_known| {
                are_known &= is_known;
                separator(input)
            });
            if let Err(error) = option {
                mistakes.add(error);
                skip_option(input);
            }
        }
        are_known
    }

    /// Returns whether the option's name was known.
    fn read_option(
        &mut self,
        input: ParseStream<'_>,
        mistakes: &mut Mistakes,
        at: Where,
    ) -> Result<bool> {
        let ahead = input.fork();
        let name = ahead.call(Ident::parse_any).ok().and_then(|ident| Name::from_ident(&ident));
        let Some(name) = name else {
            let message = if begins_option(input) {
                unknown_option(&input.fork().call(Ident::parse_any)?)
            } else {
                format!("an option is written `name = value`: {}", known_options())
            };
            mistakes.report(rest_of_unknown(input), message);
            return Ok(false);
        };
        let ident = input.call(Ident::parse_any)?;
        if at == Where::Impl && name != Name::Crate {
            let message = format!("on an impl block, mark the function instead: `#[{ident}]`");
            return Err(Error::new_spanned(ident, message));
        }
        if self.given.contains(&name) {
            return Err(Error::new_spanned(
                &ident,
                format!("`{ident}` is given twice: remove one"),
            ));
        }
        self.given.push(name);
        if !input.peek(Token![=]) {
            let message = format!("`{ident}` needs a value: `{}`", name.example());
            return Err(Error::new_spanned(ident, message));
        }
        input.parse::<Token![=]>()?;
        self.read_value(name, input, mistakes)?;
        Ok(true)
    }

    fn read_value(
        &mut self,
        name: Name,
        input: ParseStream<'_>,
        mistakes: &mut Mistakes,
    ) -> Result<()> {
        if let Ok(quoted) = input.fork().parse::<LitStr>() {
            let message = format!("write it without quotes: `{}`", name.example());
            return Err(Error::new_spanned(quoted, message));
        }
        match name {
            Name::Create => self.declaration.create = value::create(input, mistakes)?,
            Name::Recycle => self.declaration.recycle = Some(value::recycle(input)?),
            Name::Reset => self.declaration.reset = Some(value::reset(input)?),
            Name::Reusable => self.declaration.reusable = Some(value::reusable(input)?),
            Name::Close => self.declaration.close = Some(value::close(input)?),
            Name::Crate => {
                let ahead = input.fork();
                let path = Path::parse_mod_style(input).ok();
                let path =
                    path.filter(|_| input.is_empty() || ends_option(input) || begins_option(input));
                self.declaration.library = path.ok_or_else(|| {
                    rest_of_option(input);
                    let message = "expected the path of the library: `crate = my_crate::pool`";
                    Error::new_spanned(rest_of_option(&ahead), message)
                })?;
            }
        }
        Ok(())
    }
}

/// Takes the comma after an option.
fn separator(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(());
    }
    if begins_option(input) {
        let ident = input.fork().call(Ident::parse_any)?;
        return Err(Error::new_spanned(&ident, format!("a comma is missing before `{ident}`")));
    }
    let is_awaited = input.peek(Token![.]) && input.peek2(Token![await]);
    let is_method = input.peek(Token![.]) && !is_awaited;
    let rest = rest_of_option(input);
    let is_tried = rest.clone().into_iter().any(|token| token.to_string() == "?");
    let message = if is_method {
        "a value ends with the call: for more than that, write a closure, `|config: &Config| ..`"
    } else if is_awaited && is_tried {
        "a value ends with the call: write `async` in front of the path instead of `.await`, and \
         `-> Result<Self, Error>` after the call instead of `?`"
    } else if is_awaited {
        "a value ends with the call: write `async` in front of the path instead of `.await`"
    } else if is_tried {
        "a value ends with the call: write `-> Result<Self, Error>` after it instead of `?`"
    } else {
        "expected a comma and the next option"
    };
    Err(Error::new_spanned(rest, message))
}

fn known_options() -> String {
    let names = Name::ALL.map(|name| format!("`{}`", name.as_str()));
    format!("the options are {}", names.join(", "))
}

fn unknown_option(ident: &Ident) -> String {
    let known = Name::ALL.map(Name::as_str);
    match nearest::nearest(&ident.to_string(), &known) {
        Some(name) => format!("unknown option `{ident}`: did you mean `{name}`?"),
        None => format!(
            "unknown option `{ident}`: {}; limits and timeouts are set where the pool is built, \
             `Pool::<..>::builder(config)`",
            known_options()
        ),
    }
}
