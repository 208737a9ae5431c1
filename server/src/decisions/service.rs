//! Deciding, and what each project need not be asked.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    decision::{self, Answer, Ask, DecisionState, Prompt},
    decision_policy,
    ids::{DecisionId, ProjectId},
    project,
};
use sea_orm::EntityTrait;
use serde::Serialize;
use tokio::sync::watch;

use super::{
    error::{Closed, Error},
    new_policy::NewPolicy,
    policy::{self, Verdict},
    store,
};
use crate::{
    auth,
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
    events::{Actor, EventLog, Payload, Tx},
    idempotency::{self, Attempt, Claim},
};

/// Characters of what a rejection tells the agent.
pub const MAX_MESSAGE: usize = 2_000;
/// Characters of one answer.
pub const MAX_ANSWER: usize = 10_000;

/// What is compared when a policy is set again.
#[derive(Serialize)]
struct OfProject<'a> {
    project: ProjectId,
    #[serde(flatten)]
    new: &'a NewPolicy,
}

#[derive(Clone)]
pub struct Decisions {
    pub(super) db: Database,
    pub(super) events: EventLog,
    pub(super) clock: Clock,
    /// Tells the bridges that an answer waits to be carried to an agent.
    answers: Arc<watch::Sender<u64>>,
}

impl Decisions {
    pub fn new(db: Database, events: EventLog, clock: Clock) -> Self {
        Self {
            db,
            events,
            clock,
            answers: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Wakes when an answer waits to be carried to an agent. Says not which: look.
    pub fn answers(&self) -> watch::Receiver<u64> {
        self.answers.subscribe()
    }

    pub(super) fn wake_bridges(&self) {
        self.answers.send_modify(|count| *count += 1);
    }

    /// Decides, once. Whoever comes second is told who was first; the same answer from the same device is not a second
    /// one. The agent gets the answer when it can be reached.
    pub async fn decide(
        &self,
        caller: &Caller,
        id: DecisionId,
        answer: Answer,
        client_id: Option<&str>,
    ) -> Result<decision::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("decide", client_id, &(id, &answer))?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::get(&*tx, id).await?.ok_or(Error::NoDecision);
        }
        let asked = store::get(&*tx, id).await?.ok_or(Error::NoDecision)?;
        check(&asked.ask, &answer)?;
        let (state, by) = (DecisionState::Decided, Some(caller.device));
        let now = self.clock.now();
        let row = match store::close(&mut tx, id, state, answer.clone(), by, now).await? {
            Some(row) => row,
            None => {
                let row = store::get(&*tx, id).await?.ok_or(Error::NoDecision)?;
                let is_same = row.state == state && row.decided_by == by && row.answer.as_ref() == Some(&answer);
                if !is_same {
                    return Err(Error::Closed(self.closed(&tx, &row).await?));
                }
                row
            }
        };
        idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        tx.commit().await?;
        self.wake_bridges();
        Ok(row)
    }

    async fn closed(&self, tx: &Tx, row: &decision::Model) -> Result<Closed, Error> {
        let by = match row.decided_by {
            Some(device) => auth::store::device(&**tx, device).await?,
            None => None,
        };
        Ok(Closed {
            state: row.state,
            by: by.map(|device| (device.id, device.name)),
            at: row.decided_at.unwrap_or(row.created_at),
        })
    }

    /// Says what a project need not ask from now on. What waits already is judged by it as well.
    pub async fn set_policy(
        &self,
        caller: &Caller,
        project: ProjectId,
        new: NewPolicy,
        client_id: Option<&str>,
    ) -> Result<project::Model, Error> {
        caller.require(Scope::Manage)?;
        let attempt = Attempt::new("setDecisionPolicy", client_id, &OfProject { project, new: &new })?;
        new.check()?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        let is_done = idempotency::claim::<ProjectId>(&tx, caller, attempt.as_ref(), &self.clock).await? != Claim::New;
        let found = project::Entity::find_by_id(project).one(&*tx).await?;
        let project = found.ok_or(Error::NoProject)?;
        if is_done {
            return Ok(project);
        }
        let policy = new.of(project.id);
        store::put_policy(&mut tx, policy.clone()).await?;
        for row in store::pending(&*tx, project.id).await? {
            store::set_expiry(&*tx, row.id, expiry(&policy, row.created_at)).await?;
        }
        idempotency::keep(&tx, caller, attempt.as_ref(), &project.id).await?;
        tx.commit().await?;
        self.judge_pending(&policy).await?;
        Ok(project)
    }

    /// What the policy decides, the server decides: whoever set it has not seen these.
    async fn judge_pending(&self, policy: &decision_policy::Model) -> Result<(), Error> {
        let mut tx = self.events.begin(Actor::Server).await?;
        for row in store::pending(&*tx, policy.project_id).await? {
            if let Some(answer) = judged(policy, &row.ask, &row.risks.0) {
                store::close(&mut tx, row.id, DecisionState::Decided, answer, None, self.clock.now()).await?;
            }
        }
        // Whoever sleeps until the next one expires has to look again.
        tx.emit(Payload::ProjectChanged {
            project: policy.project_id,
        });
        tx.commit().await?;
        self.wake_bridges();
        Ok(())
    }
}

/// What the policy answers; `None` where a person is to.
pub(super) fn judged(policy: &decision_policy::Model, ask: &Ask, risks: &[decision::Risk]) -> Option<Answer> {
    match policy::verdict(policy.mode, &policy.rules.0, ask, risks) {
        Verdict::Ask => None,
        Verdict::Allow => Some(Answer::Once),
        Verdict::Deny => Some(Answer::Reject {
            message: Some(policy::DENIED.to_owned()),
        }),
    }
}

pub(super) fn expiry(policy: &decision_policy::Model, asked_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let wait = policy.wait_seconds?;
    asked_at.checked_add_signed(TimeDelta::seconds(wait.into()))
}

/// Whether the answer fits what was asked.
fn check(ask: &Ask, answer: &Answer) -> Result<(), Error> {
    match (ask, answer) {
        (Ask::Permission(permission), Answer::Always) if permission.always.is_empty() => Err(Error::NoAlways),
        (Ask::Permission(_), Answer::Reject { message: Some(words) })
            if words.trim().is_empty() || words.chars().count() > MAX_MESSAGE =>
        {
            Err(Error::Message)
        }
        (Ask::Permission(_), Answer::Once | Answer::Always | Answer::Reject { .. }) => Ok(()),
        (Ask::Permission(_), _) => Err(Error::IsPermission),
        (Ask::Question { .. }, Answer::Dismiss) => Ok(()),
        (Ask::Question { prompts, .. }, Answer::Answers { answers }) => {
            if prompts.len() != answers.len() {
                return Err(Error::Count(prompts.len()));
            }
            prompts
                .iter()
                .zip(answers)
                .try_for_each(|(prompt, chosen)| check_answer(prompt, chosen))
        }
        (Ask::Question { .. }, _) => Err(Error::IsQuestion),
    }
}

fn check_answer(prompt: &Prompt, chosen: &[String]) -> Result<(), Error> {
    let is_fine = |answer: &String| !answer.trim().is_empty() && answer.chars().count() <= MAX_ANSWER;
    if chosen.is_empty() || chosen.len() > prompt.options.len() + 1 || !chosen.iter().all(is_fine) {
        return Err(Error::Answer);
    }
    if !prompt.is_multiple && chosen.len() > 1 {
        return Err(Error::Single(prompt.question.clone()));
    }
    let is_option = |answer: &String| prompt.options.iter().any(|option| option.label == *answer);
    if prompt.is_custom || chosen.iter().all(is_option) {
        Ok(())
    } else {
        Err(Error::Option(prompt.question.clone()))
    }
}

#[cfg(test)]
mod tests {
    use entity::decision::{Permission, PromptOption};

    use super::*;

    fn prompt(is_multiple: bool, is_custom: bool) -> Prompt {
        let option = |label: &str| PromptOption {
            label: label.to_owned(),
            description: String::new(),
        };
        Prompt {
            question: "Which colour?".to_owned(),
            header: "Colour".to_owned(),
            options: vec![option("Red"), option("Blue")],
            is_multiple,
            is_custom,
        }
    }

    fn answers(answers: &[&[&str]]) -> Answer {
        let owned = |words: &&[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Answer::Answers {
            answers: answers.iter().map(owned).collect(),
        }
    }

    #[test]
    fn a_question_gets_an_answer_to_each_prompt() {
        let ask = |prompts: &[Prompt]| Ask::Question {
            prompts: prompts.to_vec(),
            call: None,
        };
        let strict = ask(&[prompt(false, false)]);
        assert!(check(&strict, &answers(&[&["Blue"]])).is_ok());
        assert!(check(&strict, &Answer::Dismiss).is_ok());
        assert!(matches!(check(&strict, &answers(&[&["Green"]])), Err(Error::Option(_))));
        assert!(matches!(
            check(&strict, &answers(&[&["Red", "Blue"]])),
            Err(Error::Single(_))
        ));
        assert!(matches!(check(&strict, &answers(&[&[]])), Err(Error::Answer)));
        assert!(matches!(check(&strict, &answers(&[&[" "]])), Err(Error::Answer)));
        assert!(matches!(check(&strict, &answers(&[])), Err(Error::Count(1))));
        assert!(matches!(check(&strict, &Answer::Once), Err(Error::IsQuestion)));
        let both = ask(&[prompt(true, false), prompt(false, true)]);
        assert!(check(&both, &answers(&[&["Red", "Blue"], &["Green, of course"]])).is_ok());
        let long = "x".repeat(MAX_ANSWER + 1);
        assert!(matches!(
            check(&both, &answers(&[&["Red"], &[&long]])),
            Err(Error::Answer)
        ));
    }

    #[test]
    fn a_permission_gets_leave_or_a_rejection() {
        let ask = |always: &[&str]| {
            Ask::Permission(Permission {
                always: always.iter().map(|&pattern| pattern.to_owned()).collect(),
                ..Permission::default()
            })
        };
        let reject = |words: &str| Answer::Reject {
            message: Some(words.to_owned()),
        };
        assert!(check(&ask(&["*"]), &Answer::Always).is_ok());
        assert!(matches!(check(&ask(&[]), &Answer::Always), Err(Error::NoAlways)));
        assert!(check(&ask(&[]), &Answer::Once).is_ok());
        assert!(check(&ask(&[]), &Answer::Reject { message: None }).is_ok());
        assert!(check(&ask(&[]), &reject("Use trash instead.")).is_ok());
        assert!(matches!(check(&ask(&[]), &reject(" ")), Err(Error::Message)));
        assert!(matches!(
            check(&ask(&[]), &reject(&"x".repeat(MAX_MESSAGE + 1))),
            Err(Error::Message)
        ));
        assert!(matches!(
            check(&ask(&[]), &answers(&[&["Red"]])),
            Err(Error::IsPermission)
        ));
        assert!(matches!(check(&ask(&[]), &Answer::Dismiss), Err(Error::IsPermission)));
    }
}
