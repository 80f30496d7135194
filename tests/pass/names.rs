//! What the user's names are changes nothing: keywords, those of the prelude, those of the library.

#![deny(warnings, missing_docs, unused, unused_qualifications)]
#![expect(dead_code, non_camel_case_types, reason = "they are in the way, if they could be")]

mod core {}
mod std {}
mod pool_tokio {}

struct Result;
struct Option;
struct Future;
struct Box;
struct Infallible;
struct Ok;
struct Err;
struct Send;
struct Usage;

fn declared() {}
fn checked() {}

/// A type with a keyword as its name.
#[derive(::pool_tokio::Pooled)]
#[pooled(create = async r#type::r#new(&r#struct) -> ::std::io::Result<r#type>, recycle = r#type::r#match)]
pub struct r#type;

/// Its config.
pub struct r#struct;

impl r#type {
    async fn r#new(_: &r#struct) -> ::std::io::Result<Self> {
        ::std::io::Result::Ok(Self)
    }

    fn r#match(&mut self) -> ::std::io::Result<()> {
        ::std::io::Result::Ok(())
    }
}

fn main() {}
