//! The letters: what each says, as HTML and as text.
//!
//! Whatever people wrote is put in through [`plain::name`] and escaped by the HTML templates; no letter loads anything
//! from elsewhere.

use askama::Template;
use domain::Error;
use domain::account::{Account, OneTime, Profile, Purpose, Session};
use domain::membership::invitation::Invitation;
use domain::membership::organization::{Card, Organization};
use domain::notices::notification::Notification;
use domain::text::{Email, Username};
use jiff::Timestamp;

use crate::link::{Action, Way};
use crate::plain;

/// A mail, ready to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The recipient.
    pub to: Email,
    /// The subject: one line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
}

/// Writes a letter from its two templates, which see what it says as `it`.
macro_rules! letter {
    ($kind:ty, $html:literal, $text:literal) => {
        |to: &Email, subject: &str, it: &$kind| -> Result<Mail, Error> {
            #[derive(Template)]
            #[template(path = $html)]
            struct Html<'a> {
                subject: &'a str,
                it: &'a $kind,
            }
            #[derive(Template)]
            #[template(path = $text)]
            struct Text<'a> {
                it: &'a $kind,
            }
            let fault = |error: askama::Error| {
                Error::Internal(format!("a letter cannot be written: {error}"))
            };
            let html = Html { subject, it }.render().map_err(fault)?;
            let text = Text { it }.render().map_err(fault)?;
            Ok(Mail {
                to: to.clone(),
                subject: subject.to_owned(),
                text,
                html,
            })
        }
    };
}

struct Token {
    name: String,
    username: String,
    address: String,
    action: Action,
    until: String,
}

/// The letter with a one-time token, to the address that the token is for.
pub fn one_time(
    token: &OneTime,
    account: &Account,
    profile: Option<&Profile>,
    action: Action,
) -> Result<Mail, Error> {
    // To an address that may be a stranger's nothing is written that somebody could choose.
    let profile = profile.filter(|_| account.email_verified);
    let it = Token {
        name: called(&account.username, profile),
        username: account.username.to_string(),
        address: token.email.to_string(),
        action,
        until: moment(token.expires_at),
    };
    match token.purpose {
        Purpose::VerifyEmail => letter!(Token, "verify_email.html", "verify_email.txt")(
            &token.email,
            "Confirm your e-mail address",
            &it,
        ),
        Purpose::ResetPassword => letter!(Token, "reset_password.html", "reset_password.txt")(
            &token.email,
            "Choose a new password",
            &it,
        ),
        Purpose::ChangeEmail => letter!(Token, "change_email.html", "change_email.txt")(
            &token.email,
            "Confirm your new address",
            &it,
        ),
    }
}

struct Invited {
    inviter: String,
    organization: String,
    role: &'static str,
    action: Action,
    until: String,
}

/// The letter to somebody who is invited.
pub fn invitation(
    invitation: &Invitation,
    organization: &Organization,
    inviter: Option<&Profile>,
    action: Action,
) -> Result<Mail, Error> {
    let it = Invited {
        inviter: inviter.map_or_else(
            || "Somebody".to_owned(),
            |profile| called(&profile.username, Some(profile)),
        ),
        organization: plain::name(organization.name.as_str()),
        role: invitation.role.as_str(),
        action,
        until: moment(invitation.expires_at),
    };
    let subject = format!("Invitation to {}", it.organization);
    letter!(Invited, "invitation.html", "invitation.txt")(&invitation.email, &subject, &it)
}

struct Changed {
    name: String,
    username: String,
    address: String,
    back: Option<WayBack>,
}

struct WayBack {
    action: Action,
    until: String,
}

/// The letter to the address that an account had until now, with the way back if there is one.
pub fn email_changed(
    account: &Account,
    profile: Option<&Profile>,
    old: &Email,
    new: &Email,
    back: Option<(Action, Timestamp)>,
) -> Result<Mail, Error> {
    let it = Changed {
        name: called(&account.username, profile),
        username: account.username.to_string(),
        address: new.to_string(),
        back: back.map(|(action, until)| WayBack {
            action,
            until: moment(until),
        }),
    };
    letter!(Changed, "email_changed.html", "email_changed.txt")(
        old,
        "Your e-mail address was changed",
        &it,
    )
}

struct Claimed {
    name: String,
    username: String,
    places: Vec<Belongs>,
}

struct Belongs {
    organization: String,
    role: &'static str,
    projects: usize,
    teams: usize,
}

/// The letter to the one who has just shown, for the first time, that the address of the account is theirs: what the
/// account has, whoever used it before.
pub fn account_claimed(
    account: &Account,
    profile: Option<&Profile>,
    places: &[(Organization, Card)],
) -> Result<Mail, Error> {
    let belongs = |(organization, card): &(Organization, Card)| Belongs {
        organization: plain::name(organization.name.as_str()),
        role: card.role.as_str(),
        projects: card.projects.len(),
        teams: card.teams.len(),
    };
    let it = Claimed {
        name: called(&account.username, profile),
        username: account.username.to_string(),
        places: places.iter().map(belongs).collect(),
    };
    letter!(Claimed, "account_claimed.html", "account_claimed.txt")(
        &account.email,
        "The account is yours now",
        &it,
    )
}

struct Reused {
    name: String,
    username: String,
    device: String,
    origin: String,
    since: String,
}

/// The letter about a session that was ended because one of its refresh tokens was used twice.
pub fn token_reused(
    account: &Account,
    profile: Option<&Profile>,
    session: Option<&Session>,
) -> Result<Mail, Error> {
    let unknown = || "unknown".to_owned();
    let device = session.and_then(|session| session.device.as_ref());
    let it = Reused {
        name: called(&account.username, profile),
        username: account.username.to_string(),
        device: device.map_or_else(unknown, |device| plain::name(device.as_str())),
        origin: session
            .and_then(|session| session.address.clone())
            .unwrap_or_else(unknown),
        since: session.map_or_else(unknown, |session| moment(session.created_at)),
    };
    letter!(Reused, "token_reused.html", "token_reused.txt")(
        &account.email,
        "A session of your account was ended",
        &it,
    )
}

/// What a letter about something that a person was told says.
pub struct News<'a> {
    /// Them.
    pub account: &'a Account,
    /// What they are called.
    pub profile: Option<&'a Profile>,
    /// What they were told.
    pub notification: &'a Notification,
    /// Who did it; nobody if the system did.
    pub actor: Option<&'a Profile>,
    /// The organization that it is about.
    pub organization: &'a Organization,
    /// What it is about, as that is called now: of a task its key and its title.
    pub about: (Option<String>, &'a str),
    /// Where it can be seen, if this installation has pages.
    pub link: Option<String>,
}

struct Told {
    name: String,
    said: String,
    key: Option<String>,
    about: String,
    organization: String,
    action: Option<Action>,
}

/// The letter about something that a person was told.
pub fn notification(news: News<'_>) -> Result<Mail, Error> {
    let who = news.actor.map_or_else(
        || "Somebody".to_owned(),
        |actor| called(&actor.username, Some(actor)),
    );
    let (key, about) = news.about;
    let it = Told {
        name: called(&news.account.username, news.profile),
        said: news.notification.said(&who),
        key,
        about: plain::name(about),
        organization: plain::name(news.organization.name.as_str()),
        action: news.link.map(|link| Action {
            label: "See it",
            way: Way::Link(link),
        }),
    };
    let thing = it
        .key
        .iter()
        .chain([&it.about])
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    let subject = format!("{}: {thing}", it.said);
    letter!(Told, "notification.html", "notification.txt")(&news.account.email, &subject, &it)
}

/// What a person is called: the full name, else the username.
fn called(username: &Username, profile: Option<&Profile>) -> String {
    let name = profile.and_then(|profile| profile.full_name.as_ref());
    name.map_or_else(|| username.to_string(), |name| plain::name(name.as_str()))
}

/// A moment for people, in UTC: whoever is invited has told us no time zone.
fn moment(at: Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests;
