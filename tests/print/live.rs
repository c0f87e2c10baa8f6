//! Pages printed now, by the browser that is installed, each as far as its own words allow.

use crate::browser::printed;
use crate::judged::{good, rank};

/// A page, the level that it reaches at least, and whether it may reach more.
const PAGES: [(&str, usize, usize); 13] = [
    ("article", 3, 3),
    ("plain", 3, 3),
    ("rtl", 3, 3),
    ("pictures", 3, 3),
    ("posts", 3, 3),
    ("table", 3, 3),
    ("layers", 3, 3),
    ("damaged", 3, 3),
    // Pictures without a word for them, headings in no order: the page says no more.
    ("without_alt", 2, 2),
    ("wordpress", 2, 2),
    ("extremes", 2, 2),
    // Icons in the Private Use Area; without the font they are drawn as boxes.
    ("hostile", 1, 2),
    // Nothing at all has no structure.
    ("empty", 1, 3),
];

#[tokio::test]
async fn pages_reach_the_level_that_they_can() {
    let paths: Vec<String> = PAGES.iter().map(|(name, ..)| format!("/{name}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let Some(prints) = printed(&paths).await else {
        return;
    };
    for ((name, least, most), raw) in PAGES.into_iter().zip(prints) {
        let reached = rank(good(name, &raw).levels);
        assert!(
            (least..=most).contains(&reached),
            "{name} reached {reached}"
        );
    }
}
