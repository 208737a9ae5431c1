//! What is asked, in our words: from the agent's to the row's, and what "always" would mean.

use entity::decision::{Ask, Call, Permission, Prompt, PromptOption};

use crate::agent::{AgentAsk, AskContent, AskReply};
use entity::decision::Answer;

/// Bytes of a diff that are kept. A command is kept whole: nobody should allow what he has not seen.
const MAX_DIFF: usize = 256 * 1024;

/// The row's form of what the agent asks.
pub fn from_agent(told: &AgentAsk) -> Ask {
    let call = told.call.as_ref().map(|call| Call {
        message_id: call.message_id.clone(),
        call_id: call.call_id.clone(),
    });
    match &told.content {
        AskContent::Permission {
            tool,
            patterns,
            always,
            command,
            path,
            url,
            diff,
        } => {
            let (diff, is_diff_cut) = diff.as_deref().map_or((None, false), |diff| {
                let kept = &diff[..diff.floor_char_boundary(MAX_DIFF)];
                (Some(kept.to_owned()), kept.len() < diff.len())
            });
            Ask::Permission(Permission {
                tool: tool.clone(),
                patterns: patterns.clone(),
                always: always.clone(),
                command: command.clone(),
                path: path.clone(),
                url: url.clone(),
                diff,
                is_diff_cut,
                call,
            })
        }
        AskContent::Question(prompts) => {
            let prompts = prompts.iter().map(|prompt| Prompt {
                question: prompt.question.clone(),
                header: prompt.header.clone(),
                options: prompt
                    .options
                    .iter()
                    .map(|(label, description)| PromptOption {
                        label: label.clone(),
                        description: description.clone(),
                    })
                    .collect(),
                is_multiple: prompt.is_multiple,
                is_custom: prompt.is_custom,
            });
            Ask::Question {
                prompts: prompts.collect(),
                call,
            }
        }
    }
}

/// The call of a tool that waits.
pub fn call(ask: &Ask) -> Option<&Call> {
    match ask {
        Ask::Permission(permission) => permission.call.as_ref(),
        Ask::Question { call, .. } => call.as_ref(),
    }
}

pub fn reply(answer: &Answer) -> AskReply {
    match answer {
        Answer::Once => AskReply::Once,
        Answer::Always => AskReply::Always,
        Answer::Reject { message } => AskReply::Reject(message.clone()),
        Answer::Answers { answers } => AskReply::Answers(answers.clone()),
        Answer::Dismiss => AskReply::Dismiss,
    }
}

/// Whether the tool runs after this answer.
pub fn is_accepted(answer: &Answer) -> bool {
    !matches!(answer, Answer::Reject { .. } | Answer::Dismiss)
}

/// What "always" would allow, as a sentence; `None` when the agent offers none.
pub fn always_scope(permission: &Permission) -> Option<String> {
    const UNTIL: &str = "in every session of this project, until its agent is restarted.";
    let patterns = match permission.always.as_slice() {
        [] => return None,
        patterns if patterns.iter().any(|pattern| pattern == "*") => {
            return Some(match permission.tool.as_str() {
                "edit" => format!("Every change of every file of this project, {UNTIL}"),
                "bash" => format!("Every command, {UNTIL}"),
                tool => format!("Everything that asks for {tool}, {UNTIL}"),
            });
        }
        patterns => patterns,
    };
    let quoted: Vec<_> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
    let what = if permission.tool == "bash" {
        "Every command that fits"
    } else {
        "Everything that fits"
    };
    Some(format!("{what} {}, {UNTIL}", quoted.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permission(tool: &str, always: &[&str]) -> Permission {
        Permission {
            tool: tool.to_owned(),
            always: always.iter().map(|&pattern| pattern.to_owned()).collect(),
            ..Permission::default()
        }
    }

    #[test]
    fn always_is_said_as_wide_as_it_is() {
        assert_eq!(always_scope(&permission("bash", &[])), None);
        let edit = always_scope(&permission("edit", &["*"])).unwrap();
        assert!(edit.starts_with("Every change of every file"), "{edit}");
        let bash = always_scope(&permission("bash", &["echo *", "rm *"])).unwrap();
        assert!(
            bash.starts_with("Every command that fits `echo *` or `rm *`, in every session"),
            "{bash}"
        );
    }

    #[test]
    fn a_long_diff_is_cut_between_characters_and_a_command_never() {
        let told = AgentAsk {
            id: "per_1".into(),
            session_id: "ses_1".into(),
            call: None,
            content: AskContent::Permission {
                tool: "edit".into(),
                patterns: Vec::new(),
                always: Vec::new(),
                command: Some("é".repeat(MAX_DIFF)),
                path: None,
                url: None,
                diff: Some("x".to_owned() + &"é".repeat(MAX_DIFF)),
            },
        };
        let Ask::Permission(kept) = from_agent(&told) else {
            panic!("it is a permission")
        };
        assert!(kept.is_diff_cut && kept.diff.unwrap().len() == MAX_DIFF - 1);
        assert_eq!(kept.command.unwrap().len(), 2 * MAX_DIFF);
    }
}
