//! Agent sessions: one method for each operation in `operations/sessions.graphql`.

use crate::{
    Client, Error, Repeat, operations as ops,
    projects::{PAGE, mutation_id},
    types::*,
};

/// Sessions are listed newest first; who has more looks for one by its id.
const MAX_SESSIONS: usize = 1_000;
/// How many messages are read at once. A message holds whole texts and outputs of tools.
const MESSAGES: i64 = 30;

impl Client {
    /// The sessions of a project that were not put away, read page by page; `None` without such a project.
    pub async fn sessions(&self, project: ProjectBy) -> Result<Option<Vec<Session>>, Error> {
        self.listed_sessions(project, false).await
    }

    /// Those that were.
    pub async fn archived_sessions(&self, project: ProjectBy) -> Result<Option<Vec<Session>>, Error> {
        self.listed_sessions(project, true).await
    }

    async fn listed_sessions(&self, project: ProjectBy, archived: bool) -> Result<Option<Vec<Session>>, Error> {
        let (mut sessions, mut after) = (Vec::new(), None);
        while sessions.len() < MAX_SESSIONS {
            let variables = ops::sessions::Variables {
                by: project.clone(),
                first: Some(PAGE),
                after,
                archived: Some(archived),
            };
            let answer = self.run::<ops::Sessions>(variables, Repeat::Harmless).await?;
            let Some(project) = answer.project else { return Ok(None) };
            sessions.extend(project.sessions.nodes);
            after = project.sessions.page_info.end_cursor;
            if !project.sessions.page_info.has_next_page || after.is_none() {
                break;
            }
        }
        Ok(Some(sessions))
    }

    pub async fn session(&self, id: &str) -> Result<Option<Session>, Error> {
        let variables = ops::session::Variables { id: id.to_owned() };
        Ok(self.run::<ops::Session>(variables, Repeat::Harmless).await?.session)
    }

    /// The last messages of a session, in order; `None` without such a session.
    pub async fn messages(&self, session: &str) -> Result<Option<Vec<Message>>, Error> {
        let variables = ops::messages::Variables {
            session: session.to_owned(),
            last: Some(MESSAGES),
            before: None,
        };
        let session = self.run::<ops::Messages>(variables, Repeat::Harmless).await?.session;
        Ok(session.map(|session| session.messages.nodes))
    }

    /// What the agent has set itself to do in a session; `None` without such a session.
    pub async fn todos(&self, session: &str) -> Result<Option<Vec<Todo>>, Error> {
        let variables = ops::todos::Variables {
            session: session.to_owned(),
        };
        let session = self.run::<ops::Todos>(variables, Repeat::Harmless).await?.session;
        Ok(session.map(|session| session.todos))
    }

    pub async fn create_session(&self, project: &str, title: Option<&str>) -> Result<Session, Error> {
        let (project, title) = (project.to_owned(), title.map(str::to_owned));
        let input = CreateSessionInput {
            project,
            title,
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::create_session::Variables { input };
        Ok(self
            .run::<ops::CreateSession>(variables, Repeat::Harmless)
            .await?
            .create_session
            .session)
    }

    pub async fn rename_session(&self, id: &str, title: &str) -> Result<Session, Error> {
        let (id, title) = (id.to_owned(), title.to_owned());
        let input = RenameSessionInput {
            id,
            title,
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::rename_session::Variables { input };
        Ok(self
            .run::<ops::RenameSession>(variables, Repeat::Harmless)
            .await?
            .rename_session
            .session)
    }

    /// Deletes a session for good. Gives its id back.
    pub async fn delete_session(&self, id: &str) -> Result<String, Error> {
        let input = DeleteSessionInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::delete_session::Variables { input };
        Ok(self
            .run::<ops::DeleteSession>(variables, Repeat::Harmless)
            .await?
            .delete_session
            .session_id)
    }

    /// Sends a prompt of one text. See [`Client::send_prompt_input`] for more.
    pub async fn send_prompt(&self, session: &str, text: &str) -> Result<Message, Error> {
        self.send_prompt_input(SendPromptInput {
            session: session.to_owned(),
            parts: vec![PromptPartInput::Text(text.to_owned())],
            agent: None,
            model: None,
            when_busy: None,
            client_mutation_id: None,
        })
        .await
    }

    /// Sends a prompt. It is answered as soon as the server keeps it; the agent's answer comes by the session's stream.
    pub async fn send_prompt_input(&self, mut input: SendPromptInput) -> Result<Message, Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::send_prompt::Variables { input };
        Ok(self
            .run::<ops::SendPrompt>(variables, Repeat::Harmless)
            .await?
            .send_prompt
            .message)
    }

    /// Runs a command. It is kept and answered as a prompt is.
    pub async fn run_command(&self, mut input: RunCommandInput) -> Result<Message, Error> {
        input.client_mutation_id = mutation_id(input.client_mutation_id);
        let variables = ops::run_command::Variables { input };
        Ok(self
            .run::<ops::RunCommand>(variables, Repeat::Harmless)
            .await?
            .run_command
            .message)
    }

    /// Withdraws a prompt that the agent does not have yet.
    pub async fn cancel_prompt(&self, id: &str) -> Result<Message, Error> {
        let input = CancelPromptInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::cancel_prompt::Variables { input };
        Ok(self
            .run::<ops::CancelPrompt>(variables, Repeat::Harmless)
            .await?
            .cancel_prompt
            .message)
    }

    /// Sends a prompt again that failed, or of which nobody knows what became.
    pub async fn retry_prompt(&self, id: &str) -> Result<Message, Error> {
        let input = RetryPromptInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::retry_prompt::Variables { input };
        Ok(self
            .run::<ops::RetryPrompt>(variables, Repeat::Harmless)
            .await?
            .retry_prompt
            .message)
    }

    /// Lets the agent go on with a turn in the middle of which it was restarted.
    pub async fn continue_session(&self, id: &str) -> Result<Message, Error> {
        let input = ContinueSessionInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::continue_session::Variables { input };
        Ok(self
            .run::<ops::ContinueSession>(variables, Repeat::Harmless)
            .await?
            .continue_session
            .message)
    }

    /// Ends the running turn.
    pub async fn abort_session(&self, id: &str) -> Result<Session, Error> {
        let input = AbortSessionInput {
            id: id.to_owned(),
            client_mutation_id: mutation_id(None),
        };
        let variables = ops::abort_session::Variables { input };
        Ok(self
            .run::<ops::AbortSession>(variables, Repeat::Harmless)
            .await?
            .abort_session
            .session)
    }
}
