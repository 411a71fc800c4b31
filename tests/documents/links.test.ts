import { existsSync } from 'node:fs';
import path from 'node:path';
import { anchorsOf, documents, readDocument, withoutFences } from '../support/markdown';

const folders =
  'core|protocol|serving|metrics|inferrer|modelhost|embedded|examples|bench|tests|scripts|nginx|prometheus|deploy|docs';
const filePath = new RegExp(`^(?:${folders})/[\\w./-]*$`);

/** What is wrong with a relative link, or undefined. */
function faultOf(document: string, link: string): string | undefined {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? document : path.join(path.dirname(document), file);
  if (!existsSync(target)) return `${document}: ${link} leads nowhere`;
  if (anchor === undefined || anchorsOf(readDocument(target)).includes(anchor)) return undefined;
  return `${document}: ${link} names no heading`;
}

describe('documents', () => {
  const all = documents();

  it('are found', () => {
    expect(all).toEqual(expect.arrayContaining(['README.md', 'docs/architecture.md']));
  });

  it('link to files and headings that exist', () => {
    const faults = all.flatMap((document) =>
      [...withoutFences(readDocument(document)).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, link = '']) => link)
        .filter((link) => !/^[a-z]+:/.test(link))
        .map((link) => faultOf(document, link)),
    );
    expect(faults.length).toBeGreaterThan(10);
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('name files that exist', () => {
    const missing = all.flatMap((document) =>
      [...withoutFences(readDocument(document)).matchAll(/`([^`\n]+)`/g)]
        .map(([, span = '']) => span)
        .filter((span) => filePath.test(span) && !existsSync(span))
        .map((span) => `${document}: ${span}`),
    );
    expect(missing).toEqual([]);
  });

  it('all have their place in the list of documents', () => {
    const index = readDocument('README.md');
    const pages = all.filter((file) => /^docs\/[^/]+\.md$/.test(file));
    expect(pages.filter((page) => !index.includes(`(${page})`))).toEqual([]);
    const decisions = readDocument('docs/adr/README.md');
    const numbered = all.filter((file) => /^docs\/adr\/\d/.test(file));
    expect(numbered.length).toBeGreaterThan(5);
    expect(numbered.filter((file) => !decisions.includes(`(${path.basename(file)})`))).toEqual([]);
  });
});
