//! Operators that several drawings share, with numbers no finer than print.

use std::collections::BTreeMap;

use printpdf::{Color, DictItem, Op, PaintMode, Pt, Rect, Rgb};

use super::super::compose::PAGE_HEIGHT;
use super::super::paragraph::Colour;

pub fn color(c: Colour) -> Color {
    let part = |v: u8| (f32::from(v) / 255.0 * 1000.0).round() / 1000.0;
    Color::Rgb(Rgb::new(part(c[0]), part(c[1]), part(c[2]), None))
}

/// Hundredths of a point are finer than print, and keep the file small.
pub fn cut(v: f32) -> f32 {
    (v * 100.0).round() / 100.0
}

pub fn filled(x: f32, top: f32, width: f32, height: f32) -> Op {
    Op::DrawRectangle {
        rectangle: Rect {
            x: Pt(cut(x)),
            y: Pt(cut(PAGE_HEIGHT - top - height)),
            width: Pt(cut(width)),
            height: Pt(cut(height)),
            mode: Some(PaintMode::Fill),
            winding_order: None,
        },
    }
}

/// `ActualText` in UTF-16 (ISO 32000-1, 14.9.4).
pub fn actual_text(text: &str) -> Op {
    let mut data = vec![0xfe, 0xff];
    data.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    let text = DictItem::String {
        data,
        literal: false,
    };
    Op::BeginMarkedContentWithProperties {
        tag: "Span".to_owned(),
        properties: DictItem::Dict {
            map: BTreeMap::from([("ActualText".to_owned(), text)]),
        },
    }
}
