//! Disclosure: what the law says of handing out public records, as far as it can be reckoned: its clock, the last day to
//! appeal, which provisions are grounds, and what copies cost. Pure.

mod clock;
mod fee;
mod provision;

pub use clock::{Clock, ClockDays, Promptness, last_day_to_appeal};
pub use fee::Tariff;
pub use provision::{Provision, ProvisionFault};
