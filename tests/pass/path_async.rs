//! `async` in front of a path: the call is awaited.
use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = async Self::bind(&String) -> std::io::Result<Self>)]
struct Socket(tokio::net::UdpSocket);

impl Socket {
    async fn bind(address: &String) -> std::io::Result<Self> {
        tokio::net::UdpSocket::bind(address).await.map(Self)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Socket>::builder("127.0.0.1:0".into()).build().unwrap();
    assert!(pool.get().await.unwrap().0.local_addr().is_ok());
}
