//! The gate: what must be done before a post is deleted, and before a case is closed, with the rule's own words.

use chrono::{DateTime, Utc};

use super::category::{Category, CategoryKind, Rule};
use crate::policy::{PoliceReport, Policy, RemovalDemand, Setting};

/// What is known of a case.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub things: Vec<Thing>,
    pub registered: Option<DateTime<Utc>>,
    /// The row of the plan or the delegation decision was named.
    pub authority: Option<DateTime<Utc>>,
    pub author_informed: bool,
    pub police: bool,
    /// The clock for Integritetsskyddsmyndigheten runs.
    pub imy_open: bool,
}

/// One thing that a case is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thing {
    /// Sealed and in the ledger.
    pub saved: Option<DateTime<Utc>>,
    pub hidden: Option<DateTime<Utc>>,
    pub deleted: Option<DateTime<Utc>>,
    /// What its row of the decided plan says of registration, where that is asked of all that the row has (COM-2).
    pub registration: Option<Rule>,
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    Saved,
    Registered,
    PlanRowOrDelegation,
    Gone,
    AuthorInformed,
    Police,
    Imy,
    Category,
}

/// Something that is missing, and the rule that asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    pub demand: Demand,
    /// Of how many things; 0 for what is asked of the case as a whole.
    pub things: usize,
    pub rule: Option<Rule>,
}

/// What must be done before all of it may be deleted at that time; empty when the gate is open.
pub fn before_deletion(policy: &Policy, facts: &Facts, at: DateTime<Utc>) -> Vec<Lack> {
    let mut lacks = Vec::new();
    let done = |when: Option<DateTime<Utc>>| when.is_some_and(|when| when <= at);
    let unsaved = facts
        .things
        .iter()
        .filter(|t| t.deleted.is_none() && !done(t.saved))
        .count();
    let rule = |demand| rule_of(policy, demand);
    // Asked of all, whatever the text says (COM-2).
    if unsaved > 0 {
        lacks.push(Lack {
            demand: Demand::Saved,
            things: unsaved,
            rule: rule(RemovalDemand::Saved),
        });
    }
    let left = || facts.things.iter().filter(|t| t.deleted.is_none());
    for (rule, demand, when) in [
        (
            rule(RemovalDemand::Registered).or_else(|| by_plan(left())),
            Demand::Registered,
            facts.registered,
        ),
        (
            rule(RemovalDemand::PlanRowOrDelegation),
            Demand::PlanRowOrDelegation,
            facts.authority,
        ),
    ] {
        if let Some(rule) = rule
            && !done(when)
        {
            lacks.push(Lack {
                demand,
                things: 0,
                rule: Some(rule),
            });
        }
    }
    lacks
}

/// What must be done before a case is closed.
pub fn before_closing(policy: &Policy, category: &Category, facts: &Facts) -> Vec<Lack> {
    let count = |lacks: &dyn Fn(&Thing) -> bool| facts.things.iter().filter(|t| lacks(t)).count();
    let mut found = Vec::new();
    let mut lack = |demand, things, rule| {
        found.push(Lack {
            demand,
            things,
            rule,
        });
    };
    if category.kind == CategoryKind::Unclear {
        lack(Demand::Category, 0, None);
    }
    let there = count(&|t| t.hidden.is_none() && t.deleted.is_none());
    if there > 0 {
        lack(Demand::Gone, there, None);
    }
    let unsaved = count(&|t| t.saved.is_none());
    if unsaved > 0 {
        lack(
            Demand::Saved,
            unsaved,
            rule_of(policy, RemovalDemand::Saved),
        );
    }
    if facts.registered.is_none()
        && let Some(rule) =
            rule_of(policy, RemovalDemand::Registered).or_else(|| by_plan(facts.things.iter()))
    {
        lack(Demand::Registered, 0, Some(rule));
    }
    let deleted = facts.things.iter().any(|t| t.deleted.is_some());
    if deleted
        && facts.authority.is_none()
        && let Some(rule) = rule_of(policy, RemovalDemand::PlanRowOrDelegation)
    {
        lack(Demand::PlanRowOrDelegation, 0, Some(rule));
    }
    if let Some(told) = policy.author_informed.as_ref().filter(|s| s.value)
        && category.kind != CategoryKind::CryForHelp
        && !facts.author_informed
    {
        lack(Demand::AuthorInformed, 0, Some(of(told)));
    }
    if let Some(police) = &policy.police_report
        && police.value == PoliceReport::CriminalMaterial
        && category.kind == CategoryKind::Statutory
        && !facts.police
    {
        lack(Demand::Police, 0, Some(of(police)));
    }
    if facts.imy_open {
        let rule = policy.imy_report.as_ref().map(of);
        lack(Demand::Imy, 0, rule);
    }
    found
}

/// What must be done before an emergency is closed, besides its own end: no rule of the municipality's is asked.
pub fn before_ending(facts: &Facts) -> Vec<Lack> {
    let there = facts.things.iter();
    let there = there.filter(|t| t.hidden.is_none() && t.deleted.is_none());
    let lack = |demand, things| Lack {
        demand,
        things,
        rule: None,
    };
    let mut lacks = Vec::new();
    let there = there.count();
    if there > 0 {
        lacks.push(lack(Demand::Gone, there));
    }
    if !facts.police {
        lacks.push(lack(Demand::Police, 0));
    }
    lacks
}

fn rule_of(policy: &Policy, demand: RemovalDemand) -> Option<Rule> {
    let setting = policy.removal_demand.iter().find(|s| s.value == demand)?;
    Some(of(setting))
}

/// The first row of a plan that asks for registration.
fn by_plan<'t>(mut things: impl Iterator<Item = &'t Thing>) -> Option<Rule> {
    things.find_map(|thing| thing.registration.clone())
}

fn of<T>(setting: &Setting<T>) -> Rule {
    Rule::of(
        &setting.requirement,
        &setting.source,
        setting.quote.as_str(),
    )
}

impl Demand {
    /// As JSON names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Registered => "registered",
            Self::PlanRowOrDelegation => "plan-row-or-delegation",
            Self::Gone => "hidden-or-deleted",
            Self::AuthorInformed => "author-informed",
            Self::Police => "police",
            Self::Imy => "imy",
            Self::Category => "category",
        }
    }
}

impl Lack {
    pub fn english(&self) -> String {
        let some = match self.things {
            0 | 1 => String::new(),
            n => format!(" ({n} of them)"),
        };
        match self.demand {
            Demand::Saved => format!("it is not saved in the archive{some}"),
            Demand::Registered => "it is not registered: no diarienummer is noted".to_owned(),
            Demand::PlanRowOrDelegation => {
                "no gallringsbeslut is noted: the plan's row or the delegation decision".to_owned()
            }
            Demand::Gone => format!("it is neither hidden nor deleted on the platform{some}"),
            Demand::AuthorInformed => {
                "the author has not been told that it was removed and why".to_owned()
            }
            Demand::Police => "no report to the police is noted".to_owned(),
            Demand::Imy => {
                "the report to Integritetsskyddsmyndigheten is not settled: neither a reference nor the data protection officer's judgement that none is needed".to_owned()
            }
            Demand::Category => "its category is not set".to_owned(),
        }
    }

    pub fn swedish(&self) -> String {
        let some = match self.things {
            0 | 1 => String::new(),
            n => format!(" ({n} stycken)"),
        };
        match self.demand {
            Demand::Saved => format!("Det är inte sparat i arkivet{some}."),
            Demand::Registered => "Det är inte diariefört: diarienummer saknas.".to_owned(),
            Demand::PlanRowOrDelegation => {
                "Gallringsbeslut saknas: planens rad eller ett delegationsbeslut.".to_owned()
            }
            Demand::Gone => format!("Det är varken dolt eller raderat{some}."),
            Demand::AuthorInformed => {
                "Den som skrev har inte fått veta att det togs bort och varför.".to_owned()
            }
            Demand::Police => "Polisanmälan är inte antecknad.".to_owned(),
            Demand::Imy => "Anmälan till Integritetsskyddsmyndigheten är inte avgjord.".to_owned(),
            Demand::Category => "Kategori är inte angiven.".to_owned(),
        }
    }

    /// The command that mends it; `case` is the case's number.
    pub fn remedy(&self, case: u64) -> String {
        match self.demand {
            Demand::Saved => format!("arkivd removal save {case}"),
            Demand::Registered => format!("arkivd removal mark {case} registered=DIARIENUMMER"),
            Demand::PlanRowOrDelegation => {
                format!(
                    "arkivd removal mark {case} gallringsbeslut=REFERENCE (plan:ROW for a row of the plan)"
                )
            }
            Demand::Gone => format!("arkivd removal mark {case} hidden"),
            Demand::AuthorInformed => format!(
                "arkivd removal notice {case}, then arkivd removal mark {case} author-informed --text FILE"
            ),
            Demand::Police => format!("arkivd removal mark {case} police=REFERENCE"),
            Demand::Imy => format!(
                "arkivd removal mark {case} imy=REFERENCE, or dpo=NAME --no-report --text FILE"
            ),
            Demand::Category => format!("arkivd removal mark {case} category=CATEGORY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Categories;
    use super::*;
    use crate::policy::Profile;
    use crate::retention::{Plan, PlanRow};

    fn policy(name: &str) -> Policy {
        Profile::named(name).unwrap().policy
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + minute * 60, 0).unwrap()
    }

    fn demands(lacks: &[Lack]) -> Vec<Demand> {
        lacks.iter().map(|l| l.demand).collect()
    }

    fn saved() -> Facts {
        Facts {
            things: vec![Thing {
                saved: Some(at(0)),
                ..Thing::default()
            }],
            ..Facts::default()
        }
    }

    #[test]
    fn each_municipality_asks_for_its_own_before_deletion() {
        use Demand::{PlanRowOrDelegation, Registered, Saved};
        let nothing = Facts {
            things: vec![Thing::default()],
            ..Facts::default()
        };
        for (name, asked) in [
            ("falkoping", vec![Saved]),
            ("lilla-edet", vec![Saved, Registered]),
            ("hallstahammar", vec![Saved]),
            ("standard", vec![Saved]),
            ("tibro", vec![Saved, Registered]),
            ("vara", vec![Saved, Registered, PlanRowOrDelegation]),
        ] {
            let policy = policy(name);
            assert_eq!(
                demands(&before_deletion(&policy, &nothing, at(1))),
                asked,
                "{name}"
            );
            let rest = demands(&before_deletion(&policy, &saved(), at(1)));
            assert_eq!(rest, asked.get(1..).unwrap(), "{name}");
        }
    }

    #[test]
    fn what_the_plan_has_registered_is_registered_before() {
        let row = Plan::parse(
            "[plan]\ntitle = \"Plan\"\n[[row]]\nid = \"hot\"\nhandlingstyp = \"Hot\"\narchive = \"bevaras\"\nregistration = \"Förs in i diariet\"\nsource = \"vara.txt:3\"\nquote = \"x\"\n",
            "plan.toml",
        )
        .unwrap()
        .rows
        .remove(0);
        let policy = policy("falkoping");
        let mut facts = saved();
        facts.things[0].registration = Rule::of_registration(&row);
        let lacks = before_deletion(&policy, &facts, at(1));
        assert_eq!(demands(&lacks), [Demand::Registered]);
        let rule = lacks[0].rule.as_ref().unwrap().to_string();
        assert_eq!(rule, "plan row hot, vara.txt:3: \"Förs in i diariet\"");
        let all = Categories::of(&policy).unwrap();
        facts.things[0].hidden = Some(at(1));
        let close = before_closing(&policy, all.find("reklam").unwrap(), &facts);
        assert_eq!(demands(&close), [Demand::Registered]);
        facts.registered = Some(at(1));
        assert_eq!(before_deletion(&policy, &facts, at(1)), []);
        for judged in ["I de fall som krävs", "vid behov", "Registreras inte"] {
            let row = PlanRow {
                registration: Some(judged.to_owned()),
                ..row.clone()
            };
            assert_eq!(Rule::of_registration(&row), None, "{judged}");
        }
    }

    #[test]
    fn what_was_done_later_does_not_count_for_what_went_before() {
        let tibro = policy("tibro");
        let facts = Facts {
            registered: Some(at(10)),
            ..saved()
        };
        assert_eq!(
            demands(&before_deletion(&tibro, &facts, at(9))),
            [Demand::Registered]
        );
        assert_eq!(before_deletion(&tibro, &facts, at(10)), []);
        let early = before_deletion(&tibro, &facts, at(-1));
        assert_eq!(demands(&early), [Demand::Saved, Demand::Registered]);
        let quote = early[1].rule.as_ref().unwrap().to_string();
        assert!(
            quote.starts_with("TIB-13, tibro.txt:216-218: \"Kommentarer och material"),
            "{quote}"
        );
    }

    #[test]
    fn one_of_many_that_is_not_saved_keeps_the_gate_shut() {
        let mut facts = saved();
        facts.things.push(Thing::default());
        facts.things.push(Thing::default());
        let lacks = before_deletion(&policy("falkoping"), &facts, at(1));
        assert_eq!(lacks[0].things, 2);
        assert!(lacks[0].english().contains("2 of them"));
        // What is deleted already is past saving.
        for thing in &mut facts.things {
            thing.deleted = Some(at(0));
        }
        assert_eq!(before_deletion(&policy("falkoping"), &facts, at(1)), []);
    }

    #[test]
    fn closing_asks_for_what_the_text_asks_for() {
        let closes = |name: &str, category: &str, facts: &Facts| {
            let policy = policy(name);
            let all = Categories::of(&policy).unwrap();
            demands(&before_closing(&policy, all.find(category).unwrap(), facts))
        };
        let mut facts = saved();
        assert_eq!(
            closes("tibro", "reklam", &facts),
            [Demand::Gone, Demand::Registered]
        );
        facts.things[0].hidden = Some(at(1));
        facts.registered = Some(at(2));
        assert_eq!(closes("tibro", "reklam", &facts), []);
        assert_eq!(closes("tibro", "oklar", &facts), [Demand::Category]);
        assert_eq!(closes("vara", "hets", &facts), []);
        assert_eq!(
            closes("lilla-edet", "fortal", &facts),
            [Demand::AuthorInformed]
        );
        assert_eq!(
            closes("lilla-edet", "nodrop", &facts),
            [],
            "no letter to who cries for help"
        );
        assert_eq!(closes("falkoping", "olaga-hot", &facts), [Demand::Police]);
        assert_eq!(closes("falkoping", "reklam", &facts), []);
        facts.things[0].deleted = Some(at(3));
        assert_eq!(
            closes("vara", "hets", &facts),
            [Demand::PlanRowOrDelegation]
        );
        facts.imy_open = true;
        facts.authority = Some(at(2));
        assert_eq!(closes("vara", "hets", &facts), [Demand::Imy]);
    }
}
