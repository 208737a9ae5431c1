//! What a prompt can be asked with.

use async_graphql::{Context, Enum, SimpleObject};
use entity::ids::ProjectId;

use crate::{
    agent,
    caller::Scope,
    graphql::{ContextExt, Result},
    sessions::Sessions,
};

/// A character that a project's agent program can take on.
#[derive(SimpleObject)]
pub struct Agent {
    /// Its name, as `sendPrompt` takes it, such as `build` or `plan`.
    name: String,
    /// What it is for: at most 1,000 characters; null when it does not say.
    description: Option<String>,
    /// Whom it works for.
    mode: AgentMode,
    /// The model it uses where a prompt names none, as `provider/model`; null for that of the session.
    model: Option<String>,
    /// It answers prompts that name none.
    is_default: bool,
}

/// Whom an agent works for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "agent::AgentMode")]
pub enum AgentMode {
    /// For people.
    Primary,
    /// For other agents, which give it tasks.
    Subagent,
    /// For both.
    All,
}

impl From<&agent::OfferedAgent> for Agent {
    fn from(offered: &agent::OfferedAgent) -> Self {
        Self {
            name: offered.name.clone(),
            description: offered.description.clone(),
            mode: offered.mode.into(),
            model: offered.model.clone(),
            is_default: offered.is_default,
        }
    }
}

/// A language model that a project's agent can use.
#[derive(SimpleObject)]
pub struct Model {
    /// `provider/model`, as `sendPrompt` takes it. Unique in its project only.
    name: String,
    /// Its name for people.
    title: String,
    /// Its provider's name for people.
    provider: String,
    /// How many tokens it can look at; null when that is not known.
    context_tokens: Option<f64>,
    /// How many tokens one answer can have; null when that is not known.
    output_tokens: Option<f64>,
    /// US dollars for a million tokens that it reads; null when that is not known.
    input_cost_usd: Option<f64>,
    /// US dollars for a million tokens that it writes; null when that is not known.
    output_cost_usd: Option<f64>,
    /// It can think before it answers.
    reasons: bool,
    /// It can look at images.
    reads_images: bool,
    /// It can read PDF files.
    reads_pdf: bool,
    /// It is the one of the project's configuration. A session goes on with the model of its last prompt.
    is_default: bool,
}

impl From<&agent::OfferedModel> for Model {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 tokens")]
    fn from(offered: &agent::OfferedModel) -> Self {
        Self {
            name: offered.id.clone(),
            title: offered.name.clone(),
            provider: offered.provider.clone(),
            context_tokens: offered.context.map(|tokens| tokens as f64),
            output_tokens: offered.output.map(|tokens| tokens as f64),
            input_cost_usd: offered.cost.map(|(input, _)| input),
            output_cost_usd: offered.cost.map(|(_, output)| output),
            reasons: offered.reasons,
            reads_images: offered.reads_images,
            reads_pdf: offered.reads_pdf,
            is_default: offered.is_default,
        }
    }
}

/// A prompt that was written down under a name, with places for arguments.
#[derive(SimpleObject)]
pub struct Command {
    /// Its name, without a slash.
    name: String,
    /// What it does: at most 1,000 characters; null when it does not say.
    description: Option<String>,
    /// Where it comes from.
    source: CommandSource,
    /// The agent it goes to; null for that of the prompt.
    agent: Option<String>,
    /// The model it goes to, as `provider/model`; null for that of the prompt.
    model: Option<String>,
    /// A sub-agent works on it.
    is_subtask: bool,
    /// Where its arguments go, such as `$1` or `$ARGUMENTS`; empty when it takes none.
    arguments: Vec<String>,
}

/// Where a command comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "agent::CommandSource")]
pub enum CommandSource {
    /// A file of the project, or the agent program itself.
    Command,
    /// A server of tools that the agent uses.
    Mcp,
    /// A skill of the agent.
    Skill,
}

impl From<&agent::OfferedCommand> for Command {
    fn from(offered: &agent::OfferedCommand) -> Self {
        Self {
            name: offered.name.clone(),
            description: offered.description.clone(),
            source: offered.source.into(),
            agent: offered.agent.clone(),
            model: offered.model.clone(),
            is_subtask: offered.is_subtask,
            arguments: offered.arguments.clone(),
        }
    }
}

pub async fn agents(ctx: &Context<'_>, project: ProjectId) -> Result<Option<Vec<Agent>>> {
    ctx.require(Scope::Read)?;
    let offered = ctx.service::<Sessions>()?.offers().agents(project).await?;
    Ok(Some(offered.iter().map(Agent::from).collect()))
}

pub async fn models(ctx: &Context<'_>, project: ProjectId) -> Result<Option<Vec<Model>>> {
    ctx.require(Scope::Read)?;
    let offered = ctx.service::<Sessions>()?.offers().models(project).await?;
    Ok(Some(offered.iter().map(Model::from).collect()))
}

pub async fn commands(ctx: &Context<'_>, project: ProjectId) -> Result<Option<Vec<Command>>> {
    ctx.require(Scope::Read)?;
    let offered = ctx.service::<Sessions>()?.offers().commands(project).await?;
    Ok(Some(offered.iter().map(Command::from).collect()))
}
