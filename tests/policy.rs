//! The profiles that come with arkivd: the values each text gives, and what is said of a faulty file.

#![allow(clippy::unwrap_used)] // clippy excuses tests, not their helper functions

use std::collections::BTreeMap;

use arkivd::policy::{
    Approver, CountedFrom, Entry, Error, LegalBasis, ListPart, Mandator, Notice, Occasion,
    Oversight, PersonalDataDuty, PoliceReport, Policy, PostsPerWeek, Profile, RemovalDemand,
    ReplyDays, ReviewTime, Setting, Task,
};

fn policy(name: &str) -> Policy {
    Profile::named(name).unwrap().policy
}

fn value<T: Copy>(setting: &Option<Setting<T>>) -> Option<T> {
    setting.as_ref().map(|s| s.value)
}

fn list<T: Clone>(setting: &Option<Setting<Vec<T>>>) -> Vec<T> {
    setting
        .as_ref()
        .map(|s| s.value.clone())
        .unwrap_or_default()
}

fn word(setting: &Option<Setting<String>>) -> Option<&str> {
    setting.as_ref().map(|s| s.value.as_str())
}

fn ids(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|e| e.id.as_str()).collect()
}

/// What requirements.md marks (S), and its section "Settings where they differ": a column for each municipality.
#[test]
fn the_settings_that_differ_are_the_ones_the_texts_give() {
    let all: BTreeMap<_, _> = Profile::NAMES.iter().map(|n| (*n, policy(n))).collect();
    let [fal, led, tib, var, hal, std] = [
        &all["falkoping"],
        &all["lilla-edet"],
        &all["tibro"],
        &all["vara"],
        &all["hallstahammar"],
        &all["standard"],
    ];
    let each = [fal, led, tib, var, hal, std];
    let number =
        |get: fn(&Policy) -> Option<std::num::NonZeroU32>| each.map(|p| get(p).map(|n| n.get()));
    let (n, s) = (None, Some);

    assert_eq!(
        number(|p| value(&p.responsible_minimum)),
        [n, n, s(2), n, n, n]
    );
    assert_eq!(
        number(|p| value(&p.administrators_minimum)),
        [n, n, s(2), n, s(2), n]
    );
    assert_eq!(
        number(|p| value(&p.reply_hours)),
        [s(24), n, s(48), n, n, n]
    );
    assert_eq!(number(|p| value(&p.removal_hours)), [n, n, s(48), n, n, n]);
    assert_eq!(
        number(|p| value(&p.inactivity_months)),
        [s(6), n, n, n, n, n]
    );
    assert_eq!(
        number(|p| value(&p.consent_age)),
        [n, s(18), s(16), s(15), n, n]
    );
    assert_eq!(number(|p| value(&p.imy_hours)), [n, n, n, s(72), n, s(72)]);

    let flag = |get: fn(&Policy) -> Option<bool>| each.map(get);
    let t = Some(true);
    let no = None;
    assert_eq!(
        flag(|p| value(&p.substitute_required)),
        [no, no, t, no, no, no]
    );
    assert_eq!(
        flag(|p| value(&p.communications_administrator)),
        [no, no, no, no, t, no]
    );
    assert_eq!(
        flag(|p| value(&p.editors_directory)),
        [t, no, no, no, no, no]
    );
    assert_eq!(
        flag(|p| value(&p.organisation_tree)),
        [no, no, no, no, t, no]
    );
    assert_eq!(
        flag(|p| value(&p.few_posts_assessed)),
        [no, no, t, no, no, no]
    );
    assert_eq!(
        flag(|p| value(&p.oversight_tighter_after_incident)),
        [no, no, no, t, no, no]
    );
    assert_eq!(flag(|p| value(&p.written_consent)), [no, no, no, t, no, no]);
    assert_eq!(flag(|p| value(&p.author_informed)), [no, t, no, no, no, no]);
    assert_eq!(flag(|p| value(&p.imy_report)), [no, no, no, t, no, t]);
    assert_eq!(
        flag(|p| value(&p.forwarded_sender_told)),
        [no, no, no, t, no, no]
    );
    assert_eq!(flag(|p| value(&p.others_accounts)), [no, no, no, no, t, no]);
    assert_eq!(
        flag(|p| value(&p.secret_to_committee)),
        [no, no, no, t, no, no]
    );
    assert_eq!(flag(|p| value(&p.common_text)), [no, no, t, no, t, no]);

    assert_eq!(
        each.map(|p| word(&p.reply_urgency)),
        [
            None,
            Some("snabbt"),
            Some("utan dröjsmål"),
            None,
            Some("så snart som möjligt"),
            None
        ]
    );
    assert_eq!(
        each.map(|p| word(&p.removal_urgency)),
        [
            Some("så snart som möjligt"),
            Some("genast"),
            Some("skyndsamt"),
            Some("skyndsamt"),
            None,
            None
        ]
    );
    assert_eq!(
        each.map(|p| word(&p.secret_removal_urgency)),
        [
            None,
            Some("genast"),
            None,
            Some("omedelbart"),
            Some("snarast"),
            None
        ]
    );
    let weekdays = Some(ReplyDays::Weekdays);
    assert_eq!(
        each.map(|p| value(&p.reply_days)),
        [weekdays, None, weekdays, None, None, None]
    );
    assert_eq!(
        value(&tib.removal_counted_from),
        Some(CountedFrom::Publication)
    );
    assert_eq!(
        each.map(|p| value(&p.oversight)),
        [
            None,
            None,
            Some(Oversight::Weekdays),
            Some(Oversight::Weekdays),
            Some(Oversight::Daily),
            None
        ]
    );
    let rate = |from, to| Some(PostsPerWeek { from, to });
    assert_eq!(
        each.map(|p| value(&p.posts_per_week)),
        [rate(1, 1), None, rate(1, 2), None, None, None]
    );

    use Approver as A;
    assert_eq!(
        each.map(|p| list(&p.approvals)),
        [
            vec![A::Manager, A::Communications],
            vec![A::Manager],
            vec![A::HeadOfCommunications],
            vec![A::UnitManager],
            vec![A::Manager],
            vec![],
        ]
    );
    assert_eq!(list(&hal.closing_approvals), [A::Manager]);
    assert_eq!(value(&hal.mandate_by), Some(Mandator::NearestManager));
    assert_eq!(
        list(&led.communications_told),
        [Notice::Opening, Notice::Closing]
    );

    use Occasion as O;
    let occasions = |p: &Policy| p.snapshot.iter().map(|s| s.value).collect::<Vec<_>>();
    assert_eq!(
        each.map(occasions),
        [
            vec![],
            vec![O::Continuous],
            vec![O::HalfYear],
            vec![O::Quarter, O::LargerChange, O::BeforeClosing],
            vec![O::BeforeDeletion],
            vec![O::HalfYear, O::LargerChange],
        ]
    );
    assert_eq!(word(&tib.snapshot_format), Some("PDF/A-1"));
    assert_eq!(
        word(&tib.snapshot_folder),
        Some(r"T:\Tibro\Grafisk Profil\12. Arkivering av Tibro kommuns sociala medier")
    );
    assert_eq!(
        list(&tib.gallring_review),
        [ReviewTime::ChannelEnds, ReviewTime::HalfYear]
    );

    use RemovalDemand as R;
    let demands = |p: &Policy| p.removal_demand.iter().map(|s| s.value).collect::<Vec<_>>();
    assert_eq!(
        each.map(demands),
        [
            vec![R::Saved],
            vec![R::Saved, R::Registered],
            vec![R::Saved, R::Registered],
            vec![R::PlanRowOrDelegation, R::Registered],
            vec![],
            vec![],
        ]
    );
    assert_eq!(
        each.map(|p| value(&p.police_report)),
        [
            Some(PoliceReport::CriminalMaterial),
            Some(PoliceReport::WhenNeeded),
            None,
            None,
            None,
            None
        ]
    );
    assert_eq!(each.map(|p| p.removal_category.len()), [9, 9, 8, 9, 9, 9]);
    assert_eq!(
        ids(&var.secrecy_indicator),
        ["personuppgifter", "privatliv"]
    );

    assert_eq!(led.start_checklist.len(), 17);
    assert_eq!(
        ids(&tib.purpose),
        [
            "marknadsforing",
            "dialog",
            "arbetsgivare",
            "samhallsstorning"
        ]
    );
    assert_eq!(
        led.personal_data_duty
            .iter()
            .map(|d| d.value)
            .collect::<Vec<_>>(),
        [
            PersonalDataDuty::All,
            PersonalDataDuty::Own,
            PersonalDataDuty::Assess
        ]
    );
    use ListPart as L;
    assert_eq!(
        each.map(|p| list(&p.published_list)),
        [
            vec![L::Account],
            vec![L::Account],
            vec![L::Account, L::Responsible, L::Purpose, L::Audience],
            vec![L::Account],
            vec![],
            vec![],
        ]
    );
    assert_eq!(
        list(&fal.legal_basis),
        [LegalBasis::Consent, LegalBasis::PublicInterest]
    );
    assert_eq!(each.map(|p| p.public_information.len()), [1, 5, 4, 4, 0, 2]);
}

#[test]
fn the_guideline_says_whose_it_is_and_until_when() {
    let hallstahammar = policy("hallstahammar");
    let hal = hallstahammar.guideline();
    assert_eq!(hal.municipality.as_deref(), Some("Hallstahammars kommun"));
    assert_eq!(
        hal.decided_by.as_deref(),
        Some("Kommundirektör Åsa Öberg Thorstenson")
    );
    let day = |s: &str| s.parse::<chrono::NaiveDate>().unwrap();
    assert_eq!(
        (hal.date, hal.valid_to),
        (Some(day("2025-05-12")), Some(day("2030-12-31")))
    );
    assert!(!hal.is_past(day("2030-12-31")));
    assert!(hal.is_past(day("2031-01-01")));
    assert_eq!(
        policy("vara").guideline().valid_from,
        Some(day("2021-10-08"))
    );
    assert!(!policy("tibro").guideline().is_past(day("2099-01-01")));
}

#[test]
fn each_profile_has_the_timetable_its_text_asks_for() {
    let of = |name: &str| {
        Profile::named(name)
            .unwrap()
            .schedules
            .iter()
            .map(|s| (s.what, s.cron.to_string(), s.full))
            .collect::<Vec<_>>()
    };
    let row = |what, cron: &str, full| (what, cron.to_owned(), full);
    let twice = |cron| vec![row(Task::Snapshot, cron, true), row(Task::Page, cron, true)];
    for half_yearly in ["tibro", "falkoping", "hallstahammar", "standard"] {
        assert_eq!(of(half_yearly), twice("0 3 1 1,7 *"), "{half_yearly}");
    }
    assert_eq!(of("vara"), twice("0 3 1 1,4,7,10 *"));
    assert_eq!(
        of("lilla-edet"),
        [
            row(Task::Watch, "0 * * * *", false),
            row(Task::Snapshot, "15 3 * * *", false),
            row(Task::Page, "0 4 1 * *", true),
        ]
    );
}

#[test]
fn the_statutory_categories_are_those_of_the_law() {
    assert_eq!(
        ids(&Profile::statutory_categories().unwrap()),
        [
            "olaga-hot",
            "olaga-integritetsintrang",
            "uppvigling",
            "hets-mot-folkgrupp",
            "barnpornografi",
            "olaga-valdsskildring",
            "offentlig-uppmaning",
            "upphovsratt-lag",
            "terrorisminnehall",
        ]
    );
}

#[test]
fn an_unknown_profile_is_told_which_there_are() {
    let error = Profile::named("tibor").unwrap_err();
    assert!(matches!(error, Error::UnknownProfile(_)));
    assert_eq!(
        error.to_string(),
        "unknown profile \"tibor\": it is one of falkoping, lilla-edet, tibro, vara, hallstahammar, standard"
    );
}

#[test]
fn a_fault_in_a_policy_file_is_named_with_file_line_and_key() {
    let good = Profile::named("tibro").unwrap().policy_text;
    let line = |part: &str| good.lines().position(|l| l == part).unwrap() + 1;
    let minimum = line("[responsible_minimum]");
    let hours = line("[reply_hours]");
    let cases = [
        (
            "[responsible_minimum]\nvalue = 2",
            "[responsible_minimum]\nvalue = \"två\"",
            minimum + 1,
            "responsible_minimum.value: invalid type: string \"två\"",
        ),
        (
            "[responsible_minimum]\nvalue = 2",
            "[responsible_minimum]\nvalue = 0",
            minimum + 1,
            "responsible_minimum.value: ",
        ),
        (
            "[responsible_minimum]\nvalue = 2",
            "[responsible_minimum]\nvalue = -2",
            minimum + 1,
            "responsible_minimum.value: ",
        ),
        (
            "[responsible_minimum]",
            "[responsible_minimun]",
            minimum,
            "responsible_minimun: unknown field `responsible_minimun`: did you mean `responsible_minimum`?",
        ),
        (
            "[reply_hours]\nvalue = 48",
            "[reply_hours]\nvalue = 48\nunit = \"h\"",
            hours + 2,
            "reply_hours.unit: unknown field `unit`",
        ),
        (
            "[reply_hours]\nvalue = 48\nrequirement = \"TIB-6\"\nsource = \"tibro.txt:158-159\"\n",
            "[reply_hours]\nvalue = 48\nrequirement = \"TIB-6\"\n",
            hours,
            "reply_hours: missing field `source`",
        ),
        (
            "[reply_hours]\nvalue = 48\nrequirement = \"TIB-6\"\n",
            "[reply_hours]\nvalue = 48\n",
            hours,
            "reply_hours: missing field `requirement`",
        ),
        (
            "source = \"tibro.txt:158-159\"\nquote = \"Ha för vana att svara inom 48 timmar (på vardagar).\"",
            "source = \"tibro.txt:158-159\"",
            hours,
            "reply_hours: missing field `quote`",
        ),
        (
            "quote = \"Ha för vana att svara inom 48 timmar (på vardagar).\"",
            "quote = \" \"",
            hours + 4,
            "reply_hours.quote: the text is empty",
        ),
        (
            "source = \"tibro.txt:158-159\"",
            "source = \"tibro.txt:159-158\"",
            hours + 3,
            "reply_hours.source: source \"tibro.txt:159-158\": the lines must be",
        ),
        (
            "[oversight]\nvalue = \"weekdays\"",
            "[oversight]\nvalue = \"weekly\"",
            line("[oversight]") + 1,
            "oversight.value: unknown variant `weekly`",
        ),
        (
            "value = { from = 1, to = 2 }",
            "value = { from = 2, to = 1 }",
            line("[posts_per_week]") + 1,
            "posts_per_week.value: from 2 to 1",
        ),
        (
            "[guideline]",
            "[guidelines]",
            line("[guideline]"),
            "guidelines: unknown field `guidelines`: did you mean `guideline`?",
        ),
    ];
    for (from, to, line, says) in cases {
        assert!(good.contains(from), "{from:?} is not in the file");
        let error = Policy::parse(&good.replacen(from, to, 1), "tibro/policy.toml").unwrap_err();
        let start = format!("tibro/policy.toml:{line}:");
        let told = error.to_string();
        let told = told.strip_prefix(&start).and_then(|t| t.split_once(": "));
        assert!(
            told.is_some_and(|(column, t)| column.parse::<usize>().is_ok() && t.starts_with(says)),
            "{error}\nshould start with\n{start}COLUMN: {says}"
        );
    }
    let twice = good.replace("id = \"hets\"", "id = \"fortal\"");
    let error = Policy::parse(&twice, "p.toml").unwrap_err().to_string();
    assert!(
        error.contains("removal_category") && error.contains("id \"fortal\" stands twice"),
        "{error}"
    );
    let error = Policy::parse("", "p.toml").unwrap_err().to_string();
    assert!(error.contains("missing field `guideline`"), "{error}");
}
