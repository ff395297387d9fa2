//! Ways into an organization besides invitations: codes, e-mail domains, and requests that wait for an admin.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{OrgRole, words};
use crate::account::{Account, Profile};
use crate::id::{DomainId, JoinCodeId, OrgId, UserId};
use crate::text::{Email, Fault, FullName, Username};

words!(
    /// The roles in which people come without being invited: none that runs anything.
    JoinRole {
        /// Works in projects.
        Member = "member",
        /// Reads.
        Viewer = "viewer",
        /// Sees only the projects in which they are given a role.
        Guest = "guest",
    }
);

impl From<JoinRole> for OrgRole {
    fn from(role: JoinRole) -> Self {
        match role {
            JoinRole::Member => Self::Member,
            JoinRole::Viewer => Self::Viewer,
            JoinRole::Guest => Self::Guest,
        }
    }
}

words!(
    /// What became of a request to join.
    RequestState {
        /// Waits for an admin.
        Pending = "pending",
        /// They belong to the organization.
        Approved = "approved",
        /// They were turned down, and may ask again.
        Rejected = "rejected",
    }
);

/// The text of a join code: 26 characters of base 32 (Crockford's alphabet in lower case), 130 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeText(String);

impl CodeText {
    /// How many characters a list shows of a code.
    const SHOWN: usize = 4;

    /// The code of sixteen random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(crate::id::base32().encode(&bytes))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The beginning of it, by which people tell codes apart.
    pub fn prefix(&self) -> String {
        self.0.chars().take(Self::SHOWN).collect()
    }
}

impl FromStr for CodeText {
    type Err = Fault;

    /// Reads a code in any case; spaces and hyphens between its characters do not count.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .flat_map(char::to_lowercase)
            .collect();
        match crate::id::base32().decode(plain.as_bytes()) {
            Ok(bytes) if bytes.len() == 16 && text.len() <= 64 => Ok(Self(plain)),
            _ => Err(Fault::new("invalid", "must be a join code")),
        }
    }
}

/// Where the text of a code would be written, only its beginning is.
impl fmt::Debug for CodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({}…)", self.prefix())
    }
}

/// The person by whose right a join code or an invitation lets somebody in, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// Who.
    pub user: UserId,
    /// When they made it, sent it, or took it over.
    #[serde(with = "timestamp::millisecond::required")]
    pub since: Timestamp,
}

/// A code by which people join. The code itself is not kept, only its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinCode {
    /// Its id.
    pub id: JoinCodeId,
    /// The organization.
    pub org: OrgId,
    /// SHA-256 of the code, in base64url. Empty in the rows of lists, which do without.
    #[serde(default)]
    pub digest: String,
    /// How the code begins.
    pub prefix: String,
    /// The role of those who join.
    pub role: JoinRole,
    /// Whoever uses it must be approved by an admin.
    pub approval: bool,
    /// How often it can be used; without a limit if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
    /// How often it was used.
    pub uses: u32,
    /// When it was last used.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub used_at: Option<Timestamp>,
    /// Until when it can be used; for ever if none.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires_at: Option<Timestamp>,
    /// Who stands for it besides the one who made it, and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_by: Option<Voucher>,
    /// When it was made.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// When it was last changed or used.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who did that.
    pub updated_by: UserId,
    /// When it was revoked.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
}

impl JoinCode {
    /// The most uses that a limit allows.
    pub const MAX_USES: u32 = 10_000;

    /// Whether it lets somebody in at this moment.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let in_time = self.expires_at.is_none_or(|expires| now < expires);
        in_time && self.deleted_at.is_none() && self.max_uses.is_none_or(|most| self.uses < most)
    }

    /// The code after one more use.
    pub fn used(&self, by: UserId, at: Timestamp) -> Self {
        Self {
            uses: self.uses + 1,
            used_at: Some(at),
            updated_at: at,
            updated_by: by,
            ..self.clone()
        }
    }
}

/// The name of an e-mail domain: letters, digits and hyphens in at least two labels (RFC 1123 section 2.1), lower
/// case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DomainName(String);

/// Where everybody can have an address, so that an address there says nothing of whom one belongs to.
const PUBLIC: [&str; 45] = [
    "126.com",
    "163.com",
    "aol.com",
    "bluewin.ch",
    "btinternet.com",
    "comcast.net",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "t-online.de",
    "tuta.com",
    "tutanota.com",
    "web.de",
    "yahoo.co.uk",
    "yahoo.com",
    "yandex.com",
    "yandex.ru",
    "zoho.com",
];

impl DomainName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain of an address.
    pub fn of(email: &Email) -> Self {
        Self(
            email
                .as_str()
                .rsplit('@')
                .next()
                .unwrap_or_default()
                .to_owned(),
        )
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DomainName {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let name = text.trim().to_ascii_lowercase();
        let fits = |label: &str| {
            let plain = label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            plain
                && (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let labels: Vec<&str> = name.split('.').collect();
        let numeric = labels
            .last()
            .is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
        // Some of the 253 characters are for the name under which the proof may stand.
        if labels.len() < 2
            || numeric
            || name.len() > 240
            || !labels.iter().all(|label| fits(label))
        {
            return Err(Fault::new(
                "invalid",
                "must be a domain name such as acme.example",
            ));
        }
        if PUBLIC.contains(&name.as_str()) {
            return Err(Fault::new(
                "public",
                "is a public mail service, whose addresses anybody can have",
            ));
        }
        Ok(Self(name))
    }
}

/// An e-mail domain that an organization says is its own. Once that is shown, whoever has a verified address there may
/// join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgDomain {
    /// Its id: the same whenever the organization names this domain.
    pub id: DomainId,
    /// The organization.
    pub org: OrgId,
    /// The domain.
    pub domain: DomainName,
    /// The role of those who join.
    pub role: JoinRole,
    /// Whoever joins must be approved by an admin.
    pub approval: bool,
    /// What must stand in the domain's DNS, behind `elevanalog-verification=`.
    pub proof: String,
    /// When that was seen there.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub verified_at: Option<Timestamp>,
    /// When it was named.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// Who named it.
    pub created_by: UserId,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: UserId,
    /// When it was taken away.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
}

impl OrgDomain {
    /// The TXT record that shows whose the domain is: its name.
    pub fn record_name(&self) -> String {
        format!("_elevanalog.{}", self.domain)
    }

    /// And its value.
    pub fn record_value(&self) -> String {
        format!("elevanalog-verification={}", self.proof)
    }

    /// Whether people may join by it.
    pub fn is_open(&self) -> bool {
        self.verified_at.is_some() && self.deleted_at.is_none()
    }
}

/// A person's request to join; one for each person and organization, again and again the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// The organization.
    pub org: OrgId,
    /// Who asks.
    pub user: UserId,
    /// The name by which they are mentioned.
    pub username: Username,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<FullName>,
    /// Their address, if they have shown that it is theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The role that they would have.
    pub role: JoinRole,
    /// What became of it.
    pub state: RequestState,
    /// When they asked.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: UserId,
}

impl JoinRequest {
    /// What a person asks for.
    pub fn new(
        org: OrgId,
        account: &Account,
        person: &Profile,
        role: JoinRole,
        at: Timestamp,
    ) -> Self {
        Self {
            org,
            user: account.user,
            username: person.username.clone(),
            full_name: person.full_name.clone(),
            email: account.email_verified.then(|| account.email.clone()),
            role,
            state: RequestState::Pending,
            created_at: at,
            updated_at: at,
            updated_by: account.user,
        }
    }

    /// Whether it waits for an answer.
    pub fn is_pending(&self) -> bool {
        self.state == RequestState::Pending
    }

    /// The request once it is answered.
    pub fn answered(&self, state: RequestState, by: UserId, at: Timestamp) -> Self {
        Self {
            state,
            updated_at: at,
            updated_by: by,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Tag;

    #[test]
    fn a_code_is_read_as_people_write_it() {
        let code = CodeText::from_bytes([0xa5; 16]);
        let spoken = format!(
            "{}-{}",
            code.as_str()[..10].to_uppercase(),
            &code.as_str()[10..]
        );
        assert_eq!(spoken.parse::<CodeText>().unwrap(), code);
        for text in [
            "",
            "abc",
            &format!("{}x", code.as_str()),
            &"-".repeat(26),
            "u".repeat(26).as_str(),
        ] {
            assert!(text.parse::<CodeText>().is_err(), "{text}");
        }
        assert!(!format!("{code:?}").contains(code.as_str()));
    }

    #[test]
    fn a_domain_has_labels_and_is_nobodys_public_mail() {
        assert_eq!(
            " Acme.Example ".parse::<DomainName>().unwrap().as_str(),
            "acme.example"
        );
        for text in [
            "",
            "acme",
            "acme.",
            ".acme",
            "a..b",
            "-a.example",
            "a-.example",
            "a b.example",
            "ä.example",
            "192.0.2.1",
            "_x.example",
            "a/b.example",
        ] {
            assert_eq!(
                text.parse::<DomainName>().unwrap_err().code,
                "invalid",
                "{text}"
            );
        }
        assert!(
            format!("{}.example", "a".repeat(64))
                .parse::<DomainName>()
                .is_err()
        );
        for name in PUBLIC {
            assert_eq!(
                name.parse::<DomainName>().unwrap_err().code,
                "public",
                "{name}"
            );
        }
        assert_eq!(
            DomainName::of(&"Ann@Mail.Acme.Example".parse().unwrap()).as_str(),
            "mail.acme.example"
        );
    }

    fn code() -> JoinCode {
        let tag = Tag::from_bytes([1; 5]);
        JoinCode {
            id: JoinCodeId::new(tag, [1; 11]),
            org: OrgId::new(tag, [1; 11]),
            digest: String::new(),
            prefix: "abcd".to_owned(),
            role: JoinRole::Member,
            approval: false,
            max_uses: None,
            uses: 0,
            used_at: None,
            kept_by: None,
            expires_at: None,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: UserId::new(1, [1; 10]),
            updated_at: Timestamp::UNIX_EPOCH,
            updated_by: UserId::new(1, [1; 10]),
            deleted_at: None,
        }
    }

    #[test]
    fn a_code_is_open_until_it_is_used_up_expired_or_revoked() {
        let now = Timestamp::from_second(100).unwrap();
        let once = JoinCode {
            max_uses: Some(1),
            ..code()
        };
        assert!(code().is_open(now) && once.is_open(now));
        let used = once.used(once.created_by, now);
        assert!(!used.is_open(now) && used.used_at == Some(now));
        assert!(
            !JoinCode {
                expires_at: Some(now),
                ..code()
            }
            .is_open(now)
        );
        assert!(
            !JoinCode {
                deleted_at: Some(now),
                ..code()
            }
            .is_open(now)
        );
        assert!(code().used(code().created_by, now).is_open(now));
    }
}
