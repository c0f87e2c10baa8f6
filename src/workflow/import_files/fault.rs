//! Why a file that was brought is no record: for the command in English, beside the file in Swedish.

use std::io;

use crate::platform::import::{FileKind, NotTaken, PageFault};
use crate::policy;
use crate::record::{AccountId, RecordId};

/// Why a file, or a group of them, was not taken in. The file itself is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    #[error("it is no plain file")]
    NotAFile,
    #[error("it has {bytes} bytes, and {} may have {most}", kind.name())]
    TooLarge {
        kind: FileKind,
        bytes: u64,
        most: u64,
    },
    #[error("{}", words(*.0))]
    NotTaken(NotTaken),
    #[error("the {} is damaged or cut off: {detail}", kind.name())]
    Damaged { kind: FileKind, detail: String },
    #[error("the PDF is locked with a password")]
    Password,
    #[error("the saved page cannot be read: {0}")]
    Page(#[from] PageFault),
    #[error("a saved page stands alone, and cannot be one of several files")]
    PageInGroup,
    #[error("side file {0}")]
    SideFile(#[from] policy::Error),
    #[error("side file {name} cannot be read: {source}")]
    SideFileUnread { name: String, source: io::Error },
    #[error("side files {0} and {1} are for the same file")]
    TwoSideFiles(String, String),
    #[error("side file {0} is for no file that is here")]
    SideFileAlone(String),
    #[error("it is said for no account")]
    NoAccount,
    #[error("account {0} is not registered")]
    UnknownAccount(AccountId),
    #[error("its side file says account {told}, and it was brought for {given}")]
    OtherAccount { told: AccountId, given: AccountId },
    #[error("its time {0} has not come yet")]
    Future(String),
    #[error(
        "{0} was a record's, and that record was destroyed by a gallring: it is not taken in again"
    )]
    Destroyed(String),
    #[error(
        "{0} stood at an address that an emergency lets nobody capture, or names it: it is not taken in, for to keep a copy may be a crime"
    )]
    Blocked(String),
    #[error("it changed while it was read")]
    Changed,
    #[error("these files of the group did not come: {}", .0.join(", "))]
    MissingFiles(Vec<String>),
    #[error("{name} is held already as public{}", .record.map(|r| format!(", record {r}")).unwrap_or_default())]
    HeldPublic {
        name: String,
        /// `None` when it came at the same time.
        record: Option<RecordId>,
    },
    #[error("arkivd itself ended {0} times while it was taken in")]
    Ended(u32),
    #[error("a fault in arkivd itself kept it from being taken in")]
    Ours,
}

fn words(not: NotTaken) -> String {
    match not {
        NotTaken::Empty => "it is empty".to_owned(),
        NotTaken::Picture(name) => format!("it is a picture of kind {name}, which is not taken"),
        NotTaken::Office => "it is a document of an office program, which is not taken".to_owned(),
        NotTaken::Zip => "it is a ZIP, which is not taken".to_owned(),
        NotTaken::Film => "it is a film or sound, which is not taken".to_owned(),
        NotTaken::Text => "it is plain text, which is not taken".to_owned(),
        NotTaken::Unknown => "it is of no kind that is known here".to_owned(),
    }
}

impl Fault {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(_) | Self::SideFileUnread { .. } => "let the archive's user read it",
            Self::NotAFile => "give a file, not a folder, a link or a pipe",
            Self::TooLarge { .. } => "save it as several smaller files, and bring them together",
            Self::NotTaken(NotTaken::Picture(_)) => "save the picture as PNG or JPEG",
            Self::NotTaken(NotTaken::Office) => "save the document as PDF",
            Self::NotTaken(NotTaken::Zip) => "unpack it, and bring the files that are in it",
            Self::NotTaken(NotTaken::Empty) | Self::Damaged { .. } => {
                "take the screenshot again, or copy the file again"
            }
            Self::NotTaken(_) => "PNG, JPEG, WebP, PDF, and pages saved as HTML or MHTML are taken",
            Self::Password => "save it without its password",
            Self::Page(_) => "save the page again as one file (MHTML), or take a screenshot of it",
            Self::PageInGroup => "bring it by itself",
            Self::SideFile(_) => {
                "the keys are account, kind, address, author, time, category, note, text, restricted, files"
            }
            Self::TwoSideFiles(..) => "keep one of them",
            Self::SideFileAlone(_) => "bring the file that it describes, of the same name",
            Self::NoAccount => {
                "put it in the folder of its account, or write account = \"…\" in a side file"
            }
            Self::UnknownAccount(_) => "`arkivd account list` shows the registered ones",
            Self::OtherAccount { .. } => "correct the side file, or bring it for that account",
            Self::Future(_) => "correct the time",
            Self::Destroyed(_) => "what was destroyed stays so: keep no copy of it",
            Self::Blocked(_) => {
                "save nothing and forward nothing of it: tell the archivist, and do with the file as the police say"
            }
            Self::Changed => "try again when it is written to its end",
            Self::MissingFiles(_) => "bring all files that the side file names, or correct it",
            Self::HeldPublic { .. } => {
                "bringing it again does not restrict it: tell the archivist, who decides on the record that is held"
            }
            Self::Ended(_) => {
                "take a screenshot of it instead, and report it, with the file if that can be"
            }
            Self::Ours => "please report it, with the file if that can be",
        }
    }

    /// True when the file may be good when it is looked at again.
    pub(in crate::workflow) fn passes(&self) -> bool {
        matches!(self, Self::Changed)
    }

    /// What was wrong and what to do, for who brought it.
    pub fn swedish(&self) -> (String, String) {
        let (wrong, what) = match self {
            Self::Unreadable(_) => (
                "Filen gick inte att läsa.".to_owned(),
                "Ge arkivets användare rätt att läsa filen och lägg den i inkorgen igen.",
            ),
            Self::NotAFile => (
                "Det här är ingen vanlig fil.".to_owned(),
                "Lägg in själva filen, inte en genväg eller en länk.",
            ),
            Self::Destroyed(_) => (
                "Filen hörde till en handling som har gallrats, och tas inte in igen.".to_owned(),
                "Det som har gallrats ska inte finnas kvar: ta bort filen.",
            ),
            Self::Blocked(_) => (
                "Filen hör till eller nämner en adress som ingen får spara något från: den kan visa misstänkt \
                 barnpornografi. Att ha materialet är ett brott."
                    .to_owned(),
                "Spara inte och skicka inte vidare. Säg till arkivarien, och rör inte filen förrän polisen har sagt vad \
                 som gäller.",
            ),
            Self::TooLarge { kind, bytes, most } => (
                format!(
                    "Filen är för stor: {} MB. {} får vara högst {} MB.",
                    bytes.div_ceil(1_000_000),
                    kind.name(),
                    most / 1_000_000
                ),
                "Spara den som flera mindre filer och lägg in dem tillsammans.",
            ),
            Self::NotTaken(not) => not_taken(*not),
            Self::Damaged { kind, detail } => (
                format!(
                    "Filen ({}) är skadad eller avbruten. (Läsaren säger: {detail})",
                    kind.name()
                ),
                "Ta skärmbilden igen, eller kopiera filen på nytt och jämför storleken.",
            ),
            Self::Password => (
                "PDF-filen är låst med lösenord.".to_owned(),
                "Spara den utan lösenord och lägg in den igen.",
            ),
            Self::Page(fault) => (
                match fault {
                    PageFault::TooManyElements { .. } => {
                        "Den sparade sidan är för stor för att läsas."
                    }
                    PageFault::TooDeep { .. } | PageFault::Mail => {
                        "Filen är e-post eller delar i delar, ingen sparad sida."
                    }
                    PageFault::TooMuchText { .. } => {
                        "Den sparade sidan visar mer text än arkivet tar emot på en gång (4 MB)."
                    }
                    PageFault::NotMhtml => "Filen är ingen MHTML som går att läsa.",
                    PageFault::NoPage => "Filen innehåller ingen sida.",
                    PageFault::Empty => "Den sparade sidan innehåller varken text eller bilder.",
                }
                .to_owned(),
                "Spara sidan igen som en enda fil (MHTML), eller ta en skärmbild av den.",
            ),
            Self::PageInGroup => (
                "En sparad sida kan inte vara en av flera filer i samma handling.".to_owned(),
                "Lägg in den för sig.",
            ),
            Self::SideFile(error) => (
                format!("Beskrivningsfilen går inte att läsa: {error}"),
                "Rätta raden. Nycklarna är account, kind, address, author, time, category, note, text, restricted och files. \
                 LÄSMIG.txt i inkorgen visar hur de skrivs.",
            ),
            Self::SideFileUnread { name, .. } => (
                format!("Beskrivningsfilen {name} gick inte att läsa."),
                "Ge arkivets användare rätt att läsa den, och spara den som text i UTF-8, högst 1 MB.",
            ),
            Self::TwoSideFiles(one, two) => (
                format!("Två beskrivningsfiler, {one} och {two}, hör till samma fil."),
                "Behåll en av dem.",
            ),
            Self::SideFileAlone(name) => (
                format!("Till beskrivningsfilen {name} kom ingen fil."),
                "Lägg in filen som den beskriver, med samma namn, tillsammans med beskrivningsfilen.",
            ),
            Self::NoAccount => (
                "Det framgår inte vilket konto filen gäller.".to_owned(),
                "Lägg filen i en mapp som heter som kontot, till exempel inbox/facebook/, eller skriv account = \"…\" i \
                 en beskrivningsfil med samma namn som filen.",
            ),
            Self::UnknownAccount(account) => (
                format!("Kontot {account} är inte registrerat."),
                "Rätta namnet. arkivd account list visar de konton som finns.",
            ),
            Self::OtherAccount { told, given } => (
                format!(
                    "Beskrivningsfilen anger kontot {told}, men filen ligger i mappen för {given}."
                ),
                "Rätta beskrivningsfilen, eller flytta filerna till rätt mapp.",
            ),
            Self::Future(time) => (
                format!("Tiden {time} har inte inträffat än."),
                "Rätta tiden i beskrivningsfilen.",
            ),
            Self::Changed => (
                "Filen ändrades medan den lästes.".to_owned(),
                "Lägg in den igen när den är färdigskriven.",
            ),
            Self::MissingFiles(names) => (
                format!(
                    "De här filerna i samma handling kom aldrig: {}.",
                    names.join(", ")
                ),
                "Lägg in alla filer som beskrivningsfilen räknar upp, eller rätta den.",
            ),
            Self::HeldPublic { name, record } => (
                match record {
                    Some(record) => {
                        format!("{name} finns redan i arkivet, som öppen handling ({record}).")
                    }
                    None => format!(
                        "{name} lades in samtidigt utan begränsning, och finns nu som öppen handling."
                    ),
                },
                "Den blir inte begränsad av att läggas in igen. Säg till arkivarien, som avgör vad som ska ske med \
                 handlingen som finns.",
            ),
            Self::Ended(times) => (
                format!("Tjänsten arkivd avbröts {times} gånger medan filen togs in."),
                "Lägg in en skärmbild i stället, och be systemförvaltaren att rapportera felet. Avbröts tjänsten av \
                 annat, som ett strömavbrott, kan filen läggas in igen.",
            ),
            Self::Ours => (
                "Ett fel i arkivd självt gjorde att filen inte kunde tas emot.".to_owned(),
                "Be systemförvaltaren att rapportera felet. Spara filen så länge, eller lägg in en skärmbild av den.",
            ),
        };
        (wrong, what.to_owned())
    }
}

fn not_taken(not: NotTaken) -> (String, &'static str) {
    match not {
        NotTaken::Empty => (
            "Filen är tom.".to_owned(),
            "Ta skärmbilden igen, eller kopiera filen på nytt.",
        ),
        NotTaken::Picture(name) => (
            format!("Bilden är av typen {name}, som arkivet inte tar emot."),
            "Spara bilden som PNG eller JPEG och lägg in den igen.",
        ),
        NotTaken::Office => (
            "Filen är ett dokument från ett kontorsprogram, som arkivet inte tar emot.".to_owned(),
            "Spara dokumentet som PDF och lägg in det igen.",
        ),
        NotTaken::Zip => (
            "Filen är en ZIP, som arkivet inte tar emot här.".to_owned(),
            "Packa upp den och lägg in filerna som ligger i den.",
        ),
        NotTaken::Film => (
            "Filen är film eller ljud, som arkivet inte tar emot här.".to_owned(),
            "Ta skärmbilder av det som ska bevaras.",
        ),
        NotTaken::Text => (
            "Filen är ren text, som arkivet inte tar emot.".to_owned(),
            "Lägg in en skärmbild, en PDF eller den sparade sidan. Texten kan stå i en beskrivningsfil: text = \"…\".",
        ),
        NotTaken::Unknown => (
            "Filen är av en typ som arkivet inte känner igen.".to_owned(),
            "Arkivet tar emot PNG, JPEG, WebP, PDF och sidor sparade som HTML eller MHTML.",
        ),
    }
}
