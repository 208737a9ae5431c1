//! Which server this machine is paired with, and its token: one file that only its owner can read.

use std::{
    env, fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use client::SecretString;
use etcetera::BaseStrategy;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::output::Complaint;

/// Where to go and who to be.
#[derive(Debug)]
pub struct Login {
    pub server: String,
    pub token: SecretString,
}

/// The file's content.
#[derive(Debug, Deserialize, Serialize)]
pub struct Config {
    pub server: String,
    #[serde(serialize_with = "exposed")]
    pub token: SecretString,
}

fn exposed<S: serde::Serializer>(token: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.expose_secret())
}

/// `PCC_CONFIG`, or `pcc/config.json` in the user's configuration folder.
pub fn path() -> Result<PathBuf> {
    if let Some(path) = env::var_os("PCC_CONFIG").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let folders = etcetera::choose_base_strategy().context("the home folder is unknown; set PCC_CONFIG")?;
    Ok(folders.config_dir().join("pcc").join("config.json"))
}

/// The login of the environment, or else of the file. The file's token goes to the file's server only.
pub fn login(server: Option<&str>) -> Result<Login> {
    let token = env::var("PCC_TOKEN")
        .ok()
        .filter(|token| !token.is_empty())
        .map(SecretString::from);
    let stored = if server.is_some() && token.is_some() {
        None
    } else {
        read(&path()?)?
    };
    choose(server, token, stored)
}

fn choose(server: Option<&str>, token: Option<SecretString>, stored: Option<Config>) -> Result<Login> {
    let unpaired = || {
        Complaint::new(
            "UNPAIRED",
            "This machine is not paired. Run `pcc pair 'LINK'` with the link the server printed.",
        )
    };
    let Some(server) = server else {
        let stored = stored.ok_or_else(unpaired)?;
        return Ok(Login {
            server: stored.server,
            token: token.unwrap_or(stored.token),
        });
    };
    let same = |stored: &Config| url::Url::parse(&stored.server).ok() == url::Url::parse(server).ok();
    let token = token.or_else(|| stored.filter(same).map(|stored| stored.token));
    let foreign = || {
        Complaint::new(
            "UNPAIRED",
            format!("There is no token for {server}. Set PCC_TOKEN, or pair."),
        )
    };
    Ok(Login {
        server: server.to_owned(),
        token: token.ok_or_else(foreign)?,
    })
}

fn read(path: &Path) -> Result<Option<Config>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    // The parser's message could quote the token.
    let config = serde_json::from_str(&text).ok();
    config
        .map(Some)
        .with_context(|| format!("{} is damaged; pair again", path.display()))
}

/// Replaces the file at once, so that it is never half written and never readable to others.
pub fn write(path: &Path, config: &Config) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let write = || -> Result<()> {
        fs::create_dir_all(folder)?;
        // The library creates it with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(serde_json::to_string_pretty(config)?.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(server: &str) -> Config {
        Config {
            server: server.to_owned(),
            token: SecretString::from("hush-hush"),
        }
    }

    #[test]
    fn the_file_is_its_owners_alone_and_survives_rewriting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper").join("config.json");
        for server in ["http://one", "http://two"] {
            write(&path, &config(server)).unwrap();
            let read = read(&path).unwrap().unwrap();
            assert_eq!(
                (read.server.as_str(), read.token.expose_secret()),
                (server, "hush-hush")
            );
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_file_is_told_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        assert!(read(&path).unwrap().is_none());
        fs::write(&path, r#"{ "server": "http://one", "token": hush-hush }"#).unwrap();
        let error = format!("{:?}", read(&path).unwrap_err());
        assert!(error.contains("damaged") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn a_token_goes_to_its_own_server_only() {
        let token = |login: Result<Login>| login.unwrap().token.expose_secret().to_owned();
        let stored = || Some(config("http://one"));
        assert_eq!(token(choose(None, None, stored())), "hush-hush");
        assert_eq!(token(choose(Some("http://one/"), None, stored())), "hush-hush");
        assert_eq!(
            token(choose(Some("http://two"), Some(SecretString::from("t")), stored())),
            "t"
        );
        assert!(choose(Some("http://two"), None, stored()).is_err());
        assert!(choose(None, Some(SecretString::from("t")), None).is_err());
        assert!(!format!("{:?}", stored()).contains("hush"));
    }
}
