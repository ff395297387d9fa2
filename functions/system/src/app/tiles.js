// Numbers at the top of a board. Those about cards pick them out when they are pressed.

import { get } from './api.js';
import { isClosed } from './cards.js';
import { el, icon } from './dom.js';
import { counted, nearness } from './format.js';

/** Numbers are asked for so soon after an event, but not so often, and, since they may lag by about a second, once more. */
const SOON = 250;
const OFTEN = 1000;
const LAG = 1500;

const PICKS = {
  open: (task, category) => !isClosed(category),
  overdue: (task, category) => !isClosed(category) && nearness(task.due_date) === 'overdue',
  due_soon: (task, category) => !isClosed(category) && nearness(task.due_date) === 'soon',
};

/** The tiles of a project. `pick(fits)` is told which cards are meant, `inbox()` opens what is unread. */
export class Tiles {
  #tiles = {};
  #soon = null;
  #late = 0;
  #last = 0;
  #asking = false;

  constructor({ me, pick, inbox }) {
    this.pick = pick;
    const mine = (task, category) => !isClosed(category) && (task.assignee_id === me || (!task.assignee_id && task.created_by === me));
    const picks = { ...PICKS, mine };
    this.bar = el('div', { class: 'bar', 'aria-hidden': 'true' });
    const tile = (name, label, glyph) => {
      const number = el('strong', { text: '–' });
      const node = el('button', { class: `tile ${name}`, type: 'button', 'aria-pressed': 'false' }, number, el('span', {}, icon(glyph), label));
      node.addEventListener('click', () => this.#press(name, picks[name]));
      this.#tiles[name] = { node, number };
      return node;
    };
    const unread = el('button', { class: 'tile unread', type: 'button', on: { click: inbox } }, el('strong', { text: '–' }), el('span', {}, icon('bell'), 'Unread'));
    this.#tiles.unread = { node: unread, number: unread.firstChild };
    this.root = el('div', { class: 'tiles', role: 'group', 'aria-label': 'Numbers' },
      tile('open', 'Open', 'lines'), tile('overdue', 'Overdue', 'clock'), tile('due_soon', 'Due in 7 days', 'flag'), tile('mine', 'Mine', 'person'), unread,
      el('div', { class: 'tile progress' }, this.words = el('span', { class: 'words' }), this.bar));
  }

  #press(name, fits) {
    const { node } = this.#tiles[name];
    const on = node.getAttribute('aria-pressed') !== 'true';
    this.release();
    node.setAttribute('aria-pressed', on);
    this.pick(on ? fits : null);
  }

  /** Picks nothing any more. */
  release() {
    for (const { node } of Object.values(this.#tiles)) if (node.hasAttribute('aria-pressed')) node.setAttribute('aria-pressed', 'false');
    this.pick(null);
  }

  /** Shows the numbers of another project. */
  async show(project) {
    this.project = project;
    await this.#ask();
  }

  /** Something has happened that may have changed the numbers. */
  soon() {
    clearTimeout(this.#late);
    this.#late = setTimeout(() => this.#ask(), LAG);
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      this.#ask();
    }, Math.max(SOON, this.#last + OFTEN - Date.now()));
  }

  async #ask() {
    const { project } = this;
    if (this.#asking || !project) return;
    this.#asking = true;
    this.#last = Date.now();
    try {
      const numbers = await get(`/dashboard?project=${project}`);
      if (project === this.project) this.#draw(numbers);
    } catch {
      // The next event asks again.
    } finally {
      this.#asking = false;
    }
  }

  #draw({ tasks, mine, statuses, unread_notifications: unread }) {
    this.#set('open', tasks.open);
    this.#set('overdue', tasks.overdue);
    this.#set('due_soon', tasks.due_soon);
    this.#set('mine', mine.open);
    this.#set('unread', unread);
    const sum = statuses.reduce((all, { count }) => all + count, 0);
    const done = statuses.filter(({ category }) => category === 'done').reduce((all, { count }) => all + count, 0);
    this.words.replaceChildren(el('strong', { text: sum ? `${Math.round((100 * done) / sum)} %` : '–' }), el('span', { text: sum ? `done, ${done} of ${sum}` : 'no cards yet' }));
    this.bar.replaceChildren(...statuses.filter(({ count }) => count).map(({ category, count, name }) => {
      const part = el('i', { class: category, title: `${name}: ${count}` });
      part.style.flexGrow = count;
      return part;
    }));
  }

  #set(name, count) {
    const { node, number } = this.#tiles[name];
    const text = counted(count);
    node.classList.toggle('some', count.count > 0);
    if (number.textContent === text) return;
    const first = number.textContent === '–';
    number.textContent = text;
    if (!first) number.animate([{ transform: 'translateY(-4px)', opacity: 0.3 }, { transform: 'none', opacity: 1 }], { duration: 200 });
  }
}
