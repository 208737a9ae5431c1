//! Secrets at rest: sealed with a key that lies beside the database, and opened only for what they were sealed for.
//!
//! The key is made when the first secret is kept. A copy of the database without it tells no secret; a database whose key
//! is lost has lost its secrets, and nothing else.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use entity::sealed::Sealed;
use rand::{TryRng, rngs::SysRng};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// How it is sealed, as the first byte of what is kept: XChaCha20-Poly1305.
const FORM: u8 = 1;

type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// Seals and opens.
#[derive(Clone, Debug)]
pub struct Seal {
    path: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the key {0} is gone")]
    Gone(PathBuf),
    #[error("the key {0} can be read by others: `chmod 600` it")]
    Exposed(PathBuf),
    #[error("{0} is not a key")]
    Damaged(PathBuf),
    #[error("the key {path} cannot be used: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("it was sealed with another key, or for something else")]
    Foreign,
    #[error("the system has no randomness to give")]
    Randomness(#[from] rand::rngs::SysError),
}

impl Seal {
    /// With the key in this folder. Nothing is read or made yet.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join("secret.key"),
        }
    }

    /// `purpose` says what the secret is for and whose it is; it is opened for the same only.
    pub fn seal(&self, purpose: &str, secret: &SecretString) -> Result<Sealed, Error> {
        let key = match self.key() {
            Err(Error::Gone(_)) => self.make_key()?,
            key => key?,
        };
        let mut nonce = [0; NONCE_BYTES];
        SysRng.try_fill_bytes(&mut nonce)?;
        let text = cipher(&key)
            .encrypt(
                &XNonce::from(nonce),
                payload(secret.expose_secret().as_bytes(), purpose),
            )
            .map_err(|_| Error::Foreign)?;
        Ok(Sealed([&[FORM], &nonce[..], &text].concat()))
    }

    pub fn open(&self, purpose: &str, sealed: &Sealed) -> Result<SecretString, Error> {
        let key = self.key()?;
        let rest = sealed.0.strip_prefix(&[FORM]).ok_or(Error::Foreign)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Error::Foreign)?;
        let opened = cipher(&key)
            .decrypt(&XNonce::from(*nonce), payload(text, purpose))
            .map_err(|_| Error::Foreign)?;
        let opened = Zeroizing::new(opened);
        let text = std::str::from_utf8(&opened).map_err(|_| Error::Foreign)?;
        Ok(SecretString::from(text))
    }

    /// The same for the same secret, and no help to whoever wants to guess it: to tell whether something was sent before.
    pub fn fingerprint(&self, purpose: &str, secret: &SecretString) -> Result<String, Error> {
        let key = match self.key() {
            Err(Error::Gone(_)) => self.make_key()?,
            key => key?,
        };
        let own = Zeroizing::new(blake3::derive_key("pcc 2026-11-30 fingerprints of secrets", &*key));
        let mut hasher = blake3::Hasher::new_keyed(&own);
        hasher.update(purpose.as_bytes()).update(b"\0");
        Ok(hasher.update(secret.expose_secret().as_bytes()).finalize().to_string())
    }

    /// Read each time: a key that was lost while the server runs would otherwise go on sealing what nobody opens again.
    fn key(&self) -> Result<KeyBytes, Error> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(Error::Gone(self.path.clone())),
            file => file.map_err(|source| self.io(source))?,
        };
        let mode = file.metadata().map_err(|source| self.io(source))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(Error::Exposed(self.path.clone()));
        }
        let mut key = KeyBytes::default();
        let mut more = [0];
        match file.read_exact(&mut *key) {
            Ok(()) if file.read(&mut more).map_err(|source| self.io(source))? == 0 => Ok(key),
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => Err(self.io(error)),
            Ok(()) | Err(_) => Err(Error::Damaged(self.path.clone())),
        }
    }

    /// Whole and on the disk before it has its name, and never in place of another.
    fn make_key(&self) -> Result<KeyBytes, Error> {
        let mut key = KeyBytes::default();
        SysRng.try_fill_bytes(&mut *key)?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let write = || {
            // The library makes it with mode 0600.
            let mut file = tempfile::Builder::new().prefix("secret.key.").tempfile_in(folder)?;
            file.write_all(&*key)?;
            file.as_file().sync_all()?;
            match file.persist_noclobber(&self.path) {
                Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
                // Somebody else has just made it.
                Err(_) => Ok(()),
                Ok(_) => fs::File::open(folder)?.sync_all(),
            }
        };
        write().map_err(|source| self.io(source))?;
        self.key()
    }

    fn io(&self, source: io::Error) -> Error {
        Error::Io {
            path: self.path.clone(),
            source,
        }
    }
}

fn cipher(key: &KeyBytes) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(**key))
}

fn payload<'a>(text: &'a [u8], purpose: &'a str) -> Payload<'a, 'a> {
    Payload {
        msg: text,
        aad: purpose.as_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> (tempfile::TempDir, Seal) {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::in_folder(folder.path());
        (folder, seal)
    }

    fn secret() -> SecretString {
        SecretString::from("hush-hush")
    }

    #[test]
    fn a_secret_is_opened_for_what_it_was_sealed_for() {
        let (_folder, seal) = seal();
        let (one, other) = (seal.seal("a", &secret()).unwrap(), seal.seal("a", &secret()).unwrap());
        assert_ne!(one, other, "each has a nonce of its own");
        assert!(!one.0.windows(4).any(|window| window == b"hush"));
        assert_eq!(seal.open("a", &one).unwrap().expose_secret(), "hush-hush");
        assert!(matches!(seal.open("b", &one), Err(Error::Foreign)));
        for at in 0..one.0.len() {
            let mut changed = one.clone();
            changed.0[at] ^= 1;
            assert!(matches!(seal.open("a", &changed), Err(Error::Foreign)), "byte {at}");
            let cut = Sealed(one.0[..at].to_vec());
            assert!(matches!(seal.open("a", &cut), Err(Error::Foreign)), "cut at {at}");
        }
    }

    #[test]
    fn a_fingerprint_says_the_same_of_the_same() {
        let ((_folder, one), (_other_folder, other)) = (seal(), seal());
        let of = |seal: &Seal, text: &str| seal.fingerprint("p", &SecretString::from(text)).unwrap();
        assert_eq!(of(&one, "x"), of(&one, "x"));
        assert_ne!(of(&one, "x"), of(&one, "y"));
        assert_ne!(of(&one, "x"), of(&other, "x"));
    }

    #[test]
    fn the_key_is_its_owners_alone_and_is_never_replaced() {
        let (folder, seal) = seal();
        let path = folder.path().join("secret.key");
        let sealed = seal.seal("a", &secret()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(*seal.make_key().unwrap(), *seal.key().unwrap());
        assert!(seal.open("a", &sealed).is_ok());

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(seal.open("a", &sealed), Err(Error::Exposed(_))));
        assert!(matches!(seal.seal("a", &secret()), Err(Error::Exposed(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for bytes in [&b"short"[..], &[7; KEY_BYTES + 1]] {
            fs::write(&path, bytes).unwrap();
            assert!(matches!(seal.seal("a", &secret()), Err(Error::Damaged(_))));
        }

        fs::remove_file(&path).unwrap();
        assert!(matches!(seal.open("a", &sealed), Err(Error::Gone(_))));
        assert!(!path.exists(), "what is opened makes no key");
        seal.seal("a", &secret()).unwrap();
        assert!(matches!(seal.open("a", &sealed), Err(Error::Foreign)));
    }
}
