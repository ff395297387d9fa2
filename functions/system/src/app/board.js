// A board: lists of cards, kept in the order in which the server has them, whoever has moved them.

import { call, get, post } from './api.js';
import { draw, patchOf } from './cards.js';
import { Composer } from './composer.js';
import { drags } from './drag.js';
import { avatar, el, glide, icon, say, toast } from './dom.js';

function before(a, b) {
  return a.position < b.position || (a.position === b.position && a.id < b.id);
}

/** The board of a project. `names` knows people and labels, `open(id)` shows a card whole. */
export class Board {
  #cards = new Map();
  #lists = [];
  #fetches = new Map();

  constructor(names, open) {
    this.names = names;
    this.open = open;
    this.filter = null;
    this.root = el('div', { class: 'board', role: 'group', 'aria-label': 'Board' });
    this.root.addEventListener('keydown', (event) => this.#key(event));
    drags(this.root, { item: '.card', list: '.cards', drop: (item) => this.#dropped(item) });
  }

  /** Shows a board as it was read. */
  show(board) {
    this.id = board.id;
    this.project = board.project_id;
    const scroll = this.root.scrollLeft;
    const open = this.#lists.find((list) => !list.composer.root.hidden);
    const draft = open && { id: open.id, text: open.composer.text, focused: open.composer.root.contains(document.activeElement) };
    this.#cards.clear();
    this.#lists = board.lists.map((list) => this.#list(list));
    this.root.replaceChildren(...this.#lists.map((list) => list.column));
    for (const [index, list] of board.lists.entries()) for (const card of list.cards) this.#put(card, this.#lists[index]);
    this.#lists.forEach((list) => this.#counted(list));
    this.root.scrollLeft = scroll;
    const again = draft && this.#lists.find((list) => list.id === draft.id);
    if (again) again.composer.open(draft.text, draft.focused);
  }

  /** Reads the board anew. */
  async reload() {
    if (this.id) this.show(await get(`/boards/${this.id}?limit=50`));
  }

  /** Takes up what has happened to a task: what the event tells is applied, what it does not is fetched. */
  async heard(event) {
    const card = this.#cards.get(event.task_id);
    if (card && (card.moving || card.version >= event.version)) return;
    if (event.type === 'task.deleted') {
      this.#remove(event.task_id);
      return;
    }
    const patch = card && patchOf(card, event);
    if (patch) {
      this.#upsert({ ...card.task, ...patch, version: event.version }, event);
      return;
    }
    await this.fetch(event.task_id, event);
  }

  /** Fetches a task, once for all who ask at the same time. */
  fetch(id, event = null) {
    if (!this.#fetches.has(id)) {
      const fetched = get(`/tasks/${id}`).then((task) => this.#upsert(task, event), (problem) => {
        if (problem.status === 404) this.#remove(id);
      }).finally(() => this.#fetches.delete(id));
      this.#fetches.set(id, fetched);
    }
    return this.#fetches.get(id);
  }

  /** Takes up a task as it was read or as a change of one's own has left it. */
  took(task) {
    this.#upsert(task, null);
  }

  /** What is known of a card. */
  known(id) {
    return this.#cards.get(id)?.task;
  }

  /** Goes to a card with the keyboard. */
  focus(id) {
    this.#cards.get(id)?.node.querySelector('.card-open').focus({ preventScroll: true });
  }

  /** Shows who has just done something to a card. */
  touched(event) {
    this.#touched(event.task_id, event);
  }

  /** Shows more clearly the cards that `fits` picks; null for all. */
  pick(fits) {
    this.filter = fits;
    for (const card of this.#cards.values()) this.#fade(card);
  }

  #fade(card) {
    card.node.classList.toggle('faded', this.filter !== null && !this.filter(card.task, this.category(card.task.status)));
  }

  /** What a status amounts to. */
  category(status) {
    return this.names.category(status);
  }

  #upsert(task, event) {
    const card = this.#cards.get(task.id);
    if (card && (card.moving || card.version > task.version)) return;
    if (task.deleted_at || task.project_id !== this.project && task.project_id !== undefined) {
      this.#remove(task.id);
      return;
    }
    const list = this.#lists.find((one) => one.status === task.status);
    if (!list) {
      this.#remove(task.id);
      return;
    }
    const last = [...list.items.children].at(-1);
    const unseen = list.next && last && before(this.#cards.get(last.dataset.id).task, task);
    const old = card?.list;
    glide(this.root.querySelectorAll('.card'), () => {
      if (unseen) this.#remove(task.id);
      else this.#put(task, list);
    });
    [old, list].forEach((one) => one && this.#counted(one));
    if (event && !event.old && !unseen) this.#touched(task.id, event);
  }

  /** Puts a card where its position says. */
  #put(task, list) {
    const card = this.#cards.get(task.id) ?? { node: el('li', { class: 'card', data: { id: task.id } }) };
    Object.assign(card, { task, list, version: task.version });
    this.#cards.set(task.id, card);
    draw(card.node, task, this.names, this.open);
    const next = [...list.items.children].find((node) => node !== card.node && before(task, this.#cards.get(node.dataset.id).task));
    if (card.node.parentNode !== list.items || card.node.nextSibling !== (next ?? null)) {
      const focused = card.node.contains(document.activeElement);
      list.items.insertBefore(card.node, next ?? null);
      if (focused) card.node.querySelector('.card-open').focus({ preventScroll: true });
    }
    this.#fade(card);
  }

  #remove(id) {
    const card = this.#cards.get(id);
    if (!card || card.moving) return;
    this.#cards.delete(id);
    glide(this.root.querySelectorAll('.card'), () => card.node.remove());
    this.#counted(card.list);
  }

  /** Shows for a moment who has just changed a card. */
  #touched(id, event) {
    const card = this.#cards.get(id);
    const actor = this.names.person(event.actor_id);
    if (!card || !actor || event.actor_id === this.names.me) return;
    card.node.querySelector('.touch')?.remove();
    const touch = el('span', { class: 'touch', 'aria-hidden': 'true' }, avatar(actor, 'small'), el('span', { text: actor.name }));
    for (const one of [touch, card.node]) one.style.setProperty('--hue', touch.firstChild.style.getPropertyValue('--hue'));
    card.node.append(touch);
    card.node.classList.add('touched');
    setTimeout(() => {
      touch.remove();
      if (!card.node.querySelector('.touch')) card.node.classList.remove('touched');
    }, 3500);
  }

  #list(data) {
    const { id, name, status, wip_limit: limit } = data;
    const items = el('ul', { class: 'cards', 'aria-label': name });
    const count = el('span', { class: 'count' });
    const more = el('button', { class: 'more plain', type: 'button', text: 'Show more' });
    const add = el('button', { class: 'add plain', type: 'button' }, icon('plus'), 'Add a card');
    const head = el('h2', {}, el('i', { class: `dot ${this.category(status)}` }), el('span', { class: 'name', text: name }), count);
    const composer = new Composer((text) => this.#create(list, text), (shown) => { add.hidden = shown; if (!shown) add.focus(); });
    const foot = el('div', { class: 'foot' }, add, composer.root);
    const column = el('section', { class: 'list', 'aria-label': name, data: { status } }, head, el('div', { class: 'scroll' }, items, more), foot);
    const list = { id, name, status, limit, items, count, more, composer, column, next: data.next_cursor };
    more.addEventListener('click', () => this.#more(list));
    add.addEventListener('click', () => composer.open('', true));
    return list;
  }

  #counted(list) {
    const shown = [...list.items.children].filter((node) => !node.classList.contains('ghost')).length;
    list.count.textContent = `${shown}${list.next ? '+' : ''}${list.limit ? ` / ${list.limit}` : ''}`;
    list.column.classList.toggle('full', Boolean(list.limit) && shown >= list.limit);
    list.more.hidden = !list.next;
  }

  async #more(list) {
    const path = `/tasks?board=${this.id}&list=${list.id}&limit=50&cursor=${encodeURIComponent(list.next)}`;
    const page = await call('GET', path);
    list.next = page.meta.next_cursor;
    for (const task of page.data) if (task.status === list.status) this.#put(task, list);
    this.#counted(list);
  }

  async #create(list, title) {
    this.took(await post('/tasks', { project_id: this.project, title, status: list.status }));
    list.column.querySelector('.scroll').scrollTop = 1e9;
  }

  /** A card lies in a new place: asks the server for it, and takes it back if it is refused. */
  async #dropped(node) {
    const card = this.#cards.get(node.dataset.id);
    const list = this.#lists.find((one) => one.items === node.parentNode);
    const from = card.list;
    card.moving = true;
    node.classList.add('moving');
    [from, list].forEach((one) => this.#counted(one));
    try {
      if (list.next && !node.nextElementSibling) await this.#more(list);
      const task = await post(`/tasks/${card.task.id}/move`, this.#place(node, list, from));
      card.moving = false;
      this.#upsert(task, null);
    } catch (problem) {
      card.moving = false;
      glide(this.root.querySelectorAll('.card'), () => this.#put(card.task, card.list));
      toast(problem.sentence ?? String(problem), { kind: 'error' });
      this.fetch(card.task.id);
    } finally {
      node.classList.remove('moving');
      [from, list].forEach((one) => this.#counted(one));
    }
  }

  #place(node, list, from) {
    const place = {};
    if (list !== from) Object.assign(place, { board_id: this.id, list_id: list.id });
    const [previous, next] = [node.previousElementSibling, node.nextElementSibling];
    if (previous) place.after = previous.dataset.id;
    if (next) place.before = next.dataset.id;
    return place;
  }

  /** Arrows go from card to card; with Shift they take the card along. */
  #key(event) {
    const node = event.target.closest?.('.card');
    const way = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!node || !way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const card = this.#cards.get(node.dataset.id);
    const at = this.#lists.indexOf(card.list);
    const list = this.#lists[at + way[0]];
    if (!list || (event.shiftKey && card.moving)) return;
    const index = [...card.list.items.children].indexOf(node) + way[1];
    if (!event.shiftKey) {
      const target = list.items.children[Math.min(index, list.items.children.length - 1)];
      target?.querySelector('.card-open').focus();
      return;
    }
    this.#carry(card, list, index);
  }

  #carry(card, list, index) {
    const { node } = card;
    const rest = [...list.items.children].filter((other) => other !== node);
    if (index < 0 || index > rest.length && list === card.list) return;
    glide(this.root.querySelectorAll('.card'), () => list.items.insertBefore(node, rest[index] ?? null));
    node.querySelector('.card-open').focus();
    say(`${card.task.key}: ${list.name}, ${Math.min(index, rest.length) + 1} of ${rest.length + 1}`);
    this.#dropped(node);
  }
}
