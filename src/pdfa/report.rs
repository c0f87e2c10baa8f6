//! Reports, letters and protocols: a head with facts, then chapters of blocks. The same pages, structure and fonts as
//! posts.pdf.

use chrono::{DateTime, Utc};

use super::compose::{ACCENT, Begins, COLUMN, Composer, INK, Item, LEFT, MUTED, run, style};
use super::cover::frame;
use super::fonts::Face;
use super::parts::typeset;
use super::source::{PartOf, Running, Section, Source};
use super::tags::{Element, Tag};
use super::xmp::{Metadata, one_line};
use super::{Error, Options, Part, Typeset};
use crate::calendar::local_time;
use crate::record::{Block, Software};

/// Letters of a word that the column of facts holds in its usual size.
const LONG_WORD: usize = 48;

/// A document of our own making: a report, a letter, a protocol.
#[derive(Debug, Clone)]
pub struct Report {
    pub organisation: String,
    /// The committee (nämnd) that is the arkivbildare; empty where there is none.
    pub committee: String,
    pub title: String,
    /// What kind of document it is, below its title.
    pub kind: String,
    pub made: DateTime<Utc>,
    pub software: Software,
    /// Labels with what they stand for.
    pub facts: Vec<(String, String)>,
    pub chapters: Vec<Chapter>,
}

#[derive(Debug, Clone, Default)]
pub struct Chapter {
    /// Never empty: it is what the chapter is found by.
    pub heading: String,
    /// `Block::Medium` is left out: reports have no media.
    pub body: Vec<Block>,
}

/// Typesets a report as one or more PDF/A files and hands each on as soon as it is written.
///
/// # Errors
/// A part that cannot be written or handed on.
pub fn typeset_report(
    report: &Report,
    options: &Options,
    emit: &mut dyn FnMut(Part) -> std::io::Result<()>,
) -> Result<Typeset, Error> {
    let no_pictures = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    typeset(report, options, no_pictures, emit)
}

impl Report {
    fn owner(&self, between: &str) -> String {
        let names = [self.organisation.as_str(), self.committee.as_str()];
        let names: Vec<&str> = names.into_iter().filter(|n| !n.is_empty()).collect();
        names.join(between)
    }
}

impl Source for Report {
    fn running(&self) -> Running {
        let made = local_time(self.made).replace(' ', "\u{a0}");
        Running {
            owner: self.owner(" · "),
            title: self.title.clone(),
            foot: format!("Upprättad {made}"),
            restricted: None,
            cover_alone: false,
        }
    }

    fn metadata(&self, part: PartOf) -> Metadata {
        let mut title = self.title.clone();
        if part.of > 1 {
            title.push_str(&format!(" (del {} av {})", part.part, part.of));
        }
        let tool = format!("{} {}", self.software.name, self.software.version);
        Metadata {
            title: one_line(&title),
            author: one_line(&self.owner(", ")),
            subject: one_line(&self.kind),
            creator_tool: one_line(&tool),
            producer: one_line(&format!("{tool} (printpdf, lopdf)")),
            created: self.made,
            language: "sv-SE".to_owned(),
            levels: part.levels,
        }
    }

    fn cover(&self, part: PartOf, composer: &mut Composer<'_>) -> Result<(), Error> {
        if !self.organisation.is_empty() {
            composer.letterhead(&self.organisation, &self.committee);
        }
        let frame = frame(10.0);
        let mut set = frame.setting(Tag::Heading(1), 22.0);
        set.leading = 27.0;
        set.keep = true;
        let big = style(Face::Bold, 20.0, INK);
        composer.paragraph(&[run(self.title.as_str(), &big)], &set);
        let mut set = frame.setting(Tag::Paragraph, 3.0);
        set.leading = 18.0;
        let kind = style(Face::Regular, 12.5, MUTED);
        composer.paragraph(&[run(self.kind.as_str(), &kind)], &set);
        composer.space(12.0, &frame.bands, false);
        let plain = style(Face::Regular, 9.6, INK);
        let outer = composer.open(Tag::Table);
        let small = style(Face::Regular, 8.0, INK);
        for (label, value) in &self.facts {
            // A digest stands on one line.
            let long = value
                .split_whitespace()
                .any(|w| w.chars().count() > LONG_WORD);
            let look = if long { &small } else { &plain };
            composer.fact(label, &[run(value.as_str(), look)]);
        }
        if part.of > 1 {
            let which = format!("Del {} av {}", part.part, part.of);
            composer.fact("Del", &[run(which, &plain)]);
        }
        let made = format!(
            "Framställd av {} {} som {}. Tider anges i svensk tid.",
            self.software.name,
            self.software.version,
            part.levels_in_words()
        );
        composer.fact("Framställning", &[run(made, &plain)]);
        composer.within = outer;
        Ok(())
    }

    fn count(&self) -> usize {
        self.chapters.len()
    }

    fn section(&self, place: usize) -> Section<'_> {
        self.chapters
            .get(place)
            .map_or(Section::Nothing, Section::Chapter)
    }

    fn listed(&self) -> usize {
        self.chapters.len()
    }
}

impl Composer<'_> {
    /// Whose document it is, above a rule.
    pub fn letterhead(&mut self, organisation: &str, committee: &str) {
        let frame = frame(10.0);
        self.space(8.0, &frame.bands, true);
        let mut set = frame.setting(Tag::Paragraph, 0.0);
        set.leading = 17.0;
        set.keep = true;
        let strong = style(Face::Bold, 12.5, ACCENT);
        self.paragraph(&[run(organisation, &strong)], &set);
        set.leading = 15.0;
        let plain = style(Face::Regular, 11.0, MUTED);
        self.paragraph(&[run(committee, &plain)], &set);
        self.rule(LEFT, COLUMN, 2.0, ACCENT, 12.0);
    }

    pub fn chapter(mut self, chapter: &Chapter) -> Result<Vec<Item>, Error> {
        self.within = Element::within(&self.within, Tag::Section);
        let frame = frame(10.0);
        let mut set = frame.setting(Tag::Heading(2), 22.0);
        set.keep = true;
        set.leading = 18.0;
        let bold = style(Face::Bold, 13.0, INK);
        self.paragraph(&[run(chapter.heading.as_str(), &bold)], &set);
        if let Some(first) = self.items.first_mut() {
            first.begins = Some(Begins::Chapter);
        }
        self.blocks(&chapter.body, &frame, 3, &mut |_, _, _| Ok(()))?;
        if let Some(last) = self.items.last_mut() {
            last.keep = false;
        }
        Ok(self.items)
    }
}
