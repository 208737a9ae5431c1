//! Settings: the defaults, then a file, then the environment, then the command line. Checked whole at the start, with a
//! message that names the key. `config.default.toml` is the manual.

mod github;

use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use config::{Config as Sources, ConfigError, File, FileFormat, Value, ValueKind};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use crate::{
    db::sqlite_url, events::retention::Retention, forge::policy::Policy, graphql::PublicUrl, projects::upkeep,
};

pub use self::github::GitHub;

pub const DEFAULTS: &str = include_str!("../config.default.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: SocketAddr,
    data_dir: PathBuf,
    /// May hold a password.
    database_url: SecretString,
    public_url: String,
    pub http: Http,
    pub agent: Agent,
    pub forge: Forge,
    pub github: GitHub,
    pub events: Events,
    pub log: Log,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    #[serde(deserialize_with = "list")]
    pub allowed_hosts: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub allowed_origins: Vec<String>,
    pub answer_cache_mb: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub command: PathBuf,
    config: PathBuf,
    pub allow_project_config: bool,
    sleep_after_seconds: u32,
    max_awake: u32,
    max_memory_mb: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct Forge {
    allow_file: bool,
    allow_http: bool,
    allow_private_hosts: bool,
    allow_loopback: bool,
    allow_link_local: bool,
    pub max_repository_mb: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    keep_days: u32,
    keep_events: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the configuration cannot be used: {0}")]
    Value(#[from] ConfigError),
    #[error("agent.config: {path} cannot be read: {source}")]
    AgentConfig { path: PathBuf, source: std::io::Error },
    #[error("agent.config: {path} is not a JSON object")]
    AgentConfigShape { path: PathBuf },
    #[error("data_dir: there is no home folder to keep data in; give a folder")]
    NoHome,
    #[error("public_url: {0:?} is not an http or https address")]
    PublicUrl(String),
    #[error(
        "github.{key}: {value:?} is not an https address (http only on this machine itself) without a user or a query"
    )]
    GitHubUrl { key: &'static str, value: String },
    #[error("github.client_id: {0:?} is no id of an OAuth app: letters, digits, dots and hyphens")]
    GitHubClientId(String),
}

/// What the command line says.
#[derive(Debug, Default)]
pub struct Overrides {
    pub file: Option<PathBuf>,
    pub listen: Option<String>,
    pub data_dir: Option<String>,
    pub database_url: Option<String>,
}

impl Config {
    pub fn load(overrides: Overrides) -> Result<Self, Error> {
        Self::from_sources(overrides, |name| env::var(name).ok())
    }

    fn from_sources(overrides: Overrides, environment: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let defaults = Sources::builder()
            .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
            .build()?;
        let mut builder = Sources::builder().add_source(defaults.clone());
        if let Some(file) = overrides.file {
            builder = builder.add_source(File::from(file).format(FileFormat::Toml));
        }
        for key in keys(&defaults.cache) {
            let name = format!("PCC_{}", key.replace('.', "_").to_uppercase());
            builder = builder.set_override_option(key, environment(&name))?;
        }
        let config: Self = builder
            .set_override_option("listen", overrides.listen)?
            .set_override_option("data_dir", overrides.data_dir)?
            .set_override_option("database_url", overrides.database_url)?
            .build()?
            .try_deserialize()?;
        config.public_url()?;
        config.github.site()?;
        Ok(config)
    }

    pub fn data_dir(&self) -> Result<PathBuf, Error> {
        if !self.data_dir.as_os_str().is_empty() {
            return Ok(self.data_dir.clone());
        }
        let named = |variable| {
            env::var_os(variable)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let home = named("XDG_DATA_HOME").or_else(|| named("HOME").map(|home| home.join(".local/share")));
        home.map(|home| home.join("pcc")).ok_or(Error::NoHome)
    }

    pub fn database_url(&self, data_dir: &Path) -> SecretString {
        if self.database_url.expose_secret().is_empty() {
            sqlite_url(&data_dir.join("pcc.db")).into()
        } else {
            self.database_url.clone()
        }
    }

    pub fn public_url(&self) -> Result<PublicUrl, Error> {
        if self.public_url.is_empty() {
            return Ok(PublicUrl::new(&format!("http://{}", self.listen)));
        }
        let is_address = url::Url::parse(&self.public_url)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if is_address {
            Ok(PublicUrl::new(&self.public_url))
        } else {
            Err(Error::PublicUrl(self.public_url.clone()))
        }
    }

    pub fn is_public_url_given(&self) -> bool {
        !self.public_url.is_empty()
    }
}

impl Agent {
    /// The file's content, read now.
    pub fn config(&self) -> Result<serde_json::Value, Error> {
        let path = &self.config;
        if path.as_os_str().is_empty() {
            return Ok(serde_json::Value::Object(serde_json::Map::new()));
        }
        let text = std::fs::read(path).map_err(|source| Error::AgentConfig {
            path: path.clone(),
            source,
        })?;
        match serde_json::from_slice(&text) {
            Ok(object @ serde_json::Value::Object(_)) => Ok(object),
            _ => Err(Error::AgentConfigShape { path: path.clone() }),
        }
    }

    pub fn upkeep(&self) -> upkeep::Limits {
        upkeep::Limits {
            sleep_after: (self.sleep_after_seconds > 0).then(|| Duration::from_secs(self.sleep_after_seconds.into())),
            awake: usize::try_from(self.max_awake).ok().filter(|limit| *limit > 0),
            memory_bytes: (self.max_memory_mb > 0).then(|| self.max_memory_mb.saturating_mul(1024 * 1024)),
        }
    }
}

impl Forge {
    pub fn policy(&self) -> Policy {
        Policy {
            allow_file: self.allow_file,
            allow_http: self.allow_http,
            allow_private_hosts: self.allow_private_hosts,
            allow_loopback: self.allow_loopback,
            allow_link_local: self.allow_link_local,
        }
    }
}

impl Events {
    pub fn retention(&self) -> Retention {
        Retention {
            keep_days: self.keep_days,
            keep_events: self.keep_events,
        }
    }
}

/// The path of every setting, as `agent.command`.
fn keys(value: &Value) -> Vec<String> {
    let ValueKind::Table(table) = &value.kind else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (name, value) in table {
        match value.kind {
            ValueKind::Table(_) => all.extend(keys(value).into_iter().map(|key| format!("{name}.{key}"))),
            _ => all.push(name.clone()),
        }
    }
    all
}

/// A list, or in the environment one text with commas.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum ListOrText {
        List(Vec<String>),
        Text(String),
    }
    Ok(match ListOrText::deserialize(deserializer)? {
        ListOrText::List(items) => items,
        ListOrText::Text(text) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Config, Error> {
        Config::from_sources(Overrides::default(), |name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn defaults_are_complete_and_the_environment_wins() {
        let config = with(&[]).expect("the defaults are complete");
        assert_eq!(config.listen.to_string(), "127.0.0.1:3001");
        let config = with(&[
            ("PCC_LISTEN", "127.0.0.1:4000"),
            ("PCC_AGENT_COMMAND", "/opt/opencode"),
            ("PCC_HTTP_ALLOWED_HOSTS", "a.example, b.example"),
            ("PCC_FORGE_ALLOW_FILE", "true"),
            ("PCC_GITHUB_URL", "http://127.0.0.1:9"),
            ("PCC_GITHUB_API_URL", "https://git.example/api/v3"),
        ])
        .expect("all are settings");
        assert_eq!(config.listen.port(), 4000);
        assert_eq!(config.agent.command, PathBuf::from("/opt/opencode"));
        assert_eq!(config.http.allowed_hosts, ["a.example", "b.example"]);
        assert!(config.forge.policy().allow_file);
    }

    #[test]
    fn a_bad_value_names_its_key() {
        for (name, value, key) in [
            ("PCC_LISTEN", "nowhere", "listen"),
            ("PCC_EVENTS_KEEP_DAYS", "many", "events.keep_days"),
            ("PCC_LOG_FORMAT", "xml", "log.format"),
            ("PCC_PUBLIC_URL", "ftp://x", "public_url"),
            ("PCC_GITHUB_CLIENT_ID", "a b", "github.client_id"),
            ("PCC_GITHUB_URL", "http://github.example", "github.url"),
            ("PCC_GITHUB_URL", "https://github.example/path", "github.url"),
            (
                "PCC_GITHUB_API_URL",
                "https://me:pass@github.example/api",
                "github.api_url",
            ),
        ] {
            let message = with(&[(name, value)]).expect_err(name).to_string();
            assert!(message.contains(key), "{message:?} does not name {key}");
        }
    }

    #[test]
    fn a_file_with_an_unknown_key_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pcc.toml");
        std::fs::write(&file, "lisen = \"127.0.0.1:1\"\n").expect("written");
        let overrides = Overrides {
            file: Some(file),
            ..Default::default()
        };
        let message = Config::from_sources(overrides, |_| None)
            .expect_err("refused")
            .to_string();
        assert!(message.contains("lisen"), "{message}");
    }
}
