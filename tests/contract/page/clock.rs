//! A clock of the system that jumps by an hour disturbs nothing: all timers follow the browser's own clock.

use super::{LIVE, is_keyword, tabs::copy_page};
use crate::support::{
    browser::{self, Page},
    client::publish,
    firefox::{self, Firefox},
    proxy::Proxy,
    server::Server,
};
use serde_json::Value;
use std::fs;

/// Lets the dates of a script run ahead by the ms that a message names, in the page and in its worker.
const CLOCK: &str = "{
  const channel = new BroadcastChannel('clock'), { now } = Date;
  let ahead = 0;
  globalThis.Date = class extends Date {
    constructor(...given) { given.length ? super(...given) : super(now() + ahead); }
    static now() { return now() + ahead; }
  };
  channel.onmessage = ({ data }) => {
    if (data.ahead === undefined) return;
    ahead = data.ahead;
    const hours = (Date.now() - performance.timeOrigin - performance.now()) / 3_600_000;
    channel.postMessage({ jumped: `${globalThis.constructor.name} ${Math.round(hours)}` });
  };
  if (globalThis.document) new BroadcastChannel('clock').onmessage = ({ data }) => {
    if (data.jumped) jumped.push(data.jumped);
  };
}
";

/// Counts heartbeats, and notes each change of the line's state. Each script of Firefox has a scope of its own, in which a
/// bare `beats++` would count.
const WATCH: &str = "[window.beats, window.said] = [0, []], \
    new MutationObserver(() => window.beats++).observe(document.querySelector('#audience'), { childList: true }), \
    new MutationObserver(() => said.push(document.querySelector('#state').textContent))\
      .observe(document.querySelector('#state'), { childList: true })";
/// The seconds until the server takes another keyword, as the page tells them.
const SECONDS: &str =
    "Number(/Try again in ([0-9]+) s/.exec(document.querySelector('#clock').textContent)?.[1])";
/// The script that asks the server for a picture.
const ASK: &str = "document.querySelector('#keyword').value = 'ocean', \
    document.querySelector('#form').requestSubmit()";
/// Heartbeats that show a line that goes on.
const BEATS: usize = 6;

/// A page in either browser.
trait Visitor {
    fn go(&mut self, url: &str);
    fn evaluate(&mut self, expression: &str) -> Value;
    fn wait_until(&mut self, expression: &str);
}

impl Visitor for Page {
    fn go(&mut self, url: &str) {
        Self::go(self, url);
    }

    fn evaluate(&mut self, expression: &str) -> Value {
        Self::evaluate(self, expression)
    }

    fn wait_until(&mut self, expression: &str) {
        Self::wait_until(self, expression);
    }
}

impl Visitor for Firefox {
    fn go(&mut self, url: &str) {
        Self::go(self, url);
    }

    fn evaluate(&mut self, expression: &str) -> Value {
        Self::evaluate(self, expression)
    }

    fn wait_until(&mut self, expression: &str) {
        Self::wait_until(self, expression);
    }
}

/// Lets the clock jump ahead and back by an hour, while the page counts seconds down and hears heartbeats.
fn jump(visitor: &mut impl Visitor) {
    let folder = tempfile::tempdir().unwrap();
    copy_page(folder.path());
    let line = folder.path().join("line.js");
    fs::write(
        &line,
        CLOCK.to_owned() + &fs::read_to_string(&line).unwrap(),
    )
    .unwrap();
    let public = folder.path().to_str().unwrap();
    let options = [
        "--heartbeat",
        "0.5",
        "--publish-rate",
        "1",
        "--public",
        public,
    ];
    let server = Server::start(&options);
    let proxy = Proxy::start(server.address);
    visitor.go(&format!("http://{}/", proxy.address));
    visitor.wait_until(LIVE);
    publish(server.address, "first");
    visitor.wait_until(&is_keyword("first"));
    visitor.evaluate(&format!("void ({ASK})"));
    visitor.wait_until(&format!("{SECONDS} > 0"));
    visitor.evaluate(&format!("void ({WATCH})"));
    for hours in [1, -1] {
        let before = visitor.evaluate(SECONDS).as_f64().unwrap();
        let ahead = hours * 3_600_000;
        visitor.evaluate(&format!(
            "void (window.jumped = [], window.beats = 0, new BroadcastChannel('clock').postMessage({{ ahead: {ahead} }}))"
        ));
        visitor.wait_until(&format!(
            "jumped.toSorted().join() === 'SharedWorkerGlobalScope {hours},Window {hours}'"
        ));
        visitor.wait_until(&format!("beats >= {BEATS}"));
        let after = visitor.evaluate(SECONDS).as_f64().unwrap();
        assert!(after > 0.0 && after < before, "{before} s, then {after} s");
    }
    assert_eq!(visitor.evaluate("said.join()"), "");
    assert_eq!(proxy.streams(), 1);
}

#[test]
fn a_clock_that_jumps_by_an_hour_disturbs_neither_the_line_nor_a_countdown() {
    let Some(browser) = browser::start() else {
        return;
    };
    jump(&mut Page::blank(&browser, true));
}

#[test]
fn in_firefox_a_clock_that_jumps_by_an_hour_disturbs_neither_the_line_nor_a_countdown() {
    let Some(mut firefox) = firefox::start() else {
        return;
    };
    jump(&mut firefox);
}
