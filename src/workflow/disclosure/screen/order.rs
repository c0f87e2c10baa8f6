//! Pages of screens as a disclosure hands them out: where they are black, and why. No word of what is below.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::pdfa::PixelBox;
use crate::record::BagId;

/// The pages of one capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Shown {
    pub(in super::super) bag: BagId,
    /// When the page was captured.
    pub(in super::super) at: DateTime<Utc>,
    /// Pages of the whole screen.
    pub(in super::super) of: u32,
    pub(in super::super) pages: Vec<ShownPage>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ShownPage {
    pub(in super::super) page: u32,
    /// Left, top, width and height, in pixels.
    pub(in super::super) boxes: Vec<[u32; 4]>,
    pub(in super::super) lines: Vec<ShownLine>,
}

/// What one mask, one withheld record or one box blackened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ShownLine {
    pub(in super::super) places: u64,
    pub(in super::super) provision: String,
    /// Without what is masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) reason: Option<String>,
}

impl ShownPage {
    pub(in super::super) fn areas(&self) -> Vec<PixelBox> {
        let area = |[x, y, width, height]: &[u32; 4]| PixelBox {
            x: *x,
            y: *y,
            width: *width,
            height: *height,
        };
        self.boxes.iter().map(area).collect()
    }
}
