import { answersJson, type Operation } from '../../protocol/openapi/operation';
import { anyJson, anyText } from '../../protocol/openapi/schema';

const documents = { tag: 'Documents', status: 'http', method: 'get', errors: [] } as const;

export const documentOperations: readonly Operation[] = [
  {
    ...documents,
    id: 'openApi',
    path: '/openapi.json',
    summary: 'This document',
    answers: answersJson('OpenAPI 3.1', anyJson),
  },
  {
    ...documents,
    id: 'docs',
    path: '/docs',
    summary: 'This document, to read',
    answers: { 200: { description: 'A page', content: { 'text/html': { schema: anyText } } } },
  },
  {
    ...documents,
    id: 'docsStyle',
    path: '/docs/style.css',
    summary: "The page's style",
    answers: { 200: { description: 'A style', content: { 'text/css': { schema: anyText } } } },
  },
];
