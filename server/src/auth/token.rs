//! What a token looks like: `pcc_<lookup>_<secret>`. The first half finds its row, the second proves it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{TryRng, rngs::SysRng};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

const PREFIX: &str = "pcc";

/// The two halves of a token that somebody sent.
pub struct Presented<'a> {
    pub lookup: &'a str,
    secret: &'a str,
}

/// A token at its making.
pub struct Fresh {
    pub token: SecretString,
    pub lookup: String,
    pub secret_hash: [u8; 32],
}

#[derive(Debug, thiserror::Error)]
#[error("the system has no randomness to give")]
pub struct NoRandomness(#[from] rand::rngs::SysError);

/// 256 random bits as text for URLs.
pub fn random_text() -> Result<String, NoRandomness> {
    random::<32>()
}

fn random<const N: usize>() -> Result<String, NoRandomness> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

pub fn hash(secret: &str) -> [u8; 32] {
    *blake3::hash(secret.as_bytes()).as_bytes()
}

impl Fresh {
    pub fn new() -> Result<Self, NoRandomness> {
        // The lookup may hold no underscore: it ends at one.
        let lookup = random::<9>()?.replace(['_', '-'], "x");
        let secret = random_text()?;
        let token = format!("{PREFIX}_{lookup}_{secret}").into();
        Ok(Self {
            token,
            lookup,
            secret_hash: hash(&secret),
        })
    }
}

impl<'a> Presented<'a> {
    pub fn parse(token: &'a SecretString) -> Option<Self> {
        let (prefix, rest) = token.expose_secret().split_once('_')?;
        let (lookup, secret) = rest.split_once('_')?;
        let fits = prefix == PREFIX && lookup.len() <= 32 && secret.len() <= 64;
        fits.then_some(Self { lookup, secret })
    }

    /// Whether this is the token that was made, told in the same time whatever it is.
    pub fn proves(&self, secret_hash: &[u8]) -> bool {
        hash(self.secret).ct_eq(secret_hash).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_token_proves_itself_and_no_other() {
        let (one, two) = (Fresh::new().expect("random"), Fresh::new().expect("random"));
        let presented = Presented::parse(&one.token).expect("well formed");
        assert_eq!(presented.lookup, one.lookup);
        assert!(presented.proves(&one.secret_hash));
        assert!(!presented.proves(&two.secret_hash));
    }

    #[test]
    fn nonsense_is_no_token() {
        for text in ["", "pcc", "pcc_a", "abc_a_b", &format!("pcc_{}_b", "a".repeat(100))] {
            assert!(Presented::parse(&text.to_owned().into()).is_none(), "{text}");
        }
    }
}
