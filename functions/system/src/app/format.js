// Dates, numbers and events in words.

const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

/** Today, as dates are written. */
export function today() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** A due date as a date, wherever in the day: a day is one in the reader's own zone. */
function asDate(due) {
  return due.length === 10 ? new Date(`${due}T12:00:00`) : new Date(due);
}

/** `overdue`, `soon` (within seven days) or `later`. */
export function nearness(due) {
  if (!due) return 'never';
  const days = 7 * 24 * 3600 * 1000;
  if (due.length > 10) {
    const left = new Date(due) - Date.now();
    return left < 0 ? 'overdue' : left <= days ? 'soon' : 'later';
  }
  if (due < today()) return 'overdue';
  return asDate(due) - new Date(`${today()}T12:00:00`) <= days ? 'soon' : 'later';
}

/** A due date, short. */
export function dueText(due) {
  const date = asDate(due);
  if (due === today()) return 'Today';
  return (date.getFullYear() === new Date().getFullYear() ? DAY : DAY_OF_YEAR).format(date);
}

/** How long ago something was. */
export function ago(at) {
  const seconds = (new Date(at) - Date.now()) / 1000;
  for (const [unit, length] of [['day', 86400], ['hour', 3600], ['minute', 60]]) {
    if (Math.abs(seconds) >= length) {
      return Math.abs(seconds) > 14 * 86400 ? DAY_OF_YEAR.format(new Date(at)) : AGO.format(Math.round(seconds / length), unit);
    }
  }
  return 'just now';
}

/** A moment, in full. */
export const moment = (at) => MOMENT.format(new Date(at));

/** A number that may have been counted to the end or not. */
export const counted = ({ count, capped }) => (capped ? `${count}+` : `${count}`);

/** The letters for a project's key that its name suggests. */
export function keyOf(name) {
  const words = name.normalize('NFD').replace(/[^A-Za-z0-9 ]/g, '').trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? words.map((word) => word[0]).join('') : (words[0] ?? '').slice(0, 4);
  return letters.toUpperCase().replace(/^[0-9]+/, '').slice(0, 6);
}

const FIELDS = {
  title: 'the title', description: 'the description', priority: 'the priority', due_date: 'the due date',
  assignee_id: 'the assignee', labels: 'the labels', position: 'its place', status: 'the status',
};

/** What an event says happened, as a sentence without its subject. `names` knows statuses and people. */
export function happened(event, names) {
  const change = (field) => (event.changes ?? []).find((one) => one.field === field);
  const status = change('status');
  switch (event.type) {
    case 'task.created': return 'made this card';
    case 'task.deleted': return 'deleted it';
    case 'task.restored': return 'brought it back';
    case 'task.transitioned': case 'task.moved':
      if (status) return `moved it from ${names.status(status.from)} to ${names.status(status.to)}`;
      return change('project_id') ? 'moved it to another project' : 'moved it in its list';
    case 'comment.created': return 'commented';
    case 'comment.updated': return 'edited a comment';
    case 'comment.deleted': return 'deleted a comment';
    case 'comment.reacted': return 'reacted to a comment';
    case 'attachment.available': return 'attached a file';
    case 'attachment.deleted': return 'removed a file';
    default: break;
  }
  if (event.type === 'task.updated') {
    const assignee = change('assignee_id');
    if (assignee) return assignee.to ? `gave it to ${names.person(assignee.to)}` : 'took it from its assignee';
    const due = change('due_date');
    if (due) return due.to ? `made it due ${dueText(due.to)}` : 'took away the due date';
    const priority = change('priority');
    if (priority?.to) return `made it ${priority.to}`;
    const fields = (event.changes ?? []).map((one) => FIELDS[one.field]).filter(Boolean);
    return fields.length ? `changed ${fields.join(' and ')}` : 'changed it';
  }
  return event.type.replace('.', ' ').replaceAll('_', ' ');
}
