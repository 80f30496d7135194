//! The impl that a declaration stands for.
//!
//! The user's tokens are where the compiler checks their types, with their own spans. Each value goes
//! through the trait of `pool_core::derived` whose message says what was expected.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, Path, WherePredicate, parse_quote};

use crate::ast::{Call, Callee, Create, Declaration, Target};
use crate::valid;

/// The impl of a valid declaration.
pub(crate) fn pooled(target: &Target<'_>, declaration: &Declaration) -> TokenStream {
    let library = &declaration.library;
    let create = declaration.create.as_ref().map(|create| create_method(library, create));
    let recycle = declaration.recycle.as_ref().map(|call| recycle_method(library, call));
    let reusable = declaration.reusable.as_ref().map(|call| is_reusable_method(library, call));
    let reset = declaration.reset.as_ref().map(|call| reset_method(library, call));
    let close = declaration.close.as_ref().map(|call| close_method(library, call));
    pooled_with(target, declaration, &quote!(#create #recycle #reset #reusable #close))
}

/// An impl that keeps the rest of the user's crate quiet about a type whose annotation has mistakes:
/// it has as much of the types as could be read.
pub(crate) fn fallback(target: &Target<'_>, declaration: &Declaration) -> TokenStream {
    let create = quote! {
        async fn create(_: &Self::Config) -> ::core::result::Result<Self, Self::Error> {
            ::core::unreachable!()
        }
    };
    pooled_with(target, declaration, &create)
}

/// A check that the type is pooled, for a derive without an annotation. A generic type need not be
/// pooled with every argument.
pub(crate) fn check(target: &Target<'_>, library: &Path) -> Option<TokenStream> {
    let type_name = target.type_name;
    target.generics.params.is_empty().then(|| {
        quote_spanned! {type_name.to_token_stream().span()=>
            const _: () = #library::derived::is_pooled::<#type_name>();
        }
    })
}

fn pooled_with(
    target: &Target<'_>,
    declaration: &Declaration,
    methods: &TokenStream,
) -> TokenStream {
    let create = declaration.create.as_ref();
    let conditions = create.map(|create| &create.call.conditions[..]).unwrap_or_default();
    let config = create.and_then(|create| valid::config(create).ok().flatten());
    let config = config.map_or_else(|| quote!(()), ToTokens::to_token_stream);
    let error = error(&declaration.library, create);
    let resource = Ident::new("Self", generated_at(target.type_name.span()));
    let header = header(target, &declaration.library);
    quote! {
        #[automatically_derived]
        #(#conditions)*
        #header {
            type Resource = #resource;
            type Config = #config;
            type Error = #error;
            #methods
        }
    }
}

fn error(library: &Path, create: Option<&Create>) -> TokenStream {
    match create.and_then(|create| valid::output(create).ok().flatten()) {
        None => quote!(::core::convert::Infallible),
        Some(output) => {
            let span = generated_at(output.span());
            let library = at(span, library);
            quote_spanned!(span=> <#output as #library::derived::Constructed<Self>>::Error)
        }
    }
}

/// `impl<T> Pooled for Connection<T> where ..`, at the place of the annotation.
fn header(target: &Target<'_>, library: &Path) -> TokenStream {
    let (impl_generics, type_generics, where_clause) = target.generics.split_for_impl();
    let written = where_clause.into_iter().flat_map(|clause| &clause.predicates);
    let written = written.map(|predicate| parse_quote!(#predicate));
    let implied = implied_bounds(target);
    let quiet = (!implied.is_empty()).then(|| {
        quote!(#[allow(redundant_lifetimes, clippy::trait_duplication_in_bounds, reason = "implied bounds")])
    });
    let predicates: Vec<WherePredicate> = implied.into_iter().chain(written).collect();
    let where_clause = (!predicates.is_empty()).then(|| quote!(where #(#predicates),*));

    let span = target.annotation;
    let library = at(span, library);
    let type_name = at(span, target.type_name);
    let type_generics = target.is_definition.then(|| at(span, type_generics));
    quote_spanned! {span=>
        #quiet
        impl #impl_generics #library::Pooled for #type_name #type_generics #where_clause
    }
}

/// What a type asks of its parameters to be a resource. An impl block has bounds of its own.
fn implied_bounds(target: &Target<'_>) -> Vec<WherePredicate> {
    let parameters = target.generics.params.iter().filter(|_| target.is_definition);
    let bounds = parameters.filter_map(|parameter| match parameter {
        GenericParam::Type(parameter) => {
            let name = &parameter.ident;
            Some(parse_quote!(#name: ::core::marker::Send + 'static))
        }
        GenericParam::Lifetime(parameter) => {
            let name = &parameter.lifetime;
            Some(parse_quote!(#name: 'static))
        }
        GenericParam::Const(_) => None,
    });
    bounds.collect()
}

fn create_method(library: &Path, create: &Create) -> TokenStream {
    let span = generated_at(create.call.callee.span());
    let config = Ident::new("config", generated_at(create.call.callee.arguments_span()));
    let (pattern, argument) = match create.arguments.first() {
        Some(_) => (config.to_token_stream(), Some(&config)),
        None => (quote!(_), None),
    };
    let library = at(span, library);
    let returned = value(&create.call, argument);
    let output = valid::output(create).ok().flatten();
    // What is wrong with the declared type is reported once if it is found at one place.
    let output_span = output.map_or(span, |output| generated_at(output.span()));
    let result = match output {
        None => {
            quote_spanned!(span=> #library::derived::Infallibly::<Self>::into_result(#returned))
        }
        Some(output) => {
            let declared = quote_spanned!(span=> #library::derived::Returned::<#output>::into_declared(#returned));
            let library = at(output_span, &library);
            quote_spanned! {output_span=>
                #library::derived::Constructed::<Self>::into_result(#declared)
            }
        }
    };
    let result_type = quote_spanned!(output_span=> ::core::result::Result<Self, Self::Error>);
    let attributes = attributes(&create.call);
    quote_spanned! {span=>
        #attributes
        async fn create(#pattern: &Self::Config) -> #result_type {
            #result
        }
    }
}

fn recycle_method(library: &Path, call: &Call) -> TokenStream {
    let span = generated_at(call.callee.span());
    let resource = Ident::new("resource", span);
    let library = at(span, library);
    let returned = value(call, Some(&resource));
    let attributes = attributes(call);
    quote_spanned! {span=>
        #attributes
        async fn recycle(
            #resource: &mut Self,
            _: &Self::Config,
            _: &#library::Usage<'_>,
        ) -> ::core::result::Result<(), Self::Error> {
            #library::derived::Checked::<Self::Error>::into_result(#returned)
        }
    }
}

/// A reset that is not awaited is done when its call returns: the future that is left has its outcome.
fn reset_method(library: &Path, call: &Call) -> TokenStream {
    let span = generated_at(call.callee.span());
    let resource = Ident::new("resource", span);
    let library = at(span, library);
    let returned = value(call, Some(&resource));
    let attributes = attributes(call);
    let outcome = quote_spanned!(span=> ::core::result::Result<(), Self::Error>);
    if call.asyncness.is_some() {
        return quote_spanned! {span=>
            #attributes
            async fn reset(#resource: &mut Self) -> #outcome {
                #library::derived::Reset::<Self::Error>::into_result(#returned)
            }
        };
    }
    quote_spanned! {span=>
        #attributes
        fn reset(
            #resource: &mut Self,
        ) -> impl ::core::future::Future<Output = #outcome> + ::core::marker::Send {
            #library::derived::Reset::<Self::Error>::at_once(#returned)
        }
    }
}

/// A close that is not awaited is done when its call returns: its future is zero-sized.
fn close_method(library: &Path, call: &Call) -> TokenStream {
    let span = generated_at(call.callee.span());
    let resource = Ident::new("resource", span);
    let library = at(span, library);
    let returned = value(call, Some(&resource));
    let attributes = attributes(call);
    if call.asyncness.is_some() {
        // An error about the future is reported at its return type, which is why that is written.
        return quote_spanned! {span=>
            #attributes
            async fn close(#resource: Self) -> () {
                #library::derived::Closed::ended(#returned)
            }
        };
    }
    quote_spanned! {span=>
        #attributes
        fn close(
            #resource: Self,
        ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
            #library::derived::Closed::at_once(#returned)
        }
    }
}

fn is_reusable_method(library: &Path, call: &Call) -> TokenStream {
    let span = generated_at(call.callee.span());
    let resource = Ident::new("resource", span);
    let library = at(span, library);
    let returned = value(call, Some(&resource));
    let attributes = attributes(call);
    quote_spanned! {span=>
        #attributes
        fn is_reusable(#resource: &mut Self) -> bool {
            #library::derived::Answered::into_bool(#returned)
        }
    }
}

/// The attributes of a generated method.
fn attributes(call: &Call) -> TokenStream {
    let conditions = &call.conditions;
    let quiet = matches!(call.callee, Callee::Closure(_)).then(|| {
        quote!(#[allow(clippy::redundant_closure_call, reason = "it stands where it is called")])
    });
    quote!(#(#conditions)* #quiet)
}

/// The call, awaited if it is declared `async`.
fn value(call: &Call, argument: Option<&Ident>) -> TokenStream {
    let called = called(&call.callee, argument);
    match call.asyncness {
        Some(asyncness) => {
            let awaited = quote_spanned!(asyncness=> .await);
            quote!(#called #awaited)
        }
        None => called,
    }
}

/// The call itself. All its tokens but the argument's have the user's spans, so that a message
/// underlines all that the user wrote of it.
fn called(callee: &Callee, argument: Option<&Ident>) -> TokenStream {
    let mut arguments = Group::new(Delimiter::Parenthesis, argument.to_token_stream());
    arguments.set_span(callee.arguments_span());
    match callee {
        Callee::Path(path, _) => quote!(#path #arguments),
        Callee::Closure(closure) => {
            let mut function = Group::new(Delimiter::Parenthesis, closure.to_token_stream());
            function.set_span(closure.span());
            quote!(#function #arguments)
        }
    }
}

/// The tokens, all of them at one place.
fn at(span: Span, tokens: impl ToTokens) -> TokenStream {
    let tokens = tokens.to_token_stream().into_iter();
    tokens
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                token = Group::new(group.delimiter(), at(span, group.stream())).into();
            }
            // A name that is the user's stays so.
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}

/// For what is generated on behalf of tokens: it is reported at their place, while its names can't
/// be mistaken for the user's.
fn generated_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}
