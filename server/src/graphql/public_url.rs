//! Where clients reach this server.

/// The address of this server as its clients write it, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    pub fn new(url: &str) -> Self {
        Self(url.trim_end_matches('/').to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A link that pairs whoever opens it. The code stands behind `#`: browsers do not send that part, so it gets into
    /// no log on its way.
    pub fn pairing_link(&self, code: &str) -> String {
        format!("{}/pair#{code}", self.0)
    }

    pub fn graphiql(&self) -> String {
        format!("{}/graphiql", self.0)
    }

    pub fn clone_url(&self, slug: &str) -> String {
        format!("{}/git/{slug}.git", self.0)
    }
}
