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
    /// Of the document, as BCP 47 has it.
    pub language: String,
    pub levels: &'static [Level],
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
        let mut declared = String::new();
        for level in self.levels {
            let (prefix, part, conformance) = level.identification();
            declared.push_str(&format!("<{prefix}:part>{part}</{prefix}:part>\n"));
            if let Some(letter) = conformance {
                declared.push_str(&format!(
                    "<{prefix}:conformance>{letter}</{prefix}:conformance>\n"
                ));
            }
        }
        let (namespace, schema) = if self.levels.contains(&Level::Ua1) {
            (UA_NAMESPACE, UA_SCHEMA)
        } else {
            ("", "")
        };
        format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n\
<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
<rdf:Description rdf:about=\"\"\n\
 xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n\
 xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"\n\
 xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\"\n\
 xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\"{namespace}>\n\
<dc:format>application/pdf</dc:format>\n\
<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\n\
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n\
<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{subject}</rdf:li></rdf:Alt></dc:description>\n\
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>\n\
<xmp:CreatorTool>{tool}</xmp:CreatorTool>\n\
<xmp:CreateDate>{date}</xmp:CreateDate>\n\
<xmp:ModifyDate>{date}</xmp:ModifyDate>\n\
<xmp:MetadataDate>{date}</xmp:MetadataDate>\n\
<pdf:Producer>{producer}</pdf:Producer>\n\
{declared}\
</rdf:Description>\n{schema}</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>",
            title = escape(&self.title),
            author = escape(&self.author),
            subject = escape(&self.subject),
            language = escape(&self.language),
            tool = escape(&self.creator_tool),
            producer = escape(&self.producer),
        )
        .into_bytes()
    }
}

const UA_NAMESPACE: &str = "\n xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\"";

/// What PDF/A must be told of a schema that is not its own (ISO 19005-1, 6.7.8).
const UA_SCHEMA: &str = "<rdf:Description rdf:about=\"\"\n\
 xmlns:pdfaExtension=\"http://www.aiim.org/pdfa/ns/extension/\"\n\
 xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\"\n\
 xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\">\n\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType=\"Resource\">\n\
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\n\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\n\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\n\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType=\"Resource\">\n\
<pdfaProperty:name>part</pdfaProperty:name>\n\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\n\
<pdfaProperty:category>internal</pdfaProperty:category>\n\
<pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>\n\
</rdf:li></rdf:Seq></pdfaSchema:property>\n\
</rdf:li></rdf:Bag></pdfaExtension:schemas>\n\
</rdf:Description>\n";

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
