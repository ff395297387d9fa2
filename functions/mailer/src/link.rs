//! The way back from a mail: a link with its token, or how to call the API with it.

use domain::account::Purpose;

/// How the reader acts on a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What the button says.
    pub label: &'static str,
    /// Where it leads.
    pub way: Way,
}

/// Where an action leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// To a page.
    Link(String),
    /// To the API: this installation has no address that the mailer knows of.
    Call {
        /// Method and path, and a header where one is needed.
        route: String,
        /// The JSON to be sent.
        body: Option<String>,
    },
}

/// Makes links. Only the configured address ever takes part in them, nothing that came with a request.
#[derive(Debug, Clone)]
pub struct Links {
    base: Option<String>,
}

impl Links {
    /// Links that begin with this address.
    pub fn new(base: Option<&str>) -> Self {
        Self {
            base: base.map(|base| base.trim_end_matches('/').to_owned()),
        }
    }

    /// The action of a one-time token.
    pub fn one_time(&self, purpose: Purpose, token: &str) -> Action {
        let (label, page, route, more) = match purpose {
            Purpose::VerifyEmail => (
                "Confirm the address",
                "verify-email",
                "/auth/email/verify",
                "",
            ),
            Purpose::ChangeEmail => (
                "Confirm the new address",
                "change-email",
                "/auth/email/verify",
                r#","password":"<the account's password, unless you are signed in>""#,
            ),
            Purpose::ResetPassword => (
                "Choose a new password",
                "reset-password",
                "/auth/password/reset",
                r#","password":"<the new one>""#,
            ),
        };
        let way = match &self.base {
            Some(base) => Way::Link(format!("{base}/{page}?token={token}")),
            None => Way::Call {
                route: format!("POST /api/v1{route}"),
                body: Some(format!(r#"{{"token":"{token}"{more}}}"#)),
            },
        };
        Action { label, way }
    }

    /// The action of a former address, which takes an account back.
    pub fn revert(&self, token: &str) -> Action {
        let way = match &self.base {
            Some(base) => Way::Link(format!("{base}/revert-email?token={token}")),
            None => Way::Call {
                route: "POST /api/v1/auth/email/revert".to_owned(),
                body: Some(format!(r#"{{"token":"{token}"}}"#)),
            },
        };
        Action {
            label: "Take the account back",
            way,
        }
    }

    /// The page of something, by its path; none if this installation has no pages that the mailer knows of.
    pub fn page(&self, path: &str) -> Option<String> {
        self.base.as_ref().map(|base| format!("{base}{path}"))
    }

    /// The action of an invitation.
    pub fn invitation(&self, token: &str) -> Action {
        let way = match &self.base {
            Some(base) => Way::Link(format!("{base}/invitations/{token}")),
            None => Way::Call {
                route: format!(
                    "POST /api/v1/invitations/{token}/accept\nAuthorization: Bearer <your access token>"
                ),
                body: None,
            },
        };
        Action {
            label: "See the invitation",
            way,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_begin_with_the_configured_address() {
        let links = Links::new(Some("https://app.example.com/"));
        let link = |action: Action| match action.way {
            Way::Link(link) => link,
            Way::Call { route, .. } => panic!("{route}"),
        };
        assert_eq!(
            link(links.one_time(Purpose::VerifyEmail, "a.b")),
            "https://app.example.com/verify-email?token=a.b"
        );
        assert_eq!(
            link(links.invitation("a.b")),
            "https://app.example.com/invitations/a.b"
        );
        assert_eq!(
            links.page("/tasks/1").as_deref(),
            Some("https://app.example.com/tasks/1")
        );
    }

    #[test]
    fn without_an_address_the_call_is_told() {
        let links = Links::new(None);
        assert_eq!(links.page("/tasks/1"), None);
        for purpose in Purpose::ALL {
            let Way::Call {
                route,
                body: Some(body),
            } = links.one_time(*purpose, "a.b").way
            else {
                panic!()
            };
            assert!(route.starts_with("POST /api/v1/auth/"), "{route}");
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&body).unwrap()["token"],
                "a.b"
            );
        }
        assert!(
            matches!(links.invitation("a.b").way, Way::Call { route, .. } if route.contains("/invitations/a.b/accept"))
        );
    }
}
