//! A real browser: Chromium without a window, driven over its own protocol.
//!
//! https://chromedevtools.github.io/devtools-protocol/

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;

use crate::page::Page;

/// Where Chromium is looked for.
const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];
/// How long the browser may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with a fresh profile; gone when it is dropped.
pub struct Browser {
    wire: Wire,
    _child: Child,
    profile: PathBuf,
}

/// The way to the browser; clones share it.
#[derive(Clone)]
pub(crate) struct Wire {
    out: mpsc::UnboundedSender<String>,
    state: Arc<State>,
}

type Waiting = BTreeMap<u64, oneshot::Sender<Value>>;

#[derive(Default)]
struct State {
    last: AtomicU64,
    waiting: Mutex<Waiting>,
    /// What pages had to complain of, by their sessions.
    complaints: Mutex<Vec<(String, String)>>,
}

impl Browser {
    /// Starts one; none if `NO_BROWSER` is set. Without a Chromium the test fails and says what to do.
    pub async fn start() -> Option<Self> {
        if std::env::var_os("NO_BROWSER").is_some() {
            println!("NO_BROWSER is set: this test does nothing");
            return None;
        }
        let program = program().unwrap_or_else(|| {
            panic!("no Chromium is installed: `apt-get install chromium`, or set NO_BROWSER=1 to leave this test out")
        });
        let profile = std::env::temp_dir().join(format!(
            "browser-{:x}",
            u64::from_be_bytes(runtime::env::Entropy::system().bytes())
        ));
        let mut child = command(&program, &profile)
            .spawn()
            .expect("Chromium starts");
        let lines = BufReader::new(child.stderr.take().expect("its errors are piped")).lines();
        let url = tokio::time::timeout(PATIENCE, address(lines))
            .await
            .expect("Chromium says where it listens");
        Some(Self {
            wire: Wire::connect(&url).await,
            _child: child,
            profile,
        })
    }

    /// A page of its own: it shares no storage with others.
    pub async fn page(&self, width: u32, height: u32) -> Page {
        let context = self
            .wire
            .call(None, "Target.createBrowserContext", json!({}))
            .await;
        let target =
            json!({ "url": "about:blank", "browserContextId": context["browserContextId"] });
        let target = self.wire.call(None, "Target.createTarget", target).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.wire.call(None, "Target.attachToTarget", attach).await;
        let session = session["sessionId"]
            .as_str()
            .expect("a session has an id")
            .to_owned();
        let page = Page::new(self.wire.clone(), session);
        page.prepare(width, height).await;
        page
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The child is killed when it is dropped; its profile may go meanwhile.
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    PROGRAMS
        .iter()
        .flat_map(|name| places.iter().map(move |place| place.join(name)))
        .find(|path| path.is_file())
}

fn command(program: &Path, profile: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .arg("--headless=new")
        .arg("--remote-debugging-port=0")
        .arg("--no-first-run")
        .arg("--disable-gpu");
    command
        .arg("--hide-scrollbars")
        .arg("--disable-background-networking")
        .arg("--disable-component-update");
    // Each of several pages is in front, and none may doze.
    command
        .arg("--disable-backgrounding-occluded-windows")
        .arg("--disable-renderer-backgrounding");
    command.arg("--disable-dev-shm-usage").arg("--lang=en-US");
    command.arg(format!("--user-data-dir={}", profile.display()));
    // Chromium's sandbox refuses to work for root.
    if is_root() {
        command.arg("--no-sandbox");
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}

/// The address that Chromium prints when it listens. What it prints afterwards is read and dropped, so that it never
/// waits for us.
async fn address(mut lines: tokio::io::Lines<BufReader<tokio::process::ChildStderr>>) -> String {
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(url) = line.strip_prefix("DevTools listening on ") {
            let url = url.trim().to_owned();
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return url;
        }
    }
    panic!("Chromium ended before it listened");
}

impl Wire {
    async fn connect(url: &str) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(url)
            .await
            .expect("Chromium answers");
        let (mut sink, mut stream) = socket.split();
        let (out, mut queue) = mpsc::unbounded_channel::<String>();
        let state = Arc::new(State::default());
        tokio::spawn(async move {
            while let Some(text) = queue.recv().await {
                if sink.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
        });
        let heard = state.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                if let Ok(text) = message.to_text() {
                    heard.take(text);
                }
            }
        });
        Self { out, state }
    }

    /// Calls a method of the protocol.
    pub(crate) async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let id = self.state.last.fetch_add(1, Ordering::Relaxed) + 1;
        let (answered, answer) = oneshot::channel();
        self.state.waiting.lock().unwrap().insert(id, answered);
        let mut call = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            call["sessionId"] = session.into();
        }
        self.out
            .send(call.to_string())
            .expect("the browser is there");
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let answer = answer
            .unwrap_or_else(|_| panic!("{method} was not answered"))
            .expect("the browser is there");
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    /// What a page has complained of since it was last asked.
    pub(crate) fn complaints(&self, session: &str) -> Vec<String> {
        let mut all = self.state.complaints.lock().unwrap();
        let (own, others) = all.drain(..).partition(|(of, _)| of == session);
        *all = others;
        own.into_iter().map(|(_, text)| text).collect()
    }
}

impl State {
    fn take(&self, text: &str) {
        let message: Value = serde_json::from_str(text).expect("the browser writes JSON");
        if let Some(id) = message["id"].as_u64() {
            let waiting = self.waiting.lock().unwrap().remove(&id);
            waiting.map(|waiting| waiting.send(message));
            return;
        }
        if let Some(complaint) = complaint(&message) {
            let session = message["sessionId"].as_str().unwrap_or_default().to_owned();
            self.complaints.lock().unwrap().push((session, complaint));
        }
    }
}

/// What a message of the browser complains of: errors and warnings of scripts, and whatever the browser itself reports,
/// violations of the content security policy among it.
fn complaint(message: &Value) -> Option<String> {
    let params = &message["params"];
    match message["method"].as_str()? {
        "Runtime.exceptionThrown" => Some(params["exceptionDetails"].to_string()),
        "Runtime.consoleAPICalled"
            if ["error", "warning", "assert"]
                .iter()
                .any(|kind| params["type"] == *kind) =>
        {
            Some(params["args"].to_string())
        }
        "Log.entryAdded"
            if params["entry"]["level"] != "info" && params["entry"]["level"] != "verbose" =>
        {
            Some(params["entry"].to_string())
        }
        _ => None,
    }
}
