//! A client that keeps nothing in order: it sends a query and takes the next answer that comes. Cut
//! short, it leaves an answer behind. So this is where `Item::run` is needed, and where the load's
//! numbers are seen to tell a foreign answer.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pool_tokio::{Item, Pool, Pooled};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::load::number;
use crate::server::{LOAD, start};
use crate::trial::run;

#[test]
fn nobody_is_given_what_a_run_that_was_cut_short_left_behind() {
    run(async || {
        let seen = load(Guard::Run).await;
        writeln!(io::stderr(), "\ncut short, with `Item::run`: {seen:?}").ok();
        let Seen { own, foreign, cut } = seen;
        assert!(own > 100 && cut > 100, "{own} answered, {cut} cut short");
        assert_eq!(foreign, 0, "of {own} answers");
    });
}

#[test]
fn without_run_others_are_given_what_was_left_behind() {
    run(async || {
        let seen = load(Guard::None).await;
        writeln!(io::stderr(), "\ncut short, without `Item::run`: {seen:?}").ok();
        let Seen { foreign, .. } = seen;
        assert!(foreign > 100, "{foreign} foreign answers: these tests can't see them");
    });
}

#[derive(Pooled)]
#[pooled(create = async Self::connect(&SocketAddr) -> io::Result<Self>, recycle = async Self::ping)]
struct Wire {
    stream: TcpStream,
    /// Received and not read yet.
    received: Vec<u8>,
}

impl Wire {
    async fn connect(address: &SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        let hello = format!("\0\x03\0\0user\0{LOAD}\0database\0postgres\0\0");
        stream.write_all(&with_length(hello.as_bytes())).await?;
        let mut wire = Self { stream, received: Vec::new() };
        wire.answer().await?;
        Ok(wire)
    }

    /// As careless as the rest: that something was answered is enough.
    async fn ping(&mut self) -> io::Result<()> {
        self.query("SELECT 1").await.map(drop)
    }

    async fn query(&mut self, query: &str) -> io::Result<Option<i64>> {
        let mut message = vec![b'Q'];
        message.extend(with_length(format!("{query}\0").as_bytes()));
        self.stream.write_all(&message).await?;
        self.answer().await
    }

    /// Reads up to the next "ready for query"; gives the number of the row before it.
    async fn answer(&mut self) -> io::Result<Option<i64>> {
        let mut number = None;
        loop {
            let (kind, body) = self.message().await?;
            match kind {
                // A row: how many columns, the length of the first, its text.
                b'D' => number = str::from_utf8(&body[6..]).ok().and_then(|text| text.parse().ok()),
                b'E' => return Err(io::Error::other(String::from_utf8_lossy(&body).into_owned())),
                b'Z' => return Ok(number),
                _ => {}
            }
        }
    }

    async fn message(&mut self) -> io::Result<(u8, Vec<u8>)> {
        loop {
            if let [kind, a, b, c, d, ..] = self.received[..] {
                let end = 1 + u32::from_be_bytes([a, b, c, d]) as usize;
                if self.received.len() >= end {
                    let message = self.received.drain(..end).collect::<Vec<_>>();
                    return Ok((kind, message[5..].to_vec()));
                }
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// A message behind its length, which counts itself.
fn with_length(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len() + 4).expect("messages are short");
    [&length.to_be_bytes(), message].concat()
}

#[derive(Clone, Copy)]
enum Guard {
    Run,
    None,
}

#[derive(Debug, Default)]
struct Seen {
    own: u64,
    foreign: u64,
    cut: u64,
}

/// Two seconds of queries, of which every other is cut short.
async fn load(guard: Guard) -> Seen {
    let server = start(&[]).await;
    let pool = Pool::<Wire>::builder(server.address()).max_size(2).build().expect("a maximum");
    let over = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (pool, over) = (pool.clone(), Arc::clone(&over));
        tasks.spawn(async move {
            let mut seen = Seen::default();
            while !over.load(Ordering::Relaxed) {
                once(&pool, guard, &mut seen).await;
            }
            seen
        });
    }
    sleep(Duration::from_secs(2)).await;
    over.store(true, Ordering::Relaxed);
    let seen = timeout(Duration::from_secs(5), tasks.join_all()).await.expect("one is stranded");
    seen.into_iter().fold(Seen::default(), |sum, seen| Seen {
        own: sum.own + seen.own,
        foreign: sum.foreign + seen.foreign,
        cut: sum.cut + seen.cut,
    })
}

async fn once(pool: &Pool<Wire>, guard: Guard, seen: &mut Seen) {
    let mut item = pool.get().await.expect("the server is well");
    let number = number();
    let patience = Duration::from_millis(if fastrand::bool() { 1 } else { 1000 });
    let query = format!("SELECT {number} FROM pg_sleep(0.003)");
    let answer = match guard {
        Guard::Run => {
            let query = Item::run(&mut item, async |wire| wire.query(&query).await);
            timeout(patience, query).await
        }
        Guard::None => timeout(patience, item.query(&query)).await,
    };
    match answer {
        Ok(answer) if answer.as_ref().is_ok_and(|answer| *answer == Some(number)) => seen.own += 1,
        Ok(_) => seen.foreign += 1,
        Err(_) => seen.cut += 1,
    }
}
