//! Pages that are what was asked for, however much they resemble what is not.

use super::walls::{PASSWORD, site};
use super::{Case, case, page};
use crate::record::PageOutcome::Captured;

pub(super) const CONTACT: &str = "<h2>Skriv till oss</h2><form>Namn <input name=namn> E-post <input type=email name=epost> <textarea name=text></textarea><button>Skicka</button></form>";
const LONG: &str = "<p>Natten mot torsdag väntas 15–20 centimeter snö. Våra elva plogbilar går ut klockan tre, och de kör alltid i samma ordning: gång- och cykelvägar först, sedan busslinjer och huvudgator, sist bostadsgator.</p>";

pub(super) fn posts(n: usize) -> String {
    let one = |i| {
        format!(
            "<article><h2>Inlägg {i}</h2><p>Idag invigde vi den nya lekparken i centrum, välkomna dit allihop.</p></article>"
        )
    };
    (0..n).map(one).collect()
}

pub(super) fn all() -> Vec<Case> {
    let is = |name, html: String| case(name, Captured, html);
    let login_in_head = "<header><form action=/l>Användarnamn <input name=u> Lösenord <input type=password name=p><button>Logga in</button></form></header>";
    vec![
        is("a newspaper with a login link", page("Ekhamra Tidning", &format!("<header><a href=/login>Logga in</a> <a href=/p>Prenumerera</a></header><main>{}</main>", posts(6)))),
        is("posts under a small login", page("Kommunen", &format!("{login_in_head}<main><h1>Nyheter</h1>{}</main>", posts(3)))),
        is("text under a small login", page("Kommunen", &format!("{login_in_head}<main><h1>Snöröjning</h1>{LONG}</main>"))),
        is("a login beside the text", page("Föreningen", &format!("<main><h1>Om oss</h1>{}</main><aside><form>Medlem <input name=u><input type=password><button>Logga in</button></form></aside>", LONG.repeat(2)))),
        is("a login for members in the text", page("Föreningen", &format!("<main><h1>Om oss</h1>{}<form>Medlem <input name=u><input type=password><button>Logga in</button></form></main>", LONG.repeat(6)))),
        is(
            "WordPress with comments",
            page("Höst – Ekhamra", &format!("<main><article class=post><h1>Höst</h1>{LONG}</article><form id=commentform><h2>Lämna ett svar</h2><textarea name=comment></textarea><input name=author placeholder=Namn><input type=email name=email><input name=url><button>Publicera kommentar</button></form></main><aside><a href=/wp-login.php>Logga in</a></aside>")),
        ),
        is("comments for who is logged in", page("Höst – Ekhamra", &format!("<main><article><h1>Höst</h1>{LONG}<h2>Lämna ett svar</h2><p>Du måste logga in för att kommentera.</p></article></main>"))),
        is("a newsletter", page("Kommunen", "<main><h1>Nyhetsbrev</h1><p>Prenumerera på vårt nyhetsbrev.</p><form><input type=email name=email placeholder='Din e-post'><button>Prenumerera</button></form></main><p><a href=/login>Logga in</a></p>")),
        is("a newsletter that goes on", page("Kommunen", "<p><a href=/login>Logga in</a></p><main><h1>Nyhetsbrev</h1><p>Prenumerera på vårt nyhetsbrev.</p><form><input type=email name=email><button>Fortsätt</button></form></main>")),
        is("a search", site("Sök", "<h1>Sök i diariet</h1><form action=/sok><input name=q><button>Sök</button></form>")),
        is("a search by name", site("Sök företag", "<h1>Sök företag</h1><form action=/sok><input name=namn><button>Nästa</button></form>")),
        is("services to log in to", site("Logga in - Ekhamra kommun", "<h1>Logga in</h1><p>Här hittar du våra e-tjänster. Välj den du vill använda.</p><ul><li><a href=/a>Mina sidor</a></li><li><a href=/b>Lärplattformen</a></li><li><a href=/c>Bygglov</a></li></ul>")),
        is("how to log in", site("Logga in med BankID - Ekhamra kommun", &format!("<h1>Så loggar du in</h1><p>Du kan <a href=/b>logga in med BankID</a> på alla våra e-tjänster.</p>{}", LONG.repeat(3)))),
        is("a service with a link to log in by", site("Bygglov", "<h1>Ansök om bygglov</h1><p>Du ansöker i vår e-tjänst. Du behöver ritningar och en situationsplan.</p><a href=/b>Logga in med BankID</a>")),
        is("about 404", site("404 – vad betyder det? - Ekhamra kommun", "<h1>404 – vad betyder det?</h1><p>Ibland möts du av texten ”Sidan finns inte”. Då har vi flyttat eller tagit bort den. Sök efter innehållet eller hör av dig till oss.</p>")),
        is("about captchas", site("Captcha - Ekhamra kommun", "<h1>Därför frågar vi om du är en robot</h1><p>Våra formulär har en ruta där det står ”Jag är inte en robot”. Kryssa i den och gå vidare. Den stoppar skräppost.</p>")),
        is("a post about captchas", page("Kommunen", "<main><h1>Aktuellt</h1><article><h2>Jag är inte en robot</h2><p>Just a moment! Nu tar vi paus i verkstaden där vi bygger robotar med barnen.</p></article></main>")),
        is("about cookies", site("Om kakor", &format!("<h1>Om kakor (cookies)</h1><p>Ekhamra kommun använder kakor.</p>{}<button>Godkänn alla</button><button>Neka alla</button>", LONG))),
        is("a notice of cookies in the flow", page("Kommunen", &format!("<div><p>Vi använder cookies för att webbplatsen ska fungera.</p><button>Jag förstår</button></div><main><h1>Snöröjning</h1>{LONG}</main>"))),
        is("about access", site("Åtkomst nekad? - Ekhamra kommun", "<h1>Åtkomst nekad i e-tjänsten – gör så här</h1><p>Kontrollera att du är behörig företrädare och försök igen.</p>")),
        is("an outage", site("Driftstörning i vattennätet", "<h1>Driftstörning</h1><p>Ett fel uppstod i pumpstationen vid Storgatan klockan 06.20. Vi räknar med att vattnet är tillbaka klockan 12.</p>")),
        is("an outage in short", site("Avbrott", "<h1>Avbrott i vattnet</h1><p>Ett fel uppstod i pumpen. Felet är lagat.</p>")),
        is("a bath that is closed for maintenance", site("Badhuset", "<h1>Tillfälligt stängt för underhåll</h1><p>Badhuset är stängt vecka 31. Vi lagar kaklet.</p>")),
        is("a service that is down", site("Driftstopp", "<h1>Driftstopp</h1><p>Vattnet på Storgatan är avstängt till klockan 12.</p>")),
        is("a post about maintenance", page("Ekhamra kommun", "<main><article><h2>Vi genomför planerat underhåll</h2><p>Badhuset är stängt på måndag.</p></article></main>")),
        is("families that are sought", site("Familjehem", "<h1>Är du över 18 år och vill bli familjehem?</h1><p>Hör av dig till oss.</p>")),
        is("who may serve", site("Serveringstillstånd", "<h1>Du måste vara 18 år</h1><p>Den som serverar är minst 18 år.</p>")),
        is("an app that fills the window", page("Kommunen", &format!("<div style='position:fixed;inset:0;overflow:auto;background:#fff'><h1>Aktuellt</h1>{}</div>", posts(4)))),
        is("a newsletter that sends links", page("Nyhetsbrev", &format!("<main><h1>Nyhetsbrev</h1>{}<form><input type=email name=email><button>Skicka länk</button></form></main>", LONG.repeat(3)))),
        is("a login needed to apply", site("Sök förskola", "<h1>Du behöver logga in för att ansöka</h1><p>Ansökan görs i e-tjänsten. Ha ditt BankID redo.</p><a href=/b>Till e-tjänsten</a>")),
        is("comments for who is logged in, without an article", page("Höst", "<main><h1>Höst</h1><p>Löven faller i parken.</p><p>Du måste vara inloggad för att publicera en kommentar.</p></main>")),
        is("a login in a widget", page("Föreningen", &format!("<div id=content>{}</div><div class=sidebar><form class=widget>Medlem <input name=u><input type=password><button>Logga in</button></form></div>", posts(1)))),
        is("a contact form in a frame", page("Kontakt", "<h1>Kontakta oss</h1><iframe src=/kontakt style='width:900px;height:600px'></iframe>")),
        is("a contact form in a frame of another origin", page("Kontakt", "<h1>Kontakta oss</h1><iframe src='{other}/kontakt' style='width:900px;height:600px'></iframe>")),
        is("a login in a hidden frame", page("Kommunen", "<h1>Aktuellt</h1><p>Lekparken är öppen.</p><iframe src=/login style='display:none;width:900px;height:600px'></iframe>")),
        is("a login in a small frame", page("Kommunen", "<h1>Aktuellt</h1><p>Lekparken är öppen.</p><iframe src=/login style='width:300px;height:200px'></iframe>")),
        is("a frame with a login under a text", page("Kommunen", &format!("<h1>Snöröjning</h1>{}<iframe src=/login style='width:900px;height:600px'></iframe>", LONG.repeat(9)))),
        is("a contact form that asks for proof", page("Kontakta oss", "<main><h1>Kontakta oss</h1><p>Välkommen att skriva till kommunen.</p><form>Namn <input name=n> Meddelande <textarea name=m></textarea><div class=g-recaptcha style='width:300px;height:80px'></div><button>Skicka</button></form></main>")),
        is("a newsletter that asks for proof", page("Nyhetsbrev", "<main><h1>Nyhetsbrev</h1><form><input type=email name=epost><div class=h-captcha style='width:300px;height:80px'></div><button>Prenumerera</button></form></main>")),
        is("pictures under a word", page("Galleri", &format!("<h1>Laddar</h1>{}", "<img src=/bild.svg width=300 height=200>".repeat(4)))),
        is("names that hide the page's own", page("Kommunen", &format!("<form name=title><input name=textContent><input name=closest></form><img name=body src=/bild.svg width=50 height=50><main>{LONG}</main>"))),
        is("one picture", page("Affisch", "<img src=/bild.svg width=300 height=200>")),
        is("few words", page("Ekhamra", "<h1>Räksmörgås</h1><p>Hej på dig.</p>")),
        is("an account without posts", site("Kategori: Väder", "<h1>Väder</h1><p>Inga inlägg ännu.</p>")),
        is(
            "a Mastodon profile under a dialog",
            page("Ekhamra (@e@social.example)", &format!("<meta name=generator content='Mastodon 4.3'><div id=mastodon data-props={{}}><div class=item-list>{}</div></div><div role=dialog style='position:fixed;inset:200px'><h1>Logga in för att följa</h1><a href=/auth/sign_up>Skapa konto</a></div>", posts(3))),
        ),
        is(
            "a Facebook page with the login in its bar",
            page("Ekhamra kommun | Facebook", &format!("<div role=banner><form id=login_form><input name=email><input type=password name=pass><button>Logga in</button></form></div><div role=main><h1>Ekhamra kommun</h1>{}</div>", "<div role=article><p>Idag invigde vi den nya lekparken i centrum.</p></div>".repeat(3))),
        )
        .on("facebook"),
        is(
            "an X account without login",
            page("Ekhamra (@ekhamra) / X", &format!("<main><h2>Ekhamra</h2>{}</main><div data-testid=google_sign_in_container>New to X?</div><a data-testid=signupButton>Create account</a>", "<article data-testid=tweet><div>Lekparken är öppen igen. Välkomna!</div></article>".repeat(4))),
        )
        .on("x"),
        is("a page called Logga in with text", site("Logga in", &format!("<h1>Logga in</h1>{}<form><input name=u><input type=password></form>", LONG.repeat(7)))),
        is("a page whose login stands in a closed box", page("Kommunen", &format!("<main><h1>Aktuellt</h1>{LONG}</main><div hidden>{PASSWORD}</div>"))),
    ]
}
