//! Which of our media types a client wants, by its `Accept` header.

use axum::http::{HeaderMap, HeaderValue, header};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status tells whether the request was good.
    GraphqlResponse,
    /// `application/json`: for clients of old, 200 for every well-formed request.
    Json,
    /// `text/event-stream`: server-sent events.
    EventStream,
}

impl MediaType {
    pub fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::EventStream => "text/event-stream; charset=utf-8",
        })
    }

    fn of_range(range: &str) -> Option<Self> {
        match range {
            "application/graphql-response+json" => Some(Self::GraphqlResponse),
            // Who accepts everything may be older than the newer type.
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            "text/event-stream" => Some(Self::EventStream),
            _ => None,
        }
    }
}

/// The best type for this client, `None` if it accepts none of ours. Of equals the one named first wins.
pub fn negotiate(headers: &HeaderMap) -> Option<MediaType> {
    let mut ranges = headers.get_all(header::ACCEPT).iter().peekable();
    if ranges.peek().is_none() {
        return Some(MediaType::Json);
    }
    let mut best: Option<(f32, MediaType)> = None;
    for range in ranges
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        if let Some((quality, kind)) = parse_range(range)
            && quality > 0.0
            && best.is_none_or(|(other, _)| quality > other)
        {
            best = Some((quality, kind));
        }
    }
    best.map(|(_, kind)| kind)
}

fn parse_range(range: &str) -> Option<(f32, MediaType)> {
    let mut parts = range.split(';').map(str::trim);
    let kind = MediaType::of_range(&parts.next()?.to_ascii_lowercase())?;
    let mut quality = 1.0;
    for parameter in parts {
        match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => quality = value.trim().parse().ok()?,
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") && !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some((quality, kind))
}

/// Whether a body of this type is JSON in UTF-8. A page of another origin cannot send this type unasked, unlike
/// `text/plain` and forms: that is what keeps foreign pages out.
pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => is_utf8(value),
        _ => true,
    })
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim().trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn picks_what_the_client_likes_best() {
        use MediaType::{EventStream, GraphqlResponse, Json};
        assert_eq!(negotiate(&HeaderMap::new()), Some(Json));
        for (accept, expected) in [
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            ("application/json; charset=utf-8", Some(Json)),
            ("application/json; charset=utf-16", None),
            ("application/graphql-response+json", Some(GraphqlResponse)),
            (
                "application/graphql-response+json, application/json;q=0.9",
                Some(GraphqlResponse),
            ),
            ("application/graphql-response+json;q=0.5, Application/JSON", Some(Json)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Some(Json)),
            ("text/event-stream", Some(EventStream)),
            ("text/html", None),
            ("application/json;q=0", None),
        ] {
            assert_eq!(negotiate(&headers(header::ACCEPT, accept)), expected, "{accept}");
        }
    }

    #[test]
    fn knows_json_from_what_a_form_can_send() {
        for (kind, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json; charset=latin1", false),
            ("application/jsonx", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
        ] {
            assert_eq!(is_json(&headers(header::CONTENT_TYPE, kind)), expected, "{kind}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
