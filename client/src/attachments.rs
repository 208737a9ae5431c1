//! Files that go with prompts. They are uploaded beside the graph, and named in it by their ids.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::{Deserialize, Serialize};

use crate::{Client, Error, Repeat};

/// For one attempt: a file takes its time over a phone's connection, and the server waits as long.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);

/// A file that the server keeps for a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    pub id: String,
    pub name: String,
    /// By its content.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

#[derive(Deserialize)]
struct Answer {
    attachment: Attachment,
}

impl Client {
    /// Uploads an image, a PDF or a text. The same file is kept once; one that no prompt has goes after a day.
    pub async fn attach(&self, name: &str, content: Vec<u8>) -> Result<Attachment, Error> {
        let mut url = self.under("attachments");
        url.query_pairs_mut().append_pair("name", name);
        let content = bytes::Bytes::from(content);
        let request = || {
            self.authorized(self.shared.http.post(url.clone()))
                .header(CONTENT_TYPE, "application/octet-stream")
                .header(ACCEPT, "application/json")
                .body(content.clone())
                .timeout(UPLOAD_TIMEOUT)
        };
        let answer: Answer = self.repeated(request, Repeat::Harmless, crate::http::unwrap).await?;
        Ok(answer.attachment)
    }
}
