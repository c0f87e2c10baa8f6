//! Pages that hide, move, leave or name their parts so that they are hard to bring to their whole.

use super::*;

const ROWS: &str = "<script>for (let n = 0; n < 80; n++) document.write(`<p class=rad style='margin:0;height:40px'>Rad ${n}</p>`)</script>";

/// By its path, where it is one of these.
pub(super) fn page(path: &str) -> Option<String> {
    let body = match path {
        "/fast" => {
            "<div id=utan style='position:fixed;top:0;left:0;right:0;height:0'><div style='background:#ffd;padding:20px'>Sidhuvud</div></div>\
             <div id=nederst style='position:fixed;bottom:0;left:0;right:0;height:120px;background:#036;color:#fff'>Kontakta oss</div>\
             <div id=hornet style='position:fixed;bottom:140px;right:20px;width:60px;height:60px;background:#f00'>Chatt</div>\
             <div id=sidan style='position:fixed;top:100px;left:900px;width:300px;height:700px;background:#eee'>Spalten</div>\
             <div id=ute style='position:fixed;top:0;left:-400px;width:300px;height:900px'>Lådan</div>\
             <div id=mitt style='position:fixed;top:450px;left:0;width:40px;height:120px;background:#0f0'>Tyck till</div>\
             <div style='transform:translateX(0)'><div id=ligger style='position:fixed;top:2000px;left:400px'>Fast i en flyttad</div></div>\
             <div style='padding-top:120px'>ROWS</div>"
        }
        "/tackt" => {
            "<style>body{margin:0}</style><div id=over style='position:fixed;top:0;width:100%;height:80px;background:#036'>Meny</div><h1 style='margin:0'>Rubriken</h1>ROWS"
        }
        "/klippt" => {
            "<style>body{margin:0}</style><div style='position:relative;overflow:hidden'>ROWS<div id=nederst style='position:fixed;bottom:0;width:100%;height:90px;background:#036'>Kontakta oss</div></div>"
        }
        "/namn" => {
            "<form name=title><input name=children><input name=parentNode><input name=click><input name=querySelectorAll><input name=attributes>\
             <input name=style><input name=isConnected><input name=scrollHeight><input name=textContent><input name=childNodes><input name=contains></form>\
             <img name=createTreeWalker><img name=body><img name=elementsFromPoint><img name=scrollingElement><img name=adoptedStyleSheets><img name=fonts><img name=getAnimations><img name=querySelectorAll>\
             <form tabindex=0 role=button aria-label='Visa mer' onclick='document.documentElement.dataset.formularet=1'><input name=textContent><input name=disabled><input name=value><input name=isConnected><input name=click><input name=style></form>\
             <form id=lada style='height:200px;overflow:auto'><input name=scrollTop><input name=scrollTo><input name=scrollHeight><input name=clientHeight><input name=style>ROWS</form>\
             <form id=fast style='position:fixed;bottom:0;height:50px;width:100%'><input name=style><input name=nodeType><input name=id><input name=childNodes>Fast</form>\
             <svg role=button tabindex=0 aria-label='Visa mer' width=50 height=50 onclick='document.documentElement.dataset.bilden=1'><circle r=20 cx=25 cy=25 /></svg>\
             <button type=button onclick=\"document.documentElement.dataset.knappen=1;this.remove()\">Visa<br>mer</button>ROWS"
        }
        "/rutor" => {
            "<style>html,body{height:100%;margin:0;overflow:hidden}.app{display:flex;height:100%}.app>*{overflow:auto;min-height:0}</style>\
             <div class=app><nav style='width:300px'>ROWS</nav><main style='flex:1'>ROWSROWS<div id=liten style='height:100px;overflow:auto'>ROWS<b id=sist>Sist i rutan</b></div></main></div>"
        }
        "/dialog" => {
            "<style>body{overflow:hidden}</style><p>Bakom</p><div role=dialog style='position:fixed;inset:50px;background:#fff;display:flex;flex-direction:column'>\
             <h2>Inlägg</h2><div id=ruta style='overflow-y:auto;flex:1;min-height:0'>ROWSROWS</div></div>"
        }
        "/slapper" => {
            "<div id=l style='height:400px;overflow:auto;position:relative'><div style='height:20000px'></div></div><div style='height:1500px'></div><script>const l = document.getElementById('l');\
             const rita = () => { for (const e of [...l.querySelectorAll('.r')]) e.remove(); const f = Math.floor(l.scrollTop / 100);\
             for (let n = f; n < Math.min(f + 6, 200); n++) l.insertAdjacentHTML('beforeend', `<div class=r style='position:absolute;top:${n * 100}px'>Inlägg nummer ${n} som handlar om något helt annat än de andra</div>`) };\
             rita(); l.onscroll = rita</script>"
        }
        "/hjul" => {
            "ROWS<div id=slut></div><script>let n = 0; addEventListener('wheel', () => { if (n++ < 1) document.getElementById('slut').insertAdjacentHTML('beforebegin', '<p id=hjulet style=height:2000px>Kom med hjulet</p>') })</script>"
        }
        "/gar" => {
            "<p>Kontot som står kvar, med en text som är lång nog för att vara det som sidan skulle visa för den som kom hit: mycket annat finns det inte att läsa om det här, men det som finns ska inte försvinna för att sidan vill någon annanstans.</p>\
             <button type=button onclick=\"setTimeout(() => location = '/tom', 1600)\">Visa fler</button>ROWS"
        }
        "/misslyckas" => {
            "ROWS<button type=button onclick=\"fetch('/finns-inte.svg').then(() => this.insertAdjacentHTML('beforebegin', '<p>Något gick fel</p>'))\">Ladda fler</button>"
        }
        "/tonar" => {
            "<style>.a{opacity:0;transform:translateY(80px);transition:all .6s;height:500px}.a.in{opacity:1;transform:none}</style>\
             <script>for (let n = 0; n < 12; n++) document.write(`<section class=a>Avsnitt ${n}</section>`);\
             const o = new IntersectionObserver(es => es.forEach(e => e.target.classList.toggle('in', e.isIntersecting))); document.querySelectorAll('.a').forEach(e => o.observe(e))</script>"
        }
        "/mitt-i" => {
            "<style>body{overflow:hidden}</style><div role=dialog style='position:fixed;inset:0;display:flex;align-items:center;justify-content:center'>\
             <div style='width:700px;max-height:calc(100vh - 80px);display:flex;flex-direction:column'><h2 id=rubrik>Inlägg</h2><div style='overflow-y:auto;flex:1'>ROWS</div></div></div>"
        }
        "/stangd" => {
            "<x-k></x-k>ROWS<script>customElements.define('x-k', class extends HTMLElement { connectedCallback() { const r = window.rot = this.attachShadow({mode: 'closed'});\
             r.innerHTML = '<p>I stängd</p><button type=button>Visa mer</button><div class=rad style=\"position:fixed;bottom:0;width:100%;height:80px;background:#c00\">Rad</div>';\
             r.querySelector('button').onclick = e => e.target.outerHTML = '<p class=mer>Mer</p>' } })</script>"
        }
        "/byter" => {
            "<div id=l style='position:relative;height:20000px'></div><script>const l = document.getElementById('l'), S = []; for (let n = 0; n < 14; n++) { l.insertAdjacentHTML('beforeend', '<p style=position:absolute> </p>'); S.push(l.lastChild.firstChild) }\
             const ord = n => 'Inlägg nummer ' + n + ' om ' + (n * 7919).toString(36) + ', som handlar om något annat';\
             const rita = () => { const f = Math.min(186, Math.floor(scrollY / 100)); for (let n = f; n < f + 14; n++) { S[n % 14].data = ord(n); S[n % 14].parentNode.style.top = n * 100 + 'px' } };\
             addEventListener('scroll', rita); rita()</script>"
        }
        "/korta" => {
            "<b id=raknar>1</b><div id=l style='height:400px;overflow:auto;position:relative'><div style='height:20000px'></div></div><script>const l = document.getElementById('l'), O = 'Ort nummer';\
             const rita = () => { for (const e of [...l.querySelectorAll('.r')]) e.remove(); const f = Math.floor(l.scrollTop / 100);\
             for (let n = f; n < Math.min(f + 6, 200); n++) l.insertAdjacentHTML('beforeend', `<div class=r style='position:absolute;top:${n * 100}px'>${O} ${n}</div>`) };\
             rita(); l.onscroll = rita</script>"
        }
        "/bilder" => {
            "<div id=l style='height:400px;overflow:auto;position:relative'><div style='height:20000px'></div></div><script>const l = document.getElementById('l');\
             const rita = () => { for (const e of [...l.querySelectorAll('.r')]) e.remove(); const f = Math.floor(l.scrollTop / 100);\
             for (let n = f; n < Math.min(f + 6, 200); n++) l.insertAdjacentHTML('beforeend', `<div class=r style='position:absolute;top:${n * 100}px'><a href='/p/${n}'><img alt=''></a></div>`) };\
             rita(); l.onscroll = rita</script>"
        }
        "/raknare" => {
            "<p>Du har sett <b id=r>0</b> av allt det som står på den här sidan.</p><p id=t>0</p><script>let n = 0; addEventListener('scroll', () => { document.getElementById('t').firstChild.data = `Du har läst ${++n} procent av allt som står på sidan nu`;\
             document.getElementById('r').textContent = n })</script>ROWS"
        }
        "/sent" => {
            "<div id=l></div><div id=s style='height:40px'>Laddar…</div><script>let n = 0, busy = 0; const l = document.getElementById('l'), s = document.getElementById('s');\
             const mer = () => { for (let i = 0; i < 10; i++) l.insertAdjacentHTML('beforeend', `<div class=inl style=height:150px>Inlägg ${n++}</div>`); if (n >= 40) s.remove() };\
             mer(); new IntersectionObserver(async e => { if (!e[0].isIntersecting || busy) return; busy = 1; await fetch('/tom'); setTimeout(() => { mer(); busy = 0 }, 1200) }, {rootMargin: '300px'}).observe(s)</script>"
        }
        "/utan-knapp" => {
            "<p>Inlägg</p><span onclick=\"this.outerHTML = '<i class=ny>Ny</i>'\">Visa fler kommentarer</span><p>Visa fler</p><div id=d style='cursor:pointer'><span>Visa fler inlägg</span></div><a href='/tom'><span style='cursor:pointer'>Visa mer</span></a>\
             <div style='cursor:pointer' onclick='document.body.dataset.kortet = 1'><p>Ett kort med en lång text om vad det är för något, och som leder någon annanstans när någon trycker på det.</p><span>Visa mer</span></div>\
             <script>document.getElementById('d').addEventListener('click', e => { document.getElementById('d').outerHTML = '<i class=ny>Ny</i>' })</script>"
        }
        "/sidled" => {
            "<div id=kort style='display:flex;overflow-x:auto;gap:8px;width:800px'><script>for (let n = 0; n < 12; n++) document.write(`<article style='flex:0 0 300px'>Kort ${n}</article>`)</script></div>\
             <div id=tabell style='width:700px;overflow-x:auto'><table><tr><script>for (let n = 0; n < 30; n++) document.write(`<td style='min-width:60px'>Cell ${n}</td>`)</script></tr></table></div>"
        }
        "/hog-ram" => {
            "<p>Före</p><iframe id=ram src='/hog-inne' width=700 height=300></iframe><p>Efter</p>"
        }
        "/hog-inne" => "ROWS",
        "/rost" => {
            "<style>body{margin:0}</style>ROWS<div id=omslag style='position:fixed;inset:16px;z-index:9;pointer-events:none'><div style='position:absolute;bottom:0;left:0;right:0;padding:30px;background:#222;color:#fff;pointer-events:auto'>Välkommen</div></div>\
             <div id=halva style='position:fixed;left:0;right:0;bottom:0;height:50vh;background:#eee'>Halva fönstret</div>"
        }
        _ => return None,
    };
    let body = body.replace("ROWS", ROWS);
    Some(format!(
        "<!doctype html><html lang=sv><meta charset=utf-8><title>Svår</title><body>{body}"
    ))
}

/// What of the page's texts something else lies over, and where elements are.
const COVERED: &str = "(() => { const out = []; for (const e of document.querySelectorAll('.rad, h1, #utan > div')) { e.scrollIntoView({block: 'center'});\
    const r = new Range(); r.selectNodeContents(e); const q = r.getBoundingClientRect(); const top = document.elementFromPoint(q.left + 5, q.top + q.height / 2);\
    if (top !== e) out.push(e.textContent + ' under ' + (top && top.id)); } scrollTo(0, 0); return out.slice(0, 5).join() })()";

async fn top(opened: &Opened, id: &str) -> f64 {
    let asked = format!("document.getElementById('{id}').getBoundingClientRect().top + scrollY");
    opened.evaluate(&asked).await.as_f64().unwrap()
}

#[tokio::test]
async fn what_is_fixed_hides_nothing_and_nothing_of_it_is_lost() {
    let Some(opened) = opened("/fast").await else {
        return;
    };
    let (found, _) = whole(&opened).await;
    assert_eq!(found.gaps(), []);
    assert_eq!(opened.evaluate(COVERED).await, json!(""));
    let last = opened
        .evaluate("[...document.querySelectorAll('.rad')].at(-1).getBoundingClientRect().bottom")
        .await;
    let last = last.as_f64().unwrap();
    for id in ["nederst", "hornet", "mitt"] {
        assert!(top(&opened, id).await >= last - 1.0, "{id}");
    }
    assert_eq!(
        (top(&opened, "utan").await, top(&opened, "sidan").await),
        (0.0, 100.0)
    );
    assert!((top(&opened, "ligger").await - 2000.0).abs() < 30.0);
    let states =
        "['ute', 'utan'].map(id => getComputedStyle(document.getElementById(id)).display).join()";
    assert_eq!(opened.evaluate(states).await, json!("none,block"));
    assert!(
        f64::from(found.height) > last + 100.0 && found.width == 1280,
        "{found:?}"
    );

    opened.go("/tackt").await;
    whole(&opened).await;
    assert_eq!(opened.evaluate(COVERED).await, json!(""));
    assert_eq!(top(&opened, "over").await, 0.0);

    opened.go("/klippt").await;
    let (found, _) = whole(&opened).await;
    assert_eq!(opened.evaluate(COVERED).await, json!(""));
    assert_eq!(
        (top(&opened, "nederst").await, found.height),
        (3200.0, 3290)
    );
    let seen = "(() => { const e = document.getElementById('nederst'); e.scrollIntoView(); const r = e.getBoundingClientRect(); return document.elementFromPoint(9, r.top + 40) === e })()";
    assert_eq!(opened.evaluate(seen).await, json!(true));
    opened.close().await;
}

#[tokio::test]
async fn a_page_that_names_its_parts_like_the_browser_s_is_read() {
    let Some(opened) = opened("/namn").await else {
        return;
    };
    let (found, actions) = whole(&opened).await;
    assert_eq!(found.gaps(), []);
    assert_eq!(count(&actions, ActionKind::Expanded, Some("general")), 3);
    let state = "(() => { const d = document.documentElement.dataset; return [d.formularet, d.bilden, d.knappen, document.documentElement.querySelector('#lada').getBoundingClientRect().height > 3000].join() })()";
    assert_eq!(opened.evaluate(state).await, json!("1,1,1,true"));
    opened.close().await;
}

#[tokio::test]
async fn what_scrolls_inside_is_opened_and_what_is_let_go_is_told() {
    let Some(opened) = opened("/rutor").await else {
        return;
    };
    let (found, _) = whole(&opened).await;
    assert_eq!(found.gaps(), []);
    // Three times eighty rows in the middle, the last in a box of its own.
    assert!(top(&opened, "sist").await >= 9600.0, "{found:?}");
    assert!(found.height >= 9600, "{found:?}");

    opened.go("/dialog").await;
    let (found, _) = whole(&opened).await;
    assert!(found.height >= 6400, "{found:?}");

    opened.go("/slapper").await;
    let (found, _) = whole(&opened).await;
    assert!(found.lost > 100, "{found:?}");
    assert_eq!(found.gaps().first().unwrap().what, "texts");

    opened.go("/misslyckas").await;
    let (found, actions) = whole(&opened).await;
    let times = count(&actions, ActionKind::Expanded, Some("general"));
    assert!((2..=6).contains(&times), "{times}");
    assert_eq!(
        (found.failed.concat(), found.gaps().len()),
        ("ladda fler".to_owned(), 1)
    );

    opened.go("/hjul").await;
    whole(&opened).await;
    assert!(top(&opened, "hjulet").await > 3000.0);
    opened.close().await;
}

#[tokio::test]
async fn a_page_stays_where_it_is_while_it_is_read() {
    let Some(opened) = opened("/gar").await else {
        return;
    };
    let (found, actions) = whole(&opened).await;
    assert_eq!(count(&actions, ActionKind::Expanded, Some("general")), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(opened.evaluate("location.pathname").await, json!("/gar"));
    assert_eq!(found.went_on, 0);
    for leaves in [
        "location = '/tom'",
        "location.replace('/tom')",
        "location.reload()",
        "document.body.innerHTML += '<form id=f action=/tom></form>'; document.getElementById('f').submit()",
        "document.head.insertAdjacentHTML('beforeend', '<meta http-equiv=refresh content=\"0;url=/tom\">')",
        "open('/tom', '_self')",
    ] {
        opened.evaluate(&format!("{{ {leaves} }} 0")).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(
            opened
                .evaluate("location.pathname + !!document.querySelector('.rad')")
                .await,
            json!("/gartrue"),
            "{leaves}"
        );
    }
    opened.close().await;
}

#[tokio::test]
async fn what_is_behind_or_above_or_closed_is_seen() {
    let Some(opened) = opened("/tonar").await else {
        return;
    };
    whole(&opened).await;
    let faint =
        "[...document.querySelectorAll('.a')].filter(e => getComputedStyle(e).opacity < 1).length";
    assert_eq!(opened.evaluate(faint).await, json!(0));

    opened.go("/mitt-i").await;
    let (found, _) = whole(&opened).await;
    assert!(
        top(&opened, "rubrik").await >= 0.0 && found.height >= 3200,
        "{found:?}"
    );

    opened.go("/stangd").await;
    let (found, actions) = whole(&opened).await;
    assert_eq!(count(&actions, ActionKind::Expanded, Some("general")), 1);
    let state = "[rot.querySelector('.mer') !== null, rot.querySelector('.rad').getBoundingClientRect().top + scrollY]";
    let state = opened.evaluate(state).await;
    assert_eq!(state[0], json!(true));
    assert!(state[1].as_f64().unwrap() >= 3200.0, "{state} {found:?}");
    opened.close().await;
}

#[tokio::test]
async fn what_comes_late_or_takes_another_s_place_is_not_silent() {
    let Some(opened) = opened("/byter").await else {
        return;
    };
    for (page, least) in [("/byter", 100), ("/korta", 100), ("/bilder", 100)] {
        opened.go(page).await;
        let (found, _) = whole(&opened).await;
        assert!(found.lost > least, "{page}: {found:?}");
        assert_eq!(found.gaps().first().unwrap().what, "texts", "{page}");
    }
    opened.go("/raknare").await;
    let (found, _) = whole(&opened).await;
    assert_eq!(found.gaps(), []);

    opened.go("/sent").await;
    let (found, _) = whole(&opened).await;
    let posts = opened.evaluate("document.querySelectorAll('.inl').length");
    assert_eq!((posts.await, found.gaps()), (json!(40), vec![]));
    opened.close().await;
}

#[tokio::test]
async fn what_is_no_button_and_what_is_wide_or_framed_is_opened() {
    let Some(opened) = opened("/utan-knapp").await else {
        return;
    };
    whole(&opened).await;
    let state = "[document.querySelectorAll('.ny').length, document.body.dataset.kortet || 0, location.pathname].join()";
    assert_eq!(opened.evaluate(state).await, json!("2,0,/utan-knapp"));

    opened.go("/sidled").await;
    let (found, _) = whole(&opened).await;
    let state = "[...document.querySelectorAll('article, td')].filter(e => e.getBoundingClientRect().right > document.documentElement.scrollWidth).length + getComputedStyle(document.getElementById('kort')).overflowX + getComputedStyle(document.getElementById('tabell')).overflowX";
    assert_eq!(opened.evaluate(state).await, json!("0visiblevisible"));
    assert!((1280..3000).contains(&found.width), "{found:?}");
    assert_eq!(found.gaps(), []);

    opened.go("/hog-ram").await;
    let (found, _) = whole(&opened).await;
    assert_eq!(found.gaps(), []);
    assert!((3200..3500).contains(&found.height), "{found:?}");

    opened.go("/rost").await;
    let (found, _) = whole(&opened).await;
    assert_eq!(found.gaps(), []);
    assert_eq!(opened.evaluate(COVERED).await, json!(""));
    assert!(top(&opened, "halva").await >= 3199.0);
    opened.close().await;
}
