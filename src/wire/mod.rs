//! MLflow's REST language: the only place that knows its field names, its error codes and its rules for reading a
//! request. Everything else speaks [`crate::domain`].
//!
//! A request is first a [`Fields`], a view on the raw text that reads a field when it is asked for, in whichever
//! spelling and type MLflow accepts; then one of the request types of this module, whose `read` converts and checks.
//! Answers are serde types that borrow from the domain, so that a page of a thousand runs is written without copying
//! its texts. A number that does not fit its field is refused, never rounded.

mod artifact;
mod dataset;
mod double;
mod error;
mod experiment;
mod fields;
mod log;
mod logged_model;
mod metric;
mod page_token;
mod run;
mod server_info;

pub use artifact::{FileList, ListArtifacts};
pub use dataset::{DatasetInputJson, DatasetSummaries, LogInputs, LogOutputs, read_search_datasets};
pub use double::Double;
pub use error::{ErrorCode, WireError};
pub use experiment::{
    CreateExperiment, ExperimentAnswer, ExperimentPage, ExperimentTag, RenameExperiment, SearchExperiments,
    created_experiment, read_experiment_id, read_experiment_name,
};
pub use fields::{Body, Fields};
pub use log::{LogBatch, LogMetric, LogModel, LogParam, SetTag};
pub use logged_model::{
    CreateLoggedModel, FinalizeLoggedModel, LogModelParams, LoggedModelAnswer, LoggedModelPage, SearchLoggedModels,
    SetLoggedModelTags, status_word,
};
pub use metric::{BulkHistory, BulkInterval, GetHistory, HistoryPage, RunPoints, read_bulk_history, sample_evenly};
pub use page_token::{decode_offset, encode_offset};
pub use run::{CreateRun, RunAnswer, RunInfoAnswer, RunPage, SearchRuns, UpdateRun, read_delete_tag, read_run_id};
pub use server_info::{SERVER_INFO, VERSION};

/// What reading a request returns.
pub type Result<T> = std::result::Result<T, WireError>;

/// The answer that holds nothing.
pub const EMPTY: &[u8] = b"{}";

/// Writes a list whose entries take their form on the wire one by one.
fn each<'a, T, J: From<&'a T> + serde::Serialize, S: serde::Serializer>(
    items: &&'a [T],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_seq(items.iter().map(J::from))
}

/// Writes an answer as JSON.
pub fn to_json<T: serde::Serialize + ?Sized>(answer: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    // Our answer types write to memory and hold neither maps with odd keys nor foreign errors.
    if serde_json::to_writer(&mut out, answer).is_err() {
        out = EMPTY.to_vec();
    }
    out
}
