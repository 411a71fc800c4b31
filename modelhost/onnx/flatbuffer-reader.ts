import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FilePages } from './file-pages';
import { rejected } from './rejected';

/** A table inside the file, by position; `depth` counts the tables around it. */
export interface Table {
  readonly at: number;
  readonly depth: number;
  /** Where its fields are from there, by their number in the schema; 0 where one is absent. */
  readonly fields: readonly number[];
}

/** How many tables, layouts of them and elements of lists are passed at most, and bytes of text. */
export interface FlatbufferLimits {
  readonly steps: number;
  readonly textBytes: number;
}

/** Graphs in graphs, and types in types, are not nested deeper by any writer. */
const maxDepth = 400;
const maxVtableBytes = 512;
/** So many layouts of tables are remembered; writers share them between tables of a kind. */
const maxVtables = 1000;
const maxTextBytes = 4 * 1024 * 1024;
/** More than any model has; they bound the time that one file can take to some ten seconds. */
const ample: FlatbufferLimits = { steps: 3_000_000, textBytes: 64 * 1024 * 1024 };
/** Reading gives way to other work after this many steps. */
const stepsPerTurn = 5_000;

/**
 * Walks the tables of a flatbuffer in a file with bounded memory and time. Positions only ever
 * point forward, as the format wants it, so that no walk goes round in circles. Whatever is not
 * well formed throws model_rejected.
 */
export class FlatbufferReader {
  readonly #file: FilePages;
  readonly #limits: FlatbufferLimits;
  readonly #vtables = new Map<number, readonly number[]>();
  #steps = 0;
  #stepsAtTurn = 0;
  #textBytes = 0;

  constructor(file: FilePages, limits: FlatbufferLimits = ample) {
    this.#file = file;
    this.#limits = limits;
  }

  root(): Table {
    return this.#tableAt(this.#behind(0), 0);
  }

  /** The table in a field; undefined where it is absent. */
  table(table: Table, field: number): Table | undefined {
    const at = this.#place(table, field);
    return at === undefined ? undefined : this.#tableAt(this.#behind(at), table.depth + 1);
  }

  /** Visits each table of a list, and gives way to other work now and then. */
  async each(
    table: Table,
    field: number,
    visit: (element: Table) => void | Promise<void>,
  ): Promise<void> {
    for (const at of this.#elements(table, field)) {
      const pending = visit(this.#tableAt(this.#behind(at), table.depth + 1));
      if (pending !== undefined) await pending;
      if (this.#steps - this.#stepsAtTurn >= stepsPerTurn) await this.#giveWay();
    }
  }

  /** A text; empty where it is absent. */
  text(table: Table, field: number): string {
    const at = this.#place(table, field);
    return at === undefined ? '' : this.#textAt(this.#behind(at));
  }

  /** The texts of a list; one of more than so many is refused. */
  async texts(table: Table, field: number, most: number): Promise<string[]> {
    const texts: string[] = [];
    for (const at of this.#elements(table, field, most)) {
      texts.push(this.#textAt(this.#behind(at)));
      if (this.#steps - this.#stepsAtTurn >= stepsPerTurn) await this.#giveWay();
    }
    return texts;
  }

  /** A number of one byte. */
  byte(table: Table, field: number): number {
    const at = this.#place(table, field);
    return at === undefined ? 0 : this.#number(at, 1);
  }

  int32(table: Table, field: number): number {
    const at = this.#place(table, field);
    return at === undefined ? 0 : this.#number(at, 4) | 0;
  }

  int64(table: Table, field: number, absent = 0n): bigint {
    const at = this.#place(table, field);
    if (at === undefined) return absent;
    const high = BigInt(this.#number(at + 4, 4));
    return BigInt.asIntN(64, high * 2n ** 32n + BigInt(this.#number(at, 4)));
  }

  /** Positions of the elements of a list of tables or texts. */
  *#elements(table: Table, field: number, most = Infinity): Generator<number> {
    const place = this.#place(table, field);
    if (place === undefined) return;
    const list = this.#behind(place);
    const count = this.#number(list, 4);
    if (list + 4 + count * 4 > this.#file.size) {
      throw malformed(list, 'a list is longer than the file');
    }
    if (count > most) throw rejected(`The model has a list of ${count} names; at most ${most}.`);
    for (let index = 0; index < count; index++) {
      this.#step();
      yield list + 4 + index * 4;
    }
  }

  #place({ at, fields }: Table, field: number): number | undefined {
    const offset = fields[field] ?? 0;
    return offset === 0 ? undefined : at + offset;
  }

  #tableAt(at: number, depth: number): Table {
    if (depth > maxDepth) {
      throw rejected(`The model nests tables deeper than ${maxDepth}; no real model does.`);
    }
    this.#step();
    const vtable = at - (this.#number(at, 4) | 0);
    if (vtable < 0 || vtable >= this.#file.size) throw malformed(at, 'a table has no layout');
    return { at, depth, fields: this.#vtables.get(vtable) ?? this.#readVtable(vtable) };
  }

  #readVtable(at: number): readonly number[] {
    const bytes = this.#number(at, 2);
    if (bytes < 4 || bytes % 2 !== 0 || bytes > maxVtableBytes) {
      throw malformed(at, 'the layout of a table has no valid length');
    }
    if (this.#vtables.size === maxVtables) this.#vtables.clear();
    const length = bytes / 2 - 2;
    this.#step(length);
    const fields = Array.from({ length }, (_, field) => this.#number(at + 4 + field * 2, 2));
    this.#vtables.set(at, fields);
    return fields;
  }

  /** What the position that is written at `at` points to. */
  #behind(at: number): number {
    const distance = this.#number(at, 4);
    if (distance === 0 || at + distance >= this.#file.size) {
      throw malformed(at, 'a position leads out of the file');
    }
    return at + distance;
  }

  #textAt(at: number): string {
    const length = this.#number(at, 4);
    this.#textBytes += length;
    if (length > maxTextBytes || this.#textBytes > this.#limits.textBytes) {
      throw rejected(
        `The model's names and texts are too long: at most ${maxTextBytes} bytes for one and ` +
          `${this.#limits.textBytes} for all of them.`,
      );
    }
    if (at + 4 + length > this.#file.size) throw malformed(at, 'a text is longer than the file');
    return this.#file.bytes(at + 4, at + 4 + length).toString('utf8');
  }

  #number(at: number, bytes: number): number {
    let value = 0;
    for (let index = bytes - 1; index >= 0; index--) {
      value = value * 256 + this.#file.byte(at + index);
    }
    return value;
  }

  async #giveWay(): Promise<void> {
    this.#stepsAtTurn = this.#steps;
    await nextTurn();
  }

  #step(count = 1): void {
    this.#steps += count;
    if (this.#steps > this.#limits.steps) throw tooMuch();
  }
}

function malformed(at: number, what: string): Error {
  return rejected(`The file is not a model in the ORT format: near byte ${at} ${what}.`);
}

function tooMuch(): Error {
  return rejected('The model has more nodes, attributes and values than any real model.');
}
