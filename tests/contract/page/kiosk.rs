//! The page as a kiosk (`?kiosk`): a screen on a wall, without controls.

use super::{LIVE, is_keyword, with_flickr};
use crate::support::{
    browser::{self, Page},
    client::{get, publish},
    flickr::FlickrStub,
    server::Server,
};

/// Ends the fade of the caption, which takes eleven seconds.
const FADE: &str = "document.querySelector('#caption > div').getAnimations()[0].finish()";
const OPACITY: &str = "getComputedStyle(document.querySelector('#caption > div')).opacity";

/// Opens the kiosk of a server that shows photographs, with this script before the page's own.
fn open(browser: &browser::Browser, server: &Server, query: &str, script: &str) -> Page {
    let page = Page::blank(browser, true);
    page.prepare(script);
    page.go(&format!("http://{}/?kiosk{query}", server.address));
    page
}

fn photographs() -> (FlickrStub, Server) {
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let server = with_flickr(&stub);
    (stub, server)
}

#[test]
fn a_kiosk_shows_the_picture_and_its_credit_and_the_keyword_for_a_moment() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (_stub, server) = photographs();
    publish(server.address, "ocean");
    let script = "const locks = []; Object.defineProperty(navigator, 'wakeLock', \
        { value: { request: async (type) => locks.push(type) } });";
    let page = open(&browser, &server, "", script);
    page.wait_until(&is_keyword("ocean"));
    let visible = "['#wall img', '#label', '#status', '#keyword', '#strip', '#fill'] \
        .filter((part) => document.querySelector(part).checkVisibility()).join()";
    assert_eq!(page.evaluate(visible), "#wall img,#label");
    page.wait_until("document.querySelector('#caption b').innerText === 'ocean'");
    assert_eq!(page.evaluate("locks.join()"), "screen");
    page.screenshot("kiosk.png");
    page.evaluate(FADE);
    page.wait_until(&format!("{OPACITY} === '0'"));
    publish(server.address, "night");
    page.wait_until("document.querySelector('#caption b').innerText === 'night'");
    page.wait_until(&format!("{OPACITY} === '1'"));
}

#[test]
fn a_kiosks_keyword_is_read_across_a_room() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (_stub, server) = photographs();
    publish(server.address, "ocean \u{1f30a}");
    let page = open(&browser, &server, "", "");
    page.wait_until(&is_keyword("ocean \u{1f30a}"));
    for (width, height) in [(1280, 800), (1080, 1920), (3840, 2160)] {
        page.resize(width, height);
        page.wait_until(&format!("innerWidth === {width}"));
        let share = |part: &str| {
            let size = "Number.parseFloat(getComputedStyle(document.querySelector('#caption PART')).fontSize)";
            let share = format!(
                "{} / Math.min(innerWidth, innerHeight)",
                size.replace("PART", part)
            );
            page.evaluate(&share).as_f64().unwrap()
        };
        assert!(share("span") >= 0.024, "{width} {}", share("span"));
        assert!(share("b") >= 0.06, "{width} {}", share("b"));
        let place = "(({ left, right, top, bottom }) => top / innerHeight > 0.6 && bottom <= innerHeight \
            && Math.abs(left + right - innerWidth) < 3)(document.querySelector('#caption > div').getBoundingClientRect())";
        assert_eq!(page.evaluate(place), true, "{width}");
    }
    let style = "getComputedStyle(document.querySelector('#caption b')).fontStyle + ' ' + \
        getComputedStyle(document.querySelector('#label p a')).textDecorationLine";
    assert_eq!(page.evaluate(style), "normal none");
}

#[test]
fn a_kiosks_keyword_and_credit_are_seen_whole_however_long_they_are() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (stub, server) = photographs();
    stub.mode("large");
    let page = open(&browser, &server, "", "");
    // Either corner for the credit.
    for keyword in ["a".repeat(100), "word ".repeat(20).trim().to_owned()] {
        publish(server.address, &keyword);
        page.wait_until(&is_keyword(&keyword));
        page.wait_until("document.querySelector('#caption img')?.naturalWidth > 0");
        for (width, height) in [
            (1280, 800),
            (1080, 1920),
            (3840, 2160),
            (320, 568),
            (844, 390),
            (667, 375),
        ] {
            page.resize(width, height);
            page.wait_until(&format!("innerWidth === {width}"));
            assert_eq!(page.evaluate(COVERED), "", "{width} × {height}");
            page.screenshot(&format!("kiosk-long-{width}x{height}.png"));
        }
    }
}

/// The parts of a kiosk that are out of the window, or cover each other.
pub const COVERED: &str = "(() => { \
    const parts = ['#caption > div', '#label', '#notice'] \
      .map((name) => [name, document.querySelector(name).getBoundingClientRect()]); \
    const out = parts.filter(([, { left, top, right, bottom, width }]) => \
      !width || left < 0 || top < 0 || right > innerWidth || bottom > innerHeight); \
    const over = parts.flatMap(([name, a], at) => parts.slice(at + 1) \
      .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) \
      .map(([other]) => [name + ' ' + other])); \
    return [...out, ...over].map(([name]) => name).join(); })()";

#[test]
fn a_kiosks_credit_hangs_in_another_corner_at_each_picture() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (_stub, server) = photographs();
    let page = open(&browser, &server, "", "");
    page.wait_until("document.querySelector('#caption img')");
    let corner = "(({ left, top, right, bottom }) => \
        [left + right < innerWidth ? 'left' : 'right', top + bottom < innerHeight ? 'top' : 'bottom'].join(' '))\
        (document.querySelector('#label').getBoundingClientRect())";
    let mut corners = Vec::new();
    for keyword in ["one", "two", "three", "four"] {
        publish(server.address, keyword);
        page.wait_until(&is_keyword(keyword));
        corners.push(page.evaluate(corner).as_str().unwrap().to_owned());
    }
    assert_eq!(corners, ["right top", "left top", "right top", "left top"]);
}

/// True while the code of the page's address hangs without an end.
pub const INVITES: &str = "document.querySelector('#caption img')?.naturalWidth > 0 \
    && document.querySelector('#caption > div').getAnimations().length === 0 \
    && document.querySelector('#caption span').innerText === 'Type a word: everyone will see its picture.'";

#[test]
fn an_empty_kiosk_shows_the_code_of_its_address_until_the_first_picture() {
    let Some(browser) = browser::start() else {
        return;
    };
    for (_stub, server) in [photographs(), (FlickrStub::start(), Server::start(&[]))] {
        let page = open(&browser, &server, "", "");
        page.wait_until(INVITES);
        assert_eq!(
            page.evaluate("document.querySelector('#caption img').alt"),
            format!("http://{}/", server.address)
        );
        page.screenshot("kiosk-empty.png");
        publish(server.address, "ocean");
        page.wait_until(&is_keyword("ocean"));
        page.wait_until("document.querySelector('#caption > div').getAnimations().length === 1");
    }
}

#[test]
fn a_kiosk_shows_the_code_of_its_address_with_the_keyword() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (_stub, server) = photographs();
    publish(server.address, "ocean");
    let page = open(&browser, &server, "", "");
    page.wait_until("document.querySelector('#caption img')?.naturalWidth > 0");
    let address = format!("http://{}/", server.address);
    assert_eq!(
        page.evaluate("document.querySelector('#caption img').alt"),
        *address
    );
    assert_eq!(page.complaints(), [] as [String; 0]);
    let code = get(server.address, &format!("/qr.svg?text={address}"));
    assert_eq!(
        (code.status, code.header("content-type")),
        (200, Some("image/svg+xml"))
    );
    for text in [
        "",
        "?text=",
        "?text=javascript:1",
        &format!("?text=http://{}", "a".repeat(200)),
    ] {
        assert_eq!(
            get(server.address, &format!("/qr.svg{text}")).status,
            400,
            "{text}"
        );
    }
}

#[test]
fn a_screen_that_cannot_be_kept_awake_says_so_once() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (_stub, server) = photographs();
    let script = "Object.defineProperty(window, 'isSecureContext', { value: false })";
    let page = open(&browser, &server, "", script);
    for (keyword, notes) in [("Picture frame", 1), ("ocean", 0), ("night", 0)] {
        if notes == 0 {
            publish(server.address, keyword);
        }
        page.wait_until(&is_keyword(keyword));
        page.wait_until("document.querySelector('#caption img')");
        assert_eq!(
            page.evaluate("document.querySelectorAll('#caption small').length"),
            notes
        );
    }
}

#[test]
fn a_kiosk_is_dim_at_the_hours_that_its_address_says_and_its_picture_may_stand_still() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (_stub, server) = photographs();
    for (query, hour, is_dim) in [
        ("&dim=22-7", 21, false),
        ("&dim=22-7", 22, true),
        ("&dim=22-7", 6, true),
        ("&dim=22-7", 7, false),
        ("&dim=1-5", 4, true),
        ("&dim=1-5", 0, false),
        ("&dim=night", 0, false),
        ("&still", 0, false),
    ] {
        let script = format!("Date.prototype.getHours = () => {hour}");
        let page = open(&browser, &server, query, &script);
        page.wait_until(LIVE);
        let dim = "document.body.classList.contains('dim')";
        assert_eq!(page.evaluate(dim), is_dim, "{query} {hour}");
        // A filter of the whole page would leave Firefox without the blur behind the writing.
        let shade = "getComputedStyle(document.body, '::after').backgroundColor \
            + getComputedStyle(document.body).filter";
        let shade = page.evaluate(shade);
        let expected = if is_dim {
            "rgba(0, 0, 0, 0.733)none"
        } else {
            "rgba(0, 0, 0, 0)none"
        };
        assert_eq!(shade, expected, "{query} {hour}");
        page.wait_until("document.querySelector('#wall img')");
        let drifts = "getComputedStyle(document.querySelector('#wall img')).animationPlayState";
        let state = if query == "&still" {
            "paused"
        } else {
            "running"
        };
        assert_eq!(page.evaluate(drifts), state, "{query}");
    }
}

/// Replaces the page's clock and its interval timers, for a test to move.
const CLOCK: &str = "
    let minutes = 0;
    const each = [], { setInterval: plain } = window;
    window.setInterval = (act, pause) => pause === 60_000 && each.push(act);
    const pass = () => {
        minutes++;
        const { now } = performance;
        performance.now = () => minutes * 60_000;
        each.forEach((act) => act());
        performance.now = now;
        const { left, top } = document.querySelector('#label').getBoundingClientRect();
        return [left, top];
    };
";

#[test]
fn a_kiosks_label_moves_some_pixels_a_minute_and_stays_on_the_screen() {
    let Some(browser) = browser::start() else {
        return;
    };
    let (_stub, server) = photographs();
    publish(server.address, "ocean");
    let page = open(&browser, &server, "", CLOCK);
    page.wait_until(&is_keyword("ocean"));
    let places = page.evaluate("JSON.stringify(Array.from({ length: 180 }, pass))");
    let places: Vec<[f64; 2]> = serde_json::from_str(places.as_str().unwrap()).unwrap();
    for axis in [0, 1] {
        let along: Vec<f64> = places.iter().map(|place| place[axis]).collect();
        let steps = along.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(
            steps.fold(0.0, f64::max) < 5.0,
            "too small to be seen: {along:?}"
        );
        let (low, high) = (
            along.iter().copied().fold(f64::MAX, f64::min),
            along.iter().copied().fold(f64::MIN, f64::max),
        );
        assert!(high - low > 20.0, "{low} {high}");
        assert!(low >= 0.0 && high < 800.0, "{low} {high}");
    }
    let fits = "(({ right, bottom }) => right <= innerWidth && bottom <= innerHeight)\
        (document.querySelector('#label').getBoundingClientRect())";
    assert_eq!(page.evaluate(fits), true);
    page.go(&format!("http://{}/", server.address));
    page.wait_until(&is_keyword("ocean"));
    assert_eq!(page.evaluate("`${pass()}` === `${pass()}`"), true);
}
