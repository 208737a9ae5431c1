//! The account at GitHub.

use std::io::Read;

use anyhow::{Context as _, Result};
use client::{
    SecretString,
    types::{GithubAccount, GithubLogin, GithubLoginState, GithubRepository},
};
use console::Style;
use serde_json::json;

use crate::{
    args::GithubAction,
    context::Context,
    output::{Complaint, fields, name, one_line, table},
};

/// A token is shorter than this.
const MAX_TOKEN: u64 = 4096;

pub async fn run(context: &Context, action: Option<GithubAction>) -> Result<()> {
    match action {
        None => show(context).await,
        Some(GithubAction::Login { token_stdin: false }) => login(context).await,
        Some(GithubAction::Login { token_stdin: true }) => connect(context).await,
        Some(GithubAction::Logout) => logout(context).await,
        Some(GithubAction::Repositories { search, count }) => repositories(context, &search.join(" "), count).await,
    }
}

async fn show(context: &Context) -> Result<()> {
    let github = context.client.github().await?;
    context.output.value(&github, || {
        let setup = &github.github_setup;
        match &github.github_account {
            Some(account) => describe(account),
            None if setup.can_sign_in => "Nobody has signed in to GitHub: `pcc github login`.".to_owned(),
            None => format!(
                "Nobody has signed in to GitHub. Make a token at {} and run `pcc github login --token-stdin`.",
                one_line(&setup.token_url)
            ),
        }
    })
}

fn describe(account: &GithubAccount) -> String {
    fields(&[
        ("account", Some(one_line(&account.login))),
        ("name", account.name.as_deref().map(one_line)),
        (
            "scopes",
            Some(one_line(&account.scopes.join(" "))).filter(|scopes| !scopes.is_empty()),
        ),
        ("since", Some(account.connected_at.format("%F %R UTC").to_string())),
        (
            "problem",
            account.problem.as_ref().map(|problem| one_line(&problem.message)),
        ),
    ])
}

async fn login(context: &Context) -> Result<()> {
    let begun = context.client.begin_github_login().await?;
    context.output.event(&begun, || {
        let code = Style::new().bold().apply_to(one_line(&begun.user_code));
        format!("Type {code} in at {}", one_line(&begun.verification_url))
    })?;
    context.output.note("It is waited for; the server goes on by itself.");
    let waiting = async { Ok(context.client.wait_for_github_login(&begun.id).await?) };
    let login = context.in_time(waiting).await?;
    if login.state != GithubLoginState::Approved {
        return Err(not_approved(&login).into());
    }
    let account = context.client.github().await?.github_account;
    signed_in(context, account.as_ref())
}

fn not_approved(login: &GithubLogin) -> Complaint {
    let why = match login.state {
        GithubLoginState::Denied => "It was denied at GitHub.",
        GithubLoginState::Expired => "The code was not typed in in time.",
        GithubLoginState::Cancelled => "It was given up on another device.",
        _ => "It did not work out.",
    };
    let told = login.problem.as_ref().map(|problem| one_line(&problem.message));
    Complaint::new(name(&login.state), told.unwrap_or_else(|| why.to_owned()))
}

async fn connect(context: &Context) -> Result<()> {
    let mut token = String::new();
    std::io::stdin()
        .lock()
        .take(MAX_TOKEN)
        .read_to_string(&mut token)
        .context("standard input cannot be read")?;
    let token = SecretString::from(token.trim());
    let account = context.client.connect_github(&token).await?;
    signed_in(context, account.as_ref())
}

fn signed_in(context: &Context, account: Option<&GithubAccount>) -> Result<()> {
    context.output.event(&json!({ "account": account }), || match account {
        Some(account) => format!("Signed in to GitHub as {}.", one_line(&account.login)),
        None => "Somebody has signed out again.".to_owned(),
    })
}

async fn logout(context: &Context) -> Result<()> {
    let login = context.client.disconnect_github().await?;
    context.output.value(&json!({ "login": login }), || match &login {
        Some(login) => format!("{} is signed out of GitHub.", one_line(login)),
        None => "Nobody was signed in to GitHub.".to_owned(),
    })
}

async fn repositories(context: &Context, search: &str, count: u16) -> Result<()> {
    let page = context
        .client
        .github_repositories(Some(search), Some(count.into()), None)
        .await?;
    context.output.value(&page.nodes, || {
        let rows: Vec<_> = page.nodes.iter().map(row).collect();
        table(["REPOSITORY", "PUSHED", "", "DESCRIPTION"], &rows)
    })?;
    if page.page_info.has_next_page {
        context
            .output
            .note("There are more: name some words, or ask for more by -n.");
    }
    Ok(())
}

fn row(repository: &GithubRepository) -> [String; 4] {
    let kinds = [
        (repository.is_private, "private"),
        (repository.is_fork, "fork"),
        (repository.is_archived, "archived"),
    ];
    let kinds: Vec<_> = kinds
        .iter()
        .filter(|(is_so, _)| *is_so)
        .map(|(_, kind)| *kind)
        .collect();
    [
        one_line(&repository.full_name),
        repository
            .pushed_at
            .map_or("never".to_owned(), |at| at.format("%F").to_string()),
        kinds.join(" "),
        one_line(repository.description.as_deref().unwrap_or_default()),
    ]
}

/// `owner/name` as an address at GitHub; everything else as it is.
pub async fn clone_url(context: &Context, repository: String) -> Result<String> {
    if !is_short(&repository) {
        return Ok(repository);
    }
    let setup = context.client.github().await?.github_setup;
    Ok(format!("{}/{repository}.git", setup.url.trim_end_matches('/')))
}

fn is_short(repository: &str) -> bool {
    let is_name = |text: &str| {
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        is_plain && !text.is_empty() && !text.starts_with(['.', '-'])
    };
    repository
        .split_once('/')
        .is_some_and(|(owner, name)| is_name(owner) && is_name(name) && !name.ends_with(".git"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_is_told_from_an_address() {
        for short in ["octo/hello", "octo-org/hello.rs", "a/_b"] {
            assert!(is_short(short), "{short}");
        }
        for address in [
            "https://host/x",
            "git@host:a/b",
            "host:a/b",
            "a/b/c",
            "a",
            "./a",
            "../a",
            "/a",
            "a/",
            "-a/b",
        ] {
            assert!(!is_short(address), "{address}");
        }
    }
}
