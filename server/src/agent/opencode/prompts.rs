//! Prompts and commands as OpenCode reads them.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use url::Url;

use super::ids;
use crate::agent::{AgentError, AgentMessageWithParts, CommandCall, Endpoint, Prompt, PromptContent, PromptPart};

/// OpenCode answers ids of a wrong shape with 500 or worse, makes its own for missing ones, and then the prompt would
/// double when sent again.
pub(super) fn prompt_body(prompt: &Prompt, at: &Endpoint) -> Result<Value, AgentError> {
    if !ids::is_message(&prompt.message_id) || !prompt.parts.iter().all(|part| ids::is_part(&part.id)) {
        return reject("the prompt's ids are not the agent's");
    }
    if prompt.parts.is_empty() {
        return reject("the prompt is empty");
    }
    let parts: Vec<_> = prompt
        .parts
        .iter()
        .map(|part| part_body(part, at))
        .collect::<Result<_, _>>()?;
    let mut body = json!({ "messageID": prompt.message_id, "parts": parts });
    if let Some(agent) = &prompt.agent {
        body["agent"] = json!(agent);
    }
    if let Some(model) = &prompt.model {
        let (provider, name) = halves(model)?;
        body["model"] = json!({ "providerID": provider, "modelID": name });
    }
    Ok(body)
}

fn part_body(part: &PromptPart, at: &Endpoint) -> Result<Value, AgentError> {
    let file = |media_type: &str, name: &str, url: &str| json!({ "id": part.id, "type": "file", "mime": media_type, "filename": name, "url": url });
    Ok(match &part.content {
        PromptContent::Text(text) => json!({ "id": part.id, "type": "text", "text": text }),
        PromptContent::File {
            media_type,
            name,
            content,
        } => {
            let content = STANDARD.encode(content);
            file(media_type, name, &format!("data:{media_type};base64,{content}"))
        }
        PromptContent::Reference { path } => {
            let absolute = Path::new(&at.directory).join(path);
            let url = Url::from_file_path(absolute).or_else(|()| reject("the path is none that can be pointed at"))?;
            file(type_of(path), path, url.as_str())
        }
    })
}

/// What OpenCode is told of a file that it reads by itself: as text, but for what models look at.
fn type_of(path: &str) -> &'static str {
    let extension = path
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("pdf") => "application/pdf",
        _ => "text/plain",
    }
}

/// Whether a prompt has arrived whole. What it points at is not looked for: OpenCode keeps no part for what is not there.
pub(super) fn has_all(known: &AgentMessageWithParts, prompt: &Prompt) -> bool {
    let is_kept = |part: &&PromptPart| !matches!(part.content, PromptContent::Reference { .. });
    let mut parts = prompt.parts.iter().filter(is_kept);
    parts.all(|part| known.parts.iter().any(|stored| stored.id == part.id))
}

pub(super) fn command_body(call: &CommandCall, at: &Endpoint) -> Result<Value, AgentError> {
    if !ids::is_message(&call.message_id) {
        return reject("the command's id is not one of the agent's");
    }
    let mut body = json!({ "messageID": call.message_id, "command": call.name, "arguments": call.arguments });
    if !call.files.is_empty() {
        let files: Vec<_> = call
            .files
            .iter()
            .map(|part| part_body(part, at))
            .collect::<Result<_, _>>()?;
        body["parts"] = files.into();
    }
    if let Some(agent) = &call.agent {
        body["agent"] = json!(agent);
    }
    if let Some(model) = &call.model {
        halves(model)?;
        body["model"] = json!(model);
    }
    Ok(body)
}

/// The model's own name may have slashes in it.
fn halves(model: &str) -> Result<(&str, &str), AgentError> {
    match model.split_once('/') {
        Some((provider, name)) if !provider.is_empty() && !name.is_empty() => Ok((provider, name)),
        _ => reject("a model is written provider/model"),
    }
}

fn reject<T>(why: &str) -> Result<T, AgentError> {
    Err(AgentError::Rejected(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Endpoint {
        Endpoint {
            url: Url::parse("http://127.0.0.1:1").unwrap(),
            username: "opencode".into(),
            password: "secret".into(),
            directory: "/work space".into(),
        }
    }

    fn prompt(model: Option<&str>) -> Prompt {
        Prompt {
            message_id: "msg_20772ea47001TGSHHZ9FMbX7mh".into(),
            parts: vec![PromptPart {
                id: "prt_20772ea50001O5NnflPQVDbKyw".into(),
                content: PromptContent::Text("hi".into()),
            }],
            agent: None,
            model: model.map(Into::into),
        }
    }

    #[test]
    fn a_prompt_becomes_what_opencode_reads() {
        assert_eq!(
            prompt_body(&prompt(Some("openrouter/anthropic/claude")), &at()).unwrap(),
            json!({
                "messageID": "msg_20772ea47001TGSHHZ9FMbX7mh",
                "parts": [{ "id": "prt_20772ea50001O5NnflPQVDbKyw", "type": "text", "text": "hi" }],
                "model": { "providerID": "openrouter", "modelID": "anthropic/claude" },
            })
        );
        let with_agent = Prompt {
            agent: Some("plan".into()),
            ..prompt(None)
        };
        assert_eq!(prompt_body(&with_agent, &at()).unwrap()["agent"], "plan");
    }

    #[test]
    fn files_go_whole_and_references_by_their_address() {
        let part = |content| PromptPart {
            id: "prt_20772ea50001O5NnflPQVDbKyw".into(),
            content,
        };
        let file = part(PromptContent::File {
            media_type: "image/png".into(),
            name: "a b.png".into(),
            content: b"\x89PNG"[..].into(),
        });
        let with_files = Prompt {
            parts: vec![
                file,
                part(PromptContent::Reference {
                    path: "src/ü #1.PNG".into(),
                }),
            ],
            ..prompt(None)
        };
        let body = prompt_body(&with_files, &at()).unwrap();
        let id = "prt_20772ea50001O5NnflPQVDbKyw";
        assert_eq!(
            body["parts"],
            json!([
                { "id": id, "type": "file", "mime": "image/png", "filename": "a b.png", "url": "data:image/png;base64,iVBORw==" },
                { "id": id, "type": "file", "mime": "image/png", "filename": "src/ü #1.PNG",
                    "url": "file:///work%20space/src/%C3%BC%20%231.PNG" },
            ])
        );
        assert_eq!(type_of("src/main.rs"), "text/plain");
    }

    #[test]
    fn a_command_becomes_what_opencode_reads() {
        let call = |model: Option<&str>| CommandCall {
            message_id: "msg_20772ea47001TGSHHZ9FMbX7mh".into(),
            name: "review".into(),
            arguments: "HEAD~1 \"a b\"".into(),
            files: Vec::new(),
            agent: Some("plan".into()),
            model: model.map(Into::into),
        };
        let expected = json!({ "messageID": "msg_20772ea47001TGSHHZ9FMbX7mh", "command": "review", "agent": "plan",
            "arguments": "HEAD~1 \"a b\"", "model": "openrouter/anthropic/claude" });
        assert_eq!(
            command_body(&call(Some("openrouter/anthropic/claude")), &at()).unwrap(),
            expected
        );
        assert!(command_body(&call(Some("claude")), &at()).is_err());
        assert!(
            command_body(
                &CommandCall {
                    message_id: "m".into(),
                    ..call(None)
                },
                &at()
            )
            .is_err()
        );
    }

    #[test]
    fn a_prompt_opencode_would_choke_on_is_refused() {
        let mut odd_part = prompt(None);
        odd_part.parts[0].id = "prt".into();
        let refused = [
            prompt(Some("claude")),
            prompt(Some("/claude")),
            prompt(Some("anthropic/")),
            Prompt {
                message_id: "../../auth".into(),
                ..prompt(None)
            },
            Prompt {
                parts: Vec::new(),
                ..prompt(None)
            },
            odd_part,
        ];
        for prompt in refused {
            assert!(
                matches!(prompt_body(&prompt, &at()), Err(AgentError::Rejected(_))),
                "{prompt:?}"
            );
        }
    }
}
