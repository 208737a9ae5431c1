//! Running a git command to its end.

use std::{future::pending, io, process::ExitStatus};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use super::{
    GitCommand,
    failure::{GitError, scrub},
    group::Group,
};

/// How much of what git complains about is kept: its end, where the cause is.
const STDERR_KEPT: usize = 8 * 1024;

/// What a successful command wrote to its standard output.
pub struct Output {
    pub stdout: Vec<u8>,
}

impl Output {
    /// As text, with what is not UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl GitCommand {
    /// Runs it to its end. Fails unless git answers with success.
    pub async fn run(self) -> Result<Output, GitError> {
        self.run_with(|_| {}).await
    }

    /// Like [`run`](Self::run), and tells each line of git's progress as it comes.
    pub async fn run_with(self, on_line: impl FnMut(&str) + Send) -> Result<Output, GitError> {
        self.run_until(pending(), on_line).await
    }

    /// Like [`run_with`](Self::run_with), and ends git when `stop` comes first, which is [`GitError::Stopped`].
    pub async fn run_until(
        self,
        stop: impl Future<Output = ()>,
        on_line: impl FnMut(&str) + Send,
    ) -> Result<Output, GitError> {
        let mut group =
            Group::spawn(self.to_process()).map_err(|error| GitError::from_spawn(error, self.folder.as_deref()))?;
        let result = tokio::select! {
            driven = timeout(self.timeout, self.drive(&mut group, on_line)) => {
                driven.unwrap_or(Err(GitError::Timeout(self.timeout)))
            }
            () = stop => Err(GitError::Stopped),
        };
        match result {
            Ok((status, output, complaint)) => conclude(status, output, &complaint),
            Err(error) => {
                group.end().await;
                Err(error)
            }
        }
    }

    async fn drive(
        &self,
        group: &mut Group,
        mut on_line: impl FnMut(&str) + Send,
    ) -> Result<(ExitStatus, Vec<u8>, String), GitError> {
        let pipes = group
            .child()
            .map(|child| (child.stdin.take(), child.stdout.take(), child.stderr.take()));
        let Some((Some(mut stdin), Some(stdout), Some(stderr))) = pipes else {
            return Err(GitError::Io(io::Error::other("git was started without its pipes")));
        };
        let feed = async {
            // git may end without reading everything; its exit tells whether that is a fault.
            let _ = stdin.write_all(&self.input).await;
            drop(stdin);
            Ok(())
        };
        let read = read_limited(stdout, self.output_limit);
        let (output, complaint, ()) = tokio::try_join!(read, read_lines(stderr, &mut on_line), feed)?;
        let status = group.wait().await.map_err(GitError::Io)?;
        Ok((status, output, complaint))
    }
}

fn conclude(status: ExitStatus, stdout: Vec<u8>, complaint: &str) -> Result<Output, GitError> {
    if status.success() {
        Ok(Output { stdout })
    } else {
        Err(GitError::Failed {
            code: status.code(),
            message: scrub(complaint),
        })
    }
}

async fn read_limited(mut pipe: impl AsyncRead + Unpin, limit: usize) -> Result<Vec<u8>, GitError> {
    let mut output = Vec::new();
    (&mut pipe)
        .take(limit as u64 + 1)
        .read_to_end(&mut output)
        .await
        .map_err(GitError::Io)?;
    if output.len() > limit {
        Err(GitError::TooMuchOutput(limit))
    } else {
        Ok(output)
    }
}

/// Passes on each line (progress ends its lines by a carriage return) and keeps the last few KiB of those that are not
/// progress.
async fn read_lines(mut pipe: impl AsyncRead + Unpin, on_line: &mut impl FnMut(&str)) -> Result<String, GitError> {
    let (mut kept, mut line, mut chunk) = (String::new(), Vec::new(), [0_u8; 4096]);
    loop {
        let count = pipe.read(&mut chunk).await.map_err(GitError::Io)?;
        for byte in &chunk[..count] {
            if matches!(byte, b'\r' | b'\n') {
                take_line(&mut line, *byte == b'\n', &mut kept, on_line);
            } else if line.len() < STDERR_KEPT {
                line.push(*byte);
            }
        }
        if count == 0 {
            take_line(&mut line, true, &mut kept, on_line);
            return Ok(kept);
        }
    }
}

fn take_line(line: &mut Vec<u8>, keep: bool, kept: &mut String, on_line: &mut impl FnMut(&str)) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    if !text.is_empty() {
        on_line(text);
        if keep {
            kept.push_str(text);
            kept.push('\n');
        }
    }
    if kept.len() > STDERR_KEPT {
        let mut from = kept.len() - STDERR_KEPT;
        while !kept.is_char_boundary(from) {
            from += 1;
        }
        kept.drain(..from);
    }
    line.clear();
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use super::*;
    use crate::forge::git::{Git, GitOptions};

    fn shell(script: &str) -> GitCommand {
        let options = GitOptions {
            program: "sh".into(),
            ..GitOptions::in_folder(Path::new("/x"))
        };
        Git::new(options).command("-c").arg(script)
    }

    #[tokio::test]
    async fn passes_input_and_progress() {
        let mut lines = Vec::new();
        let command = shell("cat; printf 'one 1%%\\rone 2%%\\rdone\\n' >&2").input("hello");
        let output = command.run_with(|line| lines.push(line.to_owned())).await.unwrap();
        assert_eq!(
            (output.text().as_str(), lines),
            ("hello", vec!["one 1%".into(), "one 2%".into(), "done".to_owned()])
        );
    }

    #[tokio::test]
    async fn more_output_than_allowed_is_a_failure_and_not_a_cut_answer() {
        let error = shell("yes").output_limit(1_000).run().await.err();
        assert!(matches!(error, Some(GitError::TooMuchOutput(1_000))), "{error:?}");
    }

    #[tokio::test]
    async fn complaints_are_bounded() {
        let error = shell("yes fault | head -c 1000000 >&2; echo cause >&2; exit 3")
            .run()
            .await
            .err();
        let Some(GitError::Failed { code: Some(3), message }) = error else {
            panic!("{error:?}")
        };
        assert!(
            message.len() <= STDERR_KEPT && message.ends_with("cause"),
            "{}",
            message.len()
        );
    }

    #[tokio::test]
    async fn can_be_stopped() {
        let (started, has_started) = tokio::sync::oneshot::channel();
        let mut started = Some(started);
        let stop = async move { has_started.await.unwrap() };
        let run =
            shell("echo begun >&2; exec sleep 600").run_until(stop, |_| started.take().unwrap().send(()).unwrap());
        assert!(matches!(run.await.err(), Some(GitError::Stopped)));
    }

    #[tokio::test]
    async fn the_deadline_ends_what_the_command_started_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        // A helper that ignores TERM and holds the pipes open.
        let script = format!(
            "sh -c 'trap \"\" TERM; echo $$ > {}; while :; do sleep 1; done' & wait",
            file.display()
        );
        let error = shell(&script).timeout(Duration::from_millis(500)).run().await.err();
        assert!(matches!(error, Some(GitError::Timeout(_))), "{error:?}");
        let pid = std::fs::read_to_string(&file).unwrap();
        let gone = || {
            // A zombie has no command line.
            std::fs::read(format!("/proc/{}/cmdline", pid.trim())).is_ok_and(|line| !line.is_empty())
        };
        for _ in 0..200 {
            if !gone() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the helper is still there");
    }
}
