//! A Redis server.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Child;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::failure::StartError;
use crate::process::{Home, PATIENCE, PAUSE, free_port};

/// A Redis server that keeps nothing.
#[derive(Debug)]
pub struct Redis {
    process: Child,
    home: Home,
    port: u16,
}

impl Redis {
    /// Starts a server and waits until it answers.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any await, and the server with it.
    pub async fn start() -> Result<Self, StartError> {
        let program = program()?;
        let home = Home::new().map_err(StartError::refused("make a temporary folder"))?;
        let port = free_port().map_err(StartError::refused("find a free port"))?;
        let log = home.log().map_err(StartError::refused("make a log"))?;
        let mut command = home.command(&program, "KILL", &[]);
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--save", "", "--appendonly", "no"]);
        let process = command.stdout(log).spawn();
        let process = process.map_err(StartError::refused("start `setpriv` of util-linux"))?;
        let mut server = Self { process, home, port };
        server.ready().await?;
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Where it listens, as its clients spell it.
    pub fn url(&self) -> String {
        format!("redis://{}/", self.address())
    }

    async fn ready(&mut self) -> Result<(), StartError> {
        let begun = Instant::now();
        while !matches!(timeout(PATIENCE, self.ping()).await, Ok(Ok(()))) {
            let has_ended = self.process.try_wait().is_ok_and(|ended| ended.is_some());
            if has_ended || begun.elapsed() > PATIENCE {
                let last_words = self.home.last_words();
                return Err(StartError::Silent { server: SERVER, last_words });
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn ping(&self) -> io::Result<()> {
        let mut stream = TcpStream::connect(self.address()).await?;
        stream.write_all(b"PING\r\n").await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await?;
        if answer == *b"+PONG" { Ok(()) } else { Err(io::ErrorKind::NotConnected.into()) }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Either fails only if it has ended.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

const SERVER: &str = "Redis server";
const VARIABLE: &str = "REDIS_SERVER";

/// The server's program: the one that is named, or the first in `PATH`.
fn program() -> Result<PathBuf, StartError> {
    let named = env::var_os(VARIABLE).map(PathBuf::from);
    let place =
        named.as_deref().map_or_else(|| "in PATH".into(), |it| format!("at {}", it.display()));
    let found = match named {
        Some(named) => Some(named).filter(|program| program.is_file()),
        None => in_path(env::var_os("PATH").as_deref().unwrap_or_default()),
    };
    found.ok_or(StartError::Missing {
        server: SERVER,
        place,
        package: "redis-server",
        variable: VARIABLE,
    })
}

fn in_path(path: &OsStr) -> Option<PathBuf> {
    let programs = env::split_paths(path).map(|folder| folder.join("redis-server"));
    let mut programs = programs.filter(|program| program.is_file());
    programs.next()
}
