//! A real Chromium, and what its console says.

use super::{PATIENCE, programs};
use headless_chrome::{
    Browser, LaunchOptions, Tab,
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
    fs,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Starts a browser; nothing, with a word on standard error, where there is none. With `CI=true` there must be one.
pub fn start() -> Option<Browser> {
    start_with(&[])
}

/// The same, with `more` arguments.
pub fn start_with(more: &[&str]) -> Option<Browser> {
    let program = programs::find(&PROGRAMS, "chromium")?;
    let arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ];
    let options = LaunchOptions {
        path: Some(program),
        sandbox: false,
        window_size: Some((1280, 800)),
        idle_browser_timeout: 4 * PATIENCE,
        args: arguments.iter().chain(more).map(OsStr::new).collect(),
        ..LaunchOptions::default()
    };
    Some(Browser::new(options).unwrap())
}

/// An open page.
pub struct Page {
    pub tab: Arc<Tab>,
    complaints: Arc<Mutex<Vec<String>>>,
}

impl Page {
    /// Opens the frame in a window of its own, since pages out of sight do nothing.
    pub fn open(browser: &Browser, address: SocketAddr) -> Self {
        let page = Self::blank(browser, true);
        page.go(&format!("http://{address}/"));
        page
    }

    /// An empty page, in a window of its own or as a tab that hides the one before.
    pub fn blank(browser: &Browser, own_window: bool) -> Self {
        let tab = browser.new_tab_with_options(CreateTarget {
            url: "about:blank".into(),
            left: None,
            top: None,
            width: own_window.then_some(1280),
            height: own_window.then_some(800),
            window_state: None,
            browser_context_id: None,
            enable_begin_frame_control: None,
            new_window: Some(own_window),
            background: None,
            for_tab: None,
            hidden: None,
        });
        let tab = tab.unwrap();
        tab.set_default_timeout(PATIENCE);
        let page = Self {
            tab,
            complaints: Arc::default(),
        };
        page.listen();
        page
    }

    pub fn go(&self, url: &str) {
        self.tab
            .navigate_to(url)
            .unwrap()
            .wait_until_navigated()
            .unwrap();
    }

    /// Runs `script` before any of the page's own, in whatever is opened from now on.
    pub fn prepare(&self, script: &str) {
        let method = AddScriptToEvaluateOnNewDocument {
            source: script.into(),
            world_name: None,
            include_command_line_api: None,
            run_immediately: None,
        };
        self.tab.call_method(method).unwrap();
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

    /// What a script in the page makes of `expression`.
    pub fn evaluate(&self, expression: &str) -> Value {
        self.tab
            .evaluate(expression, true)
            .unwrap()
            .value
            .unwrap_or(Value::Null)
    }

    /// Waits until `expression` is true.
    pub fn wait_until(&self, expression: &str) {
        let patience = PATIENCE.as_millis();
        let script = format!(
            "new Promise((resolve) => {{
               const end = Date.now() + {patience};
               const look = () => ({expression}) ? resolve(true)
                 : Date.now() > end ? resolve(false) : setTimeout(look, 20);
               look();
             }})"
        );
        if self.evaluate(&script) != true {
            let body = self.evaluate("document.body.outerHTML");
            panic!("never true: {expression}\n{body}\n{:#?}", self.complaints());
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
        self.tab.call_method(metrics).unwrap();
    }

    /// Types into what has the focus.
    pub fn publish(&self, keyword: &str) {
        self.tab
            .wait_for_element("#keyword")
            .unwrap()
            .click()
            .unwrap();
        self.evaluate("document.querySelector('#keyword').select()");
        self.tab.type_str(keyword).unwrap();
        self.tab.press_key("Enter").unwrap();
    }

    /// Errors and violations that the console has shown.
    pub fn complaints(&self) -> Vec<String> {
        self.complaints.lock().unwrap().clone()
    }

    /// Leaves a picture of the page in the folder for tests' files, to be looked at.
    pub fn screenshot(&self, name: &str) {
        let image = self.tab.capture_screenshot(Png, None, None, true).unwrap();
        fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), image).unwrap();
    }
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
