//! A secret as it is kept: encrypted, and never shown.

use sea_orm::DeriveValueType;

/// What the server's `Seal` made of a secret. It is opened there alone. It cannot be serialized, and shows nothing.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct Sealed(pub Vec<u8>);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_nothing() {
        assert_eq!(format!("{:?}", Some(Sealed(b"hush".to_vec()))), "Some(Sealed)");
    }
}
