import { fileURLToPath } from "node:url"

// The tests start a reference server; they get ours. A plain object: vitest is installed with the tests, not here.
export default {
  test: { include: ["test/**/*.test.ts"] },
  resolve: { alias: { "@durable-streams/server": fileURLToPath(new URL("our-server.mjs", import.meta.url)) } },
}
