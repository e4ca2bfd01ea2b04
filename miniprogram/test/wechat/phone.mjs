// A phone with WeChat on it: the built client, rendered by WeChat's component engine, on the real server.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { JSDOM } from 'jsdom'
import { copyBuild } from './build.mjs'
import { makeWx } from './wx.mjs'

const require = createRequire(import.meta.url)

// The engine draws into a document.
const dom = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true })
for (const name of ['window', 'document', 'Event', 'CustomEvent', 'TouchEvent', 'MutationObserver', 'Element', 'Node', 'Text']) globalThis[name] = name === 'window' ? dom.window : dom.window[name]
globalThis.Page = (options) => globalThis.Component({ methods: options }) // the engine knows components only; our pages are such
const simulate = require('miniprogram-simulate')
const exparser = require('miniprogram-exparser')

/** How long something may take to be seen. */
const PATIENCE_MS = 15_000

/** Waits until a function returns something. */
export async function until(f, what, ms = PATIENCE_MS) {
  const end = Date.now() + ms
  for (;;) {
    const found = await f()
    if (found) return found
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export class Phone {
  faults = []
  went = []
  toasts = []
  modals = []
  called = []
  listeners = {}
  storage = new Map()
  pages = []
  clipboard = ''
  title = ''
  /** What the camera sees: what wx.scanCode gives. */
  sees = null
  /** Whether it lets WeChat use the camera. */
  camera = true
  /** Whether there is a network. */
  online = true
  /** What the person answers: WeChat's question about messages, ours in a dialog. */
  answers = { messages: 'accept', modal: true, sheet: 0 }
  /** Whether WeChat asks about the privacy guide before it gives anything personal. */
  asksPrivacy = false
  agreed = false
  waiting = 0

  /** A phone of somebody's, by the code that logs in. */
  constructor(origin, code, dir = copyBuild()) {
    this.origin = origin
    this.code = code
    this.dir = dir
    this.app = JSON.parse(readFileSync(join(dir, 'app.json'), 'utf8'))
    this.tabs = this.app.tabBar.list.map((tab) => tab.pagePath)
  }

  /** Opens the app at a page, as WeChat does when it was not running. */
  async launch(path = this.app.pages[0], query = {}, scene = 1001) {
    for (const file of Object.keys(require.cache)) if (file.startsWith(this.dir)) delete require.cache[file]
    this.#watchConsole()
    this.options = { path, query, scene, referrerInfo: {} }
    globalThis.wx = makeWx(this)
    globalThis.getCurrentPages = () => this.pages.map((p) => p.instance)
    let app
    globalThis.App = (options) => (app = options)
    globalThis.getApp = () => app
    globalThis.__wxConfig = this.app
    require(join(this.dir, 'app.js'))
    app.onLaunch(this.options)
    app.onShow(this.options)
    this.appInstance = app
    await this.#open(path, query)
    return this
  }

  /** Comes back to the running app by a code or a card: WeChat opens the page anew, where it is told one. */
  async enter(path, query, scene = 1047, { reopens = true } = {}) {
    this.options = { path, query, scene, referrerInfo: {} }
    this.appInstance.onShow(this.options)
    for (const f of this.listeners.show ?? []) f(this.options)
    if (!reopens) return
    this.#closeAll()
    await this.#open(path, query)
  }

  hide() {
    this.top.instance.onHide?.()
    this.appInstance.onHide?.()
    for (const f of this.listeners.hide ?? []) f({})
  }

  /** Ends the app. */
  close() {
    this.#closeAll()
    this.#restoreConsole?.()
  }

  get top() {
    return this.pages.at(-1)
  }

  /** Goes to a page of the app, as wx.navigateTo and its like do. */
  async go(how, url) {
    const [path, text = ''] = url.replace(/^\//, '').split('?')
    const query = Object.fromEntries(text.split('&').filter(Boolean).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])) // WeChat decodes nothing
    if (how === 'switchTab' && !this.tabs.includes(path)) throw new Error('not a tab')
    if (how !== 'switchTab' && how !== 'reLaunch' && this.tabs.includes(path)) throw new Error('a tab is opened by switchTab')
    if (how === 'navigateTo' && this.pages.length >= 10) throw new Error('WeChat keeps ten pages')
    if (how === 'reLaunch' || how === 'switchTab') this.#closeAll()
    else if (how === 'redirectTo') this.#closeTop()
    else this.top?.instance.onHide?.()
    await this.#open(path, query)
  }

  back() {
    if (this.pages.length < 2) return
    this.#closeTop()
    this.top.instance.onShow?.()
  }

  async #open(path, query) {
    const known = [...this.app.pages, ...(this.app.subPackages ?? []).flatMap(({ root, pages }) => pages.map((p) => `${root}/${p}`))]
    if (!known.includes(path)) throw new Error(`there is no page ${path}`)
    const id = simulate.load(join(this.dir, path), 'page', { rootPath: this.dir, compiler: 'official' })
    const component = simulate.render(id)
    const { instance } = component
    Object.assign(instance, { route: path, is: path, __route__: path, options: query, getOpenerEventChannel: () => ({ on() {}, emit() {} }) })
    const place = document.createElement('div')
    document.body.append(place)
    const page = { path, component, instance, place }
    this.pages.push(page)
    component.attach(place)
    instance.onLoad?.(query)
    instance.onShow?.()
    instance.onReady?.()
  }

  #closeTop() {
    const page = this.pages.pop()
    page.instance.onUnload?.()
    page.component.detach()
    page.place.remove()
  }
  #closeAll() {
    while (this.pages.length) this.#closeTop()
  }

  /** wx.request over the real network. */
  async request(o) {
    const url = /^https?:/.test(o.url) ? o.url : this.origin + o.url
    let result
    this.waiting++
    try {
      if (!this.online) throw new Error('offline')
      const response = await fetch(url, { method: o.method, headers: o.header, body: o.data === undefined ? undefined : JSON.stringify(o.data) })
      const text = await response.text()
      let data = text
      try {
        data = JSON.parse(text)
      } catch {
        // WeChat gives the text where it is no JSON.
      }
      result = { statusCode: response.status, data, header: Object.fromEntries(response.headers), errMsg: 'request:ok' }
    } catch (error) {
      o.fail?.({ errMsg: `request:fail ${error.message}` })
      o.complete?.({})
      return
    } finally {
      this.waiting--
    }
    o.success?.(result)
    o.complete?.(result)
  }

  /** What WeChat does before it gives anything personal: it asks, through the app's own question. */
  privacy() {
    if (!this.asksPrivacy || this.agreed) return Promise.resolve()
    return new Promise((resolve, reject) => {
      for (const ask of this.listeners.privacy ?? [])
        ask((answer) => {
          if (answer.event === 'agree') {
            this.agreed = this.pages.some((p) => this.#find(p, (node) => node.id === answer.buttonId).length > 0)
            if (this.agreed) resolve()
            else reject(new Error('no such button'))
          } else if (answer.event === 'disagree') reject(new Error('refused'))
        })
    })
  }

  /** All nodes of a page that are so, in the order of the page. */
  #find(page, is) {
    const found = []
    const walk = (node) => {
      if (node instanceof exparser.TextNode) return
      if (is(node)) found.push(node)
      if (node.shadowRoot instanceof exparser.Element) walk(node.shadowRoot)
      for (const child of node.childNodes) walk(child)
    }
    walk(page.component._exparserNode)
    return found
  }

  /** What is to be read on the page that is on top. */
  text() {
    return this.top?.place.textContent.replace(/\s+/g, ' ').trim() ?? ''
  }

  /** Waits until the page that is on top says so. */
  async shows(words) {
    await until(() => this.text().includes(words), `“${words}”; the page ${this.top?.path} says: ${this.text().slice(0, 600)}`)
    return this
  }

  /** The innermost elements that hold these words, or whose label they are; those that say nothing else, where there are such. */
  nodes(words, tag = '') {
    if (!this.top) return []
    const says = (node) => node.$$?.textContent?.replace(/\s+/g, ' ').trim() ?? ''
    const all = this.#find(this.top, (node) => node instanceof exparser.Component && (!tag || tagOf(node) === tag) && (says(node).includes(words) || attr(node, 'aria-label') === words))
    const inner = all.filter((node) => !all.some((other) => other !== node && node.$$?.contains(other.$$)))
    const exact = inner.filter((node) => says(node) === words)
    return exact.length ? exact : inner
  }

  /** Taps what says so, as soon as it is there; WeChat's own elements then do what they do. */
  async tap(words, tag) {
    const node = await until(() => this.nodes(words, tag).at(-1), `something to tap: ${words}; the page ${this.top?.path} says: ${this.text().slice(0, 600)}`)
    for (let at = node.$$; at && at !== this.top.place; at = at.parentNode) {
      const element = at.__wxElement
      if (!element) continue
      if (tagOf(element) === 'button' && attr(element, 'disabled')) throw new Error(`${words} can't be tapped now`)
      if (tagOf(element) === 'button') await this.#openType(element)
    }
    fire(node, 'tap')
    for (let at = node.$$; at && at !== this.top?.place; at = at.parentNode) {
      const element = at.__wxElement
      if (element && tagOf(element) === 'navigator') {
        const how = { switchTab: 'switchTab', redirect: 'redirectTo', reLaunch: 'reLaunch' }[attr(element, 'open-type')] ?? 'navigateTo'
        globalThis.wx[how]({ url: attr(element, 'url') })
        break
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 0))
  }

  async #openType(button) {
    const type = attr(button, 'open-type')
    if (type === 'agreePrivacyAuthorization') fire(button, 'agreeprivacyauthorization', {})
    if (type === 'share') this.card = await this.share()
  }

  /** The card that WeChat makes of the page. */
  async share() {
    const card = this.top.instance.onShareAppMessage({ from: 'button' })
    return card.promise ? { ...card, ...(await card.promise) } : card
  }

  /** Types into the field that is called so. */
  async type(label, value) {
    const node = await until(() => this.#find(this.top, (n) => attr(n, 'aria-label') === label && ['input', 'textarea'].includes(tagOf(n)))[0], `the field ${label}`)
    fire(node, 'input', { value })
    await new Promise((resolve) => setTimeout(resolve, 0))
  }

  /** What stands in the field that is called so. */
  value(label) {
    const node = this.#find(this.top, (n) => attr(n, 'aria-label') === label && ['input', 'textarea'].includes(tagOf(n)))[0]
    return node && attr(node, 'value')
  }

  /** The first element of a kind on the page. */
  element(tag) {
    return this.#find(this.top, (node) => tagOf(node) === tag)[0]
  }

  /** The nodes of the page with such an attribute. */
  withAttr(name, value) {
    return this.#find(this.top, (node) => (value === undefined ? attr(node, name) !== undefined : attr(node, name) === value))
  }

  fire(node, event, detail) {
    fire(node, event, detail)
  }

  #restoreConsole = null
  #watchConsole() {
    this.#restoreConsole?.()
    const before = { error: console.error, warn: console.warn }
    for (const kind of ['error', 'warn'])
      console[kind] = (...what) => {
        this.faults.push(`console.${kind}: ${what.map((w) => w?.stack ?? String(w)).join(' ').slice(0, 500)}`)
      }
    const threw = (error) => this.faults.push(`not caught: ${error?.stack ?? JSON.stringify(error)}`)
    process.on('unhandledRejection', threw)
    process.on('uncaughtException', threw)
    this.#restoreConsole = () => {
      Object.assign(console, before)
      process.off('unhandledRejection', threw)
      process.off('uncaughtException', threw)
      this.#restoreConsole = null
    }
  }
}

/** What the element is called in the page's source. */
export const tagOf = (node) => node._vt?.tagName?.replace(/^wx-/, '') ?? ''
/** An attribute of the element; the compiler joins the words of its name. */
export function attr(node, name) {
  const joined = name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())
  return node._vt?.attrs?.find((a) => a.name === name || a.name === joined)?.value
}

function fire(node, name, detail = {}) {
  exparser.Event.dispatchEvent(node, exparser.Event.create(name, detail, { bubbles: true, composed: true, capturePhase: true, extraFields: { touches: [], changedTouches: [] } }))
}
