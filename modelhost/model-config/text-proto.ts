import { TextProtoError, tokenize, type Token } from './text-proto-tokens';
import { numberOf, unescape, wordOf } from './text-proto-values';

/** A value of protobuf's text format: enum names are strings, 64-bit integers stay exact. */
export type TextValue = string | number | bigint | boolean | TextMessage;

/** Fields of a message in the order of the text; a field that is given twice has two values. */
export type TextMessage = ReadonlyMap<string, readonly TextValue[]>;

const maxDepth = 32;

/** Reads protobuf's text format without knowing the message type. Throws TextProtoError. */
export function parseTextProto(text: string): TextMessage {
  return new TextReader(text).message('', 0);
}

/** Goes through the tokens once, from left to right. */
class TextReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  message(close: string, depth: number): TextMessage {
    if (depth > maxDepth) throw new TextProtoError('nested too deeply', this.#peek().line);
    const fields = new Map<string, TextValue[]>();
    while (close === '' ? this.#peek().kind !== 'end' : !this.#skip(close)) {
      const name = this.#fieldName();
      const values = fields.get(name) ?? [];
      fields.set(name, values);
      values.push(...this.#fieldValues(depth));
      this.#skip(',', ';');
    }
    return fields;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: 'the end', line: 0 };
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  #skip(...marks: string[]): boolean {
    const token = this.#peek();
    if (token.kind !== 'mark' || !marks.includes(token.text)) return false;
    this.#next++;
    return true;
  }

  #expect(mark: string): void {
    if (this.#skip(mark)) return;
    const token = this.#peek();
    throw new TextProtoError(`wanted '${mark}', got ${token.text}`, token.line);
  }

  #fieldName(): string {
    const token = this.#take();
    if (token.kind === 'word') return token.text;
    if (token.kind === 'mark' && token.text === '[') return this.#bracketedName();
    throw new TextProtoError(`wanted the name of a field, got ${token.text}`, token.line);
  }

  #bracketedName(): string {
    let name = '';
    while (!this.#skip(']')) {
      if (this.#peek().kind === 'end') throw new TextProtoError("wanted ']'", this.#peek().line);
      name += this.#take().text;
    }
    return name;
  }

  #fieldValues(depth: number): TextValue[] {
    const colon = this.#skip(':');
    const nested = this.#nested(depth);
    if (nested !== undefined) return [nested];
    if (this.#skip('[')) return this.#list(depth);
    if (!colon) this.#expect(':');
    return [this.#scalar()];
  }

  #nested(depth: number): TextMessage | undefined {
    if (this.#skip('{')) return this.message('}', depth + 1);
    if (this.#skip('<')) return this.message('>', depth + 1);
    return undefined;
  }

  #list(depth: number): TextValue[] {
    const values: TextValue[] = [];
    if (this.#skip(']')) return values;
    do values.push(this.#nested(depth) ?? this.#scalar());
    while (this.#skip(','));
    this.#expect(']');
    return values;
  }

  #scalar(): TextValue {
    const token = this.#take();
    if (token.kind === 'number') return numberOf(token);
    if (token.kind === 'word') return wordOf(token.text);
    if (token.kind !== 'string') {
      throw new TextProtoError(`wanted a value, got ${token.text}`, token.line);
    }
    let text = unescape(token);
    while (this.#peek().kind === 'string') text += unescape(this.#take());
    return text;
  }
}
