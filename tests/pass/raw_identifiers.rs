//! A name may be a keyword.
#![expect(non_camel_case_types, reason = "so are keywords written")]
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = r#type::r#new(&r#struct), reusable = r#type::r#match)]
struct r#type;

struct r#struct;

impl r#type {
    fn r#new(_: &r#struct) -> Self {
        Self
    }

    fn r#match(&mut self) -> bool {
        true
    }
}

fn main() {}
