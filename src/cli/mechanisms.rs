//! `trueup mechanisms`: the reference of what a diagnosis can name.

use super::Stop;
use super::output::Destination;
use super::paragraph::wrapped;
use crate::diagnose::{DETECTORS, Detector, Family, detector};
use crate::spec::closest;

/// Prints all mechanisms, or the page of one.
///
/// # Errors
/// [`Stop::CommandLine`] if there is none of that id; says which one may be meant.
pub fn run(id: Option<&str>) -> Result<u8, Stop> {
    let text = match id {
        None => list(DETECTORS),
        Some(id) => page(id).map_err(Stop::CommandLine)?,
    };
    Destination::Stdout.write(&text)?;
    Ok(0)
}

/// One sentence each, by family.
fn list(detectors: &[&dyn Detector]) -> String {
    let id_width = detectors.iter().map(|detector| detector.id().len()).max().unwrap_or(0);
    let rest = " ".repeat(id_width + 4);
    let mut text = String::new();
    for family in Family::ALL {
        let members: Vec<_> = detectors.iter().filter(|detector| detector.family() == family).collect();
        if members.is_empty() {
            continue;
        }
        let gap = if text.is_empty() { "" } else { "\n" };
        let heading = heading(family);
        text += &format!("{gap}{heading}\n{}\n\n", "-".repeat(heading.len()));
        for detector in members {
            let first = format!("  {:id_width$}  ", detector.id());
            text += &wrapped(&summary(detector.page()), &first, &rest);
        }
    }
    text
}

fn heading(family: Family) -> &'static str {
    match family {
        Family::Unit => "Unit: the same quantity in another measure",
        Family::Temporal => "Temporal: times, zones and stale values",
        Family::Missing => "Missing: what stands for no value",
        Family::Encoding => "Encoding: texts, codes and hashes",
        Family::Numeric => "Numeric: precision, range and scaling",
        Family::Structural => "Structural: lists and columns",
        Family::Join => "Join: the wrong row",
    }
}

/// Returns the first paragraph of a page: one sentence.
fn summary(page: &str) -> String {
    let lines = page.lines().skip_while(|line| line.starts_with('#') || line.trim().is_empty());
    lines.take_while(|line| !line.trim().is_empty()).collect::<Vec<&str>>().join(" ")
}

/// Ids are found in the spelling of files and types, too.
fn page(id: &str) -> Result<String, String> {
    let spelled = id.trim().to_lowercase().replace(['_', ' '], "-");
    match detector(&spelled) {
        Some(detector) => Ok(format!("{}\n", detector.page().trim_end())),
        None => Err(unknown(id, &spelled)),
    }
}

fn unknown(id: &str, spelled: &str) -> String {
    let ids: Vec<&str> = DETECTORS.iter().map(|detector| detector.id()).collect();
    let help = match closest(spelled, &ids) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`trueup mechanisms` lists all".to_owned(),
    };
    format!("unknown mechanism `{}`\n  = help: {help}", id.escape_debug())
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::super::paragraph::WIDTH;
    use super::*;

    #[test]
    fn the_list_has_every_mechanism_within_80_columns() {
        let text = list(DETECTORS);
        for detector in DETECTORS {
            assert!(text.contains(&format!("\n  {} ", detector.id())), "{}", detector.id());
        }
        for line in text.lines() {
            assert!(line.width() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn a_summary_is_the_first_paragraph() {
        for (page, wanted) in [
            ("# a-b\n\nIt happened\nthere.\n\n## What happened\n\nMore.\n", "It happened there."),
            ("# a-b\nIt happened.\n", "It happened."),
            ("# a-b\n", ""),
        ] {
            assert_eq!(summary(page), wanted);
        }
    }

    #[test]
    fn a_page_is_found_by_its_id_and_a_mistyped_one_is_suggested() {
        for id in ["null-to-sentinel", "Null_To_Sentinel", " null to sentinel"] {
            assert!(page(id).unwrap().starts_with("# null-to-sentinel\n"), "{id}");
        }
        assert!(page("nul-to-sentinel").unwrap_err().contains("did you mean `null-to-sentinel`?"));
        assert!(page("nothing\u{1b}").unwrap_err().starts_with("unknown mechanism `nothing\\u{1b}`"));
    }
}
