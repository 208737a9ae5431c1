//! What OpenCode offers in a folder.

use reqwest::Method;
use serde_json::Value;

use super::{rest::Rest, wire};
use crate::agent::{AgentError, OfferedAgent, OfferedCommand, OfferedModel};

impl Rest<'_> {
    pub(super) async fn agents(&self) -> Result<Vec<OfferedAgent>, AgentError> {
        let listed: Vec<Value> = self.get(&["agent"]).await?;
        Ok(wire::agents(&listed))
    }

    pub(super) async fn models(&self) -> Result<Vec<OfferedModel>, AgentError> {
        // Not `/provider`, which lists every model there is.
        let listed: Value = self.get(&["config", "providers"]).await?;
        let config: Value = self.get(&["config"]).await?;
        Ok(wire::models(&listed, wire::default_model(&config)))
    }

    pub(super) async fn commands(&self) -> Result<Vec<OfferedCommand>, AgentError> {
        let listed: Vec<Value> = self.get(&["command"]).await?;
        Ok(wire::commands(&listed))
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &[&str]) -> Result<T, AgentError> {
        self.json(self.request(Method::GET, path, &[])?).await
    }
}
