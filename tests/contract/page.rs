//! The page, in a real Chromium and a real Firefox.

mod alive;
mod app;
pub mod barriers;
mod burst;
mod clock;
mod firefox;
mod frame;
mod glass;
mod kiosk;
mod leaving;
mod looks;
mod picture;
mod readme;
mod restart;
mod speed;
mod tabs;
mod unit;
mod versions;

use crate::support::{
    browser::{self, Page},
    client::publish,
    flickr::FlickrStub,
    server::{Server, program},
};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// The address of the picture that the page shows.
const SHOWN: &str = "document.querySelector('#wall figure:last-child img')?.src ?? ''";

const LIVE: &str = "document.querySelector('#state').textContent === 'live'";
const POLLING: &str = "document.querySelector('#state').textContent === 'delayed'";

/// True if the strip shows `count` pictures.
fn shows(count: usize) -> String {
    format!("document.querySelectorAll('#strip button').length === {count}")
}

fn with_flickr(stub: &FlickrStub) -> Server {
    let mut command = program();
    command
        .env("FLICKR_API_KEY", KEY)
        .args(["--flickr-url", &stub.url()]);
    Server::spawn(command)
}

/// True once the picture of this keyword hangs.
fn is_keyword(keyword: &str) -> String {
    format!("document.querySelector('#caption b')?.textContent === {keyword:?}")
}

#[test]
fn one_page_publishes_and_both_change_and_show_the_keyword() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let pages = [
        Page::open(&browser, server.address),
        Page::open(&browser, server.address),
    ];
    for page in &pages {
        page.wait_until("document.querySelector('#state').textContent === 'live'");
    }
    pages[0].screenshot("empty.png");
    pages[0].tab.activate().unwrap();
    pages[0].publish("sushi");
    for page in pages.iter().rev() {
        page.tab.activate().unwrap();
        page.wait_until(&is_keyword("sushi"));
        page.wait_until("document.title.includes('sushi')");
        page.wait_until("document.querySelectorAll('#wall img').length === 1");
    }
    assert_eq!(pages[0].evaluate(SHOWN), pages[1].evaluate(SHOWN));
    assert!(
        pages[0]
            .evaluate(SHOWN)
            .as_str()
            .unwrap()
            .contains("/gallery/")
    );
    pages[1].screenshot("gallery.png");
    for page in &pages {
        assert_eq!(page.complaints(), [] as [String; 0]);
    }
}

#[test]
fn a_page_that_is_opened_later_shows_the_latest_picture() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    publish(server.address, "first");
    let url = publish(server.address, "ocean").json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = Page::open(&browser, server.address);
    page.wait_until(&is_keyword("ocean"));
    assert!(page.evaluate(SHOWN).as_str().unwrap().ends_with(&url));
}

#[test]
fn a_picture_that_fails_to_load_leaves_the_old_one_and_says_so() {
    let Some(browser) = browser::start() else {
        return;
    };
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let server = with_flickr(&stub);
    let page = Page::open(&browser, server.address);
    page.publish("good");
    page.wait_until(&is_keyword("good"));
    let shown = page.evaluate(SHOWN);
    stub.mode("one");
    publish(server.address, "broken");
    page.wait_until("document.querySelector('#words').textContent.includes('could not be loaded')");
    assert_eq!(page.evaluate(SHOWN), shown);
    page.wait_until(&is_keyword("good"));
    page.screenshot("broken.png");
}

#[test]
fn texts_from_strangers_stay_text() {
    let Some(browser) = browser::start() else {
        return;
    };
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let server = with_flickr(&stub);
    let page = Page::open(&browser, server.address);
    stub.mode("hostile");
    let emoji = "\u{1f363}".repeat(50);
    for hostile in [
        "<img src=x onerror=document.title=1><b>bold</b>",
        "</title><script>document.title=1</script>",
        "\u{202e}gnp.exe \u{5d0}\u{5d1}",
        &emoji,
    ] {
        page.publish(hostile);
        // The server removes bidi controls.
        let keyword = hostile.replace('\u{202e}', "");
        page.wait_until(&is_keyword(&keyword));
        let title = keyword + " – Picture frame";
        assert_eq!(page.evaluate("document.title"), title);
        let texts = "document.querySelectorAll('#label h1, #label p').length === 4 \
            && document.querySelectorAll('#label :is(h1, p) :not(a), script:not([src])').length === 0 \
            && [...document.querySelectorAll('#label :is(h1, p, a)')].every((text) => text.dir === 'auto')";
        assert_eq!(page.evaluate(texts), true);
        let label = page.evaluate("document.querySelector('#label').textContent");
        assert!(
            label
                .as_str()
                .unwrap()
                .contains("<script>document.title=1</script>")
        );
    }
    assert_eq!(page.complaints(), [] as [String; 0]);
    page.screenshot("hostile.png");
}

#[test]
fn a_picture_of_flickr_has_its_credit_and_the_notice_its_terms_ask_for() {
    let Some(browser) = browser::start() else {
        return;
    };
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let server = with_flickr(&stub);
    let page = Page::open(&browser, server.address);
    let picture = publish(server.address, "church").json();
    page.wait_until(&is_keyword("church"));
    let label = page.evaluate("document.querySelector('#label').textContent");
    for part in ["title", "owner", "license"]
        .iter()
        .filter_map(|part| picture[part].as_str())
    {
        assert!(label.as_str().unwrap().contains(part), "{part} in {label}");
    }
    let links =
        page.evaluate("[...document.querySelectorAll('#label a')].map((a) => a.href).join(' ')");
    assert!(
        links
            .as_str()
            .unwrap()
            .contains(picture["page"].as_str().unwrap()),
        "{links}"
    );
    let notice =
        "This product uses the Flickr API but is not endorsed or certified by SmugMug, Inc.";
    assert_eq!(
        page.evaluate("document.querySelector('#notice').textContent"),
        notice
    );
    assert_eq!(
        page.evaluate("document.querySelector('#notice').checkVisibility()"),
        true
    );
    page.screenshot("flickr.png");
}

#[test]
fn errors_are_told_in_words() {
    let Some(browser) = browser::start() else {
        return;
    };
    let stub = FlickrStub::start();
    let server = with_flickr(&stub);
    let page = Page::open(&browser, server.address);
    for (keyword, words) in [
        ("mode:empty", "There is no picture of “mode:empty”."),
        ("mode:http500", "The source cannot be reached"),
        ("mode:http429ra", "Try again in"),
    ] {
        page.publish(keyword);
        page.wait_until(&format!(
            "document.querySelector('#message').textContent.includes({words:?})"
        ));
    }
    page.screenshot("error.png");
}

#[test]
fn the_page_is_reached_by_keyboard_and_its_field_has_a_label() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let page = Page::open(&browser, server.address);
    page.wait_until("document.querySelector('#state').textContent === 'live'");
    assert_eq!(page.evaluate("document.activeElement.id"), "keyword");
    assert!(
        page.evaluate("document.querySelector('#keyword').ariaLabel")
            .is_string()
    );
    page.tab
        .type_str("night")
        .unwrap()
        .press_key("Enter")
        .unwrap();
    page.wait_until(&is_keyword("night"));
}
