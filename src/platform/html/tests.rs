use std::time::Instant;

use super::*;
use crate::record::Span;
use crate::record::{Content, MediumKind};

const BASE: &str = "https://a.example/2026/01/inlagg/";

fn read(html: &str) -> Body {
    body(html, &BASE.parse().unwrap())
}

/// The blocks in short: `p`, `h2`, `li`, ... with `*bold*`, `/italic/` and `[text](address)`.
fn short(html: &str) -> String {
    let body = read(html);
    let spans = |spans: &[Span]| -> String {
        let written = spans.iter().map(|s| {
            let mut text = s.text.clone();
            if s.italic {
                text = format!("/{text}/");
            }
            if s.bold {
                text = format!("*{text}*");
            }
            match &s.link {
                Some(to) => format!("[{text}]({to})"),
                None => text,
            }
        });
        written.collect()
    };
    let blocks = body.blocks.iter().map(|block| match block {
        Block::Paragraph { spans: s } => format!("p {}", spans(s)),
        Block::Heading { level, spans: s } => format!("h{level} {}", spans(s)),
        Block::Quote { spans: s } => format!("q {}", spans(s)),
        Block::ListItem {
            depth,
            number,
            spans: s,
        } => match number {
            Some(n) => format!("{depth}:{n}. {}", spans(s)),
            None => format!("{depth}:- {}", spans(s)),
        },
        Block::Preformatted { text } => format!("pre {text}"),
        Block::TableRow { header, cells } => {
            let cells: Vec<String> = cells.iter().map(|c| spans(c)).collect();
            format!(
                "{} {}",
                if *header { "th" } else { "tr" },
                cells.join(" | ")
            )
        }
        Block::Medium { medium } => {
            let m = &body.media[*medium];
            let of = |t: &Option<String>| t.clone().unwrap_or_default();
            let name = m.address.path().rsplit('/').next().unwrap();
            format!("{:?} {name} {:?} {:?}", m.kind, of(&m.alt), of(&m.caption))
        }
        Block::Rule => "hr".to_owned(),
    });
    blocks.collect::<Vec<_>>().join("\n")
}

#[test]
fn paragraphs_styles_and_links() {
    assert_eq!(
        short(
            "<p>Vi <b>plogar <i>nu</i></b>.</p><p>Se <a href='../x?a=1&amp;b=2'>h&auml;r</a></p>"
        ),
        "p Vi *plogar **/nu/*.\np Se [här](https://a.example/2026/01/x?a=1&b=2)"
    );
}

#[test]
fn whitespace_folds_as_browsers_fold_it() {
    assert_eq!(
        short("  <p>\n  ett <b> två</b>\t\n tre<br>\n  fyra  </p>\n\n lös text <div> sist</div>"),
        "p ett *två* tre\nfyra\np lös text\np sist"
    );
    assert_eq!(short("<p>&nbsp;</p><p></p><p><br></p>"), "");
    assert_eq!(short("<p>a\u{a0}&nbsp;b</p>"), "p a\u{a0}\u{a0}b");
}

#[test]
fn lists_nest_and_count() {
    assert_eq!(
        short(
            "<ul><li>a<ol start=3><li>b<li>c</ol></li><li><p>d</p><p>e</p></li></ul>\
             <ol><li value='7'>x</li><li>y</li></ol>efter"
        ),
        "0:- a\n1:3. b\n1:4. c\n0:- d\ne\n0:7. x\n0:8. y\np efter"
    );
    assert_eq!(short("<li>ensam</li>"), "0:- ensam");
}

#[test]
fn headings_quotes_code_and_rules() {
    assert_eq!(
        short(
            "<h2>R <em>u</em></h2><blockquote><p>a</p><p>b</p></blockquote><hr/><pre>\n x  y\n  z\n</pre><p><code>k</code></p>"
        ),
        "h2 R /u/\nq a\nq b\nhr\npre  x  y\n  z\np k"
    );
    assert_eq!(
        short(
            "<blockquote><ul><li>i citat</ul></blockquote><ul><li><blockquote>i lista</blockquote></ul>"
        ),
        "0:- i citat\nq i lista"
    );
}

#[test]
fn tables_with_heads_pictures_and_tables_within() {
    assert_eq!(
        short(
            "<table><caption>Priser</caption><thead><tr><td>Vad<td>Kr</thead><tbody>\
             <tr><th>Bad</th><td>40<br>20</td></tr><tr><td><img src=a.png><p>x</p><p>y</p></td>\
             <td><table><tr><td>i</td><td>j</td></tr></table></td></tr></table>efter"
        ),
        "p Priser\nth Vad | Kr\ntr Bad | 40\n20\ntr x\ny | i j\nPicture a.png \"\" \"\"\np efter"
    );
    assert_eq!(
        short("<table><tr><th>a</th><th>b</th></tr></table>"),
        "th a | b"
    );
    assert_eq!(short("<td>lös</td> cell"), "p lös\np cell");
}

#[test]
fn pictures_with_captions_late_loading_and_sets() {
    assert_eq!(
        short(
            "<figure><a href='/stor.jpg'><img src=/a.jpg alt='Snö'></a><figcaption>Foto: <b>A</b></figcaption></figure>\
             <figure><figcaption>Före</figcaption><img src='data:image/gif;base64,R0' data-src='/b.jpg'></figure>\
             <div class='wp-caption'><img srcset='/s.jpg 300w, /l.jpg 1200w, /m.jpg 600w'><p class='wp-caption-text'>Tre</p></div>"
        ),
        "Picture a.jpg \"Snö\" \"Foto: A\"\nPicture b.jpg \"\" \"Före\"\nPicture l.jpg \"\" \"Tre\""
    );
}

#[test]
fn a_gallery_has_its_own_caption() {
    assert_eq!(
        short(
            "<figure><figure><img src=/a.jpg><figcaption>a</figcaption></figure>\
             <figure><img src=/b.jpg><figcaption>b</figcaption></figure><figcaption>alla</figcaption></figure>"
        ),
        "Picture a.jpg \"\" \"a\"\nPicture b.jpg \"\" \"b\"\np alla"
    );
}

#[test]
fn emoji_pictures_become_their_character() {
    assert_eq!(
        short(
            "<p>Hej <img class='wp-smiley' src='https://s.w.org/x.png' alt='❄️'> <img class='emoji' alt='🚜' src=y></p>"
        ),
        "p Hej ❄️ 🚜"
    );
}

#[test]
fn films_sound_frames_and_documents() {
    assert_eq!(
        short(
            "<video controls><source src=/a.mp4 type=video/mp4><source src=/a.webm type=video/webm>Din webbläsare...</video>\
             <audio src=/b.mp3></audio><iframe src='https://film.example/e/1' title='Vår film'><p>x</p></iframe>"
        ),
        "Film a.mp4 \"\" \"\"\nSound b.mp3 \"\" \"\"\np [Vår film](https://film.example/e/1)"
    );
    let body = read(
        "<a href='/wp-content/uploads/2026/plan.pdf'>Planen</a> <a href='https://b.example/uploads/x.pdf'>annan</a>",
    );
    let [document] = &body.media[..] else {
        panic!("{:?}", body.media);
    };
    assert_eq!(document.kind, MediumKind::Document);
    assert!(document.address.path().ends_with("plan.pdf"));
}

#[test]
fn what_no_reader_sees_is_left_out() {
    assert_eq!(
        short(
            "<script>alert('<p>x</p>')</script><style>p{}</style><noscript><img src=/n.jpg></noscript>\
             <form><input value=a><label>Namn</label></form><svg><text>ritat</text></svg><!-- tyst --><p>kvar</p>"
        ),
        "p kvar"
    );
}

#[test]
fn dangerous_addresses_are_dropped_and_their_text_kept() {
    assert_eq!(
        short(
            "<p><a href='javascript:alert(1)'>a</a> <a href=' JAVA&#9;SCRIPT:x'>b</a> <a href='data:text/html,x'>c</a>\
             <a href='mailto:a@b.example'>d</a></p><img src='file:///etc/passwd'><img src='javascript:x'>"
        ),
        "p a b c[d](mailto:a@b.example)"
    );
    assert_eq!(
        short("<p>före <img src='data:image/png;base64,AA' alt='Karta'> efter</p>"),
        "p före [bild inbäddad i sidan, inte sparad: Karta] efter"
    );
}

#[test]
fn an_element_that_never_ends_takes_nothing_with_it() {
    assert_eq!(
        short("<form action=x><p>kvar</p><video src=/a.mp4><p>också</p>"),
        "p kvar\nFilm a.mp4 \"\" \"\"\np också"
    );
}

#[test]
fn control_characters_do_not_pass() {
    assert_eq!(short("<p>a\u{1}b&#x2;c\u{7f}</p>"), "p abc");
}

#[test]
fn a_title_is_one_line_of_words() {
    assert_eq!(
        line("R&amp;D &#8211; <em>nytt</em><br>i &quot;kommunen&quot; 😀"),
        "R&D – nytt i \"kommunen\" 😀"
    );
    assert_eq!(line("5 < 6 & 7 > 3"), "5 < 6 & 7 > 3");
}

#[test]
fn links_of_the_head_are_found() {
    let html = "<head><link rel='https://api.w.org/' href='/wp-json/'><LINK REL='Alternate Home' TYPE='application/rss+xml' HREF='/feed/'></head>";
    let links = links(html, &BASE.parse().unwrap());
    assert_eq!(links[0].to.as_str(), "https://a.example/wp-json/");
    assert_eq!(links[1].rel, "alternate home");
    assert_eq!(links[1].media_type, "application/rss+xml");
}

#[test]
fn garbage_of_any_depth_ends_soon() {
    let pieces = [
        "<div>",
        "<b>",
        "<ul><li>",
        "<blockquote>",
        "<table><tr><td>",
        "<figure>",
        "<form>",
        "<a href=x>",
        "<figcaption>",
        "<p class=wp-caption-text>",
        "</p>",
        "<svg>",
        "<video>",
        "<h1>",
        "<pre>",
        "<li>",
        "<img src=x>",
        "&amp;",
        "<",
        "<!--",
        "<a b c d e f>",
        "</td>",
        "x <br> ",
        "<table>",
        "<object>",
    ];
    // A debug build on a busy machine still takes well under this; a quadratic reading takes minutes.
    let limit = std::time::Duration::from_secs(20);
    for piece in pieces {
        let html = piece.repeat(300_000 / piece.len());
        let begun = Instant::now();
        let _ = read(&html);
        assert!(begun.elapsed() < limit, "{piece}: {:?}", begun.elapsed());
    }
    let mixed: String = pieces.concat().repeat(3_000);
    let begun = Instant::now();
    let found = read(&mixed);
    assert!(begun.elapsed() < limit, "{:?}", begun.elapsed());
    let content = Content {
        body: found.blocks,
        media: found.media,
        ..Content::default()
    };
    assert!(content.plain_text().contains('&'));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_and_media_stay_in_bounds(html in "(<(/?)(p|b|ul|li|ol|td|tr|table|figure|figcaption|img src=a|video|source src=b\\.mp3|form|blockquote|pre|h2|a href=/uploads/a\\.pdf)>|[ a\n&;]){0,60}") {
        let body = read(&html);
        for block in &body.blocks {
            if let Block::Medium { medium } = block {
                assert!(*medium < body.media.len());
            }
        }
    }
}
