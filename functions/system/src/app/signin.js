// Signing in, and making an account.

import { Problem, register, signIn } from './api.js';
import { el, mark } from './dom.js';

function field(label, name, properties = {}) {
  return el('label', { class: 'field' }, el('span', { text: label }), el('input', { name, required: true, ...properties }),
    el('small', { class: 'fault', data: { of: name }, 'aria-live': 'polite' }));
}

/** The page for those who are not signed in. `done()` is called when they are. */
export function signInPage(done) {
  const page = el('main', { class: 'door', id: 'main' });
  const show = (form) => {
    page.replaceChildren(el('div', { class: 'door-card' },
      el('div', { class: 'brand' }, mark(), el('span', { text: 'Elevanalog' })), form));
    form.querySelector('input').focus();
  };
  const login = () => show(form({
    title: 'Welcome back',
    fields: [
      field('E-mail or username', 'name', { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false' }),
      field('Password', 'password', { type: 'password', autocomplete: 'current-password' }),
    ],
    act: 'Sign in',
    send: ({ name, password }) => signIn(name.trim(), password),
    other: ['New here?', 'Make an account', join],
    done,
  }));
  const join = () => show(form({
    title: 'Make an account',
    fields: [
      field('Your name', 'full_name', { autocomplete: 'name', maxlength: '100' }),
      field('E-mail', 'email', { type: 'email', autocomplete: 'email' }),
      field('Username', 'username', { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', minlength: '3', maxlength: '32' }),
      field('Password', 'password', { type: 'password', autocomplete: 'new-password', minlength: '8', maxlength: '128' }),
    ],
    act: 'Make the account',
    send: (body) => register(body),
    other: ['Have one already?', 'Sign in', login],
    done,
  }));
  login();
  return page;
}

function form({ title, fields, act, send, other: [question, answer, go], done }) {
  const fault = el('p', { class: 'fault', role: 'alert' });
  const button = el('button', { class: 'primary', type: 'submit', text: act });
  const node = el('form', { class: 'stack', novalidate: true }, el('h1', { text: title }), fields, fault, button,
    el('p', { class: 'aside' }, `${question} `, el('button', { class: 'link', type: 'button', text: answer, on: { click: go } })));
  node.addEventListener('submit', async (event) => {
    event.preventDefault();
    for (const one of node.querySelectorAll('.fault')) one.textContent = '';
    const empty = [...node.elements].find((input) => !input.checkValidity());
    if (empty) {
      node.querySelector(`[data-of="${empty.name}"]`).textContent = empty.validationMessage;
      empty.focus();
      return;
    }
    button.disabled = true;
    try {
      await send(Object.fromEntries(new FormData(node)));
      done();
    } catch (problem) {
      explain(node, fault, problem);
    } finally {
      button.disabled = false;
    }
  });
  return node;
}

/** Each fault stands at its field; what has no field stands above the button. */
function explain(node, fault, problem) {
  if (!(problem instanceof Problem)) throw problem;
  let told = false;
  for (const { field: path, message } of problem.errors) {
    const name = path.split('/').at(-1);
    const place = node.querySelector(`[data-of="${name === 'email' && !node.elements.email ? 'name' : name}"]`);
    if (!place) continue;
    place.textContent = message;
    told = true;
  }
  if (!told) fault.textContent = problem.sentence;
}
