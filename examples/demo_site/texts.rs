//! What the made-up municipality writes, and what its inhabitants answer. All names and places are invented.

mod autumn;
mod spring;
mod summer;
mod winter;

pub struct Text {
    pub slug: &'static str,
    pub title: &'static str,
    /// Month, day and time on the wall clock: `01-08 09:15`.
    pub when: &'static str,
    pub scene: Option<(Scene, &'static str)>,
    /// `{home}` stands for the site's address.
    pub html: &'static str,
    pub comments: &'static [Said],
}

pub struct Said {
    pub who: &'static str,
    pub text: &'static str,
    /// Waits for an editor's approval.
    pub held: bool,
    pub replies: &'static [Said],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    Snow,
    Lake,
    Forest,
    Sunset,
    Field,
    Town,
    Night,
    Chart,
}

impl Scene {
    pub fn size(self) -> (u32, u32) {
        match self {
            Self::Chart => (900, 540),
            _ => (1200, 750),
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Chart | Self::Night => "png",
            _ => "jpg",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Chart | Self::Night => "image/png",
            _ => "image/jpeg",
        }
    }
}

/// Every text, oldest first.
pub fn all() -> Vec<&'static Text> {
    let seasons = [winter::TEXTS, spring::TEXTS, summer::TEXTS, autumn::TEXTS];
    let mut all: Vec<&Text> = seasons.into_iter().flatten().collect();
    all.sort_by_key(|text| text.when);
    all
}

const US: &str = super::site::NAME;

const fn says(who: &'static str, text: &'static str, replies: &'static [Said]) -> Said {
    Said {
        who,
        text,
        held: false,
        replies,
    }
}

const fn held(who: &'static str, text: &'static str) -> Said {
    Said {
        who,
        text,
        held: true,
        replies: &[],
    }
}

/// Standing pages.
pub const PAGES: &[Text] = &[
    Text {
        slug: "kontakt",
        title: "Kontakta oss",
        when: "02-03 10:00",
        scene: None,
        html: r#"<p>Medborgarservice svarar på frågor om allt från bygglov till barnomsorg.</p>
<table><tbody><tr><th>Växel</th><td>0999-120 00</td></tr><tr><th>E-post</th><td><a href="mailto:kommun@ekhamra.example">kommun@ekhamra.example</a></td></tr>
<tr><th>Besök</th><td>Storgatan 12, Ekhamra</td></tr></tbody></table>
<p>Öppet måndag till torsdag 8–17, fredag 8–15. Lunchstängt gör vi inte. ☕</p>"#,
        comments: &[],
    },
    Text {
        slug: "om-sidan",
        title: "Om den här sidan",
        when: "02-03 11:30",
        scene: None,
        html: r#"<p>Här berättar vi vad som händer i Ekhamra. Du får gärna kommentera, och vi svarar på vardagar.</p>
<h2>Så kommenterar du</h2>
<ul><li>Håll dig till ämnet.</li><li>Skriv inte om andras privatliv, och inte ditt eget personnummer.</li><li>Hot, hets och reklam tar vi bort. Det som tas bort sparas först, som lagen kräver.</li></ul>
<p>Det du skriver här blir en <strong>allmän handling</strong>. Sidan arkiveras två gånger om året.</p>"#,
        comments: &[says(
            "Gunnel Ask",
            "Bra att ni skriver ut att det sparas. Gäller det även gamla kommentarer?",
            &[says(
                US,
                "Ja, allt som har skrivits här sedan sidan öppnade finns kvar i kommunarkivet.",
                &[],
            )],
        )],
    },
];
