//! Many decisions while clients come and go, two devices answer at the same time, and agent and server are killed.
//!
//! `PCC_TEST_DECISIONS=200 cargo xtask test decision_storm` is the whole of it; without it there are fewer, as a test
//! has minutes at most. At the end each decision was decided by exactly one answer or withdrawn, no device was told
//! otherwise, each tool did what was decided, and OpenCode waits for what the inbox shows: nothing.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use client::{
    Client, ErrorCode,
    types::{DecisionKind, DecisionState, DeliveryState, PermissionReply, ToolState},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;

use super::stage::{Stage, once, patiently, reply, tools};
use crate::support::database::Kind;

const SESSIONS: usize = 4;
/// Of one prompt: each command is asked for.
const COMMANDS: usize = 5;

/// What the devices were told.
#[derive(Default)]
struct Told {
    /// By decision: the answers of which a device was told that they count, as (device, is allowed).
    accepted: HashMap<String, HashSet<(String, bool)>>,
    conflicts: usize,
    broken_off: usize,
}

/// Answers whatever waits, leaves in the middle of it now and then, and does not remember what it has answered.
async fn device(name: &'static str, client: Client, seed: u64, told: Arc<Mutex<Told>>, is_over: Arc<AtomicBool>) {
    let mut chance = StdRng::seed_from_u64(seed);
    while !is_over.load(Ordering::SeqCst) {
        let Ok(waiting) = client.decisions(DecisionState::Pending).await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        for decision in waiting {
            let is_allowed = chance.random_bool(0.7);
            let answer = if is_allowed {
                once()
            } else {
                reply(PermissionReply::Reject, Some("Go on without it."))
            };
            let deciding = client.decide(&decision.id, answer);
            let outcome = if chance.random_bool(0.2) {
                // The connection ends while the answer is on its way.
                let patience = Duration::from_millis(chance.random_range(0..8));
                match tokio::time::timeout(patience, deciding).await {
                    Ok(outcome) => outcome,
                    Err(_) => {
                        told.lock().unwrap().broken_off += 1;
                        continue;
                    }
                }
            } else {
                deciding.await
            };
            let mut told = told.lock().unwrap();
            match outcome {
                Ok(_) => {
                    let answers = told.accepted.entry(decision.id).or_default();
                    answers.insert((name.to_owned(), is_allowed));
                }
                Err(error) if error.code() == Some(&ErrorCode::Conflict) => {
                    assert!(error.failure().unwrap().decided.is_some());
                    told.conflicts += 1;
                }
                // The server is away for a moment.
                Err(error) => assert!(error.is_transient(), "{error:?}"),
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What OpenCode itself says that it waits for. Its address and its password are in its process.
async fn asked_by_opencode(stage: &Stage) -> Option<Vec<Value>> {
    for pid in stage.server.processes() {
        let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let arguments = read("cmdline");
        let Some((_, rest)) = arguments.split_once("--port\0") else {
            continue;
        };
        let port = rest.split('\0').next()?;
        let environment = read("environ");
        let password = environment
            .split('\0')
            .find_map(|variable| variable.strip_prefix("OPENCODE_SERVER_PASSWORD="))?;
        let directory = std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
        let mut url = url::Url::parse(&format!("http://127.0.0.1:{port}/permission")).unwrap();
        url.query_pairs_mut().append_pair("directory", directory.to_str()?);
        let answer = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(url)
            .basic_auth("opencode", Some(password))
            .send()
            .await
            .ok()?;
        return answer.json().await.ok();
    }
    None
}

async fn storm(kind: Kind) {
    let wanted: usize = std::env::var("PCC_TEST_DECISIONS").map_or(16, |text| text.parse().unwrap());
    let mut stage = Stage::new(kind).await;
    let told = Arc::new(Mutex::new(Told::default()));
    let is_over = Arc::new(AtomicBool::new(false));
    let mut kills = 0;
    let devices: Vec<_> = [("phone", 1), ("tablet", 2)]
        .map(|(name, seed)| {
            let client = stage.device(name);
            tokio::spawn(device(name, client, seed, told.clone(), is_over.clone()))
        })
        .into();
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push(stage.session().await.id);
    }
    let mut asked = 0;
    let mut round = 0;
    while asked < wanted {
        for session in &sessions {
            let commands: String = (0..COMMANDS)
                .map(|number| format!("[[bash: echo {round}-{number}]] "))
                .collect();
            stage.client.send_prompt(session, &commands).await.unwrap();
        }
        // In the middle of it, now the server and then the agent is killed.
        patiently("some decisions of this round", async || {
            let all = all_states(&stage.client).await;
            (all.len() > asked + 2).then_some(())
        })
        .await;
        if round % 2 == 0 {
            stage.server.kill();
            stage.server.run();
        } else {
            for pid in stage.server.processes() {
                let _ = std::process::Command::new("kill")
                    .args(["-KILL", &pid.to_string()])
                    .status();
            }
        }
        kills += 1;
        patiently("the end of the round", async || {
            for session in &sessions {
                let messages = stage.client.messages(session).await.ok()??;
                let last = messages.last()?;
                let is_waiting = last.completed_at.is_none() || last.delivery == Some(DeliveryState::Queued);
                if is_waiting || stage.client.session(session).await.ok()??.activity.is_some() {
                    return None;
                }
            }
            stage
                .client
                .decisions(DecisionState::Pending)
                .await
                .ok()?
                .is_empty()
                .then_some(())
        })
        .await;
        asked = all_states(&stage.client).await.len();
        round += 1;
    }
    patiently("OpenCode waits for nothing, and nothing waits", async || {
        let listed = asked_by_opencode(&stage).await?;
        (listed.is_empty() && stage.pending().await.is_empty()).then_some(())
    })
    .await;
    is_over.store(true, Ordering::SeqCst);
    for device in devices {
        device.await.unwrap();
    }
    let told = std::mem::take(&mut *told.lock().unwrap());
    assert_end(&stage, &told).await;
    println!(
        "{asked} decisions in {round} rounds: {} answers counted, {} were second, {} were broken off; {} kills",
        told.accepted.len(),
        told.conflicts,
        told.broken_off,
        kills
    );
}

async fn all_states(client: &Client) -> Vec<client::types::Decision> {
    let mut all = Vec::new();
    for state in [
        DecisionState::Pending,
        DecisionState::Decided,
        DecisionState::Withdrawn,
        DecisionState::Expired,
    ] {
        all.extend(client.decisions(state).await.unwrap_or_default());
    }
    all
}

async fn assert_end(stage: &Stage, told: &Told) {
    let all = all_states(&stage.client).await;
    let mut counts: HashMap<String, usize> = HashMap::new();
    for decision in &all {
        let DecisionKind::PermissionRequest(request) = &decision.on else {
            panic!("{decision:?}")
        };
        let accepted = told.accepted.get(&decision.id);
        assert!(
            accepted.is_none_or(|answers| answers.len() == 1),
            "{decision:?}: {accepted:?}"
        );
        let answer = request
            .answer
            .as_ref()
            .map(|answer| answer.reply == PermissionReply::Once);
        if let Some((name, is_allowed)) = accepted.into_iter().flatten().next() {
            assert_eq!(answer, Some(*is_allowed), "{decision:?}");
            assert_eq!(&decision.decided_by.as_ref().unwrap().name, name);
        }
        match decision.state {
            DecisionState::Decided => assert!(decision.decided_by.is_some() && answer.is_some(), "{decision:?}"),
            DecisionState::Withdrawn => assert!(decision.withdrawn_because.is_some(), "{decision:?}"),
            _ => panic!("neither decided nor withdrawn: {decision:?}"),
        }
        *counts.entry(format!("{:?}", decision.state)).or_default() += 1;
    }
    println!("{counts:?}");

    // What was refused did not run, what ran was allowed.
    let by_command = |state: DecisionState, is_allowed: bool| -> HashSet<(String, String)> {
        let fits = all.iter().filter(|decision| decision.state == state);
        fits.filter_map(|decision| match &decision.on {
            DecisionKind::PermissionRequest(request)
                if (request.answer.as_ref()?.reply == PermissionReply::Once) == is_allowed =>
            {
                Some((decision.session.as_ref()?.id.clone(), request.command.clone()?))
            }
            _ => None,
        })
        .collect()
    };
    let allowed = by_command(DecisionState::Decided, true);
    // One that is withdrawn after its answer was on its way may have run.
    let perhaps = by_command(DecisionState::Withdrawn, true);
    let sessions: HashSet<_> = all
        .iter()
        .filter_map(|decision| Some(decision.session.as_ref()?.id.clone()))
        .collect();
    let mut completed = 0;
    for session in sessions {
        for tool in tools(&stage.client.messages(&session).await.unwrap().unwrap()) {
            if tool.state == ToolState::Completed {
                let command = tool.input["command"].as_str().unwrap().to_owned();
                let ran = (session.clone(), command);
                assert!(
                    allowed.contains(&ran) || perhaps.contains(&ran),
                    "{ran:?} was not allowed"
                );
                completed += 1;
            }
        }
    }
    assert!(completed > 0);
    let waiting = patiently("OpenCode's list", async || asked_by_opencode(stage).await).await;
    assert_eq!((waiting.len(), stage.pending().await.len()), (0, 0), "{waiting:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_decision_storm_on_sqlite() {
    storm(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_decision_storm_on_postgres() {
    storm(Kind::Postgres).await;
}
