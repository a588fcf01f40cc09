// For node --import: every import of the reference server is one of our-server.mjs.
import { register } from "node:module"

const ourServer = new URL("our-server.mjs", import.meta.url).href
const hooks = `export function resolve(specifier, context, next) {
  return specifier === "@durable-streams/server"
    ? { url: ${JSON.stringify(ourServer)}, format: "module", shortCircuit: true }
    : next(specifier, context)
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
