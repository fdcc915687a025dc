//! Texts made fit for HTML. Every text from outside goes through here.

use crate::load::report::units::printable;
use std::fmt::{self, Display, Formatter, Write};

/// A text, escaped for a place between tags or in an attribute in double quotes.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        for letter in printable(self.0).chars() {
            match letter {
                '&' => to.write_str("&amp;")?,
                '<' => to.write_str("&lt;")?,
                '>' => to.write_str("&gt;")?,
                '"' => to.write_str("&quot;")?,
                '\'' => to.write_str("&#39;")?,
                letter => to.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// A table with a class, a title, the heads of its columns, and its rows.
pub(super) fn table(class: &str, title: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
    let heads: String = heads
        .iter()
        .map(|head| format!("<th scope=col>{}</th>", Escaped(head)))
        .collect();
    let rows: String = rows.iter().map(|cells| row(cells)).collect();
    format!(
        "<div class=\"table {class}\"><table><caption>{}</caption><thead><tr>{heads}</tr></thead>\n\
         <tbody>\n{rows}</tbody></table></div>\n",
        Escaped(title)
    )
}

fn row(cells: &[String]) -> String {
    let cells = cells.iter().enumerate().map(|(at, cell)| match at {
        0 => format!("<th scope=row>{}</th>", Escaped(cell)),
        _ => format!("<td>{}</td>", Escaped(cell)),
    });
    format!("<tr>{}</tr>\n", cells.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_from_outside_becomes_a_tag_or_leaves_its_attribute() {
        let hostile = "<script>\"'&\0\u{202e}";
        let safe = "&lt;script&gt;&quot;&#39;&amp;\u{fffd}\u{fffd}";
        assert_eq!(Escaped(hostile).to_string(), safe);
        let table = table(
            "wide",
            hostile,
            &[hostile],
            &[vec![hostile.into(), hostile.into()]],
        );
        assert!(!table.contains("<script") && table.matches(safe).count() == 4);
    }
}
