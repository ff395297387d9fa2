// The live connection: a WebSocket that comes back by itself and leaves no gap.
//
// Every message of a topic names the one before it (`prev`), so what was missed is seen and asked for again (`resume`).
// Positions are texts that only the server reads: here it counts whether two are the same. What arrives may arrive twice:
// those who listen compare versions.

import { Problem, post } from './api.js';

/** The platform ends a connection after ten minutes of silence, and after two hours in any case. */
const PING = 8 * 60_000;
const RENEW = 110 * 60_000;
const SLOWEST = 30_000;
/** A connection that does not answer for so long is gone, whatever the browser says. */
const SILENCE = 20_000;
/** So many seconds of events are asked for again after something was read from a list, which may lag. */
const OVERLAP = 30;
/** How many events are known again. */
const REMEMBERED = 500;

/** One connection for the whole page. `heard(events)`, `told(notification)`, `changed(state, wait)` are its listeners. */
export class Live {
  #socket = null;
  #opened = false;
  #topics = [];
  #organization = null;
  /** Of each topic the position of the last event, and from where to ask for what is missing. */
  #known = new Map();
  /** What came while an answer to `resume` was waited for. */
  #meanwhile = [];
  #heard = new Set();
  #acknowledged = null;
  #resuming = false;
  #replaying = false;
  /** What is to be asked for again as soon as the answer that is waited for is there. */
  #owed = 0;
  /** Whether this connection takes the place of another, so that something may have been missed in between. */
  #returned = false;
  #tries = 0;
  #sent = 0;
  #asked = null;
  #answer = 0;
  #awaited = 0;
  #timers = new Set();
  #stopped = true;

  constructor({ heard, told, changed }) {
    Object.assign(this, { heard, told, changed });
    window.addEventListener('online', () => this.#again(0));
    // After a sleep the connection may be dead without anybody having said so.
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.#opened) this.#ping();
    });
    window.addEventListener('offline', () => {
      if (!this.#stopped) this.#lost();
    });
  }

  /** Connects, and stays connected until `stop`. */
  start() {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#tries = 0;
    this.#connect();
  }

  /** Ends the connection. */
  stop() {
    this.#stopped = true;
    this.#drop();
    this.#topics = [];
    this.#known.clear();
    this.changed('ended', 0);
  }

  /** Listens to these topics of an organization instead of those before. Resolves when the server has confirmed it: what
   *  is read after that is not missed. */
  watch(organization, topics) {
    // Messages may overtake each other, so none takes back what another asks for.
    const left = this.#topics.filter((topic) => !topics.includes(topic));
    if (left.length) this.#send({ action: 'unsubscribe', topics: left });
    left.forEach((topic) => this.#known.delete(topic));
    if (organization !== this.#organization) {
      this.#resuming = false;
      clearTimeout(this.#awaited);
    }
    this.#organization = organization;
    this.#topics = topics;
    return new Promise((resolve) => {
      this.#acknowledged = resolve;
      if (this.#opened) this.#subscribe();
    });
  }

  /** Asks once more for the latest events: for one who has just read a list, which may lag behind them. They come with
   *  `old` set. */
  replay() {
    if (!this.#opened || !this.#known.size) return;
    if (this.#resuming) {
      this.#owed = OVERLAP;
      return;
    }
    this.#replaying = true;
    this.#resume(OVERLAP);
  }

  async #connect() {
    if (this.#stopped || this.#socket) return;
    if (!navigator.onLine) {
      this.changed('offline', 0);
      return;
    }
    this.changed('connecting', 0);
    let place;
    try {
      place = await post('/realtime/tickets');
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) this.#again();
      return;
    }
    if (this.#stopped || this.#socket) return;
    const socket = new WebSocket(place.url, ['elevanalog.v1', `ticket.${place.ticket}`]);
    this.#socket = socket;
    socket.addEventListener('open', () => this.#open(socket));
    socket.addEventListener('message', ({ data }) => {
      if (socket === this.#socket) this.#take(JSON.parse(data));
    });
    socket.addEventListener('close', () => {
      if (socket === this.#socket) this.#lost();
    });
  }

  #open(socket) {
    if (socket !== this.#socket) return;
    this.#opened = true;
    this.#returned = this.#known.size > 0;
    this.#every(PING, () => this.#ping());
    this.#after(RENEW, () => this.#lost(0));
    if (this.#topics.length) this.#subscribe();
    else this.#settled();
  }

  #ping() {
    this.#send({ action: 'ping' });
    clearTimeout(this.#answer);
    this.#answer = setTimeout(() => this.#lost(0), SILENCE);
  }

  #settled() {
    this.#tries = 0;
    this.changed('live', 0);
  }

  #subscribe() {
    this.#asked = this.#send({ action: 'subscribe', topics: this.#topics });
  }

  /** Sends a message under an id of its own, which comes back in the answer. */
  #send(message) {
    this.#sent += 1;
    const id = `${message.action}-${this.#sent}`;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ id, ...message }));
    return id;
  }

  #take(message) {
    clearTimeout(this.#answer);
    switch (message.type) {
      case 'ack': return this.#acknowledge(message);
      case 'event': return this.#hear(message);
      case 'changed': return this.#missed(message);
      case 'resumed': return this.#resumed(message);
      case 'pong': return this.#compare(message.topics);
      case 'notification': return this.told(message.notification);
      case 'bye': return this.#lost(Math.random() * 1000);
      case 'error': return this.#refused(message);
      default: return undefined;
    }
  }

  /** The server listens for us from here on. Who was away before asks for what came in between. */
  #acknowledge({ id, topics, refused = [] }) {
    if (id !== this.#asked) return;
    for (const { topic, position, resume_from: from } of topics) {
      if (position && !this.#known.has(topic)) this.#known.set(topic, { position, from });
    }
    refused.forEach(({ topic }) => this.#known.delete(topic));
    this.#settled();
    // What happens to private projects follows nothing: only asking tells whether it was missed.
    if (this.#returned && this.#known.size) this.#resume();
    else this.#compare(topics);
    this.#returned = false;
    this.#confirm();
    // Who may not listen to a topic at all has lost nothing.
    const gone = refused.find(({ code }) => code !== 'forbidden');
    if (gone) this.heard([{ type: 'topic.gone', topic: gone.topic }]);
  }

  /** Where topics stand, by the server's account. */
  #compare(topics) {
    if (this.#resuming) return;
    const known = topics.filter(({ topic, position }) => position && this.#known.has(topic));
    if (known.some(({ topic, position }) => position !== this.#known.get(topic).position)) this.#resume();
  }

  #confirm() {
    this.#acknowledged?.();
    this.#acknowledged = null;
  }

  #hear({ topic, position, prev, events }) {
    this.#pass(events);
    if (this.#resuming) this.#meanwhile.push({ topic, position, prev });
    else if (!this.#follow({ topic, position, prev })) this.#resume();
  }

  /** Whether a message follows what is known of its topic, which then has got as far as the message. */
  #follow({ topic, position, prev }) {
    const known = this.#known.get(topic)?.position;
    if (!position || known === undefined || known === position) return true;
    if (known !== prev) return false;
    this.#known.set(topic, { position, from: position });
    return true;
  }

  /** Hands events on, and remembers them. */
  #pass(events) {
    this.heard(events);
    for (const { id } of events) if (id) this.#heard.add(id);
    for (const id of this.#heard) {
      if (this.#heard.size <= REMEMBERED) break;
      this.#heard.delete(id);
    }
  }

  /** Something has changed that does not fit a message, or has gone where we do not see it any more. */
  #missed(message) {
    this.#hear({ ...message, events: [unread(message)] });
  }

  #resume(overlap = 0) {
    if (this.#resuming || !this.#known.size) return;
    this.#resuming = true;
    this.#meanwhile = [];
    const topics = [...this.#known].map(([topic, { from }]) => ({ topic, position: from }));
    this.#send({ action: 'resume', organization: this.#organization, topics, ...(overlap && { overlap }) });
    clearTimeout(this.#awaited);
    this.#awaited = setTimeout(() => this.#lost(0), SILENCE);
  }

  #resumed({ organization, topics, more, events, changed = [] }) {
    if (organization !== this.#organization) return;
    clearTimeout(this.#awaited);
    const whole = topics.every(({ topic, position }) => position === this.#known.get(topic)?.position);
    const known = ({ id }) => whole || this.#heard.has(id);
    const all = [...events, ...changed.map(unread)];
    this.#pass(this.#replaying ? all.map((event) => ({ ...event, old: known(event) })) : all);
    this.#resuming = false;
    for (const { topic, position, resume_from: from } of topics) {
      const before = this.#known.get(topic);
      if (before) this.#known.set(topic, { position: position ?? before.position, from });
    }
    if (more) {
      this.#resume();
      return;
    }
    this.#replaying = false;
    if (!this.#catchUp()) this.#resume();
    else if (this.#owed) {
      this.#owed = 0;
      this.replay();
    }
  }

  /** Whether what came meanwhile follows what is known now, but for what that holds already. */
  #catchUp() {
    const all = this.#meanwhile;
    this.#meanwhile = [];
    const at = ({ topic, position }) => position !== undefined && position === this.#known.get(topic)?.position;
    const held = (message, n) => all.slice(n).some((later) => later.topic === message.topic && at(later));
    return all.filter((message, n) => !held(message, n)).every((message) => this.#follow(message));
  }

  /** What cannot be resumed, or listened to any more, is to be read anew. */
  #refused({ id = '', topic, code }) {
    if (id.startsWith('resume')) {
      this.#resuming = false;
      this.#replaying = false;
      clearTimeout(this.#awaited);
      // What fails now may work in a while, over another connection.
      if (!['validation_failed', 'not_found', 'gone', 'forbidden'].includes(code)) {
        this.#lost();
        return;
      }
      // The positions are of no use any more: whoever opens the page anew is told others.
      this.#known.clear();
    }
    this.#known.delete(topic);
    this.heard([topic ? { type: 'topic.gone', topic } : { type: 'message.refused', code }]);
    this.#confirm();
  }

  #drop() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    clearTimeout(this.#answer);
    clearTimeout(this.#awaited);
    const socket = this.#socket;
    this.#socket = null;
    this.#opened = false;
    this.#resuming = false;
    this.#replaying = false;
    socket?.close();
  }

  #lost(wait) {
    this.#drop();
    if (!this.#stopped) this.#again(wait);
  }

  /** Connects again after a while: longer after each failure, and never all at the same moment. */
  #again(wait = Math.random() * Math.min(SLOWEST, 500 * 2 ** this.#tries)) {
    if (this.#stopped || this.#socket) return;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    if (!navigator.onLine) {
      this.changed('offline', 0);
      return;
    }
    this.#tries += 1;
    this.changed('waiting', wait);
    this.#after(wait, () => this.#connect());
  }

  #after(wait, act) {
    this.#timers.add(setTimeout(act, wait));
  }

  #every(wait, act) {
    this.#timers.add(setInterval(act, wait));
  }
}

/** An event of which only this is told: that it was, and to what. */
function unread({ event_type: type, subject }) {
  const task = type.startsWith('task.') ? subject.id : null;
  return { type, subject, task_id: task, version: Infinity, changes: [] };
}
