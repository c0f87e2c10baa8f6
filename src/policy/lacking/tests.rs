//! What each profile's policy asks of a register.

use super::*;
use crate::policy::Profile;
use crate::record::{Approval, Approver, Decision, Happening, Terms, Ticked};

const DAY: &str = "2026-11-20";

fn policy(profile: &str) -> Policy {
    let profile = Profile::named(profile).unwrap();
    Policy::parse(profile.policy_text, "policy.toml").unwrap()
}

fn account(platform: Platform) -> Account {
    Account {
        id: "konto".parse().unwrap(),
        platform,
        address: "https://a.example/".parse().unwrap(),
        committee: "Kommunstyrelsen".into(),
        purpose: "dialog".into(),
        audience: "invånare".into(),
        responsible: vec!["Anna Ek".into(), "Bo Ek".into()],
        substitute: Some("Cia Ek".into()),
        credential: None,
        parent: None,
    }
}

fn lacks(profile: &str, platform: Platform, register: &Register) -> Vec<String> {
    let breaches = policy(profile).lacking(&account(platform), register, DAY.parse().unwrap());
    breaches.into_iter().map(|b| b.what).collect()
}

fn administrator(name: &str, side: Side, mandate: Option<&str>) -> Administrator {
    Administrator {
        name: name.into(),
        side,
        mandate_by: mandate.map(str::to_owned),
        since: DAY.parse().unwrap(),
        ended: None,
    }
}

fn approval(step: Step, role: Approver) -> Approval {
    Approval {
        step,
        role,
        by: "Eva Ek".into(),
        day: DAY.parse().unwrap(),
        note: None,
        used: None,
    }
}

#[test]
fn each_profile_demands_its_own_approvals() {
    for (profile, roles) in [
        (
            "falkoping",
            &[Approver::Manager, Approver::Communications][..],
        ),
        ("lilla-edet", &[Approver::Manager]),
        ("tibro", &[Approver::HeadOfCommunications]),
        ("vara", &[Approver::UnitManager]),
        ("hallstahammar", &[Approver::Manager]),
        ("standard", &[]),
    ] {
        let told = lacks(profile, Platform::WordPress, &Register::default());
        let approvals = told.iter().filter(|t| t.contains("is not approved by"));
        let expected: Vec<String> = roles
            .iter()
            .map(|r| format!("the opening of account konto is not approved by {r}"))
            .collect();
        assert_eq!(
            approvals.cloned().collect::<Vec<_>>(),
            expected,
            "{profile}"
        );
        let register = Register {
            approvals: roles.iter().map(|r| approval(Step::Opening, *r)).collect(),
            ..Register::default()
        };
        let told = lacks(profile, Platform::WordPress, &register);
        assert!(!told.iter().any(|t| t.contains("approved")), "{told:?}");
    }
}

#[test]
fn hallstahammar_wants_two_of_the_unit_one_of_communications_and_a_mandate_each() {
    let mut register = Register {
        approvals: vec![approval(Step::Opening, Approver::Manager)],
        events: vec![Happening {
            what: AccountEvent::ToldOpening,
            day: DAY.parse().unwrap(),
            note: None,
            actor: "test".into(),
        }],
        administrators: vec![
            administrator("Anna Ek", Side::Unit, Some("Eva Ek")),
            administrator("anna  ek", Side::Unit, Some("Eva Ek")),
        ],
        ..Register::default()
    };
    let told = lacks("hallstahammar", Platform::Facebook, &register);
    assert_eq!(
        told,
        [
            "account konto has 1 administrator of the unit, and at least 2 are required",
            "account konto has no administrator of communications",
        ]
    );
    register.administrators.extend([
        administrator("Bo Ek", Side::Unit, None),
        administrator("Cia Ek", Side::Communications, Some("Eva Ek")),
    ]);
    let told = lacks("hallstahammar", Platform::Facebook, &register);
    assert_eq!(
        told,
        ["account konto has administrator \"Bo Ek\" without a mandate of the nearest manager"]
    );
    // Their mandate ends, and they are not counted from that day on.
    register.administrators[2].ended = Some(DAY.parse().unwrap());
    let told = lacks("hallstahammar", Platform::Facebook, &register);
    assert!(told[0].contains("1 administrator of the unit"), "{told:?}");
}

#[test]
fn tibro_wants_a_decision_two_administrators_and_one_of_its_purposes() {
    let mut register = Register {
        approvals: vec![approval(Step::Opening, Approver::HeadOfCommunications)],
        ..Register::default()
    };
    let told = lacks("tibro", Platform::Facebook, &register);
    assert_eq!(told.len(), 3, "{told:?}");
    register.decisions.push(Decision {
        by: "Eva Ek".into(),
        day: DAY.parse().unwrap(),
        paragraph: None,
        reference: None,
        note: None,
    });
    register.administrators = vec![
        administrator("Anna Ek", Side::Unit, None),
        administrator("Bo Ek", Side::Communications, None),
    ];
    register.terms.serves = vec!["dialog".into()];
    assert_eq!(
        lacks("tibro", Platform::Facebook, &register),
        Vec::<String>::new()
    );
}

#[test]
fn lilla_edets_checklist_and_duty_are_asked_for_until_they_are_done() {
    let policy = policy("lilla-edet");
    assert_eq!(policy.start_checklist.len(), 17);
    let duty = |platform| policy.proposed_duty(platform).unwrap().value;
    assert_eq!(duty(Platform::Facebook), PersonalDataDuty::All);
    assert_eq!(duty(Platform::WordPress), PersonalDataDuty::All);
    assert_eq!(duty(Platform::X), PersonalDataDuty::Own);
    assert_eq!(duty(Platform::LinkedIn), PersonalDataDuty::Assess);
    let told = lacks("lilla-edet", Platform::LinkedIn, &Register::default());
    assert!(told.iter().any(|t| t.starts_with("17 of 17 points")));
    assert!(told.iter().any(|t| t.contains("is not assessed")));
    let mut register = Register {
        terms: Terms {
            duty: Some(PersonalDataDuty::Own),
            ..Terms::default()
        },
        ..Register::default()
    };
    register.checklist = policy.start_checklist.iter().skip(1).map(ticked).collect();
    let told = lacks("lilla-edet", Platform::LinkedIn, &register);
    assert!(
        told.iter()
            .any(|t| t.starts_with("1 of 17 points") && t.ends_with(": syfte")),
        "{told:?}"
    );
    assert!(!told.iter().any(|t| t.contains("assessed")), "{told:?}");
}

fn ticked(entry: &Entry) -> Ticked {
    Ticked {
        point: entry.id.to_string(),
        by: "Eva Ek".into(),
        day: DAY.parse().unwrap(),
        note: None,
    }
}

#[test]
fn a_closing_asks_for_its_own_approvals_and_a_used_one_does_not_count() {
    let policy = policy("hallstahammar");
    let account = account(Platform::Facebook);
    let mut register = Register {
        approvals: vec![approval(Step::Opening, Approver::Manager)],
        ..Register::default()
    };
    assert_eq!(policy.closing_lacking(&account, &register).len(), 1);
    register
        .approvals
        .push(approval(Step::Closing, Approver::Manager));
    assert_eq!(policy.closing_lacking(&account, &register), []);
    register.approvals[1].used = Some(DAY.parse().unwrap());
    assert_eq!(policy.closing_lacking(&account, &register).len(), 1);
}
