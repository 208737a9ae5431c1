//! Who takes part: a server with an agent and its sessions, the bad network before it, and the clients behind that.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use client::{
    Client, Cursor, Settings, Streaming,
    types::{Change, CreateProjectInput, Message, OperationState, ProjectSourceInput, SessionStatus},
};
use fakes::llm::Llm;
use futures_util::StreamExt;
use tokio::time::sleep;

use crate::{
    Options,
    followers::{Follower, Habit, number},
    proxy::Proxy,
    server::Server,
    watchers::Watcher,
};

pub const SESSIONS: usize = 3;
pub const WATCHERS_OF_EACH: usize = 4;
pub const FOLLOWERS: usize = 8;
/// A server lets one device have 64 sockets and streams, and those that stalled are still open to it.
pub const DEVICES: usize = 4;
/// What a sleeper sees before it sleeps.
pub const BEFORE_SLEEP: usize = 10;

/// What everybody shares.
pub struct Stage {
    pub llm: Llm,
    pub server: Server,
    pub proxy: Proxy,
    pub direct: Client,
    tokens: Vec<String>,
    pub project: String,
    pub sessions: Vec<String>,
    /// Where the log was when the play began.
    begin: Cursor,
}

impl Stage {
    pub async fn set(options: &Options) -> anyhow::Result<Self> {
        let llm = Llm::start().await?;
        let server = Server::start(options, &llm.url()).await?;
        let tokens: Vec<_> = (0..DEVICES)
            .map(|device| server.token(&format!("device-{device}")))
            .collect::<Result<_, _>>()?;
        let direct = server.client(&server.token("director")?)?;
        let accepted = direct
            .create_project(CreateProjectInput {
                name: "Stage".to_owned(),
                slug: None,
                description: None,
                source: ProjectSourceInput::Empty(true),
                decision_policy: None,
                client_mutation_id: None,
            })
            .await?;
        let made = direct.wait_for_operation(&accepted.operation.id).await?;
        ensure!(
            made.state == OperationState::Succeeded,
            "no project: {made:?}\n{}",
            server.log()
        );
        let mut sessions = Vec::new();
        for number in 0..SESSIONS {
            let title = format!("Session {number}");
            sessions.push(direct.create_session(&accepted.project.id, Some(&title)).await?.id);
        }
        let proxy = Proxy::start(server.address, options.seed).await?;
        let begin = direct.cursor().await?;
        Ok(Self {
            llm,
            server,
            proxy,
            direct,
            tokens,
            project: accepted.project.id,
            sessions,
            begin,
        })
    }

    /// One that nothing happens to, but that the server dies: what it saw is what there was.
    pub fn witness(&self) -> Follower {
        let habit = Habit {
            name: "the witness".to_owned(),
            ..Habit::default()
        };
        Follower::new(self.direct.clone(), self.project.clone(), habit, self.begin.clone())
    }

    /// A client behind the bad network. Half of them come by server-sent events.
    fn client(&self, index: usize) -> anyhow::Result<Client> {
        let settings = Settings {
            streaming: if index.is_multiple_of(2) {
                Streaming::WebSocket
            } else {
                Streaming::ServerSentEvents
            },
            backoff_min: Duration::from_millis(5),
            backoff_max: Duration::from_millis(250),
            ..Settings::default()
        };
        let token = self.tokens[index % self.tokens.len()].clone();
        Ok(Client::with_settings(&self.proxy.url(), Some(token.into()), settings)?)
    }

    pub fn follower(&self, index: usize, options: &Options) -> anyhow::Result<Follower> {
        let habit = Habit {
            name: format!("follower {index}"),
            pause: (index % 8 >= 6).then_some(Duration::from_millis(12)),
            reopens: index % 4 >= 2,
            sleeps: index >= FOLLOWERS,
            seed: options.seed.wrapping_add(index as u64),
        };
        Ok(Follower::new(
            self.client(index)?,
            self.project.clone(),
            habit,
            self.begin.clone(),
        ))
    }

    pub fn watcher(&self, index: usize) -> anyhow::Result<Watcher> {
        let number = index % SESSIONS;
        let turn = index / SESSIONS;
        Ok(Watcher {
            name: format!("watcher {index}"),
            client: self.client(turn)?,
            session: self.sessions[number].clone(),
            number,
            pause: (turn == WATCHERS_OF_EACH - 1).then_some(Duration::from_millis(30)),
        })
    }

    /// Waits until the log is longer than what will be kept of it.
    pub async fn outgrow(&self, keep: u64) -> anyhow::Result<()> {
        let begin = number(&self.begin).unwrap_or_default();
        let enough = begin + i64::try_from(keep)? + i64::try_from(BEFORE_SLEEP)? + 40;
        while number(&insistently(|| self.direct.cursor()).await?).unwrap_or_default() < enough {
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Waits until the beginning of the log is gone.
    pub async fn trimmed(&self) -> anyhow::Result<()> {
        for _ in 0..600 {
            let mut events = self.direct.follow(Some(self.begin.clone()), None);
            let first = events.next().await.context("the log ended")??;
            if matches!(first.change, Change::ResyncRequired(_)) {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        bail!("the log was not trimmed")
    }

    /// The messages of a session once nothing more happens to them.
    pub async fn settled(&self, session: &str) -> anyhow::Result<Vec<Message>> {
        let mut before = None;
        for _ in 0..200 {
            let now = self.direct.messages(session).await?.context("a session is gone")?;
            let is_idle = self
                .direct
                .session(session)
                .await?
                .is_some_and(|session| session.status == SessionStatus::Idle);
            if is_idle && before.as_ref() == Some(&now) {
                return Ok(now);
            }
            before = Some(now);
            sleep(Duration::from_millis(250)).await;
        }
        bail!("a session does not come to rest")
    }
}

/// How often the same is asked of a server that is too busy for it.
const INSIST: usize = 20;
const INSIST_PAUSE: Duration = Duration::from_millis(200);

/// Again and again while a busy machine is the trouble. The same thing twice is the same thing once.
pub async fn insistently<T, F>(ask: impl Fn() -> F) -> Result<T, client::Error>
where
    F: Future<Output = Result<T, client::Error>>,
{
    for _ in 0..INSIST {
        match ask().await {
            Err(error) if error.is_transient() => sleep(INSIST_PAUSE).await,
            done => return done,
        }
    }
    ask().await
}
