//! What prompts are asked with besides their text.

use std::path::Path;

use anyhow::{Context as _, Result};
use client::{
    Client,
    types::{Message, PromptPartInput, RunCommandInput, SendPromptInput},
};

use crate::{args::Chat, context::Context, output::Complaint};

/// More is not read: the server has a limit of its own, which is lower.
const MAX_FILE: u64 = 16 << 20;

pub struct Asked {
    command: Option<String>,
    agent: Option<String>,
    model: Option<String>,
    /// With the first prompt that the server takes.
    enclosed: Vec<PromptPartInput>,
}

impl Asked {
    /// Uploads the files that go with the first prompt.
    pub async fn by(context: &Context, chat: &Chat) -> Result<Self> {
        let mut enclosed: Vec<_> = chat.at.iter().cloned().map(PromptPartInput::File).collect();
        for path in &chat.file {
            enclosed.push(PromptPartInput::Attachment(upload(&context.client, path).await?));
        }
        Ok(Self {
            command: chat.command.clone(),
            agent: chat.agent.clone(),
            model: chat.model.clone(),
            enclosed,
        })
    }

    pub async fn send(&mut self, client: &Client, session: &str, prompt: &str) -> Result<Message> {
        let (session, enclosed) = (session.to_owned(), self.enclosed.clone());
        let (agent, model) = (self.agent.clone(), self.model.clone());
        let sent = if let Some(command) = self.command.clone() {
            let input = RunCommandInput {
                session,
                command,
                arguments: prompt.to_owned(),
                files: enclosed,
                agent,
                model,
                when_busy: None,
                client_mutation_id: None,
            };
            client.run_command(input).await?
        } else {
            let mut parts = vec![PromptPartInput::Text(prompt.to_owned())];
            parts.extend(enclosed);
            let input = SendPromptInput {
                session,
                parts,
                agent,
                model,
                when_busy: None,
                client_mutation_id: None,
            };
            client.send_prompt_input(input).await?
        };
        self.enclosed.clear();
        Ok(sent)
    }
}

async fn upload(client: &Client, path: &Path) -> Result<String> {
    let cannot = || format!("{} cannot be read", path.display());
    let size = std::fs::metadata(path).with_context(cannot)?.len();
    if size > MAX_FILE {
        return Err(Complaint::usage(format!("{} is too large to be attached.", path.display())).into());
    }
    let content = std::fs::read(path).with_context(cannot)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.ok_or_else(|| Complaint::usage(format!("{} has no name.", path.display())))?;
    Ok(client.attach(&name, content).await?.id)
}
