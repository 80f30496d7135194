//! The user's own types may be named as those of the prelude are.
#![expect(dead_code, reason = "they are in the way, if they could be")]
struct Result;
struct Option;
struct Future;
struct Box;
struct Infallible;
struct Ok;
struct Err;
struct Send;
struct Usage;
struct Immediate;

#[derive(pool_tokio::Pooled)]
#[pooled(create = async Self::open() -> ::std::io::Result<Self>, recycle = Self::check,
         reset = Self::check, close = Self::leave)]
struct File;

impl File {
    async fn open() -> ::std::io::Result<Self> {
        ::std::io::Result::Ok(Self)
    }

    fn check(&mut self) -> ::std::io::Result<()> {
        ::std::io::Result::Ok(())
    }

    fn leave(self) {}
}

fn main() {}
