//! A session as a file.

use std::{
    fs::File,
    io::{Write, stdout},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use client::ExportFormat;

use crate::{args::Format, context::Context};

pub async fn export(context: &Context, session: &str, format: Format, output: Option<PathBuf>) -> Result<()> {
    let format = match format {
        Format::Markdown => ExportFormat::Markdown,
        Format::Json => ExportFormat::Json,
    };
    let Some(output) = output else {
        let mut stdout = stdout().lock();
        write(context, session, format, |chunk| Ok(stdout.write_all(chunk)?)).await?;
        return Ok(stdout.flush()?);
    };
    // Whole or not at all: a file that is there is a session.
    let partial = output.with_added_extension("partial");
    let cannot = || format!("{} cannot be written", output.display());
    let mut file = File::create(&partial).with_context(cannot)?;
    let written = write(context, session, format, |chunk| {
        file.write_all(chunk).with_context(cannot)
    });
    finish(written.await, &partial, &output)?;
    context.output.note(&format!("Written to {}.", output.display()));
    Ok(())
}

async fn write(
    context: &Context,
    session: &str,
    format: ExportFormat,
    write: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let written = context.client.export_session(session, format, write);
    context.in_time(written).await
}

fn finish(written: Result<()>, partial: &Path, output: &Path) -> Result<()> {
    let moved = written.and_then(|()| {
        std::fs::rename(partial, output).with_context(|| format!("{} cannot be written", output.display()))
    });
    if moved.is_err() {
        // It is of no use; that it cannot be removed is no news then.
        let _ = std::fs::remove_file(partial);
    }
    moved
}
