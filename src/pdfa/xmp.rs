//! XMP metadata and the Info dictionary, which must say the same (ISO 19005-1, 6.7.3).

use chrono::{DateTime, Utc};
use lopdf::{Dictionary, Object};

use super::Level;
use super::embed::text_string;

/// What the file says about itself.
pub struct Metadata {
    pub title: String,
    pub author: String,
    pub subject: String,
    pub creator_tool: String,
    pub producer: String,
    pub created: DateTime<Utc>,
    pub level: Level,
}

impl Metadata {
    pub fn info(&self) -> Dictionary {
        let date = Object::string_literal(self.created.format("D:%Y%m%d%H%M%S+00'00'").to_string());
        Dictionary::from_iter([
            ("Title", text_string(&self.title)),
            ("Author", text_string(&self.author)),
            ("Subject", text_string(&self.subject)),
            ("Creator", text_string(&self.creator_tool)),
            ("Producer", text_string(&self.producer)),
            ("CreationDate", date.clone()),
            ("ModDate", date),
        ])
    }

    pub fn xmp(&self) -> Vec<u8> {
        let date = self.created.format("%Y-%m-%dT%H:%M:%S+00:00");
        let (_, part, conformance) = self.level.identification();
        let conformance = conformance.unwrap_or_default();
        format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
<rdf:Description rdf:about=\"\"\n\
 xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n\
 xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"\n\
 xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\"\n\
 xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\n\
<dc:format>application/pdf</dc:format>\n\
<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\n\
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n\
<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{subject}</rdf:li></rdf:Alt></dc:description>\n\
<dc:language><rdf:Bag><rdf:li>sv-SE</rdf:li></rdf:Bag></dc:language>\n\
<xmp:CreatorTool>{tool}</xmp:CreatorTool>\n\
<xmp:CreateDate>{date}</xmp:CreateDate>\n\
<xmp:ModifyDate>{date}</xmp:ModifyDate>\n\
<xmp:MetadataDate>{date}</xmp:MetadataDate>\n\
<pdf:Producer>{producer}</pdf:Producer>\n\
<pdfaid:part>{part}</pdfaid:part>\n\
<pdfaid:conformance>{conformance}</pdfaid:conformance>\n\
</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>",
            title = escape(&self.title),
            author = escape(&self.author),
            subject = escape(&self.subject),
            tool = escape(&self.creator_tool),
            producer = escape(&self.producer),
        )
        .into_bytes()
    }
}

/// Text as XML can carry it.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

/// One line without controls: titles go into XML and Info alike, where controls are not allowed.
pub fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') {
                ' '
            } else {
                c
            }
        })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
