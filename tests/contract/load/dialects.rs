//! `picture-frame load` speaks with servers that take publishes in other forms, or that others publish to.

use super::{
    Told,
    hub::{Answer, Hub, Published},
    start, told,
};
use crate::support::server::program;
use std::{
    fs,
    process::Command,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Runs a test of the stream at `path` of `hub`.
fn run(hub: &Hub, path: &str, options: &[&str]) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let output = stream(hub, path, options)
        .arg("--json")
        .arg(&json)
        .output()
        .unwrap();
    let report = fs::read(json).unwrap_or_default();
    told(&output, serde_json::from_slice(&report).unwrap_or_default())
}

fn stream(hub: &Hub, path: &str, options: &[&str]) -> Command {
    let mut command = program();
    let url = format!("http://{}{path}", hub.address);
    command
        .args(["load", &url, "--subscribers", "2", "--every", "50ms"])
        .args(options);
    if !options.contains(&"--for") {
        command.args(["--for", "200ms"]);
    }
    command
}

/// Publishes by a dialect to `hub`, which takes a publish of this form only, and returns the publishes.
fn speaks(
    path: &str,
    options: &[&str],
    takes: impl Fn(&Published) -> Option<String> + Send + Sync + 'static,
) -> Vec<Published> {
    let hub = Hub::start(move |published| match takes(published) {
        Some(data) => Answer::status("200 OK").with_event(&data),
        None => Answer::status("400 Bad Request"),
    });
    let told = run(&hub, path, options);
    told.is_clean();
    assert_eq!(told.number("/totals/published"), 4.0, "{}", told.all);
    assert_eq!(
        told.number("/latency/count") + told.number("/latency_sent_late/count"),
        8.0
    );
    hub.published()
}

fn has(published: &Published, field: &str) -> bool {
    published.fields.iter().any(|it| it == field)
}

#[test]
fn a_topic_of_ntfy_takes_a_plain_text_where_its_stream_is() {
    let published = speaks("/frames/sse", &["--dialect", "ntfy"], |published| {
        // ntfy sends the text as a field of a JSON object.
        let is_plain = has(published, "content-type: text/plain");
        (is_plain && published.target == "/frames")
            .then(|| format!("{{\"message\":\"{}\"}}", published.body))
    });
    assert!(published.iter().all(|it| it.method == "POST"));
}

#[test]
fn a_hub_of_mercure_takes_a_form_with_the_stream_s_topic_and_a_token() {
    let path = "/.well-known/mercure?topic=https%3A%2F%2Fexample.com%2Fframes";
    let token = "Authorization: Bearer a.b.c";
    let options = ["--dialect", "mercure", "--publish-header", token];
    speaks(path, &options, |published| {
        let topic = "topic=https%3A%2F%2Fexample.com%2Fframes&data=";
        let is_form = has(published, "content-type: application/x-www-form-urlencoded");
        let may = has(published, "authorization: bearer a.b.c");
        let data = published.body.strip_prefix(topic)?;
        let is_there = published.target == "/.well-known/mercure";
        (is_form && may && is_there).then(|| data.to_owned())
    });
}

#[test]
fn a_location_of_nchan_takes_a_plain_text_and_any_server_json() {
    let hub = Hub::start(|published| {
        Answer::status("202 Accepted")
            .with_event(published.body.trim_start_matches("{\"keyword\":"))
    });
    let url = format!("http://{}/pub?id=frames", hub.address);
    for dialect in ["nchan", "json"] {
        run(
            &hub,
            "/sub?id=frames",
            &["--dialect", dialect, "--publish", &url],
        )
        .is_clean();
    }
    let published = hub.published();
    assert!(published.iter().all(|it| it.target == "/pub?id=frames"));
    assert!(published[..4].iter().all(|it| it.body.starts_with("load")));
    assert!(
        published[4..]
            .iter()
            .all(|it| it.body.starts_with("{\"keyword\":\"load"))
    );
}

#[test]
fn a_publish_has_the_method_the_fields_and_the_body_that_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body");
    fs::write(&file, "<p id={n}>{marker}</p>\n").unwrap();
    let body = format!("@{}", file.display());
    let hub = Hub::honest();
    let url = format!("http://{}/p?number={{n}}", hub.address);
    let options = [
        "--publish",
        &url,
        "--publish-method",
        "PUT",
        "--publish-body",
        &body,
        "--publish-header",
        "Content-Type: text/html",
        "--publish-header",
        "Title: {n}",
    ];
    let told = run(&hub, "/", &options);
    // The hub's events cannot have a line end, so that the rest of the body is no part of the data.
    told.is_clean();
    for (number, it) in hub.published().iter().enumerate() {
        assert_eq!(
            (&*it.method, it.target.clone()),
            ("PUT", format!("/p?number={number}"))
        );
        assert!(
            it.body.starts_with(&format!("<p id={number}>load")),
            "{}",
            it.body
        );
        assert!(has(it, "content-type: text/html") && has(it, &format!("title: {number}")));
    }
}

#[test]
fn an_option_about_publishing_that_makes_no_sense_is_refused() {
    let hub = Hub::honest();
    let url = format!("http://{}/", hub.address);
    for (options, word) in [
        (&["--dialect", "nchan"][..], "--publish is needed"),
        (&["--publish-body", "a{marker}"], "--publish is needed"),
        (&["--publish", &url, "--publish-body", "a"], "{marker}"),
        (
            &["--publish", &url, "--publish-body", "@/nowhere"],
            "/nowhere",
        ),
        (
            &["--publish", &url, "--publish-header", "a"],
            "--publish-header",
        ),
        (&["--publish", &url, "--listen-only"], "--listen-only"),
        (&["--dialect", "mercure"], "topic"),
        (&["--sent-at", "([0-9]+)"], "--listen-only"),
        (&["--listen-only", "--sent-at", "[0-9]+"], "group"),
        (&["--at", "noon"], "--at"),
    ] {
        let told = run(&hub, "/", options);
        assert_eq!(told.status, Some(2), "{options:?}: {}", told.all);
        assert!(told.all.contains(word), "{options:?}: {}", told.all);
    }
}

fn millis() -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_millis()
}

/// Holds two subscribers that only listen, while `tell` makes the block of each of four events.
fn listens(options: &[&str], tell: fn(u128) -> String) -> Told {
    let hub = Hub::honest();
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let more = ["--listen-only", "--for", "2s", "--allow-unchecked"];
    let options = [options, &more].concat();
    let mut command = stream(&hub, "/", &options);
    command.arg("--json").arg(&json);
    let mut run = start(command);
    for _ in 0..4 {
        hub.tell(&tell(millis()));
        thread::sleep(Duration::from_millis(5));
    }
    let status = run.wait().unwrap();
    let mut table = String::new();
    std::io::Read::read_to_string(&mut run.stdout.take().unwrap(), &mut table).unwrap();
    let report = fs::read(json).unwrap_or_default();
    let report = serde_json::from_slice(&report).unwrap_or_default();
    Told {
        status: status.code(),
        all: format!("{table}\n{report:#}"),
        table,
        report,
    }
}

#[test]
fn events_that_others_publish_tell_their_latency_by_their_ids() {
    let told = listens(&[], |millis| format!("id: {millis}-0\ndata: a{millis}"));
    told.is_clean();
    assert_eq!(told.number("/latency/count"), 8.0, "{}", told.all);
    let broadcasts = told.report["broadcasts"].as_array().unwrap();
    assert_eq!(broadcasts.len(), 4, "{}", told.all);
    assert!(
        broadcasts
            .iter()
            .all(|it| it["live"] == 2 && it["by_another"] == true)
    );
}

#[test]
fn events_that_others_publish_tell_their_latency_by_their_data() {
    let options = ["--sent-at", "\"at\":([0-9]+)"];
    let told = listens(&options, |millis| {
        format!("id: {}\ndata: {{\"at\":{millis}}}", millis % 100_000)
    });
    told.is_clean();
    assert_eq!(told.number("/latency/count"), 8.0, "{}", told.all);
    let told = listens(&[], |millis| {
        format!("id: {}\ndata: a{millis}", millis % 100_000)
    });
    told.is_clean();
    assert!(told.table.contains("latency is not known"), "{}", told.all);
    assert_eq!(told.number("/latency/count"), 0.0);
}

#[test]
fn a_process_that_only_listens_measures_what_another_of_its_run_publishes() {
    let hub = Hub::honest();
    let publish = format!("http://{}/publish", hub.address);
    let begin = (SystemTime::now() + Duration::from_secs(1))
        .duration_since(UNIX_EPOCH)
        .unwrap();
    let begin = begin.as_secs_f64().to_string();
    let together = ["--run", "arun", "--at", &begin];
    let (listener, publisher) = thread::scope(|scope| {
        let options = [&["--listen-only", "--for", "2s"][..], &together].concat();
        let hub = &hub;
        let listener = scope.spawn(move || run(hub, "/", &options));
        let options = [&["--publish", &publish, "--for", "1s"][..], &together].concat();
        let publisher = run(hub, "/", &options);
        (listener.join().unwrap(), publisher)
    });
    publisher.is_clean();
    listener.is_clean();
    let heard = listener.report["broadcasts"].as_array().unwrap();
    let sent = publisher.report["broadcasts"].as_array().unwrap();
    assert!(sent.len() >= 10 && heard.len() >= 10, "{}", listener.all);
    for it in heard {
        assert!(it["by_another"] == true && sent.iter().any(|sent| sent["marker"] == it["marker"]));
    }
    assert!(listener.number("/latency/count") >= 20.0);
}
