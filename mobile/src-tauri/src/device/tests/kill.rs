//! The program is killed in the middle of its writing, by a signal that nothing can be done about.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use super::*;

/// Where the child is to write; its number goes on from what is there.
const FOLDER: &str = "PCC_TEST_DEVICE";
const ROUNDS: u64 = 12;

#[tokio::test]
async fn killed_at_any_moment_it_has_every_list_whole_and_all_that_was_said_to_be_kept() {
    let place = Place::new();
    let mut last = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "device::tests::kill::writes_until_it_is_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, place.kept())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut written = told.filter_map(|line| line.unwrap().strip_prefix("wrote ")?.parse::<u64>().ok());
        // Somewhere in the one behind it.
        last = written.nth(usize::try_from(round % 5).unwrap()).unwrap();
        child.kill().unwrap();
        last = written.last().unwrap_or(last);
        child.wait().unwrap();

        let opened = place.open().await;
        let number = number_of(&opened).await;
        assert!(number >= last, "{number} and not {last}");
        assert_eq!(opened.value("setAside").await, Value::Null, "nothing is damaged");
        opened.end().await;
    }
    assert!(last >= ROUNDS);
}

/// What the last list has written, if it is there as a whole.
async fn number_of(opened: &Opened) -> u64 {
    let number = opened.value("cursor").await.as_u64().unwrap_or(0);
    let projects = opened.all("projects").await;
    let projects = projects.as_array().unwrap();
    assert!(projects.iter().all(|project| project["n"] == json!(number)), "{number}");
    let entries: Vec<_> = (number.saturating_sub(2)..=number).filter(|n| *n > 0).collect();
    assert_eq!(opened.all("outbox").await, json!(entries));
    number
}

#[ignore = "for the test above, which kills it"]
#[tokio::test]
async fn writes_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let opened = Opened::at(Path::new(&folder)).await;
    let first = number_of(&opened).await + 1;
    let text = "x".repeat(2_000);
    for number in first.. {
        let mut writes = vec![json!({ "kind": "clear", "store": "projects" })];
        writes.extend((0..100).map(|n| put("projects", &n.to_string(), json!({ "n": number, "text": text }))));
        writes.push(put("outbox", &format!("{number:09}"), json!(number)));
        writes.push(put("values", "cursor", json!(number)));
        if number > 3 {
            let old = format!("{:09}", number - 3);
            writes.push(json!({ "kind": "remove", "store": "outbox", "key": old }));
        }
        opened.write(json!(writes)).await.unwrap();
        println!("wrote {number}");
    }
}
