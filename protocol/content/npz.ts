import { ShoalError } from '../../core/errors';
import { carriedInputs, type ContentCodec } from './content-codec';
import { readNpy, writeNpy } from './npy';
import { readZip, writeZip } from './zip';

/** Arrays by the names of inputs and outputs, as `numpy.savez` writes them. */
export const npz: ContentCodec = {
  types: ['application/x-npz'],
  read(body, servable) {
    const files = readZip(body);
    const specs = carriedInputs(servable);
    const names = [...files.keys()].map((file) => file.replace(/\.npy$/, ''));
    const wanted = specs.map(({ name }) => name);
    const [only] = names;
    // `numpy.savez` calls an array that has been given no name arr_0.
    if (specs.length === 1 && names.length === 1 && only === 'arr_0') wanted[0] = only;
    if (names.length !== wanted.length || !wanted.every((name) => names.includes(name))) {
      throw new ShoalError(
        'invalid_request',
        `application/x-npz: wanted arrays of the names ${quoted(wanted)}, got ${quoted(names)}.`,
      );
    }
    return specs.map((spec, at) => {
      const unpack = files.get(`${wanted[at] ?? ''}.npy`) ?? files.get(wanted[at] ?? '');
      return readNpy(unpack?.() ?? Buffer.alloc(0), spec);
    });
  },
  write: (outputs) => ({
    body: writeZip(
      outputs.map((tensor) => ({
        name: `${tensor.name}.npy`,
        bytes: Buffer.concat(writeNpy(tensor)),
      })),
    ),
  }),
};

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name.slice(0, 60))).join(', ') || 'none';
}
