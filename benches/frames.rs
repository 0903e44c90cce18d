//! Processor time of a frame, layout and tessellation, in the whole window without a screen: the runs table with
//! 10,000 runs × 500 columns while it is scrolled, and a chart of a million points while it is looked at.
//!
//! The mean hides what a person notices, so this is no criterion bench: it draws frames and prints the middle, the 95th
//! percentile and the worst.
#![expect(clippy::unwrap_used, reason = "a bench that cannot prepare its data has nothing to measure")]
#![expect(clippy::print_stdout, reason = "the result of a bench")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{
    Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase, Vec2, pos2, vec2,
};
use proofmark::app::{App, AppConfig, Command, Commands, FixedClock, NavigateCommand, Route, RunTab, State, Waker};
use proofmark::domain::{Actor, Channel, Metric, MetricPoint, NewRun, RunId};
use proofmark::store::{OpenMode, Store};
use proofmark::ui::shell::Shell;
use support::{Width, workspace};

const SIZE: Vec2 = vec2(1440.0, 900.0);
const FRAMES: usize = 600;

/// The program in a window that nobody sees.
struct Window {
    ctx: Context,
    shell: Shell,
    time: f64,
    pointer: Pos2,
    _runtime: tokio::runtime::Runtime,
}

impl Window {
    fn open(folder: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let config = AppConfig {
            workspace: Some(folder.to_path_buf()),
            settings_path: None,
            clock: Arc::new(FixedClock::new(1_780_000_000_000)),
            user: "bench".to_owned(),
            server: false,
        };
        let ctx = Context::default();
        proofmark::ui::install(&ctx, jiff::tz::TimeZone::UTC);
        let shell = Shell::new(App::new(config, runtime.handle().clone(), Waker::default()));
        let mut window = Self { ctx, shell, time: 0.0, pointer: pos2(900.0, 500.0), _runtime: runtime };
        window.until("the workspace is open", |state| state.open_workspace().is_some());
        window
    }

    /// Draws one frame and tells the processor time of layout and tessellation; reading the answers of background work
    /// counts too.
    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let mut all = vec![Event::PointerMoved(self.pointer)];
        all.extend(events);
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(self.time),
            events: all,
            ..RawInput::default()
        };
        let started = Instant::now();
        self.shell.tick(&self.ctx);
        let shell = &mut self.shell;
        let mut output = self.ctx.run_ui(input, |ui| shell.draw(ui));
        let shapes = std::mem::take(&mut output.shapes);
        let meshes = self.ctx.tessellate(shapes, output.pixels_per_point);
        let took = started.elapsed();
        std::hint::black_box(meshes.len());
        output.drop_without_applying_deltas();
        took
    }

    fn until(&mut self, what: &str, is_done: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(2);
        while !is_done(self.shell.app().state()) {
            assert!(Instant::now() < deadline, "not within two minutes: {what}");
            self.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(2));
        }
        // Let what became visible ask for its data, and get it.
        for _ in 0..200 {
            self.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn go(&mut self, route: Route) {
        self.shell.app().tick(Commands::from(Command::Navigate(NavigateCommand::Go(route))));
    }

    /// Draws frames with what `events` does in each, and prints their times.
    fn measure(&mut self, name: &str, mut events: impl FnMut(usize) -> Vec<Event>) {
        let mut times: Vec<Duration> = (0..FRAMES).map(|i| self.frame(events(i))).collect();
        times.sort();
        let ms = |part: f64| times.get(((times.len() - 1) as f64 * part) as usize).unwrap().as_secs_f64() * 1e3;
        println!("{name:<48} p50 {:6.2} ms   p95 {:6.2} ms   max {:6.2} ms", ms(0.5), ms(0.95), ms(1.0));
    }
}

fn wheel(delta: Vec2) -> Vec<Event> {
    vec![Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta,
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: MouseWheelSource::Wheel,
    }]
}

fn table(runs: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (store, experiment) = workspace(folder.path(), runs, Width { metrics: 250, params: 250 });
    drop(store);
    let mut window = Window::open(folder.path());
    window.go(Route::Experiments { experiments: vec![experiment] });
    window.until("the runs are listed", |state| {
        state.experiments.table.value().is_some_and(|table| table.run_count() >= runs)
    });
    window.measure("runs table, still", |_| Vec::new());
    window.measure("runs table, scrolled down", |_| wheel(vec2(0.0, -240.0)));
    window.measure("runs table, scrolled across", |i| wheel(vec2(if i % 200 < 100 { -120.0 } else { 120.0 }, 0.0)));
}

fn chart(points: i64) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), OpenMode::CreateOrOpen).unwrap();
    let actor = Actor::new("bench", Channel::Import);
    let new = NewRun { name: Some("long".to_owned()), started_at: Some(1_700_000_000_000), ..NewRun::default() };
    let run: RunId = store.create_run(&actor, proofmark::domain::ExperimentId::DEFAULT, new).unwrap().info.id;
    for chunk in 0..points / 1000 {
        let metric = |step: i64| Metric {
            key: "loss".to_owned(),
            point: MetricPoint {
                step,
                timestamp: 1_700_000_000_000 + step,
                value: (step as f64 / 5e4).sin() + ((step * 7919 % 1013) as f64) / 1013.0,
            },
            model_id: None,
            dataset: None,
        };
        let metrics: Vec<Metric> = (chunk * 1000..(chunk + 1) * 1000).map(metric).collect();
        store.log_batch(&actor, &run, &metrics, &[], &[]).unwrap();
    }
    drop(store);
    let mut window = Window::open(folder.path());
    window.go(Route::Run { run, tab: RunTab::Metrics });
    window.until("the chart is there", |state| state.run_page.details.value().is_some());
    window.measure("chart of a million points, still", |_| Vec::new());
    let pointer = window.pointer;
    window.measure("chart of a million points, pointer moving", |i| {
        vec![Event::PointerMoved(pointer + vec2((i % 300) as f32, ((i * 7) % 100) as f32))]
    });
}

fn main() {
    // `cargo bench -- table` draws one of the two.
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let is_asked = |name: &str| asked.is_empty() || asked.iter().any(|word| name.contains(word.as_str()));
    let setting = |name: &str, otherwise| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise);
    if is_asked("chart") {
        chart(setting("PROOFMARK_BENCH_POINTS", 1_000_000));
    }
    if is_asked("table") {
        table(setting("PROOFMARK_BENCH_RUNS", 10_000) as usize);
    }
}
