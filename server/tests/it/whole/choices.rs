//! What a project's agent offers, and prompts that choose from it.

use client::{
    ErrorCode,
    types::{
        AgentMode, CommandSource, DeliveryState, Message, MessageRole, ProjectBy, PromptPartInput, SendPromptInput,
        SessionStatus,
    },
};
use serde_json::{Value, json};

use super::stage::{Stage, patiently};
use crate::support::database::Kind;

/// A second model, and a command.
pub fn more(config: &mut Value) {
    let models = &mut config["provider"]["demo"]["models"];
    models["second"] = models["scripted"].clone();
    models["second"]["name"] = "The second".into();
    config["command"] = json!({ "greet": {
        "template": "[[text: hello $ARGUMENTS]]",
        "description": "Greets somebody",
    }});
}

impl Stage {
    fn by(&self) -> ProjectBy {
        ProjectBy::Id(self.project.id.clone())
    }

    /// On a busy machine the first prompt would be taken unchecked, before they are known.
    pub async fn knows_its_offers(&self) {
        patiently("what the agent offers", async || {
            self.client.agents(self.by()).await.ok()?;
            self.client.models(self.by()).await.ok()?;
            self.client.commands(self.by()).await.ok()
        })
        .await;
    }

    async fn ask(
        &self,
        session: &str,
        text: &str,
        agent: Option<&str>,
        model: Option<&str>,
    ) -> Result<Message, client::Error> {
        let input = SendPromptInput {
            session: session.to_owned(),
            parts: vec![PromptPartInput::Text(text.to_owned())],
            agent: agent.map(str::to_owned),
            model: model.map(str::to_owned),
            when_busy: None,
            client_mutation_id: None,
        };
        self.client.send_prompt_input(input).await
    }
}

/// Who was asked, and who answered.
fn asked(messages: &[Message]) -> Vec<(MessageRole, Option<&str>, Option<&str>)> {
    messages
        .iter()
        .map(|message| (message.role.clone(), message.agent.as_deref(), message.model.as_deref()))
        .collect()
}

async fn what_is_offered_can_be_chosen(kind: Kind) {
    let stage = Stage::with(kind, more).await;
    let agents = stage.client.agents(stage.by()).await.unwrap().unwrap();
    let of = |name: &str| agents.iter().find(|agent| agent.name == name);
    assert!(of("build").unwrap().is_default && !of("plan").unwrap().is_default);
    assert_eq!(of("general").unwrap().mode, AgentMode::Subagent);
    assert!(of("title").is_none(), "it is OpenCode's own");
    let models = stage.client.models(stage.by()).await.unwrap().unwrap();
    let named: Vec<_> = models
        .iter()
        .map(|model| (model.name.as_str(), model.is_default))
        .collect();
    assert_eq!(named, [("demo/scripted", true), ("demo/second", false)]);
    assert_eq!(
        (models[1].title.as_str(), models[1].context_tokens),
        ("The second", Some(200_000.0))
    );
    let commands = stage.client.commands(stage.by()).await.unwrap().unwrap();
    let greet = commands.iter().find(|command| command.name == "greet").unwrap();
    assert_eq!(
        (&greet.source, greet.description.as_deref(), greet.arguments.as_slice()),
        (
            &CommandSource::Command,
            Some("Greets somebody"),
            ["$ARGUMENTS".to_owned()].as_slice()
        )
    );

    // A choice stays with its prompt, also when it was withdrawn and is sent again.
    let session = stage.session().await.id;
    stage
        .ask(&session, "[[tokens 4000]] [[delay 50]]", None, None)
        .await
        .unwrap();
    patiently("a turn", async || {
        let status = stage.client.session(&session).await.unwrap().unwrap().status;
        (status == SessionStatus::Busy).then_some(())
    })
    .await;
    let chosen = stage
        .ask(&session, "[[text: planned]]", Some("plan"), Some("demo/second"))
        .await
        .unwrap();
    stage.client.cancel_prompt(&chosen.id).await.unwrap();
    stage.client.abort_session(&session).await.unwrap();
    stage.client.retry_prompt(&chosen.id).await.unwrap();
    let messages = stage.quiet(&session).await;
    let (user, answer) = (MessageRole::User, MessageRole::Assistant);
    let (plan, second) = (Some("plan"), Some("demo/second"));
    assert_eq!(
        asked(&messages)[2..],
        [(user.clone(), plan, second), (answer.clone(), plan, second)],
        "{messages:?}"
    );
    // As the schema says: the agent is the default again, the model stays.
    stage.ask(&session, "[[text: built]]", None, None).await.unwrap();
    patiently("the next answer", async || {
        let messages = stage.client.messages(&session).await.unwrap().unwrap();
        let last = messages.last()?;
        (messages.len() == 6 && last.completed_at.is_some()).then(|| {
            assert_eq!(asked(&messages)[5], (answer.clone(), Some("build"), second));
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_offer_can_be_chosen_from_on_sqlite() {
    what_is_offered_can_be_chosen(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_offer_can_be_chosen_from_on_postgres() {
    what_is_offered_can_be_chosen(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_prompt_for_what_is_not_offered_is_refused_at_once_or_when_the_agent_wakes() {
    let mut stage = Stage::with(Kind::Sqlite, more).await;
    let session = stage.session().await.id;
    stage.knows_its_offers().await;
    for (agent, model, field) in [
        (Some("bild"), None, "agent"),
        (None, Some("demo/third"), "model"),
        (None, Some("third"), "model"),
    ] {
        let error = stage.ask(&session, "[[text: no]]", agent, model).await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::InvalidInput), "{error:?}");
        assert_eq!(error.failure().unwrap().field.as_deref(), Some(field));
    }
    let error = stage
        .ask(&session, "[[text: no]]", Some("bild"), None)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("build, explore, general, plan"), "{error}");
    assert_eq!(stage.client.messages(&session).await.unwrap().unwrap().len(), 0);
    // So that what was offered is known when nobody can be asked.
    stage.client.models(stage.by()).await.unwrap();

    let stopped = stage.client.stop_project(&stage.project.id).await.unwrap();
    stage.client.wait_for_operation(&stopped.operation.id).await.unwrap();
    assert_eq!(stage.client.models(stage.by()).await.unwrap().unwrap().len(), 2);
    let wrong = stage.ask(&session, "[[text: no]]", Some("bild"), None).await.unwrap();
    assert_eq!(wrong.delivery, Some(DeliveryState::Queued));
    stage.ask(&session, "[[text: yes]]", Some("plan"), None).await.unwrap();

    stage.server.kill();
    stage.server.run();
    stage.client = stage.server.client();
    let error = stage.client.models(stage.by()).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Unavailable), "{error:?}");
    let started = stage.client.start_project(&stage.project.id).await.unwrap();
    stage.client.wait_for_operation(&started.operation.id).await.unwrap();
    let messages = stage.quiet(&session).await;
    let fault = messages[0].error.as_ref().unwrap();
    assert_eq!(
        (messages[0].delivery.clone(), fault.name.as_str()),
        (Some(DeliveryState::Failed), "Refused")
    );
    assert!(fault.message.contains("no agent bild"), "{fault:?}");
    assert_eq!(
        asked(&messages)[1..],
        [
            (MessageRole::User, Some("plan"), Some("demo/scripted")),
            (MessageRole::Assistant, Some("plan"), Some("demo/scripted")),
        ]
    );
}
