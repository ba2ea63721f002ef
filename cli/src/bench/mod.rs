//! `brolga bench`: how long programs take to compile and to call, and how near that is to what the machine can do.

mod ceiling;
mod work;

use crate::run::Mode;
use crate::{Failure, Verdict, arguments, program};
use brolga::function::Jit;
use brolga::{Function, Graph, Tensor};
use ceiling::Ceilings;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Compilations timed, each from the graph to code that can be called.
const COMPILATIONS: usize = 5;
/// Least and most calls timed.
const CALLS: (usize, usize) = (5, 100_000);

/// Time compilation and calls of programs.
#[derive(Args)]
pub struct Bench {
    /// StableHLO texts.
    #[arg(required = true)]
    programs: Vec<PathBuf>,
    /// How to run.
    #[arg(long, value_enum, default_value_t = Mode::Jit)]
    mode: Mode,
    /// Seconds spent on calls of each program.
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    seconds: f64,
    /// Writes the figures to a file as JSON as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What was measured of one program in one mode.
struct Figures {
    program: String,
    mode: &'static str,
    compile_ms: Option<f64>,
    median_us: f64,
    min_us: f64,
    /// 10⁹ bytes of arguments and results per second of the median call, and what the machine gives at best.
    gigabytes: Rate,
    /// 10⁹ operations per second of the median call; `None` where nobody can count them beforehand.
    gigaflops: Option<Rate>,
}

/// What was achieved beside what is possible.
struct Rate {
    achieved: f64,
    ceiling: f64,
}

impl Rate {
    fn shown(&self) -> String {
        format!("{:.1} of {:.1}", self.achieved, self.ceiling)
    }
}

impl Bench {
    /// Times every program and prints a table.
    pub fn execute(self, out: &mut impl Write) -> Result<Verdict, Failure> {
        let modes: &[Jit] = match self.mode {
            Mode::Jit => &[Jit::Required],
            Mode::Interpret => &[Jit::Off],
            Mode::Islands => &[Jit::Islands],
            Mode::Both => &[Jit::Required, Jit::Off],
        };
        let bar = ProgressBar::new((self.programs.len() * modes.len()) as u64);
        bar.set_style(
            ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let mut rows = vec![];
        let mut ceilings = Ceilings::default();
        for path in &self.programs {
            let graph = program::load(path)?;
            let inputs = arguments::random(0, graph.parameter_types())?;
            for &jit in modes {
                bar.set_message(format!("{} ({})", name(path), mode_name(jit)));
                rows.push(measure(path, &graph, &inputs, jit, self.seconds, &mut ceilings)?);
                bar.inc(1);
            }
        }
        bar.finish_and_clear();
        writeln!(out, "{}", table(&rows))?;
        if let Some(path) = &self.json {
            std::fs::write(path, json(&rows))?;
        }
        Ok(Verdict::Fine)
    }
}

fn mode_name(jit: Jit) -> &'static str {
    match jit {
        Jit::Required => "jit",
        Jit::Islands => "islands",
        Jit::Off => "interpret",
    }
}

fn measure(
    path: &Path,
    graph: &Graph,
    inputs: &[Tensor],
    jit: Jit,
    seconds: f64,
    ceilings: &mut Ceilings,
) -> Result<Figures, Failure> {
    let compile_ms = if jit == Jit::Required { Some(compile_ms(graph)?) } else { None };
    let function = Function::from_graph(graph.clone()).with_jit(jit);
    let results = function.call(inputs)?;
    let bytes: usize = inputs.iter().chain(&results).map(|tensor| tensor.bytes().len()).sum();
    let mut times = vec![];
    let end = Instant::now() + Duration::from_secs_f64(seconds.clamp(0.0, 3600.0));
    while times.len() < CALLS.0 || (times.len() < CALLS.1 && Instant::now() < end) {
        let start = Instant::now();
        function.call(inputs)?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    let (median_us, min_us) = (times[times.len() / 2], times[0]);
    let gigabytes = Rate { achieved: bytes as f64 / median_us / 1e3, ceiling: ceilings.gigabytes_per_second(bytes)? };
    let gigaflops = match work::operations(graph) {
        Some(operations) if operations > 0 => Some(Rate {
            achieved: operations as f64 / median_us / 1e3,
            ceiling: ceilings.gigaflops_per_second(work::precision(graph))?,
        }),
        Some(_) | None => None,
    };
    Ok(Figures { program: name(path), mode: mode_name(jit), compile_ms, median_us, min_us, gigabytes, gigaflops })
}

/// The median time from the graph to code that can be called, in milliseconds.
fn compile_ms(graph: &Graph) -> Result<f64, Failure> {
    let types = graph.parameter_types().to_vec();
    let mut times = vec![];
    for _ in 0..COMPILATIONS {
        let function = Function::from_graph(graph.clone()).jit_compile(true);
        let start = Instant::now();
        function.compile(&types)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[COMPILATIONS / 2])
}

/// What a program is called in the table: its file's name, or its folder's where every file is called `program`.
fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match path.parent().and_then(Path::file_name) {
        Some(folder) if stem == "program" => folder.to_string_lossy().into_owned(),
        Some(_) | None => stem.into_owned(),
    }
}

fn table(rows: &[Figures]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["program", "mode", "compile ms", "median µs", "min µs", "GB/s", "GFLOP/s"]);
    for row in rows {
        table.add_row([
            row.program.clone(),
            row.mode.to_owned(),
            row.compile_ms.map_or("-".to_owned(), |ms| format!("{ms:.3}")),
            format!("{:.2}", row.median_us),
            format!("{:.2}", row.min_us),
            row.gigabytes.shown(),
            row.gigaflops.as_ref().map_or("-".to_owned(), Rate::shown),
        ]);
    }
    table.column_iter_mut().skip(2).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

fn json(rows: &[Figures]) -> String {
    let rows: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| {
            serde_json::json!({
                "program": row.program,
                "mode": row.mode,
                "compile_ms": row.compile_ms,
                "median_us": row.median_us,
                "min_us": row.min_us,
                "gb_per_s": row.gigabytes.achieved,
                "gb_per_s_ceiling": row.gigabytes.ceiling,
                "gflop_per_s": row.gigaflops.as_ref().map(|rate| rate.achieved),
                "gflop_per_s_ceiling": row.gigaflops.as_ref().map(|rate| rate.ceiling),
            })
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&rows).unwrap_or_default();
    text.push('\n');
    text
}
