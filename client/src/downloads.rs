//! Files that the server makes, such as exported sessions. They come beside the graph, as they are written.

use futures_util::StreamExt;
use serde_json::Value;
use url::Url;

use crate::{Client, Error};

/// What an exported session looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportFormat {
    /// For people.
    #[default]
    Markdown,
    /// With everything that is kept.
    Json,
}

impl Client {
    /// Hands a session to `write`, piece by piece. It is whole only if this succeeds; what `write` fails with is passed on.
    pub async fn export_session<E: From<Error>>(
        &self,
        session: &str,
        format: ExportFormat,
        write: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut url = self.under("sessions");
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend([session, "export"]);
        }
        let format = match format {
            ExportFormat::Markdown => "markdown",
            ExportFormat::Json => "json",
        };
        url.query_pairs_mut().append_pair("format", format);
        self.download_from(url, write).await
    }

    /// Hands a file of the server to `write`, as [`Client::export_session`] does. `path` is below the server's address, and
    /// stays there whatever is in it.
    pub async fn download<E: From<Error>>(
        &self,
        path: &str,
        write: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (path, query) = path
            .split_once('?')
            .map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.under(path.trim_start_matches('/'));
        url.set_query(query);
        self.download_from(url, write).await
    }

    async fn download_from<E: From<Error>>(
        &self,
        url: Url,
        mut write: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let sent = self.authorized(self.shared.http.get(url)).send().await;
        let broken = |error| Error::from(self.not_answered(error));
        let response = sent.map_err(broken)?;
        let status = response.status();
        if !status.is_success() {
            let body = crate::http::read(response).await?;
            crate::http::answer::<Value, _>(status, &body, crate::http::unwrap)?;
            return Ok(());
        }
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            write(&chunk.map_err(broken)?)?;
        }
        Ok(())
    }
}
