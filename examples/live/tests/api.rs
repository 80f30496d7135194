//! The program over HTTP: what it tells adds up, and every control has its effect.

mod client;
mod program;

use std::error::Error;

use serde_json::{Value, json};

use crate::client::Client;
use crate::program::Program;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::test]
async fn what_it_tells_adds_up() -> Outcome {
    let (_program, mut client) = start(&[]).await?;
    for _ in 0..12 {
        let state = client.state().await?;
        let number = |group: &str, field: &str| state[group][field].as_u64().expect("a number");
        let pool = |field| number("pool", field);
        let counted = |field| number("counters", field);
        let parts = ["idle", "in_use", "creating", "closing"].map(pool);
        assert_eq!(pool("size"), parts.iter().sum::<u64>(), "{state}");
        assert!(pool("size") <= pool("max_size"), "{state}");
        let ends = ["served", "timed_out", "cancelled", "failed", "waiting"].map(counted);
        assert_eq!(counted("started"), ends.iter().sum::<u64>(), "{state}");
        let sample = |field| number("sample", field);
        for field in ["max_size", "in_use", "idle", "creating", "closing", "waiting"] {
            assert_eq!(sample(field), pool(field), "{field} in {state}");
        }
    }
    let state = client.until(|state| state["waits"]["gets"].as_u64() > Some(100)).await?;
    let wait = |field: &str| state["waits"][field].as_f64().expect("there were gets");
    assert!(wait("p50") <= wait("p99") && wait("p99") <= wait("max"), "{state}");
    // 16 tasks on 8 connections that are held for 40 ms and longer.
    assert!((5.0..3000.0).contains(&wait("max")), "{state}");
    Ok(())
}

#[tokio::test]
async fn rates_are_what_the_counters_rise_by_in_a_second() -> Outcome {
    let (_program, mut client) = start(&[]).await?;
    let mut states = Vec::new();
    for _ in 0..16 {
        states.push(client.state().await?);
    }
    let number =
        |state: &Value, group: &str, field: &str| state[group][field].as_f64().expect("a number");
    let mut compared = 0;
    for pair in states.windows(5) {
        let (before, after) = (&pair[0], &pair[4]);
        let ms = number(after, "sample", "at_ms") - number(before, "sample", "at_ms");
        // Who is slow is spared a state, and the one before is another then.
        if (950.0..1050.0).contains(&ms) {
            let rise = number(after, "counters", "served") - number(before, "counters", "served");
            let (counted, told) = (rise / ms * 1e3, number(after, "sample", "served"));
            assert!(told > 0.0 && (told / counted - 1.0).abs() < 0.02, "{told}/s, not {counted}/s");
            compared += 1;
        }
    }
    assert!(compared > 2, "{states:?}");
    Ok(())
}

#[tokio::test]
async fn who_comes_late_is_told_of_the_minute_before() -> Outcome {
    let (program, mut client) = start(&[]).await?;
    client.until(|state| state["sample"]["at_ms"].as_u64() > Some(1500)).await?;
    let late = Client::listen(&program.address).await?;
    assert!(late.history.len() >= 5, "{:?}", late.history);
    let times: Vec<_> = late.history.iter().map(|sample| sample["at_ms"].as_u64()).collect();
    assert!(times.is_sorted() && times[0] < Some(1000), "{times:?}");
    Ok(())
}

#[tokio::test]
async fn holders_are_listed_longest_first_by_their_place_in_the_source() -> Outcome {
    let (_program, mut client) = start(&["--hold", "200"]).await?;
    let state = client.until(|state| state["holders"].as_array().map(Vec::len) >= Some(4)).await?;
    let holders = state["holders"].as_array().expect("a list");
    let held: Vec<_> = holders.iter().map(|holder| holder["held_ms"].as_u64()).collect();
    assert!(held.is_sorted_by(|a, b| a >= b), "{holders:?}");
    for holder in holders {
        let (file, line) =
            holder["place"].as_str().and_then(|place| place.split_once(':')).expect("a place");
        let line: usize = line.parse()?;
        assert!(file.ends_with("live/load.rs"), "{file}");
        let source = include_str!("../load.rs").lines().nth(line - 1).expect("such a line");
        assert!(source.contains("pool.get()"), "{source}");
    }
    Ok(())
}

#[tokio::test]
async fn resizing_takes_the_size_down_and_up() -> Outcome {
    let (_program, mut client) = start(&[]).await?;
    client.until(|state| state["pool"]["size"] == 8).await?;
    client.post("resize", &json!({ "max_size": 2 })).await?;
    let state = client.until(|state| state["pool"]["size"] == 2).await?;
    assert_eq!(state["pool"]["max_size"], 2);
    client.until(|state| discards(state, "Surplus") > 0).await?;
    client.post("resize", &json!({ "max_size": 12 })).await?;
    client.until(|state| state["pool"]["size"].as_u64() > Some(8)).await?;
    Ok(())
}

#[tokio::test]
async fn callers_are_told_why_creates_fail_and_are_served_when_it_heals() -> Outcome {
    let (_program, mut client) = start(&[]).await?;
    client.until(|state| state["pool"]["size"] == 8).await?;
    let before = client.state().await?;
    client.post("backend", &json!({ "creates": "fail", "existing": "stale" })).await?;
    let state = client.until(|state| !error(state, "get: create failed").is_null()).await?;
    assert_eq!(
        error(&state, "get: create failed")["text"],
        "could not create a resource for the pool: the server refuses connections"
    );
    let failed = |state: &Value| state["counters"]["create_failed"].as_u64();
    client.until(|state| failed(state) > failed(&before)).await?;
    let state = client.until(|state| state["sample"]["served"] == 0.0).await?;
    assert_eq!(state["findings"][0]["level"], "bad", "{state}");
    assert!(state["sample"]["failed"].as_f64() > Some(0.0), "{state}");

    client.post("backend", &json!({ "creates": "succeed" })).await?;
    let healed = |state: &Value| state["sample"]["served"].as_f64() > Some(50.0);
    let state = client.until(healed).await?;
    assert_eq!(state["creates"], "succeed");
    client.until(|state| state["findings"][0]["level"] != "bad").await?;
    Ok(())
}

#[tokio::test]
async fn creates_that_hang_are_cut_off_and_callers_told_that_time_ran_out() -> Outcome {
    let (_program, mut client) = start(&[]).await?;
    client.until(|state| state["pool"]["size"] == 8).await?;
    client.post("backend", &json!({ "creates": "hang", "existing": "stale" })).await?;
    let hangs = |state: &Value| state["counters"]["create_failed"].as_u64() > Some(0);
    client.until(hangs).await?;
    let state = client.until(|state| !error(state, "get: timed out").is_null()).await?;
    let text = error(&state, "get: timed out")["text"].to_string();
    assert!(text.contains("timed out after") && text.contains("pool orders"), "{text}");
    Ok(())
}

#[tokio::test]
async fn resources_that_went_stale_are_found_by_their_check_and_replaced() -> Outcome {
    let (_program, mut client) = start(&["--tasks", "4"]).await?;
    client.until(|state| state["pool"]["idle"].as_u64() > Some(0)).await?;
    client.post("backend", &json!({ "existing": "stale" })).await?;
    client.until(|state| discards(state, "Unfit") + discards(state, "Discarded") > 0).await?;
    let state = client.until(|state| state["sample"]["served"].as_f64() > Some(20.0)).await?;
    assert!(error(&state, "get: create failed").is_null(), "{state}");
    Ok(())
}

#[tokio::test]
async fn the_load_is_what_was_asked_for() -> Outcome {
    let (_program, mut client) = start(&[]).await?;
    client.post("load", &json!({ "tasks": 0 })).await?;
    client.until(|state| state["pool"]["in_use"] == 0 && state["pool"]["waiting"] == 0).await?;
    client.post("load", &json!({ "tasks": 60, "hold_ms": 1000 })).await?;
    let state = client.until(|state| state["pool"]["waiting"].as_u64() > Some(40)).await?;
    assert_eq!(state["load"], json!({ "tasks": 60, "hold_ms": 1000 }));
    Ok(())
}

#[tokio::test]
async fn a_suspended_pool_lends_nothing_until_it_is_resumed() -> Outcome {
    let (_program, mut client) = start(&[]).await?;
    client.until(|state| state["pool"]["in_use"].as_u64() > Some(0)).await?;
    client.post("suspend", &json!({ "suspended": true })).await?;
    let state = client
        .until(|state| state["pool"]["in_use"] == 0 && state["pool"]["waiting"].as_u64() > Some(10))
        .await?;
    assert_eq!(state["pool"]["suspended"], true);
    let findings = state["findings"].to_string();
    assert!(findings.contains("The pool is suspended"), "{findings}");
    client.post("suspend", &json!({ "suspended": false })).await?;
    client.until(|state| state["pool"]["in_use"].as_u64() > Some(0)).await?;
    Ok(())
}

#[tokio::test]
async fn bad_requests_are_told_what_is_wrong_and_change_nothing() -> Outcome {
    let (_program, mut client) = start(&[]).await?;
    let json_alone = "The body is to be a JSON object, its content-type application/json.";
    for (path, body, wrong) in [
        ("resize", r#"{"max_size":-1}"#, "max_size is a whole number from 0 to 64, not -1."),
        ("resize", r#"{"max_size":65}"#, "max_size is a whole number from 0 to 64, not 65."),
        ("resize", r#"{"max_size":1.5}"#, "max_size is a whole number from 0 to 64, not 1.5."),
        ("resize", r#"{"max_size":"9"}"#, r#"max_size is a whole number from 0 to 64, not "9"."#),
        ("resize", r#"{"size":9}"#, r#"There is no field "size" here, only max_size."#),
        ("resize", "{}", "Nothing is asked for: max_size."),
        ("resize", "9", json_alone),
        ("resize", "{", json_alone),
        ("load", r#"{"tasks":501}"#, "tasks is a whole number from 0 to 500, not 501."),
        ("load", r#"{"tasks":3,"hold_ms":0}"#, "hold_ms is a whole number from 1 to 5000, not 0."),
        ("suspend", r#"{"suspended":"yes"}"#, r#"suspended is true or false, not "yes"."#),
        (
            "backend",
            r#"{"creates":"explode"}"#,
            r#"creates is "succeed" or "fail" or "hang", not "explode"."#,
        ),
        ("backend", r#"{"existing":"gone"}"#, r#"existing is "stale", not "gone"."#),
    ] {
        let (status, answer) = client.send(path, body.into()).await?;
        assert_eq!((status, answer["error"].as_str()), (400, Some(wrong)), "{path} {body}");
    }
    client.state().await?;
    let state = client.state().await?;
    assert_eq!(
        (&state["pool"]["max_size"], &state["pool"]["suspended"]),
        (&json!(8), &json!(false))
    );
    assert_eq!(state["load"], json!({ "tasks": 16, "hold_ms": 40 }));
    assert_eq!(state["creates"], "succeed");
    Ok(())
}

#[tokio::test]
async fn an_interrupt_ends_it_with_an_empty_pool_although_a_page_is_open() -> Outcome {
    let (program, mut client) = start(&[]).await?;
    client.until(|state| state["pool"]["in_use"].as_u64() > Some(0)).await?;
    let (code, printed) = program.interrupt()?;
    assert_eq!(code, Some(0), "{printed}");
    let end = "closed; pool size 0 of 8: 0 idle, 0 in use, 0 creating, 0 closing; 0 waiting\n";
    assert_eq!(printed, end);
    assert!(client.until(|_| false).await.is_err(), "the stream has ended");
    Ok(())
}

#[tokio::test]
async fn the_page_is_in_the_program_and_names_no_other_host() -> Outcome {
    let (program, _client) = start(&[]).await?;
    for path in ["", "style.css", "page.js", "show.js", "chart.js", "icon.svg"] {
        let answer =
            reqwest::get(format!("{}{path}", program.address)).await?.error_for_status()?;
        assert_eq!(answer.headers()["content-security-policy"], POLICY, "{path}");
        let text =
            answer.text().await?.replace("http://www.w3.org/2000/svg", "the name of a language");
        assert!(text.len() > 100 && !text.contains("://"), "{path}");
    }
    Ok(())
}

const POLICY: &str = "default-src 'self'; frame-ancestors 'none'";

async fn start(flags: &[&str]) -> Outcome<(Program, Client)> {
    let program = Program::start(flags)?;
    let client = Client::listen(&program.address).await?;
    Ok((program, client))
}

fn error<'a>(state: &'a Value, kind: &str) -> &'a Value {
    let errors = state["errors"].as_array().expect("a list");
    errors.iter().find(|error| error["kind"] == kind).unwrap_or(&Value::Null)
}

fn discards(state: &Value, reason: &str) -> u64 {
    let discards = state["discards"].as_array().expect("a list");
    let found = discards.iter().find(|discards| discards["reason"] == reason);
    found.and_then(|discards| discards["count"].as_u64()).expect("every reason is listed")
}
