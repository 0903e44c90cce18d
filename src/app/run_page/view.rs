//! How the person arranged the run page; kept between starts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::stats::series::{SeriesSpec, XAxis};
use crate::stats::smooth::Smoothing;

/// The arrangement of all run pages: axes, smoothing, closed groups.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunPageView {
    pub x_axis: XAxis,
    pub log_x: bool,
    pub log_y: bool,
    pub smoothing: Smoothing,
    /// Whether all charts share one range of x.
    pub link_zoom: bool,
    pub closed_groups: BTreeSet<String>,
}

impl RunPageView {
    /// How series are prepared for the charts.
    pub fn spec(&self) -> SeriesSpec {
        SeriesSpec { x_axis: self.x_axis, log_x: self.log_x, log_y: self.log_y, smoothing: self.smoothing }
    }
}
