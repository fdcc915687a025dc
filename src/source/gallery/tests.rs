//! What holds for every picture of the gallery.

use super::{draw, scene::SCENES, *};

fn find(keyword: &str) -> Vec<Picture> {
    Gallery::new()
        .find(keyword, Instant::now())
        .expect("the gallery never fails")
}

/// Writes a contact sheet of every kind in every palette: `cargo test contact_sheet -- --ignored`.
#[test]
#[ignore = "for the eye: writes a contact sheet into the folder for temporary files"]
fn contact_sheet() {
    let folder = std::env::temp_dir().join("picture-frame-gallery");
    std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    let mut page =
        String::from("<!doctype html><meta charset=\"utf-8\"><title>Contact sheet</title>");
    for scene in &SCENES {
        for mood in 0..scene.palettes.len() as u64 {
            let name = format!(
                "{}-{:016x}.svg",
                scene.slug,
                mood << MOOD_SHIFT | fastrand::u64(..1 << MOOD_SHIFT)
            );
            std::fs::write(folder.join(&name), draw(&name).expect("a name of ours"))
                .expect("a writable folder");
            page.push_str(&format!(
                "<img src=\"{name}\" width=\"480\" height=\"300\">"
            ));
        }
    }
    std::fs::write(folder.join("index.html"), page).expect("a writable folder");
}
