//! What the requester is sent, in Swedish: the employee's answer, and the decision with how it is appealed. They name
//! records by kind, account and day, and tell nothing of what stands in them; a decision does not name who asked.

use chrono::{DateTime, NaiveDate, Utc};

use super::DisclosureCase;
use super::media::LeftOut;
use super::paper::{LEFT_OUT, on_the_spot};
use super::reason::Reasons;
use crate::calendar::{local_date, long_date};
use crate::catalog::{DisclosureDecision, DisclosureMask, DisclosureRecord};
use crate::pdfa::{Chapter, Report};
use crate::record::{Block, Kind, Software, Span};
use crate::workflow::Surroundings;

/// Rows of a table that the letter prints.
const MOST_ROWS: usize = 1_000;

/// What a decision rests on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided<'a> {
    pub delegate: &'a str,
    pub delegation: &'a str,
    pub day: NaiveDate,
    /// The kammarrätt.
    pub court: &'a str,
}

/// What the letters tell of.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub case: &'a DisclosureCase,
    pub masks: &'a [DisclosureMask],
    pub reasons: &'a Reasons,
    /// Files of what is handed out that are not.
    pub left_out: &'a [LeftOut],
}

/// The employee's answer.
pub(super) fn answer(
    of: Told<'_>,
    to: Option<&str>,
    around: &Surroundings,
    now: DateTime<Utc>,
) -> Report {
    let case = of.case;
    let committee = &case.row.committee;
    let mut facts: Vec<(String, String)> = Vec::new();
    facts.extend(to.map(|name| fact("Till", name)));
    facts.extend(head(case));
    facts.push(fact("Svar den", &long_date(local_date(now))));
    let mut said = vec![text(&format!(
        "Du har begärt att få ta del av allmänna handlingar hos {committee}."
    ))];
    said.extend(outcome(of).iter().map(|line| text(line)));
    let mut chapters = vec![chapter("Svar", said)];
    chapters.extend(refused(of));
    chapters.extend(files(of));
    let court =
        "Ett skriftligt beslut av myndigheten kan överklagas. Det här svaret kan inte överklagas.";
    chapters.push(chapter(
        "Du kan få ett beslut",
        vec![
            text(&format!(
                "Det här är ett svar från den som har hand om handlingarna. Är du inte nöjd med det har du rätt att få \
                 saken prövad av myndigheten, {committee}, som då lämnar ett skriftligt beslut (6 kap. 3 § offentlighets- \
                 och sekretesslagen, 2009:400, OSL)."
            )),
            text(court),
            text(&format!(
                "Hör av dig till {committee} och ange beteckningen {}, så prövas begäran. Du behöver inte tala om vem du \
                 är eller varför du vill ha handlingarna, om det inte krävs för att kunna pröva om sekretess gäller.",
                case.row.designation
            )),
        ],
    ));
    chapters.push(signature(None));
    report(
        case,
        around,
        now,
        "Svar på begäran om att få ut allmänna handlingar",
        "Svar",
        facts,
        chapters,
    )
}

/// The committee's decision.
pub(super) fn decision(
    of: Told<'_>,
    decided: &Decided<'_>,
    around: &Surroundings,
    now: DateTime<Utc>,
) -> Report {
    let case = of.case;
    let committee = &case.row.committee;
    let counts = &case.counts;
    let title = match (counts.withhold, counts.mask, counts.given()) {
        (0, 0, 0) => "Beslut om begäran om att få ut allmänna handlingar",
        (0, ..) => "Beslut att maskera delar av allmänna handlingar",
        (.., 0) => "Beslut att inte lämna ut allmänna handlingar",
        _ => "Beslut att delvis lämna ut allmänna handlingar",
    };
    let mut facts: Vec<(String, String)> = head(case).collect();
    facts.push(fact("Beslut den", &long_date(decided.day)));
    facts.push(fact("Beslutet fattat av", decided.delegate));
    let by = match decided.delegate == committee {
        true => "Protokoll",
        false => "Med stöd av",
    };
    facts.push(fact(by, decided.delegation));
    let mut what = vec![text(&match (counts.given(), case.is_refused()) {
        (0, _) | (_, false) => format!("{committee} avslår begäran."),
        _ => format!("{committee} avslår begäran i de delar som anges nedan."),
    })];
    what.extend(outcome(of).iter().map(|line| text(line)));
    let mut chapters = vec![chapter("Beslut", what)];
    let mut grounds = vec![text(
        "Var och en har rätt att ta del av allmänna handlingar (2 kap. 1 § tryckfrihetsförordningen, TF). Rätten får \
         begränsas bara av hänsyn till vissa intressen, och bara enligt vad som anges i offentlighets- och sekretesslagen \
         (2009:400), OSL (2 kap. 2 § TF). Får en handling inte lämnas ut i sin helhet ska den lämnas ut i de delar som \
         inte är hemliga (2 kap. 15 § TF).",
    )];
    if !case.is_refused() {
        grounds.push(text(&format!(
            "{committee} har sökt efter det som begärts och inte funnit någon sådan allmän handling i förvar hos \
             myndigheten."
        )));
    } else {
        grounds.push(text(
            "De uppgifter som inte lämnas ut omfattas av sekretess enligt de bestämmelser som anges för varje handling.",
        ));
    }
    chapters.push(chapter("Skälen för beslutet", grounds));
    chapters.extend(refused(of));
    chapters.extend(files(of));
    chapters.push(appeal(case, decided, &around.organisation));
    chapters.push(signature(Some(decided.delegate)));
    report(
        case,
        around,
        now,
        title,
        "Beslut som kan överklagas",
        facts,
        chapters,
    )
}

fn report(
    case: &DisclosureCase,
    around: &Surroundings,
    now: DateTime<Utc>,
    title: &str,
    kind: &str,
    facts: Vec<(String, String)>,
    chapters: Vec<Chapter>,
) -> Report {
    Report {
        organisation: around.organisation.clone(),
        committee: case.row.committee.clone(),
        title: title.to_owned(),
        kind: format!("{kind} i ärende {}", case.row.designation),
        made: now,
        software: Software::this(),
        facts,
        chapters,
    }
}

fn head(case: &DisclosureCase) -> impl Iterator<Item = (String, String)> {
    let row = &case.row;
    [
        Some(fact("Begärans beteckning", &row.designation)),
        row.registered.as_ref().map(|dnr| fact("Diarienummer", dnr)),
        Some(fact(
            "Begäran kom in den",
            &long_date(local_date(row.received)),
        )),
        Some(fact("Begäran gäller", &row.scope)),
    ]
    .into_iter()
    .flatten()
}

/// What became of the request, in figures.
fn outcome(of: Told<'_>) -> Vec<String> {
    let counts = &of.case.counts;
    let mut lines = Vec::new();
    let is_part = |r: &&DisclosureRecord| {
        r.decided() == Some(DisclosureDecision::Release)
            && of.left_out.iter().any(|file| file.record == r.record)
    };
    let parts = of.case.records.iter().filter(is_part).count() as u64;
    let whole = counts.release.saturating_sub(parts);
    if whole > 0 {
        lines.push(format!("{} lämnas ut i sin helhet.", handlingar(whole)));
    }
    if parts > 0 {
        lines.push(format!(
            "{} lämnas ut, men inte med alla filer: de anges nedan.",
            handlingar(parts)
        ));
    }
    if counts.mask > 0 {
        lines.push(format!(
            "{} lämnas ut med vissa delar maskerade.",
            handlingar(counts.mask)
        ));
    }
    if !of.case.boxes.is_empty() {
        lines.push(
            "Bilder av sidor så som skärmen visade dem lämnas ut med vissa delar svärtade."
                .to_owned(),
        );
    }
    if counts.withhold > 0 {
        lines.push(format!("{} lämnas inte ut.", handlingar(counts.withhold)));
    }
    if counts.given() + counts.refused() == 0 {
        lines.push(
            "Någon allmän handling som motsvarar begäran har inte hittats hos myndigheten."
                .to_owned(),
        );
    }
    lines
}

fn handlingar(n: u64) -> String {
    match n {
        1 => "1 handling".to_owned(),
        n => format!("{n} handlingar"),
    }
}

/// Each record that is refused, whole or in part, by which provision and why: the reasons without what is masked.
fn refused(of: Told<'_>) -> Option<Chapter> {
    let Told {
        case,
        masks,
        reasons,
        ..
    } = of;
    let refused: Vec<&DisclosureRecord> = case
        .records
        .iter()
        .filter(|r| !r.gone && r.decided().is_some_and(DisclosureDecision::is_refused))
        .collect();
    if refused.is_empty() && case.boxes.is_empty() {
        return None;
    }
    let mut body = vec![table_row(
        true,
        ["Nr", "Handling", "Lämnas ut", "Bestämmelse", "Skäl"].map(str::to_owned),
    )];
    for (at, record) in refused.iter().enumerate().take(MOST_ROWS) {
        let (mut provisions, mut whys) = (Vec::new(), Vec::new());
        let given = match record.decided() {
            Some(DisclosureDecision::Mask) => {
                for mask in masks.iter().filter(|m| m.record == record.record) {
                    provisions.push(mask.provision.clone());
                    whys.extend(mask.reason.clone());
                }
                "delvis"
            }
            _ => "nej",
        };
        provisions.extend(record.provision.clone());
        whys.extend(record.reason.clone());
        let whys = whys.iter().map(|why| reasons.told(why)).collect();
        body.push(table_row(
            false,
            [
                (at + 1).to_string(),
                told(record),
                given.to_owned(),
                listed(provisions),
                listed(whys),
            ],
        ));
    }
    if refused.len() > MOST_ROWS {
        body.push(text(&format!(
            "och {} till, som finns förtecknade hos myndigheten.",
            refused.len() - MOST_ROWS
        )));
    }
    for (at, black) in case.boxes.iter().enumerate() {
        let day = black
            .day
            .map_or_else(String::new, |day| format!(" den {}", long_date(day)));
        let why = black.reason.as_deref().map(|why| reasons.told(why));
        body.push(table_row(
            false,
            [
                (refused.len() + at + 1).to_string(),
                format!("Bild av en sida så som skärmen visade den{day}"),
                "delvis".to_owned(),
                black.provision.clone(),
                why.unwrap_or_default(),
            ],
        ));
    }
    Some(chapter("Det som inte lämnas ut, och varför", body))
}

/// Files that are not handed out with their records, and what the requester can do about it.
fn files(of: Told<'_>) -> Option<Chapter> {
    if of.left_out.is_empty() {
        return None;
    }
    let mut body = vec![table_row(true, ["Handling", "Fil"].map(str::to_owned))];
    for file in of.left_out.iter().take(MOST_ROWS) {
        let record = of.case.records.iter().find(|r| r.record == file.record);
        body.push(table_row(
            false,
            [record.map_or_else(String::new, told), file.why.clone()],
        ));
    }
    if of.left_out.len() > MOST_ROWS {
        body.push(text(&format!(
            "och {} filer till.",
            of.left_out.len() - MOST_ROWS
        )));
    }
    if of.left_out.iter().any(|file| file.technical) {
        let some = of.left_out.iter().any(|file| !file.technical);
        body.push(text(&on_the_spot(&of.case.row.committee, some)));
    }
    Some(chapter(LEFT_OUT, body))
}

/// `Kommentar på kontot tibro-blogg, 7 januari 2026`
fn told(record: &DisclosureRecord) -> String {
    let (kind, at) = match record.kind {
        Kind::Post => ("Inlägg", "på"),
        Kind::Page => ("Sida", "på"),
        Kind::Comment => ("Kommentar", "på"),
        Kind::Message => ("Meddelande", "till eller från"),
    };
    let day = record
        .published
        .map_or_else(|| "utan datum".to_owned(), |at| long_date(local_date(at)));
    format!("{kind} {at} kontot {}, {day}", record.account)
}

/// Each once, in the order they came, as sentences or after one another.
fn listed(all: Vec<String>) -> String {
    let mut once: Vec<String> = Vec::new();
    for one in all {
        let one = one.split_whitespace().collect::<Vec<_>>().join(" ");
        if !once.contains(&one) {
            once.push(one);
        }
    }
    let mut all = String::new();
    for one in &once {
        all.push_str(match all.chars().last() {
            None => "",
            Some('.' | '!' | '?') => " ",
            Some(_) => "; ",
        });
        all.push_str(one);
    }
    all
}

/// How the decision is appealed (OSL 6 kap. 7 och 8 §§, förvaltningslagen 2017:900, 43-46 §§).
fn appeal(case: &DisclosureCase, decided: &Decided<'_>, organisation: &str) -> Chapter {
    let committee = &case.row.committee;
    let mut which = format!(
        "vilket beslut du överklagar: beteckningen {}",
        case.row.designation
    );
    if let Some(dnr) = &case.row.registered {
        which.push_str(&format!(", diarienummer {dnr}"));
    }
    which.push_str(&format!(", beslutet den {}", long_date(decided.day)));
    chapter(
        "Så här överklagar du",
        vec![
            text(&format!(
                "Beslutet får överklagas till {} (6 kap. 7 och 8 §§ OSL). Överklagandet ska vara skriftligt, men det ska \
                 skickas eller lämnas till {committee}, {organisation}.",
                decided.court
            )),
            text(&format!(
                "Överklagandet ska ha kommit in till {committee} inom tre veckor från den dag då du fick del av \
                 beslutet. Är den sista dagen en lördag, en söndag, en annan helgdag, midsommarafton, julafton eller \
                 nyårsafton räcker det att det kommer in nästa vardag."
            )),
            text("Skriv i överklagandet"),
            bullet(&which),
            bullet("hur du vill att beslutet ska ändras, och varför"),
            bullet("hur domstolen kan nå dig"),
            text(&format!(
                "Har överklagandet kommit in i rätt tid, och ändrar {committee} inte själv beslutet så som du begär, \
                 skickas det vidare till {}.",
                decided.court
            )),
        ],
    )
}

fn signature(name: Option<&str>) -> Chapter {
    const LINE: &str =
        "................................................................................";
    let below = name.unwrap_or("Namnteckning och namnförtydligande");
    chapter("Underskrift", vec![text("\u{a0}"), text(LINE), text(below)])
}

fn fact(label: &str, value: &str) -> (String, String) {
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    (label.to_owned(), value)
}

fn text(words: &str) -> Block {
    Block::Paragraph {
        spans: vec![Span::plain(words)],
    }
}

fn table_row<const N: usize>(header: bool, cells: [String; N]) -> Block {
    Block::TableRow {
        header,
        cells: cells.into_iter().map(|c| vec![Span::plain(c)]).collect(),
    }
}

fn chapter(heading: &str, body: Vec<Block>) -> Chapter {
    Chapter {
        heading: heading.to_owned(),
        body,
    }
}

fn bullet(words: &str) -> Block {
    Block::ListItem {
        depth: 0,
        number: None,
        spans: vec![Span::plain(words)],
    }
}
