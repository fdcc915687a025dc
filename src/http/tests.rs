//! HTTP as bytes in and bytes out.

mod body;
mod head;
mod properties;
mod response;
mod target;

use super::{Input, Problem, Request, Step};

/// The outcomes of `pieces`, pushed in order: requests, problems, "continue", and "more" if the last piece ends within
/// a request.
fn outcomes<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    outcomes_with(pieces, |input| input)
}

/// As [`outcomes`], with a change of the input after each piece.
fn outcomes_with<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    change: impl Fn(Input) -> Input,
) -> Vec<String> {
    let mut input = Input::new();
    let mut outcomes = Vec::new();
    for piece in pieces {
        input = change(input);
        input.push(piece);
        loop {
            match input.step() {
                Step::More => break,
                Step::Continue => outcomes.push("continue".into()),
                Step::Bad(problem) => outcomes.push(problem.to_string()),
                Step::Ready => {
                    outcomes.push(render(&input.request()));
                    input.next();
                }
            }
        }
    }
    if !input.is_empty() {
        outcomes.push("more".into());
    }
    outcomes
}

/// `POST /publish?a=b <body> close`, without the parts that the request lacks.
fn render(request: &Request) -> String {
    let mut line = format!("{:?} {}", request.method, request.path);
    if let Some(query) = request.query {
        line += &format!("?{query}");
    }
    if !request.body.is_empty() {
        line += &format!(" <{}>", request.body.escape_ascii());
    }
    if !request.keep_alive {
        line += " close";
    }
    line
}

/// Asserts that the bytes of each row have the outcomes of its second half, separated by ` | `.
fn read(rows: &[(&str, &str)]) {
    for (bytes, expected) in rows {
        assert_eq!(
            outcomes([bytes.as_bytes()]).join(" | "),
            *expected,
            "{bytes:?}"
        );
    }
}

/// Asserts that each row is refused with this status and a detail that has these words.
fn refused(rows: &[(&str, u16, &str)]) {
    for (bytes, status, words) in rows {
        let problem = refusal(bytes.as_bytes());
        assert_eq!(problem.status, *status, "{bytes:?}: {problem}");
        assert!(problem.detail.contains(words), "{bytes:?}: {problem}");
    }
}

/// The problem that is the only outcome of `bytes`.
fn refusal(bytes: &[u8]) -> Problem {
    let mut input = Input::new();
    input.push(bytes);
    match input.step() {
        Step::Bad(problem) => problem,
        step => panic!(
            "{}… came out as {step:?}: bytes that break a limit, or that another server may read as another request, are \
             refused",
            bytes[..bytes.len().min(200)].escape_ascii()
        ),
    }
}

/// A 1.1 request that is well-formed except for these lines.
fn with(lines: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: h\r\n{lines}\r\n")
}
