//! How the window is tested: one function builds each kind of harness, one holds the options of all pictures.
//!
//! Pictures need a Vulkan driver; the software one of Mesa is enough. Without any, picture tests say so in one line and
//! pass, unless `PROOFMARK_CI=1`.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use egui::{Theme, Vec2, vec2};
use egui_kittest::{Harness, HarnessBuilder, SnapshotOptions, SnapshotResults};
use jiff::tz::TimeZone;
use proofmark::app::settings::{SettingsCommand, ThemeChoice};
use proofmark::app::{
    App, AppConfig, Command, Commands, FixedClock, Loadable, OpenWorkspace, ServerStatus, State, Waker,
};
use proofmark::ui::shell::Shell;
use proofmark::ui::theme::fonts::{medium, semibold};
use proofmark::ui::{Preview, install};

/// 2026-11-21 14:00 UTC: the moment of every picture.
pub(crate) const NOW_MS: i64 = 1_795_269_600_000;
pub(crate) const LARGE: Vec2 = vec2(1440.0, 900.0);
pub(crate) const SMALL: Vec2 = vec2(1024.0, 700.0);
/// How long a test waits for the application.
const DEADLINE: Duration = Duration::from_secs(20);

/// A window over a state made by hand.
pub(crate) struct PreviewApp(pub(crate) Preview);

/// The harness keeps a margin around what it tests; a window has none.
fn whole_window_ui(ui: &egui::Ui) -> egui::Ui {
    let rect = ui.content_rect();
    let mut whole = egui::Ui::new(ui.ctx().clone(), egui::Id::unique("window"), egui::UiBuilder::new().max_rect(rect));
    whole.set_clip_rect(rect);
    whole
}

fn builder<State>(size: Vec2, theme: Theme) -> HarnessBuilder<State> {
    let options = SnapshotOptions::new().threshold(0.6).max_failed_pixels(20).output_path("tests/ui/snapshots");
    let mut builder = Harness::builder().with_size(size).with_theme(theme).with_max_steps(16).with_options(options);
    if has_gpu() {
        builder = builder.wgpu();
    }
    builder.with_render_cursor(false).with_context_setup(|ctx| {
        install(ctx, TimeZone::UTC);
        add_cjk(ctx);
    })
}

/// Some Chinese and Japanese signs (cut from Droid Sans Fallback, Apache 2.0), as the system's fonts give them at run time.
fn add_cjk(ctx: &egui::Context) {
    let data = egui::FontData::from_static(include_bytes!("fonts/cjk-subset.ttf"));
    let families = [egui::FontFamily::Proportional, medium(), semibold()];
    let families = families.map(|family| InsertFontFamily { family, priority: FontPriority::Lowest });
    ctx.add_font(FontInsert::new("cjk", data, families.into()));
}

/// A window that draws `state`; what it sends is in `harness.state().0.sent`.
pub(crate) fn preview(state: State, size: Vec2, theme: Theme) -> Harness<'static, PreviewApp> {
    let mut harness = builder(size, theme)
        .build_ui_state(|ui, app: &mut PreviewApp| app.0.ui(&mut whole_window_ui(ui)), PreviewApp(Preview::new(state)));
    harness.run();
    harness
}

/// A window with nothing but what `contents_ui` draws.
pub(crate) fn bare(size: Vec2, theme: Theme, mut contents_ui: impl FnMut(&mut egui::Ui) + 'static) -> Harness<'static> {
    let mut harness = builder(size, theme).build_ui(move |ui| contents_ui(&mut whole_window_ui(ui)));
    harness.run();
    harness
}

/// The whole program over a workspace in a temporary folder, with its clock standing still.
pub(crate) struct Program {
    pub(crate) harness: Harness<'static, Shell>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) folder: tempfile::TempDir,
    /// Outlives the harness: work may still be under way when the test ends.
    _runtime: tokio::runtime::Runtime,
}

impl Program {
    /// Starts the program and waits until its workspace is open.
    pub(crate) fn start(size: Vec2, theme: Theme) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(NOW_MS));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let config = AppConfig {
            workspace: Some(folder.path().join("wine-quality")),
            settings_path: Some(folder.path().join("settings.json")),
            clock: Arc::<FixedClock>::clone(&clock),
            user: "ada".to_owned(),
            server: false,
        };
        let handle = runtime.handle().clone();
        let preference = match theme {
            Theme::Light => ThemeChoice::Light,
            Theme::Dark => ThemeChoice::Dark,
        };
        let shell = {
            let mut app = App::new(config, handle, Waker::default());
            app.tick(Commands::from(Command::Settings(SettingsCommand::SetTheme(preference))));
            Shell::new(app)
        };
        let mut harness = builder(size, theme).build_ui_state(
            |ui, shell: &mut Shell| {
                shell.tick(ui);
                shell.draw(&mut whole_window_ui(ui));
            },
            shell,
        );
        step_until(&mut harness, "the workspace is open", |harness| {
            harness.state_mut().app().state().open_workspace().is_some()
        });
        Self { harness, clock, folder, _runtime: runtime }
    }

    /// Steps until the application's state is as wanted.
    pub(crate) fn wait(&mut self, what: &str, is_done: impl Fn(&State) -> bool) {
        step_until(&mut self.harness, what, |harness| is_done(harness.state_mut().app().state()));
    }

    pub(crate) fn state(&mut self) -> &State {
        self.harness.state_mut().app().state()
    }
}

/// Steps until a condition holds; on the deadline it saves a picture and fails with what was waited for.
pub(crate) fn step_until<S>(
    harness: &mut Harness<'_, S>,
    what: &str,
    mut is_done: impl FnMut(&mut Harness<'_, S>) -> bool,
) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        harness.step();
        if is_done(harness) {
            // What became true is drawn by the next step.
            harness.step();
            return;
        }
        if Instant::now() > deadline {
            if has_gpu()
                && let Ok(image) = harness.render()
            {
                let _ = image.save("target/ui-timeout.png");
            }
            panic!("waited in vain until {what}");
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Whether pictures can be drawn here. Says once when they cannot.
pub(crate) fn has_gpu() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let setup = egui_kittest::wgpu::default_wgpu_setup();
        let state = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            egui_kittest::wgpu::create_render_state(setup, Default::default())
        }));
        let is_found = state.is_ok();
        if !is_found {
            assert!(
                std::env::var_os("PROOFMARK_CI").is_none(),
                "pictures need a Vulkan driver, such as mesa-vulkan-drivers"
            );
            eprintln!("no Vulkan driver: pictures are not compared");
        }
        is_found
    })
}

/// Compares pictures of one scene: both themes in the large window, the light one in the small.
pub(crate) fn snapshots(name: &str, mut scene: impl FnMut(Vec2, Theme) -> Harness<'static, PreviewApp>) {
    if !has_gpu() {
        return;
    }
    let mut results = SnapshotResults::new();
    for (suffix, size, theme) in
        [("light", LARGE, Theme::Light), ("dark", LARGE, Theme::Dark), ("small", SMALL, Theme::Light)]
    {
        let mut harness = scene(size, theme);
        harness.snapshot(format!("{name}-{suffix}"));
        results.extend_harness(&mut harness);
    }
    results.unwrap();
}

/// A state with an open workspace and a listening server.
pub(crate) fn open_state() -> State {
    let root: std::path::PathBuf = "/home/ada/projects/wine-quality".into();
    let mut state = State {
        now_ms: NOW_MS,
        user: "ada".to_owned(),
        workspace: Loadable::Ready(OpenWorkspace {
            root: root.clone(),
            read_only: None,
            experiment_count: 1,
            run_count: 0,
        }),
        workspace_path: Some(root.clone()),
        server: ServerStatus::Running { url: "http://127.0.0.1:5000".to_owned(), note: None },
        ..State::default()
    };
    state.settings.recent_workspaces = vec![
        root,
        "/home/ada/projects/churn".into(),
        "/home/ada/projects/fraud-scoring-2026".into(),
        "/mnt/shared/team/a-rather-long-folder-name/that-needs-to-be-cut/forecasting-demand-by-region".into(),
    ];
    state
}
