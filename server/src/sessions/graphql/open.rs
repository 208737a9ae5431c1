//! Parts of a message as they are now: stored ones from the rows, those that are being written from memory.

use entity::ids::{MessageId, SessionId};

use crate::sessions::{Live, live::OpenPart, part::Part};

/// Memory first, rows second: a part that is finished in between is in both, and would else be in neither. Whoever has
/// followed it to its end would be told of it no more, and stay without it.
pub(super) async fn parts_now<E>(
    live: &Live,
    session: SessionId,
    message: MessageId,
    stored: impl Future<Output = Result<Vec<Part>, E>>,
) -> Result<Vec<Part>, E> {
    let open = live.open(session);
    Ok(with_open(message, stored.await?, &open))
}

/// The parts as they were stored, with those that are being written put in.
pub(super) fn with_open(message: MessageId, mut parts: Vec<Part>, open: &[OpenPart]) -> Vec<Part> {
    for open in open.iter().filter(|open| open.message == message) {
        match parts.binary_search_by(|part| part.id.cmp(&open.part.id)) {
            Ok(_stored) => {}
            Err(index) => parts.insert(index, open.part.clone()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::agent::PartContent;

    fn text(text: &str, is_complete: bool) -> Part {
        Part {
            id: "p".to_owned(),
            content: PartContent::Text {
                text: text.to_owned(),
                is_synthetic: false,
                is_complete,
            },
            is_cut: false,
            is_own: false,
        }
    }

    #[tokio::test]
    async fn a_part_that_is_finished_while_the_rows_are_read_is_not_lost() {
        let (live, session, message) = (Live::default(), SessionId::generate(), MessageId::generate());
        let _watched = live.watch(session);
        live.begin(session, message, text("", false));
        live.append(session, "p", "done");
        live.flush(session);
        // The rows are as they were before it was stored.
        let stored = async {
            live.stored(session, message, &text("done", true));
            Ok::<_, Infallible>(Vec::new())
        };
        let Ok(parts) = parts_now(&live, session, message, stored).await;
        assert_eq!(parts.first().and_then(Part::text), Some("done"));
    }
}
