//! The DNS as the machine asks it.

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use runtime::resolver::{NoAnswer, Resolver, Texts};
use tokio::sync::OnceCell;

/// A resolver that asks the servers of the system's configuration, which it reads on first use.
pub fn system() -> Resolver {
    let resolver: std::sync::Arc<OnceCell<TokioResolver>> = std::sync::Arc::default();
    Resolver::from_fn(move |name| {
        let resolver = resolver.clone();
        async move { txt(resolver.get_or_try_init(build).await?, &name).await }
    })
}

async fn build() -> Result<TokioResolver, NoAnswer> {
    TokioResolver::builder_tokio()
        .and_then(|builder| builder.build())
        .map_err(|why| NoAnswer(why.to_string()))
}

async fn txt(resolver: &TokioResolver, name: &str) -> Texts {
    // With a dot at the end it is absolute: no search domain of the machine is added.
    match resolver.txt_lookup(format!("{name}.")).await {
        Ok(found) => Ok(found
            .answers()
            .iter()
            .filter_map(|record| text(&record.data))
            .collect()),
        Err(why) if why.is_no_records_found() => Ok(vec![]),
        Err(why) => Err(NoAnswer(why.to_string())),
    }
}

/// The strings of a TXT record, joined.
fn text(data: &RData) -> Option<String> {
    let RData::TXT(txt) = data else { return None };
    Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned())
}
