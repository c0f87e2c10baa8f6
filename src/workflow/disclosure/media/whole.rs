//! Files that are handed out as they are: nothing in them is masked, and nothing of them is drawn anew.

use std::io::Read as _;

use super::{Handed, LeftOut, Media, Stands, named};
use crate::pdfa::{self, page_count};
use crate::record::MediumKind;
use crate::workflow::disclosure::chosen::Chosen;
use crate::workflow::disclosure::order::Form;
use crate::workflow::{Archive, Error, HeldFile};

/// How many pages of a file are paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::workflow::disclosure) enum Pages {
    Known(usize),
    /// It has pages, and a person counts them.
    ByHand,
    /// It has none: a film, a sound.
    None,
}

/// Bytes at the beginning of a PDF that its mark stands in (ISO 32000-1, annex H.3.4.1).
const HEAD: u64 = 1024;

impl Media<'_> {
    /// Hands a file out as it is; gives its name, or what is told of it where that may not be or the form does not hold it.
    pub(super) fn whole(
        &mut self,
        chosen: &Chosen,
        kind: MediumKind,
        held: &HeldFile,
    ) -> Result<Result<String, LeftOut>, Error> {
        let record = chosen.handling.record();
        let name = named(kind);
        let left = |technical: bool, why: &str| LeftOut {
            record,
            why: format!("{name} {why}"),
            technical,
        };
        // Who goes through attachments goes through films, sounds and documents: a picture has masks of its own.
        let gone_through = self.order.attachments && kind != MediumKind::Picture;
        if chosen.masker.masks_anything() && !gone_through {
            let why = "lämnas inte ut: uppgifter i handlingen är maskerade, och i filen kan de inte maskeras.";
            return Ok(Err(left(false, why)));
        }
        let pages = pages(self.archive, held)?;
        match (self.order.form, pages) {
            (Form::Paper, Pages::None) => {
                let why = match kind {
                    MediumKind::Document => "kan inte skrivas ut härifrån.",
                    _ => "kan inte skrivas ut på papper.",
                };
                return Ok(Err(left(
                    true,
                    &format!("{why} {}", otherwise(Form::Paper)),
                )));
            }
            (Form::OnTheSpot, _) => return Ok(Err(left(true, "visas för sig."))),
            (Form::Paper | Form::Digital, _) => {}
        }
        self.count += 1;
        let ending = ending(&held.path);
        let name = format!("bilagor/{:04}_{}{ending}", self.number, self.count);
        self.handed.push(Handed::Whole {
            record,
            name: name.clone(),
            held: held.clone(),
            pages,
        });
        Ok(Ok(name))
    }

    /// A picture that cannot be drawn: the file, where it may be handed out.
    pub(super) fn undrawn(
        &mut self,
        chosen: &Chosen,
        held: &HeldFile,
        why: &str,
    ) -> Result<Stands, Error> {
        let told = match self.whole(chosen, MediumKind::Picture, held)? {
            Ok(name) => format!(
                "[Bilden kan inte visas här: {why}. Den lämnas ut som den är, i filen {name}.]"
            ),
            Err(left) if left.technical => {
                let why = format!(
                    "Bilden kan inte visas i den här formen: {why}. {}",
                    otherwise(self.order.form)
                );
                self.not(LeftOut { why, ..left })
            }
            Err(left) => {
                let why = format!(
                    "Bilden lämnas inte ut: uppgifter i handlingen är maskerade, och i den kan de inte maskeras ({why})."
                );
                self.not(LeftOut { why, ..left })
            }
        };
        Ok(Stands::Words(told))
    }

    /// What is told of a picture that moves, or has more pages than the first.
    pub(super) fn other_frames(
        &mut self,
        chosen: &Chosen,
        held: &HeldFile,
    ) -> Result<String, Error> {
        const MORE: &str = "Filen har fler bilder än den första";
        Ok(match self.whole(chosen, MediumKind::Picture, held)? {
            Ok(name) => format!("[{MORE}, som visas här. Hela filen är {name}.]"),
            Err(left) => {
                let why = match left.technical {
                    true => format!("{MORE}, som visas här. {}", otherwise(self.order.form)),
                    false => format!("{MORE}. Bara den första lämnas ut."),
                };
                self.not(LeftOut { why, ..left })
            }
        })
    }
}

/// How a file is had that the form does not hold.
fn otherwise(form: Form) -> &'static str {
    match form {
        Form::OnTheSpot => "Filen visas för sig.",
        Form::Paper | Form::Digital => "Filen visas på stället eller lämnas digitalt.",
    }
}

fn pages(archive: &Archive, held: &HeldFile) -> Result<Pages, Error> {
    let mut head = Vec::new();
    held.open(archive)?
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(|source| held.failed(archive, source))?;
    if !head.windows(5).any(|w| w == b"%PDF-") {
        return Ok(Pages::None);
    }
    if held.bytes > pdfa::MAX_BYTES {
        return Ok(Pages::ByHand);
    }
    Ok(page_count(&held.read(archive)?).map_or(Pages::ByHand, Pages::Known))
}

/// `.pdf`, where the file in the bag has such an ending.
fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((_, end))
            if (1..=5).contains(&end.len()) && end.chars().all(|c| c.is_ascii_alphanumeric()) =>
        {
            format!(".{}", end.to_ascii_lowercase())
        }
        _ => String::new(),
    }
}
