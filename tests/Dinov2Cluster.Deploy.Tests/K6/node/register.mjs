// With `node --import`: k6's modules come from ./stubs.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
