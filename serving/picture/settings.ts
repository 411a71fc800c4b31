import { setting, whole } from '../../core/settings';

/** Settings of every process that decodes pictures. */
export const pictureSettings = {
  MAX_PICTURE_PIXELS: setting(
    whole(1, 1_000_000_000),
    '33554432',
    'Most pixels (width times height) of a picture sent to a model; larger ones get 413.',
  ),
};
