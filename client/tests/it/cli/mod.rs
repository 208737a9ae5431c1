//! `pcc` as people and scripts meet it: its output, its exit codes, its files.

mod access;
mod chat;
mod choices;
mod events;
mod files;
mod github;
mod inbox;
mod projects;
mod session;
mod sleep;
mod usage;

use serde_json::{Value, json};

pub const AT: &str = "2026-11-23T00:00:00Z";

pub fn project(status: &str) -> Value {
    json!({ "id": "UHJvamVjdDox", "slug": "demo", "name": "Demo", "status": status, "createdAt": AT, "updatedAt": AT,
        "server": { "id": "local", "name": "local" },
        "repository": { "forge": "LOCAL", "cloneUrl": "http://localhost/git/demo.git", "defaultBranch": "main" } })
}

pub fn session(status: &str) -> Value {
    json!({ "id": "s", "title": "Crabs", "status": status, "isForkPending": false, "createdAt": AT, "updatedAt": AT,
        "project": { "id": "UHJvamVjdDox", "slug": "demo", "name": "Demo" } })
}
