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
        let writing = context
            .client
            .export_session(session, format, |chunk| stdout.write_all(chunk));
        return context.in_time(async { Ok(writing.await?) }).await;
    };
    // Whole or not at all: a file that is there is a session.
    let partial = output.with_added_extension("partial");
    let cannot = || format!("{} cannot be written", output.display());
    let mut file = File::create(&partial).with_context(cannot)?;
    let writing = context
        .client
        .export_session(session, format, |chunk| file.write_all(chunk));
    let written = context.in_time(async { Ok(writing.await?) }).await;
    finish(written, &partial, &output).with_context(cannot)?;
    context.output.note(&format!("Written to {}.", output.display()));
    Ok(())
}

fn finish(written: Result<()>, partial: &Path, output: &Path) -> Result<()> {
    let moved = written.and_then(|()| Ok(std::fs::rename(partial, output)?));
    if moved.is_err() {
        // It is of no use; that it cannot be removed is no news then.
        let _ = std::fs::remove_file(partial);
    }
    moved
}
