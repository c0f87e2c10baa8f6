//! A mask on a picture stays on that picture, whatever the post gets or loses.

use super::asked::{Asked, Site, pictures};

const SECRET: [u8; 3] = [255, 0, 9];
const HARMLESS: [u8; 3] = [9, 255, 0];
const BLACK: [u8; 3] = [0; 3];
const REGION: &str = "1:0,0,20,20";

fn one_picture() -> Asked {
    Asked::of(|site| Site {
        items: vec![(
            "Hej",
            "Kalle",
            format!("<p>ett</p><img src=\"{site}bild.png\">"),
        )],
        pictures: [("bild.png", SECRET), ("ny.png", HARMLESS)].into(),
    })
}

fn told(done: &serde_json::Value, what: &str) -> usize {
    let remarks = done["remarks"].as_array().unwrap();
    remarks.iter().filter(|r| r["what"] == what).count()
}

/// The post gets another picture before the one that is masked.
fn with_another_first(asked: &Asked) {
    asked.then(|site| {
        let (_, _, body) = &mut site.items[0];
        *body = body.replace("<p>ett</p>", "<p>två</p><img src=\"ny.png\">");
        let base = body.split("<img src=\"").nth(2).unwrap();
        let base = base.split("bild.png").next().unwrap().to_owned();
        *body = body.replace("ny.png", &format!("{base}ny.png"));
    });
    asked.mask(0, &["--words", "två"]).expect(0);
}

#[test]
fn a_whole_picture_stays_out_when_another_comes_before_it() {
    let asked = one_picture();
    asked.mask(0, &["--medium", "1"]).expect(0);
    with_another_first(&asked);
    for more in [&[][..], &["--versions"][..]] {
        let (zip, done) = asked.deliver(&format!("{}.zip", more.len()), more);
        assert_eq!(pictures(&zip), [(HARMLESS, HARMLESS)]);
        assert_eq!(told(&done, "pictures-unmasked"), 1, "{done}");
        assert_eq!(told(&done, "idle"), 0, "{done}");
    }
}

#[test]
fn a_region_stays_on_its_picture_when_another_comes_before_it() {
    let asked = one_picture();
    asked.mask(0, &["--region", REGION]).expect(0);
    with_another_first(&asked);
    let (zip, _) = asked.deliver("a.zip", &["--versions"]);
    assert_eq!(pictures(&zip), [(BLACK, SECRET), (HARMLESS, HARMLESS)]);
}

#[test]
fn the_same_picture_at_another_address_is_masked() {
    let asked = one_picture();
    asked.mask(0, &["--region", REGION]).expect(0);
    asked.then(|site| {
        site.pictures.insert("flyttad.png", SECRET);
        let (_, _, body) = &mut site.items[0];
        *body = body
            .replace("ett", "två")
            .replace("bild.png", "flyttad.png");
    });
    asked.mask(0, &["--words", "två"]).expect(0);
    let (zip, _) = asked.deliver("a.zip", &[]);
    assert_eq!(pictures(&zip), [(BLACK, SECRET)]);
}

#[test]
fn a_picture_that_was_replaced_is_not_handed_out_until_it_is_masked_too() {
    for (address, whole) in [("bild.png", false), ("ny.png", false), ("ny.png", true)] {
        let asked = one_picture();
        asked.then(|site| {
            site.pictures.insert(address, HARMLESS);
            let (_, _, body) = &mut site.items[0];
            *body = body.replace("ett", "två").replace("bild.png", address);
        });
        match whole {
            true => asked.mask(0, &["--medium", "1"]).expect(0),
            false => asked.mask(0, &["--region", REGION]).expect(0),
        };
        let first = match whole {
            true => vec![],
            false => vec![(BLACK, HARMLESS)],
        };
        let (zip, done) = asked.deliver("a.zip", &["--versions"]);
        assert_eq!(pictures(&zip), first, "{address}");
        assert_eq!(told(&done, "left-out"), 1, "{address}: {done}");
        asked.mask(0, &["--region", "2:60,40,20,20"]).expect(0);
        let (zip, done) = asked.deliver("b.zip", &["--versions"]);
        let both = [&[(SECRET, BLACK)][..], &first].concat();
        let mut both = both;
        both.sort_unstable();
        assert_eq!(pictures(&zip), both, "{address}");
        assert_eq!(told(&done, "left-out"), 0, "{address}: {done}");
    }
}

#[test]
fn a_masked_picture_that_another_record_has_too_is_told() {
    let asked = Asked::of(|site| {
        let body = format!("<img src=\"{site}bild.png\">");
        Site {
            items: vec![("Ett", "Kalle", body.clone()), ("Två", "Olle", body)],
            pictures: [("bild.png", SECRET)].into(),
        }
    });
    asked.mask(0, &["--region", REGION]).expect(0);
    asked.release(1);
    asked.refused(&[]);
    let (_, done) = asked.deliver("a.zip", &["--accept-remarks"]);
    assert_eq!(told(&done, "stands-elsewhere"), 1, "{done}");
}
