//! PREMIS 3.0: each file with its digest, what was done with them, and by whom (<http://www.loc.gov/standards/premis/v3/>).

use std::io::{self, Write};

use chrono::SecondsFormat;

use super::mets::FileEntry;
use super::{SipFacts, hex};
use crate::export::xml::Xml;

const NAMESPACE: &str = "http://www.loc.gov/premis/v3";
/// What the objects' ids are: unique within the package.
const LOCAL: &str = "local";

pub(super) struct Premis<'a> {
    pub(super) facts: &'a SipFacts,
}

/// A file of the representation, the one of that number.
pub(super) fn object(out: &mut impl Write, number: u64, entry: &FileEntry) -> io::Result<()> {
    let mut xml = Xml::fragment(out);
    xml.start("object", &[("xsi:type", "file")])?;
    identifier(&mut xml, "object", LOCAL, &format!("rep1-file-{number}"))?;
    xml.start("objectCharacteristics", &[])?;
    xml.start("fixity", &[])?;
    xml.leaf("messageDigestAlgorithm", &[], "SHA-256")?;
    xml.leaf("messageDigest", &[], &hex(entry.sha256))?;
    xml.leaf("messageDigestOriginator", &[], "arkivd")?;
    xml.end("fixity")?;
    xml.leaf("size", &[], &entry.bytes.to_string())?;
    xml.start("format", &[])?;
    xml.start("formatDesignation", &[])?;
    xml.leaf("formatName", &[], &entry.media_type)?;
    xml.end("formatDesignation")?;
    xml.end("format")?;
    xml.end("objectCharacteristics")?;
    xml.leaf("originalName", &[], &entry.path)?;
    related(&mut xml, "is part of", "rep1")?;
    xml.end("object")?;
    xml.finish().map(drop)
}

impl Premis<'_> {
    /// What stands before and after the files of the representation.
    pub(super) fn representation(&self) -> io::Result<(Vec<u8>, Vec<u8>)> {
        let mut xml = self.begin("../../../../")?;
        xml.start("object", &[("xsi:type", "representation")])?;
        identifier(&mut xml, "object", LOCAL, "rep1")?;
        related(&mut xml, "represents", &self.facts.id)?;
        xml.end("object")?;
        let head = xml.taken()?;
        self.done(&mut xml, "rep1")?;
        xml.end("premis")?;
        Ok((head, xml.finish()?))
    }

    /// The package as a whole.
    pub(super) fn package(&self) -> io::Result<Vec<u8>> {
        let mut xml = self.begin("../../")?;
        xml.start("object", &[("xsi:type", "intellectualEntity")])?;
        identifier(&mut xml, "object", LOCAL, &self.facts.id)?;
        xml.leaf("originalName", &[], &self.facts.title)?;
        xml.end("object")?;
        self.done(&mut xml, &self.facts.id)?;
        xml.end("premis")?;
        xml.finish()
    }

    fn begin(&self, root: &str) -> io::Result<Xml<Vec<u8>>> {
        let mut xml = Xml::begin(Vec::new())?;
        xml.start(
            "premis",
            &[
                ("xmlns", NAMESPACE),
                ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
                (
                    "xsi:schemaLocation",
                    &format!("{NAMESPACE} {root}schemas/premis.xsd"),
                ),
                ("version", "3.0"),
            ],
        )?;
        Ok(xml)
    }

    /// Events and agents.
    fn done(&self, xml: &mut Xml<Vec<u8>>, object: &str) -> io::Result<()> {
        let made = self.facts.made.to_rfc3339_opts(SecondsFormat::Secs, true);
        let software = &self.facts.software;
        for (at, event) in self.facts.events.iter().enumerate() {
            xml.start("event", &[])?;
            identifier(xml, "event", LOCAL, &format!("{object}-event-{}", at + 1))?;
            xml.leaf("eventType", &[], &event.kind)?;
            xml.leaf("eventDateTime", &[], &made)?;
            xml.start("eventDetailInformation", &[])?;
            xml.leaf("eventDetail", &[], &event.detail)?;
            xml.end("eventDetailInformation")?;
            xml.start("eventOutcomeInformation", &[])?;
            xml.leaf("eventOutcome", &[], "success")?;
            xml.end("eventOutcomeInformation")?;
            xml.start("linkingAgentIdentifier", &[])?;
            xml.leaf("linkingAgentIdentifierType", &[], LOCAL)?;
            xml.leaf("linkingAgentIdentifierValue", &[], &software.name)?;
            xml.end("linkingAgentIdentifier")?;
            xml.start("linkingObjectIdentifier", &[])?;
            xml.leaf("linkingObjectIdentifierType", &[], LOCAL)?;
            xml.leaf("linkingObjectIdentifierValue", &[], object)?;
            xml.end("linkingObjectIdentifier")?;
            xml.end("event")?;
        }
        xml.start("agent", &[])?;
        identifier(xml, "agent", LOCAL, &software.name)?;
        xml.leaf("agentName", &[], &software.name)?;
        xml.leaf("agentType", &[], "software")?;
        xml.leaf("agentVersion", &[], &software.version)?;
        xml.end("agent")?;
        xml.start("agent", &[])?;
        identifier(xml, "agent", LOCAL, "arkivbildare")?;
        xml.leaf(
            "agentName",
            &[],
            &format!("{}, {}", self.facts.organisation, self.facts.committee),
        )?;
        xml.leaf("agentType", &[], "organization")?;
        xml.end("agent")
    }
}

fn identifier<W: Write>(xml: &mut Xml<W>, of: &str, kind: &str, value: &str) -> io::Result<()> {
    xml.start(&format!("{of}Identifier"), &[])?;
    xml.leaf(&format!("{of}IdentifierType"), &[], kind)?;
    xml.leaf(&format!("{of}IdentifierValue"), &[], value)?;
    xml.end(&format!("{of}Identifier"))
}

fn related<W: Write>(xml: &mut Xml<W>, how: &str, to: &str) -> io::Result<()> {
    xml.start("relationship", &[])?;
    xml.leaf("relationshipType", &[], "structural")?;
    xml.leaf("relationshipSubType", &[], how)?;
    xml.start("relatedObjectIdentifier", &[])?;
    xml.leaf("relatedObjectIdentifierType", &[], LOCAL)?;
    xml.leaf("relatedObjectIdentifierValue", &[], to)?;
    xml.end("relatedObjectIdentifier")?;
    xml.end("relationship")
}
