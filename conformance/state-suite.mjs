// Runs the tests of the reference's state package with a server of ours beneath them, in place of the reference server
// that they start.
//   node state-suite.mjs PACKAGE_DIRECTORY BASE_URL
// PACKAGE_DIRECTORY is packages/state of the reference's sources, installed as README.md says. Standard output is
// vitest's report as JSON and nothing else. Tests that fail are told by the report, not by the exit status; that says
// whether there is a report.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const [directory, baseUrl] = process.argv.slice(2)
if (!baseUrl) throw new Error("usage: node state-suite.mjs PACKAGE_DIRECTORY BASE_URL")
const config = fileURLToPath(new URL("state-suite.config.mjs", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "state-suite-"))
try {
  const report = join(folder, "report.json")
  const vitest = join(resolve(directory), "node_modules", "vitest", "vitest.mjs")
  const { error } = spawnSync(
    process.execPath,
    [vitest, "run", "--root", resolve(directory), "--config", config, "--reporter=json", `--outputFile=${report}`],
    {
      cwd: directory,
      env: { ...process.env, SUITE_BASE_URL: baseUrl },
      stdio: ["ignore", process.stderr.fd, process.stderr.fd],
    },
  )
  if (error) throw error
  process.stdout.write(readFileSync(report))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
