//! What a start page is called in the watch folder.

use chrono::Datelike as _;

use crate::calendar::{local_date, local_time};
use crate::catalog::PageToSend;
use crate::workflow::export_diarium::telling;

/// Names that a page may have there, the plainest first: the half-year alone, then with the day, the time, the account.
pub(super) fn stems(page: &PageToSend) -> Vec<String> {
    let day = local_date(page.taken);
    let half = if day.month() <= 6 { 1 } else { 2 };
    let name = telling(page.account_name.as_deref().unwrap_or_default());
    let name = match name.is_empty() {
        true => telling(page.account.as_str()),
        false => name,
    };
    let plain = format!("{}-H{half}_{}_{name}", day.year(), page.platform);
    let time = local_time(page.taken).replace(' ', "_").replace(':', "");
    let own = format!("{plain}_{}", page.account);
    vec![
        plain.clone(),
        format!("{plain}_{day}"),
        format!("{plain}_{time}"),
        own.clone(),
        format!("{own}_{day}"),
        format!("{own}_{time}"),
        format!("{own}_{time}_{}", page.bag),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::BagId;

    #[test]
    fn names_tell_half_year_platform_and_account() {
        let page = PageToSend {
            bag: BagId(uuid::Uuid::nil()),
            account: "fb-1".parse().unwrap(),
            account_name: Some("Tibro kommun 🎉".into()),
            platform: "facebook".into(),
            taken: "2026-06-30T22:30:00Z".parse().unwrap(),
        };
        let names = stems(&page);
        assert_eq!(names[0], "2026-H2_facebook_Tibro-kommun");
        assert_eq!(names[1], "2026-H2_facebook_Tibro-kommun_2026-07-01");
        assert_eq!(names[2], "2026-H2_facebook_Tibro-kommun_2026-07-01_0030");
        let nameless = PageToSend {
            account_name: None,
            taken: "2027-01-02T12:00:00Z".parse().unwrap(),
            ..page
        };
        assert_eq!(stems(&nameless)[0], "2027-H1_facebook_fb-1");
    }
}
