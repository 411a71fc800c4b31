import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Remote addresses of the process's TCP sockets, as /proc/net/tcp writes them; 0 of those that listen. */
export function remoteAddresses(pid: number): string[] {
  const folderOfFiles = `/proc/${pid}/fd`;
  const inodes = new Set(
    readdirSync(folderOfFiles).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folderOfFiles}/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => inodes.has(fields[9] ?? ''))
      .map((fields) => fields[2]?.split(':')[0] ?? ''),
  );
}
