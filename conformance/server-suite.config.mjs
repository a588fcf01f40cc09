import { defineConfig } from "vitest/config"

// Tests that name no timeout of their own have 5 seconds otherwise, which a busy machine may not keep.
export default defineConfig({ test: { include: ["server-suite.test.mjs"], testTimeout: 60_000 } })
