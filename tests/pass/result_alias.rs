//! Any alias of `Result` will do: the error's type is taken from it.
use pool_tokio::Pooled;

struct Broken;

type Attempt<T> = Result<T, Broken>;

#[derive(Pooled)]
#[pooled(create = Self::open() -> Attempt<Self>)]
struct File;

impl File {
    fn open() -> Attempt<Self> {
        Err(Broken)
    }
}

fn has_error<P: Pooled<Error = Broken>>() {}

fn main() {
    has_error::<File>();
}
