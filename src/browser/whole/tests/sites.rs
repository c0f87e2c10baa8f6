//! The pages the deeds are tested on, on loopback.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

pub(super) async fn site() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    if stream.read_buf(&mut asked).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let asked = String::from_utf8_lossy(&asked).into_owned();
                let target = asked.split(' ').nth(1).unwrap_or("/");
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                let (kind, body) = answer(path, query, port);
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + &body).as_bytes()).await;
            });
        }
    });
    port
}

fn answer(path: &str, query: &str, port: u16) -> (&'static str, String) {
    let html = "text/html; charset=utf-8";
    let number = |key: &str| -> usize {
        let pairs = query.split('&').filter_map(|p| p.split_once('='));
        pairs
            .filter(|(k, _)| *k == key)
            .find_map(|(_, v)| v.parse().ok())
            .unwrap_or(0)
    };
    match path {
        "/bild.svg" => ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'><rect width='40' height='30' fill='teal'/></svg>".to_owned()),
        "/flode" => (html, include_str!("flode.html").replace("ANTAL", &number("n").to_string())),
        "/poster" => (html, posts(number("fran"), number("till"))),
        "/samtycke" => (html, consent(query, port)),
        "/ram" => (html, FRAME.to_owned()),
        "/over" => (html, OVER.to_owned()),
        _ if super::hard::page(path).is_some() => (html, super::hard::page(path).unwrap_or_default()),
        _ => (html, "<!doctype html><html lang=sv><title>Räksmörgås</title><p>Hej från Räksmörgås".to_owned()),
    }
}

fn posts(from: usize, to: usize) -> String {
    (from..to)
        .map(|n| format!(
            "<article id=p{n}><h2>Inlägg {n}</h2><img src=/bild.svg?{n} loading=lazy width=40 height=30><p>Räksmörgås \
             <button type=button onclick=\"this.parentNode.classList.add('hel');this.remove()\">Visa mer</button></p>\
             <button onclick=\"window.gillat=1\">Gilla</button> <a href=/annan>Visa mer</a>\
             <form action=/annan><button>Visa fler</button></form><div style=height:300px></div></article>"
        ))
        .collect()
}

/// A page that asks as that platform does; `window.svar` is what was answered.
fn consent(kind: &str, port: u16) -> String {
    let asks = match kind {
        "onetrust" => {
            "<div id=onetrust-consent-sdk><div id=onetrust-banner-sdk style='position:fixed;bottom:0;background:#fff'><p>We use cookies\
             <button id=onetrust-accept-btn-handler onclick=svara('ja',this)>Accept</button><button id=onetrust-reject-all-handler onclick=svara('nej',this)>Only what is needed</button></div></div>"
        }
        "onetrust-val" => {
            "<div id=onetrust-consent-sdk><div id=onetrust-banner-sdk style='position:fixed;bottom:0;background:#fff'><p>We use cookies\
             <button id=onetrust-accept-btn-handler onclick=svara('ja',this)>Accept</button><button id=onetrust-pc-btn-handler onclick='setTimeout(() => document.getElementById(`onetrust-pc-sdk`).hidden = false, 100)'>Settings</button></div>\
             <div id=onetrust-pc-sdk hidden><label><input type=checkbox class=category-switch-handler checked>Statistics</label><button class=save-preference-btn-handler onclick='svara(document.querySelector(`.category-switch-handler`).checked ? `ja` : `nej`, this)'>Confirm</button></div></div>"
        }
        "usercentrics" => {
            "<div id=usercentrics-root></div><script>const r = document.getElementById('usercentrics-root').attachShadow({mode: 'open'});\
             r.innerHTML = '<div data-testid=uc-container style=\"position:fixed;inset:0;background:#fffc\"><button data-testid=uc-accept-all-button>Ja</button><button data-testid=uc-deny-all-button>Nej</button></div>';\
             for (const b of r.querySelectorAll('button')) b.onclick = () => { window.svar = b.textContent.toLowerCase(); r.innerHTML = ''; };</script>"
        }
        "sourcepoint" => {
            "<div id=sp_message_container_1 style='position:fixed;inset:0;background:#0008'><iframe id=sp_message_iframe_1 src='http://localhost:PORT/ram' style='width:100%;height:300px'></iframe></div>\
             <script>onmessage = m => { window.svar = m.data; document.getElementById('sp_message_container_1').remove(); }</script>"
        }
        "bara-ja" => {
            "<div class=fraga style='position:fixed;inset:0;background:#fff'><p>Vi använder cookies på webbplatsen.<button onclick=svara('ja',this)>Jag förstår</button></div>"
        }
        "egna-ord" => {
            "<div class=fraga style='position:fixed;inset:0;background:#000c'><div style='background:#fff;margin:20% auto;width:50%'><p>Den här webbplatsen använder kakor för statistik.</p><button onclick=svara('ja',this)>Godkänn och fortsätt</button></div></div>"
        }
        "urval" => {
            "<dialog open class=fraga style='position:fixed;inset:10%;width:80%;height:80%'><p>Välkommen! Denna webbplats samlar in statistik med kakor<p><button onclick=svara('ja',this)>Tillåt urval</button></dialog>"
        }
        "laddar-om" => {
            "<script>if (!document.cookie.includes('svar=')) document.write(`<dialog open style='position:fixed'><p>Får vi samla personuppgifter i kakor?<button onclick=\"document.cookie='svar=nej';location.reload()\">Nej tack</button></dialog>`); else window.svar = document.cookie.split('=')[1];</script>"
        }
        _ => "",
    };
    let page = "<!doctype html><html lang=sv><title>Samtycke</title><body style='overflow:hidden'><main><h1>Räksmörgås</h1><p>Lekparken i centrum är öppen igen efter vintern, och alla är välkomna dit på lördag när den invigs med korv och saft för barnen.</p><div style=height:3000px></div></main>\
        <script>window.svara = (s, b) => { window.svar = s; (b.closest('#onetrust-consent-sdk') || b.closest('.fraga')).remove(); };</script>ASKS";
    page.replace("ASKS", asks)
        .replace("PORT", &port.to_string())
}

const FRAME: &str = "<!doctype html><title>Fråga</title><div class=message-container><p>We value your privacy\
    <button class='sp_choice_type_11' onclick=\"parent.postMessage('ja','*')\">Accept</button><button class='sp_choice_type_13' onclick=\"parent.postMessage('nej','*')\">Reject</button></div>";

const OVER: &str = "<!doctype html><html lang=sv><title>Över</title><nav id=meny>Aviseringar</nav><main><p>Räksmörgås</p>\
    <a class=fler href=/annan onclick=\"this.insertAdjacentHTML('beforebegin', '<p class=ny>Nytt.');this.remove()\">Fler</a></main>\
    <div id=inloggning role=dialog style='position:fixed;inset:10%;background:#fff'>Logga in för att se mer <button class=x onclick=\"this.parentNode.remove()\">x</button></div>\
    <div id=nyhetsbrev role=dialog style='position:fixed;inset:20%;background:#fff'>Få vårt nyhetsbrev! <input></div>\
    <div id=viktig role=dialog style='position:absolute;top:600px'>Viktigt meddelande till allmänheten</div>";
