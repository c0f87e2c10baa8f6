//! Pictures drawn by formula: the same landscape for the same post, every time. And the few files that posts link to.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Mutex, OnceLock, PoisonError};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageResult};

use super::http::Response;
use super::pages;
use super::site::{Picture, Site};
use super::texts::Scene;

type Colour = [f32; 3];

pub fn answer(site: &Site, file: &str) -> Response {
    match file {
        "2026/03/hamrabadets-tider.csv" => return Response::new("text/csv; charset=utf-8", TIMES),
        "2026/11/torget-svar.csv" => return Response::new("text/csv; charset=utf-8", SQUARE),
        _ => {}
    }
    sized(site, file, 1)
}

/// The picture with its sides divided by `by`.
pub fn sized(site: &Site, file: &str, by: u32) -> Response {
    let found = site.picture(file);
    match found.map(|picture| (picture, drawn(&picture, by))) {
        Some((picture, Ok(bytes))) => Response::new(picture.scene.media_type(), bytes),
        Some((_, Err(error))) => Response::new("text/plain", error.to_string()).status(500),
        None => pages::not_found(site),
    }
}

const TIMES: &str = "dag,öppnar,stänger,vad\nmåndag,06:30,21:00,motionssim\ntisdag,07:00,09:00,seniorbad\nonsdag,15:00,20:00,familjebad\nfredag,07:00,09:00,seniorbad\nlördag,09:00,17:00,familjebad\n";
const SQUARE: &str =
    "önskan,svar\nbänkar,1204\nträd,1131\ntoalett,987\nuteservering,640\nparkering,312\n";

/// Files by the subject of their post.
type Kept = HashMap<(&'static str, u32), Vec<u8>>;

/// Drawn once and kept: drawing takes longer than sending.
fn drawn(picture: &Picture, by: u32) -> ImageResult<Vec<u8>> {
    static KEPT: OnceLock<Mutex<Kept>> = OnceLock::new();
    let kept = KEPT.get_or_init(Mutex::default);
    let key = (picture.slug, by);
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = kept.get(&key) {
        return Ok(bytes.clone());
    }
    let bytes = draw(picture, by)?;
    kept.insert(key, bytes.clone());
    Ok(bytes)
}

fn draw(picture: &Picture, by: u32) -> ImageResult<Vec<u8>> {
    let (width, height) = picture.scene.size();
    let (width, height) = (width / by, height / by);
    let (scene, seed) = (picture.scene, seed(picture));
    let p = palette(scene);
    // Ridges depend on the column alone: reckoned once for all its pixels.
    let columns: Vec<Vec<f32>> = (0..width)
        .map(|x| tops(scene, x as f32 / width as f32, seed))
        .collect();
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        let v = y as f32 / height as f32;
        for (x, tops) in columns.iter().enumerate() {
            let u = x as f32 / width as f32;
            let colour = match scene {
                Scene::Chart => chart(u, v, seed),
                _ => ground(scene, &p, u, v, seed, tops)
                    .unwrap_or_else(|| sky(scene, &p, u, v, seed)),
            };
            pixels.extend(colour.map(|c| (c.clamp(0.0, 1.0) * 255.0) as u8));
        }
    }
    let mut out = Cursor::new(Vec::new());
    if picture.scene.extension() == "png" {
        PngEncoder::new(&mut out).write_image(&pixels, width, height, ExtendedColorType::Rgb8)?;
    } else {
        JpegEncoder::new_with_quality(&mut out, 84).write_image(
            &pixels,
            width,
            height,
            ExtendedColorType::Rgb8,
        )?;
    }
    Ok(out.into_inner())
}

/// Another landscape for every subject.
fn seed(picture: &Picture) -> f32 {
    let sum: u32 = picture.slug.bytes().map(u32::from).sum();
    (sum % 211) as f32
}

struct Palette {
    zenith: Colour,
    horizon: Colour,
    far: Colour,
    near: Colour,
    sun: Colour,
}

fn palette(scene: Scene) -> Palette {
    let of = |zenith, horizon, far, near, sun| Palette {
        zenith: rgb(zenith),
        horizon: rgb(horizon),
        far: rgb(far),
        near: rgb(near),
        sun: rgb(sun),
    };
    match scene {
        Scene::Snow => of(0x7fa8d1, 0xf7dcc8, 0xb9cbe0, 0xf4f7fb, 0xfff3d6),
        Scene::Lake => of(0x4f93c9, 0xdcecf4, 0x7c9dae, 0x2f5f57, 0xffffff),
        Scene::Forest => of(0xa9cfd6, 0xf4f0d2, 0x8fb09a, 0x1f4a35, 0xfff6c9),
        Scene::Sunset => of(0x3b3d78, 0xf6a15b, 0x8a4f6d, 0x2a1f33, 0xffe08a),
        Scene::Field => of(0x5fa4dc, 0xe6f3fb, 0x8fb98a, 0x7fa83c, 0xfffbe6),
        Scene::Town => of(0x2c3f68, 0xf0b48a, 0x5c5f86, 0x23283f, 0xffd9a0),
        Scene::Night | Scene::Chart => of(0x050a1f, 0x15375a, 0x0f2438, 0x060b14, 0xd8ffe8),
    }
}

fn rgb(hex: u32) -> Colour {
    [16, 8, 0].map(|shift| ((hex >> shift) & 255) as f32 / 255.0)
}

fn mix(a: Colour, b: Colour, t: f32) -> Colour {
    let t = t.clamp(0.0, 1.0);
    let [a0, a1, a2] = a;
    let [b0, b1, b2] = b;
    [a0 + (b0 - a0) * t, a1 + (b1 - a1) * t, a2 + (b2 - a2) * t]
}

/// A smooth ridge: sums of sines, another for every layer and seed.
fn ridge(u: f32, layer: f32, seed: f32) -> f32 {
    let phase = seed * 1.37 + layer * 2.11;
    (u * (3.1 + layer) + phase).sin() * 0.045
        + (u * (7.3 + layer * 1.7) + phase * 1.9).sin() * 0.022
        + (u * (17.0 + layer * 3.0) + phase * 0.7).sin() * 0.008
}

/// An even pattern without order: 0 to 1 for each cell.
fn speckle(x: f32, y: f32) -> f32 {
    let n = (x * 127.1 + y * 311.7).sin() * 43_758.547;
    n - n.floor()
}

/// Where the water of a lake begins.
const WATER: f32 = 0.66;

fn sun(seed: f32) -> (f32, f32) {
    (
        0.2 + 0.6 * speckle(seed, 1.0),
        0.24 + 0.2 * speckle(seed, 2.0),
    )
}

fn sky(scene: Scene, p: &Palette, u: f32, v: f32, seed: f32) -> Colour {
    let (sun_u, sun_v) = sun(seed);
    if scene == Scene::Lake && v > WATER {
        let mirrored = WATER - (v - WATER) * 0.85;
        let ripple = (v * 260.0 + (u * 30.0 + seed).sin() * 3.0).sin() * 0.02;
        let sky = mix(p.zenith, p.horizon, ((mirrored + ripple) / 0.62).powf(1.4));
        let glitter = (1.0 - (u - sun_u).abs() * 7.0).max(0.0);
        let water = mix(sky, p.near, 0.25);
        return mix(water, p.sun, glitter * (0.35 + ripple * 12.0));
    }
    let mut colour = mix(p.zenith, p.horizon, (v / 0.62).powf(1.4));
    if scene == Scene::Night {
        let curtain = (u * 9.0 + (v * 7.0 + seed).sin() * 0.8 + seed).sin() * 0.5 + 0.5;
        let height = (1.0 - ((v - 0.3) / 0.26).powi(2)).max(0.0);
        colour = mix(colour, rgb(0x3ddc97), curtain * height * 0.75);
        let star = speckle((u * 600.0).floor(), (v * 375.0).floor() + seed);
        return mix(colour, [1.0; 3], (star - 0.998) * 450.0);
    }
    let distance = ((u - sun_u).powi(2) * 2.56 + (v - sun_v).powi(2)).sqrt();
    colour = mix(colour, p.sun, (1.0 - distance / 0.42).powi(3) * 0.65);
    colour = mix(colour, p.sun, (0.055 - distance) * 260.0);
    let cloud = (u * 11.0 + seed).sin() * (v * 38.0 + (u * 5.0).sin() * 2.0).sin();
    let lit = (cloud - 0.35) * 0.35 * (1.0 - v * 1.5).max(0.0);
    mix(colour, [1.0; 3], lit)
}

/// The height of each ridge in one column, farthest first.
fn tops(scene: Scene, u: f32, seed: f32) -> Vec<f32> {
    let is_lake = scene == Scene::Lake;
    let layers = if is_lake { 2 } else { 5 };
    (0..layers)
        .map(|layer| {
            let l = layer as f32;
            let (base, height) = if is_lake {
                (0.6 + 0.03 * l, 0.7)
            } else {
                (0.52 + 0.105 * l, 1.0)
            };
            base + ridge(u, l, seed) * height - silhouette(scene, u, l, seed)
        })
        .collect()
}

/// The nearest ridge that covers the point; `None` where sky or water shows.
fn ground(scene: Scene, p: &Palette, u: f32, v: f32, seed: f32, tops: &[f32]) -> Option<Colour> {
    if scene == Scene::Lake && v > WATER {
        return None;
    }
    let (layer, top) = tops.iter().enumerate().rev().find(|(_, top)| v > **top)?;
    let (l, below) = (layer as f32, v - top);
    let depth = l / (tops.len() - 1) as f32;
    let light = 0.06 * (1.0 - below * 4.0).max(0.0);
    let colour = mix(mix(p.far, p.near, depth), p.sun, light);
    Some(match scene {
        Scene::Field => {
            let row = ((u - 0.5) / (below + 0.16) * 7.0 + l).sin();
            mix(colour, p.sun, (row * 0.5 + 0.5) * 0.10 * depth)
        }
        Scene::Town if layer >= 2 => window(colour, u, v, below, l, seed),
        _ => colour,
    })
}

/// What stands on a ridge: firs, houses or nothing.
fn silhouette(scene: Scene, u: f32, layer: f32, seed: f32) -> f32 {
    let cells = 64.0 - layer * 9.0;
    let cell = (u * cells).floor();
    let across = (u * cells - cell - 0.5).abs() * 2.0;
    let size = speckle(cell, layer + seed);
    match scene {
        Scene::Forest => (1.0 - across) * (0.03 + 0.055 * size) * (0.5 + layer * 0.25),
        Scene::Snow if layer > 1.0 && size > 0.55 => (1.0 - across) * 0.07 * size,
        Scene::Town if layer >= 2.0 => {
            let roof = (1.0 - across) * 0.022;
            0.03 + 0.075 * size + roof
        }
        _ => 0.0,
    }
}

fn window(wall: Colour, u: f32, v: f32, below: f32, layer: f32, seed: f32) -> Colour {
    let (columns, rows) = (64.0 - layer * 9.0, 46.0);
    let (x, y) = (u * columns * 3.0, v * rows);
    let inside = (x.fract() - 0.5).abs() < 0.24 && (y.fract() - 0.5).abs() < 0.28;
    let is_lit = speckle(x.floor(), y.floor() + seed + layer) > 0.5;
    if inside && is_lit && below > 0.035 && below < 0.16 {
        mix(wall, rgb(0xffd27a), 0.85)
    } else {
        wall
    }
}

/// Five bars on paper.
fn chart(u: f32, v: f32, seed: f32) -> Colour {
    let paper = rgb(0xfbf9f3);
    let bars = [0.86, 0.68, 0.5, 0.31, 0.2];
    let colours = [0x1f5a4d, 0x3d8a74, 0xd9a441, 0xc9704a, 0x7a6c8f];
    let (left, right, top, bottom) = (0.08, 0.94, 0.1, 0.88);
    if (v - bottom).abs() < 0.003 && u > left - 0.02 && u < right + 0.02 {
        return rgb(0x22302b);
    }
    if u > left && u < right && v > top && v < bottom {
        let at = (u - left) / (right - left) * bars.len() as f32;
        let n = at as usize;
        let wobble = (speckle(seed, n as f32) - 0.5) * 0.08;
        let tall = bars.get(n).map_or(0.0, |tall| tall + wobble);
        if (at.fract() - 0.5).abs() < 0.32 && (bottom - v) / (bottom - top) < tall {
            return rgb(colours.get(n).copied().unwrap_or_default());
        }
        let line = (bottom - v) / (bottom - top) * 5.0;
        if (line - line.round()).abs() < 0.012 {
            return rgb(0xe2ded2);
        }
    }
    paper
}
