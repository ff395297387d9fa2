// Dragging with mouse, pen or finger: a card follows the pointer, the others make room.
//
// A finger must rest on a card for a moment before it is lifted, so that lists can still be scrolled.

import { glide } from './dom.js';

const SLOP = 5;
const REST = 220;
const EDGE = 56;

/** Makes the items below `root` draggable between lists. `drop(item)` is called for one that lies elsewhere than before. */
export function drags(root, { item, list, drop }) {
  let held = null;

  root.addEventListener('pointerdown', (event) => {
    const node = event.target.closest(item);
    if (!node || event.button !== 0 || held || node.classList.contains('moving')) return;
    held = { node, pointer: event.pointerId, finger: event.pointerType === 'touch', x: event.clientX, y: event.clientY, at: event };
    if (held.finger) held.rest = setTimeout(lift, REST);
    window.addEventListener('pointermove', moved);
    window.addEventListener('pointerup', ended);
    window.addEventListener('pointercancel', cancelled);
    window.addEventListener('keydown', escaped, true);
  });
  // Scrolling begins with the first movement that nobody has claimed; a lifted card claims all of them.
  root.addEventListener('touchmove', (event) => {
    if (held?.ghost) event.preventDefault();
  }, { passive: false });
  root.addEventListener('contextmenu', (event) => {
    if (held?.finger) event.preventDefault();
  });

  function moved(event) {
    if (event.pointerId !== held.pointer) return;
    held.at = event;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > SLOP;
    if (held.ghost) return;
    if (held.finger && far) release();
    else if (far) lift();
  }

  function lift() {
    const { node } = held;
    const box = node.getBoundingClientRect();
    const ghost = node.cloneNode(true);
    ghost.classList.add('ghost');
    ghost.setAttribute('aria-hidden', 'true');
    ghost.inert = true;
    ghost.style.width = `${box.width}px`;
    ghost.style.height = `${box.height}px`;
    document.body.append(ghost);
    Object.assign(held, { ghost, box, home: node.parentNode, behind: node.nextSibling, drawn: requestAnimationFrame(draw) });
    node.classList.add('placeholder');
    root.classList.add('dragging');
    if (held.finger) navigator.vibrate?.(8);
  }

  function draw() {
    const { ghost, node, box, at, x, y } = held;
    if (!node.isConnected) {
      // Somebody else has taken it away.
      land();
      return;
    }
    ghost.style.transform = `translate(${box.left + at.clientX - x}px, ${box.top + at.clientY - y}px) rotate(1.5deg)`;
    makeRoom();
    scroll(at);
    held.drawn = requestAnimationFrame(draw);
  }

  function makeRoom() {
    const { node, box, at } = held;
    const [x, y] = [at.clientX, box.top + at.clientY - held.y + box.height / 2];
    const lists = [...root.querySelectorAll(list)];
    const away = (one) => {
      const { left, right } = one.getBoundingClientRect();
      return Math.max(left - x, x - right, 0);
    };
    const target = lists.reduce((best, one) => (away(one) < away(best) ? one : best));
    const others = [...target.children].filter((other) => other !== node);
    const next = others.find((other) => {
      const { top, height } = other.getBoundingClientRect();
      return y < top + height / 2;
    }) ?? null;
    if (node.parentNode === target && node.nextElementSibling === next) return;
    glide(root.querySelectorAll(`${item}:not(.placeholder)`), () => target.insertBefore(node, next));
  }

  function scroll({ clientX, clientY }) {
    const near = (low, high, at) => (at < low + EDGE ? -10 : at > high - EDGE ? 10 : 0);
    const whole = root.getBoundingClientRect();
    root.scrollLeft += near(whole.left, whole.right, clientX);
    const inner = held.node.closest('.scroll');
    const { top, bottom } = inner.getBoundingClientRect();
    inner.scrollTop += near(top, bottom, clientY);
  }

  function ended(event) {
    if (event.pointerId !== held.pointer) return;
    const { ghost, node, home, behind } = held;
    if (!ghost || !node.isConnected) {
      if (ghost) land();
      else release();
      return;
    }
    held.at = event;
    makeRoom();
    // The click that follows belongs to the drag.
    window.addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener('click', swallow, { capture: true }), 0);
    land();
    if (node.parentNode !== home || node.nextSibling !== behind) drop(node);
  }

  function swallow(event) {
    event.stopPropagation();
    event.preventDefault();
  }

  function cancelled(event) {
    if (event.pointerId === held.pointer) abandon();
  }

  function escaped(event) {
    if (event.key !== 'Escape' || !held.ghost) return;
    event.stopPropagation();
    abandon();
  }

  function abandon() {
    if (held.ghost) {
      const { node, home, behind } = held;
      glide(root.querySelectorAll(item), () => home.insertBefore(node, behind?.parentNode === home ? behind : null));
      land();
    } else release();
  }

  /** The ghost goes where the card lies. */
  function land() {
    const { ghost, node } = held;
    const { left, top } = node.getBoundingClientRect();
    cancelAnimationFrame(held.drawn);
    ghost.animate([{ transform: ghost.style.transform }, { transform: `translate(${left}px, ${top}px)` }], { duration: 140, easing: 'ease-out', fill: 'forwards' });
    setTimeout(() => {
      ghost.remove();
      node.classList.remove('placeholder');
    }, 140);
    root.classList.remove('dragging');
    release();
  }

  function release() {
    clearTimeout(held.rest);
    window.removeEventListener('pointermove', moved);
    window.removeEventListener('pointerup', ended);
    window.removeEventListener('pointercancel', cancelled);
    window.removeEventListener('keydown', escaped, true);
    held = null;
  }
}
