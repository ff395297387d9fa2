// Small things that every part of the page is made with. Text of people gets into the page as text, never as HTML.

/** An element. Properties: `text`, `class`, `data` (an object), `on` (an object of listeners), anything else an
 *  attribute or, for values that are no text, a property. Children that are null or false are left out. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'text') node.textContent = value;
    else if (name === 'class') node.className = value;
    else if (name === 'data') Object.assign(node.dataset, value);
    else if (name === 'on') for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const ICONS = {
  plus: 'M8 3v10M3 8h10',
  close: 'm4 4 8 8m0-8-8 8',
  clock: 'M8 4.500V8l2.200 1.500M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  flag: 'M4 14V2.500h7.500L10 5.500l1.500 3H4',
  comment: 'M2.500 3.500h11v7.500H7l-3 2.500V11H2.500z',
  bell: 'M8 2.500a3.500 3.500 0 0 0-3.500 3.500c0 3-1.500 4-1.500 5h10c0-1-1.500-2-1.500-5A3.500 3.500 0 0 0 8 2.500ZM6.700 13.200a1.500 1.500 0 0 0 2.600 0',
  check: 'm3 8.500 3.200 3L13 4.500',
  chevron: 'm5 6.500 3 3 3-3',
  person: 'M8 8a2.600 2.600 0 1 0 0-5.200A2.600 2.600 0 0 0 8 8Zm-5 5.500c.4-2.600 2.400-4 5-4s4.600 1.400 5 4',
  lines: 'M3 4.500h10M3 8h10M3 11.500h6',
};

/** One of the page's few icons; it says nothing to screen readers. */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const path = document.createElementNS(space, 'path');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** The mark of the house. */
export function mark() {
  return el('span', { class: 'mark', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
}

/** A number that is the same for the same text, to choose a colour by. */
function hue(text) {
  let sum = 2166136261;
  for (const letter of text) sum = Math.imul(sum ^ letter.codePointAt(0), 16777619);
  return (sum >>> 8) % 360;
}

/** A person as a disc with initials. */
export function avatar(person, size = '') {
  const name = person?.name ?? '?';
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const initials = (words.length > 1 ? words[0][0] + words.at(-1)[0] : name.slice(0, 2)).toUpperCase();
  const disc = el('span', { class: `avatar ${size}`, title: name, text: initials, 'aria-hidden': 'true' });
  disc.style.setProperty('--hue', hue(person?.id ?? name));
  return disc;
}

const place = document.getElementById('toasts');
// A box above the page covers all that is not in it, so what is said goes along with it.
document.addEventListener('close', ({ target }) => {
  if (target.contains(place)) document.body.append(place);
}, true);

/** Says something for a few seconds: at the edge of the page, and to screen readers. */
export function toast(text, { kind = 'info', action = null } = {}) {
  const host = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  if (place.parentNode !== host) host.append(place);
  const note = el('div', { class: `toast ${kind}` }, el('span', { text }));
  const gone = () => note.remove();
  if (action) note.append(el('button', { class: 'plain', type: 'button', text: action.text, on: { click: () => { gone(); action.run(); } } }));
  note.append(el('button', { class: 'plain', type: 'button', 'aria-label': 'Dismiss', on: { click: gone } }, icon('close')));
  place.append(note);
  while (place.children.length > 3) place.firstElementChild.remove();
  setTimeout(gone, kind === 'error' ? 9000 : 5000);
}

/** Says something to screen readers only. */
export function say(text) {
  document.getElementById('spoken').textContent = text;
}

const still = window.matchMedia('(prefers-reduced-motion: reduce)');

/** Lets what moves by `change` glide to its new place, unless people have asked for stillness. */
export function glide(nodes, change) {
  const before = new Map([...nodes].map((node) => [node, node.getBoundingClientRect()]));
  change();
  if (still.matches) return;
  for (const [node, from] of before) {
    if (!node.isConnected) continue;
    const to = node.getBoundingClientRect();
    const [x, y] = [from.left - to.left, from.top - to.top];
    if (!x && !y) continue;
    node.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: 'none' }], { duration: 180, easing: 'cubic-bezier(.2,.7,.3,1)' });
  }
}

/** Runs `act` once, this many milliseconds after the last call. */
export function debounced(act, wait) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  };
}
