import { ShoalError } from '../../../core/errors';

/** One file out of a multipart/form-data body, as a view into it. */
export interface MultipartFile {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** More parts than this are refused. */
const maxParts = 8;

/**
 * The file in field `field` of a multipart/form-data body that is in memory already (RFC 7578).
 * Throws malformed_body where the body is not what its content type says, and invalid_request
 * where the field is missing, comes twice or is no file.
 */
export function multipartFile(contentType: string, body: Buffer, field: string): MultipartFile {
  const parts = splitParts(body, boundaryOf(contentType)).map(readPart);
  const matching = parts.filter((part) => part.name === field);
  const [file] = matching;
  if (file === undefined || matching.length > 1) {
    const names = parts.map((part) => `'${part.name}'`).join(', ') || 'none';
    throw new ShoalError(
      'invalid_request',
      `Wanted one file in the multipart field '${field}'; got fields: ${names}.`,
    );
  }
  return { contentType: file.contentType, bytes: file.bytes };
}

function boundaryOf(contentType: string): string {
  const found = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) throw malformed('its content type has no boundary');
  return boundary;
}

/** The bytes between the delimiters, each with its headers. */
function splitParts(body: Buffer, boundary: string): Buffer[] {
  const delimiter = Buffer.from(`--${boundary}`);
  let at = startOf(body, delimiter);
  const parts: Buffer[] = [];
  while (!isLast(body, at + delimiter.length)) {
    const from = afterLine(body, at + delimiter.length);
    const next = body.indexOf(`\r\n--${boundary}`, from - 2, 'latin1');
    if (next === -1) throw malformed('it ends before its last delimiter');
    parts.push(body.subarray(from, Math.max(from, next)));
    if (parts.length > maxParts) throw malformed(`it has more than ${maxParts} parts`);
    at = next + 2;
  }
  return parts;
}

function startOf(body: Buffer, delimiter: Buffer): number {
  if (body.subarray(0, delimiter.length).equals(delimiter)) return 0;
  const at = body.indexOf(Buffer.concat([Buffer.from('\r\n'), delimiter]));
  if (at === -1) throw malformed('its delimiter is not in it');
  return at + 2;
}

function isLast(body: Buffer, at: number): boolean {
  return body[at] === 0x2d && body[at + 1] === 0x2d;
}

function afterLine(body: Buffer, at: number): number {
  const end = body.indexOf('\r\n', at, 'latin1');
  if (end === -1 || body.toString('latin1', at, end).trim() !== '') {
    throw malformed('a delimiter is not followed by a line break');
  }
  return end + 2;
}

interface Part extends MultipartFile {
  readonly name: string;
}

function readPart(part: Buffer): Part {
  const end = part.indexOf('\r\n\r\n', 0, 'latin1');
  if (end === -1 || end > 8192) throw malformed('a part has no end of its headers');
  const headers = part.toString('utf8', 0, end).split('\r\n');
  const disposition = headerOf(headers, 'content-disposition');
  const name = /;\s*name=(?:"([^"]*)"|([^\s;"]+))/i.exec(disposition);
  if (!/^form-data\b/i.test(disposition) || name === null) throw malformed('a part has no name');
  return {
    name: name[1] ?? name[2] ?? '',
    contentType: headerOf(headers, 'content-type'),
    bytes: part.subarray(end + 4),
  };
}

function headerOf(headers: readonly string[], name: string): string {
  const line = headers.find((header) => header.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? '';
}

function malformed(what: string): ShoalError {
  return new ShoalError('malformed_body', `The multipart/form-data body cannot be read: ${what}.`);
}
