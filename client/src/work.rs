//! Durable work: reading, retrying and canceling an operation, and watching it to its end.

use futures_util::{StreamExt, stream, stream::BoxStream};

use crate::{
    Client, Cursor, Error, Repeat,
    operations::{
        self as ops, CancelOperation, OperationById, RetryOperation, cancel_operation, operation_by_id,
        operation_by_id::OperationByIdNode, retry_operation,
    },
    projects::{PAGE, mutation_id},
    types::{
        CancelOperationInput, Change, ChangeKind, Event, EventFilter, Operation, OperationFilter, OperationState,
        RetryOperationInput,
    },
};

/// Whether nothing more happens to the operation unless somebody retries it.
pub fn is_finished(operation: &Operation) -> bool {
    matches!(
        operation.state,
        OperationState::Succeeded | OperationState::Failed | OperationState::Canceled
    )
}

impl Client {
    pub async fn operation(&self, id: &str) -> Result<Option<Operation>, Error> {
        let variables = operation_by_id::Variables { id: id.to_owned() };
        let node = self.run::<OperationById>(variables, Repeat::Harmless).await?.node;
        Ok(match node {
            Some(OperationByIdNode::Operation(operation)) => Some(operation),
            _ => None,
        })
    }

    /// The latest operations, at most one page.
    pub async fn operations(&self, filter: Option<OperationFilter>) -> Result<Vec<Operation>, Error> {
        let variables = ops::operations::Variables {
            first: Some(PAGE),
            after: None,
            filter,
        };
        Ok(self
            .run::<ops::Operations>(variables, Repeat::Harmless)
            .await?
            .operations
            .nodes)
    }

    pub async fn retry_operation(&self, id: &str) -> Result<Operation, Error> {
        let input = RetryOperationInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = retry_operation::Variables { input };
        Ok(self
            .run::<RetryOperation>(variables, Repeat::Harmless)
            .await?
            .retry_operation
            .operation)
    }

    pub async fn cancel_operation(&self, id: &str) -> Result<Operation, Error> {
        let input = CancelOperationInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = cancel_operation::Variables { input };
        Ok(self
            .run::<CancelOperation>(variables, Repeat::Harmless)
            .await?
            .cancel_operation
            .operation)
    }

    /// The operation as it is, then as it changes; the last item is the finished one. It survives breaks.
    pub fn watch_operation(&self, id: &str) -> BoxStream<'static, Result<Operation, Error>> {
        let watch = Watch {
            client: self.clone(),
            id: id.to_owned(),
            events: None,
            is_over: false,
        };
        stream::unfold(watch, async |mut watch| watch.next().await.map(|item| (item, watch))).boxed()
    }

    /// Waits until the operation is finished, however it ends. Wrap it in a timeout: work may take its time.
    pub async fn wait_for_operation(&self, id: &str) -> Result<Operation, Error> {
        let mut states = self.watch_operation(id);
        let mut last = None;
        while let Some(operation) = states.next().await {
            last = Some(operation?);
        }
        last.ok_or_else(gone)
    }
}

struct Watch {
    client: Client,
    id: String,
    events: Option<BoxStream<'static, Result<Event, Error>>>,
    is_over: bool,
}

impl Watch {
    async fn next(&mut self) -> Option<Result<Operation, Error>> {
        if self.is_over {
            return None;
        }
        let item = self.change().await;
        self.is_over = item.as_ref().map_or(true, is_finished);
        Some(item)
    }

    async fn change(&mut self) -> Result<Operation, Error> {
        let Some(events) = &mut self.events else {
            let cursor = self.client.cursor().await?;
            return self.read_and_follow(cursor).await;
        };
        while let Some(event) = events.next().await {
            let event = event?;
            match event.change {
                Change::OperationProgressed(change) if change.operation_id == self.id => {
                    return change.operation.ok_or_else(gone);
                }
                // Events are missing, so the operation may have changed meanwhile.
                Change::ResyncRequired(resync) => return self.read_and_follow(resync.cursor).await,
                _ => {}
            }
        }
        Err(gone())
    }

    /// Reads the operation after the cursor, so that no change can fall between.
    async fn read_and_follow(&mut self, cursor: Cursor) -> Result<Operation, Error> {
        let operation = self.client.operation(&self.id).await?.ok_or_else(gone)?;
        let filter = EventFilter {
            projects: None,
            kinds: Some(vec![ChangeKind::OperationProgressed]),
        };
        self.events = Some(self.client.follow(Some(cursor), Some(filter)));
        Ok(operation)
    }
}

fn gone() -> Error {
    Error::not_found("There is no such operation.")
}
