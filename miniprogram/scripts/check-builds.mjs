// Checks what was built: sizes, pages, hosts, and that no test seam is inside.
import { readFileSync, readdirSync, statSync, existsSync } from 'node:fs'
import { join } from 'node:path'

const MINI = 'dist/build/mp-weixin'
const WEB = 'dist/build/h5'
const MAIN_LIMIT = 1024 * 1024
const PACKAGE_LIMIT = 2 * 1024 * 1024
// Names of XML namespaces: identifiers that nobody asks anything of.
const NAMESPACES = /^http:\/\/www\.w3\.org\//
// What only a browser has: a mini-program's JavaScript knows no document, storage, URL, fetch or Intl.
const LACKING = /\b(?:localStorage|sessionStorage|XMLHttpRequest|document\.(?:querySelector|createElement|body|addEventListener)|window\.(?:open|location|history|addEventListener)|navigator\.(?:userAgent|clipboard|share)|location\.(?:href|hash|origin|search)|URLSearchParams|AbortController|new URL\(|Intl\.)/g
const faults = []

function files(dir) {
  return readdirSync(dir, { recursive: true })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
}
const size = (dir) => files(dir).reduce((sum, path) => sum + statSync(path).size, 0)

const app = JSON.parse(readFileSync(join(MINI, 'app.json'), 'utf8'))
const packages = app.subPackages ?? app.subpackages ?? []
const subSizes = packages.map(({ root }) => [root, size(join(MINI, root))])
const main = size(MINI) - subSizes.reduce((sum, [, bytes]) => sum + bytes, 0)
console.log(`mp-weixin main ${Math.round(main / 1024)} KiB` + subSizes.map(([root, bytes]) => `, ${root} ${Math.round(bytes / 1024)} KiB`).join(''))
console.log(`h5 ${Math.round(size(WEB) / 1024)} KiB`)
if (main > MAIN_LIMIT) faults.push(`the main package has ${main} bytes`)
for (const [root, bytes] of subSizes) if (bytes > PACKAGE_LIMIT) faults.push(`the package ${root} has ${bytes} bytes`)

const pages = [...app.pages, ...packages.flatMap(({ root, pages }) => pages.map((page) => `${root}/${page}`))]
for (const page of pages)
  for (const kind of ['js', 'json', 'wxml']) if (!existsSync(join(MINI, `${page}.${kind}`))) faults.push(`${page}.${kind} is missing`)

const sitemap = JSON.parse(readFileSync(join(MINI, app.sitemapLocation ?? 'sitemap.json'), 'utf8'))
if (JSON.stringify(sitemap.rules) !== '[{"action":"disallow","page":"*"}]') faults.push('the sitemap lets WeChat index pages')
const { appid } = JSON.parse(readFileSync(join(MINI, 'project.config.json'), 'utf8'))
if (appid !== (process.env.XINYU_WECHAT_APP_ID || 'touristappid')) faults.push(`project.config.json is of the app ${appid}`)
// Staff's pages and what they alone use are in a package that families never fetch.
for (const page of app.pages) if (page.startsWith('work/')) faults.push(`${page} is in the main package`)
for (const path of files(MINI))
  if (!path.startsWith(join(MINI, 'work')) && path.endsWith('.js') && /require\("[^"]*\bwork\//.test(readFileSync(path, 'utf8'))) faults.push(`${path} of the main package needs staff's code`)

if (app.__usePrivacyCheck__ !== true) faults.push('app.json does not turn the privacy check on')

for (const path of [...files(MINI), ...files(WEB)]) {
  if (!/\.(js|json|css|wxss|wxml|html)$/.test(path)) continue
  const text = readFileSync(path, 'utf8')
  for (const [url] of text.matchAll(/(?:https?|wss?):\/\/[\w.-]+[^\s"'`)\\]*/g)) if (!NAMESPACES.test(url)) faults.push(`${path} names ${url}`)
  if (path.startsWith(MINI) && /__wx\b(?!\w)/.test(text)) faults.push(`${path} holds the tests' window.__wx`)
  if (!path.startsWith(MINI)) continue
  for (const [name] of text.matchAll(LACKING)) faults.push(`${path} uses ${name}, which WeChat lacks`)
  // Every page that is gone to exists.
  for (const [, page] of text.matchAll(/["'`]\/((?:pages|work)\/[\w/-]+)/g)) if (!pages.includes(page)) faults.push(`${path} goes to ${page}, which does not exist`)
}

for (const fault of faults) console.error(fault)
process.exit(faults.length ? 1 : 0)
