//! Carries out what is asked of the screen.

use crate::domain::{ExperimentId, RunId};

use super::super::{Command, Context, Edit, NavigateCommand, Route};
use super::view::RunsView;
use super::{Dialog, ExperimentsCommand, Lines as _, Pick, Step, filter_text, load};

/// Filters that are remembered.
const HISTORY_LIMIT: usize = 30;

pub(super) fn handle(cx: &mut Context<'_>, command: ExperimentsCommand) {
    use ExperimentsCommand as C;
    match command {
        C::Show(experiments) => go(cx, experiments),
        C::ToggleExperiment(id) => toggle_experiment(cx, id),
        C::SetListStage(stage) => cx.state.experiments.view.list_stage = stage,
        C::Reload => {
            load::load_list(cx);
            if !cx.state.experiments.chosen.is_empty() {
                load::load_table(cx);
            }
        }
        C::SetFilter(text) => change_view(cx, |view| view.filter = text),
        C::CommitFilter => commit_filter(cx),
        C::ToggleClause(clause) => {
            change_view(cx, |view| view.filter = filter_text::toggle_clause(&view.filter, clause));
        }
        C::FocusFilter => cx.state.experiments.filter_focus_wishes += 1,
        C::SetStage(stage) => {
            if cx.state.experiments.runs_view().stage != stage {
                cx.state.experiments.runs_view_mut().stage = stage;
                cx.state.experiments.selection.clear();
                load::load_table(cx);
            }
        }
        C::ToggleSort { column, add } => change_view(cx, |view| view.toggle_sort(&column, add)),
        C::SetSort { column, ascending, add } => change_view(cx, |view| view.set_sort(&column, ascending, add)),
        C::RemoveSort(column) => change_view(cx, |view| view.sort.retain(|key| key.column != column)),
        C::ClearSort => change_view(cx, |view| view.sort.clear()),
        C::ShowColumn { column, shown } => change_view(cx, |view| view.setting_mut(&column).shown = Some(shown)),
        C::PinColumn { column, pinned } => change_view(cx, |view| view.setting_mut(&column).pinned = Some(pinned)),
        C::MoveColumn { column, before } => move_column(cx, &column, before.as_ref()),
        C::SetWidths(widths) => change_view(cx, |view| {
            for (column, width) in widths {
                view.setting_mut(&column).width = Some(width);
            }
        }),
        C::SetAggregate { column, aggregate } => change_view(cx, |view| view.set_aggregate(&column, aggregate)),
        C::SetBetter { column, better } => change_view(cx, |view| view.setting_mut(&column).better = Some(better)),
        C::SetSparkline { column, shown } => change_view(cx, |view| view.setting_mut(&column).sparkline = shown),
        C::ResetColumns => change_view(cx, |view| {
            view.columns.clear();
            view.order.clear();
            view.varying_only = true;
        }),
        C::SetVaryingOnly(only) => change_view(cx, |view| view.varying_only = only),
        C::SetNested(nested) => change_view(cx, |view| view.nested = nested),
        C::Expand { run, open } => change_view(cx, |view| view.set_expanded(&run, open)),
        C::ExpandAll(open) => change_view(cx, |view| view.set_all_expanded(open)),
        C::Visible(visible) => {
            if cx.state.experiments.visible != visible {
                cx.state.experiments.visible = visible;
                load::load_columns(cx);
                load::load_sparklines(cx);
            }
        }
        C::Edit(edit) => cx.send(Command::Edit(edit)),
        C::CopySelection => load::copy_selection(cx),
        C::AskDialog(dialog) => cx.state.experiments.dialog = Some(dialog),
        C::CloseDialog => cx.state.experiments.dialog = None,
        selecting => select(cx, selecting),
    }
}

/// Commands that choose runs, or do something with the chosen ones.
fn select(cx: &mut Context<'_>, command: ExperimentsCommand) {
    use ExperimentsCommand as C;
    match command {
        C::Pick { run, pick } => with_lines(cx, |table, selection| {
            selection.pick(table, &run, pick);
            None
        }),
        C::Step { step, extend } => step_focus(cx, step, extend),
        C::ToggleFocused => with_lines(cx, |table, selection| {
            let focus = selection.focus()?.clone();
            selection.pick(table, &focus, Pick::Toggle);
            None
        }),
        C::ExpandFocused(open) => expand_focused(cx, open),
        C::SelectAll => with_lines(cx, |table, selection| {
            selection.choose(table.matched_ids().cloned());
            None
        }),
        C::SelectChildren(run) => with_lines(cx, |table, selection| {
            selection.extend(table.descendants(&run));
            selection.extend([run]);
            None
        }),
        C::ClearSelection => cx.state.experiments.selection.clear(),
        C::OpenFocused => {
            if let Some(run) = cx.state.experiments.selection.focus().cloned() {
                cx.send(Command::Navigate(NavigateCommand::Go(Route::run(run))));
            }
        }
        C::TagSelected { key, value } => edit_tags(cx, key.trim(), Some(&value)),
        C::UntagSelected { key } => edit_tags(cx, key.trim(), None),
        C::RenameSelected { pattern } => rename_selected(cx, &pattern),
        C::DeleteSelected => {
            let ids = selected_ids(cx);
            if !ids.is_empty() {
                cx.send(Command::Edit(Edit::DeleteRuns(ids)));
            }
        }
        C::RestoreSelected => {
            let ids = selected_ids(cx);
            if !ids.is_empty() {
                cx.send(Command::Edit(Edit::RestoreRuns(ids)));
            }
        }
        _ => {}
    }
}

fn go(cx: &mut Context<'_>, experiments: Vec<ExperimentId>) {
    cx.send(Command::Navigate(NavigateCommand::Go(Route::Experiments { experiments })));
}

fn toggle_experiment(cx: &mut Context<'_>, id: ExperimentId) {
    let mut chosen = cx.state.experiments.chosen.clone();
    match chosen.iter().position(|other| *other == id) {
        // The last one stays: a table of nothing helps nobody.
        Some(_) if chosen.len() == 1 => return,
        Some(at) => drop(chosen.remove(at)),
        None => chosen.push(id),
    }
    go(cx, chosen);
}

/// Changes the set-up, and does as little as the change asks for.
fn change_view(cx: &mut Context<'_>, change: impl FnOnce(&mut RunsView)) {
    let view = cx.state.experiments.runs_view_mut();
    let before = view.clone();
    change(view);
    if !view.same_query(&before) {
        load::reorder(cx, true);
    } else if view.nested != before.nested || view.expansion() != before.expansion() {
        load::reorder(cx, false);
    }
}

fn commit_filter(cx: &mut Context<'_>) {
    let state = &mut cx.state.experiments;
    let text = state.runs_view().filter.trim().to_owned();
    if text.is_empty() || state.problem.is_some() {
        return;
    }
    let history = &mut state.view.filter_history;
    history.retain(|old| *old != text);
    history.insert(0, text);
    history.truncate(HISTORY_LIMIT);
}

fn move_column(cx: &mut Context<'_>, column: &super::ColumnId, before: Option<&super::ColumnId>) {
    let state = &mut cx.state.experiments;
    let Some(infos) = state.table.value().map(|table| table.infos().clone()) else { return };
    let present = state.runs_view().arrange(&infos);
    state.runs_view_mut().move_column(column, before, &present);
}

/// Lets `change` work on the selection; what it returns is brought into sight. The inspector follows the focus.
fn with_lines(cx: &mut Context<'_>, change: impl FnOnce(&super::RunsTable, &mut super::Selection) -> Option<RunId>) {
    let state = &mut cx.state.experiments;
    let Some(table) = state.table.value() else { return };
    let focus = state.selection.focus().cloned();
    let into_sight = change(table, &mut state.selection);
    if let Some(run) = into_sight {
        let serial = state.scroll_to.as_ref().map_or(1, |(_, serial)| serial + 1);
        state.scroll_to = Some((run, serial));
    }
    if state.selection.focus() != focus.as_ref() {
        load::load_summary(cx);
    }
}

fn step_focus(cx: &mut Context<'_>, step: Step, extend: bool) {
    with_lines(cx, |table, selection| {
        let at = selection.step(table, step, extend)?;
        table.id_at(at).cloned()
    });
}

/// As in a file tree: opening an open parent goes to its first child, closing a closed line goes to its parent.
fn expand_focused(cx: &mut Context<'_>, open: bool) {
    let state = &cx.state.experiments;
    let Some(table) = state.table.value() else { return };
    let Some(focus) = state.selection.focus().cloned() else { return };
    let Some(position) = table.position_of(&focus) else { return };
    let order = table.order().clone();
    let Some(line) = order.line(position).copied() else { return };
    if line.children > 0 && line.open != open {
        change_view(cx, |view| view.set_expanded(&focus, open));
    } else if open && line.children > 0 {
        step_focus(cx, Step::Lines(1), false);
    } else if !open && line.depth > 0 {
        let parent = (0..position).rev().find(|&at| order.line(at).is_some_and(|above| above.depth < line.depth));
        if let Some(parent) = parent {
            step_focus(cx, Step::Lines(parent as i64 - position as i64), false);
        }
    }
}

fn selected_ids(cx: &Context<'_>) -> Vec<RunId> {
    let state = &cx.state.experiments;
    state.table.value().map(|table| state.selection.in_order(table)).unwrap_or_default()
}

fn edit_tags(cx: &mut Context<'_>, key: &str, value: Option<&str>) {
    let ids = selected_ids(cx);
    if ids.is_empty() || key.is_empty() {
        return;
    }
    let edits = ids.into_iter().map(|id| (id, key.to_owned(), value.map(str::to_owned))).collect();
    cx.send(Command::Edit(Edit::Tags(edits)));
    if cx.state.experiments.dialog == Some(Dialog::TagRuns) {
        cx.state.experiments.dialog = None;
    }
}

fn rename_selected(cx: &mut Context<'_>, pattern: &str) {
    let rows = cx.state.experiments.selected_rows();
    match super::names_by_pattern(pattern, &rows) {
        Ok(names) => {
            let names: Vec<_> = names
                .into_iter()
                .filter(|(id, name)| rows.iter().any(|row| row.info.id == *id && row.info.name != *name))
                .collect();
            if !names.is_empty() {
                cx.send(Command::Edit(rename(names)));
            }
            cx.state.experiments.dialog = None;
        }
        Err(problem) => cx.toast_warning(&problem.to_string()),
    }
}

/// Many names in one step, so that one undo takes them back. The name of a run is its tag `mlflow.runName`.
fn rename(names: Vec<(RunId, String)>) -> Edit {
    match <[_; 1]>::try_from(names) {
        Ok([(run, name)]) => Edit::RenameRun { run, name },
        Err(names) => Edit::RenameRuns(names),
    }
}
