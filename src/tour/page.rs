//! The text of the tour on standard output.

use super::{
    fault::Fault,
    options::OPTIONS,
    stage::{Stage, is_end_of_turn},
    step::Step,
    transcript::{Line, Speaker},
};
use std::{
    env,
    io::{self, IsTerminal, Write},
};

/// The characters of a line.
const WIDTH: usize = 100;
/// The lines of a loop in a row that are shown in a step about single connections. More are folded.
const LONG: usize = 12;
/// The characters of a label.
const LABEL: usize = 10;

/// The style of a text (console_codes(4)).
#[derive(Clone, Copy)]
enum Style {
    Bold = 1,
    Dim = 2,
    Cyan = 36,
}

/// The output, and the way on.
pub(super) struct Page {
    is_colourful: bool,
    /// True if a reader is to press Enter after each step.
    pauses: bool,
}

impl Page {
    /// Standard output.
    pub(super) fn new(pauses: bool) -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Self {
            is_colourful: io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb,
            pauses,
        }
    }

    /// Tells what the reader will see.
    pub(super) fn begin(&self, port: u16, operators: u16) -> Result<(), Fault> {
        let text = format!(
            "This process is a server, on port {port} and for its operator on port {operators}, and its clients A to R. \
             A line of a client begins with its letter: > is sent, < is received. A line with \"loop\" is the \
             server's own line, which RUST_LOG=picture_frame::reactor=trace shows of any server. The server has these \
             options:"
        );
        let options = wrapped(&OPTIONS.join(" "), "  ");
        self.tell(&format!("{}\n\n  {options}\n", wrapped(&text, "")))
    }

    /// Begins a step.
    pub(super) fn title(&self, number: usize, of: usize, step: &Step) -> Result<(), Fault> {
        let title = self.in_style(Style::Bold, &format!("{number} of {of}: {}", step.title));
        self.tell(&format!("\n{title}\n\n{}\n", wrapped(step.watch, "")))
    }

    /// Shows the lines of a step, and how many of them the step leaves out.
    pub(super) fn lines(&self, stage: &Stage) -> Result<(), Fault> {
        let lines = stage.transcript.take();
        let shown: Vec<&Line> = lines.iter().filter(|line| stage.shows(line)).collect();
        let mut text = String::new();
        for run in shown.chunk_by(|one, next| one.speaker == next.speaker) {
            let (begin, end) = match run.len() {
                LONG.. if !stage.shown.is_empty() => run.split_at(LONG / 2),
                _ => (run, &[][..]),
            };
            let folded = end.len().saturating_sub(LONG / 2);
            text.extend(begin.iter().map(|line| self.line(line)));
            text += &self.left_out(folded, "more of these lines");
            text.extend(end[folded..].iter().map(|line| self.line(line)));
        }
        let hidden = lines.len() - shown.len();
        text += &self.left_out(hidden, "lines about turns and other connections");
        self.tell(&format!(
            "\n{text}\n{:LABEL$}{}\n",
            "Counted",
            counts(&lines)
        ))
    }

    /// Tells the result of a step, and where to read on.
    pub(super) fn lesson(&self, result: &str, step: &Step) -> Result<(), Fault> {
        let mut rows = vec![("Result", result.to_owned())];
        let labels = ["Read"].into_iter().chain(std::iter::repeat(""));
        rows.extend(labels.zip(step.read.iter().map(|read| (*read).to_owned())));
        rows.push(("Guard", step.without.to_owned()));
        let exercise = step.exercise;
        let number = exercise.split('-').next().unwrap_or_default();
        rows.push((
            "Break it",
            format!("tests/exercises/run {number}   ({exercise})"),
        ));
        let indent = " ".repeat(LABEL);
        let rows = rows.iter().map(|(label, row)| match label.is_empty() {
            true => format!("{indent}{row}\n"),
            false => format!("{label:LABEL$}{}\n", wrapped(row, &indent)),
        });
        self.tell(&rows.collect::<String>())
    }

    /// Waits for Enter. The end of standard input goes on to the end.
    pub(super) fn pause(&mut self) -> Result<(), Fault> {
        if self.pauses {
            self.tell(&self.in_style(Style::Dim, "\nEnter goes on … "))?;
            self.pauses = io::stdin().read_line(&mut String::new())? > 0;
        }
        Ok(())
    }

    /// Ends the tour.
    pub(super) fn end(&self) -> Result<(), Fault> {
        let text = "This was the tour. Next: \"In 30 minutes: the loop\" in `cargo doc --open`, and tests/exercises/run, \
                    which lists all exercises.";
        self.tell(&format!("\n{}\n", wrapped(text, "")))
    }

    fn line(&self, line: &Line) -> String {
        let line = match line.speaker {
            Speaker::Client(name) => {
                self.in_style(Style::Cyan, &format!("{name}      {}", line.text))
            }
            Speaker::Loop => format!("  loop {}", line.text),
            Speaker::NewLoop => format!("  new  {}", line.text),
        };
        line + "\n"
    }

    /// The line that tells how many lines are left out, if there are any.
    fn left_out(&self, count: usize, of: &str) -> String {
        match count {
            0 => String::new(),
            _ => self.in_style(Style::Dim, &format!("  … {count} {of}")) + "\n",
        }
    }

    fn in_style(&self, style: Style, text: &str) -> String {
        match self.is_colourful {
            true => format!("\x1b[{}m{text}\x1b[0m", style as u8),
            false => text.to_owned(),
        }
    }

    fn tell(&self, text: &str) -> Result<(), Fault> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }
}

/// The numbers of turns, reads and writes among lines.
fn counts(lines: &[Line]) -> String {
    let count = |is_meant: &dyn Fn(&str) -> bool| {
        let loops = lines
            .iter()
            .filter(|line| !matches!(line.speaker, Speaker::Client(_)));
        loops.filter(|line| is_meant(&line.text)).count()
    };
    let turns = count(&is_end_of_turn);
    let reads = count(&|text| text.contains(": read "));
    let writes = count(&|text| text.contains(": took ") && text.contains(" bytes"));
    format!("turns {turns}, reads {reads}, writes {writes}")
}

/// A text in lines of at most [`WIDTH`] characters, all but the first with an indent.
fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a line");
        if line.chars().count() + word.chars().count() + indent.len() >= WIDTH {
            lines.push(word.to_owned());
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.join(&format!("\n{indent}"))
}
