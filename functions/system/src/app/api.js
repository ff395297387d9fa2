// The public API, and the session with which it is called. Tokens are kept in memory and in this tab's storage.

const PREFIX = '/api/v1';
const PLACE = 'elevanalog.session';
/** Access tokens are exchanged so many milliseconds before they end. */
const EARLY = 60_000;

/** What the API, or the way to it, has against a request: the text of an `application/problem+json`. */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail ?? 'The service cannot be reached.');
    this.status = status;
    this.code = body.code ?? 'network';
    this.title = body.title ?? 'No connection';
    this.errors = body.errors ?? [];
    this.body = body;
  }

  /** The problem as one sentence for people. */
  get sentence() {
    const [first] = this.errors;
    if (this.code === 'forbidden') return `You may not do that: ${this.message}.`;
    const text = first ? `${first.field.split('/').at(-1).replaceAll('_', ' ')} ${first.message}` : this.message;
    const whole = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?]$/.test(whole) ? whole : `${whole}.`;
  }
}

let session = JSON.parse(sessionStorage.getItem(PLACE) ?? 'null');
/** Ends what is still being asked when the session is given up. */
let asking = new AbortController();
let ended = () => {};
let renewal = null;

// A tab that was duplicated holds the same tokens; who exchanges them tells the others, since each is good once.
const others = new BroadcastChannel(PLACE);
others.addEventListener('message', ({ data }) => {
  if (session && data.refresh === session.refresh) keep(data.next);
});

function keep(next) {
  session = next;
  if (next) sessionStorage.setItem(PLACE, JSON.stringify(next));
  else sessionStorage.removeItem(PLACE);
}

function take(data) {
  keep({ access: data.access_token, refresh: data.refresh_token, until: Date.now() + data.expires_in * 1000 });
}

/** Whether somebody is signed in. */
export const isSignedIn = () => session !== null;

/** Whom to tell when the session has ended, whoever ended it. */
export function whenEnded(tell) {
  ended = tell;
}

/** Signs in. */
export async function signIn(name, password) {
  const who = name.includes('@') ? { email: name } : { username: name };
  take((await send('POST', '/auth/login', { body: { ...who, password, device_name: device() } })).data);
}

/** Makes an account and signs in. */
export async function register(body) {
  take((await send('POST', '/auth/register', { body: { ...body, device_name: device() } })).data);
}

/** Ends the session, here and there. What is asked meanwhile is given up: its answer could only be a refusal. */
export async function signOut() {
  asking.abort(new Problem(401, { code: 'unauthenticated', detail: 'You are signed out.' }));
  try {
    if (session.until - Date.now() < EARLY) await renew();
    await send('POST', '/auth/logout', { body: {}, headers: { authorization: `Bearer ${session.access}` } });
  } catch {
    // It ends by itself in time; here it ends now.
  }
  keep(null);
  asking = new AbortController();
}

function device() {
  const { platform } = navigator.userAgentData ?? navigator;
  return `Browser${platform ? ` on ${platform}` : ''}`.slice(0, 100);
}

/** Exchanges the tokens, once for all who wait; the lock keeps other tabs with the same ones waiting. */
function renew() {
  renewal ??= exchange().finally(() => { renewal = null; });
  return renewal;
}

async function exchange() {
  const { refresh } = session;
  const act = async () => {
    if (session?.refresh !== refresh) return;
    const { data } = await send('POST', '/auth/refresh', { body: { refresh_token: refresh } });
    take(data);
    others.postMessage({ refresh, next: session });
  };
  await (navigator.locks ? navigator.locks.request(PLACE, act) : act());
}

async function send(method, path, { body, headers = {}, signal } = {}) {
  const init = { method, headers: { accept: 'application/json', ...headers }, signal, cache: 'no-store' };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers['content-type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(PREFIX + path, init);
  } catch (reason) {
    if (signal?.aborted) throw reason;
    throw new Problem(0);
  }
  const text = await response.text();
  let answer = {};
  try {
    answer = text ? JSON.parse(text) : {};
  } catch {
    answer = { detail: 'The answer cannot be read.' };
  }
  if (!response.ok) throw new Problem(response.status, { detail: answer.message, ...answer });
  return answer;
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const passing = (problem) => problem instanceof Problem && [0, 502, 503, 504].includes(problem.status);

/** Calls the API as the person who is signed in. A POST carries an idempotency key, so what got no answer is asked once
 *  more without harm. `version` is the one that the change depends on. */
export async function call(method, path, { body, version, signal } = {}) {
  const headers = {};
  if (version !== undefined) headers['if-match'] = `"v${version}"`;
  if (method === 'POST' && !path.startsWith('/auth/')) headers['idempotency-key'] = crypto.randomUUID();
  const ending = asking.signal;
  const attempt = async () => {
    ending.throwIfAborted();
    if (!session) throw new Problem(401, { code: 'unauthenticated', detail: 'You are not signed in.' });
    if (session.until - Date.now() < EARLY) await renew();
    const either = signal ? AbortSignal.any([signal, ending]) : ending;
    return send(method, path, { body, signal: either, headers: { ...headers, authorization: `Bearer ${session.access}` } });
  };
  try {
    return await patiently(attempt, method === 'GET' || headers['idempotency-key']);
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401 && session && !ending.aborted) {
      keep(null);
      ended();
    }
    throw problem;
  }
}

async function patiently(attempt, repeatable) {
  try {
    return await attempt();
  } catch (problem) {
    if (problem.code === 'token_expired') {
      await renew();
      return attempt();
    }
    if (!passing(problem) || !repeatable) throw problem;
    await pause(300 + Math.random() * 700);
    return attempt();
  }
}

/** `GET`, the thing alone. */
export const get = async (path, options) => (await call('GET', path, options)).data;
/** `POST`, the thing alone. */
export const post = async (path, body = {}) => (await call('POST', path, { body })).data;
/** `PATCH`, the thing alone. */
export const patch = async (path, body, version) => (await call('PATCH', path, { body, version })).data;

/** Every row of a list, page after page, up to `most`. */
export async function all(path, most = 500) {
  const rows = [];
  let cursor = null;
  do {
    const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page = await call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${more}`);
    rows.push(...page.data);
    cursor = page.meta?.next_cursor;
  } while (cursor && rows.length < most);
  return rows;
}
