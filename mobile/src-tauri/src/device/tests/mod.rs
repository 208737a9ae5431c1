mod damage;
mod kill;
mod limits;
mod rows;

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

const ACCOUNT: &str = "https://example.org device";

/// A device that can be opened again as after a start.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn kept(&self) -> std::path::PathBuf {
        self.folder.path().join("kept")
    }

    fn database(&self) -> std::path::PathBuf {
        self.kept().join("current").join("kept.db")
    }

    async fn open(&self) -> Opened {
        Opened::at(&self.kept()).await
    }
}

struct Opened {
    device: Device,
    handle: u32,
}

impl Opened {
    async fn at(folder: &Path) -> Self {
        let device = Device::new(folder.to_owned());
        let handle = device.open(ACCOUNT).await.unwrap();
        Self { device, handle }
    }

    async fn write(&self, writes: Value) -> Result<(), Failure> {
        let writes = serde_json::from_value(writes).unwrap();
        self.device.write(self.handle, writes).await
    }

    async fn read(&self, reads: Value) -> Result<Value, Failure> {
        let reads = serde_json::from_value(reads).unwrap();
        let answers = self.device.read(self.handle, reads).await?;
        Ok(serde_json::from_str(&serde_json::to_string(&answers).unwrap()).unwrap())
    }

    async fn all(&self, store: &str) -> Value {
        let answers = self.read(json!([{ "store": store }])).await.unwrap();
        answers[0].clone()
    }

    async fn value(&self, key: &str) -> Value {
        let answers = self.read(json!([{ "store": "values", "key": key }])).await.unwrap();
        answers[0].clone()
    }

    /// As the program ends: whether it says goodbye makes no difference.
    async fn end(self) {
        self.device.close().await;
    }
}

fn put(store: &str, key: &str, row: Value) -> Value {
    json!({ "kind": "put", "store": store, "key": key, "row": row })
}

fn put_message(session: &str, id: &str, at: &str, text: &str) -> Value {
    json!({ "kind": "put", "store": "messages", "key": id, "row": { "id": id, "text": text },
        "place": { "session": session, "createdAt": at, "id": id } })
}
