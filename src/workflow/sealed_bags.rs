//! The bags of one capture, published as they are sealed.

use std::collections::HashMap;

use super::Error;
use super::fill_bag::Filled;
use super::page_bag::FilledPage;
use super::snapshot_report::BagReport;
use super::take_snapshot::Capture;
use crate::catalog::NewBag;
use crate::record::{BagKind, PdfPart, RecordId};
use crate::store::SealedBag;

/// The bags of the capture that are published: their rows, what is reported of them, and where their records stand.
#[derive(Default)]
pub(super) struct SealedBags {
    pub(super) bags: Vec<NewBag>,
    pub(super) reports: Vec<BagReport>,
    pub(super) places: Vec<HashMap<RecordId, (String, u32)>>,
}

impl SealedBags {
    pub(super) fn add_records(&mut self, capture: &Capture<'_>, f: Filled) -> Result<(), Error> {
        let parts = &f.posts_pdf.parts;
        let whole = !parts.is_empty();
        self.add(capture, f.bag, f.kind, parts, whole, f.posts_pdf.text_only)?;
        self.places.push(f.places);
        Ok(())
    }

    pub(super) fn add_page(&mut self, capture: &Capture<'_>, f: FilledPage) -> Result<(), Error> {
        let parts: Vec<PdfPart> = f.page.parts().cloned().collect();
        let whole = !f.page.screen.parts.is_empty() && !f.page.print.parts.is_empty();
        self.add(capture, f.bag, BagKind::Page, &parts, whole, false)?;
        self.places.push(HashMap::new());
        Ok(())
    }

    fn add(
        &mut self,
        capture: &Capture<'_>,
        bag: SealedBag,
        kind: BagKind,
        parts: &[PdfPart],
        whole: bool,
        text_only: bool,
    ) -> Result<(), Error> {
        let published = bag.publish()?;
        let path = capture.archive.store().path(published.bag).join("bag");
        let levels = parts.iter().map(|p| p.level.clone());
        self.reports.push(BagReport {
            bag: published.bag,
            kind,
            pdfs: parts.iter().map(|p| path.join(&p.file)).collect(),
            path,
            levels: levels.clone().collect(),
            whole,
            text_only,
        });
        self.bags.push(NewBag {
            id: published.bag,
            kind,
            commitment: published.commitment,
            bytes: published.bytes,
            files: published.files,
            pdf: levels.clone().next(),
        });
        Ok(())
    }
}
