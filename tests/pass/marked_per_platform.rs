//! A constructor for each platform is in an impl block for each.
struct Terminal;

#[cfg(all())]
#[pool_tokio::pooled]
impl Terminal {
    #[create]
    fn here() -> Self {
        Self
    }
}

#[cfg(any())]
#[pool_tokio::pooled]
impl Terminal {
    #[create]
    fn elsewhere() -> Self {
        Self
    }
}

fn main() {
    Terminal::here();
}
