//! What one record is: as it was, as the thread it stands in, or as a rule says.

use std::rc::Rc;

use super::super::Standing;
use super::{Mode, Ready, Run};
use crate::catalog::Error;
use crate::retention::{Decides, Thread};

impl Run<'_> {
    /// Whether what was decided stands, without asking the rules.
    pub(super) fn keeps(
        &mut self,
        before: Option<Standing>,
        head: Option<(i64, Standing)>,
    ) -> Result<bool, Error> {
        let Some(before) = before else {
            return Ok(self.mode == Mode::Threads && head.is_none());
        };
        if before.is_by_hand() {
            return Ok(true);
        }
        if self.mode == Mode::Anew {
            return Ok(false);
        }
        let Some((n, head)) = head else {
            return Ok(before.follows.is_none());
        };
        if before.follows.is_some() {
            return Ok(before.follows == Some(n)
                && (before.plan_row, before.rule) == (head.plan_row, head.rule));
        }
        // Rules of a plan are numbered in their order: an earlier one of its own goes before its thread's.
        let of_one_plan = self.rows.get(self.catalog, before.plan_row)?.plan
            == self.rows.get(self.catalog, head.plan_row)?.plan;
        Ok(of_one_plan && head.rule.is_some_and(|of_head| before.rule < Some(of_head)))
    }

    pub(super) fn judged(
        &mut self,
        n: i64,
        committee: usize,
        before: Option<Standing>,
        head: Option<(i64, Standing)>,
    ) -> Result<Option<Standing>, Error> {
        let plan = self.plan(committee)?;
        let as_thread = head.map(|(n, head)| Standing {
            plan_row: head.plan_row,
            rule: head.rule,
            follows: Some(n),
            thread: false,
        });
        let Some(plan) = plan else {
            self.report.without_plan += 1;
            // Without a plan nothing new is decided, and what was stands.
            let stays = before.filter(|b| b.follows.is_none());
            let now = as_thread.or(stays);
            if now != before {
                let published = self.published(n)?;
                self.write(n, now, published)?;
            }
            return Ok(now);
        };
        let thread = head.map(|(_, head)| {
            let place = plan
                .rules
                .iter()
                .position(|(_, rule)| Some(*rule) == head.rule);
            place.map_or(Thread::Decided, Thread::Rule)
        });
        let (decides, published) = self.asked(n, &plan, thread)?;
        let now = match decides {
            None => None,
            Some(Decides::Thread) => as_thread,
            Some(Decides::Rule(at)) => plan.rules.get(at).map(|(plan_row, rule)| Standing {
                plan_row: *plan_row,
                rule: Some(*rule),
                follows: None,
                thread: plan.classifier.is_for_threads(at),
            }),
        };
        if now != before {
            self.write(n, now, published)?;
        }
        Ok(now)
    }

    fn plan(&mut self, committee: usize) -> Result<Option<Rc<Ready>>, Error> {
        let name = self.committees.get(committee).cloned().unwrap_or_default();
        if let Some(known) = self.plans.get(&name) {
            return Ok(known.clone());
        }
        let ready = self.catalog.ready(&name, self.day)?.map(Rc::new);
        self.plans.insert(name, ready.clone());
        Ok(ready)
    }
}
