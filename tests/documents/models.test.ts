import { configSchema } from '../../modelhost/model-config/schema';
import { refusedModels } from '../conformance/refused-models';
import { code, readDocument, tableUnder } from '../support/markdown';

const file = 'docs/models.md';
const { shoal } = configSchema.shape;
const { image } = shoal.unwrap().shape;

/** The fields that stand in the first column under a heading. */
function fieldsUnder(title: string): string[] {
  return tableUnder(readDocument(file), title).flatMap(([cell = '']) =>
    [...cell.matchAll(/`([a-z_]+)[a-z_.]*`/g)].map(([, field = '']) => field),
  );
}

describe(file, () => {
  it('has every field of a configuration, and no other', () => {
    const pictures = fieldsUnder('Pictures');
    const wanted = [...Object.keys(configSchema.shape), ...Object.keys(shoal.unwrap().shape)];
    expect(pictures.sort()).toEqual(Object.keys(image.unwrap().shape).sort());
    expect(fieldsUnder('Configuration').sort()).toEqual([...wanted, ...pictures].sort());
  });

  it('has every model of the zoo that is refused, with what the server says of it', () => {
    const rows = tableUnder(readDocument(file), 'What was refused');
    expect(rows.map(([cell = '']) => code(cell))).toEqual(Object.keys(refusedModels).sort());
    for (const [cell = '', reason] of rows) expect(reason).toMatch(refusedModels[code(cell)]!);
  });
});
