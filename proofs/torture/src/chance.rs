//! Choices from a seed: each subject has a source of its own, so that none depends on how the others interleave.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// The source of one subject, the `number`th of its kind.
pub fn source(seed: u64, subject: &str, number: u64) -> StdRng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&number.to_le_bytes());
    for (index, byte) in subject.bytes().enumerate() {
        key[16 + index % 16] ^= byte.rotate_left(u32::try_from(index / 16).unwrap_or(0));
    }
    StdRng::from_seed(key)
}

pub fn is(rng: &mut StdRng, chance: f64) -> bool {
    rng.random_bool(chance)
}

pub fn millis(rng: &mut StdRng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rng.random_range(range))
}
