//! The window as a whole: one loop that ticks the application, and the frame around the screens.
//!
//! `logic` carries out what was sent and takes in what background work brought; `ui` draws. What the application asks of
//! the window (clipboard, dialogs, links) is done in `logic`, never while drawing.

mod confirm;
mod drop_files;
mod keys;
mod native;
mod palette;
mod path_prompt;
mod rail;
mod requests;
mod shortcut_map;
mod status_bar;
pub(super) mod system_theme;
mod toasts;
mod top_bar;

pub use native::native_options;

use egui::{CentralPanel, Context, Frame, Ui};

use crate::app::settings::{SettingsCommand, ThemeChoice};
use crate::app::{App, Command, Commands, Route, State};
use crate::ui::screens::Screens;
use crate::ui::theme::tokens;

/// The application in its window.
pub struct Shell {
    app: App,
    window: WindowUi,
    /// Sent while drawing, carried out before the next frame.
    pending: Commands,
    dialogs: requests::Dialogs,
}

impl Shell {
    /// Wraps an application that has been started.
    pub fn new(app: App) -> Self {
        Self { app, window: WindowUi::default(), pending: Commands::new(), dialogs: requests::Dialogs::default() }
    }

    /// The application, to look at and to drive from tests.
    pub fn app(&mut self) -> &mut App {
        &mut self.app
    }

    /// Sends a command as a button would.
    pub fn send(&mut self, command: Command) {
        self.pending.send(command);
    }

    fn apply_settings(ctx: &Context, state: &State) {
        let preference = match state.settings.theme {
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
            ThemeChoice::System => egui::ThemePreference::System,
        };
        if ctx.options(|options| options.theme_preference) != preference {
            ctx.set_theme(preference);
        }
        if (ctx.zoom_factor() - state.settings.ui_scale).abs() > 0.001 {
            ctx.set_zoom_factor(state.settings.ui_scale);
        }
    }

    /// Remembers the size of the window once it has been let go.
    fn remember_size(&mut self, ctx: &Context) {
        let (size, is_busy) = ctx.input(|input| {
            let viewport = input.viewport();
            let is_normal = viewport.maximized != Some(true) && viewport.fullscreen != Some(true);
            (viewport.inner_rect.filter(|_| is_normal).map(|rect| rect.size()), input.pointer.any_down())
        });
        let Some(size) = size.map(|size| size * ctx.zoom_factor()) else { return };
        let known = self.app.state().settings.window_size;
        let is_new = known.is_none_or(|(width, height)| (width - size.x).abs() > 1.0 || (height - size.y).abs() > 1.0);
        if is_new && !is_busy && size.min_elem() > 100.0 {
            self.pending.send(Command::Settings(SettingsCommand::SetWindowSize(size.x, size.y)));
        }
    }

    /// Carries out what was sent, takes in what background work brought, and does what the window is asked for.
    pub fn tick(&mut self, ctx: &Context) {
        self.remember_size(ctx);
        for command in self.dialogs.answers() {
            self.pending.send(command);
        }
        let tick = self.app.tick(self.pending.take());
        let asked = self.app.take_requests();
        self.dialogs.carry_out(ctx, asked, &mut self.window);
        Self::apply_settings(ctx, self.app.state());
        if let Some(after) = tick.again_after {
            ctx.request_repaint_after(after);
        }
    }

    /// Draws the window; what that sends is carried out by the next tick.
    pub fn draw(&mut self, ui: &mut Ui) {
        self.window.ui(ui, self.app.state(), &mut self.pending);
        if !self.pending.is_empty() {
            ui.request_repaint();
        }
    }
}

impl eframe::App for Shell {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.tick(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }
}

/// What only drawing needs to remember, and the drawing itself.
#[derive(Default)]
pub struct WindowUi {
    screens: Screens,
    palette: palette::PaletteUi,
    confirm: confirm::ConfirmUi,
    prompt: path_prompt::PathPrompt,
    shortcut_filter: String,
}

impl WindowUi {
    /// Draws the whole window.
    pub fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        let is_asked = state.confirm.is_some() || state.palette.is_open || self.prompt.is_open();
        if !is_asked {
            keys::send_shortcuts(ui, state, commands);
        }
        drop_files::send_dropped(ui, commands);
        let t = tokens(ui);
        ui.painter().rect_filled(ui.max_rect(), 0.0, t.panel);
        rail::rail_ui(ui, state, commands);
        status_bar::status_bar_ui(ui, state, commands);
        top_bar::top_bar_ui(ui, state, commands);
        CentralPanel::no_frame().show(ui, |ui| {
            Frame::new().fill(t.panel).show(ui, |ui| self.screens.ui(ui, state, commands));
        });
        toasts::toasts_ui(ui, state, commands);
        self.palette.ui(ui, state, commands);
        shortcut_map::shortcut_map_ui(ui, state, &mut self.shortcut_filter, commands);
        self.confirm.ui(ui, state, commands);
        self.prompt.ui(ui, commands);
        drop_files::hover_ui(ui);
    }
}

/// The place of the rail that a route belongs to, and its way up.
fn place_of(route: &Route) -> Place {
    match route {
        Route::Home => Place::Home,
        Route::Experiments { .. } | Route::Run { .. } => Place::Experiments,
        Route::Settings => Place::Settings,
    }
}

/// A place of the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Home,
    Experiments,
    Settings,
}
