import { answersJson, type Operation } from '../../protocol/openapi/operation';
import { anyText } from '../../protocol/openapi/schema';
import { greeting, received } from './schema';

const system = { tag: 'System', status: 'fractal', method: 'get', errors: [] } as const;

/** Greeting, help and the test routes. */
export const systemOperations: readonly Operation[] = [
  {
    ...system,
    id: 'greeting',
    path: '/',
    summary: 'Greeting',
    answers: answersJson('The process answers', greeting),
  },
  {
    ...system,
    id: 'modelhost',
    path: '/modelhost',
    summary: 'Greeting',
    answers: answersJson('The process answers', greeting),
  },
  {
    ...system,
    id: 'help',
    path: '/help',
    summary: 'The routes, as text',
    answers: { 200: { description: 'Text', content: { 'text/plain': { schema: anyText } } } },
  },
  {
    ...system,
    id: 'test',
    path: '/modelhost/api/test',
    summary: 'Says which host answers',
    answers: answersJson('It does', received),
  },
  {
    ...system,
    id: 'testData',
    path: '/modelhost/api/test/{data}',
    summary: 'Says which host received the data',
    parameters: [
      { name: 'data', in: 'path', schema: anyText, description: 'Anything.', example: 'a' },
    ],
    answers: answersJson('It does', received),
  },
];
