//! The account at GitHub, and what there is to pick from.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    Client, Error, Repeat, Subscription, Transport,
    operations::{
        self as ops, BeginGithubLogin, CancelGithubLogin, ConnectGithub, DisconnectGithub, GithubLoginById,
        GithubRepositories, begin_github_login, cancel_github_login, connect_github, disconnect_github, github,
        github_login, github_login_by_id, github_repositories,
    },
    projects::mutation_id,
    reconnect::Reconnect,
    types::{
        BeginGithubLoginInput, CancelGithubLoginInput, ConnectGithubInput, DisconnectGithubInput, GithubAccount,
        GithubLogin, GithubLoginState, GithubRepositoryPage,
    },
};

impl Client {
    /// Who is signed in, and how one signs in.
    pub async fn github(&self) -> Result<github::ResponseData, Error> {
        self.run::<ops::Github>(github::Variables, Repeat::Harmless).await
    }

    /// A page of the repositories that the account reaches, those pushed to last first.
    pub async fn github_repositories(
        &self,
        search: Option<&str>,
        first: Option<i64>,
        after: Option<String>,
    ) -> Result<GithubRepositoryPage, Error> {
        let search = search.map(str::to_owned);
        let variables = github_repositories::Variables { search, first, after };
        Ok(self
            .run::<GithubRepositories>(variables, Repeat::Harmless)
            .await?
            .github_repositories)
    }

    /// Begins to sign in: the answer has a code to type in at GitHub, or that of the sign-in that is under way.
    pub async fn begin_github_login(&self) -> Result<GithubLogin, Error> {
        let input = BeginGithubLoginInput {
            client_mutation_id: mutation_id(None),
        };
        let variables = begin_github_login::Variables { input };
        Ok(self
            .run::<BeginGithubLogin>(variables, Repeat::Harmless)
            .await?
            .begin_github_login
            .github_login)
    }

    pub async fn github_login(&self, id: &str) -> Result<Option<GithubLogin>, Error> {
        let variables = github_login_by_id::Variables { id: id.to_owned() };
        Ok(self
            .run::<GithubLoginById>(variables, Repeat::Harmless)
            .await?
            .github_login)
    }

    /// The sign-in as it is, then each change until it is settled. It does not resume after a break: subscribe again.
    pub async fn watch_github_login(&self, id: &str) -> Result<Subscription<ops::GithubLogin>, Error> {
        self.subscribe(github_login::Variables { id: id.to_owned() }).await
    }

    /// Waits until the sign-in is settled, however it ends. It survives breaks.
    pub async fn wait_for_github_login(&self, id: &str) -> Result<GithubLogin, Error> {
        let mut reconnect = Reconnect::new(self.settings());
        loop {
            let lost = match self.settled_github_login(id, &mut reconnect).await {
                Ok(Some(login)) => return Ok(login),
                Ok(None) => Transport::Lost.into(),
                Err(error) => error,
            };
            reconnect.pause(lost).await?;
        }
    }

    /// `None` when the subscription ended before the sign-in did.
    async fn settled_github_login(&self, id: &str, reconnect: &mut Reconnect) -> Result<Option<GithubLogin>, Error> {
        let mut changes = self.watch_github_login(id).await?;
        reconnect.opened();
        while let Some(change) = changes.next().await {
            let login = change?.github_login;
            reconnect.works();
            if login.state != GithubLoginState::Pending {
                return Ok(Some(login));
            }
        }
        Ok(None)
    }

    pub async fn cancel_github_login(&self, id: &str) -> Result<GithubLogin, Error> {
        let input = CancelGithubLoginInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = cancel_github_login::Variables { input };
        Ok(self
            .run::<CancelGithubLogin>(variables, Repeat::Harmless)
            .await?
            .cancel_github_login
            .github_login)
    }

    /// Signs in with a token that was made at GitHub.
    pub async fn connect_github(&self, token: &SecretString) -> Result<Option<GithubAccount>, Error> {
        let input = ConnectGithubInput {
            token: token.expose_secret().to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = connect_github::Variables { input };
        Ok(self
            .run::<ConnectGithub>(variables, Repeat::Harmless)
            .await?
            .connect_github
            .github_account)
    }

    /// Signs out. The answer is who it was.
    pub async fn disconnect_github(&self) -> Result<Option<String>, Error> {
        let input = DisconnectGithubInput {
            client_mutation_id: mutation_id(None),
        };
        let variables = disconnect_github::Variables { input };
        Ok(self
            .run::<DisconnectGithub>(variables, Repeat::Harmless)
            .await?
            .disconnect_github
            .login)
    }
}
