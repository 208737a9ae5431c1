//! The machines that projects run on.

use crate::{
    Client, Error, Repeat, Subscription,
    operations::{self as ops, ServerResources, server_resources},
    types::Server,
};

impl Client {
    pub async fn servers(&self) -> Result<Vec<Server>, Error> {
        Ok(self
            .run::<ops::Servers>(ops::servers::Variables, Repeat::Harmless)
            .await?
            .servers)
    }

    /// Live samples. It does not resume after a break: subscribe again.
    pub async fn server_resources(&self, server: &str) -> Result<Subscription<ServerResources>, Error> {
        self.subscribe(server_resources::Variables {
            server: server.to_owned(),
        })
        .await
    }
}
