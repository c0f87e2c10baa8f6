//! Hiding by the platform's interface, when a person says so and the configuration allows it.

use std::sync::Arc;

use tokio::task::block_in_place;

use super::{Case, Means, RemovalFault, RemovalSettings, mark};
use crate::catalog::{NewRemovalStep, RemovalWhat};
use crate::platform::{self, Question};
use crate::policy::Policy;
use crate::workflow::{Archive, Error, Surroundings, told};

/// What came of it.
#[derive(Debug, Clone)]
pub struct HideOutcome {
    pub case: Case,
    pub hidden: usize,
    /// What could not be hidden, and why.
    pub problems: Vec<String>,
}

/// Hides what of a case is seen still, and asks whether it is hidden. Nothing is waited for before it.
///
/// # Errors
/// [`RemovalFault::HidingOff`]; those of the archive. What the platform refuses is told.
pub async fn hide_removal(
    archive: &Arc<Archive>,
    policy: &Policy,
    name: &str,
    settings: &RemovalSettings,
    means: Means<'_>,
    around: &Surroundings,
) -> Result<HideOutcome, Error> {
    if !settings.allow_hide {
        return Err(RemovalFault::HidingOff.into());
    }
    let now = around.now;
    let (case, accounts) = block_in_place(|| {
        let catalog = archive.catalog();
        let case = Case::named(&catalog, policy, name, now())?;
        let accounts = mark::accounts(&catalog, &case)?;
        Ok::<_, Error>((case, accounts))
    })?;
    let (mut hidden, mut problems) = (0, Vec::new());
    for object in case.objects.iter().filter(|o| o.gone().is_none()) {
        let name = object.address().unwrap_or("a record").to_owned();
        let account = accounts.iter().find(|a| a.id == object.object.account);
        let (Some(account), Some(seen)) = (account, &object.object.record) else {
            problems.push(format!(
                "{name}: it is no record of the archive, so that its id on the platform is not known"
            ));
            continue;
        };
        let door = account.platform.as_str();
        let native = block_in_place(|| archive.catalog().native_of(seen.record, door))?;
        let Some(native_id) = native else {
            problems.push(format!("{name}: its id on {door} is not known"));
            continue;
        };
        let item = Question {
            native_id,
            kind: seen.kind,
            permalink: seen.permalink.clone(),
            parent: None,
            visibility: seen.visibility,
        };
        let answer = match (means.credential)(account) {
            Err(why) => Err(why),
            Ok(None) => Err("its account names no credential to hide with".to_owned()),
            Ok(Some(credential)) => {
                let asked = platform::hide(means.client, account, &credential, &item);
                asked.await.map_err(|error| told(&error))
            }
        };
        let (what, told) = match answer {
            Ok(answer) if answer.is_hidden() => {
                hidden += 1;
                (RemovalWhat::Hidden, answer.told)
            }
            Ok(answer) => (RemovalWhat::NotHidden, answer.told),
            Err(why) => (RemovalWhat::NotHidden, why),
        };
        if what == RemovalWhat::NotHidden {
            problems.push(format!("{name}: {told}"));
        }
        block_in_place(|| {
            let at = now();
            archive.catalog().note_removal(
                &case.removal,
                &[NewRemovalStep {
                    object: Some(object.object.row),
                    value: Some("arkivd, by the platform's interface"),
                    text: Some(&told),
                    ..NewRemovalStep::of(what, at, at, &around.actor)
                }],
            )
        })?;
    }
    let number = case.removal.number.to_string();
    let case = block_in_place(|| Case::named(&archive.catalog(), policy, &number, now()))?;
    Ok(HideOutcome {
        case,
        hidden,
        problems,
    })
}
