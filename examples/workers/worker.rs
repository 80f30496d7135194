//! The pooled resource: a process that takes a while to start, then answers line by line.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use pool_tokio::{Pooled, pooled};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// A worker process.
#[derive(Pooled)]
pub(crate) struct Worker {
    process: Child,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// Questions that were not answered yet.
    outstanding: u32,
}

#[pooled]
impl Worker {
    /// Ends when the worker says that it is ready. Cut short, here or later, it is killed.
    #[create]
    async fn start(program: &PathBuf) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg("--worker").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let questions = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let mut worker = Self { process, questions, answers, outstanding: 1 };
        worker.answer().await?;
        Ok(worker)
    }

    /// Asks the kernel whether the process has ended. A question to the worker would tell more, and
    /// cost a round trip; that it answers, the last holder has seen.
    #[recycle]
    fn is_alive(&mut self) -> io::Result<()> {
        self.process
            .try_wait()?
            .map_or(Ok(()), |end| Err(io::Error::other(format!("it ended: {end}"))))
    }

    /// Whether nothing is outstanding: the next holder would be given the answer. There is nothing to
    /// reset, as a worker that is late may be stuck for ever.
    #[reusable]
    fn is_in_step(&self) -> bool {
        self.outstanding == 0
    }

    /// Asks it to end, which is what the end of its input means to it; kills it if it does not. It is
    /// waited for either way, so that no zombie is left.
    #[close]
    async fn quit(mut self) {
        drop(self.questions);
        if timeout(GRACE, self.process.wait()).await.is_err() {
            // Fails only if it has ended by itself after all.
            self.process.kill().await.ok();
        }
    }
}

/// Less than the pool's `close_timeout`, after which it is killed, but not waited for.
const GRACE: Duration = Duration::from_secs(1);

impl Worker {
    /// Asks a question and waits for the answer.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any await. The worker is then not lent again.
    pub(crate) async fn ask(&mut self, question: &str) -> io::Result<String> {
        self.outstanding += 1;
        self.questions.write_all(format!("{question}\n").as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> io::Result<String> {
        let answer = self.answers.next_line().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.outstanding -= 1;
        Ok(answer)
    }

    /// The process's number.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.id()
    }
}
