//! What a delivery's ERMS document tells: an aggregation for each account, in it each record, each page capture, and the
//! stub of what was destroyed; the committee's protocols in one of their own.

mod parts;

use std::collections::BTreeMap;
use std::io;

use self::parts::{
    bag_told, brief, capital, classified, disposal, kind_told, note, plan_told, restricted,
    rule_told, stub_told,
};
use super::DeliveryCounts;
use super::letter::AccountTold;
use super::plan::{DeliveryPlan, Register};
use crate::calendar::{day_begins, local_date, local_time};
use crate::catalog::{
    self, DeliveryBag, DeliveryRecord, Exported, ListPlan, OwnSide, plan_in_force,
};
use crate::export::Error as ExportError;
use crate::export::eark::SipFacts;
use crate::export::erms::{
    Agent, AgentType, Aggregation, AggregationKind, Appendix, Control, DateType, Direction,
    ErmsRecords, ErmsWriter, Record, RelationType, Status,
};
use crate::record::{Account, AccountId, BagId, BagKind};
use crate::workflow::{Archive, Error};

pub(super) struct Told<'a> {
    pub(super) archive: &'a Archive,
    pub(super) plan: &'a DeliveryPlan,
    pub(super) bags: &'a [DeliveryBag],
    pub(super) facts: &'a SipFacts,
}

/// The folder of a bag, from the ERMS document.
pub(super) fn folder(bag: &DeliveryBag) -> String {
    format!("bags/{}", bag.id)
}

impl Told<'_> {
    /// Writes the document; gives what it tells of each account.
    pub(super) fn write(
        &self,
        out: &mut dyn io::Write,
        counts: &mut DeliveryCounts,
        exported: &mut Vec<Exported>,
        register: &mut Register,
    ) -> Result<Vec<AccountTold>, Error> {
        let today = local_date(self.facts.made);
        let (plans, sides) = {
            let catalog = self.archive.catalog();
            let plans = catalog.list_plans(&self.plan.committee, today)?;
            (plans, catalog.own_sides()?)
        };
        let mut writer =
            ErmsWriter::begin(self.plan.erms, &self.control(&plans), out).map_err(unwritten)?;
        let mut by_account: BTreeMap<AccountId, Vec<&DeliveryBag>> = BTreeMap::new();
        for bag in self.bags {
            if let Some(account) = &bag.account {
                by_account.entry(account.clone()).or_default().push(bag);
            }
        }
        // Of an account all may be destroyed.
        for account in self.plan.stubs.keys().cloned() {
            by_account.entry(account).or_default();
        }
        let mut all = Vec::new();
        for (id, bags) in &by_account {
            let (account, name) = {
                let catalog = self.archive.catalog();
                let account = catalog.account(id)?;
                (account, catalog.account_name(id)?)
            };
            let mut account = account.ok_or_else(|| catalog::Error::NoAccount(id.clone()))?;
            let mut name = name.unwrap_or_else(|| id.to_string());
            register.account(&mut account, &mut name);
            let mut told = AccountTold {
                name: name.clone(),
                platform: account.platform.label(),
                address: account.address.to_string(),
                bags: bags.len() as u64,
                records: 0,
                destroyed: 0,
            };
            let aggregation = self.account(&account, &name, bags);
            let none = OwnSide::default();
            let side = sides.get(id.as_str()).unwrap_or(&none);
            let mut erms = writer.aggregation(&aggregation).map_err(unwritten)?;
            {
                let catalog = self.archive.catalog();
                let ids: Vec<BagId> = bags.iter().map(|bag| bag.id).collect();
                catalog.for_each_delivered(&ids, id, side, |mut found| -> Result<(), Error> {
                    register.record(&mut found);
                    told.records += 1;
                    counts.restricted_records += u64::from(found.restricted);
                    exported.push(Exported {
                        record: found.record,
                        version: found.version,
                        number: u32::try_from(exported.len() + 1).unwrap_or(u32::MAX),
                    });
                    erms.record(&self.record(&found, &name, &plans))
                        .map_err(unwritten)
                })?;
                for bag in bags.iter().filter(|bag| bag.kind == Some(BagKind::Page)) {
                    self.page(&mut erms, bag, &name, &plans)?;
                }
                for id in self.plan.stubs.get(id).into_iter().flatten() {
                    if let Some(stub) = catalog.stub(*id)? {
                        told.destroyed += 1;
                        erms.record(&stub_told(&stub)).map_err(unwritten)?;
                    }
                }
            }
            erms.end().map_err(unwritten)?;
            counts.records += told.records;
            counts.destroyed += told.destroyed;
            all.push(told);
        }
        self.documents(&mut writer)?;
        writer.finish().map_err(unwritten)?;
        Ok(all)
    }

    fn control(&self, plans: &[ListPlan]) -> Control {
        let software = &self.facts.software;
        let program = Agent {
            kind: AgentType::Agent,
            name: format!("{} {}", software.name, software.version),
            organisation: Some(self.facts.organisation.clone()),
            unit: None,
            role: None,
        };
        Control {
            identification: self.facts.id.clone(),
            identification_type: "UUID".to_owned(),
            classification: plans.iter().map(plan_told).collect(),
            agency: vec![
                self.facts.organisation.clone(),
                self.facts.committee.clone(),
            ],
            made: self.facts.made,
            maker: program.clone(),
            system: program,
        }
    }

    fn creator(&self) -> Agent {
        Agent {
            kind: AgentType::Creator,
            name: self.facts.committee.clone(),
            organisation: Some(self.facts.organisation.clone()),
            unit: None,
            role: Some("arkivbildare".to_owned()),
        }
    }

    fn account(&self, account: &Account, name: &str, bags: &[&DeliveryBag]) -> Aggregation {
        let times = bags.iter().map(|bag| bag.at);
        let dates = [
            (DateType::Start, times.clone().min()),
            (DateType::End, times.max()),
        ];
        Aggregation {
            system_identifier: account.id.to_string(),
            object_id: account.id.to_string(),
            kind: AggregationKind::Own("konto".to_owned()),
            extra_ids: vec![("adress".to_owned(), account.address.to_string())],
            classification: None,
            title: Some(format!("{name} ({})", account.platform.label())),
            status: None,
            agents: vec![self.creator()],
            description: Some(account.purpose.clone()),
            dates: dates
                .into_iter()
                .filter_map(|(kind, at)| Some((kind, at?)))
                .collect(),
            notes: Vec::new(),
        }
    }

    fn record(&self, found: &DeliveryRecord, account: &str, plans: &[ListPlan]) -> Record {
        let first = found.held.first().map(|(at, ..)| *at);
        let captured = found.held.last().map(|(at, ..)| *at);
        let row = found.classified.and_then(|(n, due)| {
            let row = plans.iter().flat_map(|p| &p.rows).find(|r| r.number() == n);
            Some((row?, due))
        });
        let kind = kind_told(found.kind);
        let mut notes = vec![match row {
            Some((row, _)) => note("gallring", rule_told(row)),
            None => note(
                "gallring",
                "Inte klassificerad enligt någon plan: bevaras.".to_owned(),
            ),
        }];
        if let Some(address) = &found.permalink
            && !found.restricted
        {
            notes.push(note("adress", address.clone()));
        }
        let mut extra_ids: Vec<(String, String)> = found
            .registered
            .iter()
            .map(|number| ("diarienummer".to_owned(), number.clone()))
            .collect();
        extra_ids.push(("version".to_owned(), found.version.to_string()));
        let mut dates = Vec::new();
        if let Some(at) = found.published {
            let how = if found.own {
                DateType::Sent
            } else {
                DateType::Received
            };
            dates.push((how, at));
        }
        dates.extend(found.edited.map(|at| (DateType::Modified, at)));
        dates.extend(captured.map(|at| (DateType::Captured, at)));
        Record {
            system_identifier: found.record.to_string(),
            object_id: found.record.to_string(),
            extra_ids,
            record_type: Some(kind.to_owned()),
            classification: row.map(|(row, _)| classified(row)),
            title: found
                .title
                .clone()
                .filter(|title| !found.restricted && !title.trim().is_empty()),
            description: match (found.restricted, brief(&found.text)) {
                (false, Some(text)) => text,
                _ => format!("{} på {account}", capital(kind)),
            },
            status: (!found.own).then_some(Status::Received),
            running_number: None,
            relations: found
                .parent
                .map(|parent| (RelationType::ChildOf, parent.to_string()))
                .into_iter()
                .collect(),
            restrictions: restricted(found.restricted),
            disposal: row.and_then(|(row, due)| Some(disposal(row, day_begins(due?)))),
            direction: Some(match found.own {
                true => Direction::Outgoing,
                false => Direction::Incoming,
            }),
            agents: self.agents(found),
            created: found.published.or(first).unwrap_or(self.facts.made),
            dates,
            notes,
            appendices: found
                .held
                .iter()
                .map(|(_, bag, file, page)| Appendix {
                    name: file.rsplit('/').next().unwrap_or(file).to_owned(),
                    path: format!("bags/{bag}/{file}"),
                    description: page.map(|page| format!("sida {page}")),
                    format: Some("application/pdf".to_owned()).filter(|_| file.ends_with(".pdf")),
                })
                .collect(),
        }
    }

    fn agents(&self, found: &DeliveryRecord) -> Vec<Agent> {
        let mut agents = Vec::new();
        if !found.own {
            let author = found.author.clone().filter(|_| !found.restricted);
            agents.extend(author.map(|name| Agent {
                kind: AgentType::Sender,
                name,
                organisation: None,
                unit: None,
                role: None,
            }));
            agents.push(Agent {
                kind: AgentType::Recipient,
                ..self.creator()
            });
        } else {
            agents.push(self.creator());
        }
        agents
    }

    /// A page as it was shown is a record of its own.
    fn page(
        &self,
        erms: &mut ErmsRecords<'_, &mut dyn io::Write>,
        bag: &DeliveryBag,
        account: &str,
        plans: &[ListPlan],
    ) -> Result<(), Error> {
        let row = bag.account.as_ref().and_then(|id| {
            let plan = plan_in_force(plans, local_date(self.facts.made))?;
            plan.page_capture_row(id.as_str())
        });
        let shown = local_time(bag.at);
        let mut told = bag_told(bag, format!("{account} så som sidan visades {shown}"));
        told.record_type = Some("sidfångst".to_owned());
        told.classification = row.map(classified);
        told.notes = row
            .map(|row| note("gallring", rule_told(row)))
            .into_iter()
            .collect();
        told.agents = vec![self.creator()];
        told.appendices = self.files(bag)?;
        erms.record(&told).map_err(unwritten)
    }

    fn documents(&self, writer: &mut ErmsWriter<&mut dyn io::Write>) -> Result<(), Error> {
        let documents: Vec<&DeliveryBag> = self.bags.iter().filter(|b| b.kind.is_none()).collect();
        if documents.is_empty() {
            return Ok(());
        }
        let aggregation = Aggregation {
            system_identifier: format!("{}-protokoll", self.facts.id),
            object_id: format!("{}-protokoll", self.facts.id),
            kind: AggregationKind::Own("protokoll".to_owned()),
            extra_ids: Vec::new(),
            classification: None,
            title: Some("Protokoll".to_owned()),
            status: None,
            agents: vec![self.creator()],
            description: None,
            dates: Vec::new(),
            notes: Vec::new(),
        };
        let mut erms = writer.aggregation(&aggregation).map_err(unwritten)?;
        for bag in documents {
            let what = bag.document.as_deref().unwrap_or("dokument");
            let mut told = bag_told(bag, format!("{} {}", capital(what), local_time(bag.at)));
            told.record_type = Some(what.to_owned());
            told.agents = vec![self.creator()];
            told.appendices = self.files(bag)?;
            erms.record(&told).map_err(unwritten)?;
        }
        erms.end().map_err(unwritten)
    }

    /// The payload of a bag, but for what is data about it.
    fn files(&self, bag: &DeliveryBag) -> Result<Vec<Appendix>, Error> {
        let files = self.archive.store().payload(bag.id)?;
        Ok(files
            .into_iter()
            .filter(|file| !file.ends_with(".json"))
            .map(|file| Appendix {
                name: file.rsplit('/').next().unwrap_or(&file).to_owned(),
                path: format!("{}/{file}", folder(bag)),
                description: None,
                format: None,
            })
            .collect())
    }
}

/// A spool that cannot be written.
fn unwritten(source: io::Error) -> Error {
    ExportError::Source {
        name: "erms.xml".to_owned(),
        source,
    }
    .into()
}
