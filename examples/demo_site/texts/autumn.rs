//! October and November.

use super::{Scene, Text, US, held, says};

pub const TEXTS: &[Text] = &[
    Text {
        slug: "host-i-parken",
        title: "Låt löven ligga (på rätt ställe)",
        when: "10-05 10:10",
        scene: Some((
            Scene::Sunset,
            "Höstlandskap i rött och orange skymningsljus",
        )),
        html: r#"<p>Vi blåser löv från gångvägar och brunnar, men låter dem ligga under buskar och träd. Där bor igelkottar, humledrottningar och nästa års jord. 🍂</p><p>Hemma får du gärna göra likadant. Lägg inte löv på gatan: då svämmar brunnarna över vid första höstregnet.</p>"#,
        comments: &[says(
            "Trädgårdsmästare emeritus",
            "Så ska det låta! Mitt eget råd: klippan i gräsmattan blir gödsel.",
            &[],
        )],
    },
    Text {
        slug: "anropsstyrd-trafik",
        title: "Tallåsen får buss på beställning",
        when: "10-12 09:20",
        scene: None,
        html: r#"<p>Vi lovade svar i oktober, och här är det: från <strong>1 december</strong> kan den som bor på Tallåsen och i Norrbyn beställa resa till Ekhamra upp till två timmar innan.</p><p>Åtta turer om dagen, samma pris som bussen. Boka på telefon 0999-120 77 eller i appen.</p>"#,
        comments: &[
            says(
                "Tallåsen finns också",
                "Jag tar tillbaka allt. Nästan allt. TACK.",
                &[says(US, "Vi ramar in den här 😄", &[])],
            ),
            says(
                "Maj-Lis",
                "Kan man boka för någon annan, till exempel sin mamma?",
                &[says(US, "Ja, säg bara vem som ska åka.", &[])],
            ),
        ],
    },
    Text {
        slug: "oversvamning",
        title: "Ekån stiger: det här gör vi, och det här kan du göra",
        when: "10-19 06:45",
        scene: Some((Scene::Lake, "Högt vatten under tunga moln")),
        html: r#"<p>Nivån väntas nå <strong>+43,1 meter</strong> natten till onsdag. Det är 40 centimeter under 2018 års toppnotering, men nog för att nå källare på Kvarngatan.</p><h2>Vi</h2><ul><li>har lagt ut 600 meter barriär vid Kvarnparken</li><li>pumpar dygnet runt vid tunneln</li><li>delar ut sandsäckar vid brandstationen</li></ul><h2>Du</h2><ul><li>flyttar upp det som står på källargolvet</li><li>stänger golvbrunnen</li><li>håller avstånd till ån – strömmen är stark</li></ul>"#,
        comments: &[
            says(
                "Kvarngatan 5",
                "Hur många säckar får man per hus?",
                &[says(
                    US,
                    "Tjugo till att börja med. Behöver ni fler, säg till på plats.",
                    &[],
                )],
            ),
            says(
                "Scoutkåren",
                "Vi kommer tolv stycken klockan 16 och bär!",
                &[says(
                    US,
                    "Ni är fantastiska. Samling vid brandbilen, stövlar på!",
                    &[],
                )],
            ),
            says(
                "Orolig på Kvarngatan",
                "Vattnet står nu vid trappan på nr 11.",
                &[says(
                    US,
                    "Bil på väg, 10 minuter.",
                    &[says("Orolig på Kvarngatan", "De är här. Tack!", &[])],
                )],
            ),
        ],
    },
    Text {
        slug: "oversvamning-tack",
        title: "Ån sjunker – tack alla 214 frivilliga",
        when: "10-23 15:30",
        scene: None,
        html: r#"<p>Toppen passerade klockan 04.10 på +43,0 meter. Sju källare blev blöta, inget hus blev skadat. Barriären står kvar till måndag.</p><p>Lämna tillbaka sandsäckarna vid brandstationen. De är våta, tunga och <em>sorteras som grus</em>.</p><blockquote><p>Jag har aldrig sett så många pulkor användas så klokt.</p><p>Räddningschefen</p></blockquote>"#,
        comments: &[
            says("Scoutkåren", "Alltid redo! 💚", &[]),
            says(
                "Kvarngatan 11",
                "Ni räddade min pappas verkstad. Vi bjuder på kanelbullar på lördag, öppet hus.",
                &[],
            ),
        ],
    },
    Text {
        slug: "influensa",
        title: "Dags för vaccin: drop-in från 3 november",
        when: "10-29 09:00",
        scene: None,
        html: r#"<p>Du som är 65 år eller äldre, gravid eller i en riskgrupp vaccineras gratis. Drop-in i Folkets hus tisdag och torsdag 9–18.</p><p>Bor du på boende eller har hemtjänst kommer sköterskan till dig. 💉</p>"#,
        comments: &[says(
            "Karin",
            "Kan man ta båda sprutorna samtidigt?",
            &[says(US, "Ja, en i varje arm.", &[])],
        )],
    },
    Text {
        slug: "allhelgona",
        title: "Öppet och ljus på kyrkogårdarna i helgen",
        when: "10-30 12:00",
        scene: Some((Scene::Night, "Stjärnhimmel med ett grönt sken över åsarna")),
        html: r#"<p>Minneslunden är upplyst fredag till söndag 16–21. Parkera gärna på Ekavallen; en golfbil skjutsar den som har svårt att gå.</p><p>Stäng grindarna efter dig. Rådjuren tycker om gravljusens blommor.</p>"#,
        comments: &[],
    },
    Text {
        slug: "enkat-centrum",
        title: "Torget: 1 877 svar, och en överraskning",
        when: "11-03 14:15",
        scene: Some((
            Scene::Chart,
            "Stapeldiagram över vad Ekhamraborna vill ha på torget; bänkar och träd ligger överst",
        )),
        html: r#"<p>Vi frågade vad ni vill ha på torget. Vi trodde på parkering. Ni svarade <strong>bänkar</strong>, <strong>träd</strong> och <strong>en toalett som fungerar</strong>.</p><p>Arkitekten ritar nu två förslag som ställs ut på biblioteket från 1 december. Alla svar, utan namn, går att läsa i <a href="{home}/wp-content/uploads/2026/11/torget-svar.csv">sammanställningen</a>.</p>"#,
        comments: &[
            says(
                "Handlarföreningen",
                "Vi vill påminna om att varorna måste kunna levereras. Hur tänker ni om lastplatser?",
                &[says(
                    US,
                    "Två lastplatser på Kyrkogatan, tillåtna 6–11. Vi bjuder in er till ett eget möte 17 november.",
                    &[says("Handlarföreningen", "Bra, vi kommer.", &[])],
                )],
            ),
            says(
                "Toaletten",
                "Jag har väntat på det här i hela mitt liv",
                &[],
            ),
        ],
    },
    Text {
        slug: "detaljplan-hamnen",
        title: "Samråd om nya kvarteret i Lillvikens hamn",
        when: "11-06 10:00",
        scene: Some((Scene::Town, "Hus i rader med tända fönster vid vattnet")),
        html: r#"<figure class="wp-block-image"><img src="{home}/wp-content/uploads/2026/06/badvatten.jpg" alt="Sjön utanför Lillvikens hamn en stilla dag"><figcaption>Från den nya kajen blir det fri sikt över Hamrasjön. ⚓</figcaption></figure>
<p>Förslaget rymmer 140 lägenheter, en förskola och en kaj som är öppen för alla. Högsta huset är fem våningar.</p><p>Samrådet pågår till och med <strong>11 december</strong>. Synpunkter lämnas skriftligt och blir allmänna handlingar. Diarienummer <code>KS 2026/0418</code>.</p><h3>Möten</h3><ul><li>Tisdag 24 november kl. 18, Lillvikens skola</li><li>Lördag 28 november kl. 11, promenad i hamnen (samling vid kranen)</li></ul>"#,
        comments: &[
            says(
                "Båtklubben",
                "Var tar våra vinterplatser vägen?",
                &[says(
                    US,
                    "Förslaget flyttar dem till Industrikajen, samma yta men med el. Skriv gärna in era synpunkter så att de kommer med i samrådsredogörelsen.",
                    &[],
                )],
            ),
            says("Utsikt kvar tack", "Fem våningar är två för mycket.", &[]),
            says(
                "Ung i Lillviken",
                "Äntligen nånstans man kan ha råd att bo? Blir det hyresrätter?",
                &[says(US, "Hälften, enligt markanvisningen.", &[])],
            ),
            held(
                "X",
                "Byggherren är brorson till planchefen, här är hans privata adress och telefon: ...",
            ),
        ],
    },
    Text {
        slug: "digital-hjalp",
        title: "Digital drop-in: ta med mobilen och tålamodet",
        when: "11-10 13:30",
        scene: None,
        html: r#"<p>Varje onsdag 13–16 sitter två gymnasister i biblioteket och hjälper till med e-legitimation, bokningar och bilder som har försvunnit. Ingen fråga är för enkel.</p><p>Fika finns. Lösenord lämnar du hemma – vi ber aldrig om dem. 📱</p>"#,
        comments: &[says(
            "Gösta, 91",
            "Jag lärde mig ringa med bild. Nu vet jag hur barnbarnsbarnet ser ut.",
            &[says(US, "🥹", &[])],
        )],
    },
    Text {
        slug: "snokanoner",
        title: "Spåret på Ekavallen öppnar på lördag",
        when: "11-13 16:00",
        scene: Some((Scene::Snow, "Snöklädda höjder i blå skymning")),
        html: r#"<p>Fyra minusgrader i tre nätter räckte: <strong>1,2 kilometer konstsnö</strong> är spårad. Öppet 8–21, belyst från 15.30.</p><p>Spårkort behövs inte, men släpp fram barngrupperna mellan 16 och 18. ⛷️</p>"#,
        comments: &[
            says("Längdåkarn", "Första spåret i hela länet!! 🥇", &[]),
            says(
                "Gångare",
                "Var går man med hund då?",
                &[says(
                    US,
                    "Runt yttre slingan, den är plogad och sandad.",
                    &[],
                )],
            ),
        ],
    },
    Text {
        slug: "julmarknad",
        title: "Julmarknad på Torget 5–6 december",
        when: "11-17 11:45",
        scene: Some((Scene::Town, "Torg i skymning med varma ljus i alla fönster")),
        html: r#"<p>Sextio knallar, ett riktigt lokomotiv och världens näst största pepparkakshus (vi jobbar på det). Öppet 10–18 båda dagarna.</p><ul><li>Tomten tar emot önskelistor på biblioteket 12–14</li><li>Lucia väljs <em>inte</em> längre genom omröstning; i år lottas tåget bland alla som vill vara med</li><li>Åk gratis med buss 1, 4 och 7 hela helgen</li></ul><p>Vill du hyra ett stånd? Fem finns kvar. 🎄</p>"#,
        comments: &[
            says(
                "Honungsbönderna",
                "Vi tar ett! Vart anmäler man sig?",
                &[says(
                    US,
                    "Mejla kultur@ekhamra.example före 25 november.",
                    &[],
                )],
            ),
            says(
                "Maja, 7",
                "Kan tomten tekenspråk?",
                &[says(
                    US,
                    "Ja! Vår tomte på lördagen är själv döv och teckenspråkig. Välkommen Maja! 🤟🎅",
                    &[says(
                        "Majas pappa",
                        "Ni anar inte vad det här betyder. Tack.",
                        &[],
                    )],
                )],
            ),
        ],
    },
];
