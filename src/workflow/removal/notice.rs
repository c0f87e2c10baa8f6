//! The notice to who wrote: a short Swedish text to paste, that it was taken away and why (LED-4).

use super::{Case, CaseObject, RemovalFault};
use crate::calendar::{local_date, long_date};
use crate::policy::Policy;
use crate::record::Kind;
use crate::retention::removal::CategoryKind;
use crate::workflow::Error;

/// The text for one thing of a case, counted from 1.
///
/// # Errors
/// [`RemovalFault::NoNotice`] for a cry for help; when the case has no such thing.
pub fn notice(
    case: &Case,
    thing: usize,
    policy: &Policy,
    organisation: &str,
) -> Result<String, Error> {
    case.no_emergency("no letter goes to its author: the police investigate")?;
    if case.category.kind == CategoryKind::CryForHelp {
        return Err(RemovalFault::NoNotice.into());
    }
    let object = thing.checked_sub(1).and_then(|at| case.objects.get(at));
    let object = object.ok_or_else(|| RemovalFault::Argument {
        what: "object",
        value: thing.to_string(),
        problem: "the case has none of that number",
        hint: "arkivd removal show N counts them",
    })?;
    let what = what(object);
    let did = match (object.deleted, object.hidden) {
        (Some(at), _) => format!(
            "Vi har tagit bort {what} den {}.",
            long_date(local_date(at))
        ),
        (None, Some(at)) => format!(
            "Vi har dolt {what} den {}, så att andra inte kan se det.",
            long_date(local_date(at))
        ),
        (None, None) => format!("Vi tar bort {what}."),
    };
    let why = match case.category.kind {
        CategoryKind::Unclear => {
            "Skälet är att innehållet inte får förekomma i våra kanaler.".to_owned()
        }
        _ => format!("Skälet är: {}.", lower_first(&case.category.name)),
    };
    let mut rules = Vec::new();
    if case.category.kind == CategoryKind::Statutory {
        rules.push(format!(
            "Det följer av {}: den som tillhandahåller tjänsten ska ta bort sådant.",
            case.category.ground()
        ));
    }
    if let Some(rule) = case.category.rule.as_ref().filter(|_| case.category.own) {
        let title = &policy.guideline().title;
        rules.push(format!(
            "Så här står det i kommunens {}, om det som inte får förekomma: \"{}\"",
            lower_first(title),
            rule.quote.trim_end_matches('.')
        ));
    }
    let rules = match rules.is_empty() {
        true => String::new(),
        false => format!("\n\n{}", rules.join("\n")),
    };
    Ok(format!(
        "Hej!\n\n{did} {why}{rules}\n\n\
         Det du skrev är en allmän handling och sparas av kommunen, också när det inte längre syns här. \
         Har du frågor är du välkommen att höra av dig till kommunen{}.\n\n\
         Vänliga hälsningar\n{organisation}\n",
        match &case.removal.registered {
            Some(number) => format!(", och ange då diarienummer {number}"),
            None => format!(", och ange då vår beteckning {}", case.removal.designation),
        }
    ))
}

fn what(object: &CaseObject) -> &'static str {
    match object.object.record.as_ref().map(|r| r.kind) {
        Some(Kind::Comment) => "det som du skrev i en kommentar",
        Some(Kind::Message) => "det som du skrev i ett meddelande",
        _ => "ditt inlägg",
    }
}

/// Names begin a line elsewhere; here they stand within one.
pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        // IMY stays as it is.
        (Some(first), Some(next)) if !next.is_uppercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}
