// The small forms in which projects and organizations are made.

import { post } from './api.js';
import { el } from './dom.js';
import { keyOf } from './format.js';

/** A form of a few fields in a box above the page. `send(values)` may refuse them; resolves with what it gave, or null. */
export function ask({ title, text, fields, act, send }) {
  return new Promise((resolve) => {
    const fault = el('p', { class: 'fault', role: 'alert' });
    const button = el('button', { class: 'primary', type: 'submit', text: act });
    const inputs = fields.map(({ label, name, ...properties }) => el('label', { class: 'field' }, el('span', { text: label }), el('input', { name, required: true, ...properties })));
    const form = el('form', { class: 'stack' }, el('h2', { text: title }), text && el('p', { class: 'aside', text }), inputs, fault,
      el('div', { class: 'row end' }, el('button', { class: 'plain', type: 'button', text: 'Cancel', on: { click: () => dialog.close() } }), button));
    const dialog = el('dialog', { class: 'box' }, form);
    let made = null;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      fault.textContent = '';
      try {
        made = await send(Object.fromEntries(new FormData(form)));
        dialog.close();
      } catch (problem) {
        fault.textContent = problem.sentence;
        button.disabled = false;
      }
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(made);
    });
    document.body.append(dialog);
    suggest(form);
    dialog.showModal();
  });
}

/** Fills a key or an address from the name, until somebody writes another. */
function suggest(form) {
  const { name, key, slug } = form.elements;
  const target = key ?? slug;
  if (!name || !target) return;
  const from = (text) => (key ? keyOf(text) : text.normalize('NFD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40));
  let own = false;
  target.addEventListener('input', () => { own = target.value !== ''; });
  name.addEventListener('input', () => {
    if (!own) target.value = from(name.value);
  });
}

/** Makes a project with a board. */
export function newProject(organization) {
  return ask({
    title: 'New project',
    text: 'It begins with a board of three lists.',
    fields: [
      { label: 'Name', name: 'name', maxlength: '80', placeholder: 'Website relaunch' },
      { label: 'Key of its cards', name: 'key', minlength: '2', maxlength: '10', pattern: '[A-Z][A-Z0-9]+', placeholder: 'WEB', class: 'upper' },
    ],
    act: 'Make the project',
    send: async ({ name, key }) => {
      const project = await post('/projects', { organization_id: organization, name, key: key.toUpperCase() });
      await post('/boards', { project_id: project.id, name: 'Board' });
      return project;
    },
  });
}

/** Makes an organization. */
export function newOrganization() {
  return ask({
    title: 'New organization',
    fields: [
      { label: 'Name', name: 'name', maxlength: '80', placeholder: 'Acme' },
      { label: 'Name in addresses', name: 'slug', minlength: '2', maxlength: '40', pattern: '[a-z0-9][a-z0-9-]+', placeholder: 'acme' },
    ],
    act: 'Make the organization',
    send: (body) => post('/organizations', body),
  });
}
