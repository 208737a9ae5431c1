//! Programs for Node that the tests run: installed once, whichever test comes first.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde_json::Value;
use tokio::process::Command;

fn server_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the audits, its packages installed.
pub async fn audits() -> PathBuf {
    let folder = server_folder().join("tests/it/http/audits");
    let (installed, wanted) = (
        folder.join("node_modules/.package-lock.json"),
        folder.join("package-lock.json"),
    );
    once(
        &folder,
        || is_newer(&installed, std::slice::from_ref(&wanted)),
        &[&["ci"]],
    )
    .await;
    folder
}

/// Makes sure that GraphiQL is built from the sources as they are.
pub async fn graphiql() {
    let folder = server_folder().join("assets/graphiql");
    let built = folder.join("dist/index.html");
    let mut sources: Vec<PathBuf> = fs::read_dir(folder.join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    sources.extend(["build.mjs", "package-lock.json"].map(|name| folder.join(name)));
    once(&folder, || is_newer(&built, &sources), &[&["ci"], &["run", "build"]]).await;
}

/// Runs npm unless it is done; tests in other threads and processes wait meanwhile.
async fn once(folder: &Path, is_done: impl Fn() -> bool, commands: &[&[&str]]) {
    let lock_file = folder.join("package.json");
    let lock = tokio::task::spawn_blocking(move || {
        let lock = File::open(lock_file).unwrap();
        lock.lock().unwrap();
        lock
    })
    .await
    .unwrap();
    if !is_done() {
        for arguments in commands {
            let output = Command::new("npm")
                .args(*arguments)
                .current_dir(folder)
                .output()
                .await
                .expect("run the tests by \"cargo xtask test\", which installs Node");
            assert!(
                output.status.success(),
                "npm {arguments:?} in {}: {}",
                folder.display(),
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
    drop(lock);
}

fn is_newer(made: &Path, sources: &[PathBuf]) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let Some(made) = modified(made) else { return false };
    sources
        .iter()
        .all(|source| modified(source).unwrap_or(SystemTime::UNIX_EPOCH) <= made)
}

/// Runs a script of the audits to its end and reads the JSON it prints.
pub async fn run(script: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Value {
    let output = Command::new("node")
        .arg(script)
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(audits().await)
        .kill_on_drop(true)
        .output()
        .await
        .expect("run the tests by \"cargo xtask test\", which installs Node");
    assert!(
        output.status.success(),
        "{script}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
