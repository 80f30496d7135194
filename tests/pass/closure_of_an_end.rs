//! A closure resets a resource that it borrows, and closes one that it owns. An error is ignored on
//! purpose, by `.ok()`.
use std::sync::mpsc::{Sender, channel};

use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(
    create = |log: &Sender<&'static str>| Self(log.clone()),
    reset = |connection| { connection.0.send("reset").ok(); },
    close = |connection| { connection.0.send("closed").ok(); },
)]
struct Connection(Sender<&'static str>);

#[derive(Pooled)]
#[pooled(
    create = |log: &Sender<&'static str>| -> Result<Self, String> { Ok(Self(log.clone())) },
    reset = async |turn| turn.say("reset").await,
    close = async |mut turn: Self| { turn.say("closed").await.ok(); },
)]
struct Turn(Sender<&'static str>);

impl Turn {
    async fn say(&mut self, word: &'static str) -> Result<(), String> {
        tokio::task::yield_now().await;
        self.0.send(word).map_err(|error| error.to_string())
    }
}

#[derive(Pooled)]
#[pooled(create = || -> std::io::Result<Self> { Ok(Self(Vec::new())) }, reset = |buffer| {
    buffer.0.try_reserve(4096)?;
    Ok(())
}, close = drop)]
struct Buffer(Vec<u8>);

async fn life<P: Pooled<Config = Sender<&'static str>, Error: std::fmt::Debug>>()
-> Vec<&'static str> {
    let (sender, log) = channel();
    let pool = Pool::<P>::builder(sender).max_size(1).build().unwrap();
    drop(pool.get().await.unwrap());
    drop(pool.get().await.unwrap());
    pool.close().await;
    log.try_iter().collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(life::<Connection>().await, ["reset", "reset", "closed"]);
    assert_eq!(life::<Turn>().await, ["reset", "reset", "closed"]);

    let pool = Pool::<Buffer>::builder(()).build().unwrap();
    drop(pool.get().await.unwrap());
    assert!(pool.get().await.unwrap().0.capacity() >= 4096);
}
