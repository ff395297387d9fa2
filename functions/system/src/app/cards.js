// A card as it lies on a board, and what events change of it.

import { avatar, el, icon } from './dom.js';
import { dueText, nearness } from './format.js';

/** What people call the priorities. */
export const PRIORITIES = { urgent: 'Urgent', high: 'High', medium: 'Medium', low: 'Low' };

/** What of a task stands on its card. */
const FIELDS = ['title', 'status', 'priority', 'assignee_id', 'due_date', 'labels', 'position'];

/** Whether nothing is left to do in a status of this category. */
export const isClosed = (category) => category === 'done' || category === 'cancelled';

/** A due date as a tag. */
export function dueTag(due, closed) {
  return el('span', { class: `tag due ${closed ? 'later' : nearness(due)}` }, icon('clock'), dueText(due));
}

/** Draws a card, or draws it anew. */
export function draw(node, task, names, show) {
  const assignee = task.assignee_id && names.person(task.assignee_id);
  const closed = isClosed(names.category(task.status));
  const labels = (task.labels ?? []).map((id) => names.label(id)).filter(Boolean);
  const open = node.querySelector('.card-open')
    ?? el('button', { class: 'card-open', type: 'button', on: { click: () => show(node.dataset.id) } });
  const told = [task.key, task.title, assignee && `assigned to ${assignee.name}`, task.due_date && `due ${dueText(task.due_date)}`];
  open.setAttribute('aria-label', told.filter(Boolean).join(', '));
  open.replaceChildren(...[
    labels.length > 0 && el('span', { class: 'labels' }, labels.slice(0, 4).map((label) => chip(label))),
    el('span', { class: 'card-title', text: task.title }),
    el('span', { class: 'card-foot' },
      el('span', { class: 'key', text: task.key }),
      ['urgent', 'high'].includes(task.priority) && el('span', { class: `tag ${task.priority}` }, icon('flag'), PRIORITIES[task.priority]),
      task.due_date && dueTag(task.due_date, closed),
      assignee && avatar(assignee, 'small')),
  ].filter(Boolean));
  if (open.parentNode !== node) node.prepend(open);
  node.classList.toggle('closed', closed);
}

/** A label as a chip in its colour. */
export function chip(label) {
  const node = el('span', { class: 'label', text: label.name });
  if (label.color) node.style.setProperty('--colour', label.color);
  return node;
}

/** What an event changes on a card; null if that must be fetched. */
export function patchOf(card, event) {
  const plain = ['task.updated', 'task.transitioned', 'task.moved'].includes(event.type);
  if (!plain || event.version !== card.version + 1 || !event.changes?.length) return null;
  const known = event.changes.filter(({ field }) => FIELDS.includes(field));
  const harmless = ['description', 'status_category', 'completed_at', 'metadata'];
  if (event.changes.some(({ field }) => !FIELDS.includes(field) && !harmless.includes(field))) return null;
  // Long text is named without its value, and a move into another list brings its place along.
  if (known.some(({ field, to }) => field === 'title' && typeof to !== 'string')) return null;
  const has = (name) => known.some(({ field }) => field === name);
  if (has('status') !== has('position') && has('status')) return null;
  const empty = { labels: [], assignee_id: null, due_date: null };
  return Object.fromEntries(known.map(({ field, to }) => [field, to ?? empty[field]]));
}
