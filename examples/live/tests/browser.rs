//! The page in a browser, as a person on call sees and uses it.

mod chromium;
mod page;
mod program;

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use serde_json::json;
use thirtyfour::Key;

use crate::chromium::{Chromium, using};
use crate::page::open;
use crate::program::Program;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::test]
async fn the_page_shows_numbers_that_change_and_charts_that_grow() -> Outcome {
    open(&[], async |page, _| {
        page.until("the pool is in use", "Number(text('in-use')) > 0").await?;
        let before = page.look().await?["numbers"].to_string();
        let changed = format!("JSON.stringify(look().numbers) !== {}", json!(before));
        page.until("numbers change", &changed).await?;
        page.until("charts have points", &format!("points().every(count => count >= {POINTS})"))
            .await?;
        let seen = page.look().await?;
        assert_eq!(seen["charts"].as_array().map(Vec::len), Some(5));
        for chart in seen["charts"].as_array().into_iter().flatten() {
            let label = chart.as_str().unwrap_or_default();
            assert!(
                label.contains("over the last minute") && label.contains("At the moment: "),
                "{label:?}"
            );
        }
        let holders = "byId('places').textContent.includes('live/load.rs:')";
        page.until("who holds what is told", holders).await?;
        page.is_quiet().await
    })
    .await
}

#[tokio::test]
async fn the_numbers_are_those_of_the_program() -> Outcome {
    open(&["--tasks", "0", "--max-size", "5"], async |page, _| {
        page.until("the program is heard", "text('max-size') === '5'").await?;
        page.until(
            "nothing is in use",
            "text('in-use') + text('waiting') + text('size') === '000'",
        )
        .await?;
        // Five are lent and no more; the seven who wait are seen to.
        page.fill("tasks-wanted", "12").await?;
        page.fill("hold-wanted", "5000").await?;
        page.click("load").await?;
        page.until("all are in use", "text('in-use') + text('size') + text('max-size') === '555'")
            .await?;
        page.until("the others wait", "text('waiting') === '7' && text('idle') === '0'").await?;
        page.until("all five are listed", "byId('holders').rows.length === 5").await?;
        let bar = "byId('bar').getAttribute('aria-label').startsWith('5 in use, 0 creating')";
        page.until("the bar says so", bar).await?;
        page.is_quiet().await
    })
    .await
}

#[tokio::test]
async fn breaking_and_healing_the_server_is_seen() -> Outcome {
    open(&[], async |page, _| {
        page.until("it is well", "Number(text('served')) > 20").await?;
        page.click("creates-fail").await?;
        page.until("creates fail", "text('creates') === 'fail'").await?;
        page.click("stale").await?;
        page.until("it is told", "byId('findings').querySelector('.bad') !== null").await?;
        let told = "text('errors').includes('the server refuses connections')";
        page.until("callers are told", told).await?;
        page.until("nobody is served", "text('served') === '0' && Number(text('failed')) > 0")
            .await?;
        page.shoot("broken").await?;
        page.click("heal").await?;
        page.until("it is healed", "text('creates') === 'succeed'").await?;
        page.until("all are served", "Number(text('served')) > 20 && text('failed') === '0'")
            .await?;
        page.until("nothing is bad", "byId('findings').querySelector('.bad') === null").await?;
        page.click("creates-hang").await?;
        page.until("creates hang", "text('creates') === 'hang'").await?;
        page.until("it is pressed", "byId('creates-hang').ariaPressed === 'true'").await?;
        page.is_quiet().await
    })
    .await
}

#[tokio::test]
async fn the_pool_is_resized_and_suspended_by_keys_alone() -> Outcome {
    open(&["--tasks", "30"], async |page, _| {
        page.until("it is full", "text('size') === '8'").await?;
        page.fill("max-size-wanted", "3").await?;
        page.press("max-size-wanted", Key::Enter).await?;
        page.until("it has shrunk", "text('size') === '3' && text('max-size') === '3'").await?;
        page.until("why is told", "text('discards').includes('Surplus')").await?;
        page.press("max-size-slider", Key::End).await?;
        page.until("it has grown", "text('max-size') === '64' && Number(text('size')) > 8").await?;
        page.press("suspend", Key::Space).await?;
        page.until(
            "it is suspended",
            "text('suspended') === 'suspended' && text('in-use') === '0'",
        )
        .await?;
        page.until("it is told", "text('findings').includes('The pool is suspended')").await?;
        page.press("resume", Key::Enter).await?;
        page.until("it lends", "text('suspended') === 'lending' && Number(text('in-use')) > 0")
            .await?;
        page.is_quiet().await
    })
    .await
}

#[tokio::test]
async fn what_is_wrong_with_a_wish_is_said_beside_it() -> Outcome {
    open(&[], async |page, _| {
        page.until("the program is heard", "text('max-size') === '8'").await?;
        page.fill("max-size-wanted", "65").await?;
        page.click("resize").await?;
        let wrong = "text('answer') === 'max_size is a whole number from 0 to 64, not 65.'";
        page.until("it is said", wrong).await?;
        assert_eq!(page.look().await?["max_size"], "8");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn it_says_when_the_program_is_gone_and_goes_on_when_it_is_back() -> Outcome {
    open(&[], async |page, program| {
        page.until("it is live", "byId('connection').dataset.state === 'live'").await?;
        let (_, port) = program.address.rsplit_once(':').ok_or("no port")?;
        let port = port.trim_end_matches('/').to_owned();
        program.interrupt()?;
        page.until("it is gone", "text('connection').startsWith('The program is gone since')")
            .await?;
        page.until("it is dimmed", "document.body.className === 'gone'").await?;
        let _program = Program::start_on(&port, &["--max-size", "7"])?;
        page.until("it is back", "text('connection') === 'live' && text('max-size') === '7'")
            .await?;
        page.until("it is not dimmed", "document.body.className === ''").await
    })
    .await
}

#[tokio::test]
async fn it_is_readable_in_light_and_dark_and_on_a_narrow_screen() -> Outcome {
    open(&["--tasks", "24"], async |page, _| {
        page.until("charts have points", &format!("points().every(count => count >= {POINTS})")).await?;
        let mut grounds = Vec::new();
        for scheme in ["light", "dark"] {
            let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
            page.emulate("setEmulatedMedia", json!({ "features": [feature] })).await?;
            for width in [1280, 390] {
                let screen = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
                page.emulate("setDeviceMetricsOverride", screen).await?;
                page.until("all fits", "document.documentElement.scrollWidth <= innerWidth").await?;
                page.until("charts fit", "chartsFit()").await?;
                page.shoot(&format!("{scheme}-{width}")).await?;
            }
            let contrasts = page.look().await?["contrasts"].clone();
            for (what, contrast) in contrasts.as_object().expect("by what is read") {
                assert!(contrast.as_f64() >= Some(4.5), "{what} in {scheme}: {contrast}");
            }
            grounds.push(page.look().await?["ground"].clone());
        }
        assert_ne!(grounds[0], grounds[1], "dark is as light");
        page.is_quiet().await
    })
    .await
}

#[test]
fn nothing_is_left_of_a_test_that_fails() -> Outcome {
    let (profile, was_running) = thread::scope(|scope| {
        let failing = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let mut seen = None;
            let failed = catch_unwind(AssertUnwindSafe(|| {
                runtime.expect("a runtime").block_on(async {
                    let chromium = Chromium::start().expect("a chromedriver");
                    let _driver = chromium.open().await.expect("a browser");
                    let profile = chromium.profile().to_owned();
                    let running = using(&profile).len();
                    seen = Some((profile, running));
                    panic!("as a failing test does");
                });
            }));
            assert!(failed.is_err());
            seen.expect("it got so far")
        });
        failing.join().map_err(|_| "the test itself failed")
    })?;
    assert!(was_running > 2, "{was_running} processes of a browser");
    assert_eq!(using(&profile), []);
    assert!(!profile.exists());
    Ok(())
}

/// A second and a half of looks, four a second.
const POINTS: usize = 6;
