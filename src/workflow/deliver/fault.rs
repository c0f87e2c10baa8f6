//! Why nothing was delivered, or no receipt was kept.

use chrono::NaiveDate;

use crate::record::ExportId;

#[derive(Debug, thiserror::Error)]
pub enum DeliveryFault {
    #[error("{committee} has nothing that was captured in those days")]
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
