//! Histories of metrics.

use crate::server::error::ApiResult;
use crate::server::router::Call;
use crate::store::Store;
use crate::wire::{self, BulkInterval, GetHistory, HistoryPage, RunPoints};

pub(in crate::server) fn get(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let GetHistory { run, key, offset, limit } = call.read(GetHistory::read)?;
    let page = store.metric_history(&run, &key, offset, limit)?;
    let next = page.has_more.then(|| wire::encode_offset(offset + page.items.len()));
    Ok(wire::to_json(&HistoryPage::new(&key, &page.items, next)))
}

pub(in crate::server) fn bulk(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let request = call.read(wire::read_bulk_history)?;
    let mut left = request.limit;
    let mut runs = Vec::with_capacity(request.runs.len());
    for run in request.runs {
        let points = store.metric_history(&run, &request.key, 0, left)?.items;
        left -= points.len().min(left);
        runs.push(RunPoints { run, points });
        if left == 0 {
            break;
        }
    }
    Ok(RunPoints::answer(&request.key, &runs))
}

pub(in crate::server) fn bulk_interval(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let BulkInterval { runs, key, steps, limit } = call.read(BulkInterval::read)?;
    let runs = runs
        .into_iter()
        .map(|run| {
            let points = wire::sample_evenly(&store.metric_points(&run, &key, steps)?, limit);
            Ok(RunPoints { run, points })
        })
        .collect::<ApiResult<Vec<_>>>()?;
    Ok(RunPoints::answer(&key, &runs))
}
