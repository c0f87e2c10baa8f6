//! The cover: whose records these are, when and why they were taken, what is whole and what is missing.

use std::rc::Rc;

use super::compose::{
    Band, COLUMN, Composer, Frame, INK, LEFT, LINK, MUTED, WARNING, WARNING_TINT, run, style,
};
use super::fonts::Face;
use super::paragraph::{Run, Style};
use super::posts::Posts;
use super::source::PartOf;
use super::spans::clickable;
use super::swedish;
use super::table::Row;
use super::tags::{Numbering, Tag};
use super::totals::Totals;
use crate::calendar::local_time;
use crate::record::{CoverageRow, Gap, GapReason, Reason};

/// Gaps named one by one for each reason; the rest are counted.
const NAMED_GAPS: usize = 12;
/// Width of the left column of facts.
const LABELS: f32 = 118.0;

pub fn frame(size: f32) -> Frame {
    Frame {
        x: LEFT,
        measure: COLUMN,
        size,
        bands: Rc::from([]),
    }
}

impl Composer<'_> {
    /// The cover of one part of posts.pdf.
    pub fn account_cover(&mut self, doc: &Posts<'_>, totals: &Totals, part: PartOf) {
        self.title(doc);
        self.facts(doc, totals, part);
        self.coverage(doc);
        self.digests(doc, totals);
    }

    fn title(&mut self, doc: &Posts<'_>) {
        self.letterhead(&doc.organisation, &doc.committee);
        let frame = frame(10.0);
        let mut set = frame.setting(Tag::Heading(1), 34.0);
        set.leading = 34.0;
        set.keep = true;
        let big = style(Face::Bold, 26.0, INK);
        let mut lines = self.lines(&[run(doc.account_name.as_str(), &big)], set.measure);
        if lines.iter().all(|line| line.pieces.is_empty()) {
            // The document's heading is never empty: all others stand below it.
            lines = self.lines(&[run(doc.account.as_str(), &big)], set.measure);
        }
        self.set_lines(lines, &set);
        let imported = doc.reason == Reason::Import;
        let mut set = frame.setting(Tag::Paragraph, 4.0);
        set.leading = 20.0;
        let what = match doc.since {
            _ if imported => "Inlämnade skärmbilder, dokument och sidor",
            None => "Inlägg och kommentarer",
            Some(_) => "Nya och ändrade inlägg och kommentarer",
        };
        self.paragraph(&[run(what, &style(Face::Regular, 14.0, MUTED))], &set);
        set.before = 16.0;
        let taken = local_time(doc.taken).replace(' ', "\u{a0}");
        self.paragraph(
            &[run(
                format!("{} {taken}", swedish::taken(doc.reason)),
                &style(Face::Bold, 12.0, INK),
            )],
            &set,
        );
        if let Some((words, advice)) = swedish::restricted(doc.kind) {
            let inner = Frame {
                measure: COLUMN - 24.0,
                ..frame.inset(
                    12.0,
                    Some(Band {
                        x: LEFT,
                        width: COLUMN,
                        colour: WARNING_TINT,
                        above: false,
                    }),
                )
            };
            self.space(16.0, &frame.bands, true);
            self.pad(0.0, 7.0, &inner.bands, true);
            let mut set = inner.setting(Tag::Paragraph, 0.0);
            set.keep = true;
            self.paragraph(&[run(words, &style(Face::Bold, 11.0, WARNING))], &set);
            set.leading = 13.5;
            self.paragraph(&[run(advice, &style(Face::Regular, 9.3, INK))], &set);
            self.pad(0.0, 8.0, &inner.bands, true);
        }
        self.space(20.0, &frame.bands, false);
    }

    fn facts(&mut self, doc: &Posts<'_>, totals: &Totals, part: PartOf) {
        let outer = self.open(Tag::Table);
        let mut link = Style::new(Face::Regular, 9.6, LINK);
        link.link = clickable(&doc.address);
        if link.link.is_none() {
            link.colour = INK;
        }
        let plain = style(Face::Regular, 9.6, INK);
        let is = |text: &str| vec![run(text, &plain)];
        let arkivbildare = format!("{}, {}", doc.organisation, doc.committee);
        self.fact("Arkivbildare", &is(&arkivbildare));
        let account = format!("{} ({})", doc.account_name, doc.account);
        self.fact("Konto", &is(&account));
        self.fact("Adress", &[run(doc.address.as_str(), &Rc::new(link))]);
        self.fact("Plattform", &is(swedish::platform(doc.platform)));
        self.fact("Anledning", &is(swedish::reason(doc.reason)));
        let scope = match doc.since {
            _ if doc.reason == Reason::Import => "Det som en medarbetare har lämnat in".to_owned(),
            None => "Allt som kontot visade när ögonblicksbilden togs".to_owned(),
            Some(t) => format!(
                "Det som är nytt eller ändrat sedan ögonblicksbilden {}",
                local_time(t).replace(' ', "\u{a0}")
            ),
        };
        self.fact("Omfattning", &is(&scope));
        self.fact("Innehåll", &is(&totals.in_words()));
        if let Some((records, day)) = doc.destroyed {
            let went = match records {
                1 => "En handling".to_owned(),
                n => format!("{n} handlingar"),
            };
            let told = format!(
                "{went} har gallrats ur paketet den {day}, enligt gallringsprotokollet. Paketet ersätter ett tidigare."
            );
            self.fact("Gallring", &is(&told));
        }
        let parts = match part.of {
            2.. => format!("Del {} av {}", part.part, part.of),
            _ => "Hela handlingen (1 del)".to_owned(),
        };
        self.fact("Del", &is(&parts));
        let made = format!(
            "Framställd av {} {} som {}. Tider anges i svensk tid.",
            doc.software.name,
            doc.software.version,
            part.levels_in_words()
        );
        self.fact("Framställning", &is(&made));
        let small = style(Face::Regular, 8.4, INK);
        self.fact(
            match doc.reason {
                Reason::Import => "Mottagandets id",
                _ => "Ögonblicksbildens id",
            },
            &[run(doc.capture.to_string(), &small)],
        );
        self.fact("Arkivpaketets id", &[run(doc.bag.to_string(), &small)]);
        self.within = outer;
    }

    pub fn fact(&mut self, label: &str, value: &[Run]) {
        let muted = style(Face::Regular, 9.6, MUTED);
        let inner = frame(9.6).inset(LABELS, None);
        let set = inner.setting(Tag::Cell, 4.0);
        let outer = self.open(Tag::Row);
        let name = self.lines(&[run(label, &muted)], LABELS - 8.0);
        let lines = self.lines(value, inner.measure);
        let at = self.items.len();
        let head = self.element(Tag::RowHead);
        self.set_lines(lines, &set);
        if let Some(item) = self.items.get_mut(at)
            && let super::compose::Draw::Lines(sets) = &mut item.draw
            && let (Some(mut mark), Some(line)) = (sets.first().cloned(), name.into_iter().next())
        {
            mark.x = LEFT;
            mark.line = line;
            mark.of = head;
            sets.insert(0, mark);
        }
        self.within = outer;
    }

    fn section(&mut self, title: &str) {
        let mut set = frame(10.0).setting(Tag::Heading(2), 24.0);
        set.keep = true;
        set.leading = 18.0;
        self.paragraph(&[run(title, &style(Face::Bold, 13.0, INK))], &set);
    }

    fn coverage(&mut self, doc: &Posts<'_>) {
        self.section("Fullständighet");
        let frame = frame(9.8);
        let plain = style(Face::Regular, 9.8, INK);
        self.paragraph(
            &[run(
                swedish::completeness(&doc.coverage, doc.reason),
                &plain,
            )],
            &frame.setting(Tag::Paragraph, 3.0),
        );
        if doc.coverage.rows.is_empty() {
            return;
        }
        let bold = style(Face::Bold, 9.0, INK);
        let cell = style(Face::Regular, 9.0, INK);
        let (told, got) = match doc.reason {
            Reason::Import => ("Antal", "Finns här"),
            _ => ("Enligt plattformen", "Hämtat"),
        };
        let mut rows = vec![Row {
            header: true,
            cells: ["Vad", told, got, "Läge"]
                .map(|t| vec![run(t, &bold)])
                .into(),
        }];
        rows.extend(doc.coverage.rows.iter().map(|row| {
            let expected = row
                .expected
                .map_or("uppges inte".to_owned(), swedish::number);
            let state = if row.is_complete() {
                "Fullständigt".to_owned()
            } else {
                lacking(row)
            };
            Row {
                header: false,
                cells: [
                    swedish::covered(row.what).to_owned(),
                    expected,
                    swedish::number(row.captured),
                    state,
                ]
                .map(|t| vec![run(t, &cell)])
                .into(),
            }
        }));
        self.table(&rows, &frame, &[1, 2]);
        for row in &doc.coverage.rows {
            self.gaps(row);
        }
    }

    /// What is missing, by reason.
    fn gaps(&mut self, row: &CoverageRow) {
        let mut reasons: Vec<(String, Vec<&Gap>)> = Vec::new();
        // That a look reads only what is newest is told above.
        for gap in row
            .missing
            .iter()
            .filter(|gap| gap.reason != GapReason::NewestOnly)
        {
            let why = swedish::gap(&gap.reason);
            match reasons.iter_mut().find(|(w, _)| *w == why) {
                Some((_, gaps)) => gaps.push(gap),
                None => reasons.push((why, vec![gap])),
            }
        }
        let frame = frame(9.0);
        let inner = frame.inset(12.0, None);
        for (why, gaps) in reasons {
            let mut set = frame.setting(Tag::Paragraph, 8.0);
            set.keep = true;
            let runs = [
                run(
                    format!("{}: ", swedish::covered(row.what)),
                    &style(Face::Bold, 9.0, INK),
                ),
                run(format!("{why}."), &style(Face::Regular, 9.0, INK)),
            ];
            self.paragraph(&runs, &set);
            let mut set = inner.setting(Tag::ItemBody, 1.0);
            set.leading = 12.0;
            let small = style(Face::Regular, 8.2, MUTED);
            let outer = self.open(Tag::List(Numbering::None));
            for gap in gaps.iter().take(NAMED_GAPS) {
                let list = self.open(Tag::Item);
                self.paragraph(&[run(swedish::plain(&gap.what), &small)], &set);
                self.within = list;
            }
            if let Some(more) = gaps.len().checked_sub(NAMED_GAPS).filter(|n| *n > 0) {
                let text = format!(
                    "… och {} till; alla står i filen data/capture.json",
                    swedish::number(more as u64)
                );
                self.open(Tag::Item);
                self.paragraph(&[run(text, &small)], &set);
            }
            self.within = outer;
        }
    }

    fn digests(&mut self, doc: &Posts<'_>, totals: &Totals) {
        if doc.digests.is_empty() {
            return;
        }
        self.section("Kontrollsummor (SHA-256)");
        let frame = frame(8.0);
        let mut set = frame.setting(Tag::Paragraph, 3.0);
        set.leading = 12.0;
        let mut words =
            "Med kontrollsummorna kan var och en pröva att filerna i arkivpaketet är de som togs in.".to_owned();
        if totals.files > 0 {
            words.push_str(" Varje bilds och annan fils kontrollsumma står i data/records.json.");
        }
        self.paragraph(&[run(words, &style(Face::Regular, 9.0, MUTED))], &set);
        let mut set = frame.setting(Tag::Paragraph, 4.0);
        set.leading = 10.8;
        for (file, digest) in &doc.digests {
            set.before = 4.0;
            set.keep = true;
            self.paragraph(&[run(file.as_str(), &style(Face::Regular, 8.2, INK))], &set);
            set.before = 0.0;
            set.keep = false;
            self.paragraph(
                &[run(digest.to_string(), &style(Face::Regular, 7.8, MUTED))],
                &set,
            );
        }
    }
}

fn lacking(row: &CoverageRow) -> String {
    let named = row.missing.len() as u64;
    let counted = row
        .expected
        .map_or(0, |e| e.saturating_sub(row.captured))
        .max(named);
    match row.expected {
        Some(e) if row.captured > e && named == 0 => "Fler än plattformen uppgav".to_owned(),
        _ if row
            .missing
            .iter()
            .any(|g| matches!(g.reason, GapReason::WindowOnly | GapReason::NewestOnly)) =>
        {
            "Endast det senaste".to_owned()
        }
        _ => format!("{} saknas", swedish::number(counted)),
    }
}
