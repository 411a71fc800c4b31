/** Steps of an upload that a modelhost tells of before it answers, as it takes them. */
const uploadSteps = ['checked', 'tried'] as const;

export type UploadStep = (typeof uploadSteps)[number];

/** The header of an answer 103 that says which step is done. */
export const stepHeader = 'shoal-step';

/** One of a later build than this may say others. */
export function uploadStepOf(value: unknown): UploadStep | undefined {
  return uploadSteps.find((step) => step === value);
}
