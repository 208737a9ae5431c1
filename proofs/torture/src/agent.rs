//! An agent as it is behind the server's back: its run, and its own history.

use std::{fs, path::Path};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use uuid::Uuid;

/// The uuid in one of the graph's ids.
pub fn uuid_of(global_id: &str) -> anyhow::Result<Uuid> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(global_id)?)?;
    let (_, id) = text.split_once(':').context("this is no id of the graph")?;
    Ok(Uuid::parse_str(id)?)
}

pub fn global_id(kind: &str, id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{}", id.simple()))
}

/// The number in a cursor.
pub fn seq_of(cursor: &str) -> anyhow::Result<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor)?;
    let number = bytes.last_chunk().context("a cursor is too short")?;
    Ok(i64::from_be_bytes(*number))
}

fn record(instance: &Path) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&fs::read(instance.join("run.json"))?)?)
}

/// The run that is recorded now.
pub fn run(instance: &Path) -> Option<Uuid> {
    record(instance).ok()?["run"].as_str()?.parse().ok()
}

/// A message as the agent keeps it.
#[derive(Clone, Debug)]
pub struct Own {
    pub id: String,
    pub parent: Option<String>,
    pub is_complete: bool,
    pub text: String,
}

/// Asks the agent itself for the messages of a session of ours.
pub async fn history(instance: &Path, session: Uuid) -> anyhow::Result<Vec<Own>> {
    let record = record(instance)?;
    let (port, password) = (&record["port"], record["password"].as_str().unwrap_or_default());
    let directory = instance.join("workspace").canonicalize()?;
    let http = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()?;
    let ask = async |path: &str| -> anyhow::Result<Value> {
        let mut url = reqwest::Url::parse(&format!("http://127.0.0.1:{port}{path}"))?;
        url.query_pairs_mut()
            .append_pair("directory", &directory.display().to_string())
            .append_pair("limit", "1000");
        let request = http.get(url).basic_auth("opencode", Some(password));
        let answer = request.timeout(std::time::Duration::from_secs(10)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    };
    let sessions = ask("/session").await?;
    let label = session.to_string();
    let mut known = sessions.as_array().into_iter().flatten();
    let Some(known) = known.find(|known| known["metadata"]["pcc"] == label.as_str()) else {
        return Ok(Vec::new());
    };
    let id = known["id"].as_str().unwrap_or_default();
    let messages = ask(&format!("/session/{id}/message")).await?;
    Ok(messages.as_array().into_iter().flatten().map(own).collect())
}

fn own(message: &Value) -> Own {
    let parts = message["parts"].as_array().into_iter().flatten();
    let texts = parts.filter(|part| part["type"] == "text" && part["synthetic"] != true);
    let info = &message["info"];
    Own {
        id: info["id"].as_str().unwrap_or_default().to_owned(),
        parent: info["parentID"].as_str().map(str::to_owned),
        is_complete: info["time"]["completed"].is_number() && info.get("error").is_none_or(Value::is_null),
        text: texts.filter_map(|part| part["text"].as_str()).collect(),
    }
}
