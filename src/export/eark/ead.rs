//! EAD3: what the package is, for an archive's catalogue (<https://www.loc.gov/ead/>).

use std::io;

use chrono::SecondsFormat;

use super::SipFacts;
use crate::export::xml::Xml;

const NAMESPACE: &str = "http://ead3.archivists.org/schema/";

pub(super) fn write(facts: &SipFacts) -> io::Result<Vec<u8>> {
    let mut xml = Xml::begin(Vec::new())?;
    xml.start(
        "ead",
        &[
            ("xmlns", NAMESPACE),
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
            (
                "xsi:schemaLocation",
                &format!("{NAMESPACE} ../../schemas/ead3.xsd"),
            ),
        ],
    )?;
    xml.start("control", &[])?;
    xml.leaf("recordid", &[], &facts.id)?;
    xml.start("filedesc", &[])?;
    xml.start("titlestmt", &[])?;
    xml.leaf("titleproper", &[], &facts.title)?;
    xml.end("titlestmt")?;
    xml.end("filedesc")?;
    xml.empty("maintenancestatus", &[("value", "new")])?;
    xml.start("maintenanceagency", &[])?;
    xml.leaf(
        "agencyname",
        &[],
        &format!("{}, {}", facts.organisation, facts.committee),
    )?;
    xml.end("maintenanceagency")?;
    xml.start("maintenancehistory", &[])?;
    xml.start("maintenanceevent", &[])?;
    xml.empty("eventtype", &[("value", "created")])?;
    xml.leaf(
        "eventdatetime",
        &[],
        &facts.made.to_rfc3339_opts(SecondsFormat::Secs, true),
    )?;
    xml.empty("agenttype", &[("value", "machine")])?;
    let software = &facts.software;
    xml.leaf(
        "agent",
        &[],
        &format!("{} {}", software.name, software.version),
    )?;
    xml.end("maintenanceevent")?;
    xml.end("maintenancehistory")?;
    xml.end("control")?;
    describe(&mut xml, facts)?;
    xml.end("ead")?;
    xml.finish()
}

fn describe(xml: &mut Xml<Vec<u8>>, facts: &SipFacts) -> io::Result<()> {
    xml.start("archdesc", &[("level", "recordgrp")])?;
    xml.start("did", &[])?;
    xml.leaf("unitid", &[], &facts.id)?;
    xml.leaf("unittitle", &[], &facts.title)?;
    if let Some((from, to)) = facts.period {
        let normal = format!("{from}/{to}");
        let said = format!("{from} – {to}");
        xml.leaf("unitdate", &[("normal", &normal)], &said)?;
    }
    xml.start("origination", &[])?;
    name(xml, &facts.organisation)?;
    name(xml, &facts.committee)?;
    xml.end("origination")?;
    if let Some(receiver) = &facts.receiver {
        xml.start("repository", &[])?;
        name(xml, receiver)?;
        xml.end("repository")?;
    }
    xml.end("did")?;
    xml.start("scopecontent", &[])?;
    xml.leaf("p", &[], &facts.description)?;
    xml.end("scopecontent")?;
    xml.end("archdesc")
}

fn name(xml: &mut Xml<Vec<u8>>, of: &str) -> io::Result<()> {
    xml.start("corpname", &[])?;
    xml.leaf("part", &[], of)?;
    xml.end("corpname")
}
