//! Another user to run as: PostgreSQL refuses to run as root.

use std::fs;

use anyhow::Context as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The user for services when we are root; nobody else is asked for otherwise.
pub fn service_user() -> anyhow::Result<Option<User>> {
    if !is_root() {
        return Ok(None);
    }
    let table = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    let user = find(&table, "postgres").or_else(|| find(&table, "nobody"));
    Ok(Some(user.context(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`: run as a plain user",
    )?))
}

fn find(table: &str, name: &str) -> Option<User> {
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(User { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let table =
            "root:x:0:0:root:/root:/bin/bash\npostgresql:x:1:2::/:\npostgres:x:104:110:a,b:/var:/bin/bash\nbad\n";
        assert_eq!(find(table, "postgres"), Some(User { uid: 104, gid: 110 }));
        assert_eq!(find(table, "nobody"), None);
        assert_eq!(find(table, "bad"), None);
    }
}
