import { styleText } from 'node:util';
import type { ProgressEvent } from '../../plan/progress';
import { duration, type ProgressDisplay } from './listener';

export interface LiveOptions {
  readonly write: (text: string) => void;
  /** Of the terminal, now. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly color: boolean;
  /** @default Date.now */
  readonly now?: () => number;
}

type Style = Parameters<typeof styleText>[0];

interface Subject {
  /** Phases that are over, with their times. */
  readonly trail: string[];
  active: { phase: string; text: string | undefined; since: number } | undefined;
  failed: boolean;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const REDRAW_MS = 100;

/** One line for each subject (an environment, a node, a part), redrawn in place. */
export function liveLines(options: LiveOptions): ProgressDisplay {
  const display = new LiveLines(options);
  return {
    onProgress: (event) => display.tell(event),
    pause: () => display.pause(),
    end: () => display.end(),
  };
}

class LiveLines {
  readonly #subjects = new Map<string, Subject>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;
  #frame = 0;

  constructor(private readonly options: LiveOptions) {
    this.#now = options.now ?? Date.now;
  }

  tell(event: ProgressEvent): void {
    if (event.state === 'warn') this.#above(`${this.#style('yellow', '!')} ${event.subject}: ${event.text}`);
    else this.#advance(event);
  }

  #advance(event: ProgressEvent): void {
    const subject = this.#subject(event.subject);
    if (event.state === 'start' || event.state === 'update') {
      const same = subject.active?.phase === event.phase ? subject.active : undefined;
      subject.active = { phase: event.phase, text: event.text ?? same?.text, since: same?.since ?? this.#now() };
    } else {
      this.#finish(subject, event);
    }
    this.#timer ??= setInterval(() => this.#redraw(), REDRAW_MS).unref();
  }

  /** Leaves what is there on the screen, and begins anew below whatever comes next. */
  pause(): void {
    this.end();
    this.#subjects.clear();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#subjects.size > 0) this.#redraw(true);
    this.#drawn = 0;
  }

  #subject(name: string): Subject {
    const known = this.#subjects.get(name);
    if (known) return known;
    const subject: Subject = { trail: [], active: undefined, failed: false };
    this.#subjects.set(name, subject);
    return subject;
  }

  #finish(subject: Subject, event: ProgressEvent): void {
    const failed = event.state === 'fail';
    const mark = failed ? this.#style('red', '✖') : this.#style('green', '✔');
    const time =
      event.seconds !== undefined && event.seconds >= 1 ? this.#style('dim', ` ${duration(event.seconds)}`) : '';
    subject.trail.push(`${mark} ${event.phase}${failed && event.text ? `: ${event.text}` : ''}${time}`);
    subject.failed ||= failed;
    if (subject.active?.phase === event.phase) subject.active = undefined;
  }

  #above(text: string): void {
    this.#erase();
    this.options.write(`${text}\n`);
    this.#redraw();
  }

  #redraw(final = false): void {
    this.#frame += 1;
    const lines = this.#lines(final);
    this.#erase();
    this.options.write(lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
  }

  #erase(): void {
    if (this.#drawn > 0) this.options.write(`${ESCAPE}[${this.#drawn}A${ESCAPE}[0J`);
    this.#drawn = 0;
  }

  /** What fits: where there are more subjects than rows, those at work and those that failed go first. */
  #lines(final: boolean): string[] {
    const { columns, rows } = this.options.size();
    const all = [...this.#subjects.entries()];
    const room = Math.max(3, rows - 2);
    if (all.length <= room) return all.map(([name, subject]) => this.#line(name, subject, columns, final));
    const weight = ({ failed, active }: Subject) => (failed ? 0 : active ? 1 : 2);
    const shown = [...all].sort(([, a], [, b]) => weight(a) - weight(b)).slice(0, room - 1);
    const active = all.filter(([, subject]) => subject.active).length;
    const rest = `… ${all.length - shown.length} more (${all.length - active} of ${all.length} at rest)`;
    return [...shown.map(([name, subject]) => this.#line(name, subject, columns, final)), this.#style('dim', rest)];
  }

  #line(name: string, subject: Subject, columns: number, final: boolean): string {
    const width = Math.max(...[...this.#subjects.keys()].map((each) => each.length));
    const parts = [...subject.trail, ...(subject.active ? [this.#activity(subject.active, final)] : [])];
    const head = `${this.#style('bold', name.padEnd(width))}  `;
    // The oldest phases give way when the line gets too long.
    while (parts.length > 1 && width + 2 + visibleLength(parts.join(' ')) >= columns) parts.shift();
    return head + cut(parts.join(' '), columns - width - 3);
  }

  #activity({ phase, text, since }: NonNullable<Subject['active']>, final: boolean): string {
    const frame = final ? '-' : FRAMES[this.#frame % FRAMES.length]!;
    const seconds = Math.floor((this.#now() - since) / 1000);
    const time = seconds >= 2 ? this.#style('dim', ` ${duration(seconds)}`) : '';
    return `${this.#style('cyan', frame)} ${phase}${time}${text ? this.#style('dim', ` ${text}`) : ''}`;
  }

  #style(style: Style, text: string): string {
    return this.options.color ? styleText(style, text) : text;
  }
}

const ESCAPE = '\u001b';
const STYLES = new RegExp(`(${ESCAPE}\\[[0-9;]*m)`, 'g');

function visibleLength(text: string): number {
  return text.replace(STYLES, '').length;
}

/** Cuts to a number of visible characters; the escape sequences stay, so that styles end. */
function cut(text: string, length: number): string {
  if (visibleLength(text) <= length) return text;
  let room = Math.max(1, length - 1);
  let result = '';
  for (const part of text.split(STYLES)) {
    const isEscape = part.startsWith(ESCAPE);
    result += isEscape ? part : part.slice(0, room);
    if (!isEscape) room -= Math.min(room, part.length);
  }
  return `${result}…`;
}
