//! Commands that are given bytes: everything else is in headers.

use serde::Deserialize;
use tauri::{
    http::HeaderMap,
    ipc::{InvokeBody, Request},
};

use crate::error::Failure;

pub fn content(request: &Request<'_>) -> Result<Vec<u8>, Failure> {
    match request.body() {
        InvokeBody::Raw(content) => Ok(content.clone()),
        // Where a web view cannot send bytes, as on Android.
        InvokeBody::Json(numbers) => Vec::deserialize(numbers).map_err(Failure::here),
    }
}

/// Values of headers are ASCII: the screens send them percent-encoded.
pub fn header(headers: &HeaderMap, name: &str) -> Result<String, Failure> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    let value = value.ok_or_else(|| Failure::here(format!("the header {name} is missing")))?;
    // A form's encoding has a plus for a space; `encodeURIComponent` writes both by their codes.
    let pair = url::form_urlencoded::parse(value.as_bytes()).next();
    Ok(pair.map(|(name, _)| name.into_owned()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_decoded() {
        let mut headers = HeaderMap::new();
        headers.insert("name", "a%20b%2Bc%26d%3D%C3%A4.png".parse().unwrap());
        assert_eq!(header(&headers, "name"), Ok("a b+c&d=ä.png".to_owned()));
        assert!(header(&headers, "call").is_err());
    }
}
