// A card, whole: what it is about, what people say, what has happened.

import { Problem, call, get, patch, post } from './api.js';
import { PRIORITIES, chip } from './cards.js';
import { Comments } from './comments.js';
import { avatar, el, icon, toast } from './dom.js';
import { ago, happened, moment } from './format.js';

/** The sheet that shows one card. `changed(task)` is told of changes made here, `closed()` when it is put away. */
export class Card {
  #task = null;
  #seen = new Set();

  constructor(id, names, { changed, closed }) {
    Object.assign(this, { id, names, changed });
    this.comments = new Comments(id, names, (number) => { this.number.textContent = number || ''; });
    this.root = el('dialog', { class: 'sheet', 'aria-label': 'Card', tabindex: '-1' });
    this.root.addEventListener('close', () => {
      this.root.remove();
      closed();
    });
    // A click beside the sheet puts it away.
    this.root.addEventListener('pointerdown', (event) => {
      if (event.target === this.root && event.offsetX < 0) this.root.close();
    });
    this.#build();
  }

  /** Shows it: at once what is known from the board, then all of it. */
  async open(known) {
    document.body.append(this.root);
    this.root.showModal();
    this.root.focus();
    this.description.disabled = true;
    if (known) this.#show(known);
    try {
      const [task] = await Promise.all([get(`/tasks/${this.id}`), this.comments.load(), this.#load()]);
      this.description.disabled = false;
      this.#show({ description: '', ...task });
    } catch (problem) {
      this.root.close();
      if (!(problem instanceof Problem)) throw problem;
      toast(problem.status === 404 ? 'That card is not there any more.' : problem.sentence, { kind: 'error' });
    }
  }

  /** Takes up what has happened to it. */
  async heard(event) {
    if (event.type.startsWith('comment.')) this.comments.heard(event);
    this.#happened(event, true);
    if (event.type === 'task.deleted') {
      this.root.close();
      toast('Somebody has deleted that card.');
    } else if (event.type.startsWith('task.') && (this.#task?.version ?? 0) < event.version) {
      this.#show({ description: '', ...await get(`/tasks/${this.id}`) });
    }
  }

  #build() {
    const choice = (name, label, change) => {
      const select = el('select', { name, 'aria-label': label, on: { change: () => change(select.value) } });
      this[name] = select;
      return el('label', { class: 'field' }, el('span', { text: label }), select);
    };
    const { names } = this;
    this.key = el('span', { class: 'key' });
    this.labels = el('span', { class: 'labels' });
    this.title = this.#text('title', 'Title', { rows: '1', maxlength: '200', class: 'title' });
    this.description = this.#text('description', 'Description', { rows: '3', maxlength: '32768', placeholder: 'What is it about?' });
    const fields = el('div', { class: 'fields' },
      choice('status', 'List', (to) => this.#send(() => post(`/tasks/${this.id}/transition`, { to }))),
      choice('assignee_id', 'Assigned to', (value) => this.#send(() => patch(`/tasks/${this.id}`, { assignee_id: value || null }))),
      choice('priority', 'Priority', (priority) => this.#send(() => patch(`/tasks/${this.id}`, { priority }))),
      el('label', { class: 'field' }, el('span', { text: 'Due' }), this.due_date = el('input', { type: 'date', name: 'due_date', 'aria-label': 'Due',
        on: { change: () => this.#due(this.due_date.value) } })));
    this.status.append(...names.statuses.map(({ key, name }) => el('option', { value: key, text: name })));
    this.assignee_id.append(el('option', { value: '', text: 'Nobody' }), ...names.members.map(({ id, name }) => el('option', { value: id, text: id === names.me ? `${name} (me)` : name })));
    this.priority.append(...Object.entries(PRIORITIES).map(([value, text]) => el('option', { value, text })));
    this.number = el('small');
    this.activity = el('ol', { class: 'activity', 'aria-label': 'Activity' });
    this.root.append(
      el('header', {}, this.key, this.labels, el('button', { class: 'plain close', type: 'button', 'aria-label': 'Close', on: { click: () => this.root.close() } }, icon('close'))),
      el('div', { class: 'sheet-body' }, this.title, fields, el('h3', {}, icon('lines'), 'Description'), this.description,
        el('h3', {}, icon('comment'), 'Comments', this.number), this.comments.root, el('h3', {}, icon('clock'), 'Activity'), this.activity));
  }

  /** While somebody writes a year, its first digits are years too. */
  #due(day) {
    if (!day || day >= '1970') this.#send(() => patch(`/tasks/${this.id}`, { due_date: day || null }));
  }

  /** A text that is saved when it is left, or with Ctrl+Enter. */
  #text(name, label, properties) {
    const area = el('textarea', { name, 'aria-label': label, ...properties });
    const fit = () => {
      area.style.height = 'auto';
      area.style.height = `${area.scrollHeight + 2}px`;
    };
    area.addEventListener('input', fit);
    area.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (name === 'title' || event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        area.blur();
      }
      if (event.key === 'Escape') {
        event.preventDefault();
        event.stopPropagation();
        area.value = this.#task?.[name] ?? '';
        area.blur();
      }
    });
    area.addEventListener('change', () => this.#write(name, area.value));
    area.fit = fit;
    return area;
  }

  #show(task) {
    if (this.#task && this.#task.version > task.version) return;
    this.#task = task;
    this.root.setAttribute('aria-label', `${task.key} ${task.title}`);
    this.key.textContent = task.key;
    this.labels.replaceChildren(...(task.labels ?? []).map((id) => this.names.label(id)).filter(Boolean).map(chip));
    if (task.assignee_id && ![...this.assignee_id.options].some(({ value }) => value === task.assignee_id)) {
      this.assignee_id.append(el('option', { value: task.assignee_id, text: this.names.person(task.assignee_id).name }));
    }
    const values = { ...task, assignee_id: task.assignee_id ?? '', due_date: task.due_date?.slice(0, 10) ?? '' };
    for (const name of ['title', 'description', 'status', 'assignee_id', 'priority', 'due_date']) {
      const input = this[name];
      // What somebody is writing stays.
      const writing = input === document.activeElement && input.fit;
      if (!writing && values[name] !== undefined) input.value = values[name];
      input.fit?.();
    }
  }

  /** Saves a text under the version that was seen; if others have changed something else meanwhile, all the same. */
  async #write(name, value, seen = this.#task) {
    const text = value.trim();
    if (text === (seen[name] ?? '')) return;
    if (name === 'title' && !text) {
      this.title.value = seen.title;
      return;
    }
    try {
      this.#took(await patch(`/tasks/${this.id}`, { [name]: text || null }, seen.version));
    } catch (problem) {
      if (problem.code !== 'precondition_failed') {
        this[name].value = this.#task[name] ?? '';
        toast(problem.sentence, { kind: 'error' });
        return;
      }
      const now = await get(`/tasks/${this.id}`);
      if ((now[name] ?? '') === (seen[name] ?? '')) {
        await this.#write(name, value, now);
        return;
      }
      this.#show(now);
      this[name].value = now[name] ?? '';
      this[name].fit();
      toast(`Somebody else has just changed the ${name}.`, { kind: 'error', action: { text: 'Put mine in its place', run: () => this.#write(name, value, now) } });
    }
  }

  async #send(change) {
    try {
      this.#took(await change());
    } catch (problem) {
      toast(problem.sentence, { kind: 'error' });
      if (this.#task) this.#show(this.#task);
    }
  }

  #took(task) {
    this.#show(task);
    this.changed(task);
  }

  async #load() {
    try {
      const { data } = await call('GET', `/tasks/${this.id}/activity?limit=50`);
      for (const event of data.reverse()) this.#happened(event, false);
    } catch (problem) {
      // The rest of the card is worth showing without it.
      if (problem.status === 404) throw problem;
    }
  }

  #happened(event, fresh) {
    if (!event.id || this.#seen.has(event.id)) return;
    this.#seen.add(event.id);
    const actor = this.names.person(event.actor_id) ?? { id: 'system', name: 'The system' };
    const words = happened(event, { status: (key) => this.names.status(key), person: (id) => this.names.person(id).name });
    this.activity.prepend(el('li', { class: fresh ? 'fresh' : '' }, avatar(actor, 'small'),
      el('span', {}, el('b', { text: actor.name }), ` ${words}`), el('time', { datetime: event.at, title: moment(event.at), text: ago(event.at) })));
  }
}
