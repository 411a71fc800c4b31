import path from 'node:path';
import { folderOf, type Tool } from './tool';

const version = '7.23.0';
const jar = `openapi-generator-cli-${version}.jar`;

/** Makes clients from an OpenAPI document; runs on Java. */
export const openapiGenerator: Tool = {
  name: 'openapi-generator',
  version,
  recipe: version,
  install: (folder, run) =>
    run('mvn', [
      '-q',
      'dependency:copy',
      `-Dartifact=org.openapitools:openapi-generator-cli:${version}`,
      `-DoutputDirectory=${folder}`,
    ]),
};

export function openapiGeneratorJar(): string {
  return path.join(folderOf(openapiGenerator), jar);
}
