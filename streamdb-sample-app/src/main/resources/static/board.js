import { LiveList, call, follow } from "./live.js"

const FILES_PER_PAGE = 20
const REVIEWS_PER_PAGE = 8
const TOP_AUTHORS = 10

const STATUS = { OPEN: "Open", APPROVED: "Approved", CHANGES_REQUESTED: "Changes requested" }

const find = (selector, within = document) => within.querySelector(selector)
const number = new Intl.NumberFormat("en")
const date = new Intl.DateTimeFormat("en", { dateStyle: "medium" })
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" })

// All text from the server goes through here, and so is never taken for markup.
function element(name, { text, className, ...attributes } = {}, ...children) {
	const made = document.createElement(name)
	if (text !== undefined) made.textContent = text
	if (className) made.className = className
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
	made.append(...children)
	return made
}

function button(text, label, onClick, className = "") {
	const made = element("button", { text, className, type: "button", "aria-label": label })
	made.addEventListener("click", onClick)
	return made
}

function time(instant, format) {
	return element("time", { text: format.format(new Date(instant)), datetime: instant })
}

// The keys that were written since their list was shown.
const fresh = { file: new Set(), author: new Set(), commit: new Set(), review: new Set() }
const FRESH_AT_MOST = 1000

// Puts items into a list. What has not changed stays the same element, so that focus and selection survive.
function show(list, type, items, keyOf, render) {
	const before = new Map([...list.children].map((child) => [child.dataset.key, child]))
	const after = items.map((item) => {
		const key = keyOf(item), state = JSON.stringify(item)
		const old = before.get(key)
		if (old?.dataset.state === state) return old
		const made = render(item)
		made.dataset.key = key
		made.dataset.state = state
		if (fresh[type].has(key)) made.classList.add("fresh")
		return made
	})
	fresh[type].clear()
	const focused = list.contains(document.activeElement) ? document.activeElement : null
	after.forEach((child, index) => {
		if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null)
	})
	while (list.children.length > after.length) list.lastElementChild.remove()
	keepFocus(list, focused, before)
	find(".empty", list.closest(".card")).hidden = items.length > 0
}

function keepFocus(list, focused, before) {
	if (!focused || focused === document.activeElement) return
	const key = [...before].find(([, child]) => child.contains(focused))?.[0]
	const row = [...list.children].find((child) => child.dataset.key === key)
	const same = row && [...row.querySelectorAll("button")].find((it) => it.textContent === focused.textContent)
	;(same && !same.disabled ? same : row && find("button:enabled", row))?.focus()
}

class Pager {

	page = 0

	constructor(card, onTurn) {
		this.nav = find(".pager", card)
		const turn = (by) => () => {
			this.page = Math.max(0, this.page + by)
			onTurn()
		}
		find(".previous", this.nav).addEventListener("click", turn(-1))
		find(".next", this.nav).addEventListener("click", turn(1))
	}

	// Tells whether the page is there; when others have deleted so much that it is not, goes back to the last one.
	show({ number: page, totalPages }) {
		if (page > 0 && page >= totalPages) {
			this.page = Math.max(0, totalPages - 1)
			return false
		}
		find(".previous", this.nav).disabled = page === 0
		find(".next", this.nav).disabled = page + 1 >= totalPages
		find(".position", this.nav).textContent = totalPages > 1 ? `Page ${page + 1} of ${totalPages}` : ""
		this.nav.hidden = totalPages <= 1
		return true
	}

}

const total = (name, { totalElements }) => {
	find(`#total-${name}`).textContent = number.format(totalElements)
}

// Files

const filePager = new Pager(find(".files"), () => files.refresh())
const prefix = find("#prefix")
prefix.addEventListener("input", () => {
	filePager.page = 0
	files.refresh()
})

const files = new LiveList(attempt("files", async () => {
	const query = new URLSearchParams({ prefix: prefix.value, page: filePager.page, size: FILES_PER_PAGE })
	const { content, page } = await call("GET", `api/files?${query}`)
	if (!prefix.value) total("files", page)
	if (!filePager.show(page)) return files.refresh()
	show(find("#files"), "file", content, (file) => file.path, (file) => element("tr", {},
		element("th", { text: file.path, className: "path", scope: "row" }),
		element("td", { text: file.author }),
		element("td", {}, time(file.changedAt, date)),
		element("td", { text: number.format(file.revision), className: "number" }),
		element("td", { className: "actions" },
			button("Request review", `Request a review of ${file.path}`, () => openRequest(file.path)))))
}))

// Authors and commits

const authors = new LiveList(attempt("authors", async () => {
	const { content, page } = await call("GET", `api/authors?sort=commits,desc&sort=id&size=${TOP_AUTHORS}`)
	total("authors", page)
	const most = content[0]?.commits ?? 0
	show(find("#authors"), "author", content.map((author) => ({ ...author, most })), (author) => author.id, (author) =>
		element("li", {},
			element("span", { text: author.id, className: "name" }),
			element("meter", { min: 0, max: author.most, value: author.commits, "aria-hidden": "true" }),
			element("span", { text: `${number.format(author.commits)} commits`, className: "count" })))
}))

const commits = new LiveList(attempt("commits", async () => {
	const { page } = await call("GET", "api/commits?size=1")
	total("commits", page)
}))

// Reviews

const reviewPager = new Pager(find(".reviews"), () => reviews.refresh())

const reviews = new LiveList(attempt("reviews", async () => {
	const query = new URLSearchParams({ page: reviewPager.page, size: REVIEWS_PER_PAGE })
	const { content, page } = await call("GET", `api/reviews?${query}`)
	total("reviews", page)
	if (!reviewPager.show(page)) return reviews.refresh()
	show(find("#reviews"), "review", content, (review) => review.id, renderReview)
}))

function renderReview(review) {
	const path = `api/reviews/${encodeURIComponent(review.id)}`
	const act = (method, to) => attempt("action", async () => {
		await call(method, path + to)
		reviews.refresh()
	})
	const of = `the review of ${review.path} by ${review.reviewer}`
	const approve = button("Approve", `Approve: ${of}`, act("POST", "/approve"))
	const change = button("Request changes", `Request changes: ${of}`, act("POST", "/changes"))
	approve.disabled = review.status === "APPROVED"
	change.disabled = review.status === "CHANGES_REQUESTED"
	const made = element("li", {},
		element("div", { className: "what" },
			element("span", { text: review.path, className: "path" }),
			element("span", { text: STATUS[review.status] ?? review.status, className: "status", "data-status": review.status })),
		element("p", { className: "who" },
			element("strong", { text: review.reviewer }), " · ", time(review.createdAt, moment)))
	if (review.note) made.append(element("p", { text: review.note, className: "note" }))
	made.append(element("div", { className: "buttons" }, approve, change,
		button("Delete", `Delete ${of}`, act("DELETE", ""), "danger")))
	return made
}

const dialog = find("#request")
const form = find("form", dialog)

function openRequest(path) {
	find("#request-path").textContent = path
	find(".problem", form).hidden = true
	form.elements.reviewer.value = localStorage.getItem("reviewer") ?? ""
	form.elements.note.value = ""
	dialog.showModal()
}

find(".cancel", form).addEventListener("click", () => dialog.close())

form.addEventListener("submit", async (event) => {
	event.preventDefault()
	const submit = find("[type=submit]", form)
	const reviewer = form.elements.reviewer.value, note = form.elements.note.value.trim() || null
	submit.disabled = true
	try {
		await call("POST", "api/reviews", { path: find("#request-path").textContent, reviewer, note })
		localStorage.setItem("reviewer", reviewer)
		dialog.close()
		reviewPager.page = 0
		reviews.refresh()
	}
	catch (error) {
		report(find(".problem", form), error.message)
	}
	finally {
		submit.disabled = false
	}
})

// Problems and the status

function report(where, message) {
	where.textContent = message
	where.hidden = !message
}

// A problem is shown until the same kind of work succeeds.
function attempt(kind, work) {
	const problem = find("#problem")
	return async () => {
		try {
			await work()
			if (problem.dataset.kind === kind) report(problem, "")
		}
		catch (error) {
			problem.dataset.kind = kind
			report(problem, error.message)
		}
	}
}

const lists = { file: files, author: authors, commit: commits, review: reviews }
const everything = () => Object.values(lists).forEach((list) => list.refresh())

everything()

// What the page says of each state of the database; "live" when what is shown is as new as can be.
const STATES = {
	IDLE: ["waiting", "Catching up"],
	CONNECTING: ["waiting", "Catching up"],
	CATCHING_UP: ["waiting", "Catching up"],
	LIVE: ["live", "Live"],
	COMPLETE: ["live", "Complete"],
	RETRYING: ["waiting", "Not up to date: reconnecting to the stream"],
	FAILED: ["failed", "Not up to date: the stream has failed"],
	CLOSED: ["failed", "Not up to date: the server is stopping"],
}

const live = find("#live")

function showStatus(status) {
	const [state, text] = status ? (STATES[status.state] ?? ["waiting", status.state]) : ["waiting", "Connecting"]
	const reason = status?.failureReason ? ` (${status.failureReason.toLowerCase().replaceAll("_", " ")})` : ""
	// Set only when it is another one, so that it is read out once.
	if (live.textContent !== text + reason) live.textContent = text + reason
	if (state === "live" && live.dataset.state !== "live") everything()
	live.dataset.state = state
}

follow(Object.keys(lists), {
	onStatus: showStatus,
	onOpen: everything,
	onChange(type, { operation, key }) {
		if (operation !== "delete" && fresh[type].size < FRESH_AT_MOST) fresh[type].add(key)
		lists[type].refresh()
	},
})
