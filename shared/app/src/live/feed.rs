//! What live connections take from the feeds.

use std::collections::HashMap;

use domain::Error;
use domain::id::Tag;
use store::feed::Head;
use store::keys::{self, Key};
use store::record::Stored;

use crate::App;

/// The number of the last event in the feed of each of these tenants, strongly consistent; of one without a feed yet
/// none.
pub(super) async fn heads(app: &App, tags: &[Tag]) -> Result<HashMap<Tag, u64>, Error> {
    let wanted: Vec<Key> = tags.iter().map(|tag| keys::feed_head(*tag)).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let table = app.store.outside("the number of the last event, for one who may listen to them");
    let items = table.get_many(&wanted, true).await?;
    let mut heads = HashMap::new();
    for (tag, key) in tags.iter().zip(&wanted) {
        let head = items.get(key).map(Stored::<Head>::read).transpose()?;
        heads.extend(head.map(|head| (*tag, head.value.n)));
    }
    Ok(heads)
}
