import { CodedError } from '../../src/formats/errors.ts';

/** The code of the error that a promise ends with; the text of a foreign error; or 'no error'. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error);
  }
}
