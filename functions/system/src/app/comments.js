// What people say about a card: threads of one level, and a place to answer.

import { all, get, post } from './api.js';
import { avatar, el, toast } from './dom.js';
import { ago, moment } from './format.js';

/** The service sends what is fit for a page. Of that again only these elements come in, with no attribute but an
 *  address that leads somewhere else. */
const ELEMENTS = new Set(['P', 'BR', 'STRONG', 'EM', 'DEL', 'CODE', 'PRE', 'BLOCKQUOTE', 'UL', 'OL', 'LI', 'A', 'SPAN', 'H1', 'H2',
  'H3', 'H4', 'H5', 'H6', 'HR', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'SUP', 'SUB']);
const policy = window.trustedTypes?.createPolicy('comments', { createHTML: (html) => html });

/** The HTML of a comment, copied element by element out of a document that is not shown. */
function copied(html) {
  const inert = document.implementation.createHTMLDocument('');
  inert.body.innerHTML = policy ? policy.createHTML(html) : html;
  const copy = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.data)];
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    const children = [...node.childNodes].flatMap(copy);
    if (!ELEMENTS.has(node.tagName)) return children;
    const clean = el(node.tagName.toLowerCase(), {}, children);
    const address = node.tagName === 'A' && node.getAttribute('href');
    if (address && /^(https?|mailto):/i.test(address)) {
      Object.entries({ href: address, rel: 'nofollow noopener noreferrer', target: '_blank' }).forEach(([name, value]) => clean.setAttribute(name, value));
    }
    if (node.tagName === 'SPAN' && node.classList.contains('mention')) clean.className = 'mention';
    return [clean];
  };
  return [...inert.body.childNodes].flatMap(copy);
}

/** The comments on one card. `counted(number)` is told how many there are. */
export class Comments {
  #shown = new Map();

  constructor(task, names, counted) {
    Object.assign(this, { task, names, counted });
    this.items = el('ol', { class: 'comments', 'aria-label': 'Comments' });
    this.empty = el('p', { class: 'aside', text: 'Nobody has said anything yet.', hidden: true });
    this.root = el('div', {}, this.items, this.empty, this.#form(null));
  }

  /** Reads all comments. */
  async load() {
    const comments = await all(`/tasks/${this.task}/comments`, 300);
    for (const comment of comments) this.#show(comment);
    this.#count();
  }

  /** Takes up a comment that was written, changed or deleted: what it is now is read by its id, which never lags. */
  async heard(event) {
    const id = event.subject.id;
    if ((this.#shown.get(id)?.version ?? 0) >= event.version) return;
    try {
      this.#show(await get(`/tasks/${this.task}/comments/${id}`), true);
      this.#count();
    } catch (problem) {
      if (problem.status !== 404) throw problem;
    }
  }

  #count() {
    const there = [...this.#shown.values()].filter(({ body }) => body !== null).length;
    this.empty.hidden = this.#shown.size > 0;
    this.counted(there);
  }

  #show(comment, late = false) {
    const known = this.#shown.get(comment.id);
    if (known && known.version >= comment.version) return;
    this.#shown.set(comment.id, comment);
    const node = this.#draw(comment);
    const old = this.items.querySelector(`[data-id="${comment.id}"]`);
    if (old) {
      old.replaceWith(node);
      return;
    }
    // A thread stands where it began; its answers follow, oldest first.
    const after = [...this.items.children].filter((other) => this.#precedes(this.#shown.get(other.dataset.id), comment)).at(-1);
    if (after) after.after(node);
    else this.items.prepend(node);
    if (!late) return;
    node.classList.add('fresh');
    node.scrollIntoView({ block: 'nearest' });
  }

  #precedes(a, b) {
    const began = (one) => this.#shown.get(one.thread_id)?.created_at ?? one.created_at;
    const order = (one) => [began(one), one.thread_id, one.parent_id === null ? '' : one.created_at, one.id];
    const [x, y] = [order(a), order(b)];
    const at = x.findIndex((part, index) => part !== y[index]);
    return at >= 0 && x[at] < y[at];
  }

  #draw(comment) {
    const author = this.names.person(comment.author_id);
    const answer = el('button', { class: 'link', type: 'button', text: 'Reply' });
    const body = comment.html === null
      ? el('div', { class: 'said gone', text: 'This comment was deleted.' })
      : el('div', { class: 'said' }, copied(comment.html));
    const node = el('li', { class: comment.parent_id ? 'answer' : '', data: { id: comment.id } }, avatar(author),
      el('div', { class: 'saying' },
        el('div', { class: 'by' }, el('b', { text: author.name }), el('time', { datetime: comment.created_at, title: moment(comment.created_at), text: ago(comment.created_at) }),
          comment.edits > 0 && comment.html !== null && el('span', { class: 'edited', text: 'edited' })),
        body,
        comment.reactions.length > 0 && el('div', { class: 'reactions' }, comment.reactions.map(({ emoji, count, user_ids: ids }) =>
          el('span', { text: `${emoji} ${count}`, title: ids.map((id) => this.names.person(id).name).join(', ') }))),
        comment.html !== null && answer));
    answer.addEventListener('click', () => {
      answer.hidden = true;
      const form = this.#form(comment.id, () => {
        form.remove();
        answer.hidden = false;
      });
      node.querySelector('.saying').append(form);
      form.elements.body.focus();
    });
    return node;
  }

  #form(parent, done = () => {}) {
    const label = parent ? 'Reply' : 'Comment';
    const text = el('textarea', { name: 'body', rows: '2', maxlength: '10000', required: true, 'aria-label': label,
      placeholder: parent ? 'Your reply' : 'Say something. Markdown works, and @name calls people.' });
    const send = el('button', { class: 'primary', type: 'submit', text: 'Send' });
    const form = el('form', { class: 'say' }, text, el('div', { class: 'row end' },
      parent && el('button', { class: 'plain', type: 'button', text: 'Cancel', on: { click: done } }), send));
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
      if (event.key !== 'Escape' || (!parent && !text.value)) return;
      // What is being written does not go with the card.
      event.preventDefault();
      event.stopPropagation();
      if (parent) done();
      else text.blur();
    });
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (!text.value.trim()) return;
      send.disabled = true;
      try {
        this.#show(await post(`/tasks/${this.task}/comments`, { body: text.value, ...(parent && { parent_id: parent }) }), true);
        this.#count();
        text.value = '';
        done();
      } catch (problem) {
        toast(problem.sentence, { kind: 'error' });
      } finally {
        send.disabled = false;
      }
    });
    return form;
  }
}
