//! A `PostgreSQL` server.
//!
//! Its postmaster is run directly instead of through `pg_ctl`, so that its end can be waited for.

mod place;
mod signals;

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use nix::unistd::User;
use tokio::time::sleep;
use tokio_postgres::{Client, Config, NoTls};

use crate::failure::StartError;
use crate::process::{Home, PATIENCE, PAUSE, free_port};

/// A `PostgreSQL` server that can be hurt, and healed.
#[derive(Debug)]
pub struct Postgres {
    /// `None` while it is down.
    postmaster: Option<Child>,
    home: Home,
    programs: PathBuf,
    /// Whose process it is, as the server refuses to be root's.
    owner: Option<User>,
    settings: Vec<String>,
    port: u16,
}

impl Postgres {
    /// Starts a server with these settings besides the usual ones, such as `max_connections=7`, and
    /// waits until it lets the administrator in.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any await, and the server with it.
    pub async fn start(settings: &[&str]) -> Result<Self, StartError> {
        let (programs, owner) = (place::programs()?, place::owner());
        let home = Home::new().map_err(StartError::refused("make a temporary folder"))?;
        let port = free_port().map_err(StartError::refused("find a free port"))?;
        let own =
            [format!("port={port}"), format!("unix_socket_directories={}", home.path().display())];
        let settings =
            own.into_iter().chain(USUAL.iter().chain(settings).map(ToString::to_string)).collect();
        let mut server = Self { postmaster: None, home, programs, owner, settings, port };
        server.init()?;
        server.spawn()?;
        server.ready().await?;
        Ok(server)
    }

    /// Shuts it down as `pg_ctl stop -m immediate` does: nobody is told, the next start recovers.
    pub fn stop(&mut self) {
        if let Some(postmaster) = self.postmaster.take() {
            signals::end(postmaster);
        }
    }

    /// Starts it again, without waiting until it is [`ready`](Self::ready).
    pub fn spawn(&mut self) -> Result<(), StartError> {
        let log = self.home.log().map_err(StartError::refused("make a log"))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.cluster()).stdout(Stdio::null()).stderr(log);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        self.postmaster = Some(command.spawn().map_err(StartError::refused(SETPRIV))?);
        Ok(())
    }

    /// Waits until it lets the administrator in.
    pub async fn ready(&self) -> Result<Client, StartError> {
        let begun = Instant::now();
        loop {
            match self.connect(ADMIN).await {
                Ok(client) => return Ok(client),
                Err(_) if begun.elapsed() < PATIENCE => sleep(PAUSE).await,
                Err(_) => return Err(silent(self.last_words())),
            }
        }
    }

    /// Connects, with a task of its own for the connection.
    pub async fn connect(&self, user: &str) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = self.config(user).connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// How to connect as this user.
    pub fn config(&self, user: &str) -> Config {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.port).user(user).dbname("postgres");
        config
    }

    /// How the administrator connects, as a URL.
    pub fn url(&self) -> String {
        format!("postgresql://{ADMIN}@{}/postgres", self.address())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Stops all of its processes where they are: the kernel goes on taking connections for it.
    pub fn freeze(&self) {
        if let Some(postmaster) = &self.postmaster {
            signals::freeze(postmaster);
        }
    }

    /// Lets them go on.
    pub fn thaw(&self) {
        if let Some(postmaster) = &self.postmaster {
            signals::thaw(postmaster);
        }
    }

    /// The end of its log.
    pub fn last_words(&self) -> String {
        self.home.last_words()
    }

    fn init(&self) -> Result<(), StartError> {
        if let Some(owner) = &self.owner {
            let (user, group) = (owner.uid.as_raw(), owner.gid.as_raw());
            chown(self.home.path(), Some(user), Some(group))
                .map_err(StartError::refused("give the folder to the server's user"))?;
        }
        let mut command = self.command("initdb");
        command.args(["--auth=trust", "--no-sync", "--username", ADMIN, "-D"]).arg(self.cluster());
        let output = command.output().map_err(StartError::refused(SETPRIV))?;
        if output.status.success() {
            return Ok(());
        }
        Err(silent(String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    /// A program of the server's, as its owner.
    fn command(&self, program: &str) -> Command {
        let owner = self.owner.iter().flat_map(|owner| {
            let (user, group) = (owner.uid, owner.gid);
            [format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".into()]
        });
        let program = self.programs.join(program);
        self.home.command(&program, "QUIT", &owner.collect::<Vec<_>>())
    }

    fn cluster(&self) -> PathBuf {
        self.home.path().join("cluster")
    }
}

fn silent(last_words: String) -> StartError {
    StartError::Silent { server: place::SERVER, last_words }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the server's last words:\n{}", self.last_words());
        }
        self.stop();
    }
}

/// The server's administrator, who needs no password.
pub const ADMIN: &str = "administrator";

const SETPRIV: &str = "start `setpriv` of util-linux";

/// Small and quick; what it keeps does not survive the machine.
const USUAL: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "max_connections=30",
    "shared_buffers=16MB",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
];
