// The form for a new card at the foot of a list.

import { el, toast } from './dom.js';

/** The form. `make(text)` makes the card and may be refused; `shown(whether)` is told when it opens and closes. */
export class Composer {
  constructor(make, shown) {
    Object.assign(this, { make, shown });
    this.title = el('textarea', { name: 'title', rows: '2', maxlength: '200', required: true, placeholder: 'What is to be done?', 'aria-label': 'Title of the new card' });
    this.root = el('form', { class: 'composer', hidden: true }, this.title, el('div', { class: 'row' },
      el('button', { class: 'primary', type: 'submit', text: 'Add' }), el('button', { class: 'plain', type: 'button', text: 'Cancel', on: { click: () => this.close() } })));
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
      if (event.key !== 'Enter' || event.shiftKey || event.target !== this.title) return;
      event.preventDefault();
      this.root.requestSubmit();
    });
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  get text() {
    return this.title.value;
  }

  /** Opens it, with what was written before. */
  open(text, focus) {
    this.root.hidden = false;
    this.title.value = text;
    this.shown(true);
    if (focus) this.title.focus();
  }

  close() {
    this.root.hidden = true;
    this.shown(false);
  }

  /** The field is free for the next card at once; what is refused comes back into it. */
  async #send() {
    const text = this.text.trim();
    if (!text) return;
    this.title.value = '';
    try {
      await this.make(text);
    } catch (problem) {
      this.title.value ||= text;
      toast(problem.sentence ?? String(problem), { kind: 'error' });
    }
  }
}
