//! Turns: who may capture now. One capture an account at a time, a few a host, a few in all.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::record::AccountId;

/// How many captures may run at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub at_once: usize,
    /// On one host.
    pub per_host: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once: 2,
            per_host: 1,
        }
    }
}

/// The turns of one archive. Who came first goes first, among those whose account and host are free.
#[derive(Debug, Default)]
pub struct Turns(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    limits: Limits,
    accounts: HashSet<AccountId>,
    hosts: HashMap<String, usize>,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    account: AccountId,
    host: String,
    /// Carries the turn itself, so that one nobody waits for any more ends by itself.
    call: oneshot::Sender<Turn>,
}

/// A turn; it ends when it is dropped.
#[derive(Debug)]
pub struct Turn {
    account: AccountId,
    host: String,
    state: Arc<Mutex<State>>,
}

impl Turns {
    /// How many may run from now on. What runs already is not stopped.
    pub fn set_limits(&self, limits: Limits) {
        lock(&self.0).limits = limits;
        call_next(&self.0);
    }

    /// Waits until account, host and archive have room, and takes all three at once. `wait` is called if it has to.
    pub async fn take(&self, account: &AccountId, host: &str, wait: impl FnOnce()) -> Turn {
        let (call, mut called) = oneshot::channel();
        lock(&self.0).waiting.push_back(Waiting {
            account: account.clone(),
            host: host.to_owned(),
            call,
        });
        call_next(&self.0);
        if let Ok(turn) = called.try_recv() {
            return turn;
        }
        wait();
        match called.await {
            Ok(turn) => turn,
            // The caller's end lives in the queue, which lives as long as `self`.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        {
            let mut state = lock(&self.state);
            state.accounts.remove(&self.account);
            if let Some(n) = state.hosts.get_mut(&self.host) {
                *n -= 1;
                if *n == 0 {
                    state.hosts.remove(&self.host);
                }
            }
        }
        call_next(&self.state);
    }
}

impl State {
    fn has_room(&self, waiting: &Waiting) -> bool {
        self.accounts.len() < self.limits.at_once.max(1)
            && !self.accounts.contains(&waiting.account)
            && self.hosts.get(&waiting.host).copied().unwrap_or(0) < self.limits.per_host.max(1)
    }

    /// The first who may go now; those who left are forgotten.
    fn next(&mut self) -> Option<Waiting> {
        self.waiting.retain(|w| !w.call.is_closed());
        let at = self.waiting.iter().position(|w| self.has_room(w))?;
        let waiting = self.waiting.remove(at)?;
        self.accounts.insert(waiting.account.clone());
        *self.hosts.entry(waiting.host.clone()).or_default() += 1;
        Some(waiting)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Nothing in here panics between two changes that belong together.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn call_next(state: &Arc<Mutex<State>>) {
    loop {
        let Some(next) = lock(state).next() else {
            return;
        };
        let turn = Turn {
            account: next.account,
            host: next.host,
            state: Arc::clone(state),
        };
        // Whoever left in this very moment: the turn comes back and ends, unlocked, which calls the next.
        drop(next.call.send(turn));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn id(name: &str) -> AccountId {
        name.parse().unwrap()
    }

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(out) => Some(out),
            Poll::Pending => None,
        }
    }

    fn now(turns: &Turns, account: &str, host: &str) -> Option<Turn> {
        poll(pin!(turns.take(&id(account), host, || {})))
    }

    #[test]
    fn one_an_account_one_a_host_two_in_all() {
        let turns = Turns::default();
        let a = now(&turns, "a", "x").unwrap();
        assert!(now(&turns, "a", "y").is_none(), "the account is busy");
        assert!(now(&turns, "b", "x").is_none(), "the host is busy");
        let c = now(&turns, "c", "z").unwrap();
        assert!(now(&turns, "d", "w").is_none(), "two run");
        drop(c);
        let d = now(&turns, "d", "w").unwrap();
        drop((a, d));
        assert!(now(&turns, "b", "x").is_some());
        assert!(lock(&turns.0).hosts.is_empty());
    }

    #[test]
    fn the_first_who_can_go_goes_first_and_those_who_left_are_passed() {
        let turns = Turns::default();
        turns.set_limits(Limits {
            at_once: 1,
            per_host: 1,
        });
        let running = now(&turns, "a", "x").unwrap();
        let told = std::cell::Cell::new(0);
        let (ib, ic, id_) = (id("b"), id("c"), id("d"));
        let mut c = pin!(turns.take(&ic, "z", || told.set(told.get() + 1)));
        assert!(poll(c.as_mut()).is_none());
        {
            let mut left = pin!(turns.take(&ib, "y", || {}));
            assert!(poll(left.as_mut()).is_none());
        }
        let mut d = pin!(turns.take(&id_, "w", || {}));
        assert!(poll(d.as_mut()).is_none());
        drop(running);
        assert!(poll(d.as_mut()).is_none(), "c came first");
        // Called, but gone before it looked: its turn passes on.
        let c = poll(c.as_mut()).unwrap();
        drop(c);
        assert!(poll(d.as_mut()).is_some());
        assert_eq!(told.get(), 1, "who waits is told once");
    }

    #[test]
    fn a_turn_that_was_called_and_never_taken_passes_on() {
        let turns = Turns::default();
        let running = (
            now(&turns, "a", "x").unwrap(),
            now(&turns, "b", "y").unwrap(),
        );
        let ic = id("c");
        {
            let mut c = pin!(turns.take(&ic, "z", || {}));
            assert!(poll(c.as_mut()).is_none());
            drop(running.0);
        }
        assert!(now(&turns, "d", "w").is_some());
    }

    #[test]
    fn higher_limits_call_who_waits() {
        let turns = Turns::default();
        let _running = (
            now(&turns, "a", "x").unwrap(),
            now(&turns, "b", "y").unwrap(),
        );
        let ic = id("c");
        let mut c = pin!(turns.take(&ic, "x", || {}));
        assert!(poll(c.as_mut()).is_none());
        turns.set_limits(Limits {
            at_once: 3,
            per_host: 2,
        });
        assert!(poll(c.as_mut()).is_some());
    }
}
