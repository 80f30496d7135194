//! Any alias of `Result` will do: the error's type is taken from it.

use pool_tokio::Pooled;

struct Broken;

type Attempt<T> = Result<T, Broken>;

fn open(path: &String) -> Attempt<File> {
    if path.is_empty() { Err(Broken) } else { Ok(File) }
}

#[derive(Pooled)]
#[pooled(create = open(&String) -> Attempt<File>)]
struct File;

fn has_types<P: Pooled<Resource = P, Config = String, Error = Broken>>() {}

fn main() {
    has_types::<File>();
}
