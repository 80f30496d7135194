//! The server that is asked: it tells each client its port, by which connections are told apart.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// A server on loopback that ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    open: watch::Receiver<usize>,
    hang_up: Arc<Notify>,
    _listener: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (count, open) = watch::channel(0);
        let hang_up = Arc::new(Notify::new());
        let listening = listen(listener, count, Arc::clone(&hang_up));
        Ok(Self { address, open, hang_up, _listener: JoinSet::from_iter([listening]) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes all connections without a word.
    pub(crate) async fn hang_up(&self) {
        self.hang_up.notify_one();
        self.until_open(0).await;
    }

    /// Waits until so many connections are open.
    pub(crate) async fn until_open(&self, count: usize) {
        let mut open = self.open.clone();
        open.wait_for(|open| *open == count)
            .await
            .expect("the listener lives as long as the server");
    }
}

async fn listen(listener: TcpListener, count: watch::Sender<usize>, hang_up: Arc<Notify>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, peer)) = listener.accept() => drop(connections.spawn(serve(stream, peer))),
            Some(_) = connections.join_next() => {}
            () = hang_up.notified() => connections.abort_all(),
        }
        count.send_replace(connections.len());
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr) {
    let service = service_fn(async |request| Ok::<_, Infallible>(answer(&request, peer)));
    // A client that breaks off is no trouble of the server's.
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
}

fn answer(request: &Request<Incoming>, peer: SocketAddr) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let body = if path == "/long" { "x".repeat(1 << 24) } else { peer.port().to_string() };
    let mut response = Response::new(body.into());
    if path == "/last" {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
