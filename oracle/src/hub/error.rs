//! Every refusal of a whole request is one JSON object, `{"error":"…"}`.

use crate::{buffer::BufferError, store::StoreError};
use axum::{
	extract::rejection::{PathRejection, QueryRejection},
	http::{header::RETRY_AFTER, StatusCode},
	response::{IntoResponse, Response},
	Json,
};

/// Why a request gets no answer.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
	/// The request is not what the contract says.
	#[error("{1}")]
	Request(StatusCode, String),
	/// Data about a household needs the token.
	#[error("this needs the API token: Authorization: Bearer …")]
	Unauthorised,
	/// Many requests are being worked on.
	#[error("too many requests at once; send it again in a moment")]
	Busy,
	/// The registry was never read from a node.
	#[error("no node has been reached yet, so no meter is known; send it again later")]
	Unready,
	/// The buffer takes nothing now.
	#[error(transparent)]
	Buffer(#[from] BufferError),
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
	/// A worker panicked.
	#[error("the request could not be worked on: {0}")]
	Worker(#[from] tokio::task::JoinError),
}

impl HubError {
	fn status(&self) -> StatusCode {
		match self {
			HubError::Request(status, _) => *status,
			HubError::Unauthorised => StatusCode::UNAUTHORIZED,
			HubError::Busy => StatusCode::TOO_MANY_REQUESTS,
			HubError::Unready | HubError::Buffer(_) => StatusCode::SERVICE_UNAVAILABLE,
			HubError::Store(_) | HubError::Worker(_) => StatusCode::INTERNAL_SERVER_ERROR,
		}
	}

	/// When to come back, seconds.
	fn retry_after(&self) -> Option<u32> {
		match self {
			HubError::Busy => Some(1),
			HubError::Unready | HubError::Buffer(_) => Some(10),
			_ => None,
		}
	}
}

impl IntoResponse for HubError {
	fn into_response(self) -> Response {
		let status = self.status();
		if status.is_server_error() {
			tracing::warn!(%status, error = %self, "request failed");
		}
		let body = Json(serde_json::json!({ "error": self.to_string() }));
		match self.retry_after() {
			Some(seconds) => (status, [(RETRY_AFTER, seconds.to_string())], body).into_response(),
			None => (status, body).into_response(),
		}
	}
}

macro_rules! from_rejection {
	($($rejection:ident),*) => {$(
		impl From<$rejection> for HubError {
			fn from(rejection: $rejection) -> Self {
				HubError::Request(rejection.status(), rejection.body_text())
			}
		}
	)*};
}

from_rejection!(PathRejection, QueryRejection);
