//! Going from place to place.

use super::route::Route;
use super::toasts::Severity;
use super::{Context, NavigateCommand, experiments, home, run_page};

pub(super) fn handle(cx: &mut Context<'_>, command: NavigateCommand) {
    let before = cx.state.route().clone();
    match command {
        NavigateCommand::Go(route) => cx.state.navigation.go(route),
        NavigateCommand::Replace(route) => cx.state.navigation.replace(route),
        NavigateCommand::Back => {
            cx.state.navigation.back();
        }
        NavigateCommand::Forward => {
            cx.state.navigation.forward();
        }
        NavigateCommand::OpenAddress(text) => match text.parse::<Route>() {
            Ok(route) => cx.state.navigation.go(route),
            Err(error) => {
                cx.state.toasts.show(cx.state.now_ms, Severity::Warning, error.to_string());
            }
        },
    }
    if *cx.state.route() != before {
        route_changed(cx);
    }
}

/// Tells the screens where the person is.
pub(super) fn route_changed(cx: &mut Context<'_>) {
    let route = cx.state.route().clone();
    if route == Route::Home {
        home::refresh(cx);
    }
    experiments::on_route_changed(cx, &route);
    run_page::on_route_changed(cx, &route);
}
