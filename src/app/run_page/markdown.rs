//! Markdown as a list of blocks, ready to be drawn. HTML in it is shown as text; nothing is fetched.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A stretch of text in one style.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "styles of text combine freely")]
pub struct Span {
    pub text: String,
    pub is_bold: bool,
    pub is_italic: bool,
    pub is_code: bool,
    pub is_struck: bool,
    pub link: Option<String>,
}

/// A block, in the order of the text.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    Heading {
        level: u8,
        spans: Vec<Span>,
    },
    Paragraph {
        indent: usize,
        spans: Vec<Span>,
    },
    /// `marker` is `•`, a number with its dot, or a check box.
    Item {
        indent: usize,
        marker: String,
        spans: Vec<Span>,
    },
    Quote {
        spans: Vec<Span>,
    },
    Code {
        language: String,
        text: String,
    },
    /// The first row is the header.
    Table {
        rows: Vec<Vec<Vec<Span>>>,
        right_aligned: Vec<bool>,
    },
    Rule,
}

impl Block {
    /// The text without its styles.
    pub fn plain(&self) -> String {
        let join = |spans: &[Span]| spans.iter().map(|span| span.text.as_str()).collect::<String>();
        match self {
            Self::Heading { spans, .. }
            | Self::Paragraph { spans, .. }
            | Self::Item { spans, .. }
            | Self::Quote { spans } => join(spans),
            Self::Code { text, .. } => text.clone(),
            Self::Table { rows, .. } => rows
                .iter()
                .map(|row| row.iter().map(|cell| join(cell)).collect::<Vec<_>>().join("\t"))
                .collect::<Vec<_>>()
                .join("\n"),
            Self::Rule => String::new(),
        }
    }
}

/// Reads Markdown with tables, struck text and task lists.
pub fn parse(text: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut reader = Reader::default();
    for event in Parser::new_ext(text, options) {
        reader.take(event);
    }
    reader.finish_block();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    style: Span,
    heading: Option<u8>,
    quotes: usize,
    /// The next number of each list that is open; `None` for bullets.
    lists: Vec<Option<u64>>,
    marker: Option<String>,
    code: Option<(String, String)>,
    table: Option<Block>,
    row: Vec<Vec<Span>>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => {
                self.spans.push(Span { text: text.into_string(), is_code: true, ..self.style.clone() });
            }
            Event::Html(text) => self.text(text.trim_end()),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.text("\n"),
            Event::Rule => {
                self.finish_block();
                self.blocks.push(Block::Rule);
            }
            Event::TaskListMarker(is_done) => {
                self.marker = Some(if is_done { "[x]" } else { "[ ]" }.to_owned());
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        match &mut self.code {
            Some((_, code)) => code.push_str(text),
            None => self.spans.push(Span { text: text.to_owned(), ..self.style.clone() }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.finish_block();
                self.heading = Some(number(level));
            }
            Tag::BlockQuote(_) => {
                self.finish_block();
                self.quotes += 1;
            }
            Tag::CodeBlock(kind) => {
                self.finish_block();
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::List(first) => {
                self.finish_block();
                self.lists.push(first);
            }
            Tag::Item => {
                self.finish_block();
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}.", *number - 1)
                    }
                    _ => "•".to_owned(),
                });
            }
            Tag::Table(alignments) => {
                self.finish_block();
                let right_aligned = alignments.iter().map(|alignment| *alignment == Alignment::Right).collect();
                self.table = Some(Block::Table { rows: Vec::new(), right_aligned });
            }
            Tag::Emphasis => self.style.is_italic = true,
            Tag::Strong => self.style.is_bold = true,
            Tag::Strikethrough => self.style.is_struck = true,
            Tag::Link { dest_url, .. } => self.style.link = Some(dest_url.into_string()),
            Tag::Image { dest_url, .. } => {
                self.text("Image: ");
                self.style.link = Some(dest_url.into_string());
            }
            Tag::Paragraph | Tag::HtmlBlock => self.finish_block(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis => self.style.is_italic = false,
            TagEnd::Strong => self.style.is_bold = false,
            TagEnd::Strikethrough => self.style.is_struck = false,
            TagEnd::Link | TagEnd::Image => self.style.link = None,
            TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::Heading(_) | TagEnd::Item => self.finish_block(),
            TagEnd::BlockQuote(_) => {
                self.finish_block();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::List(_) => {
                self.finish_block();
                self.lists.pop();
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    self.blocks.push(Block::Code { language, text: text.trim_end().to_owned() });
                }
            }
            TagEnd::TableCell => self.row.push(std::mem::take(&mut self.spans)),
            TagEnd::TableHead | TagEnd::TableRow => {
                let row = std::mem::take(&mut self.row);
                if let Some(Block::Table { rows, .. }) = &mut self.table {
                    rows.push(row);
                }
            }
            TagEnd::Table => self.blocks.extend(self.table.take()),
            _ => {}
        }
    }

    fn finish_block(&mut self) {
        let spans = std::mem::take(&mut self.spans);
        if spans.iter().all(|span| span.text.trim().is_empty()) {
            return;
        }
        let indent = self.lists.len();
        self.blocks.push(match (self.heading.take(), self.marker.take(), self.quotes) {
            (Some(level), _, _) => Block::Heading { level, spans },
            (None, Some(marker), _) => Block::Item { indent: indent.saturating_sub(1), marker, spans },
            (None, None, 0) => Block::Paragraph { indent, spans },
            (None, None, _) => Block::Quote { spans },
        });
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<String> {
        parse(text).iter().map(Block::plain).collect()
    }

    #[test]
    fn blocks_come_in_order_with_their_levels() {
        let blocks = parse("# Title\n\nSome **bold** and `code`.\n\n1. one\n   - deep\n2. two\n\n> quoted\n\n---\n");
        assert!(matches!(&blocks[0], Block::Heading { level: 1, .. }));
        assert!(matches!(&blocks[1], Block::Paragraph { spans, .. } if spans[1].is_bold && spans[3].is_code));
        assert!(matches!(&blocks[2], Block::Item { indent: 0, marker, .. } if marker == "1."));
        assert!(matches!(&blocks[3], Block::Item { indent: 1, marker, .. } if marker == "•"));
        assert!(matches!(&blocks[4], Block::Item { indent: 0, marker, .. } if marker == "2."));
        assert!(matches!(&blocks[5], Block::Quote { .. }));
        assert_eq!(blocks[6], Block::Rule);
    }

    #[test]
    fn tables_code_tasks_and_links_are_kept() {
        let blocks = parse("| a | b |\n|---|--:|\n| 1 | 2 |\n\n```py\nx = 1\n```\n\n- [x] done\n\n[text](http://x.y)");
        assert!(matches!(&blocks[0], Block::Table { rows, right_aligned } if rows.len() == 2 && right_aligned[1]));
        assert_eq!(blocks[1], Block::Code { language: "py".into(), text: "x = 1".into() });
        assert!(matches!(&blocks[2], Block::Item { marker, .. } if marker == "[x]"));
        assert!(matches!(&blocks[3], Block::Paragraph { spans, .. } if spans[0].link.as_deref() == Some("http://x.y")));
    }

    #[test]
    fn html_is_text_and_nothing_is_lost() {
        assert_eq!(
            plain("<script>alert(1)</script>\n\nafter").concat(),
            "<script>alert(1)</script>\nafter".replace('\n', "")
        );
    }
}
