type Context = 'bare' | 'single' | 'double' | 'comment';

/** Follows shell text piece by piece and knows whether the place it has reached is inside quotes. */
export class QuoteScanner {
  /** One context for each parenthesis that is open; a substitution begins a quoting of its own. */
  readonly #contexts: Context[] = ['bare'];
  #begun = false;

  get insideQuotes(): boolean {
    return this.#context === 'single' || this.#context === 'double';
  }

  read(text: string): void {
    for (let at = 0; at < text.length; at += this.#step(text, at));
    this.#begun = true;
  }

  get #context(): Context {
    return this.#contexts[this.#contexts.length - 1]!;
  }

  set #context(context: Context) {
    this.#contexts[this.#contexts.length - 1] = context;
  }

  /** Reads what begins at `at`; returns how many characters it was. */
  #step(text: string, at: number): number {
    switch (this.#context) {
      case 'single':
        if (text[at] === "'") this.#context = 'bare';
        return 1;
      case 'comment':
        if (text[at] === '\n') this.#context = 'bare';
        return 1;
      case 'double':
        if (text[at] === '"') this.#context = 'bare';
        return this.#escapeOrSubstitution(text, at);
      case 'bare':
        return this.#bareStep(text, at);
    }
  }

  #bareStep(text: string, at: number): number {
    const character = text[at];
    if (character === "'") this.#context = 'single';
    else if (character === '"') this.#context = 'double';
    else if (character === '#' && this.#beginsWord(text, at)) this.#context = 'comment';
    else if (character === '(') this.#contexts.push('bare');
    else if (character === ')' && this.#contexts.length > 1) this.#contexts.pop();
    return this.#escapeOrSubstitution(text, at);
  }

  #escapeOrSubstitution(text: string, at: number): number {
    if (text[at] === '\\') return 2;
    if (!text.startsWith('$(', at)) return 1;
    this.#contexts.push('bare');
    return 2;
  }

  #beginsWord(text: string, at: number): boolean {
    return at === 0 ? !this.#begun : /[\s;(]/.test(text[at - 1]!);
  }
}
