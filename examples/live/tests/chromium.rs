//! A browser of the test's own: `chromedriver`, and the Chromium that it starts, with an empty profile.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::{DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

use crate::Outcome;

/// A `chromedriver` and a browser, which end with this value, and their profile with them.
pub(crate) struct Chromium {
    chromedriver: Child,
    profile: TempDir,
    port: u16,
}

impl Chromium {
    /// Starts `chromedriver` on a free port. The kernel kills it if this thread ends before it does.
    pub(crate) fn start() -> Outcome<Self> {
        let profile = tempfile::Builder::new().prefix("pool-live-").tempdir()?;
        let mut chromedriver = Command::new("setpriv")
            .args(["--pdeathsig=KILL", "--", CHROMEDRIVER, "--port=0"])
            .env("HOME", profile.path())
            .env("TMPDIR", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => "no `setpriv`: apt-get install util-linux".into(),
                _ => error.to_string(),
            })?;
        let stdout = BufReader::new(chromedriver.stdout.take().expect("it is piped"));
        // It is this value's to end from here on, also if it says nothing.
        let mut browser = Self { chromedriver, profile, port: 0 };
        browser.port = stdout
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                line.strip_suffix('.')?.rsplit_once("successfully on port ")?.1.parse().ok()
            })
            .ok_or("`chromedriver` did not start: apt-get install chromium chromium-driver")?;
        Ok(browser)
    }

    /// Opens the browser. It finds no host but this one.
    pub(crate) async fn open(&self) -> Outcome<WebDriver> {
        let mut wanted = DesiredCapabilities::chrome();
        for flag in FLAGS {
            wanted.add_arg(flag)?;
        }
        wanted.add_arg(&format!("--user-data-dir={}", self.profile.path().display()))?;
        wanted.set_logging_prefs("browser", LoggingPrefsLogLevel::All)?;
        wanted.set_logging_prefs("performance", LoggingPrefsLogLevel::All)?;
        let driver = WebDriver::new(format!("http://127.0.0.1:{}", self.port), wanted).await;
        let driver = driver.map_err(|error| {
            format!("no Chromium: apt-get install chromium chromium-driver ({error})")
        })?;
        // Its end is this value's to see to. Left to the client, a test that panics would hang until
        // the client's patience is over, as nobody drives its connection any more.
        driver.clone().leak().map_err(|_| "the browser has ended already")?;
        Ok(driver)
    }

    pub(crate) fn profile(&self) -> &Path {
        self.profile.path()
    }
}

impl Drop for Chromium {
    /// Ends whatever there is, however the test ended, and waits until it is gone.
    fn drop(&mut self) {
        self.chromedriver.kill().ok();
        self.chromedriver.wait().ok();
        let begun = Instant::now();
        loop {
            let left = using(self.profile.path());
            if left.is_empty() || begun.elapsed() > PATIENCE {
                break;
            }
            for process in left {
                kill(process, Signal::SIGKILL).ok();
            }
            sleep(PAUSE);
        }
    }
}

/// The processes that have this folder in their command line or in their environment.
pub(crate) fn using(folder: &Path) -> Vec<Pid> {
    let folder = folder.to_str().expect("a temporary folder's name is text");
    let names = |file: &Path| {
        fs::read(file).is_ok_and(|text| String::from_utf8_lossy(&text).contains(folder))
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter(|entry| ["cmdline", "environ"].iter().any(|file| names(&entry.path().join(file))))
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .map(Pid::from_raw)
        .collect()
}

const CHROMEDRIVER: &str = "chromedriver";
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// How long what was killed has to be gone.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);
