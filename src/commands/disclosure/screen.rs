//! `arkivd disclosure screen`: pages so as the screen showed them, chosen, boxed, and looked at.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use super::super::output::{Exit, Output, counted};
use super::super::{Context, Error};
use super::demanded_open;
use crate::calendar::local_time;
use crate::record::BagId;
use crate::retention::disclosure::Provision;
use crate::workflow::{
    Archive, DisclosureCase, DisclosureFault, ScreenBox, ScreenListed, box_screen, list_screens,
    look_at_screens, screen_pictures, show_screen, unbox_screen,
};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("do").args(["show", "drop", "cover", "words", "unbox", "reviewed", "pictures"]))]
pub(in super::super) struct Screen {
    /// Its beteckning or diarienummer
    #[arg(value_name = "U")]
    case: String,
    /// A page capture; without it and without options: those that show records of the request
    #[arg(value_name = "BAG")]
    bag: Option<BagId>,
    /// Hand out these pages of its screen, and no others: 1,3-4
    #[arg(long, value_name = "PAGES", requires = "bag")]
    show: Option<Pages>,
    /// Hand out none of it after all
    #[arg(long, requires = "bag")]
    drop: bool,
    /// Blacken a part of a chosen page: pixels from its left upper corner
    #[arg(long = "box", id = "cover", value_name = "PAGE:X,Y,WIDTH,HEIGHT", requires_all = ["bag", "osl"])]
    cover: Option<Cover>,
    /// Blacken these words wherever they stand on the chosen pages
    #[arg(long, value_name = "TEXT", requires_all = ["bag", "osl"])]
    words: Option<String>,
    /// By which chapter and § of OSL: "21:7"
    #[arg(long, value_name = "PROVISION")]
    osl: Option<String>,
    /// Why; the requester is told, so it says nothing of what is secret
    #[arg(long, value_name = "TEXT", requires = "osl")]
    reason: Option<String>,
    /// Take a box away, by its number
    #[arg(long, value_name = "N")]
    unbox: Option<i64>,
    /// You have looked at the chosen pages as they would be handed out; holds until something changes
    #[arg(long)]
    reviewed: bool,
    /// Write the chosen pages as PNG to a new folder, black where they are to be; with BAG all its pages
    #[arg(long, value_name = "DIR")]
    pub(super) pictures: Option<PathBuf>,
}

/// `1,3-4`
#[derive(Debug, Clone)]
struct Pages(Vec<u32>);

/// Pages that are chosen at once.
const MOST_PAGES: usize = 2_000;

impl FromStr for Pages {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "it is not a list of pages, such as 1,3-4".to_owned();
        let number = |text: &str| match text.trim().parse::<u32>() {
            Ok(0) | Err(_) => Err(wrong()),
            Ok(page) => Ok(page),
        };
        let mut pages: Vec<u32> = Vec::new();
        for part in text.split(',') {
            let (from, to) = match part.split_once('-') {
                Some((from, to)) => (number(from)?, number(to)?),
                None => (number(part)?, number(part)?),
            };
            let many = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
            if from > to {
                return Err(wrong());
            }
            if many.saturating_add(pages.len()) >= MOST_PAGES {
                return Err(format!("at most {MOST_PAGES} pages are chosen at once"));
            }
            pages.extend(from..=to);
        }
        pages.sort_unstable();
        pages.dedup();
        Ok(Self(pages))
    }
}

/// `2:10,20,300,40`
#[derive(Debug, Clone)]
struct Cover(ScreenBox);

impl FromStr for Cover {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "it is not PAGE:X,Y,WIDTH,HEIGHT, such as 1:120,40,300,80".to_owned();
        let (page, sides) = text.split_once(':').ok_or_else(wrong)?;
        let page: u32 = page.trim().parse().map_err(|_| wrong())?;
        let sides: Result<Vec<u32>, _> = sides.split(',').map(|n| n.trim().parse()).collect();
        match sides.map_err(|_| wrong())?.as_slice() {
            &[x, y, width, height] if page > 0 && width > 0 && height > 0 => {
                Ok(Self(ScreenBox::Area {
                    page,
                    x,
                    y,
                    width,
                    height,
                }))
            }
            _ => Err(wrong()),
        }
    }
}

impl Screen {
    pub(super) fn writes(&self) -> bool {
        self.show.is_some()
            || self.drop
            || self.cover.is_some()
            || self.words.is_some()
            || self.unbox.is_some()
            || self.reviewed
    }
}

pub(super) fn run(args: &Screen, context: &Context, output: &Output) -> Result<Exit, Error> {
    if !args.writes() {
        let archive = context.read()?;
        let case = demanded_open(&archive, &args.case, context)?;
        return match &args.pictures {
            Some(out) => pictures(args, out, &archive, &case, context, output),
            None => tell(&archive, &case, None, output),
        };
    }
    let archive = context.write()?;
    let case = demanded_open(&archive, &args.case, context)?;
    let around = &context.around;
    let mut done = None;
    if let Some(bag) = args.bag {
        let pages = args.show.as_ref().map(|pages| pages.0.as_slice());
        if let Some(pages) = pages.or(args.drop.then_some(&[])) {
            show_screen(&archive, &case, bag, pages, around)?;
        }
        if let Some(what) = what(args) {
            let osl = args.osl.as_deref().unwrap_or_default();
            let provision: Provision = osl
                .parse()
                .map_err(|fault| Error::Workflow(DisclosureFault::Provision(fault).into()))?;
            let reason = args.reason.as_deref().map(str::trim);
            let reason = reason.filter(|r| !r.is_empty());
            let laid = box_screen(&archive, &case, bag, &what, &provision, reason, around)?;
            let places = counted(laid.places, "place");
            done = Some(format!("box {}: {places}, {}", laid.number, laid.provision));
        }
    }
    if let Some(number) = args.unbox {
        done = Some(match unbox_screen(&archive, &case, number, around)? {
            true => format!("box {number} is taken away"),
            false => format!("box {number} was taken away already"),
        });
    }
    if args.reviewed {
        let pages = look_at_screens(&archive, &case, args.bag, around)?;
        done = Some(format!("{} looked at", counted(pages, "page")));
    }
    tell(&archive, &case, done.as_deref(), output)
}

fn what(args: &Screen) -> Option<ScreenBox> {
    let words = args
        .words
        .as_ref()
        .map(|words| ScreenBox::Words(words.clone()));
    args.cover.as_ref().map(|cover| cover.0.clone()).or(words)
}

fn pictures(
    args: &Screen,
    out: &std::path::Path,
    archive: &Archive,
    case: &DisclosureCase,
    context: &Context,
    output: &Output,
) -> Result<Exit, Error> {
    let name = &case.row.designation;
    context.note("disclosure screen", name, &json!({ "pictures": args.bag }))?;
    let given = context.given_file()?;
    let done = screen_pictures(archive, case, args.bag, out, given, &context.around)?;
    let data = json!({ "disclosure": name, "path": out, "files": done.files, "bytes": done.bytes });
    output.report(&data, &[], |to| {
        writeln!(to, "{}: {}", out.display(), counted(done.files, "picture"))
    })?;
    output.hint(&format!(
        "what must go is boxed by its pixels (arkivd disclosure screen {name} BAG --box PAGE:X,Y,WIDTH,HEIGHT --osl …); when all chosen pages are right: arkivd disclosure screen {name} --reviewed"
    ));
    Ok(Exit::Done)
}

/// How the screens of the request stand, and the boxes.
fn tell(
    archive: &Archive,
    case: &DisclosureCase,
    done: Option<&str>,
    output: &Output,
) -> Result<Exit, Error> {
    let name = &case.row.designation;
    let listed = list_screens(archive, case)?;
    let boxes = archive.catalog().disclosure_boxes(&case.row)?;
    let laid: Vec<Value> = boxes
        .iter()
        .map(|b| {
            json!({ "number": b.number, "bag": b.bag, "provision": b.provision, "reason": b.reason,
                "at": b.at, "by": b.actor })
        })
        .collect();
    let data = json!({ "disclosure": name, "done": done,
        "captures": listed.iter().map(as_json).collect::<Vec<_>>(), "boxes": laid });
    output.report(&data, &[], |to| {
        if let Some(done) = done {
            writeln!(to, "{done}")?;
        }
        for screen in &listed {
            let (pages, records) = (
                counted(u64::from(screen.of), "page"),
                counted(screen.records.len() as u64, "record"),
            );
            let at = local_time(screen.at);
            writeln!(
                to,
                "{}  {at}  {}  {pages}, shows {records}",
                screen.bag, screen.account
            )?;
            for page in &screen.pages {
                let seen = match page.reviewed {
                    true => "looked at",
                    false => "NOT LOOKED AT",
                };
                let black = counted(page.boxes, "black place");
                writeln!(to, "      page {}: {black}, {seen}", page.page)?;
            }
        }
        for b in &boxes {
            let reason = b
                .reason
                .as_ref()
                .map(|r| format!(": {r}"))
                .unwrap_or_default();
            writeln!(to, "box {} of {}  {}{reason}", b.number, b.bag, b.provision)?;
        }
        match listed.is_empty() {
            true => writeln!(to, "no page capture shows a record of the request"),
            false => Ok(()),
        }
    })?;
    let chosen = || listed.iter().flat_map(|s| &s.pages);
    if chosen().any(|page| !page.reviewed) {
        output.hint(&format!(
            "look at the chosen pages: arkivd disclosure screen {name} --pictures DIR; then: arkivd disclosure screen {name} --reviewed"
        ));
    } else if let (None, Some(first)) = (chosen().next(), listed.first()) {
        output.hint(&format!(
            "look at all pages of one: arkivd disclosure screen {name} {bag} --pictures DIR; choose: arkivd disclosure screen {name} {bag} --show 1,3-4",
            bag = first.bag
        ));
    }
    Ok(Exit::Done)
}

fn as_json(screen: &ScreenListed) -> Value {
    let page = |p: &crate::workflow::ScreenPageListed| json!({ "page": p.page, "boxes": p.boxes, "reviewed": p.reviewed });
    json!({ "bag": screen.bag, "account": screen.account, "at": screen.at, "pages": screen.of,
        "records": screen.records, "chosen": screen.pages.iter().map(page).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_listed_as_people_write_them() {
        let pages = |text: &str| text.parse::<Pages>().map(|pages| pages.0);
        assert_eq!(pages("1,3-4, 3").unwrap(), [1, 3, 4]);
        for bad in ["", "0", "a", "4-3", "1-", "1,,2", "1-4000000000"] {
            assert!(pages(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_box_has_a_page_and_a_size() {
        assert!("1:0,0,5,5".parse::<Cover>().is_ok());
        for bad in ["", "1", "0:1,1,1,1", "1:1,1,0,1", "1:1,1,1", "1:-1,0,2,2"] {
            assert!(bad.parse::<Cover>().is_err(), "{bad}");
        }
    }
}
