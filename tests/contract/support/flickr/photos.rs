//! Photos that do not exist: a keyword gets the same photos each time, and another keyword gets others.

use super::Asked;
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Name of the extra, suffix of Flickr's file, width.
const SIZES: [(&str, &str, u32); 4] = [
    ("url_m", "", 500),
    ("url_z", "_z", 640),
    ("url_c", "_c", 800),
    ("url_l", "_b", 1024),
];

/// The answer to a search for `keyword`: as many photos as the question wants, with the extras that it wants.
pub fn search(asked: &Asked, keyword: &str, images: Option<&str>) -> Value {
    let count: u64 = asked
        .parameter("per_page")
        .and_then(|count| count.parse().ok())
        .unwrap_or(100);
    let photos: Vec<Value> = (0..count.min(500))
        .map(|index| photo(asked, keyword, index, images))
        .collect();
    let photos =
        json!({"page": 1, "pages": 100, "perpage": count, "total": count * 100, "photo": photos});
    json!({"photos": photos, "stat": "ok"})
}

/// The answer with this text as title and owner of each photo.
pub fn with_texts(found: &Value, text: &str) -> Value {
    let mut found = found.clone();
    for photo in found["photos"]["photo"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        for name in ["title", "ownername"] {
            photo[name] = json!(text);
        }
    }
    found
}

fn photo(asked: &Asked, keyword: &str, index: u64, images: Option<&str>) -> Value {
    let seed = hash(&(keyword, index));
    let id = (30_000_000_000 + seed % 25_000_000_000).to_string();
    let secret = format!("{:010x}", seed >> 24);
    let title = format!(
        "{} {}",
        keyword.chars().take(60).collect::<String>(),
        index + 1
    );
    let mut photo = json!({
        "id": id, "owner": "00000001@N00", "secret": secret, "server": "65535", "farm": 66,
        "title": title, "ispublic": 1, "isfriend": 0, "isfamily": 0,
    });
    let alias = index.is_multiple_of(2).then_some("villagechurches");
    let mut fields = vec![
        (
            "license",
            "license".to_owned(),
            json!((index % 17).to_string()),
        ),
        (
            "owner_name",
            "ownername".to_owned(),
            json!("Village Churches"),
        ),
        ("path_alias", "pathalias".to_owned(), json!(alias)),
    ];
    let small = index % 4 == 3;
    for (extra, file, width) in SIZES.into_iter().filter(|size| !small || size.0 != "url_l") {
        let url = match images {
            Some(origin) => format!("{origin}/photos/{id}{}.svg?w={width}", shape(keyword)),
            None => format!("https://live.staticflickr.com/65535/{id}_{secret}{file}.jpg"),
        };
        fields.push((extra, extra.to_owned(), json!(url)));
        fields.push((extra, extra.replace("url", "width"), json!(width)));
        fields.push((extra, extra.replace("url", "height"), json!(width * 3 / 4)));
    }
    for (_, name, value) in fields.into_iter().filter(|field| wants(asked, field.0)) {
        photo[name] = value;
    }
    photo
}

fn wants(asked: &Asked, extra: &str) -> bool {
    asked
        .parameter("extras")
        .unwrap_or_default()
        .split(',')
        .any(|wanted| wanted == extra)
}

/// The end of a photo's name that says its shape, which the keyword's first word chooses.
fn shape(keyword: &str) -> &'static str {
    match keyword.split(' ').next() {
        Some("upright") => "-1024x1536",
        Some("wide") => "-1600x1000",
        Some("small") => "-320x240",
        _ => "",
    }
}

/// A picture in two colours, which depend on `id`, of the size that the end of `id` says.
pub fn svg(id: &str) -> String {
    let hue = hash(&id) % 360;
    let size = id
        .split_once('-')
        .and_then(|(_, size)| size.split_once('x'));
    let (width, height) = size.unwrap_or(("640", "480"));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 640 480\" \
         preserveAspectRatio=\"none\"><rect width=\"640\" height=\"480\" fill=\"hsl({hue} 60% 45%)\"/>\
         <circle cx=\"320\" cy=\"240\" r=\"120\" fill=\"hsl({} 70% 70%)\"/></svg>",
        (hue + 120) % 360
    )
}

/// A hash that is the same in every run: a `DefaultHasher::new` has fixed keys.
fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
