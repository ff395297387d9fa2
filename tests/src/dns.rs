//! A DNS that knows what tests tell it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use runtime::resolver::{NoAnswer, Resolver};

/// The TXT records that there are; clones share them.
#[derive(Clone, Default)]
pub struct TestDns(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    records: BTreeMap<String, Vec<String>>,
    silent: bool,
    asked: Vec<String>,
}

impl TestDns {
    /// Publishes a TXT record.
    pub fn publish(&self, name: &str, value: &str) {
        self.0
            .lock()
            .unwrap()
            .records
            .entry(name.to_owned())
            .or_default()
            .push(value.to_owned());
    }

    /// Whether it fails to answer from now on.
    pub fn be_silent(&self, silent: bool) {
        self.0.lock().unwrap().silent = silent;
    }

    /// The names that were asked for, each as often as it was.
    pub fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }

    /// The way in which functions ask it.
    pub fn resolver(&self) -> Resolver {
        let dns = self.clone();
        Resolver::from_fn(move |name| {
            let answer = dns.answer(&name);
            async move { answer }
        })
    }

    fn answer(&self, name: &str) -> Result<Vec<String>, NoAnswer> {
        let mut state = self.0.lock().unwrap();
        state.asked.push(name.to_owned());
        if state.silent {
            return Err(NoAnswer("the server is silent".to_owned()));
        }
        Ok(state.records.get(name).cloned().unwrap_or_default())
    }
}
