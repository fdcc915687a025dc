//! The page's looks: it fits every screen, and its pictures and its writing are seen.

use super::{LIVE, is_keyword, shows, with_flickr};
use crate::support::{
    browser::{self, Page},
    client::publish,
    flickr::FlickrStub,
    server::Server,
};

/// Screen sizes, from the smallest phone to a wall.
const SIZES: [(u32, u32); 4] = [(320, 568), (812, 375), (1280, 800), (3840, 2160)];

/// The parts that are out of the window, or cover each other.
const MISPLACED: &str = "(() => { \
    const parts = ['#status', '#label', '#message', '#keyword', '#strip', '#notice'] \
      .map((name) => [name, document.querySelector(name)]) \
      .filter(([, part]) => part.checkVisibility() && part.textContent + part.children.length + part.id !== '0message') \
      .map(([name, part]) => [name, part.getBoundingClientRect()]) \
      .filter(([, { width, height }]) => width * height > 0); \
    const out = parts.filter(([, box]) => \
      box.left < 0 || box.top < 0 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1); \
    const over = parts.flatMap(([name, a], at) => parts.slice(at + 1) \
      .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) \
      .map(([other]) => [name + ' ' + other])); \
    const scrolls = document.documentElement.scrollWidth > innerWidth ? [['scrolls']] : []; \
    return [...out, ...over, ...scrolls].map(([name]) => name).join(); })()";

#[test]
fn the_page_fits_a_phone_and_a_wall_whatever_it_has_to_say() {
    let Some(browser) = browser::start() else {
        return;
    };
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let server = with_flickr(&stub);
    let page = Page::open(&browser, server.address);
    page.wait_until(LIVE);
    for number in 0..12 {
        publish(server.address, &format!("word{number}"));
    }
    stub.mode("large");
    let long = "a".repeat(100);
    publish(server.address, &long);
    page.wait_until(&is_keyword(&long));
    page.wait_until(&shows(12));
    page.publish("mode:http429ra");
    page.wait_until("document.querySelector('#clock').textContent !== ''");
    for (width, height) in SIZES {
        page.resize(width, height);
        page.wait_until(&format!("innerWidth === {width}"));
        assert_eq!(page.evaluate(MISPLACED), "", "{width} × {height}");
        // Writing is read from as far as the screen is seen.
        let share = "Number.parseFloat(getComputedStyle(document.querySelector('#keyword')).fontSize) \
            / Math.min(innerWidth, innerHeight)";
        assert!(
            page.evaluate(share).as_f64().unwrap() >= 0.0169,
            "{width} × {height}"
        );
        page.screenshot(&format!("crowded-{width}x{height}.png"));
    }
}

#[test]
fn the_picture_covers_every_screen_and_its_credit_is_seen() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&["--publish-rate", "0"]);
    let page = Page::open(&browser, server.address);
    page.wait_until(LIVE);
    for keyword in ["snow", "city", "jazz", "forest", "ocean"] {
        publish(server.address, keyword);
        page.wait_until(&is_keyword(keyword));
    }
    page.wait_until("document.querySelectorAll('#wall > *').length === 1");
    for (width, height) in SIZES {
        page.resize(width, height);
        page.wait_until(&format!("innerWidth === {width}"));
        assert_eq!(page.evaluate(MISPLACED), "", "{width} × {height}");
        let covers = "(({ left, top, right, bottom }) => left <= 0 && top <= 0 && right >= innerWidth \
            && bottom >= innerHeight)(document.querySelector('#wall img').getBoundingClientRect())";
        assert_eq!(page.evaluate(covers), true, "{width} × {height}");
        page.screenshot(&format!("{width}x{height}.png"));
    }
}

#[test]
fn white_writing_can_be_read_on_a_white_picture() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let page = Page::open(&browser, server.address);
    // The contrast of white on the glass on white (WCAG 2.2, "contrast ratio").
    let contrast = "(() => { \
        const [red, green, blue, alpha] = getComputedStyle(document.querySelector('#status')).backgroundColor \
          .match(/[0-9.]+/g).map(Number); \
        const channel = (value) => ((value / 255 + 0.055) / 1.055) ** 2.4; \
        const [r, g, b] = [red, green, blue].map((value) => channel(value * alpha + 255 * (1 - alpha))); \
        return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05); })()";
    let contrast = page.evaluate(contrast).as_f64().unwrap();
    assert!(contrast >= 4.5, "{contrast}");
}
