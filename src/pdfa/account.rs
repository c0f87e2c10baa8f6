//! posts.pdf as the typesetter meets it: an account's cover, its threads, its running heads.

use super::compose::Composer;
use super::parts::typeset;
use super::posts::Posts;
use super::source::{PartOf, Running, Section, Source};
use super::totals::Totals;
use super::xmp::{Metadata, one_line};
use super::{Error, Options, Part, PostsDocument, Threads, Typeset, swedish};
use crate::calendar::local_time;
use crate::record::Reason;

struct Account<'a> {
    doc: &'a Posts<'a>,
    totals: Totals,
}

/// Typesets an account's posts as one or more PDF/A files and hands each on as soon as it is written.
///
/// `load` gives the bytes of a stored file by its path in the bag; it is asked once to measure a picture and
/// once to write it. `emit` takes each part.
///
/// # Errors
/// A picture that cannot be loaded, or that changed meanwhile; a part that cannot be written or handed on.
pub fn typeset_posts(
    doc: &PostsDocument<dyn Threads + '_>,
    options: &Options,
    load: &mut dyn FnMut(&str) -> std::io::Result<Vec<u8>>,
    emit: &mut dyn FnMut(Part) -> std::io::Result<()>,
) -> Result<Typeset, Error> {
    let totals = Totals::of(doc);
    typeset(&Account { doc, totals }, options, load, emit)
}

impl Source for Account<'_> {
    fn running(&self) -> Running {
        let doc = self.doc;
        let taken = local_time(doc.taken).replace(' ', "\u{a0}");
        Running {
            owner: format!("{} · {}", doc.organisation, doc.committee),
            title: doc.account_name.clone(),
            foot: format!("{} {taken}", swedish::taken(doc.reason)),
            restricted: swedish::restricted(doc.kind).map(|(words, _)| words),
            cover_alone: true,
        }
    }

    fn metadata(&self, part: PartOf) -> Metadata {
        let doc = self.doc;
        let mut title = format!(
            "{} – {} {}",
            doc.account_name,
            match doc.reason {
                Reason::Import => "inlämnat material",
                _ => "inlägg och kommentarer, ögonblicksbild",
            },
            local_time(doc.taken)
        );
        if part.of > 1 {
            title.push_str(&format!(" (del {} av {})", part.part, part.of));
        }
        let tool = format!("{} {}", doc.software.name, doc.software.version);
        Metadata {
            title: one_line(&title),
            author: one_line(&format!("{}, {}", doc.organisation, doc.committee)),
            subject: one_line(&format!(
                "{} på {} ({})",
                doc.account_name,
                doc.address,
                swedish::platform(doc.platform)
            )),
            creator_tool: one_line(&tool),
            producer: one_line(&format!("{tool} (printpdf, lopdf)")),
            created: doc.taken,
            language: "sv-SE".to_owned(),
            levels: part.levels,
        }
    }

    fn cover(&self, part: PartOf, composer: &mut Composer<'_>) -> Result<(), Error> {
        composer.account_cover(self.doc, &self.totals, part);
        Ok(())
    }

    fn count(&self) -> usize {
        self.doc.threads.count()
    }

    fn section(&self, place: usize) -> Section<'_> {
        Section::Thread(self.doc.threads.thread(place))
    }

    fn listed(&self) -> usize {
        self.totals.posts
    }
}
