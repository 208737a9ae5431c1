//! `schema.graphql` is the API as text; the server prints it.

use std::fs;

use anyhow::{Context as _, bail, ensure};

use crate::build::{self, Programs};
use crate::context::Context;
use crate::front_end;
use crate::step::say;

const FILE: &str = "schema.graphql";

#[derive(clap::Args)]
pub struct Options {
    /// Change nothing; fail if the file is not what the server prints
    #[arg(long)]
    check: bool,
}

pub fn run(context: &Context, options: &Options) -> anyhow::Result<()> {
    // The server embeds these assets when it is built.
    front_end::graphiql(context)?;
    // Not the client: it may not compile before the schema is rewritten.
    let programs = build::programs(context, &["build", "-p", "server", "--bin", "pcc-server"])?;
    if options.check {
        return check(context, &programs);
    }
    let printed = printed(context, &programs)?;
    let file = context.root.join(FILE);
    if fs::read_to_string(&file).is_ok_and(|text| text == printed) {
        say(format!("{FILE} is current"));
        return Ok(());
    }
    fs::write(&file, printed).with_context(|| format!("cannot write {FILE}"))?;
    say(format!("{FILE} is rewritten"));
    Ok(())
}

pub fn check(context: &Context, programs: &Programs) -> anyhow::Result<()> {
    let printed = printed(context, programs)?;
    let text = fs::read_to_string(context.root.join(FILE)).unwrap_or_default();
    match first_difference(&text, &printed) {
        None => Ok(()),
        Some(line) => bail!("{FILE} is not what the server prints (first difference in line {line}): run cargo schema"),
    }
}

fn printed(context: &Context, programs: &Programs) -> anyhow::Result<String> {
    let text = context.task(programs.get("pcc-server")?).arg("schema").output()?;
    ensure!(!text.trim().is_empty(), "`pcc-server schema` printed nothing");
    Ok(text)
}

/// The number of the first line that differs.
fn first_difference(one: &str, other: &str) -> Option<usize> {
    if one == other {
        return None;
    }
    let same = one
        .lines()
        .zip(other.lines())
        .take_while(|(one, other)| one == other)
        .count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_a_line_number() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
        assert_eq!(first_difference("a", "a\n"), Some(2));
    }
}
