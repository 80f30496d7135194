//! The program as it is scraped, and the dashboard beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The program, which is ended with the test.
struct Program {
    child: Child,
    address: String,
}

impl Program {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pool-example-prometheus"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("it was built with this test");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let address = line.strip_prefix("http://").and_then(|rest| rest.split_once('/'));
        let address = address.expect("an address").0.to_owned();
        Self { child, address }
    }

    /// The answer to a request for a path: its head and its body.
    fn request(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("not zero");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer in time");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        (head.to_owned(), body.to_owned())
    }

    fn scrape(&self) -> Scrape {
        let (head, body) = self.request("/metrics");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("Content-Type: text/plain; version=0.0.4"), "{head}");
        Scrape::parse(&body)
    }

    /// Scrapes until all has happened that the load does sooner or later.
    fn scrape_when_busy(&self) -> Scrape {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut missing = SOONER_OR_LATER.to_vec();
        loop {
            let scrape = self.scrape();
            missing.retain(|(name, label)| scrape.sum(name, label) == 0.0);
            if missing.is_empty() {
                return scrape;
            }
            assert!(Instant::now() < deadline, "never happened: {missing:?}");
            sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().expect("it runs for ever");
        self.child.wait().expect("it is ours");
    }
}

const SOONER_OR_LATER: [(&str, &str); 11] = [
    ("pool_gets_total", "served"),
    ("pool_gets_total", "timed_out"),
    ("pool_gets_total", "cancelled"),
    ("pool_try_gets_total", "served"),
    ("pool_creates_total", "succeeded"),
    ("pool_creates_total", "failed"),
    ("pool_recycles_total", "failed"),
    ("pool_resets_total", "succeeded"),
    ("pool_discards_total", "unfit"),
    ("pool_discards_total", "discarded"),
    ("db_client_connection_count", "used"),
];

/// What was scraped: of each metric's name its samples, with their labels as they were written.
struct Scrape {
    samples: BTreeMap<String, Vec<(String, f64)>>,
    kinds: BTreeMap<String, String>,
    described: BTreeSet<String>,
}

impl Scrape {
    fn parse(body: &str) -> Self {
        let mut scrape =
            Self { samples: BTreeMap::new(), kinds: BTreeMap::new(), described: BTreeSet::new() };
        for line in body.lines().filter(|line| !line.is_empty()) {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, text) = help.split_once(' ').expect("a name and a text");
                assert!(!text.is_empty(), "{line}");
                scrape.described.insert(name.to_owned());
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a name and a kind");
                scrape.kinds.insert(name.to_owned(), kind.to_owned());
            } else {
                let (metric, value) = line.rsplit_once(' ').expect("a metric and a value");
                let (name, labels) = metric.split_once('{').expect("each has labels");
                assert!(labels.contains(r#"db_client_connection_pool_name="orders""#), "{line}");
                let sample = (labels.to_owned(), value.parse().expect("a number"));
                scrape.samples.entry(name.to_owned()).or_default().push(sample);
            }
        }
        scrape
    }

    /// The sum of a metric's samples with a label of this value; of all, if it is empty.
    fn sum(&self, name: &str, value: &str) -> f64 {
        let samples = self.samples.get(name).map_or(&[][..], Vec::as_slice);
        let is_asked_for =
            |labels: &str| value.is_empty() || labels.contains(&format!("=\"{value}\""));
        samples.iter().filter(|(labels, _)| is_asked_for(labels)).map(|(_, it)| it).sum()
    }
}

/// The metrics that the docs of `Metrics` list, with their kinds, as Prometheus calls them.
fn documented() -> Vec<(String, &'static str)> {
    let docs = include_str!("../../pool-tokio/src/metrics.rs");
    let rows = docs.lines().filter_map(|line| line.strip_prefix("/// | `"));
    let metrics = rows.map(|row| {
        let (name, rest) = row.split_once("` | ").expect("a name and its kind");
        let name = name.replace('.', "_");
        match rest.split([' ', ',']).next().expect("a kind") {
            "histogram" => (format!("{name}_seconds"), "histogram"),
            "counter" => (format!("{name}_total"), "counter"),
            "gauge" => (name, "gauge"),
            kind => panic!("{kind}"),
        }
    });
    metrics.collect()
}

#[test]
fn a_scrape_has_every_metric_with_a_value_that_can_be() {
    let program = Program::start();
    let first = program.scrape_when_busy();
    let metrics = documented();
    assert_eq!(metrics.len(), 16, "{metrics:?}");
    for (name, kind) in &metrics {
        assert_eq!(first.kinds.get(name).map(String::as_str), Some(*kind), "{name}");
        assert!(first.described.contains(name), "{name}");
    }
    assert_eq!(first.kinds.len(), metrics.len(), "one is not in the docs: {:?}", first.kinds);

    let in_the_pool = |state| first.sum("db_client_connection_count", state);
    assert!((0.0..=8.0).contains(&(in_the_pool("idle") + in_the_pool("used"))));
    let max = ("db_client_connection_max", 8.0);
    for (gauge, value) in [max, ("db_client_connection_idle_min", 1.0)] {
        assert!((first.sum(gauge, "") - value).abs() < f64::EPSILON, "{gauge}");
    }
    assert!((0.0..=40.0).contains(&first.sum("db_client_connection_pending_requests", "")));
    for (name, _) in metrics.iter().filter(|(_, kind)| *kind == "histogram") {
        assert_is_histogram(&first, name);
    }
    let shortest = first.sum("db_client_connection_create_time_seconds_bucket", "0.001");
    assert!(shortest.abs() < f64::EPSILON, "no connect takes less than 2 ms");

    sleep(Duration::from_millis(300));
    let second = program.scrape();
    for (name, _) in metrics.iter().filter(|(_, kind)| *kind == "counter") {
        assert!(second.sum(name, "") >= first.sum(name, ""), "{name} has fallen");
    }
    assert!(second.sum("pool_gets_total", "served") > first.sum("pool_gets_total", "served"));
}

/// Buckets that only rise, up to the count, and a sum that fits them.
fn assert_is_histogram(scrape: &Scrape, name: &str) {
    let buckets = &scrape.samples[&format!("{name}_bucket")];
    assert!(buckets.is_sorted_by(|(_, one), (_, next)| one <= next), "{name}: {buckets:?}");
    let (labels, all) = buckets.last().expect("there are buckets");
    assert!(labels.contains(r#"le="+Inf""#), "{labels}");
    assert!(*all > 0.0, "{name} has no samples");
    assert!((scrape.sum(&format!("{name}_count"), "") - all).abs() < f64::EPSILON, "{name}");
    let mean = scrape.sum(&format!("{name}_sum"), "") / all;
    assert!(mean > 0.0 && mean < 1.0, "{name}: {mean} s on the average");
}

#[test]
fn whoever_asks_for_something_else_is_told_where_to_look() {
    let program = Program::start();
    let (head, body) = program.request("/");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert_eq!(body, "see /metrics\n");
}

#[test]
fn the_dashboard_asks_for_every_metric_and_only_for_what_is_there() {
    let program = Program::start();
    let scrape = program.scrape();
    let mut asked = BTreeSet::new();
    for query in queries() {
        assert!(is_balanced(&query), "{query}");
        assert!(query.contains(r#"db_client_connection_pool_name=~"$pool""#), "{query}");
        let selectors = query.match_indices('{').map(|(end, _)| last_word(&query[..end]));
        for metric in selectors {
            let samples = scrape.samples.get(metric);
            let samples = samples.unwrap_or_else(|| panic!("{metric} is not scraped: {query}"));
            for label in grouped_by(&query) {
                let has_it = samples.iter().all(|(it, _)| it.contains(&format!("{label}=\"")));
                assert!(has_it, "{metric} has no label {label}");
            }
            asked.insert(metric.trim_end_matches("_bucket").to_owned());
        }
    }
    let documented: BTreeSet<_> = documented().into_iter().map(|(name, _)| name).collect();
    assert_eq!(asked, documented);
}

#[test]
fn the_dashboard_is_for_any_data_source_and_any_pools() {
    let dashboard = dashboard();
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    let names: Vec<_> = variables.iter().map(|it| it["name"].as_str()).collect();
    assert_eq!(names, [Some("datasource"), Some("pool")]);
    assert_eq!(variables[0]["query"], "prometheus");
    let pools = variables[1]["definition"].as_str().expect("a query");
    assert_eq!(pools, "label_values(db_client_connection_max, db_client_connection_pool_name)");
    let mut places = BTreeSet::new();
    for panel in panels(&dashboard) {
        let title = &panel["title"];
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        let place = (panel["gridPos"]["y"].as_u64(), panel["gridPos"]["x"].as_u64());
        assert!(place.0.is_some() && places.insert(place), "{title} is where another panel is");
    }
    assert!(places.len() >= 7);
}

fn dashboard() -> Value {
    serde_json::from_str(include_str!("dashboard.json")).expect("JSON")
}

fn panels(dashboard: &Value) -> &[Value] {
    dashboard["panels"].as_array().expect("panels")
}

fn queries() -> Vec<String> {
    let dashboard = dashboard();
    let targets = panels(&dashboard).iter().filter_map(|panel| panel["targets"].as_array());
    targets.flatten().map(|it| it["expr"].as_str().expect("a query").to_owned()).collect()
}

/// The word that a text ends with.
fn last_word(text: &str) -> &str {
    text.rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .next()
        .unwrap_or("")
}

/// The labels that a query groups by.
fn grouped_by(query: &str) -> impl Iterator<Item = &str> {
    let labels = query.split_once("by (").and_then(|(_, rest)| rest.split_once(')'));
    labels.map_or("", |(labels, _)| labels).split(", ").filter(|label| !label.is_empty())
}

fn is_balanced(query: &str) -> bool {
    let mut open = Vec::new();
    let closes = |open: Option<char>, bracket| open == Some(bracket);
    query.chars().all(|letter| match letter {
        '(' | '{' | '[' => {
            open.push(letter);
            true
        }
        ')' => closes(open.pop(), '('),
        '}' => closes(open.pop(), '{'),
        ']' => closes(open.pop(), '['),
        _ => true,
    }) && open.is_empty()
}
