// Runs the official server suite against a server.
//   node server-suite.mjs BASE_URL
// Standard output is vitest's report as JSON and nothing else. Tests that fail are told by the report, not by the exit
// status; that says whether there is a report.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const [baseUrl] = process.argv.slice(2)
const here = dirname(fileURLToPath(import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "server-suite-"))
try {
  const report = join(folder, "report.json")
  const vitest = join(here, "node_modules", "vitest", "vitest.mjs")
  const { error } = spawnSync(
    process.execPath,
    [vitest, "run", "--config", "server-suite.config.mjs", "--reporter=json", `--outputFile=${report}`],
    {
      cwd: here,
      env: { ...process.env, SUITE_BASE_URL: baseUrl },
      stdio: ["ignore", process.stderr.fd, process.stderr.fd],
    },
  )
  if (error) throw error
  process.stdout.write(readFileSync(report))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
