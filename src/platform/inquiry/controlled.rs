//! Questions asked between controls: what is known to be there is asked for before and after, in the same manner, and
//! what was answered between counts only if both were found.

use super::super::reading::Reading;
use super::super::{feed, mastodon, wordpress};
use super::{Answer, Asked, Doubt, Presence, Question};
use crate::record::Kind;

/// Questions between two controls: few enough that the controls stay close in time.
const RUN: usize = 20;

/// Controls that are tried before it is said that none is found: a control may itself have gone.
const TRIED: usize = 3;

/// How a platform is asked about one item.
pub(in crate::platform) enum Way {
    WordPress(wordpress::Inquiry),
    Feed(feed::Inquiry),
    Mastodon(mastodon::Inquiry),
}

impl Way {
    async fn ask(&self, reading: &mut Reading<'_>, question: &Question) -> Asked {
        match self {
            Self::WordPress(inquiry) => inquiry.ask(reading, question).await,
            Self::Feed(inquiry) => inquiry.ask(reading, question).await,
            Self::Mastodon(inquiry) => inquiry.ask(reading, question).await,
        }
    }

    /// How alike a control is to a question: the same kind of address first. `None`: it says nothing of it.
    fn likeness(&self, question: &Question, control: &Question) -> Option<u8> {
        match self {
            Self::Feed(inquiry) => inquiry.address(control).is_some().then_some(0),
            // One interface with one login: another kind of item tells less, and still that we are let in.
            Self::WordPress(_) => Some(u8::from(question.kind != control.kind)),
            Self::Mastodon(inquiry) => {
                (inquiry.access(question) == inquiry.access(control)).then_some(0)
            }
        }
    }
}

/// Asks all questions, an answer a question, in their order.
pub(in crate::platform) async fn controlled(
    reading: &mut Reading<'_>,
    way: &Way,
    questions: &[Question],
    controls: &[Question],
) -> Vec<Answer> {
    let mut answers: Vec<Option<Asked>> = questions.iter().map(|_| None).collect();
    // What is answered is a control too, if it is found: the only comment may have gone.
    let controls: Vec<Question> = controls
        .iter()
        .cloned()
        .chain(questions.iter().filter_map(above))
        .collect();
    // Questions with the same controls are one run.
    let mut runs: Vec<(Vec<&Question>, Vec<usize>)> = Vec::new();
    for (at, question) in questions.iter().enumerate() {
        let fitting = fitting(way, question, questions, &controls);
        match runs.iter_mut().find(|(known, _)| *known == fitting) {
            Some((_, run)) => run.push(at),
            None => runs.push((fitting, vec![at])),
        }
    }
    // What ends one run ends the others: a server that is throttled or down is left alone.
    let mut ended: Option<(Doubt, String)> = None;
    for (controls, run) in &runs {
        let mut before: Option<Result<(), (Doubt, String)>> = None;
        for part in run.chunks(RUN) {
            let stands = match (&ended, before.take()) {
                (Some(doubt), _) => Err(doubt.clone()),
                (None, Some(stands)) => stands,
                (None, None) => control(reading, way, controls).await,
            };
            let mut asked = Vec::with_capacity(part.len());
            for at in part {
                let Some(question) = questions.get(*at) else {
                    continue;
                };
                let told = match (&ended, &stands) {
                    (Some((doubt, told)), _) => Asked::unsettled(*doubt, told.clone()),
                    // Without a control it may still be found.
                    (None, Err((doubt, told))) if *doubt != Doubt::NoControl => {
                        Asked::unsettled(*doubt, told.clone())
                    }
                    _ => way.ask(reading, question).await,
                };
                if let Presence::Unsettled(
                    doubt @ (Doubt::Throttled | Doubt::TimedOut | Doubt::Unreachable),
                ) = told.presence
                {
                    ended.get_or_insert((doubt, told.told.clone()));
                }
                asked.push((*at, told));
            }
            let settles = |told: &Asked| {
                matches!(
                    told.presence,
                    Presence::Hidden { .. } | Presence::Removed { .. }
                )
            };
            let after = match stands {
                Ok(()) if asked.iter().any(|(_, told)| settles(told)) => {
                    control(reading, way, controls).await
                }
                stands => stands,
            };
            for (at, mut told) in asked {
                if let (true, Err((doubt, control))) = (settles(&told), &after) {
                    told.told = match doubt {
                        Doubt::NoControl => told.told,
                        _ => format!("{}; the control: {control}", told.told),
                    };
                    told.presence = Presence::Unsettled(*doubt);
                }
                if let Some(answer) = answers.get_mut(at) {
                    *answer = Some(told);
                }
            }
            before = Some(after);
        }
    }
    answers
        .into_iter()
        .map(|asked| {
            let unasked = || Asked::unsettled(Doubt::Unclear, "not asked");
            asked.unwrap_or_else(unasked).answer()
        })
        .collect()
}

/// What the question's item answers, as a question of its own.
fn above(question: &Question) -> Option<Question> {
    let native_id = question.parent.clone()?;
    let kind = match native_id.0.split(':').next() {
        Some("page") => Kind::Page,
        Some("comment") => Kind::Comment,
        _ => Kind::Post,
    };
    Some(Question {
        native_id,
        kind,
        permalink: None,
        parent: None,
        visibility: question.visibility,
    })
}

/// The controls for a question, most alike first; never what is itself asked about.
fn fitting<'c>(
    way: &Way,
    question: &Question,
    questions: &[Question],
    controls: &'c [Question],
) -> Vec<&'c Question> {
    let mut all: Vec<(u8, &Question)> = controls
        .iter()
        .filter(|control| questions.iter().all(|q| q.native_id != control.native_id))
        .filter_map(|control| Some((way.likeness(question, control)?, control)))
        .collect();
    all.sort_by_key(|(likeness, _)| *likeness);
    all.truncate(TRIED);
    all.into_iter().map(|(_, control)| control).collect()
}

/// Whether what is known to be there is found.
async fn control(
    reading: &mut Reading<'_>,
    way: &Way,
    controls: &[&Question],
) -> Result<(), (Doubt, String)> {
    let mut failed = (
        Doubt::NoControl,
        "nothing known to be there to ask for first".to_owned(),
    );
    for control in controls {
        let asked = way.ask(reading, control).await;
        let doubt = match asked.presence {
            Presence::There => return Ok(()),
            Presence::Unsettled(
                doubt @ (Doubt::Throttled | Doubt::TimedOut | Doubt::Unreachable),
            ) => return Err((doubt, asked.told)),
            _ => Doubt::LoggedOut,
        };
        let told = match way {
            Way::Mastodon(inquiry) => inquiry.of_account(reading, asked.told).await,
            _ => asked.told,
        };
        failed = (doubt, told);
    }
    Err(failed)
}
