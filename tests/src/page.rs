//! A page in the browser, and what people do with it.

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::browser::Wire;

/// How long a page may take to become what a test waits for.
const PATIENCE_MS: u64 = 20_000;
/// How often the page itself looks.
const LOOK_MS: u64 = 25;

/// A page.
pub struct Page {
    wire: Wire,
    session: String,
}

/// A place on a page, from its upper left corner, in CSS pixels.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl Page {
    pub(crate) fn new(wire: Wire, session: String) -> Self {
        Self { wire, session }
    }

    async fn call(&self, method: &str, params: Value) -> Value {
        self.wire.call(Some(&self.session), method, params).await
    }

    pub(crate) async fn prepare(&self, width: u32, height: u32) {
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), json!({})).await;
        }
        let phone = width < 600;
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
        self.call("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        self.call(
            "Emulation.setTouchEmulationEnabled",
            json!({ "enabled": phone }),
        )
        .await;
        self.call(
            "Emulation.setFocusEmulationEnabled",
            json!({ "enabled": true }),
        )
        .await;
        self.colours("light").await;
    }

    /// Whether the system of its user is `light` or `dark`.
    pub async fn colours(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
    }

    /// Goes to an address.
    pub async fn go(&self, url: &str) {
        self.call("Page.navigate", json!({ "url": url })).await;
    }

    /// Leaves it and comes back, in the same tab.
    pub async fn return_to(&self, url: &str) {
        self.go("about:blank").await;
        self.go(url).await;
    }

    /// Whether the device has a connection.
    pub async fn online(&self, online: bool) {
        let conditions = json!({ "offline": !online, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.call("Network.emulateNetworkConditions", conditions)
            .await;
    }

    /// What an expression is on the page; promises are waited for.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let params = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true
        });
        let answer = self.call("Runtime.evaluate", params).await;
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {}",
            answer["exceptionDetails"]
        );
        answer["result"]["value"].clone()
    }

    /// Waits, in the page, until an expression is true there, and gives what it then is. Fails after a while, and tells
    /// what the page shows.
    #[track_caller]
    pub fn until(&self, expression: impl Into<String>) -> impl Future<Output = Value> {
        let expression = expression.into();
        let place = std::panic::Location::caller();
        let waiting = format!(
            "new Promise((resolve) => {{
                const end = Date.now() + {PATIENCE_MS};
                const look = () => {{
                    let found = null;
                    try {{ found = ({expression}); }} catch {{ /* not there yet */ }}
                    if (found || Date.now() > end) resolve(found || null); else setTimeout(look, {LOOK_MS});
                }};
                look();
            }})"
        );
        async move {
            let found = self.evaluate(&waiting).await;
            if found.is_null() {
                let shown = self.evaluate("document.body.innerText").await;
                panic!(
                    "{place}: never was: {expression}\n{:?}\nit shows: {shown}",
                    self.complaints()
                );
            }
            found
        }
    }

    /// Waits for an element, a CSS selector, to be there.
    #[track_caller]
    pub fn shows(&self, selector: &str) -> impl Future<Output = Value> {
        self.until(format!(
            "document.querySelector({}) !== null",
            json!(selector)
        ))
    }

    /// Writes into a field, as if it were pasted.
    pub async fn write(&self, selector: &str, text: &str) {
        self.shows(selector).await;
        self.evaluate(&format!(
            "document.querySelector({}).focus()",
            json!(selector)
        ))
        .await;
        self.call("Input.insertText", json!({ "text": text })).await;
    }

    /// Presses a key: Enter, Escape or an arrow. Modifiers are those of the protocol: 8 is Shift.
    pub async fn press(&self, key: &str, modifiers: u8) {
        let known = [
            ("Enter", 13),
            ("Escape", 27),
            ("ArrowLeft", 37),
            ("ArrowUp", 38),
            ("ArrowRight", 39),
        ];
        let code = known
            .iter()
            .chain(&[("ArrowDown", 40)])
            .find(|(name, _)| *name == key);
        let code = code.unwrap_or_else(|| panic!("say which code {key} has")).1;
        let mut event = json!({
            "type": "keyDown", "key": key, "code": key, "modifiers": modifiers, "windowsVirtualKeyCode": code
        });
        if key == "Enter" {
            event["text"] = "\r".into();
        }
        self.call("Input.dispatchKeyEvent", event.clone()).await;
        event["type"] = "keyUp".into();
        self.call("Input.dispatchKeyEvent", event).await;
    }

    /// The middle of an element, once it has come to rest.
    pub async fn middle(&self, selector: &str) -> Point {
        self.shows(selector).await;
        let place = format!(
            "(async () => {{
                const node = document.querySelector({});
                await Promise.all(node.getAnimations({{ subtree: true }}).filter((one) => one.effect.getTiming().iterations !== Infinity).map((one) => one.finished.catch(() => 0)));
                const {{ left, top, width, height }} = node.getBoundingClientRect();
                return [left + width / 2, top + height / 2];
            }})()",
            json!(selector)
        );
        let place = self.evaluate(&place).await;
        let part = |index: usize| {
            place[index]
                .as_f64()
                .unwrap_or_else(|| panic!("{selector} is nowhere: {place}"))
        };
        Point {
            x: part(0),
            y: part(1),
        }
    }

    /// Clicks into the middle of an element.
    pub async fn click(&self, selector: &str) {
        let at = self.middle(selector).await;
        self.mouse("mousePressed", at).await;
        self.mouse("mouseReleased", at).await;
    }

    async fn mouse(&self, kind: &str, at: Point) {
        let held = u8::from(kind != "mouseReleased");
        let button = json!({
            "type": kind, "x": at.x, "y": at.y, "button": "left", "buttons": held, "clickCount": 1,
            "pointerType": "mouse",
        });
        self.call("Input.dispatchMouseEvent", button).await;
    }

    /// Drags something with the mouse; `lifted` says when it is under way.
    pub async fn drag(&self, from: Point, to: Point, lifted: &str) {
        self.mouse("mouseMoved", from).await;
        self.mouse("mousePressed", from).await;
        self.mouse(
            "mouseMoved",
            Point {
                x: from.x + 8.0,
                y: from.y + 8.0,
            },
        )
        .await;
        self.shows(lifted).await;
        for step in 1..=8 {
            self.mouse("mouseMoved", between(from, to, f64::from(step) / 8.0))
                .await;
        }
        self.mouse("mouseReleased", to).await;
    }

    /// Drags something with a finger that first rests on it; `lifted` says when it is under way.
    pub async fn drag_by_finger(&self, from: Point, to: Point, lifted: &str) {
        self.touch("touchStart", Some(from)).await;
        self.shows(lifted).await;
        for step in 1..=8 {
            self.touch("touchMove", Some(between(from, to, f64::from(step) / 8.0)))
                .await;
        }
        self.touch("touchEnd", None).await;
    }

    async fn touch(&self, kind: &str, at: Option<Point>) {
        let points: Vec<Value> = at
            .iter()
            .map(|at| json!({ "x": at.x, "y": at.y }))
            .collect();
        self.call(
            "Input.dispatchTouchEvent",
            json!({ "type": kind, "touchPoints": points }),
        )
        .await;
    }

    /// What it has complained of since it was last asked: errors and warnings of its scripts and of the browser.
    pub fn complaints(&self) -> Vec<String> {
        self.wire.complaints(&self.session)
    }

    /// Keeps a picture of it under `name`, if `SCREENSHOTS` names a directory.
    pub async fn picture(&self, name: &str) {
        let Some(directory) = std::env::var_os("SCREENSHOTS") else {
            return;
        };
        self.mouse("mouseMoved", Point { x: 0.0, y: 0.0 }).await;
        // What still moves is not worth a picture.
        let still = "Promise.race([Promise.all(document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity).map((one) => one.finished.catch(() => 0))), new Promise((resolve) => { setTimeout(resolve, 5000); })]).then(() => true)";
        self.evaluate(still).await;
        let picture = self
            .call("Page.captureScreenshot", json!({ "format": "png" }))
            .await;
        let picture = BASE64
            .decode(picture["data"].as_str().unwrap_or_default().as_bytes())
            .expect("a picture");
        std::fs::create_dir_all(&directory).expect("the directory for pictures");
        std::fs::write(
            std::path::Path::new(&directory).join(format!("{name}.png")),
            picture,
        )
        .expect("a picture");
    }
}

fn between(from: Point, to: Point, part: f64) -> Point {
    Point {
        x: from.x + (to.x - from.x) * part,
        y: from.y + (to.y - from.y) * part,
    }
}
