//! Answers and streams in gzip (RFC 1952), for those who take it: a list of projects becomes a tenth, and the envelope
//! around each piece of streamed text almost nothing.
//!
//! A stream is flushed after each event. For looking back over what was sent, a compressor takes a quarter of a megabyte,
//! so there is a limit of them, and a stream that is quiet gives its own back. That is no end of the stream: a flush ends
//! on a whole byte, and a new compressor, or blocks that are stored as they are, go on from there.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress, write::GzEncoder};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is shorter gains nothing.
const WORTH_IT: usize = 1_024;
/// Streams with a compressor at a time; the others are sent as they are, in gzip's frame.
const COMPRESSORS: usize = 64;
/// No name, no time, an unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// The most that a stored block holds.
const BLOCK: usize = u16::MAX as usize;

/// Whether the client takes gzip, by its `Accept-Encoding` header.
pub fn is_taken(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| {
        accepted.split(',').any(|coding| {
            let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
            name.trim().eq_ignore_ascii_case("gzip")
                && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    })
}

/// Says in an answer's headers that its body is in gzip.
pub fn mark(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
}

/// A whole body, as it is sent.
#[derive(Clone)]
pub struct Encoded {
    pub bytes: Bytes,
    pub is_gzip: bool,
}

impl Encoded {
    pub fn of(body: Bytes, takes_gzip: bool) -> Self {
        match takes_gzip.then(|| whole(&body)).flatten() {
            Some(bytes) => Self { bytes, is_gzip: true },
            None => Self {
                bytes: body,
                is_gzip: false,
            },
        }
    }
}

/// `None` where it is not worth it.
fn whole(body: &[u8]) -> Option<Bytes> {
    if body.len() < WORTH_IT {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    // Writing to memory does not fail; if it did, the body would go as it is.
    std::io::Write::write_all(&mut encoder, body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// The compressors that the streams of a server share.
#[derive(Clone)]
pub struct Compressors(Arc<Semaphore>);

impl Default for Compressors {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(COMPRESSORS)))
    }
}

impl Compressors {
    pub fn stream(&self) -> GzipStream {
        GzipStream {
            compressors: self.clone(),
            compressor: None,
            crc: Crc::new(),
            has_begun: false,
        }
    }
}

/// One body that is sent bit by bit. What each call returns must be sent in the order of the calls.
pub struct GzipStream {
    compressors: Compressors,
    compressor: Option<(Compress, OwnedSemaphorePermit)>,
    crc: Crc,
    has_begun: bool,
}

impl GzipStream {
    /// The next piece, complete: whoever gets it can read all of it at once.
    pub fn piece(&mut self, piece: &[u8]) -> Bytes {
        if self.compressor.is_none() {
            self.compressor = Arc::clone(&self.compressors.0)
                .try_acquire_owned()
                .ok()
                .map(|permit| (Compress::new(Compression::fast(), false), permit));
        }
        let mut out = self.begin(piece);
        let compressed = self
            .compressor
            .as_mut()
            .is_some_and(|(compressor, _)| flushed(compressor, piece, &mut out));
        if !compressed {
            self.compressor = None;
            stored(piece, &mut out);
        }
        out.into()
    }

    /// The same of a piece that is sent while nothing happens. The compressor goes to others.
    pub fn quiet_piece(&mut self, piece: &[u8]) -> Bytes {
        self.compressor = None;
        let mut out = self.begin(piece);
        stored(piece, &mut out);
        out.into()
    }

    /// What ends the body.
    pub fn end(mut self) -> Bytes {
        let mut out = self.begin(&[]);
        // An empty block that is the last one.
        out.extend_from_slice(&[1, 0, 0, 255, 255]);
        out.extend_from_slice(&self.crc.sum().to_le_bytes());
        out.extend_from_slice(&self.crc.amount().to_le_bytes());
        out.into()
    }

    fn begin(&mut self, piece: &[u8]) -> Vec<u8> {
        self.crc.update(piece);
        let mut out = Vec::with_capacity(HEADER.len() + piece.len() / 2 + 32);
        if !std::mem::replace(&mut self.has_begun, true) {
            out.extend_from_slice(&HEADER);
        }
        out
    }
}

/// Everything up to here, ending on a whole byte. False, with nothing written, where the compressor fails.
fn flushed(compressor: &mut Compress, piece: &[u8], out: &mut Vec<u8>) -> bool {
    let (start, before) = (out.len(), compressor.total_in());
    loop {
        let taken = usize::try_from(compressor.total_in() - before).unwrap_or(piece.len());
        out.reserve(64);
        if compressor
            .compress_vec(&piece[taken..], out, FlushCompress::Sync)
            .is_err()
        {
            out.truncate(start);
            return false;
        }
        // Room that was left tells that nothing waits to be written.
        if out.len() < out.capacity() && compressor.total_in() - before == piece.len() as u64 {
            return true;
        }
    }
}

fn stored(piece: &[u8], out: &mut Vec<u8>) {
    for block in piece.chunks(BLOCK) {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(0);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use flate2::{read::GzDecoder, write::GzDecoder as Reader};

    use super::*;

    /// What a reader has after each piece, and at the end.
    fn read(pieces: &[Bytes], end: &Bytes) -> Vec<Vec<u8>> {
        let mut reader = Reader::new(Vec::new());
        let mut read = Vec::new();
        for piece in pieces.iter().chain([end]) {
            reader.write_all(piece).unwrap();
            reader.flush().unwrap();
            read.push(std::mem::take(reader.get_mut()));
        }
        reader.try_finish().unwrap();
        read
    }

    #[test]
    fn every_piece_can_be_read_when_it_is_there() {
        let large: Vec<u8> = (0..200_000_u32)
            .flat_map(|number| number.wrapping_mul(number).to_le_bytes())
            .collect();
        let text = b"event: next\ndata: {\"data\":{\"sessionStream\":{\"__typename\":\"TextAppended\",\"text\":\"word\"}}}\n\n";
        let mut stream = Compressors::default().stream();
        let pieces = [
            stream.piece(text),
            stream.piece(text),
            stream.quiet_piece(b":\n\n"),
            stream.quiet_piece(b":\n\n"),
            stream.piece(text),
            stream.piece(&large),
            stream.piece(b""),
            stream.piece(text),
        ];
        assert!(pieces[1].len() < text.len() / 3, "{} bytes", pieces[1].len());
        let read = read(&pieces, &stream.end());
        let wanted: [&[u8]; 9] = [text, text, b":\n\n", b":\n\n", text, &large, b"", text, b""];
        for (index, (read, wanted)) in read.iter().zip(wanted).enumerate() {
            assert!(read == wanted, "piece {index}");
        }
    }

    #[test]
    fn compressors_are_shared_and_given_back() {
        let compressors = Compressors(Arc::new(Semaphore::new(1)));
        let text = [b'a'; 500];
        let (mut one, mut other) = (compressors.stream(), compressors.stream());
        assert!(one.piece(&text).len() < 100);
        let as_it_is = other.piece(&text);
        assert!(as_it_is.len() > 500);
        one.quiet_piece(b":\n\n");
        let compressed = other.piece(&text);
        assert!(compressed.len() < 100);
        let pieces = [as_it_is, compressed];
        assert_eq!(read(&pieces, &other.end()), [text.to_vec(), text.to_vec(), Vec::new()]);
    }

    #[test]
    fn a_stream_without_pieces_is_an_empty_body() {
        let mut body = Vec::new();
        GzDecoder::new(&*Compressors::default().stream().end())
            .read_to_end(&mut body)
            .unwrap();
        assert_eq!(body, b"");
    }

    #[test]
    fn short_bodies_go_as_they_are() {
        assert_eq!(whole(b"{}"), None);
        let body = b"{\"data\":null}".repeat(200);
        let compressed = whole(&body).unwrap();
        assert!(compressed.len() < body.len() / 10);
        let mut read = Vec::new();
        GzDecoder::new(&*compressed).read_to_end(&mut read).unwrap();
        assert_eq!(read, body);
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (accepted, takes) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("identity", false),
            ("gzip;q=0", false),
            ("x-gzip", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(is_taken(&headers), takes, "{accepted}");
        }
        assert!(!is_taken(&HeaderMap::new()));
    }
}
