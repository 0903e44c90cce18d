//! The demo's pictures: scatter, curves and heat map as PNG and JPEG, a short animation as GIF, bars as SVG.

use std::fmt::Write as _;
use std::io::Cursor;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, ImageError, ImageFormat, Rgb, RgbImage, RgbaImage};

const PAPER: Rgb<u8> = Rgb([252, 252, 250]);
const INK: Rgb<u8> = Rgb([60, 64, 72]);
const GRID: Rgb<u8> = Rgb([226, 228, 230]);
const BLUE: Rgb<u8> = Rgb([0, 114, 178]);
const ORANGE: Rgb<u8> = Rgb([213, 94, 0]);

/// A drawing area with a frame and a grid; both axes run over the unit square.
struct Plot {
    image: RgbImage,
}

impl Plot {
    const MARGIN: f64 = 24.0;

    fn new(width: u32, height: u32) -> Self {
        let mut plot = Self { image: RgbImage::from_pixel(width, height, PAPER) };
        for i in 0..=4 {
            let at = f64::from(i) / 4.0;
            plot.line((at, 0.0), (at, 1.0), GRID);
            plot.line((0.0, at), (1.0, at), GRID);
        }
        plot.line((0.0, 0.0), (1.0, 0.0), INK);
        plot.line((0.0, 0.0), (0.0, 1.0), INK);
        plot
    }

    fn pixel(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (width, height) = (f64::from(self.image.width()), f64::from(self.image.height()));
        let margin = Self::MARGIN;
        (margin + x * (width - 2.0 * margin), height - margin - y * (height - 2.0 * margin))
    }

    fn set(&mut self, x: f64, y: f64, colour: Rgb<u8>) {
        if x >= 0.0
            && y >= 0.0
            && let Some(pixel) = self.image.get_pixel_mut_checked(x as u32, y as u32)
        {
            *pixel = colour;
        }
    }

    fn dot(&mut self, at: (f64, f64), colour: Rgb<u8>) {
        let (x, y) = self.pixel(at);
        for dx in -1..=1 {
            for dy in -1..=1 {
                self.set(x + f64::from(dx), y + f64::from(dy), colour);
            }
        }
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: Rgb<u8>) {
        let (from, to) = (self.pixel(from), self.pixel(to));
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).ceil().max(1.0) as u32;
        for i in 0..=steps {
            let part = f64::from(i) / f64::from(steps);
            self.set(from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1), colour);
        }
    }

    fn polyline(&mut self, points: &[(f64, f64)], colour: Rgb<u8>) {
        for pair in points.windows(2) {
            if let [from, to] = pair {
                self.line(*from, *to, colour);
            }
        }
    }

    fn encode(&self, format: ImageFormat) -> Result<Vec<u8>, ImageError> {
        let mut bytes = Cursor::new(Vec::new());
        self.image.write_to(&mut bytes, format)?;
        Ok(bytes.into_inner())
    }
}

/// Predicted against true quality, with the diagonal.
pub(super) fn scatter_png(pairs: &[(f64, f64)]) -> Result<Vec<u8>, ImageError> {
    let mut plot = Plot::new(480, 360);
    plot.line((0.0, 0.0), (1.0, 1.0), ORANGE);
    let unit = |quality: f64| ((quality - 2.5) / 7.0).clamp(0.0, 1.0);
    for &(truth, predicted) in pairs {
        plot.dot((unit(truth), unit(predicted)), BLUE);
    }
    plot.encode(ImageFormat::Png)
}

/// Curves over their own index, all on one scale; what is not finite leaves a gap.
pub(super) fn curves_png(curves: &[Vec<f64>]) -> Result<Vec<u8>, ImageError> {
    let mut plot = Plot::new(640, 360);
    let finite = || curves.iter().flatten().copied().filter(|value| value.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    for (curve, colour) in curves.iter().zip([BLUE, ORANGE, INK].into_iter().cycle()) {
        let last = curve.len().saturating_sub(1).max(1) as f64;
        let stretch = |(i, value): (usize, &f64)| (i as f64 / last, (value - low) / (high - low).max(1e-9));
        let points: Vec<(f64, f64)> = curve.iter().enumerate().map(stretch).collect();
        for run in points.split(|point| !point.1.is_finite()) {
            plot.polyline(run, colour);
        }
    }
    plot.encode(ImageFormat::Png)
}

/// A square heat map of counts, in a photograph's format.
pub(super) fn heat_map_jpeg(counts: &[Vec<u32>]) -> Result<Vec<u8>, ImageError> {
    let size = 360;
    let most = counts.iter().flatten().copied().max().unwrap_or(1).max(1);
    let cells = counts.len().max(1) as u32;
    let image = RgbImage::from_fn(size, size, |x, y| {
        let (column, row) = ((x * cells / size) as usize, (y * cells / size) as usize);
        let count = counts.get(row).and_then(|line| line.get(column)).copied().unwrap_or(0);
        let part = f64::from(count) / f64::from(most);
        let mix = |paper: u8, ink: u8| (f64::from(paper) + part * (f64::from(ink) - f64::from(paper))) as u8;
        Rgb([mix(PAPER.0[0], BLUE.0[0]), mix(PAPER.0[1], BLUE.0[1]), mix(PAPER.0[2], BLUE.0[2])])
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}

/// A point that moves along the curve, as a looped animation.
pub(super) fn animation_gif(curve: &[f64]) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 20);
    encoder.set_repeat(Repeat::Infinite)?;
    let high = curve.iter().copied().fold(1e-9, f64::max);
    let last = curve.len().saturating_sub(1).max(1) as f64;
    let points: Vec<(f64, f64)> = curve.iter().enumerate().map(|(i, v)| (i as f64 / last, v / high)).collect();
    for upto in 1..=points.len() {
        let mut plot = Plot::new(160, 120);
        let drawn = points.get(..upto).unwrap_or_default();
        plot.polyline(drawn, BLUE);
        if let Some(&end) = drawn.last() {
            plot.dot(end, ORANGE);
        }
        let rgba = RgbaImage::from_fn(160, 120, |x, y| {
            let Rgb([r, g, b]) = *plot.image.get_pixel(x, y);
            image::Rgba([r, g, b, 255])
        });
        encoder.encode_frame(Frame::from_parts(rgba, 0, 0, Delay::from_numer_denom_ms(120, 1)))?;
    }
    drop(encoder);
    Ok(bytes)
}

/// Horizontal bars with their names.
pub(super) fn bars_svg(title: &str, bars: &[(&str, f64)]) -> String {
    let most = bars.iter().map(|bar| bar.1.abs()).fold(1e-9, f64::max);
    let height = 44 + 22 * bars.len();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"480\" height=\"{height}\" viewBox=\"0 0 480 {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"480\" height=\"{height}\" fill=\"#fcfcfa\"/>\n<text \
         x=\"12\" y=\"22\" font-size=\"14\" fill=\"#3c4048\">{title}</text>\n"
    );
    for (i, (name, value)) in bars.iter().enumerate() {
        let y = 36 + 22 * i;
        let width = 280.0 * value.abs() / most;
        // Writing to a String cannot fail.
        let _infallible = writeln!(
            svg,
            "<text x=\"148\" y=\"{}\" text-anchor=\"end\" fill=\"#3c4048\">{name}</text><rect x=\"156\" y=\"{y}\" \
             width=\"{width:.1}\" height=\"14\" fill=\"#0072b2\"/><text x=\"{:.1}\" y=\"{}\" fill=\"#3c4048\">{value:.3}</text>",
            y + 11,
            162.0 + width,
            y + 11,
        );
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

    use super::*;

    #[test]
    fn pictures_can_be_read_back() {
        let png = curves_png(&[vec![1.0, 0.5, f64::NAN, 0.2, 0.1]]).unwrap();
        assert_eq!(image::load_from_memory(&png).unwrap().width(), 640);
        let jpeg = heat_map_jpeg(&[vec![1, 2], vec![3, 4]]).unwrap();
        assert_eq!(image::load_from_memory(&jpeg).unwrap().width(), 360);
        let gif = animation_gif(&[1.0, 0.6, 0.4]).unwrap();
        assert_eq!(image::load_from_memory(&gif).unwrap().height(), 120);
        assert!(scatter_png(&[(5.0, 5.4)]).unwrap().starts_with(b"\x89PNG"));
    }

    #[test]
    fn a_curve_of_one_constant_value_is_drawn() {
        assert!(curves_png(&[vec![1.0]]).is_ok() && curves_png(&[]).is_ok() && animation_gif(&[0.0]).is_ok());
    }
}
