//! This pool.

use std::convert::Infallible;

use pool_tokio::{Builder, GetError, Item, Pool, Pooled, Tokio};
use tokio::task::yield_now;

use super::{Block, Contender, LIFETIME, LONG, Settings};

pub(crate) type Ours = Pool<Block>;

impl Pooled for Block {
    type Resource = Self;
    /// Whether a create lets others run before it ends.
    type Config = bool;
    type Error = Infallible;

    async fn create(&yields: &bool) -> Result<Self, Infallible> {
        if yields {
            yield_now().await;
        }
        Ok(Self::new())
    }
}

/// As the scenario asks, to be built as it is or with more.
pub(crate) fn builder(settings: Settings) -> Builder<Block, Tokio> {
    let builder = Ours::builder(settings.yields).max_size(settings.max_size);
    if settings.limits {
        builder.get_timeout(LONG).max_lifetime(LIFETIME).idle_timeout(LIFETIME)
    } else {
        builder.get_timeout(None).create_timeout(None).recycle_timeout(None)
    }
}

impl Contender for Ours {
    const NAME: &'static str = "this pool";
    type Item = Item<Block>;
    type Error = GetError<Infallible>;

    fn build(settings: Settings) -> Self {
        builder(settings).build().expect("the settings agree")
    }

    fn get(&self) -> impl Future<Output = Result<Self::Item, Self::Error>> + Send {
        Self::get(self)
    }
}
