//! What is shown instead of pages, much as the platforms have it.

use super::{Case, case, page};
use crate::record::PageOutcome::{
    Captcha, ConsentWall, EmptyShell, Gone, LoginWall, NotFound, Refused, ServerError,
    TooManyRequests,
};

pub(super) const PASSWORD: &str = "<h1>Logga in</h1><form><label>E-post<input name=e></label><label>Lösenord<input type=password></label><button>Logga in</button></form>";
pub(super) const PICTURE: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='300' height='200'><rect width='300' height='200' fill='#678'/></svg>";

/// What stands on every page of a site.
pub(super) fn site(title: &str, main: &str) -> String {
    let links = [
        "Bygga, bo och miljö",
        "Barn och utbildning",
        "Omsorg och hjälp",
        "Uppleva och göra",
        "Trafik och infrastruktur",
        "Näringsliv och arbete",
        "Kommun och politik",
    ];
    let menu: String = links
        .iter()
        .map(|l| format!("<li><a href=/x>{l}</a></li>"))
        .collect();
    page(
        title,
        &format!(
            "<header><a href=/>Ekhamra kommun</a> <a href=/login>Logga in</a><form role=search><input name=q><button>Sök</button></form><nav><ul>{menu}</ul></nav></header>\
             <main>{main}</main><footer><h2>Kontakta oss</h2><p>Ekhamra kommun, Storgatan 1. Kontaktcenter svarar vardagar 8–16.</p><ul>{}</ul></footer>",
            menu.repeat(8)
        ),
    )
}

pub(super) fn all() -> Vec<Case> {
    [logins(), gone(), refused(), robots(), empty()]
        .into_iter()
        .flatten()
        .collect()
}

fn logins() -> Vec<Case> {
    let is = |name, html: String| case(name, LoginWall, html);
    vec![
        is("password", page("Logga in", PASSWORD)),
        is("password under a long menu", site("Logga in", PASSWORD)),
        is("password within an article", page("Intranät", &format!("<main><article>{PASSWORD}</article></main>"))),
        is("password in a frame", page("Portal", "<iframe src=/login style='width:1200px;height:700px'></iframe>")),
        is("password in a frame of another origin", page("Portal", "<h1>Portalen</h1><iframe src='{other}/login' style='width:1000px;height:600px;border:0'></iframe>")),
        is("password beside a notice", page("Logga in", &format!("<main>{PASSWORD}</main><article><h2>Driftinformation</h2><p>Systemet är nere för underhåll på söndag.</p></article>"))),
        is("e-mail first", page("Logga in", "<main><h1>Logga in</h1><form><label>E-postadress <input type=email name=email></label><button>Nästa</button></form><p>Inget konto? <a href=/ny>Skapa ett</a></p></main>")),
        is(
            "e-mail first, as Microsoft has it",
            page("Sign in to your account", "<div><div role=heading aria-level=1>Sign in</div><form method=post><input type=email name=loginfmt placeholder='Email, phone, or Skype'><div>No account? <a href=/s>Create one!</a></div><a href=/c>Can’t access your account?</a><input type=submit value=Next></form></div><footer>Terms of use Privacy &amp; cookies</footer>"),
        ),
        is(
            "e-mail first, as Google has it",
            page("Logga in – Google Konton", "<div><h1>Logga in</h1><div>Fortsätt till Gmail</div><div><input type=email id=identifierId name=identifier aria-label='E-postadress eller telefonnummer'><button type=button>Har du glömt e-postadressen?</button></div><p>Är det inte din dator? Använd gästläge för att logga in privat.</p><div><button type=button>Skapa konto</button> <button type=button>Nästa</button></div></div><footer>Hjälp Sekretess Villkor</footer>"),
        ),
        is("user name first", page("Ekhamra – inloggning", "<form><p>Ange ditt användarnamn</p><input name=username><button type=submit>Logga in</button></form>")),
        is("ways to log in", page("Logga in", "<h1>Logga in</h1><p>Välj hur du vill logga in.</p><button>Logga in med BankID</button> <button>Logga in med Google</button>")),
        is("ways to log in, in English", page("Sign in | Portal", "<h1>Sign in</h1><a href=/g>Continue with Google</a> <a href=/m>Continue with Microsoft</a> <a href=/s>Sign in with SSO</a>")),
        is("a service's ways to log in", site("Legitimera dig", "<h1>Välj inloggningssätt</h1><ul><li><a href=/b>Mobilt BankID</a></li><li><a href=/f>Freja eID+</a></li><li><a href=/e>Foreign eID</a></li></ul>")),
        is("a code that is sent", page("Portal", "<h1>Mina sidor</h1><p>Ange din e-postadress så skickar vi en engångskod</p><form><input type=email placeholder='E-post'><button>Skicka kod</button></form>")),
        is("a link that is sent", page("Portal", "<h1>My pages</h1><form><input type=email placeholder='Email'><button>Email me a link</button></form>")),
        is("BankID by a number", page("E-tjänster", "<h1>Legitimering</h1><form><label>Personnummer <input name=pnr></label><button>Starta BankID</button></form>")),
        is("an age that is asked for", page("Ålder", "<div style='position:fixed;inset:0;background:#000;color:#fff'><h1>Är du över 18 år?</h1><p>Du måste vara 18 år för att se sidan.</p><button>Ja</button><button>Nej</button></div>")),
        is("an age that is asked for over posts", page("Ålder", &format!("<div role=dialog aria-modal=true style='position:fixed;inset:0;background:#000;color:#fff'><h1>Åldersgräns 18 år</h1><p>Bekräfta att du har fyllt 18 år</p><button>Jag är över 18</button></div>{}", super::pages::posts(5)))),
        is("must log in", site("Gruppen", "<h1>Du måste logga in för att se sidan</h1>")),
        is("401 with a form", page("401", PASSWORD)).status(401),
        is("403 with a form", page("Förbjudet", PASSWORD)).status(403),
        is("999 with a form", page("Sign In", PASSWORD)).status(999),
        is(
            "Facebook's login in stead of a group",
            page("Facebook", "<div role=main><h2>You must log in to continue.</h2><form id=login_form><input name=email placeholder='Email or phone'><input type=password name=pass><button>Log In</button></form></div>"),
        )
        .on("facebook"),
        is(
            "Instagram's login",
            page("Logga in • Instagram", "<main><article><form id=loginForm><input name=username aria-label='Telefonnummer, användarnamn eller e-postadress'><input type=password name=password><button>Logga in</button></form></article></main>"),
        )
        .on("instagram"),
        is("Instagram's private account", page("Ekhamra (@ekhamra) • Instagram", "<main><header><h2>ekhamra</h2>12 inlägg 300 följare</header><h2>Det här kontot är privat</h2><p>Följ kontot för att se dess foton och videor.</p></main>")).on("instagram"),
        is("X's protected posts", page("Ekhamra (@ekhamra) / X", "<main><h2>Ekhamra</h2><h1>These posts are protected</h1><p>Only approved followers can see @ekhamra’s posts.</p></main>")).on("x"),
        is("Bluesky's sign-in", page("Ekhamra", "<div id=root><div>Sign-in Required</div><div>This account has requested that users sign in to view their profile.</div><button>Go back</button></div>")).on("bluesky"),
        is("LinkedIn's authwall", page("Sign Up | LinkedIn", "<main class=authwall><h1>Join LinkedIn</h1><form class=authwall-join-form><input name=email><input type=password><button>Agree &amp; Join</button></form></main>")).on("linkedin"),
        is("Mastodon's login", page("Logga in - Mastodon", "<div class=container><form id=new_user><input type=email name='user[email]'><input type=password name='user[password]'><button>Logga in</button></form></div>")),
        case(
            "a page that asks for consent",
            ConsentWall,
            page("Innan du fortsätter till YouTube", "<div><h1>Innan du fortsätter till YouTube</h1><div><p>Vi använder cookies och data för att leverera och underhålla tjänster och se hur de används.</p><form><button>Avvisa alla</button></form><form><button>Godkänn alla</button></form><a href=/mer>Fler alternativ</a></div><a href=/i>Integritetspolicy</a></div>"),
        ),
    ]
}

fn gone() -> Vec<Case> {
    let bar = "<div role=banner><form><input name=email><input type=password name=pass><button>Logga in</button></form></div>";
    vec![
        case("a municipality's missing page", NotFound, site("Sidan finns inte - Ekhamra kommun", "<h1>Sidan kunde inte hittas</h1><p>Det här innehållet är inte tillgängligt just nu. Länken kan vara trasig eller så har sidan tagits bort.</p><a href=/>Till startsidan</a>")),
        case("WordPress' missing page", NotFound, site("Page not found – Ekhamra", "<article><h1>Oops! That page can’t be found.</h1><p>It looks like nothing was found at this location.</p><form role=search><input name=s></form></article>")),
        case("a missing page above the newest posts", NotFound, site("Sidan hittades inte – Ekhamra", &format!("<h1>Sidan hittades inte</h1><p>Läs det senaste i stället.</p>{}", "<article><h2>Lekparken</h2><p>Idag invigde vi den nya lekparken i centrum, välkomna dit allihop.</p></article>".repeat(4)))),
        case("a missing page in one line", NotFound, page("Ekhamra", "<p>Sidan finns inte längre.</p>")),
        case("404 on top", NotFound, page("Ekhamra", "<h1>404</h1><p>Den begärda sidan kunde inte hittas. Är du säker på att adressen angivits korrekt?</p>")),
        case("no page of that address", NotFound, page("Hoppsan! - Ekhamra kommun", "<header>Ekhamra kommun</header><main><h1>Hoppsan!</h1><p>Det finns ingen sida med den här adressen. Den kan ha tagits bort.</p></main>")),
        case("a page that does not exist", NotFound, page("Ekhamra", "<h1>Den sida du försöker nå existerar inte</h1>")),
        case("Facebook's missing page", NotFound, page("Facebook", &format!("{bar}<div role=main><h2>Det här innehållet är inte tillgängligt just nu</h2><p>Det beror oftast på att ägaren bara har delat det med en liten grupp, ändrat vilka som kan se det eller tagit bort det.</p><a href=/>Gå till nyhetsflödet</a></div>"))).on("facebook"),
        case("Instagram's missing account", NotFound, page("Page Not Found • Instagram", "<main><h2>Sorry, this page isn't available.</h2><p>The link you followed may be broken, or the page may have been removed. <a href=/>Go back to Instagram.</a></p></main>")).on("instagram"),
        case("X's missing account", NotFound, page("Profile / X", "<div data-testid=google_sign_in_container>Sign up with Google</div><a data-testid=signupButton>Create account</a><main><div data-testid=emptyState><span>This account doesn’t exist</span><br><span>Try searching for another.</span></div></main>")).on("x"),
        case("YouTube's missing channel", NotFound, page("YouTube", "<div>This channel does not exist.</div>")).on("youtube"),
        case("X's suspended account", Gone, page("Profile / X", "<main><span>Account suspended</span><br><span>X suspends accounts which violate the X Rules</span></main>")).on("x"),
        case("YouTube's ended account", Gone, page("YouTube", "<div>This account has been terminated for violating YouTube's Community Guidelines.</div>")).on("youtube"),
        case("Mastodon's suspended account", Gone, page("Ekhamra (@e@social.example) - Mastodon", "<div id=mastodon data-props={}><h1>Ekhamra</h1><div class=empty-column-indicator>Kontot är avstängt</div></div>")),
    ]
}

fn refused() -> Vec<Case> {
    vec![
        case("X that fails", ServerError, page("X", "<main><span>Something went wrong. Try reloading.</span><button>Retry</button></main>")).on("x"),
        case("an error", ServerError, site("Ett fel uppstod", "<h1>Ett fel uppstod</h1><p>Försök igen om en stund.</p>")),
        case("maintenance", ServerError, page("Maintenance", "<h1>Briefly unavailable for scheduled maintenance. Check back in a minute.</h1>")),
        case("planned maintenance", ServerError, page("Underhåll", "<h1>Vi genomför planerat underhåll</h1><p>Webbplatsen är tillfälligt stängd och öppnar igen kl. 18.00.</p>")),
        case("closed for maintenance", ServerError, page("Ekhamra kommun", "<h1>Tillfälligt stängt för underhåll</h1><p>Vi arbetar med webbplatsen och är snart tillbaka.</p>")),
        case("out of order", ServerError, page("Driftstopp", "<h1>Driftstopp</h1><p>Just nu har vi driftstörningar. Vi arbetar för att lösa problemet.</p>")),
        case("kept from a country, in Swedish", Refused, page("Ej tillgänglig", "<h1>Innehållet är inte tillgängligt i ditt land</h1>")),
        case("401", LoginWall, page("401", "<h1>Unauthorized</h1>")).status(401),
        case("Instagram's patience", TooManyRequests, page("Instagram", "<div>Please wait a few minutes before you try again.</div>")).on("instagram"),
        case("F5", Refused, "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your administrator.<br><br>Your support ID is: 1234567890<br><br><a href='javascript:history.back();'>[Go Back]</a></body></html>"),
        case("kept from a country", Refused, page("YouTube", "<p>This channel is not available in your country.</p>")).on("youtube"),
        case("Cloudflare's refusal", Refused, page("Attention Required! | Cloudflare", "<h1>Sorry, you have been blocked</h1><h2>You are unable to access ekhamra.example</h2>")).status(403),
        case("403", Refused, page("403 Forbidden", "<h1>Forbidden</h1>")).status(403),
        case("404 with a login in its head", NotFound, page("404", PASSWORD)).status(404),
        case("429", TooManyRequests, page("429", "<h1>Too many requests</h1>")).status(429),
        case("503", ServerError, page("503", "<h1>Service Unavailable</h1>")).status(503),
        case("999", Refused, page("LinkedIn", "<h1>Request denied</h1>")).status(999),
    ]
}

fn robots() -> Vec<Case> {
    let is = |name, title: &str, body: &str| case(name, Captcha, page(title, body));
    vec![
        is("Cloudflare", "Just a moment...", "<h1>www.ekhamra.example</h1><p>Verifying you are human. This may take a few seconds.</p><div id=challenge-stage style=height:60px></div><p>www.ekhamra.example needs to review the security of your connection before proceeding.</p>").status(403),
        is("Cloudflare, older", "Just a moment...", "<h1>Checking your browser before accessing ekhamra.example.</h1><p>This process is automatic. Your browser will redirect to your requested content shortly.</p>").status(503),
        is("Cloudflare, in Swedish", "Vänta ett ögonblick...", "<h1>ekhamra.example</h1><p>Bekräfta att du är människa genom att utföra åtgärden nedan.</p>").status(403),
        is("DataDome", "ekhamra.example", "<iframe src='https://geo.captcha-delivery.com/captcha/?initialCid=x' width=100% height=600></iframe>").status(403),
        is("Google's", "https://www.google.com/search", "<form id=captcha-form><div class=g-recaptcha style='width:300px;height:80px'></div></form><p>Our systems have detected unusual traffic from your computer network.</p>").status(429),
        is("PerimeterX", "Access to this page has been denied", "<h1>Press &amp; Hold to confirm you are a human (and not a bot).</h1><div id=px-captcha style='width:300px;height:80px'></div>").status(403),
        is("hCaptcha", "Verify", "<p>Please verify you are a human</p><div class=h-captcha style='width:300px;height:80px'></div>").status(403),
        is("Akamai", "Pardon Our Interruption", "<h1>Pardon Our Interruption</h1><p>As you were browsing something about your browser made us think you were a bot. There are a few reasons this might happen: you are a power user moving through this website with super-human speed, or you have disabled JavaScript.</p>").status(403),
        is("Arkose", "Verify", "<iframe id=enforcementFrame src=/tom style='width:400px;height:300px'></iframe>").status(403),
        is("AWS", "Human Verification", "<div id=captcha-container style='width:300px;height:80px'>Let's confirm you are human</div>").status(405),
        is("Anubis", "Making sure you're not a bot!", "<main><h1>Making sure you're not a bot!</h1><p>Loading...</p><p>Protected by Anubis</p></main>"),
        is("letters in a picture", "Kontroll", "<p>Skriv tecknen i bilden.</p><form id=captcha><img src=/bild.svg><input name=captcha><button>OK</button></form>"),
        is("in a frame", "x", "<iframe src=/case/0 style='width:10px;height:10px'></iframe><form id=challenge-form><p>Är du en robot?</p></form>"),
    ]
}

fn empty() -> Vec<Case> {
    let is = |name, html: String| case(name, EmptyShell, html);
    vec![
        is("nothing", page("Torget", "<div id=root></div>")),
        is("a logotype before the posts", page("X", "<svg width=100 height=100><circle r=50 cx=50 cy=50 /></svg>")).on("x"),
        is("no JavaScript", page("X", "<h1>JavaScript is not available.</h1><p>We’ve detected that JavaScript is disabled in this browser.</p>").replace("We’ve detected that JavaScript is disabled in this browser.", "")).on("x"),
        is("Mastodon without JavaScript", page("Mastodon", "<div>To use the Mastodon web application, please enable JavaScript.</div>")),
        is("still loading", page("Torget", "<div>Laddar…</div>")),
        is("an empty frame", page("Torget", "<iframe src=/tom style='width:1200px;height:800px;border:0'></iframe>")),
    ]
}
