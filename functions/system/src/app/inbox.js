// What one was told of: the latest notifications, in a box above the page.

import { call, get, post } from './api.js';
import { avatar, el, toast } from './dom.js';
import { ago, happened, moment } from './format.js';

const WHY = {
  mentioned: 'mentioned you', assigned: 'gave you this card', unassigned: 'took this card from you', replied: 'replied to you',
  commented: 'commented', attached: 'attached a file', added: 'added you', role_changed: 'changed your role',
};

/** The inbox. `changed()` is told when something was read. */
export class Inbox {
  constructor(names, changed) {
    Object.assign(this, { names, changed });
    this.items = el('ul', { class: 'inbox' });
    this.read = el('button', { class: 'plain', type: 'button', text: 'Mark all as read', on: { click: () => this.#readAll() } });
    this.root = el('dialog', { class: 'box', 'aria-label': 'Notifications' },
      el('div', { class: 'row' }, el('h2', { text: 'Notifications' }), el('span', { class: 'gap' }), this.read), this.items,
      el('div', { class: 'row end' }, el('button', { class: 'primary', type: 'button', text: 'Close', on: { click: () => this.root.close() } })));
  }

  /** Opens it. */
  async open() {
    if (!this.root.isConnected) document.body.append(this.root);
    if (!this.root.open) this.root.showModal();
    await this.#load();
  }

  /** Something new is in it. */
  told() {
    if (this.root.open) this.#load();
  }

  async #load() {
    const rows = await get('/notifications?limit=30');
    this.read.hidden = !rows.some(({ read_at: at }) => !at);
    this.items.replaceChildren(...(rows.length ? rows.map((row) => this.#draw(row)) : [el('li', { class: 'aside', text: 'Nobody has told you anything yet.' })]));
  }

  #draw(row) {
    const actor = this.names.person(row.actor_id) ?? { id: 'system', name: 'The system' };
    const names = { status: (key) => this.names.status(key), person: (id) => this.names.person(id).name };
    const words = WHY[row.type] ?? happened({ type: row.event, changes: row.change ? [row.change] : [] }, names);
    const open = () => {
      this.root.close();
      this.#mark(row);
      location.hash = `#/project/${row.project_id}${row.task ? `/card/${row.task.id}` : ''}`;
    };
    const what = row.task ? `${row.task.key} ${row.task.title}` : row.subject.name ?? '';
    return el('li', { class: row.read_at ? '' : 'unread' },
      el('button', { class: 'plain', type: 'button', on: { click: open }, disabled: !row.project_id }, avatar(actor, 'small'),
        el('span', {}, el('b', { text: actor.name }), ` ${words}`, el('span', { class: 'what', text: what })),
        el('time', { datetime: row.at, title: moment(row.at), text: ago(row.at) })));
  }

  async #mark({ id, read_at: at }) {
    if (at) return;
    await post('/notifications/read', { ids: [id] });
    this.changed();
  }

  async #readAll() {
    try {
      await call('POST', '/notifications/read', { body: { all: true } });
      await this.#load();
      this.changed();
    } catch (problem) {
      toast(problem.sentence, { kind: 'error' });
    }
  }
}
