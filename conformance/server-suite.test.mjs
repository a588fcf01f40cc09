// The official suite as a test file: its own command-line tool finds none under this version of vitest.
import { runConformanceTests } from "@durable-streams/server-conformance-tests"

const { SUITE_BASE_URL: baseUrl } = process.env
if (!baseUrl) throw new Error("Run this by server-suite.mjs")

// The suite takes from the long-poll timeout only how long its long-poll tests may last: a second more. It need not be
// the server's, and is long enough for a busy machine.
runConformanceTests({ baseUrl, longPollTimeoutMs: 60_000, subscriptions: true })
