//! The real OpenCode, which some tests need.

use std::{env, path::PathBuf};

/// # Panics
/// When it is not installed: a test that skips itself proves nothing.
pub fn program() -> PathBuf {
    if let Some(program) = env::var_os("PCC_TEST_OPENCODE") {
        return program.into();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .map(|folder| folder.join("opencode"))
        .find(|program| program.is_file());
    found.expect("run the tests by \"cargo xtask test\", which installs OpenCode")
}
