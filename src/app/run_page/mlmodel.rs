//! An `MLmodel` file: what the model is, what it takes and gives, what it needs.

use super::tree::{NodeValue, TreeNode, children, find, json, yaml};

/// A model as its `MLmodel` file describes it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MlModel {
    /// Such as `sklearn` and `python_function`, with their main facts.
    pub flavors: Vec<(String, Vec<(String, String)>)>,
    /// Facts of the model as a whole, in the order of the file.
    pub facts: Vec<(String, String)>,
    pub inputs: Vec<SignatureColumn>,
    pub outputs: Vec<SignatureColumn>,
    pub params: Vec<SignatureColumn>,
}

/// A column of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureColumn {
    pub name: String,
    pub type_name: String,
    pub is_required: bool,
}

/// Reads an `MLmodel` file; `None` when it is not one.
pub fn parse(text: &str) -> Option<MlModel> {
    let nodes = yaml(text).ok()?;
    find(&nodes, &["flavors"])?;
    let mut model = MlModel::default();
    for at in children(&nodes, 0) {
        let Some(node) = nodes.get(at) else { continue };
        match node.key.as_str() {
            "flavors" => {
                for flavor in children(&nodes, at) {
                    let name = nodes.get(flavor).map(|node| node.key.clone()).unwrap_or_default();
                    model.flavors.push((name, leaves(&nodes, flavor)));
                }
            }
            "signature" => {}
            key => model.facts.extend(leaf_text(node).map(|value| (key.to_owned(), value))),
        }
    }
    let columns = |part: &str| match find(&nodes, &["signature", part]).map(|node| &node.value) {
        Some(NodeValue::Text(text)) => signature_columns(text),
        _ => Vec::new(),
    };
    (model.inputs, model.outputs, model.params) = (columns("inputs"), columns("outputs"), columns("params"));
    Some(model)
}

fn leaves(nodes: &[TreeNode], at: usize) -> Vec<(String, String)> {
    children(nodes, at)
        .filter_map(|child| nodes.get(child))
        .filter_map(|node| Some((node.key.clone(), leaf_text(node)?)))
        .collect()
}

fn leaf_text(node: &TreeNode) -> Option<String> {
    match &node.value {
        NodeValue::Text(text) | NodeValue::Number(text) => Some(text.clone()),
        NodeValue::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

/// What a dataset's descriptions say, made readable.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DatasetFacts {
    pub columns: Vec<SignatureColumn>,
    /// Such as `num_rows` and where the data came from.
    pub facts: Vec<(String, String)>,
}

/// Reads schema, profile and source of a dataset; what has another form than expected is kept as text.
pub fn dataset_facts(schema: Option<&str>, profile: Option<&str>, source: &str) -> DatasetFacts {
    let mut found = DatasetFacts::default();
    for (name, text) in [("Profile", profile.unwrap_or_default()), ("Source", source)] {
        match json(text) {
            Ok(nodes) if nodes.len() > 1 => found.facts.extend(leaves(&nodes, 0)),
            _ if !text.is_empty() => found.facts.push((name.to_owned(), text.to_owned())),
            _ => {}
        }
    }
    let Some(schema) = schema.filter(|schema| !schema.is_empty()) else { return found };
    if let Ok(nodes) = json(schema) {
        // The columns stand in a list, alone or as the only entry of an object.
        let is_list = |at: &usize| matches!(nodes.get(*at).map(|node| &node.value), Some(NodeValue::List(_)));
        if let Some(at) = std::iter::once(0).chain(children(&nodes, 0)).find(is_list) {
            found.columns = columns_below(&nodes, at);
        }
    }
    if found.columns.is_empty() {
        found.facts.push(("Schema".to_owned(), schema.to_owned()));
    }
    found
}

/// The signature of MLflow: a list of `{"type": …, "name": …, "required": …}`, or of tensors.
pub fn signature_columns(text: &str) -> Vec<SignatureColumn> {
    json(text).map(|nodes| columns_below(&nodes, 0)).unwrap_or_default()
}

fn columns_below(nodes: &[TreeNode], list: usize) -> Vec<SignatureColumn> {
    let column = |at: usize| {
        let end = nodes.get(at).map_or(at, |node| node.end);
        let part = nodes.get(at..end).unwrap_or_default();
        let own: Vec<TreeNode> = part.iter().map(|node| TreeNode { end: node.end - at, ..node.clone() }).collect();
        let text_of = |path: &[&str]| find(&own, path).and_then(leaf_text);
        let shape = find(&own, &["tensor-spec", "shape"]).map(|_| {
            let at = own.iter().position(|node| node.key == "shape").unwrap_or(0);
            let sizes: Vec<String> = children(&own, at).filter_map(|child| leaf_text(own.get(child)?)).collect();
            format!("[{}]", sizes.join(", "))
        });
        let base = text_of(&["tensor-spec", "dtype"]).or_else(|| text_of(&["type"])).unwrap_or_else(|| "?".to_owned());
        SignatureColumn {
            name: text_of(&["name"]).unwrap_or_default(),
            type_name: shape.map_or_else(|| base.clone(), |shape| format!("{base} {shape}")),
            is_required: text_of(&["required"]).is_none_or(|required| required == "true"),
        }
    };
    children(nodes, list).map(column).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests stop where something is not as they say")]

    use super::*;

    const SAMPLE: &str = r#"
artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
    loader_module: mlflow.sklearn
    python_version: 3.12.3
  sklearn:
    pickled_model: model.pkl
    sklearn_version: 1.5.0
model_size_bytes: 1234
signature:
  inputs: '[{"type": "double", "name": "alcohol", "required": true}, {"type": "string", "name": "colour", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
utc_time_created: '2026-01-01 00:00:00'
"#;

    #[test]
    fn flavors_facts_and_signature_are_read() {
        let model = parse(SAMPLE).unwrap();
        assert_eq!(model.flavors[1].0, "sklearn");
        assert!(model.flavors[1].1.contains(&("sklearn_version".into(), "1.5.0".into())));
        assert!(model.facts.contains(&("model_size_bytes".into(), "1234".into())));
        assert_eq!(model.inputs.len(), 2);
        assert_eq!((model.inputs[1].name.as_str(), model.inputs[1].is_required), ("colour", false));
        assert_eq!(model.outputs[0].type_name, "int64 [-1]");
    }

    #[test]
    fn datasets_tell_their_columns_and_sizes() {
        let schema = r#"{"mlflow_colspec": [{"type": "double", "name": "alcohol", "required": true}]}"#;
        let facts = dataset_facts(Some(schema), Some(r#"{"num_rows": 4898}"#), r#"{"uri": "wine.csv"}"#);
        assert_eq!(facts.columns[0].name, "alcohol");
        assert_eq!(facts.facts, [("num_rows".into(), "4898".into()), ("uri".into(), "wine.csv".into())]);
        assert_eq!(dataset_facts(Some("odd"), None, "").facts, [("Schema".into(), "odd".into())]);
    }

    #[test]
    fn another_file_is_no_model() {
        assert_eq!(parse("name: conda\ndependencies: [python]\n"), None);
        assert_eq!(parse("- not\n- a map"), None);
    }
}
