//! JSON and YAML as a flat list of nodes, so that a tree of any size can be drawn row by row.

use std::fmt;

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// A tree with more nodes is shown as text.
const MAX_NODES: usize = 300_000;
const MAX_DEPTH: usize = 128;
/// Aliases repeat what they name, and aliases of aliases multiply: a few lines could fill the memory.
const MAX_ALIASES: usize = 16;

/// A node, in the order in which an unfolded tree shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeNode {
    pub depth: usize,
    /// The key in its object or the index in its list; empty for the root.
    pub key: String,
    pub value: NodeValue,
    /// The index behind the last node below this one.
    pub end: usize,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeValue {
    Object(usize),
    List(usize),
    Text(String),
    /// As written, so that no digit is lost.
    Number(String),
    Boolean(bool),
    Null,
}

impl NodeValue {
    /// Whether there are nodes below.
    pub fn is_branch(&self) -> bool {
        matches!(self, Self::Object(_) | Self::List(_))
    }
}

/// Why a text is shown as text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    #[error("not valid JSON: {0}")]
    Json(String),
    #[error("not valid YAML: {0}")]
    Yaml(String),
    #[error("more than {MAX_NODES} values; shown as text")]
    TooLarge,
    #[error("nested more than {MAX_DEPTH} deep; shown as text")]
    TooDeep,
    #[error("more than {MAX_ALIASES} aliases; shown as text")]
    TooManyAliases,
}

/// Reads JSON, keys in the order of the file.
pub fn json(text: &str) -> Result<Vec<TreeNode>, TreeError> {
    let mut nodes = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(text);
    let seed = JsonNode { nodes: &mut nodes, key: String::new(), depth: 0 };
    let read = seed.deserialize(&mut reader).and_then(|()| reader.end());
    match read {
        _ if nodes.len() >= MAX_NODES => Err(TreeError::TooLarge),
        Ok(()) => Ok(nodes),
        Err(error) => Err(TreeError::Json(error.to_string())),
    }
}

/// Appends one JSON value and what is below it.
struct JsonNode<'a> {
    nodes: &'a mut Vec<TreeNode>,
    key: String,
    depth: usize,
}

impl JsonNode<'_> {
    fn leaf<E: serde::de::Error>(self, value: NodeValue) -> Result<(), E> {
        push(self.nodes, self.key, value, self.depth).map(|_| ()).map_err(E::custom)
    }

    fn number<E: serde::de::Error>(self, number: impl Into<serde_json::Number>) -> Result<(), E> {
        self.leaf(NodeValue::Number(number.into().to_string()))
    }
}

impl<'de> DeserializeSeed<'de> for JsonNode<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonNode<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.leaf(NodeValue::Boolean(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.number(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.number(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        match serde_json::Number::from_f64(value) {
            Some(number) => self.number(number),
            None => self.leaf(NodeValue::Number(value.to_string())),
        }
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.leaf(NodeValue::Text(value.to_owned()))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.leaf(NodeValue::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { nodes, key, depth } = self;
        let at = push(nodes, key, NodeValue::List(0), depth).map_err(serde::de::Error::custom)?;
        let mut n_values = 0_usize;
        while list.next_element_seed(JsonNode { nodes, key: n_values.to_string(), depth: depth + 1 })?.is_some() {
            n_values += 1;
        }
        close(nodes, at, NodeValue::List(n_values));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { nodes, key, depth } = self;
        let at = push(nodes, key, NodeValue::Object(0), depth).map_err(serde::de::Error::custom)?;
        let mut n_keys = 0;
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(JsonNode { nodes, key, depth: depth + 1 })?;
            n_keys += 1;
        }
        close(nodes, at, NodeValue::Object(n_keys));
        Ok(())
    }
}

/// Reads YAML; several documents become a list.
pub fn yaml(text: &str) -> Result<Vec<TreeNode>, TreeError> {
    if text.bytes().zip(text.bytes().skip(1)).filter(|(before, after)| is_alias(*before, *after)).count() > MAX_ALIASES
    {
        return Err(TreeError::TooManyAliases);
    }
    if deepest_flow(text) > MAX_DEPTH {
        return Err(TreeError::TooDeep);
    }
    let documents = Yaml::load_from_str(text).map_err(|error| TreeError::Yaml(error.to_string()))?;
    let mut nodes = Vec::new();
    match documents.as_slice() {
        [only] => push_yaml(&mut nodes, String::new(), only, 0)?,
        many => {
            let at = push(&mut nodes, String::new(), NodeValue::List(many.len()), 0)?;
            for (index, document) in many.iter().enumerate() {
                push_yaml(&mut nodes, index.to_string(), document, 1)?;
            }
            close(&mut nodes, at, NodeValue::List(many.len()));
        }
    }
    Ok(nodes)
}

/// Errs on the side of counting: an asterisk in a text may look like an alias.
fn is_alias(before: u8, after: u8) -> bool {
    before == b'*' && (after.is_ascii_alphanumeric() || after == b'_')
}

/// How deep brackets are nested at most; the parser follows each level by calling itself.
fn deepest_flow(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn push_yaml(nodes: &mut Vec<TreeNode>, key: String, value: &Yaml<'_>, depth: usize) -> Result<(), TreeError> {
    if depth > MAX_DEPTH {
        return Err(TreeError::TooDeep);
    }
    match value {
        Yaml::Mapping(map) => {
            let at = push(nodes, key, NodeValue::Object(map.len()), depth)?;
            for (key, child) in map {
                push_yaml(nodes, scalar_text(key), child, depth + 1)?;
            }
            close(nodes, at, NodeValue::Object(map.len()));
        }
        Yaml::Sequence(list) => {
            let at = push(nodes, key, NodeValue::List(list.len()), depth)?;
            for (index, child) in list.iter().enumerate() {
                push_yaml(nodes, index.to_string(), child, depth + 1)?;
            }
            close(nodes, at, NodeValue::List(list.len()));
        }
        Yaml::Value(scalar) => {
            push(nodes, key, scalar_value(scalar), depth)?;
        }
        Yaml::Tagged(_, inner) => push_yaml(nodes, key, inner, depth)?,
        other => {
            push(nodes, key, NodeValue::Text(scalar_text(other)), depth)?;
        }
    }
    Ok(())
}

fn scalar_value(scalar: &Scalar<'_>) -> NodeValue {
    match scalar {
        Scalar::Null => NodeValue::Null,
        Scalar::Boolean(value) => NodeValue::Boolean(*value),
        Scalar::Integer(value) => NodeValue::Number(value.to_string()),
        Scalar::FloatingPoint(value) => NodeValue::Number(value.into_inner().to_string()),
        Scalar::String(text) => NodeValue::Text(text.to_string()),
    }
}

/// A key as text; keys that are themselves lists or maps are rare and shown by kind.
fn scalar_text(value: &Yaml<'_>) -> String {
    match value {
        Yaml::Value(scalar) => match scalar_value(scalar) {
            NodeValue::Text(text) | NodeValue::Number(text) => text,
            NodeValue::Boolean(value) => value.to_string(),
            _ => "null".to_owned(),
        },
        Yaml::Representation(text, ..) => text.to_string(),
        Yaml::Mapping(_) => "(a map)".to_owned(),
        Yaml::Sequence(_) => "(a list)".to_owned(),
        _ => String::new(),
    }
}

fn push(nodes: &mut Vec<TreeNode>, key: String, value: NodeValue, depth: usize) -> Result<usize, TreeError> {
    if nodes.len() >= MAX_NODES {
        return Err(TreeError::TooLarge);
    }
    let at = nodes.len();
    nodes.push(TreeNode { depth, key, value, end: at + 1 });
    Ok(at)
}

/// Says of a branch where it ends and how much is directly below it.
fn close(nodes: &mut [TreeNode], at: usize, value: NodeValue) {
    let end = nodes.len();
    if let Some(node) = nodes.get_mut(at) {
        node.end = end;
        node.value = value;
    }
}

/// The value at a path of keys, such as `["flavors", "sklearn", "sklearn_version"]`.
pub fn find<'a>(nodes: &'a [TreeNode], path: &[&str]) -> Option<&'a TreeNode> {
    let mut at = 0;
    for key in path {
        at = children(nodes, at).find(|index| nodes.get(*index).is_some_and(|node| node.key == **key))?;
    }
    nodes.get(at)
}

/// The indices of the nodes directly below one.
pub fn children(nodes: &[TreeNode], at: usize) -> impl Iterator<Item = usize> + '_ {
    let end = nodes.get(at).map_or(0, |node| node.end);
    let mut next = at + 1;
    std::iter::from_fn(move || {
        if next >= end {
            return None;
        }
        let current = next;
        next = nodes.get(current)?.end;
        Some(current)
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests stop where something is not as they say")]

    use super::*;

    #[test]
    fn json_becomes_rows_in_order_with_their_extent() {
        let nodes = json(r#"{"z": [1, {"b": null}], "c": 12345678901234567890}"#).unwrap();
        let shape: Vec<(usize, &str, usize)> =
            nodes.iter().map(|node| (node.depth, node.key.as_str(), node.end)).collect();
        assert_eq!(shape, [(0, "", 6), (1, "z", 5), (2, "0", 3), (2, "1", 5), (3, "b", 5), (1, "c", 6)]);
        assert_eq!(nodes[5].value, NodeValue::Number("12345678901234567890".to_owned()));
        assert_eq!(find(&nodes, &["z", "1", "b"]).unwrap().value, NodeValue::Null);
        assert_eq!(find(&nodes, &["z", "2"]), None);
    }

    #[test]
    fn broken_json_says_where() {
        let error = json("{\"loss\": NaN}").unwrap_err().to_string();
        assert!(error.contains("line 1 column 10"), "{error}");
    }

    #[test]
    fn yaml_keeps_order_types_and_several_documents() {
        let nodes = yaml("name: wine\nsize: 3\nratio: 0.5\nflags: [true, ~]\n").unwrap();
        assert_eq!(
            nodes.iter().map(|node| node.key.as_str()).collect::<Vec<_>>(),
            ["", "name", "size", "ratio", "flags", "0", "1"]
        );
        assert_eq!(nodes[2].value, NodeValue::Number("3".to_owned()));
        assert_eq!(nodes[6].value, NodeValue::Null);
        assert_eq!(yaml("a: 1\n---\nb: 2\n").unwrap()[0].value, NodeValue::List(2));
        assert!(yaml("a: [1, 2").is_err());
    }

    #[test]
    fn a_deep_nest_is_refused_and_breaks_nothing() {
        assert!(json(&"[".repeat(100_000)).is_err());
        assert!(yaml(&"[".repeat(2_000)).is_err());
    }
}
