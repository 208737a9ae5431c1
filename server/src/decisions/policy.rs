//! Whether a request needs a person. Pure: what is asked, what it risks and what the project allows go in.
//!
//! A deny rule goes before everything. An allow rule must cover all of a request: each command of a line. Where the
//! line has more in it than its commands (substitutions, files it writes to), only a rule that spells out the whole
//! line, without `*`, covers it. A question always needs a person.

use entity::{
    decision::{Ask, Permission, Risk},
    decision_policy::{PolicyMode, Rule},
};

use super::shell;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ask,
    Allow,
    Deny,
}

/// What the agent is told of a denial.
pub const DENIED: &str = "The policy of this project does not allow this. Go on without it.";

pub fn verdict(mode: PolicyMode, rules: &[Rule], ask: &Ask, risks: &[Risk]) -> Verdict {
    let Ask::Permission(permission) = ask else {
        return Verdict::Ask;
    };
    let about = |rule: &&Rule| rule.tool.as_deref().is_none_or(|tool| tool == permission.tool);
    let (allowed, denied): (Vec<&Rule>, Vec<&Rule>) = rules.iter().filter(about).partition(|rule| rule.is_allowed);
    if denied
        .iter()
        .any(|rule| subjects(permission).any(|subject| fits(&rule.pattern, subject)))
    {
        return Verdict::Deny;
    }
    if is_covered(permission, &allowed) || is_allowed(mode, permission, risks) {
        Verdict::Allow
    } else {
        Verdict::Ask
    }
}

/// Everything a pattern is held against.
fn subjects(permission: &Permission) -> impl Iterator<Item = &str> {
    let named = [&permission.command, &permission.path, &permission.url]
        .into_iter()
        .flatten();
    named.chain(&permission.patterns).map(String::as_str)
}

fn is_covered(permission: &Permission, allowed: &[&Rule]) -> bool {
    if let Some(command) = &permission.command {
        if allowed.iter().any(|rule| rule.pattern == *command) {
            return true;
        }
        let line = shell::parse(command);
        if line.is_opaque || line.commands.iter().any(|command| !command.writes.is_empty()) {
            return false;
        }
    }
    let is_fit = |pattern: &String| allowed.iter().any(|rule| fits(&rule.pattern, pattern));
    !permission.patterns.is_empty() && permission.patterns.iter().all(is_fit)
}

fn is_allowed(mode: PolicyMode, permission: &Permission, risks: &[Risk]) -> bool {
    let only = |risk: Risk| !risks.is_empty() && risks.iter().all(|found| *found == risk);
    match mode {
        PolicyMode::Ask => false,
        PolicyMode::AllowReads => only(Risk::Reads),
        PolicyMode::AllowEdits => only(Risk::Reads) || (permission.tool == "edit" && only(Risk::Writes)),
        // An agent that goes in circles costs money for ever.
        PolicyMode::AllowAll => permission.tool != "doom_loop",
    }
}

/// `*` stands for any text, also none; `git *` fits `git` too, as it does for the agent.
pub fn fits(pattern: &str, text: &str) -> bool {
    if pattern.strip_suffix(" *") == Some(text) {
        return true;
    }
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, between)) = pieces.split_last() else {
        return rest.is_empty();
    };
    for piece in between {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use PolicyMode::{AllowAll, AllowEdits, AllowReads, Ask as AskAll};

    use super::*;
    use crate::decisions::risk;

    fn bash(command: &str, patterns: &[&str]) -> Ask {
        Ask::Permission(Permission {
            tool: "bash".to_owned(),
            command: Some(command.to_owned()),
            patterns: patterns.iter().map(|&pattern| pattern.to_owned()).collect(),
            ..Permission::default()
        })
    }

    fn tool(tool: &str, path: &str) -> Ask {
        Ask::Permission(Permission {
            tool: tool.to_owned(),
            path: Some(path.to_owned()),
            patterns: vec![path.to_owned()],
            ..Permission::default()
        })
    }

    fn rule(pattern: &str, is_allowed: bool) -> Rule {
        Rule {
            tool: Some("bash".to_owned()),
            pattern: pattern.to_owned(),
            is_allowed,
        }
    }

    fn judge(mode: PolicyMode, rules: &[Rule], ask: &Ask) -> Verdict {
        verdict(mode, rules, ask, &risk::of(ask, "/w").0)
    }

    #[test]
    fn each_mode_allows_what_it_says() {
        let cases = [
            (bash("ls src", &["ls src"]), [false, true, true, true]),
            (
                bash("cat /etc/passwd", &["cat /etc/passwd"]),
                [false, false, false, true],
            ),
            (bash("make", &["make"]), [false, false, false, true]),
            (bash("echo x > y", &["echo x > y"]), [false, false, false, true]),
            (tool("edit", "/w/src/a.rs"), [false, false, true, true]),
            (tool("edit", "/etc/hosts"), [false, false, false, true]),
            (tool("doom_loop", "bash"), [false, false, false, false]),
            (
                Ask::Question {
                    prompts: Vec::new(),
                    call: None,
                },
                [false, false, false, false],
            ),
        ];
        for (ask, expected) in &cases {
            for (mode, is_allowed) in [AskAll, AllowReads, AllowEdits, AllowAll].into_iter().zip(expected) {
                let verdict = judge(mode, &[], ask);
                assert_eq!(verdict == Verdict::Allow, *is_allowed, "{mode:?} {ask:?}: {verdict:?}");
            }
        }
    }

    #[test]
    fn a_denial_goes_before_everything() {
        let rules = [rule("*", true), rule("git push*", false)];
        assert_eq!(
            judge(AllowAll, &rules, &bash("git push origin", &["git push origin"])),
            Verdict::Deny
        );
        assert_eq!(
            judge(AllowAll, &rules, &bash("a; git push", &["a", "git push"])),
            Verdict::Deny
        );
        assert_eq!(judge(AskAll, &rules, &bash("make", &["make"])), Verdict::Allow);
        // The rules are about bash.
        assert_eq!(judge(AskAll, &rules, &tool("edit", "/w/x")), Verdict::Ask);
    }

    #[test]
    fn an_allowance_covers_the_whole_line_or_nothing() {
        let rules = [
            rule("cargo test *", true),
            rule("echo *", true),
            rule("echo $(date)", true),
        ];
        let judge = |command: &str, patterns: &[&str]| judge(AskAll, &rules, &bash(command, patterns));
        assert_eq!(judge("cargo test", &["cargo test"]), Verdict::Allow);
        assert_eq!(
            judge("cargo test && echo ok", &["cargo test", "echo ok"]),
            Verdict::Allow
        );
        assert_eq!(
            judge("cargo test && rm -rf x", &["cargo test", "rm -rf x"]),
            Verdict::Ask
        );
        assert_eq!(judge("echo $(rm -rf x)", &["echo $(rm -rf x)"]), Verdict::Ask);
        assert_eq!(judge("echo x > ~/.bashrc", &["echo x"]), Verdict::Ask);
        assert_eq!(judge("echo $(date)", &["echo $(date)", "date"]), Verdict::Allow);
        assert_eq!(judge("echo x", &[]), Verdict::Ask);
    }

    #[test]
    fn patterns_fit_as_the_agents_do() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "anything at all", true),
            ("git *", "git", true),
            ("git *", "git status", true),
            ("git *", "gitk", false),
            ("src/*.rs", "src/a/b.rs", true),
            ("src/*.rs", "src/a.rsx", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("exact", "exact", true),
            ("exact", "exactly", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
