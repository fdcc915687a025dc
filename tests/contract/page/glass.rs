//! The glass before the picture: controls that fade, one thread from Enter to the picture, earlier pictures, languages.

use super::{LIVE, SHOWN, is_keyword, shows, with_flickr};
use crate::support::{
    browser::{self, Page},
    client::{get, publish},
    flickr::FlickrStub,
    server::Server,
};
use serde_json::json;

/// Has the six seconds of rest pass in an instant.
const SHORT_REST: &str = "const { setTimeout: after } = window; \
    window.setTimeout = (act, ms, ...values) => after(act, ms === 6000 ? 60 : ms, ...values)";
const OPACITIES: &str = "['#status', '#form', '#strip'] \
    .map((part) => getComputedStyle(document.querySelector(part)).opacity).join()";
const GONE: &str = "0,0,0";
const THERE: &str = "1,1,1";

fn open(browser: &browser::Browser, server: &Server, script: &str) -> Page {
    let page = Page::blank(browser, true);
    page.prepare(script);
    page.go(&format!("http://{}/", server.address));
    page.wait_until(LIVE);
    page
}

fn opacities(page: &Page, wanted: &str) {
    page.wait_until(&format!("{OPACITIES} === {wanted:?}"));
}

#[test]
fn controls_fade_while_nothing_moves_and_come_back_at_a_touch() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    publish(server.address, "ocean");
    let page = open(&browser, &server, SHORT_REST);
    for event in [
        "new PointerEvent('pointermove', { screenX: Math.random() * 1e6 })",
        "new PointerEvent('pointerdown')",
        "new KeyboardEvent('keydown', { key: 'Shift' })",
        "new WheelEvent('wheel')",
    ] {
        opacities(&page, GONE);
        assert_eq!(
            page.evaluate("getComputedStyle(document.body).cursor"),
            "none"
        );
        assert_eq!(
            page.evaluate("document.querySelector('#label').checkVisibility()"),
            true
        );
        let rests = format!("dispatchEvent({event}) && document.body.classList.contains('rests')");
        assert_eq!(page.evaluate(&rests), false, "{event}");
    }
    opacities(&page, GONE);
    // A pointer that rests moves in no direction, although the page moves below it.
    page.evaluate(
        "for (const time of [1, 2]) dispatchEvent(new PointerEvent('pointermove', { screenX: 7 }))",
    );
    opacities(&page, GONE);
    page.evaluate("dispatchEvent(new PointerEvent('pointermove', { screenX: 7 }))");
    assert_eq!(
        page.evaluate("document.body.classList.contains('rests')"),
        true
    );
}

#[test]
fn an_f_in_a_field_that_was_clicked_is_a_letter() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    publish(server.address, "ocean");
    // The rest begins when the test says so: a control that has faded takes no click.
    let rest_by_hand = "const { setTimeout: after } = window; \
        window.setTimeout = (act, ms, ...values) => ms === 6000 ? (window.rest = act, 0) : after(act, ms, ...values)";
    let page = open(&browser, &server, rest_by_hand);
    let field = page.tab.wait_for_element("#keyword").unwrap();
    field.click().unwrap();
    page.evaluate("void rest()");
    opacities(&page, GONE);
    page.tab.press_key("f").unwrap();
    page.wait_until("document.querySelector('#keyword').value === 'f'");
    assert_eq!(page.evaluate("document.fullscreenElement"), json!(null));
}

#[test]
fn controls_stay_while_a_word_is_typed_or_the_keyboard_is_on_them() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    publish(server.address, "ocean");
    let rested = "let rested = 0; const { setTimeout: after } = window; \
        window.setTimeout = (act, ms, ...values) => after(ms === 6000 ? () => { rested++; act(); } : act, ms === 6000 ? 60 : ms, ...values)";
    let page = open(&browser, &server, rested);
    page.wait_until(&shows(1));
    page.tab.type_str("su").unwrap();
    page.evaluate("rested = 0");
    page.wait_until("rested > 2");
    opacities(&page, THERE);
    page.evaluate("document.querySelector('#keyword').value = ''");
    opacities(&page, GONE);
    page.tab.press_key("Tab").unwrap();
    page.evaluate("rested = 0");
    page.wait_until("rested > 2");
    opacities(&page, THERE);
    page.tab.press_key("Escape").unwrap();
    opacities(&page, GONE);
    page.evaluate("document.querySelector('#keyword').focus()");
    page.tab.press_key("f").unwrap();
    page.wait_until("document.fullscreenElement === document.body");
    page.wait_until("document.querySelector('#fill').ariaPressed === 'true'");
    assert_eq!(
        page.evaluate("document.querySelector('#keyword').value"),
        ""
    );
}

/// Counts the requests to publish, and lets no picture of the server load until `load` is called.
const SLOW: &str = "let sent = 0, load; const loaded = new Promise((resolve) => (load = resolve)); \
    const { fetch: ask } = window; window.fetch = (target, ...rest) => { \
      if (target === 'publish') sent++; return ask(target, ...rest); }; \
    const { decode } = Image.prototype; \
    Image.prototype.decode = async function () { await loaded; return decode.call(this); }";

#[test]
fn a_word_is_looked_for_until_its_picture_hangs_and_a_second_enter_publishes_nothing() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let page = open(&browser, &server, SLOW);
    let looking = "document.querySelector('#words').textContent === 'Looking for “sushi” …'";
    page.publish("sushi");
    page.tab.press_key("Enter").unwrap();
    page.wait_until(&shows(1));
    page.wait_until(looking);
    page.publish("sushi");
    page.wait_until("document.querySelector('#keyword').value === 'sushi'");
    assert_eq!(page.evaluate("sent"), 1);
    page.wait_until("document.body.classList.contains('pending')");
    // A line runs under the field: what its clip takes off leaves a part of it.
    let cut = "getComputedStyle(document.querySelector('#field'), '::after').clipPath \
        .match(/[0-9.]+/g).reduce((sum, part) => sum + Number(part), 0)";
    let cut = page.evaluate(cut).as_f64().unwrap();
    assert!((1.0..80.0).contains(&cut), "{cut}");
    page.evaluate("load()");
    page.wait_until(&is_keyword("sushi"));
    page.wait_until("document.querySelector('#words').textContent === ''");
    page.tab.press_key("Enter").unwrap();
    page.wait_until("sent === 2");
}

#[test]
fn an_error_without_a_detail_says_something() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let script = "const { fetch: ask } = window; window.fetch = (target, ...rest) => target === 'publish' \
        ? Promise.resolve(new Response('{\"detail\":\"\"}', { status: 502 })) : ask(target, ...rest)";
    let page = open(&browser, &server, script);
    page.publish("sushi");
    page.wait_until(
        "document.querySelector('#words').textContent === 'The server is out of order (502).'",
    );
}

#[test]
fn the_strip_is_filled_when_the_page_opens_and_its_buttons_have_names() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&["--publish-rate", "0"]);
    for number in 0..14 {
        publish(server.address, &format!("word{number}"));
    }
    let page = open(&browser, &server, "");
    for loaded_anew in [false, true] {
        if loaded_anew {
            page.evaluate("window.isOld = true, location.reload()");
            page.wait_until("!window.isOld");
        }
        page.wait_until(&shows(12));
        page.wait_until(&is_keyword("word13"));
        page.wait_until(LIVE);
    }
    let first = "document.querySelector('#strip button').title";
    let name = page.evaluate(first);
    assert!(name.as_str().unwrap().starts_with("word13: "), "{name}");
    assert_eq!(
        page.evaluate("document.querySelector('#strip img').alt"),
        name
    );
    let scrolls = "(() => { const strip = document.querySelector('#strip'); \
        strip.dispatchEvent(new WheelEvent('wheel', { deltaY: 40 })); return strip.scrollLeft > 0; })()";
    assert_eq!(page.evaluate(scrolls), true);
}

/// Counts the polls for a picture that is not among the last ones.
const OLDER_POLLS: &str = "performance.getEntriesByType('resource') \
    .filter(({ name }) => name.includes('/poll?wait=0&after=')).length";

#[test]
fn an_earlier_picture_says_so_and_escape_or_a_click_leads_back() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&["--publish-rate", "0"]);
    let ids = ["ocean", "city"].map(|keyword| {
        publish(server.address, keyword).json()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    let page = open(&browser, &server, "");
    page.wait_until(&is_keyword("city"));
    let back = "document.querySelector('#back').checkVisibility()";
    for way in ["back", "wall", "Escape"] {
        page.evaluate("document.querySelector('#strip button:last-child').click()");
        page.wait_until(&is_keyword("ocean"));
        page.wait_until(back);
        match way {
            "Escape" => drop(page.tab.press_key(way).unwrap()),
            way => drop(page.evaluate(&format!("document.querySelector('#{way}').click()"))),
        }
        page.wait_until(&is_keyword("city"));
        page.wait_until(&format!("!{back}"));
    }
    assert_eq!(
        page.evaluate("document.querySelector('#label a').search"),
        format!("?id={}", ids[1])
    );
    page.go(&format!("http://{}/?id={}", server.address, ids[0]));
    page.wait_until(&is_keyword("ocean"));
    page.wait_until(back);
    page.wait_until(LIVE);
    page.wait_until(&is_keyword("ocean"));
    // It is among the last pictures, for which the page asks in any case.
    assert_eq!(page.evaluate(OLDER_POLLS), 0);
    for number in 0..12 {
        publish(server.address, &format!("word{number}"));
    }
    page.go(&format!("http://{}/?id={}", server.address, ids[0]));
    page.wait_until(&is_keyword("ocean"));
    assert_eq!(page.evaluate(OLDER_POLLS), 1);
    publish(server.address, "forest");
    page.wait_until(&is_keyword("forest"));
    page.go(&format!("http://{}/?id=1-0", server.address));
    page.wait_until(
        "document.querySelector('#words').textContent === 'That picture is no longer here.'",
    );
    page.wait_until(&is_keyword("forest"));
}

#[test]
fn a_page_whose_first_poll_fails_is_no_empty_wall() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let script = "const { fetch: ask } = window; window.fetch = (target, ...rest) => \
        `${target}`.startsWith('poll') ? Promise.reject(new TypeError('cut off')) : ask(target, ...rest)";
    let page = open(&browser, &server, script);
    page.wait_until(&format!("({SHOWN}).includes('/gallery/')"));
}

#[test]
fn the_page_speaks_the_readers_language() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    for (language, hint, idea) in [
        ("de-CH", "ein Wort eingeben", "Meer"),
        ("fr", "un mot", "océan"),
        ("es-MX", "una palabra", "océano"),
        ("nl", "type a word", "ocean"),
    ] {
        let script = format!(
            "Object.defineProperty(navigator, 'languages', {{ get: () => [{language:?}] }})"
        );
        let page = open_in(&browser, &server, &script);
        page.wait_until(&format!(
            "document.querySelector('#keyword').placeholder === {hint:?}"
        ));
        assert_eq!(
            page.evaluate("document.querySelector('#ideas button').textContent"),
            idea
        );
        let spoken = page.evaluate("document.documentElement.lang");
        let expected = if language == "nl" {
            "en"
        } else {
            &language[..2]
        };
        assert_eq!(spoken, expected);
    }
}

fn open_in(browser: &browser::Browser, server: &Server, script: &str) -> Page {
    let page = Page::blank(browser, true);
    page.prepare(script);
    page.go(&format!("http://{}/", server.address));
    page
}

#[test]
fn titles_that_are_long_end_in_dots_and_names_in_any_script_stand_on_the_left() {
    let Some(browser) = browser::start() else {
        return;
    };
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let server = with_flickr(&stub);
    let page = open(&browser, &server, "");
    stub.mode("hostile");
    publish(server.address, "\u{5e9}\u{5dc}\u{5d5}\u{5dd}");
    page.wait_until(&is_keyword("\u{5e9}\u{5dc}\u{5d5}\u{5dd}"));
    let style = "(({ textAlign, webkitLineClamp }) => `${textAlign} ${webkitLineClamp}`)\
        (getComputedStyle(document.querySelector('#label p')))";
    assert_eq!(page.evaluate(style), "left 2");
    let first = "document.querySelector('#label').innerText.split('\\n')[0]";
    assert_eq!(page.evaluate(first), "\u{5e9}\u{5dc}\u{5d5}\u{5dd}");
}

#[test]
fn a_gallery_picture_names_its_keyword_and_title_and_nothing_else() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let title = publish(server.address, "sushi").json()["title"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = open(&browser, &server, "");
    page.wait_until(&is_keyword("sushi"));
    let label = "document.querySelector('#label').innerText.split('\\n').filter(Boolean).join()";
    assert_eq!(page.evaluate(label), format!("sushi,{title}"));
    // The field still says that it is for the next word.
    let hint = "document.querySelector('#keyword').placeholder";
    assert_eq!(page.evaluate(hint), "type a word");
}

#[test]
fn without_javascript_no_form_is_shown() {
    let server = Server::start(&[]);
    let page = get(server.address, "/");
    assert!(page.text().contains("<form id=\"form\" hidden>"));
    assert!(page.text().contains("<noscript>"));
    assert!(page.text().contains("<button id=\"fill\" hidden"));
    assert!(page.text().contains("enterkeyhint=\"search\""));
}
