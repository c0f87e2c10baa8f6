//! What copies cost. Only copies carry a fee: to read a record where it is kept is free (TF 2 kap. 15 §, 16 §).

/// A committee's tariff, in öre, as avgiftsförordningen (1992:191, 15-16 §§) has it for the state's authorities and most
/// municipalities follow: nine pages free, the tenth with those before it 50 kr, each page after that 2 kr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tariff {
    /// So many pages cost nothing.
    pub free_pages: u64,
    /// The first page that is not free, with all before it.
    pub first_fee: u64,
    /// Each page after that.
    pub page_fee: u64,
    /// Whether pages that are sent digitally cost as copies on paper do.
    pub digital: bool,
}

impl Default for Tariff {
    fn default() -> Self {
        Self {
            free_pages: 9,
            first_fee: 5_000,
            page_fee: 200,
            digital: false,
        }
    }
}

impl Tariff {
    /// The fee of so many pages on paper, in öre.
    pub fn fee(&self, pages: u64) -> u64 {
        match pages.checked_sub(self.free_pages) {
            None | Some(0) => 0,
            Some(paid) => self
                .page_fee
                .saturating_mul(paid - 1)
                .saturating_add(self.first_fee),
        }
    }

    /// The fee of pages that are sent digitally, in öre.
    pub fn digital_fee(&self, pages: u64) -> u64 {
        match self.digital {
            true => self.fee(pages),
            false => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ten_pages_are_fifty_kronor_and_each_after_that_two() {
        let tariff = Tariff::default();
        for (pages, fee) in [
            (0, 0),
            (1, 0),
            (9, 0),
            (10, 5_000),
            (11, 5_200),
            (110, 25_000),
        ] {
            assert_eq!(tariff.fee(pages), fee, "{pages}");
            assert_eq!(tariff.digital_fee(pages), 0);
        }
        let digital = Tariff {
            digital: true,
            ..tariff
        };
        assert_eq!(digital.digital_fee(11), 5_200);
    }

    proptest! {
        #[test]
        fn a_fee_never_falls_and_grows_by_a_page(
            free_pages in 0u64..1000, first_fee in 0u64..1_000_000, page_fee in 0u64..100_000, pages in 0u64..1_000_000
        ) {
            let tariff = Tariff { free_pages, first_fee, page_fee, digital: true };
            let (fee, next) = (tariff.fee(pages), tariff.fee(pages + 1));
            if pages < free_pages {
                prop_assert_eq!(fee, 0);
            }
            let step = match pages {
                _ if pages < free_pages => 0,
                _ if pages == free_pages => first_fee,
                _ => page_fee,
            };
            prop_assert_eq!(next - fee, step);
            prop_assert_eq!(tariff.digital_fee(pages), fee);
        }

        #[test]
        fn no_figure_is_too_large(free_pages: u64, first_fee: u64, page_fee: u64, pages: u64) {
            let tariff = Tariff { free_pages, first_fee, page_fee, digital: true };
            tariff.fee(pages);
        }
    }
}
