// The names behind ids: of people, labels and statuses in one organization and project.

import { all, get } from './api.js';

/** What is known by its id. Whom one may not see, or who has gone, is somebody all the same. */
export class Names {
  #people = new Map();
  #labels = new Map();
  #statuses = new Map();

  constructor(me) {
    this.me = me.id;
    this.#know({ user_id: me.id, username: me.username, full_name: me.full_name });
  }

  #know({ user_id: id, username, full_name: name }) {
    this.#people.set(id, { id, username, name: name || username });
  }

  /** Reads who belongs to an organization. */
  async ofOrganization(id) {
    for (const member of await all(`/organizations/${id}/members`)) this.#know(member);
    this.members = [...this.#people.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Reads a project's workflow and labels. */
  async ofProject(id) {
    const [workflow, labels] = await Promise.all([get(`/projects/${id}/workflow`), all(`/labels?project=${id}`)]);
    this.#statuses = new Map(workflow.statuses.map((status) => [status.key, status]));
    this.#labels = new Map(labels.map((label) => [label.id, label]));
    this.statuses = workflow.statuses;
  }

  person(id) {
    if (!id) return null;
    return this.#people.get(id) ?? { id, username: null, name: 'Somebody' };
  }

  label(id) {
    return this.#labels.get(id);
  }

  status(key) {
    return this.#statuses.get(key)?.name ?? key;
  }

  category(key) {
    return this.#statuses.get(key)?.category ?? 'todo';
  }
}
