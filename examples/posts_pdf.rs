//! Writes a made-up account's posts.pdf: `cargo run --example posts_pdf -- OUT.pdf`.

#[path = "../tests/pdfa/sample.rs"]
#[allow(dead_code)]
mod sample;

use std::io::{Error, ErrorKind};

use arkivd::pdfa::{Options, check_all, typeset_posts};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = std::env::args().nth(1).unwrap_or("posts.pdf".to_owned());
    let (doc, files) = sample::rich_document();
    let made = typeset_posts(
        &doc,
        &Options::default(),
        &mut |file| {
            files
                .get(file)
                .cloned()
                .ok_or(Error::from(ErrorKind::NotFound))
        },
        &mut |part| {
            let mut violations = Vec::new();
            for (_, found) in check_all(&part.bytes, part.levels).map_err(Error::other)? {
                violations.extend(found);
            }
            println!(
                "{out}: {} pages, {} bytes, {}",
                part.pages,
                part.bytes.len(),
                part.level()
            );
            for violation in violations {
                println!("  {violation}");
            }
            std::fs::write(&out, &part.bytes)
        },
    )?;
    println!(
        "not drawn: {:?}\nsubstituted: {:?}",
        made.pictures_not_drawn, made.substituted
    );
    Ok(())
}
