//! The pooled resource: an HTTP/1 connection of `hyper` that is kept alive between requests.

use std::io;
use std::net::SocketAddr;

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use pool_tokio::Pooled;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A connection to one server.
#[derive(Pooled)]
#[pooled(create = async Self::connect(&SocketAddr) -> io::Result<Self>,
         reusable = Self::is_open, reset = async Self::ready, recycle = async Self::ready,
         close = async Self::quit)]
pub(crate) struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    /// Drives the socket, and ends with this set.
    driver: JoinSet<hyper::Result<()>>,
    host: String,
}

impl Connection {
    async fn connect(server: &SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        let (sender, connection) =
            handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        Ok(Self { sender, driver: JoinSet::from_iter([connection]), host: server.to_string() })
    }

    /// Whether another request may be sent. On return it waits until the last answer is read to its end,
    /// as what is left of it would be taken for the next; where it can't be, because the holder has left
    /// halfway or the server wants to close, `hyper` closes, and this fails. Before reuse it fails if the
    /// server has hung up meanwhile. It sends nothing, so it costs no round trip.
    async fn ready(&mut self) -> io::Result<()> {
        self.sender.ready().await.map_err(io::Error::other)
    }

    /// Without its sender, the driver shuts the connection down and ends.
    async fn quit(mut self) {
        drop(self.sender);
        self.driver.join_next().await;
    }

    /// What is known to be closed needs no more waiting for.
    pub(crate) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Fetches a page, all of it. A server may hang up at the moment in which it is asked: what may be
    /// asked twice can then be asked again, on another connection.
    pub(crate) async fn get(&mut self, path: &str) -> io::Result<Bytes> {
        let request = Request::get(path).header(HOST, &self.host).body(Empty::new());
        let request = request.map_err(io::Error::other)?;
        let answer = self.sender.send_request(request).await.map_err(io::Error::other)?;
        let body = answer.into_body().collect().await.map_err(io::Error::other)?;
        Ok(body.to_bytes())
    }
}
