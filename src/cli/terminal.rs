//! What is known of the terminal on standard output.

use std::env;
use std::io::{IsTerminal, stdout};

use super::args::Color;
use super::output::Destination;
use crate::report::text::TextOptions;

/// Returns how a text report is laid out for where it goes.
pub fn text_options(destination: &Destination, color: Color) -> TextOptions {
    match destination {
        Destination::Stdout => {
            let is_terminal = stdout().is_terminal();
            let variable = |name: &str| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
            TextOptions { color: has_color(color, is_terminal, variable), width: width(is_terminal) }
        }
        Destination::File(_) => TextOptions { color: false, width: 80 },
    }
}

/// Returns columns: those of the terminal, within what can be read; 80 elsewhere.
fn width(is_terminal: bool) -> usize {
    match terminal_size::terminal_size_of(stdout()) {
        Some((columns, _)) if is_terminal => usize::from(columns.0).clamp(40, 100),
        Some(_) | None => 80,
    }
}

/// Sources: <https://no-color.org>, <https://bixense.com/clicolors>.
fn has_color(color: Color, is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
            let is_forced = variable("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
            let is_dumb = variable("TERM").is_some_and(|value| value == "dumb");
            !is_set("NO_COLOR") && (is_forced || (is_terminal && !is_dumb))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_stronger_than_the_environment_and_that_than_the_terminal() {
        type Case = (Color, bool, &'static [(&'static str, &'static str)], bool);
        let cases: [Case; 9] = [
            (Color::Auto, true, &[], true),
            (Color::Auto, false, &[], false),
            (Color::Auto, true, &[("NO_COLOR", "1")], false),
            (Color::Auto, true, &[("NO_COLOR", "")], true),
            (Color::Auto, false, &[("CLICOLOR_FORCE", "1")], true),
            (Color::Auto, false, &[("CLICOLOR_FORCE", "0")], false),
            (Color::Auto, true, &[("TERM", "dumb")], false),
            (Color::Always, false, &[("NO_COLOR", "1")], true),
            (Color::Never, true, &[("CLICOLOR_FORCE", "1")], false),
        ];
        for (color, is_terminal, variables, wanted) in cases {
            let variable =
                |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(has_color(color, is_terminal, variable), wanted, "{color:?} {is_terminal} {variables:?}");
        }
    }
}
