//! Changes to stored data: each knows how to take itself back.
//!
//! Invariant: edits are carried out one after the other in the order they were asked for, so that undo meets the
//! state that the edit left.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::backend::{BackendError, Tracking};
use crate::domain::{ExperimentId, LifecycleStage, RunId, RunUpdate, tag_key};

use super::undo::UndoEntry;
use super::{Command, Context, Event, TaskKey, UserError};

/// A change to stored data.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    DeleteRuns(Vec<RunId>),
    RestoreRuns(Vec<RunId>),
    RenameRun {
        run: RunId,
        name: String,
    },
    /// New names for several runs, all or none.
    RenameRuns(Vec<(RunId, String)>),
    /// Sets (`Some`) or removes (`None`) tags, all or none.
    Tags(Vec<(RunId, String, Option<String>)>),
    /// The note of a run, in Markdown; empty removes it.
    Note {
        run: RunId,
        text: String,
    },
    CreateExperiment {
        name: String,
    },
    RenameExperiment {
        experiment: ExperimentId,
        name: String,
    },
    DeleteExperiment(ExperimentId),
    RestoreExperiment(ExperimentId),
    /// Sets (`Some`) or removes (`None`) a tag of an experiment; the note is `mlflow.note.content`.
    ExperimentTag {
        experiment: ExperimentId,
        key: String,
        value: Option<String>,
    },
}

/// Who asked for an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Person,
    Undo,
    Redo,
}

/// An edit that was carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct EditDone {
    pub edit: Edit,
    /// What takes it back.
    pub inverse: Edit,
    /// Such as `delete 3 runs`.
    pub label: String,
    pub origin: Origin,
    /// The experiment that was made, if one was.
    pub created: Option<ExperimentId>,
}

/// What the edits bring.
#[derive(Debug, Clone, PartialEq)]
pub enum EditEvent {
    Finished { origin: Origin, result: Box<Result<EditDone, UserError>> },
}

/// Edits under way and waiting.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Edits {
    waiting: VecDeque<(Edit, Origin)>,
    is_running: bool,
}

impl Edits {
    /// Whether something is still being written.
    pub fn is_busy(&self) -> bool {
        self.is_running || !self.waiting.is_empty()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

pub(super) fn handle(cx: &mut Context<'_>, edit: Edit, origin: Origin) {
    cx.state.edits.waiting.push_back((edit, origin));
    start_next(cx);
}

fn start_next(cx: &mut Context<'_>) {
    if cx.state.edits.is_running {
        return;
    }
    let Some((edit, origin)) = cx.state.edits.waiting.pop_front() else { return };
    let Some(backend) = cx.backend() else {
        let error = UserError::new("Nothing was changed", "No workspace is open");
        cx.toast_error(&error);
        cx.state.edits.clear();
        return;
    };
    cx.state.edits.is_running = true;
    let label = capitalised(&label(&edit));
    cx.start(
        TaskKey::Edit,
        label,
        move |_| carry_out(&backend, edit, origin),
        move |result| Event::Edit(EditEvent::Finished { origin, result: Box::new(result) }),
    );
}

pub(super) fn apply(cx: &mut Context<'_>, event: EditEvent) {
    let EditEvent::Finished { origin, result } = event;
    cx.state.edits.is_running = false;
    match *result {
        Ok(done) => finished(cx, done),
        Err(error) => {
            match origin {
                Origin::Person => {}
                // The step did not happen: it stays where it was.
                Origin::Undo => drop(cx.state.undo.step_forward()),
                Origin::Redo => drop(cx.state.undo.step_back()),
            }
            cx.toast_error(&error);
        }
    }
    start_next(cx);
}

fn finished(cx: &mut Context<'_>, done: EditDone) {
    match done.origin {
        Origin::Person => {
            let redo = Command::Edit(redo_of(&done));
            let EditDone { edit, inverse, label, .. } = done;
            if changes_nothing(&inverse) {
                return;
            }
            cx.state.undo.push(UndoEntry { label, undo: Command::Edit(inverse), redo });
            if is_worth_a_toast(&edit) {
                cx.toast_with_action(&past_tense(&edit), ("Undo".to_owned(), Command::Undo));
            }
        }
        Origin::Undo => cx.toast_info(&format!("Undone: {}", done.label)),
        Origin::Redo => cx.toast_info(&format!("Done again: {}", done.label)),
    }
}

/// Making an experiment again would make another one: redo takes the first out of the bin.
fn redo_of(done: &EditDone) -> Edit {
    done.created.map_or_else(|| done.edit.clone(), Edit::RestoreExperiment)
}

/// Whether there is nothing to take back, as after deleting what was deleted.
fn changes_nothing(inverse: &Edit) -> bool {
    match inverse {
        Edit::DeleteRuns(runs) | Edit::RestoreRuns(runs) => runs.is_empty(),
        Edit::Tags(edits) => edits.is_empty(),
        _ => false,
    }
}

fn is_worth_a_toast(edit: &Edit) -> bool {
    matches!(edit, Edit::DeleteRuns(_) | Edit::RestoreRuns(_) | Edit::DeleteExperiment(_) | Edit::RestoreExperiment(_))
}

fn carry_out(backend: &Arc<dyn Tracking>, edit: Edit, origin: Origin) -> Result<EditDone, UserError> {
    let title = format!("Could not {}", label(&edit));
    let failed = |error: BackendError| {
        let error = UserError::from_backend(title.as_str(), &error);
        // Trying an undo again goes through the undo command, which knows the step.
        if origin == Origin::Person { error.with_retry(Command::Edit(edit.clone())) } else { error }
    };
    let (inverse, created) = apply_to(backend.as_ref(), &edit).map_err(failed)?;
    Ok(EditDone { label: label(&edit), inverse, origin, created, edit })
}

/// Carries an edit out and tells what takes it back.
fn apply_to(backend: &dyn Tracking, edit: &Edit) -> Result<(Edit, Option<ExperimentId>), BackendError> {
    let inverse = match edit {
        Edit::DeleteRuns(runs) => {
            let active = runs_in(backend, runs, LifecycleStage::Active)?;
            backend.delete_runs(runs)?;
            Edit::RestoreRuns(active)
        }
        Edit::RestoreRuns(runs) => {
            let deleted = runs_in(backend, runs, LifecycleStage::Deleted)?;
            backend.restore_runs(runs)?;
            Edit::DeleteRuns(deleted)
        }
        Edit::RenameRun { run, name } => {
            let before = backend.run(run)?.info.name.clone();
            backend.update_run(run, &RunUpdate { name: Some(name.clone()), ..RunUpdate::default() })?;
            Edit::RenameRun { run: run.clone(), name: before }
        }
        Edit::RenameRuns(names) => {
            let before: Vec<(RunId, String)> = names
                .iter()
                .map(|(run, _)| Ok((run.clone(), backend.run(run)?.info.name.clone())))
                .collect::<Result<_, BackendError>>()?;
            // The name of a run is its tag, and tags are set together in one transaction.
            let edits: Vec<_> = names
                .iter()
                .map(|(run, name)| (run.clone(), tag_key::RUN_NAME.to_owned(), Some(name.clone())))
                .collect();
            backend.edit_tags(&edits)?;
            Edit::RenameRuns(before)
        }
        Edit::Tags(edits) => {
            let inverse = inverse_tags(backend, edits)?;
            backend.edit_tags(edits)?;
            Edit::Tags(inverse)
        }
        Edit::Note { run, text } => {
            let before = backend.run(run)?.tag(tag_key::NOTE).unwrap_or_default().to_owned();
            let value = (!text.is_empty()).then(|| text.clone());
            if value.is_some() || !before.is_empty() {
                backend.edit_tags(&[(run.clone(), tag_key::NOTE.to_owned(), value)])?;
            }
            Edit::Note { run: run.clone(), text: before }
        }
        Edit::CreateExperiment { name } => {
            let id = backend.create_experiment(name)?;
            return Ok((Edit::DeleteExperiment(id), Some(id)));
        }
        Edit::RenameExperiment { experiment, name } => {
            let before = backend.experiment(*experiment)?.name;
            backend.rename_experiment(*experiment, name)?;
            Edit::RenameExperiment { experiment: *experiment, name: before }
        }
        Edit::DeleteExperiment(id) => {
            backend.delete_experiment(*id)?;
            Edit::RestoreExperiment(*id)
        }
        Edit::RestoreExperiment(id) => {
            backend.restore_experiment(*id)?;
            Edit::DeleteExperiment(*id)
        }
        Edit::ExperimentTag { experiment, key, value } => {
            let before = backend.experiment(*experiment)?.tags.into_iter().find(|tag| tag.key == *key);
            if value.is_some() || before.is_some() {
                backend.edit_experiment_tag(*experiment, key, value.as_deref())?;
            }
            Edit::ExperimentTag { experiment: *experiment, key: key.clone(), value: before.map(|tag| tag.value) }
        }
    };
    Ok((inverse, None))
}

/// Those of the runs that are in a stage: taking an edit back must not touch what the edit did not change.
fn runs_in(backend: &dyn Tracking, runs: &[RunId], stage: LifecycleStage) -> Result<Vec<RunId>, BackendError> {
    let mut found = Vec::new();
    for run in runs {
        if backend.run(run)?.info.lifecycle_stage == stage {
            found.push(run.clone());
        }
    }
    Ok(found)
}

/// What the tags were before, each once.
fn inverse_tags(
    backend: &dyn Tracking,
    edits: &[(RunId, String, Option<String>)],
) -> Result<Vec<(RunId, String, Option<String>)>, BackendError> {
    let mut ids: Vec<RunId> = edits.iter().map(|(run, _, _)| run.clone()).collect();
    ids.sort();
    ids.dedup();
    let before: std::collections::HashMap<RunId, Vec<crate::domain::Tag>> =
        backend.tags_of_runs(&ids)?.into_iter().collect();
    let mut seen = std::collections::HashSet::new();
    Ok(edits
        .iter()
        .filter(|(run, key, _)| seen.insert((run.clone(), key.clone())))
        .map(|(run, key, _)| {
            let value =
                before.get(run).and_then(|tags| tags.iter().find(|tag| tag.key == *key)).map(|tag| tag.value.clone());
            (run.clone(), key.clone(), value)
        })
        .collect())
}

/// What an edit does, as words that follow "Undo" or "Could not".
pub fn label(edit: &Edit) -> String {
    match edit {
        Edit::DeleteRuns(runs) => format!("delete {}", count(runs.len(), "run")),
        Edit::RestoreRuns(runs) => format!("restore {}", count(runs.len(), "run")),
        Edit::RenameRun { name, .. } => format!("rename the run to “{name}”"),
        Edit::RenameRuns(names) => format!("rename {}", count(names.len(), "run")),
        Edit::Tags(edits) => {
            let runs: std::collections::HashSet<&RunId> = edits.iter().map(|(run, _, _)| run).collect();
            let is_removal = edits.iter().all(|(_, _, value)| value.is_none());
            format!("{} tags of {}", if is_removal { "remove" } else { "change" }, count(runs.len(), "run"))
        }
        Edit::Note { .. } => "change the note".to_owned(),
        Edit::CreateExperiment { name } => format!("create the experiment “{name}”"),
        Edit::RenameExperiment { name, .. } => format!("rename the experiment to “{name}”"),
        Edit::DeleteExperiment(_) => "delete the experiment".to_owned(),
        Edit::RestoreExperiment(_) => "restore the experiment".to_owned(),
        Edit::ExperimentTag { key, .. } if key == tag_key::NOTE => "change the experiment's note".to_owned(),
        Edit::ExperimentTag { .. } => "change a tag of the experiment".to_owned(),
    }
}

fn past_tense(edit: &Edit) -> String {
    match edit {
        Edit::DeleteRuns(runs) => format!("{} deleted", count(runs.len(), "run")),
        Edit::RestoreRuns(runs) => format!("{} restored", count(runs.len(), "run")),
        Edit::DeleteExperiment(_) => "Experiment deleted".to_owned(),
        Edit::RestoreExperiment(_) => "Experiment restored".to_owned(),
        other => capitalised(&label(other)),
    }
}

/// `1 run`, `3 runs`.
fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
