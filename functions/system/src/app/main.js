// Where the page begins: at the door, or at the board of those who are signed in.

import { Problem, get, isSignedIn, signOut, whenEnded } from './api.js';
import { el, toast } from './dom.js';
import { signInPage } from './signin.js';
import { Workspace } from './workspace.js';

const app = document.getElementById('app');
let workspace = null;

async function enter() {
  let me;
  try {
    me = await get('/users/me');
  } catch (problem) {
    if (problem.status === 401) return;
    app.replaceChildren(el('main', { class: 'door', id: 'main' }, el('div', { class: 'door-card stack' },
      el('h1', { text: problem.title }), el('p', { text: problem.sentence }),
      el('button', { class: 'primary', type: 'button', text: 'Try again', on: { click: enter } }))));
    return;
  }
  workspace = new Workspace(me, leave);
  app.replaceChildren(workspace.root);
  app.removeAttribute('aria-busy');
  await workspace.start();
}

function door() {
  workspace?.close();
  workspace = null;
  app.replaceChildren(signInPage(enter));
  app.removeAttribute('aria-busy');
}

async function leave() {
  workspace?.close();
  await signOut();
  door();
}

whenEnded(() => {
  door();
  toast('Your session has ended. Please sign in again.');
});
window.addEventListener('unhandledrejection', (event) => {
  if (!(event.reason instanceof Problem)) return;
  event.preventDefault();
  if (event.reason.status !== 401) toast(event.reason.sentence, { kind: 'error' });
});
if (isSignedIn()) enter();
else door();
