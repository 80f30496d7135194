//! A marked impl block may come from a macro.
macro_rules! pooled {
    ($name:ident, $config:ty) => {
        struct $name;

        #[pool_tokio::pooled]
        impl $name {
            #[create]
            fn new(_: &$config) -> Self {
                Self
            }
        }
    };
}

pooled!(Buffer, usize);

fn main() {
    pool_tokio::Pool::<Buffer>::builder(16).build().unwrap();
}
