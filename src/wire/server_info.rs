//! What the server says of itself.

/// The version of MLflow whose REST interface is spoken: the one that the recorded exchanges were taken from. Clients
/// read it to know what they may call.
pub const VERSION: &str = "3.18.0";

/// The answer to `server-info`. Whole files go through the artifact proxy; there are no multipart or presigned
/// transfers, no workspaces in MLflow's sense and none of the language-model features.
pub const SERVER_INFO: &str = r#"{"store_type":"SqlStore","workspaces_enabled":false,"trace_archival_enabled":false,"multipart_uploads_enabled":false,"multipart_downloads_enabled":false,"artifact_serving_enabled":true,"presigned_upload_run_id_supported":false,"presigned_upload_model_id_supported":false,"model_artifact_presigned_downloads_supported":false,"features_enabled":{"gateway":false,"scheduled_issue_detection":false},"tracking_auth":"","artifacts_presigned_only":false}"#;
