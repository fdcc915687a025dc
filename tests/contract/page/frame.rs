//! The page as a picture frame: a strip of earlier pictures, full screen, and every control by keyboard.

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
    page.tab.press_key("Tab").unwrap();
    page.wait_until("document.activeElement.id === 'send'");
    for place in ["first", "last"] {
        page.tab.press_key("Tab").unwrap();
        page.wait_until(&format!(
            "document.activeElement === document.querySelector('#strip button:{place}-child')"
        ));
        // A white ring with a dark edge is seen on every picture.
        let ring = "(({ outlineStyle, outlineWidth, boxShadow }) => outlineStyle === 'solid' \
            && outlineWidth === '2px' && boxShadow !== 'none')(getComputedStyle(document.activeElement))";
        page.wait_until(ring);
    }
    page.tab.press_key("Enter").unwrap();
    page.wait_until(&is_keyword("fjord"));
    page.tab.press_key("f").unwrap();
    page.wait_until("document.fullscreenElement === document.body");
    page.tab.press_key("f").unwrap();
    page.wait_until("document.fullscreenElement === null");
}

#[test]
fn a_frame_in_which_no_picture_has_hung_shows_one_of_its_own_and_six_words_to_begin_with() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    let page = Page::open(&browser, server.address);
    page.wait_until(LIVE);
    page.wait_until("document.querySelector('#wall img')?.naturalWidth > 0");
    assert_eq!(
        page.evaluate("document.querySelectorAll('#ideas button').length"),
        6
    );
    assert_eq!(
        page.evaluate("document.querySelector('#label').textContent"),
        ""
    );
    page.tab
        .wait_for_element("#ideas button")
        .unwrap()
        .click()
        .unwrap();
    page.wait_until(&is_keyword("ocean"));
    page.wait_until(&shows(1));
    page.wait_until("!document.querySelector('#invitation, #ideas').checkVisibility()");
    assert_eq!(page.complaints(), [] as [String; 0]);
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
    page.wait_until("document.querySelector('#words').textContent.includes('ocean')");
    page.evaluate("tried = 0");
    let turn = |hidden| {
        page.evaluate(&format!(
            "Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }}); \
             dispatchEvent(new Event('visibilitychange')); tried"
        ))
    };
    assert_eq!([turn(true), turn(false)], [0, 1]);
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
fn pictures_fade_over_each_other_unless_the_visitor_prefers_reduced_motion() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = start();
    let page = Page::open(&browser, server.address);
    let duration = "Number.parseFloat(getComputedStyle(document.querySelector('#wall figure')).animationDuration)";
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
    let server = Server::start(&["--publish-rate", "1"]);
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
    let described = "document.querySelector('#label').textContent.includes(document.querySelector('#wall figure:last-child img').alt)";
    assert_eq!(page.evaluate(described), true);
}
