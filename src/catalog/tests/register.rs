//! The register: our own comments on the accounts of others, and a closing that is one or nothing.

use uuid::Uuid;

use super::case::{Case, at};
use crate::catalog::{NewAct, NewApproval, NewCapture, NewClosing, NewLook};
use crate::record::{Approver, CaptureId, Coverage, Outcome, PageOutcome, Reason, Register, Step};

#[test]
fn our_own_comments_on_the_accounts_of_others_are_told_of() {
    let mut case = Case::new();
    for (n, own_comment) in [(1, true), (2, false), (3, true)] {
        let address = format!("https://andra.example/{n}");
        case.catalog
            .commit_capture(
                &NewCapture {
                    id: CaptureId(Uuid::from_u128(n)),
                    account: &case.account,
                    account_name: None,
                    committee: "Kommunstyrelsen",
                    door: None,
                    reason: Reason::Manual,
                    outcome: Outcome::Sealed,
                    entire: true,
                    started: at(1),
                    finished: at(2),
                    new: 0,
                    changed: 0,
                    unchanged: 0,
                    coverage: &Coverage::default(),
                    error: None,
                    bags: &[],
                    look: Some(NewLook {
                        address: &address,
                        outcome: PageOutcome::Captured,
                        detail: None,
                        final_address: None,
                        title: Some("Annans inlägg"),
                        own_comment,
                        bag: None,
                    }),
                    absent: &[],
                    findings: &[],
                    watch: None,
                    settles: None,
                    imported: &[],
                    actor: "test",
                },
                [],
            )
            .unwrap();
    }
    let of = |account| case.catalog.own_comments(account).unwrap();
    let told: Vec<String> = of(Some(&case.account))
        .into_iter()
        .map(|c| c.address)
        .collect();
    assert_eq!(told, ["https://andra.example/1", "https://andra.example/3"]);
    assert_eq!(of(None)[0].title.as_deref(), Some("Annans inlägg"));
    assert!(of(Some(&"annat".parse().unwrap())).is_empty());
}

#[test]
fn a_closing_uses_its_approvals_up_and_is_done_once() {
    let mut case = Case::new();
    let id = case.account.clone();
    let act = NewAct {
        account: &id,
        actor: "test",
        at: at(3),
    };
    let day = "2026-11-20".parse().unwrap();
    for (step, day) in [
        (Step::Opening, Some(day)),
        (Step::Closing, Some(day)),
        (Step::Closing, None),
        (Step::Closing, Some(day)),
    ] {
        let approval = NewApproval {
            step,
            role: Approver::Manager,
            by: "Eva Ek",
            day,
            note: None,
        };
        case.catalog.approve_account(&act, &approval).unwrap();
    }
    let approvals = |register: &Register| register.approvals.len();
    assert_eq!(approvals(&case.catalog.register(&id).unwrap()), 2);
    let gaps = [("messages".to_owned(), "nobody knows".to_owned())];
    let closing = NewClosing {
        day,
        capture: CaptureId(Uuid::from_u128(7)),
        gaps: &gaps,
        reason: Some("avstängda"),
        note: None,
    };
    assert!(case.catalog.close_account(&act, &closing).unwrap());
    assert!(!case.catalog.close_account(&act, &closing).unwrap());
    let register = case.catalog.register(&id).unwrap();
    assert_eq!((register.closed, register.gaps.len()), (Some(day), 1));
    assert!(
        register
            .approval(Step::Closing, Approver::Manager)
            .is_none()
    );
    assert!(
        register
            .approval(Step::Opening, Approver::Manager)
            .is_some()
    );
    assert_eq!(case.catalog.account_closed(&id).unwrap(), Some(day));
    assert_eq!(case.catalog.open_accounts().unwrap(), []);
    assert!(
        case.catalog
            .reopen_account(&act, day, "för tidigt")
            .unwrap()
    );
    assert!(!case.catalog.reopen_account(&act, day, "igen").unwrap());
    assert_eq!(case.catalog.closed_accounts().unwrap().len(), 0);
}
