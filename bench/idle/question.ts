/** Connect so many times to the inferrer, or end all connections. */
export type IdleQuestion =
  { readonly open: number; readonly url: string } | { readonly close: true };

/** How many connections there were when the question was answered, before any was ended. */
export interface IdleAnswer {
  readonly open: number;
}
