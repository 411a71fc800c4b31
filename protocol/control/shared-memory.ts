/** A part of a client's shared memory on this machine. */
export interface SharedRegion {
  readonly name: string;
  /** Name of the object below /dev/shm, as `shm_open` takes it; a leading slash is not part of it. */
  readonly key: string;
  /** Where the region begins in the object, in bytes. */
  readonly offset: number;
  readonly byteSize: number;
}

/** Regions that clients on the same machine have registered. Off unless `SHARED_MEMORY=on`. */
export interface SharedRegions {
  /** One region, or all for ''. Throws unknown_region. */
  status(name: string): readonly SharedRegion[];
  /** Throws unsupported where it is off, invalid_request, conflict where the name is taken. */
  register(region: SharedRegion): Promise<void>;
  /** One region, or all for ''; that there is none is no error. */
  unregister(name: string): Promise<void>;
}
