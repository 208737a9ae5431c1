//! What it knows: codes, tokens, repositories, what will go wrong, and what it was asked.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Options;

/// Where a request can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    DeviceCode,
    AccessToken,
    User,
    Repositories,
    Git,
}

/// What goes wrong with one request. First the delay, then the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    pub delay_ms: u64,
    /// It never answers.
    pub hang: bool,
    /// It does what it was asked and answers with this all the same.
    pub status_after: Option<u16>,
    /// It answers with this and does nothing.
    pub status: Option<u16>,
    /// It says that it was asked too often, and to come again after so many seconds.
    pub limit: Option<u64>,
    /// It sends whoever asks to this address.
    pub redirect: Option<String>,
    /// It wants to be asked less often: so many seconds apart. Of `access_token` alone.
    pub slow_down: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// `owner/name`
    pub full_name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub private: bool,
    #[serde(default)]
    pub fork: bool,
    #[serde(default)]
    pub archived: bool,
    /// As GitHub writes times; `None` for never.
    #[serde(default)]
    pub pushed_at: Option<String>,
}

/// A request, as far as tests ask of it.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Whether it had a token with it, of whatever kind.
    pub has_login: bool,
    #[serde(skip)]
    pub at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Pending,
    Approved,
    Denied,
    Expired,
    Used,
}

pub(super) struct Login {
    pub(super) user_code: String,
    pub(super) code: Code,
    pub(super) interval: u64,
    pub(super) begun: Instant,
    pub(super) asked: Option<Instant>,
}

#[derive(Default)]
struct Inner {
    logins: BTreeMap<String, Login>,
    /// Whether each is still good.
    tokens: BTreeMap<String, bool>,
    repositories: Vec<Repository>,
    faults: BTreeMap<Place, VecDeque<Fault>>,
    seen: Vec<Seen>,
}

pub(super) struct State {
    pub(super) options: Options,
    /// Its own address.
    pub(super) base: String,
    /// Of the repositories, made as they are first asked for.
    pub(super) folder: PathBuf,
    /// One repository is made at a time.
    pub(super) making: tokio::sync::Mutex<()>,
    inner: Mutex<Inner>,
}

impl State {
    pub(super) fn new(options: Options, base: String, folder: PathBuf) -> Self {
        let inner = Inner {
            repositories: options.repositories.clone(),
            ..Inner::default()
        };
        Self {
            options,
            base,
            folder,
            making: tokio::sync::Mutex::default(),
            inner: Mutex::new(inner),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A code to ask with, and one to type in.
    pub(super) fn begin_login(&self) -> (String, String) {
        let (device_code, random) = (Uuid::new_v4().simple().to_string(), Uuid::new_v4().simple().to_string());
        let random = random.to_uppercase();
        let user_code = format!("{}-{}", &random[..4], &random[4..8]);
        let login = Login {
            user_code: user_code.clone(),
            code: Code::Pending,
            interval: self.options.interval,
            begun: Instant::now(),
            asked: None,
        };
        self.inner().logins.insert(device_code.clone(), login);
        (device_code, user_code)
    }

    /// What is asked of one login; `None` for a code that nobody was given.
    pub(super) fn with_login<T>(&self, device_code: &str, ask: impl FnOnce(&mut Login) -> T) -> Option<T> {
        self.inner().logins.get_mut(device_code).map(|login| {
            if login.begun.elapsed() >= Duration::from_secs(self.options.expires_in) && login.code != Code::Used {
                login.code = Code::Expired;
            }
            ask(login)
        })
    }

    /// Decides about what is pending: all of it, or what has this code.
    pub(super) fn decide(&self, user_code: Option<&str>, code: Code) -> usize {
        let mut decided = 0;
        for login in self.inner().logins.values_mut() {
            let is_meant = user_code.is_none_or(|wanted| wanted.eq_ignore_ascii_case(&login.user_code));
            if is_meant && matches!(login.code, Code::Pending | Code::Approved) {
                login.code = code;
                decided += 1;
            }
        }
        decided
    }

    pub(super) fn make_token(&self) -> String {
        let token = format!("gho_{}", Uuid::new_v4().simple());
        self.inner().tokens.insert(token.clone(), true);
        token
    }

    pub(super) fn tokens(&self) -> Vec<String> {
        self.inner().tokens.keys().cloned().collect()
    }

    pub(super) fn is_good(&self, token: &str) -> bool {
        self.inner().tokens.get(token) == Some(&true)
    }

    pub(super) fn revoke(&self) {
        self.inner().tokens.values_mut().for_each(|is_good| *is_good = false);
    }

    pub(super) fn add(&self, repositories: Vec<Repository>) {
        self.inner().repositories.extend(repositories);
    }

    /// In the order of the last push; those without one last. The id is the place in which it was added, from 1.
    pub(super) fn repositories(&self) -> Vec<(usize, Repository)> {
        let all = self.inner().repositories.clone();
        let mut all: Vec<_> = all.into_iter().enumerate().map(|(at, one)| (at + 1, one)).collect();
        all.sort_by(|(_, one), (_, other)| other.pushed_at.cmp(&one.pushed_at));
        all
    }

    pub(super) fn fail(&self, place: Place, faults: Vec<Fault>) {
        self.inner().faults.entry(place).or_default().extend(faults);
    }

    pub(super) fn fault(&self, place: Place) -> Option<Fault> {
        self.inner().faults.get_mut(&place)?.pop_front()
    }

    pub(super) fn note(&self, seen: Seen) {
        self.inner().seen.push(seen);
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.inner().seen.clone()
    }
}
