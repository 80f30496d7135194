//! As much HTTP as a scrape needs.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Answers each request for `/metrics` with what `render` says.
pub(crate) async fn serve(
    listener: TcpListener,
    render: impl Fn() -> String + Clone + Send + 'static,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let render = render.clone();
        // A scraper that hangs or goes away is no concern of the others.
        tokio::spawn(async move { timeout(PATIENCE, answer(stream, render)).await });
    }
}

async fn answer(mut stream: TcpStream, render: impl Fn() -> String) -> io::Result<()> {
    let mut request = BufReader::new((&mut stream).take(LONGEST_REQUEST));
    let mut first = String::new();
    request.read_line(&mut first).await?;
    let mut header = String::new();
    while request.read_line(&mut header).await? > 0 && header.trim_end() != "" {
        header.clear();
    }
    let is_scrape = first.starts_with("GET /metrics ") || first.starts_with("GET /metrics?");
    let (status, body) =
        if is_scrape { ("200 OK", render()) } else { ("404 Not Found", "see /metrics\n".into()) };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

const PATIENCE: Duration = Duration::from_secs(10);

const LONGEST_REQUEST: u64 = 16 * 1024;
