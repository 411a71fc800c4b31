/** A media type as a header says it: `text/csv; header=present`. */
export interface MediaType {
  /** Lower case, without parameters; '' where there is none. */
  readonly type: string;
  /** By lower-case name; quotes are taken off. */
  readonly parameters: ReadonlyMap<string, string>;
}

export function mediaType(header: string): MediaType {
  const [type = '', ...rest] = header.split(';');
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim().toLowerCase();
    parameters.set(
      name,
      part
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1'),
    );
  }
  return { type: type.trim().toLowerCase(), parameters };
}

/** JSON by its names. curl -d sends it as a form unless told otherwise, and many do so. */
export function isJsonType(type: string): boolean {
  return /^(|text\/json|application\/(json|x-www-form-urlencoded|[a-z0-9.-]+\+json))$/.test(type);
}
