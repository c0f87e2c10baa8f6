//! The pages captures are tested with, on loopback.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The page that breaks off has its words in the browser.
static PARSED: Notify = Notify::const_new();

/// Pages by their path.
pub(super) async fn site() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, port));
        }
    });
    port
}

async fn serve(mut stream: TcpStream, port: u16) {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut asked).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let asked = String::from_utf8_lossy(&asked).into_owned();
    let path = asked.split(' ').nth(1).unwrap_or("/");
    let header = |name: &str| {
        let line = asked.lines().find_map(|l| l.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    let mut head = "200 OK\r\ncontent-type: text/html; charset=utf-8".to_owned();
    let body = match path {
        "/" => page("<h1>Räksmörgås</h1><p>Hej på <b>dig</b>, du.</p>"),
        "/404" | "/410" | "/429" | "/500" | "/403" => {
            head = head.replace("200 OK", &format!("{} No", &path[1..]));
            page("<h1>Nej</h1>")
        }
        "/redirect" => {
            head = "302 Found\r\nlocation: /login".to_owned();
            String::new()
        }
        "/login" => page("<h1>Logga in</h1><form><input type=password></form>"),
        "/loop" => {
            head = "302 Found\r\nlocation: /loop".to_owned();
            String::new()
        }
        "/leads" => page("<script>location = '/404'</script>"),
        // Its text comes by a timer that the page tells of, or by an answer that it waits for.
        "/late?timer" => page(
            "<div id=m>Laddar…</div><script>setTimeout(() => m.innerHTML = '<p>Sent men här.</p>', 6000)</script>",
        ),
        "/late?answer" => page(
            "<div id=m></div><script>fetch('/six').then(() => m.innerHTML = '<p>Sent men här.</p>')</script>",
        ),
        "/six" => {
            tokio::time::sleep(Duration::from_secs(6)).await;
            String::new()
        }
        "/meta" => page("<meta http-equiv=refresh content='1; url=/'>"),
        // Asks before the page, by an address of its own; the answer is a cookie.
        _ if path.starts_with("/asks?") && header("Cookie:").contains("svar=nej") => {
            page("<h1>Kontot</h1><p>Svaret var nej.</p>")
        }
        _ if path.starts_with("/asks?") => {
            head = format!("302 Found\r\nlocation: /asking?{}", &path[6..]);
            String::new()
        }
        _ if path.starts_with("/asking?") => {
            let no = match &path[8..] {
                "yes" => "",
                "stays" => "<button onclick='1'>Neka alla</button>",
                "home" => {
                    "<button onclick=\"document.cookie = 'svar=nej'; location = '/'\">Neka alla</button>"
                }
                way => &format!(
                    "<button onclick=\"document.cookie = 'svar=nej'; setTimeout(() => {{ location = '/asks?{way}' }}, 2500)\">Neka alla</button>"
                ),
            };
            page(&format!(
                "<main><h1>Innan du fortsätter</h1><p>Vi använder cookies och data. Godkänn eller neka för att fortsätta till sidan.</p>\
                 <button onclick='1'>Godkänn alla</button>{no}</main>"
            ))
        }
        "/challenge?passes" if header("Cookie:").contains("klarad=1") => {
            page("<h1>Räksmörgås</h1><p>Hej på dig, du.")
        }
        _ if path.starts_with("/challenge?") => {
            head = head.replace("200 OK", "403 Forbidden");
            let passes = match path.ends_with("passes") {
                true => {
                    "<script>setTimeout(() => { document.cookie = 'klarad=1'; location.reload() }, 3000)</script>"
                }
                false => "",
            };
            page(&format!(
                "<h1>Just a moment...</h1><form id=challenge-form><p>Verify you are human</p></form>{passes}"
            ))
        }
        "/to-front" => {
            head = "302 Found\r\nlocation: /".to_owned();
            String::new()
        }
        "/kommunen" => {
            head = "302 Found\r\nlocation: /sv/kommunen".to_owned();
            String::new()
        }
        "/sv/kommunen" => page("<h1>Kommunen</h1><p>Hej på dig."),
        "/chain" => page("<p>Ett ögonblick<meta http-equiv=refresh content='0; url=/chain/2'>"),
        "/chain/2" => page("<p>Ett ögonblick<meta http-equiv=refresh content='1; url=/login'>"),
        "/portal" => page(
            "<h1>Portalen</h1><iframe src=/login style='width: 1000px; height: 600px'></iframe>",
        ),
        "/soft" => page("<main><h1>Sidan kunde inte hittas</h1><p>Länken kan vara trasig.</main>"),
        "/alerts" => page("<p>före<script>for (;;) alert('Räksmörgås?')</script><p>efter"),
        "/forever" => page("<p>före<script>for (;;);</script><p>efter"),
        // It says that it goes before anyone else may hear it, and by every way.
        "/leaves" => page(
            "<script>navigation.addEventListener('navigate', e => e.stopImmediatePropagation())</script>\
             <meta http-equiv=refresh content='11; url=/404'><button type=button onclick=\"setTimeout(() => location = '/404', 1600)\">Visa fler</button>\
             <script>for (let n = 0; n < 160; n++) document.write(`<p>rad${n}</p>`);\
             addEventListener('scroll', () => { history.back(); location = '/404' })</script>",
        ),
        "/always" => page("<p>text<script>setInterval(() => { for (;;); }, 0)</script>"),
        "/slow" => page(
            "<p>text<img src=/never.png width=10 height=10><link rel=prefetch href=/never>\
             <script>new EventSource('/never'); onload = () => document.body.append('aldrig')</script>",
        ),
        "/never.png" | "/never" => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            return;
        }
        "/silent" => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            return;
        }
        "/tall" => page(
            "<style>body { margin: 0 } i { position: absolute; left: 0; width: 100%; height: 10px }</style>\
             <div style='height: 60000px'></div><script>\
             for (let y = 0; y < 60000; y += 1000) document.body.insertAdjacentHTML('beforeend',\
               `<i style='top: ${y}px; background: rgb(${y / 1000}, 100, 200)'></i>\
                <span style='position: absolute; top: ${y + 500}px; left: 100px'>rad${y}</span>`);\
             setInterval(() => document.body.insertAdjacentHTML('beforeend', '<p style=height:500px>mer'), 900)</script>",
        ),
        "/wide" => page("<div style='width: 11000px; height: 50px; background: #0f0'>bred</div>"),
        "/frames" => page(&format!(
            "<style>body {{ margin: 0 }} iframe {{ position: absolute; left: 100px; width: 400px; height: 200px; \
               border: 5px solid; padding: 7px }}</style><p>ovan\
             <iframe style='top: 200px' src=/inner?near></iframe>\
             <iframe style='top: 1500px' src=http://localhost:{port}/outer></iframe>\
             <p style='position: absolute; top: 2000px'>nedan"
        )),
        "/inner?near" | "/inner?far" => page(&format!(
            "<style>body {{ margin: 0; height: 3000px }} p {{ position: absolute; margin: 0; left: 20px }}</style>\
             <p style='top: 130px'>inuti-{}<p style='top: 900px'>utanför<script>scrollTo(0, 100)</script>",
            &path[7..]
        )),
        "/outer" => page(
            "<style>body { margin: 0 } iframe { position: absolute; left: 10px; top: 20px; border: 0; width: 300px }</style>\
             <p>ute<iframe src=/inner?far></iframe>",
        ),
        "/hidden" => page(
            "<p>synlig<p style='opacity: 0'>genomskinlig<p style='display: none'>ingen<p style='visibility: hidden'>gömd\
             <p style='position: absolute; width: 1px; height: 1px; overflow: hidden; clip: rect(0 0 0 0)'>skärmläsare\
             <p style='text-indent: -9999px; overflow: hidden'>bortskjuten\
             <div style='height: 20px; overflow: hidden'>överst<br>klippt bort</div><p style='position: absolute; left: -5000px'>vänster",
        ),
        "/download" => {
            head = "200 OK\r\ncontent-type: application/zip\r\ncontent-disposition: attachment; filename=a.zip".to_owned();
            "abc".to_owned()
        }
        "/pdf" => {
            head = "200 OK\r\ncontent-type: application/pdf".to_owned();
            "%PDF-1.4\n%%EOF\n".to_owned()
        }
        "/intrusive" => page(
            "<p>text<script>onload = () => { let a = document.createElement('a'); a.href = '/download'; a.download = 'x'; \
               document.body.append(a); a.click(); window.open('/'); \
               document.body.append(prompt('namn?', 'x'), confirm('ja?')); \
               navigator.geolocation.getCurrentPosition(() => document.body.append('plats'), () => document.body.append('ingenplats')) }</script>",
        ),
        "/who" => page(&format!(
            "<p>kaka={}<p>agent={}<p>språk={}<script>let o = Intl.DateTimeFormat().resolvedOptions(); \
             document.body.append(' zon=' + o.timeZone + ' fönster=' + innerWidth + 'x' + innerHeight + ' dpr=' + devicePixelRatio)</script>",
            header("Cookie:"),
            header("User-Agent:"),
            header("Accept-Language:"),
        )),
        "/broken" => {
            let body = page(
                "<p>början<img src=http://10.0.0.1:8080/p.png width=9 height=9><script>fetch('/parsed')</script>",
            );
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: 5000\r\n\r\n";
            let _ = stream.write_all((head.to_owned() + &body).as_bytes()).await;
            // Cut before its words stand in the page, there would be none to keep.
            let parsed = PARSED.notified();
            let _ = tokio::time::timeout(Duration::from_secs(20), parsed).await;
            return;
        }
        "/parsed" => {
            PARSED.notify_one();
            String::new()
        }
        "/memory" => page(
            "<p>text<script>let a = []; for (;;) a.push(new Array(1e6).fill(a.length + 0.5))</script>",
        ),
        _ if path.starts_with("/to-inside?") => {
            head = format!("302 Found\r\nlocation: http://{}/", &path[11..]);
            String::new()
        }
        _ => {
            head = head.replace("200 OK", "404 Not Found");
            page("<h1>Finns inte</h1>")
        }
    };
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len());
    let _ = stream.write_all((head + &body).as_bytes()).await;
}

fn page(body: &str) -> String {
    format!("<!doctype html><html lang=sv><meta charset=utf-8><title>En sida</title><body>{body}")
}
