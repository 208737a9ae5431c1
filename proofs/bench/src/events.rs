//! A subscription over server-sent events in gzip, as a phone on a slow network asks for it.

use std::io::Write;

use anyhow::{Context, ensure};
use flate2::write::GzDecoder;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::socket::find;

pub struct Events {
    stream: TcpStream,
    /// As it came: chunks of HTTP/1.1.
    chunks: Vec<u8>,
    text: GzDecoder<Vec<u8>>,
    /// The event that was handed out last; it ends here.
    taken: usize,
    /// Bytes that came over the wire since the head of the answer.
    pub received: u64,
}

impl Events {
    pub async fn open(address: &str, token: &str, query: &str, variables: &serde_json::Value) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\naccept: text/event-stream\r\naccept-encoding: gzip\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut chunks = Vec::new();
        let head = loop {
            ensure!(stream.read_buf(&mut chunks).await? > 0, "no answer");
            if let Some(at) = find(&chunks, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = String::from_utf8_lossy(&chunks[..head]).to_ascii_lowercase();
        ensure!(text.contains("content-encoding: gzip"), "not in gzip: {text}");
        chunks.drain(..head);
        Ok(Self {
            stream,
            chunks,
            text: GzDecoder::new(Vec::new()),
            taken: 0,
            received: 0,
        })
    }

    /// The data of the next event.
    pub async fn next(&mut self) -> anyhow::Result<&[u8]> {
        const START: &[u8] = b"event: next\ndata: ";
        loop {
            let rest = &self.text.get_ref()[self.taken..];
            if let Some(end) = find(rest, b"\n\n") {
                let (start, end) = (self.taken, self.taken + end);
                self.taken = end + 2;
                if self.text.get_ref()[start..end].starts_with(START) {
                    return Ok(&self.text.get_ref()[start + START.len()..end]);
                }
                continue;
            }
            self.text.get_mut().drain(..self.taken);
            self.taken = 0;
            let chunk = self.chunk().await?;
            self.text.write_all(&chunk)?;
            self.text.flush()?;
        }
    }

    async fn chunk(&mut self) -> anyhow::Result<Vec<u8>> {
        loop {
            if let Some(end) = find(&self.chunks, b"\r\n") {
                let length = std::str::from_utf8(&self.chunks[..end])?;
                let length = usize::from_str_radix(length, 16).context("no length of a chunk")?;
                ensure!(length > 0, "the stream has ended");
                let (start, whole) = (end + 2, end + 2 + length + 2);
                if self.chunks.len() >= whole {
                    let chunk = self.chunks[start..start + length].to_vec();
                    self.chunks.drain(..whole);
                    return Ok(chunk);
                }
            }
            let read = self.stream.read_buf(&mut self.chunks).await?;
            ensure!(read > 0, "the stream was cut off");
            self.received += read as u64;
        }
    }
}
