//! The page in the browser: what it shows, and what can be done with it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use thirtyfour::{By, Key, WebDriver, WebElement};
use tokio::time::{sleep, timeout};

use crate::Outcome;
use crate::chromium::{Chromium, using};
use crate::program::Program;

/// The page, open in a browser.
pub(crate) struct Page {
    driver: WebDriver,
    /// Where the program is that it is of.
    address: String,
}

/// Runs the program and opens its page for this story, which has to come to its end soon. Nothing is left
/// afterwards.
pub(crate) async fn open(
    flags: &[&str],
    story: impl AsyncFnOnce(&Page, Program) -> Outcome,
) -> Outcome {
    let program = Program::start(flags)?;
    let chromium = Chromium::start()?;
    let profile = chromium.profile().to_owned();
    let driver = timeout(PATIENCE * 2, chromium.open()).await??;
    let page = Page { driver, address: program.address.clone() };
    let told = timeout(PATIENCE * 4, async {
        page.driver.goto(&page.address).await?;
        story(&page, program).await
    });
    let told = told.await.unwrap_or_else(|_| Err("the story has no end".into()));
    if told.is_err() {
        page.shoot("failure").await.ok();
    }
    drop(chromium);
    assert_eq!(using(&profile), [], "processes are left");
    assert!(!profile.exists(), "a profile is left");
    told
}

impl Page {
    /// Waits until this JavaScript is true of the page.
    pub(crate) async fn until(&self, what: &str, condition: &str) -> Outcome {
        let seen = timeout(PATIENCE, async {
            while !self.ask(condition).await?.as_bool().unwrap_or(false) {
                sleep(PAUSE).await;
            }
            Outcome::Ok(())
        });
        if let Ok(seen) = seen.await {
            return seen;
        }
        let text = self.ask("document.body.innerText").await?;
        Err(format!("{what}: never so, but {}", text.as_str().unwrap_or_default()).into())
    }

    /// What the page shows at the moment.
    pub(crate) async fn look(&self) -> Outcome<Value> {
        self.ask("look()").await
    }

    pub(crate) async fn click(&self, id: &str) -> Outcome {
        Ok(self.element(id).await?.click().await?)
    }

    /// Types this instead of what is there.
    pub(crate) async fn fill(&self, id: &str, text: &str) -> Outcome {
        let field = self.element(id).await?;
        field.send_keys(Key::Control + "a").await?;
        Ok(field.send_keys(text).await?)
    }

    /// Presses a key in an element.
    pub(crate) async fn press(&self, id: &str, key: Key) -> Outcome {
        Ok(self.element(id).await?.send_keys(key).await?)
    }

    /// Has the browser pretend to be another.
    pub(crate) async fn emulate(&self, what: &str, how: Value) -> Outcome {
        self.driver.cdp().send_raw(&format!("Emulation.{what}"), how).await?;
        Ok(())
    }

    /// Takes a screenshot of the whole page, into the folder of builds.
    pub(crate) async fn shoot(&self, name: &str) -> Outcome {
        let size = self.ask("[innerWidth, document.documentElement.scrollHeight]").await?;
        let (width, height) = (&size[0], &size[1]);
        let whole = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let whole = json!({ "captureBeyondViewport": true, "clip": whole });
        let picture = self.driver.cdp().send_raw("Page.captureScreenshot", whole).await?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live");
        fs::create_dir_all(&folder)?;
        let picture = picture["data"].as_str().ok_or("no picture")?;
        fs::write(folder.join(format!("{name}.png")), BASE64_STANDARD.decode(picture)?)?;
        Ok(())
    }

    /// The console is empty, and nobody was asked for anything but the program.
    pub(crate) async fn is_quiet(&self) -> Outcome {
        let console = self.driver.browser_log().await?;
        assert!(console.is_empty(), "{console:?}");
        let mut requests = 0;
        for entry in self.driver.get_log("performance").await? {
            let event: Value = serde_json::from_str(&entry.message)?;
            let event = &event["message"];
            if event["method"] == "Network.requestWillBeSent" {
                let url =
                    event["params"]["request"]["url"].as_str().ok_or("a request for nothing")?;
                // The page that the browser shows first is part of the browser.
                if url.starts_with("chrome://") || url.starts_with("data:") {
                    continue;
                }
                assert!(url.starts_with(&self.address), "{url}");
                requests += 1;
            }
        }
        assert!(requests >= 6, "only {requests} requests were seen");
        Ok(())
    }

    async fn element(&self, id: &str) -> Outcome<WebElement> {
        Ok(self.driver.find(By::Id(id)).await?)
    }

    async fn ask(&self, expression: &str) -> Outcome<Value> {
        let script = format!("{}\nreturn {expression};", include_str!("look.js"));
        Ok(self.driver.execute(script, Vec::new()).await?.json().clone())
    }
}

/// How long anything may take that is to happen soon.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks whether it has.
const PAUSE: Duration = Duration::from_millis(30);
