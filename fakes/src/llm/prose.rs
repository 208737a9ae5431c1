//! What the model says. Everything is chosen by a number made from the prompt: nothing here is left to chance.

use super::{
    directive::{Script, Step},
    tool,
};

/// OpenCode asks for this structure when it compacts a session.
pub const SUMMARY: &str = "## Objective\n- Talk with the scripted demo model\n\n\
    ## Important Details\n- (none)\n\n\
    ## Work State\n### Completed\n- The prompts so far\n\n### Active\n- (none)\n\n### Blocked\n- (none)\n\n\
    ## Next Move\n1. (none)\n\n\
    ## Relevant Files\n- (none)\n";

const TITLE_LENGTH: usize = 50;
const QUOTE_LENGTH: usize = 400;

const OPENINGS: [&str; 5] = [
    "Here is what reached me:",
    "Got it. You wrote:",
    "Thank you, this came through:",
    "I have read your prompt:",
    "Received, word for word:",
];

const INTRODUCTIONS: [&str; 4] = [
    "I am the **scripted demo model**: I do not think, and nothing you type leaves this machine. A real model takes my \
     place as soon as a provider is set up.",
    "You are talking to the **scripted demo model**. It runs beside the server, needs no key, and only plays a part; a \
     real provider replaces it.",
    "This is the **scripted demo model** speaking. The agent, its tools and the workspace are real; only the \
     intelligence is missing.",
    "Behind this answer is the **scripted demo model**. It shows how text streams and how tools run, without any \
     account.",
];

const TRIES: [&str; 8] = [
    "`create hello.txt` writes a file into the workspace",
    "`[[bash: git status --short]]` runs a command",
    "`[[write: notes.md = # Notes]]` writes a file with that content",
    "`[[todo: read the code; change it; test it]]` keeps a to-do list",
    "`[[question: Tabs or spaces?]]` asks you something",
    "`[[reason]]` thinks aloud before it answers",
    "`[[tokens 200]] [[delay 50]]` streams a long answer slowly",
    "`[[http 500]]` plays a provider that fails, so that you see the retries",
];

const WORDS: [&str; 16] = [
    "river", "paper", "quiet", "lantern", "seven", "copper", "window", "winter", "garden", "signal", "harbour",
    "thread", "meadow", "kettle", "compass", "violet",
];

/// FNV-1a: small, and the same on every machine and in every version.
pub fn seed(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The next number of a series (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn pick<'a>(from: &[&'a str], state: &mut u64) -> &'a str {
    let at = next(state) % from.len() as u64;
    from[at as usize]
}

/// Cuts a text as a model would stream it: a word with the space that follows.
pub fn pieces(text: &str) -> Vec<String> {
    text.split_inclusive(char::is_whitespace).map(str::to_owned).collect()
}

/// Numbered words, so that a reader sees which one is missing; with a seed, real ones.
pub fn words(count: usize, seed: Option<u64>) -> Vec<String> {
    let Some(mut state) = seed else {
        return (0..count).map(|n| format!("word{n} ")).collect();
    };
    (0..count).map(|_| format!("{} ", pick(&WORDS, &mut state))).collect()
}

/// The answer to a prompt without orders, in Markdown.
pub fn demo(prompt: &str, mut state: u64) -> String {
    let opening = pick(&OPENINGS, &mut state);
    let introduction = pick(&INTRODUCTIONS, &mut state);
    let first = next(&mut state) as usize % TRIES.len();
    // 3 has no factor in common with 8, so these are different ones.
    let tries: Vec<_> = (0..3)
        .map(|n| format!("- {}", TRIES[(first + 3 * n) % TRIES.len()]))
        .collect();
    let quote = match prompt.is_empty() {
        true => "> (nothing)".to_owned(),
        false => quote(prompt),
    };
    format!(
        "{opening}\n\n{quote}\n\n{introduction}\n\nThings to try:\n\n{}\n",
        tries.join("\n")
    )
}

/// What to say when the tools are done.
pub fn report(steps: &[Step], results: &[String]) -> String {
    let done: Vec<_> = steps.iter().map(describe).collect();
    let last = results
        .last()
        .map(|result| result.trim())
        .filter(|result| !result.is_empty());
    let answered = last
        .map(|result| format!(" It answered:\n\n{}\n", quote(result)))
        .unwrap_or_default();
    format!("I {}.{answered}", done.join(", then "))
}

fn describe(step: &Step) -> String {
    match step {
        Step::Write { path, .. } => format!("asked `write` for `{path}`"),
        Step::Read { path } => format!("asked `read` for `{path}`"),
        Step::Edit { path, .. } | Step::EditFirstLine { path } => format!("asked `edit` for `{path}`"),
        other => format!("called `{}`", tool::name(other)),
    }
}

fn quote(text: &str) -> String {
    let short = shorten(text, QUOTE_LENGTH);
    let lines: Vec<_> = short
        .lines()
        .map(|line| format!("> {line}").trim_end().to_owned())
        .collect();
    lines.join("\n")
}

/// A title for a session: the first words of its prompt.
pub fn title(script: &Script) -> String {
    let mut words = String::new();
    for word in script.plain.split_whitespace().take(7) {
        if !words.is_empty() && words.chars().count() + 1 + word.chars().count() > TITLE_LENGTH {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    let words = words.trim_end_matches(|c: char| c.is_ascii_punctuation());
    let mut letters = words.chars();
    if let Some(first) = letters.next() {
        return shorten(&format!("{}{}", first.to_uppercase(), letters.as_str()), TITLE_LENGTH);
    }
    let tools: Vec<_> = script.steps.iter().map(tool::name).collect();
    match tools.is_empty() {
        true => "Scripted answer".to_owned(),
        false => shorten(&format!("Scripted run: {}", tools.join(", ")), TITLE_LENGTH),
    }
}

/// At most `length` characters, with a sign where something is missing.
fn shorten(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars().take(length - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_text() {
        let text = "# Title\n\n- one  two\n";
        assert_eq!(pieces(text).concat(), text);
        assert!(pieces(text).len() > 4);
    }

    #[test]
    fn a_demo_answer_echoes_the_prompt_and_names_three_things_to_try() {
        let answer = demo("how are\nyou?", 1);
        assert!(answer.contains("\n> how are\n> you?\n"), "{answer}");
        let tries: std::collections::HashSet<_> = answer.lines().filter(|line| line.starts_with("- ")).collect();
        assert_eq!(tries.len(), 3, "{answer}");
    }

    #[test]
    fn words_are_numbered_unless_a_seed_is_given() {
        assert_eq!(words(3, None).concat(), "word0 word1 word2 ");
        assert_eq!(words(50, Some(7)), words(50, Some(7)));
        assert_ne!(words(50, Some(7)), words(50, Some(8)));
    }
}
