/** Before `npm pack` and `npm publish`: a tarball without dist/ and this platform's addon would be of no use. */
import { prebuild } from './prebuild.mjs';
import { setup } from './setup.mjs';

setup();
prebuild();
