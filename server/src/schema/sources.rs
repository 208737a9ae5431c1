//! Where each field of the graph comes from, so that an answer may be given again as long as the event log has not grown.
//!
//! A field is of the log when whatever it shows changes only together with an event. Everything else is from outside: what
//! containers, agents, git, and the machine tell now; text as it is written; what depends on the time or on who asks; and
//! rows that change without an event. A field that is in neither list counts as outside, and a test names it.

use std::collections::HashMap;

use async_graphql::{
    Positioned,
    parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet},
    registry::{MetaTypeName, Registry},
};

use super::KNOWN;

const ROOT: &str = "Query";

type Fields = &'static [(&'static str, &'static str)];

const LOG: Fields = &[
    ("Query", "cursor operations project projects session"),
    (
        "Project",
        "createdAt description id name operation problem server sessions sleep sleepSetting slug status updatedAt usage",
    ),
    ("ProjectConnection", "edges nodes pageInfo totalCount"),
    ("ProjectEdge", "cursor node"),
    ("ProjectSleep", "because since wakingSince"),
    // What the server's setting is stays as long as the server runs, and so do the answers.
    ("SleepSetting", "afterSeconds isOwn serverAfterSeconds"),
    ("Problem", "code message nextAttemptAt since"),
    (
        "Operation",
        "attempts createdAt finishedAt id kind problem project startedAt state steps",
    ),
    ("OperationConnection", "edges nodes pageInfo"),
    ("OperationEdge", "cursor node"),
    ("OperationStep", "detail finishedAt name startedAt state"),
    // A server's row is written once, before anything refers to it.
    ("Server", "address host id name"),
    (
        "Session",
        "activity archivedAt changes children createdAt forkedFrom id isForkPending messages parent project revertedTo status summaryRequestedAt title todos updatedAt usage",
    ),
    ("SessionActivity", "line since"),
    ("SessionFileChange", "additions deletions kind path turns"),
    ("Todo", "content priority status"),
    (
        "Usage",
        "answers cacheReadTokens cacheWriteTokens costUsd inputTokens outputTokens reasoningTokens",
    ),
    ("SessionConnection", "edges nodes pageInfo totalCount"),
    ("SessionEdge", "cursor node"),
    (
        "Message",
        "agent completedAt createdAt delivery error id model role session usage",
    ),
    ("MessageConnection", "edges nodes pageInfo"),
    ("MessageEdge", "cursor node"),
    (
        "MessageUsage",
        "cacheReadTokens cacheWriteTokens costUsd inputTokens outputTokens reasoningTokens",
    ),
    ("AgentFault", "isRetryable message name statusCode"),
    ("PageInfo", "endCursor hasNextPage hasPreviousPage startCursor"),
];

/// `*` is every field of the type.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "what is not of the log is outside; the list is for the test")
)]
const OUTSIDE: Fields = &[
    // Another server; git.
    ("Query", "checkGitUrl"),
    // Depends on who asks, or shows when a device was last here.
    ("Query", "devices viewer"),
    ("Device", "*"),
    ("Viewer", "*"),
    // A message is found by its id until its session's rows are removed, which no event tells of.
    ("Query", "node nodes"),
    ("Node", "*"),
    // Shows whether its token can still be opened.
    ("Query", "githubAccount"),
    ("GithubAccount", "*"),
    // GitHub; what is configured.
    ("Query", "githubLogin githubRepositories githubSetup"),
    ("GithubLogin", "*"),
    ("GithubRepository", "*"),
    ("GithubRepositoryConnection", "*"),
    ("GithubRepositoryEdge", "*"),
    ("GithubSetup", "*"),
    // No event tells of a new machine.
    ("Query", "servers"),
    ("Server", "checkedAt problems resources status"),
    ("ServerResources", "*"),
    ("ResourceUse", "*"),
    ("Project", "container repository"),
    // What its agent says of itself.
    ("Project", "agents commands models"),
    ("Agent", "*"),
    ("Command", "*"),
    ("Model", "*"),
    // A day ends without an event.
    ("Project", "usageByDay usageToday"),
    ("UsageOfDay", "*"),
    // The workspace, and git in it.
    ("Project", "changes file findFiles searchText tree"),
    ("ChangedFile", "*"),
    ("CommitConnection", "*"),
    ("CommitEdge", "*"),
    ("DiffHunk", "*"),
    ("DiffLine", "*"),
    ("File", "*"),
    ("FileDiff", "*"),
    ("FileText", "*"),
    ("FoundFiles", "*"),
    ("FoundText", "*"),
    ("TextMatch", "*"),
    ("TextRange", "*"),
    ("Tree", "*"),
    ("TreeEntry", "*"),
    ("Upstream", "*"),
    ("WorkingTree", "*"),
    // When a request expires changes with its policy, and the request tells of no such thing.
    ("Query", "decision decisions"),
    ("Project", "decisionPolicy decisions"),
    ("Session", "decisions"),
    ("Decision", "*"),
    ("DecisionConnection", "*"),
    ("DecisionEdge", "*"),
    ("DecisionPolicy", "*"),
    ("DecisionRule", "*"),
    ("PermissionAnswer", "*"),
    ("PermissionRequest", "*"),
    ("Question", "*"),
    ("QuestionOption", "*"),
    ("QuestionPrompt", "*"),
    ("Container", "*"),
    ("ContainerUsage", "*"),
    ("LogLine", "*"),
    ("Repository", "*"),
    ("Branch", "*"),
    ("Commit", "*"),
    ("GitUrlCheck", "*"),
    // With the text of what is being written.
    ("Message", "changes parts"),
    ("TextPart", "*"),
    ("ReasoningPart", "*"),
    ("ToolPart", "*"),
    ("FilePart", "*"),
    ("PatchPart", "*"),
    ("StepPart", "*"),
    ("SubtaskPart", "*"),
    ("CommandPart", "*"),
    ("UnknownPart", "*"),
    // Below mutations and subscriptions only.
    ("Mutation", "*"),
    ("AbortSessionPayload", "*"),
    ("ArchiveSessionPayload", "*"),
    ("ForkSessionPayload", "*"),
    ("RevertSessionPayload", "*"),
    ("SummarizeSessionPayload", "*"),
    ("UnarchiveSessionPayload", "*"),
    ("UnrevertSessionPayload", "*"),
    ("BeginGithubLoginPayload", "*"),
    ("BeginPairingPayload", "*"),
    ("CancelGithubLoginPayload", "*"),
    ("CancelOperationPayload", "*"),
    ("CancelPromptPayload", "*"),
    ("CommitChangesPayload", "*"),
    ("ConnectGithubPayload", "*"),
    ("ContinueSessionPayload", "*"),
    ("CreateBranchPayload", "*"),
    ("CreateProjectPayload", "*"),
    ("CreateSessionPayload", "*"),
    ("DecidePayload", "*"),
    ("DeleteFilePayload", "*"),
    ("DeleteProjectPayload", "*"),
    ("DeleteSessionPayload", "*"),
    ("DiscardChangesPayload", "*"),
    ("DisconnectGithubPayload", "*"),
    ("MoveFilePayload", "*"),
    ("Pairing", "*"),
    ("PushBranchPayload", "*"),
    ("RedeemPairingPayload", "*"),
    ("RenameSessionPayload", "*"),
    ("RestartProjectPayload", "*"),
    ("RetryOperationPayload", "*"),
    ("RetryPromptPayload", "*"),
    ("RevokeDevicePayload", "*"),
    ("RunCommandPayload", "*"),
    ("SendPromptPayload", "*"),
    ("SetDecisionPolicyPayload", "*"),
    ("SetSleepSettingPayload", "*"),
    ("SleepProjectPayload", "*"),
    ("StartProjectPayload", "*"),
    ("StopProjectPayload", "*"),
    ("UpdateProjectPayload", "*"),
    ("WakeProjectPayload", "*"),
    ("WriteFilePayload", "*"),
    ("Subscription", "*"),
    ("Event", "*"),
    ("Actor", "*"),
    ("Bookmark", "*"),
    ("DecisionClosed", "*"),
    ("DecisionRequested", "*"),
    ("DeviceChanged", "*"),
    ("GithubAccountChanged", "*"),
    ("MessageChanged", "*"),
    ("OperationProgressed", "*"),
    ("PartChanged", "*"),
    ("ProjectChanged", "*"),
    ("ProjectDeleted", "*"),
    ("ResyncRequired", "*"),
    ("SessionChanged", "*"),
    ("SessionDeleted", "*"),
    ("SessionSnapshot", "*"),
    ("SessionStatusChanged", "*"),
    ("TextAppended", "*"),
    ("TodosChanged", "*"),
];

/// By type and field, what type comes back; only fields of the log.
pub(super) type OfTheLog = HashMap<(&'static str, &'static str), String>;

fn pairs(fields: Fields) -> impl Iterator<Item = (&'static str, &'static str)> {
    fields
        .iter()
        .flat_map(|(parent, names)| names.split(' ').map(move |name| (*parent, name)))
}

pub(super) fn of_the_log(registry: &Registry) -> OfTheLog {
    pairs(LOG)
        .filter_map(|(parent, name)| {
            let field = registry.types.get(parent)?.field_by_name(name)?;
            let returned = MetaTypeName::concrete_typename(&field.ty).to_owned();
            Some(((parent, name), returned))
        })
        .collect()
}

/// Whether everything this document asks for is of the log. Each fragment is looked at once, wherever it is spread: one
/// field from outside anywhere makes the answer no.
pub fn is_of_the_log(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().all(|(_, operation)| {
        operation.node.ty == OperationType::Query && selects_only(&operation.node.selection_set, ROOT)
    });
    operations
        && document
            .fragments
            .values()
            .all(|fragment| selects_only(&fragment.node.selection_set, &fragment.node.type_condition.node.on.node))
}

fn selects_only(set: &Positioned<SelectionSet>, parent: &str) -> bool {
    set.node.items.iter().all(|selection| match &selection.node {
        Selection::FragmentSpread(_) => true,
        Selection::InlineFragment(inline) => {
            let condition = inline.node.type_condition.as_ref();
            let parent = condition.map_or(parent, |condition| condition.node.on.node.as_str());
            selects_only(&inline.node.selection_set, parent)
        }
        Selection::Field(field) => {
            let name = field.node.name.node.as_str();
            name == "__typename"
                || KNOWN
                    .of_the_log
                    .get(&(parent, name) as &(&str, &str))
                    .is_some_and(|returned| selects_only(&field.node.selection_set, returned))
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use async_graphql::{parser::parse_query, registry::MetaType};

    use super::*;

    fn is_reused(query: &str) -> bool {
        is_of_the_log(&parse_query(query).unwrap())
    }

    /// The test to look at after adding a field: decide where it comes from, and put it into one of the lists.
    #[test]
    fn every_field_of_the_schema_is_in_one_list() {
        let (registry, sdl) = (crate::schema::registry(), crate::schema::sdl());
        let (log, outside): (BTreeSet<_>, BTreeSet<_>) = (pairs(LOG).collect(), pairs(OUTSIDE).collect());
        let mut known = BTreeSet::new();
        for (parent, meta) in &registry.types {
            let fields = match meta {
                MetaType::Object { fields, .. } | MetaType::Interface { fields, .. } => fields,
                _ => continue,
            };
            // The parts of which the roots are merged are no types of the schema.
            let is_shown = ["type", "interface"]
                .iter()
                .any(|kind| sdl.contains(&format!("\n{kind} {parent} ")));
            if !is_shown {
                continue;
            }
            for name in fields.keys().filter(|name| !name.starts_with("__")) {
                let pair = (parent.as_str(), name.as_str());
                let is_outside = outside.contains(&pair) || outside.contains(&(parent.as_str(), "*"));
                assert!(
                    log.contains(&pair) != is_outside,
                    "{parent}.{name} must be in one of the lists of schema/sources.rs"
                );
                known.insert(pair);
                known.insert((parent.as_str(), "*"));
            }
        }
        let stale: Vec<_> = log.union(&outside).filter(|pair| !known.contains(*pair)).collect();
        assert!(stale.is_empty(), "no longer in the schema: {stale:?}");
    }

    #[test]
    fn what_the_log_tells_of_is_reused() {
        for query in [
            "{ projects(first: 50) { nodes { id name server { id name } operation { id } sessions(first: 1) { nodes { title } } } } }",
            "query A { cursor ...P } fragment P on Query { projects { totalCount __typename } }",
            "{ project(by: {slug: \"a\"}) { ... { name } ... on Project { slug } ...P } } fragment P on Project { status }",
        ] {
            assert!(is_reused(query), "{query}");
        }
    }

    #[test]
    fn one_field_from_outside_is_enough() {
        for query in [
            "{ projects { nodes { id container { state } } } }",
            "{ projects { nodes { id server { status } } } }",
            "{ projects { nodes { ... on Project { repository { cloneUrl } } } } }",
            "{ projects { nodes { ...P } } } fragment P on Project { id x: container { port } }",
            "{ session(id: \"x\") { messages { nodes { parts { __typename } } } } }",
            "{ viewer { serverVersion } }",
            "{ __schema { queryType { name } } }",
            "{ node(id: \"x\") { id } }",
            "query A { cursor } query B { viewer { serverVersion } }",
            "{ unknown }",
            "mutation { startProject(input: {id: \"x\"}) { clientMutationId } }",
            "subscription { events { at } }",
        ] {
            assert!(!is_reused(query), "{query}");
        }
    }
}
