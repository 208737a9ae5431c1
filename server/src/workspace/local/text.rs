//! What is in a file: text in some encoding, or something else.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// How much of a file tells whether it is text.
const SAMPLE: usize = 64 * 1024;

/// The text and the name of its encoding; `None` when it is no text.
pub fn decode(content: &[u8]) -> Option<(String, &'static str)> {
    if let Some((encoding, _)) = Encoding::for_bom(content) {
        let (text, _, is_broken) = encoding.decode(content);
        return (!is_broken).then(|| (text.into_owned(), encoding.name()));
    }
    if is_binary(content) {
        return None;
    }
    if let Ok(text) = std::str::from_utf8(content) {
        return Some((text.to_owned(), UTF_8.name()));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let sample = &content[..content.len().min(SAMPLE)];
    detector.feed(sample, sample.len() == content.len());
    let encoding = detector.guess(None, Utf8Detection::Deny);
    let (text, _, is_broken) = encoding.decode(content);
    (!is_broken).then(|| (text.into_owned(), encoding.name()))
}

/// As git decides: text has no zero byte at its beginning.
pub fn is_binary(content: &[u8]) -> bool {
    content[..content.len().min(SAMPLE)].contains(&0)
}

/// What a file that is no text holds.
pub fn media_type(content: &[u8]) -> &'static str {
    infer::get(content).map_or("application/octet-stream", |kind| kind.mime_type())
}

/// The language a file is written in, by its name: the names that highlighters use.
pub fn language(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    match name.as_str() {
        "dockerfile" | "containerfile" => return Some("dockerfile"),
        "makefile" | "gnumakefile" => return Some("makefile"),
        "cmakelists.txt" => return Some("cmake"),
        "cargo.lock" | "poetry.lock" | "uv.lock" => return Some("toml"),
        "gemfile" | "rakefile" => return Some("ruby"),
        "go.mod" | "go.sum" => return Some("go"),
        ".bashrc" | ".profile" | ".zshrc" => return Some("bash"),
        _ => {}
    }
    Some(match name.rsplit_once('.')?.1 {
        "rs" => "rust",
        "ts" | "mts" | "cts" => "typescript",
        "tsx" => "tsx",
        "js" | "mjs" | "cjs" => "javascript",
        "jsx" => "jsx",
        "svelte" => "svelte",
        "vue" => "vue",
        "py" | "pyi" => "python",
        "go" => "go",
        "c" | "h" => "c",
        "cc" | "cpp" | "cxx" | "hpp" | "hh" => "cpp",
        "cs" => "csharp",
        "java" => "java",
        "kt" | "kts" => "kotlin",
        "swift" => "swift",
        "rb" => "ruby",
        "php" => "php",
        "sh" | "bash" | "zsh" => "bash",
        "ps1" => "powershell",
        "sql" => "sql",
        "html" | "htm" => "html",
        "css" => "css",
        "scss" => "scss",
        "json" | "jsonc" => "json",
        "yaml" | "yml" => "yaml",
        "toml" => "toml",
        "xml" | "svg" => "xml",
        "md" | "markdown" => "markdown",
        "graphql" | "gql" => "graphql",
        "proto" => "protobuf",
        "lua" => "lua",
        "zig" => "zig",
        "nix" => "nix",
        "hs" => "haskell",
        "ex" | "exs" => "elixir",
        "erl" => "erlang",
        "scala" => "scala",
        "dart" => "dart",
        "r" => "r",
        "tf" => "hcl",
        "ini" | "cfg" | "conf" => "ini",
        "diff" | "patch" => "diff",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_the_encoding_it_was_written_in() {
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("hä".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let latin = "Die Straße ist für Fußgänger gesperrt, schöne Grüße aus München"
            .chars()
            .map(|c| c as u32 as u8);
        let latin: Vec<u8> = latin.collect();
        assert_eq!(decode("hä".as_bytes()), Some(("hä".to_owned(), "UTF-8")));
        assert_eq!(decode("\u{feff}a".as_bytes()), Some(("a".to_owned(), "UTF-8")));
        assert_eq!(decode(&utf16), Some(("hä".to_owned(), "UTF-16LE")));
        let (text, encoding) = decode(&latin).unwrap();
        assert!(text.contains("Straße") && text.contains("Grüße"), "{text}");
        assert_eq!(encoding, "windows-1252");
        assert_eq!(decode(b""), Some((String::new(), "UTF-8")));
    }

    #[test]
    fn what_is_no_text_is_named() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert_eq!(decode(png), None);
        assert_eq!(
            (media_type(png), media_type(b"\0\x01")),
            ("image/png", "application/octet-stream")
        );
    }

    #[test]
    fn languages_go_by_name() {
        assert_eq!(language("a/Main.RS"), Some("rust"));
        assert_eq!(language("Dockerfile"), Some("dockerfile"));
        assert_eq!((language("LICENSE"), language("a.unheard")), (None, None));
    }
}
