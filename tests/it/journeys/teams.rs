//! Teams, their people, and what their roles are good for.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{PASSWORD, Person, Team, World};

use super::{column, journey, until};

/// A team of a person in an organization.
async fn make(who: &Person, org: &Team, name: &str) -> String {
    who.post("/teams", json!({ "organization_id": org.id, "name": name }))
        .await
        .expect(201)
        .id()
}

/// Adds a member of the organization.
async fn add(who: &Person, team: &str, user: &Person, role: &str) {
    let body = json!({ "user_id": user.id, "role": role });
    assert_eq!(
        who.post(&format!("/teams/{team}/members"), body)
            .await
            .expect(201)
            .text_of("status"),
        "added"
    );
}

journey! {
    async fn a_client_of_the_tracker_never_names_an_organization_or_a_project(world: World) {
        let nobody = world.nobody();
        let json = |person: &Person, path: &str, body: Value| person.raw(Method::POST, path).json(body).send();
        let body = json!({ "email": "ann@example.com", "password": PASSWORD });
        let ann = world.signed_in(&json(&nobody, "/auth/register", body).await.expect(201));
        let about = json!({ "name": "Design", "description": "Who draws.", "metadata": { "colour": "green" } });
        let team = json(&ann, "/teams", about).await.expect(201);
        assert_eq!((team.text_of("owner_id"), &team.data()["metadata"]["colour"]), (ann.id.clone(), &json!("green")));
        let team = team.id();

        let task = json(&ann, "/tasks", json!({ "team_id": team, "title": "Draw it" })).await.expect(201);
        assert_eq!(task.text_of("key"), "DESI-1");
        let second = json(&ann, "/tasks", json!({ "team_id": team, "title": "Show it" })).await.expect(201);
        assert_eq!(second.text_of("project_id"), task.text_of("project_id"));
        until(&ann, &format!("/tasks?team={team}"), |list| column(list, "title") == ["Draw it", "Show it"]).await;

        let board = json(&ann, "/boards", json!({ "team_id": team, "name": "Board" })).await.expect(201);
        let lists = board.data()["lists"].as_array().unwrap();
        let names: Vec<&str> = lists.iter().map(|list| list["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["To Do", "In Progress", "Done"]);
        let to = json!({ "board_id": board.id(), "list_id": lists[1]["id"] });
        json(&ann, &format!("/tasks/{}/move", task.id()), to).await.expect(200);
        let path = format!("/boards/{}", board.id());
        let cards = |board: &tests::Answer, list: usize| board.data()["lists"][list]["cards"].clone();
        let shown = until(&ann, &path, |board| cards(board, 1).as_array().is_some_and(|cards| cards.len() == 1)).await;
        assert_eq!(cards(&shown, 1)[0]["title"], "Draw it");

        // The project behind it is in no list, and knows itself what it is.
        until(&ann, "/projects", |list| list.rows().is_empty()).await;
        let project = ann.get(&format!("/projects/{}", task.text_of("project_id"))).await.expect(200);
        assert_eq!((&project.data()["is_default"], &project.data()["team_ids"]), (&json!(true), &json!([team])));
        let shown = ann.raw(Method::GET, &format!("/teams/{team}")).send().await.expect(200);
        assert_eq!(shown.data()["default_project_id"], project.data()["id"]);
    }
}

journey! {
    async fn tasks_of_a_team_go_over_the_old_paths_too(world: World) {
        let ann = world.person("ann").await;
        let org = world.team(&ann, "acme").await;
        let team = make(&ann, &org, "Site crew").await;
        let (web, lab) = (org.project("WEB").await, org.private_project("LAB").await);
        for project in [&web, &lab] {
            ann.patch(&format!("/projects/{project}"), json!({ "team_ids": [team] })).await.expect(200);
        }
        let bob = world.member(&org, "bob", "member").await;
        let mut bodies = vec![json!({ "team_id": team, "title": "A", "due_date": "2030-01-03" })];
        bodies.push(json!({ "project_id": web, "title": "B", "due_date": "2030-01-02", "priority": "urgent" }));
        bodies.push(json!({ "project_id": lab, "title": "C", "due_date": "2030-01-01", "priority": "low" }));
        bodies.push(json!({ "team_id": team, "title": "D" }));
        for body in bodies {
            world.clock.advance(jiff::SignedDuration::from_secs(1));
            ann.raw(Method::POST, "/api/tasks/").json(body).send().await.expect(201);
        }
        for (query, titles) in [
            ("", "ABCD"),
            ("&ordering=-created_at", "DCBA"),
            ("&ordering=due_date", "CBAD"),
            ("&ordering=-priority", "BDAC"),
            ("&priority=urgent", "B"),
            ("&assigned_to=none&q=d", "D"),
        ] {
            let path = format!("/tasks?team={team}{query}");
            until(&ann, &path, |list| column(list, "title").concat() == titles).await;
            // The same one by one, however the projects' stretches interleave.
            let (mut found, mut next) = (String::new(), String::new());
            loop {
                let page = ann.raw(Method::GET, &format!("/api{path}&limit=1{next}")).send().await.expect(200);
                found += &column(&page, "title").concat();
                match page.body["meta"]["next_cursor"].as_str() {
                    Some(cursor) => next = format!("&cursor={cursor}"),
                    None => break,
                }
            }
            assert_eq!(found, titles, "{query}");
        }
        // Who does not see the private project does not see its tasks either.
        until(&bob, &format!("/tasks?team={team}"), |list| column(list, "title").concat() == "ABD").await;
        ann.get(&format!("/tasks?team={team}&ordering=position&status=todo")).await.refused(400, "bad_filter");
        ann.get(&format!("/tasks?team={team}&project={web}")).await.refused(400, "bad_filter");
    }
}

journey! {
    async fn a_role_in_a_team_is_a_role_in_its_projects(world: World) {
        let ann = world.person("ann").await;
        let org = world.team(&ann, "acme").await;
        let (bob, gus) = (world.member(&org, "bob", "member").await, world.member(&org, "gus", "guest").await);
        let team = make(&ann, &org, "Crew").await;
        let project = org.private_project("LAB").await;
        let (path, place) = (format!("/projects/{project}"), format!("/teams/{team}/members"));
        let task = format!("/tasks/{}", org.task(&project, "Secret").await);
        for person in [&bob, &gus] {
            add(&ann, &team, person, "viewer").await;
            person.get(&path).await.refused(404, "not_found");
        }
        ann.patch(&path, json!({ "team_ids": [team] })).await.expect(200);
        for person in [&bob, &gus] {
            person.get(&path).await.expect(200);
            person.get(&task).await.expect(200);
            until(person, "/projects", |list| column(list, "key") == ["LAB"]).await;
            person.patch(&task, json!({ "title": "Mine" })).await.refused(403, "forbidden");
            ann.patch(&format!("{place}/{}", person.id), json!({ "role": "member" })).await.expect(200);
            person.patch(&task, json!({ "title": "Mine" })).await.expect(200);
            person.post("/tasks", json!({ "project_id": project, "title": "New" })).await.expect(201);
            person.delete(&task).await.refused(403, "forbidden");
            person.patch(&path, json!({ "name": "Mine" })).await.refused(403, "forbidden");
        }
        ann.patch(&task, json!({ "assignee_id": gus.id })).await.expect(200);
        ann.patch(&format!("{place}/{}", bob.id), json!({ "role": "admin" })).await.expect(200);
        bob.delete(&task).await.expect(200);
        ann.post(&format!("/trash/task/{}/restore", &task[7..]), Value::Null).await.expect(200);

        // Rights go with the role, the attachment, or the membership.
        ann.delete(&format!("{place}/{}", bob.id)).await.expect(204);
        bob.get(&task).await.refused(404, "not_found");
        ann.patch(&path, json!({ "team_ids": [] })).await.expect(200);
        gus.get(&task).await.refused(404, "not_found");
        assert_eq!(ann.get(&format!("/teams/{team}")).await.data()["project_ids"], json!([]));
    }
}

journey! {
    async fn a_guest_works_in_his_team_and_sees_nothing_else(world: World) {
        let ann = world.person("ann").await;
        let org = world.team(&ann, "acme").await;
        let gus = world.member(&org, "gus", "guest").await;
        let (his, other) = (make(&ann, &org, "His").await, make(&ann, &org, "Other").await);
        gus.get(&format!("/teams/{his}")).await.refused(404, "not_found");
        add(&ann, &his, &gus, "member").await;
        until(&gus, "/teams", |list| column(list, "name") == ["His"]).await;
        gus.get(&format!("/teams/{other}")).await.refused(404, "not_found");
        gus.post("/tasks", json!({ "team_id": other, "title": "Mine" })).await.refused(404, "not_found");
        let task = gus.post("/tasks", json!({ "team_id": his, "title": "Mine" })).await.expect(201);
        gus.get(&format!("/tasks/{}", task.id())).await.expect(200);
        until(&gus, &format!("/tasks?team={his}"), |list| list.rows().len() == 1).await;
        until(&gus, "/users", |list| column(list, "username") == ["ann", "gus"]).await;
        let made = ann.post("/tasks", json!({ "team_id": his, "title": "His", "assignee_id": gus.id })).await.expect(201);
        gus.patch(&format!("/tasks/{}", made.id()), json!({ "title": "Done" })).await.expect(200);
        for assignee in [Value::Null, json!(gus.id)] {
            ann.patch(&format!("/tasks/{}", made.id()), json!({ "assignee_id": assignee })).await.expect(200);
        }
        let elsewhere = org.task(&org.project("WEB").await, "Not his").await;
        let give = json!({ "assignee_id": gus.id });
        ann.patch(&format!("/tasks/{elsewhere}"), give).await.refused(422, "validation_failed");
    }
}

journey! {
    async fn people_come_into_a_team_and_go(world: World) {
        let ann = world.person("ann").await;
        let org = world.team(&ann, "acme").await;
        let (bob, cat) = (world.member(&org, "bob", "member").await, world.member(&org, "cat", "member").await);
        let team = make(&bob, &org, "Crew").await;
        let (path, place) = (format!("/teams/{team}"), format!("/teams/{team}/members"));
        let of = |person: &Person| format!("{place}/{}", person.id);
        cat.post(&place, json!({ "user_id": cat.id })).await.refused(403, "forbidden");
        // Who has an address is told to those who may invite.
        bob.post(&place, json!({ "email": cat.email })).await.refused(403, "forbidden");
        let added = ann.post(&place, json!({ "email": cat.email })).await.expect(201);
        assert_eq!((added.text_of("status"), &added.data()["member"]["role"]), ("added".to_owned(), &json!("member")));
        bob.post(&place, json!({ "user_id": cat.id })).await.refused(409, "already_member");
        ann.post(&place, json!({ "email": cat.email })).await.refused(409, "already_member");

        // Who invites needs the right to; who is invited comes into both.
        let body = json!({ "email": "dan@example.com", "role": "admin" });
        bob.post(&place, body.clone()).await.refused(403, "forbidden");
        let invited = ann.post(&place, body).await.expect(201);
        let invitation = &invited.data()["invitation"];
        assert_eq!((&invitation["role"], &invitation["team_role"]), (&json!("member"), &json!("admin")));
        let dan = world.person("dan").await;
        let token = world.mailed_token(&dan.email, "Invitation").await;
        dan.post(&format!("/invitations/{token}/accept"), json!({})).await.expect(200);
        let members = dan.get(&place).await.expect(200);
        assert_eq!((column(&members, "username"), column(&members, "role")),
            (vec!["bob".to_owned(), "cat".into(), "dan".into()], vec!["admin".to_owned(), "member".into(), "admin".into()]));

        // The owner hands over before they go, and somebody runs it always.
        bob.delete(&of(&bob)).await.refused(409, "last_owner");
        dan.patch(&of(&bob), json!({ "role": "viewer" })).await.refused(409, "last_owner");
        dan.patch(&path, json!({ "owner_id": dan.id })).await.refused(403, "forbidden");
        let cats = bob.patch(&path, json!({ "owner_id": cat.id })).await.expect(200);
        assert_eq!((cats.text_of("owner_id"), &cats.data()["admins_count"]), (cat.id.clone(), &json!(3)));
        for person in [&bob, &dan] {
            person.delete(&of(person)).await.expect(204);
        }
        cat.delete(&of(&cat)).await.refused(409, "last_admin");
        cat.patch(&of(&cat), json!({ "role": "member" })).await.refused(409, "last_admin");
        bob.patch(&path, json!({ "name": "Ours" })).await.refused(403, "forbidden");

        // Whoever leaves the organization leaves its teams.
        add(&cat, &team, &bob, "member").await;
        ann.delete(&format!("/organizations/{}/members/{}", org.id, cat.id)).await.expect(204);
        assert_eq!(column(&bob.get(&place).await.expect(200), "username"), ["bob"]);
        world.join(&org, &cat, "member").await;
        cat.patch(&path, json!({ "name": "Mine again" })).await.refused(403, "forbidden");
        ann.patch(&path, json!({ "owner_id": bob.id, "name": "Crew 2" })).await.expect(200);
        bob.patch(&of(&bob), json!({ "role": "admin" })).await.expect(200);
    }
}

journey! {
    async fn a_team_inside_a_project_is_for_the_people_of_the_project(world: World) {
        let ann = world.person("ann").await;
        let org = world.team(&ann, "acme").await;
        let (bob, cat) = (world.member(&org, "bob", "member").await, world.member(&org, "cat", "manager").await);
        let project = org.private_project("LAB").await;
        let inside = json!({ "name": "Lab crew", "project_id": project });
        bob.post("/teams", inside.clone()).await.refused(404, "not_found");
        let team = ann.post("/teams", inside).await.expect(201);
        assert_eq!(team.data()["project_ids"], json!([project]));
        let (path, place) = (format!("/teams/{}", team.id()), format!("/teams/{}/members", team.id()));
        // Nobody else learns that it is there.
        cat.get(&path).await.refused(404, "not_found");
        until(&cat, "/teams", |list| list.rows().is_empty()).await;
        until(&ann, &format!("/teams?project={project}"), |list| list.rows().len() == 1).await;
        cat.get(&format!("/teams?project={project}")).await.refused(404, "not_found");

        let add = json!({ "user_id": bob.id, "role": "admin" });
        ann.post(&place, add.clone()).await.refused(422, "validation_failed");
        ann.post(&place, json!({ "email": "new@example.com" })).await.refused(422, "validation_failed");
        let in_project = format!("/projects/{project}/members/{}", bob.id);
        ann.put(&in_project, json!({ "role": "viewer" })).await.expect(200);
        ann.post(&place, add).await.expect(201);
        // Its work goes to the project.
        let task = bob.post("/tasks", json!({ "team_id": team.id(), "title": "Test it" })).await.expect(201);
        assert_eq!(task.text_of("key"), "LAB-1");
        let other = org.project("WEB").await;
        let elsewhere = json!({ "team_ids": [team.id()] });
        ann.patch(&format!("/projects/{other}"), elsewhere).await.refused(422, "validation_failed");
        // Who leaves the project leaves the team.
        ann.delete(&in_project).await.expect(204);
        bob.get(&path).await.refused(404, "not_found");
        bob.get(&format!("/tasks/{}", task.id())).await.refused(404, "not_found");
        assert_eq!(column(&ann.get(&place).await.expect(200), "username"), ["ann"]);
        ann.delete(&path).await.expect(200);
        ann.get(&format!("/projects/{project}")).await.expect(200);
    }
}

journey! {
    async fn a_team_is_found_renamed_and_deleted(world: World) {
        let ann = world.person("ann").await;
        let org = world.team(&ann, "acme").await;
        let bob = world.member(&org, "bob", "member").await;
        let (crew, band) = (make(&ann, &org, "Crew").await, make(&bob, &org, "Band").await);
        ann.post("/teams", json!({ "organization_id": org.id, "name": " CREW " })).await.refused(409, "name_taken");
        ann.patch(&format!("/teams/{band}"), json!({ "name": "crew" })).await.refused(409, "name_taken");
        let body = json!({ "organization_id": org.id, "name": "Website", "key": "WEB", "team_id": crew });
        let project = ann.post("/projects", body).await.expect(201);
        assert_eq!(project.data()["team_ids"], json!([crew]));
        for (query, names) in [
            ("", vec!["Crew", "Band"]),
            ("?org=acme&limit=1", vec!["Crew"]),
            ("?member=me", vec!["Band"]),
            (&format!("?member={}", ann.id), vec!["Crew"]),
            (&format!("?project={}", project.id()), vec!["Crew"]),
            ("?q=AN", vec!["Band"]),
        ] {
            until(&bob, &format!("/teams{query}"), |list| column(list, "name") == names).await;
        }
        until(&ann, &format!("/projects?team={crew}"), |list| column(list, "key") == ["WEB"]).await;
        until(&ann, &format!("/projects?team={band}"), |list| list.rows().is_empty()).await;
        until(&ann, &format!("/users?team={band}"), |list| column(list, "username") == ["bob"]).await;
        until(&ann, &format!("/organizations/acme/members?team={crew}"), |list| column(list, "username") == ["ann"]).await;

        let path = format!("/teams/{crew}");
        let renamed = ann.patch(&path, json!({ "name": "Ship's crew", "description": "All." })).await.expect(200);
        let stale = ann.request(Method::PATCH, &path).header("if-match", "\"v1\"").json(json!({ "name": "No" }));
        stale.send().await.refused(412, "precondition_failed");
        assert_eq!(ann.get(&path).await.header("etag"), renamed.header("etag"));
        ann.patch(&format!("/teams/{band}"), json!({ "name": "Crew" })).await.expect(200);

        let task = ann.post("/tasks", json!({ "team_id": crew, "title": "Sail" })).await.expect(201);
        bob.delete(&path).await.refused(403, "forbidden");
        ann.delete(&path).await.refused(409, "has_projects");
        // A project in the trash is none that it is attached to.
        ann.delete(&format!("/projects/{}", project.id())).await.expect(200);
        ann.delete(&path).await.expect(200);
        ann.get(&path).await.refused(404, "not_found");
        until(&ann, "/teams", |list| column(list, "name") == ["Crew"]).await;
        ann.get(&format!("/tasks/{}", task.id())).await.refused(404, "not_found");
        // Its tasks come back in a project like any other.
        let default = format!("/projects/{}", task.text_of("project_id"));
        let back = ann.post(&format!("{default}/restore"), Value::Null).await.expect(200);
        assert_eq!((&back.data()["is_default"], &back.data()["team_ids"]), (&json!(false), &json!([])));
        ann.get(&format!("/tasks/{}", task.id())).await.expect(200);
        until(&ann, "/projects", |list| column(list, "name") == ["Ship's crew"]).await;
    }
}

journey! {
    async fn a_team_whose_default_project_was_deleted_gets_another(world: World) {
        let ann = world.person("ann").await;
        let org = world.team(&ann, "acme").await;
        let team = make(&ann, &org, "Crew").await;
        let task = |title: &str| json!({ "team_id": team, "title": title });
        let first = ann.post("/tasks", task("One")).await.expect(201).text_of("project_id");
        ann.patch(&format!("/projects/{first}"), json!({ "team_ids": [] })).await.refused(422, "validation_failed");
        ann.delete(&format!("/projects/{first}")).await.expect(200);
        assert_eq!(ann.get(&format!("/teams/{team}")).await.data()["default_project_id"], Value::Null);
        let second = ann.post("/tasks", task("Two")).await.expect(201);
        assert_ne!(second.text_of("project_id"), first);
        assert_eq!(second.text_of("key"), "CREW2-1");
        ann.post(&format!("/projects/{first}/restore"), Value::Null).await.expect(200);
        until(&ann, &format!("/tasks?team={team}"), |list| column(list, "title") == ["Two"]).await;
    }
}
