// SPDX-License-Identifier: Apache-2.0
// node tests/support/metadataProcess.ts USER-DATA: serves it at 169.254.169.254, in the network namespace that it is started in.
import { createServer } from "node:http";

const [userData] = process.argv.slice(2);
createServer((request, response) => {
  response.statusCode = request.url === "/metadata/v1/user-data" ? 200 : 404;
  response.end(response.statusCode === 200 ? userData : "");
}).listen(80, "169.254.169.254", () => process.stdout.write("listening\n"));
