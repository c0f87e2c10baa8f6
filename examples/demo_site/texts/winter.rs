//! January to March.

use super::{Said, Scene, Text, US, held, says};

const NONE: &[Said] = &[];

pub const TEXTS: &[Text] = &[
    Text {
        slug: "sa-plogar-vi",
        title: "Så plogar vi – och därför börjar vi med cykelvägarna",
        when: "01-08 09:15",
        scene: Some((
            Scene::Snow,
            "Snötäckta kullar i morgonljus med granar i förgrunden",
        )),
        html: r#"<p>Natten mot torsdag väntas <strong>15–20 centimeter snö</strong>. Våra elva plogbilar går ut klockan tre, och de kör alltid i samma ordning:</p>
<ol><li>Gång- och cykelvägar till skolor och vårdcentralen</li><li>Busslinjerna 1, 4 och 7</li><li>Huvudgator</li><li>Bostadsgator, när det ligger mer än åtta centimeter</li></ol>
<p>Varför cyklarna först? Tre av fyra som skadar sig i halkan går eller cyklar. En bil klarar åtta centimeter snö bättre än en rullator gör.</p>
<p>Hjälp oss genom att <em>inte</em> parkera på gatan mellan 22 och 06. Är det fortfarande oplogat efter ett dygn? Ring 0999-120 00 eller <a href="{home}/kontakt/">skriv till oss</a>. ❄️🚜</p>"#,
        comments: &[
            says(
                "Kerstin Almgren",
                "Tack för att ni tar cykelvägarna först! Kom fram till jobbet torr om fötterna i morse 😊",
                &[],
            ),
            says(
                "Roger Öhman",
                "Björkforsvägen 14–22 är oplogad sedan i förrgår. Har ni glömt oss?",
                &[says(
                    US,
                    "Hej Roger! Det har vi inte, men en plogbil gick sönder vid kvarnen. En ersättare kör hos er före klockan 14 i dag.",
                    &[says(
                        "Roger Öhman",
                        "Nu kom den. Tack för snabbt svar!",
                        &[],
                    )],
                )],
            ),
            says(
                "Fatima Nouri",
                "Finns det någon karta där man ser var ni har plogat?",
                &[says(
                    US,
                    "Inte än, men vi provar en sådan i Lillviken till våren. Vi återkommer!",
                    &[],
                )],
            ),
            held(
                "Snöröjning 24",
                "Billig takskottning!!! Ring nu, 20 % rabatt för alla i kommunen",
            ),
        ],
    },
    Text {
        slug: "sandlador",
        title: "Hämta sand gratis på nio platser",
        when: "01-13 13:40",
        scene: None,
        html: r#"<p>Nu är sandlådorna påfyllda. Du får ta så mycket du behöver till den egna uppfarten – ta med hink och spade.</p>
<table><thead><tr><th>Plats</th><th>Adress</th><th>Fylls på</th></tr></thead><tbody>
<tr><td>Ekhamra</td><td>Brandstationen, Verkstadsgatan 3</td><td>måndagar</td></tr>
<tr><td>Lillviken</td><td>Hamnplan</td><td>tisdagar</td></tr>
<tr><td>Björkfors</td><td>Folkets hus</td><td>tisdagar</td></tr>
<tr><td>Tallåsen</td><td>Vändplanen vid skolan</td><td>onsdagar</td></tr></tbody></table>
<p>Är lådan tom? Skicka en bild, så kommer vi.</p>"#,
        comments: &[says(
            "Bo Hellgren",
            "Den vid Hamnplan är tom redan.",
            &[says(US, "Påfylld 15.20. Tack för tipset, Bo!", &[])],
        )],
    },
    Text {
        slug: "budget-antagen",
        title: "Budgeten är antagen: mer till skolan, mindre till lokaler",
        when: "01-20 16:05",
        scene: Some((
            Scene::Chart,
            "Stapeldiagram över kommunens kostnader: skola störst, därefter omsorg, teknik, kultur och administration",
        )),
        html: r#"<p>Kommunfullmäktige beslutade i går kväll om budgeten för året. Skatten är oförändrad, <strong>21,73 kronor</strong>.</p>
<h2>De största förändringarna</h2>
<ul><li>Skolan får 14 miljoner kronor mer, mest till speciallärare.</li><li>Hemtjänsten får 6 miljoner till fast omsorgskontakt.</li><li>Vi lämnar tre hyrda lokaler och sparar 4,2 miljoner.<ul><li>Gamla posthuset lämnas i juni.</li><li>Kontoret på Kvarngatan lämnas i december.</li></ul></li></ul>
<blockquote><p>Vi väljer lärare framför väggar, sade kommunstyrelsens ordförande i debatten.</p></blockquote>
<p>Fyra ledamöter reserverade sig mot beslutet. Hela protokollet, § 7, anslås på torsdag.</p>"#,
        comments: &[
            says(
                "Anders Wikfalk",
                "Vad händer med föreningarna som håller till i gamla posthuset?",
                &[says(
                    US,
                    "Bra fråga! Schackklubben och släktforskarna erbjuds rum i biblioteket. Kulturchefen ringer alla föreningar före 15 februari.",
                    &[says(
                        "Släktforskarna i Ekhamra",
                        "Det stämmer, vi har redan varit och tittat. Fint ljus i läsrummet!",
                        &[],
                    )],
                )],
            ),
            says(
                "Mikaela T",
                "Fyra miljoner i hyra för tomma rum?! Det borde ni ha sagt upp för länge sedan.",
                &[],
            ),
        ],
    },
    Text {
        slug: "isarna",
        title: "Gå inte ut på Hamrasjöns is ännu",
        when: "01-24 08:20",
        scene: Some((Scene::Lake, "Blank sjö under en blek vinterhimmel")),
        html: r#"<p>Isen ser stark ut men är det inte. Räddningstjänsten mätte i går <strong>4 centimeter</strong> vid badplatsen och öppet vatten utanför Ekåns mynning. Kärnis ska vara minst tio centimeter för att bära en person.</p>
<p>Ta med <em>isdubbar, sällskap och lina</em> när det väl är dags. Nästa mätning är på tisdag.</p>
<hr>
<p>Larma alltid 112 om någon har gått igenom. 🛟</p>"#,
        comments: &[says(
            "Isfiskarn",
            "Jag gick på 7 cm nyis vid Norrudden i går, den höll fint.",
            &[says(
                US,
                "Tack, men vi ber alla att vänta. Isen varierar mycket från vik till vik just nu.",
                &[],
            )],
        )],
    },
    Text {
        slug: "sportlov",
        title: "Sportlov i Ekhamra: fyrtio saker att göra för noll kronor",
        when: "02-02 10:00",
        scene: Some((Scene::Snow, "Snölandskap med en låg sol över skogsbrynet")),
        html: r#"<p>Vecka 8 är det lov, och allt det här är gratis. Ingen anmälan om vi inte skriver det.</p>
<h3>Varje dag</h3><ul><li>Skridsko på Ekavallen 10–20, låna hjälm och skridskor i boden ⛸️</li><li>Pulkabacken på Tallåsen är upplyst till 21</li><li>Fritidsgården Navet 13–22</li></ul>
<h3>Tisdag</h3><p>Bygg din egen fågelholk på museet. <a href="mailto:museet@ekhamra.example">Anmäl dig</a>, tjugo platser.</p>
<h3>Torsdag</h3><p>Filmdag på biografen Saga: <em>Den lilla igelkotten</em> kl. 10 och <em>Rymdhunden</em> kl. 13. Popcorn 10 kr, medtag egen skål. 🍿</p>"#,
        comments: &[
            says(
                "Linnea mamma till tre",
                "Ni räddar vårt lov ❤️ Går det att låna skridskor i storlek 28?",
                &[says(US, "Ja! Vi har från 25 till 46.", &[])],
            ),
            says(
                "Jonte",
                "kan ni ha öppet längre på navet fredag snälla",
                &[says(
                    US,
                    "Fredag är det öppet till 24 den veckan. Vi ses!",
                    &[says("Jonte", "💪💪", &[])],
                )],
            ),
        ],
    },
    Text {
        slug: "forskolekoer",
        title: "Alla fick plats i förskolan i tid",
        when: "02-09 11:25",
        scene: None,
        html: r#"<p>Under förra året ställde 312 familjer sina barn i kö, och alla fick erbjudande inom fyra månader, som lagen säger. 86 procent fick sitt förstahandsval.</p>
<p>Trängst är det i Lillviken, där två avdelningar öppnar i augusti. Vill du ha plats till hösten? Ansök senast <strong>15 april</strong>.</p>"#,
        comments: &[says(
            "Petra & Olle",
            "Vi fick plats på Gläntan och är jättenöjda med inskolningen.",
            NONE,
        )],
    },
    Text {
        slug: "skolmaten-rostad",
        title: "Eleverna har röstat: det här blir nya skolmaten",
        when: "02-16 12:10",
        scene: None,
        html: r#"<p>2 140 elever röstade. Vinnare blev, med 611 röster, <strong>linsbolognese</strong>, tätt följd av fisk i ugn med gräslök. Pannkaka kom trea, och fick stryk av sin egen popularitet: den finns redan varannan torsdag. 🥞</p>
<p>Så här gick det:</p>
<table><tbody><tr><th>Rätt</th><th>Röster</th></tr><tr><td>Linsbolognese</td><td>611</td></tr><tr><td>Fisk i ugn</td><td>584</td></tr><tr><td>Pannkaka</td><td>570</td></tr><tr><td>Kikärtsgryta med mango</td><td>375</td></tr></tbody></table>
<p>Alla rätter klarar Livsmedelsverkets råd och kostar högst 14 kronor portionen.</p>"#,
        comments: &[
            says(
                "Elin, 8B",
                "äntligen nåt annat än fiskpinnar",
                &[says("Köket på Ekskolan", "Vi hör dig 😄", &[])],
            ),
            says(
                "Orolig förälder",
                "Är bolognesen fri från nötter och soja?",
                &[says(
                    US,
                    "Ja, båda. Allergilistan ligger på skolornas sidor varje måndag.",
                    &[],
                )],
            ),
            held(
                "Anonym",
                "Min son Viktor i 4A har celiaki och fick fel mat i tisdags, ring mig på 070-000 00 00",
            ),
        ],
    },
    Text {
        slug: "bygglov-attefall",
        title: "Bygga i vår? Sök bygglov nu, före rusningen",
        when: "02-24 09:00",
        scene: None,
        html: r#"<p>Varje april kommer hälften av årets ansökningar. Den som söker i februari får i snitt besked på <strong>tre veckor</strong>, i maj tar det åtta.</p>
<h2>Tre vanliga missar</h2><ol><li>Situationsplanen saknar mått till tomtgränsen.</li><li>Fasadritningen visar bara en sida.</li><li>Kontrollplanen är inte underskriven.</li></ol>
<p>Skicka in digitalt. Koden för att följa ärendet ser ut så här:</p>
<pre>BYGG 2026-000123
status: komplett 2026-02-20
besked: senast 2026-04-24</pre>
<p>Osäker? Drop-in varje onsdag 15–18 i kommunhuset.</p>"#,
        comments: &[says(
            "Tomten 4:12",
            "Behöver man lov för en friggebod på 14 kvm?",
            &[says(
                US,
                "Normalt inte, men inom strandskydd och i planen för Gamla stan gäller annat. Kom på onsdag så tittar vi tillsammans!",
                &[],
            )],
        )],
    },
    Text {
        slug: "hamrabadet-renoverat",
        title: "Hamrabadet öppnar igen – och har blivit varmare",
        when: "03-03 07:45",
        scene: Some((Scene::Lake, "Stilla vatten i blått och turkost")),
        html: r#"<p>Efter åtta månaders renovering öppnar badhuset <strong>lördag 7 mars klockan 9</strong>. Första helgen är det fri entré.</p>
<p>Nytt är en varmbassäng på 34 grader, en ramp för rullstol ända ned i vattnet och omklädningsrum för den som vill byta om i fred.</p>
<p>Alla tider finns i <a href="{home}/wp-content/uploads/2026/03/hamrabadets-tider.csv">tidtabellen</a>. Simskolan börjar vecka 12. 🏊‍♀️</p>"#,
        comments: &[
            says(
                "Siv Bergdahl",
                "Äntligen! När är det seniorbad?",
                &[says(
                    US,
                    "Tisdagar och fredagar 7–9. Kaffe ingår 😊",
                    &[says("Siv Bergdahl", "Då ses vi där! ☕", &[])],
                )],
            ),
            says(
                "Hassan R",
                "Hur mycket kostade renoveringen till slut?",
                &[says(
                    US,
                    "61,4 miljoner kronor, 1,2 miljoner under budget. Slutredovisningen går till fullmäktige i april.",
                    &[],
                )],
            ),
            says("Vinterbadarn", "34 grader är inget bad, det är soppa.", &[]),
        ],
    },
    Text {
        slug: "potthal",
        title: "1 204 potthål lagade på en månad",
        when: "03-12 14:30",
        scene: None,
        html: r#"<p>Tjälen lämnar efter sig hål, och ni har rapporterat flitigt. Av 1 260 anmälda hål är 1 204 lagade. Resten väntar på att marken ska torka.</p>
<p>Mediantiden från anmälan till lagat är nu <strong>fyra dagar</strong>. Förra året var den nio.</p>"#,
        comments: &[says(
            "Cyklande lärare",
            "Hålet vid Ekskolans infart är lagat två gånger och tillbaka igen 🙃",
            &[says(
                US,
                "Vi ser det. Där behöver hela lagret bytas, det är inplanerat till vecka 19.",
                &[],
            )],
        )],
    },
    Text {
        slug: "var-i-parken",
        title: "17 000 lökar på väg upp",
        when: "03-26 15:00",
        scene: Some((Scene::Field, "Grönskande fält under lätta moln")),
        html: r#"<p>I höstas satte parkgruppen 17 000 lökar i Ekparken: krokus, scilla och pingstliljor. Nu börjar de första titta fram vid dammen.</p><p>Håll hunden i koppel där det är nysått – och plocka gärna skräp när du går förbi. Påsar finns vid alla fem ingångar. 🌷</p>"#,
        comments: &[says(
            "Ann-Britt",
            "Såg den första blåsippan i slänten i går!",
            &[],
        )],
    },
];
