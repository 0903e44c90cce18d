//! The window: the only module that knows egui.
//!
//! Everything here draws from the application's state and answers with commands; nothing here reads a file, asks a
//! database or waits. A drawing function may run twice in one frame and therefore has no effects of its own.

pub mod screens;
pub mod shell;
pub mod theme;
pub mod widgets;

use std::sync::{Arc, OnceLock};

use egui::{Context, Id};
use jiff::tz::TimeZone;

use crate::app::{App, AppConfig, RuntimeHandle, Waker};
use shell::{Shell, WindowUi};

/// The name that the system's window list shows, and the one under which it knows the program.
const TITLE: &str = "Proofmark";
const APP_ID: &str = "proofmark";

/// Shows the window and returns when it is closed. Must be called on the main thread; background work runs on `runtime`.
pub fn run(config: AppConfig, runtime: RuntimeHandle) -> Result<(), eframe::Error> {
    // The application starts before there is a window to wake, so that the workspace opens meanwhile.
    let window: Arc<OnceLock<Context>> = Arc::default();
    let to_wake = Arc::clone(&window);
    let waker = Waker::new(move || {
        if let Some(ctx) = to_wake.get() {
            ctx.request_repaint();
        }
    });
    let app = App::new(config, runtime.clone(), waker);
    let options = shell::native_options(app.state(), TITLE, APP_ID);
    eframe::run_native(
        APP_ID,
        options,
        Box::new(move |cc| {
            install(&cc.egui_ctx, TimeZone::system());
            shell::system_theme::follow(runtime, cc.egui_ctx.clone());
            // Only the first start of the window sets it.
            let _ = window.set(cc.egui_ctx.clone());
            Ok(Box::new(Shell::new(app)))
        }),
    )
}

/// Prepares a context: theme, typefaces, icons, keyboard habits, the zone in which times are told.
pub fn install(ctx: &Context, zone: TimeZone) {
    theme::install(ctx);
    ctx.options_mut(|options| {
        // Declared commands do both, so that they are listed and remembered.
        options.zoom_with_keyboard = false;
        options.quit_shortcuts.clear();
        options.fallback_theme = egui::Theme::Light;
    });
    ctx.data_mut(|data| data.insert_temp(Id::unique("time zone"), zone));
}

/// The zone in which times are told.
pub fn time_zone(ctx: &Context) -> TimeZone {
    ctx.data(|data| data.get_temp(Id::unique("time zone"))).unwrap_or(TimeZone::UTC)
}

/// A window that draws a given state and collects what it sends, without an application behind it: for tests.
#[derive(Default)]
pub struct Preview {
    pub state: crate::app::State,
    pub sent: crate::app::Commands,
    window: WindowUi,
}

impl Preview {
    pub fn new(state: crate::app::State) -> Self {
        Self { state, ..Self::default() }
    }

    /// Draws one frame.
    pub fn ui(&mut self, ui: &mut egui::Ui) {
        self.window.ui(ui, &self.state, &mut self.sent);
    }
}
