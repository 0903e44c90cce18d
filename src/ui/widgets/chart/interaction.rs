//! Pointer and keyboard: crosshair, drag to zoom, shift-drag to pan, pinch or Ctrl-wheel to zoom, keys.

use egui::{Event, EventFilter, Key, Rect, Response, Ui, Vec2};

use crate::stats::series::Zoom;

use super::ChartSeries;
use super::axes::Frame;
use super::memo::ChartMemo;

/// A drag shorter than this along an axis leaves that axis alone.
const LEAST_DRAG: f32 = 8.0;
/// How much one key press or wheel notch zooms.
const KEY_ZOOM: f64 = 1.5;

/// What the person did.
#[derive(Default)]
pub(super) struct Acted {
    pub(super) zoom: Option<Zoom>,
    pub(super) crosshair: Option<f64>,
    pub(super) selecting: Option<Rect>,
}

pub(super) fn read(
    ui: &Ui,
    response: &Response,
    frame: &Frame,
    zoom: Zoom,
    series: &[ChartSeries<'_>],
    memo: &mut ChartMemo,
) -> Acted {
    let mut acted = Acted::default();
    if series.iter().all(|series| series.data.is_empty()) {
        return acted;
    }
    if let Some(pointer) = response.hover_pos().filter(|pointer| frame.plot.contains(*pointer)) {
        acted.crosshair = Some(frame.x_at(pointer.x));
        let factor = ui.input(egui::InputState::zoom_delta);
        if (factor - 1.0).abs() > 1e-3 {
            acted.zoom = Some(Zoom { x: Some(around(frame.x, frame.x_at(pointer.x), f64::from(factor))), ..zoom });
        }
    }
    if response.double_clicked() {
        acted.zoom = Some(Zoom::default());
    } else if ui.input(|input| input.modifiers.shift) {
        pan(response, frame, zoom, &mut acted);
    } else {
        select(ui, response, frame, zoom, memo, &mut acted);
    }
    if response.has_focus() {
        keys(ui, response, frame, zoom, series, memo, &mut acted);
    } else {
        memo.keyboard_x = None;
    }
    acted
}

fn pan(response: &Response, frame: &Frame, zoom: Zoom, acted: &mut Acted) {
    let moved = response.drag_delta();
    if moved == Vec2::ZERO {
        return;
    }
    let dx = -f64::from(moved.x / frame.plot.width()) * (frame.x.1 - frame.x.0);
    let dy = f64::from(moved.y / frame.plot.height()) * (frame.y.1 - frame.y.0);
    acted.zoom = Some(Zoom { x: Some((frame.x.0 + dx, frame.x.1 + dx)), y: zoom.y.map(|(lo, hi)| (lo + dy, hi + dy)) });
}

fn select(ui: &Ui, response: &Response, frame: &Frame, zoom: Zoom, memo: &mut ChartMemo, acted: &mut Acted) {
    if response.drag_started() {
        memo.drag_start = ui.input(|input| input.pointer.press_origin());
    }
    if !(response.dragged() || response.drag_stopped()) {
        memo.drag_start = None;
        return;
    }
    let end = response.interact_pointer_pos().or_else(|| ui.input(|input| input.pointer.latest_pos()));
    let (Some(start), Some(end)) = (memo.drag_start, end) else { return };
    if !frame.plot.expand(4.0).contains(start) {
        return;
    }
    let dragged = Rect::from_two_pos(start, end).intersect(frame.plot);
    let (by_x, by_y) = (dragged.width() >= LEAST_DRAG, dragged.height() >= LEAST_DRAG * 2.0);
    if !by_x && !by_y {
        return;
    }
    let mut shown = dragged;
    if !by_y {
        shown.set_top(frame.plot.top());
        shown.set_bottom(frame.plot.bottom());
    }
    if !by_x {
        shown.set_left(frame.plot.left());
        shown.set_right(frame.plot.right());
    }
    if response.drag_stopped() {
        acted.zoom = Some(Zoom {
            x: if by_x { Some((frame.x_at(shown.left()), frame.x_at(shown.right()))) } else { zoom.x },
            y: if by_y { Some((frame.y_at(shown.bottom()), frame.y_at(shown.top()))) } else { zoom.y },
        });
    } else {
        acted.selecting = Some(shown);
    }
}

/// The range scaled around a fixed place; a factor above one comes closer.
fn around((lo, hi): (f64, f64), center: f64, factor: f64) -> (f64, f64) {
    (center - (center - lo) / factor, center + (hi - center) / factor)
}

fn keys(
    ui: &Ui,
    response: &Response,
    frame: &Frame,
    zoom: Zoom,
    series: &[ChartSeries<'_>],
    memo: &mut ChartMemo,
    acted: &mut Acted,
) {
    let filter = EventFilter { horizontal_arrows: true, escape: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed: Vec<Key> = ui.input(|input| {
        let key = |event: &Event| match event {
            Event::Key { key, pressed: true, modifiers, .. } if !modifiers.any() || modifiers.shift_only() => {
                Some(*key)
            }
            _ => None,
        };
        input.events.iter().filter_map(key).collect()
    });
    let center = memo.keyboard_x.unwrap_or_else(|| f64::midpoint(frame.x.0, frame.x.1));
    for key in pressed {
        match key {
            Key::ArrowLeft => memo.keyboard_x = step(series, memo.keyboard_x, frame, false),
            Key::ArrowRight => memo.keyboard_x = step(series, memo.keyboard_x, frame, true),
            Key::Plus | Key::Equals => acted.zoom = Some(Zoom { x: Some(around(frame.x, center, KEY_ZOOM)), ..zoom }),
            Key::Minus => acted.zoom = Some(Zoom { x: Some(around(frame.x, center, 1.0 / KEY_ZOOM)), ..zoom }),
            Key::Num0 | Key::Home => acted.zoom = Some(Zoom::default()),
            Key::Escape => {
                memo.keyboard_x = None;
                response.surrender_focus();
            }
            _ => {}
        }
    }
    acted.crosshair = acted.crosshair.or(memo.keyboard_x);
}

/// The x of the next or previous point of the first series that has data; the last one to begin with.
fn step(series: &[ChartSeries<'_>], from: Option<f64>, frame: &Frame, forward: bool) -> Option<f64> {
    let data = series.iter().map(|series| series.data).find(|data| !data.is_empty())?;
    let at = match from {
        None => data.nearest(frame.x.1)?,
        Some(x) => {
            let index = data.nearest(x)?;
            if forward { (index + 1).min(data.len() - 1) } else { index.saturating_sub(1) }
        }
    };
    data.raw().get(at).map(|point| point[0])
}
