//! A client of the program's API, which waits on its stream of events instead of asking again and again.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use crate::Outcome;

/// Listens to the program's events, and sends it requests.
pub(crate) struct Client {
    address: String,
    events: Response,
    unread: String,
    /// What was told of the time before.
    pub(crate) history: Vec<Value>,
}

impl Client {
    pub(crate) async fn listen(address: &str) -> Outcome<Self> {
        let events = reqwest::get(format!("{address}api/events")).await?.error_for_status()?;
        assert_eq!(events.headers()["content-type"], "text/event-stream");
        let (address, unread) = (address.to_owned(), String::new());
        let mut client = Self { address, events, unread, history: Vec::new() };
        let (kind, history) = client.event().await?;
        assert_eq!(kind, "history");
        client.history = serde_json::from_value(history)?;
        Ok(client)
    }

    /// The next state that is told.
    pub(crate) async fn state(&mut self) -> Outcome<Value> {
        let (kind, state) = self.event().await?;
        assert_eq!(kind, "state");
        Ok(state)
    }

    /// The first state that is told of which this is true; it has to come soon.
    pub(crate) async fn until(&mut self, is_so: impl Fn(&Value) -> bool) -> Outcome<Value> {
        let mut last = Value::Null;
        let found = timeout(PATIENCE, async {
            loop {
                last = self.state().await?;
                if is_so(&last) {
                    return Ok(last.clone());
                }
            }
        });
        found.await.unwrap_or_else(|_| Err(format!("it never came to that: {last}").into()))
    }

    /// Asks for something that is granted.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Outcome {
        let (status, answer) = self.send(path, body.to_string()).await?;
        assert_eq!(status, 204, "{path} {body}: {answer}");
        Ok(())
    }

    /// Asks for something; gives the status, and the answer if there is one.
    pub(crate) async fn send(&self, path: &str, body: String) -> Outcome<(u16, Value)> {
        let request = reqwest::Client::new()
            .post(format!("{}api/{path}", self.address))
            .header("content-type", "application/json")
            .timeout(PATIENCE)
            .body(body);
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_str(&answer.text().await?).unwrap_or(Value::Null)))
    }

    /// The next event: its kind and what it says.
    async fn event(&mut self) -> Outcome<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.unread.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
                };
                let kind = field("event:").ok_or("an event without a name")?.to_owned();
                let data = serde_json::from_str(field("data:").ok_or("an event without data")?)?;
                self.unread = rest.into();
                return Ok((kind, data));
            }
            let bytes = timeout(PATIENCE, self.events.chunk()).await??.ok_or("the stream ended")?;
            self.unread += str::from_utf8(&bytes)?;
        }
    }
}

/// How long anything may take that is to happen soon.
const PATIENCE: Duration = Duration::from_secs(10);
