//! How much one client may ask for. Configuration fills it; the defaults are the documented ones.

use std::time::Duration;

/// Every limit of the GraphQL edge. Past one, a client gets an error that names the limit, before any work is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body, and of a WebSocket message.
    pub body_bytes: usize,
    /// Bytes of a document's text. Long values belong into variables.
    pub query_bytes: usize,
    /// Tokens of a document.
    pub tokens: usize,
    /// Brackets inside brackets, and selection sets inside selection sets once fragments are expanded.
    pub nesting: usize,
    /// Fields below each other.
    pub depth: usize,
    /// The same inside `__schema` and `__type`: the query every tool sends needs 15.
    pub introspection_depth: usize,
    /// What a query may cost; see `guard::cost`.
    pub complexity: u64,
    /// What `first` or `last` may ask for.
    pub page_size: u64,
    /// What a page without `first` and `last` is taken to hold.
    pub default_page_size: u64,
    /// Selections once fragments are expanded, over all operations.
    pub expanded_selections: u64,
    /// Selections written in one pair of braces.
    pub selections_per_set: usize,
    /// Aliases of one field in a document.
    pub aliases: usize,
    /// Fields of an operation's root.
    pub root_fields: u64,
    pub operations: usize,
    pub fragments: usize,
    pub directives: usize,
    pub variables: usize,
    /// Parsed documents kept, and the longest text that is kept.
    pub cached_documents: usize,
    pub cached_document_bytes: usize,
    /// Errors in an answer, and characters in the message of each.
    pub errors: usize,
    pub error_chars: usize,
    /// A query or mutation ends after this.
    pub deadline: Duration,
    /// Mutations under way in the whole server. They go on when their client leaves, so that they need a bound of their own.
    pub mutations: usize,
    /// The body must have arrived after this.
    pub body_deadline: Duration,
    /// A comment keeps a stream of server-sent events alive.
    pub sse_heartbeat: Duration,
    pub socket: SocketLimits,
}

/// The limits of a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketLimits {
    /// Sockets of one device; those without a token count together as one device.
    pub per_device: usize,
    /// Operations under way on one socket.
    pub operations: usize,
    /// Messages of one operation that wait to be written; then the operation itself waits.
    pub buffered_messages: usize,
    /// `connection_init` must have come after this.
    pub init_timeout: Duration,
    /// The server pings this often, and looks whether the token still holds.
    pub ping_interval: Duration,
    /// A client not heard for this long is gone.
    pub silence: Duration,
    /// A socket that takes no bytes for this long is closed.
    pub write_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            query_bytes: 64 * 1024,
            tokens: 5_000,
            nesting: 32,
            depth: 12,
            introspection_depth: 20,
            complexity: 2_000,
            page_size: 100,
            default_page_size: 50,
            expanded_selections: 2_000,
            selections_per_set: 200,
            aliases: 30,
            root_fields: 15,
            operations: 20,
            fragments: 50,
            directives: 50,
            variables: 200,
            cached_documents: 128,
            cached_document_bytes: 8 * 1024,
            errors: 20,
            error_chars: 500,
            deadline: Duration::from_secs(10),
            mutations: 256,
            body_deadline: Duration::from_secs(10),
            sse_heartbeat: Duration::from_secs(12),
            socket: SocketLimits::default(),
        }
    }
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            per_device: 64,
            operations: 32,
            buffered_messages: 64,
            init_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(15),
            silence: Duration::from_secs(40),
            write_timeout: Duration::from_secs(15),
        }
    }
}
