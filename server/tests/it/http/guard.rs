//! The guard: what would hold a core is refused by its measure, and what tools and people ask for passes.

use std::fmt::Write as _;

use async_graphql::{Value, Variables, value};
use proptest::prelude::*;
use serde_json::json;
use server::http::{
    Limits, Params,
    guard::{Admitted, Guard, Measured},
};

use super::serve::{TestServer, code};

/// The query graphql-js and GraphiQL send, with all its options.
const INTROSPECTION: &str = include_str!("introspection.graphql");

fn guard() -> Guard {
    Guard::new(Limits::default())
}

fn measured(text: &str) -> Measured {
    guard().check(text).unwrap().measured.clone()
}

fn admit(query: &str, variables: Value) -> Result<Admitted, (String, String)> {
    let params = Params {
        query: query.to_owned(),
        operation_name: None,
        variables: Variables::from_value(variables),
    };
    guard().admit(params).map_err(|error| {
        let code = error.extensions.as_ref().unwrap().get("code").unwrap().to_string();
        (code.trim_matches('"').to_owned(), error.message)
    })
}

/// Refused as too much, by this limit.
fn too_much(query: &str, variables: Value, limit: &str) {
    let (code, message) = admit(query, variables).unwrap_err();
    assert_eq!(code, "LIMIT_EXCEEDED", "{message}");
    assert!(message.contains(limit), "{message} should name {limit}");
}

fn cost(query: &str, variables: Value) -> u64 {
    admit(query, variables).unwrap().cost
}

/// `{...F0} fragment F0 on Query{...F1 ...F1} …`: expanded, two to the power of its length.
fn bomb(fragments: usize) -> String {
    let mut text = "{...F0}".to_owned();
    for number in 0..fragments {
        let next = number + 1;
        write!(text, " fragment F{number} on Query{{...F{next} ...F{next}}}").unwrap();
    }
    write!(text, " fragment F{fragments} on Query{{hello}}").unwrap();
    text
}

#[tokio::test]
async fn a_bomb_of_fragments_is_measured_once_and_refused() {
    let limits = Limits {
        expanded_selections: u64::MAX,
        nesting: usize::MAX,
        root_fields: u64::MAX,
        ..Limits::default()
    };
    // A million times a million selections, counted by looking at a hundred.
    let checked = Guard::new(limits).check(&bomb(48)).unwrap();
    assert!(checked.measured.expanded_selections > 1 << 49);
    assert_eq!(checked.measured.visited, 1 + 2 * 48 + 1);
    too_much(&bomb(20), value!({}), "2000 selections");
    too_much(&bomb(200), value!({}), "50 fragments");

    let server = TestServer::start().await;
    let answer = server.ask(&bomb(20)).await;
    assert_eq!(code(&answer), "LIMIT_EXCEEDED");
    assert!(answer.get("data").is_none());
}

#[test]
fn fragments_that_spread_themselves_or_nothing_known() {
    for query in [
        "{...A} fragment A on Query{...A}",
        "{hello} fragment A on Query{a{...B}} fragment B on Query{...on Query{...C}} fragment C on Query{...A}",
    ] {
        let (code, message) = admit(query, value!({})).unwrap_err();
        assert_eq!(
            (code.as_str(), message.as_str()),
            ("BAD_REQUEST", "A fragment spreads itself.")
        );
    }
    // Validation names those that do not exist.
    admit("{...Missing}", value!({})).unwrap();
}

#[test]
fn everything_that_can_be_counted_has_a_limit() {
    let many = |count: usize, each: &dyn Fn(usize) -> String| (0..count).map(each).collect::<Vec<_>>().join(" ");
    let over = [
        (format!("{{a(b:\"{}\")}}", "x".repeat(64 * 1024)), "65536 bytes"),
        (format!("{{a(b:[{}])}}", "1 ".repeat(5_000)), "5000 tokens"),
        (format!("{}{}", "{a".repeat(33), "}".repeat(33)), "32 deep"),
        (format!("{{a(b:{}{})}}", "[".repeat(40), "]".repeat(40)), "32 deep"),
        (format!("{}{}", "{a".repeat(13), "}".repeat(13)), "12 deep"),
        (format!("{{{}}}", many(201, &|n| format!("a{n}"))), "200 selections"),
        (format!("{{i{{{}}}}}", many(31, &|n| format!("a{n}:x"))), "30 aliases"),
        (format!("{{{}}}", many(16, &|n| format!("a{n}"))), "15 fields"),
        (
            "{...A ...A ...A ...A} fragment A on Query{a b c d}".to_owned(),
            "15 fields",
        ),
        (many(21, &|n| format!("query Q{n}{{a}}")), "20 operations"),
        (
            format!("{{a}} {}", many(51, &|n| format!("fragment F{n} on Q{{a}}"))),
            "50 fragments",
        ),
        (format!("{{a {}}}", "@skip(if:false) ".repeat(51)), "50 directives"),
        (
            format!("query({}){{a}}", many(201, &|n| format!("$v{n}:Int"))),
            "200 variables",
        ),
        (format!("{{...A0}} {}", chain(34)), "32 deep"),
    ];
    for (query, limit) in over {
        too_much(&query, value!({}), limit);
    }
    let variables = (0..201)
        .map(|n| (async_graphql::Name::new(format!("v{n}")), Value::from(n)))
        .collect();
    too_much("{hello}", Value::Object(variables), "200 variables");
}

/// Fragments that spread one another in a row: no field is nested, but whoever expands them recurses.
fn chain(length: usize) -> String {
    let mut text = String::new();
    for number in 0..length {
        write!(text, "fragment A{number} on Query{{...A{}}} ", number + 1).unwrap();
    }
    write!(text, "fragment A{length} on Query{{hello}}").unwrap();
    text
}

#[test]
fn what_is_just_within_the_limits_passes() {
    let deep = format!("{}{{hello}}{}", "{itself".repeat(11), "}".repeat(11));
    assert_eq!(measured(&deep).depth, 12);
    let aliases: String = (0..30).map(|n| format!("a{n}:x ")).collect();
    admit(&format!("{{i{{{aliases}}}}}"), value!({})).unwrap();
    let roots: String = (0..15).map(|n| format!("a{n} ")).collect();
    admit(&format!("{{__typename {roots}}}"), value!({})).unwrap();
}

#[test]
fn the_introspection_of_every_tool_passes_and_a_circle_in_it_does_not() {
    let admitted = admit(INTROSPECTION, value!({})).unwrap();
    assert!(admitted.introspects);
    assert!(!admit("{ __typename }", value!({})).unwrap().introspects);
    let circle = "{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}";
    too_much(circle, value!({}), "3 deep");
    let of_type = format!(
        "{{__schema{{types{}{{name}}{}}}}}",
        "{ofType".repeat(25),
        "}".repeat(25)
    );
    too_much(&of_type, value!({}), "20 deep");
    // The leave to go deeper holds inside introspection only.
    let deep = format!("{{__schema{{types{{name}}}} {}a{}}}", "a{".repeat(12), "}".repeat(12));
    too_much(&deep, value!({}), "12 deep");
}

#[test]
fn pages_multiply_what_stands_in_them() {
    for (query, variables, expected) in [
        ("{a b{c}}", value!({}), 3),
        ("{__typename a{__typename}}", value!({}), 1),
        // projects, nodes, and ten times two fields
        ("{projects(first:10){nodes{id name}}}", value!({}), 2 + 20),
        ("{projects(last:10){nodes{id name}}}", value!({}), 2 + 20),
        ("{projects{nodes{id name}}}", value!({}), 2 + 100),
        (
            "query($n:Int){projects(first:$n){nodes{id name}}}",
            value!({ "n": 10 }),
            2 + 20,
        ),
        ("query($n:Int=7){projects(first:$n){nodes{id}}}", value!({}), 2 + 7),
        ("query($n:Int){projects(first:$n){nodes{id}}}", value!({}), 2 + 50),
        ("{projects(first:null){nodes{id}}}", value!({}), 2 + 50),
        // what stands beside the page is paid once
        (
            "{projects(first:10){totalCount pageInfo{endCursor} nodes{id}}}",
            value!({}),
            5 + 10,
        ),
        ("{projects(first:10){edges{cursor node{id name}}}}", value!({}), 2 + 40),
        (
            "{projects(first:10){nodes{sessions(first:5){nodes{id}}}}}",
            value!({}),
            2 + 10 * (2 + 5),
        ),
        // a plain list of so many
        (
            "{findFiles(first:20) searchText(first:20){path line}}",
            value!({}),
            2 + 40,
        ),
        (
            "query($ids:[ID!]!){nodes(ids:$ids){id}}",
            value!({ "ids": ["a", "b", "c"] }),
            1 + 3,
        ),
        ("{nodes(ids:[\"a\",\"b\"]){id}}", value!({}), 1 + 2),
        // by way of fragments
        (
            "{projects(first:10){...C}} fragment C on C{totalCount nodes{...P}} fragment P on P{id name}",
            value!({}),
            3 + 20,
        ),
        ("{projects(first:10){...on C{nodes{id}}}}", value!({}), 2 + 10),
    ] {
        assert_eq!(cost(query, variables), expected, "{query}");
    }
}

#[test]
fn of_what_is_asked_of_different_objects_the_dearest_counts() {
    let guard = Guard::with(
        Limits::default(),
        |name| matches!(name, "Cat" | "Dog"),
        Box::new(|_| false),
    );
    for (query, expected) in [
        (
            "{pets(first:10){nodes{id ...on Cat{lives}...on Dog{barks bites}}}}",
            2 + 10 * 3,
        ),
        // two of one type are both of one object
        (
            "{pets(first:10){nodes{...on Cat{lives}...on Cat{name age}}}}",
            2 + 10 * 3,
        ),
        // an interface may be that of any
        (
            "{pets(first:10){nodes{...on Cat{lives}...on Pet{name age}}}}",
            2 + 10 * 3,
        ),
        // by way of fragments
        (
            "{pets(first:10){nodes{...P}}} fragment P on Pet{...C ...D} fragment C on Cat{lives name} fragment D on Dog{barks}",
            2 + 10 * 2,
        ),
        // what is dear once, and what is dear for each
        ("{owner{...on Cat{a b c}...on Dog{pets(first:2){nodes{d}}}}}", 1 + 4),
        ("{owner{pets(first:5){...on Cat{a b c}...on Dog{nodes{d}}}}}", 2 + 3 + 5),
    ] {
        let params = Params {
            query: query.to_owned(),
            operation_name: None,
            variables: Variables::default(),
        };
        assert_eq!(guard.admit(params).unwrap().cost, expected, "{query}");
    }
}

#[test]
fn what_clients_read_at_once_is_within_the_limits() {
    use client::operations;
    let guard = Guard::with(Limits::default(), server::schema::is_object, Box::new(|_| false));
    for (query, first) in [
        // The whole inbox of most.
        (operations::decisions::QUERY, value!({ "first": 50 })),
        (operations::messages::QUERY, value!({ "session": "s", "last": 30 })),
        (operations::home::QUERY, value!({ "decisions": 12, "projects": 12 })),
    ] {
        let params = Params {
            query: query.to_owned(),
            operation_name: None,
            variables: Variables::from_value(first),
        };
        let admitted = guard.admit(params).unwrap();
        println!("{}: {}", admitted.cost, query.lines().next().unwrap());
    }
}

#[test]
fn a_page_cannot_be_hidden() {
    let query = "query($n:Int){projects(first:$n){nodes{sessions(first:$n){nodes{id}}}}}";
    too_much(query, value!({ "n": 100 }), "2000");
    assert!(cost(query, value!({ "n": 10 })) < 200);
    too_much(query, value!({ "n": 101 }), "100 items");
    too_much(
        "query($n:Int=101){projects(first:$n){nodes{id}}}",
        value!({}),
        "100 items",
    );
    too_much("{projects(first:100000000000000){nodes{id}}}", value!({}), "100 items");
    let ids = Value::List((0..3_000).map(Value::from).collect());
    too_much(
        "query($ids:[ID!]!){nodes(ids:$ids){id}}",
        value!({ "ids": ids }),
        "2000",
    );
    let hidden = "{projects(first:99){...A}} fragment A on C{...B} fragment B on C{edges{node{a b c d e f g h i j k l m n o p q r s t u}}}";
    too_much(hidden, value!({}), "2000");
    // Far more than any integer holds is still just too much.
    let deep = format!("{}{{id}}{}", "{a(first:100){nodes".repeat(5), "}}".repeat(5));
    too_much(&deep, value!({}), "2000");
}

#[test]
fn directives_of_typename_are_looked_at() {
    let (code, message) = admit("{__typename @nonsense}", value!({})).unwrap_err();
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("BAD_REQUEST", "Unknown directive on __typename.")
    );
    admit(
        "query($v:Boolean!){__typename @skip(if:$v) @include(if:$v)}",
        value!({ "v": true }),
    )
    .unwrap();
}

#[test]
fn the_same_text_is_parsed_once_and_judged_anew() {
    let guard = guard();
    let text = "query($n:Int){projects(first:$n){nodes{sessions(first:$n){nodes{id}}}}}";
    let first = guard.check(text).unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &guard.check(text).unwrap()));
    let admit = |n: i32| {
        guard.admit(Params {
            query: text.to_owned(),
            operation_name: None,
            variables: Variables::from_value(value!({ "n": n })),
        })
    };
    assert!(admit(2).is_ok());
    assert!(admit(90).is_err(), "the cost is that of this request's variables");
}

#[tokio::test]
async fn what_passes_the_guard_is_what_is_executed() {
    let server = TestServer::start().await;
    let body = json!({
        "query": "query($n:Int!){items(first:$n){nodes{...I}}} fragment I on Item{id}",
        "variables": { "n": 2 },
    });
    for _ in 0..2 {
        let answer: serde_json::Value = server.post(&body).send().await.unwrap().json().await.unwrap();
        assert_eq!(
            answer["data"],
            json!({ "items": { "nodes": [{ "id": 0 }, { "id": 1 }] } })
        );
    }
    let answer = server.ask(INTROSPECTION).await;
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
}

/// Text that looks like GraphQL often enough to get past the first checks.
fn almost_graphql() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        10 => prop::sample::select(vec![
            "{", "}", "(", ")", "[", "]", ":", "$", "@", "!", "...", "\"", "\"\"\"", "\\", "#", "\n", ",", "=", "&", "|",
            "query", "mutation", "subscription", "fragment", "on", "A", "B", "nodes", "edges", "first", "__schema",
            "__typename", "1", "-1.5e9", "true", "null", "{a}", "{...A}", "fragment A on B{...B}", "fragment B on A{x}",
            "a(first:$n)", "nodes{id}", "@skip(if:true)", "\u{feff}", "é", "😀",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..200).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_makes_the_guard_panic_or_work_more_than_the_text_is_long(text in almost_graphql()) {
        if let Ok(checked) = guard().check(&text) {
            prop_assert!(checked.measured.visited <= checked.scan.tokens);
            prop_assert!(checked.scan.tokens <= text.len());
        }
        let _any = admit(&text, value!({ "n": 3 }));
    }

    /// The measure of a document is that of the document with its fragments written out.
    #[test]
    fn the_measure_is_that_of_the_expanded_document(widths in prop::collection::vec(1..4_usize, 1..6)) {
        let mut spread = "{...F0}".to_owned();
        let mut expanded = "hello".to_owned();
        for (number, width) in widths.iter().enumerate() {
            let below = format!("...F{} ", number + 1).repeat(*width);
            write!(spread, " fragment F{number} on Query{{{below}}}").unwrap();
        }
        write!(spread, " fragment F{} on Query{{hello}}", widths.len()).unwrap();
        for width in widths.iter().rev() {
            expanded = format!("...on Query{{{expanded}}} ").repeat(*width);
        }
        let expanded = format!("{{...on Query{{{expanded}}}}}");
        let limits = Limits { root_fields: u64::MAX, ..Limits::default() };
        let guard = Guard::new(limits);
        let (spread, expanded) = (guard.check(&spread).unwrap(), guard.check(&expanded).unwrap());
        prop_assert_eq!(spread.measured.expanded_selections, expanded.measured.expanded_selections);
        prop_assert_eq!(spread.measured.depth, expanded.measured.depth);
    }
}
