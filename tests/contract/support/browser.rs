//! A real Chromium that all tests share, and its console.

use super::{PATIENCE, network::Devices, programs};
use headless_chrome::{
    LaunchOptions, Tab,
    protocol::cdp::{
        Emulation::SetDeviceMetricsOverride,
        Log::LogEntryLevel,
        Page::{AddScriptToEvaluateOnNewDocument, CaptureScreenshotFormatOption::Png},
        Runtime::ConsoleAPICalledEventTypeOption as Console,
        Target::CreateTarget,
        types::Event,
    },
};
use serde_json::Value;
use std::{
    ffi::OsStr,
    fmt::Display,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The process that all tests share, since a start takes seconds.
static SHARED: Mutex<Option<Arc<Process>>> = Mutex::new(None);

/// A profile of its own, whose pages are closed with it.
pub struct Browser {
    process: Arc<Process>,
    /// The private window's context, if the profile is in the shared process.
    context: Option<String>,
    tabs: Mutex<Vec<Arc<Tab>>>,
    _devices: Devices,
}

/// A profile in the shared process. None, with a line on standard error, where no browser is installed. With `CI=true`
/// that is a failure.
pub fn start() -> Option<Browser> {
    let program = programs::find(&PROGRAMS, "chromium")?;
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let process = match shared.take() {
        Some(process) if process.lives() => process,
        _ => Arc::new(Process::start(program, &[])),
    };
    *shared = Some(Arc::clone(&process));
    let context = process.heard(process.browser.new_context());
    let context = Some(context.get_id().to_owned());
    Some(Browser::new(process, context))
}

/// Starts an ordinary profile in a process of its own, with `more` arguments.
pub fn start_with(more: &[&str]) -> Option<Browser> {
    let program = programs::find(&PROGRAMS, "chromium")?;
    Some(Browser::new(Arc::new(Process::start(program, more)), None))
}

impl Browser {
    fn new(process: Arc<Process>, context: Option<String>) -> Self {
        Self {
            process,
            context,
            tabs: Mutex::default(),
            _devices: Devices::steady(),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        for tab in self.tabs.get_mut().unwrap_or_else(PoisonError::into_inner) {
            // The test may have closed the tab, or the browser may have ended.
            let _ = tab.close(false);
        }
    }
}

/// A running Chromium.
struct Process {
    browser: headless_chrome::Browser,
    /// Ends the browser when this process ends in any way, since a static is not dropped.
    _guard: Child,
}

/// The guard's script. `$1` is the browser's process and `$2` its files. Standard input ends with this process.
const GUARD: &str = r#"cat; kill -9 "$1"; sleep 1; rm -rf "$2""#;

impl Process {
    fn start(program: PathBuf, more: &[&str]) -> Self {
        let arguments = [
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ];
        let files = tempfile::tempdir().unwrap().keep();
        let options = LaunchOptions {
            path: Some(program),
            sandbox: false,
            window_size: Some((1280, 800)),
            idle_browser_timeout: 4 * PATIENCE,
            user_data_dir: Some(files.clone()),
            args: arguments.iter().chain(more).map(OsStr::new).collect(),
            ..LaunchOptions::default()
        };
        let browser = headless_chrome::Browser::new(options).unwrap();
        let process = browser.get_process_id().unwrap().to_string();
        let mut guard = Command::new("sh");
        guard
            .args(["-c", GUARD, "guard", &process])
            .arg(files)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self {
            browser,
            _guard: guard.spawn().unwrap(),
        }
    }

    fn lives(&self) -> bool {
        self.browser.get_version().is_ok()
    }

    /// The browser's answer. An error fails the test, and tells whether the browser still lives.
    #[track_caller]
    fn heard<T, E: Display>(&self, answer: Result<T, E>) -> T {
        answer.unwrap_or_else(|error| match self.lives() {
            true => panic!("the browser refuses: {error:#}"),
            false => panic!("the browser that the tests share has crashed or was ended: {error:#}"),
        })
    }
}

/// An open page.
pub struct Page {
    pub tab: Arc<Tab>,
    process: Arc<Process>,
    complaints: Arc<Mutex<Vec<String>>>,
}

impl Page {
    /// Opens the frame in a window of its own, since a hidden page is throttled.
    pub fn open(browser: &Browser, address: SocketAddr) -> Self {
        let page = Self::blank(browser, true);
        page.go(&format!("http://{address}/"));
        page
    }

    /// An empty page, in a window of its own or as a tab that hides the tab before.
    pub fn blank(browser: &Browser, own_window: bool) -> Self {
        let process = Arc::clone(&browser.process);
        let tab = process.browser.new_tab_with_options(CreateTarget {
            url: "about:blank".into(),
            left: None,
            top: None,
            width: own_window.then_some(1280),
            height: own_window.then_some(800),
            window_state: None,
            browser_context_id: browser.context.clone(),
            enable_begin_frame_control: None,
            new_window: Some(own_window),
            background: None,
            for_tab: None,
            hidden: None,
        });
        let tab = process.heard(tab);
        browser.tabs.lock().unwrap().push(Arc::clone(&tab));
        tab.set_default_timeout(PATIENCE);
        let page = Self {
            tab,
            process,
            complaints: Arc::default(),
        };
        page.listen();
        page
    }

    pub fn go(&self, url: &str) {
        let tab = self.tab.navigate_to(url);
        let tab = tab.and_then(Tab::wait_until_navigated);
        self.process.heard(tab);
    }

    /// Runs `script` before any script of each page that is opened from then on.
    pub fn prepare(&self, script: &str) {
        let method = AddScriptToEvaluateOnNewDocument {
            source: script.into(),
            world_name: None,
            include_command_line_api: None,
            run_immediately: None,
        };
        self.process.heard(self.tab.call_method(method));
    }

    fn listen(&self) {
        let complaints = Arc::clone(&self.complaints);
        self.tab.enable_log().unwrap().enable_runtime().unwrap();
        let listener = move |event: &Event| {
            if let Some(complaint) = complaint(event) {
                complaints.lock().unwrap().push(complaint);
            }
        };
        self.tab.add_event_listener(Arc::new(listener)).unwrap();
    }

    /// The value of `expression` in the page.
    pub fn evaluate(&self, expression: &str) -> Value {
        let answer = self.tab.evaluate(expression, true);
        self.process.heard(answer).value.unwrap_or(Value::Null)
    }

    /// Waits until `expression` is true.
    pub fn wait_until(&self, expression: &str) {
        let patience = PATIENCE.as_millis();
        let script = format!(
            "new Promise((resolve) => {{
               const end = performance.now() + {patience};
               const look = () => ({expression}) ? resolve(true)
                 : performance.now() > end ? resolve(false) : setTimeout(look, 20);
               look();
             }})"
        );
        let begun = Instant::now();
        let became_true = loop {
            let answer = match self.tab.evaluate(&script, true) {
                Err(error) if is_navigation(&error) => None,
                answer => self.process.heard(answer).value,
            };
            match answer {
                Some(Value::Bool(became_true)) => break became_true,
                // The page was loaded anew meanwhile.
                _ if begun.elapsed() < PATIENCE => {}
                _ => break false,
            }
        };
        if !became_true {
            let html = self.evaluate("document.documentElement.outerHTML");
            panic!("never true: {expression}\n{html}\n{:#?}", self.complaints());
        }
    }

    /// Gives the page a window of this size, in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) {
        let metrics = SetDeviceMetricsOverride {
            width,
            height,
            device_scale_factor: 1.0,
            mobile: width < 600,
            scale: None,
            screen_width: None,
            screen_height: None,
            position_x: None,
            position_y: None,
            dont_set_visible_size: None,
            screen_orientation: None,
            viewport: None,
            display_feature: None,
            device_posture: None,
        };
        self.process.heard(self.tab.call_method(metrics));
    }

    /// Types the keyword into its field, and presses Enter.
    pub fn publish(&self, keyword: &str) {
        self.tab
            .wait_for_element("#keyword")
            .unwrap()
            .click()
            .unwrap();
        self.evaluate("document.querySelector('#keyword').select()");
        self.tab.send_character(keyword).unwrap();
        self.tab.press_key("Enter").unwrap();
    }

    /// Errors and violations that the console has shown.
    pub fn complaints(&self) -> Vec<String> {
        self.complaints.lock().unwrap().clone()
    }

    /// Writes a picture of the page to the folder of the tests' files.
    pub fn screenshot(&self, name: &str) {
        let image = self.tab.capture_screenshot(Png, None, None, true).unwrap();
        fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), image).unwrap();
    }
}

fn is_navigation(error: &impl Display) -> bool {
    let error = error.to_string();
    [
        "navigated or closed",
        "context was destroyed",
        "Cannot find context",
    ]
    .iter()
    .any(|text| error.contains(text))
}

fn complaint(event: &Event) -> Option<String> {
    match event {
        Event::LogEntryAdded(entry) if entry.params.entry.level == LogEntryLevel::Error => {
            let entry = &entry.params.entry;
            Some(format!(
                "{:?}: {} {}",
                entry.source,
                entry.text,
                entry.url.clone().unwrap_or_default()
            ))
        }
        Event::RuntimeExceptionThrown(thrown) => {
            Some(format!("{:?}", thrown.params.exception_details))
        }
        Event::RuntimeConsoleAPICalled(call) if call.params.Type == Console::Error => {
            Some(format!("{:?}", call.params.args))
        }
        _ => None,
    }
}
