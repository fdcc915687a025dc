use super::*;

#[test]
fn the_index_s_tag_names_all_files_and_any_other_s_that_file() {
    let tag_of = |files: &Files, name| match &*files.0.place {
        Place::Embedded { files, .. } => files[name].tag.clone(),
        Place::Folder { .. } => unreachable!(),
    };
    let [one, other, same] = [("a", "1"), ("a", "2"), ("a", "1")].map(|(name, text)| {
        Files::embedded([("index.html", b"<p>".to_vec()), (name, text.into())])
    });
    assert_eq!(one.tag(), tag_of(&one, "index.html"));
    assert_eq!(one.tag(), same.tag());
    assert_ne!(one.tag(), other.tag());
    assert_ne!(tag_of(&one, "a"), one.tag());
    let renamed = Files::embedded([("index.html", b"<p>".to_vec()), ("b", b"1".into())]);
    assert_ne!(one.tag(), renamed.tag());
}

#[test]
fn names_in_braces_are_filled_in_and_escaped() {
    let values = [("origin", "http://a&b'\"<>")];
    for (text, expected) in [
        ("<p>{{tag}}", "<p>7f"),
        (
            "{{origin}}/x {{origin}}",
            "http://a&amp;b&#39;&quot;&lt;&gt;/x http://a&amp;b&#39;&quot;&lt;&gt;",
        ),
        (
            "{{other}} {{ {{tag {{{{tag}}}} {{",
            "{{other}} {{ {{tag {{7f}} {{",
        ),
        ("", ""),
    ] {
        assert_eq!(filled(text, "7f", &values), expected, "{text}");
    }
}

#[test]
fn files_below_a_prefix_have_names_without_it() {
    let files = Files::embedded([("index.html", &b"<p>"[..]), ("a/b.js", b"1")]);
    let below = files.clone().below("/static/");
    for (files, path, name) in [
        (&files, "/", Some("index.html")),
        (&files, "/a/b.js", Some("a/b.js")),
        (&files, "/a/", Some("a/index.html")),
        (&below, "/static/", Some("index.html")),
        (&below, "/static/a/b.js", Some("a/b.js")),
        (&below, "/static", None),
        (&below, "/a/b.js", None),
        (&below, "/", None),
    ] {
        assert_eq!(files.0.name(path).as_deref(), name, "{path}");
    }
}
