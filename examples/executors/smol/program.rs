//! Twenty tasks on smol share two connections to an echo server.
//!
//! ```text
//! cargo run -p pool-example-smol --example on_smol
//! ```

use std::io;
use std::net::SocketAddr;

use pool_core::Pooled;
use pool_example_smol::Pool;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::net::{TcpListener, TcpStream};

#[derive(Pooled)]
#[pooled(create = async Self::connect(&SocketAddr) -> io::Result<Self>, recycle = Self::check)]
struct Connection(TcpStream);

impl Connection {
    async fn connect(address: &SocketAddr) -> io::Result<Self> {
        TcpStream::connect(address).await.map(Self)
    }

    fn check(&mut self) -> io::Result<()> {
        self.0.peer_addr().map(drop)
    }

    async fn ask(&mut self, question: u8) -> io::Result<u8> {
        self.0.write_all(&[question]).await?;
        let mut answer = [0];
        self.0.read_exact(&mut answer).await?;
        Ok(answer[0])
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    smol::block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let pool = Pool::<Connection>::builder(listener.local_addr()?).max_size(2).build()?;
        let server = smol::spawn(serve(listener));

        let tasks: Vec<_> = (0..20)
            .map(|number| {
                let pool = pool.clone();
                smol::spawn(async move {
                    let mut connection = pool.get().await.expect("a connection");
                    connection.ask(number).await // goes home when it is dropped
                })
            })
            .collect();
        for (number, task) in (0..).zip(tasks) {
            assert_eq!(task.await?, number);
        }

        println!("20 answers; {}", pool.status());
        pool.close().await;
        server.cancel().await;
        Ok(())
    })
}

/// Sends back what it receives.
async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept().await?;
        smol::spawn(async move { smol::io::copy(client.clone(), client).await }).detach();
    }
}
