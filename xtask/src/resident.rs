//! A process that stays while a command runs, and never longer: PostgreSQL for the tests, the model of the demo.
//!
//! A small shell stands between us and it and holds the other end of a pipe. When the pipe closes, because we are done
//! or because xtask itself was killed, the shell ends the process and removes its folder. So not even `kill -9` of
//! xtask leaves a database server or a taken port behind.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use crate::group::Group;
use crate::passwd::User;

/// What a process gets to end by itself once asked.
const GRACE: Duration = Duration::from_secs(10);

/// Arguments: the signal that ends the process, a folder to remove or nothing, the command.
const SHELL: &str = r#"
signal=$1 folder=$2
shift 2
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
{ read -r _ <&3; kill -s "$signal" "$child"; } >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill "$watcher" 2>/dev/null
[ -z "$folder" ] || rm -rf "$folder"
exit "$status"
"#;

pub struct Resident {
    /// Closing it is the order to end.
    lifeline: Option<ChildStdin>,
    group: Group,
}

pub struct Residency<'a> {
    pub end_by: &'a str,
    pub folder: &'a Path,
    /// Removed when the process has ended.
    pub throw_away: bool,
    pub user: Option<User>,
    pub log: &'a Path,
}

impl Resident {
    pub fn start<S: AsRef<OsStr>>(command: &[S], home: &Residency<'_>) -> anyhow::Result<Self> {
        let log = File::create(home.log).with_context(|| format!("cannot write {}", home.log.display()))?;
        let folder = if home.throw_away {
            home.folder.as_os_str()
        } else {
            OsStr::new("")
        };
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", SHELL, "sh", home.end_by])
            .arg(folder)
            .args(command)
            .current_dir(home.folder);
        shell.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        if let Some(user) = home.user {
            shell.uid(user.uid).gid(user.gid);
        }
        let mut group = Group::spawn(&mut shell).context("/bin/sh could not be started")?;
        let lifeline = group.child().stdin.take();
        Ok(Self { lifeline, group })
    }

    /// Its status, if it has ended.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.group.try_wait()?)
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // Past the grace the group is killed when it is dropped.
        let _ = self.group.wait_for(GRACE);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;
    use std::time::Instant;

    use rustix::process::{Pid, test_kill_process};

    use super::*;

    fn until(what: &str, mut condition: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !condition() {
            assert!(Instant::now() < deadline, "waited in vain until {what}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn pid_in(file: &Path) -> Pid {
        until("the pid is written", || {
            fs::read_to_string(file).is_ok_and(|text| text.ends_with('\n'))
        });
        let pid = fs::read_to_string(file).unwrap().trim().parse().unwrap();
        Pid::from_raw(pid).unwrap()
    }

    #[test]
    fn it_ends_with_its_owner_and_takes_its_folder_along() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("home");
        fs::create_dir(&folder).unwrap();
        let (log, pid_file) = (outside.path().join("log"), outside.path().join("pid"));
        let home = Residency {
            end_by: "TERM",
            folder: &folder,
            throw_away: true,
            user: None,
            log: &log,
        };
        let script = format!("echo $$ > '{}'; exec sleep 600", pid_file.display());
        let resident = Resident::start(&["sh", "-c", &script], &home).unwrap();
        let pid = pid_in(&pid_file);
        assert!(test_kill_process(pid).is_ok());
        drop(resident);
        until("the process is gone", || test_kill_process(pid).is_err());
        assert!(!folder.exists());
    }

    #[test]
    fn its_own_end_is_seen_with_its_status() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let home = Residency {
            end_by: "TERM",
            folder: folder.path(),
            throw_away: false,
            user: None,
            log: &log,
        };
        let mut resident = Resident::start(&["sh", "-c", "echo last words; exit 7"], &home).unwrap();
        let mut status = None;
        until("it has ended", || {
            status = resident.ended().unwrap();
            status.is_some()
        });
        assert_eq!(status.unwrap().code(), Some(7));
        assert_eq!(fs::read_to_string(&log).unwrap(), "last words\n");
        assert!(folder.path().exists());
    }
}
