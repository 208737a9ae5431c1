//! Prompts and commands as OpenCode reads them.

use serde_json::{Value, json};

use super::ids;
use crate::agent::{AgentError, AgentMessageWithParts, CommandCall, Prompt, PromptContent};

/// OpenCode answers ids of a wrong shape with 500 or worse, makes its own for missing ones, and then the prompt would
/// double when sent again.
pub(super) fn prompt_body(prompt: &Prompt) -> Result<Value, AgentError> {
    if !ids::is_message(&prompt.message_id) || !prompt.parts.iter().all(|part| ids::is_part(&part.id)) {
        return reject("the prompt's ids are not the agent's");
    }
    if prompt.parts.is_empty() {
        return reject("the prompt is empty");
    }
    let parts: Vec<Value> = prompt
        .parts
        .iter()
        .map(|part| match &part.content {
            PromptContent::Text(text) => json!({ "id": part.id, "type": "text", "text": text }),
        })
        .collect();
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

/// Whether a prompt has arrived whole.
pub(super) fn has_all(known: &AgentMessageWithParts, prompt: &Prompt) -> bool {
    let mut parts = prompt.parts.iter();
    parts.all(|part| known.parts.iter().any(|stored| stored.id == part.id))
}

pub(super) fn command_body(call: &CommandCall) -> Result<Value, AgentError> {
    if !ids::is_message(&call.message_id) {
        return reject("the command's id is not one of the agent's");
    }
    let mut body = json!({ "messageID": call.message_id, "command": call.name, "arguments": call.arguments });
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
    use crate::agent::PromptPart;

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
            prompt_body(&prompt(Some("openrouter/anthropic/claude"))).unwrap(),
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
        assert_eq!(prompt_body(&with_agent).unwrap()["agent"], "plan");
    }

    #[test]
    fn a_command_becomes_what_opencode_reads() {
        let call = |model: Option<&str>| CommandCall {
            message_id: "msg_20772ea47001TGSHHZ9FMbX7mh".into(),
            name: "review".into(),
            arguments: "HEAD~1 \"a b\"".into(),
            agent: Some("plan".into()),
            model: model.map(Into::into),
        };
        let expected = json!({ "messageID": "msg_20772ea47001TGSHHZ9FMbX7mh", "command": "review", "agent": "plan",
            "arguments": "HEAD~1 \"a b\"", "model": "openrouter/anthropic/claude" });
        assert_eq!(
            command_body(&call(Some("openrouter/anthropic/claude"))).unwrap(),
            expected
        );
        assert!(command_body(&call(Some("claude"))).is_err());
        assert!(
            command_body(&CommandCall {
                message_id: "m".into(),
                ..call(None)
            })
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
                matches!(prompt_body(&prompt), Err(AgentError::Rejected(_))),
                "{prompt:?}"
            );
        }
    }
}
