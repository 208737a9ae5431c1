//! One run: who takes part, what happens to them, and what must be true at the end.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context;
use client::{
    Client,
    types::{Message, MessageRole, PromptPartInput, SendPromptInput, UpdateProjectInput},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    Report,
    followers::number,
    speech::Speech,
    stage::{BEFORE_SLEEP, FOLLOWERS, SESSIONS, Stage, WATCHERS_OF_EACH, insistently},
    verdict::Said,
    watchers::text_of,
};

#[derive(Debug)]
pub struct Options {
    /// The server's program.
    pub server: PathBuf,
    /// OpenCode's program.
    pub opencode: PathBuf,
    /// An empty PostgreSQL database; SQLite when left out.
    pub database_url: Option<String>,
    pub seed: u64,
    /// How many streams are broken.
    pub count: u64,
}

const SLEEPERS: usize = 2;
/// A change of the project this often.
const CHANGE_EVERY: Duration = Duration::from_millis(100);
/// The server is killed when so many percent of the streams are broken; at the second time it comes back with a short log.
pub const KILLS_AT: [u64; 3] = [25, 50, 75];
const SHORT_LOG: u64 = 60;
const STORY_WITHIN: Duration = Duration::from_secs(1800);
const END_WITHIN: Duration = Duration::from_secs(180);

pub async fn run(options: Options) -> anyhow::Result<Report> {
    let began = Instant::now();
    println!("seed {}", options.seed);
    let mut stage = Stage::set(&options).await?;
    let end_of_log = watch::Sender::new(None::<i64>);
    let ends: Vec<_> = (0..SESSIONS)
        .map(|_| watch::Sender::new(None::<Vec<Message>>))
        .collect();
    let over = watch::Sender::new(false);

    let mut followers = JoinSet::new();
    for index in 0..FOLLOWERS {
        let mut follower = stage.follower(index, &options)?;
        let end = end_of_log.subscribe();
        followers.spawn(async move {
            follower.follow(&end).await;
            follower
        });
    }
    let mut witness = stage.witness();
    let end = end_of_log.subscribe();
    let witness = tokio::spawn(async move {
        witness.follow(&end).await;
        witness.history
    });
    let mut watchers = JoinSet::new();
    for index in 0..SESSIONS * WATCHERS_OF_EACH {
        let end = ends[index % SESSIONS].subscribe();
        watchers.spawn(stage.watcher(index)?.watch(end));
    }
    let writer = tokio::spawn(write(stage.direct.clone(), stage.project.clone(), over.subscribe()));
    let mut speakers = JoinSet::new();
    for (number, session) in stage.sessions.iter().cloned().enumerate() {
        speakers.spawn(speak(stage.direct.clone(), session, number, over.subscribe()));
    }
    let mut sleepers = Vec::new();
    for index in 0..SLEEPERS {
        let mut sleeper = stage.follower(FOLLOWERS + index, &options)?;
        sleeper.follow_for(BEFORE_SLEEP, END_WITHIN).await;
        sleepers.push(sleeper);
    }

    let story = timeout(
        STORY_WITHIN,
        tell(&mut stage, options.count, || {
            for mut sleeper in sleepers.drain(..) {
                let end = end_of_log.subscribe();
                followers.spawn(async move {
                    sleeper.follow(&end).await;
                    sleeper
                });
            }
        }),
    );
    story.await.context("the streams were not broken in time")??;

    // Quiet: what is being said is said to its end, and everybody is told what the end is.
    stage.proxy.calm();
    over.send_replace(true);
    let changes = writer.await??;
    let mut prompts = 0;
    while let Some(said) = speakers.join_next().await {
        prompts += said??;
    }
    for (end, session) in ends.iter().zip(&stage.sessions) {
        end.send_replace(Some(stage.settled(session).await?));
    }
    let last = number(&insistently(|| stage.direct.cursor()).await?).context("no number in a cursor")?;
    end_of_log.send_replace(Some(last));

    let mut report = Report {
        seed: options.seed,
        database: if options.database_url.is_some() {
            "PostgreSQL"
        } else {
            "SQLite"
        },
        ..Report::default()
    };
    let mut watched = Vec::new();
    let all = timeout(END_WITHIN, async {
        while let Some(one) = watchers.join_next().await {
            watched.push(one?);
        }
        anyhow::Ok(())
    });
    match all.await {
        Ok(result) => result?,
        Err(_) => report
            .faults
            .push(format!("{} watchers never came to the final messages", watchers.len())),
    }
    let mut followed = Vec::new();
    let all = timeout(END_WITHIN, async {
        while let Some(one) = followers.join_next().await {
            followed.push(one?);
        }
        anyhow::Ok(())
    });
    match all.await {
        Ok(result) => result?,
        Err(_) => report.faults.push(format!(
            "{} followers never came to the end of the log",
            followers.len()
        )),
    }
    let truth = timeout(END_WITHIN, witness)
        .await
        .context("the log itself does not come to its end")??;
    let said = Said { changes, prompts, last };
    stage.judge(&mut report, &truth, &followed, &watched, said);
    report.took = began.elapsed();
    Ok(report)
}

/// Kills the server now and then until enough streams were broken.
async fn tell(stage: &mut Stage, count: u64, wake_sleepers: impl FnOnce()) -> anyhow::Result<()> {
    let mut wake_sleepers = Some(wake_sleepers);
    for (turn, percent) in KILLS_AT.into_iter().chain([100]).enumerate() {
        while stage.proxy.counts().broken() * 100 < count * percent {
            sleep(Duration::from_millis(50)).await;
        }
        if percent == 100 {
            break;
        }
        if turn == 1 {
            stage.outgrow(SHORT_LOG).await?;
        }
        stage.server.kill()?;
        stage.server.run((turn == 1).then_some(SHORT_LOG)).await?;
        if turn == 1
            && let Some(wake) = wake_sleepers.take()
        {
            stage.trimmed().await?;
            wake();
        }
    }
    Ok(())
}

/// Changes the project again and again. The answer is how often.
async fn write(client: Client, project: String, over: watch::Receiver<bool>) -> anyhow::Result<u64> {
    let mut changes = 0;
    while !*over.borrow() {
        changes += 1;
        describe(&client, &project, format!("change {changes}")).await?;
        sleep(CHANGE_EVERY).await;
    }
    describe(&client, &project, "the end".to_owned()).await?;
    Ok(changes + 1)
}

async fn describe(client: &Client, project: &str, text: String) -> Result<(), client::Error> {
    let input = UpdateProjectInput {
        id: project.to_owned(),
        description: Some(Some(text.clone())),
        client_mutation_id: Some(text),
        ..UpdateProjectInput::default()
    };
    insistently(|| client.update_project(input.clone())).await?;
    Ok(())
}

/// Asks one thing after the other, and waits for each answer. The answer is how many.
async fn speak(client: Client, session: String, number: usize, over: watch::Receiver<bool>) -> anyhow::Result<u64> {
    let mut stream = client.session_stream(&session);
    let mut prompts = 0;
    while !*over.borrow() {
        let speech = Speech {
            session: number,
            number: prompts,
        };
        let input = SendPromptInput {
            session: session.clone(),
            parts: vec![PromptPartInput::Text(speech.prompt())],
            agent: None,
            model: None,
            when_busy: None,
            client_mutation_id: Some(format!("session {number}, prompt {prompts}")),
        };
        let prompt = insistently(|| client.send_prompt_input(input.clone())).await?;
        let answered = stream.until(|transcript| {
            let messages = transcript.messages();
            let after = messages.iter().skip_while(|message| message.id != prompt.id).skip(1);
            let mut answers = after.filter(|message| message.role == MessageRole::Assistant);
            answers.any(|answer| answer.completed_at.is_some() && text_of(answer).trim_end() == speech.text())
        });
        let answered = timeout(END_WITHIN, answered).await;
        answered.with_context(|| format!("prompt {prompts} of session {number} was not answered whole"))??;
        prompts += 1;
    }
    Ok(prompts as u64)
}
