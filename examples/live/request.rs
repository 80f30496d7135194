//! What the page asks for: a few fields in JSON, or a sentence that says what is wrong with them.

use std::ops::RangeInclusive;

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// The fields of a request that have not been asked for yet.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// A whole number, if the field is there.
    pub(crate) fn whole(
        &mut self,
        field: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.0.remove(field) else { return Ok(None) };
        let whole = value.as_u64().filter(|number| range.contains(number));
        let (least, most) = range.into_inner();
        let refusal =
            || Refusal(format!("{field} is a whole number from {least} to {most}, not {value}."));
        whole.map(Some).ok_or_else(refusal)
    }

    /// One of a few words, if the field is there.
    pub(crate) fn word<T: Copy>(
        &mut self,
        field: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.0.remove(field) else { return Ok(None) };
        let meant = words.iter().find(|(word, _)| value == *word);
        let refusal = || {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            Refusal(format!("{field} is {}, not {value}.", words.join(" or ")))
        };
        meant.map(|(_, meaning)| Some(*meaning)).ok_or_else(refusal)
    }

    /// Yes or no, if the field is there.
    pub(crate) fn truth(&mut self, field: &str) -> Result<Option<bool>, Refusal> {
        let Some(value) = self.0.remove(field) else { return Ok(None) };
        let refusal = || Refusal(format!("{field} is true or false, not {value}."));
        value.as_bool().map(Some).ok_or_else(refusal)
    }

    /// Says that all fields are known and at least one of them is there.
    pub(crate) fn end(self, is_asked: bool, known: &str) -> Result<(), Refusal> {
        if let Some(unknown) = self.0.keys().next() {
            return Err(Refusal(format!("There is no field {unknown:?} here, only {known}.")));
        }
        is_asked.then_some(()).ok_or_else(|| Refusal(format!("Nothing is asked for: {known}.")))
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match Json::from_request(request, state).await {
            Ok(Json(fields)) => Ok(Self(fields)),
            Err(_) => Err(Refusal(
                "The body is to be a JSON object, its content-type application/json.".into(),
            )),
        }
    }
}

/// What is wrong with a request, in a sentence.
#[derive(Debug)]
pub(crate) struct Refusal(String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": self.0 }))).into_response()
    }
}
