import { nodeFileSystem } from '../../modelhost/repository/file-system';
import { createDirectoryStorage } from '../../modelhost/repository/directory-storage';
import { createStateStore } from '../../modelhost/repository/state-store';

/** A process that changes one model's state: `node state-writer.js <repository> <name> <times>`. */
async function write(): Promise<void> {
  const [repository = '', name = '', times = '0'] = process.argv.slice(2);
  const states = createStateStore(createDirectoryStorage(nodeFileSystem, repository));
  for (let index = 0; index < Number(times); index++) {
    await states.update('iris', (state) => ({
      ...state,
      description: `${state.description}${name}${index} `,
    }));
  }
}

void write();
