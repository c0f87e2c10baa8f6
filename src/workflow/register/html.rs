//! The published list as a page: valid HTML, WCAG 2.1 AA, no script and nothing from elsewhere; it prints too.

use super::publish::{PublishedAccount, PublishedList, shown};
use crate::calendar::long_date;
use crate::policy::ListPart;

/// Contrast is at least 7:1 against white; the text flows in 320 pixels.
const STYLE: &str = "\
:root{color-scheme:light}\
body{margin:0 auto;padding:1rem 1.25rem 3rem;max-width:70rem;background:#fff;color:#1a1a1a;font:100%/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}\
h1{margin:.25rem 0 .75rem;font-size:1.9rem;line-height:1.2}\
h2{margin:2.25rem 0 .5rem;font-size:1.35rem;line-height:1.25}\
.org{margin:1rem 0 0;font-weight:600;color:#333}\
.lead{max-width:45rem}\
a{color:#004a80;text-underline-offset:.15em}\
a:hover{text-decoration-thickness:2px}\
a:focus-visible{outline:3px solid #004a80;outline-offset:3px;border-radius:2px}\
.skip{position:absolute;left:-999rem}\
.skip:focus{position:static;display:inline-block;padding:.5rem}\
nav ul{margin:.5rem 0;padding-left:1.25rem}\
table{width:100%;table-layout:fixed;border-collapse:collapse}\
thead th:nth-child(1){width:27%}\
thead th:nth-child(2){width:13%}\
thead th:nth-child(3){width:28%}\
caption{padding:.25rem 0 .5rem;text-align:left;color:#333}\
th,td{padding:.55rem .9rem .55rem 0;border-bottom:1px solid #767676;text-align:left;vertical-align:top;overflow-wrap:anywhere;hyphens:auto}\
thead th{border-bottom:2px solid #1a1a1a}\
tbody th{font-weight:600}\
.address{display:block;font-weight:400;color:#333}\
td ul{margin:0;padding:0;list-style:none}\
footer{margin-top:2.5rem;color:#333}\
@media(max-width:45rem){table,caption,tbody,tr,th,td{display:block}thead{position:absolute;left:-999rem}tr{padding:.5rem 0;border-bottom:1px solid #767676}th,td{border:0;padding:.15rem 0}td::before{content:attr(data-label) ': ';font-weight:600}}\
@media print{body{max-width:none;padding:0;font-size:10pt}nav,.skip{display:none}a{color:inherit;text-decoration:none}h2{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}}\
@page{size:A4;margin:18mm 16mm}";

/// The list as a page of its own.
pub fn as_html(list: &PublishedList) -> String {
    let mut out = String::with_capacity(4096 + list.accounts.len() * 600);
    let organisation = escape(&list.organisation);
    let count = match list.accounts.len() {
        1 => "1 konto".to_owned(),
        n => format!("{n} konton"),
    };
    let groups = list.by_committee();
    out.push_str(&format!(
        "<!DOCTYPE html>\n<html lang=\"sv\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Konton i sociala medier – {organisation}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#innehall\">Hoppa till förteckningen</a>\n\
         <header>\n<p class=\"org\">{organisation}</p>\n<h1>Konton i sociala medier</h1>\n\
         <p class=\"lead\">Här finns {organisation} och dess verksamheter i sociala medier och på externa webbplatser. \
         Förteckningen omfattar {count}, ordnade efter den nämnd som ansvarar för dem, och är aktuell den \
         <time datetime=\"{day}\">{told}</time>.</p>\n</header>\n",
        day = list.day,
        told = long_date(list.day),
    ));
    if groups.len() > 1 {
        out.push_str("<nav aria-label=\"Nämnder\">\n<ul>\n");
        for (at, (committee, accounts)) in groups.iter().enumerate() {
            let n = accounts.len();
            out.push_str(&format!(
                "<li><a href=\"#namnd-{}\">{}</a> ({n})</li>\n",
                at + 1,
                escape(committee)
            ));
        }
        out.push_str("</ul>\n</nav>\n");
    }
    out.push_str("<main id=\"innehall\" tabindex=\"-1\">\n");
    if groups.is_empty() {
        out.push_str("<p>Inga konton är registrerade.</p>\n");
    }
    for (at, (committee, accounts)) in groups.iter().enumerate() {
        section(list, at + 1, committee, accounts, &mut out);
    }
    out.push_str(&format!(
        "</main>\n<footer>\n<p>Uppdaterad <time datetime=\"{day}\">{day}</time>.</p>\n</footer>\n</body>\n</html>\n",
        day = list.day
    ));
    out
}

fn section(
    list: &PublishedList,
    number: usize,
    committee: &str,
    accounts: &[&PublishedAccount],
    out: &mut String,
) {
    let committee = escape(committee);
    out.push_str(&format!(
        "<section aria-labelledby=\"namnd-{number}\">\n<h2 id=\"namnd-{number}\">{committee}</h2>\n\
         <table>\n<caption>Konton som {committee} ansvarar för</caption>\n<thead>\n<tr>\
         <th scope=\"col\">Konto</th><th scope=\"col\">Plattform</th>"
    ));
    for (part, label) in COLUMNS {
        if list.tells(*part) {
            out.push_str(&format!("<th scope=\"col\">{label}</th>"));
        }
    }
    out.push_str("</tr>\n</thead>\n<tbody>\n");
    for account in accounts {
        row(list, account, out);
    }
    out.push_str("</tbody>\n</table>\n</section>\n");
}

const COLUMNS: &[(ListPart, &str)] = &[
    (ListPart::Purpose, "Syfte"),
    (ListPart::Audience, "Målgrupp"),
    (ListPart::Responsible, "Ansvarig"),
];

fn row(list: &PublishedList, account: &PublishedAccount, out: &mut String) {
    let address = escape(&account.address);
    let (name, read) = (escape(&account.name), escape(&shown(&account.address)));
    out.push_str(&format!(
        "<tr><th scope=\"row\"><a href=\"{address}\">{name}</a>"
    ));
    if name != read {
        out.push_str(&format!(" <span class=\"address\">{read}</span>"));
    }
    out.push_str(&format!(
        "</th><td data-label=\"Plattform\">{}</td>",
        escape(account.platform)
    ));
    for (part, label) in COLUMNS {
        if !list.tells(*part) {
            continue;
        }
        let cell = match part {
            ListPart::Purpose => account.purpose.as_deref().map(escape),
            ListPart::Audience => account.audience.as_deref().map(escape),
            ListPart::Responsible => account
                .responsible
                .as_ref()
                .map(|people| match &people[..] {
                    [] => String::new(),
                    [one] => escape(one),
                    people => {
                        let items = people.iter().map(|p| format!("<li>{}</li>", escape(p)));
                        format!("<ul>{}</ul>", items.collect::<String>())
                    }
                }),
            ListPart::Account => None,
        };
        let cell = cell.unwrap_or_default();
        out.push_str(&format!("<td data-label=\"{label}\">{cell}</td>"));
    }
    out.push_str("</tr>\n");
}

/// Text for between tags and inside double quotes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(accounts: Vec<PublishedAccount>, parts: &[ListPart]) -> PublishedList {
        PublishedList {
            organisation: "Tibro <kommun>".into(),
            day: "2026-11-22".parse().unwrap(),
            accounts,
            parts: parts.to_vec(),
        }
    }

    fn account(name: &str) -> PublishedAccount {
        PublishedAccount {
            id: "konto".parse().unwrap(),
            name: name.into(),
            platform: "Facebook",
            address: "https://a.example/?x=1&y=%22".into(),
            committee: "Kommunstyrelsen".into(),
            purpose: Some("dialog".into()),
            audience: None,
            responsible: Some(vec!["Anna Ek".into(), "Bo Ek".into()]),
        }
    }

    #[test]
    fn what_others_wrote_is_text_and_nothing_else() {
        let html = as_html(&list(
            vec![account("<script>alert(\"1\")</script>")],
            &[ListPart::Account],
        ));
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("&lt;script&gt;") && html.contains("?x=1&amp;y=%22"));
        assert!(html.contains("Tibro &lt;kommun&gt;"));
    }

    #[test]
    fn a_part_that_the_policy_does_not_name_is_nowhere() {
        let html = as_html(&list(vec![account("Tibro")], &[ListPart::Account]));
        assert!(
            !html.contains("Anna Ek") && !html.contains("dialog"),
            "{html}"
        );
        let html = as_html(&list(
            vec![account("Tibro")],
            &[ListPart::Account, ListPart::Responsible, ListPart::Purpose],
        ));
        assert!(html.contains("<li>Anna Ek</li><li>Bo Ek</li>"), "{html}");
        assert!(html.contains("22 november 2026"));
    }
}
