#[derive(Pooled)]
#[pooled(create = async open(&SocketAddr) -> io::Result<Self>, reset = Self::drain,
         reusable = Self::is_open, close = Self::leave)]
struct Socket(tokio::net::UdpSocket);
