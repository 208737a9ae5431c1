//! A private PostgreSQL cluster for the tests: in a temporary folder, on a free port of loopback, gone afterwards.
//!
//! The data is thrown away, so nothing is flushed to disk. Any local user may connect (there is nothing to protect);
//! nobody from outside can.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::context::Context;
use crate::group::PAUSE;
use crate::passwd::{User, service_user};
use crate::resident::{Residency, Resident};
use crate::step::tail;
use crate::tools::{find, is_program};

const INITDB_LIMIT: Duration = Duration::from_secs(120);
const START_LIMIT: Duration = Duration::from_secs(60);
/// Somebody may take the free port before the server does.
const ATTEMPTS: usize = 3;
/// Where packages keep versions side by side: `<folder>/<name with a version>/bin`.
const VERSION_FOLDERS: [&str; 3] = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];

/// The signal that does not wait for clients to leave.
const FAST_SHUTDOWN: &str = "INT";

const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    // Every test has databases of its own, each with a pool.
    "max_connections=400",
    "log_min_messages=warning",
];

pub struct Cluster {
    pub url: String,
    // Dropped in this order: first the server, then what is left of its folder.
    _server: Resident,
    _folder: TempDir,
}

impl Cluster {
    pub fn start(context: &Context) -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL is not installed")?;
        let user = service_user()?;
        let log = context.folder("logs")?.join("postgres.log");
        for _ in 0..ATTEMPTS {
            let folder = make(context, &programs, user)?;
            let port = free_port()?;
            let home = Residency {
                end_by: FAST_SHUTDOWN,
                folder: folder.path(),
                throw_away: true,
                user,
                log: &log,
            };
            let server = Resident::start(&command(&programs, folder.path(), port), &home)?;
            if let Some(server) = when_ready(context, server, folder.path())? {
                let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
                return Ok(Self {
                    url,
                    _server: server,
                    _folder: folder,
                });
            }
        }
        bail!(
            "PostgreSQL ended at once; its last words:\n{}",
            tail(&fs::read_to_string(&log).unwrap_or_default(), 20)
        )
    }
}

/// An empty cluster in a new folder.
fn make(context: &Context, programs: &Path, user: Option<User>) -> anyhow::Result<TempDir> {
    let parent = shared_folder(user.is_some())?;
    let only_owner = Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new()
        .prefix("pcc-postgres-")
        .permissions(only_owner)
        .tempdir_in(parent)?;
    if let Some(user) = user {
        chown(folder.path(), Some(user.uid), Some(user.gid)).context("cannot give the cluster's folder away")?;
    }
    let task = context
        .task(programs.join("initdb"))
        .arg("-D")
        .arg(data_in(folder.path()))
        .dir(folder.path())
        .user(user);
    let task = task.args([
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]);
    task.limit(INITDB_LIMIT)
        .run_quietly("initdb")
        .context("the test cluster could not be made")?;
    Ok(folder)
}

fn command(programs: &Path, folder: &Path, port: u16) -> Vec<OsString> {
    let mut command = vec![programs.join("postgres").into(), "-D".into(), data_in(folder).into()];
    let mut set = |setting: &OsStr| command.extend(["-c".into(), setting.to_owned()]);
    let mut sockets = OsString::from("unix_socket_directories=");
    sockets.push(folder);
    set(&sockets);
    set(OsStr::new(&format!("port={port}")));
    SETTINGS.iter().for_each(|setting| set(OsStr::new(setting)));
    command
}

/// The server once it takes connections, or nothing if it ended before.
fn when_ready(context: &Context, mut server: Resident, folder: &Path) -> anyhow::Result<Option<Resident>> {
    let state = data_in(folder).join("postmaster.pid");
    let deadline = Instant::now() + START_LIMIT;
    while !is_ready(&fs::read_to_string(&state).unwrap_or_default()) {
        context.signals.check("postgres")?;
        if server.ended()?.is_some() {
            return Ok(None);
        }
        ensure!(
            Instant::now() < deadline,
            "PostgreSQL was not ready after {} s",
            START_LIMIT.as_secs()
        );
        thread::sleep(PAUSE);
    }
    Ok(Some(server))
}

fn data_in(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// The eighth line of `postmaster.pid` is the server's state; `pg_ctl` reads it too.
fn is_ready(postmaster_pid: &str) -> bool {
    postmaster_pid
        .lines()
        .nth(7)
        .is_some_and(|state| state.trim() == "ready")
}

fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port on loopback")?;
    Ok(listener.local_addr()?.port())
}

/// A folder for temporary files that another user can reach too, if the server runs as one.
fn shared_folder(for_another_user: bool) -> anyhow::Result<PathBuf> {
    let folders = [std::env::temp_dir(), PathBuf::from("/tmp"), PathBuf::from("/var/tmp")];
    let fitting = folders
        .into_iter()
        .find(|folder| folder.is_dir() && (!for_another_user || open_to_all(folder)));
    fitting.context("no folder for temporary files that PostgreSQL's user can reach: set TMPDIR to one")
}

fn open_to_all(folder: &Path) -> bool {
    folder
        .ancestors()
        .all(|part| part.metadata().is_ok_and(|data| data.permissions().mode() & 0o001 != 0))
}

/// The folder with `initdb` and `postgres`: of the newest version installed, or on PATH.
pub fn programs() -> Option<PathBuf> {
    let versions = VERSION_FOLDERS.iter().find_map(|folder| newest_in(Path::new(folder)));
    versions.or_else(|| {
        // The programs look for their other parts beside themselves, so follow links to the real place.
        let folder = find("initdb")?.canonicalize().ok()?.parent()?.to_path_buf();
        has_programs(&folder).then_some(folder)
    })
}

fn newest_in(folder: &Path) -> Option<PathBuf> {
    let versions = fs::read_dir(folder).ok()?.flatten().filter_map(|entry| {
        let name = entry.file_name();
        let version = name.to_str()?.trim_start_matches("postgresql@").parse::<u32>().ok()?;
        let programs = entry.path().join("bin");
        has_programs(&programs).then_some((version, programs))
    });
    versions.max().map(|(_version, programs)| programs)
}

fn has_programs(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| is_program(&folder.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_complete_version_is_taken() {
        let base = tempfile::tempdir().unwrap();
        assert_eq!(newest_in(base.path()), None);
        let install = |version: &str, programs: &[&str]| {
            let folder = base.path().join(version).join("bin");
            fs::create_dir_all(&folder).unwrap();
            for program in programs {
                fs::write(folder.join(program), "").unwrap();
                fs::set_permissions(folder.join(program), Permissions::from_mode(0o755)).unwrap();
            }
            folder
        };
        install("9", &["initdb", "postgres"]);
        let newest = install("15", &["initdb", "postgres"]);
        install("17", &["psql"]);
        install("icu4c", &["initdb", "postgres"]);
        assert_eq!(newest_in(base.path()), Some(newest));
        let brew = install("postgresql@18", &["initdb", "postgres"]);
        assert_eq!(newest_in(base.path()), Some(brew));
    }

    #[test]
    fn readiness_is_read_from_the_state_file() {
        let file = |state: &str| format!("1\n/data\n1700000000\n5432\n/tmp\n127.0.0.1\n 12 34\n{state}");
        assert!(is_ready(&file("ready   \n")));
        assert!(!is_ready(&file("starting\n")));
        assert!(!is_ready("1\n/data\n"));
        assert!(!is_ready(""));
    }

    #[test]
    fn a_private_folder_is_not_open_to_all() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        assert!(!open_to_all(folder.path()));
        assert!(open_to_all(Path::new("/")));
    }
}
