//! The text of the tour on standard output.

use super::{
    fault::Fault,
    stage::{OPTIONS, Stage, is_end_of_turn},
    step::Step,
    transcript::{Line, Speaker},
};
use std::{
    env,
    fmt::Write as _,
    io::{self, IsTerminal, Write},
};

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
        let options = OPTIONS.join(" ");
        self.tell(&format!(
            "This process is a server, on port {port} and for its operator on port {operators}, and its clients A to R.\n\
             A line of a client begins with its letter: > is sent, < is received. A line that begins with \"loop\" is the\n\
             server's own line, which RUST_LOG=picture_frame::reactor=trace shows of any server.\n\n\
             picture-frame {}\n",
            options.replace(" --heart", " \\\n  --heart").replace(" --max-c", " \\\n  --max-c").replace(" --request", " \\\n  --request"),
        ))
    }

    /// Begins a step.
    pub(super) fn title(&self, number: usize, of: usize, step: &Step) -> Result<(), Fault> {
        let title = self.in_style(Style::Bold, &format!("{number} of {of}: {}", step.title));
        self.tell(&format!("\n{title}\n\n{}\n", step.watch))
    }

    /// Shows the lines of a step, and how many of them the step leaves out.
    pub(super) fn lines(&self, stage: &Stage) -> Result<(), Fault> {
        let lines = stage.transcript.take();
        let (mut text, mut hidden) = (String::new(), 0);
        for line in &lines {
            match stage.shows(line) {
                true => {
                    self.add_hidden(&mut text, std::mem::take(&mut hidden));
                    let _ = writeln!(text, "{}", self.line(line));
                }
                false => hidden += 1,
            }
        }
        self.add_hidden(&mut text, hidden);
        let count = |is_meant: &dyn Fn(&str) -> bool| {
            let loops = lines
                .iter()
                .filter(|line| !matches!(line.speaker, Speaker::Client(_)));
            loops.filter(|line| is_meant(&line.text)).count()
        };
        let turns = count(&is_end_of_turn);
        let reads = count(&|text| text.contains(": read "));
        let writes = count(&|text| text.contains(": took ") && text.contains(" bytes"));
        self.tell(&format!(
            "\n{text}\nCounted   turns {turns}, reads {reads}, writes {writes}\n"
        ))
    }

    /// Tells the result of a step, and where to read on.
    pub(super) fn lesson(&self, result: &str, step: &Step) -> Result<(), Fault> {
        let indent = |text: &str| text.replace('\n', "\n          ");
        let mut text = format!("Result    {}\n", indent(result));
        for (at, read) in step.read.iter().enumerate() {
            let label = if at == 0 { "Read" } else { "" };
            let _ = writeln!(text, "{label:9} {read}");
        }
        let _ = writeln!(text, "Guard     {}", indent(step.without));
        if let Some(exercise) = step.exercise {
            let (number, _) = exercise.split_once('-').unwrap_or((exercise, ""));
            let _ = writeln!(
                text,
                "Break it  tests/exercises/run {number}   ({exercise})"
            );
        }
        self.tell(&text)
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
        self.tell(
            "\nThis was the tour. Next: `cargo doc --open`, \"In 30 minutes: the loop\", and tests/exercises/run, which lists\n\
             all exercises.\n",
        )
    }

    fn line(&self, line: &Line) -> String {
        match line.speaker {
            Speaker::Client(name) => {
                self.in_style(Style::Cyan, &format!("{name}      {}", line.text))
            }
            Speaker::Loop => format!("  loop {}", line.text),
            Speaker::NewLoop => format!("  new  {}", line.text),
        }
    }

    fn add_hidden(&self, text: &mut String, count: usize) {
        if count > 0 {
            let told = format!("       … {count} lines about turns and other connections");
            let _ = writeln!(text, "{}", self.in_style(Style::Dim, &told));
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
