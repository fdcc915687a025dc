//! Cases of a table: a scripted server, and what the load test has to say about it.

use super::{
    Told, load,
    stub::{CROWD, HONEST, SUBSCRIBERS, Script, Stub, VICTIM},
};
use serde_json::Value;
use std::{
    fmt::Write,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// The longest wait where something never comes.
pub const SHORT: &str = "4s";
/// A longest wait that no machine reaches.
const LONG: &str = "60s";
/// A count above 0 that depends on chance.
pub const SOME: u64 = u64::MAX;
/// Runs at a time.
const AT_ONCE: usize = 6;
/// The events that are named of each kind of fault.
const NAMED: u64 = 20;

/// The kinds of faults of which the first are named.
const KINDS: [&str; 9] = [
    "lost",
    "late",
    "doubled",
    "misordered",
    "altered",
    "halved",
    "invalid",
    "missed",
    "dropped",
];
/// The counts that are 0 as well unless a case says otherwise.
const FURTHER: [&str; 5] = [
    "given_up",
    "unpublished",
    "not_sent",
    "unseen",
    "not_checked",
];

/// The further counts of faults of which the first are named.
const NAMED_FURTHER: [&str; 3] = ["given_up", "unpublished", "unseen"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    Failed,
    Partly,
    Nothing,
}

impl Verdict {
    fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Partly => "partly checked",
            Self::Nothing => "nothing was checked",
        }
    }

    fn status(self) -> i32 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Partly | Self::Nothing => 3,
        }
    }
}

/// The event that a fault is about, and the subscriber's events around it, by their positions at the server.
#[derive(Clone, Copy)]
pub struct Named {
    pub kind: &'static str,
    pub event: Option<usize>,
    pub before: Option<usize>,
    pub after: Option<usize>,
    /// The streams that the victim had before.
    pub reconnects: usize,
    /// Whether the fault is of the victim alone.
    pub is_victims: bool,
}

/// A fault about `event` at the victim, which had `before` before it and `after` after it.
pub const fn named(kind: &'static str, event: usize, before: usize, after: usize) -> Named {
    Named {
        kind,
        event: Some(event),
        before: Some(before),
        after: Some(after),
        reconnects: 0,
        is_victims: true,
    }
}

/// A case of a table.
#[derive(Clone, Copy)]
pub struct Case {
    /// The server's behaviour, in words.
    pub server: &'static str,
    pub script: Script,
    /// The time between two publishes, and the time to hold the crowd.
    pub pace: [&'static str; 2],
    pub timeout: &'static str,
    pub options: &'static [&'static str],
    /// Whether the load test publishes.
    pub publishes: bool,
    pub verdict: Verdict,
    /// The exit status, where it does not follow from the verdict.
    pub status: Option<i32>,
    /// The counts of the report. Faults that are not mentioned are 0.
    pub counts: &'static [(&'static str, u64)],
    pub named: Option<Named>,
    /// Words of a fault, a note or an error.
    pub says: &'static [&'static str],
}

/// A server that passes with 25 events for 8 subscribers.
pub const PASSES: Case = Case {
    server: "",
    script: HONEST,
    pace: ["20ms", "500ms"],
    timeout: LONG,
    options: &[],
    publishes: true,
    verdict: Verdict::Passed,
    status: None,
    counts: &[("expected", 200), ("delivered", 200), ("published", 25)],
    named: None,
    says: &[],
};

/// A server that fails.
pub const FAILS: Case = Case {
    verdict: Verdict::Failed,
    ..PASSES
};

/// Runs all cases, some at a time, and tells what is wrong with all of them.
#[track_caller]
pub fn check(cases: &[Case]) {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(String::new()));
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(why) = case.check() {
                let mut wrong = wrong.lock().unwrap();
                writeln!(wrong, "== A server that {}:\n{why}", case.server).unwrap();
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong}");
}

impl Case {
    fn check(&self) -> Result<(), String> {
        let stub = Stub::start(self.script);
        let ([every, hold], crowd) = (self.pace, ["--subscribers", "8", "--bind", CROWD]);
        let pace = ["--every", every, "--for", hold, "--timeout", self.timeout];
        let options = [&crowd[..], &pace, self.options].concat();
        let told = match self.publishes {
            true => load(stub.address, &options),
            false => super::listen(stub.address, &options),
        };
        let mut wrong = self.verdict_and_counts(&told);
        if let Some(named) = &self.named {
            wrong.extend(named.check(&stub, &told.report));
        }
        for words in self.says.iter().filter(|words| !says(&told.report, words)) {
            wrong.push(format!("{words:?} is in no fault, no note and no error"));
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(format!("{}\n{}", wrong.join("\n"), told.all)),
        }
    }

    fn verdict_and_counts(&self, told: &Told) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut compare = |what: &str, is: Value, should: Value| {
            if is != should {
                wrong.push(format!("{what} is {is} and should be {should}"));
            }
        };
        let status = self.status.unwrap_or(self.verdict.status());
        compare("exit status", told.status.into(), status.into());
        let report = &told.report;
        compare(
            "verdict",
            report["verdict"].clone(),
            self.verdict.words().into(),
        );
        let passed = self.verdict == Verdict::Passed;
        compare("passed", report["passed"].clone(), passed.into());
        let asked = |name| self.counts.iter().find(|(asked, _)| *asked == name);
        let all = KINDS.iter().chain(&FURTHER);
        let unsaid = all.filter(|name| asked(**name).is_none());
        let zeros = unsaid.map(|name| (*name, 0));
        for (name, should) in self.counts.iter().copied().chain(zeros) {
            let is = &report["totals"][name];
            match should {
                SOME => compare(name, (is.as_u64() > Some(0)).into(), true.into()),
                _ => compare(name, is.clone(), should.into()),
            }
        }
        let total = |name: &str| report["totals"][name].as_u64().unwrap_or_default();
        let named = |kind: &str| report["which"][kind].as_array().map_or(0, Vec::len);
        let sum = total("delivered") + total("lost") + total("late");
        compare("expected", total("expected").into(), sum.into());
        let unheld = SUBSCRIBERS as u64 - report["connections"]["held"].as_u64().unwrap();
        compare("unheld", named("unheld").into(), unheld.into());
        for kind in KINDS.iter().chain(&NAMED_FURTHER) {
            let named = named(kind);
            // Of a step or a content that is wrong for many, the first two receipts are named.
            let most = total(kind).min(NAMED) as usize;
            let is_right = (most.min(2)..=most).contains(&named);
            compare(
                &format!("{named} of {most} named as {kind}"),
                is_right.into(),
                true.into(),
            );
        }
        wrong
    }
}

/// Whether a fault, a note or an error of the report says `words`.
fn says(report: &Value, words: &str) -> bool {
    let lists = ["faults", "notes"].map(|list| report[list].as_array());
    let lines = lists.into_iter().flatten().flatten();
    let errors = report["errors"].as_object().into_iter().flatten();
    let mut all = lines
        .filter_map(Value::as_str)
        .chain(errors.map(|(error, _)| &**error));
    all.any(|line| line.contains(words))
}

impl Named {
    fn check(&self, stub: &Stub, report: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let list = report["which"][self.kind].as_array();
        let Some(first) = list.and_then(|list| list.first()) else {
            return vec![format!("none is named as {}", self.kind)];
        };
        for (what, at) in [
            ("event", self.event),
            ("before", self.before),
            ("after", self.after),
        ] {
            let should = at.and_then(|at| stub.text(at));
            let is = first[what]["marker"].as_str();
            if should.is_some() && is != should.as_deref() {
                wrong.push(format!("{what} is {is:?} and should be {should:?}"));
            }
        }
        let subscriber = &first["subscriber"];
        let number = subscriber["number"].as_u64().unwrap_or(u64::MAX) as usize;
        let address = (number < SUBSCRIBERS)
            .then(|| stub.address_of(number, self.reconnects))
            .flatten();
        let is = subscriber["address"].as_str();
        if is.is_none() || is != address.map(|address| address.to_string()).as_deref() {
            wrong.push(format!("address is {is:?} and should be {address:?}"));
        }
        if first["reconnects"] != self.reconnects {
            wrong.push(format!("{} reconnects", first["reconnects"]));
        }
        let others = list.into_iter().flatten();
        let mut others = others.filter(|one| one["subscriber"]["number"] != VICTIM);
        if self.is_victims
            && let Some(other) = others.next()
        {
            wrong.push(format!("another subscriber is accused: {other}"));
        }
        wrong
    }
}
