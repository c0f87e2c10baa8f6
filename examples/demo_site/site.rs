//! The site's content: posts, pages, comments and media with WordPress-like ids, made from the texts.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use chrono_tz::Europe::Stockholm;

use super::texts::{self, Said, Scene, Text};

pub const NAME: &str = "Ekhamra kommun";
pub const DESCRIPTION: &str = "Nära till allt som är nära";

pub struct Site {
    /// `http://127.0.0.1:PORT`, without a slash at its end.
    pub home: String,
    /// In order of id, which is also that of time.
    pub posts: Vec<Post>,
    pub pages: Vec<Post>,
    pub comments: Vec<Comment>,
}

pub struct Post {
    pub id: u64,
    pub text: &'static Text,
    pub title: String,
    pub slug: String,
    /// On the wall clock, as WordPress keeps it.
    pub local: NaiveDateTime,
    pub modified: NaiveDateTime,
    pub picture: Option<Picture>,
    pub is_page: bool,
}

#[derive(Clone, Copy)]
pub struct Picture {
    pub id: u64,
    pub scene: Scene,
    pub alt: &'static str,
    /// Of the text it belongs to.
    pub slug: &'static str,
}

pub struct Comment {
    pub id: u64,
    pub post: u64,
    /// 0 when it answers the post itself.
    pub parent: u64,
    pub said: &'static Said,
    pub local: NaiveDateTime,
    pub held: bool,
}

pub struct Author {
    pub id: u64,
    pub name: &'static str,
    pub slug: &'static str,
}

pub const AUTHORS: [Author; 3] = [
    Author {
        id: 2,
        name: "Maria Lindqvist",
        slug: "marialindqvist",
    },
    Author {
        id: 3,
        name: "Samir Haddad",
        slug: "samirhaddad",
    },
    Author {
        id: 4,
        name: "Ekhamra kommun",
        slug: "ekhamra",
    },
];

impl Site {
    pub fn new(home: String, posts: usize) -> Self {
        let all = texts::all();
        // What was written this year first; more than that are the same subjects a year before, and so on.
        let mut dated: Vec<(NaiveDateTime, i32, &'static Text)> = (0..posts)
            .filter_map(|n| {
                let years = i32::try_from(n / all.len()).ok()?;
                let text = *all.get(all.len() - 1 - n % all.len())?;
                Some((time(text.when, years), years, text))
            })
            .collect();
        dated.sort_by_key(|(at, _, text)| (*at, text.slug));
        let mut id = 14;
        let mut site = Self {
            home,
            posts: Vec::new(),
            pages: Vec::new(),
            comments: Vec::new(),
        };
        for (local, years, text) in dated {
            id += 3;
            let year = local.format("%Y");
            site.posts.push(Post {
                id,
                text,
                title: if years == 0 {
                    text.title.to_owned()
                } else {
                    format!("{} ({year})", text.title)
                },
                slug: if years == 0 {
                    text.slug.to_owned()
                } else {
                    format!("{}-{year}", text.slug)
                },
                local,
                modified: local + Duration::minutes(if id % 4 == 0 { 95 } else { 0 }),
                picture: text.scene.map(|(scene, alt)| Picture {
                    id: id + 1,
                    scene,
                    alt,
                    slug: text.slug,
                }),
                is_page: false,
            });
        }
        for (n, text) in texts::PAGES.iter().enumerate() {
            let local = time(text.when, 1);
            site.pages.push(Post {
                id: 2 + n as u64,
                text,
                title: text.title.to_owned(),
                slug: text.slug.to_owned(),
                local,
                modified: local,
                picture: None,
                is_page: true,
            });
        }
        site.talk();
        site
    }

    /// Comments get their ids in the order in which they were written, over all posts.
    fn talk(&mut self) {
        let mut waiting = Vec::new();
        for post in self.posts.iter().chain(&self.pages) {
            let is_of_this_year = post.title == post.text.title;
            if is_of_this_year {
                gather(post.text.comments, post, post.local, None, &mut waiting);
            }
        }
        let mut order: Vec<usize> = (0..waiting.len()).collect();
        order.sort_by_key(|n| waiting.get(*n).map(|w| (w.local, *n)));
        let mut ids = vec![0; waiting.len()];
        for (id, n) in (1_u64..).zip(&order) {
            if let Some(slot) = ids.get_mut(*n) {
                *slot = id;
            }
        }
        let id_of = |n: usize| ids.get(n).copied().unwrap_or_default();
        self.comments = order
            .iter()
            .filter_map(|n| {
                let w = waiting.get(*n)?;
                Some(Comment {
                    id: id_of(*n),
                    post: w.post,
                    parent: w.answers.map_or(0, id_of),
                    said: w.said,
                    local: w.local,
                    held: w.said.held,
                })
            })
            .collect();
    }

    pub fn address(&self, post: &Post) -> String {
        if post.is_page {
            format!("{}/{}/", self.home, post.slug)
        } else {
            format!(
                "{}/{}/{}/",
                self.home,
                post.local.format("%Y/%m"),
                post.slug
            )
        }
    }

    pub fn picture_address(&self, post: &Post, picture: &Picture) -> String {
        let month = post.local.format("%Y/%m");
        let extension = picture.scene.extension();
        format!(
            "{}/wp-content/uploads/{month}/{}.{extension}",
            self.home, post.slug
        )
    }

    /// The picture that lies at that place under the uploads: `2026/01/isarna.jpg`.
    pub fn picture(&self, file: &str) -> Option<Picture> {
        let (stem, extension) = file.rsplit('/').next()?.split_once('.')?;
        let texts = texts::all();
        let named = |text: &&Text| {
            let rest = stem.strip_prefix(text.slug);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("-20"))
        };
        let text = texts.into_iter().find(named)?;
        let (scene, alt) = text.scene?;
        (scene.extension() == extension).then_some(Picture {
            id: 0,
            scene,
            alt,
            slug: text.slug,
        })
    }

    /// The body as HTML, with addresses of this site put in.
    pub fn html(&self, post: &Post) -> String {
        post.text.html.replace("{home}", &self.home)
    }

    pub fn entry(&self, id: u64) -> Option<&Post> {
        self.posts.iter().chain(&self.pages).find(|p| p.id == id)
    }

    pub fn approved(&self, post: u64) -> impl Iterator<Item = &Comment> {
        self.comments
            .iter()
            .filter(move |c| c.post == post && !c.held)
    }

    pub fn author(&self, post: &Post) -> &'static Author {
        let [first, second, third] = &AUTHORS;
        match post.id / 3 % 3 {
            0 => first,
            1 => second,
            _ => third,
        }
    }
}

struct Waiting {
    post: u64,
    answers: Option<usize>,
    said: &'static Said,
    local: NaiveDateTime,
}

fn gather(
    said: &'static [Said],
    post: &Post,
    after: NaiveDateTime,
    answers: Option<usize>,
    out: &mut Vec<Waiting>,
) {
    for (n, one) in (1_i64..).zip(said) {
        let minutes = 37 * n + 11 * (one.text.len() as i64 % 17);
        let local = after + Duration::minutes(minutes);
        out.push(Waiting {
            post: post.id,
            answers,
            said: one,
            local,
        });
        let this = out.len() - 1;
        gather(one.replies, post, local, Some(this), out);
    }
}

/// `01-08 09:15` of 2026, or of so many years before.
fn time(when: &str, years: i32) -> NaiveDateTime {
    let text = format!("{}-{when}", 2026 - years);
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M").unwrap_or_default()
}

pub fn utc(local: NaiveDateTime) -> DateTime<Utc> {
    let zoned = local.and_local_timezone(Stockholm).earliest();
    zoned.map_or_else(|| local.and_utc(), |at| at.to_utc())
}

/// Text that stands in HTML or XML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
