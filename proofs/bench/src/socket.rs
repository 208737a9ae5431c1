//! graphql-transport-ws as a load generator needs it: frames taken from the bytes as they come, nothing parsed but what is
//! measured. One message of a subscriber costs well under a microsecond here, so that the server is what is measured.

use anyhow::{Context, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What a fresh socket needs; it grows with what the server sends at once.
const BUFFER: usize = 8 * 1024;

pub struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// What lies before it was handed out.
    taken: usize,
    /// Bytes that came over the wire since the upgrade.
    pub received: u64,
}

impl Socket {
    /// Connected, upgraded and acknowledged.
    pub async fn open(address: &str, token: &str) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut buffer = Vec::with_capacity(BUFFER);
        let head = loop {
            ensure!(stream.read_buf(&mut buffer).await? > 0, "closed during the upgrade");
            if let Some(at) = find(&buffer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        ensure!(
            buffer.starts_with(b"HTTP/1.1 101"),
            "no upgrade: {}",
            String::from_utf8_lossy(&buffer[..head])
        );
        let mut socket = Self {
            stream,
            buffer,
            taken: head,
            received: 0,
        };
        socket
            .send(&serde_json::json!({ "type": "connection_init", "payload": { "token": token } }))
            .await?;
        let ack = socket.next().await?;
        ensure!(find(ack, b"connection_ack").is_some(), "no acknowledgement");
        Ok(socket)
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: &serde_json::Value) -> anyhow::Result<()> {
        let payload = serde_json::json!({ "query": query, "variables": variables });
        self.send(&serde_json::json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await
    }

    async fn send(&mut self, message: &serde_json::Value) -> anyhow::Result<()> {
        let text = message.to_string();
        let length = u16::try_from(text.len()).context("a message is too long")?;
        // Masked with zeros: a client has to mask, and this leaves the text as it is.
        let mut frame = vec![0x81, 0x80 | 126];
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        Ok(self.stream.write_all(&frame).await?)
    }

    /// The payload of the next message that is neither a ping nor a pong; pings are answered.
    pub async fn next(&mut self) -> anyhow::Result<&[u8]> {
        loop {
            let Some((start, end)) = self.frame()? else {
                self.buffer.drain(..self.taken);
                self.taken = 0;
                let read = self.stream.read_buf(&mut self.buffer).await?;
                ensure!(read > 0, "the server closed the socket");
                self.received += read as u64;
                continue;
            };
            self.taken = end;
            if self.buffer[start..end].starts_with(br#"{"type":"ping""#) {
                self.send(&serde_json::json!({ "type": "pong" })).await?;
                continue;
            }
            return Ok(&self.buffer[start..end]);
        }
    }

    /// Where the next whole frame's payload lies.
    fn frame(&self) -> anyhow::Result<Option<(usize, usize)>> {
        let rest = &self.buffer[self.taken..];
        let [first, second, ..] = *rest else {
            return Ok(None);
        };
        if first != 0x81 {
            bail!("not a text frame but {first:#x}: {}", String::from_utf8_lossy(rest));
        }
        let (head, length) = match second & 0x7f {
            126 => match *rest {
                [_, _, high, low, ..] => (4, usize::from(u16::from_be_bytes([high, low]))),
                _ => return Ok(None),
            },
            127 => match rest.get(2..10).and_then(|bytes| bytes.try_into().ok()) {
                Some(bytes) => (10, usize::try_from(u64::from_be_bytes(bytes))?),
                None => return Ok(None),
            },
            short => (2, usize::from(short)),
        };
        let start = self.taken + head;
        Ok((rest.len() >= head + length).then_some((start, start + length)))
    }
}

pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The text of a JSON string behind `"name":"`, of which it is known that nothing in it is escaped.
pub fn text<'a>(message: &'a [u8], name: &str) -> Option<&'a str> {
    let key = format!("\"{name}\":\"");
    let rest = &message[find(message, key.as_bytes())? + key.len()..];
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..end]).ok()
}
