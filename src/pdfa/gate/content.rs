//! What the content of pages does: which operators it uses, which glyphs it shows, which marked content it paints.
//!
//! Pages, form XObjects, tiling patterns, Type 3 glyphs and appearances of annotations are read, each once for each
//! way in which it can be tagged.

mod glyphs;
mod grammar;
mod walk;

use std::collections::{HashMap, HashSet};

use lopdf::{Dictionary, Object, ObjectId};

pub use glyphs::Codes;

use super::structure::Structure;
use super::subject::{Stop, Subject, dictionary};
use super::violation::Fault;
use walk::{Inherited, Walk};

/// Faults of one kind that are told of one file; more say nothing new.
const MAX_FAULTS: usize = 100;
/// Fonts in one file.
const MAX_FONTS: usize = 20_000;

/// A font by the object that holds it, or by the dictionary that names it when it is written there.
pub type FontId = (Option<ObjectId>, usize);

/// A font that text is shown in.
pub struct ShownFont<'d> {
    pub dict: &'d Dictionary,
    pub id: Option<ObjectId>,
    /// The two-byte codes shown visibly; other fonts than composite ones have none.
    pub codes: Codes,
}

/// What all content came to.
pub struct Content<'d> {
    pub fonts: HashMap<FontId, ShownFont<'d>>,
    pub faults: Vec<(Option<ObjectId>, Fault)>,
    /// The page or form, and the MCID, of each marked content that was read where content must be tagged.
    pub marked: HashSet<(ObjectId, i64)>,
    /// Streams that were read, with the standing of what surrounds them.
    seen: HashSet<(ObjectId, u8)>,
}

/// Reads all content; `structure` where content must be tagged.
pub fn read<'d>(
    subject: &'d Subject<'_>,
    structure: Option<&Structure<'d>>,
) -> Result<Content<'d>, Stop> {
    let mut content = Content {
        fonts: HashMap::new(),
        faults: Vec::new(),
        marked: HashSet::new(),
        seen: HashSet::new(),
    };
    for page in subject.pages() {
        let key = subject.integer(page.dict, b"StructParents");
        let mut walk = Walk::new(
            subject,
            structure,
            &mut content,
            page.resources,
            key,
            page.id,
        );
        if let Ok(contents) = page.dict.get(b"Contents") {
            walk.page(contents)?;
        }
        for annotation in subject.array(page.dict, b"Annots").unwrap_or_default() {
            let Some(appearances) = subject
                .resolve(annotation)
                .and_then(dictionary)
                .and_then(|a| subject.dict(a, b"AP"))
            else {
                continue;
            };
            for (_, appearance) in appearances {
                // An annotation is tagged as a whole, by its own rules (ISO 14289-1, 7.18).
                let mut walk =
                    Walk::new(subject, None, &mut content, page.resources, None, page.id);
                match subject.resolve(appearance) {
                    Some(Object::Stream(_)) => walk.form(appearance, Inherited::Nothing, 0)?,
                    Some(Object::Dictionary(states)) => {
                        for (_, state) in states {
                            walk.form(state, Inherited::Nothing, 0)?;
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(content)
}

impl<'d> Content<'d> {
    fn fault(&mut self, object: Option<ObjectId>, fault: Fault) {
        let alike = |f: &Fault| std::mem::discriminant(f) == std::mem::discriminant(&fault);
        if self.faults.iter().filter(|(_, f)| alike(f)).count() < MAX_FAULTS
            && !self.faults.iter().any(|(o, f)| *o == object && *f == fault)
        {
            self.faults.push((object, fault));
        }
    }

    fn font(&mut self, id: FontId, dict: &'d Dictionary) -> Result<&mut ShownFont<'d>, Stop> {
        if self.fonts.len() >= MAX_FONTS && !self.fonts.contains_key(&id) {
            return Err(Stop::TooMuch("over 20,000 fonts"));
        }
        Ok(self.fonts.entry(id).or_insert_with(|| ShownFont {
            dict,
            id: id.0,
            codes: Codes::default(),
        }))
    }
}
