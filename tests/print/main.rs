//! Pages as Chromium prints them, made conforming: the level each reaches, and that nothing of what it shows is lost.

#![allow(clippy::unwrap_used)]

mod broken;
mod browser;
mod judged;
mod kept;
mod live;
#[allow(dead_code)]
#[path = "../pictures/made.rs"]
mod made;
mod site;
#[path = "../support/mod.rs"]
mod support;
