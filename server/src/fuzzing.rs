//! Fuzzing with the stable toolchain: kept inputs, and mutations of them, for a moment in every test run.
//!
//! The inputs of a target lie in `server/fuzz/<target>`. Each is checked as it is, then mutations of it. An input that
//! fails is written to `target/fuzz`, and its place is told: put it among the others once it is understood. Longer than
//! usual: `PCC_FUZZ_SECONDS=600 cargo test -p server --lib fuzz_ -- --nocapture`, which prints how many inputs there were.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    time::{Duration, Instant},
};

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

const RUNS: usize = 1_500;
/// Mutations do not make an input longer than this.
const LONGEST: usize = 8 * 1024;
/// What parsers trip over.
const TOKENS: [&str; 34] = [
    "\0",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "\n\n",
    " ",
    "\t",
    "\"",
    "\\",
    "\\u0000",
    "\\ud83d",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ":",
    ",",
    "-",
    "--",
    "..",
    "::",
    "@{",
    "://",
    "%00",
    "🦀",
    "\u{feff}",
    "\u{202e}",
    "null",
    "-1",
    "18446744073709551616",
    "1e999",
    "...",
];

/// Runs `check` on the kept inputs of a target and on mutations of them. It fails by a panic.
pub(crate) fn fuzz(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(target);
    let mut corpus: Vec<_> = fs::read_dir(&folder)
        .expect("every target has a folder")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    corpus.sort();
    let corpus: Vec<_> = corpus
        .iter()
        .map(|file| fs::read(file).expect("it can be read"))
        .collect();
    assert!(
        !corpus.is_empty(),
        "there is nothing to begin with in {}",
        folder.display()
    );
    corpus.iter().for_each(|input| attempt(target, input, &check));

    let seconds = std::env::var("PCC_FUZZ_SECONDS");
    let long = seconds
        .ok()
        .and_then(|seconds| seconds.parse().ok())
        .map(Duration::from_secs);
    let mut chance = StdRng::seed_from_u64(rand::random());
    let (began, mut runs) = (Instant::now(), 0_usize);
    while long.map_or(runs < RUNS, |long| began.elapsed() < long) {
        attempt(target, &mutated(&corpus, &mut chance), &check);
        runs += 1;
    }
    println!("{target}: {runs} mutations in {:.1} s", began.elapsed().as_secs_f64());
}

fn attempt(target: &str, input: &[u8], check: &impl Fn(&[u8])) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(input))) {
        let mut hasher = DefaultHasher::new();
        input.hash(&mut hasher);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../target/fuzz")
            .join(target);
        let file = folder.join(format!("{:016x}", hasher.finish()));
        let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, input));
        eprintln!(
            "failed on {:?}, kept as {} ({written:?})",
            String::from_utf8_lossy(input),
            file.display()
        );
        resume_unwind(panic);
    }
}

fn mutated(corpus: &[Vec<u8>], chance: &mut StdRng) -> Vec<u8> {
    let mut input = pick(corpus, chance).clone();
    for _ in 0..chance.random_range(1..=5) {
        let at = chance.random_range(0..=input.len());
        let to = chance.random_range(at..=input.len().min(at + 64));
        match chance.random_range(0..8) {
            0 if at < input.len() => input[at] ^= 1 << chance.random_range(0..8),
            1 => drop(input.drain(at..to)),
            2 => insert(&mut input, at, pick(&TOKENS, chance).as_bytes()),
            3 => {
                let again = input[at..to].to_vec();
                insert(&mut input, at, &again);
            }
            // A piece of another input.
            4 => {
                let other = pick(corpus, chance);
                let from = chance.random_range(0..=other.len());
                let until = chance.random_range(from..=other.len().min(from + 256));
                insert(&mut input, at, &other[from..until]);
            }
            5 => input.truncate(at),
            6 => {
                let mut noise = [0; 4];
                chance.fill_bytes(&mut noise);
                insert(&mut input, at, &noise);
            }
            // Much of the same: what nests or repeats.
            _ => {
                let again = input[at..to].repeat(chance.random_range(2..40));
                insert(&mut input, at, &again);
            }
        }
    }
    input.truncate(LONGEST);
    input
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}

fn pick<'a, T>(from: &'a [T], chance: &mut StdRng) -> &'a T {
    &from[chance.random_range(0..from.len())]
}
