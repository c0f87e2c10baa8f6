//! What drawing a read SVG would take: work in steps of about a nanosecond, and pixels held at one time.
//!
//! It follows resvg group by group: layers, clips, masks, filters and patterns are pictures of their own, painted anew
//! each time they are met.

use std::collections::HashMap;

use resvg::tiny_skia::{PathSegment, Point, Rect, Transform};
use resvg::usvg::{
    ClipPath, Group, ImageKind, Mask, Node, Paint, Path, Pattern, Tree, filter::Kind,
};

/// About two seconds.
const MAX_STEPS: f64 = 1.5e9;
/// Pixels of all layers that are open at one time: four bytes each.
const MAX_HELD: f64 = 40e6;
/// A dash of a line is a path of its own.
const DASH: f64 = 300.0;

/// Whether the drawing can be drawn at this scale on a canvas of these pixels.
pub fn affordable(tree: &Tree, scale: f32, canvas: (u32, u32)) -> bool {
    let canvas = (f64::from(canvas.0), f64::from(canvas.1));
    let mut reckoning = Reckoning {
        canvas,
        steps: 0.0,
        held: canvas.0 * canvas.1,
        most: 0.0,
        patterns: HashMap::new(),
    };
    let root = Transform::from_scale(scale, scale);
    reckoning.group_content(tree.root(), root).is_some()
}

struct Reckoning {
    canvas: (f64, f64),
    steps: f64,
    held: f64,
    most: f64,
    /// The steps of a pattern at a scale, which many paths may share.
    patterns: HashMap<(usize, [u32; 4]), (f64, f64)>,
}

/// `None` as soon as it is too much.
impl Reckoning {
    fn add(&mut self, steps: f64) -> Option<()> {
        self.steps += steps;
        (self.steps <= MAX_STEPS).then_some(())
    }

    fn open(&mut self, pixels: f64) -> Option<()> {
        self.held += pixels;
        self.most = self.most.max(self.held);
        (self.held <= MAX_HELD).then_some(())
    }

    fn group_content(&mut self, group: &Group, transform: Transform) -> Option<()> {
        for node in group.children() {
            self.add(50.0)?;
            match node {
                Node::Group(group) => self.group(group, transform)?,
                Node::Path(path) => self.path(path, transform)?,
                Node::Text(text) => self.group(text.flattened(), transform)?,
                Node::Image(image) => match image.kind() {
                    ImageKind::SVG(tree) => self.group_content(tree.root(), transform)?,
                    _ => {
                        let size = image.size();
                        let pixels = f64::from(size.width()) * f64::from(size.height());
                        self.open(2.0 * pixels)?;
                        self.add(60.0 * pixels + 20.0 * self.canvas.0 * self.canvas.1)?;
                        self.held -= 2.0 * pixels;
                    }
                },
            }
        }
        Some(())
    }

    fn group(&mut self, group: &Group, transform: Transform) -> Option<()> {
        let transform = transform.pre_concat(group.transform());
        if !group.should_isolate() {
            return self.group_content(group, transform);
        }
        let pixels = self.layer(group.layer_bounding_box().to_rect(), transform);
        self.open(pixels)?;
        self.add(6.0 * pixels)?;
        self.group_content(group, transform)?;
        if let Some(clip) = group.clip_path() {
            self.clip(clip, transform, pixels)?;
        }
        if let Some(mask) = group.mask() {
            self.mask(mask, transform, pixels)?;
        }
        for filter in group.filters() {
            // Each step has a picture of its own until the filter is done.
            let steps = filter.primitives().len() as f64;
            self.open((steps + 2.0) * pixels)?;
            for primitive in filter.primitives() {
                self.add(pixels * (10.0 + per_pixel(primitive.kind(), transform)))?;
                if let Kind::Image(image) = primitive.kind() {
                    self.group_content(image.root(), transform)?;
                }
            }
            self.held -= (steps + 2.0) * pixels;
        }
        self.held -= pixels;
        Some(())
    }

    fn clip(&mut self, clip: &ClipPath, transform: Transform, pixels: f64) -> Option<()> {
        self.open(pixels)?;
        self.add(4.0 * pixels)?;
        let inner = transform.pre_concat(clip.transform());
        self.clip_content(clip.root(), inner, pixels)?;
        if let Some(clip) = clip.clip_path() {
            self.clip(clip, transform, pixels)?;
        }
        self.held -= pixels;
        Some(())
    }

    /// A group of a clip path that is clipped itself has a layer of its own.
    fn clip_content(&mut self, group: &Group, transform: Transform, pixels: f64) -> Option<()> {
        for node in group.children() {
            match node {
                Node::Group(group) => {
                    let inner = transform.pre_concat(group.transform());
                    if let Some(clip) = group.clip_path() {
                        self.open(pixels)?;
                        self.clip(clip, inner, pixels)?;
                        self.add(4.0 * pixels)?;
                        self.held -= pixels;
                    }
                    self.clip_content(group, inner, pixels)?;
                }
                Node::Path(path) => self.path(path, transform)?,
                Node::Text(text) => self.clip_content(text.flattened(), transform, pixels)?,
                Node::Image(_) => {}
            }
        }
        Some(())
    }

    fn mask(&mut self, mask: &Mask, transform: Transform, pixels: f64) -> Option<()> {
        self.open(2.0 * pixels)?;
        self.add(12.0 * pixels)?;
        self.group_content(mask.root(), transform)?;
        if let Some(mask) = mask.mask() {
            self.mask(mask, transform, pixels)?;
        }
        self.held -= 2.0 * pixels;
        Some(())
    }

    fn path(&mut self, path: &Path, transform: Transform) -> Option<()> {
        if !path.is_visible() {
            return Some(());
        }
        let covered = self.visible(path.stroke_bounding_box(), transform);
        let (points, crossed, length) = self.walk(path, transform);
        if let Some(fill) = path.fill() {
            self.paint(fill.paint(), transform)?;
            self.add(4.0 * covered + 40.0 * points + 8.0 * crossed)?;
        }
        if let Some(stroke) = path.stroke() {
            self.paint(stroke.paint(), transform)?;
            self.add(4.0 * covered + 400.0 * points + 24.0 * crossed)?;
            if let Some(dashes) = stroke.dasharray() {
                let period: f64 = dashes.iter().map(|d| f64::from(d.max(0.0))).sum();
                let count = length / period.max(1e-6) * dashes.len() as f64;
                self.add(DASH * count.min(1e6))?;
            }
        }
        Some(())
    }

    fn paint(&mut self, paint: &Paint, transform: Transform) -> Option<()> {
        match paint {
            Paint::Pattern(pattern) => self.pattern(pattern, transform),
            _ => Some(()),
        }
    }

    fn pattern(&mut self, pattern: &std::sync::Arc<Pattern>, transform: Transform) -> Option<()> {
        let (sx, sy) = transform.pre_concat(pattern.transform()).get_scale();
        let rect = pattern.rect();
        let pixels = f64::from(rect.width() * sx) * f64::from(rect.height() * sy);
        let scale = [transform.sx, transform.kx, transform.ky, transform.sy].map(f32::to_bits);
        let key = (std::sync::Arc::as_ptr(pattern) as usize, scale);
        if let Some((steps, above)) = self.patterns.get(&key).copied() {
            self.most = self.most.max(self.held + above);
            self.add(steps)?;
            return (self.held + above <= MAX_HELD).then_some(());
        }
        let (before, most) = (self.steps, std::mem::replace(&mut self.most, self.held));
        self.open(pixels)?;
        self.add(4.0 * pixels)?;
        // Within a pattern nothing is cut at the canvas, but at the pattern's own picture.
        let canvas = self.canvas;
        self.canvas = (
            f64::from(rect.width() * sx).max(1.0),
            f64::from(rect.height() * sy).max(1.0),
        );
        self.group_content(pattern.root(), Transform::from_scale(sx, sy))?;
        self.canvas = canvas;
        self.held -= pixels;
        let known = (self.steps - before, self.most - self.held);
        self.patterns.insert(key, known);
        self.most = self.most.max(most);
        Some(())
    }

    /// Pixels of the layer of a group: resvg cuts it at five times the canvas, in each direction.
    fn layer(&self, rect: Rect, transform: Transform) -> f64 {
        let Some(rect) = rect.transform(transform) else {
            return 0.0;
        };
        let (w, h) = self.canvas;
        let cut = |from: f32, to: f32, most: f64| {
            let from = f64::from(from).max(-2.0 * most);
            (f64::from(to).min(3.0 * most) - from + 4.0).max(1.0)
        };
        cut(rect.left(), rect.right(), w) * cut(rect.top(), rect.bottom(), h)
    }

    /// Pixels of the canvas that something covers.
    fn visible(&self, rect: Rect, transform: Transform) -> f64 {
        let Some(rect) = rect.transform(transform) else {
            return 0.0;
        };
        let cut = |from: f32, to: f32, most: f64| {
            (f64::from(to).min(3.0 * most) - f64::from(from).max(-2.0 * most)).max(1.0)
        };
        cut(rect.left(), rect.right(), self.canvas.0)
            * cut(rect.top(), rect.bottom(), self.canvas.1)
    }

    /// A path's points, the rows that its edges cross (each row is sampled four times), and its length in its own units.
    fn walk(&self, path: &Path, transform: Transform) -> (f64, f64, f64) {
        let (mut points, mut crossed, mut length) = (0.0, 0.0, 0.0);
        let mut last = Point::zero();
        let mut seen = Point::zero();
        for segment in path.data().segments() {
            let (to, count) = match segment {
                PathSegment::MoveTo(to) => {
                    last = to;
                    seen = to;
                    transform.map_point(&mut seen);
                    continue;
                }
                PathSegment::LineTo(to) => (to, 1.0),
                PathSegment::QuadTo(_, to) => (to, 4.0),
                PathSegment::CubicTo(_, _, to) => (to, 8.0),
                PathSegment::Close => continue,
            };
            points += count;
            length += f64::from((to.x - last.x).hypot(to.y - last.y));
            last = to;
            let mut there = to;
            transform.map_point(&mut there);
            let rows = f64::from((there.y - seen.y).abs());
            crossed += 4.0 * rows.min(5.0 * self.canvas.1);
            seen = there;
        }
        (points, crossed, length)
    }
}

/// Steps that a filter takes for each pixel.
fn per_pixel(kind: &Kind, transform: Transform) -> f64 {
    match kind {
        Kind::Turbulence(t) => 60.0 + 150.0 * f64::from(t.num_octaves()),
        Kind::ConvolveMatrix(c) => {
            let matrix = c.matrix();
            20.0 + 12.0 * f64::from(matrix.columns()) * f64::from(matrix.rows())
        }
        Kind::Morphology(m) => {
            let (sx, sy) = transform.get_scale();
            let side = |radius: f32, scale: f32| f64::from(2.0 * radius * scale + 1.0);
            20.0 + 4.0 * side(m.radius_x().get(), sx) * side(m.radius_y().get(), sy)
        }
        Kind::DiffuseLighting(_) | Kind::SpecularLighting(_) => 150.0,
        Kind::GaussianBlur(_) | Kind::DropShadow(_) => 100.0,
        Kind::Merge(merge) => 10.0 * merge.inputs().len() as f64,
        _ => 30.0,
    }
}
