//! METS 1.12 by the profile of E-ARK SIP 2.1: one document at the root, one for the representation
//! (<https://earkcsip.dilcis.eu>, <https://earksip.dilcis.eu>). The numbers in comments are the profile's.

use std::fs::File;
use std::io::{self, BufReader, Write};

use chrono::{DateTime, SecondsFormat, Utc};

use super::spool::Spool;
use super::{SipFacts, hex, reference};
use crate::export::xml::Xml;
use crate::record::Digest;

/// SIP2
const PROFILE: &str = "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml";
/// CSIP2: from CSIPVocabularyContentCategory.
const CATEGORY: &str = "Datasets";

/// A file as METS tells it.
#[derive(Debug, Clone)]
pub(super) struct FileEntry {
    /// From the folder of the METS document.
    pub(super) path: String,
    pub(super) media_type: String,
    pub(super) bytes: u64,
    pub(super) sha256: Digest,
}

/// What the root document points to.
pub(super) struct Parts<'a> {
    pub(super) premis: &'a FileEntry,
    pub(super) ead: &'a FileEntry,
    pub(super) documents: &'a [FileEntry],
    pub(super) schemas: &'a [FileEntry],
    pub(super) representation: &'a FileEntry,
}

/// Files of a group, as they come.
pub(super) struct Group {
    spool: Spool,
    id: &'static str,
}

impl Group {
    pub(super) fn begin(id: &'static str) -> io::Result<Self> {
        Ok(Self {
            spool: Spool::begin()?,
            id,
        })
    }

    pub(super) fn add(
        &mut self,
        number: u64,
        entry: &FileEntry,
        made: DateTime<Utc>,
    ) -> io::Result<()> {
        let mut xml = Xml::fragment(&mut self.spool);
        let id = format!("{}-file-{number}", self.id);
        write_file(&mut xml, &id, entry, &time(made))?;
        xml.finish().map(drop)
    }

    pub(super) fn finish(self) -> io::Result<BufReader<File>> {
        self.spool.read()
    }
}

pub(super) struct Mets<'a> {
    pub(super) facts: &'a SipFacts,
}

impl Mets<'_> {
    /// What stands before and after the files in the representation's document.
    pub(super) fn representation(&self, premis: &FileEntry) -> io::Result<(Vec<u8>, Vec<u8>)> {
        let mut xml = self.begin("rep1", "../../")?;
        self.header(&mut xml)?;
        self.provenance(&mut xml, "rep1", premis)?;
        xml.start("fileSec", &[("ID", "rep1-files")])?;
        xml.start("fileGrp", &[("ID", "rep1-data"), ("USE", "Data")])?;
        let head = xml.taken()?;
        xml.end("fileGrp")?;
        xml.end("fileSec")?;
        self.map(&mut xml, "rep1", "rep1", |xml| {
            division(
                xml,
                &[
                    ("ID", "rep1-map-metadata"),
                    ("LABEL", "Metadata"),
                    ("ADMID", "rep1-premis"),
                ],
                None,
            )?;
            division(
                xml,
                &[("ID", "rep1-map-data"), ("LABEL", "Data")],
                Some("rep1-data"),
            )
        })?;
        xml.end("mets")?;
        Ok((head, xml.finish()?))
    }

    /// The root document.
    pub(super) fn package(&self, parts: &Parts<'_>) -> io::Result<Vec<u8>> {
        let made = time(self.facts.made);
        let mut xml = self.begin(&self.facts.id, "")?;
        self.header(&mut xml)?;
        xml.start(
            "dmdSec",
            &[
                ("ID", "package-ead"),
                ("CREATED", &made),
                ("STATUS", "CURRENT"),
            ],
        )?;
        write_reference(&mut xml, parts.ead, &[("MDTYPE", "EAD")], &made)?;
        xml.end("dmdSec")?;
        self.provenance(&mut xml, "package", parts.premis)?;
        xml.start("fileSec", &[("ID", "package-files")])?;
        let groups = [
            ("Documentation", "package-documentation", parts.documents),
            ("Schemas", "package-schemas", parts.schemas),
        ];
        for (name, id, files) in groups {
            xml.start("fileGrp", &[("ID", id), ("USE", name)])?;
            for (at, file) in files.iter().enumerate() {
                write_file(&mut xml, &format!("{id}-{}", at + 1), file, &made)?;
            }
            xml.end("fileGrp")?;
        }
        let kind = self.facts.erms.content_information_type();
        xml.start(
            "fileGrp",
            &[
                ("ID", "package-representation"),
                ("USE", "Representations/rep1"),
                ("csip:CONTENTINFORMATIONTYPE", kind),
            ],
        )?;
        write_file(
            &mut xml,
            "package-representation-1",
            parts.representation,
            &made,
        )?;
        xml.end("fileGrp")?;
        xml.end("fileSec")?;
        self.map(&mut xml, "package", &self.facts.id, |xml| {
            division(
                xml,
                &[
                    ("ID", "package-map-metadata"),
                    ("LABEL", "Metadata"),
                    ("ADMID", "package-premis"),
                    ("DMDID", "package-ead"),
                ],
                None,
            )?;
            for (name, id, _) in groups {
                let map = format!("package-map-{}", name.to_lowercase());
                division(xml, &[("ID", &map), ("LABEL", name)], Some(id))?;
            }
            division(
                xml,
                &[
                    ("ID", "package-map-representations"),
                    ("LABEL", "Representations"),
                ],
                Some("package-representation"),
            )?;
            // CSIP105-112: the document of each representation, by a division of its own.
            xml.start(
                "div",
                &[
                    ("ID", "package-map-rep1"),
                    ("LABEL", "Representations/rep1"),
                ],
            )?;
            xml.empty(
                "mptr",
                &[
                    ("LOCTYPE", "URL"),
                    ("xlink:type", "simple"),
                    ("xlink:href", &reference(&parts.representation.path)),
                    ("xlink:title", "package-representation"),
                ],
            )?;
            xml.end("div")
        })?;
        xml.end("mets")?;
        xml.finish()
    }

    fn begin(&self, id: &str, root: &str) -> io::Result<Xml<Vec<u8>>> {
        let mut xml = Xml::begin(Vec::new())?;
        let csip = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS";
        let sip = "https://DILCIS.eu/XML/METS/SIPExtensionMETS";
        let xlink = "http://www.w3.org/1999/xlink";
        let places = format!(
            "http://www.loc.gov/METS/ {root}schemas/mets.xsd {xlink} {root}schemas/xlink.xsd \
             {csip} {root}schemas/DILCISExtensionMETS.xsd {sip} {root}schemas/DILCISExtensionSIPMETS.xsd"
        );
        xml.start(
            "mets",
            &[
                ("xmlns", "http://www.loc.gov/METS/"),
                ("xmlns:csip", csip),
                ("xmlns:sip", sip),
                ("xmlns:xlink", xlink),
                ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
                ("xsi:schemaLocation", &places),
                ("OBJID", id),
                ("LABEL", &self.facts.title),
                ("TYPE", CATEGORY),
                ("PROFILE", PROFILE),
                (
                    "csip:CONTENTINFORMATIONTYPE",
                    self.facts.erms.content_information_type(),
                ),
            ],
        )?;
        Ok(xml)
    }

    fn header(&self, xml: &mut Xml<Vec<u8>>) -> io::Result<()> {
        let facts = self.facts;
        let made = time(facts.made);
        xml.start(
            "metsHdr",
            &[
                ("CREATEDATE", &made),
                ("LASTMODDATE", &made),
                ("RECORDSTATUS", "NEW"),
                ("csip:OAISPACKAGETYPE", "SIP"),
            ],
        )?;
        // FGS Paketstruktur writes an organisationsnummer as ORG: and its digits.
        let code = match &facts.organisation_number {
            Some(number) => format!("ORG:{number}"),
            None => facts.organisation.clone(),
        };
        // SIP15: who sends it. eark-validator holds every CREATOR to the rules of both programs and organisations
        // (CSIP12 and SIP11), which no document meets.
        agent(
            xml,
            &[("ROLE", "CREATOR"), ("TYPE", "ORGANIZATION")],
            &facts.organisation,
            Some(("IDENTIFICATIONCODE", &code)),
        )?;
        // CSIP10-16: the program.
        agent(
            xml,
            &[
                ("ROLE", "CREATOR"),
                ("TYPE", "OTHER"),
                ("OTHERTYPE", "SOFTWARE"),
            ],
            &facts.software.name,
            Some(("SOFTWARE VERSION", &facts.software.version)),
        )?;
        // SIP9: the arkivbildare.
        agent(
            xml,
            &[("ROLE", "ARCHIVIST"), ("TYPE", "ORGANIZATION")],
            &format!("{}, {}", facts.organisation, facts.committee),
            None,
        )?;
        if let Some(receiver) = &facts.receiver {
            // SIP26
            agent(
                xml,
                &[("ROLE", "PRESERVATION"), ("TYPE", "ORGANIZATION")],
                receiver,
                None,
            )?;
        }
        if let Some(agreement) = &facts.agreement {
            xml.leaf("altRecordID", &[("TYPE", "SUBMISSIONAGREEMENT")], agreement)?;
        }
        xml.end("metsHdr")
    }

    /// CSIP31-44
    fn provenance(&self, xml: &mut Xml<Vec<u8>>, of: &str, premis: &FileEntry) -> io::Result<()> {
        let made = time(self.facts.made);
        xml.start("amdSec", &[("ID", &format!("{of}-administrative"))])?;
        let id = format!("{of}-premis");
        xml.start(
            "digiprovMD",
            &[("ID", &id), ("CREATED", &made), ("STATUS", "CURRENT")],
        )?;
        let kind = [("MDTYPE", "PREMIS"), ("MDTYPEVERSION", "3.0")];
        write_reference(xml, premis, &kind, &made)?;
        xml.end("digiprovMD")?;
        xml.end("amdSec")
    }

    /// CSIP80-85: the one structural map, with its one division.
    fn map(
        &self,
        xml: &mut Xml<Vec<u8>>,
        of: &str,
        label: &str,
        within: impl FnOnce(&mut Xml<Vec<u8>>) -> io::Result<()>,
    ) -> io::Result<()> {
        let id = format!("{of}-map");
        xml.start(
            "structMap",
            &[("ID", &id), ("TYPE", "PHYSICAL"), ("LABEL", "CSIP")],
        )?;
        xml.start("div", &[("ID", &format!("{id}-all")), ("LABEL", label)])?;
        within(xml)?;
        xml.end("div")?;
        xml.end("structMap")
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn division(
    xml: &mut Xml<Vec<u8>>,
    attributes: &[(&str, &str)],
    group: Option<&str>,
) -> io::Result<()> {
    let Some(group) = group else {
        return xml.empty("div", attributes);
    };
    xml.start("div", attributes)?;
    xml.empty("fptr", &[("FILEID", group)])?;
    xml.end("div")
}

fn agent(
    xml: &mut Xml<Vec<u8>>,
    attributes: &[(&str, &str)],
    name: &str,
    note: Option<(&str, &str)>,
) -> io::Result<()> {
    xml.start("agent", attributes)?;
    xml.leaf("name", &[], name)?;
    if let Some((kind, text)) = note {
        xml.leaf("note", &[("csip:NOTETYPE", kind)], text)?;
    }
    xml.end("agent")
}

fn write_file<W: Write>(
    xml: &mut Xml<W>,
    id: &str,
    file: &FileEntry,
    made: &str,
) -> io::Result<()> {
    xml.start(
        "file",
        &[
            ("ID", id),
            ("MIMETYPE", &file.media_type),
            ("SIZE", &file.bytes.to_string()),
            ("CREATED", made),
            ("CHECKSUM", &hex(file.sha256)),
            ("CHECKSUMTYPE", "SHA-256"),
        ],
    )?;
    xml.empty(
        "FLocat",
        &[
            ("LOCTYPE", "URL"),
            ("xlink:type", "simple"),
            ("xlink:href", &reference(&file.path)),
        ],
    )?;
    xml.end("file")
}

fn write_reference(
    xml: &mut Xml<Vec<u8>>,
    file: &FileEntry,
    kind: &[(&str, &str)],
    made: &str,
) -> io::Result<()> {
    let (size, sha256) = (file.bytes.to_string(), hex(file.sha256));
    let href = reference(&file.path);
    let mut attributes = vec![
        ("LOCTYPE", "URL"),
        ("xlink:type", "simple"),
        ("xlink:href", &href),
    ];
    attributes.extend(kind);
    attributes.extend([
        ("MIMETYPE", file.media_type.as_str()),
        ("SIZE", &size),
        ("CREATED", made),
        ("CHECKSUM", &sha256),
        ("CHECKSUMTYPE", "SHA-256"),
    ]);
    xml.empty("mdRef", &attributes)
}
