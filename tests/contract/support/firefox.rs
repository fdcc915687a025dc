//! A real Firefox that all tests share, driven by its Marionette protocol: JSON over TCP, one command at a time.

use super::{PATIENCE, network::Devices, pause, programs};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// The process that all tests share, since a start takes seconds.
static SHARED: Mutex<Option<Process>> = Mutex::new(None);

/// The preferences of the tests' profile: a port of the system's choice, and no page but the tests' own.
const PREFERENCES: &str = r#"
user_pref("marionette.port", 0);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("full-screen-api.transition-duration.enter", "0 0");
user_pref("dom.disable_open_during_load", false);
user_pref("privacy.trackingprotection.enabled", false);
"#;

/// Ends the browser when this process ends in any way. `$1` is the browser's process and `$2` its files.
const GUARD: &str = r#"cat; kill -9 "$1"; sleep 1; rm -rf "$2""#;

/// The browser, for one test at a time. Its windows are closed with it.
pub struct Firefox {
    process: MutexGuard<'static, Option<Process>>,
    _devices: Devices,
}

struct Process {
    commands: BufReader<TcpStream>,
    asked: u64,
    /// The window that stays, since a browser without a window ends.
    first: Value,
    _browser: Child,
    _guard: Child,
}

/// The browser. None, with a line on standard error, where none is installed. With `CI=true` that is a failure.
pub fn start() -> Option<Firefox> {
    let program = programs::find(&["firefox-esr", "firefox"], "firefox-esr")?;
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if shared.as_mut().is_none_or(|process| !process.lives()) {
        *shared = Some(Process::start(&program));
    }
    let mut firefox = Firefox {
        process: shared,
        _devices: Devices::steady(),
    };
    firefox.window();
    Some(firefox)
}

impl Process {
    fn start(program: &Path) -> Self {
        let files = tempfile::tempdir().unwrap().keep();
        fs::write(files.join("user.js"), PREFERENCES).unwrap();
        let mut command = Command::new(program);
        command
            .args(["--marionette", "--headless", "--no-remote", "--profile"])
            .arg(&files)
            .args(["--width", "1280", "--height", "800"])
            .env("HOME", &files);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let browser = command.spawn().unwrap();
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard", &browser.id().to_string()]);
        guard.arg(&files).stdin(Stdio::piped());
        guard.stdout(Stdio::null()).stderr(Stdio::null());
        let guard = guard.spawn().unwrap();
        let mut process = Self {
            commands: BufReader::new(connect(&files.join("MarionetteActivePort"))),
            asked: 0,
            first: Value::Null,
            _browser: browser,
            _guard: guard,
        };
        process.hear().expect("the browser greets");
        let session = json!({"capabilities": {"alwaysMatch": {"acceptInsecureCerts": true}}});
        process.ask("WebDriver:NewSession", &session).unwrap();
        let timeouts = json!({"script": 2 * PATIENCE.as_millis() as u64});
        process.ask("WebDriver:SetTimeouts", &timeouts).unwrap();
        process.first = process
            .ask("WebDriver:GetWindowHandle", &json!({}))
            .unwrap()["value"]
            .take();
        process
    }

    fn lives(&mut self) -> bool {
        self.ask("WebDriver:GetTimeouts", &json!({})).is_ok()
    }

    /// Sends a command, and returns its answer or the error's text.
    fn ask(&mut self, name: &str, parameters: &Value) -> Result<Value, String> {
        self.asked += 1;
        let command = json!([0, self.asked, name, parameters]).to_string();
        let sent = write!(self.commands.get_mut(), "{}:{command}", command.len());
        sent.map_err(|error| error.to_string())?;
        let mut answer = self.hear()?;
        match answer[2].take() {
            Value::Null => Ok(answer[3].take()),
            error => Err(format!("{name}: {error}")),
        }
    }

    /// Reads a message: its length in decimal, a colon, and JSON.
    fn hear(&mut self) -> Result<Value, String> {
        let mut length = 0;
        loop {
            let mut byte = [0];
            let read = self.commands.read_exact(&mut byte);
            read.map_err(|error| format!("the browser has ended: {error}"))?;
            match byte[0] {
                b':' => break,
                digit => length = 10 * length + usize::from(digit - b'0'),
            }
        }
        let mut text = vec![0; length];
        let read = self.commands.read_exact(&mut text);
        read.map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|error| error.to_string())
    }
}

/// Connects to the port that the browser writes to this file once it listens.
fn connect(file: &Path) -> TcpStream {
    let begun = Instant::now();
    loop {
        let port = fs::read_to_string(file)
            .ok()
            .and_then(|port| port.trim().parse().ok());
        let stream =
            port.map(|port: u16| TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))));
        if let Some(Ok(stream)) = stream {
            return stream;
        }
        assert!(begun.elapsed() < 2 * PATIENCE, "Firefox does not listen");
        pause();
    }
}

impl Firefox {
    #[track_caller]
    fn ask(&mut self, name: &str, parameters: &Value) -> Value {
        let process = self.process.as_mut().expect("the browser runs");
        process
            .ask(name, parameters)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Opens a window, in which the next commands work. Returns its handle.
    pub fn window(&mut self) -> Value {
        let mut opened = self.ask("WebDriver:NewWindow", &json!({"type": "window"}));
        let handle = opened["handle"].take();
        self.turn_to(&handle);
        handle
    }

    /// Works in the window of this handle.
    pub fn turn_to(&mut self, handle: &Value) {
        self.ask(
            "WebDriver:SwitchToWindow",
            &json!({"handle": handle, "focus": true}),
        );
    }

    pub fn go(&mut self, url: &str) {
        self.ask("WebDriver:Navigate", &json!({"url": url}));
    }

    /// The value of `expression` in the page.
    #[track_caller]
    pub fn evaluate(&mut self, expression: &str) -> Value {
        self.run(&format!("return ({expression})"))
    }

    /// Waits until `expression` is true in a document that was read to its end, as a page may be loaded anew meanwhile.
    /// The expression may fail before: a page that is being loaded has no elements.
    #[track_caller]
    pub fn wait_until(&mut self, expression: &str) {
        let script = format!("return document.readyState !== 'loading' && Boolean({expression})");
        let begun = Instant::now();
        loop {
            let seen = self.try_run(&script);
            if seen == Ok(json!(true)) {
                return;
            }
            if begun.elapsed() > PATIENCE {
                let html = self.evaluate("document.documentElement?.outerHTML");
                panic!("never true: {expression}: {seen:?}\n{html}");
            }
            pause();
        }
    }

    #[track_caller]
    fn run(&mut self, script: &str) -> Value {
        let ran = self.try_run(script);
        ran.unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_run(&mut self, script: &str) -> Result<Value, String> {
        let process = self.process.as_mut().expect("the browser runs");
        let parameters = json!({"script": script, "args": [], "sandbox": null});
        let mut answer = process.ask("WebDriver:ExecuteScript", &parameters)?;
        Ok(answer["value"].take())
    }

    /// Presses keys, one after the other, in the window's focus.
    pub fn press(&mut self, keys: &str) {
        let strokes = keys.chars().flat_map(|key| {
            ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()}))
        });
        let strokes: Vec<Value> = strokes.collect();
        let actions = json!({"actions": [{"type": "key", "id": "keys", "actions": strokes}]});
        self.ask("WebDriver:PerformActions", &actions);
    }

    /// Gives the window this size, inside of its frame.
    pub fn resize(&mut self, width: u32, height: u32) {
        let frame = self.evaluate("[outerWidth - innerWidth, outerHeight - innerHeight]");
        let part = |at: usize| frame[at].as_i64().unwrap_or(0);
        let size =
            json!({"width": i64::from(width) + part(0), "height": i64::from(height) + part(1)});
        self.ask("WebDriver:SetWindowRect", &size);
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        let Some(process) = self.process.as_mut() else {
            return;
        };
        let first = process.first.clone();
        let open = process
            .ask("WebDriver:GetWindowHandles", &json!({}))
            .unwrap_or_default();
        for handle in open
            .as_array()
            .into_iter()
            .flatten()
            .filter(|handle| **handle != first)
        {
            let _ = process.ask("WebDriver:SwitchToWindow", &json!({"handle": handle}));
            let _ = process.ask("WebDriver:CloseWindow", &json!({}));
        }
        let _ = process.ask("WebDriver:SwitchToWindow", &json!({"handle": first}));
    }
}
