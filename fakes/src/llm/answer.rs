//! From a conversation to what the model will say: pure, so that the same conversation gets the same answer.

use std::time::Duration;

use super::{
    conversation::{Conversation, Kind},
    directive::{Ending, Script},
    prose, tool,
};

/// How much a script says that names tools or faults but no text.
const DEFAULT_TOKENS: usize = 12;

/// One model step, ready to be streamed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub slow_start: Duration,
    /// The pause before each piece.
    pub delay: Duration,
    pub reasoning: Vec<String>,
    pub text: Vec<String>,
    pub call: Option<tool::Call>,
    pub ending: Ending,
    pub prompt_tokens: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Answer(Answer),
    /// An HTTP error instead of an answer.
    Refuse(u16),
}

pub fn compose(talk: &Conversation, delay: Duration) -> Outcome {
    let prompt = talk.prompt();
    let said = |text: String| Answer {
        text: prose::pieces(&text),
        prompt_tokens: talk.size_in_tokens(),
        ..Answer::default()
    };
    match talk.kind() {
        Kind::Title => Outcome::Answer(said(prose::title(&Script::parse(&prompt)))),
        Kind::Summary => Outcome::Answer(said(prose::SUMMARY.to_owned())),
        Kind::Chat => chat(
            talk,
            &prompt,
            Answer {
                delay,
                ..said(String::new())
            },
        ),
    }
}

fn chat(talk: &Conversation, prompt: &str, base: Answer) -> Outcome {
    let mut script = Script::parse(prompt);
    let seed = script.seed.unwrap_or_else(|| prose::seed(prompt));
    if !script.is_scripted && talk.offers("write") {
        script.steps.extend(tool::plain_order(&script.plain));
    }
    let results = talk.results();
    let mut answer = Answer {
        delay: script.delay.unwrap_or(base.delay),
        slow_start: script.slow_start.unwrap_or_default(),
        reasoning: reasoning(&script, &results),
        ..base
    };

    if let Some(step) = script.steps.get(results.len()) {
        let name = tool::name(step);
        if !talk.offers(name) {
            answer.text = prose::pieces(&format!("The tool `{name}` is not offered here, so I cannot call it."));
            return Outcome::Answer(answer);
        }
        answer.text = vec![format!("Calling {name}. ")];
        let id = format!("call_{seed:016x}_{}", talk.messages.len());
        answer.call = Some(tool::call(step, id, talk.directory().as_deref(), results.last()));
        return Outcome::Answer(answer);
    }
    // The tools are done: what is left is the last step, and faults belong to it.
    if let Some(status) = script.status {
        return Outcome::Refuse(status);
    }
    answer.ending = script.ending;
    answer.text = closing(&script, &results, seed);
    Outcome::Answer(answer)
}

/// Thoughts come before the first step only.
fn reasoning(script: &Script, results: &[String]) -> Vec<String> {
    match script.reason && results.is_empty() {
        true => prose::pieces("I am thinking about it. "),
        false => Vec::new(),
    }
}

fn closing(script: &Script, results: &[String], seed: u64) -> Vec<String> {
    if let Some(text) = &script.text {
        return prose::pieces(text);
    }
    if let Some(count) = script.tokens {
        return prose::words(count, script.seed);
    }
    if !script.steps.is_empty() {
        return prose::pieces(&prose::report(&script.steps, results));
    }
    match script.is_scripted {
        true => prose::words(DEFAULT_TOKENS, script.seed),
        false => prose::pieces(&prose::demo(&script.plain, seed)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn ask(messages: Value, tools: &[&str]) -> Outcome {
        let tools: Vec<_> = tools
            .iter()
            .map(|name| json!({ "type": "function", "function": { "name": name } }))
            .collect();
        let talk = serde_json::from_value(json!({ "messages": messages, "tools": tools })).unwrap();
        compose(&talk, Duration::ZERO)
    }

    fn answer(messages: Value, tools: &[&str]) -> Answer {
        match ask(messages, tools) {
            Outcome::Answer(answer) => answer,
            Outcome::Refuse(status) => panic!("refused with {status}"),
        }
    }

    #[test]
    fn one_tool_a_step_then_text() {
        let prompt = json!({ "role": "user", "content": "[[bash: ls]] [[todo]] [[text: all done]]" });
        let result = json!({ "role": "tool", "content": "a.txt" });
        let tools = ["bash", "todowrite"];
        let called = |messages| answer(messages, &tools).call.map(|call| call.name);
        assert_eq!(called(json!([prompt])), Some("bash"));
        assert_eq!(called(json!([prompt, result])), Some("todowrite"));
        let last = answer(json!([prompt, result, result]), &tools);
        assert_eq!((last.call, last.text.concat()), (None, "all done".into()));
    }

    #[test]
    fn a_tool_that_is_not_offered_is_said() {
        let answer = answer(json!([{ "role": "user", "content": "[[task]]" }]), &["bash"]);
        assert_eq!(answer.call, None);
        assert_eq!(
            answer.text.concat(),
            "The tool `task` is not offered here, so I cannot call it."
        );
    }

    #[test]
    fn faults_wait_for_the_last_step() {
        let prompt = json!({ "role": "user", "content": "[[bash: ls]] [[http 500]]" });
        assert!(matches!(ask(json!([prompt]), &["bash"]), Outcome::Answer(_)));
        let result = json!({ "role": "tool", "content": "" });
        assert_eq!(ask(json!([prompt, result]), &["bash"]), Outcome::Refuse(500));
    }

    #[test]
    fn a_title_follows_no_orders() {
        let system =
            json!({ "role": "system", "content": "You are a title generator. You output ONLY a thread title." });
        let title = |prompt: &str| {
            let answer = answer(json!([system, { "role": "user", "content": prompt }]), &["bash"]);
            assert_eq!(answer.call, None);
            answer.text.concat()
        };
        assert_eq!(
            title("please fix the login page [[http 500]] [[cut]]"),
            "Please fix the login page"
        );
        assert_eq!(title("[[bash: ls]] [[todo]]"), "Scripted run: bash, todowrite");
        assert!(title(&"é".repeat(10_000)).chars().count() <= 50);
    }

    #[test]
    fn plain_words_can_write_a_file() {
        let call = |prompt: &str| answer(json!([{ "role": "user", "content": prompt }]), &["write"]).call;
        let written = call("please create hello.txt").unwrap();
        assert_eq!(
            (written.name, &written.arguments["filePath"]),
            ("write", &json!("hello.txt"))
        );
        assert_eq!(call("what is hello.txt for?"), None);
    }

    #[test]
    fn the_same_prompt_gets_the_same_answer_and_others_differ() {
        let say = |prompt: &str| {
            answer(json!([{ "role": "user", "content": prompt }]), &[])
                .text
                .concat()
        };
        assert_eq!(say("hello"), say("hello"));
        let openings: std::collections::HashSet<_> = (0..20)
            .map(|n| say(&format!("prompt {n}")).lines().next().map(str::to_owned))
            .collect();
        assert!(openings.len() > 1, "every answer opens alike");
    }
}
