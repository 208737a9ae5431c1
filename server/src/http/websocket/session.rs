//! The state of one socket, apart from all input and output: what a message means now, and which results may still go out.

use std::{collections::HashMap, sync::Arc};

use async_graphql_value::ConstValue;
use secrecy::SecretString;

use super::message::{ClientMessage, Close};
use crate::http::Params;

/// What to do about a client's message.
#[derive(Debug)]
pub enum Step {
    Nothing,
    /// Look the token up, then call `acknowledge`.
    Authenticate(Option<SecretString>),
    Pong(Option<ConstValue>),
    /// Start this operation, then call `started`.
    Start {
        id: String,
        params: Params,
    },
    /// The socket has as many operations as it may.
    Full {
        id: String,
    },
    Close(Close),
}

/// Something that ends when it is told to: the task of an operation.
pub trait Stop {
    fn stop(&self);
}

impl Stop for tokio::task::AbortHandle {
    fn stop(&self) {
        self.abort();
    }
}

#[derive(Debug)]
struct Running<T> {
    generation: u64,
    task: T,
}

/// An operation runs under its id and a generation. A client may use an id again as soon as it has completed it, while
/// results of the former operation wait to be written: those carry the former generation and are dropped.
#[derive(Debug)]
pub struct Session<T: Stop> {
    initialised: bool,
    acknowledged: bool,
    operations: usize,
    running: HashMap<Arc<str>, Running<T>>,
    generation: u64,
}

impl<T: Stop> Session<T> {
    pub fn new(operations: usize) -> Self {
        Self {
            initialised: false,
            acknowledged: false,
            operations,
            running: HashMap::new(),
            generation: 0,
        }
    }

    pub fn is_acknowledged(&self) -> bool {
        self.acknowledged
    }

    pub fn receive(&mut self, message: ClientMessage) -> Step {
        match message {
            ClientMessage::Init { .. } if self.initialised => Step::Close(Close::TOO_MANY_INITS),
            ClientMessage::Init { token } => {
                self.initialised = true;
                Step::Authenticate(token)
            }
            ClientMessage::Ping { payload } => Step::Pong(payload),
            ClientMessage::Pong => Step::Nothing,
            ClientMessage::Subscribe { .. } if !self.acknowledged => Step::Close(Close::UNAUTHORIZED),
            ClientMessage::Subscribe { id, .. } if self.running.contains_key(id.as_str()) => {
                Step::Close(Close::exists(&id))
            }
            ClientMessage::Subscribe { id, .. } if self.running.len() >= self.operations => Step::Full { id },
            ClientMessage::Subscribe { id, params } => Step::Start { id, params },
            // An id that is not known is one that has ended already.
            ClientMessage::Complete { id } => {
                if let Some(operation) = self.running.remove(id.as_str()) {
                    operation.task.stop();
                }
                Step::Nothing
            }
        }
    }

    pub fn acknowledge(&mut self) {
        self.acknowledged = true;
    }

    /// The generation for the next operation.
    pub fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    pub fn started(&mut self, id: Arc<str>, generation: u64, task: T) {
        self.running.insert(id, Running { generation, task });
    }

    /// Whether a message of this operation may still go out. One that ends the operation frees its id.
    pub fn admits(&mut self, id: &str, generation: u64, ends: bool) -> bool {
        let current = self
            .running
            .get(id)
            .is_some_and(|running| running.generation == generation);
        if current && ends {
            self.running.remove(id);
        }
        current
    }
}

impl<T: Stop> Drop for Session<T> {
    fn drop(&mut self) {
        for operation in self.running.values() {
            operation.task.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use super::*;

    #[derive(Clone, Debug, Default)]
    struct Task(Rc<Cell<bool>>);

    impl Stop for Task {
        fn stop(&self) {
            self.0.set(true);
        }
    }

    fn subscribe(id: &str) -> ClientMessage {
        ClientMessage::Subscribe {
            id: id.to_owned(),
            params: Params::default(),
        }
    }

    fn complete(id: &str) -> ClientMessage {
        ClientMessage::Complete { id: id.to_owned() }
    }

    fn ready(operations: usize) -> Session<Task> {
        let mut session = Session::new(operations);
        assert!(matches!(
            session.receive(ClientMessage::Init { token: None }),
            Step::Authenticate(None)
        ));
        session.acknowledge();
        session
    }

    fn start(session: &mut Session<Task>, id: &str) -> (u64, Task) {
        assert!(matches!(session.receive(subscribe(id)), Step::Start { .. }));
        let (generation, task) = (session.next_generation(), Task::default());
        session.started(id.into(), generation, task.clone());
        (generation, task)
    }

    fn closes(step: Step) -> u16 {
        match step {
            Step::Close(close) => close.code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_order_of_messages_is_kept() {
        let mut early = Session::<Task>::new(1);
        assert_eq!(closes(early.receive(subscribe("a"))), 4401);
        assert!(matches!(
            early.receive(ClientMessage::Ping { payload: None }),
            Step::Pong(None)
        ));
        assert_eq!(closes(ready(1).receive(ClientMessage::Init { token: None })), 4429);
    }

    #[test]
    fn an_id_is_one_operation_until_it_ends() {
        let mut session = ready(5);
        let (generation, _task) = start(&mut session, "a");
        assert_eq!(closes(session.receive(subscribe("a"))), 4409);
        assert!(session.admits("a", generation, true));
        assert!(!session.admits("a", generation, true), "it has ended");
        start(&mut session, "a");
    }

    #[test]
    fn late_messages_of_a_completed_operation_are_dropped() {
        let mut session = ready(5);
        let (former, task) = start(&mut session, "a");
        assert!(session.admits("a", former, false));
        session.receive(complete("a"));
        assert!(task.0.get(), "its task is stopped");
        assert!(!session.admits("a", former, false));
        let (current, _task) = start(&mut session, "a");
        assert!(!session.admits("a", former, true), "the same id, but another operation");
        assert!(session.admits("a", current, false));
        assert!(matches!(session.receive(complete("never heard of")), Step::Nothing));
    }

    #[test]
    fn operations_are_counted_while_they_run() {
        let mut session = ready(1);
        let (generation, _task) = start(&mut session, "a");
        assert!(matches!(session.receive(subscribe("b")), Step::Full { .. }));
        session.admits("a", generation, true);
        start(&mut session, "b");
    }

    #[test]
    fn a_session_that_ends_stops_its_tasks() {
        let mut session = ready(1);
        let (_, task) = start(&mut session, "a");
        drop(session);
        assert!(task.0.get());
    }
}
