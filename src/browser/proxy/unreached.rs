//! What the browser asked for and did not reach, for capture.json.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// A page may name as many hosts as it likes; so many are told one by one.
const MOST: usize = 1000;

/// A host the proxy did not connect the browser with, or cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreached {
    /// `host:port`; as the browser wrote it, shortened, where it is no address.
    pub to: String,
    #[serde(flatten)]
    pub why: Why,
    pub times: u64,
}

/// Why it was not reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Why {
    /// It lies inside the network, and is neither the page's own origin nor allowed.
    Inside,
    /// The browser's own call to its maker.
    CallHome,
    /// What stands there is no address that a page can have.
    NotAnAddress,
    /// The name leads nowhere.
    NotFound,
    Connection {
        detail: String,
    },
    TimedOut {
        seconds: u64,
    },
    /// The other side broke the rules of HTTP or broke off.
    Broken {
        detail: String,
    },
    ConnectionsLimit {
        limit: u64,
    },
    BytesLimit {
        limit: u64,
    },
    /// Another program of the machine, not the browser, asked.
    OtherUser,
}

#[derive(Debug, Default)]
pub(super) struct Account {
    rows: Mutex<HashMap<(String, Why), u64>>,
}

impl Account {
    pub(super) fn note(&self, to: &str, why: Why) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let to: String = to.chars().take(200).collect();
        let full = rows.len() >= MOST;
        let key = (to, why);
        if full && !rows.contains_key(&key) {
            *rows.entry(("others".to_owned(), key.1)).or_default() += 1;
        } else {
            *rows.entry(key).or_default() += 1;
        }
    }

    /// Sorted by name.
    pub(super) fn told(&self) -> Vec<Unreached> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told: Vec<Unreached> = rows
            .iter()
            .map(|((to, why), times)| Unreached {
                to: to.clone(),
                why: why.clone(),
                times: *times,
            })
            .collect();
        told.sort_by(|a, b| a.to.cmp(&b.to).then(b.times.cmp(&a.times)));
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_refusal_is_one_row_and_the_rows_have_an_end() {
        let account = Account::default();
        account.note("10.0.0.1:80", Why::Inside);
        account.note("10.0.0.1:80", Why::Inside);
        for n in 0..5000 {
            account.note(&format!("h{n}:80"), Why::NotFound);
        }
        let told = account.told();
        assert!(told.len() <= MOST + 1, "{}", told.len());
        assert_eq!(told.iter().map(|u| u.times).sum::<u64>(), 5002);
        let first = told.iter().find(|u| u.why == Why::Inside).unwrap();
        assert_eq!((first.to.as_str(), first.times), ("10.0.0.1:80", 2));
        let json = serde_json::to_value(first).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"to": "10.0.0.1:80", "why": "inside", "times": 2})
        );
    }
}
