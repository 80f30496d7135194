//! The page: files that are part of the program, so that it needs neither a folder nor a network.

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{MethodRouter, Router, get};

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", file("text/html; charset=utf-8", include_str!("page/index.html")))
        .route("/style.css", file("text/css", include_str!("page/style.css")))
        .route("/page.js", file("text/javascript", include_str!("page/page.js")))
        .route("/show.js", file("text/javascript", include_str!("page/show.js")))
        .route("/chart.js", file("text/javascript", include_str!("page/chart.js")))
        .route("/icon.svg", file("image/svg+xml", include_str!("page/icon.svg")))
        .layer(map_response(from_here_alone))
}

fn file<S: Clone + Send + Sync + 'static>(
    kind: &'static str,
    text: &'static str,
) -> MethodRouter<S> {
    get(async move || ([(CONTENT_TYPE, kind)], text))
}

/// Has the browser refuse whatever would come from elsewhere, and ask again after a rebuild.
async fn from_here_alone(mut response: Response) -> Response {
    let policy = HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'");
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
