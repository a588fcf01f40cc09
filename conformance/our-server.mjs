// Stands in for @durable-streams/server in suites that start the reference server themselves: the server that is
// running at SUITE_BASE_URL, which is neither started nor stopped. See client-suite.mjs and state-suite.mjs.
export class DurableStreamTestServer {
  constructor() {
    if (!process.env.SUITE_BASE_URL) throw new Error("Run this by client-suite.mjs or state-suite.mjs")
  }

  get url() {
    return process.env.SUITE_BASE_URL
  }

  async start() {
    return this.url
  }

  async stop() {}
}
