//! `GET /`: one page without any other file, so that it works on a machine that sees nothing but this one.

use axum::{
	http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
	response::{Html, IntoResponse},
};
use rand::Rng;

const PAGE: &str = include_str!("dashboard.html");

pub(super) async fn page() -> impl IntoResponse {
	// Only this page's own script and style run: they carry a number that nobody can know beforehand.
	let nonce = hex::encode(rand::thread_rng().gen::<[u8; 16]>());
	let policy = format!(
		"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; base-uri 'none'; \
		form-action 'none'; frame-ancestors 'none'"
	);
	let headers = [
		(CONTENT_SECURITY_POLICY, policy),
		(X_CONTENT_TYPE_OPTIONS, "nosniff".into()),
		(REFERRER_POLICY, "no-referrer".into()),
		(CACHE_CONTROL, "no-store".into()),
	];
	(headers, Html(PAGE.replace("{{nonce}}", &nonce)))
}
