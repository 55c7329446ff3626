/** Prints the linker flags of the system's pthread OpenBLAS, for binding.gyp (CMakeLists.txt finds it by itself). */
import { existsSync, readdirSync } from 'node:fs';

const folders = existsSync('/usr/lib')
  ? readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/openblas-pthread`)
  : [];
const pthread = folders.find((folder) => existsSync(`${folder}/libopenblas.so`));
const fedora = ['/usr/lib64/libopenblasp.so'].some((file) => existsSync(file));
console.log(fedora ? '-lopenblasp' : `${pthread === undefined ? '' : `-L${pthread} `}-lopenblas`);
