// Runs the official client suite with a server of ours beneath it, in place of the reference server that it starts.
//   node client-suite.mjs SUITE_DIRECTORY ADAPTER BASE_URL [OPTIONS]
// SUITE_DIRECTORY is packages/client-conformance-tests of the reference's sources, installed as README.md says; ADAPTER
// the program that speaks for the client, or "ts"; the server at BASE_URL has the fault injection of the reference's,
// its streams at the root, and ends long polls before a second is over. OPTIONS are the suite's. The exit status is
// the suite's.
import { spawnSync } from "node:child_process"
import { resolve } from "node:path"

const [suite, adapter, baseUrl, ...options] = process.argv.slice(2)
if (!baseUrl) throw new Error("usage: node client-suite.mjs SUITE_DIRECTORY ADAPTER BASE_URL [OPTIONS]")
const hook = new URL("our-server-hook.mjs", import.meta.url)
const { status, error } = spawnSync(
  process.execPath,
  ["--import", hook.href, "--import", "tsx", "src/cli.ts", "--run", adapter === "ts" ? adapter : resolve(adapter), ...options],
  { cwd: suite, env: { ...process.env, SUITE_BASE_URL: baseUrl }, stdio: "inherit" },
)
if (error) throw error
process.exitCode = status ?? 1
