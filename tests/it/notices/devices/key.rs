//! The key by which browsers know us.

use app::account::auth::{Auth, published_keys};
use tests::World;

use crate::table::{put, snapshot};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_an_earlier_release_has_not_published_is_there_once_a_new_one_has_signed_somebody_in()
 {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut keys = snapshot(&world.cloud)
        .await
        .remove(&("SYS#KEYS".to_owned(), "KEYS".to_owned()))
        .unwrap();
    let vapid = keys.remove("vapid").expect("this release publishes it");
    put(&world.cloud, keys).await;
    ann.get("/devices/vapid-key")
        .await
        .refused(503, "unavailable");
    // The first that a fresh instance of `auth` does, whatever it is asked.
    let auth = Auth::new(&world.cloud.function_env("auth").unwrap()).unwrap();
    published_keys(&auth, world.clock.clock().now())
        .await
        .unwrap();
    let key = ann
        .get("/devices/vapid-key")
        .await
        .expect(200)
        .text_of("public_key");
    assert_eq!(Some(&key), vapid.as_s().ok());
    let point = data_encoding::BASE64URL_NOPAD
        .decode(key.as_bytes())
        .unwrap();
    assert!(point.len() == 65 && point[0] == 4);
}
