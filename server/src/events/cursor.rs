//! A place in the event log, as clients keep it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// Everything up to and including event `seq` of the log `epoch` was seen. To clients it is an opaque string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub epoch: Uuid,
    pub seq: i64,
}

const VERSION: u8 = 1;
const LENGTH: usize = 1 + 16 + 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor of this API")]
pub struct NotACursor;

impl Cursor {
    pub fn encode(self) -> String {
        let mut bytes = [0; LENGTH];
        bytes[0] = VERSION;
        bytes[1..17].copy_from_slice(self.epoch.as_bytes());
        bytes[17..].copy_from_slice(&self.seq.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub fn decode(text: &str) -> Result<Self, NotACursor> {
        let mut bytes = [0; LENGTH];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).map_err(|_| NotACursor)?;
        let [version, rest @ ..] = bytes;
        let (epoch, seq) = rest.split_at(16);
        let (Ok(epoch), Ok(seq)) = (Uuid::from_slice(epoch), seq.try_into().map(i64::from_be_bytes)) else {
            return Err(NotACursor);
        };
        if length == LENGTH && version == VERSION && seq >= 0 {
            Ok(Self { epoch, seq })
        } else {
            Err(NotACursor)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(epoch: u128, seq in 0..=i64::MAX) {
            let cursor = Cursor { epoch: Uuid::from_u128(epoch), seq };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        }

        #[test]
        fn nothing_else_is_a_cursor(text in ".{0,60}") {
            if let Ok(cursor) = Cursor::decode(&text) {
                prop_assert_eq!(cursor.encode(), text);
            }
        }
    }

    #[test]
    fn fuzz_cursors() {
        crate::fuzzing::fuzz("cursor", |input| {
            let text = String::from_utf8_lossy(input);
            if let Ok(cursor) = Cursor::decode(&text) {
                assert_eq!(cursor.encode(), text);
                assert!(cursor.seq >= 0);
            }
        });
    }

    #[test]
    fn a_cursor_of_another_version_or_length_is_refused() {
        let good = Cursor {
            epoch: Uuid::nil(),
            seq: 7,
        }
        .encode();
        let mut bytes = URL_SAFE_NO_PAD.decode(&good).expect("just encoded");
        bytes[0] = 2;
        assert_eq!(Cursor::decode(&URL_SAFE_NO_PAD.encode(&bytes)), Err(NotACursor));
        assert_eq!(Cursor::decode(&good[..good.len() - 2]), Err(NotACursor));
        assert_eq!(Cursor::decode(&format!("{good}AAAA")), Err(NotACursor));
        assert_eq!(Cursor::decode(""), Err(NotACursor));
    }
}
