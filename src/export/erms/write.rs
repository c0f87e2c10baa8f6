//! ERMS documents as they stream out, in the schema's order.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};

use super::{
    Agent, Aggregation, AggregationKind, Appendix, Classification, Control, Disposal, ErmsVersion,
    Note, Record, Status,
};
use crate::export::xml::Xml;

const NAMESPACE: &str = "https://DILCIS.eu/XML/ERMS";

/// Writes one case with its records.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_erms<W: Write>(
    version: ErmsVersion,
    control: &Control,
    case: &Aggregation,
    records: impl IntoIterator<Item = Record>,
    out: W,
) -> io::Result<W> {
    let mut erms = ErmsWriter::begin(version, control, out)?;
    let mut within = erms.aggregation(case)?;
    for record in records {
        within.record(&record)?;
    }
    within.end()?;
    erms.finish()
}

/// A document under way: aggregations one after another, each with its records. The schema wants at least one.
pub struct ErmsWriter<W: Write> {
    xml: Xml<W>,
    version: ErmsVersion,
    any: bool,
}

/// The records of the aggregation that is being written; [`ErmsRecords::end`] closes it.
#[must_use]
pub struct ErmsRecords<'a, W: Write> {
    xml: &'a mut Xml<W>,
    version: ErmsVersion,
}

impl<W: Write> ErmsWriter<W> {
    /// Writes all that stands before the first aggregation.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn begin(version: ErmsVersion, control: &Control, out: W) -> io::Result<Self> {
        let mut xml = Xml::begin(out)?;
        let place = format!("{NAMESPACE} {}", version.address());
        xml.start(
            "erms",
            &[
                ("xmlns", NAMESPACE),
                ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
                ("xsi:schemaLocation", &place),
            ],
        )?;
        write_control(&mut xml, version, control)?;
        xml.start("aggregations", &[])?;
        Ok(Self {
            xml,
            version,
            any: false,
        })
    }

    /// Begins an aggregation, which its records follow.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn aggregation(&mut self, aggregation: &Aggregation) -> io::Result<ErmsRecords<'_, W>> {
        self.any = true;
        begin_aggregation(&mut self.xml, aggregation)?;
        Ok(ErmsRecords {
            xml: &mut self.xml,
            version: self.version,
        })
    }

    /// Closes the document.
    ///
    /// # Errors
    /// When it cannot be written, or holds no aggregation.
    pub fn finish(mut self) -> io::Result<W> {
        if !self.any {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "an ERMS document has at least one aggregation",
            ));
        }
        self.xml.end("aggregations")?;
        self.xml.end("erms")?;
        self.xml.finish()
    }
}

impl<W: Write> ErmsRecords<'_, W> {
    /// # Errors
    /// When it cannot be written.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        write_record(self.xml, self.version, record)
    }

    /// # Errors
    /// When it cannot be written.
    pub fn end(self) -> io::Result<()> {
        self.xml.end("aggregation")
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn write_control<W: Write>(
    xml: &mut Xml<W>,
    version: ErmsVersion,
    control: &Control,
) -> io::Result<()> {
    xml.start("control", &[])?;
    xml.leaf(
        "identification",
        &[("identificationType", &control.identification_type)],
        &control.identification,
    )?;
    if !control.classification.is_empty() {
        let attributes: &[(&str, &str)] = match version {
            ErmsVersion::V3_0 => &[
                ("classificationSchemaId", "plan"),
                ("classificationSchemaStatus", "current"),
            ],
            ErmsVersion::V2_1 => &[],
        };
        xml.start("classificationSchema", attributes)?;
        xml.start("textualDescriptionOfClassificationSchema", &[])?;
        for paragraph in &control.classification {
            xml.leaf("p", &[], paragraph)?;
        }
        xml.end("textualDescriptionOfClassificationSchema")?;
        xml.end("classificationSchema")?;
    }
    xml.start("maintenanceInformation", &[])?;
    xml.empty("maintenanceStatus", &[("value", "new")])?;
    xml.start("maintenanceAgency", &[])?;
    for name in &control.agency {
        xml.leaf("agencyName", &[], name)?;
    }
    xml.end("maintenanceAgency")?;
    xml.start("maintenanceHistory", &[])?;
    xml.start("maintenanceEvent", &[])?;
    xml.empty("eventType", &[("value", "created")])?;
    xml.leaf("eventDateTime", &[], &time(control.made))?;
    write_agent(xml, &control.maker)?;
    xml.end("maintenanceEvent")?;
    xml.end("maintenanceHistory")?;
    xml.end("maintenanceInformation")?;
    xml.start("systemInformation", &[])?;
    xml.start("agents", &[])?;
    write_agent(xml, &control.system)?;
    xml.end("agents")?;
    xml.end("systemInformation")?;
    xml.end("control")
}

fn begin_aggregation<W: Write>(xml: &mut Xml<W>, of: &Aggregation) -> io::Result<()> {
    let mut attributes = vec![("systemIdentifier", of.system_identifier.as_str())];
    match &of.kind {
        AggregationKind::CaseFile => attributes.push(("aggregationType", "caseFile")),
        AggregationKind::Own(name) => {
            attributes.push(("aggregationType", "own_aggregation_definition"));
            attributes.push(("otherAggregationType", name));
        }
    }
    xml.start("aggregation", &attributes)?;
    write_ids(
        xml,
        &of.object_id,
        &of.extra_ids,
        of.classification.as_ref(),
    )?;
    xml.leaf_of("title", of.title.as_deref())?;
    write_status(xml, of.status)?;
    write_agents(xml, &of.agents)?;
    xml.leaf_of("description", of.description.as_deref())?;
    if !of.dates.is_empty() {
        xml.start("dates", &[])?;
        for (kind, at) in &of.dates {
            xml.leaf("date", &[("dateType", kind.as_str())], &time(*at))?;
        }
        xml.end("dates")?;
    }
    write_notes(xml, &of.notes)
}

fn write_record<W: Write>(
    xml: &mut Xml<W>,
    version: ErmsVersion,
    record: &Record,
) -> io::Result<()> {
    let digital = match version {
        ErmsVersion::V3_0 => "digital",
        ErmsVersion::V2_1 => "digitial",
    };
    let mut attributes = vec![("systemIdentifier", record.system_identifier.as_str())];
    if let Some(kind) = &record.record_type {
        attributes.push(("recordType", kind));
    }
    attributes.push(("recordPhysicalOrDigital", digital));
    xml.start("record", &attributes)?;
    write_ids(
        xml,
        &record.object_id,
        &record.extra_ids,
        record.classification.as_ref(),
    )?;
    xml.leaf_of("title", record.title.as_deref())?;
    write_status(xml, record.status)?;
    // The schema's xs:int ends at 2,147,483,647: no case comes near.
    xml.leaf_of(
        "runningNumber",
        record.running_number.map(|n| n.to_string()).as_deref(),
    )?;
    for (kind, to) in &record.relations {
        xml.leaf("relation", &[("relationType", kind.as_str())], to)?;
    }
    for restriction in &record.restrictions {
        xml.start(
            "restriction",
            &[("restrictionType", restriction.kind.as_str())],
        )?;
        xml.leaf_of("explanatoryText", restriction.explanation.as_deref())?;
        xml.leaf("regulation", &[], &restriction.regulation)?;
        xml.end("restriction")?;
    }
    if let Some(disposal) = &record.disposal {
        write_disposal(xml, disposal)?;
    }
    if let Some(direction) = record.direction {
        xml.empty("direction", &[("directionDefinition", direction.as_str())])?;
    }
    write_agents(xml, &record.agents)?;
    xml.leaf("description", &[], &record.description)?;
    xml.start("dates", &[])?;
    xml.leaf("date", &[("dateType", "created")], &time(record.created))?;
    for (kind, at) in &record.dates {
        xml.leaf("date", &[("dateType", kind.as_str())], &time(*at))?;
    }
    xml.end("dates")?;
    write_notes(xml, &record.notes)?;
    if !record.appendices.is_empty() {
        xml.start("additionalInformation", &[])?;
        for appendix in &record.appendices {
            write_appendix(xml, appendix)?;
        }
        xml.end("additionalInformation")?;
    }
    xml.end("record")
}

fn write_ids<W: Write>(
    xml: &mut Xml<W>,
    object: &str,
    extra: &[(String, String)],
    classification: Option<&Classification>,
) -> io::Result<()> {
    xml.leaf("objectId", &[], object)?;
    for (kind, id) in extra {
        xml.leaf("extraId", &[("extraIdType", kind)], id)?;
    }
    match classification {
        Some(of) => xml.leaf(
            "classification",
            &[("classificationCode", &of.code)],
            &of.name,
        ),
        None => Ok(()),
    }
}

fn write_status<W: Write>(xml: &mut Xml<W>, status: Option<Status>) -> io::Result<()> {
    match status {
        Some(status) => xml.empty("status", &[("value", status.as_str())]),
        None => Ok(()),
    }
}

fn write_disposal<W: Write>(xml: &mut Xml<W>, of: &Disposal) -> io::Result<()> {
    let disposable = if of.disposable { "true" } else { "false" };
    xml.start("disposal", &[("disposable", disposable)])?;
    xml.leaf_of("disposalScheduleId", of.schedule.as_deref())?;
    xml.leaf_of("disposalAction", of.action.as_deref())?;
    xml.leaf_of("disposalPeriod", of.period.as_deref())?;
    xml.leaf_of("disposalMandate", of.mandate.as_deref())?;
    if !of.comments.is_empty() {
        xml.start("disposalComments", &[])?;
        for comment in &of.comments {
            xml.leaf("disposalComment", &[], comment)?;
        }
        xml.end("disposalComments")?;
    }
    xml.start("dates", &[])?;
    let kind = of.date_type.as_str();
    xml.leaf("disposalDate", &[("dateType", kind)], &time(of.date))?;
    xml.end("dates")?;
    xml.end("disposal")
}

fn write_agents<W: Write>(xml: &mut Xml<W>, agents: &[Agent]) -> io::Result<()> {
    if agents.is_empty() {
        return Ok(());
    }
    xml.start("agents", &[])?;
    for agent in agents {
        write_agent(xml, agent)?;
    }
    xml.end("agents")
}

fn write_agent<W: Write>(xml: &mut Xml<W>, agent: &Agent) -> io::Result<()> {
    xml.start("agent", &[("agentType", agent.kind.as_str())])?;
    xml.leaf("name", &[], &agent.name)?;
    xml.leaf_of("organisation", agent.organisation.as_deref())?;
    xml.leaf_of("unitName", agent.unit.as_deref())?;
    xml.leaf_of("role", agent.role.as_deref())?;
    xml.end("agent")
}

fn write_notes<W: Write>(xml: &mut Xml<W>, notes: &[Note]) -> io::Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    xml.start("notes", &[])?;
    for note in notes {
        let at = note.at.map(time);
        let mut attributes = vec![("noteType", note.kind.as_str())];
        if let Some(at) = &at {
            attributes.push(("noteDate", at));
        }
        xml.leaf("note", &attributes, &note.text)?;
    }
    xml.end("notes")
}

fn write_appendix<W: Write>(xml: &mut Xml<W>, of: &Appendix) -> io::Result<()> {
    let mut attributes = vec![("name", of.name.as_str())];
    if let Some(description) = &of.description {
        attributes.push(("description", description));
    }
    if let Some(format) = &of.format {
        attributes.push(("fileFormat", format));
    }
    attributes.push(("path", &of.path));
    xml.empty("appendix", &attributes)
}
