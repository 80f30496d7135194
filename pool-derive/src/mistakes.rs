//! The mistakes found in one annotation: all of them are reported in one compile.
//!
//! A mistake names the tokens at fault and says what to write instead. What only follows from another
//! mistake is not reported: code that looks for the next one first asks whether its cause is here.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// What was found wrong so far.
#[derive(Default)]
pub(crate) struct Mistakes {
    error: Option<Error>,
}

impl Mistakes {
    /// Reports `message` on all of `tokens`.
    pub(crate) fn report(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(Error::new_spanned(tokens, message));
    }

    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.error {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.error.is_none()
    }

    /// A `compile_error!` for each mistake.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.error.map(Error::into_compile_error).unwrap_or_default()
    }
}
