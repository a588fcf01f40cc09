// What the page shows of the server: lists that are loaded, and loaded again when they have changed.

const PAUSE = 300 // milliseconds between two loads of one list, however fast others write

export async function call(method, path, body) {
	const response = await fetch(path, {
		method,
		headers: body ? { "content-type": "application/json" } : {},
		body: body ? JSON.stringify(body) : undefined,
	})
	if (!response.ok) {
		const problem = await response.json().catch(() => ({}))
		throw new Error(problem.detail ?? `The server answered ${response.status}`)
	}
	return response.status === 204 ? null : response.json()
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

// One load at a time, never more often than the pause allows; a change during a load leads to one more.
// A hidden page loads nothing, and loads once when it is seen again.
export class LiveList {

	#load
	#stale = false
	#busy = false

	constructor(load) {
		this.#load = load
		document.addEventListener("visibilitychange", () => this.#run())
	}

	refresh() {
		this.#stale = true
		this.#run()
	}

	async #run() {
		if (this.#busy) return
		this.#busy = true
		while (this.#stale && !document.hidden) {
			this.#stale = false
			await this.#load()
			await wait(PAUSE)
		}
		this.#busy = false
	}

}

// Follows the changes and the status of the database. The browser reconnects by itself, except after an answer that was
// an error; a connection begins with the status and goes on with whatever happens after it, so everything is to be loaded
// anew once it is open. Without a connection there is no status.
export function follow(types, { onStatus, onOpen, onChange }) {
	const source = new EventSource("api/changes?status=true")
	source.addEventListener("open", onOpen)
	source.addEventListener("error", () => {
		onStatus(null)
		if (source.readyState === EventSource.CLOSED) {
			setTimeout(() => follow(types, { onStatus, onOpen, onChange }), 3000)
		}
	})
	source.addEventListener("$status", (event) => onStatus(JSON.parse(event.data)))
	for (const type of types) {
		source.addEventListener(type, (event) => onChange(type, JSON.parse(event.data)))
	}
}
