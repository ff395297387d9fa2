// The line at the top: where one is, how the connection is, who one is.

import { avatar, el, icon, mark } from './dom.js';

const STATES = {
  live: ['Live', 'Changes of others arrive as they happen.'],
  connecting: ['Connecting', 'The live connection is being made.'],
  waiting: ['Reconnecting', 'The live connection is lost; what is missed meanwhile comes when it is back.'],
  offline: ['Offline', 'This device has no connection.'],
  ended: ['Signed out', ''],
};
const NEW = 'new';

/** The header. It is told what to show, and calls back when something is chosen. */
export class Header {
  constructor(me, { organization, project, board, newOrganization, newProject, leave }) {
    this.me = me;
    const choice = (label, chosen, make) => {
      const select = el('select', { 'aria-label': label, class: label.toLowerCase() });
      select.addEventListener('change', () => {
        const { value } = select;
        select.value = select.dataset.value ?? '';
        if (value === NEW) make();
        else chosen(value);
      });
      return select;
    };
    this.organizations = choice('Organization', organization, newOrganization);
    this.projects = choice('Project', project, newProject);
    this.boards = choice('Board', (id) => { this.boards.value = id; board(id); });
    this.state = el('span', { class: 'state connecting', role: 'status' }, el('i', { class: 'pulse', 'aria-hidden': 'true' }), this.word = el('span'));
    this.only = el('span', { class: 'only', text: 'View only', title: 'Your role here is to look: changes are refused.', hidden: true });
    const menu = el('div', { id: 'me', class: 'menu', popover: 'auto' },
      el('div', { class: 'who' }, el('b', { text: me.full_name || me.username }), el('span', { text: me.email })),
      el('a', { class: 'entry', href: '/api/v1/docs', target: '_blank', rel: 'noopener', text: 'The API behind this page' }),
      el('button', { class: 'entry', type: 'button', text: 'Sign out', on: { click: leave } }));
    this.root = el('header', { class: 'top' },
      el('span', { class: 'brand' }, mark(), el('span', { class: 'word', text: 'Elevanalog' })),
      el('nav', { 'aria-label': 'Where you are' }, pick(this.organizations), el('span', { class: 'slash', 'aria-hidden': 'true', text: '/' }), pick(this.projects), this.boardPick = pick(this.boards)),
      el('span', { class: 'gap' }), this.only, this.state,
      el('button', { class: 'plain face', type: 'button', popovertarget: 'me', 'aria-label': `Account of ${me.full_name || me.username}` }, avatar({ id: me.id, name: me.full_name || me.username })), menu);
    this.knows(me);
  }

  /** Shows the organizations of the person. */
  knows(me) {
    this.me = me;
    fill(this.organizations, me.organizations.map(({ id, name, kind }) => [id, kind === 'personal' ? `${name} (personal)` : name]), 'New organization…');
  }

  /** Shows where one is. */
  show({ organization, projects, project = null, boards = [] }) {
    this.organization = organization;
    const mine = this.me.organizations.find(({ id }) => id === organization);
    this.only.hidden = mine?.role !== 'viewer';
    set(this.organizations, organization);
    this.project = project;
    this.lists(projects);
    this.boardPick.hidden = boards.length < 2;
    fill(this.boards, boards.map(({ id, name }) => [id, name]));
    set(this.boards, boards[0]?.id ?? '');
  }

  /** Shows the projects of the organization. */
  lists(projects) {
    const shown = this.project && !projects.some(({ id }) => id === this.project.id) ? [this.project, ...projects] : projects;
    fill(this.projects, shown.map(({ id, name }) => [id, name]), 'New project…');
    set(this.projects, this.project?.id ?? '');
  }

  /** Shows how the live connection is. */
  connection(state) {
    const [word, title] = STATES[state];
    this.state.className = `state ${state}`;
    this.state.title = title;
    if (this.word.textContent !== word) this.word.textContent = word;
  }
}

function pick(select) {
  return el('span', { class: 'pick' }, select, icon('chevron'));
}

function fill(select, options, make = null) {
  const entries = options.map(([value, text]) => el('option', { value, text }));
  if (!entries.length && make) entries.push(el('option', { value: '', text: 'No project', disabled: true, hidden: true }));
  select.replaceChildren(...entries, ...(make ? [el('hr'), el('option', { value: NEW, text: make })] : []));
}

function set(select, value) {
  select.dataset.value = value;
  select.value = value;
}
