//! Looking names up in the DNS.

use std::pin::Pin;
use std::sync::Arc;

/// A name that could not be looked up: no answer, or none that can be read. A name without records is no failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the DNS gives no answer: {0}")]
pub struct NoAnswer(pub String);

/// What a look-up brings.
pub type Texts = Result<Vec<String>, NoAnswer>;

type LookUp = dyn Fn(String) -> Pin<Box<dyn Future<Output = Texts> + Send>> + Send + Sync;

/// A way to ask the DNS.
#[derive(Clone)]
pub struct Resolver(Arc<LookUp>);

impl Resolver {
    /// A resolver of the caller's making: `txt` gives the values of the TXT records of a name.
    pub fn from_fn<F>(txt: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Texts> + Send + 'static,
    {
        Self(Arc::new(move |name| Box::pin(txt(name))))
    }

    /// The values of the TXT records of a name (RFC 1035 section 3.3.14), the strings of each joined.
    pub async fn txt(&self, name: &str) -> Texts {
        (self.0)(name.to_owned()).await
    }
}
