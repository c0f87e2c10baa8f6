//! What pages are taken for, one browser for all; where there is none or no user namespaces, they say so and are skipped.

mod pages;
mod walls;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::browser::attach::Attach;
use crate::browser::conditions;
use crate::browser::launch::Launch;
use crate::browser::launch::tests::{TURN, program, user};
use crate::browser::outcome::{Evidence, judge};
use crate::browser::proxy::{self, Proxy};
use crate::platform::Network;

/// A page, the status it comes with, the platform whose host it stands on, and what it is to be taken for.
struct Case {
    name: &'static str,
    status: u16,
    platform: &'static str,
    is: PageOutcome,
    html: String,
}

fn case(name: &'static str, is: PageOutcome, html: impl Into<String>) -> Case {
    Case {
        name,
        status: 200,
        platform: "",
        is,
        html: html.into(),
    }
}

impl Case {
    fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    fn on(self, platform: &'static str) -> Self {
        Self { platform, ..self }
    }
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=sv><head><meta charset=utf-8><title>{title}</title></head><body>{body}</body></html>"
    )
}

/// Pages by `/case/N`, and what stands in their frames.
async fn serve(mut stream: TcpStream, pages: std::sync::Arc<Vec<(u16, String)>>) {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut asked).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let asked = String::from_utf8_lossy(&asked).into_owned();
    let path = asked.split(' ').nth(1).unwrap_or("/").trim_matches('/');
    let case = path
        .strip_prefix("case/")
        .and_then(|n| n.parse::<usize>().ok());
    let found = case.and_then(|n| pages.get(n));
    let (status, body) = match (found, path) {
        (Some((status, html)), _) => (*status, html.clone()),
        (None, "login") => (200, page("Logga in", walls::PASSWORD)),
        (None, "bild.svg") => (200, walls::PICTURE.to_owned()),
        (None, "kontakt") => (200, page("Kontakt", pages::CONTACT)),
        (None, "tom") => (200, page("", "<div id=app></div>")),
        _ => (404, page("Finns inte", "")),
    };
    let kind = match path {
        "bild.svg" => "image/svg+xml",
        _ => "text/html; charset=utf-8",
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all((head + &body).as_bytes()).await;
}

/// Looks at each of them and tells which were taken for something else.
async fn look_at(cases: Vec<Case>) {
    let Some(program) = program() else {
        return;
    };
    let _turn = TURN.acquire().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let of = |c: &Case| {
        (
            c.status,
            c.html
                .replace("{other}", &format!("http://localhost:{port}")),
        )
    };
    let served = std::sync::Arc::new(cases.iter().map(of).collect::<Vec<_>>());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, std::sync::Arc::clone(&served)));
        }
    });
    let address = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let network = Network {
        allow: vec!["localhost".to_owned()],
        ..Network::default()
    };
    let rules = proxy::Rules::new(&address, &network).unwrap();
    let runs_as = Launch::runs_as(user()).unwrap();
    let proxy = Proxy::start(rules, proxy::Limits::default(), runs_as);
    let proxy = proxy.await.unwrap();
    let mut launch = Launch::new(program, user(), proxy.address());
    launch.patience = Duration::from_secs(120);
    let browser = launch.start().await.unwrap();
    let context = browser.context().await.unwrap();
    let (page, _) = browser.page_in(&context).await.unwrap();
    conditions::set(&browser, &context, &page, &[])
        .await
        .unwrap();
    let enable = vec![("Page.enable", json!({}))];
    let attach = Attach::start(browser.connection(), &page, enable);
    let attach = attach.await.unwrap();
    assert_eq!(unknown(&page).await, "");
    let mut wrong = Vec::new();
    for (n, case) in cases.iter().enumerate() {
        let url = format!("http://127.0.0.1:{port}/case/{n}");
        page.call("Page.navigate", json!({"url": url}))
            .await
            .unwrap();
        loaded(&page, &url).await;
        let mut rules = PageRules::own().unwrap();
        for host in rules.hosts.iter_mut().filter(|h| h.name == case.platform) {
            host.hosts = vec!["127.0.0.1".to_owned()];
        }
        let mut seen = survey(&page, &rules).await.unwrap();
        let sessions: Vec<Session> = attach.frames().into_iter().map(|f| f.session).collect();
        frames(&mut seen, &page, &sessions, &rules).await.unwrap();
        let (outcome, detail) = judge(Evidence {
            status: Some(case.status),
            media_type: Some("text/html"),
            survey: Some(&seen),
            ..Evidence::default()
        });
        if outcome != case.is {
            wrong.push(format!(
                "{}: {outcome} ({detail:?}), not {}\n  {seen:?}",
                case.name, case.is
            ));
        }
    }
    browser.close().await.unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// Signs that the browser does not know as selectors.
async fn unknown(page: &Session) -> String {
    let rules = PageRules::own().unwrap();
    let signs: Vec<&String> = rules.instead.iter().flat_map(|one| &one.signs).collect();
    let script = format!(
        "{}.filter(s => {{ try {{ document.querySelector(s); return false }} catch {{ return true }} }}).join(' | ')",
        json!(signs)
    );
    let asked = json!({"expression": script, "returnByValue": true});
    let told = page.call("Runtime.evaluate", asked).await.unwrap();
    let told = told.pointer("/result/value").and_then(Value::as_str);
    told.unwrap().to_owned()
}

/// Until the page and its frames are there.
async fn loaded(page: &Session, url: &str) {
    let asked =
        json!({"expression": "location.href + ' ' + document.readyState", "returnByValue": true});
    for _ in 0..1000 {
        let told = page.call("Runtime.evaluate", asked.clone()).await.unwrap();
        let told = told.pointer("/result/value").and_then(Value::as_str);
        if told == Some(&format!("{url} complete")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{url} does not load");
}

#[tokio::test]
async fn what_is_shown_in_a_pages_stead_is_known() {
    look_at(walls::all()).await;
}

#[tokio::test]
async fn pages_are_taken_for_what_they_are() {
    look_at(pages::all()).await;
}
