use std::sync::OnceLock;

use super::*;
use crate::fuzzing::fuzz;

fn params(query: &str) -> Params {
    Params {
        query: query.to_owned(),
        ..Params::default()
    }
}

#[test]
fn fuzz_the_guard() {
    static GUARD: OnceLock<Guard> = OnceLock::new();
    let guard = GUARD.get_or_init(|| Guard::new(Limits::default()));
    let uncached = Guard::new(Limits {
        cached_documents: 0,
        ..Limits::default()
    });
    fuzz("guard", |input| {
        let text = String::from_utf8_lossy(input);
        match guard.admit(params(&text)) {
            Ok(admitted) => {
                assert!(text.len() <= guard.limits.query_bytes);
                assert!(admitted.cost <= guard.limits.complexity, "{} for {text}", admitted.cost);
                // What is kept is what would be found again.
                let again = uncached.admit(params(&text)).expect("it passed before");
                assert_eq!((admitted.kind, admitted.cost), (again.kind, again.cost));
            }
            Err(refusal) => assert!(!refusal.message.is_empty()),
        }
    });
}
