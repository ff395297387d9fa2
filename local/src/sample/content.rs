//! What the sample says. Everybody and everything in it is made up.

pub(super) const PASSWORD: &str = "quiet-harbour-42-lanterns";
pub(super) const ORGANIZATION: &str = "Fjordlicht Studio";
pub(super) const SLUG: &str = "fjordlicht-studio";
pub(super) const AREAS_PER_PROJECT: usize = 13;

pub(super) struct Person {
    pub email: &'static str,
    pub username: &'static str,
    pub full_name: &'static str,
    /// The role in the organization; the first person is its owner.
    pub role: &'static str,
}

pub(super) struct Project {
    pub key: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub areas: [&'static str; AREAS_PER_PROJECT],
}

/// One of the steps that every area goes through; `{}` stands for the area.
pub(super) struct Step {
    pub title: &'static str,
    pub description: &'static str,
}

const fn person(
    email: &'static str,
    username: &'static str,
    full_name: &'static str,
    role: &'static str,
) -> Person {
    Person {
        email,
        username,
        full_name,
        role,
    }
}

/// The owner first; the last one only looks on.
pub(super) const PEOPLE: [Person; 6] = [
    person(
        "ines.halvorsen@fjordlicht.example",
        "ines",
        "Ines Halvorsen",
        "owner",
    ),
    person(
        "mateo.ruiz@fjordlicht.example",
        "mateo",
        "Mateo Ruiz",
        "admin",
    ),
    person(
        "aiko.tanabe@fjordlicht.example",
        "aiko",
        "Aiko Tanabe",
        "manager",
    ),
    person(
        "samuel.okoye@fjordlicht.example",
        "samuel",
        "Samuel Okoye",
        "member",
    ),
    person(
        "lea.brandt@fjordlicht.example",
        "lea",
        "Léa Brandt",
        "member",
    ),
    person(
        "petra.novak@fjordlicht.example",
        "petra",
        "Petra Nováková",
        "viewer",
    ),
];

pub(super) const STEPS: [Step; 4] = [
    Step {
        title: "Collect what we know about {}",
        description: "Talk to support and sales about {}, and write down the five complaints that come up most.",
    },
    Step {
        title: "Sketch {}",
        description: "Two variants of {} on paper are enough. Decide on Thursday, with everybody at the table.",
    },
    Step {
        title: "Build {}",
        description: "Build {} behind a switch, with tests for the cases from the sketch. Small steps, reviewed the same day.",
    },
    Step {
        title: "Try out {} with five people",
        description: "Watch five people use {} without helping them. Note where they stop, and what they say then.",
    },
];

/// Labels with their colours: of the whole organization.
pub(super) const LABELS: [(&str, &str); 4] = [
    ("Quick win", "#1a7f37"),
    ("Needs a decision", "#9a6700"),
    ("Customer asked", "#0969da"),
    ("Risk", "#cf222e"),
];

/// The project with labels and a workflow of its own.
pub(super) const OWN_WAYS: &str = "APP";
/// Its labels.
pub(super) const OWN_LABELS: [(&str, &str); 2] = [("Offline", "#8250df"), ("Battery", "#bf3989")];
/// The statuses of its workflow: key, name, category, colour.
pub(super) const STATUSES: [(&str, &str, &str, &str); 5] = [
    ("todo", "To Do", "todo", "#8c959f"),
    ("in_progress", "In Progress", "in_progress", "#0969da"),
    ("in_review", "In Review", "in_progress", "#8250df"),
    ("done", "Done", "done", "#1a7f37"),
    ("dropped", "Dropped", "cancelled", "#57606a"),
];
/// Its steps: from, to, and what a task must have for it.
pub(super) const TRANSITIONS: [(&[&str], &str, &[&str]); 5] = [
    (&["todo", "in_review"], "in_progress", &["assignee_id"]),
    (&["in_progress", "done"], "in_review", &[]),
    (&["in_review"], "done", &[]),
    (&["in_progress", "dropped"], "todo", &[]),
    (&["todo", "in_progress", "in_review"], "dropped", &[]),
];

pub(super) const PROJECTS: [Project; 4] = [
    Project {
        key: "WEB",
        name: "New website",
        description: "The website from 2019 says little about what we do today. The new one is to be read on a phone.",
        areas: [
            "the home page",
            "the price list",
            "the contact form",
            "the customer stories",
            "the job offers",
            "the search",
            "the press page",
            "the imprint",
            "the newsletter sign-up",
            "the photo gallery",
            "the language switch",
            "the error pages",
            "the cookie-free statistics",
        ],
    },
    Project {
        key: "APP",
        name: "Field app",
        description: "Our installers write their reports on paper, and we type them in. The app ends both.",
        areas: [
            "the sign-in",
            "the day plan",
            "the route to the customer",
            "the report form",
            "taking photos",
            "signatures",
            "working without a network",
            "the spare-parts list",
            "time recording",
            "the hand-over to the next shift",
            "notifications",
            "the dark mode",
            "the first start",
        ],
    },
    Project {
        key: "OPS",
        name: "Calmer operations",
        description: "Fewer alarms at night, and none that nobody can do anything about.",
        areas: [
            "the nightly backup",
            "the restore drill",
            "the alarm for full disks",
            "certificate renewal",
            "access for new colleagues",
            "leaving colleagues' accounts",
            "the status page",
            "the on-call calendar",
            "the cost report",
            "the update of the database",
            "the log retention",
            "the second internet line",
            "the room temperature alarm",
        ],
    },
    Project {
        key: "FAIR",
        name: "Spring trade fair",
        description: "Three days in April, a stand of twenty square metres and two demonstrations an hour.",
        areas: [
            "the stand layout",
            "the demonstration device",
            "the invitations",
            "the handout",
            "the travel plan",
            "the duty roster",
            "the lead form",
            "the raffle",
            "the speech on day two",
            "the customer dinner",
            "the shipping crates",
            "the follow-up calls",
            "the budget",
        ],
    },
];
