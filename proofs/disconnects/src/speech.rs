//! What the agent says: a text of its own for each prompt, so that a piece in a wrong place shows.

/// One prompt of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speech {
    pub session: usize,
    pub number: usize,
}

const WORDS: usize = 90;

impl Speech {
    /// The whole answer. Some words are longer in UTF-16 than they look.
    pub fn text(self) -> String {
        let words: Vec<_> = (0..WORDS).map(|word| self.word(word)).collect();
        words.join(" ")
    }

    fn word(self, word: usize) -> String {
        let crab = if word.is_multiple_of(5) { "🦀" } else { "" };
        format!("s{}p{}w{word}{crab}", self.session, self.number)
    }

    /// The order to the scripted model, which streams for about two seconds.
    pub fn prompt(self) -> String {
        format!("[[text: {}]] [[delay 20]]", self.text())
    }

    /// Which one this is the beginning of; `None` for too little to tell.
    pub fn of(text: &str) -> Option<Self> {
        let (session, rest) = text.strip_prefix('s')?.split_once('p')?;
        let (number, _) = rest.split_once('w')?;
        Some(Self {
            session: session.parse().ok()?,
            number: number.parse().ok()?,
        })
    }

    /// Why this text is not the beginning of an answer; nothing if it is.
    pub fn fault(session: usize, text: &str) -> Option<String> {
        match Self::of(text) {
            Some(speech) if speech.session == session => {
                let whole = speech.text();
                (!whole.starts_with(text.trim_end())).then(|| format!("prompt {}: {text:?}", speech.number))
            }
            Some(other) => Some(format!("an answer of session {}: {text:?}", other.session)),
            None => (text.contains('w')).then(|| format!("no answer begins like this: {text:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_beginning_of_the_right_answer_is_without_fault() {
        let speech = Speech { session: 1, number: 12 };
        let text = speech.text();
        for good in ["", "s1", "s1p12", "s1p12w0🦀 ", &text, &text[..text.len() - 3]] {
            assert_eq!(Speech::fault(1, good), None, "{good:?}");
        }
        let doubled = text.replacen("s1p12w1 ", "s1p12w1 s1p12w1 ", 1);
        let missing = text.replacen("s1p12w1 ", "", 1);
        for bad in [&doubled, &missing, "s2p12w0🦀 ", "w0 w1"] {
            assert!(Speech::fault(1, bad).is_some(), "{bad:?}");
        }
    }
}
