/** Of what becomes of hosts and models: where versions are placed, and events. */
export const clusterVocabulary = {
  shoal_placed_models: {
    type: 'gauge',
    help: 'Model versions that are not to be on all hosts: here, kept until others have them, elsewhere, nowhere, unknown until other hosts are.',
    labels: ['place'],
  },
  shoal_placements_total: {
    type: 'counter',
    help: 'Decisions of the host where a model version is to be, by what it is from then on.',
    labels: ['place'],
  },
  shoal_events_total: {
    type: 'counter',
    help: 'Changes of hosts, runners, models and versions that this inferrer has found.',
    labels: ['event'],
  },
  shoal_event_followers: {
    type: 'gauge',
    help: 'Connections that follow the events.',
    labels: [],
  },
} as const;
