//! The page as a picture frame: a strip of earlier pictures, full screen, a kiosk, and every control by keyboard.

use super::{LIVE, SHOWN, is_keyword, shows};
use crate::support::{
    browser::{self, Page},
    client::publish,
    server::Server,
};
use headless_chrome::protocol::cdp::Emulation::{MediaFeature, SetEmulatedMedia};

const STRIP: &str = "[...document.querySelectorAll('#strip img')].map((image) => image.src)";
const STANDS_STILL: &str = "document.querySelectorAll('#wall > *').length === 1";

fn start() -> Server {
    Server::start(&["--publish-rate", "0"])
}

#[test]
fn the_last_dozen_pictures_stand_in_a_strip_the_newest_first() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    let page = Page::open(&browser, server.address);
    page.wait_until(LIVE);
    let mut urls: Vec<String> = (0..14)
        .map(|number| publish(server.address, &format!("word{number}")).json()["url"].to_string())
        .collect();
    page.wait_until(&is_keyword("word13"));
    page.wait_until(&shows(12));
    urls.reverse();
    let strip = page.evaluate(&format!("JSON.stringify({STRIP})"));
    let strip: Vec<String> = serde_json::from_str(strip.as_str().unwrap()).unwrap();
    for (shown, url) in strip.iter().zip(&urls) {
        assert!(shown.ends_with(url.trim_matches('"')), "{shown} {url}");
    }
}

#[test]
fn a_click_on_the_strip_shows_the_picture_again_in_this_page_alone() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    let pages = [(); 2].map(|()| Page::open(&browser, server.address));
    for page in &pages {
        page.wait_until(LIVE);
    }
    for keyword in ["ocean", "city"] {
        publish(server.address, keyword);
        for page in &pages {
            page.wait_until(&is_keyword(keyword));
        }
    }
    let shown = pages[1].evaluate(SHOWN);
    pages[0]
        .tab
        .wait_for_element("#strip button:last-child")
        .unwrap()
        .click()
        .unwrap();
    pages[0].wait_until(&is_keyword("ocean"));
    pages[0]
        .wait_until("document.querySelector('#strip button:last-child').ariaCurrent === 'true'");
    assert_eq!(pages[1].evaluate(SHOWN), shown);
    publish(server.address, "forest");
    for page in &pages {
        page.wait_until(&is_keyword("forest"));
    }
}

#[test]
fn the_keyboard_does_all_that_the_mouse_does() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    let page = Page::open(&browser, server.address);
    page.wait_until("document.activeElement.id === 'keyword'");
    for keyword in ["fjord", "forest"] {
        page.tab.send_character(keyword).unwrap();
        page.tab.press_key("Enter").unwrap();
        page.wait_until(&is_keyword(keyword));
        page.wait_until("document.querySelector('#keyword').value === ''");
    }
    assert_eq!(
        page.evaluate("document.fullscreenElement"),
        serde_json::Value::Null
    );
    page.wait_until(&shows(2));
    for place in ["first", "last"] {
        page.tab.press_key("Tab").unwrap();
        page.wait_until(&format!(
            "document.activeElement === document.querySelector('#strip button:{place}-child')"
        ));
        // The outline is the browser's own mark of the focus, not the solid outline of the picture that hangs.
        page.wait_until("getComputedStyle(document.activeElement).outlineStyle === 'auto'");
    }
    page.tab.press_key("Enter").unwrap();
    page.wait_until(&is_keyword("fjord"));
    page.tab.press_key("f").unwrap();
    page.wait_until("document.fullscreenElement === document.body");
    page.tab.press_key("f").unwrap();
    page.wait_until("document.fullscreenElement === null");
}

#[test]
fn the_frame_says_that_nothing_hangs_only_while_nothing_comes() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    let page = Page::blank(&browser, true);
    page.prepare("Image.prototype.decode = () => new Promise(() => {})");
    page.go(&format!("http://{}/", server.address));
    page.wait_until(LIVE);
    page.wait_until("document.querySelector('section h1').checkVisibility()");
    let kiosk = "document.body.classList.toggle('kiosk') && document.querySelector('section h1').checkVisibility()";
    assert_eq!(page.evaluate(kiosk), false);
    page.evaluate("document.body.classList.toggle('kiosk')");
    publish(server.address, "ocean");
    page.wait_until(&shows(1));
    page.wait_until("!document.querySelector('section h1').checkVisibility()");
}

#[test]
fn a_picture_that_failed_is_tried_again_by_a_visible_page_alone() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    let page = Page::blank(&browser, true);
    page.prepare(
        "let tried = 0; Image.prototype.decode = async () => { tried++; throw new Error(); }",
    );
    page.go(&format!("http://{}/", server.address));
    publish(server.address, "ocean");
    page.wait_until("tried === 1");
    page.wait_until("document.querySelector('#words').textContent.includes('ocean')");
    let turn = |hidden| {
        page.evaluate(&format!(
            "Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }}); \
             dispatchEvent(new Event('visibilitychange')); tried"
        ))
    };
    assert_eq!([turn(true), turn(false)], [1, 2]);
}

#[test]
fn a_button_fills_the_screen() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    let page = Page::open(&browser, server.address);
    page.tab.wait_for_element("#fill").unwrap().click().unwrap();
    page.wait_until("document.fullscreenElement === document.body");
}

#[test]
fn a_kiosk_shows_the_picture_and_its_credit_and_the_keyword_for_a_moment() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    publish(server.address, "ocean");
    let page = Page::blank(&browser, true);
    page.prepare(
        "const locks = []; Object.defineProperty(navigator, 'wakeLock', { value: { request: async (type) => locks.push(type) } });",
    );
    page.go(&format!("http://{}/?kiosk", server.address));
    page.wait_until(&is_keyword("ocean"));
    let visible = "['#wall img', '#label', '#status', '#keyword', '#strip', '#fill'] \
        .filter((part) => document.querySelector(part).checkVisibility()).join()";
    assert_eq!(page.evaluate(visible), "#wall img,#label");
    page.wait_until("document.querySelector('#caption').innerText === 'ocean'");
    assert_eq!(page.evaluate("locks.join()"), "screen");
    page.screenshot("kiosk.png");
    page.wait_until("getComputedStyle(document.querySelector('#caption span')).opacity === '0'");
    publish(server.address, "night");
    page.wait_until("document.querySelector('#caption').innerText === 'night'");
    page.wait_until("getComputedStyle(document.querySelector('#caption span')).opacity === '1'");
}

#[test]
fn pictures_fade_over_each_other_unless_the_visitor_prefers_reduced_motion() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    let page = Page::open(&browser, server.address);
    let duration = "Number.parseFloat(getComputedStyle(document.querySelector('#wall img')).animationDuration)";
    publish(server.address, "moving");
    page.wait_until(&is_keyword("moving"));
    assert!(page.evaluate(duration).as_f64().unwrap() > 0.5);
    page.wait_until(STANDS_STILL);
    let stillness = MediaFeature {
        name: "prefers-reduced-motion".into(),
        value: "reduce".into(),
    };
    let media = SetEmulatedMedia {
        media: None,
        features: Some(vec![stillness]),
    };
    page.tab.call_method(media).unwrap();
    publish(server.address, "still");
    page.wait_until(&is_keyword("still"));
    assert!(page.evaluate(duration).as_f64().unwrap() < 0.01);
    page.wait_until(STANDS_STILL);
}

#[test]
fn why_a_word_was_refused_is_told_with_a_countdown() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&["--publish-rate", "4"]);
    let page = Page::open(&browser, server.address);
    page.publish("one");
    page.wait_until(&is_keyword("one"));
    page.publish("two");
    page.wait_until("document.querySelector('#words').textContent === 'Too many look-ups.'");
    let clock = "/Try again in ([0-9]+) s/.exec(document.querySelector('#clock').textContent)?.[1]";
    let first: u32 = page.evaluate(clock).as_str().unwrap().parse().unwrap();
    page.wait_until(&format!("{clock} < {first}"));
    page.screenshot("countdown.png");
}

#[test]
fn a_screen_reader_hears_pictures_and_answers_but_no_ticking() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    let page = Page::open(&browser, server.address);
    page.publish("ocean");
    page.wait_until(&is_keyword("ocean"));
    for (part, live) in [
        ("#label", true),
        ("#words", true),
        ("#clock", false),
        ("#status", false),
    ] {
        let heard = format!(
            "!!document.querySelector('{part}').closest('[aria-live=polite], [role=status]')"
        );
        assert_eq!(page.evaluate(&heard), live, "{part}");
    }
    let described = "document.querySelector('#wall img').alt === document.querySelector('#label h1').textContent";
    assert_eq!(page.evaluate(described), true);
}

/// Replaces the page's clock and its interval timers, for a test to move.
const CLOCK: &str = "
    let minutes = 0;
    const each = [];
    Date.now = () => minutes * 60_000;
    window.setInterval = (act, pause) => pause === 60_000 && each.push(act);
    const pass = () => {
        minutes++;
        each.forEach((act) => act());
        const { left, top } = document.querySelector('#label').getBoundingClientRect();
        return [left, top];
    };
";

#[test]
fn a_kiosks_label_moves_some_pixels_a_minute_and_stays_on_the_screen() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    publish(server.address, "ocean");
    let page = Page::blank(&browser, true);
    page.prepare(CLOCK);
    page.go(&format!("http://{}/?kiosk", server.address));
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
