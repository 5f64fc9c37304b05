// SPDX-License-Identifier: Apache-2.0
process.stderr.write("hello: placeholder\n");
setInterval(() => undefined, 60000);
