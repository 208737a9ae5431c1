//! The lines of the terminal, for everything that reads them. One thread reads for all: a read that nobody waits for any
//! more cannot be taken back, and would swallow the next line.

use std::io::{BufRead, Read};

use anyhow::Result;
use tokio::sync::mpsc;

pub struct Lines {
    most: u64,
    receiver: Option<mpsc::Receiver<std::io::Result<String>>>,
}

impl Lines {
    /// Each of at most `most` bytes. Nothing is read before the first is asked for.
    pub fn new(most: u64) -> Self {
        Self { most, receiver: None }
    }

    /// The next one; `None` at the end of the input.
    pub async fn next(&mut self) -> Result<Option<String>> {
        let most = self.most;
        let receiver = self.receiver.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel(1);
            std::thread::spawn(move || {
                loop {
                    let mut line = String::new();
                    let read = std::io::stdin().lock().take(most).read_line(&mut line);
                    let is_over = matches!(read, Ok(0) | Err(_));
                    if matches!(read, Ok(0)) || sender.blocking_send(read.map(|_| line)).is_err() || is_over {
                        return;
                    }
                }
            });
            receiver
        });
        Ok(receiver.recv().await.transpose()?)
    }
}
