//! A line for the shell, taken apart as far as that can be done safely. What is not understood is said to be so: this
//! is not a shell, and guessing would call something harmless that is not.

/// The simple commands of a line, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub commands: Vec<Command>,
    /// There is more in it than was taken apart: substitutions, variables, loops, functions, documents.
    pub is_opaque: bool,
}

/// One program with its arguments.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Command {
    pub words: Vec<String>,
    /// Files it writes to by `>`.
    pub writes: Vec<String>,
    /// Files it reads by `<`.
    pub reads: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Target {
    Word,
    Write,
    Read,
}

struct Reader {
    line: Line,
    command: Command,
    word: Option<String>,
    target: Target,
}

/// Words with which something begins that is more than a command.
const KEYWORDS: [&str; 16] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "function", "select",
    "{", "[[",
];

pub fn parse(text: &str) -> Line {
    let mut reader = Reader {
        line: Line::default(),
        command: Command::default(),
        word: None,
        target: Target::Word,
    };
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => reader.quoted(&mut letters),
            '"' => reader.double_quoted(&mut letters),
            '\\' => match letters.next() {
                Some('\n') => {}
                Some(next) => reader.push(next),
                None => reader.line.is_opaque = true,
            },
            '$' | '`' | '(' | ')' => {
                reader.line.is_opaque = true;
                reader.push(letter);
            }
            '#' if reader.word.is_none() => while letters.next_if(|&next| next != '\n').is_some() {},
            ';' | '\n' => reader.end_command(),
            '|' | '&' if letters.peek() == Some(&'>') => reader.end_word(),
            '|' | '&' => {
                while letters.next_if(|&next| next == letter).is_some() {}
                reader.end_command();
            }
            '>' => {
                reader.redirect(Target::Write);
                if letters.next_if_eq(&'>').is_none() {
                    letters.next_if_eq(&'|');
                }
                reader.skip_descriptor(&mut letters);
            }
            '<' => {
                // Documents and process substitutions.
                if matches!(letters.peek(), Some('<' | '(' | '>')) {
                    reader.line.is_opaque = true;
                }
                reader.redirect(Target::Read);
            }
            letter if letter.is_whitespace() => reader.end_word(),
            letter => reader.push(letter),
        }
    }
    reader.end_command();
    reader.line
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

impl Reader {
    fn push(&mut self, letter: char) {
        self.word.get_or_insert_default().push(letter);
    }

    fn quoted(&mut self, letters: &mut Letters<'_>) {
        self.word.get_or_insert_default();
        for letter in letters.by_ref() {
            if letter == '\'' {
                return;
            }
            self.push(letter);
        }
        self.line.is_opaque = true;
    }

    fn double_quoted(&mut self, letters: &mut Letters<'_>) {
        self.word.get_or_insert_default();
        while let Some(letter) = letters.next() {
            match letter {
                '"' => return,
                '\\' => match letters.next() {
                    Some(next) => self.push(next),
                    None => break,
                },
                '$' | '`' => {
                    self.line.is_opaque = true;
                    self.push(letter);
                }
                letter => self.push(letter),
            }
        }
        self.line.is_opaque = true;
    }

    fn redirect(&mut self, target: Target) {
        // The number of a descriptor is no argument.
        if self
            .word
            .as_deref()
            .is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
        {
            self.word = None;
        }
        self.end_word();
        self.target = target;
    }

    /// `>&2` writes to no file.
    fn skip_descriptor(&mut self, letters: &mut Letters<'_>) {
        if letters.next_if_eq(&'&').is_some() {
            let mut is_descriptor = false;
            while letters.next_if(|next| next.is_ascii_digit() || *next == '-').is_some() {
                is_descriptor = true;
            }
            if is_descriptor {
                self.target = Target::Word;
            }
        }
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        let target = std::mem::replace(&mut self.target, Target::Word);
        match target {
            Target::Word => self.command.words.push(word),
            Target::Write => self.command.writes.push(word),
            Target::Read => self.command.reads.push(word),
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        // Something was to be redirected, and the line ends.
        if std::mem::replace(&mut self.target, Target::Word) != Target::Word {
            self.line.is_opaque = true;
        }
        let command = std::mem::take(&mut self.command);
        if command
            .words
            .first()
            .is_some_and(|word| KEYWORDS.contains(&word.as_str()))
        {
            self.line.is_opaque = true;
        }
        if command != Command::default() {
            self.line.commands.push(command);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        parse(text).commands.into_iter().map(|command| command.words).collect()
    }

    #[test]
    fn a_line_comes_apart_where_the_shell_would_cut_it() {
        assert_eq!(
            words("echo hi; sleep 0.3 && ls -l | wc"),
            [vec!["echo", "hi"], vec!["sleep", "0.3"], vec!["ls", "-l"], vec!["wc"],]
        );
        assert_eq!(
            words("echo 'a; b' \"c && d\" e\\ f # g ; h"),
            [vec!["echo", "a; b", "c && d", "e f"]]
        );
        assert_eq!(words("a & b\nc"), [vec!["a"], vec!["b"], vec!["c"]]);
        assert!(!parse("echo 'a $b' x").is_opaque);
    }

    #[test]
    fn redirections_name_their_files() {
        let line = parse("sort < in.txt > out.txt 2>&1 2>> 'log file' >|x");
        assert_eq!(line.commands[0].words, ["sort"]);
        assert_eq!(line.commands[0].reads, ["in.txt"]);
        assert_eq!(line.commands[0].writes, ["out.txt", "log file", "x"]);
        assert_eq!(parse("make &> all.log").commands[0].writes, ["all.log"]);
        assert!(!line.is_opaque);
    }

    #[test]
    fn what_is_more_than_commands_is_said_to_be() {
        for text in [
            "echo $(rm -rf /)",
            "echo `id`",
            "echo $HOME",
            "echo \"$HOME\"",
            "for f in *; do rm $f; done",
            "cat <<EOF\nx\nEOF",
            "diff <(a) <(b)",
            "echo 'open",
            "echo \"open",
            "(cd / && ls)",
            "echo >",
            "echo \\",
        ] {
            assert!(parse(text).is_opaque, "{text}");
        }
    }
}
