//! The name of a project in addresses.

const MAX_LENGTH: usize = 63;

/// 1 to 63 lower-case letters, digits and single hyphens, with a letter or digit at both ends: what may stand in a URL,
/// a folder and a host name alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASlug {
    #[error(
        "a slug is 1 to {MAX_LENGTH} lower-case letters, digits and hyphens, and begins and ends with a letter or digit"
    )]
    Shape,
    #[error("the name has no letters or digits to make a slug from: give a slug as well")]
    Nothing,
}

impl Slug {
    pub fn parse(text: &str) -> Result<Self, NotASlug> {
        let fits = (1..=MAX_LENGTH).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotASlug::Shape)
        }
    }

    /// The slug that a name suggests.
    pub fn of_name(name: &str) -> Result<Self, NotASlug> {
        let mut slug = String::new();
        for letter in name.chars().flat_map(char::to_lowercase) {
            if letter.is_ascii_alphanumeric() {
                slug.push(letter);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(MAX_LENGTH);
        let slug = slug.trim_end_matches('-');
        if slug.is_empty() {
            Err(NotASlug::Nothing)
        } else {
            Self::parse(slug)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_suggest_slugs() {
        for (name, slug) in [
            ("Demo", "demo"),
            ("My  App!", "my-app"),
            ("Über-Projekt 2", "ber-projekt-2"),
            ("a--b", "a-b"),
        ] {
            assert_eq!(Slug::of_name(name).expect(name).as_str(), slug);
        }
        assert_eq!(Slug::of_name("🚀🚀"), Err(NotASlug::Nothing));
    }

    #[test]
    fn what_could_leave_its_folder_is_no_slug() {
        for text in [
            "",
            "-a",
            "a-",
            "a--b",
            "A",
            "a/b",
            "..",
            "a.git",
            "a b",
            &"a".repeat(64),
        ] {
            assert_eq!(Slug::parse(text), Err(NotASlug::Shape), "{text:?}");
        }
    }

    #[test]
    fn fuzz_slugs() {
        crate::fuzzing::fuzz("slug", |input| {
            let text = String::from_utf8_lossy(input);
            if let Ok(slug) = Slug::of_name(&text) {
                assert_eq!(Slug::of_name(slug.as_str()), Ok(slug.clone()), "a slug suggests itself");
                assert_eq!(Slug::parse(slug.as_str()), Ok(slug));
            }
            if let Ok(slug) = Slug::parse(&text) {
                assert_eq!(slug.as_str(), text);
                assert_eq!(Slug::of_name(&text), Ok(slug));
            }
        });
    }

    proptest! {
        #[test]
        fn a_suggested_slug_is_a_slug(name in ".{0,200}") {
            if let Ok(slug) = Slug::of_name(&name) {
                prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug));
            }
        }
    }
}
