// The page of those who are signed in: where they are, the numbers, the board, and the live connection behind it.

import { all, get, post } from './api.js';
import { Board } from './board.js';
import { Card } from './card.js';
import { newOrganization, newProject } from './dialogs.js';
import { debounced, el, toast } from './dom.js';
import { Header } from './header.js';
import { Inbox } from './inbox.js';
import { Live } from './live.js';
import { Names } from './people.js';
import { Tiles } from './tiles.js';

const LAST = 'elevanalog.last';
/** The board is shown after so many milliseconds even if the live connection is not there yet. */
const PATIENCE = 2000;
/** Of more changed cards than this the whole board is read anew. */
const MANY = 30;

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** What the address names: `#/project/<id>` and perhaps `/card/<id>`. */
function address() {
  const [, project, card] = /^#\/project\/([0-9a-f-]+)(?:\/card\/([0-9a-f-]+))?$/.exec(location.hash) ?? [];
  return { project, card };
}

/** The boards of a project. The list may lag behind a project that was made a moment ago with a board. */
async function boardsOf(project) {
  for (;;) {
    const boards = await all(`/boards?project=${project.id}`);
    if (boards.length || Date.now() - new Date(project.created_at) > 4000) return boards;
    await pause(400);
  }
}

/** The page. `leave()` signs out. */
export class Workspace {
  #turn = 0;
  #card = null;
  #project = null;

  constructor(me, leave) {
    this.me = me;
    this.names = new Names(me);
    this.board = new Board(this.names, (id) => { location.hash = `#/project/${this.#project.id}/card/${id}`; });
    this.inbox = new Inbox(this.names, () => this.tiles.soon());
    this.tiles = new Tiles({ me: me.id, pick: (fits) => this.board.pick(fits), inbox: () => this.inbox.open() });
    this.live = new Live({
      heard: (events) => this.#heard(events),
      told: () => { this.tiles.soon(); this.inbox.told(); },
      changed: (state, wait) => this.header.connection(state, wait),
    });
    this.header = new Header(me, {
      organization: (id) => this.#organization(id),
      project: (id) => this.#go(id),
      board: (id) => this.#board(id),
      newOrganization: () => this.#newOrganization(),
      newProject: () => this.#newProject(),
      leave,
    });
    this.main = el('main', { id: 'main', tabindex: '-1' });
    this.root = el('div', { class: 'workspace' }, this.header.root, this.main);
    this.reload = debounced(() => this.board.reload(), 300);
    this.reopen = debounced(() => this.#project && this.#open(this.#project.id), 300);
    this.relist = debounced(() => this.#list(), 1200);
    this.routed = () => this.#route();
  }

  /** Opens what the address names, or what was open last, or anything. */
  async start() {
    window.addEventListener('hashchange', this.routed);
    this.live.start();
    const wanted = address().project ?? localStorage.getItem(LAST);
    if (wanted && await this.#open(wanted)) return;
    await this.#home();
  }

  /** Opens the person's own default organization, or, if he has left it, his first. */
  async #home() {
    const { default_organization_id: usual, organizations } = this.me;
    await this.#organization((organizations.find(({ id }) => id === usual) ?? organizations[0]).id);
  }

  /** Puts everything away. */
  close() {
    window.removeEventListener('hashchange', this.routed);
    this.live.stop();
    this.#card?.root.close();
  }

  #go(project) {
    location.hash = `#/project/${project}`;
  }

  #route() {
    const { project, card } = address();
    if (!project) return;
    if (project !== this.#project?.id) this.#open(project);
    else this.#showCard(card);
  }

  /** Opens an organization: its latest project, or an invitation to make the first one. */
  async #organization(id) {
    const projects = await all(`/projects?org=${id}&archived=false`);
    if (projects.length) {
      this.#go(projects[0].id);
      return;
    }
    this.#turn += 1;
    this.#project = null;
    this.header.show({ organization: id, projects });
    this.live.watch(id, [`org:${id}`]);
    this.main.replaceChildren(el('div', { class: 'empty stack' },
      el('h1', { text: 'Nothing here yet' }),
      el('p', { text: 'A project holds the cards of one piece of work. Make the first one of this organization.' }),
      el('button', { class: 'primary', type: 'button', text: 'Make a project', on: { click: () => this.#newProject() } })));
  }

  /** Opens a project; false if there is no such thing. */
  async #open(id) {
    const turn = ++this.#turn;
    const current = () => turn === this.#turn;
    if (id !== this.#project?.id) this.#card?.root.close();
    let project;
    try {
      project = await get(`/projects/${id}`);
    } catch (problem) {
      if (![400, 404].includes(problem.status)) throw problem;
      if (this.#project?.id === id) await this.#gone();
      return false;
    }
    if (!current()) return true;
    const organization = project.organization_id;
    const listening = this.live.watch(organization, [`project:${id}`, `org:${organization}`]);
    const [projects, boards] = await Promise.all([
      all(`/projects?org=${organization}&archived=false`), boardsOf(project),
      this.names.ofOrganization(organization), this.names.ofProject(id),
    ]);
    // What is read after the server has begun to listen for us is not missed.
    await Promise.race([listening, pause(PATIENCE)]);
    if (!current()) return true;
    this.#project = project;
    localStorage.setItem(LAST, id);
    document.title = `${project.name} · Elevanalog`;
    const listed = projects.some((one) => one.id === id) ? projects : [project, ...projects];
    this.header.show({ organization, projects: listed, project, boards });
    if (address().project !== id) history.replaceState(null, '', `#/project/${id}`);
    if (boards.length) await this.#fill(boards);
    else this.#boardless(listed);
    return true;
  }

  /** Shows the first board of the project with its numbers. */
  async #fill([board]) {
    const { id } = this.#project;
    if (!this.board.root.isConnected) this.main.replaceChildren(this.tiles.root, this.board.root);
    this.tiles.release();
    await Promise.all([this.#board(board.id), this.tiles.show(id)]);
    if (id === this.#project?.id) this.#showCard(address().card);
  }

  async #board(id) {
    const board = await get(`/boards/${id}?limit=50`);
    if (board.project_id !== this.#project?.id) return;
    this.board.show(board);
    // Lists lag by about a second: what happened a moment ago is told once more.
    this.live.replay();
  }

  #boardless(projects) {
    const project = this.#project;
    const make = async () => {
      const boards = [await post('/boards', { project_id: project.id, name: 'Board' })];
      this.header.show({ organization: project.organization_id, projects, project, boards });
      await this.#fill(boards);
    };
    this.main.replaceChildren(el('div', { class: 'empty stack' }, el('h1', { text: 'No board yet' }),
      el('p', { text: 'A board shows the cards of a project list by list.' }),
      el('button', { class: 'primary', type: 'button', text: 'Make a board', on: { click: make } })));
  }

  async #gone() {
    toast('That project is not there any more, or not for you.');
    localStorage.removeItem(LAST);
    this.#project = null;
    history.replaceState(null, '', location.pathname);
    await this.#know();
    await this.#home();
  }

  /** The person may belong elsewhere than before. */
  async #know() {
    this.me = await get('/users/me');
    this.header.knows(this.me);
  }

  async #newProject() {
    const project = await newProject(this.header.organization);
    if (project) this.#go(project.id);
  }

  async #newOrganization() {
    const made = await newOrganization();
    if (!made) return;
    await this.#know();
    await this.#organization(made.id);
  }

  /** Shows a card above the board, or none. */
  #showCard(id) {
    if (this.#card?.id === id) return;
    this.#card?.root.close();
    this.#card = null;
    if (!id) return;
    const card = new Card(id, this.names, {
      changed: (task) => { this.board.took(task); this.tiles.soon(); },
      closed: () => {
        if (this.#card !== card) return;
        this.#card = null;
        history.replaceState(null, '', `#/project/${this.#project.id}`);
        this.board.focus(id);
      },
    });
    this.#card = card;
    card.open(this.board.known(id));
  }

  #heard(events) {
    // Of several events about one task the last tells what became of it.
    const last = new Map(events.filter(({ type }) => type.startsWith('task.')).map((event) => [event.task_id, event]));
    for (const event of events) if (!event.old) this.#one(event);
    if (!this.#project) return;
    // One that has gone to another project is told there.
    if (last.size > MANY) this.reload();
    else for (const event of last.values()) this.board.heard(event);
    if (last.size) this.tiles.soon();
  }

  #one(event) {
    const [kind] = event.type.split('.');
    const here = this.#project && (!event.project_id || event.project_id === this.#project.id);
    if (kind === 'topic' || kind === 'message') this.reopen();
    else if (kind === 'member') this.names.ofOrganization(this.header.organization);
    else if (kind === 'project') this.#told(event);
    else if (['board', 'list'].includes(kind) && here) this.reload();
    else if (kind === 'label' && this.#project) this.names.ofProject(this.#project.id).then(this.reload);
    else if (event.type === 'comment.created' && event.task_id !== this.#card?.id) this.board.touched(event);
    if (this.#card && (event.task_id ?? this.#card.id) === this.#card.id && ['task', 'comment', 'attachment'].includes(kind)) this.#card.heard(event);
  }

  /** A project was made or changed: the one that is open is opened again, of another only the list knows. */
  #told(event) {
    if (event.project_id === this.#project?.id) this.reopen();
    else this.relist();
  }

  async #list() {
    const { organization } = this.header;
    const projects = await all(`/projects?org=${organization}&archived=false`);
    if (organization === this.header.organization) this.header.lists(projects);
  }
}
