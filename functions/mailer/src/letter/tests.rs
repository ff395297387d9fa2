use domain::account::SessionEnd;
use domain::id::{InvitationId, OrgId, SessionId, Tag, UserId};

use super::*;
use crate::link::Links;

const HOSTILE: &str =
    "<img src=x onerror=alert(1)> https://evil.example \"&' {{7*7}}\r\nBcc: eve@evil.example";

/// Things as they come from the table: text there may be older than today's rules for it.
fn stored<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn user() -> UserId {
    UserId::new(1, [7; 10])
}

fn account() -> Account {
    let org = OrgId::new(Tag::from_bytes([1; 5]), [2; 11]);
    stored(serde_json::json!({
        "user": user(), "status": "active", "email": "ann@example.com", "email_verified": true, "username": "ann",
        "epoch": 0, "orgs": [org], "default_org": org, "created_at": 0, "updated_at": 0,
    }))
}

fn profile(full_name: &str) -> Profile {
    stored(serde_json::json!({
        "user": user(), "username": "ann", "full_name": full_name, "created_at": 0, "updated_at": 0,
    }))
}

fn token(purpose: Purpose) -> OneTime {
    stored(serde_json::json!({
        "user": user(), "purpose": purpose, "email": "ann@example.com", "nonce": "n", "created_at": 0,
        "expires_at": 86_400_000,
    }))
}

fn organization(name: &str) -> Organization {
    stored(serde_json::json!({
        "id": OrgId::new(Tag::from_bytes([1; 5]), [2; 11]), "kind": "team", "name": name, "slug": "acme",
        "created_at": 0, "created_by": user(), "updated_at": 0, "updated_by": user(),
    }))
}

fn invited() -> Invitation {
    stored(serde_json::json!({
        "id": InvitationId::new(Tag::from_bytes([1; 5]), [3; 11]), "org": OrgId::new(Tag::from_bytes([1; 5]), [2; 11]),
        "email": "ben@example.com", "role": "member", "state": "pending", "nonce": "n", "expires_at": 604_800_000,
        "created_at": 0, "created_by": user(), "updated_at": 0, "updated_by": user(),
    }))
}

fn session(device: &str) -> Session {
    let session: Session = stored(serde_json::json!({
        "user": user(), "id": SessionId::from_bytes([1; 8]), "turn": 1, "turned_at": 0, "seed": "s", "device": device,
        "address": "203.0.113.7", "created_at": 0, "idle_until": 1, "expires_at": 1,
    }));
    session.ended(SessionEnd::Reuse, Timestamp::UNIX_EPOCH)
}

fn told() -> Notification {
    let tag = Tag::from_bytes([1; 5]);
    stored(serde_json::json!({
        "id": domain::notices::notification::NotificationId::new(tag, Timestamp::UNIX_EPOCH, [1; 16]),
        "org": OrgId::new(tag, [2; 11]), "user": user(), "kind": "assigned", "event": "01".repeat(16),
        "cause": "task.updated", "subject": "x",
    }))
}

/// Every letter, with `text` wherever people write something.
fn all(text: &str, links: &Links) -> Vec<Mail> {
    let (account, profile) = (account(), profile(text));
    let mut mails: Vec<Mail> = Purpose::ALL
        .iter()
        .map(|purpose| {
            one_time(
                &token(*purpose),
                &account,
                Some(&profile),
                links.one_time(*purpose, "to.ken"),
            )
            .unwrap()
        })
        .collect();
    mails.push(
        invitation(
            &invited(),
            &organization(text),
            Some(&profile),
            links.invitation("to.ken"),
        )
        .unwrap(),
    );
    let (org, until) = ("ann@example.org".parse().unwrap(), Timestamp::UNIX_EPOCH);
    let changed =
        |back| email_changed(&account, Some(&profile), &account.email, &org, back).unwrap();
    mails.push(changed(Some((links.revert("to.ken"), until))));
    mails.push(changed(None));
    let card = Card::new(
        organization("Acme").id,
        &profile,
        domain::access::OrgRole::Owner,
        until,
    );
    mails.push(account_claimed(&account, Some(&profile), &[(organization(text), card)]).unwrap());
    mails.push(token_reused(&account, Some(&profile), Some(&session(text))).unwrap());
    mails.push(
        notification(News {
            account: &account,
            profile: Some(&profile),
            notification: &told(),
            actor: Some(&profile),
            organization: &organization(text),
            about: (Some("WEB-12".to_owned()), text),
            link: links.page("/tasks/1"),
        })
        .unwrap(),
    );
    mails
}

#[test]
fn every_letter_says_the_same_in_html_and_text() {
    for base in [Some("https://app.example.com"), None] {
        let mails = all("Ann Example", &Links::new(base));
        assert_eq!(mails.len(), 9);
        for mail in &mails[..5] {
            assert!(
                mail.text.contains("to.ken") && mail.html.contains("to.ken"),
                "{}",
                mail.text
            );
            assert_eq!(
                mail.html.matches("href=").count(),
                if base.is_some() { 2 } else { 0 }
            );
            assert!(
                mail.text.contains("January 1970, 00:00 UTC")
                    && mail.html.contains("January 1970, 00:00 UTC")
            );
        }
        for mail in &mails[5..8] {
            assert!(
                !mail.text.contains("to.ken") && !mail.html.contains("href="),
                "{}",
                mail.text
            );
        }
        // Something that can be looked at, and only where there are pages to do so.
        let url = "https://app.example.com/tasks/1";
        assert_eq!(
            (mails[8].text.contains(url), mails[8].html.contains(url)),
            (base.is_some(), base.is_some())
        );
        assert_eq!(
            mails[8].html.matches("href=").count(),
            if base.is_some() { 2 } else { 0 }
        );
        for mail in &mails {
            assert!(
                mail.text.contains("Ann Example") && mail.html.contains("Ann Example"),
                "{}",
                mail.text
            );
            assert!(
                !mail.text.contains("&#") && !mail.text.contains("<p"),
                "{}",
                mail.text
            );
            assert!(!mail.text.contains("\n\n\n"), "{:?}", mail.text);
        }
    }
}

#[test]
fn to_an_address_that_nobody_has_confirmed_nothing_is_written_that_somebody_chose() {
    let account = Account {
        email_verified: false,
        ..account()
    };
    let profile = profile("Win a prize at evil.example");
    for purpose in Purpose::ALL {
        let links = Links::new(None);
        let action = links.one_time(*purpose, "to.ken");
        let mail = one_time(&token(*purpose), &account, Some(&profile), action).unwrap();
        assert!(
            !mail.text.contains("prize") && !mail.html.contains("prize"),
            "{}",
            mail.text
        );
        assert!(mail.text.contains("Hello ann,"), "{}", mail.text);
    }
}

#[test]
fn each_letter_goes_to_the_address_that_it_is_about() {
    let recipients: Vec<String> = all("Ann", &Links::new(None))
        .into_iter()
        .map(|mail| mail.to.to_string())
        .collect();
    let ann = "ann@example.com";
    assert_eq!(
        recipients,
        [ann, ann, ann, "ben@example.com", ann, ann, ann, ann, ann]
    );
}

#[test]
fn hostile_names_stay_text() {
    for mail in all(HOSTILE, &Links::new(Some("https://app.example.com"))) {
        assert!(
            !mail.subject.contains(['\r', '\n']) && mail.subject.chars().count() < 160,
            "{:?}",
            mail.subject
        );
        assert!(
            !mail.html.contains("<img") && !mail.html.contains("onerror=alert(1)>"),
            "{}",
            mail.html
        );
        for part in [&mail.html, &mail.text] {
            assert!(
                !part.contains("https://evil") && !part.contains("\nBcc"),
                "{part}"
            );
            // Nothing is loaded or linked from elsewhere.
            let foreign = part
                .match_indices("://")
                .filter(|(at, _)| !part[at + 3..].starts_with("app.example.com/"));
            assert_eq!(foreign.count(), 0, "{part}");
        }
    }
}

#[test]
fn the_letters_load_nothing() {
    for mail in all("Ann", &Links::new(Some("https://app.example.com"))) {
        for loading in ["<img", "<script", "<link", "url(", "@import", "src="] {
            assert!(!mail.html.contains(loading), "{loading}");
        }
    }
}

#[test]
fn unknown_people_and_sessions_have_words_too() {
    let mail = invitation(
        &invited(),
        &organization("Acme"),
        None,
        Links::new(None).invitation("t"),
    )
    .unwrap();
    assert!(
        mail.text
            .contains("Somebody invites you to join the organization Acme"),
        "{}",
        mail.text
    );
    assert_eq!(mail.subject, "Invitation to Acme");
    let mail = token_reused(&account(), None, None).unwrap();
    assert!(
        mail.text.contains("Hello ann") && mail.text.contains("unknown"),
        "{}",
        mail.text
    );
}

#[test]
fn a_notification_says_who_did_what_to_which_task() {
    let (ben, organization, account) = (profile("Ben"), organization("Acme"), account());
    let mail = notification(News {
        account: &account,
        profile: None,
        notification: &told(),
        actor: Some(&ben),
        organization: &organization,
        about: (Some("WEB-12".to_owned()), "Write the press release"),
        link: None,
    })
    .unwrap();
    assert_eq!(
        mail.subject,
        "Ben assigned this to you: WEB-12 Write the press release"
    );
    let beginning = "Hello ann,\n\nBen assigned this to you:\n\n    WEB-12 Write the press release\n    Acme\n\n-- \n";
    assert!(mail.text.starts_with(beginning), "{}", mail.text);
}
