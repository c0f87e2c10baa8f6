//! Why nothing was delivered, or no receipt was kept.

use chrono::NaiveDate;

use crate::record::{BagId, ExportId};

#[derive(Debug, thiserror::Error)]
pub enum DeliveryFault {
    #[error("{committee} has nothing that was captured in those days, nor stubs of it")]
    Nothing { committee: String },
    #[error("the arkivmyndighet has received all that {committee} captured in those days")]
    AllReceived { committee: String },
    #[error("the period {from} – {to} ends before it begins")]
    Backwards { from: NaiveDate, to: NaiveDate },
    #[error("{to} is not over: what is captured later that day would be missing")]
    NotOver { to: NaiveDate },
    #[error(
        "nothing of that period leaves the archive now: emergency {case} locks part of it until the police have said what becomes of it"
    )]
    Locked { case: String },
    #[error("delivery {id} cannot be made again: it was made by {made_by}, and this is {this}")]
    OtherBuild {
        id: ExportId,
        made_by: String,
        this: String,
    },
    #[error(
        "delivery {id} cannot be made again: a gallring destroyed bag {bag} since, or what stood in it"
    )]
    DestroyedSince { id: ExportId, bag: BagId },
    #[error(
        "delivery {id} made again is not the same: other bytes came of it, and nothing was written"
    )]
    OtherBytes { id: ExportId },
    #[error("delivery {id} cannot be made again, since what it was made of was not kept: {source}")]
    NotKept {
        id: ExportId,
        source: serde_json::Error,
    },
    #[error("what delivery {id} is made of cannot be kept: {source}")]
    Plan {
        id: ExportId,
        source: serde_json::Error,
    },
    #[error("{export} is no delivery of this archive")]
    NoDelivery { export: ExportId },
    #[error("delivery {export} was received already, and what was received is not taken back")]
    Received { export: ExportId },
    #[error("the receipt is dated {day}, which lies in days to come")]
    Future { day: NaiveDate },
    #[error("the receipt is dated {day}, before the delivery was made on {made}")]
    BeforeMade { day: NaiveDate, made: NaiveDate },
    #[error("who received it is not told")]
    NoReceiver,
}

impl DeliveryFault {
    pub(in crate::workflow) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::OtherBuild { made_by, .. } => {
                format!("run {made_by}, or make a new delivery of the period: `arkivd delivery`")
            }
            Self::DestroyedSince { .. } => {
                "what stands of the period goes in a new delivery, as long as this one is not received: `arkivd delivery`".to_owned()
            }
            Self::OtherBytes { id } | Self::NotKept { id, .. } => format!(
                "a plan or fonts that changed can be why; make a new delivery of the period: `arkivd delivery`; what this one held: arkivd delivery show {id}"
            ),
            Self::Plan { .. } => return None,
            Self::Nothing { .. } => {
                "`arkivd account list` shows the committees' accounts, and `arkivd schedule list` when each was captured".to_owned()
            }
            Self::AllReceived { .. } | Self::NoDelivery { .. } | Self::Received { .. } => {
                "`arkivd delivery list` shows the deliveries and their receipts".to_owned()
            }
            Self::Backwards { .. } => "give the first day with --from and the last with --to".to_owned(),
            Self::NotOver { .. } => "take yesterday or an earlier day with --to".to_owned(),
            Self::Locked { case } => format!(
                "take a period without it, or deliver when it has ended: arkivd removal show {case:?}"
            ),
            Self::Future { .. } | Self::BeforeMade { .. } => {
                "leave --day out for today, or give the day that stands on the receipt".to_owned()
            }
            Self::NoReceiver => "--by \"Vara kommunarkiv\"".to_owned(),
        })
    }
}
