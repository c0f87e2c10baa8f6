//! What a record is by the rules of a plan. Pure: the same facts and the same plan give the same row, in whatever order
//! records come.
//!
//! The first rule that fits a record decides. A rule for threads (VAR-1) also fits what answers the record it decided,
//! at its own place among the rules: an earlier rule that fits the answer itself goes first, so that secret information
//! in an answer is not what the post above it is.

use super::words::Words;
use super::{Plan, Rule, RuleKind};
use crate::record::{Kind, Visibility};

/// The rules of a plan, made ready once.
#[derive(Debug, Clone)]
pub struct Classifier {
    rules: Vec<Ready>,
    words: Words,
    needs_own: bool,
}

/// A rule, with what is asked first as bits.
#[derive(Debug, Clone)]
struct Ready {
    accounts: Vec<String>,
    kinds: u8,
    visibilities: u8,
    own: Option<bool>,
    words: bool,
    categories: Vec<String>,
    thread: bool,
}

/// The rules that may fit records of one account.
#[derive(Debug, Clone)]
pub struct OfAccount<'c> {
    classifier: &'c Classifier,
    rules: Vec<usize>,
}

/// What rules ask of a record.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f> {
    pub kind: Kind,
    pub visibility: Visibility,
    /// Written by the municipality itself.
    pub own: bool,
    pub title: Option<&'f str>,
    pub text: &'f str,
    /// Of the removal cases it is in.
    pub categories: &'f [String],
}

/// How the thread that a record stands in was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thread {
    /// By this rule of the plan.
    Rule(usize),
    /// By hand, or under another version of the plan.
    Decided,
}

/// What decides a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decides {
    /// It is what its thread is.
    Thread,
    /// The rule of that index.
    Rule(usize),
}

/// What one of a rule's demands came to, for `--explain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    Account(bool),
    Kind(bool),
    Visibility(bool),
    Own(bool),
    /// The words of the rule that stand in the record.
    Words(Vec<String>),
    /// The categories of the rule that its cases are of.
    Categories(Vec<String>),
}

impl Demand {
    pub fn is_met(&self) -> bool {
        match self {
            Self::Account(met) | Self::Kind(met) | Self::Visibility(met) | Self::Own(met) => *met,
            Self::Words(found) | Self::Categories(found) => !found.is_empty(),
        }
    }
}

fn bit(place: Option<usize>) -> u8 {
    place.map_or(0, |place| 1 << place)
}

fn kind_bit(kind: Kind) -> u8 {
    bit(Kind::ALL.iter().position(|k| *k == kind))
}

fn visibility_bit(visibility: Visibility) -> u8 {
    bit(Visibility::ALL.iter().position(|v| *v == visibility))
}

/// The kinds of records that a rule is for. One for page captures alone is for none of them.
fn kinds(rule: &Rule) -> u8 {
    match rule.kinds.as_slice() {
        [] => u8::MAX,
        kinds => kinds.iter().fold(0, |bits, kind| match kind {
            RuleKind::Record(kind) => bits | kind_bit(*kind),
            RuleKind::PageCapture => bits,
        }),
    }
}

fn visibilities(rule: &Rule) -> u8 {
    match rule.visibilities.as_slice() {
        [] => u8::MAX,
        some => some.iter().fold(0, |bits, v| bits | visibility_bit(*v)),
    }
}

impl Classifier {
    pub fn new(plan: &Plan) -> Self {
        let ready = |rule: &Rule| Ready {
            accounts: rule.accounts.clone(),
            // What leads to no row of the plan decides nothing.
            kinds: match plan.row(&rule.row) {
                Some(_) => kinds(rule),
                None => 0,
            },
            visibilities: visibilities(rule),
            own: rule.own,
            words: !rule.words.is_empty(),
            categories: rule.categories.clone(),
            thread: rule.thread,
        };
        let words = plan.rules.iter().enumerate();
        Self {
            rules: plan.rules.iter().map(ready).collect(),
            words: Words::new(
                words.flat_map(|(n, r)| r.words.iter().map(move |w| (n, w.as_str()))),
            ),
            needs_own: plan.rules.iter().any(|r| r.own.is_some()),
        }
    }

    /// Whether any rule asks who wrote.
    pub fn needs_own(&self) -> bool {
        self.needs_own
    }

    /// Whether what the rule of that index decides is what its answers are.
    pub fn is_for_threads(&self, rule: usize) -> bool {
        self.rules.get(rule).is_some_and(|r| r.thread)
    }

    pub fn of_account(&self, account: &str) -> OfAccount<'_> {
        let fits = |r: &Ready| {
            r.kinds != 0 && (r.accounts.is_empty() || r.accounts.iter().any(|a| a == account))
        };
        let rules = self.rules.iter().enumerate();
        OfAccount {
            classifier: self,
            rules: rules.filter(|(_, r)| fits(r)).map(|(n, _)| n).collect(),
        }
    }
}

impl OfAccount<'_> {
    /// The first rule that fits; `None` where none does.
    pub fn first(&self, facts: &Facts<'_>) -> Option<usize> {
        let (kind, visibility) = (kind_bit(facts.kind), visibility_bit(facts.visibility));
        // The text is read once, and only when a rule that all else fits asks for words.
        let mut found: Option<Vec<usize>> = None;
        for n in &self.rules {
            let Some(rule) = self.classifier.rules.get(*n) else {
                continue;
            };
            if rule.kinds & kind == 0
                || rule.visibilities & visibility == 0
                || rule.own.is_some_and(|own| own != facts.own)
                || !rule.categories.is_empty()
                    && !rule.categories.iter().any(|c| facts.categories.contains(c))
            {
                continue;
            }
            if !rule.words || found.get_or_insert_with(|| self.words(facts)).contains(n) {
                return Some(*n);
            }
        }
        None
    }

    /// The rules whose words stand in the record.
    fn words(&self, facts: &Facts<'_>) -> Vec<usize> {
        let mut found = Vec::new();
        let mut note = |rule| {
            if !found.contains(&rule) {
                found.push(rule);
            }
        };
        if let Some(title) = facts.title {
            self.classifier.words.find(title, &mut note);
        }
        self.classifier.words.find(facts.text, &mut note);
        found
    }

    /// What decides a record that stands in a thread so decided, or in none.
    pub fn decide(&self, facts: &Facts<'_>, thread: Option<Thread>) -> Option<Decides> {
        match thread {
            None => self.first(facts).map(Decides::Rule),
            Some(Thread::Decided) => Some(Decides::Thread),
            Some(Thread::Rule(of_thread)) => Some(match self.first(facts) {
                Some(own) if own < of_thread => Decides::Rule(own),
                _ => Decides::Thread,
            }),
        }
    }
}

/// What each demand of a rule came to, in the order that they are asked.
pub fn demands(rule: &Rule, account: &str, facts: &Facts<'_>) -> Vec<Demand> {
    let mut told = Vec::new();
    if !rule.accounts.is_empty() {
        told.push(Demand::Account(rule.accounts.iter().any(|a| a == account)));
    }
    if !rule.kinds.is_empty() {
        told.push(Demand::Kind(kinds(rule) & kind_bit(facts.kind) != 0));
    }
    if !rule.visibilities.is_empty() {
        let met = visibilities(rule) & visibility_bit(facts.visibility) != 0;
        told.push(Demand::Visibility(met));
    }
    if let Some(own) = rule.own {
        told.push(Demand::Own(own == facts.own));
    }
    if !rule.categories.is_empty() {
        let of_cases = rule
            .categories
            .iter()
            .filter(|c| facts.categories.contains(c));
        told.push(Demand::Categories(of_cases.cloned().collect()));
    }
    if !rule.words.is_empty() {
        let stands = |word: &&String| {
            let words = Words::new(std::iter::once((0, word.as_str())));
            let mut found = false;
            words.find(facts.title.unwrap_or_default(), &mut |_| found = true);
            words.find(facts.text, &mut |_| found = true);
            found
        };
        told.push(Demand::Words(
            rule.words.iter().filter(stands).cloned().collect(),
        ));
    }
    told
}
