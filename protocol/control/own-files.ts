/** Names that the server itself gives in a version's directory, beside what came with the model. */
export const ownFiles: ReadonlySet<string> = new Set(['meta.json', 'config.json', 'config.pbtxt']);
