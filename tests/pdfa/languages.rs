//! Text of any script: drawn with the fonts of Debian's packages, and read back as it was written.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arkivd::pdfa::{DEBIAN_FOLDERS, Options, Part, PostsDocument, SystemFonts, Thread};

use super::sample::{Files, empty_document, entry, text};
use super::{assert_conforms, made, own_fonts};

/// Name, text.
const LEFT_TO_RIGHT: &[(&str, &str)] = &[
    (
        "svenska",
        "Räksmörgås på Ångströms café – ”flygande bäckasiner” söka hwila på mjuka tuvor, 24 % & 3 × 4 €.",
    ),
    (
        "finska",
        "Törkylempijävongahdus! Hyvää yötä, Töölön kirjasto on auki klo 9–17.",
    ),
    (
        "nordsamiska",
        "Buorre beaivi! Čáhppes ođđa guovddáš, ŋuolla ja ŧiehttu žaláš.",
    ),
    (
        "polska",
        "Zażółć gęślą jaźń. Pchnąć w tę łódź jeża lub ośm skrzyń fig.",
    ),
    (
        "somaliska",
        "Dhammaan aadanuhu waxay dhashaan iyagoo xor ah kana siman xagga sharafta.",
    ),
    (
        "ukrainska",
        "Чуєш їх, доцю, га? Кумедна ж ти, прощайся без ґольфів! Об’єднання.",
    ),
    (
        "grekiska",
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία· Ελλάδα, ᾠδή.",
    ),
    (
        "vietnamesiska",
        "Tất cả mọi người sinh ra đều được tự do và bình đẳng.",
    ),
    ("tigrinja", "ኩሎም ሰባት ብመፋርሒን ክብርን ሓራን ማዕረን ኮይኖም ይውለዱ።"),
    (
        "thailändska",
        "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม น้ำ",
    ),
    (
        "kinesiska",
        "人人生而自由，在尊严和权利上一律平等。「漢字」",
    ),
    (
        "japanska",
        "すべての人間は、生まれながらにして自由であり、カタカナも。",
    ),
    (
        "koreanska",
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    ),
    (
        "hindi",
        "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। क्षत्रिय र्कि",
    ),
    (
        "bengali",
        "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    ),
    (
        "tamil",
        "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; ஸ்ரீ",
    ),
    ("singalesiska", "සියලු මනුෂ්‍යයෝ නිදහස්ව උපත ලබා ඇත. ශ්‍රී ලංකා"),
    ("burmesiska", "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊"),
    ("khmer", "មនុស្សទាំងអស់កើតមកមានសេរីភាព និងសមភាព"),
    (
        "georgiska",
        "ყველა ადამიანი იბადება თავისუფალი და თანასწორი.",
    ),
    ("armeniska", "Բոլոր մարդիկ ծնվում են ազատ ու հավասար։"),
    ("tibetanska", "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས་ཆེ་མཐོངས།"),
    (
        "märken",
        "e\u{301}a\u{308}o\u{302} q\u{323}\u{307} Z\u{351}\u{36b}\u{343} x\u{200d}y",
    ),
    ("matematik", "𝓗𝓮𝓳 𝕊𝕧𝕖𝕣𝕚𝕘𝕖 𝐟𝐞𝐭 𝔣𝔯𝔞𝔨𝔱𝔲𝔯 ∀x∈ℝ: ⌈x⌉ ≠ ∅ → ∞"),
    ("tecken", "☃ ★ ♫ ✓ ⚽ ➡ ① ㈱ ␀ ⓐ"),
    ("emoji", "😀 👨‍👩‍👧‍👦 🇸🇪 🇺🇦 👍🏽 👩🏿‍🚒 ❤️ 1️⃣ 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🏳️‍🌈 🫩"),
];

const RIGHT_TO_LEFT: &[(&str, &str)] = &[
    (
        "arabiska",
        "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق، الإسلام لا إله (مثال) 123.",
    ),
    (
        "persiska",
        "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند؛ ۱۲۳۴",
    ),
    (
        "urdu",
        "تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے ہیں۔",
    ),
    (
        "hebreiska",
        "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם (דוגמה), 2026.",
    ),
    ("punkterad", "בְּרֵאשִׁית בָּרָא אֱלֹהִים"),
    ("jiddisch", "יעדער מענטש װערט געבױרן פֿרײַ און גלײַך"),
    ("syriska", "ܟܠ ܒܪܢܫܐ ܒܪܝܠܗ ܚܐܪܐ"),
    ("divehi", "ހުރިހާ އިންސާނުން އުފަންވަނީ"),
    (
        "blandad",
        "Kommunen skriver: مرحبا بكم i Tibro (السويد) idag, och שלום till alla.",
    ),
    (
        "blandad från höger",
        "مرحبا بكم في Tibro kommun يوم 24 december في الساعة 10:30.",
    ),
];

pub fn document(table: &[(&str, &str)]) -> PostsDocument {
    let mut doc = empty_document();
    let entries = table.iter().enumerate().map(|(n, (name, words))| {
        let mut e = entry(n as u128, 0, vec![text(words)]);
        e.content.title = Some((*name).to_owned());
        e
    });
    doc.threads = entries
        .map(|e| Thread {
            context: None,
            entries: vec![e],
        })
        .collect();
    doc
}

pub fn fonts_are_there() -> bool {
    let there = Path::new("/usr/share/fonts/truetype/noto/NotoSansThai-Regular.ttf").exists()
        && Path::new("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf").exists()
        && Path::new("/usr/share/fonts/truetype/nanum/NanumGothic.ttf").exists();
    if !there {
        println!("SKIP: no fonts-noto-core, fonts-droid-fallback, fonts-nanum");
    }
    there
}

/// The folder of fonts-noto-cjk, whose outlines are in the compact form (CFF).
const CJK: &str = "/usr/share/fonts/opentype/noto";

/// Set as on a machine without fonts-noto-cjk.
fn without_cjk() -> Options {
    let folders = DEBIAN_FOLDERS.iter().filter(|folder| **folder != CJK);
    Options {
        system_fonts: Arc::new(SystemFonts::in_folders(
            folders.map(PathBuf::from).collect(),
        )),
        ..Options::default()
    }
}

/// Leaves the file for a look at it in the folder that `ARKIVD_KEEP` names.
pub fn keep(name: &str, parts: &[Part]) {
    if let Some(folder) = std::env::var_os("ARKIVD_KEEP") {
        let path = Path::new(&folder).join(format!("{name}.pdf"));
        std::fs::write(path, &parts[0].bytes).unwrap();
    }
}

/// What the extractors read, by their names; those that are not here are told as skipped.
pub fn extracted(bytes: &[u8]) -> Vec<(&'static str, String)> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pdf");
    std::fs::write(&file, bytes).unwrap();
    let python = std::env::var("ARKIVD_CHECKS").map_or("target/checks".into(), |c| c);
    let python = format!("{python}/venv/bin/python");
    let program = "import sys, pypdfium2\nfor p in pypdfium2.PdfDocument(sys.argv[1]): sys.stdout.buffer.write((p.get_textpage().get_text_bounded(errors='replace')+'\\n').encode())";
    let mut poppler = Command::new("pdftotext");
    poppler.arg(&file).arg("-");
    let mut pdfium = Command::new(&python);
    pdfium.args(["-c", program]).arg(&file);
    let mut read = Vec::new();
    for (name, command) in [("poppler", &mut poppler), ("pdfium", &mut pdfium)] {
        match command.output() {
            Ok(out) if out.status.success() => {
                read.push((name, String::from_utf8(out.stdout).unwrap()));
            }
            _ => println!("SKIP: {name} is not here"),
        }
    }
    read
}

/// Without spaces, line ends, and the hyphens that breaking put in.
fn squeezed(text: &str) -> String {
    let gone =
        |c: &char| !c.is_whitespace() && !matches!(c, '\u{ad}' | '\u{feff}' | '\u{fffe}' | '\u{2}');
    text.chars().filter(gone).collect()
}

#[test]
fn text_from_left_to_right_is_read_back_as_it_was_written() {
    if !fonts_are_there() {
        return;
    }
    for (kept, options) in [("ltr", Options::default()), ("ltr-older", without_cjk())] {
        let (typeset, parts) = made(&document(LEFT_TO_RIGHT), &Files::new(), &options);
        assert_conforms(&parts);
        keep(kept, &parts);
        assert_eq!(typeset.substituted, [], "every character has a font");
        let mut wrong = Vec::new();
        for (reader, read) in extracted(&parts[0].bytes) {
            let read = squeezed(&read);
            for (name, words) in LEFT_TO_RIGHT {
                if !read.contains(&squeezed(words)) {
                    wrong.push(format!("{reader}: {name}, {kept}"));
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }
}

/// How many words of the text are read back; each reader sees to their order by itself.
fn words_read(words: &str, read: &str) -> (usize, usize) {
    // Poppler marks where the direction turns, and these marks part words too.
    let turns = |c: char| matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
    let read = read.replace(turns, " ");
    let read: std::collections::HashSet<&str> = read.split_whitespace().map(trimmed).collect();
    let words: Vec<&str> = words.split_whitespace().map(trimmed).collect();
    let found = words
        .iter()
        .filter(|w| w.is_empty() || read.contains(*w))
        .count();
    (found, words.len())
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

#[test]
fn words_from_right_to_left_are_read_back() {
    if !fonts_are_there() {
        return;
    }
    let (typeset, parts) = made(&document(RIGHT_TO_LEFT), &Files::new(), &Options::default());
    assert_conforms(&parts);
    keep("rtl", &parts);
    assert_eq!(typeset.substituted, [], "every character has a font");
    // What readers get wrong (docs/format.md); the counts are what was measured.
    let lost = |reader: &str, name: &str| match (reader, name) {
        // Two signs on one letter, in another order that is canonically the same.
        ("pdfium", "punkterad") => 2,
        // The sign at the left end of the line.
        ("poppler", "divehi") => 1,
        _ => 0,
    };
    let mut wrong = Vec::new();
    for (reader, read) in extracted(&parts[0].bytes) {
        for (name, words) in RIGHT_TO_LEFT {
            let (found, all) = words_read(words, &read);
            println!("{reader} {name}: {found} of {all} words");
            if found + lost(reader, name) != all {
                wrong.push(format!("{reader}: {name} {found} of {all}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_same_text_without_the_fonts_is_boxes_that_are_counted() {
    let (typeset, parts) = made(&document(RIGHT_TO_LEFT), &Files::new(), &own_fonts());
    assert_conforms(&parts);
    assert!(
        typeset
            .substituted
            .iter()
            .any(|(c, n)| *c == 'ا' && *n > 10)
    );
    let own = [
        "NotoSans-Regular",
        "NotoSans-Bold",
        "NotoSans-Italic",
        "NotoSans-BoldItalic",
    ];
    assert!(typeset.fonts.iter().all(|f| own.contains(&f.name.as_str())));
}

/// A font with more glyphs than an array of PDF/A-1 may have elements.
#[test]
fn ten_thousand_different_characters_conform_and_are_read_back() {
    if !fonts_are_there() {
        return;
    }
    let words: String = (0x4e00..0x4e00 + 10_000)
        .filter_map(char::from_u32)
        .collect();
    let (typeset, parts) = made(
        &document(&[("tecken", &words)]),
        &Files::new(),
        &Options::default(),
    );
    assert_conforms(&parts);
    assert_eq!(typeset.substituted, []);
    for (reader, read) in extracted(&parts[0].bytes) {
        let read = squeezed(&read);
        let lost = words.chars().filter(|c| !read.contains(*c)).count();
        assert_eq!(lost, 0, "{reader}");
    }
}

/// Glyphs that stand for several characters, rare ones beyond the first plane, and bold.
#[test]
fn chinese_japanese_and_korean_in_compact_outlines_are_read_back() {
    if !Path::new(CJK).join("NotoSansCJK-Regular.ttc").exists() {
        println!("SKIP: no fonts-noto-cjk");
        return;
    }
    let words = "\u{2f00}一 …⋯ \u{20bb7}野家 한국어 カタカナ 漢字、";
    let doc = document(&[(words, words)]);
    let (typeset, parts) = made(&doc, &Files::new(), &Options::default());
    assert_conforms(&parts);
    keep("cjk", &parts);
    assert_eq!(typeset.substituted, []);
    let of = |name: &str| typeset.fonts.iter().find(|f| f.name == name).unwrap();
    assert_eq!(of("NotoSansCJK-Regular").version, "2.004");
    assert!(of("NotoSansCJK-Bold").sha256 != of("NotoSansCJK-Regular").sha256);
    for (reader, read) in extracted(&parts[0].bytes) {
        // In the title and in the body.
        let found = squeezed(&read).matches(&squeezed(words)).count();
        assert!(found >= 2, "{reader}: {found} in {read}");
    }
}

#[test]
fn controls_and_private_characters_are_boxes_that_are_counted() {
    let words = "a\u{1}b\u{7f}c\u{e000}d\u{ffff}e\u{fdd0}";
    let (typeset, parts) = made(
        &document(&[("styrtecken", words)]),
        &Files::new(),
        &own_fonts(),
    );
    assert_conforms(&parts);
    let boxes: Vec<char> = typeset.substituted.iter().map(|(c, _)| *c).collect();
    assert_eq!(
        boxes,
        ['\u{1}', '\u{7f}', '\u{e000}', '\u{fdd0}', '\u{ffff}']
    );
    for (reader, read) in extracted(&parts[0].bytes) {
        assert!(!read.contains(['\u{1}', '\u{7f}', '\u{ffff}']), "{reader}");
    }
}

/// Ten times the letters take about ten times as long.
#[test]
fn posts_of_any_length_take_time_in_proportion() {
    let heap = |n: usize| format!("a{}", "\u{301}".repeat(n));
    let makers: [(&str, &dyn Fn(usize) -> String); 6] = [
        ("words", &|n| "snöröjning ".repeat(n / 11)),
        ("one word", &|n| "ö".repeat(n)),
        ("marks", &heap),
        ("thai", &|n| "ภาษาไทยง่าย".repeat(n / 11)),
        ("arabic", &|n| "الإسلام ".repeat(n / 8)),
        ("joiners", &|n| "👩\u{200d}".repeat(n / 2)),
    ];
    for (name, make) in makers {
        let time = |n: usize| {
            let doc = document(&[("lång", &make(n))]);
            let start = std::time::Instant::now();
            let (_, parts) = made(&doc, &Files::new(), &Options::default());
            let time = start.elapsed().as_secs_f64();
            if n <= 10_000 {
                assert_conforms(&parts);
            }
            time
        };
        let (short, long) = (time(10_000), time(100_000));
        println!("{name}: {short:.2} s for 10,000, {long:.2} s for 100,000");
        // Other work on the machine may slow either; time by the square would be a hundredfold.
        assert!(
            long < 40.0 * short.max(0.02),
            "{name}: {short:.2} s, {long:.2} s"
        );
    }
}
