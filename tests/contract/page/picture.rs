//! The picture: a photograph is neither cut nor blown up, it drifts slowly, and at most one picture is loaded ahead.

use super::{LIVE, is_keyword, shows, with_flickr};
use crate::support::{
    browser::{self, Page},
    client::publish,
    flickr::FlickrStub,
    server::Server,
};

/// The share of the picture that the window shows, and its enlargement in the screen's pixels.
pub const SEEN: &str = "(() => { \
    const image = document.querySelector('#wall figure:last-child img'); \
    const { naturalWidth, naturalHeight, offsetWidth: width, offsetHeight: height } = image; \
    const isWhole = image.parentNode.classList.contains('whole'); \
    const scale = isWhole ? width / naturalWidth : Math.max(width / naturalWidth, height / naturalHeight); \
    const { left, right, top, bottom } = image.getBoundingClientRect(); \
    const inside = (from, to, end) => Math.min(to, end) - Math.max(from, 0); \
    const shown = isWhole ? inside(left, right, innerWidth) * inside(top, bottom, innerHeight) / (right - left) / (bottom - top) \
      : width * height / (naturalWidth * naturalHeight * scale ** 2); \
    return [shown, scale * devicePixelRatio]; })()";

/// True once the picture is placed in a window of this width.
pub fn is_wide(width: u32) -> String {
    format!(
        "innerWidth === {width} && document.querySelector('#wall').style.height === innerHeight + 'px'"
    )
}

fn photographs() -> (FlickrStub, Server) {
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let server = with_flickr(&stub);
    (stub, server)
}

#[test]
fn a_photograph_is_neither_cut_nor_blown_up_on_any_screen() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (_stub, server) = photographs();
    let page = Page::open(&browser, server.address);
    for keyword in ["upright", "wide", "small"] {
        publish(server.address, keyword);
        page.wait_until(&is_keyword(keyword));
        for (width, height) in [
            (320, 568),
            (844, 390),
            (1280, 800),
            (1080, 1920),
            (3840, 2160),
        ] {
            page.resize(width, height);
            page.wait_until(&is_wide(width));
            let seen = |at: usize| page.evaluate(&format!("{SEEN}[{at}]")).as_f64().unwrap();
            let (share, enlarged) = (seen(0), seen(1));
            let least = if keyword == "upright" && width > height {
                0.95
            } else {
                0.8
            };
            assert!(share >= least, "{keyword} {width} × {height}: {share}");
            assert!(
                enlarged <= 1.5001,
                "{keyword} {width} × {height}: {enlarged}"
            );
        }
        page.screenshot(&format!("{keyword}.png"));
    }
}

#[test]
fn a_photograph_drifts_unless_the_page_is_hidden_or_nothing_has_come_for_ten_minutes() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (_stub, server) = photographs();
    let page = Page::blank(&browser, true);
    let quiet = "const { setTimeout: after } = window; let quiet; window.setTimeout = (act, ms, ...values) => \
        ms === 600_000 ? (quiet = act) && 0 : after(act, ms, ...values);";
    page.prepare(quiet);
    page.go(&format!("http://{}/", server.address));
    publish(server.address, "one");
    page.wait_until(&is_keyword("one"));
    let image = "document.querySelector('#wall figure:last-child img')";
    let drift = format!(
        "(({{ effect }}) => JSON.stringify([effect.getTiming().duration, \
        effect.getKeyframes().map(({{ transform }}) => transform)]))({image}.getAnimations()[0])"
    );
    assert_eq!(page.evaluate(&drift), r#"[60000,["none","scale(1.04)"]]"#);
    // A browser that draws in software draws at each step, instead of at each frame of the screen.
    let steps = format!("{image}.getAnimations()[0].effect.getKeyframes()[0].easing");
    assert_eq!(page.evaluate(&steps), "steps(300)");
    let state = format!("getComputedStyle({image}).animationPlayState");
    assert_eq!(page.evaluate(&state), "running");
    page.evaluate("quiet()");
    assert_eq!(page.evaluate(&state), "paused");
    publish(server.address, "two");
    page.wait_until(&is_keyword("two"));
    assert_eq!(page.evaluate(&state), "running");
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true }); dispatchEvent(new Event('visibilitychange'))");
    assert_eq!(page.evaluate(&state), "paused");
}

#[test]
fn of_a_burst_the_last_picture_hangs_and_at_most_one_is_loaded_ahead() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&["--publish-rate", "0", "--broadcast-rate", "0"]);
    let page = Page::blank(&browser, true);
    // However slow the machine is, no picture is given up.
    let count = "let loading = 0, most = 0, all = 0; const { decode } = Image.prototype; \
        const { setTimeout: later } = window; \
        window.setTimeout = (call, wait, ...rest) => wait === 3000 ? 0 : later(call, wait, ...rest); \
        Image.prototype.decode = async function () { all++; most = Math.max(most, ++loading); \
        try { return await decode.call(this); } finally { loading--; } }";
    page.prepare(count);
    page.go(&format!("http://{}/", server.address));
    page.wait_until(LIVE);
    for number in 0..250 {
        publish(server.address, &format!("word{number}"));
    }
    page.wait_until(&is_keyword("word249"));
    page.wait_until(&shows(12));
    assert_eq!(page.evaluate("most"), 1);
    page.wait_until("loading === 0");
    assert_eq!(
        page.evaluate("document.querySelector('#words').textContent"),
        ""
    );
}

#[test]
fn a_picture_that_is_lost_is_told_until_a_later_picture_hangs() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&["--publish-rate", "0"]);
    let page = Page::blank(&browser, true);
    let broken = "let broken = true; const { decode } = Image.prototype; \
        Image.prototype.decode = function () { return broken ? Promise.reject() : decode.call(this); }";
    page.prepare(broken);
    page.go(&format!("http://{}/", server.address));
    page.wait_until(LIVE);
    publish(server.address, "ocean");
    let told = "document.querySelector('#words').textContent";
    page.wait_until(&format!(
        "{told} === 'A picture of “ocean” could not be loaded.'"
    ));
    page.evaluate("broken = false");
    publish(server.address, "forest");
    page.wait_until(&is_keyword("forest"));
    assert_eq!(page.evaluate(told), "");
}

#[test]
fn a_picture_that_loads_for_long_gives_way_to_a_newer_one() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&["--publish-rate", "0"]);
    let page = Page::blank(&browser, true);
    let stuck = "let asked = 0; const { decode } = Image.prototype; \
        Image.prototype.decode = function () { return ++asked > 1 ? decode.call(this) : new Promise(() => {}); }";
    page.prepare(stuck);
    page.go(&format!("http://{}/", server.address));
    page.wait_until("asked === 1");
    page.wait_until("document.body.classList.contains('pending')");
    publish(server.address, "ocean");
    page.wait_until(&is_keyword("ocean"));
    page.wait_until("!document.body.classList.contains('pending')");
}
