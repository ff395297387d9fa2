//! What the devices get to read, in the form of each platform, no longer than it takes.

use app::notices::device::Notice;
use serde_json::{Value, json};

/// What stands where text was cut off.
const CUT: char = '…';

/// JSON that `write` makes of a notice, the text cut as far as must be so that it has at most `limit` bytes. None if it
/// has more without any.
pub fn fitting(notice: &Notice, limit: usize, write: impl Fn(&Notice) -> Value) -> Option<String> {
    let whole = write(notice).to_string();
    let Some(excess) = whole.len().checked_sub(limit).filter(|excess| *excess > 0) else {
        return Some(whole);
    };
    let mut body = notice.body.clone();
    let mut freed = 0;
    while freed < excess + CUT.len_utf8() {
        let Some(last) = body.pop() else { break };
        freed += json!(last).to_string().len() - 2;
    }
    if !body.is_empty() {
        body.push(CUT);
    }
    let short = write(&Notice {
        body,
        ..notice.clone()
    })
    .to_string();
    (short.len() <= limit).then_some(short)
}

/// For a browser, whose page's own code reads it.
pub fn for_browser(id: &str, notice: &Notice) -> Value {
    json!({ "id": id, "title": notice.title, "body": notice.body, "link": notice.link, "tag": notice.tag })
}

/// For Firebase, as SNS passes it on (FCM HTTP v1 `messages:send`). `collapse` names the messages that replace each
/// other.
pub fn for_fcm(id: &str, notice: &Notice, collapse: &str) -> Value {
    let shown = json!({ "title": notice.title, "body": notice.body });
    let data = json!({ "id": id, "link": notice.link, "tag": notice.tag });
    let android = json!({ "collapse_key": collapse, "notification": { "tag": notice.tag } });
    json!({ "fcmV1Message": { "message": { "notification": shown, "data": data, "android": android } } })
}

/// For Apple, as SNS passes it on.
pub fn for_apns(id: &str, notice: &Notice) -> Value {
    let alert = json!({ "title": notice.title, "body": notice.body });
    json!({ "aps": { "alert": alert, "thread-id": notice.tag, "sound": "default" }, "id": id, "link": notice.link })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(body: &str) -> Notice {
        let text = |text: &str| text.to_owned();
        Notice {
            title: text("WEB-1"),
            body: text(body),
            link: text("/tasks/1"),
            tag: text("task 1"),
        }
    }

    fn written(body: &str, limit: usize) -> Option<Value> {
        let text = fitting(&notice(body), limit, |notice| for_browser("n1", notice))?;
        assert!(text.len() <= limit, "{} > {limit}", text.len());
        Some(serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn what_fits_is_sent_whole() {
        let json = written("Ann: hello", 3993).unwrap();
        let whole = json!({ "id": "n1", "title": "WEB-1", "body": "Ann: hello", "link": "/tasks/1", "tag": "task 1" });
        assert_eq!(json, whole);
    }

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        for body in ["x".repeat(9000), "ä\"\n🎈".repeat(3000)] {
            for limit in [100, 500, 1000, 3993] {
                let json = written(&body, limit).unwrap();
                let text = json["body"].as_str().unwrap();
                let kept = text.trim_end_matches(CUT);
                assert!(
                    body.starts_with(kept) && (text.is_empty() || text.ends_with(CUT)),
                    "{limit}: {text}"
                );
                let length = fitting(&notice(text), 9000, |notice| for_browser("n1", notice))
                    .unwrap()
                    .len();
                assert!(
                    limit == 100 || length > limit - 10,
                    "no more than must be: {length} of {limit}"
                );
            }
        }
        assert!(written("x", 20).is_none());
    }
}
