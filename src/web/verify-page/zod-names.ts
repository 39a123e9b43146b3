// All that the record types of src/claim use of zod. The build puts this in the place of `zod`:
// the whole library would double the page, and the page lies in every package.
export {
  array,
  boolean,
  config,
  enum,
  int,
  iso,
  literal,
  looseObject,
  strictObject,
  string,
  union,
  ZodType,
} from 'zod';
