//! Picking from one's own repositories.

use super::*;

fn many() -> Options {
    let minute = |number: usize| {
        format!(
            "2026-11-{:02}T{:02}:{:02}:00Z",
            1 + number / 600,
            number / 60 % 10,
            number % 60
        )
    };
    let mut repositories: Vec<_> = (0..250)
        .map(|number| repository(&format!("octo/r-{number:03}"), false, Some(&minute(number))))
        .collect();
    repositories.push(repository("harbour/Tide-Tables", true, None));
    Options {
        repositories,
        ..Options::default()
    }
}

async fn names(both: &Both, search: Option<&str>, first: i64, after: Option<String>) -> (Vec<String>, Option<String>) {
    let page = both
        .server
        .client()
        .github_repositories(search, Some(first), after)
        .await
        .unwrap();
    let next = page.page_info.end_cursor.filter(|_| page.page_info.has_next_page);
    (page.nodes.into_iter().map(|one| one.full_name).collect(), next)
}

#[tokio::test(flavor = "multi_thread")]
async fn they_come_in_pages_and_are_searched_by_name() {
    let both = Both::new(Kind::Sqlite, many()).await;
    let client = both.server.client();
    assert_eq!(
        code(client.github_repositories(None, None, None).await),
        ErrorCode::Conflict
    );
    both.connect().await;

    let (first, next) = names(&both, None, 3, None).await;
    assert_eq!(first, ["octo/r-249", "octo/r-248", "octo/r-247"]);
    assert_eq!(both.asked(REPOSITORIES), 1, "no more is read than is needed");
    let (mut all, mut next) = (first, next);
    while let Some(after) = next {
        let (more, then) = names(&both, None, 60, Some(after)).await;
        all.extend(more);
        next = then;
    }
    let mut expected: Vec<_> = (0..250).rev().map(|number| format!("octo/r-{number:03}")).collect();
    expected.push("harbour/Tide-Tables".to_owned());
    assert_eq!(all, expected);
    assert_eq!(both.asked(REPOSITORIES), 3, "and each page once");

    for (search, found) in [
        ("tide", vec!["harbour/Tide-Tables"]),
        ("TABLES harbour", vec!["harbour/Tide-Tables"]),
        ("r-00", (0..10).rev().map(|n| &*expected[249 - n]).collect()),
        ("nothing", vec![]),
    ] {
        assert_eq!(names(&both, Some(search), 50, None).await.0, found, "{search}");
    }
    assert_eq!(both.asked(REPOSITORIES), 3, "who types on asks GitHub nothing");
    let tide = &client
        .github_repositories(Some("tide"), None, None)
        .await
        .unwrap()
        .nodes[0];
    assert!(tide.is_private && !tide.is_fork && !tide.is_archived && tide.pushed_at.is_none());
    assert_eq!(tide.clone_url, format!("{}/harbour/Tide-Tables.git", both.github.url()));
    assert_eq!(tide.default_branch.as_deref(), Some("main"));
    let long = "x".repeat(101);
    assert_eq!(
        code(client.github_repositories(Some(&long), None, None).await),
        ErrorCode::InvalidInput
    );

    // Another account has others.
    both.connect().await;
    names(&both, None, 3, None).await;
    assert_eq!(both.asked(REPOSITORIES), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_half_way_is_gone_on_with() {
    let both = Both::new(Kind::Sqlite, many()).await;
    let client = both.server.client();
    both.connect().await;
    let broken = Fault {
        status: Some(503),
        ..Fault::default()
    };
    let limit = Fault {
        limit: Some(40),
        ..Fault::default()
    };
    both.fail(Place::Repositories, [Fault::default(), broken, limit]);
    for after in [None, Some(40)] {
        let Err(Error::Refused(failure)) = client.github_repositories(Some("tide"), None, None).await else {
            panic!("it was answered")
        };
        assert_eq!(
            (failure.code, failure.system.as_deref()),
            (ErrorCode::Unavailable, Some("github"))
        );
        assert_eq!(failure.retry_after.map(|after| after.as_secs()), after);
    }
    assert_eq!(names(&both, Some("tide"), 5, None).await.0, ["harbour/Tide-Tables"]);
    // The first page was read once; the second is the one that failed.
    assert_eq!(both.asked(REPOSITORIES), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_at_once_ask_github_once() {
    let both = Both::new(Kind::Sqlite, many()).await;
    both.connect().await;
    let slow = Fault {
        delay_ms: 300,
        ..Fault::default()
    };
    both.fail(Place::Repositories, [slow]);
    let all = futures_util::future::join_all((0..5).map(|_| names(&both, None, 5, None))).await;
    assert!(all.iter().all(|(names, _)| names[0] == "octo/r-249"));
    assert_eq!(both.asked(REPOSITORIES), 1);
}
