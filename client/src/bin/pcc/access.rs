//! Pairing this machine, and listing servers and devices.

use anyhow::{Context as _, Result};
use client::{
    PairingLink,
    types::{ResourceUnit, ResourceUse},
};
use serde_json::json;

use crate::{
    config::{self, Config},
    context::Context,
    output::{Complaint, Output, name, one_line, table},
};

/// A link is shorter than this.
const MAX_LINE: u64 = 4096;

pub async fn pair(link: &str, name: Option<String>, output: Output) -> Result<()> {
    let link = if link == "-" { read_line()? } else { link.to_owned() };
    let link: PairingLink = link.parse().map_err(|error| Complaint::usage(format!("{error}")))?;
    if link.is_exposed() {
        output.note("Note: the connection to this server is not encrypted.");
    }
    let path = config::path()?;
    let name = name.unwrap_or_else(|| gethostname::gethostname().to_string_lossy().into_owned());
    let redeemed = link.redeem(&name).await?;
    let server = link.server().to_string();
    config::write(
        &path,
        &Config {
            server: server.clone(),
            token: redeemed.token,
        },
    )?;
    let device = redeemed.device;
    output.value(&json!({ "server": server, "device": device }), || {
        format!("Paired with {server} as {}.", one_line(&device.name))
    })
}

fn read_line() -> Result<String> {
    use std::io::{BufRead, Read};
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .take(MAX_LINE)
        .read_line(&mut line)
        .context("standard input cannot be read")?;
    Ok(line)
}

pub async fn servers(context: &Context) -> Result<()> {
    let servers = context.client.servers().await?;
    context.output.value(&servers, || {
        let rows: Vec<_> = servers
            .iter()
            .map(|server| {
                let resources = server.resources.as_ref();
                let used = |use_: Option<&ResourceUse>| use_.map_or("-".to_owned(), resource);
                [
                    one_line(&server.name),
                    name(&server.status),
                    used(resources.and_then(|all| all.cpu.as_ref())),
                    used(resources.and_then(|all| all.memory.as_ref())),
                    used(resources.and_then(|all| all.disk.as_ref())),
                    server
                        .problems
                        .iter()
                        .map(|problem| one_line(problem))
                        .collect::<Vec<_>>()
                        .join("; "),
                ]
            })
            .collect();
        table(["NAME", "STATUS", "CPU", "MEMORY", "DISK", "PROBLEMS"], &rows)
    })
}

fn resource(resource: &ResourceUse) -> String {
    match resource.unit {
        ResourceUnit::Bytes => {
            let gib = |bytes: f64| bytes / f64::from(1 << 30);
            format!("{:.1}/{:.1} GiB", gib(resource.used), gib(resource.total))
        }
        _ => format!("{:.2}/{}", resource.used, resource.total),
    }
}

pub async fn devices(context: &Context) -> Result<()> {
    let devices = context.client.devices().await?;
    context.output.value(&devices, || {
        let rows: Vec<_> = devices
            .iter()
            .map(|device| {
                let seen = device
                    .last_seen_at
                    .map_or("never".to_owned(), |at| at.format("%F %R UTC").to_string());
                [
                    if device.is_current {
                        "*".to_owned()
                    } else {
                        String::new()
                    },
                    one_line(&device.name),
                    device.scopes.iter().map(name).collect::<Vec<_>>().join(" "),
                    seen,
                    device.id.clone(),
                ]
            })
            .collect();
        table(["", "NAME", "SCOPES", "LAST SEEN", "ID"], &rows)
    })
}
