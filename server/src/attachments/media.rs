//! What kind of file something is, by its content: what a client calls it decides nothing.

/// The media types that models read. Everything that is text is handed on as plain text.
pub fn media_type(content: &[u8]) -> Option<&'static str> {
    const BEGINNINGS: [(&[u8], &str); 5] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-", "application/pdf"),
    ];
    if let Some((_, media_type)) = BEGINNINGS.iter().find(|(beginning, _)| content.starts_with(beginning)) {
        return Some(media_type);
    }
    if content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        return Some("image/webp");
    }
    let is_text = !content.contains(&0) && std::str::from_utf8(content).is_ok();
    is_text.then_some("text/plain")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides() {
        for (content, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0"[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0\0", Some("image/jpeg")),
            (b"GIF89a\0", Some("image/gif")),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"%PDF-1.7\n\xff", Some("application/pdf")),
            ("fn main() {} // ü".as_bytes(), Some("text/plain")),
            (b"<svg/>", Some("text/plain")),
            (b"\x7fELF\0", None),
            (b"caf\xe9", None),
        ] {
            assert_eq!(media_type(content), expected, "{content:?}");
        }
    }
}
