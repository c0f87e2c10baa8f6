//! April to June.

use super::{Scene, Text, US, held, says};

pub const TEXTS: &[Text] = &[
    Text {
        slug: "valborg",
        title: "Valborg: här brinner det, och här får det inte brinna",
        when: "04-21 09:30",
        scene: Some((Scene::Sunset, "Röd kvällshimmel över mörka åsar")),
        html: r#"<p>Tre eldar är anmälda och bevakade:</p><ul><li><strong>Ekavallen</strong>, tänds 20.30, Hamrakören sjunger 20</li><li><strong>Lillvikens hamn</strong>, tänds 21</li><li><strong>Björkfors hembygdsgård</strong>, tänds 20</li></ul>
<p>Egna eldar måste anmälas till räddningstjänsten. Flytta högen samma dag som du tänder: <em>igelkottar och sorkar flyttar gärna in</em>. 🦔🔥</p>"#,
        comments: &[
            says(
                "Hembygdsföreningen",
                "Vi bjuder på ärtsoppa så länge den räcker!",
                &[],
            ),
            says(
                "M. Sand",
                "Hur gör man med gammalt trallvirke?",
                &[says(
                    US,
                    "Det är impregnerat och ska till återvinningscentralen, aldrig på elden.",
                    &[],
                )],
            ),
        ],
    },
    Text {
        slug: "ny-cykelvag",
        title: "Nu byggs cykelvägen mellan Ekhamra och Björkfors",
        when: "04-09 10:20",
        scene: Some((
            Scene::Field,
            "Öppet landskap med böljande fält och en rad träd",
        )),
        html: r#"<p>På måndag sätts spaden i jorden. 6,8 kilometer asfalterad cykelväg ska vara klar till skolstarten 2027.</p>
<h2>Så påverkas du</h2><p>Väg 702 smalnas av i etapper, med högst fyra minuters väntetid. Bussarna går som vanligt.</p>
<blockquote><p>Min dotter har väntat på den här vägen sedan ettan. Nu går hon i åttan.</p><p>Boende i Björkfors på samrådet i mars</p></blockquote>
<p>Kostnaden är 38 miljoner kronor, varav staten betalar hälften.</p>"#,
        comments: &[
            says(
                "Rune Karlberg",
                "38 miljoner för en cykelväg. Laga vägarna först!",
                &[
                    says(
                        "Cyklande lärare",
                        "Det ena utesluter inte det andra, Rune. Ungarna ska kunna ta sig till skolan levande.",
                        &[says(
                            "Rune Karlberg",
                            "Det har jag aldrig sagt emot. Men landsvägen ser ut som en schweizerost.",
                            &[],
                        )],
                    ),
                    says(
                        US,
                        "Statens hälft får bara användas till cykelväg. Beläggningen av väg 702 ligger hos Trafikverket, och vi tjatar på dem varje månad.",
                        &[],
                    ),
                ],
            ),
            says("Björkfors IF", "Underbart! Vi ordnar invigningslopp!", &[]),
        ],
    },
    Text {
        slug: "sommarjobb",
        title: "Sommarjobb till alla i nian och ettan på gymnasiet",
        when: "04-14 12:00",
        scene: None,
        html: r#"<p>Du som är född 2009 eller 2010 och bor i Ekhamra är garanterad tre veckors sommarjobb. Lön: <strong>92 kronor i timmen</strong> plus semesterersättning.</p><p>Välj bland äldreboenden, parker, fritids, museet eller kommunens egen glassbåt. Ja, den finns. 🍦⛵</p><p>Sök före 30 april på <a href="{home}/kontakt/">medborgarservice</a>.</p>"#,
        comments: &[
            says(
                "Alva",
                "hur många får glassbåten??",
                &[says(
                    US,
                    "Sex stycken, två per period. I fjol sökte 140, så välj gärna ett andrahandsval 😉",
                    &[],
                )],
            ),
            says(
                "Pappa Henke",
                "Bra initiativ, min äldsta fick kvar helgjobb på Ekbacken efter förra sommaren.",
                &[],
            ),
        ],
    },
    Text {
        slug: "vattenlacka",
        title: "Vattenläcka på Storgatan – kokningsrekommendation upphävd",
        when: "05-06 17:50",
        scene: None,
        html: r#"<p><strong>Uppdaterat 17.50:</strong> Alla prover är godkända. Du behöver inte längre koka vattnet.</p><p>Läckan upptäcktes natten till söndag, när en ledning från 1958 gav sig. 340 hushåll var berörda. Spola kranen i tio minuter innan du dricker.</p><p>Tack för tålamodet, och tack till grannarna på Storgatan 9 som bjöd jourlaget på kaffe klockan fyra på morgonen.</p>"#,
        comments: &[
            says("Storgatan 9", "Ni var värda det! ☕🥐", &[]),
            says(
                "Evelina",
                "Ska det inte komma sms vid sådant här? Jag fick inget.",
                &[says(
                    US,
                    "Sms gick till dem som är folkbokförda på adressen. Bor du i andra hand kan du lägga till ditt nummer hos oss. Vi borde ha sagt det tydligare.",
                    &[says("Evelina", "Tack, nu är det gjort!", &[])],
                )],
            ),
        ],
    },
    Text {
        slug: "badvatten",
        title: "Premiär för badvattenproverna: nio av nio tjänliga",
        when: "06-03 08:40",
        scene: Some((Scene::Lake, "Sommarblå sjö med öar vid horisonten")),
        html: r#"<p>Vi tar prov på alla kommunens badplatser varannan vecka hela sommaren. Första omgången är glädjande:</p>
<table><thead><tr><th>Badplats</th><th>Temperatur</th><th>Bedömning</th></tr></thead><tbody><tr><td>Norrudden</td><td>17,5 °C</td><td>tjänligt</td></tr><tr><td>Lillvikens sandstrand</td><td>18,0 °C</td><td>tjänligt</td></tr><tr><td>Tallåstjärnen</td><td>19,2 °C</td><td>tjänligt</td></tr></tbody></table>
<p>Ser vattnet ut som grön målarfärg är det troligen algblomning. Låt då varken barn eller hundar bada. 🐶</p>"#,
        comments: &[
            says("Simfröken", "19 grader i tjärnen redan! 🤩", &[]),
            says(
                "Lisbet",
                "Kan ni sätta upp en ny stege vid Norrudden?",
                &[says(US, "Beställd! Den kommer före midsommar.", &[])],
            ),
        ],
    },
    Text {
        slug: "studenten",
        title: "Studenten: avstängda gator 5 juni",
        when: "05-28 13:15",
        scene: None,
        html: r#"<p>Grattis till 188 studenter! 🎓 Fredag 5 juni stängs Storgatan mellan Torget och Stationen klockan 12–16. Buss 1 och 4 stannar vid Brandstationen i stället.</p><p>Flaken måste vara besiktade och föraren nykter. Polisen kontrollerar vid infarten.</p>"#,
        comments: &[says(
            "Mormor Inga",
            "Får man stå med klappstol på Torget?",
            &[says(
                US,
                "Det får man, till höger om fontänen. Ta med keps!",
                &[],
            )],
        )],
    },
    Text {
        slug: "naturreservat",
        title: "Hamraskogen blir kommunens första naturreservat",
        when: "05-18 11:00",
        scene: Some((Scene::Forest, "Tät granskog med ljus mellan stammarna")),
        html: r#"<p>212 hektar gammal skog öster om sjön är från i dag skyddad för gott. Här finns <em>tretåig hackspett, norna och tallar från 1600-talet</em>.</p>
<h2>Vad får jag göra?</h2><ul><li>Plocka bär och svamp: <strong>ja</strong></li><li>Tälta en natt på anvisad plats: <strong>ja</strong></li><li>Elda: <strong>bara i de tre iordningställda eldstäderna</strong></li><li>Cykla: <strong>på stigar med blå markering</strong></li></ul>
<figure class="wp-block-image"><img src="{home}/wp-content/uploads/2026/09/svampstuga.jpg" alt="Granskog i lager på lager mot en ljus himmel" width="1200" height="750"><figcaption>Utsikten från Rullstolsslingan. Foto: <em>Samir Haddad</em></figcaption></figure>
<p>Invigning med guidade turer 30 maj. Rullstolsslingan är 1,4 kilometer och går till utsikten.</p>"#,
        comments: &[
            says(
                "Fågelklubben",
                "Tjugo års arbete. Vi är rörda. 🌲",
                &[says(
                    US,
                    "Utan era inventeringar hade det inte gått. Tack!",
                    &[],
                )],
            ),
            says(
                "Jägaren",
                "Hur blir det med älgjakten?",
                &[says(
                    US,
                    "Jakten är tillåten som förut, utom 15 april till 31 augusti.",
                    &[],
                )],
            ),
            held(
                "skogsägare",
                "Det var [namn borttaget] som mutade er att ta hans skog och inte min, alla vet det",
            ),
        ],
    },
    Text {
        slug: "aldreomsorg-betyg",
        title: "Så tycker de äldre om hemtjänsten",
        when: "05-12 10:05",
        scene: Some((
            Scene::Chart,
            "Stapeldiagram över andelen nöjda i hemtjänsten fem år i rad",
        )),
        html: r#"<p>91 procent av dem som har hemtjänst är nöjda, visar årets enkät. Det är upp två procentenheter. Lägst betyg får <strong>antalet olika personer</strong> som kommer hem: i snitt 13 under två veckor.</p><p>Målet är högst tio vid årets slut. Därför får alla nu en fast omsorgskontakt.</p>"#,
        comments: &[says(
            "Birgitta S",
            "Min pappa har haft 19 olika. Men flickorna är fantastiska allihop.",
            &[says(
                US,
                "Tack Birgitta, 19 är för många. Ring gärna områdeschefen, numret står på kontaktsidan.",
                &[],
            )],
        )],
    },
    Text {
        slug: "skolavslutning",
        title: "Skolavslutningar dag för dag",
        when: "06-08 09:50",
        scene: None,
        html: r#"<p>Alla är välkomna, och alla avslutningar är utomhus om vädret tillåter.</p><ul><li>Ekskolan: onsdag 10 juni kl. 9, skolgården</li><li>Björkforsskolan: onsdag 10 juni kl. 10, hembygdsgården</li><li>Lillvikens skola: torsdag 11 juni kl. 8.30, stranden</li><li>Tallåsens skola: torsdag 11 juni kl. 10</li></ul><p>Glad sommar! ☀️🌻</p>"#,
        comments: &[says("Vaktis Lasse", "Jag har beställt sol.", &[])],
    },
    Text {
        slug: "midsommar",
        title: "Midsommar på sju platser",
        when: "06-16 14:00",
        scene: Some((Scene::Sunset, "Ljus sommarnatt med rosa moln över skogen")),
        html: r#"<p>Stången reses klockan 14 om inget annat sägs. Ta med egen filt.</p><p>Ekavallen · Lillvikens hamn · Björkfors hembygdsgård · Norrbyn · Tallåsen · Ekbackens äldreboende (kl. 11) · Campingen (kl. 18, med <em>kvällsdans</em> 💃)</p>"#,
        comments: &[
            says(
                "Spelmanslaget",
                "Vi spelar på fyra av dem. Den som vill låna cykel får gärna höra av sig 🎻",
                &[],
            ),
            says(
                "Turist från Köln",
                "Is it also for guests? We are on the camping!",
                &[says(
                    US,
                    "Of course, you are most welcome! Frog dance is not optional 🐸",
                    &[],
                )],
            ),
        ],
    },
    Text {
        slug: "trygghetsvandring",
        title: "Tre timmar, 41 förslag: tack för trygghetsvandringen",
        when: "04-28 16:20",
        scene: Some((Scene::Town, "Husfasader i kvällsljus med upplysta fönster")),
        html: r#"<p>Sextio personer gick med oss längs Kvarngatan i regnet. Det här gör vi först:</p><ol><li>Ny belysning i tunneln vid stationen (klar i september)</li><li>Häcken vid lekplatsen kapas till 80 centimeter</li><li>Fler papperskorgar vid busstorget</li></ol><p>Allt som inte blir av förklarar vi i protokollet.</p>"#,
        comments: &[says(
            "Nattarbetare",
            "Tunneln! Tack, jag har gått omvägen i tre år.",
            &[],
        )],
    },
];
