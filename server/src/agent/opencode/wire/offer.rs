//! Agents, models and commands. Only what is named here gets through: the same answers hold keys of providers.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lenient::or_default;
use crate::agent::{AgentMode, CommandSource, OfferedAgent, OfferedCommand, OfferedModel};

/// Characters of a description that are kept.
const LONGEST: usize = 1_000;

#[derive(Deserialize)]
struct Agent {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    description: Option<String>,
    mode: AgentMode,
    #[serde(default, deserialize_with = "or_default")]
    hidden: bool,
    #[serde(default, deserialize_with = "or_default")]
    model: Option<ModelName>,
}

#[derive(Deserialize)]
struct ModelName {
    #[serde(rename = "providerID")]
    provider: String,
    #[serde(rename = "modelID")]
    model: String,
}

/// OpenCode lists the default first, and those it uses itself as hidden.
pub(in super::super) fn agents(listed: &[Value]) -> Vec<OfferedAgent> {
    let agents = listed.iter().filter_map(|agent| Agent::deserialize(agent).ok());
    let mut offered: Vec<_> = agents
        .filter(|agent| !agent.hidden)
        .map(|agent| OfferedAgent {
            name: agent.name,
            description: described(agent.description),
            mode: agent.mode,
            model: agent.model.map(|name| format!("{}/{}", name.provider, name.model)),
            is_default: false,
        })
        .collect();
    if let Some(first) = offered.iter_mut().find(|agent| agent.mode != AgentMode::Subagent) {
        first.is_default = true;
    }
    offered
}

#[derive(Deserialize)]
struct Provider {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    models: Map<String, Value>,
}

#[derive(Deserialize)]
struct Model {
    #[serde(default, deserialize_with = "or_default")]
    name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    limit: Limit,
    #[serde(default, deserialize_with = "or_default")]
    cost: Option<Cost>,
    #[serde(default, deserialize_with = "or_default")]
    capabilities: Capabilities,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Limit {
    #[serde(deserialize_with = "or_default")]
    context: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    output: Option<u64>,
}

#[derive(Deserialize)]
struct Cost {
    input: f64,
    output: f64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Capabilities {
    #[serde(deserialize_with = "or_default")]
    reasoning: bool,
    #[serde(deserialize_with = "or_default")]
    input: Input,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Input {
    #[serde(deserialize_with = "or_default")]
    image: bool,
    #[serde(deserialize_with = "or_default")]
    pdf: bool,
}

/// What `/config/providers` lists, provider by provider.
pub(in super::super) fn models(listed: &Value, default: Option<&str>) -> Vec<OfferedModel> {
    let providers = listed.get("providers").and_then(Value::as_array);
    let providers = providers
        .into_iter()
        .flatten()
        .filter_map(|provider| Provider::deserialize(provider).ok());
    providers.flat_map(|provider| models_of(provider, default)).collect()
}

fn models_of(provider: Provider, default: Option<&str>) -> Vec<OfferedModel> {
    let provider_name = provider.name.unwrap_or_else(|| provider.id.clone());
    let models = provider.models.into_iter().filter_map(|(key, model)| {
        let model = Model::deserialize(model).ok()?;
        let id = format!("{}/{key}", provider.id);
        Some(OfferedModel {
            name: model.name.unwrap_or(key),
            provider: provider_name.clone(),
            context: known(model.limit.context),
            output: known(model.limit.output),
            cost: model.cost.map(|cost| (cost.input, cost.output)),
            reasons: model.capabilities.reasoning,
            reads_images: model.capabilities.input.image,
            reads_pdf: model.capabilities.input.pdf,
            is_default: default == Some(&id),
            id,
        })
    });
    models.collect()
}

/// OpenCode writes 0 for what it does not know.
fn known(tokens: Option<u64>) -> Option<u64> {
    tokens.filter(|tokens| *tokens > 0)
}

/// What `/config` names for prompts that name none.
pub(in super::super) fn default_model(config: &Value) -> Option<&str> {
    config.get("model")?.as_str()
}

#[derive(Deserialize)]
struct Command {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    description: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    source: Option<CommandSource>,
    #[serde(default, deserialize_with = "or_default")]
    agent: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    model: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    subtask: bool,
    #[serde(default, deserialize_with = "or_default")]
    hints: Vec<String>,
}

pub(in super::super) fn commands(listed: &[Value]) -> Vec<OfferedCommand> {
    let commands = listed.iter().filter_map(|command| Command::deserialize(command).ok());
    commands
        .map(|command| OfferedCommand {
            name: command.name,
            description: described(command.description),
            source: command.source.unwrap_or(CommandSource::Command),
            agent: command.agent,
            model: command.model,
            is_subtask: command.subtask,
            arguments: command.hints,
        })
        .collect()
}

fn described(text: Option<String>) -> Option<String> {
    let text = text?;
    let cut: String = text.trim().chars().take(LONGEST).collect();
    (!cut.is_empty()).then_some(cut)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn agents_are_those_for_people_the_default_first() {
        let listed = [
            json!({ "name": "title", "mode": "primary", "hidden": true, "permission": [], "options": {} }),
            json!({ "name": "explore", "mode": "subagent", "description": " Looks around. ", "options": { "apiKey": "secret" } }),
            json!({ "name": "build", "mode": "primary", "model": { "providerID": "a", "modelID": "b/c" } }),
            json!({ "name": "odd", "mode": "hologram" }),
            json!(7),
        ];
        let offered = agents(&listed);
        let names: Vec<_> = offered
            .iter()
            .map(|agent| (agent.name.as_str(), agent.is_default))
            .collect();
        assert_eq!(names, [("explore", false), ("build", true)]);
        assert_eq!(offered[0].description.as_deref(), Some("Looks around."));
        assert_eq!(offered[1].model.as_deref(), Some("a/b/c"));
    }

    #[test]
    fn models_are_named_by_their_provider_and_keys_stay_behind() {
        let listed = json!({ "providers": [
            { "id": "a", "name": "A", "key": "secret", "options": { "apiKey": "secret" }, "models": {
                "b/c": { "name": "C", "limit": { "context": 1000, "output": 0 }, "cost": { "input": 1.5, "output": 2 },
                    "capabilities": { "reasoning": true, "input": { "image": true, "pdf": false } }, "headers": { "x": "secret" } },
                "d": {},
            } },
            { "name": "without an id" },
        ]});
        let offered = models(
            &listed,
            default_model(&json!({ "model": "a/b/c", "provider": { "a": "secret" } })),
        );
        let named: Vec<_> = offered
            .iter()
            .map(|model| (model.id.as_str(), model.name.as_str(), model.is_default))
            .collect();
        assert_eq!(named, [("a/b/c", "C", true), ("a/d", "d", false)]);
        let first = &offered[0];
        assert_eq!(
            (first.context, first.output, first.cost),
            (Some(1000), None, Some((1.5, 2.0)))
        );
        assert!(first.reasons && first.reads_images && !first.reads_pdf);
        assert!(!format!("{offered:?}").contains("secret"));
        assert_eq!(models(&json!([]), None), []);
    }

    #[test]
    fn commands_say_where_their_arguments_go() {
        let listed = [
            json!({ "name": "review", "description": "Reviews.", "source": "command", "template": "…", "subtask": true, "hints": ["$ARGUMENTS"] }),
            json!({ "name": "plain", "agent": null, "model": null, "source": "telepathy", "hints": null }),
        ];
        let offered = commands(&listed);
        assert_eq!(offered[0].arguments, ["$ARGUMENTS"]);
        assert!(offered[0].is_subtask);
        assert_eq!(
            (offered[1].source, offered[1].is_subtask),
            (CommandSource::Command, false)
        );
    }
}
