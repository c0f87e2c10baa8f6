//! Pages that a browser's capture must stand: each is named for what it does, and `/fientlig/` lists them.

mod reach;

use std::time::Duration;

use super::http::{Pace, Request, Response};
use super::pages;
use super::site::{Site, escape};

/// Path, what it does.
const PAGES: [(&str, &str); 33] = [
    ("langsam", "en bild som tar tio sekunder"),
    (
        "andlos",
        "en bild och ett skript som aldrig kommer till slut",
    ),
    (
        "dialoger",
        "en dialogruta när sidan visas, och en till för varje svar",
    ),
    ("dialoger-utan-slut", "dialogrutor utan slut"),
    ("snurra", "ett skript som aldrig slutar"),
    ("hog", "60 000 bildpunkter hög"),
    ("bred", "11 000 bildpunkter bred"),
    ("ramar", "ramar från samma och från en annan plats"),
    (
        "arbetare",
        "en service worker som svarar i webbplatsens ställe",
    ),
    ("logga-in-forst", "leder vidare till en inloggning"),
    (
        "skript-till-inloggning",
        "visar sig, och går sedan till en inloggning",
    ),
    ("losenord", "en inloggning på kontots adress"),
    (
        "losenord-i-huvudet",
        "ett konto med en inloggningsruta i sidhuvudet",
    ),
    ("minne", "tar allt minne den kan få"),
    ("status/404", "svarar 404"),
    ("status/410", "svarar 410"),
    ("status/429", "svarar 429 och ber om en minuts väntan"),
    ("status/500", "svarar 500"),
    ("status/503", "svarar 503"),
    ("captcha", "vill ha bevis på att en människa ser på"),
    ("tomt-skal", "en app som aldrig fyller sin sida"),
    ("samtyckesvagg", "en fråga om samtycke som inte går bort"),
    ("nedladdning", "en fil som laddas ned av sig själv"),
    ("fil.zip", "en fil i stället för en sida"),
    ("fonster", "öppnar fönster"),
    ("vidare", "går vidare efter en sekund"),
    ("runt", "leder runt till sig själv"),
    ("typsnitt", "ett typsnitt från servern"),
    ("rullar-inuti", "en app som rullar i en ruta, inte på sidan"),
    (
        "lista-som-slapper",
        "en lista som bara håller de inlägg som syns (?nio: aldrig fler än nio)",
    ),
    ("rorelse", "animationer, film och bilder som byts"),
    (
        "knappar",
        "knappar som inte får tryckas, och en länk som heter Visa mer",
    ),
    (
        "inifran",
        "försöker nå ?till=VÄRD:PORT på alla sätt som finns",
    ),
];

pub fn answer(site: &Site, path: &str, request: &Request) -> Response {
    let seconds = request.parameter("sekunder").and_then(|n| n.parse().ok());
    let here = site.home.trim_start_matches("http://");
    let port = here.rsplit(':').next().unwrap_or_default();
    let script = "text/javascript; charset=utf-8";
    match path.trim_matches('/') {
        "" => list(),
        "langsam" => page(
            "En långsam bild",
            "<p>Texten är här genast, bilden om tio sekunder.</p><img src=\"/fientlig/bild.svg?sekunder=10\" alt=\"En ruta\" width=\"320\" height=\"200\">",
        ),
        "andlos" => page(
            "Utan slut",
            "<p>Bilden och skriptet tar aldrig slut.</p><img src=\"/fientlig/droppar\" alt=\"\" width=\"320\" height=\"200\"><script async src=\"/fientlig/droppar?skript\"></script>",
        ),
        "bild.svg" => {
            let drawn = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"320\" height=\"200\"><rect width=\"320\" height=\"200\" fill=\"#4f93c9\"/></svg>";
            let image = Response::new("image/svg+xml", drawn);
            image.pace(seconds.map_or(Pace::AtOnce, |n| Pace::After(Duration::from_secs(n))))
        }
        "droppar" => Response::new("image/png", [0_u8; 16]).pace(Pace::Endless),
        "dialoger" => page(
            "Dialoger",
            "<p>Frågar två gånger, och visar sedan svaret.</p><p id=\"svar\"></p><script>addEventListener('load', () => setTimeout(() => { alert('Hej!'); document.getElementById('svar').textContent = 'Svar: ' + confirm('Säkert?'); }, 100))</script>",
        ),
        "dialoger-utan-slut" => page(
            "Dialoger utan slut",
            "<p>Den som svarar får en till.</p><script>setTimeout(() => { for (;;) alert('Igen!'); }, 300)</script>",
        ),
        "snurra" => page(
            "Snurrar",
            "<p>Skriptet börjar strax och slutar inte.</p><script>addEventListener('load', () => setTimeout(() => { for (;;); }, 300))</script>",
        ),
        "hog" => page(
            "Hög",
            "<p>Överst.</p><div style=\"height:59500px;background:linear-gradient(#4f93c9,#f6a15b)\"></div><p>Nederst: Räksmörgås.</p>",
        ),
        "bred" => page(
            "Bred",
            "<p>En tabell som är 11 000 bildpunkter bred.</p><div style=\"width:11000px;height:300px;background:linear-gradient(90deg,#1f5a4d,#d9a441)\"></div>",
        ),
        "ramar" => page("Ramar", &frames(port)),
        "ram" => page(
            "Inuti en ram",
            "<p>Räksmörgås i en ram. <button type=\"button\" onclick=\"this.replaceWith('Nu syns allt.')\">Visa mer</button></p>",
        ),
        "arbetare" => page(
            "Service worker",
            "<p id=\"svar\">Väntar på arbetaren …</p><script>navigator.serviceWorker.register('/fientlig/arbetare.js').then(() => navigator.serviceWorker.ready).then(() => fetch('/fientlig/fran-arbetaren')).then(s => s.text()).then(t => document.getElementById('svar').textContent = t).catch(f => document.getElementById('svar').textContent = f)</script>",
        ),
        "arbetare.js" => Response::new(
            script,
            "self.oninstall = () => skipWaiting(); self.onactivate = h => h.waitUntil(clients.claim()); self.onfetch = h => { if (h.request.url.endsWith('/fran-arbetaren')) h.respondWith(new Response('Arbetaren svarade: Räksmörgås')); };",
        ),
        "fran-arbetaren" => Response::new("text/plain; charset=utf-8", "Servern svarade"),
        "logga-in-forst" => redirect("/fientlig/login?next=/fientlig/logga-in-forst"),
        "skript-till-inloggning" => page(
            "Ett ögonblick",
            "<p>Strax kommer en inloggning.</p><script>setTimeout(() => location.replace('/fientlig/login'), 600)</script>",
        ),
        "login" | "losenord" => page("Logga in", LOGIN),
        "losenord-i-huvudet" => page("Ekhamra kommun på Torget", &with_login_in_head()),
        "minne" => page(
            "Minne",
            "<p>Tar allt minne den kan få.</p><script>addEventListener('load', () => setTimeout(() => { const allt = []; for (;;) allt.push(new Array(1e6).fill(allt.length + 0.5)); }, 300))</script>",
        ),
        "captcha" => page(
            "Bekräfta att du är människa",
            "<form id=\"challenge-form\"><p>Vi behöver kontrollera att du inte är en robot innan du får se kontot.</p><p class=\"cf-turnstile\" style=\"border:1px solid #999;padding:16px;width:300px\"><label><input type=\"checkbox\"> Jag är inte en robot</label></p></form>",
        ),
        "tomt-skal" => Response::new(
            "text/html; charset=utf-8",
            "<!DOCTYPE html><html lang=\"sv\"><head><meta charset=\"utf-8\"><title>Torget</title></head><body><div id=\"root\"></div><script>setInterval(() => 0, 1000)</script></body></html>",
        ),
        "samtyckesvagg" => page("Samtycke krävs", CONSENT_WALL),
        "nedladdning" => page(
            "Nedladdning",
            "<p>En fil laddas ned av sig själv.</p><script>addEventListener('load', () => { const a = document.createElement('a'); a.href = '/fientlig/fil.zip'; a.download = 'fil.zip'; document.body.append(a); a.click(); location.href = '/fientlig/fil.zip'; })</script>",
        ),
        "fil.zip" => Response::new(
            "application/zip",
            *b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        )
        .header("Content-Disposition", "attachment; filename=\"fil.zip\""),
        "fonster" => page(
            "Fönster",
            "<p>Öppnar fönster när den visas, och när något trycks.</p><p><button type=\"button\" onclick=\"window.open('/fientlig/hog')\">Visa mer</button></p><script>addEventListener('load', () => { for (let n = 0; n < 5; n++) window.open('/fientlig/hog?' + n); })</script>",
        ),
        "vidare" => page(
            "Vidare",
            "<meta http-equiv=\"refresh\" content=\"1;url=/fientlig/framme\"><p>Strax vidare.</p>",
        ),
        "framme" => page("Framme", "<p>Hit kom du: Räksmörgås.</p>"),
        "runt" => redirect("/fientlig/runt"),
        "typsnitt" => page(
            "Typsnitt",
            "<style>@font-face{font-family:Hemskickad;src:url(/fientlig/typsnitt.ttf)}main{font-family:Hemskickad,monospace}</style><p>Räksmörgås med ett typsnitt från servern.</p>",
        ),
        "typsnitt.ttf" => Response::new(
            "font/ttf",
            include_bytes!("../../fonts/NotoSans-Regular.ttf"),
        ),
        "rullar-inuti" => page("Rullar inuti", INSIDE),
        "lista-som-slapper" => page("En lista som släpper", LETS_GO),
        "rorelse" => page("Rörelse", MOTION),
        "knappar" => page("Knappar", BUTTONS),
        "omdirigera" => redirect(request.parameter("till").unwrap_or("/")),
        "inifran" => match request.parameter("till") {
            Some(to) if reach::is_authority(to) => {
                Response::new("text/html; charset=utf-8", reach::page(to, &site.home))
            }
            _ => page("Inifrån", "<p>Lägg till <code>?till=VÄRD:PORT</code>.</p>").status(400),
        },
        "inifran.js" => match request.parameter("till") {
            Some(to) if reach::is_authority(to) => Response::new(script, reach::worker(to)),
            _ => pages::not_found(site),
        },
        path => match path.strip_prefix("status/").and_then(|n| n.parse().ok()) {
            Some(status @ (404 | 410 | 429 | 500 | 503)) => {
                page(&format!("Svar {status}"), "<p>Sidan visas inte.</p>")
                    .status(status)
                    .header("Retry-After", "60")
            }
            _ => pages::not_found(site),
        },
    }
}

fn redirect(to: &str) -> Response {
    // Whatever is asked for stays one line.
    let to: String = to.chars().filter(|c| c.is_ascii_graphic()).collect();
    Response::new("text/plain", "")
        .status(302)
        .header("Location", to)
}

fn page(title: &str, body: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"sv\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>\n",
        title = escape(title)
    );
    Response::new("text/html; charset=utf-8", html)
}

const STYLE: &str = "body{font:18px/1.6 \"Source Sans 3\",\"DejaVu Sans\",system-ui,sans-serif;color:#22302b;background:#f6f4ee;margin:0}\
main{max-width:720px;margin:0 auto;padding:32px 24px}h1{color:#1f5a4d;line-height:1.2}a{color:#1f5a4d}iframe{border:2px solid #d9a441;width:100%;height:190px}\
input{font:inherit;display:block;width:100%;padding:8px;margin:4px 0 12px;box-sizing:border-box}input[type=checkbox]{display:inline;width:auto}button{font:inherit;padding:6px 18px}li{margin:4px 0}";

fn list() -> Response {
    let lines: Vec<String> = PAGES
        .iter()
        .map(|(path, does)| {
            format!(
                "<li><a href=\"/fientlig/{path}\">{path}</a>: {}</li>",
                escape(does)
            )
        })
        .collect();
    let body = format!(
        "<p>Sidor som en avbildning i webbläsare ska klara.</p><ul>{}</ul>",
        lines.concat()
    );
    page("Fientliga sidor", &body)
}

/// The same host by another name is another origin to a browser, and another site.
fn frames(port: &str) -> String {
    format!(
        "<p>Tre ramar: samma plats, en annan plats, och en utan egen plats.</p>\
         <iframe title=\"Samma plats\" src=\"/fientlig/ram\"></iframe>\
         <iframe title=\"En annan plats\" src=\"http://localhost:{port}/fientlig/ram\"></iframe>\
         <iframe title=\"Utan egen plats\" srcdoc=\"&lt;p&gt;Smörgåsbord i en srcdoc.\" loading=\"lazy\"></iframe>"
    )
}

const LOGIN: &str = "<form method=\"get\" action=\"/fientlig/login\"><p>Du behöver logga in för att se kontot.</p>\
<label>E-post eller telefon<input name=\"namn\" autocomplete=\"username\"></label><label>Lösenord<input type=\"password\" name=\"losenord\" autocomplete=\"current-password\"></label>\
<button>Logga in</button></form>";

fn with_login_in_head() -> String {
    let post = "<article><h2>Så plogar vi</h2><p>Natten mot torsdag väntas 15–20 centimeter snö. Våra elva plogbilar går ut klockan tre, och de kör alltid i samma ordning: gång- och cykelvägar först, sedan busslinjer och huvudgator, sist bostadsgator.</p></article>";
    format!("<nav aria-label=\"Konto\">{LOGIN}</nav>{}", post.repeat(12))
}

const CONSENT_WALL: &str = "<p>Innehållet ligger bakom frågan.</p><script>const bygg = () => { const d = document.createElement('div'); d.className = 'vagg';\
d.style.cssText = 'position:fixed!important;inset:0!important;display:grid!important;background:#1f5a4d!important;color:#fff;place-content:center;padding:20%;z-index:99';\
d.innerHTML = '<h2>Vi använder cookies</h2><p>Du måste godkänna kakor för att läsa vidare.</p><button type=\"button\">Godkänn alla</button>'; document.body.append(d); return d; };\
let vagg = bygg(); new MutationObserver(() => { if (!vagg.isConnected || getComputedStyle(vagg).display === 'none') { vagg.remove(); vagg = bygg(); } }).observe(document, { subtree: true, childList: true, attributes: true });</script>";

const INSIDE: &str = "<style>html,body{height:100%;overflow:hidden}main{position:fixed;inset:0;max-width:none;overflow-y:auto;padding:0 20%}.topp{position:sticky;top:0;background:#fff}</style>\
<p class=\"topp\">Sidhuvudet</p><div id=\"lista\"></div><script>let n = 0; const lista = document.getElementById('lista'), ruta = document.querySelector('main');\
const mer = () => { for (let i = 0; i < 10 && n < 40; i++, n++) lista.insertAdjacentHTML('beforeend', `<article style=\"height:180px\"><h2>Inlägg ${n + 1}</h2><p>Smörgåstårta nummer ${n + 1}.</p></article>`); };\
mer(); ruta.addEventListener('scroll', () => { if (ruta.scrollTop + ruta.clientHeight > ruta.scrollHeight - 300) setTimeout(mer, 100); });</script>";

const LETS_GO: &str = "<div id=\"lista\" style=\"position:relative\"></div><script>const lista = document.getElementById('lista'); lista.style.height = 100 * 200 + 'px';\
const rita = () => { const fran = Math.max(0, Math.floor((scrollY - lista.offsetTop) / 200) - 2); lista.textContent = '';\
const antal = location.search ? 9 : Math.ceil(innerHeight / 200) + 4;\
for (let n = fran; n < Math.min(100, fran + antal); n++) lista.insertAdjacentHTML('beforeend', `<article style=\"position:absolute;top:${n * 200}px;height:180px\" id=\"i${n}\"><h2>Inlägg ${n}</h2><p>Syns bara medan du ser på.</p></article>`); };\
rita(); addEventListener('scroll', rita); addEventListener('resize', rita);</script>";

const MOTION: &str = "<style>@keyframes in{from{opacity:0;transform:translateX(-300px)}to{opacity:1}}@keyframes blink{50%{opacity:.1}}.in{animation:in 20s both}.blink{animation:blink 1s infinite}.byte{transition:background 20s;background:#fff}</style>\
<p class=\"in\">Jag kommer in från vänster.</p><p class=\"blink\">Jag blinkar.</p><p class=\"byte\" id=\"byte\">Jag byter färg.</p><script>requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('byte').style.background = '#d9a441'))</script>";

const BUTTONS: &str = "<script>const tryckt = [];const t = n => { tryckt.push(n); document.body.dataset.tryckt = tryckt.join(); };</script>\
<article><p>Början.</p><button type=\"button\" onclick=\"t('mer');this.remove()\">Visa mer</button> <button type=\"button\" onclick=\"t('gilla')\">Gilla</button> <button type=\"button\" onclick=\"t('folj')\">Följ</button>\
<button type=\"button\" onclick=\"t('dela')\">Dela</button> <button type=\"button\" onclick=\"t('radera')\">Ta bort</button> <a href=\"/fientlig/framme\" onclick=\"t('lank')\">Visa mer</a>\
<button type=\"button\" aria-haspopup=\"menu\" onclick=\"t('meny')\">Visa mer</button> <button type=\"button\" onclick=\"t('bort');location.href='/fientlig/framme'\">Visa alla nyheter</button>\
<form action=\"/fientlig/framme\"><input name=\"q\" aria-label=\"Sök\"><button onclick=\"t('skicka')\">Visa fler</button></form>\
<a href=\"#\" role=\"button\" onclick=\"t('ankare');this.remove();return false\">Läs mer</a> <span role=\"button\" tabindex=\"0\" onclick=\"t('span');this.remove()\">Visa 3 svar</span>\
<details><summary>Vanliga frågor</summary><p>Utfällt.</p></details></article><nav><details><summary>Meny</summary><p>Utfälld meny.</p></details></nav>";
