#[derive(Pooled)]
#[pooled(create = async open(&SocketAddr) -> io::Result<Self>, reusable = Self::is_open)]
struct Socket(tokio::net::UdpSocket);
