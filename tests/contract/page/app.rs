//! The page as an app: it can be installed and shared, stores nothing, and contacts no other server.

use super::{LIVE, is_keyword};
use crate::support::{
    browser::{self, Page},
    client::{get, publish},
    server::Server,
};
use headless_chrome::protocol::cdp::Page::{GetAppManifest, GetInstallabilityErrors};

#[test]
fn the_page_describes_itself_to_sites_that_show_a_link_to_it() {
    let server = Server::start(&[]);
    let page = get(server.address, "/");
    for said in [
        "<title>Picture frame</title>",
        "property=\"og:title\"",
        "property=\"og:description\"",
        "property=\"og:image\"",
        "name=\"description\"",
        "name=\"theme-color\"",
        "rel=\"icon\"",
        "rel=\"manifest\" href=\"manifest.webmanifest\" crossorigin=\"use-credentials\"",
    ] {
        assert!(page.text().contains(said), "{said}");
    }
}

#[test]
fn the_manifest_names_the_app_and_an_icon_that_is_there() {
    let server = Server::start(&[]);
    let manifest = get(server.address, "/manifest.webmanifest").json();
    for member in ["name", "start_url", "display", "background_color"] {
        assert!(manifest[member].is_string(), "{member}");
    }
    for icon in manifest["icons"].as_array().unwrap() {
        let src = icon["src"].as_str().unwrap();
        let image = get(server.address, &format!("/{src}"));
        assert_eq!(image.status, 200);
        assert_eq!(image.header("content-type"), icon["type"].as_str());
        // Width and height follow the name of the first chunk (PNG, third edition, 11.2.1).
        let side = u32::from_be_bytes(image.body[16..20].try_into().unwrap());
        assert_eq!(image.body[16..20], image.body[20..24]);
        assert_eq!(icon["sizes"], format!("{side}x{side}"));
    }
}

#[test]
fn a_browser_would_install_the_page() {
    let Some(browser) = browser::start_with(&[]) else {
        return;
    };
    let server = Server::start(&[]);
    let page = Page::open(&browser, server.address);
    page.wait_until(LIVE);
    let manifest = page.tab.call_method(GetAppManifest { manifest_id: None });
    let manifest = manifest.unwrap();
    assert!(manifest.url.ends_with("/manifest.webmanifest"));
    assert!(manifest.errors.is_empty(), "{:?}", manifest.errors);
    let errors = page.tab.call_method(GetInstallabilityErrors(None)).unwrap();
    assert!(
        errors.installability_errors.is_empty(),
        "{:?}",
        errors.installability_errors
    );
}

#[test]
fn the_page_stores_nothing_and_contacts_no_other_server() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    let page = Page::open(&browser, server.address);
    page.publish("ocean");
    page.wait_until(&is_keyword("ocean"));
    let kept = "document.cookie + localStorage.length + sessionStorage.length";
    assert_eq!(page.evaluate(kept), "00");
    let asked = "performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin) \
        .filter((origin) => origin !== location.origin).join()";
    assert_eq!(page.evaluate(asked), "");
}

#[test]
fn all_modules_are_asked_for_before_the_first_of_them_can_run_and_the_pictures_beside_the_line() {
    let Some(browser) = browser::start() else {
        return;
    };
    let server = Server::start(&[]);
    publish(server.address, "ocean");
    let page = Page::open(&browser, server.address);
    page.wait_until(&is_keyword("ocean"));
    let late = "(() => { \
        const entries = performance.getEntriesByType('resource').map((entry) => [new URL(entry.name).pathname, entry]); \
        const { '/frame.js': { responseEnd } } = Object.fromEntries(entries); \
        return entries.filter(([name, { startTime }]) => name.endsWith('.js') && startTime > responseEnd) \
          .map(([name]) => name).join(); })()";
    assert_eq!(page.evaluate(late), "");
    let asked =
        page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name).join(' ')");
    let asked = asked.as_str().unwrap();
    let poll = asked.find("/poll?newest=12").expect(asked);
    assert!(
        asked
            .find("/gallery/")
            .is_some_and(|picture| poll < picture),
        "{asked}"
    );
    assert!(asked.matches("/gallery/").count() <= 2, "{asked}");
}
