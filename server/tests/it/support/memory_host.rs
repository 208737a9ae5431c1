//! A [`ContainerHost`] in memory, whose faults come on command.
//!
//! Left alone it keeps the same contract as the real hosts. Told to, it refuses, is slow, does what it was asked and
//! loses the answer, or makes a container that shows up only later: what hosts across a network do.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use server::containers::{
    Container, ContainerHost, ContainerId, ContainerSpec, ContainerState, Endpoint, HostError, LogLine, Owner, Usage,
    WorkspaceSource,
};
use tokio::sync::watch;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    List,
    Inspect,
    Create,
    Provision,
    Start,
    Stop,
    Remove,
    Logs,
    Usage,
}

/// What happens to one call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Refused; nothing has happened.
    Fails(Refusal),
    /// It takes effect, but the caller gets an error that invites another try.
    AnswerLost,
    /// It takes effect after this time; a caller who does not wait that long cancels it.
    Slow(Duration),
    /// For [`Verb::Create`]: the answer is lost, and the container appears only by [`MemoryHost::let_appear`].
    AppearsLate,
}

/// [`HostError`], which cannot be cloned.
#[derive(Clone, Debug)]
pub enum Refusal {
    Missing(String),
    Rejected(String),
    Exhausted(String),
    NotFound,
    Unavailable(String),
}

impl From<Refusal> for HostError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing(message) => Self::Missing(message),
            Refusal::Rejected(message) => Self::Rejected(message),
            Refusal::Exhausted(message) => Self::Exhausted(message),
            Refusal::NotFound => Self::NotFound,
            Refusal::Unavailable(message) => Self::unavailable(message),
        }
    }
}

#[derive(Default)]
struct State {
    containers: BTreeMap<ContainerId, Container>,
    late: Vec<Container>,
    faults: HashMap<Verb, VecDeque<Fault>>,
    counts: BTreeMap<Verb, usize>,
    logs: HashMap<ContainerId, Vec<String>>,
    made: u32,
    /// What each container uses; a little when nothing is said.
    memory: Option<u64>,
}

pub struct MemoryHost {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    endpoint: url::Url,
}

impl Default for MemoryHost {
    fn default() -> Self {
        Self::at("http://127.0.0.1:9/".parse().expect("a URL"))
    }
}

impl MemoryHost {
    /// Every container claims that its agent is at this address.
    pub fn at(endpoint: url::Url) -> Self {
        Self {
            state: Mutex::default(),
            changes: watch::Sender::new(0),
            endpoint,
        }
    }

    /// The next `times` calls of this verb meet this fault. Faults of several orders queue up.
    pub fn inject(&self, verb: Verb, times: usize, fault: Fault) {
        self.lock()
            .faults
            .entry(verb)
            .or_default()
            .extend(std::iter::repeat_n(fault, times));
    }

    /// How often this verb was called, failures included.
    pub fn calls(&self, verb: Verb) -> usize {
        self.lock().counts.get(&verb).copied().unwrap_or(0)
    }

    /// How many containers were really made, late ones and removed ones included.
    pub fn made(&self) -> usize {
        self.lock().made as usize
    }

    /// What there is at this moment, without asking through the port.
    pub fn containers(&self) -> Vec<Container> {
        self.lock().containers.values().cloned().collect()
    }

    /// The effect of creates that were to appear late. Returns how many there were.
    pub fn let_appear(&self) -> usize {
        let mut state = self.lock();
        let late = std::mem::take(&mut state.late);
        let count = late.len();
        state
            .containers
            .extend(late.into_iter().map(|container| (container.id.clone(), container)));
        drop(state);
        self.changed();
        count
    }

    /// A running container ends by itself.
    pub fn die(&self, id: &ContainerId, code: Option<i32>, last_words: &str) {
        let mut state = self.lock();
        let container = state.containers.get_mut(id).expect("a container");
        assert!(
            matches!(container.state, ContainerState::Running { .. }),
            "only what runs can die"
        );
        let last_words = last_words.to_owned();
        container.state = ContainerState::Exited {
            code,
            at: instant(0),
            last_words,
        };
        drop(state);
        self.changed();
    }

    /// What each container uses from now on.
    pub fn use_memory(&self, bytes: u64) {
        self.lock().memory = Some(bytes);
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds this")
    }

    /// One call: its fault, its effect, its answer.
    async fn call<T>(
        &self,
        verb: Verb,
        effect: impl FnOnce(&mut State) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        let fault = {
            let mut state = self.lock();
            *state.counts.entry(verb).or_default() += 1;
            state.faults.get_mut(&verb).and_then(VecDeque::pop_front)
        };
        match fault {
            Some(Fault::Fails(refusal)) => return Err(refusal.into()),
            Some(Fault::Slow(time)) => tokio::time::sleep(time).await,
            Some(Fault::AnswerLost) => {
                effect(&mut self.lock())?;
                self.changed();
                return Err(HostError::unavailable("the answer was lost"));
            }
            Some(Fault::AppearsLate) => {
                let mut state = self.lock();
                let before: Vec<_> = state.containers.keys().cloned().collect();
                effect(&mut state)?;
                let new = state.containers.extract_if(.., |id, _| !before.contains(id));
                let new: Vec<_> = new.map(|(_, container)| container).collect();
                state.late.extend(new);
                return Err(HostError::unavailable("the answer was lost"));
            }
            None => {}
        }
        let answer = effect(&mut self.lock());
        if !matches!(verb, Verb::List | Verb::Inspect | Verb::Logs | Verb::Usage) {
            self.changed();
        }
        answer
    }

    fn start_one(&self, container: &mut Container) -> Result<(), HostError> {
        if !container.workspace_ready {
            return Err(HostError::Rejected(
                "the workspace must be filled before the agent starts".to_owned(),
            ));
        }
        if !matches!(container.state, ContainerState::Running { .. }) {
            let run = Uuid::new_v4();
            let endpoint = Endpoint {
                url: self.endpoint.clone(),
                username: "opencode".to_owned(),
                password: run.to_string().into(),
            };
            container.state = ContainerState::Running {
                endpoint,
                started_at: instant(0),
                run,
                is_leaving: false,
            };
        }
        Ok(())
    }
}

/// Moments that differ and stay in order, without a clock.
fn instant(number: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::from(number))
}

impl State {
    fn find(&mut self, id: &ContainerId) -> Result<&mut Container, HostError> {
        self.containers.get_mut(id).ok_or(HostError::NotFound)
    }

    fn of(&self, owner: Owner) -> Option<&Container> {
        self.containers.values().find(|container| container.owner == owner)
    }

    fn make(&mut self, spec: &ContainerSpec) -> Container {
        self.made += 1;
        let container = Container {
            id: ContainerId(format!("memory-{}", self.made)),
            owner: spec.owner,
            name: spec.name.clone(),
            state: ContainerState::Stopped,
            workspace_ready: false,
            directory: format!("/workspaces/{}", spec.owner.project),
            local_directory: None,
            image: None,
            created_at: instant(self.made),
        };
        self.containers.insert(container.id.clone(), container.clone());
        container
    }
}

/// Long enough for a test to see that it is waited for.
const LATE_EFFECTS: Duration = Duration::from_secs(2);

#[async_trait]
impl ContainerHost for MemoryHost {
    fn late_effects(&self) -> Duration {
        LATE_EFFECTS
    }

    async fn list(&self, installation: Uuid) -> Result<Vec<Container>, HostError> {
        let ours = |container: &&Container| container.owner.installation == installation;
        self.call(Verb::List, |state| {
            Ok(state.containers.values().filter(ours).cloned().collect())
        })
        .await
    }

    async fn inspect(&self, id: &ContainerId) -> Result<Option<Container>, HostError> {
        self.call(Verb::Inspect, |state| Ok(state.containers.get(id).cloned()))
            .await
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<Container, HostError> {
        self.call(Verb::Create, |state| {
            Ok(state.of(spec.owner).cloned().unwrap_or_else(|| state.make(spec)))
        })
        .await
    }

    async fn provision(
        &self,
        id: &ContainerId,
        source: &WorkspaceSource,
        progress: &watch::Sender<String>,
    ) -> Result<(), HostError> {
        self.call(Verb::Provision, |state| {
            let container = state.find(id)?;
            if !container.workspace_ready {
                progress.send_replace(format!("Cloning {}", source.clone_url));
                container.workspace_ready = true;
            }
            Ok(())
        })
        .await
    }

    async fn start(&self, id: &ContainerId, _spec: &ContainerSpec) -> Result<Container, HostError> {
        self.call(Verb::Start, |state| {
            let container = state.find(id)?;
            self.start_one(container)?;
            let container = container.clone();
            state.logs.entry(id.clone()).or_default().push("started".to_owned());
            Ok(container)
        })
        .await
    }

    async fn stop(&self, id: &ContainerId) -> Result<(), HostError> {
        self.call(Verb::Stop, |state| {
            state.find(id)?.state = ContainerState::Stopped;
            Ok(())
        })
        .await
    }

    async fn remove(&self, id: &ContainerId) -> Result<(), HostError> {
        self.call(Verb::Remove, |state| {
            state.containers.remove(id);
            state.logs.remove(id);
            Ok(())
        })
        .await
    }

    async fn logs(&self, id: &ContainerId, lines: usize) -> Result<Vec<LogLine>, HostError> {
        self.call(Verb::Logs, |state| {
            state.find(id)?;
            let kept = state.logs.get(id).map(Vec::as_slice).unwrap_or_default();
            let newest = &kept[kept.len().saturating_sub(lines)..];
            Ok(newest
                .iter()
                .map(|text| LogLine {
                    at: None,
                    text: text.clone(),
                })
                .collect())
        })
        .await
    }

    async fn usage(&self, id: &ContainerId) -> Result<Option<Usage>, HostError> {
        self.call(Verb::Usage, |state| {
            let runs = matches!(state.find(id)?.state, ContainerState::Running { .. });
            Ok(runs.then_some(Usage {
                cpu_cores: 0.5,
                memory_bytes: state.memory.unwrap_or(64 * 1024 * 1024),
            }))
        })
        .await
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

#[tokio::test]
async fn an_answer_may_be_lost_and_an_effect_late() {
    let host = MemoryHost::default();
    let spec = crate::contracts::containers::spec(Uuid::new_v4(), Uuid::new_v4(), "/nowhere");
    host.inject(Verb::Create, 1, Fault::AppearsLate);
    host.inject(Verb::Create, 1, Fault::AnswerLost);
    host.inject(Verb::Start, 1, Fault::Fails(Refusal::Exhausted("full".to_owned())));

    for expected in [0, 1] {
        assert!(matches!(host.create(&spec).await, Err(HostError::Unavailable { .. })));
        assert_eq!(
            host.list(spec.owner.installation).await.expect("a list").len(),
            expected
        );
    }
    let present = host.create(&spec).await.expect("the one that is there");
    assert_eq!((host.calls(Verb::Create), host.made()), (3, 2));
    assert_eq!(host.let_appear(), 1);
    let all = host.list(spec.owner.installation).await.expect("a list");
    assert_eq!(all.len(), 2, "nobody could know of the late one");
    assert!(all.iter().any(|container| container.id == present.id));

    assert!(matches!(
        host.start(&present.id, &spec).await,
        Err(HostError::Exhausted(_))
    ));
    assert!(
        matches!(host.start(&present.id, &spec).await, Err(HostError::Rejected(_))),
        "the fault is used up"
    );
}

#[tokio::test]
async fn what_is_slow_can_be_cancelled_and_what_runs_can_die() {
    let host = MemoryHost::default();
    let spec = crate::contracts::containers::spec(Uuid::new_v4(), Uuid::new_v4(), "/nowhere");
    host.inject(Verb::Create, 1, Fault::Slow(Duration::from_secs(3600)));
    tokio::time::timeout(Duration::from_millis(1), host.create(&spec))
        .await
        .expect_err("it is slow");
    assert!(host.containers().is_empty(), "who was cancelled has done nothing");

    let id = host.create(&spec).await.expect("created").id;
    host.provision(&id, &spec.workspace, &watch::Sender::default())
        .await
        .expect("filled");
    host.start(&id, &spec).await.expect("started");
    host.die(&id, Some(9), "out of memory");
    let ended = host.inspect(&id).await.expect("an answer").expect("a container");
    assert!(matches!(ended.state, ContainerState::Exited { code: Some(9), .. }));
}
