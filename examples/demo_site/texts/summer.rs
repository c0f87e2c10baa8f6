//! July to September.

use super::{Scene, Text, US, held, says};

pub const TEXTS: &[Text] = &[
    Text {
        slug: "eldningsforbud",
        title: "Eldningsförbud från klockan 12 i dag",
        when: "07-04 10:30",
        scene: Some((
            Scene::Forest,
            "Torr sommarskog med solstrålar mellan träden",
        )),
        html: r#"<p>Skogen är mycket torr. Räddningsnämnden har beslutat om <strong>eldningsförbud i hela kommunen</strong> från lördag 4 juli klockan 12 och tills vidare.</p><p>Du får grilla på egen tomt med kol i en grill som står stadigt. Du får <strong>inte</strong> använda engångsgrill, elda i skogen eller tända marschaller.</p><p>Den som bryter mot förbudet kan få böter. Ring 112 om du ser rök.</p>"#,
        comments: &[
            says(
                "Campinggäst",
                "Gäller det stormkök?",
                &[says(
                    US,
                    "Stormkök är tillåtet på grus eller sten, tre meter från allt som kan brinna, med vatten till hands.",
                    &[],
                )],
            ),
            says(
                "Oskar P",
                "Några tänder engångsgrillar på Norrudden just nu!!",
                &[says(US, "Tack, vi har skickat dit personal.", &[])],
            ),
        ],
    },
    Text {
        slug: "lekplatser",
        title: "Tre nya lekplatser – barnen bestämde",
        when: "07-10 09:00",
        scene: None,
        html: r#"<p>Barnen på tre förskolor fick bygga sin drömlekplats i lera. Arkitekten lyssnade, och nu är de på riktigt: en <em>drake</em> i Lillviken, en <em>piratbåt</em> i Björkfors och, på Tallåsen, ”en stor hög med sand och inget mer”.</p><p>Alla är tillgängliga med rullstol och byggda av trä från Hamraskogens gallring.</p>"#,
        comments: &[says(
            "Sandra",
            "Sandhögen är en succé. Helt allvarligt. 😂",
            &[],
        )],
    },
    Text {
        slug: "sommarbibliotek",
        title: "Biblioteket rullar ut till stranden",
        when: "07-15 11:10",
        scene: Some((Scene::Lake, "Glittrande sjö i middagsljus")),
        html: r#"<p>Bokbussen står vid badplatserna hela juli: måndag Norrudden, onsdag Lillviken, fredag Tallåstjärnen, alltid 12–16.</p><p>Låna utan kort, lämna när du vill. Blöta böcker är också böcker. 📚🏖️</p>"#,
        comments: &[says(
            "Bokmal, 11 år",
            "har ni nästa del av Sjöodjuret?",
            &[says(
                "Biblioteket",
                "Den ligger i bussen på onsdag med ditt namn på 🐉",
                &[],
            )],
        )],
    },
    Text {
        slug: "varmebolja",
        title: "Värmebölja: så hjälper du en granne",
        when: "07-21 08:00",
        scene: None,
        html: r#"<p>SMHI varnar för temperaturer över 30 grader resten av veckan. Äldre och små barn drabbas först.</p><ul><li>Ring eller knacka på hos någon som bor ensam.</li><li>Drick innan du blir törstig.</li><li>Svalka dig: biblioteket, Hamrabadet och kommunhusets entré har kyla och öppet för alla.</li></ul><p>Hemtjänsten gör extra besök med vatten. Oroad för någon? Ring 0999-120 00 dygnet runt.</p>"#,
        comments: &[says(
            "Inger, 84",
            "Två ungdomar i gula västar kom med vatten och saft. Så snällt. ❤️",
            &[says(US, "Det var våra sommarjobbare! Vi hälsar dem.", &[])],
        )],
    },
    Text {
        slug: "kollektivtrafik-host",
        title: "Höstens tidtabell: buss 7 går varje halvtimme",
        when: "08-10 10:00",
        scene: None,
        html: r#"<p>Från 16 augusti:</p><table><thead><tr><th>Linje</th><th>Förut</th><th>Nu</th></tr></thead><tbody><tr><td>1 Centrum–Ekbacken</td><td>20 min</td><td>20 min</td></tr><tr><td>4 Lillviken</td><td>60 min</td><td>40 min</td></tr><tr><td>7 Björkfors</td><td>60 min</td><td>30 min</td></tr></tbody></table><p>Sista turen från stationen väntar in tåget 23.12, även om det är sent.</p>"#,
        comments: &[
            says(
                "Pendlaren",
                "ÄNTLIGEN väntar bussen in tåget. Jag kan sluta be min sambo hämta.",
                &[says("Sambon", "Tack kommunen!", &[])],
            ),
            says(
                "Tallåsen finns också",
                "Och vi då? En buss om dagen.",
                &[says(
                    US,
                    "Vi hör er. Anropsstyrd trafik på Tallåsen utreds, svar i oktober.",
                    &[],
                )],
            ),
        ],
    },
    Text {
        slug: "skolstart",
        title: "Välkomna tillbaka: 3 412 elever och en ny matsal",
        when: "08-17 07:30",
        scene: Some((Scene::Town, "Skolbyggnader i morgonljus")),
        html: r#"<p>I dag börjar skolan. Sänk farten: 287 av eleverna går sin väg till skolan för första gången.</p><p>Ekskolans nya matsal är klar, med plats för 300 och takljus som följer dagern. Första lunchen? Vinnaren linsbolognese, förstås. 🍝</p>"#,
        comments: &[says(
            "Mamma till en nollare",
            "Han sprang in utan att vinka. Jag grät. Det är nog så det ska vara.",
            &[says(US, "Det är precis så det ska vara. 💛", &[])],
        )],
    },
    Text {
        slug: "avloppsverk",
        title: "Fråga oss om nya avloppsverket",
        when: "08-26 13:00",
        scene: None,
        html: r#"<p>Verket från 1971 ska ersättas. Det nya renar även läkemedelsrester och kostar 412 miljoner kronor, vilket betyder att en villa betalar <strong>ungefär 95 kronor mer i månaden</strong> från 2028.</p><h2>Varför inte bygga om det gamla?</h2><p>Det ligger två meter över Ekåns nivå. Vid ett hundraårsregn hamnar det under vatten.</p><p>Ställ dina frågor här under, så svarar VA-chefen hela veckan.</p>"#,
        comments: &[
            says(
                "Villaägare",
                "95 kr i månaden på toppen av allt annat. Finns det inga statliga bidrag?",
                &[says(
                    US,
                    "VA-chefen: Vi har sökt och fått 22 miljoner för läkemedelsreningen. De 95 kronorna är räknade efter bidraget.",
                    &[says("Villaägare", "Okej. Tack för ett rakt svar.", &[])],
                )],
            ),
            says(
                "Kemisten",
                "Vilken teknik blir det, ozon eller aktivt kol?",
                &[says(
                    US,
                    "VA-chefen: Granulerat aktivt kol. Ozon kräver mer el och ger restprodukter som Ekån är för liten för.",
                    &[],
                )],
            ),
            says(
                "Norrbyn 3",
                "Luktar det?",
                &[says(
                    US,
                    "VA-chefen: Mindre än nu. Allt slam hanteras inomhus.",
                    &[],
                )],
            ),
            held("Arg", "Ni är idioter allihop och jag vet var VA-chefen bor"),
        ],
    },
    Text {
        slug: "kulturnatt",
        title: "Kulturnatten lördag 12 september",
        when: "09-01 12:20",
        scene: Some((
            Scene::Night,
            "Norrsken i grönt över mörka berg och en stjärnhimmel",
        )),
        html: r#"<p>Fyrtio scener, från kyrktornet till cykelkällaren. Allt är gratis och börjar klockan 17.</p><ul><li><strong>17</strong> Barnens trumtåg från Torget</li><li><strong>19</strong> Hamrakören i simbassängen (publiken också, om den vill)</li><li><strong>21</strong> Poesi i mörker, biblioteket</li><li><strong>23</strong> Stjärnskådning på Tallåsen 🔭</li></ul>"#,
        comments: &[
            says("Kören", "Vi övar i badmössa.", &[]),
            says(
                "Nyinflyttad",
                "Behöver man biljett till något?",
                &[says(
                    US,
                    "Bara till kyrktornet, 20 åt gången. Hämta på biblioteket.",
                    &[],
                )],
            ),
        ],
    },
    Text {
        slug: "valnamnd",
        title: "Så röstar du i kommunvalet",
        when: "09-07 08:00",
        scene: None,
        html: r#"<p>Valdagen är <strong>söndag 13 september</strong>. Vallokalerna har öppet 8–20. Förtidsrösta i biblioteket varje dag till och med lördag.</p><p>Ta med legitimation. Har du ingen kan någon annan intyga vem du är, om den personen har sin.</p><p>Behöver du hjälp att ta dig till lokalen? Ring valnämnden, så skickar vi ambulerande röstmottagare.</p>"#,
        comments: &[says(
            "Förstagångsväljare",
            "Får man ta en selfie i båset?",
            &[says(
                US,
                "Du får fota dig själv, men inte andra och inte så att andras val syns.",
                &[],
            )],
        )],
    },
    Text {
        slug: "svampstuga",
        title: "Svampstugan tillbaka – kom med korgen",
        when: "09-18 15:45",
        scene: Some((Scene::Forest, "Höstskog i grönt och guld")),
        html: r#"<p>Varje söndag i september kontrollerar kommunens svampkonsulent din korg på museet 14–17. Förra året räddades tolv middagar och, kanske, ett par levrar.</p><p><em>Ät aldrig en svamp som du inte är säker på.</em> 🍄</p>"#,
        comments: &[says(
            "Kantarell-Kalle",
            "Min plats säger jag inte. Men skogen är full.",
            &[],
        )],
    },
    Text {
        slug: "laddstolpar",
        title: "32 laddplatser till vid Stationen",
        when: "09-24 11:30",
        scene: None,
        html: r#"<p>Från måndag kan du ladda medan du pendlar. Priset är 3,20 kronor per kilowattimme, och parkeringen är fri i tolv timmar.</p><p>Platserna närmast entrén är för den som har parkeringstillstånd för rörelsehindrade. ⚡</p>"#,
        comments: &[says(
            "Elbilist",
            "Bra pris! Går det att betala utan app?",
            &[says(
                US,
                "Ja, med kort direkt på stolpen. Det var ett krav i upphandlingen.",
                &[],
            )],
        )],
    },
];
