//! A `PostgreSQL` server in a temporary folder, on loopback only, gone with its test.
//!
//! The tests run the postmaster themselves instead of through `pg_ctl`, so that its end can be
//! waited for and so that it dies with the thread that started it, should that be killed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};
use tempfile::TempDir;
use tokio::time::sleep;
use tokio_postgres::{Client, Config, NoTls};

pub(crate) struct Server {
    /// `None` while it is down.
    postmaster: Option<Child>,
    folder: TempDir,
    programs: PathBuf,
    /// Whose process it is, as the server refuses to be root's.
    owner: Option<User>,
    settings: Vec<String>,
    port: u16,
}

impl Server {
    /// Starts a server with these settings besides the usual ones, and a role for the load.
    pub(crate) async fn start(settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("pool-chaos-").tempdir();
        let folder = folder.expect("a temporary folder");
        let port = free_port();
        let own = [
            format!("port={port}"),
            format!("unix_socket_directories={}", folder.path().display()),
        ];
        let settings = own
            .into_iter()
            .chain(USUAL.iter().chain(settings).map(ToString::to_string))
            .collect::<Vec<_>>();
        let (programs, owner) = (programs(), owner());
        let mut server = Self { postmaster: None, folder, programs, owner, settings, port };
        server.init();
        server.spawn();
        let roles = format!("CREATE ROLE {LOAD} LOGIN; CREATE ROLE {OTHERS} LOGIN");
        server.ready().await.batch_execute(&roles).await.expect("roles are made");
        server
    }

    /// Shuts it down as `pg_ctl stop -m immediate` does: nobody is told, the next start recovers.
    pub(crate) fn stop(&mut self) {
        if let Some(postmaster) = self.postmaster.take() {
            end(postmaster);
        }
    }

    /// Starts it again, without waiting until it is [`ready`](Self::ready).
    pub(crate) fn spawn(&mut self) {
        let log = File::options().create(true).append(true).open(self.log()).expect("a log");
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.cluster()).stdout(Stdio::null()).stderr(log);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        self.postmaster = Some(command.spawn().expect("`setpriv` of util-linux starts it"));
    }

    /// Waits until it lets the administrator in.
    pub(crate) async fn ready(&self) -> Client {
        let begun = Instant::now();
        loop {
            match self.try_connect(ADMIN).await {
                Ok(client) => return client,
                Err(error) if begun.elapsed() > Duration::from_secs(20) => {
                    panic!("the server does not come up: {error:?}\n{}", self.last_words())
                }
                Err(_) => sleep(Duration::from_millis(2)).await,
            }
        }
    }

    pub(crate) async fn connect(&self, user: &str) -> Client {
        self.try_connect(user).await.expect("the server lets us in")
    }

    pub(crate) fn config(&self, user: &str) -> Config {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.port).user(user).dbname("postgres");
        config
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Stops all of its processes where they are: the kernel goes on taking connections for it.
    pub(crate) fn freeze(&self) {
        let postmaster = self.pid();
        kill(postmaster, Signal::SIGSTOP).expect("the postmaster is there");
        for child in children(postmaster) {
            signal(child, Signal::SIGSTOP);
        }
    }

    pub(crate) fn thaw(&self) {
        thaw(self.pid());
    }

    fn pid(&self) -> Pid {
        pid(self.postmaster.as_ref().expect("the server is up"))
    }

    async fn try_connect(&self, user: &str) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = self.config(user).connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    fn init(&self) {
        if let Some(owner) = &self.owner {
            let (user, group) = (owner.uid.as_raw(), owner.gid.as_raw());
            chown(self.folder.path(), Some(user), Some(group)).expect("root may give it away");
        }
        let mut command = self.command("initdb");
        command.args(["--auth=trust", "--no-sync", "--username", ADMIN, "-D"]).arg(self.cluster());
        let output = command.output().expect("`setpriv` of util-linux starts it");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "initdb failed: {complaint}");
    }

    /// A program of the server's, as its owner, that ends with the thread that starts it.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        if let Some(owner) = &self.owner {
            command.arg(format!("--reuid={}", owner.uid)).arg(format!("--regid={}", owner.gid));
            command.arg("--clear-groups");
        }
        command.args(["--pdeathsig=QUIT", "--"]).arg(self.programs.join(program));
        command.current_dir(self.folder.path()).env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    fn cluster(&self) -> PathBuf {
        self.folder.path().join("cluster")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines = log.lines().collect::<Vec<_>>();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            // Nobody is left to be told of a failure to tell.
            writeln!(io::stderr(), "the server's last words:\n{}", self.last_words()).ok();
        }
        self.stop();
    }
}

pub(crate) const ADMIN: &str = "administrator";
/// The role of the pool's connections.
pub(crate) const LOAD: &str = "load";
/// The role of those who use the server as well.
pub(crate) const OTHERS: &str = "others";

const USUAL: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "max_connections=30",
    "shared_buffers=16MB",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
];

/// Where the server's programs are. `pg_config` alone may belong to the client library.
fn programs() -> PathBuf {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| String::from_utf8_lossy(&output.stdout).trim().into());
    let mut debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect::<Vec<_>>();
    debian.sort();
    let is_server =
        |folder: &PathBuf| ["initdb", "postgres"].iter().all(|it| folder.join(it).exists());
    told.into_iter().chain(debian.into_iter().rev()).find(is_server).expect(
        "these tests need a PostgreSQL server, and there is none where `pg_config --bindir` says \
         or in /usr/lib/postgresql: `apt-get install postgresql` installs one",
    )
}

/// Who is to own the server if root runs the tests.
fn owner() -> Option<User> {
    let named = |name| User::from_name(name).ok().flatten();
    geteuid().is_root().then(|| {
        named("postgres").or_else(|| named("nobody")).expect("a user `postgres` or `nobody`")
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// Ends a postmaster and all of its processes, frozen or not.
fn end(mut postmaster: Child) {
    let id = pid(&postmaster);
    thaw(id);
    signal(id, Signal::SIGQUIT);
    let begun = Instant::now();
    while postmaster.try_wait().is_ok_and(|ended| ended.is_none()) {
        if begun.elapsed() > Duration::from_secs(10) {
            children(id).into_iter().chain([id]).for_each(|it| signal(it, Signal::SIGKILL));
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn thaw(postmaster: Pid) {
    children(postmaster).into_iter().chain([postmaster]).for_each(|it| signal(it, Signal::SIGCONT));
}

/// Signals a process that may have ended.
fn signal(process: Pid, signal: Signal) {
    kill(process, signal).ok();
}

/// The server's processes, each in a session of its own, so that no group holds them all.
fn children(postmaster: Pid) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").expect("Linux has a /proc").flatten();
    processes
        .filter(|process| parent(&process.path()) == Some(postmaster))
        .filter_map(|process| process.file_name().to_str()?.parse().ok())
        .map(Pid::from_raw)
        .collect()
}

/// The parent of a process: in its `stat`, the second field behind the name in parentheses.
fn parent(process: &Path) -> Option<Pid> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    let (_, behind_the_name) = stat.rsplit_once(')')?;
    behind_the_name.split_whitespace().nth(1)?.parse().ok().map(Pid::from_raw)
}

fn pid(process: &Child) -> Pid {
    Pid::from_raw(i32::try_from(process.id()).expect("a process id is an `i32`"))
}
