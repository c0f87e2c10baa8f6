//! A line that moves while a command works: drawn on a terminal, sent to a client that has one, else nothing.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::Sender;

use super::sink::Sink;
use crate::daemon::Frame;

/// What the line shows. As JSON it is the payload of a progress frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) label: String,
    pub(crate) message: String,
    /// How many of how many, where that is known.
    pub(crate) of: Option<(u64, u64)>,
}

pub(super) struct Bar {
    label: String,
    to: To,
}

enum To {
    Nobody,
    Terminal(ProgressBar),
    Client {
        frames: Sender<Frame>,
        sent: Mutex<Option<Instant>>,
    },
}

/// Faster than this nobody reads.
const PACE: Duration = Duration::from_millis(100);

impl Bar {
    pub(super) fn new(sink: &Sink, label: &str, draws: bool) -> Self {
        let to = match sink {
            _ if !draws => To::Nobody,
            Sink::Process => To::Terminal(spinner()),
            Sink::Client { frames, .. } => To::Client {
                frames: frames.clone(),
                sent: Mutex::new(None),
            },
        };
        Self {
            label: label.to_owned(),
            to,
        }
    }

    /// Shows how far it has come. Never waits: a slow client misses steps.
    pub(super) fn show(&self, message: &str, of: Option<(u64, u64)>) {
        let step = || Step {
            label: self.label.clone(),
            message: message.to_owned(),
            of,
        };
        match &self.to {
            To::Nobody => {}
            To::Terminal(bar) => draw(bar, &step()),
            To::Client { frames, sent } => {
                let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
                if sent.is_none_or(|last| last.elapsed() >= PACE) {
                    *sent = Some(Instant::now());
                    let json = serde_json::to_vec(&step()).unwrap_or_default();
                    // A full queue means that the client is behind already.
                    let _ = frames.try_send(Frame::Progress(json));
                }
            }
        }
    }

    pub(super) fn end(&self) {
        if let To::Terminal(bar) = &self.to {
            bar.finish_and_clear();
        }
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {msg}  {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn draw(bar: &ProgressBar, step: &Step) {
    if bar.prefix() != step.label {
        bar.set_prefix(step.label.clone());
    }
    let Some((position, length)) = step.of else {
        bar.set_message(step.message.clone());
        return;
    };
    if bar.length() != Some(length) {
        bar.set_length(length);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} {msg}  {eta}") {
            bar.set_style(style);
        }
        bar.set_message(step.message.clone());
    }
    bar.set_position(position);
}

/// The client's side: draws what the daemon tells, and clears it before other words.
#[derive(Default)]
pub(super) struct Drawn(Option<ProgressBar>);

impl Drawn {
    /// A payload that is none is left out: progress is for the eye only.
    pub(super) fn show(&mut self, payload: &[u8]) {
        if let Ok(step) = serde_json::from_slice::<Step>(payload) {
            draw(self.0.get_or_insert_with(spinner), &step);
        }
    }

    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}
