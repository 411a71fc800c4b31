import { watch, type FSWatcher } from 'node:fs';

/** Hints that something may have changed; changes that it misses are found by polling. */
export interface Watcher {
  /**
   * Watches these directories from now on, and no others. A directory that is new to it is hinted
   * at, as it may have changed between the look that found it and the watch.
   */
  directories(wanted: readonly string[]): void;
  close(): void;
}

/** One watch per directory: Node's recursive ones miss what appears while they are set up. */
export function createWatcher(onHint: () => void): Watcher {
  const watchers = new Map<string, FSWatcher>();

  function open(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, onHint);
      // The directory has gone, or the system has no more watches: polling goes on.
      watcher.on('error', () => {
        drop(directory);
      });
      watchers.set(directory, watcher);
    } catch {
      // The same before it began.
    }
  }

  function drop(directory: string): void {
    watchers.get(directory)?.close();
    watchers.delete(directory);
  }

  return {
    directories(wanted) {
      const keep = new Set(wanted);
      for (const directory of watchers.keys()) if (!keep.has(directory)) drop(directory);
      const added = [...keep].filter((directory) => !watchers.has(directory));
      for (const directory of added) open(directory);
      if (added.some((directory) => watchers.has(directory))) onHint();
    },
    close() {
      for (const directory of [...watchers.keys()]) drop(directory);
    },
  };
}
