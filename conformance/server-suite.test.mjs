// The official suite as a test file: its own command-line tool finds none under this version of vitest.
import { runConformanceTests } from "@durable-streams/server-conformance-tests"

const { SUITE_BASE_URL: baseUrl, SUITE_LONG_POLL_TIMEOUT_MS: longPollTimeoutMs } = process.env
if (!baseUrl || !longPollTimeoutMs) throw new Error("Run this by server-suite.mjs")

runConformanceTests({ baseUrl, longPollTimeoutMs: Number(longPollTimeoutMs), subscriptions: false })
